//! Running matters: suspensions, extensions, warnings, lamps, time used.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use yuandu_base::calendar::{
    Budget, Calendar, CalendarError, DEFAULT_WARN_PERCENT, Lamp, SkipReason, Suspension, TimeLedger,
};

fn at(text: &str) -> Timestamp {
    Calendar::statutory().parse_instant(text).unwrap()
}

fn ledger(from: &str, budget: &str) -> TimeLedger {
    TimeLedger::new(at(from), budget.parse().unwrap())
}

fn due(ledger: &TimeLedger) -> String {
    Calendar::statutory().due(ledger).unwrap().due_local()
}

fn suspended(from: &str, spans: &[(&str, &str)], budget: &str) -> TimeLedger {
    let mut ledger = ledger(from, budget);
    for (from, to) in spans {
        assert!(ledger.suspend(at(from), "补正材料", "行政许可法第三十二条"));
        assert!(ledger.resume(at(to)));
    }
    ledger
}

#[test]
fn a_working_day_touched_by_a_suspension_does_not_count() {
    let plain = ledger("2025-03-03T09:00", "5d");
    assert_eq!(due(&plain), "2025-03-10 17:30");
    let touched = suspended(
        "2025-03-03T09:00",
        &[("2025-03-05T17:00", "2025-03-06T08:45")],
        "5d",
    );
    assert_eq!(due(&touched), "2025-03-12 17:30");
}

#[test]
fn a_suspension_outside_office_time_costs_nothing() {
    let night = suspended(
        "2025-03-03T09:00",
        &[("2025-03-05T17:30", "2025-03-06T08:30")],
        "5d",
    );
    assert_eq!(due(&night), "2025-03-10 17:30");
    let weekend = suspended(
        "2025-03-03T09:00",
        &[("2025-03-07T18:00", "2025-03-10T08:00")],
        "5d",
    );
    assert_eq!(due(&weekend), "2025-03-10 17:30");
}

#[test]
fn a_suspension_on_the_day_of_the_start_or_after_the_end_changes_nothing() {
    let spans = [
        ("2025-03-03T10:00", "2025-03-03T11:00"),
        ("2025-03-11T09:00", "2025-03-12T09:00"),
    ];
    assert_eq!(
        due(&suspended("2025-03-03T09:00", &spans, "5d")),
        "2025-03-10 17:30"
    );
}

#[test]
fn hours_stand_still_to_the_minute() {
    let paused = suspended(
        "2025-03-03T09:00",
        &[("2025-03-03T10:00", "2025-03-03T11:30")],
        "2h",
    );
    assert_eq!(due(&paused), "2025-03-03 13:30");
    let to_the_end = suspended(
        "2025-03-03T09:00",
        &[("2025-03-03T11:00", "2025-03-03T15:00")],
        "2h",
    );
    assert_eq!(due(&to_the_end), "2025-03-03 11:00");
}

#[test]
fn overlapping_suspensions_count_once() {
    let mut twice = suspended(
        "2025-03-03T09:00",
        &[("2025-03-03T10:00", "2025-03-03T11:00")],
        "2h",
    );
    twice.suspensions.push(Suspension {
        from: at("2025-03-03T10:30"),
        reason_en: String::new(),
        to: Some(at("2025-03-03T11:30")),
        reason: "鉴定".to_owned(),
        legal_basis: String::new(),
        kind: None,
    });
    assert_eq!(due(&twice), "2025-03-03 13:30");
}

#[test]
fn an_extension_adds_its_budget_and_must_be_of_the_same_unit() {
    let mut extended = ledger("2025-03-03T09:00", "5d");
    extended
        .extend(at("2025-03-07T09:00"), Budget::days(3), "案情复杂")
        .unwrap();
    assert_eq!(due(&extended), "2025-03-13 17:30");
    let refused = extended
        .extend(at("2025-03-07T10:00"), Budget::hours(3), "")
        .unwrap_err();
    assert!(matches!(refused, CalendarError::MixedUnits { .. }));
    assert_eq!(extended.extensions.len(), 1);
    let projection = Calendar::statutory().due(&extended).unwrap();
    assert_eq!(
        (projection.budget, projection.total),
        (Budget::days(5), Budget::days(8))
    );
}

#[test]
fn an_open_suspension_pauses_and_moves_the_end_as_time_goes_by() {
    let calendar = Calendar::statutory();
    let mut paused = ledger("2025-03-03T09:00", "5d");
    assert!(paused.suspend(at("2025-03-05T10:00"), "现场鉴定", "行政许可法第四十五条"));
    assert!(!paused.suspend(at("2025-03-05T11:00"), "again", ""));
    let projection = calendar.due(&paused).unwrap();
    assert!(projection.paused());
    assert_eq!(projection.due_local(), "2025-03-10 17:30");
    let later = calendar.due_as_of(&paused, at("2025-03-07T10:00")).unwrap();
    assert_eq!(later.due_local(), "2025-03-13 17:30");
    assert_eq!(
        later.skipped[0].reason,
        SkipReason::Suspended {
            reason: "现场鉴定".to_owned()
        }
    );
    assert_eq!(later.skipped[0].days, 3);
    assert!(paused.resume(at("2025-03-07T10:00")));
    assert!(!paused.resume(at("2025-03-07T10:00")));
    assert_eq!(due(&paused), "2025-03-13 17:30");
}

#[test]
fn a_suspension_that_ends_before_it_begins_is_refused() {
    let mut wrong = ledger("2025-03-03T09:00", "5d");
    wrong.suspensions.push(Suspension {
        from: at("2025-03-05T10:00"),
        reason_en: String::new(),
        to: Some(at("2025-03-04T10:00")),
        reason: String::new(),
        legal_basis: String::new(),
        kind: None,
    });
    let refused = Calendar::statutory().due(&wrong).unwrap_err();
    assert!(
        matches!(refused, CalendarError::SuspensionOrder { .. }),
        "{refused}"
    );
}

#[test]
fn the_warning_comes_when_three_quarters_are_used_up() {
    let calendar = Calendar::statutory();
    let warn = |ledger: &TimeLedger| {
        let warn = calendar.warn_at(ledger, DEFAULT_WARN_PERCENT).unwrap();
        calendar.format_instant(warn)
    };
    assert_eq!(
        warn(&ledger("2025-01-24T16:30", "20d")),
        "2025-02-20T17:30:00+08:00"
    );
    assert_eq!(
        warn(&ledger("2025-03-03T09:00", "1d")),
        "2025-03-04T15:30:00+08:00"
    );
    assert_eq!(
        warn(&ledger("2025-03-03T08:30", "4h")),
        "2025-03-03T11:30:00+08:00"
    );
    assert_eq!(
        warn(&ledger("2025-03-03T08:30", "0d")),
        "2025-03-03T08:30:00+08:00"
    );
    let late = suspended(
        "2025-03-03T08:30",
        &[("2025-03-03T09:00", "2025-03-04T09:00")],
        "4h",
    );
    assert_eq!(warn(&late), "2025-03-04T11:30:00+08:00");
}

#[test]
fn the_lamp_turns_exactly_at_its_instants() {
    let calendar = Calendar::statutory();
    let running = ledger("2025-03-03T08:30", "4h");
    let lamp = |text: &str| {
        calendar
            .lamp(&running, at(text), DEFAULT_WARN_PERCENT)
            .unwrap()
    };
    assert_eq!(lamp("2025-03-03T11:29:59"), Lamp::Green);
    assert_eq!(lamp("2025-03-03T11:30"), Lamp::Yellow);
    assert_eq!(lamp("2025-03-03T13:29:59"), Lamp::Yellow);
    assert_eq!(lamp("2025-03-03T13:30"), Lamp::Red);
}

#[test]
fn the_lamp_stands_still_while_the_clock_does() {
    let calendar = Calendar::statutory();
    let mut paused = ledger("2025-03-03T08:30", "4h");
    paused.suspend(at("2025-03-03T11:00"), "", "");
    let lamp = |ledger: &TimeLedger| calendar.lamp(ledger, at("2025-06-03T11:00"), 75).unwrap();
    assert_eq!(lamp(&paused), Lamp::Green);
    paused.resume(at("2025-06-03T10:00"));
    assert_eq!(lamp(&paused), Lamp::Yellow);
}

#[test]
fn used_time_counts_closed_days_or_office_minutes_and_goes_on_past_the_budget() {
    let calendar = Calendar::statutory();
    let used =
        |ledger: &TimeLedger, now: &str| calendar.consumed(ledger, at(now)).unwrap().to_string();
    let days = ledger("2025-03-03T09:00", "2d");
    for (now, expected) in [
        ("2025-03-01T09:00", "0d"),
        ("2025-03-04T17:29", "0d"),
        ("2025-03-04T17:30", "1d"),
        ("2025-03-05T17:30", "2d"),
        ("2025-03-10T17:30", "5d"),
    ] {
        assert_eq!(used(&days, now), expected, "{now}");
    }
    let mut hours = ledger("2025-03-03T09:00", "2h");
    assert_eq!(used(&hours, "2025-03-03T13:30:59"), "3.5h");
    hours.suspend(at("2025-03-03T10:00"), "", "");
    assert_eq!(used(&hours, "2025-03-20T10:00"), "1h");
}

#[test]
fn a_ledger_survives_the_log() {
    let mut kept = suspended(
        "2025-03-03T09:00",
        &[("2025-03-05T17:00", "2025-03-06T08:45")],
        "5d",
    );
    kept.extend(at("2025-03-07T09:00"), Budget::days(3), "案情复杂")
        .unwrap();
    let json = serde_json::to_string(&kept).unwrap();
    assert!(json.contains("\"budget\":\"5d\""), "{json}");
    assert_eq!(serde_json::from_str::<TimeLedger>(&json).unwrap(), kept);
    let unknown = json.replacen("started_at", "begun_at", 1);
    assert!(serde_json::from_str::<TimeLedger>(&unknown).is_err());
}

/// Walks minute by minute through office time outside the suspensions.
fn stepped(ledger: &TimeLedger, minutes: u32) -> Timestamp {
    let calendar = Calendar::statutory();
    let mut now = ledger.started_at;
    let mut left = minutes;
    while left > 0 {
        let next = now + SignedDuration::from_mins(1);
        let in_office = calendar.working_time_between(now, next) == 1;
        let stands = ledger
            .suspensions
            .iter()
            .any(|s| s.from <= now && s.to.is_some_and(|to| now < to));
        left -= u32::from(in_office && !stands);
        now = next;
    }
    now
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn suspended_hours_end_where_the_minute_stepper_ends(
        start in 0_i64..6_000,
        minutes in 1_u32..1_500,
        spans in prop::collection::vec((0_i64..12_000, 0_i64..3_000), 0..5),
    ) {
        let base = at("2025-01-20T00:00");
        let minute = |m: i64| base + SignedDuration::from_mins(m);
        let mut ledger = TimeLedger::new(minute(start), Budget::minutes(minutes));
        for (from, length) in spans {
            ledger.suspensions.push(Suspension {
                from: minute(from),
                reason_en: String::new(),
                to: Some(minute(from + length)),
                reason: String::new(),
                legal_basis: String::new(),
                kind: None,
            });
        }
        let projection = Calendar::statutory().due(&ledger).unwrap();
        prop_assert_eq!(projection.due, stepped(&ledger, minutes));
        let counted: u64 = projection
            .counted
            .iter()
            .map(|run| u64::from(run.days) * u64::from(run.seconds_per_day))
            .sum();
        prop_assert_eq!(counted, u64::from(minutes) * 60);
        let used = Calendar::statutory().consumed(&ledger, projection.due).unwrap();
        prop_assert_eq!(used, Budget::minutes(minutes));
    }

    #[test]
    fn suspended_days_count_exactly_the_untouched_working_days(
        start in 0_i64..6_000,
        days in 1_u32..30,
        spans in prop::collection::vec((0_i64..40_000, 0_i64..5_000), 0..5),
    ) {
        let calendar = Calendar::statutory();
        let base = at("2025-01-20T00:00");
        let minute = |m: i64| base + SignedDuration::from_mins(m);
        let mut ledger = TimeLedger::new(minute(start), Budget::days(days));
        for (from, length) in spans {
            ledger.suspensions.push(Suspension {
                from: minute(from),
                reason_en: String::new(),
                to: Some(minute(from + length)),
                reason: String::new(),
                legal_basis: String::new(),
                kind: None,
            });
        }
        let mut date = calendar.local_date(ledger.started_at);
        let mut left = days;
        while left > 0 {
            date = date.tomorrow().unwrap();
            let opens = calendar.parse_instant(&format!("{date}T00:00")).unwrap();
            let closes = opens + SignedDuration::from_hours(24);
            let touched = ledger.suspensions.iter().any(|s| {
                let (from, to) = (s.from.max(opens), s.to.unwrap().min(closes));
                from < to && calendar.working_time_between(from, to) > 0
            });
            left -= u32::from(calendar.is_working_day(date) && !touched);
        }
        prop_assert_eq!(calendar.due(&ledger).unwrap().due_date, date);
    }
}
