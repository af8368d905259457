//! The calendar is edited while cases run.

use std::sync::Arc;

use serde_json::Value as Json;
use yuandu_base::calendar::Calendar;
use yuandu_process::Engine;

use crate::city::{City, at, case_type, gate};

#[test]
fn an_edited_calendar_moves_open_deadlines_and_each_case_says_why() {
    let city = City::new("2026-09-28T09:00");
    let opened = city.handling("06010");
    let id = opened.case_id.as_str();
    assert_eq!(city.task(id).due_at, Some(at("2026-09-29T17:30")));
    let further = "version = \"edit\"\n[[year]]\nyear = 2026\nholidays = [{ festival = \"national_day\", days = \"09-29..10-08\" }]\nmake_up = []\n";
    let edited = Calendar::statutory()
        .extended("edit.toml", further)
        .unwrap();
    let later = Engine::new(
        city.store.shared(),
        Arc::new(gate()),
        Arc::new(edited),
        vec![case_type("1.0.0")],
    )
    .unwrap();
    let before = Calendar::statutory();
    let result = later.reproject_clocks(&city.timer(), before).unwrap();
    assert_eq!((result.moved, result.failed), (1, 0));
    let moved = Some(at("2026-10-09T17:30"));
    assert_eq!(city.task(id).due_at, moved);
    let view = later.case_view(&city.officer("seat", 1), id).unwrap();
    assert_eq!(view.case.due_at, moved, "clock, task and case agree");
    assert_eq!(
        view.facts["handle_due"].as_str(),
        Some("2026-10-09T09:30:00Z")
    );
    let history = later.history(&city.officer("seat", 1), id).unwrap();
    let entry = history
        .iter()
        .find(|entry| entry.op == "cases.reproject_clocks")
        .unwrap();
    let why = entry
        .note
        .pointer("/moved/0/why/zh")
        .and_then(Json::as_str)
        .unwrap();
    assert!(why.contains("2026-09-29 由工作日改为国庆节放假"), "{why}");
    assert!(
        why.contains("期满日由 2026-09-29 17:30 改为 2026-10-09 17:30"),
        "{why}"
    );
    let again = later.reproject_clocks(&city.timer(), before).unwrap();
    assert_eq!(again.moved, 0, "running it again moves nothing more");
    city.now("2026-09-30T09:00");
    assert_eq!(
        later.fire_due_timers(&city.timer(), 10).unwrap().total(),
        0,
        "the timer moved with its clock"
    );
}
