//! Writes rows of one table as the log has them, in one transaction.

use rusqlite::params_from_iter;

use super::writer::SqliteWriter;
use crate::StoreError;
use crate::compare::columns;
use crate::rebuild::{MendJob, gone};

/// Gives how many rows are now as they should be; one whose unique value another damaged row still holds is left for later.
pub(super) fn write(writer: &mut SqliteWriter, job: &MendJob) -> Result<u64, StoreError> {
    let table = &job.table;
    writer.connection.execute_batch("BEGIN IMMEDIATE")?;
    let rows = job.rows(writer.frontier.size())?;
    let located: String = (table.key.iter().enumerate())
        .map(|(at, column)| format!(" AND {column} = ?{}", at + 2))
        .collect();
    let delete = format!("DELETE FROM {} WHERE realm = ?1{located}", table.name);
    let names = columns(table);
    let marks: String = (1..=names.len() + 2).map(|at| format!(", ?{at}")).collect();
    let insert = format!(
        "INSERT INTO {} (realm, {}, pos) VALUES ({}) ON CONFLICT DO NOTHING",
        table.name,
        names.join(", "),
        marks.trim_start_matches(", ")
    );
    let mut mended = gone(&rows);
    for mend in &rows {
        let mut statement = writer.connection.prepare_cached(&delete)?;
        statement.execute(params_from_iter(&mend.key))?;
    }
    for row in rows.iter().filter_map(|mend| mend.row.as_ref()) {
        let mut statement = writer.connection.prepare_cached(&insert)?;
        mended += statement.execute(params_from_iter(row))? as u64;
    }
    writer.connection.execute_batch("COMMIT")?;
    Ok(mended)
}
