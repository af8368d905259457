//! Cuts an expression into tokens. Names with blanks or signs in them can only be told by knowing them, so the lexer
//! is given the names that exist; parts of unknown names are joined by the parser.

use crate::error::{FeelError, Position};

/// A token and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub kind: Kind,
    pub at: Position,
    /// Byte offset of its first byte in the source.
    pub start: usize,
    /// Byte offset after its last byte.
    pub end: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// A word: a name, a part of one, or a keyword.
    Word(String),
    /// A known name that holds blanks or signs; never a keyword.
    Known(String),
    Number(String),
    Text(String),
    /// `@"..."`.
    At(String),
    Sign(&'static str),
    End,
}

/// Longest first, so that `**` is not read as `*` twice.
const SIGNS: [&str; 23] = [
    "**", "..", "<=", ">=", "!=", "->", "(", ")", "[", "]", "{", "}", ",", ":", ".", "+", "-", "*",
    "/", "=", "<", ">", "@",
];

/// Names of FEEL that hold a keyword, so that joining words cannot find them.
const OWN_NAMES: [&str; 3] = [
    "years and months duration",
    "days and time duration",
    "date and time",
];

/// Reads the rest of a source from a place.
pub(crate) struct Lexer<'s> {
    source: &'s str,
    offset: usize,
    at: Position,
    /// Known names with blanks or signs, longest first.
    names: &'s [String],
}

/// Whether a name can only be read when it is known: it is not made of words alone, or one of its words is a keyword.
/// What could not stand as a name in an expression at all, such as `a)`, is never to be looked for.
pub(crate) fn needs_knowing(name: &str) -> bool {
    let allowed =
        |c: char| is_name_part(c) || matches!(c, ' ' | '.' | '/' | '-' | '\'' | '+' | '*');
    if !name.chars().next().is_some_and(is_name_start) || !name.chars().all(allowed) {
        return false;
    }
    name.split(' ')
        .any(|word| crate::parser::is_keyword(word) || !word.chars().all(is_name_part))
}

fn is_name_start(c: char) -> bool {
    c == '_' || c == '?' || c.is_alphabetic() || ('\u{10000}'..='\u{EFFFF}').contains(&c)
}

fn is_name_part(c: char) -> bool {
    is_name_start(c)
        || c.is_numeric()
        || c == '\u{B7}'
        || ('\u{300}'..='\u{36F}').contains(&c)
        || c == '\u{203F}'
        || c == '\u{2040}'
}

impl<'s> Lexer<'s> {
    pub fn new(source: &'s str, names: &'s [String], offset: usize, at: Position) -> Self {
        Self {
            source,
            offset,
            at,
            names,
        }
    }

    /// All tokens to the end, the last being [`Kind::End`].
    pub fn tokens(mut self) -> Result<Vec<Token>, FeelError> {
        let mut tokens = Vec::new();
        loop {
            self.skip_blanks()?;
            let (at, start) = (self.at, self.offset);
            let kind = self.token()?;
            let done = kind == Kind::End;
            tokens.push(Token {
                kind,
                at,
                start,
                end: self.offset,
            });
            if done {
                return Ok(tokens);
            }
        }
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.offset..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.offset += c.len_utf8();
        if c == '\n' {
            self.at.line = self.at.line.saturating_add(1);
            self.at.column = 1;
        } else {
            self.at.column = self.at.column.saturating_add(1);
        }
        Some(c)
    }

    fn bump_bytes(&mut self, bytes: usize) {
        let end = self.offset + bytes;
        while self.offset < end && self.bump().is_some() {}
    }

    fn skip_blanks(&mut self) -> Result<(), FeelError> {
        loop {
            let rest = self.rest();
            if rest.starts_with("//") {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.bump();
                }
            } else if rest.starts_with("/*") {
                let Some(end) = rest.find("*/") else {
                    return Err(FeelError::new(
                        self.at,
                        "注释没有结束，请补上 `*/`",
                        "the comment does not end; add `*/`",
                    ));
                };
                self.bump_bytes(end + 2);
            } else if self
                .peek()
                .is_some_and(|c| c.is_whitespace() || c == '\u{FEFF}')
            {
                self.bump();
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Kind, FeelError> {
        let Some(c) = self.peek() else {
            return Ok(Kind::End);
        };
        if c == '"' {
            return self.text().map(Kind::Text);
        }
        if self.rest().starts_with("@\"") {
            self.bump();
            return self.text().map(Kind::At);
        }
        if c.is_ascii_digit()
            || (c == '.'
                && self
                    .rest()
                    .chars()
                    .nth(1)
                    .is_some_and(|d| d.is_ascii_digit()))
        {
            return Ok(self.number());
        }
        if c == '?' {
            self.bump();
            return Ok(Kind::Word("?".to_owned()));
        }
        if let Some(name) = self.known_name() {
            return Ok(Kind::Known(name));
        }
        if is_name_start(c) {
            let end = self
                .rest()
                .find(|c| !is_name_part(c) || c == '?')
                .unwrap_or(self.rest().len());
            let word = self.rest().get(..end).unwrap_or_default().to_owned();
            self.bump_bytes(end);
            return Ok(Kind::Word(word));
        }
        if let Some(sign) = SIGNS.into_iter().find(|sign| self.rest().starts_with(sign)) {
            self.bump_bytes(sign.len());
            return Ok(Kind::Sign(sign));
        }
        Err(self.unexpected(c))
    }

    fn unexpected(&self, c: char) -> FeelError {
        if let Some(half) = half_width(c) {
            return FeelError::new(
                self.at,
                format!("全角字符 `{c}` 不能用作运算符，请改用半角 `{half}`"),
                format!("the full-width `{c}` is no operator; write `{half}`"),
            );
        }
        FeelError::new(
            self.at,
            format!("字符 `{c}` 不能出现在这里，请删除或加引号"),
            format!("the character `{c}` cannot stand here; remove it or quote the text"),
        )
    }

    /// Reads the longest known name that stands here and ends at the end of a word.
    fn known_name(&mut self) -> Option<String> {
        let rest = self.rest();
        let own = OWN_NAMES.iter().copied();
        let (length, name) = self
            .names
            .iter()
            .map(String::as_str)
            .chain(own)
            .filter_map(|name| Some((matched(rest, name)?, name)))
            .max_by_key(|(length, _)| *length)?;
        let name = name.to_owned();
        self.bump_bytes(length);
        Some(name)
    }

    fn number(&mut self) -> Kind {
        let rest = self.rest();
        let digits = |from: usize| {
            rest.bytes()
                .skip(from)
                .take_while(u8::is_ascii_digit)
                .count()
        };
        let mut end = digits(0);
        // `1..5` is a range: a point belongs to the number only when a digit follows.
        if rest.as_bytes().get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
        }
        if matches!(rest.as_bytes().get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(rest.as_bytes().get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(end + 1 + sign);
            if exponent > 0 {
                end += 1 + sign + exponent;
            }
        }
        let text = rest.get(..end).unwrap_or_default().to_owned();
        self.bump_bytes(end);
        Kind::Number(text)
    }

    fn text(&mut self) -> Result<String, FeelError> {
        let opened = self.at;
        self.bump();
        let mut text = String::new();
        loop {
            match self.bump() {
                Some('"') => return Ok(text),
                Some('\\') => self.escape(&mut text)?,
                Some(c) => text.push(c),
                None => {
                    return Err(FeelError::new(
                        opened,
                        "文本没有结束，请补上 `\"`",
                        "the text does not end; add `\"`",
                    ));
                }
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), FeelError> {
        let at = self.at;
        match self.bump() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some(c @ ('"' | '\'' | '\\')) => text.push(c),
            Some('u') => {
                let unit = self.hex(4, at)?;
                text.push(self.utf16(unit, at)?);
            }
            Some('U') => {
                let code = self.hex(6, at)?;
                text.push(char::from_u32(code).ok_or_else(|| bad_escape(at))?);
            }
            // Regular expressions are written with single backslashes in many models: an unknown escape stays as written.
            Some(c) => text.extend(['\\', c]),
            None => return Err(bad_escape(at)),
        }
        Ok(())
    }

    fn utf16(&mut self, unit: u32, at: Position) -> Result<char, FeelError> {
        if let Some(c) = char::from_u32(unit) {
            return Ok(c);
        }
        if !self.rest().starts_with("\\u") {
            return Err(bad_escape(at));
        }
        self.bump_bytes(2);
        let low = self.hex(4, at)?;
        let units = [unit, low].map(|unit| u16::try_from(unit).unwrap_or(0));
        match char::decode_utf16(units).next() {
            Some(Ok(c)) => Ok(c),
            _ => Err(bad_escape(at)),
        }
    }

    fn hex(&mut self, width: usize, at: Position) -> Result<u32, FeelError> {
        let digits = self.rest().get(..width).ok_or_else(|| bad_escape(at))?;
        let value = u32::from_str_radix(digits, 16).map_err(|_| bad_escape(at))?;
        self.bump_bytes(width);
        Ok(value)
    }
}

fn bad_escape(at: Position) -> FeelError {
    FeelError::new(
        at,
        "转义序列不正确，请写 `\\n`、`\\\"`、`\\\\` 或 `\\u4E2D`",
        "this escape is not known; write `\\n`, `\\\"`, `\\\\` or `\\u4E2D`",
    )
}

/// The length in the source that a name takes if it stands at the start, any run of blanks standing for one.
fn matched(source: &str, name: &str) -> Option<usize> {
    let mut rest = source;
    for (index, word) in name.split(' ').enumerate() {
        if index > 0 {
            let trimmed = rest.trim_start();
            if trimmed.len() == rest.len() {
                return None;
            }
            rest = trimmed;
        }
        rest = rest.strip_prefix(word)?;
    }
    let ends_word = !(rest.chars().next().is_some_and(is_name_part)
        && name.chars().last().is_some_and(is_name_part));
    ends_word.then_some(source.len() - rest.len())
}

/// The half-width sign a full-width one was probably meant to be.
fn half_width(c: char) -> Option<char> {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0),
        '、' => Some(','),
        '“' | '”' => Some('"'),
        '。' => Some('.'),
        _ => None,
    }
}
