//! The embedded backend: connections and the schema.
//!
//! Plain SQL that PostgreSQL understands too, except for the pragmas, which stay in this file.

mod copies;
mod mends;
mod writer;

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::{Kind, StoreError, TableDef, near};

pub(crate) use writer::SqliteWriter;

/// Name of the database file in the data folder.
pub(crate) const FILE: &str = "yuandu.db";

/// The log itself: not declared by any crate, written by the committer only.
const LOG_SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS log (
  seq INTEGER PRIMARY KEY, realm INTEGER NOT NULL, at INTEGER NOT NULL, op TEXT NOT NULL, actor TEXT NOT NULL,
  subject TEXT NOT NULL, salt BLOB NOT NULL, body TEXT NOT NULL, leaf BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS log_subject ON log (realm, subject, seq);
CREATE TABLE IF NOT EXISTS log_subtree (height INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (height, idx)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log_head (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, root BLOB NOT NULL, frontier BLOB NOT NULL) STRICT;
";

/// The table of idempotency keys, a table like any other.
pub(crate) fn idempotency_table() -> TableDef {
    TableDef::new("idempotency")
        .text("key")
        .text("fingerprint")
        .int("at")
        .text("reply")
        .int("position")
        .key(["key"])
}

/// The connection that writes: every commit is synced to disk before it is answered.
pub(crate) fn open_writer(dir: &Path) -> Result<Connection, StoreError> {
    open_writer_at(&dir.join(FILE))
}

/// The same for any file. The WAL may grow to 32 MiB before it is copied back: pages that many commits share are then
/// copied once.
pub(crate) fn open_writer_at(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 8192;",
    )?;
    connection.set_prepared_statement_cache_capacity(512);
    keep_plans(&connection)?;
    Ok(connection)
}

/// A statement keeps its plan whatever is bound to it. Otherwise SQLite compiles statements anew when a value changes
/// that a plan might depend on: a sixth of the server's time, and plans are by design here.
fn keep_plans(connection: &Connection) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// A connection that only reads.
pub(crate) fn open_reader(dir: &Path) -> Result<Connection, StoreError> {
    open_reader_at(&dir.join(FILE))
}

/// The same for any file.
pub(crate) fn open_reader_at(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch("PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096; PRAGMA query_only = ON;")?;
    connection.set_prepared_statement_cache_capacity(256);
    keep_plans(&connection)?;
    Ok(connection)
}

/// A throw-away database for rebuilding tables; speed matters, durability does not.
pub(crate) fn open_scratch(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;",
    )?;
    connection.set_prepared_statement_cache_capacity(512);
    Ok(connection)
}

/// Runs a statement without parameters or answer, compiled once for each connection.
pub(crate) fn run(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// Creates the log's own tables.
pub(crate) fn create_log(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.execute_batch(LOG_SCHEMA)?)
}

/// Creates declared tables that are missing and adds columns that are new (expand); nothing is dropped or rewritten.
pub(crate) fn create_tables(
    connection: &Connection,
    tables: &[TableDef],
    with_indexes: bool,
) -> Result<(), StoreError> {
    for table in tables {
        connection.execute_batch(&create_sql(table))?;
        add_missing_columns(connection, table)?;
        if with_indexes {
            for sql in index_sql(table) {
                connection.execute_batch(&sql)?;
            }
            create_tree(connection, table)?;
        }
    }
    Ok(())
}

/// Makes the tree of a table of points; one that is new is filled from the rows that are there.
fn create_tree(connection: &Connection, table: &TableDef) -> Result<(), StoreError> {
    let Some(statements) = near::sqlite(table) else {
        return Ok(());
    };
    let sql = "SELECT count(*) FROM sqlite_master WHERE name = ?1";
    let known: i64 = connection.query_row(sql, [near::name(table)], |row| row.get(0))?;
    let passed = if known == 0 { 0 } else { 2 };
    let batch: Vec<String> = statements.into_iter().skip(passed).collect();
    Ok(connection.execute_batch(&format!("BEGIN; {}; COMMIT", batch.join("; ")))?)
}

fn add_missing_columns(connection: &Connection, table: &TableDef) -> Result<(), StoreError> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info($1)")?;
    let present: Vec<String> = statement
        .query_map([&table.name], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for column in table
        .columns
        .iter()
        .filter(|column| !present.contains(&column.name))
    {
        let empty = match (column.nullable, column.kind) {
            (true, _) => "",
            (false, Kind::Int) => " NOT NULL DEFAULT 0",
            (false, Kind::Real) => " NOT NULL DEFAULT 0.0",
            (false, Kind::Text) => " NOT NULL DEFAULT ''",
            (false, Kind::Bytes) => " NOT NULL DEFAULT x''",
        };
        connection.execute_batch(&format!(
            "ALTER TABLE {} ADD COLUMN {} {}{empty}",
            table.name,
            column.name,
            sql_type(column.kind)
        ))?;
    }
    Ok(())
}

fn create_sql(table: &TableDef) -> String {
    let columns: String = table
        .columns
        .iter()
        .map(|column| {
            format!(
                "{} {}{}, ",
                column.name,
                sql_type(column.kind),
                if column.nullable { "" } else { " NOT NULL" }
            )
        })
        .collect();
    format!(
        "CREATE TABLE IF NOT EXISTS {} (realm INTEGER NOT NULL, {columns}pos INTEGER NOT NULL, PRIMARY KEY (realm, {})) STRICT, WITHOUT ROWID",
        table.name,
        table.key.join(", ")
    )
}

fn index_sql(table: &TableDef) -> impl Iterator<Item = String> {
    table.indexes.iter().map(|index| {
        let unique = if index.unique { "UNIQUE " } else { "" };
        let name = index_name(table, index);
        format!(
            "CREATE {unique}INDEX IF NOT EXISTS {name} ON {} (realm, {})",
            table.name,
            index.columns.join(", ")
        )
    })
}

fn index_name(table: &TableDef, index: &crate::Index) -> String {
    format!("{}_by_{}", table.name, index.columns.join("_"))
}

fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "INTEGER",
        Kind::Real => "REAL",
        Kind::Text => "TEXT",
        Kind::Bytes => "BLOB",
    }
}

/// Rows a table is planned for, whatever it holds today.
const PLANNED_ROWS: u64 = 1_000_000;

/// Tells SQLite how selective each index is. Every index begins with `realm`, which is the same in all rows; without
/// statistics SQLite takes a match on it for rare and walks whole tables by their key. Fixed figures instead of
/// measured ones keep the plans the same from an empty city to a full one.
pub(crate) fn plan_by_design(
    connection: &Connection,
    tables: &[TableDef],
) -> Result<(), StoreError> {
    let mut wanted: Vec<(String, String, String)> = Vec::new();
    for table in tables {
        // The key of a table without rowids is named like the table.
        wanted.push((
            table.name.clone(),
            table.name.clone(),
            statistics(&table.key, true),
        ));
        for index in &table.indexes {
            let name = index_name(table, index);
            wanted.push((
                table.name.clone(),
                name,
                statistics(&index.columns, index.unique),
            ));
        }
    }
    let subject = statistics(&["subject".to_owned(), "seq".to_owned()], true);
    wanted.push(("log".to_owned(), "log_subject".to_owned(), subject));
    wanted.sort();
    if planned(connection)? == wanted {
        return Ok(());
    }
    // Creates the table of statistics, looking at as little as it can: what it measures is replaced.
    connection
        .execute_batch("PRAGMA analysis_limit = 1; ANALYZE; BEGIN; DELETE FROM sqlite_stat1;")?;
    let mut insert =
        connection.prepare("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?1, ?2, ?3)")?;
    for (table, index, statistics) in &wanted {
        insert.execute([table, index, statistics])?;
    }
    drop(insert);
    Ok(connection.execute_batch("COMMIT; ANALYZE sqlite_schema")?)
}

/// The figures that stand, in order; none in a new database.
fn planned(connection: &Connection) -> Result<Vec<(String, String, String)>, StoreError> {
    let exists = "SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'";
    if connection.query_row(exists, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(Vec::new());
    }
    let mut statement = connection
        .prepare("SELECT tbl, coalesce(idx, ''), stat FROM sqlite_stat1 ORDER BY 1, 2, 3")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Rows in all, rows of one realm, then rows that agree in one more column each.
fn statistics(columns: &[String], unique: bool) -> String {
    let mut rows = PLANNED_ROWS;
    let mut text = format!("{rows} {rows}");
    for (at, column) in columns.iter().enumerate() {
        rows = (rows / distinct(column)).max(1);
        if unique && at + 1 == columns.len() {
            rows = 1;
        }
        text.push_str(&format!(" {rows}"));
    }
    text
}

/// About how many different values a column of this name has.
fn distinct(column: &str) -> u64 {
    let ends = |parts: &[&str]| parts.iter().any(|part| column.ends_with(part));
    match column {
        "status" | "colour" | "state" | "level" | "kind" => 4,
        "parent" | "number" | "code" | "key" | "subject" | "login" | "assignee" => PLANNED_ROWS / 5,
        _ if ends(&["id"]) => PLANNED_ROWS / 5,
        _ if ends(&["_at", "lat", "lon", "seq"]) => PLANNED_ROWS / 10,
        _ => 100,
    }
}
