//! The searched sources of a city and the log position they stand at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use yuandu_store::Store;

use crate::error::SearchError;
use crate::index::{Hit, Index};
use crate::queries;
use crate::source::Source;

/// Full text over some tables of a city.
#[derive(Debug)]
pub struct Search {
    store: Arc<Store>,
    realm: i64,
    sources: Vec<Source>,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Entries before this are in; `None` before the first reading.
    position: Option<i64>,
    indexes: BTreeMap<String, Index>,
    /// Why what was committed since could not be read.
    failure: Option<String>,
}

/// Where the view stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Entries before this are in; `None` before the first reading.
    pub position: Option<i64>,
    /// Why it could not go on, if it could not.
    pub failure: Option<String>,
}

impl Search {
    /// A search over these sources; nothing is read before the first question or [`Search::catch_up`].
    #[must_use]
    pub fn new(store: Arc<Store>, realm: i64, sources: Vec<Source>) -> Self {
        Self {
            store,
            realm,
            sources,
            state: RwLock::default(),
        }
    }

    /// Rows of a source that hold every word of a question, best first, at most `most`.
    ///
    /// # Errors
    /// A failure of the store, or a source that was not declared.
    pub fn find(&self, source: &str, words: &str, most: usize) -> Result<Vec<Hit>, SearchError> {
        self.ask(source, |index| index.find(words, most))
    }

    /// Rows of a source whose text is most similar, best first, at most `most`.
    ///
    /// # Errors
    /// A failure of the store, or a source that was not declared.
    pub fn similar(&self, source: &str, text: &str, most: usize) -> Result<Vec<Hit>, SearchError> {
        self.ask(source, |index| index.similar(text, most))
    }

    /// How many rows of a source can be found.
    ///
    /// # Errors
    /// A failure of the store, or a source that was not declared.
    pub fn rows(&self, source: &str) -> Result<usize, SearchError> {
        self.ask(source, Index::len)
    }

    /// The log position up to which entries are in; `None` before anything was read.
    #[must_use]
    pub fn position(&self) -> Option<i64> {
        self.standing().position
    }

    /// Where it stands, and why it stands still, if it does.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        Standing {
            position: state.position,
            failure: state.failure.clone(),
        }
    }

    /// Whether rows of this table are found.
    #[must_use]
    pub fn reads(&self, table: &str) -> bool {
        self.sources.iter().any(|source| source.table == table)
    }

    /// Reads everything anew; questions are answered from what there is until it is done.
    ///
    /// # Errors
    /// A failure of the store: what there was stays.
    pub fn rebuild(&self) -> Result<(), SearchError> {
        let mut fresh = State::default();
        self.read_all(&mut fresh)?;
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    fn ask<T>(&self, source: &str, question: impl FnOnce(&Index) -> T) -> Result<T, SearchError> {
        if let Err(error) = self.catch_up() {
            // Whoever asks is answered from what was read before; the next question tries again.
            tracing::warn!(error = %error, "the search index could not be brought up to date");
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            if state.position.is_none() {
                return Err(error);
            }
            state.failure = Some(error.to_string());
        }
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let index = state
            .indexes
            .get(source)
            .ok_or_else(|| SearchError::NoSource(source.to_owned()))?;
        Ok(question(index))
    }

    /// Reads what was committed since; everything, the first time. Called before every answer, and at start so that the first one need not wait.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn catch_up(&self) -> Result<(), SearchError> {
        let size = self.store.read(queries::size)?;
        if self.position().is_some_and(|position| position >= size) {
            return Ok(());
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match state.position {
            None => self.read_all(&mut state)?,
            Some(position) => self.read_since(&mut state, position)?,
        }
        state.failure = None;
        Ok(())
    }

    fn read_all(&self, state: &mut State) -> Result<(), SearchError> {
        self.store.read(|reader| {
            let position = queries::size(reader)?;
            for source in &self.sources {
                let mut index = Index::default();
                queries::all(reader, self.realm, source, |id, text| index.put(id, text))?;
                state.indexes.insert(source.name.clone(), index);
            }
            state.position = Some(position);
            Ok(())
        })
    }

    fn read_since(&self, state: &mut State, mut position: i64) -> Result<(), SearchError> {
        let tables: BTreeSet<&str> = self.sources.iter().map(|one| one.table.as_str()).collect();
        self.store.read(|reader| {
            let size = queries::size(reader)?;
            while position < size {
                let (changed, next) = queries::changed(reader, self.realm, position, &tables)?;
                for source in &self.sources {
                    let Some(ids) = changed.get(&source.table) else {
                        continue;
                    };
                    let index = state.indexes.entry(source.name.clone()).or_default();
                    let mut missing = ids.clone();
                    queries::some(reader, self.realm, source, ids, |id, text| {
                        missing.remove(id);
                        index.put(id, text);
                    })?;
                    for id in &missing {
                        index.remove(id);
                    }
                }
                // An entry that is not there would be read for ever.
                position = if next > position { next } else { size };
                state.position = Some(position);
            }
            Ok(())
        })
    }
}
