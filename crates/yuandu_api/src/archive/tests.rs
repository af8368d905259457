//! Which cases leave the tables together, which must stay, and that the tables do not grow for ever.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use yuandu_archive::Kind;
use yuandu_ids::RealmId;
use yuandu_store::verify::verify_store;
use yuandu_store::{Change, Entry, Plan, Store, TableDef};

use super::{kind, seal_due};

const MORNING: &str = "2026-09-21T00:00:00Z";

fn tables() -> Vec<TableDef> {
    let mut tables = yuandu_process::schema();
    tables.extend(yuandu_archive::schema());
    tables
}

#[test]
fn no_table_of_cases_is_left_behind() {
    let tables = yuandu_process::schema();
    let kind = kind(&tables, std::iter::empty()).unwrap();
    let gone: BTreeSet<&str> = kind.parts.iter().map(|(of, _)| of.name.as_str()).collect();
    let of_a_case = |table: &TableDef| {
        let mut columns = table.columns.iter();
        columns.any(|column| column.name == "case_id") || table.name == "case_state"
    };
    for table in tables.iter().filter(|table| of_a_case(table)) {
        assert!(gone.contains(table.name.as_str()), "{}", table.name);
    }
}

fn rows(store: &Store, table: &str) -> i64 {
    let sql = format!("SELECT count(*) AS n FROM {table}");
    let row = store.read(|reader| reader.query_one(&sql, &[])).unwrap();
    row.unwrap().int("n").unwrap()
}

fn realm() -> RealmId {
    "370700".parse().unwrap()
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn entry(op: &str, at: Timestamp) -> Entry {
    Entry {
        op: op.to_owned(),
        actor: "system:test".to_owned(),
        on_behalf: None,
        subject: "case/test".to_owned(),
        purpose: "test".to_owned(),
        at,
        note: Json::Null,
    }
}

fn put(store: &Store, cases: &[(&str, &str, Option<&str>, &str)]) {
    let rows = cases.iter().map(|(id, status, parent, at)| {
        let at = moment(at);
        let text = |name: &'static str, row: Change| row.with(name, "x");
        let row = Change::put("cases")
            .with("id", *id)
            .with("number", format!("number-{id}"))
            .with("status", *status)
            .with("parent", *parent)
            .with("opened_at", at)
            .with("updated_at", at);
        ["system", "process", "process_version", "title", "channel"]
            .into_iter()
            .fold(row, |row, name| text(name, row))
    });
    let entry = entry("cases.test", moment(MORNING));
    store
        .commit(Plan::new(realm(), entry).changes(rows))
        .unwrap();
}

/// A step of a case that failed, and a repair of it, each with what became of it.
fn put_trouble(store: &Store, case: &str, incident: &str, repair: &str) {
    let now = moment(MORNING);
    let incident = Change::put("incidents")
        .with("id", format!("i-{case}"))
        .with("case_id", case)
        .with("node", "x")
        .with("reason", "x")
        .with("at", now)
        .with("status", incident);
    let repair = Change::put("repairs")
        .with("id", format!("r-{case}"))
        .with("case_id", case)
        .with("status", repair)
        .with("proposed_at", now);
    let texts = ["deed", "reason", "proposed_by", "proposed_name"];
    let repair = texts
        .into_iter()
        .fold(repair, |row, name| row.with(name, "x"));
    let plan = Plan::new(realm(), entry("cases.test", now));
    store.commit(plan.changes([incident, repair])).unwrap();
}

fn left(store: &Store) -> Vec<String> {
    let sql = "SELECT id FROM cases ORDER BY id";
    let rows = store.read(|reader| reader.query(sql, &[])).unwrap();
    rows.iter().map(|row| row.text("id").unwrap()).collect()
}

#[test]
fn cases_that_belong_together_go_and_come_together_and_what_came_back_stays() {
    let store = Store::temporary(&tables()).unwrap();
    let kind = kind(&tables(), std::iter::empty()).unwrap();
    let (old, young) = ("2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z");
    put(
        &store,
        &[
            ("alone", "refused", None, old),
            ("open", "open", None, old),
            ("young", "closed", None, young),
            ("main", "closed", None, old),
            ("main-1", "merged", Some("main"), old),
            ("main-1-1", "merged", Some("main-1"), old),
            ("kept", "closed", None, old),
            ("kept-1", "merged", Some("kept"), old),
            ("kept-1-1", "merged", Some("kept-1"), young),
            ("other", "closed", None, old),
            ("other-1", "open", Some("other"), old),
            ("failed", "closed", None, old),
            ("mending", "closed", None, old),
        ],
    );
    put_trouble(&store, "main", "resolved", "done");
    put_trouble(&store, "failed", "open", "done");
    put_trouble(&store, "mending", "resolved", "proposed");
    let (before, now) = (moment("2026-06-01T00:00:00Z"), moment(MORNING));
    let round = |most, now| {
        let lot = (most, entry("archive.seal", now));
        seal_due(&store, realm(), &kind, before, lot).unwrap()
    };
    let (mut lots, mut sealed) = (0, 0);
    // One at a time: those that must stay do not stand in the way of the rest.
    while let Some(lot) = round(1, now) {
        lots += 1;
        sealed += lot.matters;
    }
    assert_eq!((lots, sealed), (2, 4));
    let stay = [
        "failed", "kept", "kept-1", "kept-1-1", "mending", "open", "other", "other-1", "young",
    ];
    assert_eq!(left(&store), stay);
    let troubles = |store: &Store| (rows(store, "incidents"), rows(store, "repairs"));
    assert_eq!(troubles(&store), (2, 2), "those of `main` went with it");
    let recalled = entry("archive.recall", now);
    let back = yuandu_archive::recall(&store, realm(), &kind, "number-main-1-1", recalled).unwrap();
    assert_eq!((back.len(), back[0].id.as_str()), (3, "main-1-1"));
    assert_eq!(troubles(&store), (3, 3));
    assert!(
        round(100, now).is_none(),
        "it was asked for on that very day"
    );
    let later = now + SignedDuration::from_hours(24 * 365);
    let before = now + SignedDuration::from_hours(1);
    let lot = (100, entry("archive.seal", later));
    let again = seal_due(&store, realm(), &kind, before, lot);
    // By then all that ended and waits for nobody is due, the family that came back among them.
    assert_eq!(again.unwrap().unwrap().matters, 7);
    let stay = ["failed", "mending", "open", "other", "other-1"];
    assert_eq!(left(&store), stay);
    let report = verify_store(store.options(), &tables(), &mut |_, _, _| ());
    assert!(report.unwrap().is_clean());
}

/// The rows of every table that holds cases or what belongs to them.
fn hot(store: &Store, kind: &Kind) -> i64 {
    let parts = kind.parts.iter().map(|(table, _)| table);
    let tables = parts.chain([&kind.own]);
    tables.map(|table| rows(store, &table.name)).sum()
}

/// A month with fifty cases that ended on its first day, each with two steps.
fn put_month(store: &Store, month: usize, at: Timestamp) {
    let ids: Vec<String> = (0..50).map(|n| format!("m{month:02}-{n:02}")).collect();
    let at_text = at.to_string();
    let cases: Vec<_> = ids
        .iter()
        .map(|id| (id.as_str(), "closed", None, at_text.as_str()))
        .collect();
    put(store, &cases);
    let task = |id: &String, step: usize| {
        let row = Change::put("tasks")
            .with("id", format!("{id}/{step}"))
            .with("case_id", id.as_str())
            .with("token", 1_i64)
            .with("status", "done")
            .with("created_at", at);
        let texts = ["system", "process", "node", "name_zh", "name_en", "role"];
        texts.into_iter().fold(row, |row, name| row.with(name, "x"))
    };
    let tasks = ids.iter().flat_map(|id| [task(id, 1), task(id, 2)]);
    let plan = Plan::new(realm(), entry("cases.test", at));
    store.commit(plan.changes(tasks)).unwrap();
}

#[test]
fn tables_hold_what_is_kept_at_hand_however_long_the_city_is_served() {
    let store = Store::temporary(&tables()).unwrap();
    let kind = kind(&tables(), std::iter::empty()).unwrap();
    let (month, keep) = (SignedDuration::from_hours(24 * 30), 2);
    let mut sizes = Vec::new();
    for number in 0..24 {
        let now = moment("2024-01-01T00:00:00Z") + month * number;
        put_month(&store, usize::try_from(number).unwrap(), now);
        let before = now - month * keep + SignedDuration::from_hours(1);
        let lot = || (100, entry("archive.seal", now));
        while seal_due(&store, realm(), &kind, before, lot())
            .unwrap()
            .is_some()
        {}
        sizes.push(hot(&store, &kind));
    }
    // Two months at hand, three rows a case: neither fewer nor, after two years, more.
    let (first, later) = sizes.split_at(2);
    assert_eq!(first, [150, 300]);
    assert!(later.iter().all(|size| *size == 300), "{sizes:?}");
    let kept: i64 = rows(&store, "archive_segments") + rows(&store, "archive_days");
    assert_eq!(kept, 22 + 22, "one segment and one day a month");
}
