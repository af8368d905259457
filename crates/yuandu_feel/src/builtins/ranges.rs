//! Functions that relate points and ranges, after Allen's interval algebra as DMN lists it.

use std::cmp::Ordering;

use crate::error::Fault;
use crate::eval::Run;
use crate::eval::compare::{in_range, order};
use crate::value::{Range, Value};

use super::{Builtin, Outcome, argument, text};

const POINTS: &[&[&str]] = &[
    &["point1", "point2"],
    &["point", "range"],
    &["range", "point"],
    &["range1", "range2"],
];
const RANGES: &[&[&str]] = &[&["range1", "range2"]];
const POINT_RANGE: &[&[&str]] = &[&["point", "range"], &["range1", "range2"]];
const RANGE_POINT: &[&[&str]] = &[&["range", "point"], &["range1", "range2"]];

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "before",
        signatures: POINTS,
        run: |_, args| related(&args, before),
    },
    Builtin {
        name: "after",
        signatures: POINTS,
        run: |_, args| related(&args, |a, b| before(b, a)),
    },
    Builtin {
        name: "meets",
        signatures: RANGES,
        run: |_, args| ranges(&args, meets),
    },
    Builtin {
        name: "met by",
        signatures: RANGES,
        run: |_, args| ranges(&args, |a, b| meets(b, a)),
    },
    Builtin {
        name: "overlaps",
        signatures: RANGES,
        run: |_, args| ranges(&args, overlaps),
    },
    Builtin {
        name: "overlaps before",
        signatures: RANGES,
        run: |_, args| ranges(&args, overlaps_before),
    },
    Builtin {
        name: "overlaps after",
        signatures: RANGES,
        run: |_, args| ranges(&args, |a, b| overlaps_before(b, a)),
    },
    Builtin {
        name: "finishes",
        signatures: POINT_RANGE,
        run: |_, args| related(&args, finishes),
    },
    Builtin {
        name: "finished by",
        signatures: RANGE_POINT,
        run: |_, args| related(&args, |a, b| finishes(b, a)),
    },
    Builtin {
        name: "includes",
        signatures: RANGE_POINT,
        run: |_, args| related(&args, includes),
    },
    Builtin {
        name: "during",
        signatures: POINT_RANGE,
        run: |_, args| related(&args, |a, b| includes(b, a)),
    },
    Builtin {
        name: "starts",
        signatures: POINT_RANGE,
        run: |_, args| related(&args, starts),
    },
    Builtin {
        name: "started by",
        signatures: RANGE_POINT,
        run: |_, args| related(&args, |a, b| starts(b, a)),
    },
    Builtin {
        name: "coincides",
        signatures: POINTS,
        run: |_, args| related(&args, coincides),
    },
    Builtin {
        name: "range",
        signatures: &[&["from"]],
        run: |_, args| range(&args),
    },
];

type Relation = fn(&Value, &Value) -> Option<bool>;

fn related(args: &[Value], relation: Relation) -> Outcome {
    let (left, right) = (argument(args, 0)?, argument(args, 1)?);
    relation(left, right).map(Value::Bool).ok_or_else(|| {
        Fault::new(
            format!(
                "{} 与 {} 之间没有这种关系",
                left.type_name(),
                right.type_name()
            ),
            format!(
                "this relation does not exist between {} and {}",
                left.type_name(),
                right.type_name()
            ),
        )
    })
}

fn ranges(args: &[Value], relation: fn(&Range, &Range) -> Option<bool>) -> Outcome {
    match (argument(args, 0)?, argument(args, 1)?) {
        (Value::Range(a), Value::Range(b)) => relation(a, b)
            .map(Value::Bool)
            .ok_or_else(super::out_of_range),
        (Value::Range(_), other) => Err(super::wrong(1, "range", other)),
        (other, _) => Err(super::wrong(0, "range", other)),
    }
}

fn low(range: &Range) -> Option<&Value> {
    range.low.as_ref()
}

fn high(range: &Range) -> Option<&Value> {
    range.high.as_ref()
}

fn before(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Range(a), Value::Range(b)) => {
            let order = order(high(a)?, low(b)?)?;
            Some(order.is_lt() || (order.is_eq() && !(a.high_closed && b.low_closed)))
        }
        (Value::Range(range), point) => {
            let order = order(high(range)?, point)?;
            Some(order.is_lt() || (order.is_eq() && !range.high_closed))
        }
        (point, Value::Range(range)) => {
            let order = order(point, low(range)?)?;
            Some(order.is_lt() || (order.is_eq() && !range.low_closed))
        }
        (a, b) => order(a, b).map(Ordering::is_lt),
    }
}

fn meets(a: &Range, b: &Range) -> Option<bool> {
    Some(a.high_closed && b.low_closed && order(high(a)?, low(b)?)?.is_eq())
}

fn overlaps(a: &Range, b: &Range) -> Option<bool> {
    let ends_before = |a: &Range, b: &Range| {
        let order = order(high(a)?, low(b)?)?;
        Some(order.is_lt() || (order.is_eq() && !(a.high_closed && b.low_closed)))
    };
    Some(!ends_before(a, b)? && !ends_before(b, a)?)
}

/// Order of two lower ends: a closed end begins before an open one at the same point.
fn order_low(a: &Range, b: &Range) -> Option<Ordering> {
    Some(order(low(a)?, low(b)?)?.then(b.low_closed.cmp(&a.low_closed)))
}

/// Order of two upper ends: an open end ends before a closed one at the same point.
fn order_high(a: &Range, b: &Range) -> Option<Ordering> {
    Some(order(high(a)?, high(b)?)?.then(a.high_closed.cmp(&b.high_closed)))
}

fn overlaps_before(a: &Range, b: &Range) -> Option<bool> {
    // DMN's table lets both end together: `overlaps before([1..5], (1..5])` is true.
    Some(overlaps(a, b)? && order_low(a, b)?.is_lt() && order_high(a, b)?.is_le())
}

fn finishes(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Range(a), Value::Range(b)) => {
            Some(order_high(a, b)?.is_eq() && order_low(a, b)?.is_ge())
        }
        (Value::Range(_), _) => None,
        (point, Value::Range(range)) => {
            Some(range.high_closed && order(point, high(range)?)?.is_eq())
        }
        _ => None,
    }
}

fn starts(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Range(a), Value::Range(b)) => {
            Some(order_low(a, b)?.is_eq() && order_high(a, b)?.is_le())
        }
        (Value::Range(_), _) => None,
        (point, Value::Range(range)) => {
            Some(range.low_closed && order(point, low(range)?)?.is_eq())
        }
        _ => None,
    }
}

fn includes(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Range(a), Value::Range(b)) => {
            Some(order_low(a, b)?.is_le() && order_high(a, b)?.is_ge())
        }
        (Value::Range(range), point) => in_range(point, range),
        _ => None,
    }
}

fn coincides(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Range(a), Value::Range(b)) => {
            Some(order_low(a, b)?.is_eq() && order_high(a, b)?.is_eq())
        }
        (Value::Range(_), _) | (_, Value::Range(_)) => None,
        (a, b) => order(a, b).map(Ordering::is_eq),
    }
}

/// Reads a range of literals, such as `"[1..5)"`.
fn range(args: &[Value]) -> Outcome {
    let source = text(args, 0)?;
    let unreadable = || {
        Fault::new(
            format!("`{source}` 不是范围"),
            format!("`{source}` is no range"),
        )
    };
    let ast = crate::parser::parse_range(source).map_err(|_| unreadable())?;
    let nothing = crate::context::Context::new();
    let run = Run::new(None, None, false);
    match run.eval(&ast, &crate::eval::Scope::Root(&nothing)) {
        Value::Range(range) => {
            let backwards = match (&range.low, &range.high) {
                (Some(low), Some(high)) => order(low, high).is_some_and(Ordering::is_gt),
                _ => false,
            };
            if backwards {
                return Err(unreadable());
            }
            Ok(Value::Range(range))
        }
        _ => Err(unreadable()),
    }
}
