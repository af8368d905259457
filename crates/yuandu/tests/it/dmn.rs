//! `yuandu dmn` as its users run it: answers on standard output, what is wrong on standard error, exit codes.

use std::fs;
use std::path::Path;
use std::process::Command;

const MODEL: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20211108/MODEL/" id="m" name="m" namespace="urn:m">
  <inputData id="day" name="day"><variable name="day" typeRef="date"/></inputData>
  <inputData id="size" name="size"><variable name="size" typeRef="number"/></inputData>
  <decision id="later" name="week later"><variable name="week later" typeRef="date"/>
    <informationRequirement><requiredInput href="#day"/></informationRequirement>
    <literalExpression><text>day + duration("P7D")</text></literalExpression></decision>
  <decision id="fee" name="fee"><variable name="fee" typeRef="number"/>
    <informationRequirement><requiredInput href="#size"/></informationRequirement>
    <decisionTable hitPolicy="FIRST"><input><inputExpression typeRef="number"><text>size</text></inputExpression></input><output/>
      <rule><inputEntry><text>&lt; 10</text></inputEntry><outputEntry><text>1.005</text></outputEntry></rule>
      <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>size / 3</text></outputEntry></rule></decisionTable></decision>
  <decisionService id="all" name="everything"><outputDecision href="#later"/><outputDecision href="#fee"/>
    <inputData href="#day"/><inputData href="#size"/></decisionService>
</definitions>"##;

const CASES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <modelName>m.dmn</modelName>
  <testCase id="a"><inputNode name="size"><value xsi:type="xsd:decimal">40</value></inputNode>
    <resultNode name="fee" type="decision"><expected><value xsi:type="xsd:decimal">13.333333333</value></expected></resultNode></testCase>
  <testCase id="b" type="decisionService" invocableName="everything">
    <inputNode name="day"><value xsi:type="xsd:date">2026-11-27</value></inputNode><inputNode name="size"><value>3</value></inputNode>
    <resultNode name="everything" type="decision"><expected><component name="week later"><value xsi:type="xsd:date">2026-12-04</value></component>
      <component name="fee"><value xsi:type="xsd:decimal">1.005</value></component></expected></resultNode></testCase>
  <testCase id="c"><inputNode name="size"><value xsi:type="xsd:string">many</value></inputNode>
    <resultNode errorResult="true" name="fee" type="decision"><expected><value xsi:nil="true"/></expected></resultNode></testCase>
  <testCase id="d"><resultNode name="fee" type="decision"><expected><value xsi:type="xsd:decimal">7</value></expected></resultNode></testCase>
</testCases>"#;

/// Exit code, standard output and standard error of the command.
fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_yuandu"))
        .arg("dmn")
        .args(args)
        .args(["--lang", "en"])
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("m.dmn"), MODEL).unwrap();
    fs::write(folder.path().join("m.xml"), CASES).unwrap();
    fs::write(
        folder.path().join("in.json"),
        r#"{"day": "2026-11-27", "size": 9}"#,
    )
    .unwrap();
    folder
}

#[test]
fn decisions_and_services_are_answered_as_json() {
    let folder = folder();
    let (code, out, _) = run(
        folder.path(),
        &["m.dmn", "--decision", "week later", "--input", "in.json"],
    );
    assert_eq!((code, out.trim()), (0, "\"2026-12-04\""));
    let several = [
        "m.dmn",
        "--decision",
        "fee",
        "--decision",
        "everything",
        "--input",
        "in.json",
    ];
    let (code, out, _) = run(folder.path(), &several);
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0);
    assert_eq!(answer["fee"], 1.005);
    assert_eq!(answer["everything"]["week later"], "2026-12-04");
    let (_, out, _) = run(
        folder.path(),
        &["m.dmn", "--decision", "fee", "--input", "in.json", "--json"],
    );
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["rules"][0], "1", "{out}");
}

#[test]
fn test_cases_pass_or_fail_one_a_line_and_the_exit_code_tells() {
    let folder = folder();
    let (code, out, err) = run(folder.path(), &["m.dmn", "--test", "m.xml"]);
    assert_eq!(
        (code, out.lines().last()),
        (1, Some("3 passed, 1 failed")),
        "{err}"
    );
    let failed = out.lines().find(|line| line.starts_with("FAIL")).unwrap();
    assert!(
        failed.contains("d (line 12)") && failed.contains("actual null"),
        "{failed}"
    );
    let (code, out, _) = run(folder.path(), &["m.dmn", "--test", "m.xml", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &report["passed"], &report["failed"]),
        (1, &3.into(), &1.into())
    );
}

#[test]
fn what_cannot_be_read_is_told_with_file_and_line() {
    let folder = folder();
    fs::write(folder.path().join("half.dmn"), "<definitions>\n<decision").unwrap();
    fs::write(folder.path().join("bad.json"), "{\n nothing").unwrap();
    let (code, _, err) = run(folder.path(), &["half.dmn"]);
    assert!(code == 2 && err.starts_with("half.dmn:2: "), "{code} {err}");
    let (code, _, err) = run(
        folder.path(),
        &["m.dmn", "--decision", "fee", "--input", "bad.json"],
    );
    assert!(code == 2 && err.starts_with("bad.json:2: "), "{code} {err}");
    let (code, _, err) = run(folder.path(), &["m.dmn", "--decision", "nothing"]);
    assert!(
        code == 2 && err.contains("no decision `nothing`"),
        "{code} {err}"
    );
    let (code, _, _) = run(folder.path(), &["missing.dmn", "--test", "m.xml"]);
    assert_eq!(code, 2);
    let broken = MODEL.replace("size / 3", "size /");
    fs::write(folder.path().join("broken.dmn"), broken).unwrap();
    let (code, out, _) = run(folder.path(), &["broken.dmn"]);
    assert!(code == 1 && out.contains("broken.dmn:12: "), "{code} {out}");
}
