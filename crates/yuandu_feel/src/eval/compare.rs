//! FEEL's three-valued comparison: a pair that cannot be compared is neither equal nor unequal but null.

use std::cmp::Ordering;

use crate::ast::{Ast, CompareOp};
use crate::error::{Fault, Position};
use crate::value::{Range, Value};

use super::{Run, Scope};

/// FEEL equality; `None` where values of different kinds meet.
pub(crate) fn equal(left: &Value, right: &Value) -> Option<bool> {
    Some(match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b) == Some(true))
        }
        (Value::Context(a), Value::Context(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, value)| {
                    b.get(name)
                        .is_some_and(|other| equal(value, other) == Some(true))
                })
        }
        (Value::Range(a), Value::Range(b)) => equal_ranges(a, b),
        (Value::Function(a), Value::Function(b)) => a == b,
        // With a zone and without: not ordered, but surely not the same.
        (Value::Time(a), Value::Time(b)) if a.zone.is_some() != b.zone.is_some() => false,
        (Value::DateTime(a), Value::DateTime(b)) if a.zone.is_some() != b.zone.is_some() => false,
        _ => return order(left, right).map(|order| order == Ordering::Equal),
    })
}

fn equal_ranges(a: &Range, b: &Range) -> bool {
    let ends = |a: &Option<Value>, b: &Option<Value>| match (a, b) {
        (Some(a), Some(b)) => equal(a, b) == Some(true),
        (None, None) => true,
        _ => false,
    };
    a.low_closed == b.low_closed
        && a.high_closed == b.high_closed
        && ends(&a.low, &b.low)
        && ends(&a.high, &b.high)
}

/// FEEL order; `None` where there is none.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => a.compare(b),
        (Value::DateTime(a), Value::DateTime(b)) => a.compare(b),
        (Value::DaysDuration(a), Value::DaysDuration(b)) => Some(a.cmp(b)),
        (Value::YearsDuration(a), Value::YearsDuration(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Applies an operator; `None` where the values cannot be compared.
pub(crate) fn holds(op: CompareOp, left: &Value, right: &Value) -> Option<bool> {
    match op {
        CompareOp::Eq => equal(left, right),
        CompareOp::Ne => equal(left, right).map(|equal| !equal),
        CompareOp::Lt => order(left, right).map(Ordering::is_lt),
        CompareOp::Le => order(left, right).map(Ordering::is_le),
        CompareOp::Gt => order(left, right).map(Ordering::is_gt),
        CompareOp::Ge => order(left, right).map(Ordering::is_ge),
    }
}

/// Whether a value lies in a range; `None` where it cannot be compared with an end.
pub(crate) fn in_range(value: &Value, range: &Range) -> Option<bool> {
    if let Some(low) = &range.low {
        let order = order(value, low)?;
        if order.is_lt() || (order.is_eq() && !range.low_closed) {
            return Some(false);
        }
    }
    if let Some(high) = &range.high {
        let order = order(value, high)?;
        if order.is_gt() || (order.is_eq() && !range.high_closed) {
            return Some(false);
        }
    }
    Some(range.low.is_some() || range.high.is_some())
}

impl Run<'_> {
    pub(super) fn comparison(
        &self,
        op: CompareOp,
        left: &Value,
        right: &Value,
        at: Position,
    ) -> Value {
        if !self.walked(left) {
            return Value::Null;
        }
        match holds(op, left, right) {
            Some(result) => Value::Bool(result),
            // Null is a lawful operand: the answer is unknown, nobody made a mistake.
            None if left.is_null() || right.is_null() => Value::Null,
            None => self.fault(at, || incomparable(left, right)),
        }
    }

    pub(super) fn between(&self, value: &Ast, low: &Ast, high: &Ast, scope: &Scope<'_>) -> Value {
        let at = value.at;
        let value = self.operand(value, scope);
        let (low, high) = (self.operand(low, scope), self.operand(high, scope));
        let above = self.comparison(CompareOp::Ge, &value, &low, at);
        let below = self.comparison(CompareOp::Le, &value, &high, at);
        match (above, below) {
            (Value::Bool(above), Value::Bool(below)) => Value::Bool(above && below),
            _ => Value::Null,
        }
    }
}

fn incomparable(left: &Value, right: &Value) -> Fault {
    let (left, right) = (left.type_name(), right.type_name());
    Fault::new(
        format!("{left} 与 {right} 不能比较，请先转换类型"),
        format!("{left} and {right} cannot be compared; convert one of them"),
    )
}
