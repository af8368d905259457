//! `yuandu clock` as a person at a command line meets it.

use std::process::{Command, Output};

fn clock(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yuandu"))
        .arg("clock")
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn what_is_no_budget_is_said_in_the_language_asked_for() {
    let refused = clock(&["--from", "2025-01-24", "--budget", "-1d"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        said.contains("请写数字加单位") && !said.contains("Usage"),
        "{said}"
    );
    let wide = clock(&["--from", "2025-01-24T16:30", "--budget", "２０ｄ"]);
    let usual = clock(&["--from", "2025-01-24T16:30", "--budget", "20d"]);
    assert_eq!((wide.status.code(), wide.stdout), (Some(0), usual.stdout));
    let missing = clock(&["--batch", "/nowhere/periods.csv"]);
    let said = String::from_utf8(missing.stderr).unwrap();
    assert!(
        said.contains("没有这个文件") && !said.contains("No such"),
        "{said}"
    );
}
