//! What compliance level 3 of DMN asks beyond the everyday: patterns as XPath has them, Allen's relations at their edges,
//! types that do not exist, and the like. Expected values are those of the standards' own tables and rules.

use yuandu_feel::{Context, Expression};

#[track_caller]
fn check_all(cases: &[(&str, &str)]) {
    let nothing = Context::new();
    for (text, expected) in cases {
        let value = Expression::parse(text)
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .evaluate(&nothing);
        let expected = Expression::parse(expected).unwrap().evaluate(&nothing);
        assert_eq!(value, expected, "{text}");
    }
}

#[test]
fn patterns_are_those_of_xpath() {
    check_all(&[
        // Classes: subtraction, hyphens, categories, blocks, names of XML.
        (r#"matches("e", "[a-z-[aeiou]]")"#, "false"),
        (r#"matches("f", "[a-z-[aeiou]]")"#, "true"),
        (r#"matches("I", "[a-z-[aeiou]]", "i")"#, "false"),
        (r#"matches("7-8", "^[0-9-]+$")"#, "true"),
        (r#"matches("é", "\p{Ll}")"#, "true"),
        (r#"matches("é", "\p{Lu}", "i")"#, "false"),
        (
            r#"matches("井盖", "^\p{IsCJKUnifiedIdeographs}+$")"#,
            "true",
        ),
        (r#"matches("a:b-1", "^\i\c*$")"#, "true"),
        (r#"matches("K", "k", "i")"#, "true"),
        // Flags.
        (r#"matches("a\nb", "^b$")"#, "false"),
        (r#"matches("a\nb", "^b$", "m")"#, "true"),
        (r#"matches("a\n", "^$", "m")"#, "false"),
        (r#"matches("a\n\nb\n", "^$", "m")"#, "true"),
        (r#"matches("a\rb", "a.b")"#, "false"),
        (r#"matches("a\rb", "a.b", "s")"#, "true"),
        (r#"matches("ab", " a\n b ", "x")"#, "true"),
        (r#"matches("a b", "a[ ]b", "x")"#, "true"),
        (r#"matches("a.b", "A.B", "qi")"#, "true"),
        (r#"matches("axb", "A.B", "qi")"#, "false"),
        // Back-references.
        (r#"matches("tick-tick", "^(\w+)-\1$")"#, "true"),
        (r#"matches("tick-tock", "^(\w+)-\1$")"#, "false"),
        (r#"matches("Tick-tICK", "^(\w+)-\1$", "i")"#, "true"),
        (
            r#"replace("11 22 34", "(\d)\1", "<$1>")"#,
            r#""<1> <2> 34""#,
        ),
        // What XPath refuses.
        (r#"matches("a", "(?i)a")"#, "null"),
        (r#"matches("a", "a\b")"#, "null"),
        (r#"matches("a", "[]")"#, "null"),
        (r#"matches("a", "[z-a]")"#, "null"),
        (r#"matches("a", "(a)[\1]")"#, "null"),
        (r#"matches("a", "(a)\2")"#, "null"),
        (r#"matches("a", "(a\1)")"#, "null"),
        (r#"matches("a", "a++")"#, "null"),
        (r#"matches("a", "a{2,1}")"#, "null"),
        (r#"matches("a", "\p{Xy}")"#, "null"),
        (r#"matches("a", "(a")"#, "null"),
        (r#"matches("a", "a", "g")"#, "null"),
    ]);
}

#[test]
fn replacements_name_groups_and_refuse_the_rest() {
    check_all(&[
        (
            r#"replace("2026-11-27", "(\d+)-(\d+)-(\d+)", "$3.$2.$1")"#,
            r#""27.11.2026""#,
        ),
        (r#"replace("ab", "(a)|(x)", "<$1$2>")"#, r#""<a>b""#),
        (r#"replace("ab", "(b)", "$10")"#, r#""ab0""#),
        (r#"replace("ab", "b", "\\$1")"#, r#""a$1""#),
        (r#"replace("a.b", ".", "$", "q")"#, r#""a$b""#),
        (r#"replace("ab", "b", "$")"#, "null"),
        (r#"replace("ab", "b", "\\n")"#, "null"),
        (r#"replace("ab", "x*", "-")"#, "null"),
        (r#"replace("x1y22z", "\d+?", "-")"#, r#""x-y--z""#),
        (r#"split("a, b;c", "[,;]\s*")"#, r#"["a", "b", "c"]"#),
        (r#"split(";a;", ";")"#, r#"["", "a", ""]"#),
        (r#"split("abc", "")"#, r#"["a", "b", "c"]"#),
    ]);
}

#[test]
fn ranges_relate_by_their_ends_and_whether_these_belong_to_them() {
    check_all(&[
        ("overlaps before([2..6], (2..6])", "true"),
        ("overlaps before([2..6], [2..6])", "false"),
        ("overlaps before([2..6], [3..5])", "false"),
        ("overlaps after((2..6], [2..6])", "true"),
        ("overlaps([2..4), [4..6])", "false"),
        ("meets([2..4], [4..6])", "true"),
        ("meets([2..4), [4..6])", "false"),
        ("met by(range1: [4..6], range2: [2..4])", "true"),
        ("before(4, (4..6])", "true"),
        ("after([2..4), 4)", "false"),
        ("finishes(4, [2..4))", "false"),
        ("started by([2..4], 2)", "true"),
        ("during((2..4), [2..4])", "true"),
        ("includes(range: [2..4], point: 4)", "true"),
        ("coincides([2..4], [2..4))", "false"),
        (r#"before(@"2026-11-27", @"2026-11-28")"#, "true"),
        (r#"range("[2..4)")"#, "[2..4)"),
        (r#"range("[4..2]")"#, "null"),
        ("meets(1, [1..2])", "null"),
    ]);
}

#[test]
fn sameness_and_types_have_their_edges() {
    check_all(&[
        (r#"@"10:00:00Z" = @"10:00:00""#, "false"),
        (
            r#"@"2026-11-27T10:00:00+08:00" = @"2026-11-27T02:00:00Z""#,
            "true",
        ),
        (r#"@"10:00:00Z" < @"10:00:00""#, "null"),
        (r#"1 instance of tSomething"#, "null"),
        (r#"[1, 2] instance of list<number>"#, "true"),
        (r#"[1, "a"] instance of list<number>"#, "false"),
        (r#"{a: 1, b: 2} instance of context<a: number>"#, "true"),
        (r#"{a: "x"} instance of context<a: number>"#, "false"),
        (r#"[1..2] instance of range<number>"#, "true"),
        (r#"null instance of Any"#, "false"),
        (
            r#"(function(a: number): number a) instance of function<number>->number"#,
            "true",
        ),
        (
            r#"(function(a: Any): number a) instance of function<number>->number"#,
            "true",
        ),
        (
            r#"(function(a: number): number a) instance of function<Any>->number"#,
            "false",
        ),
        (
            r#"(function(a: number): number a) instance of function<number>->Any"#,
            "true",
        ),
        (
            r#"(function(a: number) a) instance of function<number>->number"#,
            "false",
        ),
        (
            r#"(function(a: list<number>): string "x") instance of function<list<number>>->string"#,
            "true",
        ),
    ]);
}
