//! FEEL's own functions, one table per group. A function gets its arguments by position and answers a value or a fault.

mod conversion;
mod lists;
mod numbers;
mod ranges;
mod records;
mod statistics;
mod text;
mod time;

pub(crate) use statistics::sum_of;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::error::Fault;
use crate::eval::Run;
use crate::number::Number;
use crate::value::{Body, Function, Value};

/// What a function answers.
pub(crate) type Outcome = Result<Value, Fault>;

/// A function of FEEL.
pub(crate) struct Builtin {
    pub name: &'static str,
    /// The ways to call it. A name that ends in `?` may be left out, one that ends in `*` takes one or more arguments.
    pub signatures: &'static [&'static [&'static str]],
    pub run: fn(&Run<'_>, Vec<Value>) -> Outcome,
}

static BY_NAME: LazyLock<HashMap<&'static str, &'static Builtin>> = LazyLock::new(|| {
    [
        conversion::TABLE,
        lists::TABLE,
        numbers::TABLE,
        ranges::TABLE,
        records::TABLE,
        statistics::TABLE,
        text::TABLE,
        time::TABLE,
    ]
    .into_iter()
    .flatten()
    .map(|builtin| (builtin.name, builtin))
    .collect()
});

/// The function of a name.
pub(crate) fn find(name: &str) -> Option<&'static Builtin> {
    BY_NAME.get(name).copied()
}

impl Builtin {
    /// Whether some signature takes so many arguments.
    pub fn takes(&self, count: usize) -> bool {
        self.signatures.iter().any(|signature| {
            let required = signature.iter().filter(|name| !name.ends_with('?')).count();
            let endless = signature.last().is_some_and(|name| name.ends_with('*'));
            count >= required && (endless || count <= signature.len())
        })
    }

    /// Orders named arguments; `None` if no signature has these names. Arguments left out in the middle are null.
    pub fn ordered(&self, named: Vec<(&str, Value)>) -> Option<Vec<Value>> {
        let bare = |name: &'static str| name.trim_end_matches(['?', '*']);
        let fits = |signature: &&&[&'static str]| {
            named
                .iter()
                .all(|(given, _)| signature.iter().any(|name| bare(name) == *given))
                && signature.iter().all(|name| {
                    name.ends_with('?') || named.iter().any(|(given, _)| bare(name) == *given)
                })
        };
        // `before(point, range)` and `before(range, point)` have the same names: the order given tells which is meant.
        let in_order = |signature: &&&[&'static str]| {
            signature
                .iter()
                .zip(&named)
                .all(|(name, (given, _))| bare(name) == *given)
        };
        let signature = self
            .signatures
            .iter()
            .filter(fits)
            .find(in_order)
            .or_else(|| self.signatures.iter().find(fits))?;
        let mut slots: Vec<Option<Value>> = signature.iter().map(|_| None).collect();
        for (given, value) in named {
            let at = signature.iter().position(|name| bare(name) == given)?;
            *slots.get_mut(at)? = Some(value);
        }
        while slots.last().is_some_and(Option::is_none) {
            slots.pop();
        }
        Some(
            slots
                .into_iter()
                .map(|slot| slot.unwrap_or(Value::Null))
                .collect(),
        )
    }

    /// The function as a value that can be passed on.
    pub fn as_function(&'static self) -> Function {
        let first = self.signatures.first().copied().unwrap_or_default();
        Function {
            params: first
                .iter()
                .map(|name| (name.trim_end_matches(['?', '*']).into(), None))
                .collect(),
            result: None,
            body: Body::Builtin(self),
            captured: crate::context::Context::new(),
        }
    }
}

/// An argument that must be there; a list of one item stands for the item.
fn argument(args: &[Value], at: usize) -> Result<&Value, Fault> {
    args.get(at)
        .ok_or_else(|| Fault::new("缺少参数", "an argument is missing"))
}

/// A list of one item stands for the item where a single value is wanted.
fn single(value: &Value) -> &Value {
    match value {
        Value::List(items) => match items.as_slice() {
            [only] => only,
            _ => value,
        },
        _ => value,
    }
}

fn text(args: &[Value], at: usize) -> Result<&str, Fault> {
    match single(argument(args, at)?) {
        Value::Text(text) => Ok(text),
        other => Err(wrong(at, "string", other)),
    }
}

fn number(args: &[Value], at: usize) -> Result<&Number, Fault> {
    match single(argument(args, at)?) {
        Value::Number(number) => Ok(number),
        other => Err(wrong(at, "number", other)),
    }
}

/// A whole number.
fn whole(args: &[Value], at: usize) -> Result<i64, Fault> {
    let number = number(args, at)?;
    number
        .round(0, crate::number::Rounding::Down)
        .and_then(|number| number.to_i64())
        .ok_or_else(|| {
            Fault::new(
                format!("数字 {number} 太大"),
                format!("the number {number} is too large"),
            )
        })
}

/// A list; any other value but null stands for the list of it.
fn list(args: &mut [Value], at: usize) -> Result<Vec<Value>, Fault> {
    match args.get_mut(at).map(std::mem::take) {
        Some(Value::List(items)) => Ok(items),
        Some(Value::Null) | None => Err(wrong(at, "list", &Value::Null)),
        Some(other) => Ok(vec![other]),
    }
}

/// The items of a function that takes one list or any number of arguments.
fn items(mut args: Vec<Value>) -> Result<Vec<Value>, Fault> {
    if args.len() == 1 {
        list(&mut args, 0)
    } else {
        Ok(args)
    }
}

fn wrong(at: usize, wanted: &str, found: &Value) -> Fault {
    let (at, found) = (at + 1, found.type_name());
    Fault::new(
        format!("第 {at} 个参数应为 {wanted}，实际是 {found}"),
        format!("argument {at} must be {wanted} but is {found}"),
    )
}

fn out_of_range() -> Fault {
    Fault::new("结果超出范围", "the result is out of range")
}
