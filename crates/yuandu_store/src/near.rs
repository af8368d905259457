//! Points of a table found by place: an R*Tree beside the table in SQLite, an index over the built-in type `point` in
//! PostgreSQL. Neither needs an extension.
//!
//! The tree is no table of the log: triggers keep it as the table is, so commits, copies and mends need not know it. It
//! holds its numbers in 32 bits, rounded outwards, so whoever asks compares exactly afterwards.

use crate::TableDef;

/// Where points near some windows are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// What stands after `FROM`: the table, with its index before it where that has to be named.
    pub from: String,
    /// What to add to the conditions; true where `from` says it.
    pub condition: String,
    /// A count, named `found`, of what the index holds in the windows, up to the limit; none where the database weighs for
    /// itself whether the index helps.
    pub probe: Option<String>,
}

/// The names of four parameters, or the numbers themselves: west, south, east, north.
pub type WindowNames = [String; 4];

/// The tree's tables in SQLite.
pub(crate) fn tables(table: &TableDef) -> Vec<String> {
    let name = name(table);
    ["", "_node", "_parent", "_rowid"]
        .iter()
        .map(|end| format!("{name}{end}"))
        .collect()
}

/// The name of the tree, or of the index.
pub(crate) fn name(table: &TableDef) -> String {
    format!("{}_near", table.name)
}

/// The statements that make the tree, fill it and keep it; the first two are for a tree that is not there yet.
pub(crate) fn sqlite(table: &TableDef) -> Option<Vec<String>> {
    let (points, key) = (table.points.as_ref()?, table.key.first()?);
    let (name, of) = (name(table), &table.name);
    let (lon, lat) = (&points.lon, &points.lat);
    let filled = |row: &str| format!("{row}{lon} IS NOT NULL AND {row}{lat} IS NOT NULL");
    let add = |row: &str| {
        format!(
            "INSERT INTO {name} (west, east, south, north, near_realm, near_row) SELECT {row}{lon}, {row}{lon}, {row}{lat}, {row}{lat}, {row}realm, {row}{key}"
        )
    };
    // Found by its place first: the tree has no index over the rows it names.
    let remove = format!(
        "DELETE FROM {name} WHERE west <= old.{lon} AND east >= old.{lon} AND south <= old.{lat} AND north >= old.{lat} AND near_row = old.{key} AND near_realm = old.realm"
    );
    let moved = format!(
        "old.{lon} IS NOT new.{lon} OR old.{lat} IS NOT new.{lat} OR old.{key} IS NOT new.{key}"
    );
    Some(vec![
        format!(
            "CREATE VIRTUAL TABLE {name} USING rtree(id, west, east, south, north, +near_realm INTEGER, +near_row TEXT)"
        ),
        format!("{} FROM {of} WHERE {}", add(""), filled("")),
        format!(
            "CREATE TRIGGER IF NOT EXISTS {name}_in AFTER INSERT ON {of} WHEN {} BEGIN {}; END",
            filled("new."),
            add("new.")
        ),
        format!(
            "CREATE TRIGGER IF NOT EXISTS {name}_out AFTER DELETE ON {of} WHEN {} BEGIN {remove}; END",
            filled("old.")
        ),
        format!(
            "CREATE TRIGGER IF NOT EXISTS {name}_to AFTER UPDATE ON {of} WHEN {moved} BEGIN {remove}; {} WHERE {}; END",
            add("new."),
            filled("new.")
        ),
    ])
}

/// The statement that makes the index in PostgreSQL.
pub(crate) fn postgres(table: &TableDef) -> Option<String> {
    let points = table.points.as_ref()?;
    Some(format!(
        "CREATE INDEX IF NOT EXISTS {} ON {} USING gist (point({}, {}));",
        name(table),
        table.name,
        points.lon,
        points.lat
    ))
}

/// How a query reads the points in some windows.
pub(crate) fn read(
    table: &TableDef,
    windows: &[WindowNames],
    limit: &str,
    is_sqlite: bool,
) -> Option<Near> {
    let (points, key) = (table.points.as_ref()?, table.key.first()?);
    let (of, name) = (&table.name, name(table));
    if !is_sqlite {
        let met: Vec<String> = windows
            .iter()
            .map(|[west, south, east, north]| {
                format!(
                    "point({}, {}) <@ box(point({west}, {south}), point({east}, {north}))",
                    points.lon, points.lat
                )
            })
            .collect();
        return Some(Near {
            from: of.clone(),
            condition: format!("({})", met.join(" OR ")),
            probe: None,
        });
    }
    let met: Vec<String> = windows
        .iter()
        .map(|[west, south, east, north]| {
            format!("SELECT near_row FROM {name} WHERE east >= {west} AND west <= {east} AND north >= {south} AND south <= {north}")
        })
        .collect();
    let met = met.join(" UNION ");
    Some(Near {
        // A cross join is not turned round: the tree first, then each row by its key.
        from: format!("({met}) AS near_rows CROSS JOIN {of}"),
        condition: format!("{of}.{key} = near_rows.near_row"),
        probe: Some(format!(
            "SELECT count(*) AS found FROM (SELECT 1 AS one FROM ({met}) AS near_rows LIMIT {limit}) AS probed"
        )),
    })
}
