//! Input that tries to break the evaluator: it must answer, in time and without a panic, on a thread's ordinary stack.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use yuandu_feel::dmn::Model;
use yuandu_feel::{Context, Expression, UnaryTests, Value};

/// Evaluates whatever can be read, in every way there is.
fn exercise(text: &str) {
    let scope = Context::new()
        .with("x", 5)
        .with("list", Value::from(vec![1.into(), 2.into()]));
    if let Ok(expression) = Expression::parse(text) {
        let value = expression.evaluate(&scope);
        let _ = (
            value.to_string(),
            value.to_json(),
            expression.names(),
            expression.evaluate_checked(&scope),
        );
    }
    if let Ok(tests) = UnaryTests::parse(text) {
        let _ = tests.matches(&Value::from(1), &scope);
    }
}

/// How long this thread has been on a processor (Linux: proc(5), `schedstat`): other programs must not fail the test.
fn on_cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

#[track_caller]
fn answers_in_time(text: &str) {
    let (start, before) = (Instant::now(), on_cpu());
    exercise(text);
    let worked = on_cpu().zip(before).map(|(after, before)| after - before);
    let taken = worked.unwrap_or_else(|| start.elapsed());
    assert!(
        taken < Duration::from_secs(20),
        "{taken:?} for {}",
        &text[..text.len().min(80)]
    );
}

#[test]
fn deep_nesting_is_refused_and_never_overflows() {
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{a: ", "1", "}"),
        ("-", "1", ""),
        ("not(", "true", ")"),
        ("if true then ", "1", " else 2"),
        ("if true then 1 else ", "1", ""),
        ("for i in ", "[1]", " return i"),
        ("function(a) ", "a", ""),
        ("1 + (", "1", ")"),
        ("x[", "1", "]"),
        ("1 in (", "1", ")"),
        ("some i in [1] satisfies ", "true", ""),
        ("1 instance of list<", "number", ">"),
    ] {
        for depth in [10, 60, 95, 200, 5000] {
            let text = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
            answers_in_time(&text);
        }
        let text = format!("{}{middle}{}", open.repeat(5000), close.repeat(5000));
        assert!(Expression::parse(&text).is_err(), "{open}");
    }
    for chain in ["1 + ", "1 - ", "a.", "2 ** ", "1 = "] {
        answers_in_time(&format!("{}a", chain.repeat(5000)));
    }
    answers_in_time(&format!("x{}", "[1]".repeat(5000)));
    answers_in_time(&format!("f{}", "()".repeat(5000)));
}

#[test]
fn a_long_list_of_conditions_is_no_deep_tree() {
    let text = vec!["x = 1"; 2000].join(" or ") + " or x = 5";
    let scope = Context::new().with("x", 5);
    assert!(Expression::parse(&text).unwrap().evaluate(&scope).is_true());
}

#[test]
fn endless_work_ends() {
    for text in [
        "for i in 1..1000000000000 return i",
        "for a in 1..10000, b in 1..10000, c in 1..10000 return a",
        "{f: function(x) f(x), r: f(1)}.r",
        "{f: function(x) f(x) + f(x), r: f(1)}.r",
        "{f: function(g, x) g(g, x) + g(g, x), r: f(f, 1)}.r",
        "some i in 1..1000000000 satisfies i < 0",
        "count(for i in 1..100000 return for j in 1..100000 return j)",
        "for i in 1..100000 return partial",
        "for i in 1..100000 return if i = 1 then [] else [partial[-1]]",
        "10 ** 10 ** 10 ** 10",
        "2 ** 999999999999",
        "1.0000000001 ** 99999999999999",
        "exp(99999999)",
        "decimal(1e6000, -9999999)",
        "1e6144 * 1e6144",
        "string(1e6000)",
        "floor(1e-6000)",
        "sqrt(1e-6143)",
        "modulo(1e6000, 3)",
        "modulo(1e6144, 7e-6000)",
        "substring(\"abc\", 999999999999999999999)",
        "matches(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\", \"(a+)+$\")",
        "matches(\"a\", \"(a{1000}){1000}\")",
        "@\"P999999999999999Y\" + @\"P999999999999999Y\"",
        "@\"2026-01-01\" + @\"P99999999999D\"",
        "-@\"P9223372036854775807M\"",
        "@\"9999-12-31T23:59:59Z\" + @\"PT1S\"",
        "for d in @\"0001-01-01\"..@\"9999-12-31\" return d",
        "for i in 1..100000 return sum(1..i)",
        "sort(for i in 1..20000 return modulo(i * 7919, 10007), function(a, b) a < b)",
        "sort(for i in 1..2000 return modulo(i * 7919, 10007), function(a, b) true)",
        "distinct values(for i in 1..50000 return i)",
        "1 / 3 ** 5000",
        "log(1e-6143)",
        "for i in 1..1000000 return i ** 0.37",
        "for i in 1..1000000 return exp(i / 1000)",
        "for i in 1..1000000 return modulo(1e6144, 7e-6000 + i)",
        "for i in 1..1000000 return matches(string(i), \"(a{500}){5}\" + string(i))",
        "{l: for i in 1..1000 return i, r: for i in 1..1000000 return l = l}.r",
        "{l: for i in 1..1000 return i, r: for i in 1..1000000 return 0 in l}.r",
        "{l: for i in 1..1000 return i, r: for i in 1..1000000 return l instance of list<number>}.r",
        "{l: for i in 1..1000 return i, r: for i in 1..1000000 return function() l}.r",
        "count(for i in 1..100000 return {p: partial[-1], f: function() p}.f)",
        "count(for i in 1..1000000 return {p: partial[-1], c: {d: p}}.c)",
        "duration(\"P\" + string(9e18) + \"D\") * 9e18",
    ] {
        answers_in_time(text);
    }
}

#[test]
fn values_cannot_grow_without_bound() {
    let doubling = |start: &str, step: &str| {
        let mut text = format!("{{v0: {start}");
        for at in 1..200 {
            let last = format!("v{}", at - 1);
            text += &format!(", v{at}: {}", step.replace("$", &last));
        }
        text + "}.v199"
    };
    for (start, step) in [
        ("\"abcdefgh\"", "$ + $"),
        ("[1]", "[$, $]"),
        ("[1]", "concatenate($, $)"),
        ("{a: 1}", "{l: $, r: $}"),
        ("\"ab\"", "string join([$, $], $)"),
        ("\"ab\"", "replace($, \"a|b\", $)"),
        ("[1]", "append($, $)"),
        ("[1]", "for i in $ return $"),
        ("{a: 1}", "context put($, \"b\", $)"),
        ("\"a\"", "string([$, $])"),
        ("[1]", "flatten([$, $])"),
    ] {
        answers_in_time(&doubling(start, step));
    }
}

#[test]
fn long_texts_are_paid_for() {
    let long = "鸢".repeat(20_000);
    for text in [
        "for i in 1..1000000 return \"$\"",
        "for i in 1..1000000 return \"$\" = \"$\"",
        "for i in 1..1000000 return contains(\"$\", \"x\")",
    ] {
        answers_in_time(&text.replace('$', &long));
    }
}

/// A knowledge model that calls itself from within nested boxes, and a service that does so through a chain of decisions.
#[test]
fn models_that_call_themselves_end() {
    let (mut open, mut close) = (String::new(), String::new());
    for _ in 0..24 {
        open += "<context><contextEntry>";
        close.insert_str(0, "</contextEntry></context>");
    }
    let knowledge = format!(
        "<definitions id='m' name='m'><businessKnowledgeModel id='k' name='k'><encapsulatedLogic><formalParameter name='n'/>\
         {open}<literalExpression><text>k(n + 1)</text></literalExpression>{close}</encapsulatedLogic></businessKnowledgeModel></definitions>"
    );
    let model = Model::parse(&knowledge).unwrap();
    let decided = model.invoke("k", &Context::new().with("n", 1)).unwrap();
    assert_eq!(decided.value, Value::Null);
    assert!(
        decided
            .notes
            .iter()
            .any(|note| note.en.contains("nest too deep")),
        "{:?}",
        decided.notes
    );

    let mut decisions = String::from(
        "<decision id='d0' name='d0'><knowledgeRequirement><requiredKnowledge href='#s'/></knowledgeRequirement>\
         <literalExpression><text>s()</text></literalExpression></decision>",
    );
    for at in 1..200 {
        let last = at - 1;
        decisions += &format!(
            "<decision id='d{at}' name='d{at}'><informationRequirement><requiredDecision href='#d{last}'/></informationRequirement>\
             <literalExpression><text>d{last}</text></literalExpression></decision>"
        );
    }
    let service = format!(
        "<definitions id='m' name='m'>{decisions}<decisionService id='s' name='s'><outputDecision href='#d199'/></decisionService></definitions>"
    );
    let model = Model::parse(&service).unwrap();
    assert_eq!(
        model.decide("d199", &Context::new()).unwrap().value,
        Value::Null
    );
    assert_eq!(
        model.invoke("s", &Context::new()).unwrap().value,
        Value::Null
    );
}

#[test]
fn deep_xml_is_refused() {
    let deep = format!(
        "{}{}",
        "<definitions>".repeat(100_000),
        "</definitions>".repeat(100_000)
    );
    assert!(Model::parse(&deep).unwrap_err()[0].en.contains("deep"));
}

fn fragment() -> impl Strategy<Value = String> {
    let words = [
        "1",
        "2.5",
        "x",
        "list",
        "null",
        "true",
        "\"a\"",
        "@\"2026-01-01\"",
        "@\"PT1H\"",
        "@\"P1M\"",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ".",
        "..",
        "+",
        "-",
        "*",
        "/",
        "**",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "and",
        "or",
        "not(",
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "satisfies",
        "between",
        "instance of",
        "number",
        "function(",
        "item",
        "?",
        "count(",
        "sum(",
        "string(",
        "date(",
        "sort(",
        "substring(",
        "鸢都",
        "a:",
        "partial",
        "sublist(",
        "insert before(",
        "round up(",
        "modulo(",
        "time(",
        "duration(",
        "range(",
        "before(",
        "list replace(",
    ];
    proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..24)
        .prop_map(|words| words.join(" "))
}

/// A call of any of FEEL's functions with values of any kind.
fn call() -> impl Strategy<Value = String> {
    let functions = [
        "substring",
        "string length",
        "replace",
        "split",
        "string join",
        "matches",
        "number",
        "date",
        "time",
        "date and time",
        "duration",
        "years and months duration",
        "list contains",
        "sublist",
        "append",
        "concatenate",
        "insert before",
        "remove",
        "list replace",
        "reverse",
        "index of",
        "union",
        "distinct values",
        "flatten",
        "sort",
        "min",
        "max",
        "sum",
        "mean",
        "median",
        "stddev",
        "mode",
        "product",
        "all",
        "any",
        "decimal",
        "floor",
        "ceiling",
        "round up",
        "round half down",
        "abs",
        "modulo",
        "sqrt",
        "log",
        "exp",
        "odd",
        "even",
        "day of year",
        "week of year",
        "is",
        "before",
        "after",
        "meets",
        "overlaps",
        "finishes",
        "includes",
        "starts",
        "coincides",
        "range",
        "get value",
        "get entries",
        "context",
        "context put",
        "context merge",
        "string",
        "upper case",
        "contains",
        "substring after",
        "trim",
    ];
    let values = [
        "null",
        "0",
        "-1",
        "1",
        "3",
        "1e6144",
        "-1e-6143",
        "0.5",
        "99999999999999999999",
        "\"\"",
        "\"鸢都\"",
        "\"[\"",
        "\"2026-02-29\"",
        "\"P1D\"",
        "\"[1..3]\"",
        "true",
        "[]",
        "[1, 2, 3]",
        "[null]",
        "[\"a\", 1]",
        "{}",
        "{key: \"k\", value: 1}",
        "[1..3]",
        "(< 5)",
        "[\"a\"..\"c\"]",
        "@\"2026-01-31\"",
        "@\"-9999-01-01\"",
        "@\"23:59:59.999999999@Asia/Shanghai\"",
        "@\"9999-12-31T23:59:59-14:00\"",
        "@\"-P9999999999999D\"",
        "@\"P99999999999M\"",
        "function(a, b) a",
        "function() 1",
        "function(a, b) a < b",
    ];
    let arguments = proptest::collection::vec(proptest::sample::select(values.to_vec()), 0..5);
    (proptest::sample::select(functions.to_vec()), arguments)
        .prop_map(|(name, arguments)| format!("{name}({})", arguments.join(", ")))
}

/// Two values of any kind around an operator.
fn operation() -> impl Strategy<Value = String> {
    let operators = ["+", "-", "*", "/", "**", "=", "<", ">=", "in", "and"];
    (call(), proptest::sample::select(operators.to_vec()), call())
        .prop_map(|(a, op, b)| format!("{a} {op} {b}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}") {
        exercise(&text);
    }

    #[test]
    fn any_mix_of_feel_words_is_answered(text in fragment()) {
        exercise(&text);
    }

    #[test]
    fn any_call_of_a_function_is_answered(text in call()) {
        exercise(&text);
    }

    #[test]
    fn any_operation_is_answered(text in operation()) {
        exercise(&text);
    }

    #[test]
    fn what_a_value_writes_reads_back(number in any::<f64>(), text in "\\PC{0,20}") {
        for value in [Value::from(number), Value::from(text.as_str())] {
            let read = Expression::parse(&value.to_string()).unwrap().evaluate(&Context::new());
            prop_assert_eq!(read, value);
        }
    }
}
