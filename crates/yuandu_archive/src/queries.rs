//! SQL of the archive: the rows of matters that are sealed, and the segments there are.

use std::collections::{BTreeMap, HashMap, HashSet};

use yuandu_store::{Reader, Row, StoreError, Value};

use crate::find::Recalled;
use crate::{Cells, Kind, Matter};

/// Matters asked for in one statement.
const AT_ONCE: usize = 500;

/// A segment as the table knows it.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) last_closed_at: i64,
    /// The filter over ids and numbers.
    pub(crate) keys: Vec<u8>,
    /// The filter over words; empty where it was not asked for.
    pub(crate) sieve: Vec<u8>,
}

/// Matters of these ids, as they stand.
pub(crate) fn matters(
    reader: &Reader<'_>,
    realm: i64,
    kind: &Kind,
    ids: &[String],
) -> Result<Vec<Matter>, StoreError> {
    let mut found: BTreeMap<String, Matter> = BTreeMap::new();
    for ids in ids.chunks(AT_ONCE) {
        rows(reader, realm, (&kind.own.name, &kind.id), ids, |row| {
            let id = row.text(&kind.id)?;
            let matter = Matter {
                id: id.clone(),
                number: row.text(&kind.number)?,
                words: row.opt_text(&kind.words)?.unwrap_or_default(),
                closed_at_ms: match row.opt_int(&kind.closed_at)? {
                    Some(closed) => closed,
                    None => row.int(&kind.updated_at)?,
                },
                parent: row.opt_text(&kind.parent)?,
                own: json(row)?,
                parts: BTreeMap::new(),
            };
            found.insert(id, matter);
            Ok(())
        })?;
        for (table, of) in &kind.parts {
            rows(reader, realm, (&table.name, of), ids, |row| {
                if let Some(matter) = found.get_mut(&row.text(of)?) {
                    let rows = matter.parts.entry(table.name.clone()).or_default();
                    rows.push(json(row)?);
                }
                Ok(())
            })?;
        }
    }
    Ok(found.into_values().collect())
}

fn rows(
    reader: &Reader<'_>,
    realm: i64,
    (table, column): (&str, &str),
    ids: &[String],
    mut each: impl FnMut(&Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let marks: Vec<String> = (2..ids.len() + 2).map(|at| format!("${at}")).collect();
    let sql = format!(
        "SELECT * FROM {table} WHERE realm = $1 AND {column} IN ({}) ORDER BY pos",
        marks.join(", ")
    );
    let parameters: Vec<Value> = std::iter::once(realm.into())
        .chain(ids.iter().map(|id| Value::from(id.as_str())))
        .collect();
    reader.query_each(&sql, &parameters, |row| {
        each(&row)?;
        Ok(true)
    })
}

/// A row without its realm, which is the segment's.
fn json(row: &Row) -> Result<Cells, StoreError> {
    let cells = row.iter().filter(|(name, _)| *name != "realm");
    cells
        .map(|(name, value)| {
            let value = serde_json::to_value(value).map_err(|error| StoreError::Corrupt {
                reason: error.to_string(),
            })?;
            Ok((name.to_owned(), value))
        })
        .collect()
}

/// The matters that were brought back, and where they lie now.
pub(crate) fn recalled(reader: &Reader<'_>, realm: i64) -> Result<Recalled, StoreError> {
    let sql = "SELECT id, segment FROM archive_recalled WHERE realm = $1";
    let rows = reader.query(sql, &[realm.into()])?;
    rows.iter()
        .map(|row| Ok((row.text("id")?, row.opt_text("segment")?)))
        .collect()
}

/// The matters that were brought back at a moment or later and are in the tables.
pub(crate) fn recalled_since(
    reader: &Reader<'_>,
    realm: i64,
    at_ms: i64,
) -> Result<HashSet<String>, StoreError> {
    let sql = "SELECT id FROM archive_recalled WHERE realm = $1 AND segment IS NULL AND recalled_at >= $2";
    let rows = reader.query(sql, &[realm.into(), at_ms.into()])?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// The segments with matters closed in a time, newest first, with both filters.
pub(crate) fn segments(
    reader: &Reader<'_>,
    realm: i64,
    (from_ms, to_ms): (i64, i64),
    each: impl FnMut(Segment),
) -> Result<(), StoreError> {
    let sql = "SELECT id, last_closed_at, keys, sieve FROM archive_segments WHERE realm = $1 AND last_closed_at >= $2 AND first_closed_at <= $3 ORDER BY last_closed_at DESC, id";
    hand_over(
        reader,
        sql,
        &[realm.into(), from_ms.into(), to_ms.into()],
        each,
    )
}

/// All segments, newest first, with the filter over their ids and numbers.
pub(crate) fn keys(
    reader: &Reader<'_>,
    realm: i64,
    each: impl FnMut(Segment),
) -> Result<(), StoreError> {
    let sql = "SELECT id, last_closed_at, keys FROM archive_segments WHERE realm = $1 ORDER BY last_closed_at DESC, id";
    hand_over(reader, sql, &[realm.into()], each)
}

fn hand_over(
    reader: &Reader<'_>,
    sql: &str,
    parameters: &[Value],
    mut each: impl FnMut(Segment),
) -> Result<(), StoreError> {
    reader.query_each(sql, parameters, |row| {
        each(Segment {
            name: row.text("id")?,
            last_closed_at: row.int("last_closed_at")?,
            keys: row.bytes("keys")?.to_vec(),
            sieve: match row.value("sieve") {
                Value::Bytes(sieve) => sieve.clone(),
                _ => Vec::new(),
            },
        });
        Ok(true)
    })
}

/// A group of matters and a day.
pub(crate) type GroupDay = (String, i64);

/// The counts of some days with the positions they were written at.
pub(crate) fn days(
    reader: &Reader<'_>,
    realm: i64,
    wanted: &BTreeMap<GroupDay, i64>,
) -> Result<HashMap<GroupDay, (i64, i64)>, StoreError> {
    let days = wanted.keys().map(|(_, day)| *day);
    let (first, last) = (days.clone().min(), days.max());
    let bounds = [
        realm.into(),
        first.unwrap_or_default().into(),
        last.unwrap_or_default().into(),
    ];
    let sql = "SELECT kind, day, matters, pos FROM archive_days WHERE realm = $1 AND day >= $2 AND day <= $3";
    let rows = reader.query(sql, &bounds)?;
    rows.iter()
        .map(|row| {
            let key = (row.text("kind")?, row.int("day")?);
            Ok((key, (row.int("matters")?, row.int("pos")?)))
        })
        .collect()
}

/// How many matters of a group opened on the days from one moment to before another are in the archive.
pub(crate) fn count_of(
    reader: &Reader<'_>,
    realm: i64,
    group: &str,
    (from, to): (i64, i64),
) -> Result<u64, StoreError> {
    let sql = "SELECT CAST(coalesce(sum(matters), 0) AS BIGINT) AS n FROM archive_days WHERE realm = $1 AND kind = $2 AND day >= $3 AND day < $4";
    let row = reader.query_one(sql, &[realm.into(), group.into(), from.into(), to.into()])?;
    row.map_or(Ok(0), |row| Ok(row.int("n")?.unsigned_abs()))
}

/// Whether there is no segment.
pub(crate) fn is_empty(reader: &Reader<'_>, realm: i64) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM archive_segments WHERE realm = $1 LIMIT 1";
    Ok(reader.query_one(sql, &[realm.into()])?.is_none())
}
