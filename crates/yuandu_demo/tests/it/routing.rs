//! The census and the package's own routing table must not contradict each other.

use std::collections::BTreeSet;

use yuandu_demo::{component_kinds, matters, unit_in_charge};

use crate::demo;

const ROUTE: &str = include_str!("../../../../systems/city-care/decisions/route.dmn");

fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    text.split(open)
        .skip(1)
        .filter_map(|rest| rest.split(close).next())
        .collect()
}

/// The unit the decision table names for a code, read from its text: codes, classes, unit, whether by district.
fn unit_by_table(code: &str) -> String {
    let rule = between(ROUTE, "<rule ", "</rule>")
        .into_iter()
        .find(|rule| {
            let inputs = between(rule, "<inputEntry><text>", "</text>");
            let has = |cell: &str, value: &str| {
                cell.trim() == "-" || cell.contains(&format!("\"{value}\""))
            };
            has(inputs[0], code) && has(inputs[1], &code[..2])
        })
        .unwrap();
    let outputs = between(rule, "<outputEntry><text>", "</text>");
    let unit = outputs[0].trim_matches('"');
    match outputs[1] {
        "true" => format!("{unit}-370705"),
        _ => unit.to_owned(),
    }
}

#[test]
fn every_matter_and_component_goes_where_the_decision_table_sends_it() {
    for code in matters().unwrap().iter().chain(&component_kinds().unwrap()) {
        assert_eq!(
            unit_in_charge(&code.code, "370705"),
            unit_by_table(&code.code),
            "{code:?}"
        );
    }
}

#[test]
fn every_unit_in_charge_exists_in_every_district() {
    let city = demo();
    let ids: BTreeSet<&str> = city.organisations.iter().map(|o| o.id.as_str()).collect();
    for (district, _) in &city.outlines {
        for matter in matters().unwrap() {
            let unit = unit_in_charge(&matter.code, district);
            assert!(ids.contains(unit.as_str()), "{unit}");
        }
    }
}
