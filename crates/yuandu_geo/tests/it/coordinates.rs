//! Positions, reference systems and distances, against independent results.

use proptest::prelude::*;
use yuandu_geo::{
    BoundingBox, Coordinates, Crs, GeoError, Position, ReferenceSystem, from_web_mercator,
    to_web_mercator,
};

fn rows(text: &str) -> impl Iterator<Item = Vec<f64>> + '_ {
    text.lines()
        .skip(2)
        .map(|line| line.split(',').map(|n| n.parse().unwrap()).collect())
}

#[test]
fn shifted_systems_agree_with_an_independent_library_to_a_centimetre() {
    let mut count = 0;
    for row in rows(include_str!("../data/gcj02_bd09_sample.csv")) {
        let wgs = Position::new(row[0], row[1]).unwrap();
        for (system, lon, lat) in [
            (ReferenceSystem::Gcj02, row[2], row[3]),
            (ReferenceSystem::Bd09, row[4], row[5]),
        ] {
            let forward = Coordinates::of(wgs, system);
            assert!((forward.lon() - lon).abs() < 1e-9, "{system:?} {row:?}");
            assert!((forward.lat() - lat).abs() < 1e-9, "{system:?} {row:?}");
            let back = Coordinates::new(system, lon, lat).unwrap().to_position();
            assert!(back.distance_m(wgs) < 0.01, "{system:?} {row:?}");
        }
        count += 1;
    }
    assert_eq!(count, 20);
}

#[test]
fn web_mercator_agrees_with_proj_to_a_millimetre() {
    let mut count = 0;
    for row in rows(include_str!("../data/epsg3857_sample.csv")) {
        let (x, y) = to_web_mercator(Position::new(row[1], row[0]).unwrap());
        assert!(
            (x - row[2]).abs() < 0.001 && (y - row[3]).abs() < 0.001,
            "{row:?} gave {x} {y}"
        );
        let back = from_web_mercator(row[2], row[3]).unwrap();
        assert!((back.lon() - row[1]).abs() < 1e-9 && (back.lat() - row[0]).abs() < 1e-9);
        count += 1;
    }
    assert_eq!(count, 20);
}

#[test]
fn outside_the_country_gcj02_is_wgs84() {
    let new_york = Position::new(-73.9419, 40.6260).unwrap();
    let shifted = Coordinates::of(new_york, ReferenceSystem::Gcj02);
    assert_eq!((shifted.lon(), shifted.lat()), (-73.9419, 40.6260));
}

#[test]
fn a_swapped_pair_is_refused_with_the_pair_to_try() {
    let error = Position::new(36.71, 119.1).unwrap_err();
    assert_eq!(
        error,
        GeoError::Swapped {
            lon: 36.71,
            lat: 119.1
        }
    );
    assert!(error.message().en.contains("try `119.1,36.71`"));
    assert!(error.message().zh.contains("119.1,36.71"));
}

#[test]
fn impossible_numbers_are_named_in_both_languages() {
    for (lon, lat, bad) in [
        ("200", "36", "200"),
        ("119", "-91", "-91"),
        ("NaN", "36", "NaN"),
        ("119", "inf", "inf"),
        ("119°6'", "36", "119°6'"),
        ("", "36", ""),
    ] {
        let message = Position::parse(lon, lat).unwrap_err().message();
        assert!(
            message.zh.contains(bad) && message.en.contains(bad),
            "{message:?}"
        );
    }
}

#[test]
fn text_and_json_forms_are_checked_like_any_other() {
    assert_eq!(
        "119.1, 36.71".parse::<Position>(),
        Position::new(119.1, 36.71)
    );
    assert!("119.1".parse::<Position>().is_err());
    let read: Result<Position, _> = serde_json::from_str(r#"{"lon":119.1,"lat":136.71}"#);
    assert!(read.unwrap_err().to_string().contains("136.71"));
    assert!(serde_json::from_str::<Position>(r#"{"lon":1,"lat":2,"alt":3}"#).is_err());
}

#[test]
fn distances_match_known_ones() {
    let centre = Position::new(119.10, 36.71).unwrap();
    let north = Position::new(119.10, 37.71).unwrap();
    assert!((centre.distance_m(north) - 111_195.0).abs() < 1.0);
    let antipode = Position::new(-60.9, -36.71).unwrap();
    assert!((centre.distance_m(antipode) - 20_015_115.0).abs() < 10.0);
    assert_eq!(centre.distance_m(centre), 0.0);
}

#[test]
fn boxes_refuse_wrong_order_and_contain_their_edges() {
    let b: BoundingBox = "119,36,120,37".parse().unwrap();
    assert!(b.contains(Position::new(119.0, 37.0).unwrap()));
    assert!(!b.contains(Position::new(118.999, 36.5).unwrap()));
    assert!("120,36,119,37".parse::<BoundingBox>().is_err());
    assert!("119,36,120".parse::<BoundingBox>().is_err());
    assert!("119,36,120,x".parse::<BoundingBox>().is_err());
}

#[test]
fn reference_systems_are_read_in_their_usual_spellings() {
    assert_eq!("gcj-02".parse(), Ok(ReferenceSystem::Gcj02));
    assert_eq!("EPSG:4490".parse(), Ok(ReferenceSystem::Cgcs2000));
    assert!("Pulkovo 1942".parse::<ReferenceSystem>().is_err());
}

proptest! {
    #[test]
    fn every_shift_can_be_undone(lon in 73.0f64..135.0, lat in 4.0f64..53.5) {
        let here = Position::new(lon, lat).unwrap();
        for system in [ReferenceSystem::Gcj02, ReferenceSystem::Bd09, ReferenceSystem::Cgcs2000] {
            prop_assert!(Coordinates::of(here, system).to_position().distance_m(here) < 0.001);
        }
    }

    #[test]
    fn a_box_within_metres_holds_everything_nearer(
        lon in -170.0f64..170.0, lat in -70.0f64..70.0, dx in -0.02f64..0.02, dy in -0.02f64..0.02,
    ) {
        let here = Position::new(lon, lat).unwrap();
        let there = Position::new(lon + dx, lat + dy).unwrap();
        let metres = here.distance_m(there);
        prop_assert!(BoundingBox::within_metres(here, metres + 0.01).contains(there));
    }
}

#[test]
fn systems_are_known_by_their_uris_and_keep_the_order_of_their_axes() {
    let here = Position::new(119.1, 36.7).unwrap();
    for crs in Crs::ALL {
        assert_eq!(crs.uri().parse::<Crs>().unwrap(), crs);
        let [first, second] = crs.of(here);
        let back = crs.position(first, second).unwrap();
        assert!(back.distance_m(here) < 0.001, "{crs:?} {first} {second}");
    }
    assert_eq!(Crs::Epsg4490.of(here), [36.7, 119.1]);
    let secure = "https://www.opengis.net/def/crs/EPSG/0/4326";
    assert_eq!(secure.parse::<Crs>().unwrap(), Crs::Epsg4326);
    assert!(
        "http://www.opengis.net/def/crs/EPSG/0/1"
            .parse::<Crs>()
            .is_err()
    );
}

#[test]
fn a_box_is_read_in_the_order_of_the_axes_and_may_cross_the_180th_meridian() {
    let only = |crs: Crs, text: &str| {
        let windows = crs.windows(text).unwrap();
        assert_eq!(windows.len(), 1);
        windows[0]
    };
    let plain = only(Crs::Crs84, "119,36.5,119.2,36.9");
    assert_eq!(only(Crs::Epsg4490, "36.5,119,36.9,119.2"), plain);
    assert_eq!(only(Crs::Crs84, "119,36.5,0,119.2,36.9,8000"), plain);
    let mercator = only(
        Crs::Epsg3857,
        "13247019.404,4369998.585,13269283.302,4425529.577",
    );
    assert!((mercator.west - 119.0).abs() < 1e-6 && (mercator.east - 119.2).abs() < 1e-6);
    let across = Crs::Crs84.windows("170,-10,-170,10").unwrap();
    assert_eq!(
        across.iter().map(|b| (b.west, b.east)).collect::<Vec<_>>(),
        [(170.0, 180.0), (-180.0, -170.0)]
    );
    for wrong in [
        "",
        "1,2,3",
        "1,2,3,4,5",
        "a,b,c,d",
        "119,37,120,36",
        "119,36,999,37",
        "NaN,1,2,3",
    ] {
        assert!(Crs::Crs84.windows(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_box_of_a_shifted_system_holds_what_lies_in_it_there() {
    for crs in [Crs::Gcj02, Crs::Bd09] {
        let inside = crs.position(119.1, 36.7).unwrap();
        let window = crs.windows("119.0999,36.6999,119.1001,36.7001").unwrap()[0];
        assert!(window.contains(inside));
        let unshifted = Position::new(119.1, 36.7).unwrap();
        assert!(
            !window.contains(unshifted),
            "the shift is some hundred metres"
        );
    }
}
