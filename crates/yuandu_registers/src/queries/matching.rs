//! The SQL of records that may mean the same: blocks, pairs, merges.

use yuandu_schema::RegisterDef;
use yuandu_store::{Reader, Row, StoreError, Value};

use super::{CHUNK, in_list};

/// Rows whose `block` of columns has one of the keys, with the columns asked for and the id; at most `limit`.
///
/// The keys come first and the register is looked up by each, whatever the planner knows of its size.
pub(crate) fn in_blocks(
    reader: &Reader<'_>,
    register: &RegisterDef,
    realm: i64,
    (columns, block): (&[String], &[String]),
    (keys, limit): (&[Vec<&str>], usize),
) -> Result<Vec<Row>, StoreError> {
    let mut params: Vec<Value> = vec![realm.into()];
    let mut tuples = Vec::with_capacity(keys.len());
    for key in keys {
        let marks: Vec<String> = key
            .iter()
            .map(|part| {
                params.push((*part).into());
                format!("${}", params.len())
            })
            .collect();
        tuples.push(format!("({})", marks.join(", ")));
    }
    let names: Vec<String> = (0..block.len()).map(|at| format!("k{at}")).collect();
    let equal = block
        .iter()
        .zip(&names)
        .map(|(column, name)| format!("r.{column} = wanted.{name}"));
    let equal: Vec<String> = equal.collect();
    let shown: Vec<String> = columns.iter().map(|column| format!("r.{column}")).collect();
    params.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let sql = format!(
        "WITH wanted({}) AS (VALUES {}) SELECT r.id, {} FROM wanted CROSS JOIN {} AS r WHERE r.realm = $1 AND {} LIMIT ${}",
        names.join(", "),
        tuples.join(", "),
        shown.join(", "),
        register.table(),
        equal.join(" AND "),
        params.len()
    );
    reader.query(&sql, &params)
}

/// Pairs whose first record is one of these.
pub(crate) fn pairs_of_first(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, firsts): (&str, &[String]),
) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::new();
    for chunk in firsts.chunks(CHUNK) {
        let (marks, mut params) = in_list(realm, chunk);
        params.push(register.into());
        let sql = format!(
            "SELECT first_id, second_id FROM {table} WHERE realm = $1 AND first_id IN ({marks}) AND register = ${}",
            params.len()
        );
        rows.extend(reader.query(&sql, &params)?);
    }
    Ok(rows)
}

/// Pairs that wait, those most alike first.
pub(crate) fn open_pairs(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, limit): (&str, usize),
) -> Result<Vec<Row>, StoreError> {
    let sql = format!(
        "SELECT * FROM {table} WHERE realm = $1 AND register = $2 AND state = 'open' ORDER BY score DESC, first_id, second_id LIMIT $3"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    reader.query(&sql, &[realm.into(), register.into(), limit.into()])
}

/// Pairs that wait of one record.
pub(crate) fn open_pairs_of(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, id): (&str, &str),
) -> Result<Vec<Row>, StoreError> {
    let sql = format!(
        "SELECT * FROM {table} WHERE realm = $1 AND register = $2 AND state = 'open' AND (first_id = $3 OR second_id = $3) ORDER BY score DESC, first_id, second_id LIMIT 50"
    );
    reader.query(&sql, &[realm.into(), register.into(), id.into()])
}

/// How many pairs wait, up to a limit.
pub(crate) fn count_open_pairs(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, limit): (&str, i64),
) -> Result<i64, StoreError> {
    let sql = format!(
        "SELECT count(*) AS n FROM (SELECT 1 AS one FROM {table} WHERE realm = $1 AND register = $2 AND state = 'open' LIMIT $3) AS counted"
    );
    reader
        .query_one(&sql, &[realm.into(), register.into(), limit.into()])?
        .map_or(Ok(0), |row| row.int("n"))
}

/// One pair.
pub(crate) fn pair(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, first, second): (&str, &str, &str),
) -> Result<Option<Row>, StoreError> {
    let sql = format!(
        "SELECT * FROM {table} WHERE realm = $1 AND register = $2 AND first_id = $3 AND second_id = $4"
    );
    let params = [realm.into(), register.into(), first.into(), second.into()];
    reader.query_one(&sql, &params)
}

/// Merges in force by which these records went into others.
pub(crate) fn merges_of(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, gone): (&str, &[String]),
) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::new();
    for chunk in gone.chunks(CHUNK) {
        let (marks, mut params) = in_list(realm, chunk);
        params.push(register.into());
        let sql = format!(
            "SELECT gone, kept FROM {table} WHERE realm = $1 AND gone IN ({marks}) AND register = ${} AND state = 'merged'",
            params.len()
        );
        rows.extend(reader.query(&sql, &params)?);
    }
    Ok(rows)
}

/// The latest merges of a register.
pub(crate) fn merges(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, limit): (&str, usize),
) -> Result<Vec<Row>, StoreError> {
    let sql = format!(
        "SELECT * FROM {table} WHERE realm = $1 AND register = $2 ORDER BY merged_at DESC, id LIMIT $3"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    reader.query(&sql, &[realm.into(), register.into(), limit.into()])
}

/// One merge.
pub(crate) fn merge(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, id): (&str, &str),
) -> Result<Option<Row>, StoreError> {
    let sql = format!("SELECT * FROM {table} WHERE realm = $1 AND register = $2 AND id = $3");
    reader.query_one(&sql, &[realm.into(), register.into(), id.into()])
}

/// How many merges took this record away, those taken back too.
pub(crate) fn count_merges(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, gone): (&str, &str),
) -> Result<i64, StoreError> {
    let sql = format!(
        "SELECT count(*) AS n FROM {table} WHERE realm = $1 AND register = $2 AND gone = $3"
    );
    reader
        .query_one(&sql, &[realm.into(), register.into(), gone.into()])?
        .map_or(Ok(0), |row| row.int("n"))
}
