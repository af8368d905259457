//! What can go wrong between sites and with backups.

use thiserror::Error;
use yuandu_base::ErrorKind;
use yuandu_store::StoreError;
use yuandu_transparency::TransparencyError;

/// A failure between sites or with a backup.
#[derive(Debug, Error)]
pub enum ContinuityError {
    /// Another server could not be asked.
    #[error("cannot reach `{url}`: {reason}")]
    Unreachable {
        /// Its address.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// Another server refused.
    #[error("`{url}` refused: {reason}")]
    Refused {
        /// Its address.
        url: String,
        /// Its words.
        reason: String,
    },
    /// A place for backups could not be used.
    #[error(
        "cannot use `{path}` of the backup in `{url}`: {reason}; nothing that was there before is lost"
    )]
    Target {
        /// Its address.
        url: String,
        /// The file.
        path: String,
        /// What went wrong.
        reason: String,
    },
    /// A backup or what another site sent is not what it should be.
    #[error("{what} is damaged or not genuine: {reason}")]
    Damaged {
        /// Which file or message.
        what: String,
        /// Which check failed.
        reason: String,
    },
    /// What was configured cannot be used.
    #[error("{what} cannot be used: {reason}")]
    Setting {
        /// Which setting.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// A file of this machine cannot be used.
    #[error("cannot use `{path}`: {reason}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key or checkpoint failed.
    #[error(transparent)]
    Transparency(#[from] TransparencyError),
}

impl ContinuityError {
    /// The coarse kind for callers.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreachable { .. } | Self::Refused { .. } | Self::Target { .. } => {
                ErrorKind::Unavailable
            }
            Self::Setting { .. } => ErrorKind::Invalid,
            Self::Damaged { .. } | Self::File { .. } => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
            Self::Transparency(error) => error.kind(),
        }
    }

    pub(crate) fn file(path: &std::path::Path, reason: impl ToString) -> Self {
        Self::File {
            path: path.display().to_string(),
            reason: reason.to_string(),
        }
    }

    pub(crate) fn damaged(what: impl Into<String>, reason: impl ToString) -> Self {
        Self::Damaged {
            what: what.into(),
            reason: reason.to_string(),
        }
    }
}
