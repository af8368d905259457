//! Amounts of yuan, kept as whole fen: no amount is ever rounded.

use serde_json::Value;
use yuandu_base::Problem;

/// The largest amount: ten thousand billion yuan, far below what 64 bits hold in fen.
const MOST_FEN: i64 = 1_000_000_000_000_000;

/// Reads `1234.5`, `1,234.50`, `￥1234.50`, `1234.50元`, also below zero.
pub(super) fn from_text(field: &str, text: &str) -> Result<Value, Problem> {
    fen(text).map(|fen| shown(fen).into()).ok_or_else(|| {
        Problem::new(
            "schema.not_money",
            field,
            format!("`{text}` 不是金额，请写成 1234.50，最多两位小数"),
            format!(
                "`{text}` is not an amount of yuan; write it like 1234.50 with at most two decimals"
            ),
        )
    })
}

/// The fen of an amount as people write it.
pub(crate) fn fen(text: &str) -> Option<i64> {
    let text = text
        .trim()
        .trim_start_matches(['¥', '￥'])
        .trim_end_matches('元')
        .trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = grouped(whole)?;
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(&whole) || !plain(part) || part.len() > 2 || whole.is_empty() || whole.len() > 15 {
        return None;
    }
    let fen: i64 = format!("{whole}{part:0<2}").parse().ok()?;
    let fen = if negative { -fen } else { fen };
    (fen.abs() <= MOST_FEN).then_some(fen)
}

/// Digits without the commas that group them by three; commas anywhere else are a mistake.
fn grouped(whole: &str) -> Option<String> {
    if !whole.contains(',') {
        return Some(whole.to_owned());
    }
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let right = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    right.then(|| whole.replace(',', ""))
}

/// The canonical text of an amount.
pub(crate) fn shown(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them_and_never_rounded() {
        let cases = [
            ("1234.5", Some("1234.50")),
            ("1,234,567.89", Some("1234567.89")),
            ("￥0.01", Some("0.01")),
            ("-3元", Some("-3.00")),
            ("0.001", None),
            ("12,34", None),
            ("1e3", None),
            ("", None),
            (".5", None),
            ("99999999999999999999", None),
        ];
        for (text, expected) in cases {
            let read = from_text("x", text).ok();
            assert_eq!(read.as_ref().and_then(Value::as_str), expected, "{text}");
        }
    }
}
