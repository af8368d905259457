//! Models that import models: elements, types and inputs of the other stand behind the name of the import.

use yuandu_feel::dmn::Model;
use yuandu_feel::{Context, Value};

const RATES: &str = include_str!("../fixtures/imports/rates.dmn");
const BILL: &str = include_str!("../fixtures/imports/bill.dmn");

fn library() -> Vec<(String, String)> {
    vec![("rates.dmn".to_owned(), RATES.to_owned())]
}

fn place(zone: &str, size: i32) -> Context {
    Context::new().with("zone", zone).with("size", size)
}

#[test]
fn decisions_functions_types_and_inputs_of_another_model_are_used_by_the_name_of_the_import() {
    let (model, problems) = Model::parse_with_library(BILL, &library()).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    let inputs = Context::new()
        .with("own place", place("outer", 5))
        .with("rates lib", Context::new().with("place", place("inner", 7)));
    let decided = model.decide("total", &inputs).unwrap();
    assert_eq!(decided.value, Value::from(15), "{:?}", decided.notes);
    assert_eq!(
        model.decide("size there", &inputs).unwrap().value,
        Value::from(7)
    );
    let wrong = inputs.with("own place", place("nowhere", 5));
    let decided = model.decide("total", &wrong).unwrap();
    assert!(
        decided.value.is_null(),
        "the imported type allows no such zone"
    );
}

#[test]
fn inputs_of_an_imported_model_may_stand_among_ones_own() {
    let (model, _) = Model::parse_with_library(BILL, &library()).unwrap();
    let inputs = Context::new().with("place", place("inner", 9));
    assert_eq!(
        model.decide("size there", &inputs).unwrap().value,
        Value::from(9)
    );
}

#[test]
fn a_missing_import_and_a_circle_of_imports_are_told_with_their_line() {
    let problems = Model::parse(BILL).unwrap_err();
    assert_eq!(problems[0].line, 3);
    assert!(problems[0].en.contains("not at hand"), "{problems:?}");
    let import = |namespace: &str, other: &str| {
        format!(
            "<definitions name=\"m\" namespace=\"{namespace}\"><import name=\"i\" namespace=\"{other}\" importType=\"DMN\"/>\
             <decision id=\"d\" name=\"d\"/></definitions>"
        )
    };
    let library = [
        ("a.dmn".to_owned(), import("a", "b")),
        ("b.dmn".to_owned(), import("b", "a")),
    ];
    let (_, problems) = Model::parse_with_library(&import("a", "b"), &library).unwrap();
    assert!(problems[0].en.contains("imports itself"), "{problems:?}");
}
