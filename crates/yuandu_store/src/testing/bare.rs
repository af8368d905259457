//! The same rows as plans, written without the committer: what the database itself can do, for comparison.
//!
//! No log, no tree, no expectations: entries and rows as they would be in a program without them, one transaction for a
//! batch, with the same durability.

use std::collections::BTreeMap;

use rusqlite::{Connection, params_from_iter};

use crate::postgres::{self, Bulk, Dialect, Link, Session};
use crate::{Database, Kind, Plan, StoreError, StoreOptions, TableDef, Value, log, sqlite};

/// Writes rows bare.
#[derive(Debug)]
pub struct Writer {
    tables: Vec<TableDef>,
    connection: Bare,
    entries: i64,
}

#[derive(Debug)]
enum Bare {
    Sqlite(Box<Connection>),
    Postgres(Box<Session>),
}

/// The log's columns without those of the tree.
const ENTRY: [(&str, Kind); 8] = [
    ("seq", Kind::Int),
    ("realm", Kind::Int),
    ("at", Kind::Int),
    ("op", Kind::Text),
    ("actor", Kind::Text),
    ("subject", Kind::Text),
    ("body", Kind::Text),
    ("salt", Kind::Bytes),
];

type Rows = BTreeMap<String, (Vec<(String, Kind)>, Vec<Vec<Value>>)>;

impl Writer {
    /// Opens a second, bare way into a fresh store, beside the one that made its tables.
    ///
    /// # Errors
    /// The database cannot be opened.
    pub fn open(options: &StoreOptions, tables: &[TableDef]) -> Result<Self, StoreError> {
        let connection = match &options.database {
            Database::Sqlite => Bare::Sqlite(Box::new(sqlite::open_writer(&options.dir)?)),
            Database::Postgres(address) => {
                let link = Link::new(address, Dialect::default())?;
                Bare::Postgres(Box::new(postgres::open_owner(&link)?))
            }
        };
        Ok(Self {
            tables: tables.to_vec(),
            connection,
            entries: 0,
        })
    }

    /// Writes the whole rows that the plans put, and an entry for each plan; durable on return.
    ///
    /// # Errors
    /// The database refused.
    pub fn write(&mut self, plans: &[Plan]) -> Result<(), StoreError> {
        let mut rows: Rows = BTreeMap::new();
        let named = |columns: &[(&str, Kind)]| {
            let named = columns
                .iter()
                .map(|(name, kind)| ((*name).to_owned(), *kind));
            named.collect::<Vec<_>>()
        };
        for plan in plans {
            let (realm, pos) = (
                Value::Int(plan.realm.get().into()),
                Value::Int(self.entries),
            );
            let log = rows.entry("log".to_owned()).or_insert_with(|| {
                (
                    named(&[&ENTRY[..], &[("leaf", Kind::Bytes)]].concat()),
                    Vec::new(),
                )
            });
            log.1.push(vec![
                pos.clone(),
                realm.clone(),
                plan.entry.at.into(),
                plan.entry.op.as_str().into(),
                plan.entry.actor.as_str().into(),
                plan.entry.subject.as_str().into(),
                log::body(plan).into(),
                Value::Bytes(vec![0; 16]),
                Value::Bytes(vec![0; 32]),
            ]);
            for change in &plan.changes {
                let Some(def) = self.tables.iter().find(|def| def.name == change.table) else {
                    continue;
                };
                let table = rows.entry(def.name.clone()).or_insert_with(|| {
                    let mut columns = vec![("realm".to_owned(), Kind::Int)];
                    columns.extend(
                        def.columns
                            .iter()
                            .map(|column| (column.name.clone(), column.kind)),
                    );
                    columns.push(("pos".to_owned(), Kind::Int));
                    (columns, Vec::new())
                });
                let cell = |name: &str| {
                    let cell = change.cells.iter().find(|(named, _)| named == name);
                    cell.map_or(Value::Null, |(_, value)| value.clone())
                };
                let mut row = vec![realm.clone()];
                row.extend(def.columns.iter().map(|column| cell(&column.name)));
                row.push(pos.clone());
                table.1.push(row);
            }
            self.entries += 1;
        }
        match &self.connection {
            Bare::Sqlite(connection) => write_sqlite(connection, &rows),
            Bare::Postgres(session) => write_postgres(session, &rows),
        }
    }
}

fn names(columns: &[(String, Kind)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    names.join(", ")
}

fn write_sqlite(connection: &Connection, rows: &Rows) -> Result<(), StoreError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    for (table, (columns, rows)) in rows {
        let places: Vec<String> = (1..=columns.len()).map(|at| format!("?{at}")).collect();
        let sql = format!(
            "INSERT INTO {table} ({}) VALUES ({})",
            names(columns),
            places.join(", ")
        );
        let mut statement = connection.prepare_cached(&sql)?;
        for row in rows {
            statement.execute(params_from_iter(row))?;
        }
    }
    Ok(connection.execute_batch("COMMIT")?)
}

fn write_postgres(session: &Session, rows: &Rows) -> Result<(), StoreError> {
    let bulks: Vec<Bulk> = rows
        .iter()
        .map(|(table, (columns, rows))| {
            let arrays: Vec<String> = columns
                .iter()
                .enumerate()
                .map(|(at, (_, kind))| format!("${}::{}[]", at + 1, postgres::array_type(*kind)))
                .collect();
            let sql = format!(
                "INSERT INTO {table} ({}) SELECT * FROM unnest({})",
                names(columns),
                arrays.join(", ")
            );
            let mut bulk = Bulk::new(&sql, columns.iter().map(|(_, kind)| *kind));
            for row in rows {
                bulk.push(row.iter().cloned());
            }
            bulk
        })
        .collect();
    let steps: Vec<_> = bulks.iter().map(Bulk::step).collect();
    session.pipeline("BEGIN", &steps, "COMMIT").map(drop)
}
