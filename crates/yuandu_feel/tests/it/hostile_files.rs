//! Hostile patterns, models and test cases: whatever they are, they are answered, soon, and nothing panics.

use proptest::prelude::*;
use yuandu_feel::dmn::Model;
use yuandu_feel::dmn::cases::CaseFile;
use yuandu_feel::{Context, Expression};

const BOXED: &str = include_str!("../fixtures/boxed.dmn");
const BILL: &str = include_str!("../fixtures/imports/bill.dmn");
const RATES: &str = include_str!("../fixtures/imports/rates.dmn");

fn pattern_words() -> impl Strategy<Value = String> {
    let words = vec![
        "a",
        "b",
        ".",
        "(",
        ")",
        "(?:",
        "|",
        "*",
        "+",
        "?",
        "{2}",
        "{1,3}",
        "{0,}",
        "[a-c]",
        "[^b]",
        "[a-z-[b]]",
        "\\1",
        "\\2",
        "\\d",
        "\\i",
        "\\p{Lu}",
        "\\p{IsGreek}",
        "^",
        "$",
        "[",
        "]",
        "\\",
        " ",
        "井",
    ];
    prop::collection::vec(prop::sample::select(words), 0..14).prop_map(|words| words.concat())
}

/// A text with some stretch replaced.
fn spoiled(text: &'static str) -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        &[
            "", "<", ">", "\"", "&amp;", "&x;", "</text>", "<text>", "decision", "#", "null",
            "((((", "9e9999", "\u{0}",
        ][..],
    );
    (0..text.len(), 0..40_usize, piece).prop_map(move |(at, length, piece)| {
        let bytes = text.as_bytes();
        let end = (at + length).min(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..at]).into_owned();
        head + piece + &String::from_utf8_lossy(&bytes[end..])
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_pattern_is_answered(pattern in pattern_words(), text in "[ab\n井]{0,30}", flags in "[smix]{0,2}") {
        let scope = Context::new().with("p", pattern).with("t", text).with("f", flags);
        for call in ["matches(t, p, f)", "replace(t, p, \"<$1>\", f)", "split(t, p)"] {
            let _ = Expression::parse(call).unwrap().evaluate(&scope);
        }
    }

    #[test]
    fn a_literal_pattern_finds_what_a_search_finds(needle in "[ab.*+(]{1,4}", text in "[ab.*+(]{0,12}") {
        let scope = Context::new().with("p", needle.as_str()).with("t", text.as_str());
        let found = Expression::parse("matches(t, p, \"q\")").unwrap().evaluate(&scope);
        prop_assert_eq!(found.as_bool(), Some(text.contains(&needle)));
    }

    #[test]
    fn any_spoiled_model_is_answered(boxed in spoiled(BOXED), bill in spoiled(BILL), rates in spoiled(RATES)) {
        let library = [("rates.dmn".to_owned(), rates)];
        for source in [boxed, bill] {
            let Ok((model, _)) = Model::parse_with_library(&source, &library) else { continue };
            for decision in model.decisions() {
                let _ = model.decide(&decision.name, &Context::new());
            }
            for name in model.invocables() {
                let _ = model.invoke(name, &Context::new());
            }
        }
    }

    #[test]
    fn any_spoiled_file_of_cases_is_answered(source in spoiled(CASES)) {
        let (model, _) = Model::parse_tolerant(RATES).unwrap();
        if let Ok(file) = CaseFile::parse(&source) {
            for case in &file.cases {
                let _ = case.run(&model, None);
            }
        }
    }
}

const CASES: &str = "<testCases><modelName>rates.dmn</modelName>\
    <testCase id=\"1\"><inputNode name=\"place\"><component name=\"zone\"><value xsi:type=\"xsd:string\">inner</value></component>\
    <component name=\"size\"><value>5</value></component></inputNode>\
    <resultNode name=\"base rate\" type=\"decision\"><expected><value xsi:type=\"xsd:decimal\">3</value></expected></resultNode></testCase>\
    <testCase type=\"bkm\" invocableName=\"fee of size\"><inputNode name=\"p\"><list><item><value xsi:nil=\"true\"/></item></list></inputNode>\
    <resultNode name=\"fee of size\" errorResult=\"true\"/></testCase></testCases>";

#[test]
fn a_pattern_that_goes_back_without_end_is_refused_in_time() {
    let text = "a".repeat(60);
    let scope = Context::new().with("t", format!("{text}!"));
    let value = Expression::parse("matches(t, \"^(a*)*(a*)\\1$\")")
        .unwrap()
        .evaluate(&scope);
    assert!(value.is_null() || value.as_bool() == Some(false));
}

#[test]
fn a_file_of_cases_says_what_it_is_not() {
    let wrong = CaseFile::parse("<cases/>").unwrap_err();
    assert!(wrong.en.contains("testCases"), "{wrong}");
    let file = CaseFile::parse(CASES).unwrap();
    let (model, _) = Model::parse_tolerant(RATES).unwrap();
    let outcomes: Vec<bool> = file
        .cases
        .iter()
        .flat_map(|case| case.run(&model, None))
        .map(|outcome| outcome.passed)
        .collect();
    assert_eq!(
        outcomes,
        [true, true],
        "an untyped 5 is read as the number the model declares"
    );
}
