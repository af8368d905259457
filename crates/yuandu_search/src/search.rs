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
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .position
    }

    fn ask<T>(&self, source: &str, question: impl FnOnce(&Index) -> T) -> Result<T, SearchError> {
        self.catch_up()?;
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
            None => self.read_all(&mut state),
            Some(position) => self.read_since(&mut state, position),
        }
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
