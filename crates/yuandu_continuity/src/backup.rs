//! Making a backup: what is new in the log as segments, from time to time the whole database, every blob, then the manifest.
//!
//! The manifest is written last. A backup that is cut off (no network, no space) leaves the one before untouched.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use yuandu_store::{BlobRef, SealedEntry, Store, sha256_hex, snapshot};
use yuandu_transparency::Publisher;

use crate::manifest::{Base, Manifest, Segment, StoredFile};
use crate::{ContinuityError, Target};

/// Entries and bytes (before compression) in a segment at most.
const SEGMENT_ENTRIES: usize = 50_000;
const SEGMENT_BYTES: usize = 64 * 1024 * 1024;
/// So many small segments at the end are written again as one.
const SMALL_ONES: usize = 32;
/// What counts as small.
const SMALL: u64 = 4 * 1024 * 1024;
/// Whole databases kept.
const BASES: usize = 3;

/// What to back up, and how.
#[derive(Debug)]
pub struct Backup<'a> {
    /// The store; may be open for reading only.
    pub store: &'a Store,
    /// Signs checkpoint and manifest.
    pub publisher: &'a Publisher,
    /// Where to.
    pub target: &'a Target,
    /// The file `city.toml`.
    pub city: String,
    /// A whole database is added after so many new entries.
    pub base_every: u64,
}

/// What a backup added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// Entries in the backup.
    pub size: u64,
    /// Entries that are new.
    pub entries: u64,
    /// Blobs that are new.
    pub blobs: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Whether a whole database was added.
    pub base: bool,
}

impl Backup<'_> {
    /// Backs up what is new. Nothing is written if nothing is.
    pub fn run(&self, now_ms: i64) -> Result<BackedUp, ContinuityError> {
        let key = self.publisher.public();
        let before = Manifest::newest(self.target, key)?;
        // Before the head is read: the database taken whole is then never beyond the entries.
        let base = self.base(before.as_ref())?;
        let head = self.store.log().head()?;
        let mut done = BackedUp {
            size: head.size,
            entries: 0,
            blobs: 0,
            bytes: 0,
            base: false,
        };
        let mut manifest = self.start(before, now_ms)?;
        if manifest.size == head.size && !manifest.segments.is_empty() {
            return Ok(done);
        }
        done.entries = head.size - manifest.size;
        let from = merge_small(&mut manifest.segments);
        self.segments(from, head.size, &mut manifest, &mut done)?;
        manifest.size = head.size;
        manifest.checkpoint = self.publisher.sign(head)?.to_string();
        if let Some(base) = base {
            done.bytes += base.file.bytes;
            done.base = true;
            manifest.bases.push(base);
            let surplus = manifest.bases.len().saturating_sub(BASES);
            manifest.bases.drain(..surplus);
        }
        manifest.write(self.target, self.publisher)?;
        Ok(done)
    }

    /// The manifest to go on from: the one before, if its log is the beginning of this one.
    fn start(&self, before: Option<Manifest>, now_ms: i64) -> Result<Manifest, ContinuityError> {
        if let Some(before) = before {
            let root = self.store.log().root_at(before.size)?;
            if root == Some(before.head(self.publisher.public())?.root) {
                let made_at_ms = now_ms.max(before.made_at_ms + 1);
                return Ok(Manifest {
                    made_at_ms,
                    city: self.city.clone(),
                    ..before
                });
            }
            return Err(ContinuityError::damaged(
                format!("the backup in `{}`", self.target.url()),
                format!(
                    "its {} entries are not the beginning of this log; it belongs to another city or another past, choose another place",
                    before.size
                ),
            ));
        }
        Ok(Manifest {
            format: 1,
            made_at_ms: now_ms,
            size: 0,
            last_at_ms: 0,
            checkpoint: String::new(),
            city: self.city.clone(),
            bases: Vec::new(),
            segments: Vec::new(),
            blobs: 0,
        })
    }

    fn segments(
        &self,
        mut from: u64,
        size: u64,
        manifest: &mut Manifest,
        done: &mut BackedUp,
    ) -> Result<(), ContinuityError> {
        while from < size {
            let count = usize::try_from(size - from).unwrap_or(usize::MAX);
            let entries =
                self.store
                    .log()
                    .sealed(from, count.min(SEGMENT_ENTRIES), SEGMENT_BYTES)?;
            let Some(last) = entries.last() else {
                return Err(ContinuityError::damaged("the log", "entries are missing"));
            };
            // Damage is not carried into a backup: it is named here, while the copies before it are still good.
            if let Some(broken) = entries.iter().find(|entry| !entry.is_whole()) {
                return Err(ContinuityError::damaged(
                    format!("entry {}", broken.position),
                    "its content does not hash to its leaf; run `yuandu verify`, then restore from this backup",
                ));
            }
            let to = last.position + 1;
            manifest.last_at_ms = last.at_ms;
            for entry in entries
                .iter()
                .filter(|entry| entry.position >= manifest.size)
            {
                for blob in entry.blobs() {
                    done.bytes += self.blob(&blob)?;
                    manifest.blobs += 1;
                    done.blobs += 1;
                }
            }
            let bytes = compress(&entries)?;
            let sha256 = sha256_hex(&bytes);
            let short: String = sha256.chars().take(8).collect();
            let file = StoredFile {
                path: format!("segments/{from:020}-{to:020}-{short}.jsonl.gz"),
                bytes: bytes.len() as u64,
                sha256,
            };
            done.bytes += file.bytes;
            self.target.put(&file.path, bytes)?;
            manifest.segments.push(Segment { from, to, file });
            from = to;
        }
        Ok(())
    }

    /// Copies a blob that is not there yet; gives the bytes written.
    fn blob(&self, blob: &BlobRef) -> Result<u64, ContinuityError> {
        let path = blob_path(blob);
        if self.target.has(&path)? {
            return Ok(0);
        }
        let mut file = self.store.blobs().open(blob)?.ok_or_else(|| {
            ContinuityError::damaged(
                format!("blob {blob}"),
                "it is missing; run `yuandu verify`, then copy it back from the backup or the standby",
            )
        })?;
        self.target.put_from(&path, &mut file)
    }

    /// Adds the whole database if one is due and the database is one that can be taken whole.
    fn base(&self, before: Option<&Manifest>) -> Result<Option<Base>, ContinuityError> {
        let newest = before.and_then(|manifest| manifest.bases.last());
        let size = self.store.log().head()?.size;
        if newest.is_some_and(|base| size.saturating_sub(base.size) < self.base_every) {
            return Ok(None);
        }
        let dir = tempfile::tempdir_in(self.store.dir())
            .map_err(|error| ContinuityError::file(self.store.dir(), error))?;
        let plain = dir.path().join("base.db");
        let Some(head) = snapshot(self.store, &plain)? else {
            return Ok(None);
        };
        let packed = dir.path().join("base.db.gz");
        let (sha256, bytes) = gzip_file(&plain, &packed)
            .and_then(|()| hash_file(&packed))
            .map_err(|error| ContinuityError::file(&packed, error))?;
        let short: String = sha256.chars().take(8).collect();
        let file = StoredFile {
            path: format!("bases/{:020}-{short}.db.gz", head.size),
            bytes,
            sha256,
        };
        let mut packed =
            std::fs::File::open(&packed).map_err(|error| ContinuityError::file(&packed, error))?;
        self.target.put_from(&file.path, &mut packed)?;
        Ok(Some(Base {
            size: head.size,
            file,
        }))
    }
}

/// Where a blob lies in a backup.
pub(crate) fn blob_path(blob: &BlobRef) -> String {
    let (shelf, rest) = blob.as_str().split_at(2);
    format!("blobs/{shelf}/{rest}")
}

/// Takes many small segments at the end off the list; gives the position to write from.
fn merge_small(segments: &mut Vec<Segment>) -> u64 {
    let small = segments
        .iter()
        .rev()
        .take_while(|segment| segment.file.bytes < SMALL)
        .count();
    if small >= SMALL_ONES {
        segments.truncate(segments.len() - small);
    }
    segments.last().map_or(0, |segment| segment.to)
}

fn compress(entries: &[SealedEntry]) -> Result<Vec<u8>, ContinuityError> {
    let damaged = |error: std::io::Error| ContinuityError::damaged("a segment", error);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for entry in entries {
        let line = entry.to_line()?;
        encoder.write_all(line.as_bytes()).map_err(damaged)?;
        encoder.write_all(b"\n").map_err(damaged)?;
    }
    encoder.finish().map_err(damaged)
}

fn gzip_file(from: &std::path::Path, to: &std::path::Path) -> std::io::Result<()> {
    let mut encoder = GzEncoder::new(std::fs::File::create(to)?, Compression::fast());
    std::io::copy(&mut std::fs::File::open(from)?, &mut encoder)?;
    encoder.finish()?.sync_all()
}

fn hash_file(path: &std::path::Path) -> std::io::Result<(String, u64)> {
    use sha2::{Digest as _, Sha256};
    let mut hash = HashWriter(Sha256::new());
    let length = std::io::copy(&mut std::fs::File::open(path)?, &mut hash)?;
    Ok((crate::target::hex(&hash.0.finalize()), length))
}

/// Hashes what is written to it.
struct HashWriter(sha2::Sha256);

impl std::io::Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        sha2::Digest::update(&mut self.0, bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
