//! Functions that make one value of many. Each takes one list or any number of arguments.

use std::cmp::Ordering;

use crate::error::Fault;
use crate::eval::compare::{equal, order};
use crate::number::Number;
use crate::value::Value;

use super::{Builtin, Outcome, items, out_of_range, wrong};

const MANY: &[&[&str]] = &[&["list"], &["n*"]];

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "min",
        signatures: MANY,
        run: |_, args| extreme(items(args)?, Ordering::Less),
    },
    Builtin {
        name: "max",
        signatures: MANY,
        run: |_, args| extreme(items(args)?, Ordering::Greater),
    },
    Builtin {
        name: "sum",
        signatures: MANY,
        run: |_, args| sum_of(&items(args)?),
    },
    Builtin {
        name: "product",
        signatures: MANY,
        run: |_, args| fold(&items(args)?, Number::from(1_i64), Number::mul),
    },
    Builtin {
        name: "mean",
        signatures: MANY,
        run: |_, args| mean_of(&items(args)?).map(Value::Number),
    },
    Builtin {
        name: "median",
        signatures: MANY,
        run: |_, args| median(&items(args)?),
    },
    Builtin {
        name: "stddev",
        signatures: MANY,
        run: |_, args| deviation(&items(args)?),
    },
    Builtin {
        name: "mode",
        signatures: MANY,
        run: |_, args| mode(&items(args)?),
    },
    Builtin {
        name: "all",
        signatures: MANY,
        run: |_, args| Ok(three_valued(&items(args)?, false)),
    },
    Builtin {
        name: "any",
        signatures: MANY,
        run: |_, args| Ok(three_valued(&items(args)?, true)),
    },
    Builtin {
        name: "and",
        signatures: MANY,
        run: |_, args| Ok(three_valued(&items(args)?, false)),
    },
    Builtin {
        name: "or",
        signatures: MANY,
        run: |_, args| Ok(three_valued(&items(args)?, true)),
    },
];

fn empty() -> Fault {
    Fault::new("列表是空的", "the list is empty")
}

fn numbers(items: &[Value]) -> Result<Vec<&Number>, Fault> {
    items
        .iter()
        .map(|item| match item {
            Value::Number(number) => Ok(number),
            other => Err(wrong(0, "list<number>", other)),
        })
        .collect()
}

fn extreme(items: Vec<Value>, wanted: Ordering) -> Outcome {
    let mut items = items.into_iter();
    let mut best = items.next().ok_or_else(empty)?;
    if order(&best, &best).is_none() {
        return Err(wrong(0, "list", &best));
    }
    for item in items {
        let found = order(&item, &best).ok_or_else(|| wrong(0, best.type_name(), &item))?;
        if found == wanted {
            best = item;
        }
    }
    Ok(best)
}

/// The sum of numbers or of durations of one kind.
pub(crate) fn sum_of(items: &[Value]) -> Outcome {
    match items.first() {
        Some(Value::DaysDuration(_) | Value::YearsDuration(_)) => {
            let mut total = items.first().cloned().ok_or_else(empty)?;
            for item in items.iter().skip(1) {
                total =
                    crate::eval::arithmetic::apply(crate::ast::ArithmeticOp::Add, &total, item)?;
            }
            Ok(total)
        }
        _ => fold(items, Number::zero(), Number::add),
    }
}

fn fold(items: &[Value], start: Number, step: fn(&Number, &Number) -> Option<Number>) -> Outcome {
    if items.is_empty() {
        return Err(empty());
    }
    let mut total = start;
    for number in numbers(items)? {
        total = step(&total, number).ok_or_else(out_of_range)?;
    }
    Ok(Value::Number(total))
}

fn mean_of(items: &[Value]) -> Result<Number, Fault> {
    let Value::Number(total) = fold(items, Number::zero(), Number::add)? else {
        return Err(empty());
    };
    total
        .div(&Number::from(items.len()))
        .ok_or_else(out_of_range)
}

fn median(items: &[Value]) -> Outcome {
    let mut sorted = numbers(items)?;
    sorted.sort();
    let middle = sorted.len() / 2;
    let upper = sorted.get(middle).ok_or_else(empty)?;
    if sorted.len() % 2 == 1 {
        return Ok(Value::Number((*upper).clone()));
    }
    let lower = sorted.get(middle.saturating_sub(1)).ok_or_else(empty)?;
    let sum = lower.add(upper).ok_or_else(out_of_range)?;
    sum.div(&Number::from(2_i64))
        .map(Value::Number)
        .ok_or_else(out_of_range)
}

/// The deviation of a sample: the squares are divided by one less than their count.
fn deviation(items: &[Value]) -> Outcome {
    if items.len() < 2 {
        return Err(Fault::new(
            "标准差至少需要两个数",
            "a deviation needs at least two numbers",
        ));
    }
    let mean = mean_of(items)?;
    let mut squares = Number::zero();
    for number in numbers(items)? {
        let distance = number.sub(&mean).ok_or_else(out_of_range)?;
        let square = distance.mul(&distance).ok_or_else(out_of_range)?;
        squares = squares.add(&square).ok_or_else(out_of_range)?;
    }
    squares
        .div(&Number::from(items.len() - 1))
        .and_then(|variance| variance.sqrt())
        .map(Value::Number)
        .ok_or_else(out_of_range)
}

fn mode(items: &[Value]) -> Outcome {
    let mut sorted = numbers(items)?;
    sorted.sort();
    let mut runs: Vec<(&Number, usize)> = Vec::new();
    for number in sorted {
        match runs.last_mut() {
            Some((last, count)) if *last == number => *count += 1,
            _ => runs.push((number, 1)),
        }
    }
    let most = runs.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let modes = runs.into_iter().filter(|(_, count)| *count == most);
    Ok(Value::List(
        modes
            .map(|(number, _)| Value::Number(number.clone()))
            .collect(),
    ))
}

/// Conjunction or disjunction of all: `decider` decides, anything that is no truth value leaves it unknown.
fn three_valued(items: &[Value], decider: bool) -> Value {
    if items
        .iter()
        .any(|item| equal(item, &Value::Bool(decider)) == Some(true))
    {
        return Value::Bool(decider);
    }
    if items.iter().all(|item| matches!(item, Value::Bool(_))) {
        return Value::Bool(!decider);
    }
    Value::Null
}
