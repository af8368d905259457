//! The context: an ordered map from names to values; the scope an expression is evaluated in.

use std::sync::Arc;

use crate::temporal::DateTime;
use crate::value::Value;

/// An ordered map from names to values. Cloning is cheap; a changed clone does not touch the original.
#[derive(Clone, Default)]
pub struct Context {
    entries: Arc<Vec<(Arc<str>, Value)>>,
    /// The clock of the caller, answered by `now()` and `today()`; not an entry and not compared.
    now: Option<Arc<DateTime>>,
}

impl Context {
    /// An empty context.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets an entry, in place if the name exists, else at the end.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: impl Into<Value>) {
        let name = name.into();
        let entries = Arc::make_mut(&mut self.entries);
        match entries.iter_mut().find(|(key, _)| *key == name) {
            Some((_, slot)) => *slot = value.into(),
            None => entries.push((name, value.into())),
        }
    }

    /// The same context with one more entry.
    #[must_use]
    pub fn with(mut self, name: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// The value of an entry.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.entries
            .iter()
            .find(|(key, _)| &**key == name)
            .map(|(_, value)| value)
    }

    /// Removes an entry and tells what it held.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.entries.iter().position(|(key, _)| &**key == name)?;
        Some(Arc::make_mut(&mut self.entries).remove(at).1)
    }

    /// Takes over all entries of `other`, which win over those of the same name.
    pub fn merge(&mut self, other: &Self) {
        for (name, value) in other.iter() {
            self.set(Arc::clone(name), value.clone());
        }
        if other.now.is_some() {
            self.now.clone_from(&other.now);
        }
    }

    /// Reads the members of a JSON object; any other JSON value gives an empty context.
    #[must_use]
    pub fn from_json(object: &serde_json::Value) -> Self {
        let mut context = Self::new();
        if let serde_json::Value::Object(members) = object {
            let entries = Arc::make_mut(&mut context.entries);
            for (name, value) in members {
                entries.push((name.as_str().into(), Value::from_json(value)));
            }
        }
        context
    }

    /// Gives the clock that `now()` and `today()` answer. Without one they are null.
    #[must_use]
    pub fn with_now(mut self, now: DateTime) -> Self {
        self.now = Some(Arc::new(now));
        self
    }

    /// The clock given by [`Context::with_now`].
    #[must_use]
    pub fn now(&self) -> Option<&DateTime> {
        self.now.as_deref()
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Value)> {
        self.entries.iter().map(|(name, value)| (name, value))
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl PartialEq for Context {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(name, value)| other.get(name) == Some(value))
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<N: Into<Arc<str>>, V: Into<Value>> FromIterator<(N, V)> for Context {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        let mut context = Self::new();
        for (name, value) in entries {
            context.set(name, value);
        }
        context
    }
}
