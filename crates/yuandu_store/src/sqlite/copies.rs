//! Writes entries that another store committed: the same bytes, the same leaves, the same rows, or nothing at all.

use std::collections::HashMap;

use rusqlite::params;

use super::writer::{INSERT_ENTRY, SqliteWriter, touch};
use crate::committer::signed;
use crate::{Head, SealedEntry, StoreError};

/// Takes entries that follow on the log's end; gives the tables they changed.
pub(super) fn take(
    writer: &mut SqliteWriter,
    entries: &[SealedEntry],
    expected: &Head,
) -> Result<HashMap<String, u64>, StoreError> {
    expected.is_reached(&writer.frontier, entries)?;
    writer.connection.execute_batch("BEGIN IMMEDIATE")?;
    for entry in entries {
        copy(writer, entry)?;
    }
    writer.write_head()?;
    writer.connection.execute_batch("COMMIT")?;
    let mut touched = HashMap::new();
    for entry in entries {
        for change in entry.changes().unwrap_or_default() {
            touch(&mut touched, &change, entry.position + 1);
        }
    }
    Ok(touched)
}

fn copy(writer: &mut SqliteWriter, entry: &SealedEntry) -> Result<(), StoreError> {
    let unreadable = || {
        refused(format!(
            "the body of entry {} cannot be read",
            entry.position
        ))
    };
    let changes = entry.changes().ok_or_else(unreadable)?;
    let [op, actor, subject] = entry.columns().ok_or_else(unreadable)?;
    for change in &changes {
        writer.tables.apply(
            &writer.connection,
            entry.realm,
            signed(entry.position),
            change,
        )?;
    }
    writer
        .connection
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
    writer.grow(entry.leaf)
}

fn refused(reason: String) -> StoreError {
    StoreError::Corrupt { reason }
}
