//! What counts as a path in a document, and what it may point at.

use super::*;

fn tree() -> Tree {
    let files = [
        "README.md",
        "Cargo.toml",
        "crates/yuandu_base/README.md",
        "crates/yuandu_base/src/calendar.rs",
        "crates/yuandu_base/data/days.csv",
        "systems/city-care/package.toml",
        "docs/adr/README.md",
    ];
    Tree::new(&files.map(str::to_owned))
}

fn missing(from: &str, span: &str) -> bool {
    let tree = tree();
    tree.looks_like_path(from, span) && !tree.has_code(from, span)
}

#[test]
fn a_path_that_exists_may_be_named_from_the_root_or_from_the_document() {
    assert!(!missing("README.md", "crates/yuandu_base/src/calendar.rs"));
    assert!(!missing("crates/yuandu_base/README.md", "src/calendar.rs"));
    assert!(!missing("crates/yuandu_base/README.md", "data/days.csv"));
    assert!(!missing("docs/adr/README.md", "systems/city-care/"));
    assert!(!missing("docs/adr/README.md", "city-care/package.toml"));
}

#[test]
fn a_path_that_does_not_exist_is_found() {
    assert!(missing("README.md", "crates/yuandu_base/src/calender.rs"));
    assert!(missing("README.md", "systems/no-such/"));
    assert!(missing("crates/yuandu_base/README.md", "src/gone.rs"));
    assert!(missing("README.md", "CHANGES.md"));
}

#[test]
fn placeholders_stand_for_any_name_and_the_rest_must_fit() {
    assert!(!missing("README.md", "systems/<id>/package.toml"));
    assert!(!missing("README.md", "systems/*"));
    assert!(!missing("README.md", "crates/*/src/calendar.rs"));
    assert!(missing("README.md", "systems/<id>/manifest.toml"));
    assert!(missing("README.md", "crates/yuandu_nothing*/README.md"));
}

#[test]
fn web_paths_types_and_words_with_a_stroke_are_not_paths() {
    for span in [
        "/api/openapi.json",
        "application/json",
        "zh/en",
        "queries.rs",
        "cargo xtask demo",
        "a.b.c",
        "1.0",
    ] {
        assert!(!missing("README.md", span), "{span}");
    }
}

#[test]
fn code_may_run_over_a_line_and_does_not_turn_the_next_inside_out() {
    let text = "run `cargo\nxtask` on `src/a.rs` ..\nthen `open\n\n`src/b.rs`\n";
    let expected = [
        (2, Mention::Code("src/a.rs".to_owned())),
        (5, Mention::Code("src/b.rs".to_owned())),
    ];
    assert_eq!(mentioned(text), expected);
}

#[test]
fn links_are_relative_to_their_document_and_fenced_blocks_are_left_alone() {
    let text = "see [a](docs/adr/README.md#top), [b](https://example.org/x), `src/lib.rs`\n```\n[c](nowhere.md)\n```\n";
    let expected = [
        (1, Mention::Code("src/lib.rs".to_owned())),
        (1, Mention::Link("docs/adr/README.md".to_owned())),
    ];
    assert_eq!(mentioned(text), expected);
    assert!(tree().has_link("docs/adr/README.md", "../../README.md"));
    assert!(!tree().has_link("docs/adr/README.md", "../README.md"));
    assert!(!tree().has_link("README.md", "../outside.md"));
}
