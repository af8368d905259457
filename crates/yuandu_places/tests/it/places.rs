//! What people see on the map is what was committed.

use jiff::SignedDuration;
use yuandu_base::ErrorKind;
use yuandu_geo::{Position, TileId};
use yuandu_places::{Locator, PointTable, Similar, SimilarQuery, Tiles, similar};
use yuandu_store::{Change, Store};

use crate::city::{REALM, case, commit, layer, now, store};

fn here() -> Position {
    Position::new(119.1005, 36.7005).unwrap()
}

#[test]
fn a_tile_shows_a_case_as_soon_as_it_is_committed_and_drops_it_when_it_is_closed() {
    let store = store();
    let tiles = Tiles::new(store.shared(), REALM, vec![layer()]);
    let id = TileId::at(here(), 16).unwrap();
    let empty = tiles.tile("cases", id, now()).unwrap();
    assert!(empty.bytes.is_empty());
    commit(&store, case("1", (119.1005, 36.7005), "01001", "井盖没了"));
    let drawn = tiles.tile("cases", id, now()).unwrap();
    assert!(!drawn.bytes.is_empty());
    assert_ne!(drawn.etag, empty.etag);
    assert_eq!(tiles.tile("cases", id, now()).unwrap().etag, drawn.etag);
    commit(
        &store,
        Change::set("cases").key("id", "1").with("status", "closed"),
    );
    assert!(tiles.tile("cases", id, now()).unwrap().bytes.is_empty());
}

#[test]
fn a_grid_that_reaches_into_another_outline_keeps_its_own_division_and_street() {
    let store = store();
    for (code, name) in [("370702", "潍城区"), ("370702001", "城关街道")] {
        let division = Change::put("division").with("code", code);
        commit(&store, division.with("name", name));
    }
    let outline = r#"{"type":"Polygon","coordinates":[[[119.2,36.7],[119.201,36.7],[119.201,36.701],[119.2,36.701],[119.2,36.7]]]}"#;
    let grid = Change::put("grid").with("code", "370702001005012");
    commit(
        &store,
        grid.with("street", "370702001").with("outline", outline),
    );
    let locator = Locator::new(store.shared(), REALM, "division", "grid");
    let found = locator
        .locate(Position::new(119.2005, 36.7005).unwrap())
        .unwrap();
    assert_eq!(found.division.as_deref(), Some("370702"));
    assert_eq!(found.words(), "潍城区城关街道");
    let outside = locator
        .locate(Position::new(119.25, 36.75).unwrap())
        .unwrap();
    assert_eq!(outside.division.as_deref(), Some("370705"));
    assert_eq!(outside.words(), "奎文区");
}

#[test]
fn lamps_age_without_a_commit() {
    let store = store();
    let tiles = Tiles::new(store.shared(), REALM, vec![layer()]);
    commit(&store, case("1", (119.1005, 36.7005), "01001", "井盖没了"));
    let id = TileId::at(here(), 16).unwrap();
    let has = |hours: i64, lamp: &str| {
        let tile = tiles
            .tile("cases", id, now() + SignedDuration::from_hours(hours))
            .unwrap();
        tile.bytes
            .windows(lamp.len())
            .any(|bytes| bytes == lamp.as_bytes())
    };
    assert!(has(0, "green") && has(1, "yellow") && has(2, "red"));
}

#[test]
fn below_its_zoom_a_layer_is_empty_and_an_unknown_one_is_not_found() {
    let store = store();
    let tiles = Tiles::new(store.shared(), REALM, vec![layer()]);
    commit(&store, case("1", (119.1005, 36.7005), "01001", "井盖没了"));
    assert!(
        tiles
            .tile("cases", TileId::at(here(), 9).unwrap(), now())
            .unwrap()
            .bytes
            .is_empty()
    );
    let error = tiles
        .tile("roads", TileId::at(here(), 9).unwrap(), now())
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::NotFound, "there is no map layer `roads`")
    );
}

#[test]
fn a_position_is_told_its_division_and_grid() {
    let store = store();
    let locator = Locator::new(store.shared(), REALM, "division", "grid");
    let located = locator.locate(here()).unwrap();
    assert_eq!(located.grid.as_deref(), Some("370705001001001"));
    assert_eq!(located.words(), "奎文区东关街道苇湾社区");
    let outside_grids = locator.locate(Position::new(119.2, 36.8).unwrap()).unwrap();
    assert_eq!(
        (outside_grids.division.as_deref(), outside_grids.grid),
        (Some("370705"), None)
    );
    assert_eq!(
        locator
            .locate(Position::new(0.0, 0.0).unwrap())
            .unwrap()
            .words(),
        ""
    );
    let centre = locator.grid_centre("370705001001001").unwrap().unwrap();
    assert!(centre.distance_m(here()) < 5.0);
}

fn search(store: &Store, category: Option<&str>, words: &str) -> Vec<Similar> {
    let query = SimilarQuery {
        position: here(),
        category,
        words,
        radius_m: 100.0,
        since: now() - SignedDuration::from_hours(24 * 30),
    };
    store
        .read(|reader| {
            similar(
                reader,
                REALM,
                PointTable {
                    table: "cases",
                    words: "words",
                },
                &query,
            )
        })
        .unwrap()
}

#[test]
fn a_report_of_the_same_thing_nearby_is_found_and_others_are_not() {
    let store = store();
    commit(
        &store,
        case(
            "1",
            (119.1006, 36.7006),
            "01001",
            "东风街路口井盖没了，很危险",
        ),
    );
    commit(
        &store,
        case("2", (119.1006, 36.7006), "06010", "有人在路边烧烤"),
    );
    commit(&store, case("3", (119.1105, 36.7005), "01001", "井盖没了"));
    let found = search(&store, Some("01001"), "井盖没了");
    assert_eq!(
        found
            .iter()
            .map(|similar| similar.id.as_str())
            .collect::<Vec<_>>(),
        ["1"]
    );
    assert!(
        found[0].distance_m < 20.0 && found[0].score > 0.8,
        "{found:?}"
    );
    assert_eq!(search(&store, None, "东风街井盖没了")[0].id, "1");
}
