//! Row changes and what a plan expects to find.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::{Row, StoreError, TableDef, Value};

/// Columns with their values, in the order given.
pub(crate) type Cells = Vec<(Cow<'static, str>, Value)>;

/// One row changed by a plan. Build with [`Change::put`], [`Change::set`] or [`Change::delete`].
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub(crate) verb: Verb,
    pub(crate) table: Cow<'static, str>,
    pub(crate) key: Cells,
    pub(crate) cells: Cells,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Put,
    Set,
    Delete,
}

impl Change {
    /// Writes a whole row: columns that are not named become empty.
    #[must_use]
    pub fn put(table: impl Into<Cow<'static, str>>) -> Self {
        Self {
            verb: Verb::Put,
            table: table.into(),
            key: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// Changes some columns of a row that must exist.
    #[must_use]
    pub fn set(table: impl Into<Cow<'static, str>>) -> Self {
        Self {
            verb: Verb::Set,
            table: table.into(),
            key: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// Removes a row that must exist.
    #[must_use]
    pub fn delete(table: impl Into<Cow<'static, str>>) -> Self {
        Self {
            verb: Verb::Delete,
            table: table.into(),
            key: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// Writes a whole row as it was read before; its realm and position are the plan's.
    #[must_use]
    pub fn put_row(def: &TableDef, row: &Row) -> Self {
        let columns = def.columns.iter().map(|column| column.name.as_str());
        Self {
            cells: cells_of(columns, row),
            ..Self::put(def.name.clone())
        }
    }

    /// Removes a row that was read before.
    #[must_use]
    pub fn delete_row(def: &TableDef, row: &Row) -> Self {
        Self {
            key: cells_of(def.key.iter().map(String::as_str), row),
            ..Self::delete(def.name.clone())
        }
    }

    /// Names the row (for `set` and `delete`; a `put` names it among its columns).
    #[must_use]
    pub fn key(mut self, column: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        self.key.push((column.into(), value.into()));
        self
    }

    /// Gives a column its value.
    #[must_use]
    pub fn with(mut self, column: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        let value = value.into();
        // A row that is put whole is empty where nothing is named; the log need not say so.
        if self.verb != Verb::Put || value != Value::Null {
            self.cells.push((column.into(), value));
        }
        self
    }

    /// Whether the change gives any column a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub(crate) fn from_json(json: &serde_json::Value) -> Option<Self> {
        let table = json.get(1)?.as_str()?.to_owned();
        match json.get(0)?.as_str()? {
            "put" => Some(Self {
                cells: cells_from(json.get(2)?)?,
                ..Self::put(table)
            }),
            "set" => Some(Self {
                key: cells_from(json.get(2)?)?,
                cells: cells_from(json.get(3)?)?,
                ..Self::set(table)
            }),
            "delete" => Some(Self {
                key: cells_from(json.get(2)?)?,
                ..Self::delete(table)
            }),
            _ => None,
        }
    }
}

/// The form in the log body: `["put","cases",{..}]`, `["set","cases",{key},{..}]`, `["delete","cases",{key}]`.
impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let table = self.table.as_ref();
        let (key, cells) = (Columns(&self.key), Columns(&self.cells));
        match self.verb {
            Verb::Put => ("put", table, cells).serialize(serializer),
            Verb::Set => ("set", table, key, cells).serialize(serializer),
            Verb::Delete => ("delete", table, key).serialize(serializer),
        }
    }
}

/// Columns with their values as one object.
struct Columns<'a>(&'a Cells);

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name.as_ref(), value)))
    }
}

fn cells_from(json: &serde_json::Value) -> Option<Cells> {
    json.as_object()?
        .iter()
        .map(|(name, value)| Some((Cow::Owned(name.clone()), Value::from_json(value)?)))
        .collect()
}

/// What a plan was computed from; the committer refuses the plan if it no longer holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Expect {
    pub(crate) table: Cow<'static, str>,
    pub(crate) key: Cells,
    /// The position that last wrote the row, or `None` if there must be no row.
    pub(crate) pos: Option<i64>,
}

impl Expect {
    /// The row was last written at log position `pos` (its `pos` column as read).
    #[must_use]
    pub fn unchanged<const N: usize>(
        table: impl Into<Cow<'static, str>>,
        key: [(&'static str, Value); N],
        pos: i64,
    ) -> Self {
        Self {
            table: table.into(),
            key: owned(key),
            pos: Some(pos),
        }
    }

    /// This row is as it was read, `pos` included.
    pub fn row_unchanged(def: &TableDef, row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            pos: Some(row.int("pos")?),
            ..Self::row_absent(def, row)
        })
    }

    /// There is no row with the key of this one.
    #[must_use]
    pub fn row_absent(def: &TableDef, row: &Row) -> Self {
        Self {
            table: Cow::Owned(def.name.clone()),
            key: cells_of(def.key.iter().map(String::as_str), row),
            pos: None,
        }
    }

    /// There is no such row.
    #[must_use]
    pub fn absent<const N: usize>(
        table: impl Into<Cow<'static, str>>,
        key: [(&'static str, Value); N],
    ) -> Self {
        Self {
            table: table.into(),
            key: owned(key),
            pos: None,
        }
    }
}

/// The values that a row has in some columns.
fn cells_of<'a>(columns: impl Iterator<Item = &'a str>, row: &Row) -> Cells {
    columns
        .map(|name| (Cow::Owned(name.to_owned()), row.value(name).clone()))
        .collect()
}

fn owned<const N: usize>(key: [(&'static str, Value); N]) -> Cells {
    key.into_iter()
        .map(|(name, value)| (Cow::Borrowed(name), value))
        .collect()
}
