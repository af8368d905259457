//! Each element of BPMN by itself, as the standard says it behaves.

use serde_json::{Value as Json, json};
use yuandu_bpmn::engine::{EngineError, Event};

use crate::sample::{Walk, at, chain, file, flow, process, user};

const START: &str = r#"<startEvent id="s"/>"#;
const END: &str = r#"<endEvent id="x"/>"#;

#[test]
fn a_chain_of_tasks_is_done_one_after_another() {
    let body = [
        START,
        END,
        &user("a"),
        &user("b"),
        r#"<task id="t"/><manualTask id="m"/>"#,
    ]
    .concat();
    let mut walk = Walk::begin(&process(&(body + &chain(&["s", "a", "t", "m", "b", "x"]))));
    assert_eq!(walk.open(), ["a"]);
    walk.ok("a");
    assert_eq!(walk.open(), ["b"]);
    walk.ok("b");
    assert_eq!(
        (walk.ended.as_deref(), walk.matter.state.tokens.len()),
        (Some("closed"), 0)
    );
    assert_eq!(walk.path, ["s", "a", "t", "m", "b", "x"]);
}

#[test]
fn an_outcome_that_does_not_exist_is_refused_and_the_task_stays() {
    let body = [START, END, &user("a"), &chain(&["s", "a", "x"])].concat();
    let mut walk = Walk::begin(&process(&body));
    let refused = walk.decide("a", "maybe", Json::Null).unwrap_err();
    assert!(matches!(refused, EngineError::Outcome { .. }));
    walk.ok("a");
    let gone = walk.event(Event::TaskCompleted {
        token: 3,
        outcome: "ok".into(),
        input: Default::default(),
        facts: Default::default(),
    });
    assert!(matches!(gone, Err(EngineError::Gone { .. })));
}

#[test]
fn an_exclusive_gateway_takes_the_first_true_condition_or_the_default() {
    let body = [
        START,
        END,
        &user("a"),
        &user("high"),
        &user("low"),
        r#"<exclusiveGateway id="g" default="d"/>"#,
        &chain(&["s", "a", "g"]),
        &flow("c", "g", "high", "input.n &gt; 5"),
        &flow("d", "g", "low", ""),
        &chain(&["high", "x"]),
        &chain(&["low", "x"]),
    ]
    .concat();
    for (n, expected) in [(9, "high"), (5, "low")] {
        let mut walk = Walk::begin(&process(&body));
        walk.decide("a", "ok", json!({ "n": n })).unwrap();
        assert_eq!(walk.open(), [expected]);
    }
}

fn diamond(kind: &str) -> String {
    [
        START,
        END,
        &format!(r#"<{kind} id="split"/><{kind} id="join"/>"#),
        &user("a"),
        &user("b"),
        &user("c"),
        &user("last"),
        &chain(&["s", "split"]),
        &chain(&["split", "a", "join"]),
        &chain(&["split", "b", "join"]),
        &chain(&["split", "c", "join"]),
        &chain(&["join", "last", "x"]),
    ]
    .concat()
}

#[test]
fn a_parallel_join_waits_for_every_path() {
    let mut walk = Walk::begin(&process(&diamond("parallelGateway")));
    assert_eq!(walk.open(), ["a", "b", "c"]);
    walk.ok("c");
    walk.ok("a");
    assert_eq!(walk.open(), ["b"]);
    walk.ok("b");
    assert_eq!(walk.open(), ["last"]);
    walk.ok("last");
    assert!(walk.ended.is_some());
}

#[test]
fn an_inclusive_join_waits_for_those_paths_that_were_taken() {
    let body = [
        START,
        END,
        r#"<inclusiveGateway id="split" default="f3"/><inclusiveGateway id="join"/>"#,
        &user("q"),
        &user("a"),
        &user("b"),
        &user("c"),
        &user("last"),
        &chain(&["s", "q", "split"]),
        &flow("f1", "split", "a", "input.n &gt; 0"),
        &flow("f2", "split", "b", "input.n &gt; 1"),
        &flow("f3", "split", "c", ""),
        &chain(&["a", "join"]),
        &chain(&["b", "join"]),
        &chain(&["c", "join"]),
        &chain(&["join", "last", "x"]),
    ]
    .concat();
    for (n, taken) in [(0, vec!["c"]), (1, vec!["a"]), (2, vec!["a", "b"])] {
        let mut walk = Walk::begin(&process(&body));
        walk.decide("q", "ok", json!({ "n": n })).unwrap();
        assert_eq!(walk.open(), taken);
        for (at, node) in taken.iter().enumerate() {
            assert!(!walk.open().contains(&"last"), "{at}");
            walk.ok(node);
        }
        assert_eq!(walk.open(), ["last"]);
    }
}

#[test]
fn an_inclusive_join_does_not_wait_for_a_path_that_left_elsewhere() {
    // One of two paths may go to an end of its own; then nobody is on the way any more.
    let body = [
        START,
        END,
        r#"<parallelGateway id="split"/><inclusiveGateway id="join"/><exclusiveGateway id="g" default="stay"/><endEvent id="y"/>"#,
        &user("a"),
        &user("b"),
        &user("last"),
        &chain(&["s", "split"]),
        &chain(&["split", "a", "join"]),
        &chain(&["split", "b", "g"]),
        &flow("stay", "g", "join", ""),
        &flow("away", "g", "y", r#"outcome = "no""#),
        &chain(&["join", "last", "x"]),
    ]
    .concat();
    let mut walk = Walk::begin(&process(&body));
    walk.ok("a");
    assert_eq!(walk.open(), ["b"]);
    walk.decide("b", "no", Json::Null).unwrap();
    assert_eq!(walk.open(), ["last"]);
}

#[test]
fn a_join_that_can_never_be_satisfied_is_refused_not_waited_for() {
    let body = [
        START,
        END,
        r#"<exclusiveGateway id="g" default="d"/><parallelGateway id="join"/>"#,
        &user("q"),
        &chain(&["s", "q", "g"]),
        &flow("c", "g", "join", r#"outcome = "no""#),
        &flow("d", "g", "join", ""),
        &chain(&["join", "x"]),
    ]
    .concat();
    let mut walk = Walk::begin(&process(&body));
    assert_eq!(
        walk.decide("q", "ok", Json::Null),
        Err(EngineError::Stuck {
            node: "join".into()
        })
    );
}

#[test]
fn a_loop_that_never_waits_is_an_error_not_a_hang() {
    let body = [
        START,
        END,
        r#"<exclusiveGateway id="g" default="again"/><task id="t"/>"#,
        &chain(&["s", "t", "g"]),
        &flow("again", "g", "t", ""),
        &flow("out", "g", "x", "case.n = 1"),
    ]
    .concat();
    let refused = Walk::before(&process(&body)).event(Event::Start);
    assert!(
        matches!(refused, Err(EngineError::Endless { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_process_that_calls_itself_for_ever_is_stopped() {
    let body = [
        START,
        END,
        r#"<callActivity id="c" calledElement="p"/>"#,
        &chain(&["s", "c", "x"]),
    ]
    .concat();
    let refused = Walk::before(&process(&body)).event(Event::Start);
    assert!(
        matches!(refused, Err(EngineError::TooDeep { .. })),
        "{refused:?}"
    );
}

#[test]
fn scripts_set_facts_and_keep_results() {
    let script = r#"<scriptTask id="k" scriptFormat="feel" y:result="twice"><script>input.n * 2</script></scriptTask>
        <scriptTask id="w"><extensionElements><y:set field="n" value="=twice + 1"/><y:set field="a" value="=actor.name"/><y:set field="done_at" value="=now"/></extensionElements></scriptTask>"#;
    let body = [
        START,
        END,
        script,
        &user("q"),
        &user("z"),
        &chain(&["s", "q", "k", "w", "z", "x"]),
    ]
    .concat();
    let mut walk = Walk::begin(&process(&body));
    walk.decide("q", "ok", json!({ "n": 4 })).unwrap();
    assert_eq!(
        (walk.fact("n"), walk.fact("a"), walk.fact("done_at")),
        (json!(9), json!("王"), json!("2026-09-14T01:00:00Z"))
    );
}

#[test]
fn a_value_that_does_not_fit_its_fact_is_refused() {
    let script = r#"<scriptTask id="w"><extensionElements><y:set field="n" value="=&quot;many&quot;"/></extensionElements></scriptTask>"#;
    let body = [START, END, script, &chain(&["s", "w", "x"])].concat();
    let refused = Walk::before(&process(&body)).event(Event::Start);
    assert!(
        matches!(refused, Err(EngineError::Value { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_called_process_sees_what_it_is_given_and_what_is_around_it() {
    let outer = [
        r#"<process id="p">"#,
        START,
        END,
        r#"<callActivity id="c" calledElement="inner"><extensionElements><y:in name="mode" value="fast"/></extensionElements></callActivity>"#,
        &user("after"),
        &chain(&["s", "c", "after", "x"]),
        "</process>",
    ]
    .concat();
    let inner = [
        r#"<process id="inner"><startEvent id="is"/><endEvent id="ix"/><scriptTask id="w"><extensionElements><y:set field="a" value="=mode"/><y:keep name="own" value="=1"/></extensionElements></scriptTask>"#,
        &user("in"),
        &chain(&["is", "w", "in", "ix"]),
        "</process>",
    ]
    .concat();
    let mut walk = Walk::begin(&file(&(outer + &inner)));
    assert_eq!((walk.open(), walk.fact("a")), (vec!["in"], json!("fast")));
    walk.ok("in");
    assert_eq!(walk.open(), ["after"]);
    assert_eq!(
        walk.matter.state.frames.len(),
        1,
        "the call is over and its variables with it"
    );
}

fn with_sub(inside: &str, beside: &str) -> String {
    [
        START,
        END,
        &format!(r#"<subProcess id="sub">{inside}</subProcess>"#),
        beside,
    ]
    .concat()
}

#[test]
fn an_error_inside_a_sub_process_goes_to_its_border_and_takes_the_rest_along() {
    let inside = [
        r#"<startEvent id="is"/><parallelGateway id="g"/><endEvent id="bad"><errorEventDefinition errorRef="e"/></endEvent><endEvent id="ix"/>"#,
        &user("a"),
        &user("b"),
        &chain(&["is", "g"]),
        &chain(&["g", "a", "bad"]),
        &chain(&["g", "b", "ix"]),
    ]
    .concat();
    let beside = [
        r#"<boundaryEvent id="caught" attachedToRef="sub"><errorEventDefinition errorRef="e"/></boundaryEvent>"#,
        &user("mend"),
        &chain(&["s", "sub", "x"]),
        &chain(&["caught", "mend", "x"]),
    ]
    .concat();
    let mut walk = Walk::begin(&process(&with_sub(&inside, &beside)));
    assert_eq!(walk.open(), ["a", "b"]);
    walk.ok("a");
    assert_eq!(walk.open(), ["mend"]);
    walk.ok("mend");
    assert_eq!(walk.ended.as_deref(), Some("closed"));
}

#[test]
fn an_error_that_nobody_catches_is_told_and_changes_nothing() {
    let inside = [
        r#"<startEvent id="is"/><endEvent id="bad"><errorEventDefinition errorRef="e"/></endEvent>"#,
        &user("a"),
        &chain(&["is", "a", "bad"]),
    ]
    .concat();
    let mut walk = Walk::begin(&process(&with_sub(&inside, &chain(&["s", "sub", "x"]))));
    let refused = walk.decide("a", "ok", Json::Null).unwrap_err();
    assert!(
        matches!(refused, EngineError::Uncaught { ref code, .. } if code == "oops"),
        "{refused}"
    );
    assert_eq!(walk.open(), ["a"]);
}

#[test]
fn a_terminate_end_takes_every_path_of_its_scope_and_no_other() {
    let inside = [
        r#"<startEvent id="is"/><parallelGateway id="g"/><endEvent id="stop"><terminateEventDefinition/></endEvent><endEvent id="ix"/>"#,
        &user("a"),
        &user("b"),
        &chain(&["is", "g"]),
        &chain(&["g", "a", "stop"]),
        &chain(&["g", "b", "ix"]),
    ]
    .concat();
    let beside = [&user("after"), chain(&["s", "sub", "after", "x"]).as_str()].concat();
    let mut walk = Walk::begin(&process(&with_sub(&inside, &beside)));
    walk.ok("a");
    assert_eq!(walk.open(), ["after"]);
}

#[test]
fn a_timer_on_the_border_interrupts_or_runs_beside() {
    for (cancel, expected) in [("true", vec!["late"]), ("false", vec!["a", "late"])] {
        let body = [
            START,
            END,
            &user("a"),
            &user("late"),
            &format!(
                r#"<boundaryEvent id="t" attachedToRef="a" cancelActivity="{cancel}"><timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition></boundaryEvent>"#
            ),
            &chain(&["s", "a", "x"]),
            &chain(&["t", "late", "x"]),
        ]
        .concat();
        let mut walk = Walk::begin(&process(&body));
        assert_eq!(walk.timers[0].2, Some(at("2026-09-14T11:00")));
        walk.fire("t").unwrap();
        assert_eq!(walk.open(), expected);
        assert!(walk.timers.is_empty(), "a timer fires once");
        for node in expected {
            walk.ok(node);
        }
        assert_eq!(walk.ended.as_deref(), Some("closed"));
    }
}

#[test]
fn finishing_a_task_drops_its_timer() {
    let body = [
        START,
        END,
        &user("a"),
        &user("b"),
        r#"<boundaryEvent id="t" attachedToRef="a"><timerEventDefinition y:budget="4h"/></boundaryEvent>"#,
        &chain(&["s", "a", "b", "x"]),
        &chain(&["t", "x"]),
    ]
    .concat();
    let mut walk = Walk::begin(&process(&body));
    assert_eq!(
        walk.timers[0].2,
        Some(at("2026-09-14T14:00")),
        "four working hours, lunch left out"
    );
    let token = walk.token("a");
    walk.ok("a");
    assert!(walk.timers.is_empty());
    let late = walk.event(Event::TimerFired {
        token,
        node: "t".into(),
    });
    assert!(matches!(late, Err(EngineError::Gone { .. })));
}

#[test]
fn an_intermediate_timer_waits_for_its_instant() {
    let body = [
        START,
        END,
        r#"<intermediateCatchEvent id="wait"><timerEventDefinition><timeDate>="2026-10-01T00:00:00+08:00"</timeDate></timerEventDefinition></intermediateCatchEvent>"#,
        &chain(&["s", "wait", "x"]),
    ]
    .concat();
    let mut walk = Walk::begin(&process(&body));
    assert_eq!(
        (walk.ended.clone(), walk.timers[0].2),
        (None, Some(at("2026-10-01T00:00")))
    );
    walk.fire("wait").unwrap();
    assert_eq!(walk.ended.as_deref(), Some("closed"));
}

#[test]
fn clocks_start_suspend_resume_extend_and_stop() {
    let with = |id: &str, deed: &str| {
        format!(
            r#"<task id="{id}"><extensionElements><y:clock name="k" {deed}/></extensionElements></task>"#
        )
    };
    let body = [
        START,
        END,
        &with("start", r#"op="start" budget="2d" due="due""#),
        &user("u1"),
        &with("again", r#"op="start" budget="9d" due="due""#),
        &with(
            "pause",
            r#"op="suspend" reason="补正" basis="条例" due="due""#,
        ),
        &user("u2"),
        &with("go", r#"op="resume" due="due""#),
        &with("more", r#"op="extend" budget="1d" reason="设备" due="due""#),
        &user("u3"),
        &with("stop", r#"op="stop""#),
        &user("u4"),
        &chain(&[
            "s", "start", "u1", "again", "pause", "u2", "go", "more", "u3", "stop", "u4", "x",
        ]),
    ]
    .concat();
    let mut walk = Walk::begin(&process(&body));
    assert_eq!(walk.fact("due"), json!("2026-09-16T09:30:00Z"));
    walk.now = at("2026-09-15T09:00");
    walk.ok("u1");
    assert_eq!(
        (walk.fact("due"), walk.matter.clocks["k"].status.word()),
        (Json::Null, "suspended")
    );
    walk.now = at("2026-09-16T09:00");
    walk.ok("u2");
    let clock = &walk.matter.clocks["k"];
    assert_eq!(
        (clock.status.word(), clock.ledger.budget.to_string()),
        ("running", "2d".to_owned()),
        "a second start changes nothing"
    );
    assert!(clock.due > Some(at("2026-09-17T17:30")), "{:?}", clock.due);
    walk.ok("u3");
    assert_eq!(walk.matter.clocks["k"].status.word(), "stopped");
    assert_eq!(walk.matter.clocks["k"].stopped, Some(walk.now));
}

#[test]
fn the_last_status_named_is_the_status_of_the_case() {
    let end = r#"<endEvent id="x"><extensionElements><y:end status="refused"/></extensionElements></endEvent>"#;
    let walk = Walk::begin(&process(&[START, end, &chain(&["s", "x"])].concat()));
    assert_eq!(walk.ended.as_deref(), Some("refused"));
}

#[test]
fn an_abandoned_case_leaves_no_task_and_no_timer() {
    let mut walk = Walk::begin(&process(&diamond("parallelGateway")));
    walk.event(Event::Abandon {
        status: "merged".into(),
    })
    .unwrap();
    assert_eq!(
        (walk.open().len(), walk.ended.as_deref()),
        (0, Some("merged"))
    );
}

#[test]
fn a_case_that_ends_leaves_no_clock_running() {
    let clock = r#"<task id="c"><extensionElements><y:clock name="k" op="start" budget="2d"/></extensionElements></task>"#;
    let body = [START, END, clock, &user("a"), &chain(&["s", "c", "a", "x"])].concat();
    let mut walk = Walk::begin(&process(&body));
    assert_eq!(walk.matter.clocks["k"].status.word(), "running");
    walk.ok("a");
    let clock = &walk.matter.clocks["k"];
    assert_eq!(
        (clock.status.word(), clock.due),
        ("stopped", Some(at("2026-09-16T17:30")))
    );
}
