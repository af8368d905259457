//! Walks the log in order: recomputes each leaf and the tree, and replays the bodies into the rebuilt tables.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::{Finding, Report};
use crate::apply::Tables;
use crate::encoding::hex;
use crate::merkle::{Frontier, Hash};
use crate::{Change, StoreError, TableDef, log};

/// Size and root that the committer noted beside the database.
#[derive(Debug, Clone)]
pub(super) struct Anchor {
    size: u64,
    root: String,
}

/// Reads the anchor file; a folder copied without it is verified without it.
pub(super) fn read_anchor(dir: &Path) -> Option<Anchor> {
    let text = std::fs::read_to_string(dir.join("log-head.txt")).ok()?;
    let mut lines = text.lines();
    Some(Anchor {
        size: lines.next()?.parse().ok()?,
        root: lines.next()?.to_owned(),
    })
}

/// The walk in progress.
pub(super) struct Walk<'a> {
    connection: &'a Connection,
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

impl<'a> Walk<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        rebuilt: &'a Connection,
        declared: &[TableDef],
        anchor: Option<Anchor>,
    ) -> Self {
        Self {
            connection,
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
            .connection
            .query_row("SELECT coalesce(max(seq), -1) + 1 FROM log", [], |row| {
                row.get::<_, i64>(0)
            })
            .unwrap_or(0)
            .unsigned_abs();
        let _ = self.rebuilt.execute_batch("BEGIN");
        if let Err(error) = self.entries(total, report, progress) {
            // Reading stopped at a damaged page: the entry after the last good one is where.
            report.find(Finding {
                entry: Some(self.frontier.size()),
                place: "log".to_owned(),
                what: format!("cannot be read: {error}"),
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
        let mut statement = self.connection.prepare(
            "SELECT seq, realm, at, op, actor, subject, salt, body, leaf FROM log ORDER BY seq",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let raw = |at: usize| row.get_ref(at).map(bytes);
            let stored = Stored {
                seq: row.get(0)?,
                realm: row.get(1)?,
                at: row.get(2)?,
                op: raw(3)?,
                actor: raw(4)?,
                subject: raw(5)?,
                salt: raw(6)?,
                body: raw(7)?,
                leaf: raw(8)?,
            };
            if self.frontier.size().is_multiple_of(1000) {
                progress("log", self.frontier.size(), total);
            }
            self.entry(&stored, report);
        }
        progress("log", total, total);
        Ok(())
    }

    fn entry(&mut self, stored: &Stored, report: &mut Report) {
        let position = self.frontier.size();
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
    pub(super) fn compare(&self, connection: &Connection, report: &mut Report) {
        if let Err(error) = self.compare_stored(connection, report) {
            report.find(Finding {
                entry: None,
                place: "log head".to_owned(),
                what: error.to_string(),
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

    fn compare_stored(
        &self,
        connection: &Connection,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        if log::load_head(connection)? != self.frontier {
            report.find(Finding {
                entry: self.frontier.size().checked_sub(1),
                place: "log head".to_owned(),
                what: "size or root differs from the recomputed tree".to_owned(),
            });
        }
        let stored_root: Option<Vec<u8>> = connection
            .query_row("SELECT root FROM log_head WHERE id = 1", [], |row| {
                row.get(0)
            })
            .ok();
        if stored_root.is_some_and(|root| root != self.frontier.root()) {
            report.find(Finding {
                entry: self.frontier.size().checked_sub(1),
                place: "log head".to_owned(),
                what: "the stored root differs from the recomputed one".to_owned(),
            });
        }
        let mut statement = connection.prepare("SELECT height, idx, hash FROM log_subtree")?;
        let stored: HashSet<(i64, i64, Hash)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
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
}

fn bytes(value: ValueRef<'_>) -> Vec<u8> {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => Vec::new(),
    }
}
