//! A city's photos and papers in an S3-compatible store, or in a folder that several servers share.

use std::fs::File;

use tempfile::NamedTempFile;
use yuandu_store::{BlobRef, Shelf, Shelved, StoreError};

use crate::Target;
use crate::backup::blob_path;
use crate::target::Listed;

/// Blobs lie under the same paths as in a backup, so one can be made the other.
impl Shelf for Target {
    fn keep(&self, name: &BlobRef, mut file: NamedTempFile) -> Result<(), StoreError> {
        use std::io::Seek as _;
        file.rewind().map_err(|error| unreachable(&error))?;
        self.put_from(&blob_path(name), &mut file)
            .map(drop)
            .map_err(|error| unreachable(&error))
    }

    /// Fetched whole into a file without a name: what is read later cannot break off.
    fn open(&self, name: &BlobRef) -> Result<Option<File>, StoreError> {
        if !Shelf::has(self, name)? {
            return Ok(None);
        }
        let fetched = NamedTempFile::new().map_err(|error| unreachable(&error))?;
        self.get_file(&blob_path(name), fetched.path())
            .map_err(|error| unreachable(&error))?;
        fetched
            .reopen()
            .map(Some)
            .map_err(|error| unreachable(&error))
    }

    fn has(&self, name: &BlobRef) -> Result<bool, StoreError> {
        Self::has(self, &blob_path(name)).map_err(|error| unreachable(&error))
    }

    fn list(&self, digits: &str) -> Result<Vec<Shelved>, StoreError> {
        let files = self
            .files(&format!("blobs/{digits}"))
            .map_err(|error| unreachable(&error))?;
        Ok(files
            .iter()
            .filter_map(|file| shelved(BlobRef::parse(&format!("{digits}{}", file.name))?, file))
            .collect())
    }

    fn look(&self, name: &BlobRef) -> Result<Option<Shelved>, StoreError> {
        let found = Self::look(self, &blob_path(name)).map_err(|error| unreachable(&error))?;
        Ok(found.and_then(|file| shelved(name.clone(), &file)))
    }

    fn remove(&self, name: &BlobRef) -> Result<(), StoreError> {
        Self::remove(self, &blob_path(name)).map_err(|error| unreachable(&error))
    }
}

fn shelved(name: BlobRef, file: &Listed) -> Option<Shelved> {
    Some(Shelved {
        name,
        stored_at: jiff::Timestamp::from_millisecond(file.at_ms).ok(),
        bytes: file.bytes,
    })
}

fn unreachable(error: &impl ToString) -> StoreError {
    StoreError::Shelf {
        reason: error.to_string(),
    }
}
