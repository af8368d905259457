//! The SQL of quality: disputes, and records in the order of their ids.

use yuandu_schema::RegisterDef;
use yuandu_store::{Reader, Row, StoreError, Value};

/// How many disputes of a register were opened on a day, written `20261127`.
pub(crate) fn count_disputes(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, day): (&str, &str),
) -> Result<i64, StoreError> {
    let sql = format!(
        "SELECT count(*) AS n FROM {table} WHERE realm = $1 AND register = $2 AND number LIKE $3"
    );
    let params = [realm.into(), register.into(), format!("{day}-%").into()];
    reader
        .query_one(&sql, &params)?
        .map_or(Ok(0), |row| row.int("n"))
}

/// Disputes: those that wait first, the one due first in front; then the latest answered.
pub(crate) fn disputes(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, limit): (&str, usize),
) -> Result<Vec<Row>, StoreError> {
    let limit: Value = i64::try_from(limit).unwrap_or(i64::MAX).into();
    let open = format!(
        "SELECT * FROM {table} WHERE realm = $1 AND register = $2 AND state = 'open' ORDER BY due_at, number LIMIT $3"
    );
    let answered = format!(
        "SELECT * FROM {table} WHERE realm = $1 AND register = $2 AND state <> 'open' ORDER BY answered_at DESC, number LIMIT $3"
    );
    let params = [realm.into(), register.into(), limit];
    let mut rows = reader.query(&open, &params)?;
    rows.extend(reader.query(&answered, &params)?);
    Ok(rows)
}

/// One dispute.
pub(crate) fn dispute(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, number): (&str, &str),
) -> Result<Option<Row>, StoreError> {
    let sql = format!("SELECT * FROM {table} WHERE realm = $1 AND register = $2 AND number = $3");
    reader.query_one(&sql, &[realm.into(), register.into(), number.into()])
}

/// How many disputes of a register wait, and how many of them are overdue at an instant.
pub(crate) fn waiting_disputes(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, now): (&str, jiff::Timestamp),
) -> Result<(i64, i64), StoreError> {
    let sql = format!(
        "SELECT count(*) AS n, sum(CASE WHEN due_at <= $3 THEN 1 ELSE 0 END) AS late FROM {table} WHERE realm = $1 AND register = $2 AND state = 'open'"
    );
    let row = reader.query_one(&sql, &[realm.into(), register.into(), now.into()])?;
    row.map_or(Ok((0, 0)), |row| {
        Ok((row.int("n")?, row.opt_int("late")?.unwrap_or(0)))
    })
}

/// Rows after an id, in the order of ids.
pub(crate) fn after_id(
    reader: &Reader<'_>,
    register: &RegisterDef,
    realm: i64,
    (after, limit): (&str, usize),
) -> Result<Vec<Row>, StoreError> {
    let sql = format!(
        "SELECT * FROM {} WHERE realm = $1 AND id > $2 ORDER BY id LIMIT $3",
        register.table()
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    reader.query(&sql, &[realm.into(), after.into(), limit.into()])
}

/// All records of a register.
pub(crate) fn count_all(
    reader: &Reader<'_>,
    register: &RegisterDef,
    realm: i64,
) -> Result<i64, StoreError> {
    let sql = format!(
        "SELECT count(*) AS n FROM {} WHERE realm = $1",
        register.table()
    );
    reader
        .query_one(&sql, &[realm.into()])?
        .map_or(Ok(0), |row| row.int("n"))
}
