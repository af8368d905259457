//! The committer: one thread that takes plans in groups, one transaction and one sync for each group.

use std::collections::HashMap;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::{oneshot, watch};

use crate::merkle::Hash;
use crate::rebuild::MendJob;
use crate::room::Room;
use crate::snapshot::Anchor;
use crate::{Change, Duty, Head, IdempotencyKey, Plan, Receipt, SealedEntry, StoreError};

mod queue;

pub(crate) use queue::{Queue, Taken};

/// Plans taken into one transaction at most: beyond this, a larger group no longer saves syncs.
const GROUP: usize = 256;

/// The database's side of a commit.
pub(crate) trait Writer: std::fmt::Debug + Send {
    /// Commits a group: each plan is accepted or refused on its own. An error means that nothing was changed.
    fn commit(
        &mut self,
        plans: &[&Plan],
    ) -> Result<(Vec<Result<Receipt, StoreError>>, Done), StoreError>;

    /// Appends entries that another store committed, if they lead to `expected`.
    fn copy(&mut self, entries: &[SealedEntry], expected: &Head) -> Result<Done, StoreError>;

    /// Makes rows of one table what the job says once it knows the log's size; gives how many were written.
    fn mend(&mut self, job: &MendJob) -> Result<u64, StoreError>;

    /// Leaves the database tidy; the store is closing.
    fn finish(&mut self);
}

/// What is durable after a group.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) size: u64,
    pub(crate) root: Hash,
    /// Tables with the log's size at which they last changed; also those that other servers changed, where there are any.
    pub(crate) touched: Vec<(String, u64)>,
}

/// What became of the plans of one submission, in their order.
pub(crate) type Results = Vec<Result<Receipt, StoreError>>;

/// Who waits for results: a thread that blocks, or a task that does not.
#[derive(Debug)]
pub(crate) enum Waiter {
    Thread(SyncSender<Results>),
    Task(oneshot::Sender<Results>),
}

impl Waiter {
    /// Tells the results. A caller that went away does not undo what is durable.
    fn tell(self, results: Results) {
        match self {
            Self::Thread(thread) => drop(thread.send(results)),
            Self::Task(task) => drop(task.send(results)),
        }
    }
}

/// Plans of one submission and who waits for their results.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) plans: Vec<Plan>,
    pub(crate) done: Waiter,
}

impl Job {
    /// The realm it waits for: submissions are of one realm.
    pub(crate) fn realm(&self) -> i64 {
        self.plans
            .first()
            .map_or(0, |plan| i64::from(plan.realm.get()))
    }
}

/// Entries that follow on the log's end, with the head they must lead to.
#[derive(Debug)]
pub(crate) struct Copies {
    pub(crate) entries: Vec<SealedEntry>,
    pub(crate) expected: Head,
    pub(crate) done: SyncSender<Result<Head, StoreError>>,
}

/// The state of the writing thread.
#[derive(Debug)]
pub(crate) struct Committer {
    pub(crate) writer: Box<dyn Writer>,
    pub(crate) anchor: Anchor,
    pub(crate) news: News,
    pub(crate) duty: Arc<OnceLock<Arc<dyn Duty>>>,
    pub(crate) room: Arc<Room>,
}

/// The position that last changed each table since the store was opened: lets caches drop exactly what is stale.
pub(crate) type Touched = Arc<Mutex<HashMap<String, u64>>>;

/// Tells those who follow the log that it grew.
#[derive(Debug, Clone)]
pub(crate) struct News {
    pub(crate) announce: Arc<watch::Sender<u64>>,
    pub(crate) touched: Touched,
}

impl News {
    /// The size last told.
    pub(crate) fn size(&self) -> u64 {
        *self.announce.borrow()
    }

    /// Tells a new size and where tables last changed; what is older than what was told before is passed over.
    pub(crate) fn tell(&self, size: u64, changes: &[(String, u64)]) {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        for (table, at) in changes {
            match touched.get_mut(table) {
                Some(known) => *known = (*known).max(*at),
                None => {
                    touched.insert(table.clone(), *at);
                }
            }
        }
        drop(touched);
        self.announce.send_if_modified(|known| {
            let grown = size > *known;
            *known = size.max(*known);
            grown
        });
    }
}

impl Committer {
    /// Works until the queue is closed and empty.
    pub(crate) fn run(mut self, queue: &Queue) {
        while let Some(taken) = queue.take(GROUP) {
            match taken {
                Taken::Plans(group) => {
                    let plans = group.iter().map(|job| job.plans.len()).sum();
                    match self.duty.get().map_or(Ok(()), |duty| duty.may_write()) {
                        Ok(()) => self.commit_group(group),
                        Err(refused) => refuse(group, &refused),
                    }
                    queue.done(plans);
                }
                Taken::Copies(copies) => self.take_copies(&copies),
                Taken::Mend(job) => {
                    let result = self.writer.mend(&job);
                    job.answer(result);
                }
            }
        }
        self.writer.finish();
    }

    fn commit_group(&mut self, group: Vec<Job>) {
        let plans: Vec<&Plan> = group.iter().flat_map(|job| &job.plans).collect();
        let committed = self.writer.commit(&plans);
        self.room.heard(&committed);
        match committed {
            Ok((results, done)) => {
                self.note(&done);
                let mut results = results.into_iter();
                for job in group {
                    let own = results.by_ref().take(job.plans.len()).collect();
                    job.done.tell(own);
                }
            }
            Err(error) => {
                tracing::error!(error = %error, jobs = group.len(), "a group could not be committed; nothing was changed");
                refuse(group, &error);
            }
        }
    }

    fn take_copies(&mut self, copies: &Copies) {
        let result = self.writer.copy(&copies.entries, &copies.expected);
        self.room.heard(&result);
        match &result {
            Ok(done) => self.note(done),
            Err(error) => {
                tracing::error!(error = %error, "copied entries were not taken; nothing was changed");
            }
        }
        let head = result.map(|done| Head {
            size: done.size,
            root: done.root,
        });
        // A caller that went away does not undo what is durable.
        let _ = copies.done.send(head);
    }

    /// Tells whoever follows the log; before the callers, so that what they read next is not stale.
    fn note(&mut self, done: &Done) {
        let head = Head {
            size: done.size,
            root: done.root,
        };
        // The anchor is a witness, not the record: failing to write it must not fail a durable commit.
        if let Err(error) = self.anchor.write(&head) {
            tracing::warn!(error = %error, "the log anchor could not be written");
        }
        self.news.tell(done.size, &done.touched);
    }
}

/// Tells every caller of a group the same failure.
fn refuse(group: Vec<Job>, error: &StoreError) {
    for job in group {
        let results = job.plans.iter().map(|_| Err(again(error))).collect();
        job.done.tell(results);
    }
}

/// The row that remembers an answer.
pub(crate) fn idempotency_row(key: &IdempotencyKey, plan: &Plan, position: u64) -> Change {
    Change::put("idempotency")
        .with("key", &key.key)
        .with("fingerprint", &key.fingerprint)
        .with("at", plan.entry.at)
        .with("reply", plan.reply.to_string())
        .with("position", signed(position))
}

/// The same failure for every plan of a group.
pub(crate) fn again(error: &StoreError) -> StoreError {
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
        StoreError::Unreachable { reason } => StoreError::Unreachable {
            reason: reason.clone(),
        },
        StoreError::Closed => StoreError::Closed,
        StoreError::ClockBehind { now, newest } => StoreError::ClockBehind {
            now: *now,
            newest: *newest,
        },
        StoreError::NotHere { reason } => StoreError::NotHere {
            reason: reason.clone(),
        },
        other => StoreError::Database {
            reason: other.to_string(),
        },
    }
}

/// Log positions fit: SQLite's largest integer is 2^63 - 1.
pub(crate) fn signed(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
