//! Values as cells of CSV, and back.

use serde_json::Value as Json;
use yuandu_schema::{FieldDef, FieldType};
use yuandu_sheet::Cell as SheetCell;

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
        (_, Some(Json::String(text))) => vec![quoted(text)],
        (_, Some(other)) => vec![other.to_string()],
    }
}

/// A text as a cell that no spreadsheet computes.
pub(crate) fn quoted(text: &str) -> String {
    if text.starts_with(FORMULA) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The cells of a value in a workbook, where texts are never computed and need no quote.
pub(crate) fn sheet_cells(field: &FieldDef, value: Option<&Json>) -> Vec<SheetCell> {
    let number = |value: &Json| value.as_f64().map(SheetCell::Number);
    match (&field.kind, value) {
        (FieldType::Integer { .. } | FieldType::Decimal, Some(value)) if value.is_number() => {
            number(value).into_iter().collect()
        }
        (FieldType::Position, Some(Json::Object(parts))) => ["lon", "lat"]
            .map(|end| {
                let part = parts.get(end).and_then(number);
                part.unwrap_or_else(|| SheetCell::Text(String::new()))
            })
            .into(),
        (_, Some(Json::String(text))) if field.kind != FieldType::Position => {
            vec![SheetCell::Text(text.clone())]
        }
        _ => cells(field, value)
            .into_iter()
            .map(SheetCell::Text)
            .collect(),
    }
}

/// A cell without the quote that only kept a spreadsheet from computing it.
pub(crate) fn unquoted(cell: &str) -> &str {
    cell.strip_prefix('\'')
        .filter(|rest| rest.starts_with(FORMULA))
        .unwrap_or(cell)
}
