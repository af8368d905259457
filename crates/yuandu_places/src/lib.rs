#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod areas;
mod drawn;
mod error;
mod features;
mod layer;
mod locate;
mod named;
mod near;
mod queries;
mod similar;
mod tiles;

pub use error::PlacesError;
pub use features::{Condition, Feature, FeaturePage, FeatureQuery, Shape};
pub use layer::{Geometry, LampColumns, LayerDef};
pub use locate::{Located, Locator};
pub use named::Named;
pub use near::{Near, NearTable, near};
pub use similar::{PointTable, Query as SimilarQuery, Similar, likeness, similar};
pub use tiles::{Tile, Tiles};
