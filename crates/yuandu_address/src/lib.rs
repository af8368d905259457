#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod gazetteer;
mod parse;
mod street;

pub use gazetteer::{Division, Gazetteer};
pub use parse::{Address, parse};
