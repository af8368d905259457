//! The log's entries: their bytes, their reading, their proofs.

use jiff::Timestamp;
use rusqlite::Connection;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::encoding::hex;
use crate::merkle::{Frontier, Hash, audit_path};
use crate::{Plan, Reader, SealedEntry, Store, StoreError, Value, grow};

/// Size and root of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Number of entries.
    pub size: u64,
    /// RFC 6962 tree hash.
    pub root: Hash,
}

impl Head {
    /// Whether `entries`, whole and in their places, lead from `frontier` to this head.
    pub(crate) fn is_reached(
        &self,
        frontier: &Frontier,
        entries: &[SealedEntry],
    ) -> Result<(), StoreError> {
        let mut grown = frontier.clone();
        grow(&mut grown, entries)?;
        let head = Self {
            size: grown.size(),
            root: grown.root(),
        };
        if head == *self {
            return Ok(());
        }
        Err(StoreError::Corrupt {
            reason: format!(
                "the entries lead to {} entries with root {}, the signed checkpoint says {} with root {}",
                head.size,
                head.root_hex(),
                self.size,
                self.root_hex()
            ),
        })
    }

    /// The root in hexadecimal.
    #[must_use]
    pub fn root_hex(&self) -> String {
        hex(&self.root)
    }
}

/// An entry as read back.
#[derive(Debug, Clone)]
pub struct LoggedEntry {
    /// Position, counted from 0.
    pub position: u64,
    /// When.
    pub at: Timestamp,
    /// Operation.
    pub op: String,
    /// Who.
    pub actor: String,
    /// For which post.
    pub on_behalf: Option<String>,
    /// Why.
    pub purpose: String,
    /// What the history shows.
    pub note: serde_json::Value,
    /// Leaf hash.
    pub leaf: Hash,
}

/// That an entry is in the log of a given size and root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Position of the entry.
    pub position: u64,
    /// Its leaf hash.
    pub leaf: Hash,
    /// Size and root the path leads to.
    pub head: Head,
    /// Sibling hashes from the leaf upwards.
    pub path: Vec<Hash>,
}

/// The body of an entry as it is written, without a copy of what it tells.
#[derive(Serialize)]
struct Body<'a> {
    actor: &'a str,
    changes: &'a [crate::Change],
    note: &'a serde_json::Value,
    on_behalf: Option<&'a str>,
    op: &'a str,
    purpose: &'a str,
    subject: &'a str,
}

/// Most bodies are shorter, in bytes: room is made once.
const BODY: usize = 4096;

/// The body of an entry: everything that must stay sealed. Its salted hash goes into the leaf.
pub(crate) fn body(plan: &Plan) -> String {
    let entry = &plan.entry;
    let body = Body {
        actor: &entry.actor,
        changes: &plan.changes,
        note: &entry.note,
        on_behalf: entry.on_behalf.as_deref(),
        op: &entry.op,
        purpose: &entry.purpose,
        subject: &entry.subject,
    };
    // INVARIANT: keys are texts and nothing refuses to be written, so there is no failure to hand on.
    let mut text = Vec::with_capacity(BODY);
    let written = serde_json::to_writer(&mut text, &body);
    written
        .ok()
        .and_then(|()| String::from_utf8(text).ok())
        .unwrap_or_default()
}

/// The leaf of an entry.
pub(crate) fn leaf(position: u64, realm: i64, at_ms: i64, salt: &[u8], body: &[u8]) -> Hash {
    crate::merkle::leaf_hash(&leaf_input(position, realm, at_ms, salt, body))
}

/// The public bytes of a leaf: position, realm, time and the salted hash of the body.
pub(crate) fn leaf_input(
    position: u64,
    realm: i64,
    at_ms: i64,
    salt: &[u8],
    body: &[u8],
) -> Vec<u8> {
    let sealed = Sha256::new()
        .chain_update(salt)
        .chain_update(body)
        .finalize();
    format!("yuandu/1\n{position}\n{realm}\n{at_ms}\n{}\n", hex(&sealed)).into_bytes()
}

/// Reads the stored head.
pub(crate) fn load_head(connection: &Connection) -> Result<Frontier, StoreError> {
    let mut statement = connection.prepare("SELECT size, frontier FROM log_head WHERE id = 1")?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else {
        return Ok(Frontier::default());
    };
    let (size, bytes): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
    frontier(size, &bytes)
}

/// The right edge from its stored size and roots.
pub(crate) fn frontier(size: i64, roots: &[u8]) -> Result<Frontier, StoreError> {
    let roots = roots
        .chunks_exact(32)
        .filter_map(|chunk| chunk.try_into().ok())
        .collect();
    u64::try_from(size)
        .ok()
        .and_then(|size| Frontier::from_parts(size, roots))
        .ok_or_else(|| StoreError::Corrupt {
            reason: "the log head does not fit its size".to_owned(),
        })
}

/// Reading side of the log.
#[derive(Debug, Clone, Copy)]
pub struct Log<'a> {
    pub(crate) store: &'a Store,
}

impl Log<'_> {
    /// Size and root after the last commit.
    pub fn head(&self) -> Result<Head, StoreError> {
        self.store.read(head)
    }

    /// All entries about a subject, oldest first.
    pub fn history(&self, realm: i64, subject: &str) -> Result<Vec<LoggedEntry>, StoreError> {
        self.store.read(|reader| history(reader, realm, subject))
    }

    /// Proof that the entry at `position` is in the log; `None` if there is no such entry.
    pub fn proof(&self, position: u64) -> Result<Option<InclusionProof>, StoreError> {
        self.store.read(|reader| {
            let head = head(reader)?;
            if position >= head.size {
                return Ok(None);
            }
            let leaf = leaves(reader, position, position + 1)?
                .first()
                .copied()
                .ok_or_else(missing)?;
            let path = audit_path(position, head.size, &mut |start, end| {
                subtree(reader, start, end)
            })?;
            Ok(Some(InclusionProof {
                position,
                leaf,
                head,
                path,
            }))
        })
    }
}

/// Size and root within a read transaction.
pub(crate) fn head(reader: &Reader<'_>) -> Result<Head, StoreError> {
    let Some(row) = reader.query_one("SELECT size, root FROM log_head WHERE id = 1", &[])? else {
        return Ok(Head {
            size: 0,
            root: Frontier::default().root(),
        });
    };
    let root = row.bytes("root")?.try_into().map_err(|_| missing())?;
    Ok(Head {
        size: u64::try_from(row.int("size")?).map_err(|_| missing())?,
        root,
    })
}

/// All entries about a subject within a read transaction, oldest first.
pub(crate) fn history(
    reader: &Reader<'_>,
    realm: i64,
    subject: &str,
) -> Result<Vec<LoggedEntry>, StoreError> {
    let sql = "SELECT seq, at, op, actor, body, leaf FROM log WHERE realm = $1 AND subject = $2 ORDER BY seq";
    reader
        .query(sql, &[realm.into(), subject.into()])?
        .iter()
        .map(logged)
        .collect()
}

fn logged(row: &crate::Row) -> Result<LoggedEntry, StoreError> {
    let body = row.json("body")?;
    let text = |name: &str| {
        body.get(name)
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned)
    };
    Ok(LoggedEntry {
        position: u64::try_from(row.int("seq")?).map_err(|_| missing())?,
        at: row.timestamp("at")?,
        op: row.text("op")?,
        actor: row.text("actor")?,
        on_behalf: text("on_behalf"),
        purpose: text("purpose").unwrap_or_default(),
        note: body.get("note").cloned().unwrap_or_default(),
        leaf: row.bytes("leaf")?.try_into().map_err(|_| missing())?,
    })
}

/// Tree hash of the leaves `start..end`, from stored perfect subtrees and at most 255 leaves at either edge.
pub(crate) fn subtree(reader: &Reader<'_>, start: u64, end: u64) -> Result<Hash, StoreError> {
    let width = end - start;
    if width.is_power_of_two() && start.is_multiple_of(width) && width > 1 {
        let key = [
            Value::Int(width.trailing_zeros().into()),
            Value::Int(i64::try_from(start / width).map_err(|_| missing())?),
        ];
        let row = reader.query_one(
            "SELECT hash FROM log_subtree WHERE height = $1 AND idx = $2",
            &key,
        )?;
        if let Some(row) = row {
            return row.bytes("hash")?.try_into().map_err(|_| missing());
        }
    }
    if width == 1 {
        return leaves(reader, start, end)?
            .first()
            .copied()
            .ok_or_else(missing);
    }
    let split = start + crate::merkle::largest_power_below(width);
    Ok(crate::merkle::node_hash(
        &subtree(reader, start, split)?,
        &subtree(reader, split, end)?,
    ))
}

fn leaves(reader: &Reader<'_>, start: u64, end: u64) -> Result<Vec<Hash>, StoreError> {
    let bounds = [
        i64::try_from(start).map_err(|_| missing())?.into(),
        i64::try_from(end).map_err(|_| missing())?.into(),
    ];
    let rows = reader.query(
        "SELECT leaf FROM log WHERE seq >= $1 AND seq < $2 ORDER BY seq",
        &bounds,
    )?;
    rows.iter()
        .map(|row| row.bytes("leaf")?.try_into().map_err(|_| missing()))
        .collect()
}

pub(crate) fn missing() -> StoreError {
    StoreError::Corrupt {
        reason: "a log entry or hash is missing".to_owned(),
    }
}
