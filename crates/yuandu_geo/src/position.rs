//! A validated position on the earth and distances between positions.
//!
//! It must not hold coordinates of shifted systems; those are [`crate::Coordinates`] until converted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::GeoError;

/// Mean earth radius of IUGG in metres.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A point in WGS 84 decimal degrees, which equals CGCS2000 to within centimetres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawPosition")]
pub struct Position {
    lon: f64,
    lat: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPosition {
    lon: f64,
    lat: f64,
}

impl TryFrom<RawPosition> for Position {
    type Error = GeoError;
    fn try_from(raw: RawPosition) -> Result<Self, GeoError> {
        Self::new(raw.lon, raw.lat)
    }
}

impl Position {
    /// A position from longitude and latitude, refused with a hint when they look swapped.
    pub fn new(lon: f64, lat: f64) -> Result<Self, GeoError> {
        check_degrees(lon, lat)?;
        Ok(Self { lon, lat })
    }

    /// A position computed inside this crate from already valid ones; clamped, so never out of range.
    pub(crate) fn clamped(lon: f64, lat: f64) -> Self {
        Self {
            lon: lon.clamp(-180.0, 180.0),
            lat: lat.clamp(-90.0, 90.0),
        }
    }

    /// Reads the two form fields a page sends.
    pub fn parse(lon: &str, lat: &str) -> Result<Self, GeoError> {
        Self::new(
            parse_degrees("longitude", lon)?,
            parse_degrees("latitude", lat)?,
        )
    }

    /// Longitude in degrees east.
    #[must_use]
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// Latitude in degrees north.
    #[must_use]
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// Great-circle distance in metres (haversine; error below 0.5 %, from the flattening of the earth).
    #[must_use]
    pub fn distance_m(self, other: Self) -> f64 {
        let (lat1, lat2) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = ((lat2 - lat1) / 2.0).sin();
        let half_lon = ((other.lon - self.lon).to_radians() / 2.0).sin();
        let h = half_lat * half_lat + lat1.cos() * lat2.cos() * half_lon * half_lon;
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }
}

impl fmt::Display for Position {
    /// `lon,lat` with seven decimals (about one centimetre).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.7},{:.7}", self.lon, self.lat)
    }
}

impl FromStr for Position {
    type Err = GeoError;
    /// Reads `lon,lat`.
    fn from_str(text: &str) -> Result<Self, GeoError> {
        let (lon, lat) = text
            .split_once([',', '，'])
            .ok_or_else(|| GeoError::NotANumber {
                name: "longitude",
                value: text.to_owned(),
            })?;
        Self::parse(lon, lat)
    }
}

/// Refuses degrees that are not finite or out of range.
pub(crate) fn check_degrees(lon: f64, lat: f64) -> Result<(), GeoError> {
    for (name, value) in [("longitude", lon), ("latitude", lat)] {
        if !value.is_finite() {
            return Err(GeoError::NotANumber {
                name,
                value: value.to_string(),
            });
        }
    }
    let lat_ok = (-90.0..=90.0).contains(&lat);
    if !lat_ok && lat.abs() <= 180.0 && lon.abs() <= 90.0 {
        return Err(GeoError::Swapped { lon, lat });
    }
    if !(-180.0..=180.0).contains(&lon) {
        return Err(GeoError::Longitude(lon));
    }
    if !lat_ok {
        return Err(GeoError::Latitude(lat));
    }
    Ok(())
}

fn parse_degrees(name: &'static str, text: &str) -> Result<f64, GeoError> {
    // Words such as `inf` and `NaN` parse as numbers in Rust; the range check refuses them afterwards.
    text.trim().parse().map_err(|_| GeoError::NotANumber {
        name,
        value: text.trim().to_owned(),
    })
}
