//! Measures the city-care board over many cases: all indicators, with and without groups, and a page of cases behind one.
//!
//! `cargo run --release -p yuandu_insight --example bench_board [CASES]`
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement that stops at the first surprise"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use yuandu_identity::{Actor, Filter, OpCtx};
use yuandu_insight::{Board, By, CaseTables, IndicatorDef, Part, Scope};
use yuandu_store::{Change, Plan, Store, TableDef, Value};

const REALM: i64 = 370_700;
const ROUNDS: usize = 15;
const INSTANTS: [&str; 13] = [
    "reported_at",
    "verify_due",
    "verified_at",
    "accept_due",
    "accepted_at",
    "dispatch_due",
    "dispatched_at",
    "handle_due",
    "handled_at",
    "check_due",
    "checked_at",
    "close_due",
    "archived_at",
];

fn main() {
    let asked = std::env::args().nth(1).and_then(|count| count.parse().ok());
    let cases: usize = asked.unwrap_or(100_000);
    let folder = Store::temporary(&tables()).unwrap();
    let store = folder.shared();
    let now: Timestamp = "2026-11-23T01:00:00Z".parse().unwrap();
    fill(&store, cases, now);
    let board = Board::new(case_tables(), indicators()).unwrap();
    let everyone = Filter {
        sql: "1 = 1".to_owned(),
        params: Vec::new(),
    };
    println!(
        "{cases} cases over a year, {} indicators",
        board.indicators().count()
    );
    for days in [30, 90, 366] {
        let scope = Scope {
            from: now - SignedDuration::from_hours(24 * days),
            to: now,
            org: None,
            division: None,
            class: None,
        };
        let groups: [(&str, &[By]); 3] = [
            ("the whole", &[]),
            (
                "by unit, class and division",
                &[By::Org, By::Class, By::Division],
            ),
            (
                "by week",
                &[By::Stretch(SignedDuration::from_hours(24 * 7))],
            ),
        ];
        for (what, by) in groups {
            let mut times = Vec::new();
            let mut rows = 0;
            for _ in 0..ROUNDS {
                let start = Instant::now();
                let measured = store
                    .read(|reader| board.measure_by(reader, by, (REALM, &scope, &everyone), now))
                    .unwrap();
                times.push(start.elapsed());
                rows = measured.len();
            }
            show(&format!("{days} days, {what}, {rows} rows"), times);
        }
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let behind = store.read(|reader| {
                board.cases_behind(
                    reader,
                    ("dispose-in-time-rate", Part::Rest),
                    (REALM, &scope, &everyone),
                    now,
                    (None, 50),
                )
            });
            times.push(start.elapsed());
            assert!(behind.unwrap().more);
        }
        show(&format!("{days} days, 50 cases behind a figure"), times);
    }
}

fn show(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at =
        |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    println!("{what:<52} p50 {:>7.1} ms   p95 {:>7.1} ms", at(50), at(95));
}

fn tables() -> [TableDef; 2] {
    let mut facts = TableDef::new("facts")
        .text("id")
        .opt_int("valid")
        .opt_int("send_back_count");
    for name in INSTANTS {
        facts = facts.opt_int(name);
    }
    let cases = TableDef::new("cases")
        .text("id")
        .text("system")
        .text("title")
        .text("status")
        .opt_text("org")
        .opt_text("class")
        .opt_text("division")
        .int("opened_at")
        .key(["id"])
        .index(["opened_at", "id"]);
    [cases, facts.key(["id"])]
}

fn case_tables() -> CaseTables {
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    CaseTables {
        system: "city-care".to_owned(),
        cases: "cases".to_owned(),
        universal: names(&["status", "org", "class"]),
        facts: "facts".to_owned(),
        declared: [names(&INSTANTS), names(&["valid", "send_back_count"])].concat(),
    }
}

fn indicators() -> Vec<IndicatorDef> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../systems/city-care/indicators");
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            IndicatorDef::read(&path.display().to_string(), &text).unwrap()
        })
        .collect()
}

/// Cases spread evenly over a year, each some steps along; one in nine is open.
fn fill(store: &Store, cases: usize, now: Timestamp) {
    let ctx = OpCtx::for_testing(Actor::System("seed"));
    let numbers: Vec<usize> = (0..cases).collect();
    let plans = numbers.chunks(2_000).map(|part| {
        let changes = part.iter().flat_map(|number| case(*number, cases, now));
        let entry = ctx.entry("seed", "seed", Json::Null);
        Plan::new(ctx.realm, entry).changes(changes)
    });
    for receipt in store.commit_all(plans.collect()) {
        receipt.unwrap();
    }
}

fn case(number: usize, cases: usize, now: Timestamp) -> [Change; 2] {
    let id = format!("{number:08}");
    let minutes = i64::try_from(number * 365 * 24 * 60 / cases).unwrap();
    let opened = now - SignedDuration::from_mins(minutes + 1);
    let open = number.is_multiple_of(9);
    let steps = if open {
        number % INSTANTS.len()
    } else {
        INSTANTS.len()
    };
    let mut facts = Change::put("facts")
        .with("id", id.as_str())
        .with("valid", Value::from(!number.is_multiple_of(7)))
        .with("send_back_count", i64::try_from(number % 4).unwrap());
    for (step, name) in INSTANTS.iter().enumerate().take(steps) {
        let hours = i64::try_from(step * 3 + number % 5).unwrap();
        facts = facts.with(*name, opened + SignedDuration::from_hours(hours));
    }
    let row = Change::put("cases")
        .with("id", id.as_str())
        .with("system", "city-care")
        .with("title", "路灯不亮 · 东风东街与潍州路交叉口东 50 米路北")
        .with("status", if open { "open" } else { "closed" })
        .with("org", format!("unit-{:02}", number % 60))
        .with("class", format!("{:02}", number % 18 + 1))
        .with("division", format!("3707{:02}", number % 12 + 2))
        .with("opened_at", opened);
    [row, facts]
}
