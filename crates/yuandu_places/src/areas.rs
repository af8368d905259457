//! Areas and lines read from a table into memory: divisions, grids and roads are few and asked for on every click.

use std::collections::HashMap;

use crate::queries;
use yuandu_geo::{Area, GeoError, GridIndex, Line};
use yuandu_store::{Reader, StoreError, Value};

/// A row with a geometry: its code and the columns asked for.
#[derive(Debug, Clone)]
pub(crate) struct AreaRow {
    pub(crate) columns: HashMap<String, Value>,
}

impl AreaRow {
    /// A column as text, empty where it is.
    pub(crate) fn text(&self, column: &str) -> String {
        self.columns.get(column).map(shown).unwrap_or_default()
    }
}

/// Reads the rows of `table` that have an outline and the texts of `only`. Outlines that cannot be read are left out and reported to the log.
pub(crate) fn read_areas(
    reader: &Reader<'_>,
    realm: i64,
    table: &str,
    outline: (&str, &[(String, String)]),
    columns: &[&str],
) -> Result<GridIndex<AreaRow>, StoreError> {
    let mut entries = Vec::new();
    read_rows(reader, realm, table, outline, columns, &mut |row, text| {
        let area = area(text).inspect_err(|error| left_out(table, error));
        entries.extend(area.ok().map(|area| (row, area)));
    })?;
    Ok(GridIndex::new(entries))
}

/// The same for lines.
pub(crate) fn read_lines(
    reader: &Reader<'_>,
    realm: i64,
    table: &str,
    line: (&str, &[(String, String)]),
    columns: &[&str],
) -> Result<Vec<(AreaRow, Line)>, StoreError> {
    let mut entries = Vec::new();
    read_rows(reader, realm, table, line, columns, &mut |row, text| {
        let line = Line::read(text).inspect_err(|error| left_out(table, error));
        entries.extend(line.ok().map(|line| (row, line)));
    })?;
    Ok(entries)
}

fn read_rows(
    reader: &Reader<'_>,
    realm: i64,
    table: &str,
    (geometry, only): (&str, &[(String, String)]),
    columns: &[&str],
    each: &mut dyn FnMut(AreaRow, &str),
) -> Result<(), StoreError> {
    let sql = queries::areas(table, (geometry, only), columns);
    let mut parameters: Vec<Value> = vec![realm.into()];
    parameters.extend(only.iter().map(|(_, text)| Value::from(text)));
    reader.query_each(&sql, &parameters, |row| {
        let columns = columns
            .iter()
            .map(|name| ((*name).to_owned(), row.value(name).clone()))
            .collect();
        each(AreaRow { columns }, &row.text("the_outline")?);
        Ok(true)
    })
}

fn left_out(table: &str, error: &GeoError) {
    tracing::warn!(
        table,
        error = %error,
        "a geometry cannot be read and is left off the map"
    );
}

fn area(geometry: &str) -> Result<Area, GeoError> {
    let feature = format!(r#"{{"type":"Feature","properties":{{}},"geometry":{geometry}}}"#);
    let read = yuandu_geo::read_features(&feature)?.pop();
    read.map(|feature| feature.area)
        .ok_or_else(|| GeoError::Outline("it has no geometry".to_owned()))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Null | Value::Bytes(_) => String::new(),
    }
}
