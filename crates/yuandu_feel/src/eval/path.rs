//! Entries of contexts and the components of dates, times, durations and ranges.

use crate::ast::Ast;
use crate::error::{Fault, Position};
use crate::temporal::Zone;
use crate::value::{Range, Value};

use super::{Run, Scope};

impl Run<'_> {
    pub(super) fn path(&self, of: &Ast, name: &str, at: Position, scope: &Scope<'_>) -> Value {
        let value = self.operand(of, scope);
        self.entry(&value, name, at)
    }

    fn entry(&self, value: &Value, name: &str, at: Position) -> Value {
        match value {
            Value::Context(context) => match context.get(name) {
                Some(entry) => self.copied(entry, at),
                None => self.absent(name, at),
            },
            Value::List(items) => {
                let mut entries = Vec::with_capacity(items.len());
                for item in items {
                    if !self.spend(1) {
                        return Value::Null;
                    }
                    entries.push(self.entry(item, name, at));
                }
                Value::List(entries)
            }
            Value::Null => self.absent(name, at),
            other => match component(other, name) {
                Some(component) => component,
                None => self.fault(at, || {
                    Fault::new(
                        format!("{} 没有成分 `{name}`", other.type_name()),
                        format!("{} has no component `{name}`", other.type_name()),
                    )
                }),
            },
        }
    }

    fn absent(&self, name: &str, at: Position) -> Value {
        self.note(at, false, || {
            Fault::new(
                format!("没有条目 `{name}`，或其所属的值是 null"),
                format!("there is no entry `{name}`, or what it belongs to is null"),
            )
        })
    }
}

/// A component of a value that is not a context; `None` if it has none of that name.
fn component(value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Date(date) => date_component(*date, name),
        Value::Time(time) => time_component(time.civil, name).or_else(|| {
            let local =
                jiff::civil::DateTime::from_parts(jiff::civil::date(1970, 1, 1), time.civil);
            zone_component(time.zone.as_ref(), local, name)
        }),
        Value::DateTime(at) => date_component(at.civil.date(), name)
            .or_else(|| time_component(at.civil.time(), name))
            .or_else(|| zone_component(at.zone.as_ref(), at.civil, name)),
        Value::DaysDuration(duration) => {
            let total = duration.as_secs();
            let part = match name {
                "days" => total / 86_400,
                "hours" => total % 86_400 / 3600,
                "minutes" => total % 3600 / 60,
                "seconds" => return seconds_component(total % 60, duration.subsec_nanos()),
                _ => return None,
            };
            Some(part.into())
        }
        Value::YearsDuration(months) => match name {
            "years" => Some((months / 12).into()),
            "months" => Some((months % 12).into()),
            _ => None,
        },
        Value::Range(range) => range_component(range, name),
        _ => None,
    }
}

fn seconds_component(seconds: i64, nanos: i32) -> Option<Value> {
    if nanos == 0 {
        return Some(seconds.into());
    }
    crate::eval::arithmetic::seconds_of(jiff::SignedDuration::new(seconds, nanos))
        .map(Value::Number)
}

fn date_component(date: jiff::civil::Date, name: &str) -> Option<Value> {
    let part = match name {
        "year" => i64::from(date.year()),
        "month" => i64::from(date.month()),
        "day" => i64::from(date.day()),
        "weekday" => i64::from(date.weekday().to_monday_one_offset()),
        _ => return None,
    };
    Some(part.into())
}

fn time_component(time: jiff::civil::Time, name: &str) -> Option<Value> {
    let part = match name {
        "hour" => time.hour(),
        "minute" => time.minute(),
        "second" => return seconds_component(i64::from(time.second()), time.subsec_nanosecond()),
        _ => return None,
    };
    Some(i64::from(part).into())
}

fn zone_component(zone: Option<&Zone>, local: jiff::civil::DateTime, name: &str) -> Option<Value> {
    match name {
        "time offset" => Some(zone.and_then(|zone| zone.offset_at(local)).map_or(
            Value::Null,
            |offset| {
                Value::DaysDuration(jiff::SignedDuration::from_secs(i64::from(offset.seconds())))
            },
        )),
        "timezone" => Some(zone.and_then(Zone::name).map_or(Value::Null, Value::from)),
        _ => None,
    }
}

fn range_component(range: &Range, name: &str) -> Option<Value> {
    Some(match name {
        "start" => range.low.clone().unwrap_or(Value::Null),
        "end" => range.high.clone().unwrap_or(Value::Null),
        "start included" => range.low_closed.into(),
        "end included" => range.high_closed.into(),
        _ => return None,
    })
}
