//! The promise that figures stand on: a condition selects exactly the rows on which its FEEL expression is true.
//!
//! Random conditions of everything that compiles, over random rows with empty facts, asked twice: of the database and of
//! FEEL itself.

use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use yuandu_feel::{Context, DateTime, Expression, Value};
use yuandu_insight::{Board, IndicatorDef, Part};
use yuandu_store::Store;

use crate::cases::{Facts, REALM, everyone, now, scope, store, tables};

/// A condition with an answer that is never mixed: facts are compared with what has their type.
fn comparison() -> impl Strategy<Value = String> {
    let sign = || select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let number = || {
        prop_oneof![
            select(vec!["case.count", "case.other"]).prop_map(str::to_owned),
            (-3_i64..4).prop_map(|value| value.to_string()),
            (select(vec!["+", "-", "*"]), -2_i64..3)
                .prop_map(|(sign, by)| format!("(case.count {sign} {by})")),
            Just("(case.count - case.other)".to_owned()),
            Just("-case.other".to_owned()),
        ]
    };
    let text = || {
        select(vec![
            "case.status",
            "case.org",
            "\"open\"",
            "\"closed\"",
            "\"\"",
        ])
    };
    let instant = || select(vec!["case.done_at", "case.due_at", "now"]);
    let fact = || {
        select(vec![
            "case.count",
            "case.status",
            "case.flag",
            "case.done_at",
            "case.class",
        ])
    };
    prop_oneof![
        (number(), sign(), number()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        (text(), sign(), text()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        (instant(), sign(), instant()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        (fact(), select(vec!["=", "!="])).prop_map(|(a, sign)| format!("{a} {sign} null")),
        (select(vec!["=", "!="]), any::<bool>())
            .prop_map(|(sign, truth)| format!("case.flag {sign} {truth}")),
        (number(), -2_i64..1, 0_i64..3)
            .prop_map(|(a, low, high)| format!("{a} between {low} and {high}")),
        (number(), -2_i64..1, 0_i64..3, any::<bool>(), any::<bool>()).prop_map(
            |(a, low, high, open, end)| {
                let (left, right) = (if open { "(" } else { "[" }, if end { ")" } else { "]" });
                format!("{a} in {left}{low}..{high}{right}")
            }
        ),
        number().prop_map(|a| format!("{a} in (-1, 0, >= 2)")),
        text().prop_map(|a| format!("{a} in (\"open\", \"closed\")")),
        Just("case.flag".to_owned()),
        Just("not(case.flag)".to_owned()),
        Just("true".to_owned()),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    comparison().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or ({b})")),
            inner.prop_map(|a| format!("not({a})")),
        ]
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    let word = || option::of(select(vec!["open", "closed", "refused"]).prop_map(str::to_owned));
    let instant =
        || option::of((-3_i64..3).prop_map(|hours| now() + SignedDuration::from_hours(hours)));
    (
        (word(), word(), word()),
        option::of(-3_i64..4),
        option::of(-3_i64..4),
        option::of(any::<bool>()),
        instant(),
        instant(),
    )
        .prop_map(
            |((org, status, class), count, other, flag, done_at, due_at)| Facts {
                org,
                status,
                class,
                count,
                other,
                flag,
                done_at,
                due_at,
            },
        )
}

fn scope_of(facts: &Facts) -> Context {
    let text = |value: &Option<String>| value.as_deref().map_or(Value::Null, Value::text);
    let number = |value: Option<i64>| value.map_or(Value::Null, Value::from);
    let case = Context::new()
        .with("org", text(&facts.org))
        .with("status", text(&facts.status))
        .with("class", text(&facts.class))
        .with("count", number(facts.count))
        .with("other", number(facts.other))
        .with("flag", facts.flag.map_or(Value::Null, Value::from))
        .with("done_at", facts.done_at.map_or(Value::Null, instant))
        .with("due_at", facts.due_at.map_or(Value::Null, instant));
    Context::new()
        .with("case", case)
        .with("now", instant(now()))
}

fn instant(at: Timestamp) -> Value {
    DateTime::from_timestamp(at).into()
}

fn indicator(condition: &str) -> IndicatorDef {
    let expression = Expression::parse(condition).unwrap();
    let always = Expression::parse("true").unwrap();
    let named = yuandu_base::LocalText::new("甲", "a");
    IndicatorDef {
        id: "asked".to_owned(),
        order: 1,
        title: named.clone(),
        definition: named,
        formula: String::new(),
        unit: "%".to_owned(),
        direction: yuandu_insight::Direction::Higher,
        numerator: expression,
        denominator: always,
        source: String::new(),
    }
}

/// The rows the database selects for a condition.
fn selected(store: &Store, board: &Board, part: Part) -> Vec<usize> {
    let behind = store
        .read(|reader| {
            board.cases_behind(
                reader,
                ("asked", part),
                (REALM, &scope(), &everyone()),
                now(),
                (None, 1000),
            )
        })
        .unwrap();
    let ids = behind
        .rows
        .iter()
        .map(|row| row.text("id").unwrap().parse().unwrap());
    ids.collect()
}

proptest! {
    // Opening a store costs more than asking it, so each one is asked many conditions.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_condition_selects_the_rows_on_which_its_expression_is_true(
        texts in vec(condition(), 40),
        rows in vec(facts(), 1..24),
    ) {
        let (store, _folder) = store(&rows);
        for text in &texts {
            // `not` of a membership has no form in a query and is refused by name.
            let Ok(board) = Board::new(tables(), vec![indicator(text)]) else { continue };
            let expression = Expression::parse(text).unwrap();
            let is_true = |at: &usize| expression.evaluate(&scope_of(&rows[*at])).is_true();
            let (yes, no): (Vec<usize>, Vec<usize>) = (0..rows.len()).partition(is_true);
            prop_assert_eq!(selected(&store, &board, Part::Numerator), yes, "{}", text);
            prop_assert_eq!(selected(&store, &board, Part::Rest), no, "the rest of {}", text);
        }
    }
}
