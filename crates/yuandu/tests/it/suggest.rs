//! `yuandu suggest` as a person at a command line meets it.

use std::path::Path;
use std::process::{Command, Output};

const PAST: &str = "text,label\n小区停水了没人管,供水\n自来水发黄有异味,供水\n水管爆裂漏水,供水\n公交车不停站,公交\n公交司机甩站,公交\n公交站牌坏了,公交\n";
const NEW: &str = "text,label\n我家停水一天了,供水\n\"公交车,等了很久\",公交\n公交站在哪里,\n";

fn suggest(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yuandu"))
        .arg("suggest")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn suggestions_are_csv_and_the_closing_lines_say_how_often_they_are_right() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("past.csv"), PAST).unwrap();
    std::fs::write(folder.path().join("new.csv"), NEW).unwrap();
    let output = suggest(
        folder.path(),
        &["--learn", "past.csv", "--ask", "new.csv", "--lang", "en"],
    );
    assert!(output.status.success(), "{}", err(&output));
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(&rows[0][2], "供水");
    assert_eq!(&rows[1][0], "公交车,等了很久");
    assert_eq!(&rows[1][2], "公交");
    assert_eq!(&rows[2][1], "");
    assert_eq!(&rows[2][6], "", "there are only two labels");
    let said = err(&output);
    assert!(said.contains("2 orders with a label"), "{said}");
    assert!(said.contains("top-1 accuracy: 1.0000 (2)"), "{said}");
    assert!(
        said.contains("majority baseline (always `供水`): 0.5000 (1)")
            || said.contains("majority baseline (always `公交`): 0.5000 (1)"),
        "{said}"
    );
}

#[test]
fn a_kept_model_is_asked_later_and_answers_for_machines() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("past.csv"), PAST).unwrap();
    std::fs::write(folder.path().join("new.csv"), NEW).unwrap();
    let kept = suggest(
        folder.path(),
        &["--learn", "past.csv", "--save", "kept.model"],
    );
    assert!(kept.status.success(), "{}", err(&kept));
    assert_eq!(out(&kept), "");
    let output = suggest(
        folder.path(),
        &["--model", "kept.model", "--ask", "new.csv", "--json"],
    );
    let lines: Vec<serde_json::Value> = out(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0]["suggestions"][0]["label"], "供水");
    assert_eq!(lines[2]["label"], serde_json::Value::Null);
    assert_eq!(lines[3]["labelled"], 2);
}

#[test]
fn a_file_without_the_column_is_refused_in_the_readers_language() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("past.csv"), "内容,分类\na,b\n").unwrap();
    let output = suggest(folder.path(), &["--learn", "past.csv", "--save", "x"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("首行没有“text”一列"),
        "{}",
        err(&output)
    );
}
