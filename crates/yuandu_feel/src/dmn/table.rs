//! Decision tables: which rules match, and what a hit policy makes of them.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::ast::{Ast, Type};
use crate::builtins::sum_of;
use crate::context::Context;
use crate::error::{Fault, Position};
use crate::eval::compare::{equal, order};
use crate::eval::{Run, Scope};
use crate::parser::Tests;
use crate::types::coerced;
use crate::value::Value;

use super::boxed::{Found, typed};
use super::index::Index;

/// A decision table.
pub(crate) struct Table {
    pub policy: Policy,
    pub inputs: Vec<Input>,
    pub outputs: Vec<Output>,
    pub rules: Vec<Rule>,
    /// Which rules can match at all, for a table of many.
    pub index: Option<Index>,
    pub at: Position,
}

/// An input column.
pub(crate) struct Input {
    pub label: String,
    pub expression: Ast,
    pub of: Option<Type>,
    /// Values the input may have; others make the table undefined.
    pub allowed: Option<Tests>,
}

/// An output column.
pub(crate) struct Output {
    /// Its name; a table of one column may have none.
    pub name: Arc<str>,
    pub of: Option<Type>,
    /// Allowed values in order of priority.
    pub priorities: Vec<Ast>,
    pub default: Option<Ast>,
}

/// A rule: a test for each input, an expression for each output.
pub(crate) struct Rule {
    /// Its id, or its number from 1.
    pub id: String,
    pub tests: Vec<Tests>,
    pub outputs: Vec<Option<Ast>>,
}

/// What becomes of the rules that match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Unique,
    Any,
    Priority,
    First,
    RuleOrder,
    OutputOrder,
    Collect,
    Sum,
    Count,
    Min,
    Max,
}

/// A rule that matched and the values of its outputs.
struct Hit<'t> {
    rule: &'t Rule,
    values: Vec<Value>,
}

impl Table {
    pub fn eval(&self, run: &Run<'_>, scope: &Scope<'_>) -> Found {
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            match self.input(input, run, scope) {
                Some(value) => inputs.push(value),
                None => return Value::Null.into(),
            }
        }
        let matches = |rule: &&Rule| {
            run.spend(1)
                && rule
                    .tests
                    .iter()
                    .zip(&inputs)
                    .all(|(tests, input)| tests.pass(run, input, scope))
        };
        let most = match self.policy {
            Policy::First => 1,
            _ => usize::MAX,
        };
        let hit = |rule| self.hit(rule, run, scope);
        let hits: Vec<Hit<'_>> = match &self.index {
            Some(index) => index
                .candidates(&inputs)
                .into_iter()
                .filter_map(|at| self.rules.get(at))
                .filter(matches)
                .take(most)
                .map(hit)
                .collect(),
            None => self
                .rules
                .iter()
                .filter(matches)
                .take(most)
                .map(hit)
                .collect(),
        };
        if hits.is_empty() {
            return self.default(run, scope).into();
        }
        self.settled(hits, run, scope)
    }

    fn input(&self, input: &Input, run: &Run<'_>, scope: &Scope<'_>) -> Option<Value> {
        let value = run.eval(&input.expression, scope);
        let value = typed(
            run,
            value,
            input.of.as_ref(),
            &input.label,
            input.expression.at,
        );
        if let Some(allowed) = &input.allowed
            && !value.is_null()
            && !allowed.pass(run, &value, scope)
        {
            run.fault(input.expression.at, || {
                Fault::new(
                    format!("输入 `{}` 的值 {value} 不在允许值之内", input.label),
                    format!("the input `{}` has the value {value}, which is not among its allowed values", input.label),
                )
            });
            return None;
        }
        Some(value)
    }

    fn hit<'t>(&self, rule: &'t Rule, run: &Run<'_>, scope: &Scope<'_>) -> Hit<'t> {
        let values = self
            .outputs
            .iter()
            .zip(&rule.outputs)
            .map(|(output, cell)| {
                let value = cell
                    .as_ref()
                    .map_or(Value::Null, |cell| run.eval(cell, scope));
                let at = cell.as_ref().map_or(self.at, |cell| cell.at);
                typed(run, value, output.of.as_ref(), &output.name, at)
            });
        Hit {
            rule,
            values: values.collect(),
        }
    }

    /// The value when no rule matches: the defaults, if there are any.
    fn default(&self, run: &Run<'_>, scope: &Scope<'_>) -> Value {
        if self.outputs.iter().all(|output| output.default.is_none()) {
            return match self.policy {
                Policy::Count => Value::from(0),
                _ => Value::Null,
            };
        }
        let values = self.outputs.iter().map(|output| {
            let value = output
                .default
                .as_ref()
                .map_or(Value::Null, |ast| run.eval(ast, scope));
            coerced(value, output.of.as_ref().unwrap_or(&Type::Any), run.types())
                .unwrap_or_default()
        });
        let value = self.row(values.collect());
        match self.policy {
            Policy::RuleOrder | Policy::OutputOrder | Policy::Collect
                if !matches!(value, Value::List(_)) =>
            {
                Value::List(vec![value])
            }
            _ => value,
        }
    }

    /// The outputs of a rule as one value: alone, or as a context of the columns.
    fn row(&self, values: Vec<Value>) -> Value {
        if self.outputs.len() == 1 {
            return values.into_iter().next().unwrap_or_default();
        }
        let named = self
            .outputs
            .iter()
            .map(|output| Arc::clone(&output.name))
            .zip(values);
        Value::Context(named.collect::<Context>())
    }

    fn settled(&self, mut hits: Vec<Hit<'_>>, run: &Run<'_>, scope: &Scope<'_>) -> Found {
        if matches!(self.policy, Policy::Priority | Policy::OutputOrder) {
            let ranks = self.ranks(run, scope);
            hits.sort_by_cached_key(|hit| rank(&hit.values, &ranks));
        }
        match self.policy {
            Policy::Unique if hits.len() > 1 => return self.not_unique(&hits, run),
            Policy::Any if !all_same(&hits) => return self.not_same(&hits, run),
            Policy::Any => {
                let rules = hits.iter().map(|hit| hit.rule.id.clone()).collect();
                let value = hits
                    .into_iter()
                    .next()
                    .map_or(Value::Null, |hit| self.row(hit.values));
                return Found { value, rules };
            }
            Policy::Unique | Policy::First | Policy::Priority => hits.truncate(1),
            _ => {}
        }
        let rules = hits.iter().map(|hit| hit.rule.id.clone()).collect();
        let single = matches!(
            self.policy,
            Policy::Unique | Policy::First | Policy::Priority
        );
        let mut rows: Vec<Value> = hits.into_iter().map(|hit| self.row(hit.values)).collect();
        let value = if single {
            rows.pop().unwrap_or_default()
        } else {
            self.aggregated(rows, run)
        };
        Found { value, rules }
    }

    fn not_unique(&self, hits: &[Hit<'_>], run: &Run<'_>) -> Found {
        let rules: Vec<String> = hits.iter().map(|hit| hit.rule.id.clone()).collect();
        let names = rules.join(", ");
        let value = run.fault(self.at, || {
            Fault::new(
                format!("唯一命中的表有多条规则命中：{names}，请使规则互斥"),
                format!(
                    "several rules of a unique table match: {names}; make them exclude each other"
                ),
            )
        });
        Found { value, rules }
    }

    fn not_same(&self, hits: &[Hit<'_>], run: &Run<'_>) -> Found {
        let rules: Vec<String> = hits.iter().map(|hit| hit.rule.id.clone()).collect();
        let names = rules.join(", ");
        let value = run.fault(self.at, || {
            Fault::new(
                format!("任意命中的表中，规则 {names} 的结果不同"),
                format!("in a table of any hit the rules {names} give different results"),
            )
        });
        Found { value, rules }
    }

    /// The values of each column in order of priority.
    fn ranks(&self, run: &Run<'_>, scope: &Scope<'_>) -> Vec<Vec<Value>> {
        self.outputs
            .iter()
            .map(|output| {
                output
                    .priorities
                    .iter()
                    .map(|ast| run.eval(ast, scope))
                    .collect()
            })
            .collect()
    }

    fn aggregated(&self, rows: Vec<Value>, run: &Run<'_>) -> Value {
        match self.policy {
            Policy::Count => Value::from(rows.len()),
            Policy::Sum => run.settle(self.at, sum_of(&rows)),
            Policy::Min => extreme(rows, Ordering::Less),
            Policy::Max => extreme(rows, Ordering::Greater),
            _ => Value::List(rows),
        }
    }
}

/// The place of each value among its column's priorities; unlisted values come last.
fn rank(values: &[Value], ranks: &[Vec<Value>]) -> Vec<usize> {
    values
        .iter()
        .zip(ranks)
        .map(|(value, order)| {
            order
                .iter()
                .position(|ranked| equal(ranked, value) == Some(true))
                .unwrap_or(usize::MAX)
        })
        .collect()
}

fn all_same(hits: &[Hit<'_>]) -> bool {
    let Some((first, rest)) = hits.split_first() else {
        return true;
    };
    rest.iter().all(|hit| {
        hit.values
            .iter()
            .zip(&first.values)
            .all(|(a, b)| equal(a, b) == Some(true))
    })
}

fn extreme(rows: Vec<Value>, wanted: Ordering) -> Value {
    let mut rows = rows.into_iter().filter(|row| !row.is_null());
    let Some(mut best) = rows.next() else {
        return Value::Null;
    };
    for row in rows {
        match order(&row, &best) {
            Some(found) if found == wanted => best = row,
            Some(_) => {}
            None => return Value::Null,
        }
    }
    best
}
