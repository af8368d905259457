#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod error;
mod find;
mod kind;
mod matter;
mod queries;
mod recall;
mod seal;
mod segment;
mod sieve;

pub use error::ArchiveError;
pub use find::{Found, MOST_OPENED, Question, find, get};
pub use kind::{Kind, count_of, is_empty, schema};
pub use matter::{Cells, Matter};
pub use recall::{family, recall, recalled_since};
pub use seal::{Sealed, seal};
