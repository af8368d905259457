//! Rebuilds one table from the log while the city goes on working.
//!
//! The log is replayed into a scratch database beside the server; the table is compared with it; only rows that differ are
//! written again, some at a time, each lot in one transaction of the committer. Rows that agree at one moment go on to
//! agree, because the same entries change both. So the work that commits wait for grows with the damage, not with the table.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use rusqlite::Connection;

use crate::apply::Tables;
use crate::compare::{Compared, columns, differences};
use crate::{Reader, SealedEntry, Store, StoreError, TableDef, Value, reader, sealed, sqlite};

/// Entries and bytes replayed in one reading.
const ENTRIES: usize = 5000;
const BYTES: usize = 32 * 1024 * 1024;
/// Rows mended in one transaction.
const LOT: usize = 500;
/// So often a table is gone through: a row may only find place once the one that holds its unique value was mended.
const ROUNDS: usize = 4;
/// Longest that commits are held up by a lot that does not come.
const HOLD: Duration = Duration::from_secs(10);

/// What a rebuild found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Entries replayed.
    pub entries: u64,
    /// Rows compared.
    pub rows: u64,
    /// Rows that were not as the log has them, and now are.
    pub mended: u64,
}

/// A row as the log has it: realm and key, and the whole row in the order of [`columns`], `pos` last, if there is one.
#[derive(Debug)]
pub(crate) struct Mend {
    pub(crate) key: Vec<Value>,
    pub(crate) row: Option<Vec<Value>>,
}

/// How many of these rows the log does not have.
pub(crate) fn gone(rows: &[Mend]) -> u64 {
    rows.iter().filter(|mend| mend.row.is_none()).count() as u64
}

/// Asks the committer to stop between two groups, to be told the log's size, and to write rows of one table.
#[derive(Debug)]
pub(crate) struct MendJob {
    pub(crate) table: TableDef,
    size: SyncSender<u64>,
    rows: Receiver<Vec<Mend>>,
    done: SyncSender<Result<u64, StoreError>>,
}

impl MendJob {
    /// Tells the size, within the transaction, and waits for the rows.
    pub(crate) fn rows(&self, size: u64) -> Result<Vec<Mend>, StoreError> {
        let gone = |_| StoreError::Closed;
        self.size.send(size).map_err(|_| StoreError::Closed)?;
        self.rows.recv_timeout(HOLD).map_err(gone)
    }

    pub(crate) fn answer(self, result: Result<u64, StoreError>) {
        // Who went away does not undo what is durable.
        let _ = self.done.send(result);
    }
}

impl Store {
    /// Makes a declared table what the log says; `progress` is told the entries replayed and in all.
    pub fn rebuild(
        &self,
        table: &str,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Rebuilt, StoreError> {
        let table = self.declared(table)?;
        let mut replay = Replay::new(self, table)?;
        replay.catch_up(progress)?;
        let mut rebuilt = Rebuilt::default();
        for _ in 0..ROUNDS {
            let found = replay.round(&mut rebuilt)?;
            rebuilt.entries = replay.taken;
            if found == 0 {
                return Ok(rebuilt);
            }
        }
        Err(StoreError::Corrupt {
            reason: format!("rows of `{}` do not stay as the log has them", table.name),
        })
    }
}

/// A table that grows from the log in a scratch database.
struct Replay<'a> {
    store: &'a Store,
    table: &'a TableDef,
    tables: Tables,
    /// How the table is named in a body: entries without it are passed over.
    named: String,
    scratch: Connection,
    taken: u64,
    _folder: tempfile::TempDir,
}

impl<'a> Replay<'a> {
    fn new(store: &'a Store, table: &'a TableDef) -> Result<Self, StoreError> {
        let folder = tempfile::tempdir().map_err(|source| StoreError::file(store.dir(), source))?;
        let scratch = sqlite::open_scratch(&folder.path().join("rebuilt.db"))?;
        sqlite::create_tables(&scratch, std::slice::from_ref(table), false)?;
        Ok(Self {
            store,
            table,
            tables: Tables::new(std::slice::from_ref(table)),
            named: format!("\"{}\"", table.name),
            scratch,
            taken: 0,
            _folder: folder,
        })
    }

    /// Replays what is there, lot by lot: no reading lasts long.
    fn catch_up(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<(), StoreError> {
        loop {
            progress(self.taken, self.store.size());
            let store = self.store;
            if store.read(|reader| self.take(reader, u64::MAX))? == 0 {
                return Ok(());
            }
        }
    }

    /// Replays entries below `size` from one reading; gives how many.
    fn take(&mut self, reader: &Reader<'_>, size: u64) -> Result<usize, StoreError> {
        let most = usize::try_from(size.saturating_sub(self.taken)).unwrap_or(usize::MAX);
        let entries = sealed::sealed(reader, self.taken, most.min(ENTRIES), BYTES)?;
        sqlite::run(&self.scratch, "BEGIN")?;
        for entry in &entries {
            self.entry(entry)?;
        }
        sqlite::run(&self.scratch, "COMMIT")?;
        Ok(entries.len())
    }

    fn entry(&mut self, entry: &SealedEntry) -> Result<(), StoreError> {
        let damaged = |what: &str| StoreError::Corrupt {
            reason: format!("entry {} {what}; restore a backup", self.taken),
        };
        if entry.position != self.taken {
            return Err(damaged("is missing"));
        }
        if !entry.is_whole() {
            return Err(damaged("was altered"));
        }
        if entry.body.contains(&self.named) {
            let changes = entry.changes().ok_or_else(|| damaged("cannot be read"))?;
            for change in changes.iter().filter(|one| one.table == self.table.name) {
                let pos = i64::try_from(entry.position).unwrap_or(i64::MAX);
                self.tables
                    .apply(&self.scratch, entry.realm, pos, change)
                    .map_err(|_| damaged("cannot be replayed"))?;
            }
        }
        self.taken += 1;
        Ok(())
    }

    /// Goes through the table once and mends what differs; gives how many rows did.
    fn round(&mut self, rebuilt: &mut Rebuilt) -> Result<usize, StoreError> {
        let (mut found, mut after) = (0, None);
        loop {
            let store = self.store;
            let keys = store.read(|reader| {
                while self.take(reader, u64::MAX)? > 0 {}
                self.differing(reader, after.as_deref(), &mut rebuilt.rows)
            })?;
            let Some(last) = keys.last().cloned() else {
                return Ok(found);
            };
            found += keys.len();
            rebuilt.mended += self.mend(&keys)?;
            store.mended(&self.table.name);
            after = Some(last);
        }
    }

    /// The keys of the next rows that differ.
    fn differing(
        &self,
        stored: &Reader<'_>,
        after: Option<&[Value]>,
        rows: &mut u64,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let width = self.table.key.len() + 1;
        let mut keys: Vec<Vec<Value>> = Vec::new();
        reader::with_connection(&self.scratch, |should| {
            differences(stored, should, self.table, after, &mut |row| {
                *rows += 1;
                let row = match row {
                    Compared::Same => return true,
                    Compared::Surplus(row)
                    | Compared::Missing(row)
                    | Compared::Other { should: row, .. } => row,
                };
                keys.push(row.iter().take(width).cloned().collect());
                keys.len() < LOT
            })
        })?;
        Ok(keys)
    }

    /// Has the committer write these rows as the log has them at that moment.
    fn mend(&mut self, keys: &[Vec<Value>]) -> Result<u64, StoreError> {
        let (size, told) = sync_channel(1);
        let (send, rows) = sync_channel(1);
        let (done, result) = sync_channel(1);
        self.store.push_mend(MendJob {
            table: self.table.clone(),
            size,
            rows,
            done,
        })?;
        if let Ok(size) = told.recv() {
            // Nothing is committed now: what is read is all there is up to that size.
            let store = self.store;
            store.read(|reader| {
                while self.taken < size && self.take(reader, size)? > 0 {}
                Ok::<_, StoreError>(())
            })?;
            let lot = self.rows(keys)?;
            // A committer that gave up waiting says so in its answer.
            let _ = send.send(lot);
        }
        result.recv().map_err(|_| StoreError::Closed)?
    }

    fn rows(&self, keys: &[Vec<Value>]) -> Result<Vec<Mend>, StoreError> {
        let located: String = (self.table.key.iter().enumerate())
            .map(|(at, column)| format!(" AND {column} = ${}", at + 2))
            .collect();
        let sql = format!(
            "SELECT realm, {}, pos FROM {} WHERE realm = $1{located}",
            columns(self.table).join(", "),
            self.table.name
        );
        reader::with_connection(&self.scratch, |should| {
            keys.iter()
                .map(|key| {
                    Ok(Mend {
                        row: should.query_one(&sql, key)?.map(|row| row.values),
                        key: key.clone(),
                    })
                })
                .collect()
        })
    }
}
