//! Which tables are searched, and which of their columns.

/// A table whose rows are found by the words in some of its columns. Its key is the column `id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub(crate) name: String,
    pub(crate) table: String,
    pub(crate) columns: Vec<String>,
}

impl Source {
    /// A source by the name that questions use; names of tables and columns go into SQL as they are, never from user input.
    #[must_use]
    pub fn new(name: impl Into<String>, table: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            table: table.into(),
            columns: Vec::new(),
        }
    }

    /// Adds a text column. It must hold nothing that not everyone who may ask may know to exist.
    #[must_use]
    pub fn column(mut self, name: impl Into<String>) -> Self {
        self.columns.push(name.into());
        self
    }

    /// The name that questions use.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
