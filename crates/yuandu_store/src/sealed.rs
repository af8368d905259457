//! Entries as they are stored, salt and body included: what backups keep and what a standby is sent.
//!
//! One entry is one line of JSON, so that a backup can be read without this program. Whoever takes entries from
//! elsewhere recomputes each leaf ([`SealedEntry::is_whole`]) and the root before believing them.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::encoding::{hex, unhex};
use crate::merkle::{Frontier, Hash, leaf_hash};
use crate::{BlobRef, Change, Log, Reader, StoreError, log};

/// Longest line accepted: far above any entry a use case makes.
const LONGEST_LINE: usize = 64 * 1024 * 1024;

/// An entry with everything that is needed to write it again elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEntry {
    /// Position, counted from 0.
    pub position: u64,
    /// Realm.
    pub realm: i64,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The salt of the body's hash.
    pub salt: Vec<u8>,
    /// The body: restricted, never published.
    pub body: String,
    /// The leaf as stored.
    pub leaf: Hash,
}

/// The line of an entry. Operation, actor and subject stand in the body.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    seq: u64,
    realm: i64,
    at: i64,
    salt: std::borrow::Cow<'a, str>,
    leaf: std::borrow::Cow<'a, str>,
    body: std::borrow::Cow<'a, str>,
}

impl SealedEntry {
    /// The public bytes that the leaf is the hash of: position, realm, time and the salted hash of the body.
    #[must_use]
    pub fn leaf_input(&self) -> Vec<u8> {
        log::leaf_input(
            self.position,
            self.realm,
            self.at_ms,
            &self.salt,
            self.body.as_bytes(),
        )
    }

    /// Whether the leaf is that of the content.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        leaf_hash(&self.leaf_input()) == self.leaf
    }

    /// The entry as one line of JSON, without the line's end.
    pub fn to_line(&self) -> Result<String, StoreError> {
        let line = Line {
            seq: self.position,
            realm: self.realm,
            at: self.at_ms,
            salt: hex(&self.salt).into(),
            leaf: hex(&self.leaf).into(),
            body: self.body.as_str().into(),
        };
        serde_json::to_string(&line).map_err(|error| damaged(&error.to_string()))
    }

    /// Reads a line. Whether it is whole is a second question.
    pub fn from_line(text: &str) -> Result<Self, StoreError> {
        if text.len() > LONGEST_LINE {
            return Err(damaged("a line is longer than any entry"));
        }
        let line: Line<'_> =
            serde_json::from_str(text).map_err(|error| damaged(&error.to_string()))?;
        let leaf = unhex(&line.leaf)
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| damaged("a leaf is not 64 hexadecimal digits"))?;
        Ok(Self {
            position: line.seq,
            realm: line.realm,
            at_ms: line.at,
            salt: unhex(&line.salt).ok_or_else(|| damaged("a salt is not hexadecimal"))?,
            body: line.body.into_owned(),
            leaf,
        })
    }

    /// The row changes in the body.
    pub(crate) fn changes(&self) -> Option<Vec<Change>> {
        let body: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        let changes = body.get("changes")?.as_array()?;
        changes.iter().map(Change::from_json).collect()
    }

    /// The columns that stand beside the body: operation, actor, subject.
    pub(crate) fn columns(&self) -> Option<[String; 3]> {
        let body: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        let text = |name: &str| Some(body.get(name)?.as_str()?.to_owned());
        Some([text("op")?, text("actor")?, text("subject")?])
    }

    /// The blobs that the entry makes part of the records.
    #[must_use]
    pub fn blobs(&self) -> Vec<BlobRef> {
        // Most entries record none: the body is only parsed when it may.
        if !self.body.contains("\"blobs\"") {
            return Vec::new();
        }
        let changes = self.changes().unwrap_or_default();
        let named = changes.iter().filter(|change| change.table == "blobs");
        named
            .flat_map(|change| &change.cells)
            .filter(|(name, _)| name == "id")
            .filter_map(|(_, value)| BlobRef::parse(value.as_text()?))
            .collect()
    }
}

/// The right edge and root after `entries`, each checked to be whole and in its place; the error names the first that is not.
pub fn grow(frontier: &mut Frontier, entries: &[SealedEntry]) -> Result<(), StoreError> {
    for entry in entries {
        let wanted = frontier.size();
        if entry.position != wanted {
            return Err(damaged(&format!(
                "entry {wanted} was expected, entry {} came",
                entry.position
            )));
        }
        if !entry.is_whole() {
            return Err(damaged(&format!(
                "entry {wanted} was altered: its content does not hash to its leaf"
            )));
        }
        frontier.push(entry.leaf);
    }
    Ok(())
}

impl Log<'_> {
    /// Entries from `from` on, at most `count` and about `bytes` in all (one at least), in order.
    pub fn sealed(
        &self,
        from: u64,
        count: usize,
        bytes: usize,
    ) -> Result<Vec<SealedEntry>, StoreError> {
        self.store.read(|reader| sealed(reader, from, count, bytes))
    }
}

/// Entries within a read transaction.
pub(crate) fn sealed(
    reader: &Reader<'_>,
    from: u64,
    count: usize,
    bytes: usize,
) -> Result<Vec<SealedEntry>, StoreError> {
    let sql =
        "SELECT seq, realm, at, salt, body, leaf FROM log WHERE seq >= $1 ORDER BY seq LIMIT $2";
    let bounds = [
        i64::try_from(from).unwrap_or(i64::MAX).into(),
        i64::try_from(count).unwrap_or(i64::MAX).into(),
    ];
    let (mut entries, mut taken) = (Vec::new(), 0_usize);
    reader.query_each(sql, &bounds, |row| {
        let entry = SealedEntry {
            position: row.int("seq")?.unsigned_abs(),
            realm: row.int("realm")?,
            at_ms: row.int("at")?,
            salt: row.bytes("salt")?.to_vec(),
            body: row.text("body")?,
            leaf: row
                .bytes("leaf")?
                .try_into()
                .map_err(|_| damaged("a leaf has not 32 bytes"))?,
        };
        taken += entry.body.len();
        entries.push(entry);
        Ok(taken < bytes)
    })?;
    Ok(entries)
}

/// The hash that names a file of a backup.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn damaged(reason: &str) -> StoreError {
    StoreError::Corrupt {
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{SealedEntry, grow};
    use crate::merkle::{Frontier, leaf_hash};

    fn entry(position: u64) -> SealedEntry {
        let mut entry = SealedEntry {
            position,
            realm: 370_700,
            at_ms: 1,
            salt: vec![7; 16],
            body: r#"{"op":"a","actor":"b","subject":"c","changes":[]} 鸢"#.to_owned(),
            leaf: [0; 32],
        };
        entry.leaf = leaf_hash(&entry.leaf_input());
        entry
    }

    #[test]
    fn a_line_reads_back_as_the_same_entry() {
        let one = entry(3);
        assert_eq!(
            SealedEntry::from_line(&one.to_line().unwrap()).unwrap(),
            one
        );
        assert!(SealedEntry::from_line("{}").is_err());
        assert!(SealedEntry::from_line("").is_err());
    }

    #[test]
    fn an_altered_or_missing_entry_does_not_grow_the_tree() {
        let mut frontier = Frontier::default();
        grow(&mut frontier, &[entry(0), entry(1)]).unwrap();
        assert!(grow(&mut frontier.clone(), &[entry(3)]).is_err());
        let mut altered = entry(2);
        altered.body.push(' ');
        assert!(grow(&mut frontier, &[altered]).is_err());
        assert_eq!(frontier.size(), 2);
    }
}
