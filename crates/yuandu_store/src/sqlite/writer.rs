//! The writing side of SQLite: one transaction for a group of plans.
//!
//! A plan is looked at before it writes, so one that is refused has nearly always written nothing. Only when one fails
//! half-way is the group taken back and done again with a savepoint for each plan.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{copies, mends};
use crate::apply::Tables;
use crate::committer::{Done, Writer, idempotency_row, signed};
use crate::merkle::Frontier;
use crate::rebuild::MendJob;
use crate::sqlite;
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

    fn mend(&mut self, job: &MendJob) -> Result<u64, StoreError> {
        let result = mends::write(self, job);
        if result.is_err() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        result
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
        let before = self.frontier.clone();
        let results = match self.take_group(plans, Self::try_plan)? {
            Some(results) => results,
            None => {
                sqlite::run(&self.connection, "ROLLBACK")?;
                self.frontier = before;
                self.take_group(plans, Self::try_plan_alone)?
                    .unwrap_or_default()
            }
        };
        self.write_head()?;
        sqlite::run(&self.connection, "COMMIT")?;
        Ok(results)
    }

    /// Begins a transaction and applies the plans; `None` if one was refused after it had begun to write.
    fn take_group(
        &mut self,
        plans: &[&Plan],
        take: impl Fn(&mut Self, &Plan) -> Result<Taken, StoreError>,
    ) -> Result<Option<Vec<Result<Receipt, StoreError>>>, StoreError> {
        sqlite::run(&self.connection, "BEGIN IMMEDIATE")?;
        let mut results = Vec::with_capacity(plans.len());
        for plan in plans {
            match take(self, plan)? {
                Taken::Whole(result) => results.push(result),
                Taken::Half => return Ok(None),
            }
        }
        Ok(Some(results))
    }

    pub(super) fn write_head(&self) -> Result<(), StoreError> {
        let root = self.frontier.root();
        self.connection
            .prepare_cached("INSERT INTO log_head (id, size, root, frontier) VALUES (1, ?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET size = excluded.size, root = excluded.root, frontier = excluded.frontier")?
            .execute(params![signed(self.frontier.size()), root, self.frontier.roots().concat()])?;
        Ok(())
    }

    /// An error is the whole group's (disk, damage); a refusal is this plan's alone.
    fn try_plan(&mut self, plan: &Plan) -> Result<Taken, StoreError> {
        match self.look(plan) {
            Ok(Some(earlier)) => Ok(Taken::Whole(Ok(earlier))),
            Ok(None) => match self.write(plan) {
                Ok(receipt) => Ok(Taken::Whole(Ok(receipt))),
                Err(error) if of_the_group(&error) => Err(error),
                Err(_) => Ok(Taken::Half),
            },
            Err(error) if of_the_group(&error) => Err(error),
            Err(refused) => Ok(Taken::Whole(Err(refused))),
        }
    }

    /// The same inside a savepoint, so that a refusal half-way takes back this plan only.
    fn try_plan_alone(&mut self, plan: &Plan) -> Result<Taken, StoreError> {
        sqlite::run(&self.connection, "SAVEPOINT plan")?;
        let frontier = self.frontier.clone();
        let result = match self.look(plan) {
            Ok(Some(earlier)) => Ok(earlier),
            Ok(None) => self.write(plan),
            Err(refused) => Err(refused),
        };
        match result {
            Err(error) if of_the_group(&error) => return Err(error),
            Err(_) => {
                self.frontier = frontier;
                sqlite::run(&self.connection, "ROLLBACK TO plan")?;
            }
            Ok(_) => {}
        }
        sqlite::run(&self.connection, "RELEASE plan")?;
        Ok(Taken::Whole(result))
    }

    /// Reads only: the receipt of an earlier plan with the same key, or whether what the plan stands on still holds.
    fn look(&self, plan: &Plan) -> Result<Option<Receipt>, StoreError> {
        let realm = i64::from(plan.realm.get());
        let earlier = plan
            .idempotency
            .as_ref()
            .map(|key| self.replay(realm, key))
            .transpose()?
            .flatten();
        if earlier.is_some() {
            return Ok(earlier);
        }
        for expect in &plan.expects {
            self.tables.check(&self.connection, realm, expect)?;
        }
        Ok(None)
    }

    fn write(&mut self, plan: &Plan) -> Result<Receipt, StoreError> {
        let realm = i64::from(plan.realm.get());
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

/// What became of one plan.
enum Taken {
    /// Accepted, or refused before it wrote anything.
    Whole(Result<Receipt, StoreError>),
    /// Refused after it had written something.
    Half,
}

/// Whether a failure is one of the database, and so of every plan in the group.
fn of_the_group(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Disk { .. } | StoreError::Corrupt { .. } | StoreError::Busy { .. }
    )
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
