//! What can go wrong with the archive.

use thiserror::Error;
use yuandu_base::ErrorKind;
use yuandu_store::StoreError;

/// A failure of the archive.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// A segment cannot be read.
    #[error(
        "a segment of the archive is damaged: {reason}; run `yuandu verify`, then copy it back from a backup"
    )]
    Damaged {
        /// What is wrong with it.
        reason: String,
    },
    /// A segment's file is missing.
    #[error(
        "the segment `{name}` of the archive is missing; run `yuandu verify`, then copy it back from a backup"
    )]
    Missing {
        /// Its name.
        name: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ArchiveError {
    /// The coarse kind for callers.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Damaged { .. } | Self::Missing { .. } => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }
}
