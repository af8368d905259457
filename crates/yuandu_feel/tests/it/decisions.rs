//! Decision models written for these tests: every hit policy, requirements, and the problems a file can have.

use yuandu_feel::dmn::{Decided, Model};
use yuandu_feel::{Context, Value};

const LIMITS: &str = include_str!("../fixtures/limits.dmn");
const BOXED: &str = include_str!("../fixtures/boxed.dmn");
const BROKEN: &str = include_str!("../fixtures/broken.dmn");

fn limits(category: &str, level: &str, area: i32) -> Decided {
    let inputs = Context::new()
        .with("类别", category)
        .with("级别", level)
        .with("pre-measured area", area);
    Model::parse(LIMITS)
        .unwrap()
        .decide("时限", &inputs)
        .unwrap()
}

fn row(days: i32, unit: &str) -> Value {
    Context::new().with("days", days).with("unit", unit).into()
}

#[test]
fn a_decision_takes_its_inputs_and_decisions_and_tells_its_rule() {
    let decided = limits("0101", "一般", 20);
    assert_eq!(decided.value, row(6, "市政"), "{:?}", decided.notes);
    assert_eq!(decided.matched_rules, ["manhole"]);
    assert_eq!(
        decided
            .steps
            .iter()
            .map(|step| step.decision.as_str())
            .collect::<Vec<_>>(),
        ["权重", "时限"]
    );
    assert_eq!(
        limits("0101", "特急", 20).value,
        row(1, "应急办"),
        "the first rule wins"
    );
    let third = limits("0205", "紧急", 1);
    assert_eq!(
        (third.value, third.matched_rules),
        (row(5, "园林"), vec!["3".to_owned()]),
        "a rule without id has its number"
    );
    assert_eq!(
        limits("0205", "一般", 1).value,
        Value::Null,
        "no rule matches"
    );
}

#[test]
fn an_input_outside_its_allowed_values_is_null_and_noted() {
    let decided = limits("0101", "随便", 1);
    assert_eq!(decided.value, row(3, "市政"));
    assert!(
        decided.notes.iter().any(|note| note.en.contains("`级别`")),
        "{:?}",
        decided.notes
    );
}

#[test]
fn a_model_tells_its_decisions_and_what_they_need() {
    let model = Model::parse(LIMITS).unwrap();
    assert_eq!((model.id(), model.name()), ("limits", "处置时限"));
    let decisions = model.decisions();
    let limit = decisions
        .iter()
        .find(|decision| decision.id == "d_limit")
        .unwrap();
    assert_eq!(limit.inputs, ["类别", "级别", "pre-measured area"]);
    assert_eq!(limit.decisions, ["权重"]);
    let error = model.decide("没有", &Context::new()).unwrap_err();
    assert!(
        error.zh.contains("`没有`") && error.en.contains("no decision"),
        "{error}"
    );
}

#[test]
fn all_problems_of_a_file_are_told_at_once_with_their_lines() {
    let problems = Model::parse(BROKEN).unwrap_err();
    let found: Vec<(u32, &str)> = problems
        .iter()
        .map(|problem| (problem.line, problem.en.as_str()))
        .collect();
    for (line, part) in [
        (3, "type `tUnknown`"),
        (4, "requires itself"),
        (6, "`#nowhere`"),
        (8, "expected a value"),
        (12, "hit policy `SOMETIMES`"),
        (15, "does not end"),
        (16, "0 output cells"),
        (20, "only FEEL functions"),
    ] {
        assert!(
            found
                .iter()
                .any(|(at, text)| *at == line && text.contains(part)),
            "{line} {part}: {found:#?}"
        );
    }
    assert_eq!(found.len(), 8, "{found:#?}");
    for (xml, part) in [
        ("<definitions", "not well-formed"),
        ("<other/>", "`definitions`"),
        (
            "<!DOCTYPE x [<!ENTITY a \"b\">]><definitions/>",
            "document type",
        ),
        ("<definitions/>", "no decision"),
        ("", "not complete"),
    ] {
        let problems = Model::parse(xml).unwrap_err();
        assert!(problems[0].en.contains(part), "{xml}: {problems:?}");
    }
}

#[test]
fn boxed_expressions_functions_and_services_work_together() {
    let model = Model::parse(BOXED).unwrap();
    let inputs = Context::new().with("n", 4);
    let decide = |name: &str| model.decide(name, &inputs).unwrap().value;
    assert_eq!(decide("context"), Value::from(78), "2 * 4! + 30");
    assert_eq!(
        decide("loop"),
        Value::from(vec![4.into(), 9.into(), 16.into()])
    );
    assert_eq!(decide("total"), Value::from(81));
    let none = model.decide("loop", &Context::new().with("n", 0)).unwrap();
    assert_eq!(none.value, Value::from(vec!["none".into()]));
    assert_eq!(
        model
            .invoke("fact", &Context::new().with("n", 5))
            .unwrap()
            .value,
        Value::from(120)
    );
    let service = Context::new().with("n", 4).with("context", 100);
    assert_eq!(
        model.invoke("total service", &service).unwrap().value,
        Value::from(103),
        "the given decision is taken as given"
    );
}

/// A table over the input `x` whose rules all match where the input is at least 1, 2 and 3.
fn table(policy: &str, outputs: &str, values: [&str; 3]) -> String {
    let rules: String = values
        .iter()
        .enumerate()
        .map(|(at, value)| {
            format!(
                "<rule id=\"r{at}\"><inputEntry><text>&gt;= {}</text></inputEntry><outputEntry><text>{value}</text></outputEntry></rule>",
                at + 1
            )
        })
        .collect();
    format!(
        "<definitions id=\"m\" name=\"m\"><inputData id=\"x\" name=\"x\"/><decision id=\"d\" name=\"d\">\
         <informationRequirement><requiredInput href=\"#x\"/></informationRequirement>\
         <decisionTable {policy}><input><inputExpression><text>x</text></inputExpression></input>\
         <output name=\"o\">{outputs}</output>{rules}</decisionTable></decision></definitions>"
    )
}

#[test]
fn every_hit_policy_settles_its_rules() {
    let order = "<outputValues><text>\"c\", \"b\", \"a\"</text></outputValues>";
    let default = "<defaultOutputEntry><text>\"z\"</text></defaultOutputEntry>";
    let letters = ["\"a\"", "\"b\"", "\"c\""];
    let numbers = ["5", "1", "3"];
    let list = |items: &[&str]| Value::List(items.iter().map(|item| Value::from(*item)).collect());
    for (policy, outputs, values, x, value, matched) in [
        ("", "", letters, 1, Value::from("a"), "r0"),
        ("hitPolicy=\"UNIQUE\"", "", letters, 2, Value::Null, "r0 r1"),
        (
            "hitPolicy=\"UNIQUE\"",
            default,
            letters,
            0,
            Value::from("z"),
            "",
        ),
        ("hitPolicy=\"ANY\"", "", letters, 2, Value::Null, "r0 r1"),
        (
            "hitPolicy=\"ANY\"",
            "",
            ["\"a\"", "\"a\"", "\"b\""],
            2,
            Value::from("a"),
            "r0 r1",
        ),
        (
            "hitPolicy=\"FIRST\"",
            "",
            letters,
            3,
            Value::from("a"),
            "r0",
        ),
        (
            "hitPolicy=\"PRIORITY\"",
            order,
            letters,
            2,
            Value::from("b"),
            "r1",
        ),
        (
            "hitPolicy=\"RULE ORDER\"",
            "",
            letters,
            3,
            list(&["a", "b", "c"]),
            "r0 r1 r2",
        ),
        (
            "hitPolicy=\"OUTPUT ORDER\"",
            order,
            letters,
            3,
            list(&["c", "b", "a"]),
            "r2 r1 r0",
        ),
        (
            "hitPolicy=\"COLLECT\"",
            "",
            letters,
            2,
            list(&["a", "b"]),
            "r0 r1",
        ),
        (
            "hitPolicy=\"COLLECT\" aggregation=\"SUM\"",
            "",
            numbers,
            3,
            Value::from(9),
            "r0 r1 r2",
        ),
        (
            "hitPolicy=\"COLLECT\" aggregation=\"MIN\"",
            "",
            numbers,
            3,
            Value::from(1),
            "r0 r1 r2",
        ),
        (
            "hitPolicy=\"COLLECT\" aggregation=\"MAX\"",
            "",
            numbers,
            3,
            Value::from(5),
            "r0 r1 r2",
        ),
        (
            "hitPolicy=\"COLLECT\" aggregation=\"COUNT\"",
            "",
            numbers,
            2,
            Value::from(2),
            "r0 r1",
        ),
    ] {
        let model = Model::parse(&table(policy, outputs, values)).unwrap();
        let decided = model.decide("d", &Context::new().with("x", x)).unwrap();
        assert_eq!(
            (decided.value, decided.matched_rules.join(" ")),
            (value, matched.to_owned()),
            "{policy} {x}"
        );
    }
}

#[test]
fn a_unique_table_with_two_matches_says_which() {
    let model = Model::parse(&table("", "", ["1", "2", "3"])).unwrap();
    let decided = model.decide("d", &Context::new().with("x", 3)).unwrap();
    assert!(
        decided.notes[0].en.contains("r0, r1, r2"),
        "{:?}",
        decided.notes
    );
}

/// A table of 200 rules over a text, a number and a date; the index must leave out only what cannot match.
#[test]
fn a_large_table_decides_as_its_rules_one_by_one_would() {
    let mut rules = String::new();
    for at in 0..200 {
        let category = match at % 5 {
            0 => format!("\"c{at}\", \"d{at}\""),
            1 => "-".to_owned(),
            2 => format!("not(\"c{at}\")"),
            3 => format!("starts with(?, \"c{}\")", at % 10),
            _ => format!("\"c{at}\""),
        };
        let size = match at % 4 {
            0 => format!("[{at}..{}]", at + 30),
            1 => format!("&gt;= {at}"),
            2 => format!("&lt; {at}, {}", at + 100),
            _ => format!("({at}..{})", at + 7),
        };
        rules += &format!(
            "<rule><inputEntry><text>{category}</text></inputEntry><inputEntry><text>{size}</text></inputEntry>\
             <outputEntry><text>{at}</text></outputEntry></rule>"
        );
    }
    let model = |rules: &str| {
        Model::parse(&format!(
            "<definitions name=\"m\"><inputData id=\"c\" name=\"c\"/><inputData id=\"s\" name=\"s\"/><decision id=\"d\" name=\"d\">\
             <informationRequirement><requiredInput href=\"#c\"/></informationRequirement>\
             <informationRequirement><requiredInput href=\"#s\"/></informationRequirement>\
             <decisionTable hitPolicy=\"RULE ORDER\"><input><inputExpression><text>c</text></inputExpression></input>\
             <input><inputExpression><text>s</text></inputExpression></input><output/>{rules}</decisionTable></decision></definitions>"
        ))
        .unwrap()
    };
    let whole = model(&rules);
    let singles: Vec<Model> = rules.split_inclusive("</rule>").map(model).collect();
    let categories = ["c0", "d40", "c44", "c7", "", "zz"].map(Value::from);
    let others = [Value::Null, Value::from(5), Value::List(vec!["c40".into()])];
    let sizes = (0..60).map(|at| Value::from(f64::from(at) * 5.5 - 3.0));
    let odd = [Value::Null, Value::from("x"), Value::List(vec![7.into()])];
    for size in sizes.chain(odd) {
        for category in categories.iter().chain(&others) {
            let inputs = Context::new()
                .with("c", category.clone())
                .with("s", size.clone());
            let found = whole.decide("d", &inputs).unwrap().value;
            let expected: Vec<Value> = singles
                .iter()
                .flat_map(|single| match single.decide("d", &inputs).unwrap().value {
                    Value::List(hits) => hits,
                    _ => Vec::new(),
                })
                .collect();
            let expected = if expected.is_empty() {
                Value::Null
            } else {
                Value::List(expected)
            };
            assert_eq!(found, expected, "{category} {size}");
        }
    }
}
