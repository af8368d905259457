//! A store with one table of notes, and a search over it.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use yuandu_search::{Search, Source};
use yuandu_store::{Change, Entry, Plan, Store, TableDef, TemporaryStore};

pub const REALM: i64 = 370_700;

/// Notes with a title, words, and a secret that is not searched.
pub fn tables() -> Vec<TableDef> {
    vec![
        TableDef::new("notes")
            .text("id")
            .text("title")
            .opt_text("words")
            .opt_text("secret")
            .key(["id"]),
    ]
}

pub struct Town {
    store: TemporaryStore,
}

impl Town {
    pub fn new() -> Self {
        Self {
            store: Store::temporary(&tables()).unwrap(),
        }
    }

    pub fn search(&self) -> Search {
        let notes = Source::new("note", "notes").column("title").column("words");
        Search::new(self.store(), REALM, vec![notes])
    }

    pub fn store(&self) -> Arc<Store> {
        self.store.shared()
    }

    /// The database's file, where it is one.
    pub fn file(&self) -> Option<PathBuf> {
        let path = self.store.folder().join("yuandu.db");
        path.is_file().then_some(path)
    }

    /// Makes the table what the log says; gives how many rows were mended.
    pub fn rebuild(&self) -> u64 {
        self.store.rebuild("notes", &mut |_, _| ()).unwrap().mended
    }

    pub fn write(&self, id: &str, words: &str) {
        let note = Change::put("notes")
            .with("id", id)
            .with("title", "记录")
            .with("words", words)
            .with("secret", "绝密电话");
        self.commit(note);
    }

    pub fn remove(&self, id: &str) {
        self.commit(Change::delete("notes").key("id", id));
    }

    fn commit(&self, change: Change) {
        let entry = Entry {
            op: "notes.write".to_owned(),
            actor: "system:test".to_owned(),
            on_behalf: None,
            subject: "note".to_owned(),
            purpose: "test".to_owned(),
            at: Timestamp::from_second(1_790_000_000).unwrap(),
            note: serde_json::Value::Null,
        };
        let plan = Plan::new("370700".parse().unwrap(), entry).change(change);
        self.store.shared().commit(plan).unwrap();
    }
}

/// Ids found, in order.
pub fn found(search: &Search, words: &str) -> Vec<String> {
    let hits = search.find("note", words, 100).unwrap();
    hits.into_iter().map(|hit| hit.id).collect()
}
