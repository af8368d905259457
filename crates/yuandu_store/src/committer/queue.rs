//! Work that waits for the committer: one lane a realm, taken in turn, with an end to each.
//!
//! A realm that sends more than it gets fills its own lane and is told when to come back; the others do not notice.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Copies, Job};
use crate::StoreError;
use crate::rebuild::MendJob;

/// Plans that may wait in all lanes together: about one second of full load.
const WAITING: usize = 4096;

/// A caller would wait longer than this: it is told to come back instead.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What the committer takes at once.
#[derive(Debug)]
pub(crate) enum Taken {
    Plans(Vec<Job>),
    Copies(Copies),
    Mend(Box<MendJob>),
}

/// The queue, shared by callers and the committer.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
    limit: usize,
}

#[derive(Debug, Default)]
struct State {
    lanes: BTreeMap<i64, Lane>,
    /// Realms with waiting work, the next one first.
    turns: VecDeque<i64>,
    /// What is no plan: entries of another store, rows to be mended.
    aside: VecDeque<Taken>,
    waiting: usize,
    /// Plans a second, as measured lately; 0 before the first group.
    pace: f64,
    begun: Option<Instant>,
    closed: bool,
}

#[derive(Debug, Default)]
struct Lane {
    jobs: VecDeque<Job>,
    plans: usize,
}

impl Default for Queue {
    fn default() -> Self {
        Self::with_limit(WAITING)
    }
}

impl Queue {
    pub(crate) fn with_limit(limit: usize) -> Self {
        Self {
            state: Mutex::default(),
            arrived: Condvar::new(),
            limit,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts plans into their realm's lane, or says when to come back.
    pub(crate) fn push(&self, job: Job) -> Result<(), StoreError> {
        let realm = job.realm();
        let plans = job.plans.len();
        let mut state = self.state();
        if state.closed {
            return Err(StoreError::Closed);
        }
        let own = state.lanes.get(&realm).map_or(0, |lane| lane.plans);
        let others = state.lanes.len() - usize::from(own > 0);
        let share = self.limit / (others + 1);
        // A large submission is taken when nothing else of its realm waits, whatever its size.
        let wait = state.wait();
        if own > 0 && (own + plans > share || wait > LONGEST_WAIT) {
            let seconds = wait.as_secs().clamp(1, 60);
            return Err(StoreError::Busy {
                retry_after_s: u32::try_from(seconds).unwrap_or(1),
            });
        }
        let lane = state.lanes.entry(realm).or_default();
        lane.plans += plans;
        lane.jobs.push_back(job);
        let first = lane.jobs.len() == 1;
        if first {
            state.turns.push_back(realm);
        }
        state.waiting += plans;
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// Hands over what is no plan; it is taken before the plans that wait.
    pub(crate) fn push_aside(&self, work: Taken) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.closed {
            return Err(StoreError::Closed);
        }
        state.aside.push_back(work);
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// Waits for work and takes a group of at most about `most` plans, one job of each realm in turn; `None` when the
    /// queue is closed and empty.
    pub(crate) fn take(&self, most: usize) -> Option<Taken> {
        let mut state = self.state();
        loop {
            if let Some(work) = state.aside.pop_front() {
                return Some(work);
            }
            let group = state.group(most);
            if !group.is_empty() {
                state.begun = Some(Instant::now());
                return Some(Taken::Plans(group));
            }
            if state.closed {
                return None;
            }
            state = self
                .arrived
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Notes that a group of so many plans is done.
    pub(crate) fn done(&self, plans: usize) {
        let mut state = self.state();
        if let Some(begun) = state.begun.take() {
            let took = begun.elapsed().as_secs_f64().max(0.000_1);
            #[expect(clippy::cast_precision_loss, reason = "a group has far fewer plans")]
            let pace = plans as f64 / took;
            state.pace = if state.pace > 0.0 {
                state.pace * 0.8 + pace * 0.2
            } else {
                pace
            };
        }
    }

    /// No more work is accepted; what was accepted is still taken.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.arrived.notify_all();
    }
}

impl State {
    fn group(&mut self, most: usize) -> Vec<Job> {
        let mut group = Vec::new();
        let mut plans = 0;
        while plans < most {
            let Some(realm) = self.turns.pop_front() else {
                break;
            };
            let Some(lane) = self.lanes.get_mut(&realm) else {
                continue;
            };
            if let Some(job) = lane.jobs.pop_front() {
                lane.plans -= job.plans.len();
                self.waiting -= job.plans.len();
                plans += job.plans.len();
                group.push(job);
            }
            if lane.jobs.is_empty() {
                self.lanes.remove(&realm);
            } else {
                self.turns.push_back(realm);
            }
        }
        group
    }

    /// How long a plan that comes now would wait: what stands before it at the pace of late, and at least as long as the
    /// group under way already takes.
    fn wait(&self) -> Duration {
        let under_way = self.begun.map_or(Duration::ZERO, |begun| begun.elapsed());
        if self.pace <= 0.0 {
            return under_way;
        }
        #[expect(clippy::cast_precision_loss, reason = "the queue is bounded")]
        let ahead = Duration::try_from_secs_f64(self.waiting as f64 / self.pace);
        under_way.max(ahead.unwrap_or(Duration::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};

    use jiff::Timestamp;
    use yuandu_ids::RealmId;

    use super::{Queue, Taken};
    use crate::committer::{Job, Waiter};
    use crate::{Entry, Plan, Receipt, StoreError};

    fn job(realm: u32, plans: usize) -> (Job, Receiver<Vec<Result<Receipt, StoreError>>>) {
        let entry = Entry {
            op: "test".to_owned(),
            actor: "system:test".to_owned(),
            on_behalf: None,
            subject: "a/b".to_owned(),
            purpose: "test".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            note: serde_json::Value::Null,
        };
        let (done, answer) = sync_channel(1);
        let plan = Plan::new(RealmId::new(realm).unwrap(), entry);
        let plans = vec![plan; plans];
        let done = Waiter::Thread(done);
        (Job { plans, done }, answer)
    }

    fn realms(taken: Option<Taken>) -> Vec<i64> {
        match taken {
            Some(Taken::Plans(jobs)) => jobs.iter().map(Job::realm).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn realms_take_turns_however_much_one_of_them_sends() {
        let queue = Queue::with_limit(100);
        for _ in 0..20 {
            queue.push(job(370_700, 1).0).unwrap();
        }
        queue.push(job(110_100, 1).0).unwrap();
        assert_eq!(realms(queue.take(2)), [370_700, 110_100]);
        assert_eq!(realms(queue.take(3)), [370_700; 3]);
    }

    #[test]
    fn a_full_lane_says_when_to_come_back_and_the_others_stay_open() {
        let queue = Queue::with_limit(100);
        for _ in 0..100 {
            queue.push(job(370_700, 1).0).unwrap();
        }
        assert!(matches!(
            queue.push(job(370_700, 1).0),
            Err(StoreError::Busy { retry_after_s: 1 })
        ));
        queue.push(job(110_100, 1).0).unwrap();
    }

    #[test]
    fn a_large_submission_is_taken_when_its_realm_waits_for_nothing_else() {
        let queue = Queue::with_limit(10);
        queue.push(job(370_700, 1000).0).unwrap();
        assert!(queue.push(job(370_700, 1).0).is_err());
        assert_eq!(realms(queue.take(1)).len(), 1);
        queue.push(job(370_700, 1).0).unwrap();
    }

    #[test]
    fn a_closed_queue_gives_what_it_has_and_takes_no_more() {
        let queue = Queue::with_limit(10);
        queue.push(job(370_700, 1).0).unwrap();
        queue.close();
        assert!(matches!(
            queue.push(job(370_700, 1).0),
            Err(StoreError::Closed)
        ));
        assert_eq!(realms(queue.take(5)).len(), 1);
        assert!(queue.take(5).is_none());
    }
}
