//! Compares every table with its rebuild from the log, row by row in key order, byte by byte.

use std::cmp::Ordering;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Rows};

use super::{Finding, Report};
use crate::{StoreError, TableDef};

/// A stored value with its exact bytes.
#[derive(Debug, Clone, PartialEq)]
enum Raw {
    Null,
    Int(i64),
    Real(u64, f64),
    Text(Vec<u8>),
    Bytes(Vec<u8>),
}

/// A row: realm and key first, then the other columns, `pos` last.
type RawRow = Vec<Raw>;

pub(super) fn compare_all(
    stored: &Connection,
    rebuilt: &Connection,
    declared: &[TableDef],
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64, u64),
) {
    for table in declared {
        match compare(stored, rebuilt, table, report, progress) {
            Ok(rows) => report.tables.push((table.name.clone(), rows)),
            Err(error) => report.find(Finding {
                entry: None,
                place: table.name.clone(),
                what: format!("cannot be read: {error}"),
            }),
        }
    }
    if let Err(error) = undeclared(stored, declared, report) {
        report.find(Finding {
            entry: None,
            place: "schema".to_owned(),
            what: error.to_string(),
        });
    }
}

fn compare(
    stored: &Connection,
    rebuilt: &Connection,
    table: &TableDef,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<u64, StoreError> {
    let others = table
        .columns
        .iter()
        .map(|column| &column.name)
        .filter(|name| !table.key.contains(name));
    let columns: Vec<&str> = table.key.iter().chain(others).map(String::as_str).collect();
    let key = table.key.join(", ");
    let sql = format!(
        "SELECT realm, {}, pos FROM {} ORDER BY realm, {key}",
        columns.join(", "),
        table.name
    );
    let (mut left, mut right) = (stored.prepare(&sql)?, rebuilt.prepare(&sql)?);
    let (mut left, mut right) = (left.query([])?, right.query([])?);
    let key_width = table.key.len() + 1;
    let (mut is, mut should) = (next(&mut left)?, next(&mut right)?);
    let mut rows = 0;
    while is.is_some() || should.is_some() {
        let order = match (&is, &should) {
            (Some(is), Some(should)) => compare_keys(is, should, key_width),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        match order {
            Ordering::Equal => {
                if let (Some(is), Some(should)) = (&is, &should) {
                    difference(table, &columns, is, should, report);
                }
                (is, should) = (next(&mut left)?, next(&mut right)?);
            }
            Ordering::Less => {
                if let Some(row) = &is {
                    report.find(finding(
                        table,
                        row,
                        key_width,
                        "a row stands in the table that no log entry wrote",
                    ));
                }
                is = next(&mut left)?;
            }
            Ordering::Greater => {
                if let Some(row) = &should {
                    report.find(finding(
                        table,
                        row,
                        key_width,
                        "a row written by the log is missing from the table",
                    ));
                }
                should = next(&mut right)?;
            }
        }
        rows += 1;
        if rows % 1000 == 0 {
            progress(&table.name, rows, rows);
        }
    }
    Ok(rows)
}

fn difference(
    table: &TableDef,
    columns: &[&str],
    is: &RawRow,
    should: &RawRow,
    report: &mut Report,
) {
    let names = std::iter::once("realm")
        .chain(columns.iter().copied())
        .chain(std::iter::once("pos"));
    let changed: Vec<&str> = names
        .zip(is.iter().zip(should))
        .filter(|(_, (is, should))| is != should)
        .map(|(name, _)| name)
        .collect();
    if !changed.is_empty() {
        let what = format!(
            "column {} differs from what the log wrote",
            changed.join(", ")
        );
        report.find(finding(table, should, table.key.len() + 1, &what));
    }
}

/// Names the row by its key and the entry that last wrote it.
fn finding(table: &TableDef, row: &RawRow, key_width: usize, what: &str) -> Finding {
    let entry = match row.last() {
        Some(Raw::Int(pos)) => u64::try_from(*pos).ok(),
        _ => None,
    };
    let key: Vec<String> = row.iter().take(key_width).skip(1).map(shown).collect();
    Finding {
        entry,
        place: format!("{} [{}]", table.name, key.join(", ")),
        what: what.to_owned(),
    }
}

fn undeclared(
    stored: &Connection,
    declared: &[TableDef],
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut statement = stored.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")?;
    let names: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for name in names {
        let known = matches!(name.as_str(), "log" | "log_head" | "log_subtree")
            || declared.iter().any(|table| table.name == name);
        if !known {
            report.find(Finding {
                entry: None,
                place: name,
                what: "a table that nothing declares".to_owned(),
            });
        }
    }
    Ok(())
}

fn next(rows: &mut Rows<'_>) -> Result<Option<RawRow>, StoreError> {
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let width = row.as_ref().column_count();
    Ok(Some(
        (0..width)
            .map(|at| row.get_ref(at).map(raw))
            .collect::<Result<_, _>>()?,
    ))
}

fn raw(value: ValueRef<'_>) -> Raw {
    match value {
        ValueRef::Null => Raw::Null,
        ValueRef::Integer(number) => Raw::Int(number),
        ValueRef::Real(number) => Raw::Real(number.to_bits(), number),
        ValueRef::Text(bytes) => Raw::Text(bytes.to_vec()),
        ValueRef::Blob(bytes) => Raw::Bytes(bytes.to_vec()),
    }
}

fn compare_keys(left: &RawRow, right: &RawRow, width: usize) -> Ordering {
    let pairs = left.iter().zip(right).take(width);
    pairs
        .map(|(left, right)| compare_values(left, right))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// SQLite's own order: integers before text before bytes; text by its bytes.
fn compare_values(left: &Raw, right: &Raw) -> Ordering {
    match (left, right) {
        (Raw::Int(left), Raw::Int(right)) => left.cmp(right),
        (Raw::Real(_, left), Raw::Real(_, right)) => left.total_cmp(right),
        (Raw::Text(left), Raw::Text(right)) | (Raw::Bytes(left), Raw::Bytes(right)) => {
            left.cmp(right)
        }
        _ => rank(left).cmp(&rank(right)),
    }
}

fn rank(value: &Raw) -> u8 {
    match value {
        Raw::Null => 0,
        Raw::Int(_) | Raw::Real(..) => 1,
        Raw::Text(_) => 2,
        Raw::Bytes(_) => 3,
    }
}

fn shown(value: &Raw) -> String {
    match value {
        Raw::Null => "-".to_owned(),
        Raw::Int(number) => number.to_string(),
        Raw::Real(_, number) => number.to_string(),
        Raw::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Raw::Bytes(bytes) => crate::encoding::hex(bytes),
    }
}
