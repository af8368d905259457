//! Content-addressed files: photos and papers, stored once under the SHA-256 of their bytes.

mod collect;
mod shelf;

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

pub use collect::{Collected, collect_blobs, recorded_blobs};
pub(crate) use shelf::Folder;
pub use shelf::{Shelf, Shelved};

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

/// Bytes held at once while a blob is streamed.
const PIECE: usize = 64 * 1024;

/// The blobs of a city: in its data folder, or on another shelf.
#[derive(Debug, Clone)]
pub struct Blobs {
    /// What is being stored lies here until it is whole.
    dir: PathBuf,
    shelf: Arc<dyn Shelf>,
}

impl Blobs {
    pub(crate) fn new(dir: PathBuf, shelf: Option<Arc<dyn Shelf>>) -> Self {
        let shelf = shelf.unwrap_or_else(|| Arc::new(Folder::new(dir.clone())));
        Self { dir, shelf }
    }

    /// Stores bytes durably and returns their name. Storing the same bytes again needs no more space, and makes the file
    /// new again, so that its grace time begins anew ([`crate::collect_blobs`]).
    pub fn put(&self, bytes: &[u8]) -> Result<BlobRef, StoreError> {
        Ok(self.put_stream(&mut &*bytes)?.0)
    }

    /// Stores what a stream gives, piece by piece, durably; gives name and length. Memory does not grow with the length.
    pub fn put_stream(&self, from: &mut impl Read) -> Result<(BlobRef, u64), StoreError> {
        let failed = |source| disk_or_file(&self.dir, source);
        let mut file = tempfile::NamedTempFile::new_in(&self.dir).map_err(failed)?;
        let (mut hash, mut length) = (Sha256::new(), 0_u64);
        let mut piece = vec![0_u8; PIECE];
        loop {
            let read = from.read(&mut piece).map_err(failed)?;
            let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            hash.update(bytes);
            file.write_all(bytes).map_err(failed)?;
            length += read as u64;
        }
        let name = BlobRef(hex(&hash.finalize()));
        self.shelf.keep(&name, file)?;
        Ok((name, length))
    }

    /// A blob to be read piece by piece, `None` if there is none of that name.
    pub fn open(&self, name: &BlobRef) -> Result<Option<File>, StoreError> {
        self.shelf.open(name)
    }

    /// The bytes of a blob, `None` if there is none of that name.
    pub fn get(&self, name: &BlobRef) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(mut file) = self.open(name)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .map_err(|source| StoreError::file(&self.dir, source))?;
        Ok(Some(bytes))
    }

    /// Whether there is a blob of that name.
    pub fn has(&self, name: &BlobRef) -> Result<bool, StoreError> {
        self.shelf.has(name)
    }

    pub(crate) fn shelf(&self) -> &dyn Shelf {
        self.shelf.as_ref()
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

fn disk_or_file(path: &Path, source: std::io::Error) -> StoreError {
    if source.kind() == std::io::ErrorKind::StorageFull {
        StoreError::Disk {
            reason: source.to_string(),
        }
    } else {
        StoreError::file(path, source)
    }
}
