//! Questions as they come (AuthZEN 1.0, 5 and 6): who, what, on what.

use axum::body::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Refused;

/// Longest id.
const LONGEST: usize = 200;

/// `subject`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Subject {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) properties: Map<String, Value>,
}

/// `action`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Action {
    pub(super) name: String,
}

/// `resource`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Resource {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) id: String,
}

/// Who, what, on what; in a list of questions each may be left to the defaults.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Question {
    pub(super) subject: Option<Subject>,
    pub(super) action: Option<Action>,
    pub(super) resource: Option<Resource>,
    pub(super) context: Option<Map<String, Value>>,
}

/// How a list of questions is worked through (AuthZEN 1.0, 7.1.2.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Semantic {
    #[default]
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

/// `options`
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Options {
    #[serde(default)]
    pub(super) evaluations_semantic: Semantic,
}

/// Several questions with defaults.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Questions {
    #[serde(flatten)]
    pub(super) defaults: Question,
    #[serde(default)]
    pub(super) evaluations: Vec<Value>,
    #[serde(default)]
    pub(super) options: Options,
}

/// `page` of a search.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    pub(super) token: String,
    pub(super) limit: Option<usize>,
}

/// A search: the part that is looked for has a type only.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Search {
    #[serde(flatten)]
    pub(super) question: Question,
    #[serde(default)]
    pub(super) page: Page,
}

/// Reads a body.
pub(super) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refused> {
    serde_json::from_slice(body)
        .map_err(|error| Refused::bad(format!("the body is not what the API expects: {error}")))
}

/// A member that must be there.
pub(super) fn required<'a, T>(member: Option<&'a T>, name: &str) -> Result<&'a T, Refused> {
    member.ok_or_else(|| Refused::bad(format!("{name} is missing")))
}

/// An id that must be there.
pub(super) fn id<'a>(id: &'a str, name: &str) -> Result<&'a str, Refused> {
    if (1..=LONGEST).contains(&id.len()) {
        Ok(id)
    } else {
        Err(Refused::bad(format!(
            "{name}.id must be 1 to {LONGEST} bytes"
        )))
    }
}
