//! Arithmetic of the square tile pyramid (Web Mercator, z/x/y from the north-west corner).
//!
//! Knows nothing of what is drawn; [`crate::TileBuilder`] does the drawing.

use std::f64::consts::PI;
use std::fmt;

use crate::reference_system::MERCATOR_LAT_LIMIT;
use crate::{BoundingBox, GeoError, Position};

/// Deepest zoom served: one tile is then about eight metres wide in our latitude.
pub const MAX_ZOOM: u32 = 22;
/// Units along the edge of one vector tile.
pub const EXTENT: u32 = 4096;

/// The address of one tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    z: u32,
    x: u32,
    y: u32,
}

impl TileId {
    /// A tile that exists: zoom to [`MAX_ZOOM`], column and row inside the pyramid.
    pub fn new(z: u32, x: u32, y: u32) -> Result<Self, GeoError> {
        if z > MAX_ZOOM || x >= 1 << z || y >= 1 << z {
            return Err(GeoError::Tile { z, x, y });
        }
        Ok(Self { z, x, y })
    }

    /// The tile a position falls in at zoom `z`; positions nearer the poles than the square world go to its edge row.
    pub fn at(position: Position, z: u32) -> Result<Self, GeoError> {
        if z > MAX_ZOOM {
            return Err(GeoError::Tile { z, x: 0, y: 0 });
        }
        let (u, v) = world_fraction(position);
        let count = f64::from(1u32 << z);
        Ok(Self {
            z,
            x: whole(u * count, (1 << z) - 1),
            y: whole(v * count, (1 << z) - 1),
        })
    }

    /// The tiles that cover `window` at zoom `z`, west to east in rows from the north.
    pub fn covering(window: &BoundingBox, z: u32) -> Result<impl Iterator<Item = Self>, GeoError> {
        let first = Self::at(Position::clamped(window.west, window.north), z)?;
        let last = Self::at(Position::clamped(window.east, window.south), z)?;
        Ok((first.y..=last.y).flat_map(move |y| (first.x..=last.x).map(move |x| Self { z, x, y })))
    }

    /// Zoom.
    #[must_use]
    pub fn z(self) -> u32 {
        self.z
    }

    /// Column, from the west.
    #[must_use]
    pub fn x(self) -> u32 {
        self.x
    }

    /// Row, from the north.
    #[must_use]
    pub fn y(self) -> u32 {
        self.y
    }

    /// The box the tile covers.
    #[must_use]
    pub fn bounds(self) -> BoundingBox {
        self.buffered_bounds(0)
    }

    /// The box of the tile and `buffer` tile units around it, which is what a query for its features needs.
    #[must_use]
    pub fn buffered_bounds(self, buffer: u32) -> BoundingBox {
        let margin = f64::from(buffer) / f64::from(EXTENT);
        let (x, y) = (f64::from(self.x), f64::from(self.y));
        let count = f64::from(1u32 << self.z);
        let north_west = from_world_fraction((x - margin) / count, (y - margin) / count);
        let south_east =
            from_world_fraction((x + 1.0 + margin) / count, (y + 1.0 + margin) / count);
        BoundingBox {
            west: north_west.lon(),
            south: south_east.lat(),
            east: south_east.lon(),
            north: north_west.lat(),
        }
    }

    /// Degrees of longitude per tile unit: a measure for simplification and thinning.
    #[must_use]
    pub fn degrees_per_unit(self) -> f64 {
        360.0 / f64::from(1u32 << self.z) / f64::from(EXTENT)
    }

    /// Tile units of a position, (0, 0) at the north-west corner; outside the tile it runs below 0 or above the extent.
    pub(crate) fn project(self, position: Position) -> (f64, f64) {
        let (u, v) = world_fraction(position);
        let count = f64::from(1u32 << self.z);
        (
            (u * count - f64::from(self.x)) * f64::from(EXTENT),
            (v * count - f64::from(self.y)) * f64::from(EXTENT),
        )
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.z, self.x, self.y)
    }
}

/// Place in the square world, 0 to 1 from west and from north.
fn world_fraction(position: Position) -> (f64, f64) {
    let lat = position
        .lat()
        .clamp(-MERCATOR_LAT_LIMIT, MERCATOR_LAT_LIMIT);
    let mercator = lat.to_radians().tan().asinh();
    (position.lon() / 360.0 + 0.5, 0.5 - mercator / (2.0 * PI))
}

fn from_world_fraction(u: f64, v: f64) -> Position {
    let mercator = (0.5 - v) * 2.0 * PI;
    Position::clamped((u - 0.5) * 360.0, mercator.sinh().atan().to_degrees())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to 0..=last first"
)]
fn whole(value: f64, last: u32) -> u32 {
    value.floor().clamp(0.0, f64::from(last)) as u32
}
