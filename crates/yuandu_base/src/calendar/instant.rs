//! Reads instants as people and machines write them, and writes them for machines.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::LocalText;

use super::budget::shortened;
use super::error::CalendarError;

/// Reads an instant; without an offset it is local to `zone`.
pub(super) fn parse(input: &str, zone: &TimeZone) -> Result<Timestamp, CalendarError> {
    read(input.trim(), zone).map_err(|reason| CalendarError::Instant {
        input: shortened(input),
        reason,
    })
}

/// RFC 3339 with the offset of `zone` at that instant.
pub(super) fn rfc3339(instant: Timestamp, zone: &TimeZone) -> String {
    instant
        .display_with_offset(zone.to_offset(instant))
        .to_string()
}

fn read(text: &str, zone: &TimeZone) -> Result<Timestamp, LocalText> {
    let (date, rest) = match text.split_once(['T', 't', ' ']) {
        Some((date, rest)) => (date, Some(rest.trim_start())),
        None => (text, None),
    };
    let date = read_date(date)?;
    let (time, offset) = match rest {
        Some(rest) => read_time(rest)?,
        None => (Time::midnight(), None),
    };
    let local = date.to_datetime(time);
    let out_of_range = |_| {
        LocalText::new(
            "超出可表示的时间范围",
            "it lies outside the range of time that can be written",
        )
    };
    match offset {
        Some(offset) => offset.to_timestamp(local).map_err(out_of_range),
        None => zone.to_timestamp(local).map_err(out_of_range),
    }
}

fn shape() -> LocalText {
    LocalText::new(
        "请写如 `2025-01-24T16:30`、`2025-01-24 16:30:05` 或 `2025-01-24`",
        "write it as `2025-01-24T16:30`, `2025-01-24 16:30:05` or `2025-01-24`",
    )
}

/// A number of exactly `width` ASCII digits.
fn digits<T: std::str::FromStr>(text: &str, width: usize) -> Option<T> {
    let plain = text.len() == width && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn read_date(text: &str) -> Result<Date, LocalText> {
    let mut parts = text.splitn(3, '-');
    let mut next = |width| parts.next().and_then(|p| digits::<i16>(p, width));
    let (Some(year), Some(month), Some(day)) = (next(4), next(2), next(2)) else {
        return Err(shape());
    };
    let month = i8::try_from(month).unwrap_or_default();
    let day = i8::try_from(day).unwrap_or_default();
    if year == 0 {
        return Err(LocalText::new("没有公元 0 年", "there is no year 0"));
    }
    if !(1..=12).contains(&month) {
        return Err(LocalText::new(
            format!("没有 {month} 月"),
            format!("there is no month {month}"),
        ));
    }
    Date::new(year, month, day).map_err(|_| {
        let days = Date::new(year, month, 1).map_or(31, Date::days_in_month);
        LocalText::new(
            format!("{year} 年 {month} 月只有 {days} 天"),
            format!("month {month} of {year} has {days} days"),
        )
    })
}

fn read_time(text: &str) -> Result<(Time, Option<Offset>), LocalText> {
    let offset_at = text.find(['Z', 'z', '+', '-']);
    let (time, offset) = match offset_at {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let time = time.trim_end();
    let (clock, fraction) = match time.split_once('.') {
        Some((clock, fraction)) => (clock, read_fraction(fraction).ok_or_else(shape)?),
        None => (time, 0),
    };
    let mut parts = clock.split(':');
    let mut next = || parts.next().map(|p| digits::<i8>(p, 2).ok_or_else(shape));
    let hour = next().unwrap_or_else(|| Err(shape()))?;
    let minute = next().unwrap_or_else(|| Err(shape()))?;
    let second = next();
    let has_second = second.is_some();
    let second = second.transpose()?.unwrap_or(0);
    if parts.next().is_some() || (time.contains('.') && !has_second) {
        return Err(shape());
    }
    let time = Time::new(hour, minute, second, fraction).map_err(|_| {
        LocalText::new(
            format!("没有 `{clock}` 这个时刻，时刻从 00:00 到 23:59:59"),
            format!("there is no time `{clock}`; times run from 00:00 to 23:59:59"),
        )
    })?;
    Ok((time, read_offset(offset)?))
}

/// Nanoseconds of up to nine decimal digits.
fn read_fraction(text: &str) -> Option<i32> {
    let plain = (1..=9).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| format!("{text:0<9}").parse().ok()).flatten()
}

fn read_offset(text: &str) -> Result<Option<Offset>, LocalText> {
    let wrong = || {
        LocalText::new(
            format!("`{text}` 不是时差，请写如 `+08:00` 或 `Z`"),
            format!("`{text}` is not an offset such as `+08:00` or `Z`"),
        )
    };
    let sign = match text.chars().next() {
        None => return Ok(None),
        Some('Z' | 'z') if text.len() == 1 => return Ok(Some(Offset::UTC)),
        Some('+') => 1,
        Some('-') => -1,
        Some(_) => return Err(wrong()),
    };
    let body = text.get(1..).unwrap_or_default();
    let (hours, minutes) = match body.split_once(':') {
        Some(parts) => parts,
        None if body.len() == 4 && body.is_ascii() => body.split_at(2),
        None => (body, "00"),
    };
    let hours: i32 = digits(hours, 2).filter(|h| *h <= 18).ok_or_else(wrong)?;
    let minutes: i32 = digits(minutes, 2).filter(|m| *m < 60).ok_or_else(wrong)?;
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60))
        .map(Some)
        .map_err(|_| wrong())
}

/// The local date and time of day that is `nanos` after the midnight of `date`.
pub(super) fn at_time_of_day(date: Date, nanos: i128, zone: &TimeZone) -> Option<Timestamp> {
    let nanos = i64::try_from(nanos).ok()?;
    let local: DateTime = date
        .to_datetime(Time::midnight())
        .checked_add(SignedDuration::from_nanos(nanos))
        .ok()?;
    zone.to_timestamp(local).ok()
}
