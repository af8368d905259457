#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod decoded;
mod error;
mod format;
mod lines;
mod read;
mod write;
mod xlsx;

pub use csv::StringRecord as Cells;
pub use error::SheetError;
pub use format::Format;
pub use read::{Line, Source, each_row};
pub use write::{Cell, XlsxWriter};
