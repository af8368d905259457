//! The calendar is edited while cases run.

use jiff::Timestamp;
use serde_json::Value as Json;
use yuandu_base::calendar::{CalendarChange, DayEdit};
use yuandu_base::{ErrorKind, Lang};
use yuandu_identity::{Actor, OpCtx};
use yuandu_ids::RealmId;
use yuandu_process::engine::ClockStatus;
use yuandu_process::{Engine, PublishCalendar};
use yuandu_store::verify;

use crate::city::{City, at, case_type, engine_on, tables};

fn publish(days: &[&str]) -> PublishCalendar {
    PublishCalendar {
        change: CalendarChange {
            days: days.iter().map(|day| DayEdit::read(day).unwrap()).collect(),
            ..CalendarChange::default()
        },
        basis: "市政府办公室〔2026〕31号".to_owned(),
    }
}

fn due(city: &City, case: &str) -> Option<Timestamp> {
    city.task(case).due_at
}

fn verified(city: &City) {
    let report = verify::verify_store(city.store.options(), &tables(), &mut |_, _, _| {}).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[test]
fn an_edited_calendar_moves_open_deadlines_and_each_case_says_why_and_by_which_order() {
    let city = City::new("2026-09-28T09:00");
    let opened = city.handling("06010");
    let id = opened.case_id.as_str();
    assert_eq!(due(&city, id), Some(at("2026-09-29T17:30")));
    let timer = city.timer();
    let closed = publish(&["2026-09-29..2026-09-30 放假 台风停工"]);
    let refused = city
        .engine
        .publish_calendar(&city.officer("seat", 1), &closed);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Denied);
    assert_eq!(city.engine.publish_calendar(&timer, &closed).unwrap(), 1);
    let followed = city.engine.follow_calendar(&timer).unwrap().unwrap();
    assert_eq!((followed.moved, followed.failed), (1, 0));
    let moved = Some(at("2026-10-08T17:30"));
    assert_eq!(due(&city, id), moved);
    let view = city.engine.case_view(&city.officer("seat", 1), id).unwrap();
    assert_eq!(view.case.due_at, moved, "clock, task and case agree");
    let fact = view.facts["handle_due"].as_str();
    assert_eq!(fact, Some("2026-10-08T09:30:00Z"));
    let clock = view.clocks.iter().find(|clock| clock.name == "handle");
    let sum = clock.unwrap().projection.clone().unwrap();
    assert_eq!(Some(sum.due), moved);
    let why = sum.explain(Lang::Zh);
    for words in [
        "9 月 29 日至 9 月 30 日台风停工放假",
        "2026-09-29 由工作日改为台风停工放假",
        "期满日由 2026-09-29 17:30 改为 2026-10-08 17:30",
        "依据：市政府办公室〔2026〕31号",
    ] {
        assert!(why.contains(words), "{words}: {why}");
    }
    let history = city.engine.history(&city.officer("seat", 1), id).unwrap();
    let entry = history
        .iter()
        .find(|entry| entry.op == "cases.reproject_clocks")
        .unwrap();
    let said = entry.note.pointer("/moved/0/why/zh").and_then(Json::as_str);
    assert!(said.unwrap().contains("台风停工"));
    assert_eq!(city.engine.follow_calendar(&timer).unwrap(), None);
    city.now("2026-09-30T09:00");
    let fired = city.engine.fire_due_timers(&city.timer(), 10).unwrap();
    assert_eq!(fired.total(), 0, "the timer moved with its clock");
    verified(&city);
}

#[test]
fn no_timer_fires_on_a_deadline_that_has_not_followed_yet() {
    let city = City::new("2026-09-28T09:00");
    let case = city.handling("06010").case_id;
    let closed = publish(&["2026-09-29 放假 台风停工"]);
    city.engine
        .publish_calendar(&city.timer(), &closed)
        .unwrap();
    // Nobody followed; the old instant passes.
    city.now("2026-09-29T17:31");
    let fired = city.engine.fire_due_timers(&city.timer(), 10).unwrap();
    assert_eq!((fired.fired, fired.dropped), (0, 1), "looked at, not fired");
    assert_eq!(due(&city, &case), Some(at("2026-09-30T17:30")));
    let view = city.engine.case_view(&city.officer("leader", 9), &case);
    assert!(view.unwrap().cards.is_empty());
    let followed = city.engine.follow_calendar(&city.timer()).unwrap().unwrap();
    assert_eq!((followed.moved, followed.failed), (1, 0), "counted once");
    city.now("2026-09-30T17:30");
    let fired = city.engine.fire_due_timers(&city.timer(), 10).unwrap();
    assert_eq!(fired.fired, 1);
    verified(&city);
}

#[test]
fn a_matter_that_has_ended_stays_explained_on_the_calendar_of_its_time() {
    let city = City::new("2026-09-28T09:00");
    let case = city.handling("06010").case_id;
    city.now("2026-09-28T15:00");
    let closed = publish(&["2026-09-28 放假 台风停工"]);
    city.engine
        .publish_calendar(&city.timer(), &closed)
        .unwrap();
    city.engine.follow_calendar(&city.timer()).unwrap();
    let view = city.engine.case_view(&city.officer("leader", 9), &case);
    let view = view.unwrap();
    let ended = view.clocks.iter().find(|clock| clock.name == "dispatch");
    let ended = ended.unwrap();
    let sum = ended.projection.clone().unwrap();
    assert_eq!(Some(sum.due), ended.clock.due);
    assert!(!sum.explain(Lang::Zh).contains("台风"));
}

#[test]
fn two_cities_in_one_store_have_calendars_of_their_own() {
    let city = City::new("2026-09-28T09:00");
    let other = RealmId::new(370_800).unwrap();
    let elsewhere = OpCtx::new(other, Actor::System("timer"), city.clock.clone());
    let case = city.handling("06010").case_id;
    let before = due(&city, &case);
    let closed = publish(&["2026-09-29 放假 停电"]);
    city.engine.publish_calendar(&elsewhere, &closed).unwrap();
    city.engine.follow_calendar(&elsewhere).unwrap().unwrap();
    assert_eq!(city.engine.follow_calendar(&city.timer()).unwrap(), None);
    assert_eq!(due(&city, &case), before);
    let day = "2026-09-29".parse().unwrap();
    let here = city.timer().realm;
    assert!(city.engine.calendar(here).unwrap().is_working_day(day));
    assert!(!city.engine.calendar(other).unwrap().is_working_day(day));
    let listed = city.engine.list_calendars(&city.timer()).unwrap();
    assert!(listed.is_empty());
    // Both publish their first version: numbers are each city's own.
    assert_eq!(
        city.engine
            .publish_calendar(&city.timer(), &closed)
            .unwrap(),
        1
    );
}

/// Every running clock as the table has it, and as counting from zero on the calendar in force has it.
fn agree(city: &City, engine: &Engine, cases: &[String]) {
    let calendar = engine.calendar(city.timer().realm).unwrap();
    for case in cases {
        let view = engine.case_view(&city.officer("leader", 9), case).unwrap();
        let running = view.clocks.iter();
        for clock in running.filter(|clock| clock.clock.status == ClockStatus::Running) {
            let zero = calendar.due_instant(&clock.clock.ledger).ok();
            assert_eq!(clock.clock.due, zero, "{case} {}", clock.name);
        }
        let task = &view.tasks[0].task;
        assert_eq!(view.case.due_at, task.due_at);
    }
}

#[test]
fn after_any_edits_every_deadline_stands_where_counting_from_zero_puts_it() {
    let city = City::new("2026-08-03T09:00");
    let mut cases = Vec::new();
    for (number, category) in ["06010", "06011", "06013", "01037"]
        .iter()
        .cycle()
        .take(12)
        .enumerate()
    {
        cases.push(city.handling(category).case_id);
        let hours = i64::try_from(number).unwrap() * 7;
        city.clock.advance(jiff::SignedDuration::from_hours(hours));
    }
    // An engine that starts anew reads the versions from the log's tables.
    let edits: [&[&str]; 4] = [
        &["2026-08-05..2026-08-11 放假 台风停工"],
        &["2026-08-15..2026-08-16 上班 补班", "2026-08-08 上班 补班"],
        &["2026-08-05..2026-08-16 照常"],
        &["2026-08-03..2026-08-31 放假 停工"],
    ];
    for days in edits {
        city.engine
            .publish_calendar(&city.timer(), &publish(days))
            .unwrap();
        let later = engine_on(city.store.shared(), vec![case_type("1.0.0")]);
        later.follow_calendar(&city.timer()).unwrap().unwrap();
        agree(&city, &later, &cases);
        agree(&city, &city.engine, &cases);
    }
    let refused = city
        .engine
        .publish_calendar(&city.timer(), &publish(edits[3]));
    assert_eq!(
        refused.unwrap_err().kind(),
        ErrorKind::Invalid,
        "nothing would change"
    );
    verified(&city);
}
