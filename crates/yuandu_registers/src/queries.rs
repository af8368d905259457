//! The SQL of registers: plain, parameterised, for SQLite and PostgreSQL alike.
//!
//! Names of tables and columns come from checked declarations only; everything a person sent is a parameter.

use yuandu_schema::RegisterDef;
use yuandu_store::{Reader, Row, StoreError, Value};

/// Values in one `IN` list; both databases take far more, the plan cache likes few shapes.
const CHUNK: usize = 500;

/// A growing `WHERE` clause with its parameters; it always begins with the realm.
#[derive(Debug, Clone)]
pub(crate) struct Where {
    sql: String,
    pub(crate) params: Vec<Value>,
}

impl Where {
    pub(crate) fn realm(realm: i64) -> Self {
        Self {
            sql: "realm = $1".to_owned(),
            params: vec![realm.into()],
        }
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

/// The rows of a page, in order.
pub(crate) fn page(
    reader: &Reader<'_>,
    register: &RegisterDef,
    mut filter: Where,
    order: &str,
    limit: usize,
) -> Result<Vec<Row>, StoreError> {
    let limit = filter.bind(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let sql = format!(
        "SELECT * FROM {} WHERE {} ORDER BY {order} LIMIT {limit}",
        register.table(),
        filter.sql
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

/// Rows by their ids, in no order.
pub(crate) fn many(
    reader: &Reader<'_>,
    register: &RegisterDef,
    realm: i64,
    ids: &[String],
) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let mut filter = Where::realm(realm);
        filter.and_in("id", chunk.iter().map(Value::from));
        let sql = format!("SELECT * FROM {} WHERE {}", register.table(), filter.sql);
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
        let mut filter = Where::realm(realm);
        filter.and_in("id", chunk.iter().map(Value::from));
        let sql = format!("SELECT id FROM {table} WHERE {}", filter.sql);
        for row in reader.query(&sql, &filter.params)? {
            known.push(row.text("id")?);
        }
    }
    Ok(known)
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
pub(crate) fn count(
    reader: &Reader<'_>,
    register: &RegisterDef,
    mut filter: Where,
    limit: i64,
) -> Result<i64, StoreError> {
    let limit = filter.bind(limit.into());
    let sql = format!(
        "SELECT count(*) AS n FROM (SELECT 1 AS one FROM {} WHERE {} LIMIT {limit}) AS counted",
        register.table(),
        filter.sql
    );
    reader
        .query_one(&sql, &filter.params)?
        .map_or(Ok(0), |row| row.int("n"))
}

/// Values of a column with their counts, most frequent first.
pub(crate) fn facet(
    reader: &Reader<'_>,
    register: &RegisterDef,
    column: &str,
    mut filter: Where,
    limit: i64,
) -> Result<Vec<(Value, i64)>, StoreError> {
    let limit = filter.bind(limit.into());
    let sql = format!(
        "SELECT {column} AS value, count(*) AS n FROM {} WHERE {} AND {column} IS NOT NULL GROUP BY {column} ORDER BY n DESC, value LIMIT {limit}",
        register.table(),
        filter.sql
    );
    reader
        .query(&sql, &filter.params)?
        .iter()
        .map(|row| Ok((row.value("value").clone(), row.int("n")?)))
        .collect()
}
