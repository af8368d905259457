//! The SQL of this crate: plain, for both databases; table and column names come from declarations, never from users.

use crate::layer::LayerDef;
use crate::near::NearTable;
use crate::similar::PointTable;
use yuandu_store::{Near, WindowNames};

/// Rows with an outline and the columns asked for. Parameters: realm, then the texts of `only`.
pub(crate) fn areas(
    table: &str,
    (outline, only): (&str, &[(String, String)]),
    columns: &[&str],
) -> String {
    let names: String = columns.iter().map(|name| format!(", {name}")).collect();
    let only: String = (only.iter().enumerate())
        .map(|(at, (column, _))| format!(" AND {column} = ${}", at + 2))
        .collect();
    format!(
        "SELECT {outline} AS the_outline{names} FROM {table} WHERE realm = $1 AND {outline} IS NOT NULL{only} ORDER BY pos"
    )
}

/// A page of features in the order of their ids: `from` and `chosen` are what [`crate::features`] chose them by.
pub(crate) fn features(from: &str, columns: &[&str], chosen: &str, limit: &str) -> String {
    format!(
        "SELECT id, {} FROM {from} WHERE {chosen} ORDER BY id LIMIT {limit}",
        columns.join(", ")
    )
}

/// How many there are, counted to a limit.
pub(crate) fn count_features(from: &str, chosen: &str, limit: &str) -> String {
    format!(
        "SELECT count(*) AS found FROM (SELECT 1 AS one FROM {from} WHERE {chosen} LIMIT {limit}) AS counted"
    )
}

/// The ids of the rows that pass a condition. Parameters: realm, then those of the condition.
pub(crate) fn ids(table: &str, condition: &str) -> String {
    format!("SELECT id FROM {table} WHERE realm = $1 AND ({condition})")
}

/// Codes and names of divisions. Parameter: realm.
pub(crate) fn names(table: &str) -> String {
    format!("SELECT code, name FROM {table} WHERE realm = $1")
}

/// Points of a layer in a window, by the index of places where there is one. Parameters: realm, south, north, west, east,
/// limit, then the texts of `only`.
pub(crate) fn points(
    def: &LayerDef,
    (lon, lat): (&str, &str),
    columns: &[&str],
    near: Option<&Near>,
) -> String {
    let only: String = def
        .only
        .iter()
        .enumerate()
        .map(|(at, (column, _))| format!(" AND {column} = ${}", at + 7))
        .collect();
    let from = near.map_or(def.table.as_str(), |near| near.from.as_str());
    let met = near.map_or(String::new(), |near| format!(" AND {}", near.condition));
    format!(
        "SELECT {} FROM {from} WHERE realm = $1 AND {lat} BETWEEN $2 AND $3 AND {lon} BETWEEN $4 AND $5{met}{only} LIMIT $6",
        columns.join(", ")
    )
}

/// The names of the parameters of [`points`] as a window.
pub(crate) fn window_of_points() -> WindowNames {
    ["$4", "$2", "$5", "$3"].map(str::to_owned)
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
