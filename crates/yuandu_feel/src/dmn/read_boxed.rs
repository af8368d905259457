//! Reads boxed expressions: literal expressions, tables, contexts, lists, relations, invocations, functions, and the
//! conditional, filter and iterators of DMN 1.4.

use std::sync::Arc;

use crate::ast::Ast;
use crate::error::Position;
use crate::parser::Tests;
use crate::types::TypeTable;

use super::boxed::{Boxed, Entry, IteratorKind};
use super::index::Index;
use super::read::{Reader, plain};
use super::table::{Input, Output, Policy, Rule, Table};
use super::xml::Element;

impl Reader<'_> {
    /// Reads the boxed expression that an element is; `None` if it is none.
    pub(super) fn boxed(&mut self, element: &Element, types: &TypeTable) -> Option<Boxed> {
        Some(match element.name.as_str() {
            "literalExpression" => self.literal(element),
            "decisionTable" => Boxed::Table(Box::new(self.table(element, types))),
            "context" => {
                let entries = element
                    .all("contextEntry")
                    .map(|entry| self.entry(entry, types))
                    .collect();
                Boxed::Context(entries)
            }
            "list" => Boxed::List(
                element
                    .children
                    .iter()
                    .filter_map(|child| self.boxed(child, types))
                    .collect(),
            ),
            "relation" => self.relation(element, types),
            "invocation" => self.invocation(element, types),
            "functionDefinition" => {
                let params = self.params(element);
                let body = Arc::new(if self.is_feel_function(element) {
                    self.part(element, types)
                } else {
                    Boxed::Nothing
                });
                Boxed::Function { params, body }
            }
            "conditional" => {
                let parts =
                    ["if", "then", "else"].map(|name| self.named_part(element, name, types));
                Boxed::Conditional(Box::new(parts))
            }
            "filter" => Boxed::Filter(Box::new(
                ["in", "match"].map(|name| self.named_part(element, name, types)),
            )),
            "for" => self.iterator(element, IteratorKind::For, "return", types),
            "some" => self.iterator(element, IteratorKind::Some, "satisfies", types),
            "every" => self.iterator(element, IteratorKind::Every, "satisfies", types),
            _ => return None,
        })
    }

    fn literal(&mut self, element: &Element) -> Boxed {
        match self.expression(element) {
            Some(Ok(ast)) => Boxed::Literal(ast),
            Some(Err(error)) => Boxed::Broken(error),
            None => {
                if element.child("importedValues").is_some() {
                    self.problem(
                        element.line,
                        "不支持导入的值",
                        "imported values are not supported",
                    );
                }
                Boxed::Nothing
            }
        }
    }

    /// The boxed expression inside an element.
    fn part(&mut self, element: &Element, types: &TypeTable) -> Boxed {
        element
            .children
            .iter()
            .find_map(|child| self.boxed(child, types))
            .unwrap_or(Boxed::Nothing)
    }

    fn named_part(&mut self, element: &Element, name: &str, types: &TypeTable) -> Boxed {
        match element.child(name) {
            Some(part) => self.part(part, types),
            None => {
                let holder = &element.name;
                self.problem(
                    element.line,
                    format!("`{holder}` 缺少 `{name}`"),
                    format!("`{holder}` lacks `{name}`"),
                );
                Boxed::Nothing
            }
        }
    }

    fn iterator(
        &mut self,
        element: &Element,
        kind: IteratorKind,
        body: &str,
        types: &TypeTable,
    ) -> Boxed {
        Boxed::Iterator {
            kind,
            variable: element
                .attribute("iteratorVariable")
                .map(plain)
                .unwrap_or_default(),
            parts: Box::new(["in", body].map(|name| self.named_part(element, name, types))),
        }
    }

    fn entry(&mut self, element: &Element, types: &TypeTable) -> Entry {
        let variable = element.child("variable");
        Entry {
            name: variable
                .and_then(|variable| variable.attribute("name"))
                .map(|name| plain(name).into()),
            of: variable.and_then(|variable| self.type_of(variable)),
            value: self.part(element, types),
        }
    }

    fn relation(&mut self, element: &Element, types: &TypeTable) -> Boxed {
        let columns: Vec<Arc<str>> = element
            .all("column")
            .map(|column| {
                let name = column.attribute("name").map(plain);
                name.unwrap_or_default().into()
            })
            .collect();
        let mut rows = Vec::new();
        for row in element.all("row") {
            let cells: Vec<Boxed> = row
                .children
                .iter()
                .filter_map(|child| self.boxed(child, types))
                .collect();
            self.width(row, cells.len(), columns.len(), ("单元格", "cells"));
            rows.push(cells);
        }
        Boxed::Relation(columns, rows)
    }

    fn width(&mut self, element: &Element, found: usize, wanted: usize, what: (&str, &str)) {
        if found != wanted {
            let (zh, en) = what;
            self.problem(
                element.line,
                format!("这一行有 {found} 个{zh}，应有 {wanted} 个"),
                format!("this row has {found} {en} but should have {wanted}"),
            );
        }
    }

    fn invocation(&mut self, element: &Element, types: &TypeTable) -> Boxed {
        let function = element
            .child("literalExpression")
            .and_then(|called| self.expression(called));
        let bindings = element
            .all("binding")
            .map(|binding| {
                let name = binding
                    .child("parameter")
                    .and_then(|parameter| parameter.attribute("name"));
                (
                    name.map(plain).unwrap_or_default(),
                    self.part(binding, types),
                )
            })
            .collect();
        match function {
            Some(Ok(function)) => Boxed::Invocation { function, bindings },
            Some(Err(error)) => Boxed::Broken(error),
            None => {
                self.problem(
                    element.line,
                    "调用没有指明函数",
                    "the invocation names no function",
                );
                Boxed::Nothing
            }
        }
    }

    fn table(&mut self, element: &Element, types: &TypeTable) -> Table {
        let policy = self.policy(element);
        let inputs: Vec<Input> = element
            .all("input")
            .filter_map(|input| self.table_input(input))
            .collect();
        let outputs: Vec<Output> = element
            .all("output")
            .map(|output| self.table_output(output, types))
            .collect();
        if outputs.is_empty() {
            self.problem(
                element.line,
                "决策表没有输出列",
                "the decision table has no output column",
            );
        }
        if outputs.len() > 1 && matches!(policy, Policy::Sum | Policy::Min | Policy::Max) {
            self.problem(
                element.line,
                "带汇总的收集只允许一个输出列",
                "a collecting table with an aggregation has one output column",
            );
        }
        let columns = (inputs.len(), outputs.len());
        let rules: Vec<Rule> = element
            .all("rule")
            .enumerate()
            .map(|(at, rule)| self.rule(rule, at + 1, columns))
            .collect();
        Table {
            index: Index::new(&rules, inputs.len()),
            policy,
            inputs,
            outputs,
            rules,
            at: Position {
                line: element.line,
                column: 1,
            },
        }
    }

    fn policy(&mut self, element: &Element) -> Policy {
        let aggregation = element.attribute("aggregation").unwrap_or_default();
        let name = element.attribute("hitPolicy").unwrap_or("UNIQUE");
        match (name.replace(' ', "_").as_str(), aggregation) {
            ("UNIQUE", _) => Policy::Unique,
            ("ANY", _) => Policy::Any,
            ("PRIORITY", _) => Policy::Priority,
            ("FIRST", _) => Policy::First,
            ("RULE_ORDER", _) => Policy::RuleOrder,
            ("OUTPUT_ORDER", _) => Policy::OutputOrder,
            ("COLLECT", "") => Policy::Collect,
            ("COLLECT", "SUM") => Policy::Sum,
            ("COLLECT", "COUNT") => Policy::Count,
            ("COLLECT", "MIN") => Policy::Min,
            ("COLLECT", "MAX") => Policy::Max,
            _ => {
                self.problem(
                    element.line,
                    format!("命中策略 `{name}` `{aggregation}` 不存在"),
                    format!("there is no hit policy `{name}` `{aggregation}`"),
                );
                Policy::Unique
            }
        }
    }

    fn table_input(&mut self, element: &Element) -> Option<Input> {
        let holder = element.child("inputExpression");
        let expression = holder.and_then(|holder| self.expression(holder));
        if expression.is_none() {
            self.problem(
                element.line,
                "输入列没有表达式",
                "the input column has no expression",
            );
        }
        let expression = expression?.ok()?;
        let text = holder
            .and_then(|holder| holder.child("text"))
            .map(|text| plain(&text.text));
        Some(Input {
            label: element
                .attribute("label")
                .map(plain)
                .or(text)
                .unwrap_or_default(),
            of: holder.and_then(|holder| self.type_of(holder)),
            allowed: element
                .child("inputValues")
                .map(|allowed| self.tests(allowed)),
            expression,
        })
    }

    fn table_output(&mut self, element: &Element, types: &TypeTable) -> Output {
        let of = self.type_of(element);
        let listed = element
            .child("outputValues")
            .map(|values| self.tests(values));
        let priorities = match &listed {
            Some(listed) => values_of(listed),
            None => Self::listed_values(of.as_ref(), types)
                .map(values_of)
                .unwrap_or_default(),
        };
        let default = element
            .child("defaultOutputEntry")
            .and_then(|default| self.expression(default));
        Output {
            name: element
                .attribute("name")
                .or_else(|| element.attribute("label"))
                .map(plain)
                .unwrap_or_default()
                .into(),
            of,
            priorities,
            default: default.and_then(Result::ok),
        }
    }

    fn rule(
        &mut self,
        element: &Element,
        number: usize,
        (inputs, outputs): (usize, usize),
    ) -> Rule {
        let tests: Vec<Tests> = element
            .all("inputEntry")
            .map(|entry| self.tests(entry))
            .collect();
        self.width(element, tests.len(), inputs, ("输入单元格", "input cells"));
        let cells: Vec<Option<Ast>> = element
            .all("outputEntry")
            .map(|entry| self.expression(entry).and_then(Result::ok))
            .collect();
        self.width(
            element,
            cells.len(),
            outputs,
            ("输出单元格", "output cells"),
        );
        Rule {
            id: element
                .attribute("id")
                .map_or_else(|| number.to_string(), str::to_owned),
            tests,
            outputs: cells,
        }
    }
}

/// The values that tests list, in order.
fn values_of(tests: &Tests) -> Vec<Ast> {
    match tests {
        Tests::Any => Vec::new(),
        Tests::Of { tests, .. } => tests.iter().map(|test| test.ast().clone()).collect(),
    }
}
