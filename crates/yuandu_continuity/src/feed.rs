//! What a primary sends its standby: some entries, ending at a size whose checkpoint it signs.

use serde::{Deserialize, Serialize};
use yuandu_store::{Head, Log, SealedEntry};
use yuandu_transparency::{Checkpoint, Publisher, VerifierKey};

use crate::ContinuityError;

/// Entries and bytes in one answer at most.
const ENTRIES: usize = 5000;
const BYTES: usize = 16 * 1024 * 1024;
/// Longest answer that is read.
pub(crate) const LONGEST: usize = 256 * 1024 * 1024;

/// The first line of an answer; one line for each entry follows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeedHead {
    /// The primary's epoch.
    pub epoch: u64,
    /// Entries the primary has.
    pub size: u64,
    /// Signed checkpoint at the end of this answer's entries.
    pub checkpoint: String,
}

/// Entries on their way to a standby.
#[derive(Debug, Clone)]
pub struct Feed {
    /// What comes first.
    pub head: FeedHead,
    /// The entries.
    pub entries: Vec<SealedEntry>,
}

impl Feed {
    /// The entries from `from` on.
    pub fn read(
        log: &Log<'_>,
        publisher: &Publisher,
        epoch: u64,
        from: u64,
    ) -> Result<Self, ContinuityError> {
        let entries = log.sealed(from, ENTRIES, BYTES)?;
        let end = from + entries.len() as u64;
        let root = log
            .root_at(end)?
            .ok_or_else(|| ContinuityError::damaged("the log", "it is cut off"))?;
        let checkpoint = publisher.sign(Head { size: end, root })?.to_string();
        Ok(Self {
            head: FeedHead {
                epoch,
                size: log.head()?.size,
                checkpoint,
            },
            entries,
        })
    }

    /// The answer's bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ContinuityError> {
        let mut text = serde_json::to_string(&self.head)
            .map_err(|error| ContinuityError::damaged("the feed", error))?;
        for entry in &self.entries {
            text.push('\n');
            text.push_str(&entry.to_line()?);
        }
        text.push('\n');
        Ok(text.into_bytes())
    }

    /// Reads an answer; the checkpoint must be signed with the key. Whether the entries lead to it is checked where they are appended.
    pub fn parse(bytes: &[u8], key: &VerifierKey) -> Result<(Self, Head), ContinuityError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| ContinuityError::damaged("the feed", error))?;
        let mut lines = text.lines();
        let head: FeedHead = serde_json::from_str(lines.next().unwrap_or_default())
            .map_err(|error| ContinuityError::damaged("the feed", error))?;
        let (checkpoint, _) = Checkpoint::open(&head.checkpoint, key)?;
        let entries = lines
            .map(SealedEntry::from_line)
            .collect::<Result<_, _>>()?;
        Ok((Self { head, entries }, checkpoint.head))
    }
}
