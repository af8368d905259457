//! The scanner on small files: what it must find and what it must leave alone.

use super::*;

fn found(path: &str, text: &str) -> Vec<String> {
    let mut layers = Layers::default();
    layers.sql_crates.insert("yuandu_store".to_owned());
    layers.sql_files.insert("queries.rs".to_owned());
    layers.sql_folders.insert("queries".to_owned());
    let mut report = Report::new(1);
    let sources = Sources {
        all: vec![scan(path, text).expect("valid Rust")],
    };
    check(&sources, &layers, &mut report);
    report
        .failures()
        .map(|finding| format!("{}:{}", finding.place.line, finding.rule))
        .collect()
}

const HEAD: &str = "//! Decides things about things.\n";

#[test]
fn a_file_without_a_sentence_at_its_head_is_found() {
    assert_eq!(found("crates/a/src/x.rs", "fn a() {}"), ["1:head"]);
    assert_eq!(
        found("crates/a/src/x.rs", "//! (to be written)\nfn a() {}"),
        ["1:head"]
    );
    assert!(found("crates/a/src/x.rs", HEAD).is_empty());
    assert!(
        found(
            "crates/a/src/lib.rs",
            "#![doc = include_str!(\"../README.md\")]\nmod x;"
        )
        .is_empty()
    );
}

#[test]
fn switching_a_lint_off_is_found_also_inside_cfg_attr_and_macros() {
    assert_eq!(
        found(
            "crates/a/src/x.rs",
            &format!("{HEAD}#[allow(dead_code)]\nfn a() {{}}")
        ),
        ["2:attribute"]
    );
    assert_eq!(
        found(
            "crates/a/src/x.rs",
            &format!("{HEAD}#![cfg_attr(test, allow(unused))]")
        ),
        ["2:attribute"]
    );
    assert_eq!(
        found(
            "crates/a/src/x.rs",
            &format!("{HEAD}make! {{ #[ignore] fn a() {{}} }}")
        ),
        ["2:attribute"]
    );
}

#[test]
fn the_same_words_in_strings_comments_and_calls_are_left_alone() {
    let text =
        format!("{HEAD}// #[allow(x)]\nfn a() {{ ignore(\"#[ignore]\"); let allow = [allow]; }}");
    assert!(found("crates/a/src/x.rs", &text).is_empty());
}

#[test]
fn sql_that_reads_lives_in_named_files_and_sql_that_writes_only_in_the_store() {
    let reads = format!("{HEAD}const Q: &str = \"SELECT id FROM cases WHERE realm = $1\";");
    let writes = format!("{HEAD}const Q: &str = r#\"UPDATE cases SET stage = $1\"#;");
    assert_eq!(
        found("crates/yuandu_process/src/rules.rs", &reads),
        ["2:sql"]
    );
    assert!(found("crates/yuandu_process/src/queries.rs", &reads).is_empty());
    assert!(found("crates/yuandu_process/src/queries/inbox.rs", &reads).is_empty());
    assert_eq!(
        found("crates/yuandu_process/src/queries/inbox.rs", &writes),
        ["2:sql"]
    );
    assert_eq!(
        found("crates/yuandu_process/src/queries.rs", &writes),
        ["2:sql"]
    );
    assert!(found("crates/yuandu_store/src/sqlite.rs", &writes).is_empty());
}

#[test]
fn sql_that_a_spread_database_lacks_is_found_in_the_store_too() {
    for sql in [
        "CREATE TABLE a (id BIGSERIAL PRIMARY KEY)",
        "CREATE TRIGGER t AFTER INSERT ON a",
        "CREATE EXTENSION postgis",
        "SELECT pg_advisory_lock(1) FROM a",
        "SELECT id FROM a WHERE realm = $1 LIMIT 5 OFFSET 10",
        "SELECT id FROM a WHERE realm = $1 AND at < now()",
        "SELECT a.id FROM a JOIN b ON b.id = a.id WHERE a.realm = $1",
    ] {
        let text = format!("{HEAD}const Q: &str = \"{sql}\";");
        assert_eq!(
            found("crates/yuandu_store/src/x.rs", &text),
            ["2:sql"],
            "{sql}"
        );
    }
    for fine in [
        "SELECT a.id FROM a JOIN b ON b.realm = a.realm AND b.id = a.id WHERE a.realm = $1",
        "the offset of a rule, listen now",
        "PAGE RULE",
    ] {
        let text = format!("{HEAD}const Q: &str = \"{fine}\";");
        assert!(
            found("crates/yuandu_store/src/x.rs", &text).is_empty(),
            "{fine}"
        );
    }
}

#[test]
fn prose_and_documentation_are_not_sql() {
    let text = format!(
        "{HEAD}/// Runs `SELECT x FROM y`.\nfn a() {{ say(\"SELECT one from the list\"); }}"
    );
    assert!(found("crates/a/src/x.rs", &text).is_empty());
}

#[test]
fn a_function_is_measured_from_its_keyword_to_its_brace() {
    let source = scan(
        "x.rs",
        "fn a(\n    b: u8,\n) -> u8 {\n    b\n}\ntrait T { fn c(); fn d() { } }",
    )
    .expect("valid");
    let lengths: Vec<_> = source
        .functions
        .iter()
        .map(|f| (f.name.as_str(), f.line, f.lines))
        .collect();
    assert_eq!(lengths, [("a", 1, 5), ("d", 6, 1)]);
}

#[test]
fn a_module_with_a_name_that_says_nothing_is_found() {
    let name = names::FORBIDDEN.first().expect("there are forbidden names");
    assert_eq!(
        found("crates/a/src/x.rs", &format!("{HEAD}mod {name} {{}}")),
        ["2:name"]
    );
}
