//! Decision tables as they stand in the package's DMN files: limits and routing, rule by rule.
//!
//! The files are read as documents here, for people; what a decision means is the business of `yuandu_feel`.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use yuandu_package::Package;
use yuandu_process::bpmn::{Element, read_tree};

use super::page::Page;

/// Codes in one cell are named when they are no more than this; a longer row is only codes.
const NAMED: usize = 3;

/// One decision table.
pub(super) struct Table {
    file: String,
    id: String,
    about: String,
    policy: String,
    inputs: Vec<String>,
    outputs: Vec<String>,
    rules: Vec<Vec<String>>,
}

/// Reads every decision table of a package's folder, in the order of files.
pub(super) fn read(folder: &Path) -> anyhow::Result<Vec<Table>> {
    let decisions = folder.join("decisions");
    if !decisions.is_dir() {
        return Ok(Vec::new());
    }
    let mut files: Vec<_> = std::fs::read_dir(&decisions)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "dmn"))
        .collect();
    files.sort();
    let mut tables = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read `{}`", file.display()))?;
        let root = read_tree(&text)
            .map_err(|fault| anyhow!("{}:{}: {}", file.display(), fault.line, fault.reason))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        tables.extend(
            children(&root, "decision")
                .filter_map(|decision| table(&format!("decisions/{name}"), decision)),
        );
    }
    Ok(tables)
}

fn table(file: &str, decision: &Element) -> Option<Table> {
    let body = children(decision, "decisionTable").next()?;
    let attribute =
        |element: &Element, name| element.attribute(name).unwrap_or_default().to_owned();
    let input = |input: &Element| match input.attribute("label") {
        Some(label) => label.to_owned(),
        None => children(input, "inputExpression")
            .next()
            .map(text)
            .unwrap_or_default(),
    };
    let rule = |rule: &Element| {
        let entries = children(rule, "inputEntry").chain(children(rule, "outputEntry"));
        let why = children(rule, "description").next();
        let why = why
            .map(|why| why.text.trim().to_owned())
            .unwrap_or_default();
        entries.map(text).chain([why]).collect()
    };
    Some(Table {
        file: file.to_owned(),
        id: attribute(decision, "id"),
        about: children(decision, "description")
            .next()
            .map(|about| about.text.trim().to_owned())
            .unwrap_or_default(),
        policy: attribute(body, "hitPolicy"),
        inputs: children(body, "input").map(input).collect(),
        outputs: children(body, "output")
            .map(|output| attribute(output, "name"))
            .collect(),
        rules: children(body, "rule").map(rule).collect(),
    })
}

fn children<'e>(element: &'e Element, name: &'e str) -> impl Iterator<Item = &'e Element> {
    element
        .children
        .iter()
        .filter(move |child| child.name == name)
}

/// The words of an entry, which stand in a `text` of their own.
fn text(element: &Element) -> String {
    children(element, "text")
        .next()
        .map(|text| text.text.trim().to_owned())
        .unwrap_or_default()
}

/// Every decision table.
pub(super) fn tables(page: &mut Page, package: &Package, tables: &[Table]) {
    if tables.is_empty() {
        return;
    }
    page.section("时限与判定表", "Limits and decision tables");
    page.line("d 工作日，h 工作小时，m 工作分钟；`-` 不限。 d = working days, h = working hours, m = working minutes; `-` = any.");
    for table in tables {
        page.part(&format!("`{}` ({})", table.id, table.policy));
        let folder = format!("systems/{}", package.id());
        page.line(&format!("{} `{folder}/{}`\n", table.about, table.file));
        let outputs = table.outputs.iter().map(|name| format!("→ {name}"));
        let head: Vec<String> = table
            .inputs
            .iter()
            .cloned()
            .chain(outputs)
            .chain(["说明 · Note".to_owned()])
            .collect();
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        let rules = table
            .rules
            .iter()
            .map(|rule| rule.iter().map(|cell| named(package, cell)).collect());
        page.table(&head, rules);
    }
}

/// Texts lose their quotation marks; a few codes of matters get their names.
fn named(package: &Package, cell: &str) -> String {
    let parts: Vec<&str> = cell.split(", ").collect();
    let quoted = |part: &str| {
        part.strip_prefix('"')
            .and_then(|part| part.strip_suffix('"'))
            .map(str::to_owned)
    };
    let Some(words) = parts
        .iter()
        .map(|part| quoted(part))
        .collect::<Option<Vec<_>>>()
    else {
        return cell.to_owned();
    };
    let few = words.len() <= NAMED;
    let shown = words.iter().map(|word| {
        let label = package.code_lists().label("categories", word);
        match label.filter(|_| few) {
            Some(label) => format!("{word} {}", label.zh),
            None => word.clone(),
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}
