//! Functions of lists.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::error::{Fault, Position};
use crate::eval::compare::{equal, order};
use crate::eval::{Run, index_of};
use crate::value::{Function, Value};

use super::{Builtin, Outcome, argument, list, whole, wrong};

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "list contains",
        signatures: &[&["list", "element"], &["list", "match"]],
        run: contains,
    },
    Builtin {
        name: "count",
        signatures: &[&["list"]],
        run: |_, mut args| Ok(list(&mut args, 0)?.len().into()),
    },
    Builtin {
        name: "sublist",
        signatures: &[&["list", "start position", "length?"]],
        run: sublist,
    },
    Builtin {
        name: "append",
        signatures: &[&["list", "item*"]],
        run: append,
    },
    Builtin {
        name: "concatenate",
        signatures: &[&["list*"]],
        run: |_, args| concatenate(args).map(Value::List),
    },
    Builtin {
        name: "insert before",
        signatures: &[&["list", "position", "newItem"]],
        run: insert,
    },
    Builtin {
        name: "remove",
        signatures: &[&["list", "position"]],
        run: remove,
    },
    Builtin {
        name: "list replace",
        signatures: &[
            &["list", "position", "newItem"],
            &["list", "match", "newItem"],
        ],
        run: replace,
    },
    Builtin {
        name: "reverse",
        signatures: &[&["list"]],
        run: reverse,
    },
    Builtin {
        name: "index of",
        signatures: &[&["list", "match"]],
        run: positions,
    },
    Builtin {
        name: "union",
        signatures: &[&["list*"]],
        run: |run, args| distinct(run, concatenate(args)?),
    },
    Builtin {
        name: "distinct values",
        signatures: &[&["list"]],
        run: |run, mut args| distinct(run, list(&mut args, 0)?),
    },
    Builtin {
        name: "flatten",
        signatures: &[&["list"]],
        run: flatten,
    },
    Builtin {
        name: "sort",
        signatures: &[&["list", "precedes?"]],
        run: sort,
    },
];

fn contains(run: &Run<'_>, mut args: Vec<Value>) -> Outcome {
    let items = list(&mut args, 0)?;
    let element = argument(&args, 1)?;
    run.spend(u64::try_from(items.len()).unwrap_or(u64::MAX));
    Ok(items
        .iter()
        .any(|item| equal(item, element) == Some(true))
        .into())
}

fn sublist(_: &Run<'_>, mut args: Vec<Value>) -> Outcome {
    let items = list(&mut args, 0)?;
    let start = whole(&args, 1)?;
    let from = index_of(start, items.len())
        .filter(|from| *from < items.len())
        .ok_or_else(|| no_position(start))?;
    let length = match args.get(2) {
        None | Some(Value::Null) => items.len() - from,
        Some(_) => usize::try_from(whole(&args, 2)?)
            .ok()
            .filter(|length| from + length <= items.len())
            .ok_or_else(|| no_position(start))?,
    };
    Ok(Value::List(
        items.into_iter().skip(from).take(length).collect(),
    ))
}

fn no_position(position: i64) -> Fault {
    Fault::new(
        format!("列表没有第 {position} 项"),
        format!("the list has no item {position}"),
    )
}

fn append(_: &Run<'_>, mut args: Vec<Value>) -> Outcome {
    let mut items = list(&mut args, 0)?;
    items.extend(args.into_iter().skip(1));
    Ok(Value::List(items))
}

fn concatenate(mut args: Vec<Value>) -> Result<Vec<Value>, Fault> {
    let mut all = Vec::new();
    for at in 0..args.len() {
        all.append(&mut list(&mut args, at)?);
    }
    Ok(all)
}

/// The index of an item that exists.
fn existing(items: &[Value], position: i64) -> Result<usize, Fault> {
    index_of(position, items.len())
        .filter(|index| *index < items.len())
        .ok_or_else(|| no_position(position))
}

fn insert(_: &Run<'_>, mut args: Vec<Value>) -> Outcome {
    let mut items = list(&mut args, 0)?;
    let position = whole(&args, 1)?;
    let at = index_of(position, items.len())
        .filter(|at| *at < items.len())
        .ok_or_else(|| no_position(position))?;
    items.insert(at, argument(&args, 2)?.clone());
    Ok(Value::List(items))
}

fn remove(_: &Run<'_>, mut args: Vec<Value>) -> Outcome {
    let mut items = list(&mut args, 0)?;
    let at = existing(&items, whole(&args, 1)?)?;
    items.remove(at);
    Ok(Value::List(items))
}

fn replace(run: &Run<'_>, mut args: Vec<Value>) -> Outcome {
    let mut items = list(&mut args, 0)?;
    let new = argument(&args, 2)?.clone();
    if let Value::Function(test) = argument(&args, 1)? {
        for item in &mut items {
            match run.invoke(
                test,
                None,
                vec![item.clone(), new.clone()],
                Position::default(),
            ) {
                Value::Bool(true) => *item = new.clone(),
                Value::Bool(false) => {}
                other => return Err(wrong(1, "function<Any, Any> -> boolean", &other)),
            }
        }
        return Ok(Value::List(items));
    }
    let at = existing(&items, whole(&args, 1)?)?;
    if let Some(slot) = items.get_mut(at) {
        *slot = new;
    }
    Ok(Value::List(items))
}

fn reverse(_: &Run<'_>, mut args: Vec<Value>) -> Outcome {
    let mut items = list(&mut args, 0)?;
    items.reverse();
    Ok(Value::List(items))
}

fn positions(_: &Run<'_>, mut args: Vec<Value>) -> Outcome {
    let items = list(&mut args, 0)?;
    let wanted = argument(&args, 1)?;
    let found = items
        .iter()
        .enumerate()
        .filter(|(_, item)| equal(item, wanted) == Some(true));
    Ok(Value::List(
        found.map(|(at, _)| Value::from(at + 1)).collect(),
    ))
}

fn distinct(run: &Run<'_>, items: Vec<Value>) -> Outcome {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !run.spend(u64::try_from(kept.len() / 4).unwrap_or(u64::MAX)) {
            return Ok(Value::Null);
        }
        if !kept.iter().any(|known| equal(known, &item) == Some(true)) {
            kept.push(item);
        }
    }
    Ok(Value::List(kept))
}

fn flatten(_: &Run<'_>, mut args: Vec<Value>) -> Outcome {
    let mut flat = Vec::new();
    flatten_into(list(&mut args, 0)?, &mut flat);
    Ok(Value::List(flat))
}

fn flatten_into(items: Vec<Value>, flat: &mut Vec<Value>) {
    for item in items {
        match item {
            Value::List(inner) => flatten_into(inner, flat),
            other => flat.push(other),
        }
    }
}

fn sort(run: &Run<'_>, mut args: Vec<Value>) -> Outcome {
    let items = list(&mut args, 0)?;
    match args.get(1) {
        None => sorted_naturally(items),
        Some(Value::Function(precedes)) => Ok(Value::List(merge_sorted(run, items, precedes)?)),
        Some(other) => Err(wrong(1, "function<Any, Any> -> boolean", other)),
    }
}

fn sorted_naturally(mut items: Vec<Value>) -> Outcome {
    let mut comparable = true;
    items.sort_by(|a, b| {
        order(a, b).unwrap_or_else(|| {
            comparable = false;
            Ordering::Equal
        })
    });
    if !comparable {
        return Err(Fault::new(
            "列表各项不能相互比较",
            "the items of the list cannot be compared with each other",
        ));
    }
    Ok(Value::List(items))
}

/// A merge sort of its own: the library's sort may panic when the function given is no consistent order.
fn merge_sorted(
    run: &Run<'_>,
    items: Vec<Value>,
    precedes: &Arc<Function>,
) -> Result<Vec<Value>, Fault> {
    if items.len() < 2 {
        return Ok(items);
    }
    let mut left = items;
    let right = left.split_off(left.len() / 2);
    let mut left = merge_sorted(run, left, precedes)?.into_iter().peekable();
    let mut right = merge_sorted(run, right, precedes)?.into_iter().peekable();
    let mut merged = Vec::with_capacity(left.len() + right.len());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        // Stable: the right item goes first only if it must.
        match run.invoke(
            precedes,
            None,
            vec![b.clone(), a.clone()],
            Position::default(),
        ) {
            Value::Bool(true) => merged.extend(right.next()),
            Value::Bool(false) => merged.extend(left.next()),
            other => return Err(wrong(1, "function<Any, Any> -> boolean", &other)),
        }
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}
