//! Divisions, organisations, posts and people.

use std::collections::BTreeSet;

use yuandu_demo::{DivisionLevel, collector_of, component_kinds, matters};
use yuandu_ids::{CreditCode, DivisionCode, PersonNumber, PhoneNumber};

use crate::demo;

#[test]
fn all_divisions_of_weifang_are_there_each_after_its_parent() {
    let divisions = &demo().divisions;
    let count = |level| divisions.iter().filter(|d| d.level == level).count();
    assert_eq!(count(DivisionLevel::County), 13);
    assert_eq!(count(DivisionLevel::Street), 122);
    assert_eq!(count(DivisionLevel::Community), 7060);
    let mut seen = BTreeSet::from([""]);
    for division in divisions {
        assert!(seen.contains(division.parent.as_str()), "{division:?}");
        assert!(seen.insert(&division.code), "{} twice", division.code);
        division.code.parse::<DivisionCode>().unwrap();
    }
    let statistical: Vec<&str> = divisions
        .iter()
        .filter(|d| d.statistical)
        .map(|d| d.code.as_str())
        .collect();
    assert_eq!(statistical, ["370772"]);
}

#[test]
fn the_code_table_is_complete_and_named_in_both_languages() {
    let (kinds, matters) = (component_kinds().unwrap(), matters().unwrap());
    assert_eq!((kinds.len(), matters.len()), (153, 250));
    for table in [&kinds, &matters] {
        let english: BTreeSet<&str> = table.iter().map(|c| c.name_en.as_str()).collect();
        assert_eq!(english.len(), table.len(), "two rows share an English name");
        assert!(
            table
                .iter()
                .all(|c| c.name_en.is_ascii() && !c.name_zh.is_ascii())
        );
    }
}

#[test]
fn organisations_have_valid_synthetic_credit_codes_and_known_parents() {
    let mut ids = BTreeSet::new();
    let mut codes = BTreeSet::new();
    for organisation in &demo().organisations {
        if let Some(parent) = &organisation.parent {
            assert!(ids.contains(parent), "{organisation:?}");
        }
        assert!(ids.insert(organisation.id.clone()));
        let code: CreditCode = organisation.credit_code.parse().unwrap();
        assert!(code.organisation_check_holds() && code.organisation_code().starts_with("YD0"));
        assert!(codes.insert(organisation.credit_code.clone()));
        assert!(organisation.name_zh.contains("演示") && organisation.name_en.contains("Demo"));
    }
}

#[test]
fn people_are_marked_synthetic_and_have_valid_numbers_of_nobody() {
    let city = demo();
    let mut logins = BTreeSet::new();
    for (post, person) in &city.staff {
        assert_eq!(post.id, person.post);
        assert!(logins.insert(&person.login), "{}", person.login);
        assert!(person.name.starts_with("演示·"));
        let number: PersonNumber = person.person_number.parse().unwrap();
        assert_eq!(number.division_digits(), "370799");
        person.phone.parse::<PhoneNumber>().unwrap();
        assert!(city.organisations.iter().any(|o| o.id == post.organisation));
        assert!(!post.roles.is_empty());
    }
}

#[test]
fn one_account_for_each_part_is_shown_to_the_newcomer() {
    let featured: Vec<&str> = demo()
        .staff
        .iter()
        .filter(|(_, person)| person.featured)
        .map(|(_, person)| person.login.as_str())
        .collect();
    let expected = [
        "collector",
        "seat",
        "dispatcher",
        "inspector",
        "arbiter",
        "leader",
        "admin",
        "registrar",
        "data-reviewer",
        "population-steward",
        "auditor",
        "security",
        "police",
        "municipal",
        "sanitation",
        "agent",
        "hotline-dispatcher",
        "hotline-chief",
        "hotline-water",
        "hotline-ecology",
    ];
    assert_eq!(BTreeSet::from_iter(featured), BTreeSet::from(expected));
}

#[test]
fn every_unit_grid_has_one_collector_and_every_handling_unit_a_handler() {
    let city = demo();
    for unit in city.grids.units() {
        let holders: Vec<&str> = city
            .staff
            .iter()
            .filter(|(post, _)| {
                post.grids
                    .as_ref()
                    .is_some_and(|grids| grids.contains(&unit.code))
            })
            .map(|(post, _)| post.id.as_str())
            .collect();
        assert_eq!(
            holders,
            [collector_of(&city.grids, &unit.community).unwrap()]
        );
    }
    for organisation in city.organisations.iter().filter(|o| o.handles) {
        let has = city.staff.iter().any(|(post, _)| {
            post.organisation == organisation.id && post.roles.contains(&"city-care.handler")
        });
        assert!(has, "{}", organisation.id);
    }
}
