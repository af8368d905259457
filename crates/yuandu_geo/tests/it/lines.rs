//! Lines: read from GeoJSON, measured, met by boxes.

use proptest::prelude::*;
use yuandu_geo::{BoundingBox, Crs, Line, Position};

fn line(coordinates: &str) -> Line {
    Line::read(&format!(
        r#"{{"type":"LineString","coordinates":{coordinates}}}"#
    ))
    .unwrap()
}

#[test]
fn the_middle_lies_half_way_along_the_longest_part() {
    let bent = line("[[119.0,36.0],[119.0,36.1],[119.0,36.3]]");
    let middle = bent.middle();
    assert!((middle.lat() - 36.15).abs() < 1e-6 && (middle.lon() - 119.0).abs() < 1e-9);
    let two = r#"{"type":"MultiLineString","coordinates":[[[0,0],[0,1]],[[10,0],[10,9]]]}"#;
    assert!((Line::read(two).unwrap().middle().lat() - 4.5).abs() < 1e-6);
    assert_eq!(
        line("[[1,1],[1,1]]").middle(),
        Position::new(1.0, 1.0).unwrap()
    );
}

#[test]
fn the_distance_is_that_to_the_nearest_point_and_not_to_the_ends() {
    let street = line("[[119.0,36.7],[119.1,36.7]]");
    let beside = Position::new(119.05, 36.7009).unwrap();
    assert!(
        (street.distance_m(beside) - 100.0).abs() < 1.0,
        "{}",
        street.distance_m(beside)
    );
    let beyond = Position::new(119.11, 36.7).unwrap();
    assert!(
        (street.distance_m(beyond) - 891.6).abs() < 1.0,
        "{}",
        street.distance_m(beyond)
    );
}

#[test]
fn a_box_is_met_by_what_crosses_it_without_a_corner_in_it() {
    let slope = line("[[119.0,36.0],[120.0,37.0]]");
    let meets = |w, s, e, n| slope.meets(&BoundingBox::new(w, s, e, n).unwrap());
    assert!(meets(119.4, 36.4, 119.6, 36.6));
    assert!(
        !meets(119.6, 36.1, 119.9, 36.4),
        "inside the box round it only"
    );
    assert_eq!(
        slope.to_geojson_in(Crs::Epsg4490)["coordinates"][0][0][0],
        36.0
    );
}

#[test]
fn what_is_no_line_is_refused() {
    for wrong in [
        "",
        "{}",
        r#"{"type":"Point","coordinates":[1,2]}"#,
        r#"{"type":"LineString","coordinates":[]}"#,
        r#"{"type":"LineString","coordinates":[[1,2]]}"#,
        r#"{"type":"LineString","coordinates":[[1,2],[1,99]]}"#,
        r#"{"type":"LineString","coordinates":[[1,2],[3]]}"#,
        r#"{"type":"MultiLineString","coordinates":[]}"#,
    ] {
        assert!(Line::read(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "\\PC{0,80}") {
        let _ = Line::read(&text);
        let _ = Line::read(&format!(r#"{{"type":"LineString","coordinates":{text}}}"#));
    }
}
