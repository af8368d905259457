//! Records between rows and canonical values.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use yuandu_schema::{Cell, FieldDef, RegisterDef, Sensitivity};
use yuandu_store::{Change, Row, StoreError, Value};

use crate::table::stored;

/// A record as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordView {
    /// The record's id.
    pub id: String,
    /// The log position that last wrote it; send it back with a change so that nobody's work is overwritten.
    pub version: u64,
    /// When it was last changed.
    pub changed_at: Option<Timestamp>,
    /// What names it in lists.
    pub title: String,
    /// Values by field; empty ones are absent.
    pub values: Map<String, Json>,
    /// Fields that hold a value which the reader may not see; their value is `***`.
    pub masked: BTreeSet<String>,
}

/// What stands in place of a restricted value.
pub(crate) const MASK: &str = "***";

/// Reads a row into canonical values.
pub(crate) fn from_row(register: &RegisterDef, row: &Row) -> Result<RecordView, StoreError> {
    let id = row.text("id")?;
    let mut values = Map::new();
    for field in stored(register) {
        let value = field.from_cells(&|column| cell(row.value(column)));
        if !value.is_null() {
            values.insert(field.name.clone(), value);
        }
    }
    let named = register
        .name_field
        .as_ref()
        .and_then(|name| values.get(name))
        .and_then(Json::as_str);
    Ok(RecordView {
        title: named.unwrap_or(&id).to_owned(),
        version: u64::try_from(row.int("pos")?).unwrap_or_default(),
        changed_at: row.opt_timestamp("changed_at")?,
        values,
        masked: BTreeSet::new(),
        id,
    })
}

/// Writes a record as a whole row.
pub(crate) fn to_change(
    register: &RegisterDef,
    id: &str,
    values: &Map<String, Json>,
    at: Timestamp,
) -> Change {
    let change = Change::put(register.table())
        .with("id", id)
        .with("changed_at", at);
    with_values(register, change, values)
}

/// Adds the cells of values to a change of a row.
pub(crate) fn with_values(
    register: &RegisterDef,
    mut change: Change,
    values: &Map<String, Json>,
) -> Change {
    for field in stored(register) {
        let value = values.get(&field.name).unwrap_or(&Json::Null);
        for (column, cell) in field.to_cells(value) {
            if cell != Cell::Null {
                change = change.with(column, stored_value(cell));
            }
        }
    }
    change
}

/// Hides restricted values.
pub(crate) fn mask(register: &RegisterDef, view: &mut RecordView) {
    for field in register
        .fields
        .iter()
        .filter(|field| is_restricted(register, field))
    {
        if let Some(value) = view.values.get_mut(&field.name) {
            *value = MASK.into();
            view.masked.insert(field.name.clone());
        }
    }
    let hidden = register
        .name_field
        .as_ref()
        .is_some_and(|name| view.masked.contains(name));
    if hidden {
        view.title = MASK.to_owned();
    }
}

/// Whether a field may only be read with `restricted.view`.
pub(crate) fn is_restricted(register: &RegisterDef, field: &FieldDef) -> bool {
    register.sensitivity_of(field) == Sensitivity::Restricted
}

/// The id of a record: its key values joined with `~`.
pub(crate) fn id_of(register: &RegisterDef, values: &Map<String, Json>) -> Option<String> {
    let parts: Option<Vec<String>> = register
        .key
        .iter()
        .map(|name| match values.get(name)? {
            Json::String(text) => Some(text.clone()),
            Json::Null => None,
            other => Some(other.to_string()),
        })
        .collect();
    parts.map(|parts| parts.join("~"))
}

pub(crate) fn cell(value: &Value) -> Cell {
    match value {
        Value::Int(number) => Cell::Int(*number),
        Value::Real(number) => Cell::Real(*number),
        Value::Text(text) => Cell::Text(text.clone()),
        Value::Null | Value::Bytes(_) => Cell::Null,
    }
}

pub(crate) fn stored_value(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Int(number) => Value::Int(number),
        Cell::Real(number) => Value::Real(number),
        Cell::Text(text) => Value::Text(text),
    }
}
