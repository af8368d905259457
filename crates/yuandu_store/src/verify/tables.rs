//! Compares every table with its rebuild from the log and names what differs.

use super::{Finding, Report};
use crate::compare::{Compared, RawRow, differences};
use crate::{Reader, StoreError, TableDef, Value, near};

pub(super) fn compare_all(
    stored: &Reader<'_>,
    rebuilt: &Reader<'_>,
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
                what: format!("cannot be read: {}", super::reason(&error)),
            }),
        }
    }
    if let Err(error) = undeclared(stored, declared, report) {
        report.find(Finding {
            entry: None,
            place: "schema".to_owned(),
            what: super::reason(&error),
        });
    }
}

fn compare(
    stored: &Reader<'_>,
    rebuilt: &Reader<'_>,
    table: &TableDef,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<u64, StoreError> {
    let mut rows = 0;
    differences(stored, rebuilt, table, None, &mut |row| {
        rows += 1;
        if rows % 1000 == 0 {
            progress(&table.name, rows, rows);
        }
        match row {
            Compared::Same => {}
            Compared::Surplus(is) => report.find(finding(
                table,
                is,
                "a row stands in the table that no log entry wrote",
            )),
            Compared::Missing(should) => report.find(finding(
                table,
                should,
                "a row written by the log is missing from the table",
            )),
            Compared::Other { should, columns } => {
                let what = format!(
                    "column {} differs from what the log wrote",
                    columns.join(", ")
                );
                report.find(finding(table, should, &what));
            }
        }
        true
    })?;
    Ok(rows)
}

/// Names the row by its key and the entry that last wrote it.
fn finding(table: &TableDef, row: &RawRow, what: &str) -> Finding {
    let entry = match row.last() {
        Some(Value::Int(pos)) => u64::try_from(*pos).ok(),
        _ => None,
    };
    let key: Vec<String> = row
        .iter()
        .take(table.key.len() + 1)
        .skip(1)
        .map(shown)
        .collect();
    Finding {
        entry,
        place: format!("{} [{}]", table.name, key.join(", ")),
        what: what.to_owned(),
    }
}

fn undeclared(
    stored: &Reader<'_>,
    declared: &[TableDef],
    report: &mut Report,
) -> Result<(), StoreError> {
    for name in stored.tables()? {
        let known = matches!(
            name.as_str(),
            "log" | "log_head" | "log_subtree" | "log_touch" | "lease"
        ) || declared.iter().any(|table| {
            table.name == name || (table.points.is_some() && near::tables(table).contains(&name))
        });
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

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Bytes(bytes) => crate::encoding::hex(bytes),
    }
}
