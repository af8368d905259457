//! What can be wrong with the carried data: only a damaged checkout shows it.

use thiserror::Error;
use yuandu_base::ErrorKind;

/// Carried data that does not hold together.
#[derive(Debug, Error)]
pub enum DemoError {
    /// A file of `demo/data` or a code list cannot be read.
    #[error("`{file}`: {why}, restore the file from the repository")]
    Data {
        /// The file, as a path in the repository.
        file: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// More people than there are numbers for.
    #[error("every number of every day of birth is given away; ask for fewer residents")]
    Full,
    /// A file of rows cannot be written.
    #[error(transparent)]
    Rows(#[from] csv::Error),
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// An outline or position that is none.
    #[error(transparent)]
    Geo(#[from] yuandu_geo::GeoError),
    /// A synthetic code that came out wrong.
    #[error(transparent)]
    Code(#[from] yuandu_ids::IdError),
}

impl DemoError {
    /// The coarse kind a caller acts on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Data { .. } | Self::Code(_) => ErrorKind::Internal,
            Self::Full => ErrorKind::Invalid,
            Self::Rows(_) | Self::File(_) => ErrorKind::Unavailable,
            Self::Geo(e) => e.kind(),
        }
    }
}
