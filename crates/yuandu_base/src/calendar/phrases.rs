//! The small pieces of a derivation in words: days, lengths of time, lists.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use crate::Lang;

/// `2025-02-27 17:30`, with seconds only where there are some.
pub(super) fn local_minute(instant: Timestamp, zone: &TimeZone) -> String {
    let local = zone.to_datetime(instant);
    let (date, time) = (local.date(), local.time());
    let minute = format!("{date} {:02}:{:02}", time.hour(), time.minute());
    if time.second() == 0 {
        minute
    } else {
        format!("{minute}:{:02}", time.second())
    }
}

/// The reason with its legal ground, where one was given.
pub(super) fn grounds(reason: &str, legal_basis: &str, joint: &str) -> String {
    if legal_basis.is_empty() {
        reason.to_owned()
    } else {
        format!("{reason}{joint}{legal_basis}")
    }
}

/// `a, b and c`.
pub(super) fn listed(parts: &[String], last_joint: &str) -> String {
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{}{last_joint}{last}", rest.join(", ")),
    }
}

/// The text with a capital letter first.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// `1 小时 30 分`, `1 h 30 min`.
pub(super) fn duration(seconds: u32, lang: Lang) -> String {
    let units = [
        (seconds / 3600, "小时", "h"),
        (seconds / 60 % 60, "分", "min"),
        (seconds % 60, "秒", "s"),
    ];
    let parts: Vec<String> = units
        .iter()
        .filter(|(count, _, _)| *count > 0)
        .map(|(count, zh, en)| format!("{count} {}", lang.pick(zh, en)))
        .collect();
    if parts.is_empty() {
        format!("0 {}", lang.pick("秒", "s"))
    } else {
        parts.join(" ")
    }
}

/// `周四`, `Thursday`.
pub(super) fn weekday(day: Weekday, lang: Lang) -> &'static str {
    match day {
        Weekday::Monday => lang.pick("周一", "Monday"),
        Weekday::Tuesday => lang.pick("周二", "Tuesday"),
        Weekday::Wednesday => lang.pick("周三", "Wednesday"),
        Weekday::Thursday => lang.pick("周四", "Thursday"),
        Weekday::Friday => lang.pick("周五", "Friday"),
        Weekday::Saturday => lang.pick("周六", "Saturday"),
        Weekday::Sunday => lang.pick("周日", "Sunday"),
    }
}

/// The English name of the month.
pub(super) fn month_en(date: Date) -> &'static str {
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
