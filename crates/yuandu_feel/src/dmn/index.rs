//! Which rules of a large table can match at all. Each input column whose cells are literals, comparisons with literals
//! or ranges of literals is cut into the stretches between its bounds; for each stretch the rules are known that may hold.
//!
//! The index only leaves out rules that cannot match: those that remain are tested as ever.

use std::cmp::Ordering;

use crate::ast::{Ast, CompareOp, Node, Test};
use crate::eval::compare::order;
use crate::parser::Tests;
use crate::value::Value;

use super::table::Rule;

/// Tables below are faster without.
const LEAST_RULES: usize = 16;
/// Words of 64 rules an index may hold: 16 MiB.
const MOST_WORDS: usize = 2 * 1024 * 1024;

/// A set of rules by their place.
type Bits = Vec<u64>;

/// The index of a table.
pub(crate) struct Index {
    rules: usize,
    columns: Vec<Column>,
}

/// A column that can leave rules out.
struct Column {
    /// Place of its input.
    input: usize,
    /// The bounds in order, all of one kind.
    bounds: Vec<Value>,
    /// For each stretch, the rules that may hold: below the first bound, at it, between it and the next, and so on.
    stretches: Vec<Bits>,
}

/// What a test allows: from and to a bound, both as places among the stretches of the column.
struct Span<'t> {
    low: Option<(&'t Value, bool)>,
    high: Option<(&'t Value, bool)>,
}

impl Index {
    /// The index of a table's rules, if one is worth having.
    pub fn new(rules: &[Rule], inputs: usize) -> Option<Self> {
        if rules.len() < LEAST_RULES {
            return None;
        }
        let mut budget = MOST_WORDS;
        let columns: Vec<Column> = (0..inputs)
            .filter_map(|input| Column::new(rules, input, &mut budget))
            .collect();
        (!columns.is_empty()).then_some(Self {
            rules: rules.len(),
            columns,
        })
    }

    /// The places of the rules that may match, in order.
    pub fn candidates(&self, inputs: &[Value]) -> Vec<usize> {
        let mut chosen: Option<Bits> = None;
        for column in &self.columns {
            let stretch = inputs
                .get(column.input)
                .and_then(|value| column.stretch(value));
            let Some(bits) = stretch else { continue };
            match &mut chosen {
                None => chosen = Some(bits.clone()),
                Some(chosen) => {
                    for (word, other) in chosen.iter_mut().zip(bits) {
                        *word &= other;
                    }
                }
            }
        }
        match chosen {
            None => (0..self.rules).collect(),
            Some(bits) => places(&bits),
        }
    }
}

fn places(bits: &[u64]) -> Vec<usize> {
    let mut found = Vec::new();
    for (at, word) in bits.iter().enumerate() {
        let mut left = *word;
        while left != 0 {
            // At most 63, so it fits.
            found.push(at * 64 + usize::try_from(left.trailing_zeros()).unwrap_or(0));
            left &= left - 1;
        }
    }
    found
}

impl Column {
    fn new(rules: &[Rule], input: usize, budget: &mut usize) -> Option<Self> {
        let spans: Vec<Option<Vec<Span<'_>>>> = rules
            .iter()
            .map(|rule| rule.tests.get(input).and_then(spans))
            .collect();
        // A column that leaves out hardly any rule is not worth looking at.
        let known = spans.iter().filter(|spans| spans.is_some()).count();
        if known * 4 < rules.len() {
            return None;
        }
        let bounds = bounds(&spans)?;
        let words = rules.len().div_ceil(64);
        let stretches = bounds.len() * 2 + 1;
        *budget = budget.checked_sub(words.checked_mul(stretches)?)?;
        let mut column = Self {
            input,
            bounds,
            stretches: vec![vec![0; words]; stretches],
        };
        for (rule, spans) in spans.iter().enumerate() {
            match spans {
                None => column.allow(rule, 0, stretches - 1),
                Some(spans) => {
                    for span in spans {
                        let (from, to) = column.places_of(span)?;
                        column.allow(rule, from, to);
                    }
                }
            }
        }
        Some(column)
    }

    fn allow(&mut self, rule: usize, from: usize, to: usize) {
        let stretches = self.stretches.iter_mut().take(to + 1).skip(from);
        for bits in stretches {
            if let Some(word) = bits.get_mut(rule / 64) {
                *word |= 1 << (rule % 64);
            }
        }
    }

    /// First and last stretch of a span.
    fn places_of(&self, span: &Span<'_>) -> Option<(usize, usize)> {
        let at = |bound: &Value| self.place(bound).and_then(Result::ok);
        let from = match span.low {
            None => 0,
            Some((bound, closed)) => at(bound)? * 2 + if closed { 1 } else { 2 },
        };
        let to = match span.high {
            None => self.stretches.len() - 1,
            Some((bound, closed)) => at(bound)? * 2 + usize::from(closed),
        };
        Some((from, to))
    }

    /// Where a value stands among the bounds: at one, or before one. `None` if it cannot be compared with them.
    fn place(&self, value: &Value) -> Option<Result<usize, usize>> {
        order(value, self.bounds.first()?)?;
        Some(
            self.bounds
                .binary_search_by(|bound| order(bound, value).unwrap_or(Ordering::Equal)),
        )
    }

    /// The rules that may hold for a value; `None` if the column cannot tell.
    fn stretch(&self, value: &Value) -> Option<&Bits> {
        let at = match self.place(value)? {
            Ok(at) => at * 2 + 1,
            Err(at) => at * 2,
        };
        self.stretches.get(at)
    }
}

/// All bounds of a column in order, each once; `None` if they are of several kinds, or none.
fn bounds(spans: &[Option<Vec<Span<'_>>>]) -> Option<Vec<Value>> {
    let mut bounds: Vec<&Value> = spans
        .iter()
        .flatten()
        .flatten()
        .flat_map(|span| span.low.into_iter().chain(span.high))
        .map(|(bound, _)| bound)
        .collect();
    let first = *bounds.first()?;
    if !bounds.iter().all(|bound| order(bound, first).is_some()) {
        return None;
    }
    bounds.sort_by(|a, b| order(a, b).unwrap_or(Ordering::Equal));
    bounds.dedup_by(|a, b| order(a, b) == Some(Ordering::Equal));
    Some(bounds.into_iter().cloned().collect())
}

/// What a cell allows, if literals alone tell.
fn spans(tests: &Tests) -> Option<Vec<Span<'_>>> {
    match tests {
        Tests::Of {
            negated: false,
            tests,
        } => tests.iter().map(span).collect(),
        _ => None,
    }
}

fn span<'t>(test: &'t Test) -> Option<Span<'t>> {
    match test {
        Test::Compare(op, ast) => {
            let bound = literal(ast)?;
            let (low, high) = match op {
                CompareOp::Eq => (Some((bound, true)), Some((bound, true))),
                CompareOp::Lt => (None, Some((bound, false))),
                CompareOp::Le => (None, Some((bound, true))),
                CompareOp::Gt => (Some((bound, false)), None),
                CompareOp::Ge => (Some((bound, true)), None),
                CompareOp::Ne => return None,
            };
            Some(Span { low, high })
        }
        Test::Value(Ast {
            node: Node::Range(range),
            ..
        }) => {
            let end = |end: &'t Option<Ast>, closed| match end {
                None => Some(None),
                Some(ast) => Some(Some((literal(ast)?, closed))),
            };
            Some(Span {
                low: end(&range.low, range.low_closed)?,
                high: end(&range.high, range.high_closed)?,
            })
        }
        Test::Value(ast) => {
            let bound = literal(ast)?;
            Some(Span {
                low: Some((bound, true)),
                high: Some((bound, true)),
            })
        }
    }
}

/// A literal of a kind whose values are all in one order. Times and date-times are not: some have a zone.
fn literal(ast: &Ast) -> Option<&Value> {
    match &ast.node {
        Node::Literal(
            value @ (Value::Number(_)
            | Value::Text(_)
            | Value::Date(_)
            | Value::DaysDuration(_)
            | Value::YearsDuration(_)),
        ) => Some(value),
        _ => None,
    }
}
