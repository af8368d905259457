//! Applies row changes to the tables: the same code for commits and for rebuilding from the log.

use std::collections::HashMap;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};

use crate::change::{Cells, Verb};
use crate::{Change, Expect, StoreError, TableDef, Value};

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// The declared tables with the statements that do not depend on the plan.
#[derive(Debug)]
pub(crate) struct Tables {
    by_name: HashMap<String, Prepared>,
}

#[derive(Debug)]
struct Prepared {
    def: TableDef,
    put: String,
    locate: String,
}

impl Tables {
    pub(crate) fn new(defs: &[TableDef]) -> Self {
        let by_name = defs
            .iter()
            .map(|def| {
                (
                    def.name.clone(),
                    Prepared {
                        def: def.clone(),
                        put: put_sql(def),
                        locate: locate_sql(def),
                    },
                )
            })
            .collect();
        Self { by_name }
    }

    /// Checks that a row is as the plan expects it.
    pub(crate) fn check(
        &self,
        connection: &Connection,
        realm: i64,
        expect: &Expect,
    ) -> Result<(), StoreError> {
        let prepared = self.find(&expect.table)?;
        let sql = format!("SELECT pos FROM {} {}", prepared.def.name, prepared.locate);
        let mut parameters: Vec<&dyn ToSql> = vec![&realm];
        parameters.extend(prepared.key_values(&expect.key)?);
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(parameters.as_slice())?;
        let found: Option<i64> = rows.next()?.map(|row| row.get(0)).transpose()?;
        if found == expect.pos {
            Ok(())
        } else {
            Err(StoreError::Changed {
                table: expect.table.clone().into_owned(),
            })
        }
    }

    /// Applies one change as written by the log entry at `pos`.
    pub(crate) fn apply(
        &self,
        connection: &Connection,
        realm: i64,
        pos: i64,
        change: &Change,
    ) -> Result<(), StoreError> {
        let prepared = self.find(&change.table)?;
        prepared.refuse_undeclared(&change.cells)?;
        let affected = match change.verb {
            Verb::Put => prepared.put(connection, realm, pos, &change.cells)?,
            Verb::Set => prepared.set(connection, realm, pos, change)?,
            Verb::Delete => prepared.delete(connection, realm, change)?,
        };
        if affected == 1 {
            Ok(())
        } else {
            Err(StoreError::Changed {
                table: prepared.def.name.clone(),
            })
        }
    }

    fn find(&self, table: &str) -> Result<&Prepared, StoreError> {
        self.by_name
            .get(table)
            .ok_or_else(|| StoreError::Undeclared {
                table: table.to_owned(),
                name: table.to_owned(),
            })
    }
}

impl Prepared {
    fn put(
        &self,
        connection: &Connection,
        realm: i64,
        pos: i64,
        cells: &Cells,
    ) -> Result<usize, StoreError> {
        let mut parameters: Vec<&dyn ToSql> = Vec::with_capacity(self.def.columns.len() + 2);
        parameters.push(&realm);
        for column in &self.def.columns {
            let value = cells
                .iter()
                .find(|(name, _)| *name == column.name)
                .map_or(&Value::Null, |(_, value)| value);
            parameters.push(value);
        }
        parameters.push(&pos);
        Ok(connection
            .prepare_cached(&self.put)?
            .execute(parameters.as_slice())?)
    }

    fn set(
        &self,
        connection: &Connection,
        realm: i64,
        pos: i64,
        change: &Change,
    ) -> Result<usize, StoreError> {
        let first = self.def.key.len() + 3;
        let assignments: String = change
            .cells
            .iter()
            .enumerate()
            .map(|(at, (name, _))| format!(", {name} = ?{}", first + at))
            .collect();
        let sql = format!(
            "UPDATE {} SET pos = ?{}{assignments} {}",
            self.def.name,
            first - 1,
            self.locate
        );
        let mut parameters: Vec<&dyn ToSql> = vec![&realm];
        parameters.extend(self.key_values(&change.key)?);
        parameters.push(&pos);
        parameters.extend(change.cells.iter().map(|(_, value)| value as &dyn ToSql));
        Ok(connection
            .prepare_cached(&sql)?
            .execute(parameters.as_slice())?)
    }

    fn delete(
        &self,
        connection: &Connection,
        realm: i64,
        change: &Change,
    ) -> Result<usize, StoreError> {
        let mut parameters: Vec<&dyn ToSql> = vec![&realm];
        parameters.extend(self.key_values(&change.key)?);
        let sql = format!("DELETE FROM {} {}", self.def.name, self.locate);
        Ok(connection
            .prepare_cached(&sql)?
            .execute(parameters.as_slice())?)
    }

    /// The key's values in the declared order.
    fn key_values<'a>(&self, key: &'a Cells) -> Result<Vec<&'a dyn ToSql>, StoreError> {
        self.def
            .key
            .iter()
            .map(|column| {
                let cell = key.iter().find(|(name, _)| name == column);
                cell.map(|(_, value)| value as &dyn ToSql)
                    .ok_or_else(|| self.undeclared(column))
            })
            .collect()
    }

    fn refuse_undeclared(&self, cells: &Cells) -> Result<(), StoreError> {
        cells
            .iter()
            .find(|(name, _)| !self.def.has(name))
            .map_or(Ok(()), |(name, _)| Err(self.undeclared(name)))
    }

    fn undeclared(&self, name: &str) -> StoreError {
        StoreError::Undeclared {
            table: self.def.name.clone(),
            name: name.to_owned(),
        }
    }
}

fn put_sql(def: &TableDef) -> String {
    let names: Vec<&str> = def
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    let places: String = (1..=names.len())
        .map(|at| format!("?{}, ", at + 1))
        .collect();
    let updates: String = names
        .iter()
        .filter(|name| !def.key.iter().any(|key| key == *name))
        .map(|name| format!("{name} = excluded.{name}, "))
        .collect();
    format!(
        "INSERT INTO {} (realm, {}, pos) VALUES (?1, {places}?{}) ON CONFLICT (realm, {}) DO UPDATE SET {updates}pos = excluded.pos",
        def.name,
        names.join(", "),
        names.len() + 2,
        def.key.join(", ")
    )
}

/// `WHERE` over realm and key: parameters 1 to n+1.
fn locate_sql(def: &TableDef) -> String {
    let key: String = def
        .key
        .iter()
        .enumerate()
        .map(|(at, column)| format!(" AND {column} = ?{}", at + 2))
        .collect();
    format!("WHERE realm = ?1{key}")
}
