//! Dates, instants and budgets of working time.

use jiff::civil::Date;
use serde_json::Value;
use yuandu_base::Problem;
use yuandu_base::calendar::{Budget, Calendar};

/// Years outside which a date in a city's records is a slip of the hand.
const YEARS: std::ops::RangeInclusive<i16> = 1800..=2200;

/// Reads `2026-10-01`, `2026/10/1`, `2026.10.1`, `2026年10月1日` or `20261001`.
pub(super) fn date(field: &str, text: &str) -> Result<Value, Problem> {
    read_date(text)
        .filter(|date| YEARS.contains(&date.year()))
        .map(|date| date.to_string().into())
        .ok_or_else(|| {
            Problem::new(
                "schema.not_date",
                field,
                format!("`{text}` 不是有效日期，请写成 2026-10-01"),
                format!("`{text}` is not a date; write it like 2026-10-01"),
            )
        })
}

fn read_date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        vec![text.get(..4)?, text.get(4..6)?, text.get(6..)?]
    } else {
        let text = text.strip_suffix('日').unwrap_or(text);
        text.split(['-', '/', '.', '年', '月']).collect()
    };
    let [year, month, day] = parts.as_slice() else {
        return None;
    };
    if year.len() != 4 {
        return None;
    }
    Date::new(
        year.parse().ok()?,
        month.trim().parse().ok()?,
        day.trim().parse().ok()?,
    )
    .ok()
}

/// Reads RFC 3339, or local date and time in the calendar's zone; kept to the millisecond in UTC.
pub(super) fn instant(field: &str, text: &str) -> Result<Value, Problem> {
    let instant = Calendar::statutory()
        .parse_instant(text)
        .ok()
        .and_then(|at| jiff::Timestamp::from_millisecond(at.as_millisecond()).ok());
    instant.map(|at| at.to_string().into()).ok_or_else(|| {
        Problem::new(
            "schema.not_instant",
            field,
            format!("`{text}` 不是有效时间，请写成 2026-10-01T09:30"),
            format!("`{text}` is not a time; write it like 2026-10-01T09:30"),
        )
    })
}

/// Reads a budget such as `2d`, `4h`, `30m`.
pub(super) fn budget(field: &str, text: &str) -> Result<Value, Problem> {
    text.to_ascii_lowercase().parse::<Budget>().map(|budget| budget.to_string().into()).map_err(|_| {
        Problem::new(
            "schema.not_budget",
            field,
            format!("`{text}` 不是工作时间，请写成 2d（2 个工作日）或 4h（4 个工作小时）"),
            format!("`{text}` is not working time; write 2d for two working days or 4h for four working hours"),
        )
    })
}
