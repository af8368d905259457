//! Numbers and telephone numbers.

use serde_json::{Number, Value};
use yuandu_base::Problem;

pub(super) fn integer_json(
    field: &str,
    number: &Number,
    min: Option<i64>,
    max: Option<i64>,
) -> Result<Value, Problem> {
    match number.as_i64() {
        Some(whole) => in_range(field, whole, min, max),
        None => Err(not_integer(field, &number.to_string())),
    }
}

pub(super) fn integer_text(
    field: &str,
    text: &str,
    min: Option<i64>,
    max: Option<i64>,
) -> Result<Value, Problem> {
    let whole = text.parse::<i64>().map_err(|_| not_integer(field, text))?;
    in_range(field, whole, min, max)
}

fn in_range(field: &str, whole: i64, min: Option<i64>, max: Option<i64>) -> Result<Value, Problem> {
    if min.is_some_and(|least| whole < least) || max.is_some_and(|most| whole > most) {
        let show = |bound: Option<i64>| bound.map_or_else(|| "…".to_owned(), |b| b.to_string());
        let (least, most) = (show(min), show(max));
        return Err(Problem::new(
            "schema.out_of_range",
            field,
            format!("应在 {least} 到 {most} 之间，现为 {whole}"),
            format!("must be between {least} and {most}, it is {whole}"),
        ));
    }
    Ok(whole.into())
}

fn not_integer(field: &str, text: &str) -> Problem {
    Problem::new(
        "schema.not_integer",
        field,
        format!("`{text}` 不是整数，请只写数字"),
        format!("`{text}` is not a whole number; write digits only"),
    )
}

pub(super) fn decimal_json(field: &str, number: &Number) -> Result<Value, Problem> {
    let real = number.as_f64().filter(|real| real.is_finite());
    real.map(Value::from)
        .ok_or_else(|| not_decimal(field, &number.to_string()))
}

pub(super) fn decimal_text(field: &str, text: &str) -> Result<Value, Problem> {
    // Rust also reads `inf`, `nan` and exponents; people who type those made a mistake.
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b"+-.".contains(&b));
    let real = text
        .parse::<f64>()
        .ok()
        .filter(|real| plain && real.is_finite());
    real.map(Value::from)
        .ok_or_else(|| not_decimal(field, text))
}

fn not_decimal(field: &str, text: &str) -> Problem {
    Problem::new(
        "schema.not_decimal",
        field,
        format!("`{text}` 不是数字，请写成 12.5 这样的形式"),
        format!("`{text}` is not a number; write it like 12.5"),
    )
}

/// Mobile numbers lose their country code, land lines keep one dash-free form, others keep their plus sign.
pub(super) fn phone(field: &str, text: &str) -> Result<Value, Problem> {
    let kept: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.'))
        .collect();
    let local = ["+86", "0086"]
        .iter()
        .find_map(|code| kept.strip_prefix(code))
        .or_else(|| kept.strip_prefix("86").filter(|rest| rest.len() == 11))
        .unwrap_or(&kept);
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let valid = match local.strip_prefix('+') {
        Some(abroad) => digits(abroad) && (6..=15).contains(&abroad.len()),
        None if !digits(local) => false,
        None => match local.as_bytes() {
            [b'1', second, ..] if local.len() == 11 => (b'3'..=b'9').contains(second),
            [b'0', ..] => (10..=12).contains(&local.len()),
            [b'4' | b'8', b'0', b'0', ..] => local.len() == 10,
            // Short service numbers (12345) and local land lines without area code.
            [first, ..] => *first != b'0' && matches!(local.len(), 3..=8),
            [] => false,
        },
    };
    if valid {
        return Ok(local.into());
    }
    Err(Problem::new(
        "schema.not_phone",
        field,
        format!("`{text}` 不是电话号码，请写 11 位手机号或带区号的座机号"),
        format!(
            "`{text}` is not a telephone number; write the 11 digits of a mobile or a land line with area code"
        ),
    ))
}
