//! Functions of dates and times. The present comes from the caller's clock alone.

use crate::error::Fault;
use crate::eval::Run;
use crate::value::Value;

use super::{Builtin, Outcome, argument, single, wrong};

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "now",
        signatures: &[&[]],
        run: |run, _| Ok(present(run)?.clone().into()),
    },
    Builtin {
        name: "today",
        signatures: &[&[]],
        run: |run, _| Ok(present(run)?.civil.date().into()),
    },
    Builtin {
        name: "day of year",
        signatures: &[&["date"]],
        run: |_, args| Ok(i64::from(date(&args)?.day_of_year()).into()),
    },
    Builtin {
        name: "day of week",
        signatures: &[&["date"]],
        run: |_, args| Ok(weekday(date(&args)?).into()),
    },
    Builtin {
        name: "month of year",
        signatures: &[&["date"]],
        run: |_, args| Ok(month(date(&args)?).into()),
    },
    Builtin {
        name: "week of year",
        signatures: &[&["date"]],
        run: |_, args| Ok(i64::from(date(&args)?.iso_week_date().week()).into()),
    },
    Builtin {
        name: "last day of month",
        signatures: &[&["date"]],
        run: |_, args| Ok(i64::from(date(&args)?.days_in_month()).into()),
    },
    Builtin {
        name: "is",
        signatures: &[&["value1", "value2"]],
        run: is,
    },
];

fn present<'r>(run: &Run<'r>) -> Result<&'r crate::temporal::DateTime, Fault> {
    run.now().ok_or_else(|| {
        Fault::new(
            "这里没有时钟，`now()` 与 `today()` 没有值",
            "no clock is given here, so `now()` and `today()` have no value",
        )
    })
}

fn date(args: &[Value]) -> Result<jiff::civil::Date, Fault> {
    match single(argument(args, 0)?) {
        Value::Date(date) => Ok(*date),
        Value::DateTime(at) => Ok(at.civil.date()),
        other => Err(wrong(0, "date", other)),
    }
}

fn weekday(date: jiff::civil::Date) -> &'static str {
    use jiff::civil::Weekday;
    match date.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn month(date: jiff::civil::Date) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    usize::try_from(date.month() - 1)
        .ok()
        .and_then(|at| NAMES.get(at))
        .copied()
        .unwrap_or_default()
}

/// Sameness in kind, value and zone: stricter than `=`.
fn is(_: &Run<'_>, args: Vec<Value>) -> Outcome {
    let (left, right) = (argument(&args, 0)?, argument(&args, 1)?);
    Ok((left == right).into())
}
