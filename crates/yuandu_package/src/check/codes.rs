//! Codes written into expressions and tables must exist in the list of the fact they are compared with.

use std::collections::{BTreeMap, BTreeSet};

use yuandu_feel::ast::{Ast, CompareOp, Node, Test};
use yuandu_feel::{Expression, UnaryTests};
use yuandu_process::bpmn::{BPMN, EXTENSION, Element, read_tree};
use yuandu_schema::{FieldDef, FieldType};

use super::facts::{Facts, in_list};
use super::process::each;
use crate::load::Draft;
use crate::problems::Problems;

/// The code list behind each path.
pub(super) type OwnCodes = BTreeMap<Vec<String>, String>;

/// Where codes are looked up and problems are put.
pub(super) struct Lookup<'l> {
    pub(super) draft: &'l Draft,
    pub(super) facts: &'l Facts,
    pub(super) file: &'l str,
    /// The code lists of names that are not those of the case: of a form's fields, of a register's own.
    pub(super) own: &'l OwnCodes,
    pub(super) problems: &'l mut Problems,
}

impl Lookup<'_> {
    fn code(&mut self, line: usize, path: &[&str], code: &str) {
        let known = |own: &&Vec<String>| own.iter().eq(path);
        let refused = match self.own.iter().find(|(own, _)| known(own)) {
            Some((_, list)) => in_list(self.draft, list, code),
            None => self.facts.refuse(self.draft, path, code),
        };
        if let Some((zh, en)) = refused {
            self.problems.add(self.file, line, "codes.unknown", zh, en);
        }
    }

    /// Codes compared with facts anywhere in an expression.
    pub(super) fn expression(&mut self, line: usize, expression: &Expression) {
        for (path, code) in compared(expression) {
            self.code(line, &path, code);
        }
    }

    /// Codes in a cell of a decision table.
    pub(super) fn tests(&mut self, line: usize, path: &[&str], tests: &UnaryTests) {
        let codes: Vec<&str> = tests
            .tests()
            .map(|(_, tests)| tests)
            .unwrap_or_default()
            .iter()
            .flat_map(tested)
            .collect();
        for code in codes {
            self.code(line, path, code);
        }
    }

    /// Codes a formula may give to a fact.
    fn given(&mut self, line: usize, fact: &str, expression: &Expression) {
        let mut codes = Vec::new();
        results(expression.ast(), &mut codes);
        for code in codes {
            self.code(line, &["case", fact], code);
        }
    }
}

/// The code lists of fields, behind `input.` or at the root.
pub(super) fn own_codes<'f>(
    before: Option<&str>,
    fields: impl Iterator<Item = (&'f str, Option<&'f String>)>,
) -> OwnCodes {
    let path = |name: &str| {
        before
            .into_iter()
            .chain([name])
            .map(str::to_owned)
            .collect()
    };
    fields
        .filter_map(|(name, list)| Some((path(name), list?.clone())))
        .collect()
}

/// The list of a field that is a code.
pub(super) fn list_of(field: &FieldDef) -> Option<&String> {
    match &field.kind {
        FieldType::Code { list } => Some(list),
        _ => None,
    }
}

/// The texts that names are compared with, each with the name's path.
fn compared(expression: &Expression) -> Vec<(Vec<&str>, &str)> {
    let mut found: Vec<(Vec<&str>, &str)> = Vec::new();
    each_node(expression.ast(), &mut |ast| match &ast.node {
        Node::Compare {
            op: CompareOp::Eq | CompareOp::Ne,
            left,
            right,
        } => {
            let pairs: [(&Ast, &Ast); 2] = [(left, right), (right, left)];
            found.extend(
                pairs
                    .into_iter()
                    .filter_map(|(path, code)| Some((path.as_path()?, literal(code)?))),
            );
        }
        Node::In { value, tests } => {
            if let Some(path) = value.as_path() {
                found.extend(
                    tests
                        .iter()
                        .flat_map(tested)
                        .map(|code| (path.clone(), code)),
                );
            }
        }
        _ => {}
    });
    found
}

/// Visits a node and everything below it.
fn each_node<'a>(ast: &'a Ast, see: &mut dyn FnMut(&'a Ast)) {
    see(ast);
    ast.node.each_child(&mut |child| each_node(child, see));
}

fn literal(ast: &Ast) -> Option<&str> {
    match &ast.node {
        Node::Literal(value) => value.as_text(),
        _ => None,
    }
}

fn tested(test: &Test) -> Vec<&str> {
    match test {
        Test::Value(Ast {
            node: Node::List(items),
            ..
        }) => items.iter().filter_map(literal).collect(),
        Test::Value(ast) | Test::Compare(CompareOp::Eq | CompareOp::Ne, ast) => {
            literal(ast).into_iter().collect()
        }
        Test::Compare(..) => Vec::new(),
    }
}

/// The texts an expression may give as its value.
fn results<'a>(ast: &'a Ast, found: &mut Vec<&'a str>) {
    match &ast.node {
        Node::If {
            then, otherwise, ..
        } => {
            results(then, found);
            results(otherwise, found);
        }
        _ => found.extend(literal(ast)),
    }
}

/// Codes in the conditions and values of processes.
pub(super) fn check_processes(draft: &Draft, facts: &Facts, problems: &mut Problems) {
    for (file, _, text) in draft.in_folder("processes", ".bpmn") {
        let Ok(root) = read_tree(text) else { continue };
        let mut lookup = Lookup {
            draft,
            facts,
            file,
            own: &OwnCodes::new(),
            problems,
        };
        each(&root, &mut |element| in_element(element, &mut lookup));
    }
    outcomes(draft, problems);
}

/// Conditions on `outcome` must name one that some task of the package offers: else the path is never taken.
fn outcomes(draft: &Draft, problems: &mut Problems) {
    let files: Vec<(&str, Element)> = draft
        .in_folder("processes", ".bpmn")
        .filter_map(|(file, _, text)| Some((file, read_tree(text).ok()?)))
        .collect();
    let mut offered = BTreeSet::new();
    for (_, root) in &files {
        each(root, &mut |element| {
            if element.namespace == EXTENSION && element.name == "outcome" {
                offered.extend(element.attribute("id").map(str::to_owned));
            }
        });
    }
    for (file, root) in &files {
        each(root, &mut |element| {
            if element.namespace != BPMN || element.name != "conditionExpression" {
                return;
            }
            let text = element.text.trim();
            let Ok(expression) = Expression::parse(text.strip_prefix('=').unwrap_or(text)) else {
                return;
            };
            for (path, outcome) in compared(&expression) {
                if path == ["outcome"] && !offered.contains(outcome) {
                    problems.add(
                        file,
                        usize::try_from(element.line).unwrap_or(0),
                        "process.outcome_unknown",
                        format!("没有任务提供结果 `{outcome}`，这条路永远走不到；现有结果：{}", listed(&offered)),
                        format!("no task offers the outcome `{outcome}`, this path is never taken; there are: {}", listed(&offered)),
                    );
                }
            }
        });
    }
}

fn listed(names: &BTreeSet<String>) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.join(", ")
}

fn in_element(element: &Element, lookup: &mut Lookup<'_>) {
    let line = usize::try_from(element.line).unwrap_or(0);
    if element.namespace == BPMN && element.name == "conditionExpression" {
        let text = element.text.trim();
        if let Ok(expression) = Expression::parse(text.strip_prefix('=').unwrap_or(text)) {
            lookup.expression(line, &expression);
        }
    }
    if element.namespace != EXTENSION {
        return;
    }
    let formulas = element
        .attributes
        .iter()
        .filter_map(|attribute| attribute.value.strip_prefix('='));
    for expression in formulas.filter_map(|text| Expression::parse(text).ok()) {
        lookup.expression(line, &expression);
    }
    if let ("set", Some(fact), Some(value)) = (
        element.name.as_str(),
        element.attribute("field"),
        element.attribute("value"),
    ) {
        match value.strip_prefix('=').map(Expression::parse) {
            Some(Ok(expression)) => lookup.given(line, fact, &expression),
            Some(Err(_)) => {}
            None => lookup.code(line, &["case", fact], value),
        }
    }
}
