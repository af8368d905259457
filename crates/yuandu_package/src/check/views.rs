//! Indicators, map layers and pages: columns that exist, and every page in every language.

use std::collections::BTreeSet;

use yuandu_insight::{Board, CaseTables, IndicatorDef, InsightError};
use yuandu_places::{Geometry, LayerDef};
use yuandu_schema::UNIVERSAL_CASE_COLUMNS;
use yuandu_schema::reading::Document;
use yuandu_store::TableDef;

use super::Around;
use super::codes::{Lookup, OwnCodes};
use super::facts::Facts;
use crate::load::Draft;
use crate::problems::Problems;

/// What is said to everyone of a case: its number, what it is about, how far it is, when and where.
const PUBLIC_OF_CASES: [&str; 12] = [
    "id",
    "number",
    "title",
    "category",
    "class",
    "status",
    "stage",
    "grid",
    "division",
    "opened_at",
    "closed_at",
    "due_at",
];

pub(super) fn check(around: &Around<'_>, facts: &Facts, problems: &mut Problems) {
    indicators(around.draft, facts, problems);
    layers(around, problems);
    pages(around.draft, problems);
}

/// Each indicator is compiled alone, so that a problem is that of its file.
fn indicators(draft: &Draft, facts: &Facts, problems: &mut Problems) {
    let package = &draft.package;
    let Some(tables) = case_tables(draft) else {
        if package.manifest.case.is_none() {
            for (file, _, _) in draft.in_folder("indicators", ".toml") {
                problems.add(
                    file,
                    0,
                    "package.case_missing",
                    "package.toml 没有 [case]，没有案卷可以统计",
                    "package.toml has no [case], so there are no cases to count",
                );
            }
        }
        return;
    };
    for indicator in &package.indicators {
        let file = format!("indicators/{}.toml", indicator.id);
        for (key, condition) in [
            ("numerator", &indicator.numerator),
            ("denominator", &indicator.denominator),
        ] {
            let mut lookup = Lookup {
                draft,
                facts,
                file: &file,
                own: &OwnCodes::new(),
                problems,
            };
            lookup.expression(line_of(draft, &file, key), condition);
        }
        let Err(found) = Board::new(tables.clone(), vec![indicator.clone()]) else {
            continue;
        };
        for error in found {
            let line = line_of(draft, &file, key_of(indicator, &error));
            let message = error.message();
            problems.add(
                &file,
                line,
                "indicators.condition",
                format!("指标条件无法计算：{}", message.zh),
                message.en,
            );
        }
    }
}

/// The key whose condition an error is about.
fn key_of(indicator: &IndicatorDef, error: &InsightError) -> &'static str {
    match error {
        InsightError::NotCompilable { expression, .. }
            if *expression == indicator.denominator.source() =>
        {
            "denominator"
        }
        _ => "numerator",
    }
}

/// Where the cases of the package stand; none while its case register cannot be told.
fn case_tables(draft: &Draft) -> Option<CaseTables> {
    let register = draft.package.case_register()?;
    if draft
        .failed
        .contains(&format!("registers/{}.toml", register.id))
    {
        return None;
    }
    let columns = register.fields.iter().flat_map(|field| field.columns());
    Some(CaseTables {
        system: draft.package.id().to_owned(),
        cases: "cases".to_owned(),
        universal: UNIVERSAL_CASE_COLUMNS
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        facts: register.table(),
        declared: columns.map(|column| column.name).collect(),
    })
}

fn layers(around: &Around<'_>, problems: &mut Problems) {
    let mut tables: Vec<TableDef> = yuandu_process::schema();
    tables.extend(around.package().table_defs());
    tables.extend(around.needed().flat_map(|other| other.package.table_defs()));
    for layer in &around.package().layers {
        let file = format!("layers/{}.toml", layer.id);
        let Some(table) = tables.iter().find(|table| table.name == layer.table) else {
            if !around.draft.any_failed("registers/") {
                let name = &layer.table;
                problems.add(
                    &file,
                    line_of(around.draft, &file, "table"),
                    "layers.table_unknown",
                    format!("表 `{name}` 不存在，或其包未写进 needs"),
                    format!("the table `{name}` does not exist, or its package is not in `needs`"),
                );
            }
            continue;
        };
        // A register that is not sound may lack columns that it declares.
        if around.draft.any_failed("registers/") && table.name.starts_with("r_") {
            continue;
        }
        too_sensitive(around, layer, &file, problems);
        for (key, column) in columns(layer) {
            if !table.columns.iter().any(|known| known.name == column) {
                problems.add(
                    &file,
                    line_of(around.draft, &file, key),
                    "layers.column_unknown",
                    format!("表 `{}` 没有列 `{column}`", table.name),
                    format!("the table `{}` has no column `{column}`", table.name),
                );
            }
        }
    }
}

/// A map shows a row to whoever may see the row: nothing that is more sensitive than its register, and of cases only what
/// is said to everyone.
fn too_sensitive(around: &Around<'_>, layer: &LayerDef, file: &str, problems: &mut Problems) {
    let mut registers = (around.package().registers().iter())
        .chain(around.needed().flat_map(|other| other.package.registers()));
    let register = registers.find(|register| register.table() == layer.table);
    let shown = columns(layer)
        .into_iter()
        .filter(|(key, _)| ["properties", "instants", "name"].contains(key));
    for (key, column) in shown {
        let open = match register {
            Some(register) => (register.fields.iter())
                .filter(|field| field.columns().iter().any(|known| known.name == column))
                .all(|field| field.sensitivity <= register.sensitivity),
            None => layer.table != "cases" || PUBLIC_OF_CASES.contains(&column),
        };
        if !open {
            problems.add(
                file,
                line_of(around.draft, file, key),
                "layers.sensitive",
                format!("列 `{column}` 不能上图：它比登记簿本身敏感，或不是案卷的公开信息"),
                format!("the column `{column}` may not be on a map: it is more sensitive than its register, or not a public fact of cases"),
            );
        }
    }
}

/// Every column a layer names, with the key it stands under.
fn columns(layer: &LayerDef) -> Vec<(&'static str, &str)> {
    let mut columns = match &layer.geometry {
        Geometry::Point { lon, lat } => vec![("lon", lon.as_str()), ("lat", lat.as_str())],
        Geometry::Area { outline } => vec![("outline", outline.as_str())],
        Geometry::Line { line } => vec![("line", line.as_str())],
    };
    columns.extend(
        layer
            .lamp
            .iter()
            .flat_map(|lamp| [("warn", lamp.warn.as_str()), ("due", lamp.due.as_str())]),
    );
    columns.extend(
        layer
            .properties
            .iter()
            .map(|(_, column)| ("properties", column.as_str())),
    );
    let instants = layer.instants.iter();
    columns.extend(instants.map(|(_, column)| ("instants", column.as_str())));
    columns.extend(layer.time.iter().map(|column| ("time", column.as_str())));
    columns.extend(layer.name.iter().map(|column| ("name", column.as_str())));
    columns.extend(
        layer
            .only
            .iter()
            .map(|(column, _)| ("only", column.as_str())),
    );
    columns
}

fn line_of(draft: &Draft, file: &str, key: &str) -> usize {
    let document = Document::parse(file, draft.text(file));
    document.root().line_of(key)
}

fn pages(draft: &Draft, problems: &mut Problems) {
    for (name, languages) in &draft.package.pages {
        let missing: BTreeSet<&str> = ["zh", "en"]
            .into_iter()
            .filter(|lang| !languages.contains_key(lang))
            .collect();
        for lang in missing {
            problems.add(
                &format!("content/{lang}/{name}.md"),
                0,
                "package.page_missing",
                format!("页面 `{name}` 没有 {lang} 版本，每种语言都要写"),
                format!("the page `{name}` has no version in `{lang}`; every language is required"),
            );
        }
        for (lang, page) in languages {
            if page.title.is_empty() {
                problems.add(
                    &format!("content/{lang}/{name}.md"),
                    1,
                    "package.page_title",
                    "页面没有标题，请以 # 开头写一行",
                    "the page has no title; begin a line with #",
                );
            }
        }
    }
}
