//! Plans: what one use case wants committed, and the receipt it gets.

use jiff::Timestamp;
use yuandu_ids::RealmId;

use crate::{Change, Expect};

/// Who did what to which matter, when and why: the head of a log entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The operation, for example `cases.complete_task`.
    pub op: String,
    /// Who acted: `user:<id>`, `anonymous`, `system:timer`.
    pub actor: String,
    /// The post acted for, if any.
    pub on_behalf: Option<String>,
    /// The record concerned: `case/<id>`, `user/<id>`.
    pub subject: String,
    /// Why it was allowed: the purpose or legal ground.
    pub purpose: String,
    /// When, by the context's clock.
    pub at: Timestamp,
    /// What the history of the subject shows.
    pub note: serde_json::Value,
}

/// A request's key that makes it safe to send twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Chosen by the caller, unique per request.
    pub key: String,
    /// Hash of the request: the same key with other content is refused.
    pub fingerprint: String,
}

/// One entry, the rows it changes, and what it stands on. Computed by pure rules, committed as a whole or not at all.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) realm: RealmId,
    pub(crate) entry: Entry,
    pub(crate) expects: Vec<Expect>,
    pub(crate) changes: Vec<Change>,
    pub(crate) idempotency: Option<IdempotencyKey>,
    pub(crate) reply: serde_json::Value,
}

impl Plan {
    /// A plan that so far only writes an entry.
    #[must_use]
    pub fn new(realm: RealmId, entry: Entry) -> Self {
        Self {
            realm,
            entry,
            expects: Vec::new(),
            changes: Vec::new(),
            idempotency: None,
            reply: serde_json::Value::Null,
        }
    }

    /// Adds a condition.
    #[must_use]
    pub fn expect(mut self, expect: Expect) -> Self {
        self.expects.push(expect);
        self
    }

    /// Adds a row change.
    #[must_use]
    pub fn change(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    /// Adds many row changes.
    #[must_use]
    pub fn changes(mut self, changes: impl IntoIterator<Item = Change>) -> Self {
        self.changes.extend(changes);
        self
    }

    /// Makes the plan safe to send twice: the second time returns the first receipt.
    #[must_use]
    pub fn idempotent(mut self, key: Option<IdempotencyKey>) -> Self {
        self.idempotency = key;
        self
    }

    /// What the caller gets back, also when the request is replayed.
    #[must_use]
    pub fn reply(mut self, reply: serde_json::Value) -> Self {
        self.reply = reply;
        self
    }
}

/// Proof that a plan is durable.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// Position of the entry in the log, counted from 0.
    pub position: u64,
    /// The entry's leaf hash.
    pub leaf: [u8; 32],
    /// Whether an earlier commit with the same idempotency key answered.
    pub replayed: bool,
    /// The plan's reply (the first one's if replayed).
    pub reply: serde_json::Value,
}
