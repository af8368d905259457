//! The views of the log: where each stands, which one is being rebuilt, and which cannot go on.
//!
//! Tables are written in the transaction that writes the entry, so they stand where the log stands; indexes in memory follow
//! it. Both can be rebuilt from it while the city goes on working.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yuandu_store::{Entry, Plan, StoreError};

use crate::{ApiError, App};

/// Name of the index of full text.
const SEARCH: &str = "search";

/// One view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct View {
    /// Its name: that of a table, or `search`.
    pub name: String,
    /// Whether it is a table or an index.
    pub kind: ViewKind,
    /// Entries of the log that it holds.
    pub position: u64,
    /// Entries of the log that it does not hold yet.
    pub behind: u64,
    /// What it is doing.
    pub state: ViewState,
    /// While it is rebuilt, the entries replayed; why it cannot go on; what the last rebuild found.
    pub note: String,
}

/// What a view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewKind {
    /// Written in the transaction that writes the entry.
    Table,
    /// Kept in memory, and brought up to date before it is used.
    Index,
}

/// What a view is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewState {
    /// It follows the log.
    Following,
    /// It is being rebuilt; meanwhile it is used as it is.
    Rebuilding,
    /// It cannot go on and is used as it is; the others do. An index tries again with every question.
    Failed,
}

/// Rebuilds of views, under way and last ones.
#[derive(Debug, Default)]
pub(crate) struct Rebuilds(Mutex<BTreeMap<String, Rebuild>>);

#[derive(Debug, Clone)]
struct Rebuild {
    state: ViewState,
    note: String,
}

impl Rebuilds {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Rebuild>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, name: &str, state: ViewState, note: String) {
        self.lock().insert(name.to_owned(), Rebuild { state, note });
    }
}

impl App {
    /// Every view, by name.
    #[must_use]
    pub fn views(&self) -> Vec<View> {
        let size = self.store.size();
        let mut views: BTreeMap<String, View> = self
            .store
            .table_names()
            .map(|name| (name.to_owned(), following(name, size, size)))
            .collect();
        views.insert(SEARCH.to_owned(), self.search_view(size));
        for (name, rebuild) in self.rebuilds().lock().iter() {
            if let Some(view) = views.get_mut(name)
                && view.state == ViewState::Following
            {
                view.state = rebuild.state;
                view.note.clone_from(&rebuild.note);
            }
        }
        views.into_values().collect()
    }

    fn search_view(&self, size: u64) -> View {
        let standing = self.desk().search().standing();
        let position = standing.position.map_or(0, i64::unsigned_abs);
        let mut view = following(SEARCH, position, size);
        view.kind = ViewKind::Index;
        if let Some(reason) = standing.failure {
            view.state = ViewState::Failed;
            view.note = reason;
        }
        view
    }

    /// Begins to rebuild a view; [`App::views`] tells how far it is.
    ///
    /// # Errors
    /// No view of this name, or it is being rebuilt already.
    pub fn rebuild(&self, name: &str) -> Result<(), ApiError> {
        if !self.views().iter().any(|view| view.name == name) {
            return Err(ApiError::not_found());
        }
        let mut rebuilds = self.rebuilds().lock();
        if rebuilds
            .get(name)
            .is_some_and(|rebuild| rebuild.state == ViewState::Rebuilding)
        {
            return Err(ApiError::new(
                yuandu_base::ErrorKind::Conflict,
                "rebuilding",
                "这个视图正在重建，请等它完成",
                "this view is being rebuilt already; wait until it is done",
            ));
        }
        let state = ViewState::Rebuilding;
        let note = String::new();
        rebuilds.insert(name.to_owned(), Rebuild { state, note });
        drop(rebuilds);
        let (app, name) = (self.clone(), name.to_owned());
        // Minutes of reading: not one of the places for requests.
        tokio::task::spawn_blocking(move || app.rebuild_now(&name));
        Ok(())
    }

    fn rebuild_now(&self, name: &str) {
        let result = if name == SEARCH {
            self.desk()
                .search()
                .rebuild()
                .map_err(|error| error.to_string())
                .map(|()| String::new())
        } else {
            self.rebuild_table(name).map_err(|error| error.to_string())
        };
        match result {
            Ok(note) => {
                tracing::info!(view = name, note, "a view was rebuilt");
                self.rebuilds().set(name, ViewState::Following, note);
            }
            Err(reason) => {
                tracing::error!(view = name, reason, "a view could not be rebuilt");
                self.rebuilds().set(name, ViewState::Failed, reason);
            }
        }
    }

    fn rebuild_table(&self, name: &str) -> Result<String, StoreError> {
        let rebuilt = self.store.rebuild(name, &mut |done, all| {
            let note = format!("{done} of {all} entries");
            self.rebuilds().set(name, ViewState::Rebuilding, note);
        })?;
        if rebuilt.mended > 0 {
            self.tell_mended(name, rebuilt.mended)?;
            if self.desk().search().reads(name) {
                // What was read from damaged rows is read again; if that fails, the index says so itself.
                let _ = self.desk().search().rebuild();
            }
        }
        Ok(format!(
            "{} rows compared, {} mended, from {} entries",
            rebuilt.rows, rebuilt.mended, rebuilt.entries
        ))
    }

    /// The log says that rows were mended; on a standby, which writes no entries, only the program's own log does.
    fn tell_mended(&self, table: &str, mended: u64) -> Result<(), StoreError> {
        let entry = Entry {
            op: "store.rebuild".to_owned(),
            actor: "system:rebuild".to_owned(),
            on_behalf: None,
            subject: format!("table/{table}"),
            purpose: "continuity".to_owned(),
            at: self.clock.now(),
            note: serde_json::json!({ "mended": mended }),
        };
        match self.store.commit(Plan::new(self.realm, entry)) {
            Ok(_) | Err(StoreError::NotHere { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn following(name: &str, position: u64, size: u64) -> View {
    View {
        name: name.to_owned(),
        kind: ViewKind::Table,
        position,
        behind: size.saturating_sub(position),
        state: ViewState::Following,
        note: String::new(),
    }
}
