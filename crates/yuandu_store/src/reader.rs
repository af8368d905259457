//! Reading: one consistent snapshot per read, plain SQL with `$1` parameters, and a count of the queries made.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};

use crate::{Row, StoreError, Value, sqlite};

/// A read transaction: everything read through it is of one moment.
#[derive(Debug)]
pub struct Reader<'a> {
    connection: &'a Connection,
    queries: Cell<u32>,
}

impl<'a> Reader<'a> {
    fn new(connection: &'a Connection) -> Self {
        Self {
            connection,
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
        mut each: impl FnMut(Row) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        self.queries.set(self.queries.get() + 1);
        let mut statement = self.connection.prepare_cached(&numbered(sql))?;
        let columns: Arc<[String]> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query(params_from_iter(parameters))?;
        while let Some(row) = rows.next()? {
            let values = (0..columns.len())
                .map(|at| row.get_ref(at).map(owned))
                .collect::<Result<_, _>>()?;
            if !each(Row {
                columns: Arc::clone(&columns),
                values,
            })? {
                break;
            }
        }
        Ok(())
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

    /// Queries made so far.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.queries.get()
    }
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
        // Damaged text is still shown; `yuandu verify` compares bytes and names it.
        ValueRef::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

/// Reading connections, opened on demand up to a limit and then shared.
#[derive(Debug)]
pub(crate) struct ReaderPool {
    dir: PathBuf,
    idle: Mutex<Idle>,
    returned: Condvar,
    limit: usize,
    queries: AtomicU64,
}

#[derive(Debug, Default)]
struct Idle {
    connections: Vec<Connection>,
    open: usize,
}

impl ReaderPool {
    pub(crate) fn new(dir: PathBuf, limit: usize) -> Self {
        Self {
            dir,
            idle: Mutex::default(),
            returned: Condvar::new(),
            limit,
            queries: AtomicU64::new(0),
        }
    }

    /// Queries made by all readers so far.
    pub(crate) fn queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }

    pub(crate) fn with<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Reader<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = self.take()?;
        let (result, queries) = begin_and_run(&connection, work);
        self.queries.fetch_add(queries.into(), Ordering::Relaxed);
        self.give_back(connection);
        result
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = idle.connections.pop() {
                return Ok(connection);
            }
            if idle.open < self.limit {
                idle.open += 1;
                drop(idle);
                return sqlite::open_reader(&self.dir).inspect_err(|_| self.forget());
            }
            idle = self
                .returned
                .wait(idle)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give_back(&self, connection: Connection) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .connections
            .push(connection);
        self.returned.notify_one();
    }

    fn forget(&self) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .open -= 1;
        self.returned.notify_one();
    }
}

fn begin_and_run<T, E: From<StoreError>>(
    connection: &Connection,
    work: impl FnOnce(&Reader<'_>) -> Result<T, E>,
) -> (Result<T, E>, u32) {
    if let Err(error) = connection.execute_batch("BEGIN") {
        return (Err(StoreError::from(error).into()), 0);
    }
    let reader = Reader::new(connection);
    let result = work(&reader);
    // A read transaction has nothing to lose: ending it cannot fail in a way the caller could mend.
    let _ = connection.execute_batch("ROLLBACK");
    (result, reader.count())
}
