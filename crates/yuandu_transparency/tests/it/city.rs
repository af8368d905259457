//! A store with one table, and its published files in memory.

use std::cell::Cell;
use std::collections::HashMap;

use yuandu_store::{Change, Entry, Plan, Store, TableDef, TemporaryStore};
use yuandu_transparency::{Fetch, Publisher, SigningKey, TilePath, TransparencyError};

pub const ORIGIN: &str = "yuandu/370700";

pub fn store() -> TemporaryStore {
    Store::temporary(&[TableDef::new("things").text("id").key(["id"])]).unwrap()
}

pub fn add(store: &TemporaryStore, count: usize) {
    let plans = (0..count).map(|number| {
        let entry = Entry {
            op: "things.write".to_owned(),
            actor: "system:test".to_owned(),
            on_behalf: None,
            subject: format!("thing/{number}"),
            purpose: "test".to_owned(),
            at: "2026-11-27T00:00:00Z".parse().unwrap(),
            note: serde_json::json!({ "name": "李雷" }),
        };
        let row = Change::put("things").with("id", format!("t{number}"));
        Plan::new(yuandu_ids::RealmId::new(370_700).unwrap(), entry).change(row)
    });
    for receipt in store.commit_all(plans.collect()) {
        receipt.unwrap();
    }
}

pub fn publisher(witnesses: &str) -> Publisher {
    Publisher::new(SigningKey::generate(ORIGIN).unwrap(), witnesses).unwrap()
}

/// The published files; some of them replaced, as a lying server would.
pub struct Files<'a> {
    pub store: &'a TemporaryStore,
    pub publisher: &'a Publisher,
    pub replaced: HashMap<String, Vec<u8>>,
    pub full_only: bool,
    pub fetched: Cell<usize>,
}

impl<'a> Files<'a> {
    pub fn of(store: &'a TemporaryStore, publisher: &'a Publisher) -> Self {
        Self {
            store,
            publisher,
            replaced: HashMap::new(),
            full_only: false,
            fetched: Cell::new(0),
        }
    }
}

impl Fetch for Files<'_> {
    fn get(&self, path: &str) -> Result<Option<Vec<u8>>, TransparencyError> {
        self.fetched.set(self.fetched.get() + 1);
        if let Some(bytes) = self.replaced.get(path) {
            return Ok(Some(bytes.clone()));
        }
        let log = self.store.log();
        match path.strip_prefix("tile/") {
            None => Ok(Some(self.publisher.checkpoint(&log)?.as_bytes().to_vec())),
            Some(path) => {
                let tile = TilePath::parse(path).unwrap();
                let full = TilePath { width: 256, ..tile };
                if self.full_only && tile != full && full.read(&log)?.is_some() {
                    return Ok(None);
                }
                tile.read(&log)
            }
        }
    }
}
