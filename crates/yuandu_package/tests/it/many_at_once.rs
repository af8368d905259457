//! Ten mistakes in ten places come at once, each on its line, in order, and nothing else with them.

use crate::spoiled::Spoiled;

#[test]
fn ten_problems_come_at_once_each_on_its_line() {
    let spoiled = Spoiled::new()
        .edit(
            "package.toml",
            "plan_clause = \"B17\"",
            "plan_klause = \"B17\"\nplan_clause = \"B17\"",
        )
        .edit(
            "package.toml",
            "title = { zh = \"坐席员\", en = \"Seat officer\" }",
            "title = { zh = \"坐席员\" }",
        )
        .edit(
            "package.toml",
            "roles = [\"city-care.inspector\"]",
            "roles = [\"city-care.seat\"]",
        )
        .edit(
            "registers/case.toml",
            "label = { zh = \"部件\", en = \"Component\" }",
            "label = { en = \"Component\" }",
        )
        .edit(
            "decisions/limits.dmn",
            "<text>\"06010\"</text>",
            "<text>\"06999\"</text>",
        )
        .edit("forms/close.toml", "case = \"answer\"", "case = \"reply\"")
        .edit(
            "processes/case.bpmn",
            "<endEvent id=\"closed\"",
            "<endEvent id=\"lost\"/>\n    <endEvent id=\"closed\"",
        )
        .edit(
            "processes/field-check.bpmn",
            "<y:label en=\"Field check\"/>",
            "",
        )
        .edit("layers/cases.toml", "lon = \"lon\"", "lon = \"longitude\"")
        .with("form/close.toml", "");
    let line = |file, anchor| spoiled.line(file, anchor);
    let told = |file: &str, line: usize, code: &str| (file.to_owned(), line, code.to_owned());
    let case = "processes/case.bpmn";
    assert_eq!(
        spoiled.told(),
        [
            told(
                "decisions/limits.dmn",
                line("decisions/limits.dmn", "06999"),
                "codes.unknown"
            ),
            told("form/", 0, "package.folder_unknown"),
            told(
                "forms/close.toml",
                line("forms/close.toml", "reply"),
                "forms.fact_unknown"
            ),
            told(
                "layers/cases.toml",
                line("layers/cases.toml", "longitude"),
                "layers.column_unknown"
            ),
            told(
                "package.toml",
                line("package.toml", "plan_klause"),
                "schema.key_unknown"
            ),
            told(
                "package.toml",
                line("package.toml", "{ zh = \"坐席员\" }"),
                "schema.label_missing"
            ),
            told(
                "package.toml",
                line("package.toml", "id = \"inspector\""),
                "package.role_unheld"
            ),
            told(case, line(case, "id=\"lost\""), "bpmn.unreachable"),
            told(
                "processes/field-check.bpmn",
                line("processes/field-check.bpmn", "<process "),
                "process.label_missing"
            ),
            told(
                "registers/case.toml",
                line("registers/case.toml", "{ en = \"Component\" }"),
                "schema.label_missing"
            ),
        ]
    );
}
