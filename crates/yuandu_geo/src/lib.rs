//! Places on the earth as plain computation: positions, reference systems, areas, tiles and vector-tile encoding.
//!
//! Coordinates never travel without their reference system: a [`Position`] is WGS 84 (equal to CGCS2000 at our
//! precision), anything else is [`Coordinates`] until it has been converted. Nothing here stores, draws or knows
//! what a district or a case is. Start with [`Position`], [`Area`], [`GridIndex`] and [`TileBuilder`].
#![deny(missing_docs)]
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod area;
mod bounding_box;
mod clip;
mod crs;
mod error;
mod geojson;
mod grid_index;
mod line;
mod position;
mod reference_system;
mod tile;
mod vector_tile;

pub use area::Area;
pub use bounding_box::BoundingBox;
pub use crs::Crs;
pub use error::GeoError;
pub use geojson::{GeoFeature, read_features};
pub use grid_index::GridIndex;
pub use line::Line;
pub use position::Position;
pub use reference_system::{Coordinates, ReferenceSystem, from_web_mercator, to_web_mercator};
pub use tile::{EXTENT, MAX_ZOOM, TileId};
pub use vector_tile::{LayerBuilder, Property, TileBuilder};
