//! A row read from the database, with typed getters by column name.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{StoreError, Value};

/// One row of a query's answer.
#[derive(Debug, Clone)]
pub struct Row {
    pub(crate) columns: Arc<[String]>,
    pub(crate) values: Vec<Value>,
}

impl Row {
    /// A row that was kept elsewhere, to be read like one of a query.
    #[must_use]
    pub fn of(cells: impl IntoIterator<Item = (String, Value)>) -> Self {
        let (columns, values): (Vec<String>, Vec<Value>) = cells.into_iter().unzip();
        Self {
            columns: columns.into(),
            values,
        }
    }

    /// The value of `column`, [`Value::Null`] if the query did not select it.
    #[must_use]
    pub fn value(&self, column: &str) -> &Value {
        self.columns
            .iter()
            .position(|name| name == column)
            .and_then(|at| self.values.get(at))
            .unwrap_or(&Value::Null)
    }

    /// Column names and values in the query's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.columns.iter().map(String::as_str).zip(&self.values)
    }

    /// A text that must be there.
    pub fn text(&self, column: &str) -> Result<String, StoreError> {
        self.opt_text(column)?.ok_or_else(|| wrong(column, "text"))
    }

    /// A text or nothing.
    pub fn opt_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        match self.value(column) {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text.clone())),
            _ => Err(wrong(column, "text")),
        }
    }

    /// An integer that must be there.
    pub fn int(&self, column: &str) -> Result<i64, StoreError> {
        self.opt_int(column)?
            .ok_or_else(|| wrong(column, "an integer"))
    }

    /// An integer or nothing.
    pub fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        match self.value(column) {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(*number)),
            _ => Err(wrong(column, "an integer")),
        }
    }

    /// A number that must be there.
    pub fn real(&self, column: &str) -> Result<f64, StoreError> {
        self.opt_real(column)?
            .ok_or_else(|| wrong(column, "a number"))
    }

    /// A number or nothing.
    pub fn opt_real(&self, column: &str) -> Result<Option<f64>, StoreError> {
        match self.value(column) {
            Value::Null => Ok(None),
            Value::Real(number) => Ok(Some(*number)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "a whole number in a number column is small"
            )]
            Value::Int(number) => Ok(Some(*number as f64)),
            _ => Err(wrong(column, "a number")),
        }
    }

    /// A truth value (stored as 0 or 1); absent counts as false.
    pub fn boolean(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.opt_int(column)?.is_some_and(|number| number != 0))
    }

    /// An instant that must be there.
    pub fn timestamp(&self, column: &str) -> Result<Timestamp, StoreError> {
        self.opt_timestamp(column)?
            .ok_or_else(|| wrong(column, "an instant"))
    }

    /// An instant or nothing.
    pub fn opt_timestamp(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        self.opt_int(column)?
            .map(|ms| Timestamp::from_millisecond(ms).map_err(|_| wrong(column, "an instant")))
            .transpose()
    }

    /// A JSON document; `null` if the column is empty.
    pub fn json(&self, column: &str) -> Result<serde_json::Value, StoreError> {
        match self.value(column) {
            Value::Null => Ok(serde_json::Value::Null),
            Value::Text(text) => serde_json::from_str(text).map_err(|_| wrong(column, "JSON")),
            _ => Err(wrong(column, "JSON")),
        }
    }

    /// Bytes that must be there.
    pub fn bytes(&self, column: &str) -> Result<&[u8], StoreError> {
        match self.value(column) {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(wrong(column, "bytes")),
        }
    }
}

fn wrong(column: &str, wanted: &'static str) -> StoreError {
    StoreError::Column {
        column: column.to_owned(),
        wanted,
    }
}
