//! The facts every case has, whatever its system: they live in the table of cases and are the same everywhere.

use yuandu_base::LocalText;

use crate::field::{FieldDef, FieldType};

/// Columns of the table of cases that expressions may read as `case.<name>`.
pub const UNIVERSAL_CASE_COLUMNS: [&str; 25] = [
    "id",
    "number",
    "system",
    "process",
    "process_version",
    "title",
    "category",
    "class",
    "status",
    "stage",
    "org",
    "lon",
    "lat",
    "grid",
    "division",
    "address",
    "channel",
    "parent",
    "due_at",
    "warn_at",
    "opened_at",
    "updated_at",
    "closed_at",
    "words",
    "place",
];

/// Universal facts a form may ask for with `case = "…"`.
#[must_use]
pub fn universal_case_fields() -> Vec<FieldDef> {
    let code = |list: &str| FieldType::Code {
        list: list.to_owned(),
    };
    let field = |name, kind, zh, en| FieldDef::new(name, kind, LocalText::new(zh, en));
    vec![
        field("category", code("categories"), "类别", "Category"),
        field("place", FieldType::Position, "位置", "Place"),
        field("address", FieldType::Text { max: 200 }, "地址", "Address"),
        field("grid", FieldType::Grid, "单元网格", "Unit grid"),
        field("division", FieldType::Division, "行政区划", "Division"),
        field("org", FieldType::Org, "处置单位", "Handling unit"),
        field("parent", FieldType::Text { max: 64 }, "主案卷", "Main case"),
    ]
}
