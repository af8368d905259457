//! Reference systems as programs name them, with the order of their axes: what OGC API - Features calls `crs` and `bbox-crs`.
//!
//! Positions are kept in WGS 84, which equals CGCS2000 to within centimetres; everything else is converted here, at the edge.

use std::str::FromStr;

use crate::{
    BoundingBox, Coordinates, GeoError, Position, ReferenceSystem, from_web_mercator,
    to_web_mercator,
};

/// A reference system that coordinates may be asked for and given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Crs {
    /// WGS 84, longitude first: what GeoJSON means.
    #[default]
    Crs84,
    /// WGS 84, latitude first.
    Epsg4326,
    /// CGCS2000, latitude first.
    Epsg4490,
    /// Web Mercator, metres.
    Epsg3857,
    /// The shifted system of Chinese web maps, longitude first.
    Gcj02,
    /// Baidu's system, longitude first.
    Bd09,
}

impl Crs {
    /// Every system, the one that is used unasked first.
    pub const ALL: [Self; 6] = [
        Self::Crs84,
        Self::Epsg4326,
        Self::Epsg4490,
        Self::Epsg3857,
        Self::Gcj02,
        Self::Bd09,
    ];

    /// Its identifier. Nobody has registered one for the shifted systems; theirs are names of our own.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::Crs84 => "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
            Self::Epsg4326 => "http://www.opengis.net/def/crs/EPSG/0/4326",
            Self::Epsg4490 => "http://www.opengis.net/def/crs/EPSG/0/4490",
            Self::Epsg3857 => "http://www.opengis.net/def/crs/EPSG/0/3857",
            Self::Gcj02 => "urn:yuandu:crs:GCJ-02",
            Self::Bd09 => "urn:yuandu:crs:BD-09",
        }
    }

    /// A position in this system, in the order of its axes. Metres are given to the millimetre, degrees to a tenth of one.
    #[must_use]
    pub fn of(self, position: Position) -> [f64; 2] {
        let shifted = |system| {
            let there = Coordinates::of(position, system);
            [rounded(there.lon(), 1e9), rounded(there.lat(), 1e9)]
        };
        match self {
            Self::Crs84 => [position.lon(), position.lat()],
            Self::Epsg4326 | Self::Epsg4490 => [position.lat(), position.lon()],
            Self::Epsg3857 => {
                let (x, y) = to_web_mercator(position);
                [rounded(x, 1e3), rounded(y, 1e3)]
            }
            Self::Gcj02 => shifted(ReferenceSystem::Gcj02),
            Self::Bd09 => shifted(ReferenceSystem::Bd09),
        }
    }

    /// The position that two numbers in the order of the axes mean.
    pub fn position(self, first: f64, second: f64) -> Result<Position, GeoError> {
        let shifted = |system| Ok(Coordinates::new(system, first, second)?.to_position());
        match self {
            Self::Crs84 => Position::new(first, second),
            Self::Epsg4326 | Self::Epsg4490 => Position::new(second, first),
            Self::Epsg3857 => from_web_mercator(first, second),
            Self::Gcj02 => shifted(ReferenceSystem::Gcj02),
            Self::Bd09 => shifted(ReferenceSystem::Bd09),
        }
    }

    /// The boxes that a `bbox` of this system means: one, or two when it crosses the 180th meridian. Four numbers, or six
    /// with heights, which are not looked at. In the shifted systems it is the box round its converted corners.
    pub fn windows(self, text: &str) -> Result<Vec<BoundingBox>, GeoError> {
        let wrong = || GeoError::BoundingBox(text.to_owned());
        let numbers: Result<Vec<f64>, _> = text.split(',').map(|n| n.trim().parse()).collect();
        let (low, high) = match numbers.as_deref() {
            Ok(&[a, b, c, d] | &[a, b, _, c, d, _]) => ((a, b), (c, d)),
            _ => return Err(wrong()),
        };
        let (low, high) = (self.position(low.0, low.1)?, self.position(high.0, high.1)?);
        if low.lat() > high.lat() {
            return Err(wrong());
        }
        if low.lon() <= high.lon() {
            let corners = self.corners(numbers.as_deref().unwrap_or_default(), low, high);
            return BoundingBox::around(corners)
                .map_or_else(|| Err(wrong()), |whole| Ok(vec![whole]));
        }
        Ok(vec![
            BoundingBox::new(low.lon(), low.lat(), 180.0, high.lat())?,
            BoundingBox::new(-180.0, low.lat(), high.lon(), high.lat())?,
        ])
    }

    /// The corners of a box; in the shifted systems its other two do not follow from these.
    fn corners(self, numbers: &[f64], low: Position, high: Position) -> Vec<Position> {
        let mut corners = vec![low, high];
        if let (Self::Gcj02 | Self::Bd09, &[a, b, c, d] | &[a, b, _, c, d, _]) = (self, numbers) {
            corners.extend(
                [self.position(a, d), self.position(c, b)]
                    .into_iter()
                    .flatten(),
            );
        }
        corners
    }
}

impl FromStr for Crs {
    type Err = GeoError;

    fn from_str(text: &str) -> Result<Self, GeoError> {
        // Secure and plain addresses of the register of OGC mean the same.
        let plain = text.trim().replacen("https://", "http://", 1);
        Self::ALL
            .into_iter()
            .find(|crs| crs.uri() == plain)
            .ok_or_else(|| GeoError::ReferenceSystem(text.to_owned()))
    }
}

fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}
