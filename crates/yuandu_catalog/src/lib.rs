#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod catalogue;
mod code;
pub mod dcat;
mod entry;
mod graph;
mod search;

pub use catalogue::{Catalogue, Source};
pub use code::ResourceCode;
pub use entry::{Entry, Item, Openness, Provider, Sharing, Terms};
pub use graph::Graph;
