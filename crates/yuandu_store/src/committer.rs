//! The committer: one thread that takes plans in groups, one transaction and one sync for each group.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::watch;

use crate::apply::Tables;
use crate::merkle::Frontier;
use crate::{Change, Duty, IdempotencyKey, Plan, Receipt, StoreError, log};

const INSERT_ENTRY: &str = "INSERT INTO log (seq, realm, at, op, actor, subject, salt, body, leaf) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// Plans taken into one transaction at most: beyond this, a larger group no longer saves syncs.
const GROUP: usize = 256;

mod replica;

pub(crate) use replica::Copies;

/// What the writing thread is asked to do.
#[derive(Debug)]
pub(crate) enum Work {
    Plans(Job),
    /// Entries that another store committed.
    Copies(Copies),
}

/// Plans of one submission with the place to send their results to.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) plans: Vec<Plan>,
    pub(crate) done: SyncSender<Vec<Result<Receipt, StoreError>>>,
}

/// The state of the writing thread.
#[derive(Debug)]
pub(crate) struct Committer {
    pub(crate) connection: Connection,
    pub(crate) tables: Tables,
    pub(crate) frontier: Frontier,
    pub(crate) anchor: PathBuf,
    pub(crate) announce: watch::Sender<u64>,
    pub(crate) touched: Touched,
    pub(crate) duty: Arc<OnceLock<Arc<dyn Duty>>>,
}

/// The position that last changed each table since the store was opened: lets caches drop exactly what is stale.
pub(crate) type Touched = Arc<Mutex<HashMap<String, u64>>>;

impl Committer {
    /// Works until every sender is gone.
    pub(crate) fn run(mut self, jobs: &Receiver<Work>) {
        while let Ok(first) = jobs.recv() {
            let mut next = Some(first);
            while let Some(work) = next.take() {
                match work {
                    Work::Plans(job) => next = self.gather(job, jobs),
                    Work::Copies(copies) => self.take_copies(copies),
                }
            }
        }
        // Leaves one whole file behind for who copies the folder; a failure here loses nothing, the WAL stays.
        let _ = self
            .connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// Commits a job together with those that wait behind it; gives back what is of another kind.
    fn gather(&mut self, first: Job, jobs: &Receiver<Work>) -> Option<Work> {
        let mut plans = first.plans.len();
        let mut group = vec![first];
        let mut next = None;
        while plans < GROUP {
            match jobs.try_recv() {
                Ok(Work::Plans(job)) => {
                    plans += job.plans.len();
                    group.push(job);
                }
                Ok(other) => {
                    next = Some(other);
                    break;
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        match self.duty.get().map_or(Ok(()), |duty| duty.may_write()) {
            Ok(()) => self.commit_group(group),
            Err(refused) => refuse(group, &refused),
        }
        next
    }

    fn commit_group(&mut self, group: Vec<Job>) {
        let before = self.frontier.clone();
        match self.try_group(&group) {
            Ok(results) => {
                self.write_anchor();
                self.note_touched(&group, &results);
                self.announce.send_replace(self.frontier.size());
                for (job, result) in group.into_iter().zip(results) {
                    // A caller that went away does not undo what is durable.
                    let _ = job.done.send(result);
                }
            }
            Err(error) => {
                self.frontier = before;
                let _ = self.connection.execute_batch("ROLLBACK");
                tracing::error!(error = %error, jobs = group.len(), "a group could not be committed; nothing was changed");
                refuse(group, &error);
            }
        }
    }

    fn try_group(
        &mut self,
        group: &[Job],
    ) -> Result<Vec<Vec<Result<Receipt, StoreError>>>, StoreError> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut results = Vec::with_capacity(group.len());
        for job in group {
            let mut receipts = Vec::with_capacity(job.plans.len());
            for plan in &job.plans {
                receipts.push(self.try_plan(plan)?);
            }
            results.push(receipts);
        }
        self.write_head()?;
        self.connection.execute_batch("COMMIT")?;
        Ok(results)
    }

    fn write_head(&self) -> Result<(), StoreError> {
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
    fn grow(&mut self, leaf: [u8; 32]) -> Result<(), StoreError> {
        for done in self.frontier.push(leaf) {
            self.connection
                .prepare_cached("INSERT INTO log_subtree (height, idx, hash) VALUES (?1, ?2, ?3)")?
                .execute(params![done.height, signed(done.index), done.hash])?;
        }
        Ok(())
    }

    fn note_touched(&self, group: &[Job], results: &[Vec<Result<Receipt, StoreError>>]) {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        let plans = group
            .iter()
            .flat_map(|job| &job.plans)
            .zip(results.iter().flatten());
        for (plan, receipt) in plans {
            let Ok(receipt) = receipt else { continue };
            for change in &plan.changes {
                touch(&mut touched, change, receipt.position + 1);
            }
        }
    }

    /// Writes size and root beside the database, so that a database whose tail was cut off is noticed.
    fn write_anchor(&self) {
        let text = format!(
            "{}\n{}\n",
            self.frontier.size(),
            crate::encoding::hex(&self.frontier.root())
        );
        let fresh = self.anchor.with_extension("new");
        // The anchor is a witness, not the record: failing to write it must not fail a durable commit.
        let written =
            std::fs::write(&fresh, text).and_then(|()| std::fs::rename(&fresh, &self.anchor));
        if let Err(error) = written {
            tracing::warn!(error = %error, "the log anchor could not be written");
        }
    }
}

fn touch(touched: &mut HashMap<String, u64>, change: &Change, position: u64) {
    match touched.get_mut(change.table.as_ref()) {
        Some(known) => *known = position,
        None => {
            touched.insert(change.table.clone().into_owned(), position);
        }
    }
}

/// Tells every caller of a group the same failure.
fn refuse(group: Vec<Job>, error: &StoreError) {
    for job in group {
        let results = job.plans.iter().map(|_| Err(again(error))).collect();
        let _ = job.done.send(results);
    }
}

fn idempotency_row(key: &IdempotencyKey, plan: &Plan, position: u64) -> Change {
    Change::put("idempotency")
        .with("key", &key.key)
        .with("fingerprint", &key.fingerprint)
        .with("at", plan.entry.at)
        .with("reply", plan.reply.to_string())
        .with("position", signed(position))
}

/// The same failure for every plan of a group.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Disk { reason } => StoreError::Disk {
            reason: reason.clone(),
        },
        StoreError::Corrupt { reason } => StoreError::Corrupt {
            reason: reason.clone(),
        },
        StoreError::Busy { retry_after_s } => StoreError::Busy {
            retry_after_s: *retry_after_s,
        },
        StoreError::Closed => StoreError::Closed,
        StoreError::NotHere { reason } => StoreError::NotHere {
            reason: reason.clone(),
        },
        other => StoreError::Database {
            reason: other.to_string(),
        },
    }
}

/// Log positions fit: SQLite's largest integer is 2^63 - 1.
fn signed(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
