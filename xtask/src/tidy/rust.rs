//! Rules read off Rust's tokens: heads of modules, forbidden attributes, SQL in its place, lengths of functions.
//!
//! Tokens and not text, so that a word in a comment or a string is never mistaken for code; tokens and not a syntax
//! tree, so that the insides of macros are seen too.

use std::collections::BTreeMap;

use anyhow::Result;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::names;
use super::report::{Place, Report};
use super::settings::Layers;
use crate::checkout::Checkout;

/// One Rust file and what its tokens showed.
pub struct Source {
    pub path: String,
    pub lines: usize,
    pub functions: Vec<Function>,
    first_line: String,
    attributes: Vec<(usize, String)>,
    modules: Vec<(usize, String)>,
    literals: Vec<(usize, String)>,
}

/// A function with a body.
pub struct Function {
    pub name: String,
    pub line: usize,
    pub lines: usize,
}

/// Every Rust file of the repository.
pub struct Sources {
    pub all: Vec<Source>,
}

impl Sources {
    /// Reads and scans every `.rs` file; one that does not lex is a finding.
    pub fn load(checkout: &Checkout, files: &[String], report: &mut Report) -> Result<Self> {
        let mut all = Vec::new();
        for path in files.iter().filter(|file| file.ends_with(".rs")) {
            match scan(path, &checkout.read(path)?) {
                Ok(source) => all.push(source),
                Err(line) => report.fail(
                    Place::new(path, line),
                    "rust",
                    "not valid Rust",
                    "see what rustc says",
                ),
            }
        }
        Ok(Self { all })
    }
}

/// Scans one file; an error is the line where lexing stopped.
pub fn scan(path: &str, text: &str) -> Result<Source, usize> {
    let tokens: TokenStream = text
        .parse()
        .map_err(|error: proc_macro2::LexError| error.span().start().line)?;
    let mut source = Source {
        path: path.to_owned(),
        lines: text.lines().count(),
        functions: Vec::new(),
        first_line: text.lines().next().unwrap_or_default().to_owned(),
        attributes: Vec::new(),
        modules: Vec::new(),
        literals: Vec::new(),
    };
    source.walk(tokens);
    Ok(source)
}

impl Source {
    fn walk(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(ident) if ident == "fn" => {
                    self.function(tokens.get(at..).unwrap_or_default())
                }
                TokenTree::Ident(ident) if ident == "mod" => {
                    if let Some(TokenTree::Ident(name)) = tokens.get(at + 1) {
                        self.modules
                            .push((name.span().start().line, name.to_string()));
                    }
                }
                TokenTree::Literal(literal) => {
                    self.literals
                        .push((literal.span().start().line, literal.to_string()));
                }
                TokenTree::Group(group)
                    if is_attribute(tokens.get(..at).unwrap_or_default(), group) =>
                {
                    self.attribute(group);
                }
                TokenTree::Group(group) => self.walk(group.stream()),
                _ => {}
            }
        }
    }

    /// `fn name .. { body }`: the first brace after the name is the body, a semicolon before it means there is none.
    fn function(&mut self, tokens: &[TokenTree]) {
        let (Some(keyword), Some(TokenTree::Ident(name))) = (tokens.first(), tokens.get(1)) else {
            return;
        };
        for token in tokens.iter().skip(2) {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ';' => return,
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    let line = keyword.span().start().line;
                    let end = group.span_close().end().line;
                    self.functions.push(Function {
                        name: name.to_string(),
                        line,
                        lines: end + 1 - line,
                    });
                    return;
                }
                _ => {}
            }
        }
    }

    /// Notes the names in an attribute, also those inside `cfg_attr(..)`; documentation is not looked into.
    fn attribute(&mut self, group: &Group) {
        let mut waiting = vec![group.stream()];
        while let Some(stream) = waiting.pop() {
            for token in stream {
                match token {
                    TokenTree::Ident(ident) if ident == "doc" => return,
                    TokenTree::Ident(ident) => {
                        self.attributes
                            .push((ident.span().start().line, ident.to_string()));
                    }
                    TokenTree::Group(inner) => waiting.push(inner.stream()),
                    _ => {}
                }
            }
        }
    }

    /// Whether the whole file is made of tests.
    pub fn in_tests(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }
}

/// Whether a bracket follows `#` or `#!`.
fn is_attribute(before: &[TokenTree], group: &Group) -> bool {
    let mark = |token: Option<&TokenTree>, c: char| matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == c);
    let last = before.last();
    let earlier = before.len().checked_sub(2).and_then(|at| before.get(at));
    group.delimiter() == Delimiter::Bracket
        && (mark(last, '#') || (mark(last, '!') && mark(earlier, '#')))
}

/// Applies the rules to every file.
pub fn check(sources: &Sources, layers: &Layers, report: &mut Report) {
    for source in &sources.all {
        head(source, report);
        attributes(source, report);
        modules(source, report);
        sql(source, layers, report);
    }
}

fn head(source: &Source, report: &mut Report) {
    // A crate's documentation may be its README.
    if source.path.ends_with("/lib.rs") && source.first_line.starts_with("#![doc = include_str!(") {
        return;
    }
    let words = source
        .first_line
        .strip_prefix("//!")
        .map(str::trim)
        .unwrap_or_default();
    if words.chars().count() < 10 || words.contains("to be written") {
        report.fail(
            Place::file(&source.path),
            "head",
            "the file does not begin with `//!` and a sentence",
            "say in the first line what the module is for, then what it must not do",
        );
    }
}

fn attributes(source: &Source, report: &mut Report) {
    let mut forbidden = BTreeMap::new();
    forbidden.insert(
        "allow",
        "a lint is switched off; mend the cause or use `#[expect(.., reason = \"..\")]`",
    );
    forbidden.insert(
        "ignore",
        "a test is left out; run it, or assert the behaviour we live with",
    );
    for (line, name) in &source.attributes {
        if let Some(why) = forbidden.get(name.as_str()) {
            let (what, remedy) = why.split_once("; ").unwrap_or((why, ""));
            report.fail(Place::new(&source.path, *line), "attribute", what, remedy);
        }
    }
}

fn modules(source: &Source, report: &mut Report) {
    for (line, name) in &source.modules {
        if names::is_forbidden(name) {
            report.fail(
                Place::new(&source.path, *line),
                "name",
                format!("module `{name}` says nothing"),
                names::REMEDY,
            );
        }
    }
}

fn sql(source: &Source, layers: &Layers, report: &mut Report) {
    let owner = source
        .path
        .strip_prefix("crates/")
        .and_then(|rest| rest.split('/').next())
        .unwrap_or_default();
    if owner.is_empty() || source.in_tests() {
        return;
    }
    let portable = !layers.sql_native.contains(&source.path);
    for (line, literal) in source.literals.iter().filter(|_| portable) {
        if let Some((what, remedy)) = unportable(literal) {
            report.fail(Place::new(&source.path, *line), "sql", what, remedy);
        }
    }
    if layers.sql_crates.contains(owner) {
        return;
    }
    let mut parts = source.path.rsplit('/');
    let may_read = parts
        .next()
        .is_some_and(|file| layers.sql_files.contains(file))
        || parts.any(|folder| layers.sql_folders.contains(folder));
    for (line, literal) in &source.literals {
        match statement(literal) {
            Some(Statement::Writes) => report.fail(
                Place::new(&source.path, *line),
                "sql",
                "SQL that changes the database outside of the store",
                "hand the committer a plan of changes",
            ),
            Some(Statement::Reads) if !may_read => report.fail(
                Place::new(&source.path, *line),
                "sql",
                "SQL outside of the files that may hold it",
                "move the query to the `queries.rs` or `store.rs` of the crate",
            ),
            _ => {}
        }
    }
}

/// What a database that spreads realms over machines does not have, or does otherwise (docs/adr, 2026-11-27), with the
/// remedy. Words in capitals only, so that prose is left alone.
const UNPORTABLE: [(&str, &str); 18] = [
    ("SERIAL", "ids come from the use case"),
    ("BIGSERIAL", "ids come from the use case"),
    ("AUTOINCREMENT", "ids come from the use case"),
    (
        "SEQUENCE",
        "ids come from the use case, positions from the log's head",
    ),
    ("NEXTVAL", "ids come from the use case"),
    ("GENERATED", "compute the value before the plan"),
    (
        "TRIGGER",
        "the use case writes what follows from it in the same plan",
    ),
    ("EXTENSION", "plain SQL only"),
    ("LISTEN", "follow the log"),
    ("NOTIFY", "follow the log"),
    ("PG_ADVISORY_LOCK", "lock the log's head, or take a lease"),
    ("PG_TRY_ADVISORY_LOCK", "take a lease"),
    ("PG_ADVISORY_XACT_LOCK", "lock the log's head"),
    ("MATERIALIZED", "keep a table that plans write"),
    (
        "RULE",
        "the use case writes what follows from it in the same plan",
    ),
    ("OFFSET", "page by key"),
    ("NOW()", "time comes from the clock"),
    ("CURRENT_TIMESTAMP", "time comes from the clock"),
];

/// SQL that not every database understands alike, and joins that leave the realm.
fn unportable(literal: &str) -> Option<(String, &'static str)> {
    let words: Vec<&str> = literal
        .split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_'))
        .collect();
    let shaped =
        statement(literal).is_some() || ["CREATE", "ALTER"].iter().any(|verb| words.contains(verb));
    if !shaped {
        return None;
    }
    let called = literal.to_ascii_uppercase();
    for (word, remedy) in UNPORTABLE {
        let bare = word.trim_end_matches("()");
        if words.contains(&bare) || called.contains(&format!("{bare}(")) {
            return Some((format!("SQL with `{word}`"), remedy));
        }
    }
    let beyond = literal.split(" JOIN ").skip(1).any(|join| {
        let Some((_, rest)) = join.split_once(" ON ") else {
            return false;
        };
        let condition = rest.split(" WHERE ").next().unwrap_or(rest);
        // What is filled in later cannot be judged here; positions of the log are of the whole set of realms.
        !["realm", "seq", "{"]
            .iter()
            .any(|part| condition.contains(part))
    });
    beyond.then(|| {
        (
            "a join that does not compare the realm".to_owned(),
            "join on `realm` first: a realm may lie on a machine of its own",
        )
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Statement {
    Reads,
    Writes,
}

/// SQL is written with its keywords in capitals; two of them in order make a statement, one is a word.
fn statement(literal: &str) -> Option<Statement> {
    let text = literal
        .replace("\\n", " ")
        .replace(['"', '(', '#', '\\'], " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = |word: &str| words.iter().position(|found| *found == word);
    let pair = |first: &str, second: &str| words.windows(2).any(|pair| pair == [first, second]);
    let follows = |first: &str, second: &str| at(first).zip(at(second)).is_some_and(|(a, b)| a < b);
    let made = ["TABLE", "INDEX", "UNIQUE", "TRIGGER", "VIEW"];
    let shaped = ["CREATE", "ALTER", "DROP"]
        .iter()
        .any(|verb| made.iter().any(|noun| pair(verb, noun)));
    if shaped || pair("INSERT", "INTO") || pair("DELETE", "FROM") || follows("UPDATE", "SET") {
        return Some(Statement::Writes);
    }
    follows("SELECT", "FROM").then_some(Statement::Reads)
}

#[cfg(test)]
#[path = "rust/tests.rs"]
mod tests;
