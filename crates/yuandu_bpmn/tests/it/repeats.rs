//! Repeated activities, gateways, data and starts, played from a script on a simulated clock.

use serde_json::json;
use yuandu_bpmn::play::read_script;

use crate::plays::{ENDS, MESSAGE, SIGNAL, event, ids, model, path, played, task, timer};
use crate::sample::{chain, file, flow};

#[test]
fn instances_run_one_after_another_or_together_until_their_condition_holds() {
    let with = |extra: &str, inside: &str| {
        model(&[
            ENDS,
            &format!(r#"<userTask id="a"><multiInstanceLoopCharacteristics {extra}>{inside}</multiInstanceLoopCharacteristics></userTask>"#),
            &chain(&["s", "a", "x"]),
        ].concat())
    };
    let three = "<loopCardinality>3</loopCardinality>";
    let together = played(
        &with("", three),
        json!([{ "complete": "a" }, { "complete": "a" }]),
    );
    assert_eq!(ids(&together), ["a"]);
    let sequence = played(
        &with(r#"isSequential="true""#, three),
        json!([{ "complete": "a" }]),
    );
    assert_eq!(
        (
            ids(&sequence),
            &sequence["tokens"][1]["local"]["loopCounter"]
        ),
        (vec!["a"], &json!(1))
    );
    let each = r#"y:collection="=people" y:item="who""#;
    let people = json!({ "people": ["赵", "钱", "孙", "李"] });
    let report = played(&with(each, ""), json!({ "variables": people }));
    assert_eq!(report["tokens"][2]["local"]["who"], "钱");
    let half = "<completionCondition>nrOfCompletedInstances / nrOfInstances &gt;= 0.5</completionCondition>";
    let done = played(
        &with(each, half),
        json!({ "variables": people, "steps": ["a", { "complete": "a", "turn": 2 }] }),
    );
    assert_eq!(done["state"], "completed");
    assert_eq!(
        path(&played(
            &with(each, ""),
            json!({ "variables": { "people": [] } })
        )),
        ["s", "a", "x"]
    );
    let wrong = played(&with(each, ""), json!([]));
    assert_eq!(wrong["incidents"][0]["kind"], "value");
}

#[test]
fn results_of_instances_are_collected_in_order() {
    let loops = r#"<multiInstanceLoopCharacteristics y:collection="=[1, 2, 3]" y:item="n"><loopDataOutputRef>all</loopDataOutputRef><outputDataItem id="o" name="double"/></multiInstanceLoopCharacteristics>"#;
    let body = [
        r#"<dataObject id="all" name="all"/>"#,
        ENDS,
        &format!(r#"<subProcess id="each">{loops}<startEvent id="i"/><scriptTask id="k" scriptFormat="feel" y:result="double"><script>n * 2</script></scriptTask><endEvent id="j"/>{}</subProcess>"#, chain(&["i", "k", "j"])),
        &chain(&["s", "each", "x"]),
    ].concat();
    let report = played(&model(&body), json!([]));
    assert_eq!(
        report["variables"]["all"],
        json!([2, 4, 6]),
        "{:?}",
        report["incidents"]
    );
}

#[test]
fn a_standard_loop_asks_before_or_after_and_knows_its_maximum() {
    let with = |extra: &str| {
        model(&[
            ENDS,
            &format!(r#"<scriptTask id="k" scriptFormat="feel" y:result="n"><standardLoopCharacteristics {extra}><loopCondition>n &lt; 3</loopCondition></standardLoopCharacteristics><script>n + 1</script></scriptTask>"#),
            &chain(&["s", "k", "x"]),
        ].concat())
    };
    for (extra, begin, end) in [
        ("", 0, 3),
        ("", 7, 8),
        (r#"testBefore="true""#, 7, 7),
        (r#"loopMaximum="2""#, 0, 2),
    ] {
        let report = played(&with(extra), json!({ "variables": { "n": begin } }));
        assert_eq!(report["variables"]["n"], end, "{extra}");
    }
}

#[test]
fn flows_out_of_activities_fork_by_condition_and_merge_by_themselves() {
    let body = [
        r#"<startEvent id="s"/>"#,
        r#"<userTask id="a" default="d"/>"#,
        &task("b"),
        &task("c"),
        &task("e"),
        &chain(&["s", "a"]),
        &flow("f1", "a", "b", "n &gt; 1"),
        &flow("f2", "a", "c", "n &gt; 2"),
        &flow("d", "a", "e", ""),
        &flow("m1", "b", "e", ""),
        &flow("m2", "c", "e", ""),
    ]
    .concat();
    let text = model(&body);
    for (n, open) in [(1, vec!["e"]), (2, vec!["b"]), (3, vec!["b", "c"])] {
        let report = played(&text, json!([{ "complete": "a", "variables": { "n": n } }]));
        assert_eq!(ids(&report), open, "{n}");
    }
    let all = played(
        &text,
        json!([{ "complete": "a", "variables": { "n": 3 } }, "b", "c"]),
    );
    assert_eq!(
        ids(&all),
        ["e", "e"],
        "without a gateway every token goes on by itself"
    );
}

#[test]
fn an_inclusive_join_in_a_loop_waits_for_what_can_still_come() {
    let body = [
        ENDS,
        r#"<inclusiveGateway id="j"/><inclusiveGateway id="f" default="fb"/><exclusiveGateway id="q" default="out"/>"#,
        &task("a"),
        &task("b"),
        &task("c"),
        &chain(&["s", "f"]),
        &flow("fa", "f", "a", "both"),
        &flow("fb", "f", "b", ""),
        &flow("fc", "f", "c", "both"),
        &chain(&["a", "j"]),
        &chain(&["b", "j"]),
        &chain(&["c", "j", "q"]),
        &flow("again", "q", "f", "more"),
        &flow("out", "q", "x", ""),
    ].concat();
    let text = model(&body);
    let report = played(
        &text,
        json!({ "variables": { "both": true, "more": true }, "steps": [
            "a", { "complete": "c", "variables": { "both": false } }, { "complete": "b", "variables": { "more": false } },
        ]}),
    );
    assert_eq!(
        report["steps"][1]["tokens"].as_array().map(Vec::len),
        Some(2),
        "one waits at the join"
    );
    assert_eq!(
        ids(&played(
            &text,
            json!({ "variables": { "both": true, "more": true }, "steps": ["a", "c"] })
        )),
        ["a", "c"]
    );
    assert_eq!(
        (report["state"].as_str(), path(&report).last()),
        (Some("completed"), Some(&"x"))
    );
}

#[test]
fn links_terminate_ends_and_ad_hoc_sub_processes_behave() {
    let link = r#"<linkEventDefinition name="L"/>"#;
    let body = [
        ENDS,
        &event("intermediateThrowEvent", "from", "", link),
        &event("intermediateCatchEvent", "to", "", link),
        &chain(&["s", "from"]),
        &chain(&["to", "x"]),
    ]
    .concat();
    assert_eq!(
        path(&played(&model(&body), json!([]))),
        ["s", "from", "to", "x"]
    );
    let adhoc = |inside: &str| {
        model(
            &[
                ENDS,
                &format!(
                    r#"<adHocSubProcess id="free">{}{}{inside}</adHocSubProcess>"#,
                    task("a"),
                    task("b")
                ),
                &chain(&["s", "free", "x"]),
            ]
            .concat(),
        )
    };
    let any_order = played(&adhoc(""), json!(["b", "a"]));
    assert_eq!(any_order["state"], "completed");
    let enough = adhoc(r#"<completionCondition>done</completionCondition>"#);
    let report = played(
        &enough,
        json!([{ "perform": "a" }, { "complete": "b", "variables": { "done": true } }]),
    );
    assert_eq!(
        (report["state"].as_str(), ids(&report).len()),
        (Some("completed"), 0)
    );
    let stop = [
        r#"<startEvent id="s"/><parallelGateway id="f"/><endEvent id="x"><terminateEventDefinition/></endEvent>"#,
        &task("a"),
        &task("b"),
        &chain(&["s", "f", "a", "x"]),
        &chain(&["f", "b"]),
    ].concat();
    assert_eq!(played(&model(&stop), json!(["a"]))["state"], "terminated");
}

#[test]
fn data_goes_in_and_out_of_called_processes() {
    let outer = format!(
        r#"<process id="p">{ENDS}<callActivity id="c" calledElement="q"><extensionElements><y:in name="n" value="=amount"/><y:out name="answer" value="=m"/></extensionElements></callActivity>{}</process>"#,
        chain(&["s", "c", "x"])
    );
    let inner = format!(
        r#"<process id="q"><startEvent id="i"/><scriptTask id="k" scriptFormat="feel" y:result="m"><script>n * 2</script></scriptTask><endEvent id="j"/>{}</process>"#,
        chain(&["i", "k", "j"])
    );
    let report = played(
        &file(&(outer + &inner)),
        json!({ "variables": { "amount": 21 } }),
    );
    assert_eq!(
        (&report["variables"], path(&report)),
        (
            &json!({ "amount": 21, "answer": 42 }),
            vec!["s", "c", "i", "k", "j", "x"]
        )
    );
}

#[test]
fn processes_that_events_begin_wait_for_them() {
    let begin = |definition: &str| {
        model(
            &[
                &event("startEvent", "s", "", definition),
                &task("a"),
                chain(&["s", "a"]).as_str(),
            ]
            .concat(),
        )
    };
    for (definition, step) in [
        (
            MESSAGE,
            json!({ "message": "hello", "variables": { "n": 1 } }),
        ),
        (SIGNAL, json!({ "signal": "bell", "variables": { "n": 1 } })),
    ] {
        let report = played(&begin(definition), json!([step]));
        assert_eq!(
            (
                &report["steps"][0]["state"],
                ids(&report),
                &report["variables"]["n"]
            ),
            (&json!("waiting"), vec!["a"], &json!(1))
        );
    }
    let report = played(
        &begin(&timer("PT1H")),
        json!([{ "advance": "PT30M" }, { "advance": "PT30M" }]),
    );
    assert_eq!(
        (&report["steps"][1]["state"], ids(&report)),
        (&json!("waiting"), vec!["a"])
    );
}

#[test]
fn a_service_is_what_the_script_says_of_it() {
    let body = [
        ENDS,
        r#"<serviceTask id="job" name="The job"/>"#,
        &chain(&["s", "job", "x"]),
    ]
    .concat();
    let text = model(&body);
    let alone = played(&text, json!([]));
    assert_eq!(
        (&alone["state"], &alone["simulated"]),
        (&json!("completed"), &json!(["job"]))
    );
    let told = played(
        &text,
        json!([{ "complete": "The job", "variables": { "r": 1 } }]),
    );
    assert_eq!(
        (
            &told["steps"][0]["tokens"][0]["waits"],
            &told["variables"]["r"]
        ),
        (&json!("job"), &json!(1))
    );
    let gives = played(
        &text,
        json!({ "services": { "job": { "variables": { "r": 2 } } } }),
    );
    assert_eq!(gives["variables"]["r"], 2);
}

#[test]
fn scripts_are_read_liberally_and_their_faults_are_named() {
    let text = model(&[ENDS, &task("a"), &chain(&["s", "a", "x"])].concat());
    for step in [
        json!("a"),
        json!({ "complete": "Task a" }),
        json!({ "complete": { "id": "a", "variables": {} } }),
        json!({ "action": "complete", "task": "a" }),
        json!({ "type": "complete_task", "id": "a" }),
        json!({ "completeTask": "a", "vars": { "n": 1 } }),
        json!({ "task": "a", "outcome": "yes" }),
    ] {
        assert_eq!(played(&text, json!([step]))["state"], "completed", "{step}");
    }
    for (wrong, named) in [
        (json!([{ "dance": "a" }]), "step 1: no verb"),
        (json!([{ "action": "dance" }]), "no step `dance`"),
        (json!([{ "advance": {} }]), "duration"),
        (json!({ "now": "soon", "steps": [] }), "now"),
        (json!(7), "array of steps"),
    ] {
        let faults = read_script(&wrong).unwrap_err();
        assert!(faults.iter().any(|f| f.contains(named)), "{faults:?}");
    }
}
