//! Walks the log in order: recomputes each leaf and the tree, and replays the bodies into the rebuilt tables.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::Connection;

use super::{Finding, Report};
use crate::apply::Tables;
use crate::encoding::hex;
use crate::merkle::{Frontier, Hash};
use crate::{Change, Reader, Row, StoreError, TableDef, Value, log};

/// Entries or hashes read at once: no log is too long to be walked in little memory.
const PAGE: i64 = 2000;

/// Size and root that the committer noted beside the database.
#[derive(Debug, Clone)]
pub(super) struct Anchor {
    size: u64,
    root: String,
}

pub(super) use crate::snapshot::ANCHOR;

/// Reads the anchor file; without it nothing would notice a log whose end was cut off.
pub(super) fn read_anchor(dir: &Path) -> Result<Anchor, &'static str> {
    let text = settled(&dir.join(ANCHOR))
        .map_err(|_| "the file is missing: whether the log's end was cut off cannot be told; bring it back from a copy of the folder")?;
    let mut lines = text.lines();
    let size = lines.next().and_then(|line| line.parse().ok());
    let root = lines.next().filter(|root| root.len() == 64);
    match (size, root) {
        (Some(size), Some(root)) => Ok(Anchor {
            size,
            root: root.to_owned(),
        }),
        _ => Err("the file was altered: it should hold the log's size and its root, a line each"),
    }
}

/// Reads a file until two readings agree: the server may be overwriting it.
fn settled(path: &Path) -> std::io::Result<String> {
    let mut text = std::fs::read_to_string(path)?;
    loop {
        let again = std::fs::read_to_string(path)?;
        if again == text {
            return Ok(text);
        }
        text = again;
    }
}

/// The walk in progress.
pub(super) struct Walk<'a> {
    stored: &'a Reader<'a>,
    rebuilt: &'a Connection,
    tables: Tables,
    anchor: Option<Anchor>,
    anchored_root: Option<Hash>,
    pub(super) frontier: Frontier,
    subtrees: HashSet<(i64, i64, Hash)>,
}

/// An entry's columns as stored, unjudged.
struct Stored {
    seq: i64,
    realm: i64,
    at: i64,
    op: Vec<u8>,
    actor: Vec<u8>,
    subject: Vec<u8>,
    salt: Vec<u8>,
    body: Vec<u8>,
    leaf: Vec<u8>,
}

impl Stored {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let raw = |name: &str| bytes(row.value(name));
        Ok(Self {
            seq: row.int("seq")?,
            realm: row.int("realm")?,
            at: row.int("at")?,
            op: raw("op"),
            actor: raw("actor"),
            subject: raw("subject"),
            salt: raw("salt"),
            body: raw("body"),
            leaf: raw("leaf"),
        })
    }
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        stored: &'a Reader<'a>,
        rebuilt: &'a Connection,
        declared: &[TableDef],
        anchor: Option<Anchor>,
    ) -> Self {
        Self {
            stored,
            rebuilt,
            tables: Tables::new(declared),
            anchor,
            anchored_root: None,
            frontier: Frontier::default(),
            subtrees: HashSet::new(),
        }
    }

    pub(super) fn run(
        mut self,
        report: &mut Report,
        progress: &mut dyn FnMut(&str, u64, u64),
    ) -> Self {
        let total = self
            .stored
            .query_one("SELECT coalesce(max(seq), -1) + 1 AS n FROM log", &[])
            .and_then(|row| row.map_or(Ok(0), |row| row.int("n")))
            .unwrap_or(0)
            .unsigned_abs();
        let _ = self.rebuilt.execute_batch("BEGIN");
        if let Err(error) = self.entries(total, report, progress) {
            // Reading stopped at a damaged page: the entry after the last good one is where.
            report.find(Finding {
                entry: Some(self.frontier.size()),
                place: "log".to_owned(),
                what: format!("cannot be read: {}", super::reason(&error)),
            });
        }
        let _ = self.rebuilt.execute_batch("COMMIT");
        self
    }

    fn entries(
        &mut self,
        total: u64,
        report: &mut Report,
        progress: &mut dyn FnMut(&str, u64, u64),
    ) -> Result<(), StoreError> {
        let sql = "SELECT seq, realm, at, op, actor, subject, salt, body, leaf FROM log WHERE seq >= $1 ORDER BY seq LIMIT $2";
        let mut from = i64::MIN;
        loop {
            let mut read = 0;
            let mut last = from;
            let stored = self.stored;
            stored.query_each(sql, &[from.into(), PAGE.into()], |row| {
                let entry = Stored::read(&row)?;
                if self.frontier.size().is_multiple_of(1000) {
                    progress("log", self.frontier.size(), total);
                }
                read += 1;
                last = entry.seq;
                self.entry(&entry, report);
                Ok(true)
            })?;
            if read < PAGE {
                break;
            }
            if last < from {
                return Err(StoreError::Corrupt {
                    reason: "the entries are out of order".to_owned(),
                });
            }
            from = last.saturating_add(1);
        }
        progress("log", total, total);
        Ok(())
    }

    fn entry(&mut self, stored: &Stored, report: &mut Report) {
        let position = self.frontier.size();
        report.realms.insert(stored.realm);
        let mut find = |what: String| {
            report.find(Finding {
                entry: Some(position),
                place: "log".to_owned(),
                what,
            })
        };
        if stored.seq.unsigned_abs() != position {
            find(format!(
                "the entry stored next has position {}; entries are missing or renumbered",
                stored.seq
            ));
        }
        let leaf = log::leaf(
            stored.seq.unsigned_abs(),
            stored.realm,
            stored.at,
            &stored.salt,
            &stored.body,
        );
        if leaf.as_slice() != stored.leaf {
            find(format!(
                "the entry was altered: its content hashes to {}, its leaf says {}",
                hex(&leaf),
                hex(&stored.leaf)
            ));
        }
        match serde_json::from_slice::<serde_json::Value>(&stored.body) {
            Err(error) => find(format!("the body cannot be read: {error}")),
            Ok(body) => {
                for (name, column) in [
                    ("op", &stored.op),
                    ("actor", &stored.actor),
                    ("subject", &stored.subject),
                ] {
                    if body
                        .get(name)
                        .and_then(serde_json::Value::as_str)
                        .map(str::as_bytes)
                        != Some(column)
                    {
                        find(format!("column `{name}` differs from the sealed body"));
                    }
                }
                for problem in self.replay(stored, &body) {
                    find(problem);
                }
            }
        }
        // The tree is grown from the recomputed leaf, so that an altered entry also shows in the root.
        for done in self.frontier.push(leaf) {
            self.subtrees.insert((
                done.height.into(),
                i64::try_from(done.index).unwrap_or(i64::MAX),
                done.hash,
            ));
        }
        if self
            .anchor
            .as_ref()
            .is_some_and(|anchor| anchor.size == self.frontier.size())
        {
            self.anchored_root = Some(self.frontier.root());
        }
    }

    fn replay(&self, stored: &Stored, body: &serde_json::Value) -> Vec<String> {
        let Some(changes) = body.get("changes").and_then(serde_json::Value::as_array) else {
            return vec!["the body has no list of changes".to_owned()];
        };
        let problem = |json: &serde_json::Value| match Change::from_json(json) {
            None => Some("a change in the body is malformed".to_owned()),
            Some(change) => {
                let applied = self
                    .tables
                    .apply(self.rebuilt, stored.realm, stored.seq, &change);
                applied.err().map(|error| {
                    format!("a change of `{}` cannot be replayed: {error}", change.table)
                })
            }
        };
        changes.iter().filter_map(problem).collect()
    }

    /// Compares the recomputed tree with the stored head, the stored subtrees and the anchor.
    pub(super) fn compare(&self, report: &mut Report) {
        if let Err(error) = self.compare_stored(report) {
            report.find(Finding {
                entry: None,
                place: "log head".to_owned(),
                what: super::reason(&error),
            });
        }
        let Some(anchor) = &self.anchor else { return };
        let size = self.frontier.size();
        if anchor.size > size {
            let what = format!(
                "the log ends at {size} entries but {} were committed; the last ones are missing",
                anchor.size
            );
            report.find(Finding {
                entry: Some(size),
                place: "log".to_owned(),
                what,
            });
        } else if anchor.size > 0
            && self
                .anchored_root
                .is_none_or(|root| hex(&root) != anchor.root)
        {
            let what = format!(
                "the first {} entries do not have the root noted in log-head.txt",
                anchor.size
            );
            report.find(Finding {
                entry: Some(anchor.size - 1),
                place: "log head".to_owned(),
                what,
            });
        }
    }

    fn compare_stored(&self, report: &mut Report) -> Result<(), StoreError> {
        let head = self.stored.query_one(
            "SELECT size, root, frontier FROM log_head WHERE id = 1",
            &[],
        )?;
        let (frontier, root) = match head {
            None => (Frontier::default(), Frontier::default().root().to_vec()),
            Some(row) => (
                log::frontier(row.int("size")?, row.bytes("frontier")?)?,
                row.bytes("root")?.to_vec(),
            ),
        };
        let mut find = |what: &str| {
            report.find(Finding {
                entry: self.frontier.size().checked_sub(1),
                place: "log head".to_owned(),
                what: what.to_owned(),
            });
        };
        if frontier != self.frontier {
            find("size or root differs from the recomputed tree");
        }
        if root != self.frontier.root() {
            find("the stored root differs from the recomputed one");
        }
        let stored = self.stored_subtrees()?;
        for (height, index, _) in stored.symmetric_difference(&self.subtrees) {
            let first = index
                .checked_shl(u32::try_from(*height).unwrap_or(0))
                .and_then(|first| u64::try_from(first).ok());
            report.find(Finding {
                entry: first,
                place: "log subtree".to_owned(),
                what: format!("the hash of height {height}, number {index} differs"),
            });
        }
        Ok(())
    }

    fn stored_subtrees(&self) -> Result<HashSet<(i64, i64, Hash)>, StoreError> {
        let sql = "SELECT height, idx, hash FROM log_subtree WHERE height > $1 OR (height = $1 AND idx > $2) ORDER BY height, idx LIMIT $3";
        let mut stored = HashSet::new();
        let mut after = (i64::MIN, i64::MIN);
        loop {
            let mut read = 0;
            self.stored
                .query_each(sql, &[after.0.into(), after.1.into(), PAGE.into()], |row| {
                    let hash = row.bytes("hash")?.try_into().map_err(|_| log::missing())?;
                    after = (row.int("height")?, row.int("idx")?);
                    stored.insert((after.0, after.1, hash));
                    read += 1;
                    Ok(true)
                })?;
            if read < PAGE {
                return Ok(stored);
            }
        }
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::Text(text) => text.as_bytes().to_vec(),
        Value::Bytes(bytes) => bytes.clone(),
        Value::Null | Value::Int(_) | Value::Real(_) => Vec::new(),
    }
}
