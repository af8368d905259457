//! Whole numbers and decimals as people type them, and as JSON sends them.

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
