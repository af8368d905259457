//! Reading dates, times and date-times in the forms FEEL allows, and no others.

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

use super::{DateTime, Time, Zone, parse_days, parse_years};
use crate::value::Value;

/// The largest distance from UTC that XML Schema, whose forms FEEL borrows, allows.
const MAX_OFFSET_SECONDS: i32 = 14 * 3600;

/// A number of exactly `width` digits at the start, and what follows.
fn digits(text: &str, width: usize) -> Option<(i16, &str)> {
    let head = text.get(..width)?;
    if !head.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((head.parse().ok()?, text.get(width..)?))
}

/// A number of two digits below `limit`, and what follows.
fn pair(text: &str, limit: i16) -> Option<(i8, &str)> {
    let (value, rest) = digits(text, 2)?;
    if value >= limit {
        return None;
    }
    Some((i8::try_from(value).ok()?, rest))
}

fn date_prefix(text: &str) -> Option<(civil::Date, &str)> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (year, rest) = digits(unsigned, 4)?;
    let (month, rest) = pair(rest.strip_prefix('-')?, 13)?;
    let (day, rest) = pair(rest.strip_prefix('-')?, 32)?;
    let year = if negative { -year } else { year };
    Some((civil::Date::new(year, month, day).ok()?, rest))
}

/// Reads `2026-11-23`.
pub(crate) fn parse_date(text: &str) -> Option<civil::Date> {
    let (date, rest) = date_prefix(text)?;
    rest.is_empty().then_some(date)
}

/// Reads a time; 24:00:00 is the midnight that ends the day, told by the flag.
fn clock_prefix(text: &str) -> Option<(civil::Time, bool, &str)> {
    if let Some(rest) = text.strip_prefix("24:00:00") {
        return Some((civil::Time::midnight(), true, rest));
    }
    let (time, rest) = clock_before_midnight(text)?;
    Some((time, false, rest))
}

fn clock_before_midnight(text: &str) -> Option<(civil::Time, &str)> {
    let (hour, rest) = pair(text, 24)?;
    let (minute, rest) = pair(rest.strip_prefix(':')?, 60)?;
    let (second, rest) = pair(rest.strip_prefix(':')?, 60)?;
    let Some(fraction) = rest.strip_prefix('.') else {
        return Some((civil::Time::new(hour, minute, second, 0).ok()?, rest));
    };
    let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return None;
    }
    // Past the nanosecond the digits are cut.
    let padded = format!("{:0<9}", fraction.get(..length.min(9))?);
    let nanos = padded.parse().ok()?;
    Some((
        civil::Time::new(hour, minute, second, nanos).ok()?,
        fraction.get(length..)?,
    ))
}

/// Reads the zone that follows a time: nothing, `Z`, `+08:00` or `@Asia/Shanghai`.
fn zone_suffix(text: &str) -> Option<Option<Zone>> {
    if text.is_empty() {
        return Some(None);
    }
    if text == "Z" || text == "z" {
        return Some(Some(Zone::Offset(Offset::UTC)));
    }
    if let Some(name) = text.strip_prefix('@') {
        return Some(Some(Zone::Named(TimeZone::get(name).ok()?)));
    }
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, rest) = pair(text.get(1..)?, 15)?;
    let (minutes, rest) = pair(rest.strip_prefix(':')?, 60)?;
    let seconds = match rest.strip_prefix(':') {
        Some(rest) => {
            let (seconds, rest) = pair(rest, 60)?;
            rest.is_empty().then_some(seconds)?
        }
        None => rest.is_empty().then_some(0)?,
    };
    let total = i32::from(hours) * 3600 + i32::from(minutes) * 60 + i32::from(seconds);
    if total > MAX_OFFSET_SECONDS {
        return None;
    }
    Some(Some(Zone::Offset(Offset::from_seconds(sign * total).ok()?)))
}

/// Reads `09:30:00`, `09:30:00.5Z`, `09:30:00+08:00`, `09:30:00@Asia/Shanghai`.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let (civil, _, rest) = clock_prefix(text.strip_prefix('T').unwrap_or(text))?;
    Some(Time {
        civil,
        zone: zone_suffix(rest)?,
    })
}

/// Reads a date, `T` and a time; a date alone is midnight without a zone.
pub(crate) fn parse_date_time(text: &str) -> Option<DateTime> {
    let (date, rest) = date_prefix(text)?;
    if rest.is_empty() {
        return Some(DateTime {
            civil: date.at(0, 0, 0, 0),
            zone: None,
        });
    }
    let (time, next_day, rest) = clock_prefix(rest.strip_prefix('T')?)?;
    let date = if next_day {
        date.tomorrow().ok()?
    } else {
        date
    };
    Some(DateTime {
        civil: civil::DateTime::from_parts(date, time),
        zone: zone_suffix(rest)?,
    })
}

/// Reads whatever temporal value a text is, as `@"..."` does.
pub(crate) fn parse_temporal(text: &str) -> Option<Value> {
    if let Some(date) = parse_date(text) {
        return Some(Value::Date(date));
    }
    if let Some(months) = parse_years(text) {
        return Some(Value::YearsDuration(months));
    }
    if let Some(duration) = parse_days(text) {
        return Some(Value::DaysDuration(duration));
    }
    if let Some(time) = parse_time(text) {
        return Some(Value::Time(time));
    }
    parse_date_time(text).map(|at| Value::DateTime(Box::new(at)))
}
