//! The writing side of SQLite: one transaction for a group, each plan inside a savepoint of its own.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::copies;
use crate::apply::Tables;
use crate::committer::{Done, Writer, idempotency_row, signed};
use crate::merkle::Frontier;
use crate::{Change, Head, IdempotencyKey, Plan, Receipt, SealedEntry, StoreError, TableDef, log};

pub(super) const INSERT_ENTRY: &str = "INSERT INTO log (seq, realm, at, op, actor, subject, salt, body, leaf) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// The writing connection with the log's right edge.
#[derive(Debug)]
pub(crate) struct SqliteWriter {
    pub(super) connection: Connection,
    pub(super) tables: Tables,
    pub(super) frontier: Frontier,
}

impl Writer for SqliteWriter {
    fn commit(
        &mut self,
        plans: &[&Plan],
    ) -> Result<(Vec<Result<Receipt, StoreError>>, Done), StoreError> {
        let before = self.frontier.clone();
        match self.try_group(plans) {
            Ok(results) => {
                let done = self.done(touched(plans, &results));
                Ok((results, done))
            }
            Err(error) => Err(self.undo(before, error)),
        }
    }

    fn copy(&mut self, entries: &[SealedEntry], expected: &Head) -> Result<Done, StoreError> {
        let before = self.frontier.clone();
        match copies::take(self, entries, expected) {
            Ok(touched) => Ok(self.done(touched)),
            Err(error) => Err(self.undo(before, error)),
        }
    }

    fn finish(&mut self) {
        // Leaves one whole file behind for who copies the folder; a failure here loses nothing, the WAL stays.
        let _ = self
            .connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }
}

impl SqliteWriter {
    /// Takes the connection over, from where its log ends.
    pub(crate) fn new(connection: Connection, tables: &[TableDef]) -> Result<Self, StoreError> {
        Ok(Self {
            frontier: log::load_head(&connection)?,
            tables: Tables::new(tables),
            connection,
        })
    }

    /// Entries so far.
    pub(crate) fn size(&self) -> u64 {
        self.frontier.size()
    }

    fn done(&self, touched: HashMap<String, u64>) -> Done {
        Done {
            size: self.frontier.size(),
            root: self.frontier.root(),
            touched: touched.into_iter().collect(),
        }
    }

    fn undo(&mut self, before: Frontier, error: StoreError) -> StoreError {
        self.frontier = before;
        let _ = self.connection.execute_batch("ROLLBACK");
        error
    }

    fn try_group(
        &mut self,
        plans: &[&Plan],
    ) -> Result<Vec<Result<Receipt, StoreError>>, StoreError> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut results = Vec::with_capacity(plans.len());
        for plan in plans {
            results.push(self.try_plan(plan)?);
        }
        self.write_head()?;
        self.connection.execute_batch("COMMIT")?;
        Ok(results)
    }

    pub(super) fn write_head(&self) -> Result<(), StoreError> {
        let root = self.frontier.root();
        self.connection
            .prepare_cached("INSERT INTO log_head (id, size, root, frontier) VALUES (1, ?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET size = excluded.size, root = excluded.root, frontier = excluded.frontier")?
            .execute(params![signed(self.frontier.size()), root, self.frontier.roots().concat()])?;
        Ok(())
    }

    /// Outer error: the whole group fails (disk, damage). Inner error: this plan alone is refused.
    fn try_plan(&mut self, plan: &Plan) -> Result<Result<Receipt, StoreError>, StoreError> {
        self.connection.execute_batch("SAVEPOINT plan")?;
        let frontier = self.frontier.clone();
        match self.plan(plan) {
            Ok(receipt) => {
                self.connection.execute_batch("RELEASE plan")?;
                Ok(Ok(receipt))
            }
            Err(
                error @ (StoreError::Disk { .. }
                | StoreError::Corrupt { .. }
                | StoreError::Busy { .. }),
            ) => Err(error),
            Err(refused) => {
                self.frontier = frontier;
                self.connection
                    .execute_batch("ROLLBACK TO plan; RELEASE plan")?;
                Ok(Err(refused))
            }
        }
    }

    fn plan(&mut self, plan: &Plan) -> Result<Receipt, StoreError> {
        let realm = i64::from(plan.realm.get());
        if let Some(earlier) = plan
            .idempotency
            .as_ref()
            .map(|key| self.replay(realm, key))
            .transpose()?
            .flatten()
        {
            return Ok(earlier);
        }
        for expect in &plan.expects {
            self.tables.check(&self.connection, realm, expect)?;
        }
        let position = self.frontier.size();
        let key_row = plan
            .idempotency
            .as_ref()
            .map(|key| idempotency_row(key, plan, position));
        let recorded;
        let plan = match key_row {
            Some(change) => {
                recorded = plan.clone().change(change);
                &recorded
            }
            None => plan,
        };
        for change in &plan.changes {
            self.tables
                .apply(&self.connection, realm, signed(position), change)?;
        }
        let leaf = self.append(plan, realm, position)?;
        Ok(Receipt {
            position,
            leaf,
            replayed: false,
            reply: plan.reply.clone(),
        })
    }

    /// The receipt of an earlier plan with the same key.
    fn replay(&self, realm: i64, key: &IdempotencyKey) -> Result<Option<Receipt>, StoreError> {
        let sql = "SELECT i.fingerprint, i.position, i.reply, l.leaf FROM idempotency i JOIN log l ON l.seq = i.position WHERE i.realm = ?1 AND i.key = ?2";
        let found: Option<(String, i64, String, [u8; 32])> = self
            .connection
            .prepare_cached(sql)?
            .query_row(params![realm, key.key], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let Some((fingerprint, position, reply, leaf)) = found else {
            return Ok(None);
        };
        if fingerprint != key.fingerprint {
            return Err(StoreError::KeyReused);
        }
        let reply = serde_json::from_str(&reply).unwrap_or_default();
        Ok(Some(Receipt {
            position: position.unsigned_abs(),
            leaf,
            replayed: true,
            reply,
        }))
    }

    fn append(&mut self, plan: &Plan, realm: i64, position: u64) -> Result<[u8; 32], StoreError> {
        let at = plan.entry.at.as_millisecond();
        let salt: [u8; 16] = rand::random();
        let body = log::body(plan);
        let leaf = log::leaf(position, realm, at, &salt, body.as_bytes());
        self.connection
            .prepare_cached(INSERT_ENTRY)?
            .execute(params![
                signed(position),
                realm,
                at,
                plan.entry.op,
                plan.entry.actor,
                plan.entry.subject,
                salt,
                body,
                leaf
            ])?;
        self.grow(leaf)?;
        Ok(leaf)
    }

    /// Adds a leaf to the tree and stores the perfect subtrees that it completes.
    pub(super) fn grow(&mut self, leaf: [u8; 32]) -> Result<(), StoreError> {
        for done in self.frontier.push(leaf) {
            self.connection
                .prepare_cached("INSERT INTO log_subtree (height, idx, hash) VALUES (?1, ?2, ?3)")?
                .execute(params![done.height, signed(done.index), done.hash])?;
        }
        Ok(())
    }
}

/// The tables that the accepted plans changed.
fn touched(plans: &[&Plan], results: &[Result<Receipt, StoreError>]) -> HashMap<String, u64> {
    let mut touched = HashMap::new();
    for (plan, receipt) in plans.iter().zip(results) {
        let Ok(receipt) = receipt else { continue };
        for change in &plan.changes {
            touch(&mut touched, change, receipt.position + 1);
        }
    }
    touched
}

pub(super) fn touch(touched: &mut HashMap<String, u64>, change: &Change, position: u64) {
    match touched.get_mut(change.table.as_ref()) {
        Some(known) => *known = position,
        None => {
            touched.insert(change.table.clone().into_owned(), position);
        }
    }
}
