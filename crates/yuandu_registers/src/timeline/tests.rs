//! The rules of versions, each on a few days of one record.

use std::convert::Infallible;

use jiff::civil::date;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn values(name: &str) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("name".to_owned(), json!(name));
    map
}

fn span(from: i8, to: Option<i8>, name: &str) -> Span {
    Span {
        from: date(2026, 1, from),
        to: to.map(|day| date(2026, 1, day)),
        values: values(name),
    }
}

fn rename(known: &[Span], from: i8, to: Option<i8>, name: &str) -> Revision {
    let to = to.map(|day| date(2026, 1, day));
    revise(known, date(2026, 1, from), to, |_, _| {
        Ok::<_, Infallible>(values(name))
    })
    .unwrap()
}

fn spans(revision: &Revision) -> Vec<Span> {
    revision
        .fresh
        .iter()
        .map(|fresh| fresh.span.clone())
        .collect()
}

#[test]
fn a_new_record_is_true_from_its_day_on() {
    let made = rename(&[], 5, None, "a");
    assert_eq!(spans(&made), [span(5, None, "a")]);
}

#[test]
fn a_change_leaves_the_days_before_it_as_they_were() {
    let made = rename(&[span(1, None, "a")], 10, None, "b");
    assert_eq!(made.superseded, [0]);
    assert_eq!(spans(&made), [span(1, Some(10), "a"), span(10, None, "b")]);
    assert_eq!(made.fresh[0].rest_of, Some(0));
}

#[test]
fn a_change_for_some_days_leaves_both_sides() {
    let made = rename(&[span(1, None, "a")], 10, Some(12), "b");
    let expected = [
        span(1, Some(10), "a"),
        span(10, Some(12), "b"),
        span(12, None, "a"),
    ];
    assert_eq!(spans(&made), expected);
}

#[test]
fn a_correction_that_reaches_before_the_first_day_extends_the_record() {
    let made = rename(&[span(10, None, "a")], 1, Some(10), "a");
    assert_eq!(made.superseded, Vec::<usize>::new());
    assert_eq!(spans(&made), [span(1, Some(10), "a")]);
}

#[test]
fn saying_what_is_known_already_changes_nothing() {
    assert_eq!(
        rename(&[span(1, None, "a")], 3, None, "a"),
        Revision::default()
    );
}

#[test]
fn a_record_that_ended_may_begin_again() {
    let made = rename(&[span(1, Some(5), "a")], 20, None, "b");
    assert_eq!(spans(&made), [span(20, None, "b")]);
}

#[test]
fn an_end_keeps_what_was_true_before_it_and_drops_what_was_planned() {
    let made = end(
        &[span(1, Some(10), "a"), span(10, None, "b")],
        date(2026, 1, 5),
    );
    assert_eq!(made.superseded, [0, 1]);
    assert_eq!(spans(&made), [span(1, Some(5), "a")]);
}

proptest! {
    /// Whatever changes come in whatever order: on every day the last change that covers it is believed, and spans never overlap.
    #[test]
    fn every_day_says_what_the_last_change_of_it_said(
        changes in prop::collection::vec((1_i8..28, prop::option::of(1_i8..10), 0_u8..4), 1..12)
    ) {
        let mut known: Vec<Span> = Vec::new();
        let mut said: Vec<Option<u8>> = vec![None; 31];
        for (from, length, name) in changes {
            let to = length.map(|days| (from + days).min(30));
            let revision = rename(&known, from, to, &name.to_string());
            let mut kept: Vec<Span> = known
                .iter()
                .enumerate()
                .filter(|(at, _)| !revision.superseded.contains(at))
                .map(|(_, span)| span.clone())
                .collect();
            kept.extend(spans(&revision));
            known = kept;
            for day in from..to.unwrap_or(31) {
                said[usize::try_from(day).unwrap()] = Some(name);
            }
        }
        for day in 1_i8..31 {
            let covering: Vec<&Span> = known
                .iter()
                .filter(|span| span.covers(date(2026, 1, day)))
                .collect();
            prop_assert!(covering.len() <= 1, "day {day} is covered twice");
            let expected = said[usize::try_from(day).unwrap()];
            let found = covering.first().map(|span| span.values["name"].as_str().unwrap().to_owned());
            prop_assert_eq!(found, expected.map(|name| name.to_string()));
        }
    }
}
