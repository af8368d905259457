//! OGC API - Features (parts 1 and 2) and Tiles under `/ogc`: the declared map layers as collections for map programs.
//!
//! A collection is there for whoever may see some of its rows, and holds those. Sources: OGC 17-069r4, 18-058r1, 20-057.

mod answer;
mod collections;
mod items;
mod landing;
mod query;
mod table;
mod tilesets;

pub(crate) use table::operations;
