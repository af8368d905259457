//! Reads given inputs as the types a model declares: JSON has no dates, and some files tell no types at all.

use crate::ast::Type;
use crate::context::Context;
use crate::temporal::{parse_date, parse_date_time, parse_days, parse_time, parse_years};
use crate::types::{TypeTable, resolved};
use crate::value::Value;

use super::graph::Graph;

/// Types in types that are looked through.
const MAX_DEPTH: u8 = 24;

/// The inputs, each text read as the declared type where it can be; everything else stays.
pub(super) fn read(graph: &Graph, given: &Context) -> Context {
    let mut inputs = given.clone();
    for (name, value) in given.iter() {
        if let Some(of) = declared(graph, name) {
            let value = read_as(value, of, &graph.types, 0);
            inputs.set(std::sync::Arc::clone(name), value);
        }
    }
    inputs
}

/// The type of input data, of a decision that a service takes as input, or of a parameter.
fn declared<'g>(graph: &'g Graph, name: &str) -> Option<&'g Type> {
    let input = graph.inputs.iter().find(|input| *input.name == *name);
    if let Some(input) = input {
        return input.of.as_ref();
    }
    let decision = graph
        .decisions
        .iter()
        .find(|decision| *decision.variable == *name);
    if let Some(decision) = decision {
        return decision.of.as_ref();
    }
    let mut params = graph.knowledge.iter().flat_map(|known| &known.params);
    params.find(|(param, _)| **param == *name)?.1.as_ref()
}

fn read_as(value: &Value, of: &Type, table: &TypeTable, depth: u8) -> Value {
    if depth > MAX_DEPTH {
        return value.clone();
    }
    let below = |value: &Value, of: &Type| read_as(value, of, table, depth + 1);
    match (value, resolved(of, Some(table))) {
        (Value::Text(text), Some(of)) => {
            scalar(text, of, table, depth).unwrap_or_else(|| value.clone())
        }
        (Value::List(items), Some(Type::List(of))) => {
            Value::List(items.iter().map(|item| below(item, of)).collect())
        }
        (Value::Context(context), Some(Type::Context(parts))) => {
            let mut read = context.clone();
            for (name, of) in parts {
                if let Some(part) = context.get(name) {
                    read.set(name.as_str(), below(part, of));
                }
            }
            Value::Context(read)
        }
        _ => value.clone(),
    }
}

fn scalar(text: &str, of: &Type, table: &TypeTable, depth: u8) -> Option<Value> {
    let text = text.trim();
    match of {
        Type::Date => parse_date(text).map(Value::Date),
        Type::Time => parse_time(text).map(Value::Time),
        Type::DateTime => parse_date_time(text).map(Value::from),
        Type::DaysDuration => parse_days(text).map(Value::DaysDuration),
        Type::YearsDuration => parse_years(text).map(Value::YearsDuration),
        Type::Number => text.parse().ok().map(Value::Number),
        Type::Boolean => match text {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        Type::List(of) => Some(read_as(&Value::text(text), of, table, depth + 1)),
        _ => None,
    }
}
