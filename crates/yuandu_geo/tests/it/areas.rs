//! Outlines from GeoJSON and finding the area a position lies in.

use proptest::prelude::*;
use yuandu_geo::{Area, BoundingBox, GridIndex, Position, read_features};

const OUTLINES: &str = include_str!("../../../../demo/data/weifang_districts_370700.geojson");

fn at(lon: f64, lat: f64) -> Position {
    Position::new(lon, lat).unwrap()
}

fn districts() -> GridIndex<String> {
    GridIndex::new(
        read_features(OUTLINES)
            .unwrap()
            .into_iter()
            .map(|f| (f.properties["name"].as_str().unwrap().to_owned(), f.area))
            .collect(),
    )
}

#[test]
fn real_district_outlines_tell_where_well_known_places_lie() {
    let index = districts();
    assert_eq!(index.entries().len(), 12);
    for (name, lon, lat) in [
        ("奎文区", 119.137, 36.711),
        ("潍城区", 119.03, 36.72),
        ("寿光市", 118.74, 36.88),
        ("青州市", 118.48, 36.69),
        ("诸城市", 119.41, 36.00),
    ] {
        assert_eq!(index.locate(at(lon, lat)).map(String::as_str), Some(name));
    }
    assert_eq!(
        index.locate(at(120.38, 36.07)),
        None,
        "Qingdao is not in Weifang"
    );
    assert_eq!(index.locate(at(-73.9, 40.7)), None);
}

#[test]
fn label_positions_lie_inside_their_own_district() {
    let index = districts();
    for (name, area) in index.entries() {
        assert_eq!(index.locate(area.label_position()), Some(name));
    }
}

#[test]
fn holes_are_not_part_of_the_area() {
    let ring = |low: f64, high: f64| {
        format!("[[{low},{low}],[{high},{low}],[{high},{high}],[{low},{high}],[{low},{low}]]")
    };
    let text = format!(
        r#"{{"type":"Feature","properties":null,"geometry":{{"type":"Polygon","coordinates":[{},{}]}}}}"#,
        ring(0.0, 10.0),
        ring(4.0, 6.0)
    );
    let area = read_features(&text).unwrap().remove(0).area;
    assert!(area.contains(at(2.0, 2.0)) && area.contains(at(0.0, 5.0)));
    assert!(!area.contains(at(5.0, 5.0)) && !area.contains(at(11.0, 5.0)));
}

#[test]
fn simplifying_keeps_the_outline_within_the_tolerance() {
    let index = districts();
    let (_, area) = &index.entries()[0];
    let simple = area.simplified(0.02);
    assert!(simple.point_count() < area.point_count() / 2);
    assert!((simple.bounds().west - area.bounds().west).abs() <= 0.02);
}

#[test]
fn broken_outlines_are_refused_with_the_feature_and_the_reason() {
    for (text, reason) in [
        ("{", "EOF"),
        (r#"{"type":"Topology"}"#, "`Topology`"),
        (
            r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}"#,
            "`Point`",
        ),
        (r#"{"type":"Feature","geometry":null}"#, "no geometry"),
        (
            r#"{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}}"#,
            "not closed",
        ),
        (
            r#"{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[36,119],[36,119],[36,118],[36,119]]]}}"#,
            "swapped",
        ),
    ] {
        let error = read_features(text).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

fn squares(side: usize) -> GridIndex<usize> {
    let cells = (0..side * side).map(|n| {
        let (x, y) = ((n % side) as f64 / 1000.0, (n / side) as f64 / 1000.0);
        let bounds = BoundingBox::new(119.0 + x, 36.0 + y, 119.001 + x, 36.001 + y).unwrap();
        (n, Area::rectangle(bounds))
    });
    GridIndex::new(cells.collect())
}

#[test]
fn an_empty_index_finds_nothing() {
    let none = GridIndex::<u8>::new(Vec::new());
    assert_eq!(none.locate(at(119.0, 36.0)), None);
    let everywhere = BoundingBox::new(-180.0, -90.0, 180.0, 90.0).unwrap();
    assert_eq!(none.meeting(&everywhere).count(), 0);
}

#[test]
fn on_a_shared_border_the_area_listed_first_wins() {
    let index = squares(3);
    let (_, area) = &index.entries()[1];
    let corner = at(area.bounds().west, 36.0005);
    assert_eq!(index.locate(corner), Some(&0));
}

proptest! {
    #[test]
    fn the_index_agrees_with_trying_every_area(lon in 118.999f64..119.022, lat in 35.999f64..36.022) {
        let index = squares(20);
        let slow = index.entries().iter().find(|(_, a)| a.contains(at(lon, lat))).map(|(n, _)| n);
        prop_assert_eq!(index.locate(at(lon, lat)), slow);
    }

    #[test]
    fn a_window_meets_exactly_the_areas_whose_box_it_touches(
        lon in 118.99f64..119.03, lat in 35.99f64..36.03, w in 0.0f64..0.01, h in 0.0f64..0.01,
    ) {
        let index = squares(20);
        let window = BoundingBox::new(lon, lat, lon + w, lat + h).unwrap();
        let fast: Vec<usize> = index.meeting(&window).map(|(n, _)| *n).collect();
        let slow: Vec<usize> = index.entries().iter()
            .filter(|(_, a)| a.bounds().intersects(&window)).map(|(n, _)| *n).collect();
        prop_assert_eq!(fast, slow);
    }
}
