//! Values as cells of CSV, and back.

use serde_json::Value as Json;
use yuandu_schema::{FieldDef, FieldType};

/// A spreadsheet runs a cell that begins with one of these as a formula; a quote before it keeps it text.
const FORMULA: [char; 4] = ['=', '+', '-', '@'];

/// The columns of a field in a file: one, or two for a place.
pub(crate) fn headers(field: &FieldDef) -> Vec<String> {
    match field.kind {
        FieldType::Position => ["lon", "lat"]
            .map(|end| format!("{}_{end}", field.name))
            .into(),
        _ => vec![field.name.clone()],
    }
}

/// The cells of a value, in the order of [`headers`].
pub(crate) fn cells(field: &FieldDef, value: Option<&Json>) -> Vec<String> {
    match (&field.kind, value) {
        (FieldType::Position, Some(Json::Object(parts))) => ["lon", "lat"]
            .map(|end| parts.get(end).map(Json::to_string).unwrap_or_default())
            .into(),
        (FieldType::Position, other) => {
            let text = other.and_then(Json::as_str).unwrap_or_default().to_owned();
            vec![text.clone(), text]
        }
        (FieldType::Photos { .. }, Some(Json::Array(ids))) => {
            let ids: Vec<&str> = ids.iter().filter_map(Json::as_str).collect();
            vec![ids.join(" ")]
        }
        (_, None | Some(Json::Null)) => vec![String::new()],
        (_, Some(Json::String(text))) if text.starts_with(FORMULA) => vec![format!("'{text}")],
        (_, Some(Json::String(text))) => vec![text.clone()],
        (_, Some(other)) => vec![other.to_string()],
    }
}

/// A cell without the quote that only kept a spreadsheet from computing it.
pub(crate) fn unquoted(cell: &str) -> &str {
    cell.strip_prefix('\'')
        .filter(|rest| rest.starts_with(FORMULA))
        .unwrap_or(cell)
}
