//! A table of cases and one of declared facts, small enough to count by hand.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use yuandu_identity::{Actor, Filter, OpCtx};
use yuandu_insight::{CaseTables, Scope};
use yuandu_store::{Change, Plan, Store, TableDef, TemporaryStore, Value};

pub const REALM: i64 = 370_700;

/// Facts of one row; an absent one is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    pub org: Option<String>,
    pub status: Option<String>,
    pub class: Option<String>,
    pub count: Option<i64>,
    pub other: Option<i64>,
    pub flag: Option<bool>,
    pub done_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
}

pub fn now() -> Timestamp {
    "2026-11-23T01:00:00Z".parse().unwrap()
}

pub fn opened(row: usize) -> Timestamp {
    let hours = i64::try_from(row).unwrap();
    now() - SignedDuration::from_hours(hours + 1)
}

pub fn everyone() -> Filter {
    Filter {
        sql: "1 = 1".to_owned(),
        params: Vec::new(),
    }
}

pub fn scope() -> Scope {
    Scope {
        from: now() - SignedDuration::from_hours(24 * 400),
        to: now(),
        org: None,
        division: None,
        class: None,
    }
}

pub fn tables() -> CaseTables {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    CaseTables {
        system: "city-care".to_owned(),
        cases: "cases".to_owned(),
        universal: names(&["org", "status", "class", "opened_at"]),
        facts: "facts".to_owned(),
        declared: names(&["count", "other", "flag", "done_at", "due_at"]),
    }
}

/// A store that holds these rows, named `0000`, `0001`, ... in their order, each opened an hour before the last.
pub fn store(rows: &[Facts]) -> (Arc<Store>, TemporaryStore) {
    let schema = [
        TableDef::new("cases")
            .text("id")
            .text("system")
            .opt_text("org")
            .opt_text("status")
            .opt_text("class")
            .opt_text("division")
            .int("opened_at")
            .key(["id"]),
        TableDef::new("facts")
            .text("id")
            .opt_int("count")
            .opt_int("other")
            .opt_int("flag")
            .opt_int("done_at")
            .opt_int("due_at")
            .key(["id"]),
    ];
    let folder = Store::temporary(&schema).unwrap();
    let store = folder.shared();
    let ctx = OpCtx::for_testing(Actor::System("seed"));
    let changes = rows.iter().enumerate().flat_map(|(row, facts)| {
        let id = format!("{row:04}");
        [
            Change::put("cases")
                .with("id", id.as_str())
                .with("system", "city-care")
                .with("org", facts.org.clone())
                .with("status", facts.status.clone())
                .with("class", facts.class.clone())
                .with("opened_at", opened(row)),
            Change::put("facts")
                .with("id", id.as_str())
                .with("count", facts.count)
                .with("other", facts.other)
                .with("flag", facts.flag.map(Value::from))
                .with("done_at", facts.done_at)
                .with("due_at", facts.due_at),
        ]
    });
    let entry = ctx.entry("seed", "seed", Json::Null);
    store
        .commit(Plan::new(ctx.realm, entry).changes(changes))
        .unwrap();
    (store, folder)
}
