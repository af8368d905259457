//! The tables of declared registers.

use yuandu_schema::{CellKind, FieldDef, FieldType, History, MatchingDef, RegisterDef};
use yuandu_store::{Index, Kind, TableDef};

/// The table of each register. Every table is keyed by `id`: the record's key, or the case for case registers.
#[must_use]
pub fn tables<'r>(registers: impl IntoIterator<Item = &'r RegisterDef>) -> Vec<TableDef> {
    registers
        .into_iter()
        .flat_map(|register| [Some(table(register)), history(register)])
        .flatten()
        .collect()
}

/// Columns of a version: the days it is true for, when and by whom it came to be known, how and why.
pub(crate) const VERSION_COLUMNS: [&str; 6] = [
    "valid_begin",
    "valid_end",
    "known_begin",
    "known_by",
    "known_how",
    "known_why",
];

/// Fields that the register itself stores: not those looked up live in another one.
pub(crate) fn stored(register: &RegisterDef) -> impl Iterator<Item = &FieldDef> {
    register
        .fields
        .iter()
        .filter(|field| register.is_case || !is_live(field))
}

/// Whether the fact is looked up in its source, `<package>.<register>.<field>`, each time it is shown.
pub(crate) fn is_live(field: &FieldDef) -> bool {
    field
        .source
        .as_deref()
        .is_some_and(|source| source.matches('.').count() == 2)
}

fn table(register: &RegisterDef) -> TableDef {
    let mut table = columns(register, TableDef::new(&register.table()).text("id")).key(["id"]);
    if !register.is_case {
        // A composite key is also found by its first field alone.
        if register.key.len() > 1 {
            table.indexes.push(Index {
                columns: register.key.clone(),
                unique: true,
            });
        }
    }
    if let Some(place) = placed(register) {
        table = table.points(&format!("{place}_lon"), &format!("{place}_lat"));
    }
    for index in &register.indexes {
        table.indexes.push(Index {
            columns: index.fields.clone(),
            unique: index.unique,
        });
    }
    for fields in register.matching.iter().flat_map(MatchingDef::lookups) {
        if !table.indexes.iter().any(|index| index.columns == *fields) {
            table.indexes.push(Index {
                columns: fields.clone(),
                unique: false,
            });
        }
    }
    table
}

/// The first place of a record: maps and lists find records by it. Cases have a place of their own.
fn placed(register: &RegisterDef) -> Option<&str> {
    let mut fields = stored(register).filter(|field| field.kind == FieldType::Position);
    fields
        .next()
        .filter(|_| !register.is_case)
        .map(|field| field.name.as_str())
}

/// The versions that are not the present one: superseded, of past days, or of days to come.
fn history(register: &RegisterDef) -> Option<TableDef> {
    let table = TableDef::new(&register.history_table()?)
        .text("id")
        .int("version")
        .opt_int("known_end")
        .opt_int("pending");
    let table = columns(register, table)
        .key(["id", "version"])
        .index(["pending", "valid_begin"]);
    Some(table)
}

/// The columns of a record, and of a version where versions are kept.
fn columns(register: &RegisterDef, mut table: TableDef) -> TableDef {
    for column in stored(register).flat_map(FieldDef::columns) {
        table = table.column(&column.name, kind(column.kind), true);
    }
    for name in &register.retired {
        table = table.opt_text(name);
    }
    if !register.is_case {
        table = table.opt_int("changed_at");
    }
    if register.history == History::Bitemporal {
        for name in VERSION_COLUMNS {
            let kind = if name == "known_begin" {
                Kind::Int
            } else {
                Kind::Text
            };
            table = table.column(name, kind, true);
        }
    }
    table
}

/// Every column that the present and the past of a bitemporal register have in common, without `realm` and `pos`.
pub(crate) fn shared_columns(register: &RegisterDef) -> Vec<String> {
    columns(register, TableDef::new("").text("id"))
        .columns
        .into_iter()
        .map(|column| column.name)
        .collect()
}

fn kind(kind: CellKind) -> Kind {
    match kind {
        CellKind::Text => Kind::Text,
        CellKind::Int => Kind::Int,
        CellKind::Real => Kind::Real,
    }
}
