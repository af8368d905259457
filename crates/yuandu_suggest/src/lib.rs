//! Learns from past texts with labels and suggests labels for new ones: "who handled orders that read like this one?"
//!
//! Plain computation in the process: no outside model, no network, no clock, the same answer on every run. It knows nothing about
//! orders, units or cities: a text is a text and a label is a label. Start with [`learn`], then [`Model::suggest`].
#![deny(missing_docs)]
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod blend;
mod error;
mod examples;
mod margin;
mod model;
mod neighbours;
mod rows;
mod saved;
mod score;
mod symbols;
mod train;
mod vocabulary;

pub use error::SuggestError;
pub use examples::{Asked, Example, MAX_BYTES, read_asked, read_examples};
pub use model::{Model, Suggestion};
pub use score::{Report, measure};
pub use train::{Settings, learn};
