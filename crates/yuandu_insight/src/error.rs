//! What can go wrong with indicators.

use thiserror::Error;
use yuandu_base::ErrorKind;
use yuandu_store::StoreError;

/// A failure of an indicator.
#[derive(Debug, Error)]
pub enum InsightError {
    /// No indicator has this id.
    #[error("there is no indicator `{id}`")]
    Unknown {
        /// The id asked for.
        id: String,
    },
    /// A condition uses something that has no form in a query.
    #[error(
        "`{expression}`: {what} cannot be used in an indicator; compare facts of `case` with each other, with `now` or with a value"
    )]
    NotCompilable {
        /// The condition.
        expression: String,
        /// The part that cannot be used.
        what: String,
    },
    /// Reading failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl InsightError {
    /// The coarse kind for callers.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown { .. } => ErrorKind::NotFound,
            Self::NotCompilable { .. } => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }
}
