//! Every element of BPMN that runs, as the standard says it behaves, played from a script on a simulated clock.

use serde_json::{Value as Json, json};
use yuandu_bpmn::bpmn::read_model;
use yuandu_bpmn::play::{play, read_script};

use crate::sample::{chain, file};

pub const ENDS: &str = r#"<startEvent id="s"/><endEvent id="x"/>"#;

/// A file with one process of anybody's making and what stands beside it.
pub fn model(body: &str) -> String {
    file(&format!(
        r#"<error id="the_error" errorCode="oops"/><message id="the_message" name="hello"/><signal id="the_signal" name="bell"/><escalation id="the_escalation" escalationCode="up"/><process id="p">{body}</process>"#
    ))
}

pub fn played(text: &str, script: Json) -> Json {
    let model = read_model("m.bpmn", text);
    assert!(model.problems.is_empty(), "{:#?}", model.problems);
    let script = read_script(&script).unwrap_or_else(|faults| panic!("{faults:?}"));
    play(model.processes, "p", &script).report
}

pub fn ids(report: &Json) -> Vec<&str> {
    let tokens = report["tokens"].as_array().unwrap();
    let open = tokens
        .iter()
        .filter(|t| !["inside", "turns"].contains(&t["waits"].as_str().unwrap()));
    open.map(|t| t["id"].as_str().unwrap()).collect()
}

pub fn path(report: &Json) -> Vec<&str> {
    report["path"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Json::as_str)
        .collect()
}

pub fn task(id: &str) -> String {
    format!(r#"<userTask id="{id}" name="Task {id}"/>"#)
}

pub fn event(kind: &str, id: &str, extra: &str, definition: &str) -> String {
    format!(r#"<{kind} id="{id}" {extra}>{definition}</{kind}>"#)
}

pub const MESSAGE: &str = r#"<messageEventDefinition messageRef="the_message"/>"#;
pub const SIGNAL: &str = r#"<signalEventDefinition signalRef="the_signal"/>"#;
const ESCALATION: &str = r#"<escalationEventDefinition escalationRef="the_escalation"/>"#;
const ERROR: &str = r#"<errorEventDefinition errorRef="the_error"/>"#;
const UNDO: &str = r#"<compensateEventDefinition/>"#;

pub fn timer(text: &str) -> String {
    let tag = if text.starts_with('R') {
        "timeCycle"
    } else {
        "timeDuration"
    };
    format!("<timerEventDefinition><{tag}>{text}</{tag}></timerEventDefinition>")
}

#[test]
fn events_between_wait_for_their_message_signal_time_or_condition() {
    let wait = |definition: &str| {
        model(
            &[
                ENDS,
                &event("intermediateCatchEvent", "w", "", definition),
                &chain(&["s", "w", "x"]),
            ]
            .concat(),
        )
    };
    let condition =
        "<conditionalEventDefinition><condition>n &gt; 3</condition></conditionalEventDefinition>";
    for (definition, wrong, right) in [
        (
            MESSAGE,
            json!({ "message": "other" }),
            json!({ "message": "hello" }),
        ),
        (
            SIGNAL,
            json!({ "signal": "other" }),
            json!({ "signal": "bell" }),
        ),
        (
            &timer("PT2H"),
            json!({ "advance": "PT119M" }),
            json!({ "advance": "PT1M" }),
        ),
        (
            condition,
            json!({ "set": { "n": 3 } }),
            json!({ "set": { "n": 4 } }),
        ),
    ] {
        let report = played(&wait(definition), json!([wrong, right]));
        assert_eq!(report["steps"][1]["tokens"][0]["id"], "w", "{definition}");
        assert_eq!(
            (report["state"].as_str(), path(&report)),
            (Some("completed"), vec!["s", "w", "x"]),
            "{definition}"
        );
    }
}

#[test]
fn a_message_may_carry_the_key_of_whom_it_is_for() {
    let receive = r#"<receiveTask id="r" messageRef="the_message" y:correlation="=order"/>"#;
    let text = model(&[ENDS, receive, &chain(&["s", "r", "x"])].concat());
    let report = played(
        &text,
        json!({ "variables": { "order": "A7" }, "steps": [
            { "message": "hello", "correlation": { "order": "B8" } },
            { "message": "hello", "correlation": { "order": "A7" }, "variables": { "paid": true } },
        ]}),
    );
    assert_eq!(report["steps"][1]["tokens"][0]["id"], "r");
    assert_eq!(
        (&report["state"], &report["variables"]["paid"]),
        (&json!("completed"), &json!(true))
    );
    assert_eq!(report["incidents"].as_array().map(Vec::len), Some(1));
}

#[test]
fn an_event_gateway_follows_the_first_event_and_forgets_the_others() {
    let body = [
        ENDS,
        r#"<eventBasedGateway id="q"/>"#,
        &event("intermediateCatchEvent", "msg", "", MESSAGE),
        &event("intermediateCatchEvent", "late", "", &timer("P1D")),
        &task("a"),
        &task("b"),
        &chain(&["s", "q", "msg", "a", "x"]),
        &chain(&["q", "late", "b", "x"]),
    ]
    .concat();
    let text = model(&body);
    let told = played(&text, json!([{ "message": "hello" }, { "advance": "P2D" }]));
    assert_eq!(
        (ids(&told), told["timers"].as_array().map(Vec::len)),
        (vec!["a"], Some(0))
    );
    let late = played(&text, json!([{ "advance": "P2D" }]));
    assert_eq!(
        (ids(&late), path(&late)),
        (vec!["b"], vec!["s", "q", "late", "b"])
    );
}

#[test]
fn boundary_events_interrupt_or_happen_beside_again_and_again() {
    let on = |definition: &str, cancel: bool| {
        model(
            &[
                ENDS,
                &task("a"),
                &task("b"),
                &event(
                    "boundaryEvent",
                    "n",
                    &format!(r#"attachedToRef="a" cancelActivity="{cancel}""#),
                    definition,
                ),
                &chain(&["s", "a", "x"]),
                &chain(&["n", "b"]),
            ]
            .concat(),
        )
    };
    for (definition, step) in [
        (MESSAGE, json!({ "message": "hello" })),
        (SIGNAL, json!({ "signal": "bell" })),
        (&timer("R/PT1H"), json!({ "advance": "PT1H" })),
    ] {
        let twice = json!([step, step]);
        let interrupted = played(&on(definition, true), json!([step]));
        assert_eq!(ids(&interrupted), ["b"], "{definition}");
        let beside = played(&on(definition, false), twice);
        assert_eq!(ids(&beside), ["a", "b", "b"], "{definition}");
    }
    let thrice = played(&on(&timer("R3/PT1H"), false), json!([{ "advance": "P1D" }]));
    assert_eq!(ids(&thrice), ["a", "b", "b", "b"]);
}

#[test]
fn event_sub_processes_interrupt_what_is_around_them_or_run_beside() {
    let with = |definition: &str, interrupting: bool| {
        let inside = [
            &event(
                "startEvent",
                "es",
                &format!(r#"isInterrupting="{interrupting}""#),
                definition,
            ),
            r#"<endEvent id="ex"/>"#,
            &task("e1"),
            chain(&["es", "e1", "ex"]).as_str(),
        ]
        .concat();
        let sub =
            format!(r#"<subProcess id="es_sub" triggeredByEvent="true">{inside}</subProcess>"#);
        model(&[ENDS, &task("a"), &sub, &chain(&["s", "a", "x"])].concat())
    };
    for (definition, step) in [
        (MESSAGE, json!({ "message": "hello" })),
        (SIGNAL, json!({ "signal": "bell" })),
        (&timer("PT1H"), json!({ "advance": "PT1H" })),
        (
            "<conditionalEventDefinition><condition>go</condition></conditionalEventDefinition>",
            json!({ "set": { "go": true } }),
        ),
    ] {
        let beside = played(
            &with(definition, false),
            json!([step, { "complete": "e1" }]),
        );
        assert_eq!(ids(&beside), ["a"], "{definition}");
        let instead = played(&with(definition, true), json!([step, { "complete": "e1" }]));
        assert_eq!(
            (instead["state"].as_str(), ids(&instead).len()),
            (Some("completed"), 0),
            "{definition}"
        );
        assert!(!path(&instead).contains(&"x"));
    }
}

#[test]
fn errors_go_to_the_nearest_that_catches_and_else_change_nothing() {
    let service = r#"<serviceTask id="job"/>"#;
    let caught = [
        ENDS,
        service,
        &event("boundaryEvent", "b", r#"attachedToRef="job""#, ERROR),
        &task("mend"),
        &chain(&["s", "job", "x"]),
        &chain(&["b", "mend", "x"]),
    ]
    .concat();
    let report = played(&model(&caught), json!([{ "error": "oops", "at": "job" }]));
    assert_eq!(
        (ids(&report), path(&report)),
        (vec!["mend"], vec!["s", "job", "b", "mend"])
    );
    let other = played(&model(&caught), json!([{ "error": "else", "at": "job" }]));
    assert_eq!(
        (ids(&other), &other["incidents"][0]["kind"]),
        (vec!["job"], &json!("uncaught-error"))
    );
    let inside = [
        r#"<startEvent id="i"/><endEvent id="bad">"#,
        ERROR,
        "</endEvent>",
        &chain(&["i", "bad"]),
    ]
    .concat();
    let handler = format!(
        r#"<subProcess id="h" triggeredByEvent="true"><startEvent id="hs">{ERROR}</startEvent><endEvent id="hx"/>{}{}</subProcess>"#,
        task("help"),
        chain(&["hs", "help", "hx"])
    );
    let text = model(
        &[
            ENDS,
            &format!(r#"<subProcess id="sub">{inside}</subProcess>"#),
            &handler,
            &chain(&["s", "sub", "x"]),
        ]
        .concat(),
    );
    assert_eq!(ids(&played(&text, json!([]))), ["help"]);
}

#[test]
fn escalations_reach_who_is_around_and_let_the_thrower_go_on() {
    let with = |cancel: bool| {
        let inside = [
            r#"<startEvent id="i"/><endEvent id="j"/>"#,
            &event("intermediateThrowEvent", "up", "", ESCALATION),
            &task("on"),
            &chain(&["i", "up", "on", "j"]),
        ]
        .concat();
        model(
            &[
                ENDS,
                &format!(r#"<subProcess id="sub">{inside}</subProcess>"#),
                &event(
                    "boundaryEvent",
                    "b",
                    &format!(r#"attachedToRef="sub" cancelActivity="{cancel}""#),
                    ESCALATION,
                ),
                &task("chief"),
                &chain(&["s", "sub", "x"]),
                &chain(&["b", "chief"]),
            ]
            .concat(),
        )
    };
    let mut both = played(&with(false), json!([]));
    let mut found = ids(&both);
    found.sort_unstable();
    assert_eq!(found, ["chief", "on"]);
    both = played(&with(true), json!([]));
    assert_eq!(ids(&both), ["chief"]);
}

#[test]
fn compensation_undoes_the_last_first_and_then_goes_on() {
    let undoable = |id: &str| {
        format!(
            r#"<task id="{id}"/>{}<task id="un{id}" isForCompensation="true"/><association id="as{id}" sourceRef="b{id}" targetRef="un{id}"/>"#,
            event(
                "boundaryEvent",
                &format!("b{id}"),
                &format!(r#"attachedToRef="{id}""#),
                UNDO
            )
        )
    };
    let body = [
        ENDS,
        &undoable("a"),
        &undoable("b"),
        &event("intermediateThrowEvent", "back", "", UNDO),
        &chain(&["s", "a", "b", "back", "x"]),
    ]
    .concat();
    let report = played(&model(&body), json!([]));
    assert_eq!(path(&report), ["s", "a", "b", "back", "unb", "una", "x"]);
    let only = body.replace(
        r#"<compensateEventDefinition/></intermediateThrowEvent>"#,
        r#"<compensateEventDefinition activityRef="a"/></intermediateThrowEvent>"#,
    );
    assert_eq!(
        path(&played(&model(&only), json!([]))),
        ["s", "a", "b", "back", "una", "x"]
    );
    // What was done in a sub-process that is over is undone too.
    let inside = [
        r#"<startEvent id="i"/><endEvent id="j"/>"#,
        &undoable("a"),
        &undoable("b"),
        &chain(&["i", "a", "b", "j"]),
    ]
    .concat();
    let around = [
        ENDS,
        &format!(r#"<subProcess id="sub">{inside}</subProcess>"#),
        &event("intermediateThrowEvent", "back", "", UNDO),
        &chain(&["s", "sub", "back", "x"]),
    ]
    .concat();
    assert_eq!(
        path(&played(&model(&around), json!([]))),
        ["s", "sub", "i", "a", "b", "j", "back", "unb", "una", "x"]
    );
}

#[test]
fn a_cancelled_transaction_is_undone_and_left_by_its_cancel_event() {
    let cancel = "<cancelEventDefinition/>";
    let inside = [
        r#"<startEvent id="i"/><parallelGateway id="f"/><task id="pay"/><task id="refund" isForCompensation="true"/><association id="as" sourceRef="bp" targetRef="refund"/>"#,
        &event("boundaryEvent", "bp", r#"attachedToRef="pay""#, UNDO),
        &task("ask"),
        &task("other"),
        &event("endEvent", "no", "", cancel),
        &chain(&["i", "pay", "f", "ask", "no"]),
        &chain(&["f", "other"]),
    ].concat();
    let text = model(
        &[
            ENDS,
            &format!(r#"<transaction id="t">{inside}</transaction>"#),
            &event("boundaryEvent", "bc", r#"attachedToRef="t""#, cancel),
            &task("sorry"),
            &chain(&["s", "t", "x"]),
            &chain(&["bc", "sorry", "x"]),
        ]
        .concat(),
    );
    let report = played(&text, json!([{ "complete": "ask" }]));
    assert_eq!(ids(&report), ["sorry"]);
    assert!(
        path(&report).ends_with(&["no", "refund", "bc", "sorry"]),
        "{:?}",
        path(&report)
    );
}
