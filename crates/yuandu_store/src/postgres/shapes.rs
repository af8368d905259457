//! The declared tables with the statements that work on many rows at once.

use std::borrow::Cow;
use std::collections::HashMap;

use tokio_postgres::types::{ToSql, Type};

use super::link::Step;
use super::schema::array_type;
use crate::change::Cells;
use crate::{Kind, StoreError, TableDef, Value};

/// A part of a key, comparable and hashable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Atom {
    Null,
    Int(i64),
    Real(u64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<&Value> for Atom {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Int(number) => Self::Int(*number),
            Value::Real(number) => Self::Real(number.to_bits()),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Bytes(bytes) => Self::Bytes(bytes.clone()),
        }
    }
}

impl Atom {
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Int(number) => Value::Int(*number),
            Self::Real(bits) => Value::Real(f64::from_bits(*bits)),
            Self::Text(text) => Value::Text(text.clone()),
            Self::Bytes(bytes) => Value::Bytes(bytes.clone()),
        }
    }
}

/// A table, its key and its unique indexes by column number.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) def: TableDef,
    pub(super) key: Vec<usize>,
    pub(super) uniques: Vec<Vec<usize>>,
    /// `pos` and the columns of unique indexes of the rows with these keys; the row's number in the arrays comes first.
    pub(super) lookup: String,
    /// For each unique index, the keys of the rows with these values.
    pub(super) owners: Vec<String>,
    pub(super) put: String,
    pub(super) delete: String,
}

/// All tables by name.
#[derive(Debug)]
pub(super) struct Shapes {
    all: Vec<Shape>,
    by_name: HashMap<String, usize>,
}

impl Shapes {
    pub(super) fn new(defs: &[TableDef]) -> Self {
        let all: Vec<Shape> = defs.iter().map(Shape::new).collect();
        let by_name = all
            .iter()
            .enumerate()
            .map(|(at, shape)| (shape.def.name.clone(), at))
            .collect();
        Self { all, by_name }
    }

    pub(super) fn find(&self, table: &str) -> Result<(usize, &Shape), StoreError> {
        self.by_name
            .get(table)
            .and_then(|at| Some((*at, self.all.get(*at)?)))
            .ok_or_else(|| StoreError::Undeclared {
                table: table.to_owned(),
                name: table.to_owned(),
            })
    }

    pub(super) fn get(&self, at: usize) -> Option<&Shape> {
        self.all.get(at)
    }
}

impl Shape {
    fn new(def: &TableDef) -> Self {
        let number = |name: &String| def.columns.iter().position(|column| column.name == *name);
        let key: Vec<usize> = def.key.iter().filter_map(number).collect();
        let uniques: Vec<Vec<usize>> = def
            .indexes
            .iter()
            .filter(|index| index.unique)
            .map(|index| index.columns.iter().filter_map(number).collect())
            .collect();
        let mut shape = Self {
            def: def.clone(),
            key,
            uniques,
            lookup: String::new(),
            owners: Vec::new(),
            put: String::new(),
            delete: String::new(),
        };
        shape.lookup = shape.lookup_sql();
        shape.owners = shape.uniques.iter().map(|u| shape.owners_sql(u)).collect();
        shape.put = shape.put_sql();
        shape.delete = format!(
            "DELETE FROM {} AS t USING {} WHERE {}",
            shape.def.name,
            shape.listed(&shape.key, false),
            shape.matched(&shape.key)
        );
        shape
    }

    pub(super) fn column(&self, at: usize) -> &str {
        self.def
            .columns
            .get(at)
            .map_or("", |column| column.name.as_str())
    }

    pub(super) fn kind(&self, at: usize) -> Kind {
        self.def
            .columns
            .get(at)
            .map_or(Kind::Text, |column| column.kind)
    }

    fn names(&self, columns: &[usize]) -> Vec<&str> {
        columns.iter().map(|at| self.column(*at)).collect()
    }

    /// `unnest($1::bigint[], ...) AS v(realm, a, b)`: one array for the realms, then one for each column.
    fn listed(&self, columns: &[usize], with_pos: bool) -> String {
        let mut arrays = vec!["$1::BIGINT[]".to_owned()];
        let mut names = vec!["realm"];
        for at in columns {
            let kind = array_type(self.kind(*at));
            arrays.push(format!("${}::{kind}[]", arrays.len() + 1));
            names.push(self.column(*at));
        }
        if with_pos {
            arrays.push(format!("${}::BIGINT[]", arrays.len() + 1));
            names.push("pos");
        }
        format!("unnest({}) AS v({})", arrays.join(", "), names.join(", "))
    }

    fn matched(&self, columns: &[usize]) -> String {
        self.names(columns)
            .iter()
            .fold("t.realm = v.realm".to_owned(), |sql, name| {
                format!("{sql} AND t.{name} = v.{name}")
            })
    }

    fn lookup_sql(&self) -> String {
        let mut wanted = vec!["t.realm".to_owned(), "t.pos".to_owned()];
        let columns = self.key.iter().chain(self.uniques.iter().flatten());
        wanted.extend(columns.map(|at| format!("t.{}", self.column(*at))));
        format!(
            "SELECT {} FROM {} JOIN {} AS t ON {}",
            wanted.join(", "),
            self.listed(&self.key, false),
            self.def.name,
            self.matched(&self.key)
        )
    }

    fn owners_sql(&self, unique: &[usize]) -> String {
        let mut wanted = vec!["t.realm".to_owned()];
        let columns = self.key.iter().chain(unique);
        wanted.extend(columns.map(|at| format!("t.{}", self.column(*at))));
        format!(
            "SELECT {} FROM {} JOIN {} AS t ON {}",
            wanted.join(", "),
            self.listed(unique, false),
            self.def.name,
            self.matched(unique)
        )
    }

    fn put_sql(&self) -> String {
        let every: Vec<usize> = (0..self.def.columns.len()).collect();
        let names = self.names(&every).join(", ");
        let updates: String = every
            .iter()
            .filter(|at| !self.key.contains(at))
            .map(|at| format!("{0} = excluded.{0}, ", self.column(*at)))
            .collect();
        format!(
            "INSERT INTO {} (realm, {names}, pos) SELECT v.* FROM {} ON CONFLICT (realm, {}) DO UPDATE SET {updates}pos = excluded.pos",
            self.def.name,
            self.listed(&every, true),
            self.def.key.join(", ")
        )
    }

    /// The statement that writes rows with their columns in this order, where nothing is in the way; one row answers for each.
    pub(super) fn insert_sql(&self, columns: &[usize]) -> String {
        format!(
            "INSERT INTO {} (realm, {}, pos) SELECT v.* FROM {} ON CONFLICT DO NOTHING RETURNING 1",
            self.def.name,
            self.names(columns).join(", "),
            self.listed(columns, true)
        )
    }

    /// The statement that sets these columns in many rows.
    pub(super) fn set_sql(&self, columns: &[usize]) -> String {
        let all: Vec<usize> = self.key.iter().chain(columns).copied().collect();
        let updates: String = self
            .names(columns)
            .iter()
            .map(|name| format!("{name} = v.{name}, "))
            .collect();
        format!(
            "UPDATE {} AS t SET {updates}pos = v.pos FROM {} WHERE {}",
            self.def.name,
            self.listed(&all, true),
            self.matched(&self.key)
        )
    }

    /// The key's values in the declared order.
    pub(super) fn key_of(&self, cells: &Cells) -> Result<Vec<Atom>, StoreError> {
        self.key
            .iter()
            .map(|at| {
                let name = self.column(*at);
                let cell = cells.iter().find(|(named, _)| named == name);
                let (_, value) = cell.ok_or_else(|| self.undeclared(name))?;
                Ok(Atom::from(self.fitted(*at, value)?.as_ref()))
            })
            .collect()
    }

    /// The cells by column number, each fitted to its column.
    pub(super) fn cells<'a>(
        &self,
        cells: &'a Cells,
    ) -> Result<Vec<(usize, Cow<'a, Value>)>, StoreError> {
        cells
            .iter()
            .map(|(name, value)| {
                let columns = &self.def.columns;
                let at = columns.iter().position(|column| column.name == *name);
                let at = at.ok_or_else(|| self.undeclared(name))?;
                Ok((at, self.fitted(at, value)?))
            })
            .collect()
    }

    /// A whole row: columns that are not named are empty.
    pub(super) fn row<'a>(
        &self,
        cells: Vec<(usize, Cow<'a, Value>)>,
    ) -> Result<Vec<Cow<'a, Value>>, StoreError> {
        let mut row = vec![Cow::Owned(Value::Null); self.def.columns.len()];
        for (at, value) in cells {
            if let Some(place) = row.get_mut(at) {
                *place = value;
            }
        }
        for (at, column) in self.def.columns.iter().enumerate() {
            let empty = row.get(at).is_none_or(|value| value.is_null());
            if empty && !column.nullable {
                return Err(self.misfit(at, "may not be empty"));
            }
        }
        Ok(row)
    }

    /// The value as the column holds it, by the rules of SQLite's strict tables: the same log fills both databases alike.
    fn fitted<'a>(&self, at: usize, value: &'a Value) -> Result<Cow<'a, Value>, StoreError> {
        let whole = |number: f64| number.fract() == 0.0 && number.abs() < 9.0e15;
        match (self.kind(at), value) {
            (_, Value::Null)
            | (Kind::Int, Value::Int(_))
            | (Kind::Real, Value::Real(_))
            | (Kind::Bytes, Value::Bytes(_)) => Ok(Cow::Borrowed(value)),
            (Kind::Text, Value::Text(text)) if !text.contains('\0') => Ok(Cow::Borrowed(value)),
            (Kind::Text, Value::Text(_)) => Err(self.misfit(at, "cannot hold a NUL character")),
            (Kind::Text, Value::Int(number)) => Ok(Cow::Owned(Value::Text(number.to_string()))),
            #[expect(
                clippy::cast_precision_loss,
                reason = "SQLite converts whole numbers in number columns alike"
            )]
            (Kind::Real, Value::Int(number)) => Ok(Cow::Owned(Value::Real(*number as f64))),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "whole and below 2^53, so nothing is cut off"
            )]
            (Kind::Int, Value::Real(number)) if whole(*number) => {
                Ok(Cow::Owned(Value::Int(*number as i64)))
            }
            _ => Err(self.misfit(at, "cannot hold a value of this kind")),
        }
    }

    pub(super) fn taken(&self, unique: usize) -> StoreError {
        let columns = self.uniques.get(unique).map(Vec::as_slice);
        let names = self.names(columns.unwrap_or_default());
        let names: Vec<String> = names
            .iter()
            .map(|name| format!("{}.{name}", self.def.name))
            .collect();
        StoreError::Taken {
            constraint: names.join(", "),
        }
    }

    pub(super) fn changed(&self) -> StoreError {
        StoreError::Changed {
            table: self.def.name.clone(),
        }
    }

    fn misfit(&self, at: usize, what: &str) -> StoreError {
        StoreError::Database {
            reason: format!("`{}.{}` {what}", self.def.name, self.column(at)),
        }
    }

    fn undeclared(&self, name: &str) -> StoreError {
        StoreError::Undeclared {
            table: self.def.name.clone(),
            name: name.to_owned(),
        }
    }
}

/// One column of many rows, as an array parameter.
#[derive(Debug)]
pub(super) enum Array {
    Int(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Array {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Int => Self::Int(Vec::new()),
            Kind::Real => Self::Real(Vec::new()),
            Kind::Text => Self::Text(Vec::new()),
            Kind::Bytes => Self::Bytes(Vec::new()),
        }
    }

    /// Adds a value that was fitted to the column; any other counts as empty and is refused by the column.
    pub(super) fn push(&mut self, value: Value) {
        match (self, value) {
            (Self::Int(list), Value::Int(number)) => list.push(Some(number)),
            (Self::Real(list), Value::Real(number)) => list.push(Some(number)),
            (Self::Text(list), Value::Text(text)) => list.push(Some(text)),
            (Self::Bytes(list), Value::Bytes(bytes)) => list.push(Some(bytes)),
            (Self::Int(list), _) => list.push(None),
            (Self::Real(list), _) => list.push(None),
            (Self::Text(list), _) => list.push(None),
            (Self::Bytes(list), _) => list.push(None),
        }
    }

    pub(super) fn ty(&self) -> Type {
        match self {
            Self::Int(_) => Type::INT8_ARRAY,
            Self::Real(_) => Type::FLOAT8_ARRAY,
            Self::Text(_) => Type::TEXT_ARRAY,
            Self::Bytes(_) => Type::BYTEA_ARRAY,
        }
    }

    pub(super) fn parameter(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Int(list) => list,
            Self::Real(list) => list,
            Self::Text(list) => list,
            Self::Bytes(list) => list,
        }
    }
}

/// A statement over arrays.
pub(crate) struct Bulk {
    sql: String,
    types: Vec<Type>,
    arrays: Vec<Array>,
}

impl Bulk {
    pub(crate) fn new(sql: &str, kinds: impl IntoIterator<Item = Kind>) -> Self {
        let arrays: Vec<Array> = kinds.into_iter().map(Array::new).collect();
        Self {
            sql: sql.to_owned(),
            types: arrays.iter().map(Array::ty).collect(),
            arrays,
        }
    }

    pub(crate) fn push(&mut self, values: impl IntoIterator<Item = Value>) {
        for (array, value) in self.arrays.iter_mut().zip(values) {
            array.push(value);
        }
    }

    pub(crate) fn step(&self) -> Step<'_> {
        Step {
            sql: &self.sql,
            types: &self.types,
            parameters: self
                .arrays
                .iter()
                .map(Array::parameter)
                .collect::<Vec<&(dyn ToSql + Sync)>>(),
        }
    }
}
