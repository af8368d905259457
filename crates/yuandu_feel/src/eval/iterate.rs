//! Loops over lists: `for`, `some`, `every`, and filters.

use std::borrow::Cow;

use crate::ast::{Ast, Iteration, Node};
use crate::error::{Fault, Position};
use crate::number::Number;
use crate::value::{Range, Value};

use super::{Run, Scope};

/// The most items one range may unfold to; the step budget ends far earlier for anything done with them.
const MAX_UNFOLDED: i64 = 1_000_000;

impl Run<'_> {
    pub(super) fn for_loop(&self, over: &[Iteration], body: &Ast, scope: &Scope<'_>) -> Value {
        let mut results = Value::List(Vec::new());
        if self.for_level(over, body, scope, &mut results).is_none() {
            return Value::Null;
        }
        results
    }

    /// Runs one iteration variable and those after it; `None` when there is nothing to iterate over.
    fn for_level(
        &self,
        over: &[Iteration],
        body: &Ast,
        scope: &Scope<'_>,
        results: &mut Value,
    ) -> Option<()> {
        let Some((first, rest)) = over.split_first() else {
            let value = self.eval(
                body,
                &Scope::Variable {
                    name: "partial",
                    value: results,
                    parent: scope,
                },
            );
            if let Value::List(items) = results {
                items.push(value);
            }
            return Some(());
        };
        for item in self.items(first, scope)? {
            if self.is_spent() {
                return None;
            }
            let inner = Scope::Variable {
                name: &first.name,
                value: &item,
                parent: scope,
            };
            self.for_level(rest, body, &inner, results)?;
        }
        Some(())
    }

    pub(super) fn quantified(
        &self,
        every: bool,
        over: &[Iteration],
        condition: &Ast,
        scope: &Scope<'_>,
    ) -> Value {
        let mut told = true;
        match self.quantified_level(every, over, condition, scope, &mut told) {
            None => Value::Null,
            Some(true) => Value::Bool(!every),
            Some(false) if told => Value::Bool(every),
            Some(false) => Value::Null,
        }
    }

    /// Whether the deciding value was found: a true for `some`, a false for `every`.
    fn quantified_level(
        &self,
        every: bool,
        over: &[Iteration],
        condition: &Ast,
        scope: &Scope<'_>,
        told: &mut bool,
    ) -> Option<bool> {
        let Some((first, rest)) = over.split_first() else {
            return Some(match self.eval(condition, scope) {
                Value::Bool(result) => result != every,
                _ => {
                    *told = false;
                    false
                }
            });
        };
        for item in self.items(first, scope)? {
            if self.is_spent() {
                return None;
            }
            let inner = Scope::Variable {
                name: &first.name,
                value: &item,
                parent: scope,
            };
            if self.quantified_level(every, rest, condition, &inner, told)? {
                return Some(true);
            }
        }
        Some(false)
    }

    /// The items an iteration runs over.
    fn items(&self, iteration: &Iteration, scope: &Scope<'_>) -> Option<Vec<Value>> {
        let from = self.eval(&iteration.from, scope);
        let at = iteration.from.at;
        if let Some(to) = &iteration.to {
            let to = self.eval(to, scope);
            return self.between_ends(&from, &to, at);
        }
        self.iterated(from, at)
    }

    /// The items of a value that is iterated over: of a list, of a range, or the value alone.
    pub fn iterated(&self, source: Value, at: Position) -> Option<Vec<Value>> {
        match source {
            Value::List(items) => Some(items),
            Value::Range(range) => self.unfolded(&range, at),
            Value::Null => {
                self.fault(at, || {
                    Fault::new("循环的列表是 null", "the list of the loop is null")
                });
                None
            }
            other => Some(vec![other]),
        }
    }

    /// The whole numbers or dates of a range with two ends.
    fn unfolded(&self, range: &Range, at: Position) -> Option<Vec<Value>> {
        let (Some(low), Some(high)) = (&range.low, &range.high) else {
            self.fault(at, || {
                Fault::new(
                    "范围没有两端，不能循环",
                    "a range without both ends cannot be iterated",
                )
            });
            return None;
        };
        let mut items = self.between_ends(low, high, at)?;
        if !range.low_closed && !items.is_empty() {
            items.remove(0);
        }
        if !range.high_closed {
            items.pop();
        }
        Some(items)
    }

    /// All whole steps from one end to the other, downwards if the second is less.
    fn between_ends(&self, from: &Value, to: &Value, at: Position) -> Option<Vec<Value>> {
        match (from, to) {
            (Value::Number(from), Value::Number(to)) => {
                let count = to
                    .sub(from)?
                    .abs()
                    .floor()
                    .to_i64()
                    .filter(|count| *count <= MAX_UNFOLDED);
                let step = Number::from(if to < from { -1 } else { 1 });
                let count = self.affordable(count, at)?;
                let mut items = Vec::new();
                let mut next = from.clone();
                for _ in 0..=count {
                    items.push(Value::Number(next.clone()));
                    next = next.add(&step)?;
                }
                Some(items)
            }
            (Value::Date(from), Value::Date(to)) => {
                let days = to.duration_since(*from).as_secs() / 86_400;
                let count = self.affordable(Some(days.abs()), at)?;
                (0..=count)
                    .map(|day| {
                        let span = jiff::Span::new().try_days(day * days.signum()).ok()?;
                        from.checked_add(span).ok().map(Value::Date)
                    })
                    .collect()
            }
            _ => {
                self.fault(at, || {
                    Fault::new(
                        "循环的范围必须是整数或日期",
                        "a loop runs over whole numbers or dates",
                    )
                });
                None
            }
        }
    }

    fn affordable(&self, count: Option<i64>, at: Position) -> Option<i64> {
        let paid = count
            .and_then(|count| u64::try_from(count).ok())
            .is_some_and(|count| self.spend(count));
        if !paid {
            self.fault(at, || {
                Fault::new("循环的范围太大", "the range of the loop is too large")
            });
            return None;
        }
        count
    }

    pub(super) fn filter(&self, list: &Ast, by: &Ast, at: Position, scope: &Scope<'_>) -> Value {
        let source = self.operand(list, scope);
        let items: Cow<'_, [Value]> = match &*source {
            Value::List(items) => Cow::Borrowed(items),
            Value::Null if by_position(by) => return Value::Null,
            Value::Null => Cow::Borrowed(&[]),
            other => Cow::Owned(vec![other.clone()]),
        };
        let Some(first) = items.first() else {
            return if by_position(by) {
                Value::Null
            } else {
                Value::List(Vec::new())
            };
        };
        match self.eval(
            by,
            &Scope::Item {
                item: first,
                parent: scope,
            },
        ) {
            Value::Number(position) => self.item_at(&items, &position, at),
            other if !matches!(other, Value::Bool(_) | Value::Null) => self.fault(at, || {
                Fault::new(
                    format!("筛选条件应为布尔值或序号，实际是 {}", other.type_name()),
                    format!(
                        "a filter needs a boolean or a position but got {}",
                        other.type_name()
                    ),
                )
            }),
            kept => self.kept(&items, kept.is_true(), by, scope),
        }
    }

    fn item_at(&self, items: &[Value], position: &Number, at: Position) -> Value {
        let index = position
            .to_i64()
            .and_then(|position| index_of(position, items.len()));
        match index.and_then(|index| items.get(index)) {
            Some(item) => self.copied(item, at),
            None => self.note(at, false, || {
                Fault::new(
                    format!("列表没有第 {position} 项"),
                    format!("the list has no item {position}"),
                )
            }),
        }
    }

    /// The items for which the predicate is true; that of the first item is known.
    fn kept(&self, items: &[Value], first: bool, by: &Ast, scope: &Scope<'_>) -> Value {
        let mut kept = Vec::new();
        for (index, item) in items.iter().enumerate() {
            if self.is_spent() {
                return Value::Null;
            }
            let keep = if index == 0 {
                first
            } else {
                self.eval(
                    by,
                    &Scope::Item {
                        item,
                        parent: scope,
                    },
                )
                .is_true()
            };
            if keep {
                kept.push(self.copied(item, by.at));
            }
        }
        Value::List(kept)
    }
}

/// Whether a filter is a position on its face, so that an empty list has no such item.
fn by_position(by: &Ast) -> bool {
    match &by.node {
        Node::Literal(Value::Number(_)) | Node::Arithmetic { .. } => true,
        Node::Negate(of) => by_position(of),
        _ => false,
    }
}

/// The index for a position counted from 1, or from the end when negative.
pub(crate) fn index_of(position: i64, length: usize) -> Option<usize> {
    if position > 0 {
        usize::try_from(position - 1).ok()
    } else if position < 0 {
        length.checked_sub(usize::try_from(position.checked_neg()?).ok()?)
    } else {
        None
    }
}
