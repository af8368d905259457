//! Where blobs lie: in the data folder, or wherever a [`Shelf`] of another crate keeps them.

use std::fmt::Debug;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::NamedTempFile;

use super::disk_or_file;
use crate::{BlobRef, StoreError};

/// A blob on a shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelved {
    /// Its name.
    pub name: BlobRef,
    /// When it was last stored, if that is known.
    pub stored_at: Option<Timestamp>,
    /// Its length.
    pub bytes: u64,
}

/// Keeps blobs under their names. Calls block.
pub trait Shelf: Debug + Send + Sync {
    /// Keeps a whole file durably; one that is there already is new again afterwards.
    fn keep(&self, name: &BlobRef, file: NamedTempFile) -> Result<(), StoreError>;

    /// The blob as a file to be read, `None` if there is none of that name.
    fn open(&self, name: &BlobRef) -> Result<Option<File>, StoreError>;

    /// Whether there is a blob of that name.
    fn has(&self, name: &BlobRef) -> Result<bool, StoreError>;

    /// The blobs whose names begin with these two digits.
    fn list(&self, digits: &str) -> Result<Vec<Shelved>, StoreError>;

    /// What is known of one blob, `None` if there is none of that name.
    fn look(&self, name: &BlobRef) -> Result<Option<Shelved>, StoreError>;

    /// Removes a blob; one that is gone already is as good.
    fn remove(&self, name: &BlobRef) -> Result<(), StoreError>;
}

/// The shelf in the data folder: a folder for every first two digits.
#[derive(Debug)]
pub(crate) struct Folder {
    dir: PathBuf,
}

impl Folder {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    fn path(&self, name: &BlobRef) -> PathBuf {
        let (digits, rest) = name.as_str().split_at(2);
        self.dir.join(digits).join(rest)
    }
}

impl Shelf for Folder {
    fn keep(&self, name: &BlobRef, file: NamedTempFile) -> Result<(), StoreError> {
        let path = self.path(name);
        settle(file, &path).map_err(|source| disk_or_file(&path, source))
    }

    fn open(&self, name: &BlobRef) -> Result<Option<File>, StoreError> {
        let path = self.path(name);
        match File::open(&path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::file(&path, source)),
        }
    }

    fn has(&self, name: &BlobRef) -> Result<bool, StoreError> {
        let path = self.path(name);
        path.try_exists()
            .map_err(|source| StoreError::file(&path, source))
    }

    fn list(&self, digits: &str) -> Result<Vec<Shelved>, StoreError> {
        let dir = self.dir.join(digits);
        let failed = |source| StoreError::file(&dir, source);
        let entries = match fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(failed(source)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let rest = entry.map_err(failed)?.file_name();
            // A file that is still being written has another name.
            if let Some(name) = BlobRef::parse(&format!("{digits}{}", rest.to_string_lossy())) {
                found.extend(self.look(&name)?);
            }
        }
        Ok(found)
    }

    fn look(&self, name: &BlobRef) -> Result<Option<Shelved>, StoreError> {
        let path = self.path(name);
        match fs::metadata(&path) {
            Ok(meta) => Ok(Some(Shelved {
                name: name.clone(),
                stored_at: meta
                    .modified()
                    .ok()
                    .and_then(|at| Timestamp::try_from(at).ok()),
                bytes: meta.len(),
            })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::file(&path, source)),
        }
    }

    fn remove(&self, name: &BlobRef) -> Result<(), StoreError> {
        let path = self.path(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::file(&path, error))
            }
            _ => Ok(()),
        }
    }
}

/// Syncs, renames, syncs the folder: after the return a power cut loses nothing.
fn settle(file: NamedTempFile, path: &Path) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(dir)?.sync_all()
}
