//! What is wrong with an expression or a model, in both languages and with its place.

use std::fmt;

/// A place in a text; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Default for Position {
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A mistake in an expression: it cannot be read, or a step of it has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{en} (line {}, column {})", at.line, at.column)]
pub struct FeelError {
    /// The message in Chinese.
    pub zh: String,
    /// The message in English.
    pub en: String,
    /// Where in the expression.
    pub at: Position,
}

impl FeelError {
    /// A mistake at `at`, told in both languages.
    #[must_use]
    pub fn new(at: Position, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
            at,
        }
    }
}

/// A message told in both languages that does not yet know its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub zh: String,
    pub en: String,
}

impl Fault {
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }

    pub fn at(self, at: Position) -> FeelError {
        FeelError::new(at, self.zh, self.en)
    }
}
