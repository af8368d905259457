//! Identifiers and codes of the city's standards, as values of fields.

use serde_json::Value;
use yuandu_base::Problem;

/// An id of an organisation, post or user.
pub(crate) fn opaque(field: &str, text: &str) -> Result<Value, Problem> {
    let shaped = text.len() <= 64
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if shaped {
        return Ok(text.into());
    }
    Err(Problem::new(
        "schema.not_id",
        field,
        format!("`{text}` 不是编号，请从列表中选择"),
        format!("`{text}` is not an id; choose from the list"),
    ))
}

/// A division of 6, 9 or 12 digits.
pub(crate) fn division(field: &str, text: &str) -> Result<Value, Problem> {
    if matches!(text.len(), 6 | 9 | 12) && digits(text) {
        return Ok(text.into());
    }
    Err(Problem::new(
        "schema.not_division",
        field,
        format!("`{text}` 不是行政区划代码，应为 6、9 或 12 位数字"),
        format!("`{text}` is not a division code; it has 6, 9 or 12 digits"),
    ))
}

/// A unit grid: 15 characters, digits and capital letters (GB/T 47678.3).
pub(crate) fn grid(field: &str, text: &str) -> Result<Value, Problem> {
    let code = text.to_ascii_uppercase();
    if code.len() == 15
        && code
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    {
        return Ok(code.into());
    }
    Err(Problem::new(
        "schema.not_grid",
        field,
        format!("`{text}` 不是单元网格标识码，应为 15 位数字或大写字母"),
        format!("`{text}` is not a unit grid code; it has 15 digits or capital letters"),
    ))
}

/// A component: 6 digits of division, 5 of class and 6 of sequence (GB/T 47678.5).
pub(crate) fn component(field: &str, text: &str) -> Result<Value, Problem> {
    if text.len() == 17 && digits(text) {
        return Ok(text.into());
    }
    Err(Problem::new(
        "schema.not_component",
        field,
        format!("`{text}` 不是部件标识码，应为 17 位数字"),
        format!("`{text}` is not a component code; it has 17 digits"),
    ))
}

/// A citizen identity number with a right check digit (GB 11643).
pub(crate) fn person_number(field: &str, text: &str) -> Result<Value, Problem> {
    shaped_code(
        field,
        text,
        "schema.not_person_number",
        ("公民身份号码", "citizen identity number"),
    )
}

/// A unified social credit code with a right check character (GB 32100).
pub(crate) fn credit_code(field: &str, text: &str) -> Result<Value, Problem> {
    shaped_code(
        field,
        text,
        "schema.not_credit_code",
        ("统一社会信用代码", "unified social credit code"),
    )
}

fn shaped_code(field: &str, text: &str, code: &str, name: (&str, &str)) -> Result<Value, Problem> {
    let upper = text.to_ascii_uppercase();
    if upper.len() == 18
        && upper
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    {
        return Ok(upper.into());
    }
    Err(Problem::new(
        code,
        field,
        format!("{}有误，应为 18 位，请核对后重填", name.0),
        format!(
            "the {} is wrong, it has 18 characters; compare it with the document",
            name.1
        ),
    ))
}

fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}
