//! What a list asks for and what it gives.

use serde::{Deserialize, Serialize};

use crate::{AsOf, RecordView};

/// A condition on one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnFilter {
    /// One of these values, written as people type them.
    OneOf(Vec<String>),
    /// Begins with this text: a division and everything below it.
    StartsWith(String),
    /// Between two values, both included; either end may be open.
    Between {
        /// Smallest value.
        from: Option<String>,
        /// Largest value.
        to: Option<String>,
    },
    /// No value.
    Empty,
    /// Any value.
    Filled,
}

/// The order of a list; records of equal value follow their id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// The field; places cannot be sorted by.
    pub field: String,
    /// Largest first.
    pub descending: bool,
}

/// A list asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ListRecords {
    /// The register, `<package>.<register>`.
    pub register: String,
    /// Conditions by field; all must hold.
    pub filters: Vec<(String, ColumnFilter)>,
    /// Words that the searched fields must contain, each of them.
    pub words: String,
    /// The order; by id when absent.
    pub sort: Option<Sort>,
    /// Where the page begins: [`Page::next`] of the page before.
    pub after: Option<String>,
    /// Records on a page, 1 to 1,000; 50 when zero.
    pub limit: usize,
    /// Whether to count values of the facet fields.
    pub facets: bool,
    /// Whether to count the records.
    pub count: bool,
    /// Whether to show restricted values, if the reader may; the log then says so.
    pub reveal: bool,
    /// The moment to list, in a register that keeps versions; the present when absent.
    pub as_of: Option<AsOf>,
}

/// How many records a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Records counted.
    pub count: u64,
    /// False when there are more than were counted.
    pub exact: bool,
}

/// A value of a facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetValue {
    /// The stored value.
    pub value: String,
    /// Its name in both languages, for code lists.
    pub label: Option<yuandu_base::LocalText>,
    /// Records that have it.
    pub count: u64,
}

/// The values of a facet field, most frequent first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facet {
    /// The field.
    pub field: String,
    /// At most fifty values.
    pub values: Vec<FacetValue>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// The records.
    pub records: Vec<RecordView>,
    /// Where the next page begins, when there is one.
    pub next: Option<String>,
    /// How many there are, when asked.
    pub total: Option<Total>,
    /// Facets, when asked.
    pub facets: Vec<Facet>,
    /// Database queries this page took.
    pub queries: u32,
}
