//! A small declared table and plans over it.

use jiff::Timestamp;
use yuandu_ids::RealmId;
use yuandu_store::testing::Cluster;
use yuandu_store::{Change, Entry, Plan, TableDef};

pub const REALM: i64 = 370_700;

pub fn tables() -> Vec<TableDef> {
    vec![
        TableDef::new("things")
            .text("id")
            .opt_text("name")
            .opt_int("count")
            .opt_real("weight")
            .key(["id"])
            .unique(["name"])
            .index(["count", "id"]),
    ]
}

pub fn plan(subject: &str) -> Plan {
    plan_at(subject, 1_790_000_000)
}

/// The same dated otherwise, in seconds since 1970.
pub fn plan_at(subject: &str, seconds: i64) -> Plan {
    let entry = Entry {
        op: "things.write".to_owned(),
        actor: "system:test".to_owned(),
        on_behalf: None,
        subject: subject.to_owned(),
        purpose: "test".to_owned(),
        at: Timestamp::from_second(seconds).unwrap(),
        note: serde_json::json!({ "说明": "试验" }),
    };
    Plan::new(RealmId::new(370_700).unwrap(), entry)
}

pub fn put(id: &str, name: &str, count: i64) -> Plan {
    plan(&format!("thing/{id}")).change(
        Change::put("things")
            .with("id", id)
            .with("name", name)
            .with("count", count)
            .with("weight", 1.5),
    )
}

/// A PostgreSQL for one test, or none where it is not installed: then the test says so, and fails in CI.
pub fn cluster() -> Option<Cluster> {
    let cluster = Cluster::start(false).unwrap();
    if cluster.is_none() {
        let remedy =
            "SKIPPED: PostgreSQL is not installed; install it with `apt-get install postgresql`";
        assert!(std::env::var_os("CI").is_none(), "{remedy}");
        eprintln!("{remedy}");
    }
    cluster
}
