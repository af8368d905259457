//! Speed of the gate: printed, and held against the limit where the build is optimised.

use std::time::{Duration, Instant};

use yuandu_identity::{CaseFacts, ColumnMap, Resource, ResourceKind, Scope};

use crate::cast::{acting, city_care_gate, officer};

fn mean(rounds: u32, mut work: impl FnMut()) -> Duration {
    work();
    let start = Instant::now();
    for _ in 0..rounds {
        work();
    }
    start.elapsed() / rounds
}

#[test]
fn a_decision_takes_less_than_a_hundred_microseconds_when_optimised() {
    let gate = city_care_gate();
    let categories = (1..=95).map(|number| format!("01{number:03}")).collect();
    let seat = acting(officer(
        &["city-care.seat"],
        Scope {
            categories: Some(categories),
            ..Scope::default()
        },
    ));
    let handler = acting(officer(&["city-care.handler"], Scope::default()));
    let case = Resource::case(&CaseFacts {
        id: "c",
        system: "city-care",
        category: "01050",
        class: "01",
        ..CaseFacts::default()
    });
    let columns = ColumnMap::cases("c");
    let allowed = mean(2_000, || {
        assert!(gate.decide(&seat, "cases.view", &case).allowed)
    });
    let refused = mean(2_000, || {
        assert!(!gate.decide(&handler, "cases.view", &case).allowed)
    });
    let filter = mean(2_000, || {
        drop(
            gate.filter(&seat, "cases.list", ResourceKind::Case, &columns, 2)
                .unwrap(),
        )
    });
    println!(
        "decide, allowed, 95 categories: {allowed:?}; refused with words: {refused:?}; filter, 95 categories: {filter:?}"
    );
    if !cfg!(debug_assertions) {
        assert!(allowed < Duration::from_micros(100) && refused < Duration::from_micros(100));
    }
}
