//! The synthetic census of components.

use std::collections::{BTreeMap, BTreeSet};

use yuandu_demo::{State, components};
use yuandu_ids::ComponentCode;

use crate::demo;

#[test]
fn a_hundred_thousand_components_have_valid_codes_and_stand_in_the_grid_they_name() {
    let city = demo();
    let organisations: BTreeSet<&str> = city.organisations.iter().map(|o| o.id.as_str()).collect();
    let mut codes = BTreeSet::new();
    let mut by_kind: BTreeMap<&str, usize> = BTreeMap::new();
    for component in components(city, 100_000) {
        let code: ComponentCode = component.code.parse().unwrap();
        assert_eq!(code.category().to_string(), component.kind);
        assert_eq!(code.division_digits(), &component.grid[..6]);
        let grid = city.grids.locate(component.position).unwrap();
        assert_eq!(grid.code, component.grid);
        assert!(
            organisations.contains(component.owner.as_str()),
            "{}",
            component.owner
        );
        assert!(
            organisations.contains(component.upkeep.as_str()),
            "{}",
            component.upkeep
        );
        assert!(organisations.contains(component.authority));
        assert!(component.title.chars().count() <= 30 && !component.address.en.is_empty());
        assert_eq!(
            component.changed_on.is_some(),
            component.state != State::Intact
        );
        assert!(
            component
                .changed_on
                .is_none_or(|day| day >= component.installed_on)
        );
        *by_kind.entry(component.kind).or_default() += 1;
        assert!(codes.insert(component.code), "a code occurs twice");
    }
    assert_eq!(codes.len(), 100_000);
    assert!(by_kind.len() >= 40);
    assert!(by_kind["01004"] > by_kind["01037"] && by_kind["01037"] > by_kind["04007"]);
}

#[test]
fn the_census_is_the_same_every_time_and_of_any_size() {
    let city = demo();
    let first: Vec<_> = components(city, 5_000).collect();
    let again: Vec<_> = components(city, 5_000).collect();
    assert_eq!(first, again);
    assert_eq!(first.len(), 5_000);
    assert_eq!(components(city, 0).count(), 0);
    assert_eq!(components(city, 7).count(), 7);
}

#[test]
fn components_stand_along_lines_and_not_all_over_the_area() {
    // Along a west-east street the trees share two latitudes; scattered trees would have as many as there are trees.
    let city = demo();
    let latitudes: BTreeSet<i64> = components(city, 20_000)
        .filter(|c| c.kind == "04002" && c.address.zh.contains("路北"))
        .map(|c| (c.position.lat() * 20_000.0).round() as i64)
        .collect();
    assert!(latitudes.len() <= 40, "{}", latitudes.len());
}
