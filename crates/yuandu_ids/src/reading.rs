//! Reads what people type: full-width characters, spaces and dashes of every kind; counts characters, not bytes.

use crate::error::{IdError, IdKind, Words};

pub(crate) const DIGIT: Words = Words {
    zh: "此处应为数字 0 至 9",
    en: "a digit from 0 to 9 must stand there",
};

/// The half-width form of a full-width character, and `-` for the dashes that keyboards produce.
pub(crate) fn half_width(c: char) -> char {
    match c {
        '\u{3000}' | '\u{a0}' => ' ',
        '－' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        '\u{ff01}'..='\u{ff5e}' => u32::from(c)
            .checked_sub(0xfee0)
            .and_then(char::from_u32)
            .unwrap_or(c),
        _ => c,
    }
}

/// The characters of a code as typed, half-width, without spaces.
pub(crate) fn compact(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars()
        .map(half_width)
        .filter(|c| *c != ' ' && *c != '\t')
}

/// Reads exactly `length` characters, each allowed at its position (from 1), in capitals.
pub(crate) fn characters(
    kind: IdKind,
    text: &str,
    (length, expected): (usize, Words),
    allowed: impl Fn(usize, char) -> Result<(), Words>,
) -> Result<String, IdError> {
    let found = compact(text).count();
    if found != length {
        return Err(IdError::Length {
            kind,
            expected,
            found,
        });
    }
    let mut code = String::with_capacity(length);
    for (at, c) in compact(text).enumerate() {
        let c = c.to_ascii_uppercase();
        allowed(at + 1, c).map_err(|expected| IdError::Character {
            kind,
            position: at + 1,
            found: c,
            expected,
        })?;
        code.push(c);
    }
    Ok(code)
}

/// Allows digits only.
pub(crate) fn digit(_position: usize, c: char) -> Result<(), Words> {
    if c.is_ascii_digit() {
        Ok(())
    } else {
        Err(DIGIT)
    }
}

/// The bytes `from..to` of an ASCII code.
pub(crate) fn part(code: &str, from: usize, to: usize) -> &str {
    code.get(from..to).unwrap_or_default()
}
