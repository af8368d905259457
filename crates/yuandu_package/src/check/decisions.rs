//! Decision models: their cells hold codes that exist, and their expressions read what the decision requires.

use std::collections::{BTreeMap, BTreeSet};

use yuandu_feel::{Expression, UnaryTests};
use yuandu_process::bpmn::{Element, read_tree};

use super::codes::{Lookup, OwnCodes};
use super::expressions::{self, SCOPE, Scope};
use super::facts::Facts;
use super::process::each;
use crate::load::Draft;
use crate::problems::Problems;

pub(super) fn check(draft: &Draft, facts: &Facts, problems: &mut Problems) {
    for (file, _, text) in draft.in_folder("decisions", ".dmn") {
        // What is no XML was told by the reader of decisions.
        let Ok(root) = read_tree(text) else { continue };
        let names = names_by_id(&root);
        inputs(file, &root, facts, problems);
        for decision in root
            .children
            .iter()
            .filter(|child| child.name == "decision")
        {
            let scope = Scope {
                roots: Some(scope_of(decision, &names)),
                input: None,
            };
            let mut model = Model {
                file,
                scope,
                draft,
                facts,
                own: OwnCodes::new(),
                problems: &mut *problems,
            };
            each(decision, &mut |element| model.element(element));
        }
    }
}

/// The names under which elements are seen, by their ids.
fn names_by_id(root: &Element) -> BTreeMap<&str, Vec<&str>> {
    root.children
        .iter()
        .filter_map(|element| {
            let variable = element
                .children
                .iter()
                .find(|child| child.name == "variable");
            let names = [
                element.attribute("name"),
                variable.and_then(|v| v.attribute("name")),
            ];
            Some((
                element.attribute("id")?,
                names.into_iter().flatten().collect(),
            ))
        })
        .collect()
}

/// Input data must be something the process has: what is not there would be null without a word.
fn inputs(file: &str, root: &Element, facts: &Facts, problems: &mut Problems) {
    for input in root
        .children
        .iter()
        .filter(|child| child.name == "inputData")
    {
        let name = input.attribute("name").unwrap_or_default();
        if SCOPE.contains(&name) || facts.variables.contains(name) || facts.variables_incomplete {
            continue;
        }
        problems.add(
            file,
            usize::try_from(input.line).unwrap_or(0),
            "decisions.input_unknown",
            format!(
                "输入数据 `{name}` 在流程中不存在；可用：{}",
                SCOPE.join(", ")
            ),
            format!(
                "the input data `{name}` does not exist in the process; there are: {}",
                SCOPE.join(", ")
            ),
        );
    }
}

/// What the expressions of a decision may name: what it requires, and what it declares itself.
fn scope_of(decision: &Element, names: &BTreeMap<&str, Vec<&str>>) -> BTreeSet<String> {
    let mut scope: BTreeSet<String> = ["?", "item", "partial"].map(str::to_owned).into();
    each(decision, &mut |element| {
        if let Some(id) = element
            .attribute("href")
            .and_then(|href| href.strip_prefix('#'))
        {
            scope.extend(
                names
                    .get(id)
                    .into_iter()
                    .flatten()
                    .map(|name| (*name).to_owned()),
            );
        }
        let local = matches!(
            element.name.as_str(),
            "variable" | "formalParameter" | "parameter"
        );
        scope.extend(
            element
                .attribute("name")
                .filter(|_| local)
                .map(str::to_owned),
        );
        scope.extend(element.attribute("iteratorVariable").map(str::to_owned));
    });
    scope
}

struct Model<'m> {
    file: &'m str,
    scope: Scope,
    draft: &'m Draft,
    facts: &'m Facts,
    own: OwnCodes,
    problems: &'m mut Problems,
}

impl Model<'_> {
    fn element(&mut self, element: &Element) {
        match element.name.as_str() {
            "decisionTable" => {
                self.rules(element);
                self.cells(element);
            }
            "inputExpression" | "outputEntry" | "literalExpression" => {
                let (line, text) = text_of(element);
                if let Ok(expression) = Expression::parse(text) {
                    let names = expression.names();
                    expressions::paths(
                        self.file,
                        line,
                        &names,
                        &self.scope,
                        (self.facts, self.problems),
                    );
                    self.lookup().expression(line, &expression);
                }
            }
            _ => {}
        }
    }

    /// A table without rules answers nothing, whatever it is asked.
    fn rules(&mut self, table: &Element) {
        if table.children.iter().any(|child| child.name == "rule") {
            return;
        }
        self.problems.add(
            self.file,
            usize::try_from(table.line).unwrap_or(0),
            "decisions.no_rules",
            "决策表没有一条规则（rule），什么都答不出",
            "the decision table has no rule, so it answers nothing",
        );
    }

    /// The cells of a table's inputs, each column against what it tests.
    fn cells(&mut self, table: &Element) {
        let columns: Vec<Option<Expression>> = table
            .children
            .iter()
            .filter(|child| child.name == "input")
            .map(|input| {
                let expression = input
                    .children
                    .iter()
                    .find(|child| child.name == "inputExpression")?;
                Expression::parse(text_of(expression).1).ok()
            })
            .collect();
        for rule in table.children.iter().filter(|child| child.name == "rule") {
            let entries = rule
                .children
                .iter()
                .filter(|child| child.name == "inputEntry");
            for (entry, column) in entries.zip(&columns) {
                let (line, text) = text_of(entry);
                let Ok(tests) = UnaryTests::parse(text) else {
                    continue;
                };
                expressions::paths(
                    self.file,
                    line,
                    &tests.names(),
                    &self.scope,
                    (self.facts, self.problems),
                );
                if let Some(path) = column
                    .as_ref()
                    .and_then(|expression| expression.ast().as_path())
                {
                    self.lookup().tests(line, &path, &tests);
                }
            }
        }
    }

    fn lookup(&mut self) -> Lookup<'_> {
        Lookup {
            draft: self.draft,
            facts: self.facts,
            file: self.file,
            own: &self.own,
            problems: self.problems,
        }
    }
}

/// The text inside an element with its line.
pub(super) fn text_of(element: &Element) -> (usize, &str) {
    let text = element.children.iter().find(|child| child.name == "text");
    text.map_or((0, ""), |text| {
        (usize::try_from(text.line).unwrap_or(0), text.text.trim())
    })
}
