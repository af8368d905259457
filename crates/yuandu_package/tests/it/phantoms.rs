//! What a package names and nothing declares: each told alone, at its line, so that it does not pass for something that is there.

use crate::spoiled::Spoiled;

const STORY: &str = "scenarios/01-normal.md";
const OPEN_RATE: &str = "indicators/open-rate.toml";
const LIMITS: &str = "decisions/limits.dmn";

fn story(from: &str, to: &str) -> Spoiled {
    Spoiled::new().edit(STORY, from, to)
}

#[test]
fn codes_and_words_of_a_scenario_are_in_their_lists() {
    for (from, to) in [
        (
            "with = { category = \"06010\", place",
            "with = { category = \"99999\", place",
        ),
        ("fact.finding = \"fixed\"", "fact.finding = \"mended\""),
        (
            "do = \"report\"\nwith = { category = \"06010\"",
            "do = \"report\"\nwith = { reporter_kind = \"publik\", category = \"06010\"",
        ),
    ] {
        let to_find = to.rsplit('\n').next().unwrap();
        let spoiled = match to.contains("publik") {
            true => story(
                ", reporter_kind = \"public\", contact_name",
                ", contact_name",
            )
            .edit(STORY, from, to),
            false => story(from, to),
        };
        spoiled.says(STORY, to_find, "codes.unknown");
    }
    let begin = "# 一 · One\n\n```scenario\nat = \"2026-09-07T09:00\"\n";
    let told = |block: &str| Spoiled::new().with(STORY, format!("{begin}{block}\n```\n"));
    told("who = { post = \"seat\", org = \"command-centre\", categories = [\"77777\"] }\ndo = \"look\"")
        .says(STORY, "77777", "codes.unknown");
    told("do = \"wait\"\nexpect.status = \"opn\"").says(STORY, "opn", "codes.unknown");
    told("do = \"wait\"\nexpect.stage = \"handel\"").says(STORY, "handel", "codes.unknown");
    told("do = \"wait\"\nexpect.lamp = \"blue\"").says(STORY, "blue", "scenarios.lamp_unknown");
    told("do = \"wait\"\nexpect.open_tasks = [\"sing\"]").says(
        STORY,
        "sing",
        "scenarios.task_unknown",
    );
    // What a step sends to be refused is wrong on purpose.
    let wrong = "who = \"resident\"\ndo = \"report\"\nwith = { category = \"99999\" }\nexpect.refused = \"category\"";
    assert_eq!(told(wrong).told(), []);
}

#[test]
fn an_organisation_of_a_scenario_is_listed() {
    let begin = "# 一 · One\n\n```scenario\nat = \"2026-09-07T09:00\"\n";
    let told = |block: &str| Spoiled::new().with(STORY, format!("{begin}{block}\n```\n"));
    for block in [
        "who = \"seat@moon\"\ndo = \"look\"",
        "who = { post = \"seat\", org = \"moon\" }\ndo = \"look\"",
        "who = \"seat@command-centre\"\ndo = \"complete\"\ntask = \"dispatch\"\noutcome = \"dispatch\"\nwith = { org = \"moon\" }",
        "do = \"wait\"\nexpect.fact.suggested_org = \"moon\"",
    ] {
        told(block).says(STORY, "moon", "scenarios.org_unknown");
    }
    told("who = \"seat@command-centre\"\ndo = \"hand\"\nhand = \"supervise\"\npeople = [\"leader@moon\"]")
        .says(STORY, "who = ", "scenarios.org_unknown");
}

#[test]
fn a_misspelt_fence_does_not_swallow_its_step() {
    let block = "at = \"2026-09-07T09:00\"\ndo = \"wait\"\n";
    for fence in [
        "```scenariox",
        "```Scenario",
        "```",
        "````scenario",
        "~~~scenario",
        "``scenario",
        "···scenario",
    ] {
        let text = format!("# 一 · One\n\n```scenario\n{block}```\n\n{fence}\n```\n");
        let text = match fence.starts_with("```") {
            true => text,
            false => text.trim_end_matches("```\n").to_owned(),
        };
        let told = Spoiled::new().with(STORY, text).told();
        assert_eq!(
            told,
            [(STORY.to_owned(), 8, "scenarios.fence_unknown".to_owned())],
            "{fence}"
        );
    }
    let unclosed = format!("# 一 · One\n\n```scenario\n{block}\n```scenario\n{block}```\n");
    let told = Spoiled::new().with(STORY, unclosed).told();
    assert_eq!(told, [(STORY.to_owned(), 3, "scenarios.fence".to_owned())]);
    let other = format!("# 一 · One\n\n```text\nanything\n```\n\n```scenario\n{block}```\n");
    assert_eq!(Spoiled::new().with(STORY, other).told(), []);
}

#[test]
fn a_constant_is_a_value_that_its_fact_can_have() {
    let condition = |to: &str| {
        Spoiled::new().edit(
            OPEN_RATE,
            "numerator = '=case.status = \"open\"'",
            &format!("numerator = '={to}'"),
        )
    };
    for wrong in [
        "case.status = \"opn\"",
        "case.stage != \"handel\"",
        "case.category = \"99999\"",
        "case.finding = \"mended\"",
    ] {
        condition(wrong).says(OPEN_RATE, "numerator", "codes.unknown");
    }
    assert_eq!(condition("case.status = \"withdrawn\"").told(), []);
    Spoiled::new()
        .edit(
            "registers/component.toml",
            "'=state != \"intact\"'",
            "'=state != \"entire\"'",
        )
        .says("registers/component.toml", "entire", "codes.unknown");
    Spoiled::new()
        .edit(
            "processes/case.bpmn",
            "case.reporter_kind in (\"collector\", \"import\")",
            "case.status = \"opn\"",
        )
        .says("processes/case.bpmn", "\"opn\"", "codes.unknown");
}

#[test]
fn a_decision_table_has_a_rule() {
    let files = std::fs::read_to_string(crate::good::systems().join("city-care").join(LIMITS));
    let text = files.unwrap();
    let (first, last) = (
        text.find("<rule").unwrap(),
        text.find("</decisionTable>").unwrap(),
    );
    let empty = format!(
        "{}{}",
        text.get(..first).unwrap(),
        text.get(last..).unwrap()
    );
    Spoiled::new()
        .with(LIMITS, empty)
        .says(LIMITS, "<decisionTable", "decisions.no_rules");
}

#[test]
fn a_date_that_does_not_exist_is_quoted() {
    let text = "# 一 · One\n\n```scenario\nat = \"2026-02-30T09:00\"\ndo = \"wait\"\n```\n";
    let found = Spoiled::new().with(STORY, text).problems();
    let words: Vec<&str> = found
        .iter()
        .map(|f| f.problem.message.zh.as_str())
        .collect();
    assert_eq!(words.len(), 1);
    assert!(words[0].contains("2026-02-30T09:00"), "{words:?}");
}
