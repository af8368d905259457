//! Boxed expressions: the shapes a decision's logic has in DMN, each evaluated in a scope.

use std::sync::Arc;

use crate::ast::{Ast, Type};
use crate::context::Context;
use crate::error::{Fault, FeelError, Position};
use crate::eval::{Run, Scope, index_of};
use crate::types::coerced;
use crate::value::{Body, Function, Native, Value};

use super::table::Table;

/// A boxed expression.
pub(crate) enum Boxed {
    /// No logic: always null.
    Nothing,
    /// Logic that could not be read: always null, and why.
    Broken(FeelError),
    Literal(Ast),
    Table(Box<Table>),
    /// Entries in order, each seeing those before; an entry without a name is the result.
    Context(Vec<Entry>),
    List(Vec<Boxed>),
    /// Columns, and rows of cells.
    Relation(Vec<Arc<str>>, Vec<Vec<Boxed>>),
    /// A call of a named function with named arguments.
    Invocation {
        function: Ast,
        bindings: Vec<(String, Boxed)>,
    },
    Function {
        params: Vec<(Arc<str>, Option<Type>)>,
        body: Arc<Boxed>,
    },
    Conditional(Box<[Boxed; 3]>),
    Filter(Box<[Boxed; 2]>),
    Iterator {
        kind: IteratorKind,
        variable: String,
        parts: Box<[Boxed; 2]>,
    },
}

/// What an iterator makes of its items.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum IteratorKind {
    For,
    Some,
    Every,
}

/// An entry of a boxed context.
pub(crate) struct Entry {
    pub name: Option<Arc<str>>,
    pub of: Option<Type>,
    pub value: Boxed,
}

/// The value of a boxed expression, and the rules that matched if it is a table.
pub(crate) struct Found {
    pub value: Value,
    pub rules: Vec<String>,
}

impl From<Value> for Found {
    fn from(value: Value) -> Self {
        Self {
            value,
            rules: Vec::new(),
        }
    }
}

/// The value as a type, or null and a note.
pub(crate) fn typed(
    run: &Run<'_>,
    value: Value,
    of: Option<&Type>,
    name: &str,
    at: Position,
) -> Value {
    let Some(of) = of else { return value };
    let kind = value.type_name();
    coerced(value, of, run.types()).unwrap_or_else(|| {
        run.fault(at, || {
            Fault::new(
                format!("`{name}` 的值（{kind}）不符合声明的类型或允许值"),
                format!("the value of `{name}` ({kind}) is not of the declared type or not among its allowed values"),
            )
        })
    })
}

impl Boxed {
    /// The value in a scope. Boxes in boxes count as depth, as calls do.
    pub fn eval(&self, run: &Run<'_>, scope: &Scope<'_>) -> Found {
        if !run.spend(1) || !run.deeper(Position::default()) {
            return Value::Null.into();
        }
        let found = self.eval_here(run, scope);
        run.shallower();
        found
    }

    fn eval_here(&self, run: &Run<'_>, scope: &Scope<'_>) -> Found {
        match self {
            Self::Nothing => Value::Null.into(),
            Self::Broken(error) => run
                .fault(error.at, || Fault::new(&*error.zh, &*error.en))
                .into(),
            Self::Literal(ast) => run.eval(ast, scope).into(),
            Self::Table(table) => table.eval(run, scope),
            Self::Context(entries) => context(entries, run, scope).into(),
            Self::List(items) => Value::List(
                items
                    .iter()
                    .map(|item| item.eval(run, scope).value)
                    .collect(),
            )
            .into(),
            Self::Relation(columns, rows) => relation(columns, rows, run, scope).into(),
            Self::Invocation { function, bindings } => {
                invocation(function, bindings, run, scope).into()
            }
            Self::Function { params, body } => Value::Function(Arc::new(Function {
                params: params.clone(),
                result: None,
                body: Body::Native(Arc::new(BoxedFunction(Arc::clone(body)))),
                captured: flattened(run, scope),
            }))
            .into(),
            Self::Conditional(parts) => {
                let [condition, then, otherwise] = &**parts;
                let holds = condition.eval(run, scope).value.is_true();
                (if holds { then } else { otherwise }).eval(run, scope)
            }
            Self::Filter(parts) => filter(parts, run, scope).into(),
            Self::Iterator {
                kind,
                variable,
                parts,
            } => iterate(*kind, variable, parts, run, scope).into(),
        }
    }
}

/// All that a boxed function may see from where it stands, paid for.
fn flattened(run: &Run<'_>, scope: &Scope<'_>) -> Context {
    let all = Value::Context(scope.flattened());
    match run.copied(&all, Position::default()) {
        Value::Context(all) => all,
        _ => Context::new(),
    }
}

fn context(entries: &[Entry], run: &Run<'_>, scope: &Scope<'_>) -> Value {
    let mut made = Context::new();
    for entry in entries {
        let found = entry
            .value
            .eval(
                run,
                &Scope::Frame {
                    own: &made,
                    parent: scope,
                },
            )
            .value;
        match &entry.name {
            Some(name) => {
                let value = typed(run, found, entry.of.as_ref(), name, Position::default());
                made.set(Arc::clone(name), value);
            }
            None => return found,
        }
    }
    Value::Context(made)
}

fn relation(columns: &[Arc<str>], rows: &[Vec<Boxed>], run: &Run<'_>, scope: &Scope<'_>) -> Value {
    let row = |cells: &Vec<Boxed>| {
        let cells = columns.iter().zip(cells);
        let entries = cells.map(|(column, cell)| (Arc::clone(column), cell.eval(run, scope).value));
        Value::Context(entries.collect())
    };
    Value::List(rows.iter().map(row).collect())
}

fn invocation(
    function: &Ast,
    bindings: &[(String, Boxed)],
    run: &Run<'_>,
    scope: &Scope<'_>,
) -> Value {
    let Value::Function(called) = run.eval(function, scope) else {
        return run.fault(function.at, || {
            Fault::new("调用的不是函数", "what is invoked is no function")
        });
    };
    let named: Vec<(&str, Value)> = bindings
        .iter()
        .map(|(name, value)| (name.as_str(), value.eval(run, scope).value))
        .collect();
    let name = function.as_path().and_then(|path| path.last().copied());
    run.invoke_named(&called, name, named, function.at)
}

fn items_of(value: Value) -> Vec<Value> {
    match value {
        Value::List(items) => items,
        Value::Null => Vec::new(),
        other => vec![other],
    }
}

fn filter(parts: &[Boxed; 2], run: &Run<'_>, scope: &Scope<'_>) -> Value {
    let [source, condition] = parts;
    let mut items = items_of(source.eval(run, scope).value);
    let mut kept = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let found = condition
            .eval(
                run,
                &Scope::Item {
                    item,
                    parent: scope,
                },
            )
            .value;
        match found {
            // A number is a position; it does not depend on the item.
            Value::Number(position) if index == 0 => {
                let at = position
                    .to_i64()
                    .and_then(|position| index_of(position, items.len()))
                    .filter(|at| *at < items.len());
                return at.map_or(Value::Null, |at| items.swap_remove(at));
            }
            Value::Bool(true) => kept.push(run.copied(item, Position::default())),
            _ => {}
        }
    }
    Value::List(kept)
}

fn iterate(
    kind: IteratorKind,
    variable: &str,
    parts: &[Boxed; 2],
    run: &Run<'_>,
    scope: &Scope<'_>,
) -> Value {
    let [source, body] = parts;
    let source = source.eval(run, scope).value;
    let Some(items) = run.iterated(source, Position::default()) else {
        return Value::Null;
    };
    let mut results = Value::List(Vec::with_capacity(items.len()));
    for item in &items {
        let own = Scope::Variable {
            name: variable,
            value: item,
            parent: scope,
        };
        let value = body
            .eval(
                run,
                &Scope::Variable {
                    name: "partial",
                    value: &results,
                    parent: &own,
                },
            )
            .value;
        if let Value::List(results) = &mut results {
            results.push(value);
        }
    }
    match (kind, &results) {
        (IteratorKind::For, _) => results,
        (kind, Value::List(found)) => {
            let decider = kind == IteratorKind::Some;
            if found.contains(&Value::Bool(decider)) {
                Value::Bool(decider)
            } else if found.iter().all(|value| matches!(value, Value::Bool(_))) {
                Value::Bool(!decider)
            } else {
                Value::Null
            }
        }
        _ => Value::Null,
    }
}

/// A function whose body is a boxed expression.
struct BoxedFunction(Arc<Boxed>);

impl Native for BoxedFunction {
    fn call(&self, run: &Run<'_>, function: &Function, arguments: Context) -> Value {
        let captured = Scope::Root(&function.captured);
        self.0
            .eval(
                run,
                &Scope::Frame {
                    own: &arguments,
                    parent: &captured,
                },
            )
            .value
    }
}
