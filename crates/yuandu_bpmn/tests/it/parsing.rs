//! What is wrong with a model is said by name, with its line and a remedy, and all of it at once.

use yuandu_bpmn::bpmn;

use crate::sample::{chain, file, flow, process, user};

/// The codes of the problems with their lines.
fn problems(text: &str) -> Vec<(String, String)> {
    let found = bpmn::parse("m.bpmn", text).unwrap_err();
    for problem in &found {
        assert!(problem.place.starts_with("m.bpmn:"), "{problem:?}");
        assert!(!problem.message.zh.is_empty() && !problem.message.en.is_empty());
    }
    found
        .into_iter()
        .map(|p| (p.code, p.place.trim_start_matches("m.bpmn:").to_owned()))
        .collect()
}

fn codes(body: &str) -> Vec<String> {
    problems(&process(body))
        .into_iter()
        .map(|(code, _)| code)
        .collect()
}

#[test]
fn elements_that_are_not_run_are_named_with_their_line() {
    let text = file(
        "<process id=\"p\">\n<startEvent id=\"s\"/>\n<complexGateway id=\"mail\"/>\n<endEvent id=\"x\"/>\n<sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"x\"/>\n</process>",
    );
    assert_eq!(
        problems(&text),
        [("bpmn.element_unknown".to_owned(), "4".to_owned())]
    );
    let problem = bpmn::parse("m.bpmn", &text).unwrap_err().remove(0);
    assert!(
        problem.message.en.contains("complexGateway") && problem.message.en.contains("inclusive"),
        "{problem:?}"
    );
}

#[test]
fn every_kind_of_ignored_meaning_is_refused() {
    let sound = [user("a"), chain(&["s", "a", "x"])].concat();
    let with = |extra: &str| [r#"<startEvent id="s"/><endEvent id="x"/>"#, &sound, extra].concat();
    for (extra, code) in [
        (r#"<complexGateway id="l"/>"#, "bpmn.element_unknown"),
        (r#"<choreographyTask id="o"/>"#, "bpmn.element_unknown"),
        (
            r#"<boundaryEvent id="b" attachedToRef="a"><cancelEventDefinition/></boundaryEvent>"#,
            "bpmn.boundary_host",
        ),
        (
            r#"<camunda:thing xmlns:camunda="c"/>"#,
            "bpmn.element_unknown",
        ),
        (
            r#"<endEvent id="z"><linkEventDefinition name="l"/></endEvent>"#,
            "bpmn.event_misplaced",
        ),
        (
            r#"<endEvent id="z"><cancelEventDefinition/></endEvent>"#,
            "bpmn.cancel_outside",
        ),
    ] {
        assert!(
            codes(&with(extra)).contains(&code.to_owned()),
            "{extra}: {:?}",
            codes(&with(extra))
        );
    }
    let looping = r#"<startEvent id="s"/><endEvent id="x"/><task id="t"><multiInstanceLoopCharacteristics/></task>"#;
    assert_eq!(
        codes(&[looping, &chain(&["s", "t", "x"])].concat()),
        ["bpmn.instances_unclear"]
    );
    let foreign = r#"<startEvent id="s"/><endEvent id="x"/><task id="t" camunda:assignee="me" xmlns:camunda="c"/>"#;
    assert_eq!(
        codes(&[foreign, &chain(&["s", "t", "x"])].concat()),
        ["bpmn.attribute_unknown"]
    );
    let event_sub = r#"<startEvent id="s"/><endEvent id="x"/><subProcess id="t" triggeredByEvent="true"><startEvent id="i"/><endEvent id="j"/><sequenceFlow id="ij" sourceRef="i" targetRef="j"/></subProcess>"#;
    assert_eq!(
        codes(&[event_sub, &chain(&["s", "t", "x"])].concat()),
        ["bpmn.event_start", "bpmn.event_flow"]
    );
}

#[test]
fn a_graph_that_cannot_work_is_refused() {
    let start_end = r#"<startEvent id="s"/><endEvent id="x"/>"#;
    let check = |body: &str, code: &str| {
        let found = codes(&[start_end, body].concat());
        assert!(found.iter().any(|c| c == code), "{code}: {found:?}");
    };
    check(&chain(&["s", "nowhere"]), "bpmn.flow_dangling");
    check(
        &[chain(&["s", "x"]), r#"<task id="alone"/>"#.to_owned()].concat(),
        "bpmn.unreachable",
    );
    let trap = [
        r#"<task id="t"/><task id="u"/><exclusiveGateway id="g" default="out"/>"#.to_owned(),
        chain(&["s", "g"]),
        flow("out", "g", "x", ""),
        flow("in", "g", "t", "case.n = 1"),
        chain(&["t", "u", "t"]),
    ];
    check(&trap.concat(), "bpmn.end_unreachable");
    let open_gateway = [
        r#"<exclusiveGateway id="g"/><task id="t"/>"#.to_owned(),
        chain(&["s", "g", "t", "x"]),
        flow("f", "g", "x", "true"),
    ]
    .concat();
    check(&open_gateway, "bpmn.default_needed");
    check(&open_gateway, "bpmn.condition_missing");
    check(
        &[
            r#"<parallelGateway id="g"/>"#.to_owned(),
            chain(&["s", "g"]),
            flow("f", "g", "x", "true"),
        ]
        .concat(),
        "bpmn.condition_ignored",
    );
    check(
        &[
            r#"<startEvent id="s2"/>"#.to_owned(),
            chain(&["s", "x"]),
            chain(&["s2", "x"]),
        ]
        .concat(),
        "bpmn.start_count",
    );
    check(
        &[r#"<task id="s"/>"#.to_owned(), chain(&["s", "x"])].concat(),
        "bpmn.id_twice",
    );
    check(
        &[
            r#"<subProcess id="sub"><startEvent id="i"/><endEvent id="j"/></subProcess>"#
                .to_owned(),
            chain(&["s", "j"]),
        ]
        .concat(),
        "bpmn.flow_across",
    );
}

#[test]
fn extension_elements_are_checked_to_the_attribute() {
    let task = |inside: &str| {
        let body = format!(
            r#"<startEvent id="s"/><endEvent id="x"/><userTask id="a"><extensionElements>{inside}</extensionElements></userTask>{}"#,
            chain(&["s", "a", "x"])
        );
        codes(&body)
    };
    assert_eq!(
        task(r#"<y:outcome id="ok" zh="好" en="ok"/>"#),
        ["bpmn.task_role_missing"]
    );
    assert_eq!(task(r#"<y:task role="r"/>"#), ["bpmn.outcome_missing"]);
    let sound = r#"<y:task role="r"/><y:outcome id="ok" zh="好" en="ok"/>"#;
    let and = |extra: &str| task(&format!("{sound}{extra}"));
    assert_eq!(and(r#"<y:taks role="r"/>"#), ["bpmn.extension_unknown"]);
    assert_eq!(
        and(r#"<y:set feild="n" field="n" value="1"/>"#),
        ["bpmn.attribute_unknown"]
    );
    assert_eq!(and(r#"<y:set field="n" value="=1 +"/>"#), ["bpmn.feel"]);
    assert_eq!(
        and(r#"<y:clock name="k" op="wind"/>"#),
        ["bpmn.clock_op_unknown"]
    );
    assert_eq!(
        and(r#"<y:clock name="k" op="start"/>"#),
        ["bpmn.attribute_missing"]
    );
    assert_eq!(
        and(r#"<y:set field="n" value="1" on="leave"/>"#),
        ["bpmn.moment_unknown"]
    );
    assert_eq!(
        and(r#"<y:outcome id="ok" zh="好" en="ok"/>"#),
        ["bpmn.id_twice"]
    );
    assert_eq!(
        and(r#"<y:outcome id="b" zh="好" en="ok" style="loud"/>"#),
        ["bpmn.style_unknown"]
    );
    let service = |name: &str| {
        let body = format!(
            r#"<startEvent id="s"/><endEvent id="x"/><serviceTask id="a"><extensionElements><y:service name="{name}"/></extensionElements></serviceTask>{}"#,
            chain(&["s", "a", "x"])
        );
        codes(&body)
    };
    assert_eq!(service("mail.send"), ["bpmn.service_unknown"]);
    assert_eq!(service("case.merge"), ["bpmn.argument_missing"]);
}

#[test]
fn all_problems_come_at_once_in_the_order_of_the_file() {
    let text = file(
        "<process id=\"p\">\n<startEvent id=\"s\"/>\n<complexGateway id=\"r\"/>\n<userTask id=\"u\"/>\n<endEvent id=\"x\"/>\n<sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"u\"/>\n<sequenceFlow id=\"g\" sourceRef=\"u\" targetRef=\"gone\"/>\n</process>",
    );
    let found = problems(&text);
    let lines: Vec<u32> = found
        .iter()
        .map(|(_, line)| line.parse().unwrap())
        .collect();
    assert!(found.len() >= 4, "{found:?}");
    assert!(lines.is_sorted(), "{lines:?}");
}

#[test]
fn what_is_no_xml_or_no_bpmn_is_refused_with_its_line() {
    for (text, line) in [
        ("", "1"),
        ("<a>\n<b>\n</a>", "3"),
        ("<!DOCTYPE x [<!ENTITY e \"boom\">]>\n<a>&e;</a>", "1"),
        ("<a>\n&e;</a>", "2"),
    ] {
        assert_eq!(
            problems(text),
            [("bpmn.not_xml".to_owned(), line.to_owned())],
            "{text}"
        );
    }
    assert_eq!(problems("<definitions/>")[0].0, "bpmn.not_bpmn");
    assert_eq!(problems(&file(""))[0].0, "bpmn.no_process");
    let deep = format!("{}{}", "<a>".repeat(5000), "</a>".repeat(5000));
    assert_eq!(problems(&deep)[0].0, "bpmn.not_xml");
}
