//! Expressions and their values, as a table.

use yuandu_feel::{Context, DateTime, Expression, UnaryTests, Value};

fn scope() -> Context {
    let case = Context::new()
        .with("category", "0101")
        .with("area", 12.5)
        .with("报告人", "张三")
        .with("note", Value::Null);
    Context::new()
        .with("case", case)
        .with("Monthly Salary", 10_000)
        .with("x", 5)
        .with(
            "items",
            Value::from_json(&serde_json::json!([
                {"kind": "井盖", "count": 3},
                {"kind": "路灯", "count": 1},
                {"kind": "井盖", "count": 2},
            ])),
        )
        .with_now(now())
}

fn now() -> DateTime {
    DateTime::from_zoned(&"2026-11-23T09:30:00+08:00[Asia/Shanghai]".parse().unwrap())
}

/// Evaluates `text` and compares with the value of the expression `expected`.
#[track_caller]
fn check(text: &str, expected: &str) {
    let value = Expression::parse(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .evaluate(&scope());
    let expected = Expression::parse(expected).unwrap().evaluate(&scope());
    assert_eq!(value, expected, "{text}");
}

#[track_caller]
fn check_all(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        check(text, expected);
    }
}

#[test]
fn arithmetic_is_exact_and_binds_as_in_mathematics() {
    check_all(&[
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("0.1 + 0.2 = 0.3", "true"),
        ("10 / 4", "2.5"),
        ("2 ** 3 ** 2", "64"),
        ("-2 ** 2", "4"),
        ("1 / 0", "null"),
        ("1 - - 1", "2"),
        ("\"a\" + \"b\"", "\"ab\""),
        ("\"a\" + 1", "null"),
        ("null + 1", "null"),
        ("1e3", "1000"),
        (".5 + .5", "1"),
    ]);
}

#[test]
fn logic_has_three_values() {
    check_all(&[
        ("true and null", "null"),
        ("false and null", "false"),
        ("true or null", "true"),
        ("false or null", "null"),
        ("not(null)", "null"),
        ("not(true)", "false"),
        ("null = null", "true"),
        ("1 = null", "false"),
        ("1 = \"1\"", "null"),
        ("1 < \"1\"", "null"),
        ("null > 1", "null"),
        ("if null then 1 else 2", "2"),
    ]);
}

#[test]
fn names_may_hold_blanks_and_chinese() {
    check_all(&[
        ("Monthly Salary * 12", "120000"),
        ("Monthly   Salary", "10000"),
        ("case.category = \"0101\" and case.area > 10", "true"),
        ("case.报告人 = \"张三\"", "true"),
        ("{月 薪: 3, 年薪: 月 薪 * 12}.年薪", "36"),
        ("{a-b: 3, c: a-b * 2}.c", "6"),
        ("case.missing", "null"),
    ]);
    let names = ["pre-check".to_owned(), "Ready or not".to_owned()];
    let scope = Context::new()
        .with("pre-check", 1)
        .with("Ready or not", true);
    let text = "pre-check = 1 and Ready or not";
    let expression = Expression::parse_with_names(text, &names).unwrap();
    assert!(expression.evaluate(&scope).is_true());
}

#[test]
fn ranges_lists_and_membership() {
    check_all(&[
        ("x in [1..5]", "true"),
        ("x in [1..5)", "false"),
        ("x in (5..9]", "false"),
        ("x in ]1..5[", "false"),
        ("x in (1, 3, 5)", "true"),
        ("x in (< 3, > 4)", "true"),
        ("x in > 4", "true"),
        ("x in [1, 2]", "false"),
        ("x between 1 and 5", "true"),
        ("x between 1 and 4 or true", "true"),
        ("[1, 2, 3][2]", "2"),
        ("[1, 2, 3][-1]", "3"),
        ("[1, 2, 3][4]", "null"),
        ("[1, 2, 3][item > 1]", "[2, 3]"),
        ("items[kind = \"井盖\"].count", "[3, 2]"),
        ("sum(items[kind = \"井盖\"].count)", "5"),
        ("items[1].kind", "\"井盖\""),
        ("[][1]", "null"),
        ("[1..3].start", "1"),
        ("(< 5).end included", "false"),
        ("5 in (<= 5)", "true"),
    ]);
}

#[test]
fn loops_and_functions() {
    check_all(&[
        ("for i in 1..3 return i * i", "[1, 4, 9]"),
        ("for i in 3..1 return i", "[3, 2, 1]"),
        (
            "for i in [1, 2], j in [10, 20] return i + j",
            "[11, 21, 12, 22]",
        ),
        (
            "for i in 1..5 return if i = 1 then 1 else partial[-1] * i",
            "[1, 2, 6, 24, 120]",
        ),
        ("some i in [1, 2] satisfies i > 1", "true"),
        ("every i in [1, 2] satisfies i > 1", "false"),
        ("{f: function(a, b) a + b, r: f(1, 2)}.r", "3"),
        (
            "{f: function(a: number, b: number) a - b, r: f(b: 1, a: 3)}.r",
            "2",
        ),
        ("{f: function(a: number) a, r: f(\"x\")}.r", "null"),
        (
            "{fact: function(n) if n < 2 then 1 else n * fact(n - 1), r: fact(10)}.r",
            "3628800",
        ),
        ("sort([3, 1, 2], function(a, b) a < b)", "[1, 2, 3]"),
        (
            "sort(list: [3, 1, 2], precedes: function(a, b) a > b)",
            "[3, 2, 1]",
        ),
        (
            "substring(string: \"foobar\", start position: 3)",
            "\"obar\"",
        ),
    ]);
}

#[test]
fn dates_and_durations() {
    check_all(&[
        (
            "date(\"2026-11-23\") + duration(\"P1M\") = @\"2026-12-23\"",
            "true",
        ),
        ("@\"2026-01-31\" + @\"P1M\"", "@\"2026-02-28\""),
        ("@\"2026-11-23\" - @\"2026-11-20\"", "@\"P3D\""),
        (
            "@\"2026-11-23T08:00:00Z\" = @\"2026-11-23T16:00:00+08:00\"",
            "true",
        ),
        (
            "@\"2026-11-23T16:00:00@Asia/Shanghai\" = @\"2026-11-23T08:00:00Z\"",
            "true",
        ),
        ("date and time(@\"2026-11-23\", @\"10:00:00\").hour", "10"),
        ("@\"2026-11-23\".weekday", "1"),
        ("day of week(@\"2026-11-23\")", "\"Monday\""),
        (
            "years and months duration(@\"2024-01-31\", @\"2026-03-01\")",
            "@\"P2Y1M\"",
        ),
        ("@\"P1DT2H30M\".hours", "2"),
        ("@\"PT90M\" / @\"PT1H\"", "1.5"),
        ("string(@\"PT90M\")", "\"PT1H30M\""),
        (
            "time(\"10:30:00\") + duration(\"PT14H\") = time(\"00:30:00\")",
            "true",
        ),
        ("date(\"2026-02-29\")", "null"),
        ("string(@\"-0044-03-15\")", "\"-0044-03-15\""),
        ("@\"2026-11-23T24:00:00\"", "@\"2026-11-24T00:00:00\""),
        ("@\"P0Y\" = @\"P0D\"", "null"),
        ("now() > @\"2026-11-23T00:00:00Z\"", "true"),
        ("today()", "@\"2026-11-23\""),
        ("string(now())", "\"2026-11-23T09:30:00@Asia/Shanghai\""),
    ]);
}

#[test]
fn built_in_functions() {
    check_all(&[
        ("string length(\"鸢都\")", "2"),
        ("substring(\"foobar\", -2, 1)", "\"a\""),
        ("upper case(\"abc\")", "\"ABC\""),
        ("substring before(\"foobar\", \"bar\")", "\"foo\""),
        ("contains(\"潍坊市\", \"坊\")", "true"),
        (
            "replace(\"abcd\", \"(ab)|(a)\", \"[1=$1][2=$2]\")",
            "\"[1=ab][2=]cd\"",
        ),
        ("matches(\"0536-8\", \"^\\d{4}-\\d$\")", "true"),
        ("split(\"a;b;c\", \";\")", "[\"a\", \"b\", \"c\"]"),
        ("string join([\"a\", \"b\"], \"-\")", "\"a-b\""),
        ("number(\"1 000,5\", \" \", \",\")", "1000.5"),
        (
            "string([1, \"a\", {b: null}])",
            "\"[1, \\\"a\\\", {b: null}]\"",
        ),
        ("decimal(1/3, 2)", "0.33"),
        ("floor(-1.5)", "-2"),
        ("round half up(2.5, 0)", "3"),
        ("modulo(-10, 3)", "2"),
        ("min([3, 1, 2])", "1"),
        ("max(\"a\", \"b\")", "\"b\""),
        ("mean(1, 2, 3)", "2"),
        ("median([6, 1, 2, 3])", "2.5"),
        ("mode([6, 3, 9, 6, 6])", "[6]"),
        ("all([true, null])", "null"),
        ("any([])", "false"),
        ("count([])", "0"),
        ("sum([])", "null"),
        ("distinct values([1, 2, 1])", "[1, 2]"),
        ("flatten([[1, [2]], 3])", "[1, 2, 3]"),
        ("insert before([1, 3], 2, 2)", "[1, 2, 3]"),
        ("list replace([1, 2], 1, 9)", "[9, 2]"),
        ("index of([1, 2, 1], 1)", "[1, 3]"),
        ("union([1, 2], [2, 3])", "[1, 2, 3]"),
        ("get value({a: 1}, \"a\")", "1"),
        ("get entries({a: 1})[1].key", "\"a\""),
        ("context put({a: 1}, \"b\", 2)", "{a: 1, b: 2}"),
        ("context merge([{a: 1}, {a: 2}])", "{a: 2}"),
        ("before([1..5], 6)", "true"),
        ("overlaps([1..5], [5..9])", "true"),
        ("includes([1..10], [5..10])", "true"),
        ("is(@\"10:00:00\", @\"10:00:00Z\")", "false"),
        ("1 instance of number", "true"),
        ("[1] instance of list<number>", "true"),
        ("null instance of number", "false"),
        ("{a: 1} instance of context<a: number>", "true"),
        ("not(negand: true)", "false"),
        ("2 in range(\"[1..)\")", "true"),
        ("2 in range(\"(..1]\")", "false"),
        ("\"k\" in [\"a\"..34]", "null"),
        ("[1, 2][\"no condition\"]", "null"),
        ("after(range: [1..10], point: 11)", "false"),
        ("before(point: 1, range: (1..10])", "true"),
        ("any()", "null"),
        ("insert before([1], 2, 3)", "null"),
        ("list contains(list: [1], match: 1)", "true"),
        ("is(@\"23:00:50Z\", @\"23:00:50@Etc/UTC\")", "true"),
        ("matches(\"O\", \"^[A-Z-[OI]]$\")", "false"),
        (
            "matches(\"hello world\", \" hello[ ]world \", \"x\")",
            "true",
        ),
        ("matches(\"a\\rb\", \"a.b\")", "false"),
        ("replace(\"a.b\", \".\", \"$1\", \"q\")", "\"a$1b\""),
        ("string({\"}\": 1})", "\"{\\\"}\\\": 1}\""),
        ("(function(x) x) instance of function<number>->Any", "true"),
    ]);
}

#[test]
fn the_present_comes_from_the_caller_alone() {
    let error = Expression::parse("now()")
        .unwrap()
        .evaluate_checked(&Context::new())
        .unwrap_err();
    assert!(error.en.contains("no clock"), "{error}");
    assert_eq!(
        Expression::parse("today()")
            .unwrap()
            .evaluate(&Context::new()),
        Value::Null
    );
}

#[test]
fn a_checked_evaluation_explains_what_gave_null() {
    for (text, part, line, column) in [
        (
            "case.category = \"0101\" and categry = 1",
            "`categry`",
            1,
            28,
        ),
        ("1 +\n  foo(2)", "`foo`", 2, 3),
        ("x + \"a\"", "number and string", 1, 1),
        ("x / 0", "division by zero", 1, 1),
        ("true and x", "must be a boolean but is number", 1, 10),
        ("[1][\"a\"]", "a boolean or a position", 1, 1),
        ("case.missing", "`missing`", 1, 1),
        ("date(\"2026-02-30\")", "2026-02-30", 1, 1),
    ] {
        let error = Expression::parse(text)
            .unwrap()
            .evaluate_checked(&scope())
            .unwrap_err();
        assert!(error.en.contains(part), "{text}: {error}");
        assert_eq!(
            (error.at.line, error.at.column),
            (line, column),
            "{text}: {error}"
        );
        assert!(!error.zh.is_empty());
    }
    let present = Expression::parse("if case.missing = null then 1 else 2").unwrap();
    assert_eq!(
        present.evaluate_checked(&scope()),
        Ok(Value::from(1)),
        "an absent entry alone is no mistake"
    );
}

#[test]
fn a_text_that_is_no_expression_is_refused_with_its_place() {
    for (text, part, line, column) in [
        ("", "empty", 1, 1),
        ("1 +", "expected a value", 1, 4),
        ("a =\n b c =", "expected a value", 2, 7),
        ("(1", "expected `)`", 1, 3),
        ("if a then b", "expected `else`", 1, 12),
        ("\"abc", "does not end", 1, 1),
        ("a，b", "full-width", 1, 2),
        ("@\"nonsense\"", "no date", 1, 1),
        ("[1, 2", "expected `]`", 1, 6),
        ("1 2", "complete", 1, 3),
        ("a == 1", "write `=`", 1, 4),
        ("{a: 1, a: 2}", "twice", 1, 8),
        ("function(x) external {}", "not supported", 1, 13),
    ] {
        let error = Expression::parse(text).unwrap_err();
        assert!(error.en.contains(part), "{text}: {error}");
        assert_eq!(
            (error.at.line, error.at.column),
            (line, column),
            "{text}: {error}"
        );
    }
}

#[test]
fn the_names_an_expression_reads_are_known() {
    let names = |text: &str| -> Vec<String> {
        Expression::parse(text)
            .unwrap()
            .names()
            .into_iter()
            .map(|path| path.join("."))
            .collect()
    };
    assert_eq!(
        names("case.category = \"a\" and outcome in (x, y)"),
        ["case.category", "outcome", "x", "y"]
    );
    assert_eq!(
        names("for i in case.items return i.count + rate"),
        ["case.items", "rate"]
    );
    assert_eq!(names("count(case.list) > 1"), ["case.list"]);
    assert_eq!(names("{a: b, c: a}"), ["b"]);
    let filter = Expression::parse("cases[category = case.category]").unwrap();
    assert_eq!(filter.names().len(), 1);
    assert_eq!(filter.names_in_filters().len(), 2);
}

#[test]
fn unary_tests_match_as_in_decision_tables() {
    let nothing = Context::new().with("limit", 10);
    for (tests, input, expected) in [
        ("-", Value::Null, true),
        ("\"a\", \"b\"", "b".into(), true),
        ("not(\"a\", \"b\")", "c".into(), true),
        ("not(\"a\", \"b\")", "b".into(), false),
        ("< 5", 4.into(), true),
        (">= limit", 10.into(), true),
        ("[1..5]", 5.into(), true),
        ("[1..5)", 5.into(), false),
        ("<1, >10", 11.into(), true),
        ("-5", (-5).into(), true),
        ("true", true.into(), true),
        ("false", false.into(), true),
        ("null", Value::Null, true),
        ("[\"a\", \"b\"]", "a".into(), true),
        ("contains(?, \"井\")", "井盖".into(), true),
        ("? > 3 and ? < limit", 5.into(), true),
        ("limit * 2", 20.into(), true),
        ("> 5", "x".into(), false),
        ("not(> 5)", Value::Null, false),
        ("not(null)", 1.into(), true),
    ] {
        let parsed = UnaryTests::parse(tests).unwrap();
        assert_eq!(
            parsed.matches(&input, &nothing),
            expected,
            "{tests} on {input}"
        );
    }
    assert!(UnaryTests::parse("").unwrap_err().en.contains('-'));
}

#[test]
fn json_goes_in_and_out() {
    let json = serde_json::json!({"a": [1, 2.5, "x", null, true], "b": {"c": "鸢"}});
    assert_eq!(Value::from_json(&json).to_json(), json);
    let scope = Context::from_json(&json);
    assert_eq!(
        Expression::parse("b.c + a[3]").unwrap().evaluate(&scope),
        Value::text("鸢x")
    );
    assert_eq!(
        Expression::parse("@\"2026-11-23\"")
            .unwrap()
            .evaluate(&scope)
            .to_json(),
        "2026-11-23"
    );
}
