//! Areas read from a table into memory: divisions and grids are few and asked for on every click.

use std::collections::HashMap;

use crate::queries;
use yuandu_geo::{Area, GridIndex};
use yuandu_store::{Reader, StoreError, Value};

/// A row with an outline: its code and the columns asked for.
#[derive(Debug, Clone)]
pub(crate) struct AreaRow {
    pub(crate) columns: HashMap<String, String>,
}

/// Reads all rows of `table` that have an outline. Outlines that cannot be read are left out and reported to the log.
pub(crate) fn read_areas(
    reader: &Reader<'_>,
    realm: i64,
    table: &str,
    outline: &str,
    columns: &[&str],
) -> Result<GridIndex<AreaRow>, StoreError> {
    let sql = queries::areas(table, outline, columns);
    let mut entries = Vec::new();
    reader.query_each(&sql, &[realm.into()], |row| {
        let text = row.text("the_outline")?;
        let columns = columns
            .iter()
            .map(|name| ((*name).to_owned(), shown(row.value(name))))
            .collect();
        if let Some(area) = area(&text) {
            entries.push((AreaRow { columns }, area));
        } else {
            tracing::warn!(
                table,
                "an outline is not a GeoJSON polygon and is left off the map"
            );
        }
        Ok(true)
    })?;
    Ok(GridIndex::new(entries))
}

fn area(geometry: &str) -> Option<Area> {
    let feature = format!(r#"{{"type":"Feature","properties":{{}},"geometry":{geometry}}}"#);
    yuandu_geo::read_features(&feature)
        .ok()?
        .pop()
        .map(|feature| feature.area)
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Null | Value::Bytes(_) => String::new(),
    }
}
