//! Compares a table with its rebuild from the log, row by row in key order, byte by byte.

use std::cmp::Ordering;
use std::collections::VecDeque;

use crate::{Reader, StoreError, TableDef, Value};

/// One row as it is and as it should be. Both hold realm and key first, then the other columns, `pos` last.
pub(crate) enum Compared<'a> {
    /// They are the same.
    Same,
    /// No entry wrote this row.
    Surplus(&'a RawRow),
    /// An entry wrote this row, and it is not there.
    Missing(&'a RawRow),
    /// These columns differ.
    Other {
        should: &'a RawRow,
        columns: Vec<&'a str>,
    },
}

/// Rows read at once from either side.
const PAGE: usize = 1000;

/// A row: realm and key first, then the other columns, `pos` last.
pub(crate) type RawRow = Vec<Value>;

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
    fn new(
        reader: &'a Reader<'a>,
        table: &TableDef,
        columns: &[&str],
        after: Option<&[Value]>,
    ) -> Self {
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
            after: after.map(<[Value]>::to_vec),
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

/// The columns of a table: key first, then the others; realm before and `pos` after them are not named here.
pub(crate) fn columns(table: &TableDef) -> Vec<&str> {
    let others = table
        .columns
        .iter()
        .map(|column| &column.name)
        .filter(|name| !table.key.contains(name));
    table.key.iter().chain(others).map(String::as_str).collect()
}

/// Walks over both tables from the row after the key `after` (realm first) and tells each row until the answer is `false`.
pub(crate) fn differences(
    stored: &Reader<'_>,
    rebuilt: &Reader<'_>,
    table: &TableDef,
    after: Option<&[Value]>,
    tell: &mut dyn FnMut(Compared<'_>) -> bool,
) -> Result<(), StoreError> {
    let columns = columns(table);
    let mut left = Rows::new(stored, table, &columns, after);
    let mut right = Rows::new(rebuilt, table, &columns, after);
    let key_width = table.key.len() + 1;
    let (mut is, mut should) = (left.next()?, right.next()?);
    loop {
        let (order, goes_on) = match (&is, &should) {
            (None, None) => return Ok(()),
            (Some(row), None) => (Ordering::Less, tell(Compared::Surplus(row))),
            (None, Some(row)) => (Ordering::Greater, tell(Compared::Missing(row))),
            (Some(one), Some(other)) => {
                let order = compare_keys(one, other, key_width);
                let found = match order {
                    Ordering::Less => Compared::Surplus(one),
                    Ordering::Greater => Compared::Missing(other),
                    Ordering::Equal => difference(&columns, one, other),
                };
                (order, tell(found))
            }
        };
        if !goes_on {
            return Ok(());
        }
        if order.is_le() {
            is = left.next()?;
        }
        if order.is_ge() {
            should = right.next()?;
        }
    }
}

fn difference<'a>(columns: &[&'a str], is: &RawRow, should: &'a RawRow) -> Compared<'a> {
    let names = std::iter::once("realm")
        .chain(columns.iter().copied())
        .chain(std::iter::once("pos"));
    let changed: Vec<&str> = names
        .zip(is.iter().zip(should))
        .filter(|(_, (is, should))| !same(is, should))
        .map(|(name, _)| name)
        .collect();
    if changed.is_empty() {
        Compared::Same
    } else {
        Compared::Other {
            should,
            columns: changed,
        }
    }
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
