//! How long guards and decision tables of 50 and 1,000 rules take. Run with `cargo bench -p yuandu_feel`; prints nanoseconds.

use std::hint::black_box;
use std::time::{Duration, Instant};

use yuandu_feel::dmn::Model;
use yuandu_feel::{Context, Expression, Value};

/// Prints the best mean of five rounds of a fifth of a second each.
fn measure(name: &str, mut work: impl FnMut()) {
    let first = Instant::now();
    work();
    // Asking the clock costs as much as a short guard does, so quick work is timed by the hundred.
    let batch = if first.elapsed() < Duration::from_millis(1) {
        100
    } else {
        1
    };
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        let mut count = 0_u32;
        while start.elapsed() < Duration::from_millis(200) {
            for _ in 0..batch {
                work();
            }
            count += batch;
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(count));
    }
    println!("{best:>12.0} ns  {name}");
}

/// A case with the number of facts a real one has.
fn case() -> Context {
    let mut case = Context::new();
    for at in 0..24 {
        case.set(format!("field_{at}"), at);
    }
    case.with("category", "0101")
        .with("area", 12.5)
        .with("status", "open")
}

/// A table of rules over a category, an area and a flag, of which the last matches.
fn table(count: u32) -> String {
    let mut rules = String::new();
    for at in 1..=count {
        rules += &format!(
            "<rule><inputEntry><text>\"{at:04}\", \"{:04}\"</text></inputEntry><inputEntry><text>[{at}..{})</text></inputEntry>\
             <inputEntry><text>-</text></inputEntry><outputEntry><text>{at}</text></outputEntry></rule>",
            at + 5000,
            at + 10
        );
    }
    format!(
        "<definitions id=\"m\" name=\"m\"><inputData id=\"c\" name=\"category\"/><inputData id=\"a\" name=\"area\"/><inputData id=\"f\" name=\"flag\"/>\
         <decision id=\"d\" name=\"d\"><informationRequirement><requiredInput href=\"#c\"/></informationRequirement>\
         <informationRequirement><requiredInput href=\"#a\"/></informationRequirement>\
         <informationRequirement><requiredInput href=\"#f\"/></informationRequirement>\
         <decisionTable hitPolicy=\"UNIQUE\"><input><inputExpression typeRef=\"string\"><text>category</text></inputExpression></input>\
         <input><inputExpression typeRef=\"number\"><text>area</text></inputExpression></input>\
         <input><inputExpression><text>flag</text></inputExpression></input><output name=\"o\"/>{rules}</decisionTable></decision></definitions>"
    )
}

fn main() {
    let scope = Context::new()
        .with("case", case())
        .with("outcome", "accept");
    for text in [
        "outcome = \"accept\"",
        "case.category = \"0101\" and outcome = \"accept\"",
        "case.category in (\"0101\", \"0102\", \"0103\") and case.area > 10",
        "case.area * 1.06 + 5",
        "if case.area > 10 then \"large\" else \"small\"",
        "count(for i in 1..100 return i)",
    ] {
        let expression = Expression::parse(text).unwrap_or_else(|error| unreachable!("{error}"));
        assert!(expression.evaluate(&scope) != Value::Null);
        measure(text, || {
            black_box(expression.evaluate(black_box(&scope)));
        });
    }
    let guard = "case.category = \"0101\" and outcome = \"accept\"";
    measure("parse of the second guard", || {
        black_box(Expression::parse(black_box(guard)).is_ok());
    });
    for count in [50, 1000] {
        let source = table(count);
        let Ok(model) = Model::parse(&source) else {
            unreachable!("the table of this file is sound");
        };
        let inputs = Context::new()
            .with("category", format!("{:04}", count + 5000))
            .with("area", i64::from(count + 5))
            .with("flag", true);
        let decided = model.decide("d", &inputs);
        assert!(decided.is_ok_and(|decided| decided.value == Value::from(i64::from(count))));
        measure(
            &format!("decision table of {count} rules, 3 inputs, last rule matches"),
            || {
                let _ = black_box(model.decide("d", black_box(&inputs)));
            },
        );
        measure(&format!("parse of the table of {count} rules"), || {
            black_box(Model::parse(black_box(&source)).is_ok());
        });
    }
}
