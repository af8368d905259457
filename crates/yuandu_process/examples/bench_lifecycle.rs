//! Measures the life of a city-care case through the store: planning alone, and with durable commits.
//!
//! `cargo run --release -p yuandu_process --example bench_lifecycle [ROUNDS] [CASES PRESENT]`
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    reason = "a measurement that stops at the first surprise, on the helpers of the tests"
)]

#[path = "../tests/it/city.rs"]
mod city;

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use yuandu_identity::OpCtx;
use yuandu_process::{CaseFilter, CaseOrder, CompleteTask, InboxView};

use city::{City, data, org};

fn main() {
    let cases: usize = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(300);
    let city = City::new("2026-09-14T09:00");
    let present: usize = std::env::args()
        .nth(2)
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    println!("commit is one durable transaction; {cases} cases");
    populate(&city, present);
    planning(&city, cases);
    lifecycle(&city, cases);
    reading(&city);
}

fn show(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at =
        |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1e6;
    println!(
        "{what:<34} n={:<6} p50 {:>8.1} us   p95 {:>8.1} us   p99 {:>8.1} us",
        times.len(),
        at(50),
        at(95),
        at(99)
    );
}

fn timed<T>(times: &mut Vec<Duration>, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    times.push(start.elapsed());
    result
}

fn planning(city: &City, rounds: usize) {
    let (resident, report) = (city.resident(), city.report("06010"));
    let mut times = Vec::new();
    for _ in 0..rounds.max(1000) {
        timed(&mut times, || {
            city.engine.plan_open_case(&resident, &report).unwrap()
        });
    }
    show("plan open_case", times);
    let case = city.found("06010");
    let seat = city.officer("seat", 1);
    let request = CompleteTask {
        task: city.task(&case.case_id).id,
        outcome: "accept".to_owned(),
        data: data(json!({ "category": "06010" })),
        idempotency: None,
    };
    let mut times = Vec::new();
    for _ in 0..rounds.max(1000) {
        timed(&mut times, || {
            city.engine.plan_complete_task(&seat, &request).unwrap()
        });
    }
    show("plan complete_task (with reads)", times);
}

fn lifecycle(city: &City, rounds: usize) {
    let (mut whole, mut open, mut step) = (Vec::new(), Vec::new(), Vec::new());
    let people = [
        city.officer("seat", 1),
        city.officer("handler", 2),
        city.officer("collector", 1),
        city.officer("inspector", 3),
    ];
    let photo = json!({ "place": { "lon": 119.161, "lat": 36.707 }, "check_photos": ["0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"], "opinion": "已到现场" });
    let path: [(usize, &str, Json); 6] = [
        (0, "accept", json!({ "category": "06010" })),
        (0, "dispatch", json!({ "org": org(2) })),
        (1, "sign", Json::Null),
        (1, "done", json!({ "opinion": "已清运" })),
        (2, "fixed", photo),
        (3, "close", json!({ "answer": "已办结" })),
    ];
    let mut report = city.report("06010");
    report
        .facts
        .insert("reporter_kind".to_owned(), "collector".into());
    let collector = city.officer("collector", 1);
    let begin = Instant::now();
    for _ in 0..rounds {
        let start = Instant::now();
        let case = timed(&mut open, || {
            city.engine.open_case(&collector, &report).unwrap()
        });
        let mut task = city.task(&case.case_id).id;
        for (who, outcome, sent) in &path {
            let request = CompleteTask {
                task: task.clone(),
                outcome: (*outcome).to_owned(),
                data: data(sent.clone()),
                idempotency: None,
            };
            let done = timed(&mut step, || {
                city.engine.complete_task(&people[*who], &request).unwrap()
            });
            task = done
                .next
                .first()
                .map(|n| n.task.clone())
                .unwrap_or_default();
        }
        whole.push(start.elapsed());
    }
    let seconds = begin.elapsed().as_secs_f64();
    show("open_case with commit", open);
    show("complete_task with commit", step);
    show("lifecycle: 7 entries, 1 client", whole);
    #[expect(clippy::cast_precision_loss, reason = "a count of rounds")]
    let rate = rounds as f64 / seconds;
    println!("{rate:.1} lifecycles/s with one client");
}

fn reading(city: &City) {
    let (seat, leader) = (city.officer("seat", 1), city.officer("leader", 9));
    for _ in 0..50 {
        city.found("06010");
    }
    let id = city.found("06010").case_id;
    let (mut list, mut inbox, mut view) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..200 {
        timed(&mut list, || {
            city.engine
                .list_cases(
                    &leader,
                    &CaseFilter::default(),
                    CaseOrder::Updated,
                    None,
                    100,
                )
                .unwrap()
        });
        timed(&mut inbox, || {
            city.engine.inbox(&seat, InboxView::All, None, 50).unwrap()
        });
        timed(&mut view, || city.engine.case_view(&seat, &id).unwrap());
    }
    show("list of 100 cases", list);
    show("inbox of 50 tasks", inbox);
    show("case view", view);
}

/// Fills the city with cases of every category, then reads as an officer who may see 95 of 100 of them.
fn populate(city: &City, wanted: usize) {
    if wanted == 0 {
        return;
    }
    let kind = city.engine.kind("city-care").unwrap();
    let categories = kind.declared.lists.get("categories").unwrap().entries();
    let codes: Vec<&str> = categories.iter().map(|entry| entry.code.as_str()).collect();
    let collector = city.officer("collector", 1);
    let start = Instant::now();
    for batch in 0..wanted.div_ceil(250) {
        let plans = (0..250).map(|at| {
            let mut report = city.report(codes[(batch * 250 + at) % codes.len()]);
            report
                .facts
                .insert("reporter_kind".to_owned(), "collector".into());
            city.engine.plan_open_case(&collector, &report).unwrap().0
        });
        for result in city.store.commit_all(plans.collect()) {
            // Among so many cases of one day a number is drawn twice now and then; another is drawn by a new plan.
            if !matches!(result, Err(yuandu_store::StoreError::Taken { .. })) {
                result.unwrap();
            }
        }
        city.clock.advance(jiff::SignedDuration::from_secs(60));
    }
    println!(
        "{wanted} cases opened in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    let allowed = codes
        .iter()
        .enumerate()
        .filter(|(at, _)| at % 20 != 0)
        .map(|(_, code)| (*code).to_owned())
        .collect();
    let seat = city.scoped("seat", 1, allowed);
    for (name, order) in [
        ("updated", CaseOrder::Updated),
        ("opened", CaseOrder::Opened),
        ("due", CaseOrder::Due),
    ] {
        let open = CaseFilter {
            status: Some("open".to_owned()),
            ..CaseFilter::default()
        };
        for (what, filter) in [("all", CaseFilter::default()), ("open", open)] {
            let mut times = Vec::new();
            for _ in 0..20 {
                timed(&mut times, || {
                    city.engine
                        .list_cases(&seat, &filter, order, None, 100)
                        .unwrap()
                });
            }
            show(&format!("list of 100, {what}, by {name}"), times);
        }
    }
    read_again(city, &seat);
}

/// What an officer asks all day.
fn read_again(city: &City, seat: &OpCtx) {
    let (mut inbox, mut counts, mut words) = (Vec::new(), Vec::new(), Vec::new());
    let text = CaseFilter {
        text: Some("东风东街".to_owned()),
        ..CaseFilter::default()
    };
    for _ in 0..10 {
        timed(&mut inbox, || {
            city.engine.inbox(seat, InboxView::All, None, 50).unwrap()
        });
        timed(&mut counts, || {
            city.engine
                .count_stages(seat, &CaseFilter::default())
                .unwrap()
        });
        timed(&mut words, || {
            city.engine
                .list_cases(seat, &text, CaseOrder::Updated, None, 100)
                .unwrap()
        });
    }
    show("inbox of 50 among all open tasks", inbox);
    show("counts by stage and lamp", counts);
    show("list of 100 by words", words);
}
