//! Functions that make values of texts and of parts.

use jiff::civil;
use jiff::tz::Offset;

use crate::error::Fault;
use crate::number::{Number, Rounding};
use crate::temporal::{
    DateTime, Time, Zone, months_between, parse_date, parse_date_time, parse_days, parse_time,
    parse_years,
};
use crate::value::Value;

use super::{Builtin, Outcome, argument, number, single, text, whole, wrong};

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "string",
        signatures: &[&["from"]],
        run: |_, args| Ok(string(argument(&args, 0)?)),
    },
    Builtin {
        name: "number",
        signatures: &[&["from", "grouping separator?", "decimal separator?"]],
        run: |_, args| to_number(&args),
    },
    Builtin {
        name: "date",
        signatures: &[&["from"], &["year", "month", "day"]],
        run: |_, args| date(&args),
    },
    Builtin {
        name: "time",
        signatures: &[&["from"], &["hour", "minute", "second", "offset?"]],
        run: |_, args| time(&args),
    },
    Builtin {
        name: "date and time",
        signatures: &[
            &["from"],
            &["date", "time"],
            &[
                "year", "month", "day", "hour", "minute", "second", "offset?",
            ],
        ],
        run: |_, args| date_and_time(&args),
    },
    Builtin {
        name: "duration",
        signatures: &[&["from"]],
        run: |_, args| duration(&args),
    },
    Builtin {
        name: "years and months duration",
        signatures: &[&["from", "to"]],
        run: |_, args| months(&args),
    },
    Builtin {
        name: "not",
        signatures: &[&["negand"]],
        run: |_, args| Ok(negation(argument(&args, 0)?)),
    },
];

fn string(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        other => Value::Text(other.to_plain_text()),
    }
}

fn negation(value: &Value) -> Value {
    value
        .as_bool()
        .map_or(Value::Null, |value| Value::Bool(!value))
}

fn unreadable(text: &str, what_zh: &str, what_en: &str) -> Fault {
    Fault::new(
        format!("`{text}` 不是{what_zh}"),
        format!("`{text}` is no {what_en}"),
    )
}

fn to_number(args: &[Value]) -> Outcome {
    let source = text(args, 0)?;
    let separator = |at: usize, allowed: &[&str]| match args.get(at) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => {
            let sign = text(args, at)?;
            if allowed.contains(&sign) {
                Ok(Some(sign.to_owned()))
            } else {
                Err(Fault::new(
                    format!("分隔符 `{sign}` 不可用"),
                    format!("the separator `{sign}` is not allowed"),
                ))
            }
        }
    };
    let grouping = separator(1, &[" ", ",", "."])?;
    let decimal = separator(2, &[",", "."])?;
    if grouping.is_some() && grouping == decimal {
        return Err(Fault::new(
            "两种分隔符不能相同",
            "the two separators must differ",
        ));
    }
    let mut digits = source.to_owned();
    if let Some(grouping) = grouping {
        digits = digits.replace(&grouping, "");
    }
    if let Some(decimal) = decimal {
        digits = digits.replace(&decimal, ".");
    }
    digits
        .parse()
        .map(Value::Number)
        .map_err(|()| unreadable(source, "数字", "number"))
}

fn date(args: &[Value]) -> Outcome {
    if args.len() == 3 {
        let year = i16::try_from(whole(args, 0)?);
        let month = i8::try_from(whole(args, 1)?);
        let day = i8::try_from(whole(args, 2)?);
        if let (Ok(year), Ok(month), Ok(day)) = (year, month, day)
            && let Ok(date) = civil::Date::new(year, month, day)
        {
            return Ok(Value::Date(date));
        }
        return Err(Fault::new("没有这个日期", "there is no such date"));
    }
    match single(argument(args, 0)?) {
        Value::Date(date) => Ok(Value::Date(*date)),
        Value::DateTime(at) => Ok(Value::Date(at.civil.date())),
        Value::Text(text) => parse_date(text).map(Value::Date).ok_or_else(|| {
            unreadable(
                text,
                "日期，应如 `2026-11-23`",
                "date; write it as `2026-11-23`",
            )
        }),
        other => Err(wrong(0, "string", other)),
    }
}

/// Seconds with their fraction, as whole seconds and nanoseconds.
fn clock(args: &[Value], at: usize) -> Result<civil::Time, Fault> {
    let nonsense = || Fault::new("没有这个时间", "there is no such time");
    let second = number(args, at + 2)?;
    let nanos = second
        .mul(&Number::from(1_000_000_000_i64))
        .and_then(|nanos| nanos.round(0, Rounding::Down))
        .and_then(|nanos| nanos.to_i64())
        .filter(|nanos| (0..60_000_000_000).contains(nanos))
        .ok_or_else(nonsense)?;
    let small =
        |at: usize| whole(args, at).and_then(|value| i8::try_from(value).map_err(|_| nonsense()));
    let whole_second = i8::try_from(nanos / 1_000_000_000).map_err(|_| nonsense())?;
    let fraction = i32::try_from(nanos % 1_000_000_000).map_err(|_| nonsense())?;
    civil::Time::new(small(at)?, small(at + 1)?, whole_second, fraction).map_err(|_| nonsense())
}

fn offset(args: &[Value], at: usize) -> Result<Option<Zone>, Fault> {
    match args.get(at) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::DaysDuration(by)) => i32::try_from(by.as_secs())
            .ok()
            .filter(|seconds| seconds.abs() <= 14 * 3600)
            .and_then(|seconds| Offset::from_seconds(seconds).ok())
            .map(|offset| Some(Zone::Offset(offset)))
            .ok_or_else(super::out_of_range),
        Some(Value::Text(text)) => parse_time(&format!("00:00:00{text}"))
            .map(|time| time.zone)
            .ok_or_else(|| unreadable(text, "时区", "time zone")),
        Some(other) => Err(wrong(at, "days and time duration", other)),
    }
}

fn time(args: &[Value]) -> Outcome {
    if args.len() >= 3 {
        return Ok(Value::Time(Time {
            civil: clock(args, 0)?,
            zone: offset(args, 3)?,
        }));
    }
    match single(argument(args, 0)?) {
        Value::Time(time) => Ok(Value::Time(time.clone())),
        Value::Date(_) => Ok(Value::Time(Time {
            civil: civil::Time::midnight(),
            zone: Some(Zone::Offset(Offset::UTC)),
        })),
        Value::DateTime(at) => Ok(Value::Time(Time {
            civil: at.civil.time(),
            zone: at.zone.clone(),
        })),
        Value::Text(text) => parse_time(text)
            .filter(|_| !text.starts_with('T'))
            .map(Value::Time)
            .ok_or_else(|| {
                unreadable(
                    text,
                    "时间，应如 `09:30:00`",
                    "time; write it as `09:30:00`",
                )
            }),
        other => Err(wrong(0, "string", other)),
    }
}

fn date_and_time(args: &[Value]) -> Outcome {
    if args.len() >= 6 {
        let Value::Date(day) = date(args.get(..3).unwrap_or_default())? else {
            return Err(super::out_of_range());
        };
        let civil = civil::DateTime::from_parts(day, clock(args, 3)?);
        return Ok(DateTime {
            civil,
            zone: offset(args, 6)?,
        }
        .into());
    }
    if args.len() == 2 {
        let day = match single(argument(args, 0)?) {
            Value::Date(date) => *date,
            Value::DateTime(at) => at.civil.date(),
            other => return Err(wrong(0, "date", other)),
        };
        return match single(argument(args, 1)?) {
            Value::Time(time) => Ok(DateTime {
                civil: civil::DateTime::from_parts(day, time.civil),
                zone: time.zone.clone(),
            }
            .into()),
            other => Err(wrong(1, "time", other)),
        };
    }
    match single(argument(args, 0)?) {
        Value::DateTime(at) => Ok(Value::DateTime(at.clone())),
        Value::Date(date) => Ok(DateTime::midnight_utc(*date).into()),
        Value::Text(text) => parse_date_time(text).map(Value::from).ok_or_else(|| {
            unreadable(
                text,
                "日期时间，应如 `2026-11-23T09:30:00`",
                "date and time; write it as `2026-11-23T09:30:00`",
            )
        }),
        other => Err(wrong(0, "string", other)),
    }
}

fn duration(args: &[Value]) -> Outcome {
    match single(argument(args, 0)?) {
        Value::DaysDuration(by) => Ok(Value::DaysDuration(*by)),
        Value::YearsDuration(by) => Ok(Value::YearsDuration(*by)),
        Value::Text(text) => parse_years(text)
            .map(Value::YearsDuration)
            .or_else(|| parse_days(text).map(Value::DaysDuration))
            .ok_or_else(|| {
                unreadable(
                    text,
                    "时长，应如 `P1DT2H` 或 `P1Y2M`",
                    "duration; write it as `P1DT2H` or `P1Y2M`",
                )
            }),
        other => Err(wrong(0, "string", other)),
    }
}

fn months(args: &[Value]) -> Outcome {
    let moment = |at: usize| match single(argument(args, at)?) {
        Value::Date(date) => Ok(date.at(0, 0, 0, 0)),
        Value::DateTime(moment) => Ok(moment.civil),
        other => Err(wrong(at, "date", other)),
    };
    Ok(Value::YearsDuration(months_between(moment(0)?, moment(1)?)))
}
