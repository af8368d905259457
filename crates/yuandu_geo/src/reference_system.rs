//! Reference systems in use in Chinese cities, and Web Mercator.
//!
//! GCJ-02 is the shifted system of licensed Chinese maps, BD-09 Baidu's shift on top of it. Neither has an exact
//! inverse, so the inverse is found by iteration to below a millimetre. Outside mainland bounds GCJ-02 is WGS 84.

use std::f64::consts::PI;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::position::check_degrees;
use crate::{GeoError, Position};

/// The system a pair of degrees is given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReferenceSystem {
    /// GPS receivers and browsers.
    #[serde(rename = "WGS84")]
    Wgs84,
    /// The national system; differs from WGS 84 by centimetres, treated as equal.
    #[serde(rename = "CGCS2000")]
    Cgcs2000,
    /// The shifted system of Chinese web maps.
    #[serde(rename = "GCJ-02")]
    Gcj02,
    /// Baidu's system.
    #[serde(rename = "BD-09")]
    Bd09,
}

impl FromStr for ReferenceSystem {
    type Err = GeoError;
    /// Reads the usual spellings, EPSG numbers included.
    fn from_str(text: &str) -> Result<Self, GeoError> {
        let plain: String = text
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_uppercase())
            .collect();
        match plain.as_str() {
            "WGS84" | "EPSG4326" => Ok(Self::Wgs84),
            "CGCS2000" | "EPSG4490" => Ok(Self::Cgcs2000),
            "GCJ02" => Ok(Self::Gcj02),
            "BD09" | "BD09LL" => Ok(Self::Bd09),
            _ => Err(GeoError::ReferenceSystem(text.to_owned())),
        }
    }
}

/// Degrees together with the system they are given in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coordinates {
    system: ReferenceSystem,
    lon: f64,
    lat: f64,
}

impl Coordinates {
    /// Checked degrees of one system.
    pub fn new(system: ReferenceSystem, lon: f64, lat: f64) -> Result<Self, GeoError> {
        check_degrees(lon, lat)?;
        Ok(Self { system, lon, lat })
    }

    /// The system of these degrees.
    #[must_use]
    pub fn system(self) -> ReferenceSystem {
        self.system
    }

    /// Longitude in degrees of that system.
    #[must_use]
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// Latitude in degrees of that system.
    #[must_use]
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// The same place in WGS 84.
    #[must_use]
    pub fn to_position(self) -> Position {
        let here = (self.lon, self.lat);
        let (lon, lat) = match self.system {
            ReferenceSystem::Wgs84 | ReferenceSystem::Cgcs2000 => here,
            ReferenceSystem::Gcj02 => invert(wgs84_to_gcj02, here),
            ReferenceSystem::Bd09 => invert(wgs84_to_gcj02, invert(gcj02_to_bd09, here)),
        };
        Position::clamped(lon, lat)
    }

    /// `position` in another system.
    #[must_use]
    pub fn of(position: Position, system: ReferenceSystem) -> Self {
        let here = (position.lon(), position.lat());
        let (lon, lat) = match system {
            ReferenceSystem::Wgs84 | ReferenceSystem::Cgcs2000 => here,
            ReferenceSystem::Gcj02 => wgs84_to_gcj02(here),
            ReferenceSystem::Bd09 => gcj02_to_bd09(wgs84_to_gcj02(here)),
        };
        Self { system, lon, lat }
    }
}

/// Semi-major axis and squared eccentricity of the Krasovsky ellipsoid, which the GCJ-02 shift is defined on.
const KRASOVSKY_A: f64 = 6_378_245.0;
const KRASOVSKY_EE: f64 = 0.006_693_421_622_965_943;
/// Latitude where the square Web Mercator world ends.
pub(crate) const MERCATOR_LAT_LIMIT: f64 = 85.051_128_779_806_6;
const WGS84_A: f64 = 6_378_137.0;

fn in_shifted_region(lon: f64, lat: f64) -> bool {
    (72.004..=137.8347).contains(&lon) && (0.8293..=55.8271).contains(&lat)
}

/// Sum of the two sines every GCJ-02 term shares.
fn ripple(x: f64) -> f64 {
    (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0
}

fn wgs84_to_gcj02((lon, lat): (f64, f64)) -> (f64, f64) {
    if !in_shifted_region(lon, lat) {
        return (lon, lat);
    }
    let (x, y) = (lon - 105.0, lat - 35.0);
    let root = 0.1 * x.abs().sqrt();
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 2.0 * root
        + ripple(x)
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y / 30.0 * PI).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + root
        + ripple(x)
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let phi = lat.to_radians();
    let magic = 1.0 - KRASOVSKY_EE * phi.sin() * phi.sin();
    let meridian = KRASOVSKY_A * (1.0 - KRASOVSKY_EE) / (magic * magic.sqrt());
    let parallel = KRASOVSKY_A / magic.sqrt() * phi.cos();
    (
        lon + (east / parallel).to_degrees(),
        lat + (north / meridian).to_degrees(),
    )
}

fn gcj02_to_bd09((lon, lat): (f64, f64)) -> (f64, f64) {
    const FREQUENCY: f64 = PI * 3000.0 / 180.0;
    let radius = lon.hypot(lat) + 0.000_02 * (lat * FREQUENCY).sin();
    let theta = lat.atan2(lon) + 0.000_003 * (lon * FREQUENCY).cos();
    (radius * theta.cos() + 0.0065, radius * theta.sin() + 0.006)
}

/// Finds `p` with `forward(p) = target`. The shifts vary slowly (their derivative is far below one), so adding the
/// remaining error to the guess converges; 1e-11 degrees is about a micrometre.
fn invert(forward: impl Fn((f64, f64)) -> (f64, f64), target: (f64, f64)) -> (f64, f64) {
    let mut guess = target;
    for _ in 0..32 {
        let there = forward(guess);
        let (dx, dy) = (target.0 - there.0, target.1 - there.1);
        guess = (guess.0 + dx, guess.1 + dy);
        if dx.abs() < 1e-11 && dy.abs() < 1e-11 {
            break;
        }
    }
    guess
}

/// Web Mercator (EPSG:3857) metres of a position; latitudes beyond the square world are clamped to its edge.
#[must_use]
pub fn to_web_mercator(position: Position) -> (f64, f64) {
    let lat = position
        .lat()
        .clamp(-MERCATOR_LAT_LIMIT, MERCATOR_LAT_LIMIT);
    (
        WGS84_A * position.lon().to_radians(),
        WGS84_A * lat.to_radians().tan().asinh(),
    )
}

/// The position of Web Mercator (EPSG:3857) metres; refused when they lie outside the square world.
pub fn from_web_mercator(x: f64, y: f64) -> Result<Position, GeoError> {
    // The edge of the world, pi * a, must survive rounding in the forward direction.
    let limit = WGS84_A * PI + 0.001;
    for (name, value) in [("longitude", x), ("latitude", y)] {
        if !value.is_finite() || value.abs() > limit {
            return Err(GeoError::NotANumber {
                name,
                value: format!("{value} m"),
            });
        }
    }
    Ok(Position::clamped(
        (x / WGS84_A).to_degrees(),
        (y / WGS84_A).sinh().atan().to_degrees(),
    ))
}
