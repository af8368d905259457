//! Boxes of longitude and latitude, as map windows and quick tests use them.
//!
//! A box does not cross the 180th meridian: one that does is two ([`crate::Crs::windows`]).

use std::str::FromStr;

use serde::Serialize;

use crate::position::check_degrees;
use crate::{GeoError, Position};

/// A box in WGS 84 degrees, west < east and south < north (or equal, for a single point).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BoundingBox {
    /// Western edge.
    pub west: f64,
    /// Southern edge.
    pub south: f64,
    /// Eastern edge.
    pub east: f64,
    /// Northern edge.
    pub north: f64,
}

impl BoundingBox {
    /// A box from its four edges.
    pub fn new(west: f64, south: f64, east: f64, north: f64) -> Result<Self, GeoError> {
        check_degrees(west, south)?;
        check_degrees(east, north)?;
        if west > east || south > north {
            return Err(GeoError::BoundingBox(format!(
                "{west},{south},{east},{north}"
            )));
        }
        Ok(Self {
            west,
            south,
            east,
            north,
        })
    }

    /// The smallest box round `positions`, or none for an empty list.
    #[must_use]
    pub fn around(positions: impl IntoIterator<Item = Position>) -> Option<Self> {
        let mut bounds: Option<Self> = None;
        for p in positions {
            let b = bounds.get_or_insert(Self {
                west: p.lon(),
                south: p.lat(),
                east: p.lon(),
                north: p.lat(),
            });
            b.west = b.west.min(p.lon());
            b.east = b.east.max(p.lon());
            b.south = b.south.min(p.lat());
            b.north = b.north.max(p.lat());
        }
        bounds
    }

    /// Whether `position` lies inside or on an edge.
    #[must_use]
    pub fn contains(&self, position: Position) -> bool {
        (self.west..=self.east).contains(&position.lon())
            && (self.south..=self.north).contains(&position.lat())
    }

    /// Whether the two boxes share at least an edge.
    #[must_use]
    pub fn intersects(&self, other: &Self) -> bool {
        self.west <= other.east
            && other.west <= self.east
            && self.south <= other.north
            && other.south <= self.north
    }

    /// The middle of the box.
    #[must_use]
    pub fn centre(&self) -> Position {
        Position::clamped(
            f64::midpoint(self.west, self.east),
            f64::midpoint(self.south, self.north),
        )
    }

    /// The box that reaches at least `metres` from `position` in every direction; a first filter before distances.
    #[must_use]
    pub fn within_metres(position: Position, metres: f64) -> Self {
        // One degree of latitude is never shorter than 110.5 km, so dividing by it never cuts the circle.
        let lat = metres / 110_500.0;
        let lon = lat / position.lat().to_radians().cos().max(1e-6);
        let low = Position::clamped(position.lon() - lon, position.lat() - lat);
        let high = Position::clamped(position.lon() + lon, position.lat() + lat);
        Self {
            west: low.lon(),
            south: low.lat(),
            east: high.lon(),
            north: high.lat(),
        }
    }
}

impl FromStr for BoundingBox {
    type Err = GeoError;
    /// Reads `west,south,east,north`, the order of OGC API and GeoJSON.
    fn from_str(text: &str) -> Result<Self, GeoError> {
        let numbers: Result<Vec<f64>, _> = text.split(',').map(|n| n.trim().parse()).collect();
        match numbers.as_deref() {
            Ok(&[west, south, east, north]) => Self::new(west, south, east, north),
            _ => Err(GeoError::BoundingBox(text.to_owned())),
        }
    }
}
