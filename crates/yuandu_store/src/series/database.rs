//! The tables of observations on either database: `series.db` beside SQLite's records, or the schema in PostgreSQL.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, params_from_iter};

use super::{DAY, Sample, codec, day_of, in_order, table};
use crate::pool::Pool;
use crate::postgres::{self, Bulk, Dialect, Link, Session};
use crate::reader::{Reader, ReaderPool};
use crate::{Database, Kind, Row, StoreError, StoreOptions, Value, sqlite};

/// File of observations in the data folder: apart from the records, so that neither waits for the other.
const FILE: &str = "series.db";

/// Rows of one table.
#[derive(Debug)]
pub(super) struct Rows {
    table: String,
    columns: Vec<(&'static str, Kind)>,
    conflict: &'static str,
    rows: Vec<Vec<Value>>,
}

impl Rows {
    pub(super) fn new(
        table: String,
        columns: &[(&'static str, Kind)],
        conflict: &'static str,
    ) -> Self {
        Self {
            table,
            columns: columns.to_vec(),
            conflict,
            rows: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, row: Vec<Value>) {
        self.rows.push(row);
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}

/// Either database.
#[derive(Debug)]
pub(super) struct Db {
    writer: Writer,
    readers: ReaderPool,
    known: Mutex<HashSet<i64>>,
}

#[derive(Debug)]
enum Writer {
    Sqlite(Box<Mutex<Connection>>),
    Postgres(Pool<Session>),
}

impl Db {
    pub(super) fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        let (writer, readers) = match &options.database {
            Database::Sqlite => {
                std::fs::create_dir_all(&options.dir)
                    .map_err(|source| StoreError::file(&options.dir, source))?;
                let path = options.dir.join(FILE);
                let writer = sqlite::open_writer_at(&path)?;
                let readers = ReaderPool::sqlite_with(4, move || sqlite::open_reader_at(&path));
                (Writer::Sqlite(Box::new(Mutex::new(writer))), readers)
            }
            Database::Postgres(address) => {
                let link = Link::new(address, Dialect::default())?;
                let readers = ReaderPool::postgres(std::sync::Arc::clone(&link), 4);
                let writer = Pool::new(2, move || postgres::open_owner(&link));
                (Writer::Postgres(writer), readers)
            }
        };
        let db = Self {
            writer,
            readers,
            known: Mutex::default(),
        };
        db.make()?;
        Ok(db)
    }

    fn make(&self) -> Result<(), StoreError> {
        self.run(&self.create(
            "series_summary",
            "realm I NOT NULL, series T NOT NULL, step I NOT NULL, at I NOT NULL, points I NOT NULL, low R NOT NULL, high R NOT NULL, total R NOT NULL, last R NOT NULL, PRIMARY KEY (realm, series, step, at)",
        ))
    }

    /// A table with the types of the database: `I`, `R`, `T` and `B` stand for integer, real, text and bytes.
    fn create(&self, name: &str, columns: &str) -> String {
        let types = |word: &str| match (&self.writer, word) {
            (Writer::Sqlite(_), "I") => "INTEGER".to_owned(),
            (Writer::Sqlite(_), "R") => "REAL".to_owned(),
            (Writer::Sqlite(_), "T") => "TEXT".to_owned(),
            (Writer::Sqlite(_), "B") => "BLOB".to_owned(),
            (Writer::Postgres(_), "I") => postgres::sql_type(Kind::Int).to_owned(),
            (Writer::Postgres(_), "R") => postgres::sql_type(Kind::Real).to_owned(),
            (Writer::Postgres(_), "T") => postgres::sql_type(Kind::Text).to_owned(),
            (Writer::Postgres(_), "B") => postgres::sql_type(Kind::Bytes).to_owned(),
            (_, other) => other.to_owned(),
        };
        let columns: Vec<String> = columns.split(' ').map(types).collect();
        let end = match &self.writer {
            Writer::Sqlite(_) => " STRICT, WITHOUT ROWID",
            Writer::Postgres(_) => "",
        };
        format!(
            "CREATE TABLE IF NOT EXISTS {name} ({}){end}",
            columns.join(" ")
        )
    }

    /// Creates the table of a day, once.
    pub(super) fn make_partition(&self, day: i64) -> Result<(), StoreError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(&day) {
            return Ok(());
        }
        let columns = "realm I NOT NULL, series T NOT NULL, chunk T NOT NULL, points I NOT NULL, data B NOT NULL, PRIMARY KEY (realm, series, chunk)";
        let sql = self.create(&table(day), columns);
        if let Err(error) = self.run(&sql) {
            // Another server may have made it at the same moment; then the second attempt finds it.
            tracing::debug!(error = %error, "a partition is made again");
            self.run(&sql)?;
        }
        known.insert(day);
        Ok(())
    }

    /// Drops the table of a day with everything in it.
    pub(super) fn drop_partition(&self, day: i64) -> Result<(), StoreError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&day);
        self.run(&format!("DROP TABLE IF EXISTS {}", table(day)))
    }

    fn run(&self, sql: &str) -> Result<(), StoreError> {
        match &self.writer {
            Writer::Sqlite(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(connection.execute_batch(sql)?)
            }
            Writer::Postgres(pool) => {
                let session = pool.take(|session| !session.is_closed())?;
                let done = session.run(sql);
                pool.give_back(session);
                done
            }
        }
    }

    /// Removes and writes rows in one transaction; durable on return.
    pub(super) fn write(&self, removed: &[Rows], written: &[Rows]) -> Result<(), StoreError> {
        match &self.writer {
            Writer::Sqlite(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                connection.execute_batch("BEGIN IMMEDIATE")?;
                let done = write_sqlite(&connection, removed, written);
                let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
                done.and(connection.execute_batch(end).map_err(StoreError::from))
            }
            Writer::Postgres(pool) => {
                let session = pool.take(|session| !session.is_closed())?;
                let done = write_postgres(&session, removed, written);
                if done.is_err() {
                    // A broken connection has nothing to give up.
                    let _ = session.run("ROLLBACK");
                }
                pool.give_back(session);
                done
            }
        }
    }

    pub(super) fn query(
        &self,
        sql: &str,
        parameters: &[Value],
        each: impl FnMut(Row) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        self.readers
            .with(|reader: &Reader<'_>| reader.query_each(sql, parameters, each))
    }

    /// The days that have a table and overlap the time from `from` to before `to`, in order.
    pub(super) fn partitions(&self, from: i64, to: i64) -> Result<Vec<i64>, StoreError> {
        let names = self.readers.with(|reader: &Reader<'_>| reader.tables())?;
        let mut days: Vec<i64> = names
            .iter()
            .filter_map(|name| day_of(name))
            .filter(|day| *day >= from.div_euclid(DAY) && day.saturating_mul(DAY) < to)
            .collect();
        days.sort_unstable();
        Ok(days)
    }

    /// All samples of a series on a day, in order: later batches win.
    pub(super) fn samples(
        &self,
        day: i64,
        realm: i64,
        series: &str,
    ) -> Result<Vec<Sample>, StoreError> {
        let sql = format!(
            "SELECT points, data FROM {} WHERE realm = $1 AND series = $2 ORDER BY chunk",
            table(day)
        );
        let mut samples = Vec::new();
        self.query(&sql, &[realm.into(), series.into()], |row| {
            samples.extend(codec::read(row.bytes("data")?, row.int("points")?)?);
            Ok(true)
        })?;
        Ok(in_order(samples))
    }
}

fn write_sqlite(
    connection: &Connection,
    removed: &[Rows],
    written: &[Rows],
) -> Result<(), StoreError> {
    for rows in removed {
        let places: Vec<String> = rows
            .columns
            .iter()
            .enumerate()
            .map(|(at, (name, _))| format!("{name} = ?{}", at + 1))
            .collect();
        let sql = format!("DELETE FROM {} WHERE {}", rows.table, places.join(" AND "));
        let mut statement = connection.prepare_cached(&sql)?;
        for row in &rows.rows {
            statement.execute(params_from_iter(row))?;
        }
    }
    for rows in written {
        let places: Vec<String> = (1..=rows.columns.len())
            .map(|at| format!("?{at}"))
            .collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({}) {}",
            rows.table,
            rows.names(),
            places.join(", "),
            rows.conflict
        );
        let mut statement = connection.prepare_cached(&sql)?;
        for row in &rows.rows {
            statement.execute(params_from_iter(row))?;
        }
    }
    Ok(())
}

fn write_postgres(session: &Session, removed: &[Rows], written: &[Rows]) -> Result<(), StoreError> {
    let mut bulks = Vec::with_capacity(removed.len() + written.len());
    for (rows, removes) in removed
        .iter()
        .map(|rows| (rows, true))
        .chain(written.iter().map(|rows| (rows, false)))
    {
        let arrays: Vec<String> = rows
            .columns
            .iter()
            .enumerate()
            .map(|(at, (_, kind))| format!("${}::{}[]", at + 1, postgres::array_type(*kind)))
            .collect();
        let listed = format!("unnest({})", arrays.join(", "));
        let names = rows.names();
        let sql = if removes {
            let matched: Vec<String> = rows
                .columns
                .iter()
                .map(|(name, _)| format!("t.{name} = v.{name}"))
                .collect();
            format!(
                "DELETE FROM {} AS t USING {listed} AS v({names}) WHERE {}",
                rows.table,
                matched.join(" AND ")
            )
        } else {
            format!(
                "INSERT INTO {} ({names}) SELECT * FROM {listed} {}",
                rows.table, rows.conflict
            )
        };
        let mut bulk = Bulk::new(&sql, rows.columns.iter().map(|(_, kind)| *kind));
        for row in &rows.rows {
            bulk.push(row.iter().cloned());
        }
        bulks.push(bulk);
    }
    let steps: Vec<_> = bulks.iter().map(Bulk::step).collect();
    session.pipeline("BEGIN", &steps, "COMMIT").map(drop)
}
