//! Calls: FEEL's own functions, functions written in FEEL, and the invocables of a model.

use std::sync::Arc;

use crate::ast::{Arguments, Ast, Node};
use crate::builtins::{self, Builtin};
use crate::context::Context;
use crate::error::{Fault, Position};
use crate::types::coerced;
use crate::value::{Body, Function, Value};

use super::{Run, Scope};

impl Run<'_> {
    pub(super) fn call(
        &self,
        function: &Ast,
        arguments: &Arguments,
        at: Position,
        scope: &Scope<'_>,
    ) -> Value {
        if let Node::Name(name) = &function.node {
            return match scope.get(name) {
                Some(Value::Function(function)) => {
                    let function = Arc::clone(function);
                    self.call_with(&function, Some(name), arguments, at, scope)
                }
                Some(other) if builtins::find(name).is_none() => self.not_callable(name, other, at),
                // A variable called like a function of FEEL (`date`) does not hide the function where it is called.
                _ => match builtins::find(name) {
                    Some(builtin) => self.call_builtin(builtin, arguments, at, scope),
                    None => self.fault(at, || unknown_function(name)),
                },
            };
        }
        match self.eval(function, scope) {
            Value::Function(function) => self.call_with(&function, None, arguments, at, scope),
            other => self.not_callable("…", &other, at),
        }
    }

    fn not_callable(&self, name: &str, value: &Value, at: Position) -> Value {
        self.fault(at, || {
            Fault::new(
                format!("`{name}` 不是函数，而是 {}", value.type_name()),
                format!("`{name}` is no function but {}", value.type_name()),
            )
        })
    }

    fn call_builtin(
        &self,
        builtin: &'static Builtin,
        arguments: &Arguments,
        at: Position,
        scope: &Scope<'_>,
    ) -> Value {
        let values = match arguments {
            Arguments::Positional(values) => {
                values.iter().map(|value| self.eval(value, scope)).collect()
            }
            Arguments::Named(values) => {
                let named = values
                    .iter()
                    .map(|(name, value)| (name.as_str(), self.eval(value, scope)))
                    .collect();
                match builtin.ordered(named) {
                    Some(values) => values,
                    None => return self.fault(at, || wrong_arguments(builtin.name)),
                }
            }
        };
        self.run_builtin(builtin, values, at)
    }

    fn run_builtin(&self, builtin: &'static Builtin, values: Vec<Value>, at: Position) -> Value {
        if !builtin.takes(values.len()) {
            return self.fault(at, || wrong_arguments(builtin.name));
        }
        let value = self.settle(at, (builtin.run)(self, values));
        let mut size = 0;
        super::measure(&value, super::MAX_VALUE_DEPTH, self.steps.get(), &mut size);
        if self.spend(size) { value } else { Value::Null }
    }

    fn call_with(
        &self,
        function: &Arc<Function>,
        name: Option<&str>,
        arguments: &Arguments,
        at: Position,
        scope: &Scope<'_>,
    ) -> Value {
        match arguments {
            Arguments::Positional(values) => {
                let values = values.iter().map(|value| self.eval(value, scope)).collect();
                self.invoke(function, name, values, at)
            }
            Arguments::Named(named) => {
                let named = named
                    .iter()
                    .map(|(name, value)| (name.as_str(), self.eval(value, scope)))
                    .collect();
                self.invoke_named(function, name, named, at)
            }
        }
    }

    /// Calls a function value with named arguments; parameters without one are null.
    pub fn invoke_named(
        &self,
        function: &Arc<Function>,
        name: Option<&str>,
        mut named: Vec<(&str, Value)>,
        at: Position,
    ) -> Value {
        if let Body::Builtin(builtin) = &function.body {
            return match builtin.ordered(named) {
                Some(values) => self.run_builtin(builtin, values, at),
                None => self.fault(at, || wrong_arguments(builtin.name)),
            };
        }
        let known = named
            .iter()
            .all(|(name, _)| function.params.iter().any(|(param, _)| **param == **name));
        if !known {
            return self.fault(at, || wrong_arguments(name.unwrap_or("…")));
        }
        let mut take = |param: &str| {
            let found = named.iter_mut().find(|(name, _)| *name == param);
            found
                .map(|(_, value)| std::mem::take(value))
                .unwrap_or_default()
        };
        let values = function
            .params
            .iter()
            .map(|(param, _)| take(param))
            .collect();
        self.invoke(function, name, values, at)
    }

    /// Calls a function value with arguments by position. A function called by a name knows itself by it.
    pub fn invoke(
        &self,
        function: &Arc<Function>,
        name: Option<&str>,
        values: Vec<Value>,
        at: Position,
    ) -> Value {
        if let Body::Builtin(builtin) = &function.body {
            return self.run_builtin(builtin, values, at);
        }
        if values.len() != function.params.len() {
            return self.fault(at, || wrong_arguments(name.unwrap_or("…")));
        }
        let mut bound = Context::new();
        if let Some(name) = name {
            bound.set(name, Value::Function(Arc::clone(function)));
        }
        for ((param, declared), value) in function.params.iter().zip(values) {
            let value = match declared {
                None => value,
                Some(declared) => match coerced(value, declared, self.types) {
                    Some(value) => value,
                    None => {
                        return self.fault(at, || {
                            Fault::new(
                                format!("参数 `{param}` 的类型不对"),
                                format!("the argument `{param}` has the wrong type"),
                            )
                        });
                    }
                },
            };
            bound.set(Arc::clone(param), value);
        }
        match &function.body {
            Body::Feel(body) => {
                let captured = Scope::Root(&function.captured);
                self.eval(
                    body,
                    &Scope::Frame {
                        own: &bound,
                        parent: &captured,
                    },
                )
            }
            Body::Native(native) => native.call(self, function, bound),
            Body::Builtin(_) => Value::Null,
        }
    }
}

fn unknown_function(name: &str) -> Fault {
    Fault::new(
        format!("函数 `{name}` 不存在，请检查拼写"),
        format!("there is no function `{name}`; check its spelling"),
    )
}

fn wrong_arguments(name: &str) -> Fault {
    Fault::new(
        format!("函数 `{name}` 的参数个数或名称不对"),
        format!("the function `{name}` does not take these arguments"),
    )
}
