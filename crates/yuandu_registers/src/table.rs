//! The tables of declared registers.

use yuandu_schema::{CellKind, FieldDef, RegisterDef};
use yuandu_store::{Index, Kind, TableDef};

/// The table of each register. Every table is keyed by `id`: the record's key, or the case for case registers.
#[must_use]
pub fn tables<'r>(registers: impl IntoIterator<Item = &'r RegisterDef>) -> Vec<TableDef> {
    registers.into_iter().map(table).collect()
}

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
    let mut table = TableDef::new(&register.table()).text("id").key(["id"]);
    for column in stored(register).flat_map(FieldDef::columns) {
        table = table.column(&column.name, kind(column.kind), true);
    }
    if !register.is_case {
        table = table.opt_int("changed_at");
        // A composite key is also found by its first field alone.
        if register.key.len() > 1 {
            table.indexes.push(Index {
                columns: register.key.clone(),
                unique: true,
            });
        }
    }
    for index in &register.indexes {
        table.indexes.push(Index {
            columns: index.fields.clone(),
            unique: index.unique,
        });
    }
    table
}

fn kind(kind: CellKind) -> Kind {
    match kind {
        CellKind::Text => Kind::Text,
        CellKind::Int => Kind::Int,
        CellKind::Real => Kind::Real,
    }
}
