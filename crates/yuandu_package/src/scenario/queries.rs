//! The one question the clock asks: when the next timer is due.

use jiff::Timestamp;
use yuandu_store::{Reader, StoreError};

/// The earliest armed timer.
pub(super) fn next_timer(reader: &Reader<'_>, realm: i64) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT min(due_at) AS due_at FROM timers WHERE realm = $1 AND status = $2 AND due_at IS NOT NULL";
    let row = reader.query_one(sql, &[realm.into(), "armed".into()])?;
    row.map_or(Ok(None), |row| row.opt_timestamp("due_at"))
}
