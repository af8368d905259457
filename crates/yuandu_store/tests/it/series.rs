//! Observations: the same on both databases.

use jiff::{SignedDuration, Timestamp};
use yuandu_base::ErrorKind;
use yuandu_store::series::{Point, Retention, Series, Step};
use yuandu_store::{Store, TemporaryStore};

use crate::fixture::{REALM, tables};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A temporary store's place with its observations.
fn open() -> (TemporaryStore, Series) {
    let store = Store::temporary(&tables()).unwrap();
    let series = Series::open(store.options()).unwrap();
    (store, series)
}

fn points(series: &str, from: &str, every: i64, count: i64) -> Vec<Point> {
    (0..count)
        .map(|number| Point {
            series: series.to_owned(),
            at: at(from) + SignedDuration::from_secs(every * number),
            value: number as f64,
        })
        .collect()
}

fn read(series: &Series, name: &str) -> Vec<(Timestamp, f64)> {
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    series.points(REALM, name, from, to, 100_000).unwrap()
}

#[test]
fn points_are_read_back_in_order_across_midnight_and_by_realm() {
    let (_store, series) = open();
    let mut given = points("flow", "2026-03-01T23:50:00Z", 60, 20);
    given.reverse();
    given.extend(points("level", "2026-03-01T23:50:00Z", 60, 2));
    let now = at("2026-03-02T00:10:00Z");
    series.append(REALM, &given, now).unwrap();
    series
        .append(110_100, &points("flow", "2026-03-01T12:00:00Z", 60, 1), now)
        .unwrap();
    let found = read(&series, "flow");
    assert_eq!(found.len(), 20);
    assert_eq!(found[0], (at("2026-03-01T23:50:00Z"), 0.0));
    assert!(found.is_sorted_by_key(|(at, _)| *at));
    let part = series
        .points(
            REALM,
            "flow",
            at("2026-03-02T00:00:00Z"),
            at("2026-03-02T00:02:00Z"),
            10,
        )
        .unwrap();
    assert_eq!(
        part.iter().map(|(_, value)| *value).collect::<Vec<_>>(),
        [10.0, 11.0]
    );
    assert_eq!(
        series
            .points(REALM, "flow", at("2026-03-01T00:00:00Z"), now, 3)
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn a_later_point_of_the_same_instant_replaces_the_earlier_one_packed_or_not() {
    let (_store, series) = open();
    let one = |value: f64| {
        vec![Point {
            series: "flow".to_owned(),
            at: at("2026-03-01T12:00:00Z"),
            value,
        }]
    };
    let now = at("2026-03-01T12:00:00Z");
    series.append(REALM, &one(1.0), now).unwrap();
    series.append(REALM, &one(2.0), now).unwrap();
    assert_eq!(read(&series, "flow"), [(now, 2.0)]);
    let later = at("2026-03-02T01:00:00Z");
    series.maintain(later, Retention::default()).unwrap();
    assert_eq!(read(&series, "flow"), [(now, 2.0)]);
    series.append(REALM, &one(3.0), later).unwrap();
    assert_eq!(read(&series, "flow"), [(now, 3.0)]);
}

#[test]
fn upkeep_packs_and_changes_nothing_that_is_read() {
    let (_store, series) = open();
    let mut before = Vec::new();
    for hour in 0..24 {
        let given = points("flow", &format!("2026-03-01T{hour:02}:00:00Z"), 10, 360);
        series.append(REALM, &given, given[0].at).unwrap();
        before.extend(given.iter().map(|point| (point.at, point.value)));
    }
    let loose = series.size().unwrap();
    let span = (at("2026-03-01T00:00:00Z"), at("2026-03-02T00:00:00Z"));
    let summed = |step| {
        series
            .summaries(REALM, "flow", step, span.0, span.1)
            .unwrap()
    };
    let (hours, days) = (summed(Step::Hour), summed(Step::Day));
    assert_eq!((hours.len(), days.len(), hours[0].points), (24, 1, 360));
    assert_eq!(
        (days[0].low, days[0].high, days[0].mean(), days[0].last),
        (0.0, 359.0, 179.5, 359.0)
    );
    let done = series
        .maintain(at("2026-03-02T00:00:01Z"), Retention::default())
        .unwrap();
    assert_eq!((done.packed, done.dropped), (1, 0));
    let packed = series.size().unwrap();
    assert_eq!(packed.1, loose.1);
    assert!(packed.0 * 8 < loose.0, "{packed:?} of {loose:?}");
    assert_eq!(read(&series, "flow"), before);
    assert_eq!((summed(Step::Hour), summed(Step::Day)), (hours, days));
    assert_eq!(
        series
            .maintain(at("2026-03-02T00:00:02Z"), Retention::default())
            .unwrap()
            .packed,
        0
    );
}

#[test]
fn points_go_first_then_hours_then_days() {
    let (_store, series) = open();
    let given = points("flow", "2026-03-01T00:00:00Z", 60, 120);
    series.append(REALM, &given, given[0].at).unwrap();
    let keep = Retention {
        points: 10,
        hours: 20,
        days: 30,
    };
    let left = |now: &str| {
        series.maintain(at(now), keep).unwrap();
        let span = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let of = |step| {
            series
                .summaries(REALM, "flow", step, span.0, span.1)
                .unwrap()
                .len()
        };
        (read(&series, "flow").len(), of(Step::Hour), of(Step::Day))
    };
    assert_eq!(left("2026-03-11T00:00:00Z"), (120, 2, 1));
    assert_eq!(left("2026-03-12T00:00:00Z"), (0, 2, 1));
    assert_eq!(left("2026-03-22T00:00:00Z"), (0, 0, 1));
    assert_eq!(left("2026-04-02T00:00:00Z"), (0, 0, 0));
}

#[test]
fn what_cannot_be_stored_is_named_and_nothing_of_its_batch_is() {
    let (_store, series) = open();
    for (name, value) in [
        ("flow", f64::NAN),
        ("flow", f64::INFINITY),
        ("", 1.0),
        ("a\0b", 1.0),
    ] {
        let mut given = points("flow", "2026-03-01T00:00:00Z", 60, 2);
        given.push(Point {
            series: name.to_owned(),
            at: given[0].at,
            value,
        });
        let error = series.append(REALM, &given, given[0].at).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
    assert_eq!(series.size().unwrap(), (0, 0));
    series
        .append(REALM, &[], at("2026-03-01T00:00:00Z"))
        .unwrap();
}
