//! Opens the chosen database: its schema, its writer and its readers.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use crate::committer::Writer;
use crate::postgres::{self, Dialect, Link, PostgresWriter};
use crate::reader::ReaderPool;
use crate::sqlite::{self, SqliteWriter};
use crate::{Database, StoreError, StoreOptions, TableDef, log};

/// What a store consists of, whichever database it is.
pub(crate) struct Opened {
    pub(crate) writer: Box<dyn Writer>,
    pub(crate) readers: ReaderPool,
    pub(crate) size: u64,
    /// The data folder belongs to one server with SQLite; with PostgreSQL several may share it, for the blobs.
    pub(crate) lock: Option<File>,
    /// The way to a database that several servers may use.
    pub(crate) link: Option<Arc<Link>>,
}

pub(crate) fn open(
    options: &StoreOptions,
    tables: &[TableDef],
    pages: Option<i64>,
) -> Result<Opened, StoreError> {
    match &options.database {
        Database::Sqlite => open_sqlite(options, tables, pages),
        Database::Postgres(address) => {
            let link = Link::new(address, Dialect::new(tables))?;
            postgres::create(&postgres::open_owner(&link)?, tables)?;
            let readers = ReaderPool::postgres(Arc::clone(&link), options.readers);
            Ok(Opened {
                size: readers.with(log::head)?.size,
                writer: Box::new(PostgresWriter::new(Arc::clone(&link), tables)),
                readers,
                lock: None,
                link: Some(link),
            })
        }
    }
}

fn open_sqlite(
    options: &StoreOptions,
    tables: &[TableDef],
    pages: Option<i64>,
) -> Result<Opened, StoreError> {
    let dir = &options.dir;
    let lock = lock(dir)?;
    let connection = sqlite::open_writer(dir)?;
    sqlite::create_log(&connection)?;
    sqlite::create_tables(&connection, tables, true)?;
    sqlite::plan_by_design(&connection, tables)?;
    if let Some(pages) = pages {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    let writer = SqliteWriter::new(connection, tables)?;
    Ok(Opened {
        size: writer.size(),
        writer: Box::new(writer),
        readers: ReaderPool::sqlite(dir.clone(), options.readers),
        lock: Some(lock),
        link: None,
    })
}

/// Readers alone, beside a server that writes.
pub(crate) fn readers(
    options: &StoreOptions,
    tables: &[TableDef],
) -> Result<ReaderPool, StoreError> {
    Ok(match &options.database {
        Database::Sqlite => ReaderPool::sqlite(options.dir.clone(), options.readers),
        Database::Postgres(address) => {
            ReaderPool::postgres(Link::new(address, Dialect::new(tables))?, options.readers)
        }
    })
}

fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("lock");
    let file = File::create(&path).map_err(|source| StoreError::file(&path, source))?;
    file.try_lock().map_err(|_| StoreError::Locked {
        dir: dir.display().to_string(),
    })?;
    Ok(file)
}
