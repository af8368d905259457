//! Content-addressed files: photos and papers, stored once under the SHA-256 of their bytes.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::encoding::hex;
use crate::{Change, StoreError, TableDef};

/// The name of a blob: 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobRef(String);

impl BlobRef {
    /// Parses a name as it stands in a record or address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let valid = text.len() == 64
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        valid.then(|| Self(text.to_owned()))
    }

    /// The name of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(hex(&Sha256::digest(bytes)))
    }

    /// The hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for BlobRef {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The table of blobs that records refer to; `yuandu verify` checks that each file is there and whole.
pub(crate) fn blobs_table() -> TableDef {
    TableDef::new("blobs")
        .text("id")
        .int("size")
        .text("media_type")
        .int("created_at")
        .key(["id"])
}

/// The folder of blobs.
#[derive(Debug, Clone)]
pub struct Blobs {
    dir: PathBuf,
}

impl Blobs {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Stores bytes durably and returns their name; storing the same bytes again costs nothing.
    pub fn put(&self, bytes: &[u8]) -> Result<BlobRef, StoreError> {
        let name = BlobRef::of(bytes);
        let path = self.path(&name);
        if path.exists() {
            return Ok(name);
        }
        write_durably(&path, bytes).map_err(|source| disk_or_file(&path, source))?;
        Ok(name)
    }

    /// The bytes of a blob, `None` if there is none of that name.
    pub fn get(&self, name: &BlobRef) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::file(&path, source)),
        }
    }

    /// Where a blob lies.
    #[must_use]
    pub fn path(&self, name: &BlobRef) -> PathBuf {
        let (shelf, rest) = name.0.split_at(2);
        self.dir.join(shelf).join(rest)
    }

    /// The row that makes a stored blob part of the city's records.
    #[must_use]
    pub fn record(name: &BlobRef, size: usize, media_type: &str, at: jiff::Timestamp) -> Change {
        Change::put("blobs")
            .with("id", name.as_str())
            .with("size", i64::try_from(size).unwrap_or(i64::MAX))
            .with("media_type", media_type)
            .with("created_at", at)
    }
}

/// Writes to a temporary name, syncs, renames, syncs the folder: after the return a power cut loses nothing.
fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let shelf = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(shelf)?;
    let mut file = tempfile::NamedTempFile::new_in(shelf)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(shelf)?.sync_all()
}

fn disk_or_file(path: &Path, source: std::io::Error) -> StoreError {
    if source.kind() == std::io::ErrorKind::StorageFull {
        StoreError::Disk {
            reason: source.to_string(),
        }
    } else {
        StoreError::file(path, source)
    }
}
