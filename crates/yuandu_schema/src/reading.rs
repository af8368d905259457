//! Reading TOML declarations with a line number for every problem.
//!
//! A file is parsed into an owned tree that remembers lines. [`Table`] hands out values by key, records what is wrong,
//! and [`Table::finish`] refuses the keys nobody asked for. Nothing here stops at the first problem.

mod tree;

use std::cell::RefCell;
use std::collections::BTreeSet;

use yuandu_base::{LocalText, Problem};

use tree::{Entries, Node, Spot};

/// A problem with the file and line it stands in.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Located {
    /// Path inside the package, with `/`.
    pub file: String,
    /// Line, counted from 1; 0 when the whole file is meant.
    pub line: usize,
    /// What is wrong.
    pub problem: Problem,
}

impl Located {
    /// A problem at a place of a file.
    #[must_use]
    pub fn new(
        file: &str,
        line: usize,
        code: &str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line,
            problem: Problem::new(code, &format!("{file}:{line}"), zh, en),
        }
    }
}

/// A TOML file being read.
#[derive(Debug)]
pub struct Document {
    file: String,
    root: Spot,
    problems: RefCell<Vec<Located>>,
}

impl Document {
    /// Parses `text`; what cannot be parsed is recorded, what can be is kept.
    #[must_use]
    pub fn parse(file: &str, text: &str) -> Self {
        let (root, problems) = tree::parse(file, text);
        Self {
            file: file.to_owned(),
            root,
            problems: RefCell::new(problems),
        }
    }

    /// The table at the top of the file.
    #[must_use]
    pub fn root(&self) -> Table<'_> {
        Table::new(self, &self.root)
    }

    /// The path of the file.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Records a problem at a line.
    pub fn problem(&self, line: usize, code: &str, zh: impl Into<String>, en: impl Into<String>) {
        let found = Located::new(&self.file, line, code, zh, en);
        self.problems.borrow_mut().push(found);
    }

    /// All problems found so far, in the order of their lines.
    #[must_use]
    pub fn into_problems(self) -> Vec<Located> {
        let mut found = self.problems.into_inner();
        found.sort_by_key(|located| located.line);
        found
    }
}

/// A table of a document, read key by key.
#[derive(Debug)]
pub struct Table<'d> {
    document: &'d Document,
    entries: Option<&'d Entries>,
    line: usize,
    asked: RefCell<BTreeSet<String>>,
}

impl<'d> Table<'d> {
    fn new(document: &'d Document, spot: &'d Spot) -> Self {
        let entries = match &spot.node {
            Node::Table(entries) => Some(entries),
            _ => None,
        };
        Self {
            document,
            entries,
            line: spot.line,
            asked: RefCell::new(BTreeSet::new()),
        }
    }

    fn get(&self, key: &str) -> Option<&'d Spot> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.entries.and_then(|entries| entries.get(key))
    }

    /// Whether the key is written.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The line on which the table begins.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The line of a key, or of the table when the key is not written.
    #[must_use]
    pub fn line_of(&self, key: &str) -> usize {
        self.entries
            .and_then(|entries| entries.get(key))
            .map_or(self.line, |spot| spot.line)
    }

    /// The path of the file.
    #[must_use]
    pub fn file(&self) -> &'d str {
        &self.document.file
    }

    /// The keys written in this table, in alphabetical order; asking marks all of them as known.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let keys: Vec<String> = self
            .entries
            .map(|entries| entries.keys().cloned().collect())
            .unwrap_or_default();
        self.asked.borrow_mut().extend(keys.iter().cloned());
        keys
    }

    /// Records a problem at the line of a key (or of the table).
    pub fn problem_at(&self, key: &str, code: &str, zh: impl Into<String>, en: impl Into<String>) {
        self.document.problem(self.line_of(key), code, zh, en);
    }

    fn missing(&self, key: &str) {
        self.problem_at(
            key,
            "schema.key_missing",
            format!("缺少 `{key}`，请补上"),
            format!("the key `{key}` is missing; add it"),
        );
    }

    fn wrong(&self, key: &str, zh: &str, en: &str) {
        self.problem_at(
            key,
            "schema.key_type",
            format!("`{key}` 应为{zh}"),
            format!("`{key}` must be {en}"),
        );
    }

    /// A text that must be there and not be empty.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<String> {
        if !self.has(key) {
            self.missing(key);
            return None;
        }
        let text = self.opt_text(key)?;
        if text.trim().is_empty() {
            self.problem_at(
                key,
                "schema.key_empty",
                format!("`{key}` 不能为空"),
                format!("`{key}` must not be empty"),
            );
            return None;
        }
        Some(text)
    }

    /// A text that may be absent.
    #[must_use]
    pub fn opt_text(&self, key: &str) -> Option<String> {
        match &self.get(key)?.node {
            Node::Text(text) => Some(text.clone()),
            _ => {
                self.wrong(key, "文本", "a text");
                None
            }
        }
    }

    /// A text, number or boolean, as text.
    #[must_use]
    pub fn opt_scalar(&self, key: &str) -> Option<String> {
        match &self.get(key)?.node {
            Node::Text(text) => Some(text.clone()),
            Node::Integer(number) => Some(number.to_string()),
            Node::Float(number) => Some(number.to_string()),
            Node::Bool(flag) => Some(flag.to_string()),
            Node::Date(text) => Some(text.clone()),
            Node::List(_) | Node::Table(_) => {
                self.wrong(key, "文本、数字或真假值", "a text, number or boolean");
                None
            }
        }
    }

    /// A whole number that may be absent.
    #[must_use]
    pub fn opt_integer(&self, key: &str) -> Option<i64> {
        match &self.get(key)?.node {
            Node::Integer(number) => Some(*number),
            _ => {
                self.wrong(key, "整数", "a whole number");
                None
            }
        }
    }

    /// A boolean, `false` when absent.
    #[must_use]
    pub fn flag(&self, key: &str) -> bool {
        match self.get(key).map(|spot| &spot.node) {
            None => false,
            Some(Node::Bool(flag)) => *flag,
            Some(_) => {
                self.wrong(key, " true 或 false", "true or false");
                false
            }
        }
    }

    /// The boolean of a key when it is one; another type is no problem here.
    #[must_use]
    pub fn peek_bool(&self, key: &str) -> Option<bool> {
        match &self.get(key)?.node {
            Node::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// A list of texts, empty when absent. A single text stands for a list of one.
    #[must_use]
    pub fn texts(&self, key: &str) -> Vec<String> {
        let Some(spot) = self.get(key) else {
            return Vec::new();
        };
        match &spot.node {
            Node::Text(text) => vec![text.clone()],
            Node::List(items) => items
                .iter()
                .filter_map(|item| match &item.node {
                    Node::Text(text) => Some(text.clone()),
                    _ => {
                        self.document.problem(
                            item.line,
                            "schema.key_type",
                            format!("`{key}` 的每一项应为文本"),
                            format!("every item of `{key}` must be a text"),
                        );
                        None
                    }
                })
                .collect(),
            _ => {
                self.wrong(key, "文本列表", "a list of texts");
                Vec::new()
            }
        }
    }

    /// A label in every required language.
    #[must_use]
    pub fn local(&self, key: &str) -> Option<LocalText> {
        if self.has(key) {
            return self.opt_local(key);
        }
        self.problem_at(
            key,
            "schema.label_missing",
            format!("缺少 `{key}`，请写成 {{ zh = \"…\", en = \"…\" }}"),
            format!("the label `{key}` is missing; write {{ zh = \"…\", en = \"…\" }}"),
        );
        None
    }

    /// A label that may be absent, but not in one language only.
    #[must_use]
    pub fn opt_local(&self, key: &str) -> Option<LocalText> {
        let spot = self.get(key)?;
        if !matches!(spot.node, Node::Table(_)) {
            self.wrong(
                key,
                " { zh = \"…\", en = \"…\" }",
                "{ zh = \"…\", en = \"…\" }",
            );
            return None;
        }
        let table = Table::new(self.document, spot);
        let texts = ["zh", "en"].map(|lang| match table.opt_text(lang) {
            Some(text) if !text.trim().is_empty() => Some(text),
            _ => {
                table.problem_at(
                    lang,
                    "schema.label_missing",
                    format!("`{key}` 缺少 {lang} 文字，每种语言都要写"),
                    format!("`{key}` has no text in `{lang}`; every language is required"),
                );
                None
            }
        });
        table.finish();
        match texts {
            [Some(zh), Some(en)] => Some(LocalText { zh, en }),
            _ => None,
        }
    }

    /// A table under a key, when written.
    #[must_use]
    pub fn table(&self, key: &str) -> Option<Table<'d>> {
        let spot = self.get(key)?;
        if matches!(spot.node, Node::Table(_)) {
            return Some(Table::new(self.document, spot));
        }
        self.wrong(key, "表", "a table");
        None
    }

    /// The tables of `[[key]]`, in order; none when absent.
    #[must_use]
    pub fn tables(&self, key: &str) -> Vec<Table<'d>> {
        let Some(spot) = self.get(key) else {
            return Vec::new();
        };
        let Node::List(items) = &spot.node else {
            self.wrong(key, "表的列表（[[…]]）", "a list of tables ([[…]])");
            return Vec::new();
        };
        items
            .iter()
            .filter(|item| {
                let is_table = matches!(item.node, Node::Table(_));
                if !is_table {
                    self.document.problem(
                        item.line,
                        "schema.key_type",
                        format!("`{key}` 的每一项应为表"),
                        format!("every item of `{key}` must be a table"),
                    );
                }
                is_table
            })
            .map(|item| Table::new(self.document, item))
            .collect()
    }

    /// The value of a key as JSON, whatever its shape.
    #[must_use]
    pub fn json(&self, key: &str) -> Option<serde_json::Value> {
        self.get(key).map(|spot| spot.node.json())
    }

    /// Refuses every key that nobody asked for, naming the closest known one.
    pub fn finish(&self) {
        let Some(entries) = self.entries else { return };
        let asked = self.asked.borrow();
        for (key, spot) in entries.iter().filter(|(key, _)| !asked.contains(*key)) {
            let (zh, en) = match closest(key, &*asked) {
                Some(known) => (
                    format!("，是否想写 `{known}`？"),
                    format!("; did you mean `{known}`?"),
                ),
                None => {
                    let known: Vec<&str> = asked.iter().map(String::as_str).collect();
                    let list = known.join(", ");
                    (
                        format!("，此处可用：{list}"),
                        format!("; known here: {list}"),
                    )
                }
            };
            self.document.problem(
                spot.line,
                "schema.key_unknown",
                format!("不认识的键 `{key}`{zh}"),
                format!("unknown key `{key}`{en}"),
            );
        }
    }
}

/// The name within two edits of `key`, when there is one.
#[must_use]
pub fn closest<'n>(key: &str, known: impl IntoIterator<Item = &'n String>) -> Option<&'n str> {
    known
        .into_iter()
        .map(|name| (distance(key, name), name.as_str()))
        .filter(|(edits, name)| *edits <= 2 && *edits < name.chars().count())
        .min()
        .map(|(_, name)| name)
}

/// Edits between two words (insert, delete, replace).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut diagonal = i;
        for ((above, to), _) in row.iter().skip(1).zip(&b).zip(0..) {
            let left = next.last().copied().unwrap_or(0);
            next.push(
                (above + 1)
                    .min(left + 1)
                    .min(diagonal + usize::from(from != *to)),
            );
            diagonal = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;
