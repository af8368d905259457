//! What scenarios read of a case. No change is made here.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use yuandu_process::{CardRow, CaseRow, TaskRow};
use yuandu_schema::{Cell, FieldDef};
use yuandu_store::{Reader, StoreError, Value};

/// The next instant at which a timer is due, not after `until`.
pub(super) fn next_timer(
    reader: &Reader<'_>,
    realm: i64,
    until: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT MIN(due_at) AS due FROM timers WHERE realm = $1 AND status = 'armed' AND due_at <= $2";
    let row = reader.query_one(sql, &[realm.into(), until.into()])?;
    row.map_or(Ok(None), |row| row.opt_timestamp("due"))
}

/// Steps of timers that failed.
pub(super) fn incidents(reader: &Reader<'_>, realm: i64) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT node, reason FROM incidents WHERE realm = $1 ORDER BY at, id";
    let rows = reader.query(sql, &[realm.into()])?;
    rows.iter()
        .map(|row| Ok(format!("{}: {}", row.text("node")?, row.text("reason")?)))
        .collect()
}

pub(super) fn case(
    reader: &Reader<'_>,
    realm: i64,
    id: &str,
) -> Result<Option<CaseRow>, StoreError> {
    let sql = "SELECT * FROM cases WHERE realm = $1 AND id = $2";
    let row = reader.query_one(sql, &[realm.into(), id.into()])?;
    row.map(|row| CaseRow::read(&row)).transpose()
}

/// Every task of a case, the newest last.
pub(super) fn tasks(
    reader: &Reader<'_>,
    realm: i64,
    case: &str,
) -> Result<Vec<TaskRow>, StoreError> {
    let sql = "SELECT * FROM tasks WHERE realm = $1 AND case_id = $2 ORDER BY created_at, id";
    let rows = reader.query(sql, &[realm.into(), case.into()])?;
    rows.iter().map(TaskRow::read).collect()
}

pub(super) fn cards(
    reader: &Reader<'_>,
    realm: i64,
    case: &str,
) -> Result<Vec<CardRow>, StoreError> {
    let sql = "SELECT * FROM cards WHERE realm = $1 AND case_id = $2 ORDER BY issued_at, id";
    let rows = reader.query(sql, &[realm.into(), case.into()])?;
    rows.iter().map(CardRow::read).collect()
}

pub(super) fn children(
    reader: &Reader<'_>,
    realm: i64,
    case: &str,
) -> Result<Vec<CaseRow>, StoreError> {
    let sql = "SELECT * FROM cases WHERE realm = $1 AND parent = $2 ORDER BY opened_at, id";
    let rows = reader.query(sql, &[realm.into(), case.into()])?;
    rows.iter().map(CaseRow::read).collect()
}

/// The ledger of a clock, in JSON.
pub(super) fn ledger(
    reader: &Reader<'_>,
    realm: i64,
    case: &str,
    clock: &str,
) -> Result<Option<String>, StoreError> {
    let sql = "SELECT ledger FROM clocks WHERE realm = $1 AND case_id = $2 AND name = $3";
    let row = reader.query_one(sql, &[realm.into(), case.into(), clock.into()])?;
    row.map(|row| row.text("ledger")).transpose()
}

/// The declared facts of a case in canonical JSON.
pub(super) fn facts(
    reader: &Reader<'_>,
    realm: i64,
    (table, fields): (&str, &[FieldDef]),
    case: &str,
) -> Result<Map<String, Json>, StoreError> {
    let sql = format!("SELECT * FROM {table} WHERE realm = $1 AND id = $2");
    let Some(row) = reader.query_one(&sql, &[realm.into(), case.into()])? else {
        return Ok(Map::new());
    };
    let cell = |name: &str| match row.value(name) {
        Value::Int(number) => Cell::Int(*number),
        Value::Real(number) => Cell::Real(*number),
        Value::Text(text) => Cell::Text(text.clone()),
        Value::Null | Value::Bytes(_) => Cell::Null,
    };
    Ok(fields
        .iter()
        .map(|field| (field.name.clone(), field.from_cells(&cell)))
        .collect())
}
