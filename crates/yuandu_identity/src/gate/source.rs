//! Policy files: cutting them into statements so that every problem can be told with its file and line.
//!
//! Cedar parses each statement; this module only finds where one ends (a semicolon outside strings and comments).

use std::ops::Range;

/// One policy file of a package.
#[derive(Debug, Clone)]
pub struct PolicySource {
    /// Package id; `kernel` for the platform's own.
    pub package: String,
    /// File name as it is told in problems.
    pub file: String,
    /// The file's text.
    pub text: String,
}

impl PolicySource {
    /// The platform's own policies, which every gate holds.
    #[must_use]
    pub fn kernel() -> Self {
        Self {
            package: "kernel".to_owned(),
            file: "kernel.cedar".to_owned(),
            text: include_str!("../../policies/kernel.cedar").to_owned(),
        }
    }

    /// `file:line` of a byte offset.
    pub(super) fn place(&self, offset: usize) -> String {
        let before = self
            .text
            .get(..offset.min(self.text.len()))
            .unwrap_or_default();
        format!("{}:{}", self.file, before.matches('\n').count() + 1)
    }

    /// The byte ranges of the statements, each from its first word to its semicolon.
    pub(super) fn statements(&self) -> Vec<Range<usize>> {
        let mut statements = Vec::new();
        let mut start: Option<usize> = None;
        let mut last = 0;
        let mut state = State::Plain;
        for (at, letter) in self.text.char_indices() {
            let end = at + letter.len_utf8();
            state = match (state, letter) {
                (State::Comment, '\n') => State::Plain,
                (State::Comment, _) => State::Comment,
                (State::Text, '\\') => State::Escape,
                (State::Text, '"') => State::Plain,
                (State::Text | State::Escape, _) => State::Text,
                (State::Plain, '/')
                    if self
                        .text
                        .get(end..)
                        .is_some_and(|rest| rest.starts_with('/')) =>
                {
                    State::Comment
                }
                (State::Plain, letter) if letter.is_whitespace() => State::Plain,
                (State::Plain, ';') => {
                    statements.push(start.take().unwrap_or(at)..end);
                    State::Plain
                }
                (State::Plain, letter) => {
                    start.get_or_insert(at);
                    if letter == '"' {
                        State::Text
                    } else {
                        State::Plain
                    }
                }
            };
            if start.is_some() {
                last = end;
            }
        }
        statements.extend(start.map(|start| start..last));
        statements
    }
}

#[derive(Clone, Copy)]
enum State {
    Plain,
    Comment,
    Text,
    Escape,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let source = PolicySource {
            package: "p".into(),
            file: "p.cedar".into(),
            text: text.into(),
        };
        let found: Vec<&str> = source
            .statements()
            .into_iter()
            .map(|range| &source.text[range])
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_semicolon_in_a_text_or_comment_does_not_end_a_statement() {
        check(
            "// one; two\n@reason_zh(\"a;\\\"b\")\npermit(principal, action, resource); // x;\nforbid(p);",
            &[
                "@reason_zh(\"a;\\\"b\")\npermit(principal, action, resource);",
                "forbid(p);",
            ],
        );
    }

    #[test]
    fn an_unfinished_statement_is_still_found() {
        check("permit(principal\n", &["permit(principal\n"]);
    }

    #[test]
    fn a_place_counts_lines_from_one() {
        let source = PolicySource {
            package: "p".into(),
            file: "p.cedar".into(),
            text: "a\nb\nc".into(),
        };
        assert_eq!(source.place(0), "p.cedar:1");
        assert_eq!(source.place(4), "p.cedar:3");
    }
}
