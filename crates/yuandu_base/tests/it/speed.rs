//! The calendar is quick enough to be asked on every page.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use yuandu_base::calendar::{Budget, Calendar};

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
