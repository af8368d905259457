//! Problems of TOML files with their lines.

use super::*;

const TEXT: &str = "id = \"a\"\nlabl = 3\n\n[case]\nregister = 1\n\n[[field]]\nname = \"x\"\nlabel = { zh = \"甲\" }\n\n[[field]]\nname = \"y\"\nextra = true\nlabel = { zh = \"乙\", en = \"B\" }\n";

#[test]
fn every_problem_of_a_file_comes_at_once_with_its_line() {
    let document = Document::parse("x.toml", TEXT);
    let root = document.root();
    assert_eq!(root.text("id").as_deref(), Some("a"));
    assert_eq!(root.opt_text("label"), None);
    let case = root.table("case").unwrap();
    assert_eq!(case.text("register"), None);
    case.finish();
    let fields = root.tables("field");
    assert_eq!(fields.iter().map(Table::line).collect::<Vec<_>>(), [7, 11]);
    for field in &fields {
        let _ = (field.text("name"), field.local("label"));
        field.finish();
    }
    root.finish();
    let found: Vec<(usize, String)> = document
        .into_problems()
        .into_iter()
        .map(|p| (p.line, p.problem.code))
        .collect();
    assert_eq!(
        found,
        [
            (2, "schema.key_unknown".to_owned()),
            (5, "schema.key_type".to_owned()),
            (9, "schema.label_missing".to_owned()),
            (13, "schema.key_unknown".to_owned()),
        ]
    );
}

#[test]
fn an_unknown_key_names_the_known_one_it_resembles() {
    let document = Document::parse("x.toml", "lable = 1\n");
    let root = document.root();
    let _ = root.opt_text("label");
    root.finish();
    let found = document.into_problems();
    assert_eq!(
        found[0].problem.message.en,
        "unknown key `lable`; did you mean `label`?"
    );
}

#[test]
fn a_syntax_error_keeps_its_line_and_the_rest_is_still_read() {
    let document = Document::parse("x.toml", "a = 1\nb = = 2\nc = \"x\"\n");
    assert_eq!(document.root().text("c").as_deref(), Some("x"));
    let found = document.into_problems();
    assert_eq!(
        (found[0].line, found[0].problem.code.as_str()),
        (2, "schema.toml_syntax")
    );
}
