//! The SQL of registers: plain, parameterised, for SQLite and PostgreSQL alike.
//!
//! Names of tables and columns come from checked declarations only; everything a person sent is a parameter.

mod matching;
mod quality;

use yuandu_schema::RegisterDef;
use yuandu_store::{Reader, Row, StoreError, Value};

use crate::table::shared_columns;
use crate::versions::AsOf;

pub(crate) use matching::*;
pub(crate) use quality::*;

/// Values in one `IN` list; both databases take far more, the plan cache likes few shapes.
const CHUNK: usize = 500;

/// A growing `WHERE` clause with its parameters; it always begins with the realm.
#[derive(Debug, Clone)]
pub(crate) struct Where {
    /// The table, or the versions of a moment in its place.
    from: String,
    sql: String,
    pub(crate) params: Vec<Value>,
}

impl Where {
    /// The records of a register as they are, or as they were at a moment where versions are kept.
    pub(crate) fn of(register: &RegisterDef, realm: i64, as_of: Option<&AsOf>) -> Self {
        let mut filter = Self {
            from: register.table(),
            sql: "realm = $1".to_owned(),
            params: vec![realm.into()],
        };
        if let (Some(as_of), Some(history)) = (as_of, register.history_table()) {
            filter.params.push(as_of.on.to_string().into());
            filter.params.push(as_of.known_at.into());
            filter.from = moment(register, &history);
        }
        filter
    }

    /// Adds a parameter and gives its placeholder.
    pub(crate) fn bind(&mut self, value: Value) -> String {
        self.params.push(value);
        format!("${}", self.params.len())
    }

    pub(crate) fn and(&mut self, condition: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
    }

    /// `column IN ($2, $3, …)`.
    pub(crate) fn and_in(&mut self, column: &str, values: impl IntoIterator<Item = Value>) {
        let marks: Vec<String> = values.into_iter().map(|value| self.bind(value)).collect();
        let condition = if marks.is_empty() {
            "1 = 0".to_owned()
        } else {
            format!("{column} IN ({})", marks.join(", "))
        };
        self.and(&condition);
    }

    /// The number the next parameter will have.
    pub(crate) fn next_param(&self) -> usize {
        self.params.len() + 1
    }
}

/// The versions that were true on the day `$2` as it was known at `$3`; a version without a first day was always so.
fn moment(register: &RegisterDef, history: &str) -> String {
    let columns = shared_columns(register).join(", ");
    let days = "realm = $1 AND (valid_begin IS NULL OR valid_begin <= $2) AND (valid_end IS NULL OR valid_end > $2) AND (known_begin IS NULL OR known_begin <= $3)";
    format!(
        "(SELECT realm, pos, {columns} FROM {} WHERE {days} UNION ALL SELECT realm, pos, {columns} FROM {history} WHERE {days} AND (known_end IS NULL OR known_end > $3)) AS records",
        register.table()
    )
}

/// The rows of a page, in order.
pub(crate) fn page(
    reader: &Reader<'_>,
    mut filter: Where,
    order: &str,
    limit: usize,
) -> Result<Vec<Row>, StoreError> {
    let limit = filter.bind(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let sql = format!(
        "SELECT * FROM {} WHERE {} ORDER BY {order} LIMIT {limit}",
        filter.from, filter.sql
    );
    reader.query(&sql, &filter.params)
}

/// One row by id.
pub(crate) fn one(
    reader: &Reader<'_>,
    register: &RegisterDef,
    realm: i64,
    id: &str,
) -> Result<Option<Row>, StoreError> {
    let sql = format!(
        "SELECT * FROM {} WHERE realm = $1 AND id = $2",
        register.table()
    );
    reader.query_one(&sql, &[realm.into(), id.into()])
}

/// The row of a record at a moment.
pub(crate) fn one_as_of(
    reader: &Reader<'_>,
    register: &RegisterDef,
    realm: i64,
    id: &str,
    as_of: &AsOf,
) -> Result<Option<Row>, StoreError> {
    let rows = many(reader, register, realm, &[id.to_owned()], Some(as_of))?;
    Ok(rows.into_iter().next())
}

/// The versions of records that are not the present ones, in the order they were written.
pub(crate) fn versions(
    reader: &Reader<'_>,
    register: &RegisterDef,
    realm: i64,
    ids: &[String],
) -> Result<Vec<Row>, StoreError> {
    let Some(history) = register.history_table() else {
        return Ok(Vec::new());
    };
    let mut rows = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let (marks, params) = in_list(realm, chunk);
        let sql = format!(
            "SELECT * FROM {history} WHERE realm = $1 AND id IN ({marks}) ORDER BY id, version"
        );
        rows.extend(reader.query(&sql, &params)?);
    }
    Ok(rows)
}

/// Placeholders from `$2` on, and the parameters with the realm first.
fn in_list(realm: i64, ids: &[String]) -> (String, Vec<Value>) {
    let marks: Vec<String> = (2..ids.len() + 2).map(|at| format!("${at}")).collect();
    let mut params: Vec<Value> = vec![realm.into()];
    params.extend(ids.iter().map(Value::from));
    (marks.join(", "), params)
}

/// Records with a version whose day has come but which is not the present one yet.
pub(crate) fn due(
    reader: &Reader<'_>,
    history: &str,
    realm: i64,
    day: &str,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let sql = format!(
        "SELECT DISTINCT id FROM {history} WHERE realm = $1 AND pending = 1 AND valid_begin <= $2 LIMIT $3"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = reader.query(&sql, &[realm.into(), day.into(), limit.into()])?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// Rows by their ids, in no order.
pub(crate) fn many(
    reader: &Reader<'_>,
    register: &RegisterDef,
    realm: i64,
    ids: &[String],
    as_of: Option<&AsOf>,
) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let mut filter = Where::of(register, realm, as_of);
        filter.and_in("id", chunk.iter().map(Value::from));
        let sql = format!("SELECT * FROM {} WHERE {}", filter.from, filter.sql);
        rows.extend(reader.query(&sql, &filter.params)?);
    }
    Ok(rows)
}

/// Which of these ids a table has.
pub(crate) fn known_ids(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    ids: &[String],
) -> Result<Vec<String>, StoreError> {
    let mut known = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let (marks, params) = in_list(realm, chunk);
        let sql = format!("SELECT id FROM {table} WHERE realm = $1 AND id IN ({marks})");
        for row in reader.query(&sql, &params)? {
            known.push(row.text("id")?);
        }
    }
    Ok(known)
}

/// How many drafts a record ever had. Parameters beside the realm: register, record.
pub(crate) fn drafts_of(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, record): (&str, &str),
) -> Result<i64, StoreError> {
    let sql = format!(
        "SELECT count(*) AS n FROM {table} WHERE realm = $1 AND register = $2 AND record = $3"
    );
    reader
        .query_one(&sql, &[realm.into(), register.into(), record.into()])?
        .map_or(Ok(0), |row| row.int("n"))
}

/// The drafts of a register that wait, the oldest first.
pub(crate) fn open_drafts(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, limit): (&str, usize),
) -> Result<Vec<Row>, StoreError> {
    let sql = format!(
        "SELECT * FROM {table} WHERE realm = $1 AND register = $2 AND state = 'open' ORDER BY proposed_at, id LIMIT $3"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    reader.query(&sql, &[realm.into(), register.into(), limit.into()])
}

/// One draft.
pub(crate) fn draft(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    (register, id): (&str, &str),
) -> Result<Option<Row>, StoreError> {
    let sql = format!("SELECT * FROM {table} WHERE realm = $1 AND register = $2 AND id = $3");
    reader.query_one(&sql, &[realm.into(), register.into(), id.into()])
}

/// How far an import is.
pub(crate) fn import(
    reader: &Reader<'_>,
    table: &str,
    realm: i64,
    id: &str,
) -> Result<Option<Row>, StoreError> {
    let sql = format!("SELECT * FROM {table} WHERE realm = $1 AND id = $2");
    reader.query_one(&sql, &[realm.into(), id.into()])
}

/// The condition that a column points at a record of another table which fulfils a condition. Shares the realm's parameter.
pub(crate) fn points_at(column: &str, table: &str, condition: &str) -> String {
    format!("{column} IN (SELECT id FROM {table} WHERE realm = $1 AND {condition})")
}

/// A record that points at `id` through `column`.
pub(crate) fn user_of(
    reader: &Reader<'_>,
    register: &RegisterDef,
    column: &str,
    realm: i64,
    id: &str,
) -> Result<Option<String>, StoreError> {
    let sql = format!(
        "SELECT id FROM {} WHERE realm = $1 AND {column} = $2 LIMIT 1",
        register.table()
    );
    reader
        .query_one(&sql, &[realm.into(), id.into()])?
        .map(|row| row.text("id"))
        .transpose()
}

/// Rows up to `limit`.
pub(crate) fn count(reader: &Reader<'_>, mut filter: Where, limit: i64) -> Result<i64, StoreError> {
    let limit = filter.bind(limit.into());
    let sql = format!(
        "SELECT count(*) AS n FROM (SELECT 1 AS one FROM {} WHERE {} LIMIT {limit}) AS counted",
        filter.from, filter.sql
    );
    reader
        .query_one(&sql, &filter.params)?
        .map_or(Ok(0), |row| row.int("n"))
}

/// Values of a column with their counts, most frequent first.
pub(crate) fn facet(
    reader: &Reader<'_>,
    column: &str,
    mut filter: Where,
    limit: i64,
) -> Result<Vec<(Value, i64)>, StoreError> {
    let limit = filter.bind(limit.into());
    let sql = format!(
        "SELECT {column} AS value, count(*) AS n FROM {} WHERE {} AND {column} IS NOT NULL GROUP BY {column} ORDER BY n DESC, value LIMIT {limit}",
        filter.from, filter.sql
    );
    reader
        .query(&sql, &filter.params)?
        .iter()
        .map(|row| Ok((row.value("value").clone(), row.int("n")?)))
        .collect()
}
