//! Functions of numbers.

use crate::eval::{Run, TRANSCENDENTAL_COST};
use crate::number::{Number, Rounding};
use crate::value::Value;

use super::{Builtin, Outcome, number, out_of_range, whole};

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "decimal",
        signatures: &[&["n", "scale"]],
        run: |_, args| round(&args, Rounding::HalfEven),
    },
    Builtin {
        name: "floor",
        signatures: &[&["n", "scale?"]],
        run: |_, args| round(&args, Rounding::Floor),
    },
    Builtin {
        name: "ceiling",
        signatures: &[&["n", "scale?"]],
        run: |_, args| round(&args, Rounding::Ceiling),
    },
    Builtin {
        name: "round up",
        signatures: &[&["n", "scale"]],
        run: |_, args| round(&args, Rounding::Up),
    },
    Builtin {
        name: "round down",
        signatures: &[&["n", "scale"]],
        run: |_, args| round(&args, Rounding::Down),
    },
    Builtin {
        name: "round half up",
        signatures: &[&["n", "scale"]],
        run: |_, args| round(&args, Rounding::HalfUp),
    },
    Builtin {
        name: "round half down",
        signatures: &[&["n", "scale"]],
        run: |_, args| round(&args, Rounding::HalfDown),
    },
    Builtin {
        name: "abs",
        signatures: &[&["n"], &["number"]],
        run: abs,
    },
    Builtin {
        name: "modulo",
        signatures: &[&["dividend", "divisor"]],
        run: modulo,
    },
    Builtin {
        name: "sqrt",
        signatures: &[&["number"]],
        run: |run, args| costly(run, number(&args, 0)?, Number::sqrt),
    },
    Builtin {
        name: "log",
        signatures: &[&["number"]],
        run: |run, args| costly(run, number(&args, 0)?, Number::ln),
    },
    Builtin {
        name: "exp",
        signatures: &[&["number"]],
        run: |run, args| costly(run, number(&args, 0)?, Number::exp),
    },
    Builtin {
        name: "odd",
        signatures: &[&["number"]],
        run: |_, args| parity(&args, 1),
    },
    Builtin {
        name: "even",
        signatures: &[&["number"]],
        run: |_, args| parity(&args, 0),
    },
];

fn result(number: Option<Number>) -> Outcome {
    number.map(Value::Number).ok_or_else(out_of_range)
}

fn costly(run: &Run<'_>, number: &Number, function: fn(&Number) -> Option<Number>) -> Outcome {
    if !run.spend(TRANSCENDENTAL_COST) {
        return Ok(Value::Null);
    }
    result(function(number))
}

/// Scales past the range of decimal128 are refused, as DMN lists for `decimal`.
fn round(args: &[Value], how: Rounding) -> Outcome {
    let scale = if args.len() > 1 { whole(args, 1)? } else { 0 };
    if !(-6111..=6176).contains(&scale) {
        return Err(out_of_range());
    }
    result(number(args, 0)?.round(scale, how))
}

fn abs(_: &Run<'_>, args: Vec<Value>) -> Outcome {
    Ok(match super::single(super::argument(&args, 0)?) {
        Value::Number(number) => Value::Number(number.abs()),
        Value::DaysDuration(duration) => Value::DaysDuration(duration.abs()),
        Value::YearsDuration(months) => Value::YearsDuration(months.saturating_abs()),
        other => return Err(super::wrong(0, "number", other)),
    })
}

/// Numbers far apart in size divide through thousands of digits, hence the cost.
fn modulo(run: &Run<'_>, args: Vec<Value>) -> Outcome {
    if !run.spend(TRANSCENDENTAL_COST) {
        return Ok(Value::Null);
    }
    result(number(&args, 0)?.modulo(number(&args, 1)?))
}

fn parity(args: &[Value], rest: i64) -> Outcome {
    let number = number(args, 0)?;
    if !number.is_integer() {
        return Ok(Value::Bool(false));
    }
    let found = number
        .modulo(&Number::from(2_i64))
        .ok_or_else(out_of_range)?;
    Ok(Value::Bool(found == Number::from(rest)))
}
