//! Full text over the city's tables, Chinese first: an index in memory that follows the log.
//!
//! It answers with ids, best first, and knows nothing of permissions: whoever asks fetches the rows under the gate's filter. Start with
//! [`Search::new`], [`Search::find`] and [`Search::similar`].
#![deny(missing_docs)]

mod error;
mod folded;
mod index;
mod queries;
mod search;
mod source;

pub use error::SearchError;
pub use index::Hit;
pub use search::{Search, Standing};
pub use source::Source;
