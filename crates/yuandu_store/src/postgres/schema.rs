//! The schema on PostgreSQL: the log's own tables and those declared, in plain SQL.
//!
//! Texts are compared byte by byte (`COLLATE "C"`), as in SQLite. Columns that may be empty are indexed with empty values
//! first, so that the order of shared queries is the order of the index.

use std::collections::HashSet;

use super::Session;
use crate::{Index, Kind, StoreError, TableDef, near};

/// PostgreSQL cuts longer names silently.
const LONGEST_NAME: usize = 63;

/// The log itself. `log_touch` tells other servers which tables changed since they last looked; `log_head` has one row,
/// whose lock orders the groups of all servers.
const LOG_SCHEMA: &str = r#"
CREATE TABLE IF NOT EXISTS log (
  seq BIGINT PRIMARY KEY, realm BIGINT NOT NULL, at BIGINT NOT NULL, op TEXT COLLATE "C" NOT NULL, actor TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL, salt BYTEA NOT NULL, body TEXT COLLATE "C" NOT NULL, leaf BYTEA NOT NULL);
CREATE INDEX IF NOT EXISTS log_subject ON log (realm, subject, seq);
CREATE TABLE IF NOT EXISTS log_subtree (height BIGINT NOT NULL, idx BIGINT NOT NULL, hash BYTEA NOT NULL, PRIMARY KEY (height, idx));
CREATE TABLE IF NOT EXISTS log_head (id BIGINT PRIMARY KEY CHECK (id = 1), size BIGINT NOT NULL, root BYTEA NOT NULL, frontier BYTEA NOT NULL);
CREATE TABLE IF NOT EXISTS log_touch (name TEXT COLLATE "C" PRIMARY KEY, pos BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS lease (name TEXT COLLATE "C" PRIMARY KEY, holder TEXT COLLATE "C" NOT NULL, until BIGINT NOT NULL);
"#;

/// What only this database has, key first: tables with their columns and types, as the catalogue names them.
pub(crate) const BESIDE: [(&str, &[(&str, &str)]); 2] = [
    ("log_touch", &[("name", "text"), ("pos", "bigint")]),
    (
        "lease",
        &[("name", "text"), ("holder", "text"), ("until", "bigint")],
    ),
];

/// Creates what is missing and adds columns that are new (expand); nothing is dropped or rewritten. Several servers may
/// start at once: whoever loses the race for a name tries again and finds it there.
pub(crate) fn create(session: &Session, tables: &[TableDef]) -> Result<(), StoreError> {
    let mut tries = 0;
    loop {
        match create_once(session, tables) {
            Err(
                StoreError::Taken { .. } | StoreError::Busy { .. } | StoreError::Database { .. },
            ) if tries < 5 => {
                tries += 1;
                session.run("ROLLBACK")?;
                session.link().pause(std::time::Duration::from_millis(100));
            }
            other => return other,
        }
    }
}

fn create_once(session: &Session, tables: &[TableDef]) -> Result<(), StoreError> {
    session.run(&format!(
        "CREATE SCHEMA IF NOT EXISTS {}",
        session.link().address().schema()
    ))?;
    let (present, indexes) = (present(session)?, present_indexes(session)?);
    let mut sql = String::from("BEGIN;");
    if !present.iter().any(|(table, _)| table == "lease") {
        sql.push_str(LOG_SCHEMA);
        let empty = crate::merkle::Frontier::default();
        sql.push_str(&format!(
            "INSERT INTO log_head (id, size, root, frontier) VALUES (1, 0, '\\x{}', '') ON CONFLICT (id) DO NOTHING;",
            crate::encoding::hex(&empty.root())
        ));
    }
    for table in tables {
        if present.iter().any(|(name, _)| *name == table.name) {
            add_missing_columns(&present, table, &mut sql);
        } else {
            sql.push_str(&create_sql(table));
        }
        for index in &table.indexes {
            // Even a statement that finds its index there would wait for every writer of the table.
            if !indexes.contains(&index_name(table, index)) {
                sql.push_str(&index_sql(session, table, index));
            }
        }
        if !indexes.contains(&near::name(table)) {
            sql.extend(near::postgres(table));
        }
    }
    sql.push_str("COMMIT;");
    session.run(&sql)
}

/// Columns that exist, by table.
fn present(session: &Session) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = $1";
    let mut found = Vec::new();
    let schema = session.link().address().schema().into();
    session.read(sql, &[schema], |row| {
        found.push((row.text("table_name")?, row.text("column_name")?));
        Ok(true)
    })?;
    session.end_read();
    Ok(found)
}

/// Names of the indexes that exist.
fn present_indexes(session: &Session) -> Result<HashSet<String>, StoreError> {
    let sql = "SELECT indexname::text AS name FROM pg_catalog.pg_indexes WHERE schemaname = $1";
    let mut found = HashSet::new();
    let schema = session.link().address().schema().into();
    session.read(sql, &[schema], |row| {
        found.insert(row.text("name")?);
        Ok(true)
    })?;
    session.end_read();
    Ok(found)
}

fn add_missing_columns(present: &[(String, String)], table: &TableDef, sql: &mut String) {
    for column in &table.columns {
        let known = present
            .iter()
            .any(|(of, name)| *of == table.name && *name == column.name);
        if known {
            continue;
        }
        let empty = match (column.nullable, column.kind) {
            (true, _) => "",
            (false, Kind::Int) => " NOT NULL DEFAULT 0",
            (false, Kind::Real) => " NOT NULL DEFAULT 0.0",
            (false, Kind::Text) => " NOT NULL DEFAULT ''",
            (false, Kind::Bytes) => " NOT NULL DEFAULT ''::bytea",
        };
        sql.push_str(&format!(
            "ALTER TABLE {} ADD COLUMN IF NOT EXISTS {} {}{empty};",
            table.name,
            column.name,
            sql_type(column.kind)
        ));
    }
}

fn create_sql(table: &TableDef) -> String {
    let columns: String = table
        .columns
        .iter()
        .map(|column| {
            let filled = if column.nullable { "" } else { " NOT NULL" };
            format!("{} {}{filled}, ", column.name, sql_type(column.kind))
        })
        .collect();
    format!(
        "CREATE TABLE IF NOT EXISTS {} (realm BIGINT NOT NULL, {columns}pos BIGINT NOT NULL, PRIMARY KEY (realm, {}));",
        table.name,
        table.key.join(", ")
    )
}

fn index_sql(session: &Session, table: &TableDef, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let columns: String = index
        .columns
        .iter()
        .map(|column| {
            let nulls = if session.link().dialect().may_be_empty(column) {
                " NULLS FIRST"
            } else {
                ""
            };
            format!(", {column}{nulls}")
        })
        .collect();
    format!(
        "CREATE {unique}INDEX IF NOT EXISTS {} ON {} (realm{columns});",
        index_name(table, index),
        table.name
    )
}

/// The index's name; a long one ends in digits that tell it from others that begin alike.
pub(crate) fn index_name(table: &TableDef, index: &Index) -> String {
    let name = format!("{}_by_{}", table.name, index.columns.join("_"));
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let sum = crate::encoding::hex(&crate::merkle::leaf_hash(name.as_bytes()));
    let head: String = name.chars().take(LONGEST_NAME - 9).collect();
    format!("{head}_{}", sum.get(..8).unwrap_or_default())
}

pub(crate) fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "BIGINT",
        Kind::Real => "DOUBLE PRECISION",
        Kind::Text => "TEXT COLLATE \"C\"",
        Kind::Bytes => "BYTEA",
    }
}

/// The type inside an array parameter: the collation belongs to the column.
pub(crate) fn array_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "TEXT",
        other => sql_type(other),
    }
}

/// Removes the whole schema.
pub(super) fn drop_schema(session: &Session) -> Result<(), StoreError> {
    session.run(&format!(
        "SET client_min_messages TO error; DROP SCHEMA IF EXISTS {} CASCADE",
        session.link().address().schema()
    ))
}
