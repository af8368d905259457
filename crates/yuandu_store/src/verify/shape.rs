//! Compares the schema with the declared one: columns, indexes, and what would act by itself.
//!
//! Rows are compared elsewhere; a column, index or trigger that nobody declared changes what later rows become.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::{Finding, Report};
use crate::{Reader, Row, StoreError, TableDef, near, postgres, reader, sqlite};

/// What a column is like.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    kind: String,
    filled: bool,
}

/// What an index is like.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Index {
    columns: Vec<String>,
    unique: bool,
}

/// What acts by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Reaction {
    kind: String,
    name: String,
    table: String,
    /// Its text; empty where the database keeps none, and then nothing is declared either.
    sql: String,
}

/// The name under which the key of a table stands among its indexes.
const KEY: &str = "the key";

/// A schema.
#[derive(Debug, Default)]
struct Shape {
    tables: BTreeMap<String, BTreeMap<String, Column>>,
    /// By table and name.
    indexes: BTreeMap<(String, String), Index>,
    /// Triggers, views and rules.
    reactions: BTreeSet<Reaction>,
}

/// Tells every difference between the stored schema and the declared one. Tables that nothing declares are told elsewhere.
pub(super) fn compare(stored: &Reader<'_>, declared: &[TableDef], report: &mut Report) {
    let shapes =
        declared_shape(stored, declared).and_then(|should| Ok((should, stored_shape(stored)?)));
    match shapes {
        Ok((should, is)) => differences(&should, &is, report),
        Err(error) => tell(
            report,
            "schema",
            format!("cannot be read: {}", super::reason(&error)),
        ),
    }
}

fn tell(report: &mut Report, place: &str, what: String) {
    report.find(Finding {
        entry: None,
        place: place.to_owned(),
        what,
    });
}

fn differences(should: &Shape, is: &Shape, report: &mut Report) {
    for (table, columns) in &should.tables {
        match is.tables.get(table) {
            Some(found) => columns_of(table, columns, found, report),
            None => tell(report, table, "the declared table is missing".to_owned()),
        }
    }
    for ((table, name), index) in &should.indexes {
        let place = format!("{table}, index {name}");
        match is.indexes.get(&(table.clone(), name.clone())) {
            Some(found) if found == index => {}
            Some(found) => tell(
                report,
                &place,
                format!(
                    "it is {}, declared is {}",
                    index_words(found),
                    index_words(index)
                ),
            ),
            // Without its table nothing more is to be said.
            None if !is.tables.contains_key(table) => {}
            None => tell(
                report,
                &place,
                "the declared index is missing; a server makes it again when it starts".to_owned(),
            ),
        }
    }
    let declared = |name: &(String, String)| should.tables.contains_key(&name.0);
    for (name, index) in is.indexes.iter().filter(|(name, _)| declared(name)) {
        if should.indexes.contains_key(name) {
            continue;
        }
        let place = format!("{}, index {}", name.0, name.1);
        let what = "an index that nothing declares";
        match index.unique {
            // It may refuse what the log allows.
            true => tell(report, &place, what.to_owned()),
            // An earlier version of the program may have left it; it changes no answer.
            false => report.warn(Finding {
                entry: None,
                place,
                what: what.to_owned(),
            }),
        }
    }
    for Reaction {
        kind, name, table, ..
    } in is.reactions.difference(&should.reactions)
    {
        let place = format!("{table}, {kind} {name}");
        tell(report, &place, format!("a {kind} that nothing declares"));
    }
    for Reaction {
        kind, name, table, ..
    } in should.reactions.difference(&is.reactions)
    {
        let place = format!("{table}, {kind} {name}");
        tell(report, &place, format!("the declared {kind} is missing"));
    }
}

fn columns_of(
    table: &str,
    should: &BTreeMap<String, Column>,
    is: &BTreeMap<String, Column>,
    report: &mut Report,
) {
    let names: BTreeSet<&String> = should.keys().chain(is.keys()).collect();
    for name in names {
        let what = match (should.get(name), is.get(name)) {
            (Some(should), Some(is)) if should == is => continue,
            (Some(should), Some(is)) => {
                format!(
                    "it is {}, declared is {}",
                    column_words(is),
                    column_words(should)
                )
            }
            (Some(_), None) => "the declared column is missing".to_owned(),
            (None, _) => "a column that nothing declares".to_owned(),
        };
        tell(report, &format!("{table}, column {name}"), what);
    }
}

fn column_words(column: &Column) -> String {
    let filled = if column.filled {
        "always filled"
    } else {
        "may be empty"
    };
    format!("{} ({filled})", column.kind)
}

fn index_words(index: &Index) -> String {
    let unique = if index.unique { "unique " } else { "" };
    format!("{unique}on {}", index.columns.join(", "))
}

/// The schema as this version of the program makes it.
fn declared_shape(stored: &Reader<'_>, declared: &[TableDef]) -> Result<Shape, StoreError> {
    let model = Connection::open_in_memory()?;
    sqlite::create_log(&model)?;
    sqlite::create_tables(&model, declared, true)?;
    let shape = reader::with_connection(&model, sqlite_shape)?;
    Ok(match stored.sqlite() {
        Some(_) => shape,
        None => as_postgres(shape, declared),
    })
}

fn stored_shape(stored: &Reader<'_>) -> Result<Shape, StoreError> {
    match stored.sqlite() {
        Some(_) => sqlite_shape(stored),
        None => postgres_shape(stored),
    }
}

fn sqlite_shape(reader: &Reader<'_>) -> Result<Shape, StoreError> {
    let mut shape = Shape::default();
    let mut keys: BTreeMap<String, BTreeMap<i64, String>> = BTreeMap::new();
    let columns = "SELECT m.name AS tbl, c.name AS name, c.type || CASE c.hidden WHEN 0 THEN '' ELSE ' generated' END AS kind, \
         c.\"notnull\" AS filled, c.pk AS pk FROM sqlite_master m, pragma_table_xinfo(m.name) c \
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";
    for row in reader.query(columns, &[])? {
        let (table, name, pk) = (row.text("tbl")?, row.text("name")?, row.int("pk")?);
        let column = Column {
            kind: row.text("kind")?,
            filled: row.int("filled")? != 0 || pk > 0,
        };
        if pk > 0 {
            keys.entry(table.clone())
                .or_default()
                .insert(pk, name.clone());
        }
        shape.tables.entry(table).or_default().insert(name, column);
    }
    for (table, columns) in keys {
        let key = Index {
            columns: columns.into_values().collect(),
            unique: true,
        };
        shape.indexes.insert((table, KEY.to_owned()), key);
    }
    let indexes = "SELECT m.name AS tbl, i.name AS name, i.\"unique\" AS uniq, \
         coalesce(x.name, 'an expression') || CASE x.\"desc\" WHEN 0 THEN '' ELSE ' descending' END \
         || CASE x.coll WHEN 'BINARY' THEN '' ELSE ' by ' || x.coll END || CASE i.partial WHEN 0 THEN '' ELSE ' of some rows' END AS col \
         FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_xinfo(i.name) x \
         WHERE m.type = 'table' AND i.origin = 'c' AND x.key = 1 ORDER BY m.name, i.name, x.seqno";
    shape.indexed(reader.query(indexes, &[])?)?;
    let reactions = "SELECT type AS kind, name AS name, tbl_name AS tbl, sql AS sql FROM sqlite_master WHERE type IN ('trigger', 'view')";
    shape.reacting(reader.query(reactions, &[])?)?;
    Ok(shape)
}

fn postgres_shape(reader: &Reader<'_>) -> Result<Shape, StoreError> {
    let mut shape = Shape::default();
    let columns = "SELECT table_name::text AS tbl, column_name::text AS name, data_type::text AS kind, \
         (CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END)::bigint AS filled \
         FROM information_schema.columns WHERE table_schema = current_schema()";
    for row in reader.query(columns, &[])? {
        let column = Column {
            kind: row.text("kind")?,
            filled: row.int("filled")? != 0,
        };
        let of = shape.tables.entry(row.text("tbl")?).or_default();
        of.insert(row.text("name")?, column);
    }
    let indexes = format!(
        "SELECT t.relname::text AS tbl, (CASE WHEN x.indisprimary THEN '{KEY}' ELSE i.relname END)::text AS name, \
         (CASE WHEN x.indisunique THEN 1 ELSE 0 END)::bigint AS uniq, (coalesce(a.attname, 'an expression') \
         || CASE WHEN x.indpred IS NULL THEN '' ELSE ' of some rows' END || CASE WHEN x.indisvalid THEN '' ELSE ' not finished' END)::text AS col \
         FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_class t ON t.oid = x.indrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k(att, ord) \
         LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.att AND k.att > 0 \
         WHERE n.nspname = current_schema() ORDER BY 1, 2, k.ord"
    );
    shape.indexed(reader.query(&indexes, &[])?)?;
    let reactions = "SELECT 'trigger'::text AS kind, g.tgname::text AS name, t.relname::text AS tbl, ''::text AS sql FROM pg_catalog.pg_trigger g \
         JOIN pg_catalog.pg_class t ON t.oid = g.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
         WHERE n.nspname = current_schema() AND NOT g.tgisinternal \
         UNION SELECT 'rule'::text, rulename::text, tablename::text, ''::text FROM pg_catalog.pg_rules WHERE schemaname = current_schema()";
    shape.reacting(reader.query(reactions, &[])?)?;
    Ok(shape)
}

impl Shape {
    fn indexed(&mut self, rows: Vec<Row>) -> Result<(), StoreError> {
        for row in rows {
            let name = (row.text("tbl")?, row.text("name")?);
            let unique = row.int("uniq")? != 0;
            let index = self.indexes.entry(name).or_insert_with(|| Index {
                columns: Vec::new(),
                unique,
            });
            index.columns.push(row.text("col")?);
        }
        Ok(())
    }

    fn reacting(&mut self, rows: Vec<Row>) -> Result<(), StoreError> {
        for row in rows {
            self.reactions.insert(Reaction {
                kind: row.text("kind")?,
                name: row.text("name")?,
                table: row.text("tbl")?,
                sql: row.text("sql")?,
            });
        }
        Ok(())
    }
}

/// The declared schema as PostgreSQL has it: other names of types, cut names of indexes, two tables more.
fn as_postgres(shape: Shape, declared: &[TableDef]) -> Shape {
    let mut other = Shape {
        tables: shape.tables,
        ..Shape::default()
    };
    let columns = other.tables.values_mut().flat_map(BTreeMap::values_mut);
    for column in columns {
        column.kind = match column.kind.as_str() {
            "INTEGER" => "bigint",
            "REAL" => "double precision",
            "BLOB" => "bytea",
            _ => "text",
        }
        .to_owned();
    }
    // SQLite's tree of points is an index here.
    for table in declared.iter().filter(|table| table.points.is_some()) {
        for part in near::tables(table) {
            other.tables.remove(&part);
        }
        let point = Index {
            columns: vec!["an expression".to_owned()],
            unique: false,
        };
        let name = (table.name.clone(), near::name(table));
        other.indexes.insert(name, point);
    }
    for ((table, name), index) in shape.indexes {
        let of_log = table == "log" || (name == KEY && other.tables.contains_key(&table));
        if of_log {
            other.indexes.insert((table, name), index);
        }
    }
    for table in declared {
        for index in &table.indexes {
            let realm = std::iter::once("realm".to_owned());
            let like = Index {
                columns: realm.chain(index.columns.iter().cloned()).collect(),
                unique: index.unique,
            };
            let name = postgres::index_name(table, index);
            other.indexes.insert((table.name.clone(), name), like);
        }
    }
    for (table, columns) in postgres::BESIDE {
        let column = |(name, kind): &(&str, &str)| {
            let kind = (*kind).to_owned();
            ((*name).to_owned(), Column { kind, filled: true })
        };
        let key = columns.iter().take(1).map(|(name, _)| (*name).to_owned());
        let key = Index {
            columns: key.collect(),
            unique: true,
        };
        other
            .indexes
            .insert((table.to_owned(), KEY.to_owned()), key);
        let columns = columns.iter().map(column).collect();
        other.tables.insert(table.to_owned(), columns);
    }
    other
}
