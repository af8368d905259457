//! What can go wrong with a search.

use thiserror::Error;
use yuandu_base::ErrorKind;
use yuandu_store::StoreError;

/// A search that cannot be answered.
#[derive(Debug, Error)]
pub enum SearchError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No source of this name was declared.
    #[error("`{0}` is not searched; the sources are declared where the city is put together")]
    NoSource(String),
}

impl SearchError {
    /// The coarse kind a caller acts on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::NoSource(_) => ErrorKind::Internal,
        }
    }
}
