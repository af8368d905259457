//! Sums of office time, against a stepper that walks minute by minute.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use yuandu_base::calendar::{Budget, Calendar};

fn due(from: &str, budget: &str) -> String {
    let calendar = Calendar::statutory();
    let from = calendar.parse_instant(from).unwrap();
    calendar
        .project(from, budget.parse().unwrap())
        .unwrap()
        .due_local()
}

#[test]
fn a_budget_used_up_at_noon_ends_at_noon_not_after_lunch() {
    assert_eq!(due("2025-03-03T10:00", "2h"), "2025-03-03 12:00");
    assert_eq!(due("2025-03-03T10:00", "121m"), "2025-03-03 13:01");
}

#[test]
fn a_budget_used_up_at_closing_ends_at_closing_not_next_morning() {
    assert_eq!(due("2025-03-03T13:00", "4.5h"), "2025-03-03 17:30");
    assert_eq!(due("2025-03-03T08:30", "16h"), "2025-03-04 17:30");
}

#[test]
fn a_start_outside_office_hours_counts_from_the_next_opening() {
    for from in ["2025-03-03T12:00", "2025-03-03T12:40", "2025-03-03T13:00"] {
        assert_eq!(due(from, "1h"), "2025-03-03 14:00");
    }
    assert_eq!(due("2025-03-03T17:30", "1h"), "2025-03-04 09:30");
    assert_eq!(due("2025-03-08T09:00", "1h"), "2025-03-10 09:30");
}

#[test]
fn seconds_of_the_start_are_kept() {
    assert_eq!(due("2025-03-03T11:59:50", "1m"), "2025-03-03 13:00:50");
}

#[test]
fn hours_run_on_a_make_up_day_and_stand_still_over_the_festival() {
    assert_eq!(due("2025-01-24T16:30", "4h"), "2025-01-26 11:30");
    assert_eq!(due("2025-01-27T16:30", "4h"), "2025-02-05 11:30");
}

#[test]
fn an_hour_is_as_long_in_a_zone_that_differs_from_the_office() {
    let calendar = Calendar::statutory();
    let utc = calendar.parse_instant("2025-03-03T02:00Z").unwrap();
    let local = calendar.parse_instant("2025-03-03T10:00").unwrap();
    assert_eq!(utc, local);
    let due = calendar.due_at(utc, Budget::hours(2)).unwrap();
    assert_eq!(calendar.format_instant(due), "2025-03-03T12:00:00+08:00");
}

/// Walks minute by minute and asks only whether offices work on a date.
fn stepped(calendar: &Calendar, from: Timestamp, minutes: u32) -> Timestamp {
    let mut now = from;
    let mut left = minutes;
    let open = [(8 * 60 + 30, 12 * 60), (13 * 60, 17 * 60 + 30)];
    while left > 0 {
        let local = calendar.time_zone().to_datetime(now);
        let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
        let in_office = open.iter().any(|(o, c)| (*o..*c).contains(&minute));
        if in_office && calendar.is_working_day(local.date()) {
            left -= 1;
        }
        now += SignedDuration::from_mins(1);
    }
    now
}

fn minute_between_2004_and_2026() -> impl Strategy<Value = Timestamp> {
    let first = "2004-01-01T00:00:00+08:00".parse::<Timestamp>().unwrap();
    let last = "2026-11-01T00:00:00+08:00".parse::<Timestamp>().unwrap();
    (first.as_second() / 60..last.as_second() / 60)
        .prop_map(|minute| Timestamp::from_second(minute * 60).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_hours_end_where_the_minute_stepper_ends(
        from in minute_between_2004_and_2026(),
        minutes in 1_u32..3_000,
    ) {
        let calendar = Calendar::statutory();
        let due = calendar.due_at(from, Budget::minutes(minutes)).unwrap();
        prop_assert_eq!(due, stepped(calendar, from, minutes));
    }

    #[test]
    fn working_time_between_undoes_a_projection(
        second in -2_000_000_000_i64..6_000_000_000,
        minutes in 0_u32..500_000,
    ) {
        let calendar = Calendar::statutory();
        let from = Timestamp::from_second(second).unwrap();
        let due = calendar.add_working_time(from, minutes).unwrap();
        prop_assert_eq!(calendar.working_time_between(from, due), i64::from(minutes));
        prop_assert_eq!(calendar.working_time_between(due, from), -i64::from(minutes));
    }

    #[test]
    fn a_due_instant_is_the_earliest_one(
        second in 1_000_000_000_i64..1_800_000_000,
        minutes in 1_u32..100_000,
    ) {
        let calendar = Calendar::statutory();
        let from = Timestamp::from_second(second).unwrap();
        let due = calendar.add_working_time(from, minutes).unwrap();
        let just_before = due - SignedDuration::from_nanos(1);
        prop_assert!(calendar.working_time_between(from, just_before) < i64::from(minutes));
    }

    #[test]
    fn more_budget_never_ends_earlier(
        second in -2_000_000_000_i64..6_000_000_000,
        less in 0_u32..5_000,
        more in 0_u32..5_000,
    ) {
        let calendar = Calendar::statutory();
        let from = Timestamp::from_second(second).unwrap();
        let due = |budget| calendar.due_at(from, budget).unwrap();
        prop_assert!(due(Budget::days(less)) <= due(Budget::days(less + more)));
        prop_assert!(due(Budget::minutes(less)) <= due(Budget::minutes(less + more)));
    }
}
