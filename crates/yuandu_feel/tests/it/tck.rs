//! Runs the test cases of the DMN Technology Compatibility Kit.
//!
//! The kit's test cases are licensed CC-BY-SA and therefore not part of this repository. Give the directory that holds
//! them (any level) in `YUANDU_DMN_TCK`; without it this test says so and does nothing. It fails below the share of
//! passed results in `YUANDU_DMN_TCK_FLOOR` (percent, default 100).

use std::fs;
use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use yuandu_feel::dmn::Model;
use yuandu_feel::{Context, Expression, Value};

/// An element of a test file.
#[derive(Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

fn element(start: &BytesStart<'_>) -> Element {
    let attributes = start.attributes().map(|attribute| {
        let attribute = attribute.unwrap();
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .unwrap()
            .into_owned();
        (attribute.key.local_name().as_ref().to_owned(), value)
    });
    Element {
        name: start.local_name().as_ref().to_owned(),
        attributes: attributes.collect(),
        ..Element::default()
    }
}

fn read(source: &str) -> Element {
    let mut reader = Reader::from_str(source);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => open.push(element(&start)),
            Event::Empty(start) => open.last_mut().unwrap().children.push(element(&start)),
            Event::End(_) => {
                let done = open.pop().unwrap();
                open.last_mut().unwrap().children.push(done);
            }
            Event::Text(text) => open
                .last_mut()
                .unwrap()
                .text
                .push_str(&text.xml10_content()),
            Event::CData(text) => open
                .last_mut()
                .unwrap()
                .text
                .push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let resolved = match reference.resolve_char_ref().unwrap() {
                    Some(c) => c.to_string(),
                    None => {
                        quick_xml::escape::unescape(&format!("&{};", reference.xml10_content()))
                            .unwrap()
                            .into_owned()
                    }
                };
                open.last_mut().unwrap().text.push_str(&resolved);
            }
            Event::Eof => return open.pop().unwrap(),
            _ => {}
        }
    }
}

/// The FEEL value of a `value`, `component` or `list` in an element.
fn value_in(element: &Element) -> Value {
    if element.attribute("nil") == Some("true") {
        return Value::Null;
    }
    if let Some(value) = element.child("value") {
        return scalar(value);
    }
    if let Some(list) = element.child("list") {
        if list.attribute("nil") == Some("true") {
            return Value::Null;
        }
        return Value::List(list.all("item").map(value_in).collect());
    }
    let components: Vec<&Element> = element.all("component").collect();
    if components.is_empty() {
        return Value::Null;
    }
    let entries = components.into_iter().map(|component| {
        (
            component.attribute("name").unwrap_or_default(),
            value_in(component),
        )
    });
    Value::Context(entries.collect())
}

fn scalar(value: &Element) -> Value {
    if value.attribute("nil") == Some("true") {
        return Value::Null;
    }
    let text = value.text.as_str();
    let kind = value
        .attribute("type")
        .unwrap_or("string")
        .rsplit(':')
        .next()
        .unwrap_or_default();
    let literal = |text: &str| {
        Expression::parse(&format!("@\"{text}\"")).map(|literal| literal.evaluate(&Context::new()))
    };
    match kind {
        "decimal" | "double" | "float" | "integer" | "int" | "long" => {
            text.trim().parse().map_or(Value::Null, Value::Number)
        }
        "boolean" => Value::Bool(text.trim() == "true"),
        "date" | "time" | "dateTime" | "duration" | "dayTimeDuration" | "yearMonthDuration" => {
            literal(text.trim()).unwrap_or(Value::Null)
        }
        _ => Value::text(text),
    }
}

/// Equality as the kit's runners take it: numbers to eight places.
fn same(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || {
                let (a, b) = (a.to_f64(), b.to_f64());
                (a - b).abs() <= 1e-8 * b.abs().max(1.0)
            }
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Context(a), Value::Context(b)) => {
            a.len() == b.len()
                && b.iter()
                    .all(|(name, b)| a.get(name).is_some_and(|a| same(a, b)))
        }
        (a, b) => {
            let feel = Expression::parse("a = b").unwrap();
            a == b
                || feel
                    .evaluate(&Context::new().with("a", a.clone()).with("b", b.clone()))
                    .is_true()
        }
    }
}

fn test_files(directory: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            test_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "xml") {
            found.push(path);
        }
    }
}

/// Results passed and all results of one file of cases.
fn run_file(path: &Path, failures: &mut Vec<String>) -> Option<(usize, usize)> {
    let document = read(&fs::read_to_string(path).unwrap());
    let cases = document.child("testCases")?;
    let model_name = cases
        .child("modelName")
        .map(|name| name.text.trim().to_owned())?;
    let source = fs::read_to_string(path.with_file_name(&model_name)).unwrap();
    let (mut passed, mut all) = (0, 0);
    let model = match Model::parse_tolerant(&source) {
        Ok((model, problems)) => {
            failures.extend(
                problems
                    .iter()
                    .map(|problem| format!("{model_name}: note: {problem}")),
            );
            Some(model)
        }
        Err(problem) => {
            failures.push(format!("{model_name}: {problem}"));
            None
        }
    };
    for case in cases.all("testCase") {
        let inputs: Context = case
            .all("inputNode")
            .map(|node| (node.attribute("name").unwrap_or_default(), value_in(node)))
            .collect();
        let invoked = case
            .attribute("type")
            .is_some_and(|kind| kind != "decision");
        for result in case.all("resultNode") {
            all += 1;
            let name = result.attribute("name").unwrap_or_default();
            let expected = result.child("expected").map_or(Value::Null, value_in);
            let Some(model) = &model else { continue };
            let decided = if invoked {
                model.invoke(case.attribute("invocableName").unwrap_or(name), &inputs)
            } else {
                model.decide(name, &inputs)
            };
            match decided {
                Ok(decided) if same(&decided.value, &expected) => passed += 1,
                Ok(decided) => failures.push(format!(
                    "{model_name} case {} {name}: expected {expected} but found {}; {:?}",
                    case.attribute("id").unwrap_or("?"),
                    decided.value,
                    decided.notes.first()
                )),
                Err(error) => failures.push(format!("{model_name} {name}: {error}")),
            }
        }
    }
    Some((passed, all))
}

#[test]
fn the_technology_compatibility_kit_passes() {
    let Ok(directory) = std::env::var("YUANDU_DMN_TCK") else {
        eprintln!(
            "SKIPPED: set YUANDU_DMN_TCK to the directory of the DMN TCK test cases to run them"
        );
        return;
    };
    let floor: f64 = std::env::var("YUANDU_DMN_TCK_FLOOR")
        .ok()
        .and_then(|floor| floor.parse().ok())
        .unwrap_or(100.0);
    let mut files = Vec::new();
    test_files(Path::new(&directory), &mut files);
    let (mut passed, mut all) = (0, 0);
    let mut failures = Vec::new();
    for file in files {
        if let Some((file_passed, file_all)) = run_file(&file, &mut failures) {
            println!(
                "{file_passed:4} of {file_all:4}  {}",
                file.file_stem().unwrap().to_string_lossy()
            );
            passed += file_passed;
            all += file_all;
        }
    }
    for failure in &failures {
        println!("  {failure}");
    }
    assert!(all > 0, "no test case found in `{directory}`");
    let share = 100.0 * passed as f64 / all as f64;
    println!("{passed} of {all} results ({share:.2} %)");
    assert!(
        share >= floor,
        "{share:.2} % is below the floor of {floor} %"
    );
}
