//! What a permission is asked about: a resource with the facts policies may read.
//!
//! Nothing is decided here. A fact that is not given counts as the empty text (or a missing number), exactly as an
//! empty column does in a list filter.

use std::collections::BTreeMap;

use super::vocabulary::{ResourceKind, Shape};

/// One fact of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attr {
    /// A text, a code, an id.
    Text(String),
    /// A number, an instant in milliseconds.
    Int(i64),
}

impl From<&str> for Attr {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Attr {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Attr {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// A resource and its facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its kind.
    pub kind: ResourceKind,
    /// Its identifier.
    pub id: String,
    /// Facts policies may read.
    pub attrs: BTreeMap<&'static str, Attr>,
}

/// The facts of a case that policies read, all of them, so that none can be forgotten; empty text for "none".
#[derive(Debug, Clone, Copy, Default)]
pub struct CaseFacts<'a> {
    /// Case id.
    pub id: &'a str,
    /// Package that owns the case.
    pub system: &'a str,
    /// Category code.
    pub category: &'a str,
    /// Class of the category (2 digits).
    pub class: &'a str,
    /// Division code.
    pub division: &'a str,
    /// Grid code.
    pub grid: &'a str,
    /// Organisation that has the case now.
    pub org: &'a str,
    /// `open`, `closed`, `refused`, `merged`, `withdrawn`.
    pub status: &'a str,
    /// Stage id.
    pub stage: &'a str,
}

/// The facts of a task that policies read; empty text for "none".
#[derive(Debug, Clone, Copy, Default)]
pub struct TaskFacts<'a> {
    /// Task id.
    pub id: &'a str,
    /// Package of the case.
    pub system: &'a str,
    /// Node of the process.
    pub node: &'a str,
    /// Role that may complete it, for example `city-care.seat`.
    pub role: &'a str,
    /// Organisation it is limited to.
    pub org: &'a str,
    /// User who claimed it.
    pub assignee: &'a str,
    /// Category code of the case.
    pub category: &'a str,
    /// Class of the category.
    pub class: &'a str,
    /// Grid it is limited to.
    pub grid: &'a str,
    /// `open`, `done`, `cancelled`.
    pub status: &'a str,
}

impl Resource {
    /// A resource without facts.
    #[must_use]
    pub fn new(kind: ResourceKind, id: impl Into<String>) -> Self {
        Self {
            kind,
            id: id.into(),
            attrs: BTreeMap::new(),
        }
    }

    /// Adds a fact. A name the kind does not have is ignored by every policy.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Attr>) -> Self {
        self.attrs.insert(name, value.into());
        self
    }

    /// The platform itself.
    #[must_use]
    pub fn system() -> Self {
        Self::new(ResourceKind::System, "platform")
    }

    /// A system as a whole.
    #[must_use]
    pub fn package(package: &str) -> Self {
        Self::new(ResourceKind::Package, package).with("package", package)
    }

    /// A case.
    #[must_use]
    pub fn case(facts: &CaseFacts<'_>) -> Self {
        Self::new(ResourceKind::Case, facts.id)
            .with("system", facts.system)
            .with("category", facts.category)
            .with("class", facts.class)
            .with("division", facts.division)
            .with("grid", facts.grid)
            .with("org", facts.org)
            .with("status", facts.status)
            .with("stage", facts.stage)
    }

    /// A task.
    #[must_use]
    pub fn task(facts: &TaskFacts<'_>) -> Self {
        Self::new(ResourceKind::Task, facts.id)
            .with("system", facts.system)
            .with("node", facts.node)
            .with("role", facts.role)
            .with("org", facts.org)
            .with("assignee", facts.assignee)
            .with("category", facts.category)
            .with("class", facts.class)
            .with("grid", facts.grid)
            .with("status", facts.status)
    }

    /// A register: `sensitivity` is `open`, `internal` or `restricted`.
    #[must_use]
    pub fn register(package: &str, register: &str, sensitivity: &str, owner: &str) -> Self {
        Self::new(ResourceKind::Register, format!("{package}/{register}"))
            .with("package", package)
            .with("register", register)
            .with("sensitivity", sensitivity)
            .with("owner", owner)
    }

    /// A text fact, following prefixes; `None` if the kind has no such text or the fact is of another shape.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.kind.attribute(name)?.shape {
            Shape::Text => match self.attrs.get(name) {
                None => Some(""),
                Some(Attr::Text(text)) => Some(text),
                Some(Attr::Int(_)) => None,
            },
            Shape::PrefixOf { attribute, len } => self.text(attribute).map(|text| head(text, len)),
            Shape::OptionalInt => None,
        }
    }

    /// A text fact if it was given, itself or the text it is the beginning of.
    pub(crate) fn given_text(&self, name: &str) -> Option<&str> {
        let given = match self.kind.attribute(name)?.shape {
            Shape::PrefixOf { attribute, .. } => attribute,
            Shape::Text | Shape::OptionalInt => name,
        };
        if self.attrs.contains_key(given) {
            self.text(name)
        } else {
            None
        }
    }

    /// A number fact.
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        match (self.kind.attribute(name)?.shape, self.attrs.get(name)?) {
            (Shape::OptionalInt, Attr::Int(number)) => Some(*number),
            _ => None,
        }
    }

    /// Whether every given fact has the shape its kind declares.
    pub(crate) fn is_well_formed(&self) -> bool {
        self.attrs.iter().all(|(name, value)| {
            match self.kind.attribute(name).map(|attribute| attribute.shape) {
                Some(Shape::Text) => matches!(value, Attr::Text(_)),
                Some(Shape::OptionalInt) => matches!(value, Attr::Int(_)),
                Some(Shape::PrefixOf { .. }) => false,
                None => true,
            }
        })
    }
}

/// The first `len` characters.
fn head(text: &str, len: usize) -> &str {
    text.char_indices()
        .nth(len)
        .map_or(text, |(at, _)| text.get(..at).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_division_shows_its_city_county_and_town() {
        let case = Resource::new(ResourceKind::Case, "1").with("division", "370705003001");
        assert_eq!(case.text("city"), Some("3707"));
        assert_eq!(case.text("county"), Some("370705"));
        assert_eq!(case.text("town"), Some("370705003"));
        assert_eq!(
            Resource::new(ResourceKind::Case, "1").text("town"),
            Some("")
        );
    }

    #[test]
    fn a_fact_of_the_wrong_shape_makes_the_resource_malformed() {
        assert!(
            !Resource::new(ResourceKind::Case, "1")
                .with("org", 7)
                .is_well_formed()
        );
        assert!(
            !Resource::new(ResourceKind::Case, "1")
                .with("town", "370705003")
                .is_well_formed()
        );
        assert!(
            Resource::new(ResourceKind::Case, "1")
                .with("due_at", 7)
                .is_well_formed()
        );
    }
}
