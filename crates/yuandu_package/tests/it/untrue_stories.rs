//! A scenario that is not true says where, what was expected and what was found.

use yuandu_package::{MapFiles, Report, Source, load_all, run_scenarios};

use crate::good::systems;

const STORY: &str = "scenarios/01-normal.md";

/// Runs city-care with its first scenario replaced.
fn run(story: &str) -> Report {
    let mut files =
        MapFiles::copy_of(Source::on_disk(&systems().join("city-care")).files.as_ref()).unwrap();
    files.insert(STORY, story.to_owned().into_bytes());
    let source = Source {
        folder: "city-care".to_owned(),
        files: Box::new(files),
    };
    let needed = Source::on_disk(&systems().join("spatial"));
    let packages = load_all(&[source, needed])
        .map_err(|found| format!("{found:#?}"))
        .unwrap();
    run_scenarios(&packages, "city-care", Some("01-normal"))
}

const REPORT: &str = "# 一 · One\n\n```scenario\nat = \"2026-09-07T09:00\"\nwho = \"resident\"\ndo = \"report\"\nwith = { category = \"06010\", grid = \"370705003001001\", words = \"垃圾\", reporter_kind = \"public\" }\n";

#[test]
fn every_difference_of_a_step_is_told_with_its_line() {
    let report = run(&format!(
        "{REPORT}\n[expect]\nstage = \"accept\"\nstatus = \"open\"\nlamp = \"red\"\nfact.valid = true\n```\n"
    ));
    let told: Vec<(usize, &str, &str, &str)> = report
        .failures()
        .map(|f| (f.line, f.what.as_str(), f.expected.as_str(), f.got.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (13, "fact.valid", "true", "none"),
            (12, "lamp", "red", "green"),
            (10, "stage", "accept", "verify")
        ]
    );
    assert_eq!((report.passed(), report.failed()), (0, 1));
}

#[test]
fn a_step_that_is_refused_fails_unless_it_was_expected() {
    let bad = REPORT.replace(", words = \"垃圾\"", "");
    let report = run(&format!("{bad}```\n"));
    let failure = report.failures().next().unwrap();
    assert_eq!((failure.line, failure.what.as_str()), (3, "step"));
    assert!(failure.got.contains("schema.required"), "{}", failure.got);
    assert_eq!(
        run(&format!(
            "{bad}expect.refused = [\"words\", \"schema.required\"]\n```\n"
        ))
        .failed(),
        0
    );
}

#[test]
fn a_refusal_that_does_not_come_fails() {
    let report = run(&format!("{REPORT}expect.refused = \"category\"\n```\n"));
    assert_eq!(report.failures().next().unwrap().got, "it was done");
}

const RECORD: &str = "# 一 · One\n\n```scenario\nat = \"2026-09-07T09:00\"\ndo = \"record\"\nregister = \"responsibility-grid\"\nwith = { code = \"R1\", title = \"一号\", district = \"370705\" }\n";

#[test]
fn what_a_register_answers_is_compared_too() {
    let told = |report: &Report| {
        let failure = report.failures().next().unwrap();
        let line = failure.line;
        format!(
            "{line} {}: {} / {}",
            failure.what, failure.expected, failure.got
        )
    };
    let report = run(&format!("{RECORD}expect.outcome = \"updated\"\n```\n"));
    assert_eq!(told(&report), "8 outcome: updated / created");
    let report = run(&format!("{RECORD}expect.refused = \"code\"\n```\n"));
    assert_eq!(told(&report), "8 refused: code / it was done");
    let by = RECORD.replace("do =", "who = \"resident\"\ndo =");
    let report = run(&format!("{by}```\n"));
    assert!(
        told(&report).contains("denied, registers.write"),
        "{}",
        told(&report)
    );
    let read = "do = \"read\"\nregister = \"responsibility-grid\"\nrecord = \"R9\"";
    let report = run(&format!(
        "{RECORD}expect.outcome = \"created\"\n```\n\n```scenario\nwho = \"seat@command-centre\"\n{read}\n```\n"
    ));
    assert!(
        told(&report).starts_with("11 step: it is done / "),
        "{}",
        told(&report)
    );
}
