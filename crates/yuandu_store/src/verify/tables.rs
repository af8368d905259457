//! Compares every table with its rebuild from the log, row by row in key order, byte by byte.

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::{Finding, Report};
use crate::{Reader, StoreError, TableDef, Value};

/// Rows read at once from either side.
const PAGE: usize = 1000;

/// A row: realm and key first, then the other columns, `pos` last.
type RawRow = Vec<Value>;

/// A table's rows in the order of their keys, page by page.
struct Rows<'a> {
    reader: &'a Reader<'a>,
    first: String,
    next: String,
    key_width: usize,
    page: VecDeque<RawRow>,
    /// The key after which the next page begins; `None` before the first.
    after: Option<Vec<Value>>,
    ended: bool,
}

impl<'a> Rows<'a> {
    fn new(reader: &'a Reader<'a>, table: &TableDef, columns: &[&str]) -> Self {
        let key = format!("realm, {}", table.key.join(", "));
        let key_width = table.key.len() + 1;
        let marks: Vec<String> = (1..=key_width).map(|at| format!("${at}")).collect();
        let select = format!(
            "SELECT realm, {}, pos FROM {}",
            columns.join(", "),
            table.name
        );
        Self {
            reader,
            first: format!("{select} ORDER BY {key} LIMIT $1"),
            next: format!(
                "{select} WHERE ({key}) > ({}) ORDER BY {key} LIMIT ${}",
                marks.join(", "),
                key_width + 1
            ),
            key_width,
            page: VecDeque::new(),
            after: None,
            ended: false,
        }
    }

    fn next(&mut self) -> Result<Option<RawRow>, StoreError> {
        if self.page.is_empty() && !self.ended {
            self.turn()?;
        }
        Ok(self.page.pop_front())
    }

    fn turn(&mut self) -> Result<(), StoreError> {
        let limit = Value::Int(i64::try_from(PAGE).unwrap_or(i64::MAX));
        let rows = match &self.after {
            None => self.reader.query(&self.first, &[limit])?,
            Some(after) => {
                let mut parameters = after.clone();
                parameters.push(limit);
                self.reader.query(&self.next, &parameters)?
            }
        };
        self.ended = rows.len() < PAGE;
        self.page = rows.into_iter().map(|row| row.values).collect();
        if let Some(last) = self.page.back() {
            let after: Vec<Value> = last.iter().take(self.key_width).cloned().collect();
            let onward = self
                .after
                .as_ref()
                .is_none_or(|before| compare_keys(before, &after, self.key_width).is_lt());
            if !onward {
                return Err(StoreError::Corrupt {
                    reason: "the rows are out of order".to_owned(),
                });
            }
            self.after = Some(after);
        }
        Ok(())
    }
}

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
    stored: &Reader<'_>,
    rebuilt: &Reader<'_>,
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
    let mut left = Rows::new(stored, table, &columns);
    let mut right = Rows::new(rebuilt, table, &columns);
    let key_width = table.key.len() + 1;
    let (mut is, mut should) = (left.next()?, right.next()?);
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
                (is, should) = (left.next()?, right.next()?);
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
                is = left.next()?;
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
                should = right.next()?;
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
        .filter(|(_, (is, should))| !same(is, should))
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
        Some(Value::Int(pos)) => u64::try_from(*pos).ok(),
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
    stored: &Reader<'_>,
    declared: &[TableDef],
    report: &mut Report,
) -> Result<(), StoreError> {
    for name in stored.tables()? {
        let known = matches!(
            name.as_str(),
            "log" | "log_head" | "log_subtree" | "log_touch" | "lease"
        ) || declared.iter().any(|table| table.name == name);
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

/// Whether two values are the same to the bit.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Real(left), Value::Real(right)) => left.to_bits() == right.to_bits(),
        _ => left == right,
    }
}

fn compare_keys(left: &[Value], right: &[Value], width: usize) -> Ordering {
    let pairs = left.iter().zip(right).take(width);
    pairs
        .map(|(left, right)| compare_values(left, right))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// SQLite's own order: integers before text before bytes; text by its bytes.
fn compare_values(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Real(left), Value::Real(right)) => left.total_cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Bytes(left), Value::Bytes(right)) => left.cmp(right),
        _ => rank(left).cmp(&rank(right)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Int(_) | Value::Real(_) => 1,
        Value::Text(_) => 2,
        Value::Bytes(_) => 3,
    }
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
