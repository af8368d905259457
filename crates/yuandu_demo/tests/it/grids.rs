//! Unit grids and responsibility grids.

use std::collections::{BTreeMap, BTreeSet};

use yuandu_demo::Grids;
use yuandu_geo::Position;
use yuandu_ids::UnitGridCode;

use crate::demo;

#[test]
fn two_thousand_unit_grids_have_valid_and_different_codes() {
    let units = demo().grids.units();
    assert_eq!(units.len(), 2000);
    let codes: BTreeSet<&str> = units.iter().map(|u| u.code.as_str()).collect();
    assert_eq!(codes.len(), 2000);
    for code in codes {
        assert_eq!(code.parse::<UnitGridCode>().unwrap().to_string(), code);
    }
}

#[test]
fn cells_measure_about_ten_thousand_square_metres() {
    for unit in demo().grids.units() {
        assert!((9_900..=10_100).contains(&unit.square_metres), "{unit:?}");
    }
}

#[test]
fn the_district_in_the_code_is_the_real_one_of_the_cell_centre() {
    let city = demo();
    for unit in city.grids.units() {
        let (_, area) = city
            .outlines
            .iter()
            .find(|(code, _)| code == unit.district())
            .unwrap();
        assert!(area.contains(unit.bounds.centre()));
    }
}

#[test]
fn sequences_run_from_north_to_south_and_west_to_east_without_gaps() {
    let mut by_community: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for unit in demo().grids.units() {
        by_community.entry(&unit.community).or_default().push(unit);
    }
    for (community, units) in by_community {
        for (n, unit) in units.iter().enumerate() {
            assert_eq!(unit.code, format!("{community}{:03}", n + 1));
        }
        for pair in units.windows(2) {
            let (a, b) = (pair[0].bounds, pair[1].bounds);
            let same_row = (a.north - b.north).abs() < 1e-9;
            assert!(a.north > b.north + 1e-9 || (same_row && a.west < b.west));
        }
    }
}

#[test]
fn streets_and_communities_exist_and_belong_to_the_district_of_the_code() {
    let city = demo();
    let codes: BTreeSet<&str> = city.divisions.iter().map(|d| d.code.as_str()).collect();
    for unit in city.grids.units() {
        assert!(codes.contains(unit.community.as_str()) && codes.contains(unit.street()));
    }
}

#[test]
fn about_forty_responsibility_grids_of_about_fifty_unit_grids_cover_everything_once() {
    let grids = &demo().grids;
    let sizes: Vec<usize> = grids
        .responsibilities()
        .iter()
        .map(|r| r.unit_grids.len())
        .collect();
    assert!((38..=46).contains(&sizes.len()), "{}", sizes.len());
    assert!(sizes.iter().all(|n| (25..=80).contains(n)), "{sizes:?}");
    assert_eq!(sizes.iter().sum::<usize>(), 2000);
}

#[test]
fn locating_by_arithmetic_agrees_with_the_general_index() {
    let grids = &demo().grids;
    let index = grids.index();
    let b = Grids::bounds();
    for i in 0..200 {
        for j in 0..150 {
            let p = Position::new(
                b.west - 0.001 + f64::from(i) * 0.000_291_7,
                b.south - 0.001 + f64::from(j) * 0.000_253_3,
            )
            .unwrap();
            assert_eq!(grids.locate(p).map(|u| &u.code), index.locate(p), "{p}");
        }
    }
}
