//! A clock that was set back is noticed before it dates anything: terms would begin in the past and the log would tell
//! another order than it has.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

use crate::StoreError;

/// How far a clock may go back: what time servers correct, and what servers that share a database differ by.
const TOLERANCE_MS: i64 = 60_000;

/// The newest instant of the log in milliseconds; unset while nobody watches.
#[derive(Debug, Default)]
pub(crate) struct ClockWatch(OnceLock<AtomicI64>);

impl ClockWatch {
    /// Watches from here on.
    pub(crate) fn begin(&self, newest_ms: i64) {
        self.0
            .get_or_init(|| AtomicI64::new(newest_ms))
            .fetch_max(newest_ms, Ordering::Relaxed);
    }

    /// Why nothing may be dated at this instant: it lies well before the log's newest.
    pub(crate) fn refusal(&self, at: Timestamp) -> Option<StoreError> {
        let newest = self.0.get()?.load(Ordering::Relaxed);
        let behind = at.as_millisecond() < newest.saturating_sub(TOLERANCE_MS);
        behind.then(|| StoreError::ClockBehind {
            now: at,
            newest: Timestamp::from_millisecond(newest).unwrap_or(Timestamp::MAX),
        })
    }

    /// Notes what was committed.
    pub(crate) fn note(&self, at: Timestamp) {
        if let Some(newest) = self.0.get() {
            newest.fetch_max(at.as_millisecond(), Ordering::Relaxed);
        }
    }
}
