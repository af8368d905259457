//! A store with one table and blobs, and the keys of its log.

use std::path::Path;

use yuandu_continuity::{
    BackedUp, Backup, ContinuityError, Manifest, Restore, Restored, Target, Until,
};
use yuandu_store::{Blobs, Change, Entry, Plan, Store, StoreOptions, TableDef, verify};
use yuandu_transparency::{Publisher, SigningKey};

pub const START_MS: i64 = 1_790_000_000_000;

pub fn tables() -> Vec<TableDef> {
    vec![
        TableDef::new("things")
            .text("id")
            .opt_int("count")
            .key(["id"]),
    ]
}

pub struct City {
    pub store: Store,
    pub publisher: Publisher,
    pub dir: tempfile::TempDir,
}

impl City {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = SigningKey::generate("yuandu/370700").unwrap();
        Self {
            store: Store::open(&StoreOptions::new(dir.path()), &tables()).unwrap(),
            publisher: Publisher::new(key, "").unwrap(),
            dir,
        }
    }

    /// Entry number n is made n seconds after the start, by a clock that may jump.
    pub fn add(&self, count: i64) {
        let first = i64::try_from(self.store.size()).unwrap();
        let plans = (first..first + count).map(|number| {
            let at_ms = START_MS + number * 1000;
            let row = Change::put("things")
                .with("id", format!("t{}", number % 50))
                .with("count", number);
            plan(number, at_ms).change(row)
        });
        for receipt in self.store.commit_all(plans.collect()) {
            receipt.unwrap();
        }
    }

    pub fn add_blob(&self, bytes: &[u8]) {
        let (name, length) = self.store.blobs().put_stream(&mut &*bytes).unwrap();
        let at = jiff(START_MS);
        let row = Blobs::record(&name, usize::try_from(length).unwrap(), "image/jpeg", at);
        self.store.commit(plan(0, START_MS).change(row)).unwrap();
    }

    pub fn backup(&self, target: &Target, base_every: u64) -> Result<BackedUp, ContinuityError> {
        Backup {
            store: &self.store,
            publisher: &self.publisher,
            target,
            city: "realm = \"370700\"\n".to_owned(),
            base_every,
        }
        .run(START_MS)
    }

    /// Reads every file of the newest backup.
    pub fn inspect(&self, target: &Target) -> Result<(), ContinuityError> {
        let newest = Manifest::newest(target, self.publisher.public())?.unwrap();
        newest.inspect(target).map(drop)
    }

    pub fn restore(
        &self,
        target: &Target,
        dir: &Path,
        until: Until,
    ) -> Result<Restored, ContinuityError> {
        Restore {
            target,
            key: self.publisher.public(),
            options: StoreOptions::new(dir),
            tables: &tables(),
            until,
        }
        .run()
    }
}

fn plan(number: i64, at_ms: i64) -> Plan {
    let entry = Entry {
        op: "things.write".to_owned(),
        actor: "system:test".to_owned(),
        on_behalf: None,
        subject: format!("thing/{number}"),
        purpose: "test".to_owned(),
        at: jiff(at_ms),
        note: serde_json::json!({}),
    };
    Plan::new(yuandu_ids::RealmId::new(370_700).unwrap(), entry)
}

fn jiff(ms: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(ms).unwrap()
}

pub fn is_whole(dir: &Path) -> String {
    let report = verify::verify(dir, &tables(), &mut |_, _, _| ()).unwrap();
    assert!(report.is_clean(), "{report:?}");
    report.root
}

pub fn target(dir: &Path) -> Target {
    Target::open(&format!("file://{}", dir.display())).unwrap()
}
