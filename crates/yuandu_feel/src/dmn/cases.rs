//! Test cases of a model in the XML format of the DMN Technology Compatibility Kit: reading them, and comparing what a
//! model answers with what they expect. Files are the caller's business; here are only texts.

use crate::context::Context;
use crate::expression::Expression;
use crate::temporal::parse_temporal;
use crate::value::Value;

use super::read::plain;
use super::xml::{self, Element};
use super::{Located, Model};

/// Relative distance up to which two numbers count as equal, as the kit's own runners have it.
const TOLERANCE: f64 = 1e-8;

/// A file of test cases.
#[derive(Debug, Clone)]
pub struct CaseFile {
    /// File name of the model the cases are for, if the file says.
    pub model: Option<String>,
    /// The cases, in the order of the file.
    pub cases: Vec<Case>,
}

/// One case: inputs and what must come of them.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its id, or its number from 1.
    pub id: String,
    /// What it is about, if the file says.
    pub description: Option<String>,
    /// Line in the file.
    pub line: u32,
    /// The decision service or knowledge model to be invoked; otherwise decisions are asked by the names of the results.
    pub invocable: Option<String>,
    inputs: Vec<Given>,
    results: Vec<Expected>,
}

/// An input value; a text without a declared type takes the type of the model's input.
#[derive(Debug, Clone)]
struct Given {
    name: String,
    value: Value,
    typed: bool,
}

/// A result that is expected.
#[derive(Debug, Clone)]
struct Expected {
    name: String,
    value: Value,
    typed: bool,
    /// The case expects an error, which FEEL tells as null.
    error: bool,
}

/// How one expected result compares with what the model answered.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Name of the decision or invocable that was asked.
    pub name: String,
    /// Whether it is as expected.
    pub passed: bool,
    /// What was expected, as FEEL text.
    pub expected: String,
    /// What came, as FEEL text.
    pub actual: String,
    /// Why a step of it had no value, with its line in the model.
    pub notes: Vec<crate::FeelError>,
}

impl CaseFile {
    /// Reads a file of cases.
    ///
    /// # Errors
    /// When it is no such file, with the line.
    pub fn parse(source: &str) -> Result<Self, Located> {
        let root = xml::read(source)?;
        if root.name != "testCases" {
            return Err(Located::new(
                root.line,
                format!("根元素应为 `testCases`，实际是 `{}`", root.name),
                format!(
                    "the root element must be `testCases` but is `{}`",
                    root.name
                ),
            ));
        }
        Ok(Self {
            model: root
                .child("modelName")
                .map(|name| name.text.trim().to_owned())
                .filter(|name| !name.is_empty()),
            cases: root
                .all("testCase")
                .enumerate()
                .map(|(at, case)| read_case(case, at + 1))
                .collect(),
        })
    }
}

fn read_case(case: &Element, number: usize) -> Case {
    let named = |element: &Element| element.attribute("name").map(plain).unwrap_or_default();
    let invoked = case
        .attribute("type")
        .is_some_and(|kind| kind != "decision");
    Case {
        id: case
            .attribute("id")
            .map_or_else(|| number.to_string(), str::to_owned),
        description: case
            .child("description")
            .map(|text| text.text.split_whitespace().collect::<Vec<_>>().join(" ")),
        line: case.line,
        invocable: invoked
            .then(|| {
                case.attribute("invocableName")
                    .or_else(|| case.attribute("name"))
            })
            .flatten()
            .map(plain),
        inputs: case
            .all("inputNode")
            .map(|node| {
                let (value, typed) = read_value(node);
                Given {
                    name: named(node),
                    value,
                    typed,
                }
            })
            .collect(),
        results: case
            .all("resultNode")
            .map(|node| {
                let (value, typed) = node
                    .child("expected")
                    .map_or((Value::Null, true), read_value);
                Expected {
                    name: named(node),
                    value,
                    typed,
                    error: node.attribute("errorResult") == Some("true"),
                }
            })
            .collect(),
    }
}

fn is_nil(element: &Element) -> bool {
    matches!(element.attribute("nil"), Some("true" | "1"))
}

/// The value that a `value`, `list` or components in an element say, and whether all its texts declare their type.
fn read_value(element: &Element) -> (Value, bool) {
    if is_nil(element) {
        return (Value::Null, true);
    }
    if let Some(value) = element.child("value") {
        return read_scalar(value);
    }
    if let Some(list) = element.child("list") {
        if is_nil(list) {
            return (Value::Null, true);
        }
        let (items, typed): (Vec<Value>, Vec<bool>) = list.all("item").map(read_value).unzip();
        return (Value::List(items), typed.into_iter().all(|typed| typed));
    }
    let mut context = Context::new();
    let mut all_typed = true;
    let mut found = false;
    for component in element.all("component") {
        found = true;
        if component.attribute("name").is_none() && is_nil(component) {
            return (Value::Null, true);
        }
        let (value, typed) = read_value(component);
        all_typed &= typed;
        context.set(component.attribute("name").unwrap_or_default(), value);
    }
    if found {
        (Value::Context(context), all_typed)
    } else {
        (Value::Null, true)
    }
}

fn read_scalar(value: &Element) -> (Value, bool) {
    if is_nil(value) {
        return (Value::Null, true);
    }
    let text = value.text.as_str();
    let Some(kind) = value.attribute("type") else {
        return (Value::text(text), false);
    };
    let kind = kind.rsplit(':').next().unwrap_or_default();
    let value = match kind {
        "decimal" | "double" | "float" | "integer" | "int" | "long" | "short" | "byte" => {
            text.trim().parse().map_or(Value::Null, Value::Number)
        }
        "boolean" => Value::Bool(matches!(text.trim(), "true" | "1")),
        "date" | "time" | "dateTime" | "duration" | "dayTimeDuration" | "yearMonthDuration" => {
            parse_temporal(text.trim()).unwrap_or(Value::Null)
        }
        _ => Value::text(text),
    };
    (value, true)
}

impl Case {
    /// The inputs for a model: texts of no declared type are read as the type the model declares.
    #[must_use]
    pub fn inputs(&self, model: &Model) -> Context {
        let untyped: Context = self
            .inputs
            .iter()
            .filter(|given| !given.typed)
            .map(|given| (given.name.as_str(), given.value.clone()))
            .collect();
        let mut inputs = model.read_inputs(&untyped);
        for given in self.inputs.iter().filter(|given| given.typed) {
            inputs.set(given.name.as_str(), given.value.clone());
        }
        inputs
    }

    /// Asks the model for every expected result and compares. `now` is the clock the model sees.
    #[must_use]
    pub fn run(&self, model: &Model, now: Option<&crate::DateTime>) -> Vec<Outcome> {
        let mut inputs = self.inputs(model);
        if let Some(now) = now {
            inputs = inputs.with_now(now.clone());
        }
        self.results
            .iter()
            .map(|expected| self.outcome(expected, model, &inputs))
            .collect()
    }

    fn outcome(&self, expected: &Expected, model: &Model, inputs: &Context) -> Outcome {
        let asked = match &self.invocable {
            Some(invocable) => model.invoke(invocable, inputs),
            None => model
                .decide(&expected.name, inputs)
                .or_else(|error| model.invoke(&expected.name, inputs).map_err(|_| error)),
        };
        let (value, notes) = match asked {
            Ok(decided) => (decided.value, decided.notes),
            Err(error) => (Value::Null, vec![error]),
        };
        let value = match (&self.invocable, value) {
            // A service of several decisions answers a context; a case may expect one of them.
            (Some(invocable), Value::Context(all)) if *invocable != expected.name => all
                .get(&expected.name)
                .cloned()
                .unwrap_or(Value::Context(all)),
            (_, value) => value,
        };
        let passed = if expected.error {
            value.is_null()
        } else if expected.typed {
            same(&value, &expected.value)
        } else {
            same_text(&value, &expected.value)
        };
        Outcome {
            name: expected.name.clone(),
            passed,
            expected: if expected.error {
                "null (an error)".to_owned()
            } else {
                expected.value.to_string()
            },
            actual: value.to_string(),
            notes,
        }
    }
}

/// Whether a value is what a case expects: numbers may differ by a hundred-millionth, temporal values in their writing.
#[must_use]
pub fn same(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || {
                let (a, b) = (a.to_f64(), b.to_f64());
                (a - b).abs() <= TOLERANCE * b.abs().max(1.0)
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
        (a, b) => a == b || crate::eval::compare::equal(a, b) == Some(true),
    }
}

/// Compares with texts of which the file does not tell the type: they stand for whatever kind of value came.
fn same_text(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_text(a, b))
        }
        (Value::Context(a), Value::Context(b)) => {
            a.len() == b.len()
                && b.iter()
                    .all(|(name, b)| a.get(name).is_some_and(|a| same_text(a, b)))
        }
        (found, Value::Text(text)) => {
            let text = text.trim();
            let read = Expression::parse(text)
                .map(|literal| literal.evaluate(&Context::new()))
                .unwrap_or_default();
            same(found, &read)
                || parse_temporal(text).is_some_and(|expected| same(found, &expected))
        }
        (a, b) => same(a, b),
    }
}
