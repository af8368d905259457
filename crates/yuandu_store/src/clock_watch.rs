//! A clock that was set back is noticed before it dates anything: terms would begin in the past and the log would tell
//! another order than it has.
//!
//! The clock is looked at, not the dates of plans: work that began minutes ago is dated by its beginning, and rightly so.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use yuandu_base::Clock;

use crate::StoreError;

/// How far a clock may go back: what time servers correct, and what servers that share a database differ by.
const TOLERANCE_MS: i64 = 60_000;

/// A clock and the newest instant it must not lie before; unset while nobody watches.
#[derive(Debug, Default)]
pub(crate) struct ClockWatch(OnceLock<Watched>);

#[derive(Debug)]
struct Watched {
    clock: Arc<dyn Clock>,
    newest_ms: AtomicI64,
}

impl ClockWatch {
    /// Watches a clock from here on; a second one is ignored.
    pub(crate) fn begin(&self, clock: Arc<dyn Clock>, newest_ms: i64) {
        self.0.get_or_init(|| Watched {
            clock,
            newest_ms: AtomicI64::new(newest_ms),
        });
    }

    /// Why nothing may be written now: the clock lies well before what it said, or what the log says.
    pub(crate) fn refusal(&self) -> Option<StoreError> {
        let watched = self.0.get()?;
        let now = watched.clock.now();
        let newest = watched
            .newest_ms
            .fetch_max(now.as_millisecond(), Ordering::Relaxed);
        let behind = now.as_millisecond() < newest.saturating_sub(TOLERANCE_MS);
        behind.then(|| StoreError::ClockBehind {
            now,
            newest: Timestamp::from_millisecond(newest).unwrap_or(Timestamp::MAX),
        })
    }
}
