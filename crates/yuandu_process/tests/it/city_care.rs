//! The models of city-care, lived through the store on a simulated clock.

use serde_json::{Value as Json, json};
use yuandu_base::calendar::Lamp;
use yuandu_base::{ErrorKind, Lang};
use yuandu_process::{CompleteTask, JoinCase, ProcessError};

use crate::city::{City, at, data, org};

const PHOTOS: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

fn spot(photos: &str) -> Json {
    json!({ "place": { "lon": 119.161, "lat": 36.707 }, photos: [PHOTOS], "opinion": "已到现场" })
}

#[test]
fn a_report_lives_from_the_residents_phone_to_its_closing() {
    let city = City::new("2026-09-14T09:00");
    let case = city.open("06010");
    let id = case.case_id.as_str();
    assert_eq!(city.task(id).node, "field_verify");
    assert_eq!(
        city.task(id).due_at,
        Some(at("2026-09-14T10:00")),
        "in the districts: one hour"
    );

    city.now("2026-09-14T09:30");
    city.decide(
        &city.officer("collector", 1),
        id,
        "confirmed",
        spot("verify_photos"),
    )
    .unwrap();
    let seat = city.officer("seat", 1);
    city.decide(
        &seat,
        id,
        "accept",
        json!({ "category": "06010", "opinion": "同意立案" }),
    )
    .unwrap();
    let dispatch = city
        .decide(&seat, id, "dispatch", json!({ "org": org(2) }))
        .unwrap();
    assert_eq!(
        (dispatch.next[0].node.as_str(), dispatch.stage.as_deref()),
        ("sign", Some("handle"))
    );
    assert_eq!(
        dispatch.next[0].due_at,
        Some(at("2026-09-15T17:30")),
        "the clock runs from the dispatch: one working day"
    );

    let handler = city.officer("handler", 2);
    city.now("2026-09-14T10:30");
    city.decide(&handler, id, "sign", Json::Null).unwrap();
    city.decide(&handler, id, "done", json!({ "opinion": "已清运" }))
        .unwrap();
    let check = city.task(id);
    assert_eq!(check.node, "field_check");
    city.decide(
        &city.officer("collector", 1),
        id,
        "fixed",
        spot("check_photos"),
    )
    .unwrap();
    let done = city
        .decide(
            &city.officer("inspector", 3),
            id,
            "close",
            json!({ "answer": "垃圾已于当日清运" }),
        )
        .unwrap();
    assert_eq!((done.status.as_str(), done.next.len()), ("closed", 0));

    let view = city.engine.case_view(&seat, id).unwrap();
    assert_eq!(view.case.closed_at, Some(at("2026-09-14T10:30")));
    assert_eq!(view.case.due_at, None);
    assert_eq!(view.facts["archived_at"], json!("2026-09-14T02:30:00Z"));
    assert_eq!(view.facts["handle_budget"], json!("1d"));
    assert_eq!(view.facts["first_org"], json!(org(2)));
    assert_eq!(
        view.facts["contact_phone"],
        json!("13800000000"),
        "a seat may call back"
    );
    assert!(
        view.clocks.iter().all(|c| c.lamp.is_none()),
        "every clock has stopped"
    );
    assert_eq!(view.past.len(), 7);
}

#[test]
fn the_history_says_who_decided_what_and_hides_the_contact() {
    let city = City::new("2026-09-14T09:00");
    let case = city.open("06010");
    city.now("2026-09-14T09:40");
    city.decide(
        &city.officer("collector", 1),
        &case.case_id,
        "confirmed",
        spot("verify_photos"),
    )
    .unwrap();
    let history = city
        .engine
        .history(&city.officer("seat", 1), &case.case_id)
        .unwrap();
    assert_eq!(history.len(), 2);
    let note = &history[1].note;
    assert_eq!(note["outcome_name"]["zh"], "情况属实");
    assert_eq!(note["who"]["name"], "王1");
    assert_eq!(note["used"]["minutes"], 40);
    assert_eq!(note["opinion"], "已到现场");
    assert_eq!(note["facts"]["finding"], "confirmed");
    assert_eq!(
        history[0].note["restricted"],
        json!(["contact_name", "contact_phone"])
    );
    let all = format!("{:?}", history.iter().map(|h| &h.note).collect::<Vec<_>>());
    assert!(!all.contains("13800000000") && !all.contains("张三"));
}

#[test]
fn a_leader_does_not_see_the_contact_and_a_resident_sees_no_inner_words() {
    let city = City::new("2026-09-14T09:00");
    let case = city.open("06010");
    let view = city
        .engine
        .case_view(&city.officer("leader", 9), &case.case_id)
        .unwrap();
    assert_eq!(view.masked, ["contact_name", "contact_phone"]);
    assert!(!view.facts.contains_key("contact_phone"));
    assert!(
        !view.case.title.contains("张三") && view.case.title.starts_with("暴露垃圾"),
        "{}",
        view.case.title
    );

    let public = city
        .engine
        .public_view(&city.resident(), &case.number)
        .unwrap();
    assert_eq!(public.stage.unwrap().en, "stage verify");
    assert_eq!(public.due_at, Some(at("2026-09-14T10:00")));
    assert!(public.why.unwrap().get(Lang::Zh).contains("10:00"));
    assert_eq!(public.steps.len(), 1);
    let unknown = city
        .engine
        .public_view(&city.resident(), "20260914-000000-9");
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn the_third_send_back_goes_to_the_arbiter_and_the_clock_runs_on() {
    let city = City::new("2026-09-14T09:00");
    let case = city.dispatched("06010");
    let id = case.case_id.as_str();
    let due = city.task(id).due_at;
    let back = json!({ "reason": "不属于我单位", "evidence_words": "职责清单第 3 条", "suggested_owner": org(3) });
    for round in 1..=3 {
        city.decide(&city.officer("handler", 2), id, "send_back", back.clone())
            .unwrap();
        let node = city.task(id).node;
        if round < 3 {
            assert_eq!(node, "dispatch");
            city.decide(
                &city.officer("seat", 1),
                id,
                "dispatch",
                json!({ "org": org(2) }),
            )
            .unwrap();
            assert_eq!(
                city.task(id).due_at,
                due,
                "a second dispatch does not start the clock again"
            );
        } else {
            assert_eq!(node, "arbitrate");
        }
    }
    let sent = json!({ "org": org(3), "opinion": "按职责清单由你单位办理" });
    city.decide(&city.officer("arbiter", 1), id, "assign", sent)
        .unwrap();
    let task = city.task(id);
    assert_eq!(
        (task.node.as_str(), task.org, task.due_at),
        ("handle", Some(org(3)), due)
    );
}

#[test]
fn a_send_back_must_name_reason_evidence_and_owner() {
    let city = City::new("2026-09-14T09:00");
    let case = city.dispatched("06010");
    let refused = city
        .decide(
            &city.officer("handler", 2),
            &case.case_id,
            "send_back",
            json!({}),
        )
        .unwrap_err();
    let fields: Vec<&str> = refused
        .problems()
        .iter()
        .map(|p| p.place.as_str())
        .collect();
    assert_eq!(fields, ["reason", "evidence_words", "suggested_owner"]);
    let unknown = json!({ "reason": "非我管", "evidence_words": "依据", "suggested_owner": org(77), "colour": "red" });
    let refused = city
        .decide(
            &city.officer("handler", 2),
            &case.case_id,
            "send_back",
            unknown,
        )
        .unwrap_err();
    assert_eq!(
        refused.problems()[0].place,
        "colour",
        "unknown keys are refused"
    );
    let unknown =
        json!({ "reason": "非我管", "evidence_words": "依据", "suggested_owner": org(77) });
    let refused = city
        .decide(
            &city.officer("handler", 2),
            &case.case_id,
            "send_back",
            unknown,
        )
        .unwrap_err();
    assert_eq!(refused.problems()[0].code, "cases.org_unknown");
    assert_eq!(
        city.task(&case.case_id).node,
        "sign",
        "a refused decision changes nothing"
    );
}

#[test]
fn an_extension_moves_the_due_instant_of_task_case_and_timer() {
    let city = City::new("2026-09-14T09:00");
    let case = city.handling("06010");
    let id = case.case_id.as_str();
    assert_eq!(city.task(id).due_at, Some(at("2026-09-15T17:30")));
    city.decide(
        &city.officer("handler", 2),
        id,
        "extend",
        json!({ "days": "2d", "reason": "等待设备" }),
    )
    .unwrap();
    city.decide(
        &city.officer("arbiter", 1),
        id,
        "approve",
        json!({ "opinion": "同意" }),
    )
    .unwrap();
    let task = city.task(id);
    assert_eq!(
        (task.node.as_str(), task.due_at),
        ("handle", Some(at("2026-09-17T17:30")))
    );
    let view = city.engine.case_view(&city.officer("seat", 1), id).unwrap();
    assert_eq!(view.case.due_at, Some(at("2026-09-17T17:30")));
    assert_eq!(
        (
            view.facts["extension_count"].as_i64(),
            view.facts["handle_due"].as_str()
        ),
        (Some(1), Some("2026-09-17T09:30:00Z"))
    );
    let handle = view.clocks.iter().find(|c| c.name == "handle").unwrap();
    assert_eq!(handle.clock.ledger.extensions[0].reason, "等待设备");
    city.now("2026-09-15T17:30");
    assert_eq!(
        city.engine
            .fire_due_timers(&city.timer(), 100)
            .unwrap()
            .fired,
        0,
        "the old due instant is forgotten"
    );
    city.now("2026-09-17T17:30");
    assert_eq!(
        city.engine
            .fire_due_timers(&city.timer(), 100)
            .unwrap()
            .fired,
        1
    );
}

#[test]
fn an_extension_that_is_none_or_not_in_the_limits_unit_is_refused() {
    let city = City::new("2026-09-14T09:00");
    let case = city.handling("06010");
    let id = case.case_id.as_str();
    let due = city.task(id).due_at;
    for days in ["4h", "0d", "100d", "30m"] {
        let asked = json!({ "days": days, "reason": "等待" });
        let refused = city.decide(&city.officer("handler", 2), id, "extend", asked);
        let Err(ProcessError::Invalid(problems)) = refused else {
            panic!("{days}: {refused:?}");
        };
        assert_eq!((problems.len(), problems[0].place.as_str()), (1, "days"));
    }
    assert_eq!(city.task(id).due_at, due);
}

#[test]
fn rework_gives_the_case_back_and_the_waiting_for_the_check_does_not_count() {
    let city = City::new("2026-09-14T09:00");
    let case = city.handling("06010");
    let id = case.case_id.as_str();
    city.now("2026-09-14T15:00");
    city.decide(
        &city.officer("handler", 2),
        id,
        "done",
        json!({ "opinion": "已清理" }),
    )
    .unwrap();
    let view = city.engine.case_view(&city.officer("seat", 1), id).unwrap();
    let handle = view.clocks.iter().find(|c| c.name == "handle").unwrap();
    assert_eq!(
        (handle.clock.status.word(), handle.clock.due),
        ("suspended", None)
    );
    let waits = &handle.clock.ledger.suspensions[0];
    assert_eq!(
        [yuandu_base::Lang::Zh, yuandu_base::Lang::En].map(|lang| waits.reason_in(lang)),
        ["等待核查", "waiting for the check"]
    );
    city.now("2026-09-16T15:00");
    assert_eq!(
        city.engine
            .fire_due_timers(&city.timer(), 10)
            .unwrap()
            .total(),
        0,
        "a suspended clock fires nothing"
    );
    city.decide(
        &city.officer("collector", 1),
        id,
        "not_fixed",
        spot("check_photos"),
    )
    .unwrap();
    city.decide(
        &city.officer("inspector", 3),
        id,
        "rework",
        json!({ "reason": "仍有垃圾" }),
    )
    .unwrap();
    let task = city.task(id);
    assert_eq!(
        (task.node.as_str(), task.org.clone()),
        ("handle", Some(org(2)))
    );
    assert!(
        task.due_at > Some(at("2026-09-15T17:30")),
        "two days of waiting were given back: {:?}",
        task.due_at
    );
    let view = city.engine.case_view(&city.officer("seat", 1), id).unwrap();
    assert_eq!(
        (
            view.facts["rework_count"].as_i64(),
            &view.facts["handled_at"]
        ),
        (Some(1), &Json::Null)
    );
}

#[test]
fn an_overdue_case_gets_its_red_card_at_the_due_instant_over_a_holiday_and_only_once() {
    let city = City::new("2026-09-29T09:00");
    // Four working days from 29 September 2026: 30 September, then after the National Day 8 and 9 October and the
    // make-up Saturday 10 October.
    let case = city.handling("06011");
    let id = case.case_id.as_str();
    let due = at("2026-10-10T17:30");
    assert_eq!(city.task(id).due_at, Some(due));
    city.now("2026-10-10T17:29:59");
    assert_eq!(
        city.engine
            .fire_due_timers(&city.timer(), 100)
            .unwrap()
            .total(),
        0
    );
    city.clock.set(due);
    assert_eq!(
        city.engine
            .fire_due_timers(&city.timer(), 100)
            .unwrap()
            .fired,
        1
    );
    assert_eq!(
        city.engine
            .fire_due_timers(&city.timer(), 100)
            .unwrap()
            .total(),
        0,
        "a timer fires once"
    );
    let view = city.engine.case_view(&city.officer("seat", 1), id).unwrap();
    assert_eq!(view.cards.len(), 1);
    let card = &view.cards[0];
    assert_eq!(
        (card.colour.as_str(), card.org.clone(), card.issued_at),
        ("red", Some(org(2)), due)
    );
    assert!(card.reason_zh.contains("2026-10-10 17:30"));
    assert_eq!(
        view.tasks[0].task.node, "handle",
        "the unit still has to do its work"
    );
    let handle = view.clocks.iter().find(|c| c.name == "handle").unwrap();
    assert_eq!(handle.lamp, Some(Lamp::Red));
    assert!(
        handle
            .projection
            .as_ref()
            .unwrap()
            .explain(Lang::Zh)
            .contains("国庆")
    );

    // Asking for more time and being denied brings the case back overdue: no second card for the same due instant.
    city.decide(
        &city.officer("handler", 2),
        id,
        "extend",
        json!({ "days": "1d", "reason": "忙" }),
    )
    .unwrap();
    city.decide(
        &city.officer("arbiter", 1),
        id,
        "deny",
        json!({ "opinion": "不同意" }),
    )
    .unwrap();
    assert_eq!(
        city.engine
            .fire_due_timers(&city.timer(), 100)
            .unwrap()
            .fired,
        1
    );
    let view = city.engine.case_view(&city.officer("seat", 1), id).unwrap();
    assert_eq!(view.cards.len(), 1);
}

#[test]
fn a_refused_report_ends_with_an_answer() {
    let city = City::new("2026-09-14T09:00");
    let case = city.open("06010");
    city.decide(
        &city.officer("collector", 1),
        &case.case_id,
        "not_found",
        spot("verify_photos"),
    )
    .unwrap();
    let seat = city.officer("seat", 1);
    let refused = city
        .decide(
            &seat,
            &case.case_id,
            "refuse",
            json!({ "refuse_reason": "made_up" }),
        )
        .unwrap_err();
    let mut fields: Vec<&str> = refused
        .problems()
        .iter()
        .map(|p| p.place.as_str())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["answer", "refuse_reason"]);
    let sent = json!({ "refuse_reason": "not_found", "answer": "现场未见所述情况" });
    let ended = city.decide(&seat, &case.case_id, "refuse", sent).unwrap();
    assert_eq!(ended.status, "refused");
    let public = city
        .engine
        .public_view(&city.resident(), &case.number)
        .unwrap();
    assert_eq!(
        (public.status.as_str(), public.answer.as_deref()),
        ("refused", Some("现场未见所述情况"))
    );
    let said: Vec<&str> = public.steps.iter().map(|s| s.words.en.as_str()).collect();
    assert!(
        said.contains(&"Refused"),
        "the record says what was done, not what the button asked: {said:?}"
    );
    assert_eq!(public.stage, None);
}

#[test]
fn a_merged_case_and_its_joined_reports_follow_the_main_case() {
    let city = City::new("2026-09-14T09:00");
    let main = city.found("06010");
    let twin = city.found("06010");
    let join = JoinCase {
        parent: twin.number.clone(),
        channel: "web".to_owned(),
        facts: data(json!({ "words": "我也看到了", "reporter_kind": "public" })),
        idempotency: Some("k1".to_owned()),
    };
    let joined = city.engine.join_case(&city.resident(), &join).unwrap();
    let again = city.engine.join_case(&city.resident(), &join).unwrap();
    assert_eq!(
        (again.number.clone(), again.replayed),
        (joined.number.clone(), true)
    );
    let view = city
        .engine
        .case_view(&city.officer("seat", 1), &twin.case_id)
        .unwrap();
    assert_eq!(view.children.len(), 1);

    let seat = city.officer("seat", 1);
    for (wrong, words) in [
        ("20260914-999999-1", "没有"),
        (twin.number.as_str(), "自己"),
    ] {
        let refused = city
            .decide(&seat, &twin.case_id, "merge", json!({ "parent": wrong }))
            .unwrap_err();
        assert_eq!(refused.problems()[0].place, "parent");
        assert!(
            refused.problems()[0].message.zh.contains(words),
            "{:?}",
            refused.problems()
        );
    }
    let merged = city
        .decide(
            &seat,
            &twin.case_id,
            "merge",
            json!({ "parent": main.number }),
        )
        .unwrap();
    assert_eq!(merged.status, "merged");
    let view = city.engine.case_view(&seat, &main.case_id).unwrap();
    assert_eq!(
        view.children.len(),
        2,
        "the joined report follows into the main case"
    );
    let public = city
        .engine
        .public_view(&city.resident(), &joined.number)
        .unwrap();
    assert_eq!(
        (public.main.as_deref(), public.status.as_str()),
        (Some(main.number.as_str()), "open")
    );
    assert_eq!(public.stage.unwrap().en, "stage accept");
}

#[test]
fn nobody_does_what_belongs_to_another_role_or_organisation() {
    let city = City::new("2026-09-14T09:00");
    let case = city.dispatched("06010");
    for stranger in [
        city.officer("seat", 2),
        city.officer("handler", 3),
        city.resident(),
    ] {
        let refused = city
            .decide(&stranger, &case.case_id, "sign", Json::Null)
            .unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Denied);
    }
    let hidden = city
        .engine
        .case_view(&city.officer("handler", 3), &case.case_id)
        .unwrap_err();
    assert_eq!(hidden.kind(), ErrorKind::NotFound);
}

#[test]
fn opening_tells_all_problems_at_once_and_refuses_facts_the_process_writes() {
    let city = City::new("2026-09-14T09:00");
    let mut report = city.report("99999");
    report.place = Some((500.0, 36.7));
    report.channel = "pigeon".to_owned();
    let refused = city
        .engine
        .open_case(&city.resident(), &report)
        .unwrap_err();
    let mut fields: Vec<&str> = refused
        .problems()
        .iter()
        .map(|p| p.place.as_str())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["category", "channel", "place"]);
    let mut report = city.report("06010");
    report.facts =
        data(json!({ "reporter_kind": "martian", "accepted_at": "2026-09-14T00:00:00Z" }));
    let refused = city
        .engine
        .open_case(&city.resident(), &report)
        .unwrap_err();
    let mut fields: Vec<&str> = refused
        .problems()
        .iter()
        .map(|p| p.place.as_str())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["accepted_at", "reporter_kind", "words"]);
}

#[test]
fn a_case_without_a_published_limit_gets_the_general_one() {
    let city = City::new("2026-09-14T09:00");
    let case = city.dispatched("05002");
    let view = city
        .engine
        .case_view(&city.officer("seat", 1), &case.case_id)
        .unwrap();
    assert_eq!(view.facts["handle_budget"], json!("5d"));
    assert_eq!(
        view.case.due_at,
        Some(at("2026-09-20T17:30")),
        "20 September 2026 is a make-up Sunday"
    );
}

#[test]
fn a_task_done_by_another_names_who_and_when() {
    let city = City::new("2026-09-14T09:00");
    let case = city.found("06010");
    let request = CompleteTask {
        task: city.task(&case.case_id).id,
        outcome: "accept".to_owned(),
        data: data(json!({ "category": "06010" })),
        idempotency: None,
    };
    city.engine
        .complete_task(&city.officer("seat", 1), &request)
        .unwrap();
    let late = city
        .engine
        .complete_task(&city.officer("seat", 2), &request)
        .unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Conflict);
    let ProcessError::TaskDone { message, .. } = late else {
        panic!("{late}")
    };
    assert!(
        message.zh.contains("王1") && message.zh.contains("2026-09-14 09:00"),
        "{}",
        message.zh
    );
}
