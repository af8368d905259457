//! The two durations of FEEL: days and time (exact), years and months (counted in months).

use std::fmt::Write;

use jiff::{SignedDuration, civil};

/// Reads amounts with their letters, such as `1Y2M`, in the given order of letters; each at most once.
fn amounts<'t>(mut text: &'t str, letters: &str) -> Option<Vec<(char, &'t str)>> {
    let mut left = letters;
    let mut found = Vec::new();
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let letter = text.get(end..)?.chars().next()?;
        let at = left.find(letter)?;
        let amount = text.get(..end)?;
        if amount.is_empty() || (amount.contains('.') && letter != 'S') {
            return None;
        }
        left = left.get(at + 1..)?;
        found.push((letter, amount));
        text = text.get(end + 1..)?;
    }
    (!found.is_empty()).then_some(found)
}

fn unsign(text: &str) -> Option<(bool, &str)> {
    match text.strip_prefix('-') {
        Some(rest) => Some((true, rest.strip_prefix('P')?)),
        None => Some((false, text.strip_prefix('P')?)),
    }
}

/// Reads `P1Y2M`; the result is in months.
pub(crate) fn parse_years(text: &str) -> Option<i64> {
    let (negative, body) = unsign(text)?;
    let mut months = 0_i64;
    for (letter, amount) in amounts(body, "YM")? {
        let amount: i64 = amount.parse().ok()?;
        let factor = if letter == 'Y' { 12 } else { 1 };
        months = months.checked_add(amount.checked_mul(factor)?)?;
    }
    Some(if negative { -months } else { months })
}

/// Reads `P1DT2H3M4.5S`.
pub(crate) fn parse_days(text: &str) -> Option<SignedDuration> {
    let (negative, body) = unsign(text)?;
    let (days, clock) = match body.split_once('T') {
        Some((days, clock)) => (days, Some(clock)),
        None => (body, None),
    };
    let mut total = SignedDuration::ZERO;
    if !days.is_empty() {
        for (_, amount) in amounts(days, "D")? {
            total = total.checked_add(scaled(amount, 86_400)?)?;
        }
    }
    match clock {
        Some(clock) => {
            for (letter, amount) in amounts(clock, "HMS")? {
                let part = match letter {
                    'H' => scaled(amount, 3600)?,
                    'M' => scaled(amount, 60)?,
                    _ => seconds(amount)?,
                };
                total = total.checked_add(part)?;
            }
        }
        None if days.is_empty() => return None,
        None => {}
    }
    if negative {
        total.checked_neg()
    } else {
        Some(total)
    }
}

fn scaled(amount: &str, seconds: i64) -> Option<SignedDuration> {
    let amount: i64 = amount.parse().ok()?;
    Some(SignedDuration::from_secs(amount.checked_mul(seconds)?))
}

fn seconds(amount: &str) -> Option<SignedDuration> {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    if fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let padded = format!("{:0<9}", fraction.get(..fraction.len().min(9))?);
    Some(SignedDuration::new(
        whole.parse().ok()?,
        padded.parse().ok()?,
    ))
}

/// Writes a days-and-time duration, `PT0S` for none.
pub(crate) fn days_text(duration: SignedDuration) -> String {
    if duration.is_zero() {
        return "PT0S".to_owned();
    }
    let mut text = String::from(if duration.is_negative() { "-P" } else { "P" });
    let total = duration.as_secs().unsigned_abs();
    let nanos = duration.subsec_nanos().unsigned_abs();
    let (days, clock) = (total / 86_400, total % 86_400);
    let (hours, minutes, seconds) = (clock / 3600, clock / 60 % 60, clock % 60);
    // Writing to a String cannot fail.
    if days > 0 {
        let _ = write!(text, "{days}D");
    }
    if clock > 0 || nanos > 0 {
        text.push('T');
    }
    if hours > 0 {
        let _ = write!(text, "{hours}H");
    }
    if minutes > 0 {
        let _ = write!(text, "{minutes}M");
    }
    if nanos > 0 {
        let fraction = format!("{nanos:09}");
        let _ = write!(text, "{seconds}.{}S", fraction.trim_end_matches('0'));
    } else if seconds > 0 {
        let _ = write!(text, "{seconds}S");
    }
    text
}

/// Writes a years-and-months duration, `P0M` for none.
pub(crate) fn years_text(months: i64) -> String {
    let sign = if months < 0 { "-" } else { "" };
    let total = months.unsigned_abs();
    match (total / 12, total % 12) {
        (0, months) => format!("{sign}P{months}M"),
        (years, 0) => format!("{sign}P{years}Y"),
        (years, months) => format!("{sign}P{years}Y{months}M"),
    }
}

/// Whole months from one date to another, negative if the second is earlier.
pub(crate) fn months_between(from: civil::DateTime, to: civil::DateTime) -> i64 {
    let months = (i64::from(to.year()) - i64::from(from.year())) * 12 + i64::from(to.month())
        - i64::from(from.month());
    let rest_from = (from.day(), from.time());
    let rest_to = (to.day(), to.time());
    if months > 0 && rest_to < rest_from {
        months - 1
    } else if months < 0 && rest_to > rest_from {
        months + 1
    } else {
        months
    }
}
