//! The calendar is quick enough to be asked on every page.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use yuandu_base::calendar::{Budget, Calendar, CalendarEdit, TimeLedger};

/// Projections per run: a million where the build is optimised, fewer where it is not.
const PROJECTIONS: u32 = if cfg!(debug_assertions) {
    100_000
} else {
    1_000_000
};

#[test]
fn a_million_projections_take_less_than_five_seconds() {
    let calendar = Calendar::statutory();
    let base: Timestamp = "2004-01-05T00:00:00+08:00".parse().unwrap();
    let start = Instant::now();
    let mut latest = base;
    for n in 0..PROJECTIONS {
        let from = base + SignedDuration::from_mins(i64::from(n % 997_001) * 11);
        let budget = if n % 2 == 0 {
            Budget::days(n % 60)
        } else {
            Budget::minutes(n % 5_000)
        };
        latest = latest.max(calendar.due_at(from, budget).unwrap());
    }
    let due_only = start.elapsed();
    let start = Instant::now();
    for n in 0..PROJECTIONS {
        let from = base + SignedDuration::from_mins(i64::from(n % 997_001) * 11);
        let budget = if n % 2 == 0 {
            Budget::days(n % 60)
        } else {
            Budget::minutes(n % 5_000)
        };
        latest = latest.max(calendar.project(from, budget).unwrap().due);
    }
    let derived = start.elapsed();
    eprintln!(
        "{PROJECTIONS} sums: due instants {due_only:?}, with derivation {derived:?} (latest {latest})"
    );
    assert!(due_only < Duration::from_secs(5), "{due_only:?}");
}

/// Open deadlines per run; where the build is not optimised, so few that a busy machine is in time too.
const DEADLINES: u32 = if cfg!(debug_assertions) {
    10_000
} else {
    1_000_000
};

#[test]
fn a_million_open_deadlines_move_to_an_edited_calendar_in_less_than_five_seconds() {
    let before = Calendar::statutory();
    let after = before
        .extended(
            "edit.toml",
            "version = \"edit\"\n[[year]]\nyear = 2026\nholidays = [{ festival = \"new_year\", days = \"01-01..01-04\" }]\nmake_up = []\n",
        )
        .unwrap();
    let edit = CalendarEdit::between(before, &after);
    let base: Timestamp = "2025-11-03T09:00:00+08:00".parse().unwrap();
    let ledgers: Vec<TimeLedger> = (0..DEADLINES)
        .map(|n| {
            // Spread over half a year, also where they are few.
            let from = base + SignedDuration::from_mins(i64::from(n) * 20 % 400_000);
            let mut ledger = TimeLedger::new(from, Budget::days(5 + n % 60));
            if n % 4 == 0 {
                ledger.suspend(from, "补正", "");
                ledger.resume(from + SignedDuration::from_hours(50));
            }
            ledger
        })
        .collect();
    let start = Instant::now();
    let mut moved = 0;
    let mut words = 0;
    for ledger in &ledgers {
        if let Some(step) = edit.moved(ledger, 75).unwrap() {
            moved += 1;
            words += edit.why(ledger, &step).zh.len();
        }
    }
    let took = start.elapsed();
    eprintln!("{DEADLINES} open deadlines: {moved} moved, {words} bytes of reasons, {took:?}");
    assert!(moved > DEADLINES / 2);
    assert!(took < Duration::from_secs(5), "{took:?}");
}
