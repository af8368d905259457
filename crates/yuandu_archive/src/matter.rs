//! One closed matter as it stood: all its rows, and the words it is found by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use yuandu_store::{Row, Value};

use crate::ArchiveError;

/// A row of a table: column and value.
pub type Cells = Map<String, Json>;

/// A closed matter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matter {
    /// Its id.
    pub id: String,
    /// Its number, as people know it.
    pub number: String,
    /// The words it is found by.
    pub words: String,
    /// When it was closed, in milliseconds since 1970.
    pub closed_at_ms: i64,
    /// The matter this one belongs to, if any; it lies in the same segment.
    pub parent: Option<String>,
    /// Its own row.
    pub own: Cells,
    /// What belongs to it, by table.
    pub parts: BTreeMap<String, Vec<Cells>>,
}

impl Matter {
    /// A text of its own row; empty if it has none.
    #[must_use]
    pub fn text(&self, column: &str) -> &str {
        self.own.get(column).and_then(Json::as_str).unwrap_or("")
    }

    /// Its own row, to be read like one of a query.
    pub fn row(&self) -> Result<Row, ArchiveError> {
        row(&self.own)
    }

    /// The rows of a table that belong to it.
    pub fn rows(&self, table: &str) -> Result<Vec<Row>, ArchiveError> {
        let rows = self.parts.get(table).into_iter().flatten();
        rows.map(row).collect()
    }
}

fn row(cells: &Cells) -> Result<Row, ArchiveError> {
    let cells = cells.iter().map(|(name, value)| {
        let value = Value::from_json(value).ok_or_else(|| ArchiveError::Damaged {
            reason: format!("the column `{name}` holds no value of a table"),
        })?;
        Ok((name.clone(), value))
    });
    Ok(Row::of(cells.collect::<Result<Vec<_>, ArchiveError>>()?))
}
