//! What it means for a value to be of a type: `instance of`, parameters, and the item definitions of a model.

use std::collections::BTreeMap;

use crate::ast::Type;
use crate::context::Context;
use crate::eval::tests::asks_about_input;
use crate::eval::{Run, Scope};
use crate::parser::Tests;
use crate::value::{Body, Value};

/// Types of a model beyond FEEL's own, by name.
#[derive(Default)]
pub(crate) struct TypeTable {
    pub types: BTreeMap<String, Definition>,
}

impl TypeTable {
    /// Whether a type is that of functions: a variable so typed holds the function, not what it gives.
    pub fn is_function(&self, of: &Type) -> bool {
        matches!(resolved(of, Some(self)), Some(Type::Function(_)))
    }
}

/// A type of a model: what it is made of and which values it allows.
pub(crate) struct Definition {
    pub base: Type,
    pub allowed: Option<Tests>,
    /// Whether the allowed values are those of each item of a list.
    pub per_item: bool,
}

/// Types of a model may refer to each other; past this many steps the reference goes round in a circle.
const MAX_REFERENCES: u8 = 24;

/// Whether a value is of a type; null is of type `Null` alone.
pub(crate) fn is_instance(value: &Value, of: &Type, table: Option<&TypeTable>) -> bool {
    conforms(value, of, table, Nulls::AreNot, 0)
}

/// The value as that type: itself, its only item, a list of it, or a date as date-time; `None` if it does not fit. Null fits all.
pub(crate) fn coerced(value: Value, to: &Type, table: Option<&TypeTable>) -> Option<Value> {
    if conforms(&value, to, table, Nulls::Are, 0) {
        return Some(value);
    }
    match (&value, resolved(to, table)) {
        (Value::List(items), wanted)
            if !matches!(wanted, Some(Type::List(_))) && items.len() == 1 =>
        {
            let only = items.first()?.clone();
            conforms(&only, to, table, Nulls::Are, 0).then_some(only)
        }
        (Value::Date(date), Some(Type::DateTime)) => Some(Value::DateTime(Box::new(
            crate::temporal::DateTime::midnight_utc(*date),
        ))),
        (_, Some(Type::List(_))) => {
            let list = Value::List(vec![value]);
            conforms(&list, to, table, Nulls::Are, 0).then_some(list)
        }
        _ => None,
    }
}

/// The type that a name stands for in the end.
pub(crate) fn resolved<'t>(of: &'t Type, table: Option<&'t TypeTable>) -> Option<&'t Type> {
    let mut of = of;
    for _ in 0..MAX_REFERENCES {
        match of {
            Type::Named(name) => of = &table?.types.get(name)?.base,
            other => return Some(other),
        }
    }
    None
}

/// The first name in a type that neither FEEL nor the model defines.
pub(crate) fn unknown_type<'t>(of: &'t Type, table: Option<&TypeTable>) -> Option<&'t str> {
    match of {
        Type::Named(name) => {
            let known = table.is_some_and(|table| table.types.contains_key(name));
            (!known).then_some(name)
        }
        Type::List(of) | Type::Range(of) => unknown_type(of, table),
        Type::Context(parts) => parts.iter().find_map(|(_, of)| unknown_type(of, table)),
        Type::Function(Some((params, result))) => params
            .iter()
            .find_map(|of| unknown_type(of, table))
            .or_else(|| unknown_type(result, table)),
        _ => None,
    }
}

/// Whether null counts as a value of any type: for parts of a value it does, for `instance of` it does not.
#[derive(Clone, Copy, PartialEq)]
enum Nulls {
    Are,
    AreNot,
}

fn conforms(value: &Value, of: &Type, table: Option<&TypeTable>, nulls: Nulls, depth: u8) -> bool {
    if depth > MAX_REFERENCES {
        return false;
    }
    if value.is_null() {
        return nulls == Nulls::Are || *of == Type::Null;
    }
    let below = |value: &Value, of: &Type| conforms(value, of, table, Nulls::Are, depth + 1);
    match (of, value) {
        (Type::Any, _)
        | (Type::Boolean, Value::Bool(_))
        | (Type::Number, Value::Number(_))
        | (Type::Text, Value::Text(_))
        | (Type::Date, Value::Date(_))
        | (Type::Time, Value::Time(_))
        | (Type::DateTime, Value::DateTime(_))
        | (Type::DaysDuration, Value::DaysDuration(_))
        | (Type::YearsDuration, Value::YearsDuration(_))
        | (Type::Function(None), Value::Function(_)) => true,
        (Type::Function(Some((params, result))), Value::Function(function)) => {
            // The types of FEEL's own functions are not declared in FEEL; they are taken to be as asked.
            let own = matches!(function.body, Body::Builtin(_));
            let gives = function.result.as_ref().unwrap_or(&Type::Any);
            params.len() == function.params.len()
                && (own || is_within(gives, result, table, depth + 1))
                && params
                    .iter()
                    .zip(&function.params)
                    .all(|(given, (_, taken))| {
                        let taken = taken.as_ref().unwrap_or(&Type::Any);
                        own || is_within(given, taken, table, depth + 1)
                    })
        }
        (Type::List(of), Value::List(items)) => items.iter().all(|item| below(item, of)),
        (Type::Context(entries), Value::Context(context)) => entries
            .iter()
            .all(|(name, of)| context.get(name).is_some_and(|entry| below(entry, of))),
        (Type::Range(of), Value::Range(range)) => range
            .low
            .iter()
            .chain(&range.high)
            .all(|end| below(end, of)),
        (Type::Named(name), value) => {
            table
                .and_then(|table| table.types.get(name))
                .is_some_and(|definition| {
                    conforms(value, &definition.base, table, nulls, depth + 1)
                        && allows(definition, value)
                })
        }
        _ => false,
    }
}

/// Whether every value of one type is of another.
fn is_within(narrow: &Type, wide: &Type, table: Option<&TypeTable>, depth: u8) -> bool {
    if depth > MAX_REFERENCES {
        return false;
    }
    let (Some(narrow), Some(wide)) = (resolved(narrow, table), resolved(wide, table)) else {
        return narrow == wide;
    };
    let below = |narrow: &Type, wide: &Type| is_within(narrow, wide, table, depth + 1);
    match (narrow, wide) {
        (_, Type::Any) | (Type::Null, _) => true,
        (Type::List(narrow), Type::List(wide)) | (Type::Range(narrow), Type::Range(wide)) => {
            below(narrow, wide)
        }
        (Type::Context(narrow), Type::Context(wide)) => wide.iter().all(|(name, of)| {
            let part = narrow.iter().find(|(known, _)| known == name);
            part.is_some_and(|(_, part)| below(part, of))
        }),
        (Type::Function(_), Type::Function(None)) => true,
        (Type::Function(Some((takes, gives))), Type::Function(Some((given, wanted)))) => {
            takes.len() == given.len()
                && below(gives, wanted)
                && given
                    .iter()
                    .zip(takes)
                    .all(|(given, takes)| below(given, takes))
        }
        (narrow, wide) => narrow == wide,
    }
}

fn allows(definition: &Definition, value: &Value) -> bool {
    let Some(Tests::Of { negated, tests }) = &definition.allowed else {
        return true;
    };
    let nothing = Context::new();
    let run = Run::new(None, None, false);
    let passes = |value: &Value| {
        (run.passes(value, tests, &Scope::Root(&nothing)) == Some(true)) != *negated
    };
    match value {
        Value::List(items)
            if definition.per_item && !tests.iter().any(|test| asks_about_input(test.ast())) =>
        {
            items.iter().all(passes)
        }
        other => passes(other),
    }
}
