//! Writes entries that another store committed: the same bytes, the same leaves, the same rows, or nothing at all.

use std::sync::PoisonError;
use std::sync::mpsc::SyncSender;

use rusqlite::params;

use super::{Committer, INSERT_ENTRY, signed, touch};
use crate::{Head, SealedEntry, StoreError, grow};

/// Entries that follow on the log's end, with the head they must lead to.
#[derive(Debug)]
pub(crate) struct Copies {
    pub(crate) entries: Vec<SealedEntry>,
    pub(crate) expected: Head,
    pub(crate) done: SyncSender<Result<Head, StoreError>>,
}

impl Committer {
    pub(super) fn take_copies(&mut self, copies: Copies) {
        let before = self.frontier.clone();
        let result = self.try_copies(&copies.entries, &copies.expected);
        match &result {
            Ok(head) => {
                self.write_anchor();
                self.announce.send_replace(head.size);
            }
            Err(error) => {
                self.frontier = before;
                let _ = self.connection.execute_batch("ROLLBACK");
                tracing::error!(error = %error, "copied entries were not taken; nothing was changed");
            }
        }
        // A caller that went away does not undo what is durable.
        let _ = copies.done.send(result);
    }

    fn try_copies(&mut self, entries: &[SealedEntry], expected: &Head) -> Result<Head, StoreError> {
        let mut grown = self.frontier.clone();
        grow(&mut grown, entries)?;
        let head = Head {
            size: grown.size(),
            root: grown.root(),
        };
        if head != *expected {
            return Err(refused(format!(
                "the entries lead to {} entries with root {}, the signed checkpoint says {} with root {}",
                head.size,
                head.root_hex(),
                expected.size,
                expected.root_hex()
            )));
        }
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        for entry in entries {
            self.copy(entry)?;
        }
        self.write_head()?;
        self.connection.execute_batch("COMMIT")?;
        let shared = self.touched.clone();
        let mut touched = shared.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            for change in entry.changes().unwrap_or_default() {
                touch(&mut touched, &change, entry.position + 1);
            }
        }
        Ok(head)
    }

    fn copy(&mut self, entry: &SealedEntry) -> Result<(), StoreError> {
        let unreadable = || {
            refused(format!(
                "the body of entry {} cannot be read",
                entry.position
            ))
        };
        let changes = entry.changes().ok_or_else(unreadable)?;
        let [op, actor, subject] = entry.columns().ok_or_else(unreadable)?;
        for change in &changes {
            self.tables.apply(
                &self.connection,
                entry.realm,
                signed(entry.position),
                change,
            )?;
        }
        self.connection
            .prepare_cached(INSERT_ENTRY)?
            .execute(params![
                signed(entry.position),
                entry.realm,
                entry.at_ms,
                op,
                actor,
                subject,
                entry.salt,
                entry.body,
                entry.leaf
            ])?;
        self.grow(entry.leaf)
    }
}

fn refused(reason: String) -> StoreError {
    StoreError::Corrupt { reason }
}
