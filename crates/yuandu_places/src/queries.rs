//! The SQL of this crate: plain, for both databases; table and column names come from declarations, never from users.

use crate::layer::LayerDef;
use crate::near::NearTable;
use crate::similar::PointTable;

/// Rows with an outline and the columns asked for. Parameter: realm.
pub(crate) fn areas(table: &str, outline: &str, columns: &[&str]) -> String {
    let names: String = columns.iter().map(|name| format!(", {name}")).collect();
    format!(
        "SELECT {outline} AS the_outline{names} FROM {table} WHERE realm = $1 AND {outline} IS NOT NULL ORDER BY pos"
    )
}

/// Codes and names of divisions. Parameter: realm.
pub(crate) fn names(table: &str) -> String {
    format!("SELECT code, name FROM {table} WHERE realm = $1")
}

/// Points of a layer in a window. Parameters: realm, south, north, west, east, limit, then the texts of `only`.
pub(crate) fn points(def: &LayerDef, (lon, lat): (&str, &str), columns: &[&str]) -> String {
    let only: String = def
        .only
        .iter()
        .enumerate()
        .map(|(at, (column, _))| format!(" AND {column} = ${}", at + 7))
        .collect();
    format!(
        "SELECT {} FROM {} WHERE realm = $1 AND {lat} BETWEEN $2 AND $3 AND {lon} BETWEEN $4 AND $5{only} LIMIT $6",
        columns.join(", "),
        def.table
    )
}

/// Open points in a window, newest first. Parameters: realm, south, north, west, east, opened since, limit.
pub(crate) fn similar(source: PointTable<'_>) -> String {
    format!(
        "SELECT id, number, title, stage, category, opened_at, lon, lat, {} AS said FROM {} \
         WHERE realm = $1 AND lat BETWEEN $2 AND $3 AND lon BETWEEN $4 AND $5 AND status = 'open' AND opened_at >= $6 ORDER BY opened_at DESC LIMIT $7",
        source.words, source.table
    )
}

/// Points of a table in a window. Parameters: realm, south, north, west, east, limit.
pub(crate) fn near(source: NearTable<'_>) -> String {
    let NearTable {
        table,
        lon,
        lat,
        name,
    } = source;
    format!(
        "SELECT id, {name} AS name, {lon} AS lon, {lat} AS lat FROM {table} \
         WHERE realm = $1 AND {lat} BETWEEN $2 AND $3 AND {lon} BETWEEN $4 AND $5 LIMIT $6"
    )
}
