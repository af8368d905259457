//! Restoring a backup into an empty folder, up to its end, a position or a moment; proven by the signed root.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use flate2::read::GzDecoder;
use yuandu_store::merkle::Frontier;
use yuandu_store::{
    Head, SealedEntry, Store, StoreOptions, TableDef, grow, recorded_blobs, write_anchor,
};
use yuandu_transparency::VerifierKey;

use crate::backup::blob_path;
use crate::manifest::{Manifest, Segment, StoredFile};
use crate::{ContinuityError, Target};

/// Entries appended in one transaction.
const AT_ONCE: usize = 2000;

/// How far to restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// To the end of the backup.
    End,
    /// So many entries.
    Position(u64),
    /// The entries before the first one made after this moment, in milliseconds since 1970.
    Moment(i64),
}

/// What to restore, and where.
#[derive(Debug)]
pub struct Restore<'a> {
    /// The backup.
    pub target: &'a Target,
    /// The key that signed it.
    pub key: &'a VerifierKey,
    /// An empty folder, or one that is not there.
    pub options: StoreOptions,
    /// The city's tables.
    pub tables: &'a [TableDef],
    /// How far.
    pub until: Until,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Entries and root of the restored log.
    pub head: Head,
    /// Entries of the backup; the root over all of them is the signed one.
    pub of: u64,
    /// When the backup was made.
    pub made_at_ms: i64,
    /// When its last entry was made.
    pub last_at_ms: i64,
    /// Blobs restored.
    pub blobs: u64,
    /// Bytes read.
    pub bytes: u64,
    /// The file `city.toml`, to be written by the caller last of all.
    pub city: String,
}

impl Restore<'_> {
    /// Restores the newest backup.
    pub fn run(&self) -> Result<Restored, ContinuityError> {
        let dir = &self.options.dir;
        if dir.is_dir() && std::fs::read_dir(dir).is_ok_and(|mut found| found.next().is_some()) {
            return Err(ContinuityError::file(
                dir,
                "it is not empty; restore into a new folder, what is there may be evidence",
            ));
        }
        std::fs::create_dir_all(dir).map_err(|error| ContinuityError::file(dir, error))?;
        let manifest = Manifest::newest(self.target, self.key)?.ok_or_else(|| {
            ContinuityError::damaged("the backup", "there is none at this address")
        })?;
        let signed = manifest.head(self.key)?;
        let mut bytes = self.base(&manifest)?;
        let store = Store::open(&self.options, self.tables)?;
        if self.options.database.is_postgres() && store.size() > 0 {
            return Err(ContinuityError::file(
                dir,
                "the database holds a city already; name another schema with `?schema=NAME`",
            ));
        }
        let walk = self.entries(&store, &manifest, &mut bytes)?;
        if walk.root() != signed.root || walk.size() != signed.size {
            return Err(ContinuityError::damaged(
                "the backup",
                format!("its {} entries do not have the signed root", signed.size),
            ));
        }
        let blobs = self.blobs(&store, &mut bytes)?;
        // A whole database may have been enough: then nothing was committed here that would have noted the head.
        let head = store.log().head()?;
        write_anchor(dir, &head)?;
        Ok(Restored {
            head,
            of: manifest.size,
            made_at_ms: manifest.made_at_ms,
            last_at_ms: manifest.last_at_ms,
            blobs,
            bytes,
            city: manifest.city,
        })
    }

    /// Puts the largest whole database in place that is not beyond what is wanted; gives the bytes read.
    fn base(&self, manifest: &Manifest) -> Result<u64, ContinuityError> {
        // By moment, only the entries tell how far: replay from the beginning. So for PostgreSQL, which has no such file.
        let most = match self.until {
            _ if self.options.database.is_postgres() => 0,
            Until::End => u64::MAX,
            Until::Position(position) => position,
            Until::Moment(_) => 0,
        };
        let Some(base) = manifest.bases.iter().rfind(|base| base.size <= most) else {
            return Ok(0);
        };
        let packed = self.options.dir.join("base.db.gz");
        self.fetch(&base.file, &packed)?;
        let plain = self.options.dir.join("yuandu.db");
        let unpacked = File::open(&packed).and_then(|from| {
            let mut to = File::create(&plain)?;
            std::io::copy(&mut GzDecoder::new(BufReader::new(from)), &mut to)?;
            to.sync_all()?;
            std::fs::remove_file(&packed)
        });
        unpacked.map_err(|error| ContinuityError::file(&plain, error))?;
        Ok(base.file.bytes)
    }

    fn fetch(&self, file: &StoredFile, to: &Path) -> Result<(), ContinuityError> {
        let (sha256, _) = self.target.get_file(&file.path, to)?;
        file.is(&sha256)
    }

    /// Reads all entries in order, appends those that are wanted and not there yet, and grows the tree over all of them.
    fn entries(
        &self,
        store: &Store,
        manifest: &Manifest,
        bytes: &mut u64,
    ) -> Result<Frontier, ContinuityError> {
        let have = store.log().head()?.size;
        let mut walk = store.log().frontier_at(have)?.ok_or_else(|| {
            ContinuityError::damaged("the restored database", "its tree is cut off")
        })?;
        let mut appending = true;
        let file = self.options.dir.join("segment.gz");
        for segment in manifest.segments.iter().filter(|segment| segment.to > have) {
            self.fetch(&segment.file, &file)?;
            *bytes += segment.file.bytes;
            for batch in Batches::open(&file, segment)? {
                let batch = batch?;
                let fresh: Vec<SealedEntry> = batch
                    .into_iter()
                    .filter(|entry| entry.position >= walk.size())
                    .collect();
                let wanted = if appending { self.wanted(&fresh) } else { 0 };
                let (take, rest) = fresh.split_at_checked(wanted).unwrap_or((&fresh, &[]));
                grow(&mut walk, take)?;
                if !take.is_empty() {
                    let expected = Head {
                        size: walk.size(),
                        root: walk.root(),
                    };
                    store.append_copies(take.to_vec(), expected)?;
                }
                appending &= rest.is_empty();
                grow(&mut walk, rest)?;
            }
        }
        if file.exists() {
            std::fs::remove_file(&file).map_err(|error| ContinuityError::file(&file, error))?;
        }
        Ok(walk)
    }

    /// How many of these entries are wanted: all, or those before the first that is too late.
    fn wanted(&self, entries: &[SealedEntry]) -> usize {
        let too_late = |entry: &SealedEntry| match self.until {
            Until::End => false,
            Until::Position(size) => entry.position >= size,
            Until::Moment(at_ms) => entry.at_ms > at_ms,
        };
        entries.iter().position(too_late).unwrap_or(entries.len())
    }

    fn blobs(&self, store: &Store, bytes: &mut u64) -> Result<u64, ContinuityError> {
        let mut count = 0;
        let fetched = self.options.dir.join("blob.new");
        for blob in recorded_blobs(store)? {
            let (sha256, length) = self.target.get_file(&blob_path(&blob), &fetched)?;
            if sha256 != blob.as_str() {
                return Err(ContinuityError::damaged(
                    format!("blob {blob} of the backup"),
                    "its bytes were altered",
                ));
            }
            let mut from =
                File::open(&fetched).map_err(|error| ContinuityError::file(&fetched, error))?;
            store.blobs().put_stream(&mut from)?;
            *bytes += length;
            count += 1;
        }
        if fetched.exists() {
            std::fs::remove_file(&fetched)
                .map_err(|error| ContinuityError::file(&fetched, error))?;
        }
        Ok(count)
    }
}

/// The entries of a segment, some at a time.
struct Batches {
    lines: std::io::Lines<BufReader<GzDecoder<BufReader<File>>>>,
    path: String,
    next: u64,
    to: u64,
}

impl Batches {
    fn open(file: &Path, segment: &Segment) -> Result<Self, ContinuityError> {
        let opened = File::open(file).map_err(|error| ContinuityError::file(file, error))?;
        Ok(Self {
            lines: BufReader::new(GzDecoder::new(BufReader::new(opened))).lines(),
            path: segment.file.path.clone(),
            next: segment.from,
            to: segment.to,
        })
    }

    fn entry(&mut self) -> Result<Option<SealedEntry>, ContinuityError> {
        let damaged = |reason: String| {
            ContinuityError::damaged(format!("`{}` of the backup", self.path), reason)
        };
        let Some(line) = self.lines.next() else {
            if self.next == self.to {
                return Ok(None);
            }
            return Err(damaged(format!("it ends before entry {}", self.next)));
        };
        let line = line.map_err(|error| damaged(error.to_string()))?;
        let entry = SealedEntry::from_line(&line)?;
        if entry.position != self.next {
            return Err(damaged(format!("entry {} was expected", self.next)));
        }
        self.next += 1;
        Ok(Some(entry))
    }
}

impl Iterator for Batches {
    type Item = Result<Vec<SealedEntry>, ContinuityError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = Vec::new();
        while batch.len() < AT_ONCE {
            match self.entry() {
                Ok(Some(entry)) => batch.push(entry),
                Ok(None) => break,
                Err(error) => return Some(Err(error)),
            }
        }
        (!batch.is_empty()).then_some(Ok(batch))
    }
}
