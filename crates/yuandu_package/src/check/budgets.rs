//! Time limits in decision tables: a cell that a process takes for a budget is one, such as `5d`, `4h` or `30m`.
//!
//! A wrong one would stop every case that meets its row, long after the table was changed.

use std::collections::BTreeSet;

use yuandu_base::calendar::Budget;
use yuandu_feel::ast::Node;
use yuandu_feel::{Expression, Value};
use yuandu_process::bpmn::{Element, read_tree};
use yuandu_schema::FieldType;

use super::decisions::text_of;
use super::facts::Facts;
use super::process::each;
use crate::load::Draft;
use crate::problems::Problems;

/// A column of a decision's answer: the decision and the name of its output.
type Column = (String, String);

pub(super) fn check(draft: &Draft, facts: &Facts, problems: &mut Problems) {
    let mut columns = BTreeSet::new();
    for (_, _, text) in draft.in_folder("processes", ".bpmn") {
        // What is no XML was told by the reader of processes.
        if let Ok(root) = read_tree(text) {
            columns.extend(columns_of(&root, facts));
        }
    }
    for (file, _, text) in draft.in_folder("decisions", ".dmn") {
        let Ok(root) = read_tree(text) else { continue };
        for decision in root.children.iter().filter(|e| e.name == "decision") {
            let names = [decision.attribute("id"), decision.attribute("name")];
            let named = |column: &&Column| names.contains(&Some(column.0.as_str()));
            for (_, output) in columns.iter().filter(named) {
                each(decision, &mut |table| {
                    if table.name == "decisionTable" {
                        cells(file, table, output, problems);
                    }
                });
            }
        }
    }
}

/// The columns of answers that a process starts or extends its clocks by, or keeps in a fact that is a budget.
fn columns_of(root: &Element, facts: &Facts) -> BTreeSet<Column> {
    let is_budget = |name: Option<&str>| {
        let mut fields = facts.fields.iter();
        fields.any(|field| Some(field.name.as_str()) == name && field.kind == FieldType::Budget)
    };
    let (mut answers, mut paths) = (BTreeSet::new(), BTreeSet::new());
    each(root, &mut |element| {
        let expression = match element.name.as_str() {
            "decision" => {
                answers.extend(element.attribute("result").zip(element.attribute("ref")));
                None
            }
            "clock" => element.attribute("budget"),
            "set" if is_budget(element.attribute("field")) => element.attribute("value"),
            _ => None,
        };
        let parsed = expression
            .and_then(|text| text.strip_prefix('='))
            .and_then(|text| Expression::parse(text).ok());
        paths.extend(parsed.map(|parsed| parsed.names()).unwrap_or_default());
    });
    paths
        .iter()
        .filter_map(|path| match path.as_slice() {
            [answer, output] => Some((answer, output)),
            _ => None,
        })
        .flat_map(|(answer, output)| {
            answers
                .iter()
                .filter(move |(result, _)| *result == answer.as_str())
                .map(move |(_, decision)| ((*decision).to_owned(), output.clone()))
        })
        .collect()
}

/// The cells of one output; those that are no plain text are known only when they are computed.
fn cells(file: &str, table: &Element, output: &str, problems: &mut Problems) {
    let outputs = table.children.iter().filter(|e| e.name == "output");
    let Some(place) = outputs
        .map(|e| e.attribute("name"))
        .position(|name| name == Some(output))
    else {
        return;
    };
    for rule in table.children.iter().filter(|e| e.name == "rule") {
        let mut entries = rule.children.iter().filter(|e| e.name == "outputEntry");
        let Some((line, text)) = entries.nth(place).map(text_of) else {
            continue;
        };
        let Ok(cell) = Expression::parse(text) else {
            continue;
        };
        let Node::Literal(Value::Text(limit)) = &cell.ast().node else {
            continue;
        };
        if let Err(error) = limit.parse::<Budget>() {
            let told = error.message();
            problems.add(
                file,
                line,
                "decisions.budget",
                format!("`{output}` 用作时限：{}", told.zh),
                format!("`{output}` is used as a time limit: {}", told.en),
            );
        }
    }
}
