//! Reading the carried tables that are built into the program.

use serde::de::DeserializeOwned;

use crate::DemoError;

/// Reads a table whose first line may be a `# source` remark.
pub(crate) fn read_table<T: DeserializeOwned>(
    file: &'static str,
    text: &str,
) -> Result<Vec<T>, DemoError> {
    csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|e| DemoError::Data {
            file,
            why: e.to_string(),
        })
}

/// A value the carried data must have.
pub(crate) fn required<T>(
    value: Option<T>,
    file: &'static str,
    what: &str,
) -> Result<T, DemoError> {
    value.ok_or_else(|| DemoError::Data {
        file,
        why: format!("{what} is missing"),
    })
}
