//! Models of other makers: taken as the standard says, translated where that is safe, refused by name elsewhere.

use std::path::{Path, PathBuf};

use serde_json::json;
use yuandu_bpmn::bpmn::{Model, decode, read_model};
use yuandu_bpmn::play::{play, read_script};

use crate::sample::{chain, file};

fn read(body: &str) -> Model {
    let text = file(&format!(
        r#"<process id="p" xmlns:flowable="http://flowable.org/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:tool="urn:tool">{body}</process>"#
    ));
    read_model("m.bpmn", &text)
}

fn codes(model: &Model) -> Vec<&str> {
    model.problems.iter().map(|p| p.code.as_str()).collect()
}

fn around(node: &str) -> String {
    [
        r#"<startEvent id="s"/><endEvent id="x"/>"#,
        node,
        &chain(&["s", "a", "x"]),
    ]
    .concat()
}

#[test]
fn code_of_other_engines_is_refused_by_name() {
    for (node, named) in [
        (
            r#"<serviceTask id="a" flowable:class="org.example.Work"/>"#,
            "org.example.Work",
        ),
        (
            r#"<serviceTask id="a" flowable:expression="${bean.work()}"/>"#,
            "expression",
        ),
        (r#"<serviceTask id="a" flowable:type="mail"/>"#, "mail"),
        (
            r#"<userTask id="a"><extensionElements><flowable:taskListener event="create" class="org.L"/></extensionElements></userTask>"#,
            "taskListener",
        ),
        (
            r#"<userTask id="a" flowable:skipExpression="${bean.skips()}"/>"#,
            "skipExpression",
        ),
        (
            r#"<scriptTask id="a" scriptFormat="groovy"><script>1</script></scriptTask>"#,
            "groovy",
        ),
        (r#"<complexGateway id="a"/>"#, "complexGateway"),
    ] {
        let model = read(&around(node));
        let told: Vec<&str> = model
            .problems
            .iter()
            .map(|p| p.message.en.as_str())
            .collect();
        assert!(told.iter().any(|t| t.contains(named)), "{node}: {told:?}");
    }
}

#[test]
fn what_translates_runs() {
    let model = read(&around(
        r#"<serviceTask id="a" flowable:expression="${n * 2}" flowable:resultVariable="m"/>"#,
    ));
    assert!(model.problems.is_empty(), "{:?}", model.problems);
    let script = read_script(&json!({ "variables": { "n": 4 } })).unwrap();
    assert_eq!(
        play(model.processes, "p", &script).report["variables"]["m"],
        8
    );
    let several = r#"<userTask id="a" flowable:assignee="${boss}"><multiInstanceLoopCharacteristics flowable:collection="people" flowable:elementVariable="boss"/></userTask>"#;
    let model = read(&around(several));
    assert!(model.problems.is_empty(), "{:?}", model.problems);
    let script = read_script(&json!({ "variables": { "people": ["kermit", "gonzo"] } })).unwrap();
    let report = play(model.processes, "p", &script).report;
    assert_eq!(report["tokens"][2]["candidates"]["assignee"], "gonzo");
    let skipped = r#"<userTask id="a" flowable:skipExpression="${amount lt 10}"/>"#;
    for (variables, state) in [
        (json!({ "amount": 1 }), "active"),
        (
            json!({ "amount": 1, "_FLOWABLE_SKIP_EXPRESSION_ENABLED": true }),
            "completed",
        ),
        (
            json!({ "amount": 99, "_FLOWABLE_SKIP_EXPRESSION_ENABLED": true }),
            "active",
        ),
    ] {
        let script = read_script(&json!({ "variables": variables })).unwrap();
        let played = play(read(&around(skipped)).processes, "p", &script);
        assert_eq!(played.report["state"], state, "{variables}");
    }
    let zeebe = r#"<userTask id="a"><extensionElements><zeebe:ioMapping><zeebe:input source="=n + 1" target="m"/><zeebe:output source="=m" target="k"/></zeebe:ioMapping></extensionElements></userTask>"#;
    let model = read(&around(zeebe));
    let script = read_script(&json!({ "variables": { "n": 1 }, "steps": ["a"] })).unwrap();
    assert_eq!(
        play(model.processes, "p", &script).report["variables"]["k"],
        2
    );
}

#[test]
fn what_only_a_tool_understands_is_kept_and_noted() {
    let model = read(&around(
        r#"<userTask id="a" tool:colour="red"><extensionElements><tool:box/></extensionElements></userTask>"#,
    ));
    assert!(model.problems.is_empty(), "{:?}", model.problems);
    let noted: Vec<&str> = model.notices.iter().map(|p| p.code.as_str()).collect();
    assert_eq!(noted, ["bpmn.foreign_kept", "bpmn.foreign_kept"]);
}

#[test]
fn every_broken_reference_is_named_with_its_line() {
    let text = file(
        "<collaboration id=\"c\"><participant id=\"pp\"\nprocessRef=\"gone\"/>\n<messageFlow id=\"mf\" sourceRef=\"pp\"\ntargetRef=\"nobody\"/></collaboration>\n<process id=\"p\"><laneSet id=\"l\"><lane id=\"l1\">\n<flowNodeRef>lost</flowNodeRef></lane></laneSet>\n<startEvent id=\"s\"><outgoing>f9</outgoing></startEvent>\n<intermediateThrowEvent id=\"t\"><messageEventDefinition\nmessageRef=\"m9\"/></intermediateThrowEvent><task id=\"s\"/>\n<sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"/></process>",
    );
    let model = read_model("m.bpmn", &text);
    let told: Vec<String> = model
        .problems
        .iter()
        .map(|p| format!("{} {}", p.place, p.code))
        .collect();
    for line in [2, 4, 7, 8, 9] {
        let wanted = format!("m.bpmn:{line} bpmn.reference_missing");
        assert!(told.contains(&wanted), "{wanted} not in {told:?}");
    }
    assert!(
        told.iter().any(|t| t.ends_with("bpmn.id_twice")),
        "{told:?}"
    );
}

#[test]
fn a_lane_is_the_post_that_does_what_is_drawn_in_it() {
    let model = read(&around(
        r#"<laneSet id="l"><lane id="l1" name="Registry"><flowNodeRef>a</flowNodeRef></lane></laneSet><userTask id="a"/>"#,
    ));
    let task = model.processes[0].node("a").unwrap().user_task().unwrap();
    assert_eq!((task.role.as_str(), codes(&model).len()), ("Registry", 0));
}

#[test]
fn a_process_without_start_or_end_events_begins_and_ends_where_its_flows_do() {
    let model = read(
        &[
            r#"<userTask id="a"/><userTask id="b"/>"#,
            &chain(&["a", "b"]),
        ]
        .concat(),
    );
    assert!(model.problems.is_empty(), "{:?}", model.problems);
    let script = read_script(&json!(["a", "b"])).unwrap();
    assert_eq!(
        play(model.processes, "p", &script).report["state"],
        "completed"
    );
    let loose = read(&around(r#"<userTask id="a"/><userTask id="b"/>"#));
    assert_eq!(codes(&loose), ["bpmn.unreachable"]);
}

/// The published models: none makes the reader or the engine panic, whatever it holds.
#[test]
fn the_published_models_are_read_and_played_or_refused() {
    let folder = published();
    let mut files = Vec::new();
    for set in ["miwg-reference", "flowable-bpmn"] {
        let entries = std::fs::read_dir(folder.join(set)).into_iter().flatten();
        files.extend(entries.filter_map(|e| Some(e.ok()?.path())));
    }
    files.retain(|f| f.extension().is_some_and(|e| e == "bpmn" || e == "xml"));
    if files.is_empty() {
        eprintln!("SKIPPED: no published models in {}", folder.display());
    }
    for path in &files {
        let text = decode(&std::fs::read(path).unwrap()).unwrap();
        let model = read_model("m.bpmn", &text);
        assert!(
            !model.processes.is_empty() || !model.problems.is_empty(),
            "{path:?}"
        );
        for process in &model.processes {
            let script = read_script(&json!([{ "advance": "P1D" }])).unwrap();
            let _ = play(model.processes.clone(), &process.id, &script);
        }
    }
}

fn published() -> PathBuf {
    let mut around = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = around.find_map(|at| {
        let folder = at.join("shared/data/workflow");
        folder.is_dir().then_some(folder)
    });
    found.unwrap_or_else(|| PathBuf::from("shared/data/workflow"))
}
