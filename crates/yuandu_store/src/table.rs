//! Declarations of tables: the owning crate says columns, key and indexes; the store adds `realm` and `pos`.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 64-bit integers, booleans, instants in milliseconds.
    Int,
    /// Doubles.
    Real,
    /// UTF-8 text, JSON.
    Text,
    /// Raw bytes.
    Bytes,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name: lower case, digits, underscores.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be empty.
    pub nullable: bool,
}

/// One index; `realm` is put before its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Indexed columns in order.
    pub columns: Vec<String>,
    /// Whether the combination must be unique within a realm.
    pub unique: bool,
}

/// The columns of a point, indexed by place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Points {
    /// Column of the longitude.
    pub lon: String,
    /// Column of the latitude.
    pub lat: String,
}

/// A table as its owner declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDef {
    /// Name.
    pub name: String,
    /// Columns without `realm` and `pos`.
    pub columns: Vec<Column>,
    /// Key columns without `realm`.
    pub key: Vec<String>,
    /// Secondary indexes.
    pub indexes: Vec<Index>,
    /// Points by which its rows are found, if they have a place. Such a table has a key of one column.
    pub points: Option<Points>,
}

impl TableDef {
    /// An empty declaration; add columns and a key.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            columns: Vec::new(),
            key: Vec::new(),
            indexes: Vec::new(),
            points: None,
        }
    }

    /// Adds a column.
    #[must_use]
    pub fn column(mut self, name: &str, kind: Kind, nullable: bool) -> Self {
        self.columns.push(Column {
            name: name.to_owned(),
            kind,
            nullable,
        });
        self
    }

    /// Adds a text column that is always filled.
    #[must_use]
    pub fn text(self, name: &str) -> Self {
        self.column(name, Kind::Text, false)
    }

    /// Adds a text column that may be empty.
    #[must_use]
    pub fn opt_text(self, name: &str) -> Self {
        self.column(name, Kind::Text, true)
    }

    /// Adds an integer column that is always filled.
    #[must_use]
    pub fn int(self, name: &str) -> Self {
        self.column(name, Kind::Int, false)
    }

    /// Adds an integer column that may be empty.
    #[must_use]
    pub fn opt_int(self, name: &str) -> Self {
        self.column(name, Kind::Int, true)
    }

    /// Adds a number column that may be empty.
    #[must_use]
    pub fn opt_real(self, name: &str) -> Self {
        self.column(name, Kind::Real, true)
    }

    /// Adds a bytes column that may be empty.
    #[must_use]
    pub fn opt_bytes(self, name: &str) -> Self {
        self.column(name, Kind::Bytes, true)
    }

    /// Sets the key.
    #[must_use]
    pub fn key<const N: usize>(mut self, columns: [&str; N]) -> Self {
        self.key = columns.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Adds an index.
    #[must_use]
    pub fn index<const N: usize>(mut self, columns: [&str; N]) -> Self {
        self.indexes.push(Index {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            unique: false,
        });
        self
    }

    /// Adds a unique index.
    #[must_use]
    pub fn unique<const N: usize>(mut self, columns: [&str; N]) -> Self {
        self.indexes.push(Index {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            unique: true,
        });
        self
    }

    /// Has its rows found by place, see [`crate::Store::near`]. Only for a table whose key is one text column.
    #[must_use]
    pub fn points(mut self, lon: &str, lat: &str) -> Self {
        self.points = Some(Points {
            lon: lon.to_owned(),
            lat: lat.to_owned(),
        });
        self
    }

    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|declared| declared.name == column)
    }
}
