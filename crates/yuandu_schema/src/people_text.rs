//! Text as people type it: what is refused in any text and what is quietly made uniform.

use yuandu_base::Problem;
pub(crate) use yuandu_base::half_width;

/// Bidirectional overrides and isolates can make a name read as another one; no register needs them.
fn reorders_text(letter: char) -> bool {
    matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The first character that no text may hold; line breaks and tabs are allowed where `lines` is true.
pub(crate) fn forbidden(text: &str, lines: bool) -> Option<char> {
    text.chars().find(|&letter| {
        let layout = lines && matches!(letter, '\n' | '\t');
        (letter.is_control() && !layout) || reorders_text(letter) || letter == '\u{FEFF}'
    })
}

/// One line of text: trimmed, free of control characters, at most `max` characters.
pub(crate) fn line(field: &str, text: &str, max: usize) -> Result<String, Problem> {
    let text = text.trim();
    if let Some(letter) = forbidden(text, false) {
        return Err(control(field, letter));
    }
    within(field, text, max).map(str::to_owned)
}

/// Text with line breaks: `\r\n` becomes `\n`, ends are trimmed.
pub(crate) fn lines(field: &str, text: &str, max: usize) -> Result<String, Problem> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim();
    if let Some(letter) = forbidden(text, true) {
        return Err(control(field, letter));
    }
    within(field, text, max).map(str::to_owned)
}

fn within<'t>(field: &str, text: &'t str, max: usize) -> Result<&'t str, Problem> {
    let length = text.chars().count();
    if length <= max {
        return Ok(text);
    }
    Err(Problem::new(
        "schema.too_long",
        field,
        format!("最多 {max} 个字符，现有 {length} 个，请缩短"),
        format!("at most {max} characters, there are {length}; shorten it"),
    ))
}

fn control(field: &str, letter: char) -> Problem {
    let code = u32::from(letter);
    Problem::new(
        "schema.control_character",
        field,
        format!("含有不可见的控制字符（U+{code:04X}），请删去后重新填写"),
        format!("holds an invisible control character (U+{code:04X}); remove it and send again"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_characters_and_not_in_bytes() {
        assert!(line("x", "井盖丢失", 4).is_ok());
        assert_eq!(
            line("x", "井盖丢失了", 4).unwrap_err().code,
            "schema.too_long"
        );
    }

    #[test]
    fn nul_control_and_reordering_characters_are_refused() {
        for bad in ["a\0b", "a\u{7}b", "a\u{202E}b", "a\nb"] {
            assert_eq!(
                line("x", bad, 9).unwrap_err().code,
                "schema.control_character"
            );
        }
        assert_eq!(lines("x", " a\r\nb ", 9).unwrap(), "a\nb");
    }
}
