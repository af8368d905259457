//! Code lists: what a code means, when it counts, and which codes fit a person's words.

mod reading;
mod search;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use yuandu_base::{LocalText, Problem};

/// One code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeEntry {
    /// The code.
    pub code: String,
    /// Its name.
    pub name: LocalText,
    /// The class it belongs to (column `class`, or `parent`).
    pub class: Option<String>,
    /// Everyday words people use for it.
    pub words: Vec<String>,
    /// First day on which it counts.
    pub valid_from: Option<Date>,
    /// Last day on which it counts.
    pub valid_to: Option<Date>,
    /// Further columns by name; empty cells are left out.
    pub columns: BTreeMap<String, String>,
    /// Line in the file.
    pub line: usize,
}

impl CodeEntry {
    /// Whether the code counts on a date; both ends are included.
    #[must_use]
    pub fn valid_on(&self, date: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= date) && self.valid_to.is_none_or(|to| date <= to)
    }

    /// A further column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&str> {
        self.columns.get(name).map(String::as_str)
    }
}

/// A code list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CodeList {
    /// Name: the file without its ending.
    pub id: String,
    /// Where the list comes from (its leading `#` lines).
    pub source: String,
    entries: Vec<CodeEntry>,
    by_code: BTreeMap<String, usize>,
}

impl CodeList {
    /// A list of entries; a later entry of the same code is dropped.
    #[must_use]
    pub fn new(id: &str, source: &str, entries: Vec<CodeEntry>) -> Self {
        let mut list = Self {
            id: id.to_owned(),
            source: source.to_owned(),
            ..Self::default()
        };
        for entry in entries {
            if !list.by_code.contains_key(&entry.code) {
                list.by_code.insert(entry.code.clone(), list.entries.len());
                list.entries.push(entry);
            }
        }
        list
    }

    /// All entries in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[CodeEntry] {
        &self.entries
    }

    /// The entry of a code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&CodeEntry> {
        self.by_code.get(code).and_then(|at| self.entries.get(*at))
    }

    /// The name of a code.
    #[must_use]
    pub fn label(&self, code: &str) -> Option<&LocalText> {
        self.get(code).map(|entry| &entry.name)
    }

    /// Whether the code exists and counts on a date.
    #[must_use]
    pub fn valid_on(&self, code: &str, date: Date) -> bool {
        self.get(code).is_some_and(|entry| entry.valid_on(date))
    }

    /// The entries that fit words, best first, at most `limit`, valid on the date.
    #[must_use]
    pub fn search(&self, words: &str, on: Date, limit: usize) -> Vec<&CodeEntry> {
        search::best(&self.entries, words, on, limit)
    }

    /// The entries whose class is `class`.
    pub fn in_class<'l>(&'l self, class: &'l str) -> impl Iterator<Item = &'l CodeEntry> {
        self.entries
            .iter()
            .filter(move |entry| entry.class.as_deref() == Some(class))
    }
}

/// Code lists by name, cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct CodeLists(Arc<BTreeMap<String, CodeList>>);

impl CodeLists {
    /// Lists by their names.
    #[must_use]
    pub fn new(lists: impl IntoIterator<Item = CodeList>) -> Self {
        Self(Arc::new(
            lists
                .into_iter()
                .map(|list| (list.id.clone(), list))
                .collect(),
        ))
    }

    /// A list by name.
    #[must_use]
    pub fn get(&self, list: &str) -> Option<&CodeList> {
        self.0.get(list)
    }

    /// All lists by name.
    pub fn iter(&self) -> impl Iterator<Item = &CodeList> {
        self.0.values()
    }

    /// The name of a code.
    #[must_use]
    pub fn label(&self, list: &str, code: &str) -> Option<&LocalText> {
        self.get(list)?.label(code)
    }

    /// Whether the code exists in the list and counts on a date.
    #[must_use]
    pub fn valid_on(&self, list: &str, code: &str, date: Date) -> bool {
        self.get(list)
            .is_some_and(|known| known.valid_on(code, date))
    }

    /// The entries of a list that fit words, best first.
    #[must_use]
    pub fn search(&self, list: &str, words: &str, on: Date, limit: usize) -> Vec<&CodeEntry> {
        self.get(list)
            .map(|known| known.search(words, on, limit))
            .unwrap_or_default()
    }

    /// Refuses a code that does not exist in the list or does not count on the date.
    ///
    /// # Errors
    /// One problem at `field`, naming the remedy.
    pub fn require(&self, list: &str, code: &str, on: Date, field: &str) -> Result<(), Problem> {
        let Some(known) = self.get(list) else {
            return Err(Problem::new(
                "schema.list_unknown",
                field,
                format!("代码表 `{list}` 不存在"),
                format!("there is no code list `{list}`"),
            ));
        };
        match known.get(code) {
            Some(entry) if entry.valid_on(on) => Ok(()),
            Some(_) => Err(Problem::new(
                "schema.code_expired",
                field,
                format!("代码 `{code}` 在 {on} 无效，请另选"),
                format!("code `{code}` is not valid on {on}; choose another"),
            )),
            None => Err(Problem::new(
                "schema.code_unknown",
                field,
                format!("代码 `{code}` 不在代码表 `{list}` 中，请从列表选择"),
                format!("code `{code}` is not in the list `{list}`; choose from the list"),
            )),
        }
    }
}

#[cfg(test)]
mod tests;
