//! What Chinese offices expect of an approval, each as a scenario on the simulated clock: 会签, 或签, 加签, 减签, 驳回.

use serde_json::{Value as Json, json};

use crate::plays::{ENDS, ids, model, path, played, task, timer};
use crate::sample::chain;

/// A step that several sign, and one after it.
fn signed(how: &str, condition: &str) -> String {
    let condition = match condition {
        "" => String::new(),
        text => format!("<completionCondition>{text}</completionCondition>"),
    };
    let sign = format!(
        r#"<userTask id="sign" name="会签"><multiInstanceLoopCharacteristics y:collection="=signers" y:item="who" {how}>{condition}</multiInstanceLoopCharacteristics></userTask>"#
    );
    model(
        &[
            ENDS,
            &sign,
            &task("file"),
            &chain(&["s", "sign", "file", "x"]),
        ]
        .concat(),
    )
}

fn with(steps: Json) -> Json {
    json!({ "variables": { "signers": ["规划局", "住建局", "水利局", "环保局"], "agreed": 0 }, "steps": steps })
}

/// Who still has to sign.
fn open(report: &Json) -> Vec<&str> {
    let tokens = report["tokens"].as_array().unwrap();
    tokens
        .iter()
        .filter_map(|t| t["local"]["who"].as_str())
        .collect()
}

#[test]
fn countersigning_by_all_waits_for_everybody() {
    let text = signed("", "");
    let three = played(&text, with(json!(["会签", "会签", "会签"])));
    assert_eq!(open(&three), ["环保局"]);
    assert_eq!(
        ids(&played(
            &text,
            with(json!(["会签", "会签", "会签", "会签"]))
        )),
        ["file"]
    );
}

#[test]
fn signing_by_any_ends_with_the_first_and_the_others_need_not() {
    let text = signed("", "nrOfCompletedInstances &gt;= 1");
    let report = played(&text, with(json!([{ "complete": "sign", "turn": 2 }])));
    assert_eq!((ids(&report), open(&report).len()), (vec!["file"], 0));
}

#[test]
fn countersigning_by_share_ends_once_enough_have_agreed() {
    let text = signed("", "agreed / nrOfInstances &gt;= 0.6");
    let agree = |n: u64| json!({ "complete": "sign", "variables": { "agreed": n } });
    let two = played(&text, with(json!([agree(1), agree(2)])));
    assert_eq!(open(&two).len(), 2, "half is not enough");
    let three = played(&text, with(json!([agree(1), agree(1), agree(2), agree(3)])));
    assert_eq!(ids(&three), ["file"]);
}

#[test]
fn countersigning_in_order_asks_one_after_another() {
    let text = signed(r#"isSequential="true""#, "");
    let report = played(&text, with(json!(["sign", "sign"])));
    assert_eq!(open(&report), ["水利局"]);
}

#[test]
fn signers_are_added_beside_or_behind_and_taken_away() {
    let beside = played(
        &signed("", ""),
        with(json!([{ "add": "sign", "items": ["交通局", "城管局"] }])),
    );
    assert_eq!(
        open(&beside),
        ["规划局", "住建局", "水利局", "环保局", "交通局", "城管局"]
    );
    let last = json!([{ "加签": "sign", "item": "交通局" }, "sign", "sign", "sign", "sign"]);
    let behind = played(&signed(r#"isSequential="true""#, ""), with(last.clone()));
    assert_eq!(open(&behind), ["交通局"]);
    let fewer = played(
        &signed("", ""),
        with(json!([{ "remove": "sign", "turn": 1 }, "sign", "sign", "sign"])),
    );
    assert_eq!(ids(&fewer), ["file"], "three of four were left");
    let gone = played(
        &signed("", ""),
        with(json!([{ "remove": "sign" }, { "remove": "sign" }, { "remove": "sign" }, "sign"])),
    );
    assert_eq!(ids(&gone), ["file"]);
}

#[test]
fn a_send_back_makes_void_what_followed_and_nothing_else() {
    let fork = [
        ENDS,
        r#"<parallelGateway id="f"/><parallelGateway id="j"/>"#,
        &task("draft"),
        &task("law"),
        &task("money"),
        &task("decide"),
        &format!(r#"<boundaryEvent id="late" attachedToRef="decide" cancelActivity="false">{}</boundaryEvent>"#, timer("PT2H")),
        &task("urge"),
        &chain(&["s", "draft", "f", "law", "j", "decide", "x"]),
        &chain(&["f", "money", "j"]),
        &chain(&["late", "urge"]),
    ].concat();
    let text = model(&fork);
    let to = |from: &str, to: &str| json!({ "驳回": from, "to": to });
    // From one of two branches to before the fork: the other branch and what waits at the join are void too.
    let early = played(&text, json!(["draft", "law", to("money", "draft")]));
    assert_eq!(ids(&early), ["draft"]);
    // From the decision to one of the branches only: the join would wait for the other for ever.
    let one = played(&text, json!(["draft", "law", "money", to("decide", "law")]));
    assert_eq!(
        (ids(&one), &one["incidents"][0]["kind"]),
        (vec!["decide"], &json!("half-way"))
    );
    // The timer of the task goes with it and is armed anew when it comes back.
    let back = json!(["draft", "law", "money", { "advance": "PT1H" }, to("decide", "draft"), { "advance": "PT3H" }, "draft", "law", "money", { "advance": "PT1H" }]);
    let report = played(&text, back);
    assert_eq!(
        (ids(&report), path(&report).contains(&"urge")),
        (vec!["decide"], false)
    );
    // Only to what leads here.
    let wrong = played(&text, json!(["draft", to("law", "decide")]));
    assert_eq!(wrong["incidents"][0]["kind"], "not-before");
}

#[test]
fn a_send_back_that_comes_straight_back_makes_nothing_else_void() {
    let text = model(
        &[
            ENDS,
            r#"<parallelGateway id="f"/><parallelGateway id="j"/>"#,
            &task("draft"),
            &task("law"),
            &task("money"),
            &task("decide"),
            &chain(&["s", "draft", "f", "law", "j", "decide", "x"]),
            &chain(&["f", "money", "j"]),
        ]
        .concat(),
    );
    let to = |from: &str, to: &str| json!({ "back": from, "to": to, "straight": true });
    // To one of two branches only: the join is not waited for again.
    let one = json!(["draft", "law", "money", to("decide", "law")]);
    assert_eq!(ids(&played(&text, one)), ["law"]);
    let back = json!(["draft", "law", "money", to("decide", "law"), "law"]);
    assert_eq!(ids(&played(&text, back)), ["decide"]);
    // From one branch to before the fork: the other branch goes on.
    let early = json!(["draft", to("law", "draft"), "money", "draft", "law"]);
    assert_eq!(ids(&played(&text, early)), ["decide"]);
    let wrong = played(&text, json!(["draft", to("law", "decide")]));
    assert_eq!(wrong["incidents"][0]["kind"], "not-before");
}

#[test]
fn a_signer_sends_the_whole_step_back_out_of_a_sub_process() {
    let inside = [
        r#"<startEvent id="i"/><endEvent id="k"/>"#,
        r#"<userTask id="sign"><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></userTask>"#,
        &chain(&["i", "sign", "k"]),
    ].concat();
    let text = model(
        &[
            ENDS,
            &task("draft"),
            &format!(r#"<subProcess id="review">{inside}</subProcess>"#),
            &chain(&["s", "draft", "review", "x"]),
        ]
        .concat(),
    );
    let report = played(
        &text,
        json!(["draft", "sign", { "back": "sign", "to": "draft" }]),
    );
    assert_eq!(
        (ids(&report), report["tokens"].as_array().map(Vec::len)),
        (vec!["draft"], Some(1))
    );
    let again = played(
        &text,
        json!(["draft", "sign", { "back": "sign", "to": "draft" }, "draft", "sign", "sign", "sign"]),
    );
    assert_eq!(again["state"], "completed");
}

#[test]
fn an_answer_from_outside_is_noted_by_hand_although_a_timer_runs_on_it() {
    let body = [
        ENDS,
        r#"<receiveTask id="answer" name="回函"/>"#,
        &format!(
            r#"<boundaryEvent id="late" attachedToRef="answer">{}</boundaryEvent>"#,
            timer("P5D")
        ),
        &task("urge"),
        &chain(&["s", "answer", "x"]),
        &chain(&["late", "urge"]),
    ]
    .concat();
    let text = model(&body);
    assert_eq!(played(&text, json!(["回函"]))["state"], "completed");
    assert_eq!(ids(&played(&text, json!([{ "advance": "P6D" }]))), ["urge"]);
}
