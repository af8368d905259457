//! Arithmetic of numbers, texts, dates, times and durations.

use jiff::SignedDuration;

use crate::ast::ArithmeticOp;
use crate::error::Fault;
use crate::number::{Number, Rounding};
use crate::temporal::{DateTime, plus_months};
use crate::value::Value;

/// Applies an operator. Null operands give null without blame; other unfit operands are a fault.
pub(crate) fn apply(op: ArithmeticOp, left: &Value, right: &Value) -> Result<Value, Fault> {
    if left.is_null() || right.is_null() {
        return Err(Fault::new(
            "运算的一方是 null，请先判断或给出默认值",
            "one side of the operation is null; test it first or give a default",
        ));
    }
    let result = match op {
        ArithmeticOp::Add => add(left, right),
        ArithmeticOp::Sub => subtract(left, right),
        ArithmeticOp::Mul => multiply(left, right),
        ArithmeticOp::Div => divide(left, right)?,
        ArithmeticOp::Pow => match (left, right) {
            (Value::Number(a), Value::Number(b)) => a.pow(b).map(Value::Number),
            _ => None,
        },
    };
    result.ok_or_else(|| unfit(op, left, right))
}

fn unfit(op: ArithmeticOp, left: &Value, right: &Value) -> Fault {
    let sign = match op {
        ArithmeticOp::Add => "+",
        ArithmeticOp::Sub => "-",
        ArithmeticOp::Mul => "*",
        ArithmeticOp::Div => "/",
        ArithmeticOp::Pow => "**",
    };
    let (left, right) = (left.type_name(), right.type_name());
    Fault::new(
        format!("`{sign}` 不能用于 {left} 与 {right}，或结果超出范围"),
        format!("`{sign}` does not work on {left} and {right}, or the result is out of range"),
    )
}

/// The value with the other sign.
pub(crate) fn negate(value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Number(number) => Ok(Value::Number(number.negate())),
        Value::DaysDuration(duration) => duration
            .checked_neg()
            .map(Value::DaysDuration)
            .ok_or_else(out_of_range),
        Value::YearsDuration(months) => months
            .checked_neg()
            .map(Value::YearsDuration)
            .ok_or_else(out_of_range),
        other => Err(Fault::new(
            format!("负号需要数字或时长，实际是 {}", other.type_name()),
            format!(
                "a sign needs a number or a duration but got {}",
                other.type_name()
            ),
        )),
    }
}

fn out_of_range() -> Fault {
    Fault::new("结果超出范围", "the result is out of range")
}

fn add(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.add(b).map(Value::Number),
        (Value::Text(a), Value::Text(b)) => Some(Value::Text(format!("{a}{b}"))),
        (Value::DaysDuration(a), Value::DaysDuration(b)) => {
            a.checked_add(*b).map(Value::DaysDuration)
        }
        (Value::YearsDuration(a), Value::YearsDuration(b)) => {
            a.checked_add(*b).map(Value::YearsDuration)
        }
        (moment, Value::DaysDuration(by)) | (Value::DaysDuration(by), moment) => later(moment, *by),
        (moment, Value::YearsDuration(by)) | (Value::YearsDuration(by), moment) => {
            later_by_months(moment, *by)
        }
        _ => None,
    }
}

fn later(moment: &Value, by: SignedDuration) -> Option<Value> {
    match moment {
        Value::Date(date) => date
            .at(0, 0, 0, 0)
            .checked_add(by)
            .ok()
            .map(|at| Value::Date(at.date())),
        Value::Time(time) => Some(Value::Time(time.plus(by))),
        Value::DateTime(at) => at.plus(by).map(|at| Value::DateTime(Box::new(at))),
        _ => None,
    }
}

fn later_by_months(moment: &Value, by: i64) -> Option<Value> {
    match moment {
        Value::Date(date) => plus_months(*date, by).map(Value::Date),
        Value::DateTime(at) => at.plus_months(by).map(|at| Value::DateTime(Box::new(at))),
        _ => None,
    }
}

fn subtract(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.sub(b).map(Value::Number),
        (Value::DaysDuration(a), Value::DaysDuration(b)) => {
            a.checked_sub(*b).map(Value::DaysDuration)
        }
        (Value::YearsDuration(a), Value::YearsDuration(b)) => {
            a.checked_sub(*b).map(Value::YearsDuration)
        }
        (Value::Date(a), Value::Date(b)) => Some(Value::DaysDuration(a.duration_since(*b))),
        (Value::DateTime(a), Value::DateTime(b)) => a.since(b).map(Value::DaysDuration),
        (Value::Date(a), Value::DateTime(b)) => {
            DateTime::midnight_utc(*a).since(b).map(Value::DaysDuration)
        }
        (Value::DateTime(a), Value::Date(b)) => a
            .since(&DateTime::midnight_utc(*b))
            .map(Value::DaysDuration),
        (Value::Time(a), Value::Time(b)) => a.since(b).map(Value::DaysDuration),
        (moment, Value::DaysDuration(by)) => later(moment, by.checked_neg()?),
        (moment, Value::YearsDuration(by)) => later_by_months(moment, by.checked_neg()?),
        _ => None,
    }
}

fn multiply(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.mul(b).map(Value::Number),
        (Value::DaysDuration(a), Value::Number(b)) | (Value::Number(b), Value::DaysDuration(a)) => {
            duration_of(&seconds_of(*a)?.mul(b)?)
        }
        (Value::YearsDuration(a), Value::Number(b))
        | (Value::Number(b), Value::YearsDuration(a)) => months_of(&Number::from(*a).mul(b)?),
        _ => None,
    }
}

fn divide(left: &Value, right: &Value) -> Result<Option<Value>, Fault> {
    let zero = match right {
        Value::Number(number) => number.is_zero(),
        Value::DaysDuration(duration) => duration.is_zero(),
        Value::YearsDuration(months) => *months == 0,
        _ => false,
    };
    if zero {
        return Err(Fault::new("除数为零", "division by zero"));
    }
    Ok(quotient(left, right))
}

fn quotient(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.div(b).map(Value::Number),
        (Value::DaysDuration(a), Value::Number(b)) => duration_of(&seconds_of(*a)?.div(b)?),
        (Value::YearsDuration(a), Value::Number(b)) => months_of(&Number::from(*a).div(b)?),
        (Value::DaysDuration(a), Value::DaysDuration(b)) => {
            seconds_of(*a)?.div(&seconds_of(*b)?).map(Value::Number)
        }
        (Value::YearsDuration(a), Value::YearsDuration(b)) => {
            Number::from(*a).div(&Number::from(*b)).map(Value::Number)
        }
        _ => None,
    }
}

/// A duration as a decimal number of seconds.
pub(crate) fn seconds_of(duration: SignedDuration) -> Option<Number> {
    let nanos = Number::try_from(duration.as_nanos()).ok()?;
    nanos.div(&Number::from(1_000_000_000_i64))
}

fn duration_of(seconds: &Number) -> Option<Value> {
    let nanos = seconds
        .mul(&Number::from(1_000_000_000_i64))?
        .round(0, Rounding::Down)?
        .to_i128()?;
    let whole = i64::try_from(nanos / 1_000_000_000).ok()?;
    let rest = i32::try_from(nanos % 1_000_000_000).ok()?;
    Some(Value::DaysDuration(SignedDuration::new(whole, rest)))
}

fn months_of(months: &Number) -> Option<Value> {
    months
        .round(0, Rounding::Down)?
        .to_i64()
        .map(Value::YearsDuration)
}
