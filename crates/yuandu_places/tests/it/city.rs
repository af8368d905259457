//! A city of one grid and some reports.

use jiff::{SignedDuration, Timestamp};
use yuandu_ids::RealmId;
use yuandu_places::{Geometry, LampColumns, LayerDef};
use yuandu_store::{Change, Entry, Plan, Store, TableDef, TemporaryStore};

pub const REALM: i64 = 370_700;

pub fn now() -> Timestamp {
    "2026-09-21T01:00:00Z".parse().unwrap()
}

pub fn tables() -> Vec<TableDef> {
    vec![
        TableDef::new("cases")
            .text("id")
            .text("number")
            .text("title")
            .opt_text("stage")
            .text("status")
            .opt_text("category")
            .opt_text("words")
            .opt_real("lon")
            .opt_real("lat")
            .opt_int("warn_at")
            .opt_int("due_at")
            .int("opened_at")
            .key(["id"])
            .index(["lat", "lon"])
            .points("lon", "lat"),
        TableDef::new("area")
            .text("id")
            .text("code")
            .opt_text("outline")
            .key(["id"]),
        TableDef::new("division")
            .text("code")
            .text("name")
            .opt_text("outline")
            .key(["code"]),
        TableDef::new("grid")
            .text("code")
            .opt_text("street")
            .opt_text("community")
            .opt_text("outline")
            .key(["code"]),
    ]
}

pub fn layer() -> LayerDef {
    LayerDef {
        id: "cases".into(),
        title: yuandu_base::LocalText::new("案卷", "Cases"),
        table: "cases".into(),
        geometry: Geometry::Point {
            lon: "lon".into(),
            lat: "lat".into(),
        },
        properties: vec![("number".into(), "number".into())],
        instants: vec![("opened".into(), "opened_at".into())],
        time: Some("opened_at".into()),
        name: None,
        lamp: Some(LampColumns {
            warn: "warn_at".into(),
            due: "due_at".into(),
        }),
        only: vec![("status".into(), "open".into())],
        min_zoom: 10,
    }
}

pub fn commit(store: &Store, change: Change) {
    let entry = Entry {
        op: "test.put".into(),
        actor: "system:test".into(),
        on_behalf: None,
        subject: "test".into(),
        purpose: "test".into(),
        at: now(),
        note: serde_json::Value::Null,
    };
    store
        .commit(Plan::new(RealmId::new(370_700).unwrap(), entry).change(change))
        .unwrap();
}

pub fn case(id: &str, place: (f64, f64), category: &str, words: &str) -> Change {
    Change::put("cases")
        .with("id", id)
        .with("number", format!("20260921-00000{id}-0"))
        .with("title", words)
        .with("status", "open")
        .with("category", category)
        .with("words", words)
        .with("lon", place.0)
        .with("lat", place.1)
        .with("due_at", now() + SignedDuration::from_hours(2))
        .with("warn_at", now() + SignedDuration::from_hours(1))
        .with("opened_at", now())
}

pub fn store() -> TemporaryStore {
    let store = Store::temporary(&tables()).unwrap();
    let square = |west: f64, south: f64, side: f64| {
        let (east, north) = (west + side, south + side);
        format!(
            r#"{{"type":"Polygon","coordinates":[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}"#
        )
    };
    commit(
        &store,
        Change::put("division")
            .with("code", "370705")
            .with("name", "奎文区")
            .with("outline", square(119.0, 36.6, 0.3)),
    );
    let grid = Change::put("grid")
        .with("code", "370705001001001")
        .with("street", "370705001")
        .with("community", "370705001001");
    for (code, name) in [("370705001", "东关街道"), ("370705001001", "苇湾社区")] {
        commit(
            &store,
            Change::put("division")
                .with("code", code)
                .with("name", name),
        );
    }
    commit(&store, grid.with("outline", square(119.10, 36.70, 0.001)));
    store
}
