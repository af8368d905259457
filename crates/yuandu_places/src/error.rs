//! What can go wrong with places.

use thiserror::Error;
use yuandu_base::ErrorKind;
use yuandu_geo::GeoError;
use yuandu_store::StoreError;

/// A failure of layers, tiles or searches by place.
#[derive(Debug, Error)]
pub enum PlacesError {
    /// No layer has this name.
    #[error("there is no map layer `{layer}`")]
    UnknownLayer {
        /// The name asked for.
        layer: String,
    },
    /// A coordinate, tile or outline is not valid.
    #[error(transparent)]
    Geo(#[from] GeoError),
    /// Reading failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PlacesError {
    /// The coarse kind for callers.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownLayer { .. } => ErrorKind::NotFound,
            Self::Geo(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }
}
