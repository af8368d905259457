//! Which columns a field fills, and the way from canonical values to cells and back.
//!
//! The store's value type is not known here; [`Cell`] has the same four kinds and is translated one tier up.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::check::money;
use crate::field::{FieldDef, FieldType};

/// Kind of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CellKind {
    /// Text.
    Text,
    /// A 64-bit integer: whole numbers, booleans and instants in milliseconds.
    Int,
    /// A 64-bit float.
    Real,
}

/// A column a field fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDef {
    /// Column name.
    pub name: String,
    /// Kind of the column.
    pub kind: CellKind,
}

/// The content of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// A 64-bit integer.
    Int(i64),
    /// A 64-bit float.
    Real(f64),
    /// Text.
    Text(String),
}

impl FieldDef {
    /// The columns of the field: one, or two for a place.
    #[must_use]
    pub fn columns(&self) -> Vec<ColumnDef> {
        let column = |name: String, kind| ColumnDef { name, kind };
        match self.kind {
            FieldType::Position => ["lon", "lat"]
                .map(|end| column(format!("{}_{end}", self.name), CellKind::Real))
                .into(),
            FieldType::Integer { .. }
            | FieldType::Boolean
            | FieldType::Instant
            | FieldType::Money => {
                vec![column(self.name.clone(), CellKind::Int)]
            }
            FieldType::Decimal => vec![column(self.name.clone(), CellKind::Real)],
            _ => vec![column(self.name.clone(), CellKind::Text)],
        }
    }

    /// The cells of a canonical value, in the order of [`Self::columns`]. A value that is not canonical gives null cells.
    #[must_use]
    pub fn to_cells(&self, canonical: &Value) -> Vec<(String, Cell)> {
        let names = self.columns().into_iter().map(|column| column.name);
        let cells = match self.kind {
            FieldType::Position => ["lon", "lat"]
                .map(|end| {
                    canonical
                        .get(end)
                        .and_then(Value::as_f64)
                        .map_or(Cell::Null, Cell::Real)
                })
                .to_vec(),
            FieldType::Integer { .. } => vec![canonical.as_i64().map_or(Cell::Null, Cell::Int)],
            FieldType::Boolean => vec![
                canonical
                    .as_bool()
                    .map_or(Cell::Null, |flag| Cell::Int(flag.into())),
            ],
            FieldType::Instant => vec![milliseconds(canonical).map_or(Cell::Null, Cell::Int)],
            FieldType::Money => vec![
                canonical
                    .as_str()
                    .and_then(money::fen)
                    .map_or(Cell::Null, Cell::Int),
            ],
            FieldType::Geometry { .. } if canonical.is_object() => {
                vec![Cell::Text(canonical.to_string())]
            }
            FieldType::Decimal => vec![canonical.as_f64().map_or(Cell::Null, Cell::Real)],
            FieldType::Photos { .. } if canonical.is_array() => {
                vec![Cell::Text(canonical.to_string())]
            }
            _ => vec![
                canonical
                    .as_str()
                    .map_or(Cell::Null, |text| Cell::Text(text.to_owned())),
            ],
        };
        names.zip(cells).collect()
    }

    /// The canonical value of stored cells; `cell` answers by column name.
    #[must_use]
    pub fn from_cells(&self, cell: &dyn Fn(&str) -> Cell) -> Value {
        if self.kind == FieldType::Position {
            let part = |end: &str| match cell(&format!("{}_{end}", self.name)) {
                Cell::Real(degrees) => Some(degrees),
                Cell::Int(degrees) => Some(degrees as f64),
                _ => None,
            };
            return match (part("lon"), part("lat")) {
                (Some(lon), Some(lat)) => json!({ "lon": lon, "lat": lat }),
                _ => Value::Null,
            };
        }
        match (&self.kind, cell(&self.name)) {
            (FieldType::Boolean, Cell::Int(flag)) => (flag != 0).into(),
            (FieldType::Instant, Cell::Int(ms)) => {
                Timestamp::from_millisecond(ms).map_or(Value::Null, |at| at.to_string().into())
            }
            (FieldType::Money, Cell::Int(fen)) => money::shown(fen).into(),
            (FieldType::Photos { .. } | FieldType::Geometry { .. }, Cell::Text(json)) => {
                serde_json::from_str(&json).unwrap_or(Value::Null)
            }
            (_, Cell::Int(number)) => number.into(),
            (_, Cell::Real(number)) => number.into(),
            (_, Cell::Text(text)) => text.into(),
            (_, Cell::Null) => Value::Null,
        }
    }
}

fn milliseconds(canonical: &Value) -> Option<i64> {
    let instant: Timestamp = canonical.as_str()?.parse().ok()?;
    Some(instant.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use yuandu_base::LocalText;

    fn round_trip(kind: FieldType, canonical: Value) {
        let field = FieldDef::new("x", kind, LocalText::new("甲", "A"));
        let cells = field.to_cells(&canonical);
        assert_eq!(cells.len(), field.columns().len());
        let back = field.from_cells(&|name| {
            cells
                .iter()
                .find(|(n, _)| n == name)
                .map_or(Cell::Null, |(_, cell)| cell.clone())
        });
        assert_eq!(back, canonical);
    }

    #[test]
    fn values_survive_the_way_into_columns_and_back() {
        round_trip(FieldType::Text { max: 9 }, json!("井盖"));
        round_trip(FieldType::Boolean, json!(true));
        round_trip(
            FieldType::Integer {
                min: None,
                max: None,
            },
            json!(-7),
        );
        round_trip(FieldType::Decimal, json!(1.5));
        round_trip(FieldType::Instant, json!("2026-10-01T01:30:00.25Z"));
        round_trip(FieldType::Date, json!("2026-10-01"));
        round_trip(FieldType::Position, json!({"lon": 119.16, "lat": 36.7}));
        round_trip(FieldType::Money, json!("-1234.50"));
        round_trip(
            FieldType::Geometry { max: 99 },
            json!({"type": "Point", "coordinates": [119.1, 36.7]}),
        );
        round_trip(FieldType::Photos { max: 4 }, json!(["abcdefgh1"]));
        for kind in [FieldType::Position, FieldType::Boolean, FieldType::Instant] {
            round_trip(kind, Value::Null);
        }
    }
}
