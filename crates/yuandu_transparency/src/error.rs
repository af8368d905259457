//! What can go wrong when the log is published or checked.

use thiserror::Error;
use yuandu_base::ErrorKind;
use yuandu_store::StoreError;

/// A failure of publishing or checking.
#[derive(Debug, Error)]
pub enum TransparencyError {
    /// Text from outside is not of the published form.
    #[error("the {what} is not right: {reason}")]
    Malformed {
        /// Checkpoint, note, key, tile path ..
        what: &'static str,
        /// Which rule it breaks.
        reason: String,
    },
    /// A signature or hash does not hold.
    #[error("{what} does not hold: {reason}")]
    Refuted {
        /// What was claimed.
        what: &'static str,
        /// Where it fails.
        reason: String,
    },
    /// A file of the data folder cannot be used.
    #[error("cannot use `{path}`: {reason}")]
    File {
        /// The file.
        path: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A file of the published log could not be fetched.
    #[error("cannot fetch `{path}`: {reason}")]
    Fetch {
        /// Path below the log's address.
        path: String,
        /// What was answered.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TransparencyError {
    /// The coarse kind for callers.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Malformed { .. } | Self::Refuted { .. } => ErrorKind::Invalid,
            Self::File { .. } => ErrorKind::Internal,
            Self::Fetch { .. } => ErrorKind::Unavailable,
            Self::Store(error) => error.kind(),
        }
    }

    pub(crate) fn malformed(what: &'static str, reason: impl Into<String>) -> Self {
        Self::Malformed {
            what,
            reason: reason.into(),
        }
    }

    pub(crate) fn refuted(what: &'static str, reason: impl Into<String>) -> Self {
        Self::Refuted {
            what,
            reason: reason.into(),
        }
    }

    pub(crate) fn file(path: &std::path::Path, reason: impl ToString) -> Self {
        Self::File {
            path: path.display().to_string(),
            reason: reason.to_string(),
        }
    }
}
