//! Reading: one consistent snapshot per read, plain SQL with `$1` parameters, and a count of the queries made.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};

use crate::pool::Pool;
use crate::postgres::{self, Link, Session};
use crate::{Row, StoreError, Value, sqlite};

/// A read transaction: everything read through it is of one moment.
#[derive(Debug)]
pub struct Reader<'a> {
    source: Source<'a>,
    queries: Cell<u32>,
}

#[derive(Debug, Clone, Copy)]
enum Source<'a> {
    Sqlite(&'a Connection, &'a Queries),
    Postgres(&'a Session),
}

/// Queries whose wording is kept with a connection; beyond that, all are forgotten and learned anew.
const KNOWN: usize = 512;

/// What a connection of SQLite knows of the queries it has run.
#[derive(Debug, Default)]
pub(crate) struct Queries(RefCell<HashMap<Box<str>, Arc<Known>>>);

/// A query in SQLite's spelling, and the names of its columns once a row was read.
#[derive(Debug)]
struct Known {
    sql: String,
    columns: OnceLock<Arc<[String]>>,
}

impl Queries {
    fn known(&self, sql: &str) -> Arc<Known> {
        let mut all = self.0.borrow_mut();
        if let Some(known) = all.get(sql) {
            return Arc::clone(known);
        }
        if all.len() >= KNOWN {
            all.clear();
        }
        let fresh = Arc::new(Known {
            sql: numbered(sql),
            columns: OnceLock::new(),
        });
        all.insert(sql.into(), Arc::clone(&fresh));
        fresh
    }
}

impl<'a> Reader<'a> {
    fn new(source: Source<'a>) -> Self {
        Self {
            source,
            queries: Cell::new(0),
        }
    }

    /// Runs a query written in plain SQL (SQLite and PostgreSQL alike) and returns its rows.
    pub fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        self.query_each(sql, parameters, |row| {
            rows.push(row);
            Ok(true)
        })?;
        Ok(rows)
    }

    /// Runs a query and hands its rows over one by one until the answer is `false`: nothing is collected.
    pub fn query_each(
        &self,
        sql: &str,
        parameters: &[Value],
        each: impl FnMut(Row) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        self.queries.set(self.queries.get() + 1);
        match self.source {
            Source::Sqlite(connection, queries) => {
                query_sqlite(connection, &queries.known(sql), parameters, each)
            }
            Source::Postgres(session) => session.read(sql, parameters, each),
        }
    }

    /// The first row, if any.
    pub fn query_one(&self, sql: &str, parameters: &[Value]) -> Result<Option<Row>, StoreError> {
        let mut first = None;
        self.query_each(sql, parameters, |row| {
            first = Some(row);
            Ok(false)
        })?;
        Ok(first)
    }

    /// The connection, if the database is SQLite.
    pub(crate) fn sqlite(&self) -> Option<&Connection> {
        match self.source {
            Source::Sqlite(connection, _) => Some(connection),
            Source::Postgres(_) => None,
        }
    }

    /// The names of all tables, declared or not.
    pub(crate) fn tables(&self) -> Result<Vec<String>, StoreError> {
        let sql = match self.source {
            Source::Sqlite(..) => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            }
            Source::Postgres(_) => {
                "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1"
            }
        };
        self.query(sql, &[])?
            .iter()
            .map(|row| row.text("name"))
            .collect()
    }

    /// Queries made so far.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.queries.get()
    }
}

fn query_sqlite(
    connection: &Connection,
    known: &Known,
    parameters: &[Value],
    mut each: impl FnMut(Row) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(&known.sql)?;
    let mut rows = statement.query(params_from_iter(parameters))?;
    while let Some(row) = rows.next()? {
        // Names are read with the first row: most look-ups of something absent need none.
        let columns = known.columns.get_or_init(|| {
            let names = row.as_ref().column_names();
            names.into_iter().map(str::to_owned).collect()
        });
        let values = (0..columns.len())
            .map(|at| row.get_ref(at).map(owned))
            .collect::<Result<_, _>>()?;
        if !each(Row {
            columns: Arc::clone(columns),
            values,
        })? {
            break;
        }
    }
    Ok(())
}

/// SQLite numbers its parameters `?1`; PostgreSQL `$1`. Texts in quotes are left alone.
fn numbered(sql: &str) -> String {
    let mut quoted = false;
    sql.chars()
        .map(|letter| {
            if letter == '\'' {
                quoted = !quoted;
            }
            if letter == '$' && !quoted {
                '?'
            } else {
                letter
            }
        })
        .collect()
}

pub(crate) fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Real(number),
        // Damaged text is told apart from every text: what asks for one fails, and `yuandu verify` names it.
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Bytes(bytes.to_vec()),
        },
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

/// Reading connections of either database.
#[derive(Debug)]
pub(crate) struct ReaderPool {
    connections: Connections,
    queries: AtomicU64,
}

#[derive(Debug)]
enum Connections {
    Sqlite(Pool<(Connection, Queries)>),
    Postgres(Pool<Session>),
}

impl ReaderPool {
    pub(crate) fn sqlite(dir: PathBuf, limit: usize) -> Self {
        Self::sqlite_with(limit, move || sqlite::open_reader(&dir))
    }

    /// Connections to any file of SQLite.
    pub(crate) fn sqlite_with(
        limit: usize,
        open: impl Fn() -> Result<Connection, StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            connections: Connections::Sqlite(Pool::new(limit, move || {
                Ok((open()?, Queries::default()))
            })),
            queries: AtomicU64::new(0),
        }
    }

    pub(crate) fn postgres(link: Arc<Link>, limit: usize) -> Self {
        Self {
            connections: Connections::Postgres(Pool::new(limit, move || {
                postgres::open_reader(&link)
            })),
            queries: AtomicU64::new(0),
        }
    }

    /// Whether these are connections to SQLite.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.connections, Connections::Sqlite(_))
    }

    /// Queries made by all readers so far.
    pub(crate) fn queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }

    pub(crate) fn with<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Reader<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (result, queries) = match &self.connections {
            Connections::Sqlite(pool) => {
                let (connection, queries) = pool.take(|_| true)?;
                let result = read_sqlite(&connection, &queries, work);
                pool.give_back((connection, queries));
                result
            }
            Connections::Postgres(pool) => {
                let session = pool.take(|session| !session.is_closed())?;
                let result = read_postgres(&session, work);
                pool.give_back(session);
                result
            }
        };
        self.queries.fetch_add(queries.into(), Ordering::Relaxed);
        result
    }
}

fn read_sqlite<T, E: From<StoreError>>(
    connection: &Connection,
    queries: &Queries,
    work: impl FnOnce(&Reader<'_>) -> Result<T, E>,
) -> (Result<T, E>, u32) {
    if let Err(error) = sqlite::run(connection, "BEGIN") {
        return (Err(error.into()), 0);
    }
    let reader = Reader::new(Source::Sqlite(connection, queries));
    let result = work(&reader);
    // A read transaction has nothing to lose: ending it cannot fail in a way the caller could mend.
    let _ = sqlite::run(connection, "ROLLBACK");
    (result, reader.count())
}

fn read_postgres<T, E: From<StoreError>>(
    session: &Session,
    work: impl FnOnce(&Reader<'_>) -> Result<T, E>,
) -> (Result<T, E>, u32) {
    let reader = Reader::new(Source::Postgres(session));
    let result = work(&reader);
    session.end_read();
    (result, reader.count())
}

/// Reads through a connection that is used for nothing else: of one moment, as in a pool.
pub(crate) fn with_connection<T>(
    connection: &Connection,
    work: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    read_sqlite(connection, &Queries::default(), work).0
}
