#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod board;
mod compile;
mod error;
mod indicator;
mod queries;

pub use board::{Behind, Board, By, CaseTables, Group, Measured, Part, Scope};
pub use compile::{Compiled, compile};
pub use error::InsightError;
pub use indicator::{Direction, IndicatorDef};
