//! Functions of contexts.

use crate::context::Context;
use crate::error::Fault;
use crate::eval::Run;
use crate::value::Value;

use super::{Builtin, Outcome, argument, list, single, text, wrong};

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "get value",
        signatures: &[&["m", "key"], &["context", "key"]],
        run: get_value,
    },
    Builtin {
        name: "get entries",
        signatures: &[&["m"], &["context"]],
        run: get_entries,
    },
    Builtin {
        name: "context",
        signatures: &[&["entries"]],
        run: context,
    },
    Builtin {
        name: "context put",
        signatures: &[&["context", "key", "value"], &["context", "keys", "value"]],
        run: put,
    },
    Builtin {
        name: "context merge",
        signatures: &[&["contexts"]],
        run: merge,
    },
];

fn context_at(args: &[Value], at: usize) -> Result<&Context, Fault> {
    match single(argument(args, at)?) {
        Value::Context(context) => Ok(context),
        other => Err(wrong(at, "context", other)),
    }
}

fn get_value(_: &Run<'_>, args: Vec<Value>) -> Outcome {
    let context = context_at(&args, 0)?;
    Ok(context.get(text(&args, 1)?).cloned().unwrap_or(Value::Null))
}

fn get_entries(_: &Run<'_>, args: Vec<Value>) -> Outcome {
    let entries = context_at(&args, 0)?.iter().map(|(name, value)| {
        Context::new()
            .with("key", &**name)
            .with("value", value.clone())
            .into()
    });
    Ok(Value::List(entries.collect()))
}

fn context(_: &Run<'_>, mut args: Vec<Value>) -> Outcome {
    let mut made = Context::new();
    for entry in list(&mut args, 0)? {
        let Value::Context(entry) = &entry else {
            return Err(wrong(0, "list<context<key: string, value: Any>>", &entry));
        };
        let (Some(Value::Text(key)), Some(value)) = (entry.get("key"), entry.get("value")) else {
            return Err(Fault::new(
                "每项需要 `key` 与 `value`",
                "each entry needs a `key` and a `value`",
            ));
        };
        if made.get(key).is_some() {
            return Err(Fault::new(
                format!("条目 `{key}` 重复"),
                format!("the entry `{key}` is there twice"),
            ));
        }
        made.set(key.as_str(), value.clone());
    }
    Ok(Value::Context(made))
}

fn put(_: &Run<'_>, args: Vec<Value>) -> Outcome {
    let context = context_at(&args, 0)?;
    let value = argument(&args, 2)?;
    match argument(&args, 1)? {
        Value::Text(key) => Ok(Value::Context(
            context.clone().with(key.as_str(), value.clone()),
        )),
        Value::List(keys) => put_deep(context, keys, value).map(Value::Context),
        other => Err(wrong(1, "string", other)),
    }
}

fn put_deep(context: &Context, keys: &[Value], value: &Value) -> Result<Context, Fault> {
    let Some((Value::Text(first), rest)) = keys.split_first() else {
        return Err(wrong(
            1,
            "list<string>",
            keys.first().unwrap_or(&Value::Null),
        ));
    };
    let value = if rest.is_empty() {
        value.clone()
    } else {
        match context.get(first) {
            Some(Value::Context(inner)) => Value::Context(put_deep(inner, rest, value)?),
            None => Value::Context(put_deep(&Context::new(), rest, value)?),
            Some(other) => return Err(wrong(0, "context", other)),
        }
    };
    Ok(context.clone().with(first.as_str(), value))
}

fn merge(_: &Run<'_>, mut args: Vec<Value>) -> Outcome {
    let mut merged = Context::new();
    for context in list(&mut args, 0)? {
        match &context {
            Value::Context(context) => merged.merge(context),
            other => return Err(wrong(0, "list<context>", other)),
        }
    }
    Ok(Value::Context(merged))
}
