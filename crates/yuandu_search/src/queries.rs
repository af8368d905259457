//! SQL of the index: whole tables at the beginning, then what the log says was changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use yuandu_store::{Reader, Row, StoreError, Value};

use crate::source::Source;

/// Entries that are read at once while catching up.
const ENTRIES: i64 = 5_000;

/// Size of the log.
pub fn size(reader: &Reader<'_>) -> Result<i64, StoreError> {
    reader
        .query_one("SELECT size FROM log_head WHERE id = 1", &[])?
        .map_or(Ok(0), |row| row.int("size"))
}

/// Hands over id and text of every row.
pub fn all(
    reader: &Reader<'_>,
    realm: i64,
    source: &Source,
    mut each: impl FnMut(&str, &str),
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT id, {} FROM {} WHERE realm = $1 ORDER BY pos, id",
        source.columns.join(", "),
        source.table
    );
    reader.query_each(&sql, &[realm.into()], |row| {
        each(&row.text("id")?, &text_of(&row, source)?);
        Ok(true)
    })
}

/// Hands over id and text of some rows.
pub fn some(
    reader: &Reader<'_>,
    realm: i64,
    source: &Source,
    ids: &BTreeSet<String>,
    mut each: impl FnMut(&str, &str),
) -> Result<(), StoreError> {
    let ids: Vec<&String> = ids.iter().collect();
    for some in ids.chunks(500) {
        let places: Vec<String> = (2..some.len() + 2)
            .map(|place| format!("${place}"))
            .collect();
        let sql = format!(
            "SELECT id, {} FROM {} WHERE realm = $1 AND id IN ({}) ORDER BY id",
            source.columns.join(", "),
            source.table,
            places.join(", ")
        );
        let parameters: Vec<Value> = std::iter::once(realm.into())
            .chain(some.iter().map(|id| Value::from(id.as_str())))
            .collect();
        for row in reader.query(&sql, &parameters)? {
            each(&row.text("id")?, &text_of(&row, source)?);
        }
    }
    Ok(())
}

fn text_of(row: &Row, source: &Source) -> Result<String, StoreError> {
    let mut text = String::new();
    for column in &source.columns {
        if let Some(part) = row.opt_text(column)? {
            text.push_str(&part);
            text.push('\n');
        }
    }
    Ok(text)
}

/// Ids of rows that entries from a position on have written or removed, by table, and the position after the last entry read.
pub fn changed(
    reader: &Reader<'_>,
    realm: i64,
    from: i64,
    tables: &BTreeSet<&str>,
) -> Result<(BTreeMap<String, BTreeSet<String>>, i64), StoreError> {
    let sql = "SELECT seq, realm, body FROM log WHERE seq >= $1 ORDER BY seq LIMIT $2";
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut next = from;
    reader.query_each(sql, &[from.into(), ENTRIES.into()], |row| {
        next = row.int("seq")? + 1;
        if row.int("realm")? != realm {
            return Ok(true);
        }
        let body = row.json("body")?;
        let changes = body.get("changes").and_then(Json::as_array);
        for change in changes.into_iter().flatten() {
            let table = change.get(1).and_then(Json::as_str).unwrap_or_default();
            let id = change
                .get(2)
                .and_then(|row| row.get("id"))
                .and_then(Json::as_str);
            if let (true, Some(id)) = (tables.contains(table), id) {
                found
                    .entry(table.to_owned())
                    .or_default()
                    .insert(id.to_owned());
            }
        }
        Ok(true)
    })?;
    Ok((found, next))
}
