//! Features: every row once, whatever the pages, the place and the condition.

use proptest::prelude::*;
use serde_json::json;
use yuandu_geo::{BoundingBox, Crs};
use yuandu_places::{Condition, Feature, FeatureQuery, Geometry, LayerDef, Tiles};
use yuandu_store::{Change, Store};

use crate::city::{REALM, case, commit, layer, now, store};

fn everything() -> Condition {
    Condition {
        sql: "1 = 1".into(),
        params: Vec::new(),
        is_everything: true,
    }
}

fn grids() -> LayerDef {
    LayerDef {
        id: "grids".into(),
        table: "area".into(),
        geometry: Geometry::Area {
            outline: "outline".into(),
        },
        properties: vec![("code".into(), "code".into())],
        instants: Vec::new(),
        time: None,
        name: None,
        lamp: None,
        only: Vec::new(),
        ..layer()
    }
}

fn area(store: &Store, id: &str, west: f64) {
    let (east, south, north) = (west + 0.01, 36.7, 36.71);
    let outline = format!(
        r#"{{"type":"Polygon","coordinates":[[[{west},{south}],[{east},{south}],[{west},{north}],[{west},{south}]]]}}"#
    );
    let change = Change::put("area").with("id", id).with("code", id);
    commit(store, change.with("outline", outline));
}

fn ids(features: &[Feature]) -> Vec<String> {
    features.iter().map(|feature| feature.id.clone()).collect()
}

/// All pages of a query, one after the other.
fn walk(tiles: &Tiles, layer: &str, query: &FeatureQuery, allowed: &Condition) -> Vec<String> {
    let (mut seen, mut query) = (Vec::new(), query.clone());
    loop {
        let page = tiles.features(layer, &query, allowed, now()).unwrap();
        assert!(page.features.len() <= query.limit);
        seen.extend(ids(&page.features));
        let Some(next) = page.next else {
            assert_eq!(page.matched, Some(seen.len() as u64));
            return seen;
        };
        query.after = Some(next);
    }
}

fn window(west: f64, south: f64, east: f64, north: f64) -> BoundingBox {
    BoundingBox::new(west, south, east, north).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn pages_of_any_size_give_every_point_of_the_windows_once(
        places in proptest::collection::vec((0_i32..40, 0_i32..40), 0..40),
        limit in 1_usize..9,
        edges in (0_i32..40, 0_i32..40, 0_i32..40, 0_i32..40),
    ) {
        let store = store();
        let degrees = |(x, y): (i32, i32)| (119.0 + f64::from(x) / 100.0, 36.0 + f64::from(y) / 100.0);
        for (number, place) in places.iter().enumerate() {
            commit(&store, case(&format!("{number:02}"), degrees(*place), "01001", "井盖"));
        }
        let (low, high) = (
            degrees((edges.0.min(edges.2), edges.1.min(edges.3))),
            degrees((edges.0.max(edges.2), edges.1.max(edges.3))),
        );
        let inside = |(x, y): (f64, f64)| low.0 <= x && x <= high.0 && low.1 <= y && y <= high.1;
        let expected: Vec<String> = (places.iter().enumerate())
            .filter(|(_, place)| inside(degrees(**place)))
            .map(|(number, _)| format!("{number:02}"))
            .collect();
        let tiles = Tiles::new(store.shared(), REALM, vec![layer()]);
        let query = FeatureQuery {
            windows: vec![window(low.0, low.1, high.0, high.1)],
            limit,
            ..FeatureQuery::default()
        };
        prop_assert_eq!(walk(&tiles, "cases", &query, &everything()), expected.clone());
        let halves = FeatureQuery {
            windows: vec![window(low.0, low.1, low.0, high.1), window(low.0, low.1, high.0, high.1)],
            ..query
        };
        prop_assert_eq!(walk(&tiles, "cases", &halves, &everything()), expected);
    }
}

#[test]
fn what_the_condition_leaves_out_is_not_there_neither_counted_nor_by_its_id() {
    let store = store();
    for (id, category) in [("1", "01001"), ("2", "01002"), ("3", "01001")] {
        commit(&store, case(id, (119.1, 36.7), category, "井盖"));
        area(&store, id, 119.1);
    }
    let tiles = Tiles::new(store.shared(), REALM, vec![layer(), grids()]);
    let query = FeatureQuery {
        limit: 1,
        ..FeatureQuery::default()
    };
    for (name, column) in [("cases", "category"), ("grids", "code")] {
        let value = if name == "cases" { "01001" } else { "2" };
        let allowed = Condition {
            sql: format!("{column} = $2"),
            params: vec![value.into()],
            is_everything: false,
        };
        let seen = walk(&tiles, name, &query, &allowed);
        assert_eq!(seen.len(), if name == "cases" { 2 } else { 1 });
        for id in ["1", "2", "3"] {
            let found = tiles.feature(name, id, &allowed, now()).unwrap();
            assert_eq!(
                found.is_some(),
                seen.iter().any(|one| one == id),
                "{name} {id}"
            );
        }
    }
}

#[test]
fn areas_are_met_by_their_outline_and_not_by_the_box_round_it() {
    let store = store();
    area(&store, "b", 119.1);
    area(&store, "a", 119.2);
    let tiles = Tiles::new(store.shared(), REALM, vec![grids()]);
    let met = |west, south, east, north| {
        let query = FeatureQuery {
            windows: vec![window(west, south, east, north)],
            limit: 10,
            ..FeatureQuery::default()
        };
        walk(&tiles, "grids", &query, &everything())
    };
    assert_eq!(met(119.0, 36.0, 120.0, 37.0), ["a", "b"]);
    assert_eq!(met(119.1, 36.7, 119.101, 36.701), ["b"]);
    assert_eq!(
        met(119.1085, 36.7085, 119.11, 36.71),
        [""; 0],
        "the empty half of the box"
    );
    area(&store, "c", 119.1);
    assert_eq!(
        met(119.1, 36.7, 119.101, 36.701),
        ["b", "c"],
        "as soon as it is committed"
    );
}

#[test]
fn a_feature_is_geojson_with_its_lamp_and_instants() {
    let store = store();
    commit(&store, case("1", (119.1, 36.7), "01001", "井盖"));
    let tiles = Tiles::new(store.shared(), REALM, vec![layer()]);
    let found = tiles
        .feature("cases", "1", &everything(), now())
        .unwrap()
        .unwrap();
    assert_eq!(
        found.to_geojson(Crs::Epsg4490),
        json!({
            "type": "Feature",
            "id": "1",
            "geometry": { "type": "Point", "coordinates": [36.7, 119.1] },
            "properties": { "number": "20260921-000001-0", "opened": "2026-09-21T01:00:00Z", "lamp": "green" }
        })
    );
}

#[test]
fn a_page_costs_the_same_queries_whatever_it_holds() {
    let store = store();
    for number in 0..300 {
        let place = (119.0 + f64::from(number) / 1000.0, 36.7);
        commit(
            &store,
            case(&format!("{number:03}"), place, "01001", "井盖"),
        );
    }
    let tiles = Tiles::new(store.shared(), REALM, vec![layer()]);
    let mut costs = Vec::new();
    for (limit, east) in [(1, 119.01), (200, 119.4), (300, 119.5)] {
        let query = FeatureQuery {
            windows: vec![window(119.0, 36.0, east, 37.0)],
            limit,
            ..FeatureQuery::default()
        };
        let before = store.shared().queries();
        tiles
            .features("cases", &query, &everything(), now())
            .unwrap();
        costs.push(store.shared().queries() - before);
    }
    assert!(
        costs.iter().all(|cost| *cost == costs[0] && *cost <= 3),
        "{costs:?}"
    );
}
