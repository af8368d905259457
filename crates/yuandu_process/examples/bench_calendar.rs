//! Measures how open deadlines follow an edited calendar through the store: looking at all of them, and moving those that move.
//!
//! `cargo run --release -p yuandu_process --example bench_calendar [CASES] [FURTHER CLOCKS]`: so many cases are opened and move;
//! so many further running clocks are looked at and stay.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    reason = "a measurement that stops at the first surprise, on the helpers of the tests"
)]

#[path = "../tests/it/city.rs"]
mod city;

use std::time::Instant;

use yuandu_base::calendar::{Budget, Calendar, CalendarChange, CalendarEdit, DayEdit, TimeLedger};
use yuandu_process::PublishCalendar;
use yuandu_store::{Change, Plan};

use city::City;

/// Rows of one plan.
const BATCH: usize = 2_000;

fn main() {
    let asked = |nth: usize, usual: usize| {
        let given = std::env::args().nth(nth);
        given.and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let (cases, further) = (asked(1, 2_000), asked(2, 1_000_000));
    let city = City::new("2026-09-07T09:00");
    in_memory(further);
    open(&city, cases);
    clocks(&city, further);
    city.now("2026-09-07T14:00");
    let ctx = city.timer();
    let change = CalendarChange {
        days: vec![DayEdit::read("2026-09-08..2026-09-11 off typhoon").unwrap()],
        ..CalendarChange::default()
    };
    let basis = "order 31".to_owned();
    city.engine
        .publish_calendar(&ctx, &PublishCalendar { change, basis })
        .unwrap();
    for what in ["look and move", "look again"] {
        let start = Instant::now();
        let done = city.engine.follow_calendar(&ctx).unwrap();
        println!("{what}: {done:?} in {:.2?}", start.elapsed());
        if what == "look and move" {
            let none = CalendarChange {
                days: vec![DayEdit::read("2026-12-28 off nothing due").unwrap()],
                ..CalendarChange::default()
            };
            let basis = "order 32".to_owned();
            city.engine
                .publish_calendar(
                    &ctx,
                    &PublishCalendar {
                        change: none,
                        basis,
                    },
                )
                .unwrap();
        }
    }
}

/// The sums alone.
fn in_memory(clocks: usize) {
    let days = vec![DayEdit::read("2026-09-08..2026-09-11 off typhoon").unwrap()];
    let change = CalendarChange {
        days,
        ..CalendarChange::default()
    };
    let after = Calendar::statutory().edited("after", &change).unwrap();
    let edit = CalendarEdit::between(Calendar::statutory(), &after);
    let from = city::at("2026-09-07T09:00");
    let ledgers: Vec<TimeLedger> = (0..clocks)
        .map(|n| TimeLedger::new(from, Budget::days(1 + u32::try_from(n % 60).unwrap())))
        .collect();
    let start = Instant::now();
    let mut words = 0;
    let moved = ledgers.iter().filter_map(|ledger| {
        let moved = edit.moved(ledger, 75).unwrap()?;
        words += edit.why(ledger, &moved).zh.len();
        Some(())
    });
    let moved = moved.count();
    println!(
        "in memory: {clocks} deadlines computed, {moved} moved with their reasons ({words} bytes) in {:.2?}",
        start.elapsed()
    );
}

/// Cases with a running clock each.
fn open(city: &City, cases: usize) {
    let start = Instant::now();
    for _ in 0..cases {
        city.handling("06011");
    }
    println!("{cases} cases opened in {:.1?}", start.elapsed());
}

/// Running clocks that end before the days that change.
fn clocks(city: &City, further: usize) {
    let start = Instant::now();
    let ledger = TimeLedger::new(city::at("2026-09-07T09:00"), Budget::minutes(60));
    let ledger = serde_json::to_string(&ledger).unwrap();
    let ctx = city.timer();
    for first in (0..further).step_by(BATCH) {
        let mut plan = Plan::new(
            ctx.realm,
            ctx.entry("test.clocks", "clocks", serde_json::Value::Null),
        );
        for number in first..(first + BATCH).min(further) {
            plan = plan.change(
                Change::put("clocks")
                    .with("id", format!("z{number:09}/handle"))
                    .with("case_id", format!("z{number:09}"))
                    .with("name", "handle")
                    .with("ledger", ledger.as_str())
                    .with("due_at", city::at("2026-09-07T10:00"))
                    .with("warn_at", city::at("2026-09-07T09:45"))
                    .with("status", "running"),
            );
        }
        city.store.commit(plan).unwrap();
    }
    println!("{further} further clocks in {:.1?}", start.elapsed());
}
