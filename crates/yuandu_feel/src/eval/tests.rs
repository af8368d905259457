//! The tests of `in` and of decision tables: an input value against values, ranges, lists and conditions about `?`.

use crate::ast::{Ast, Node, Test};
use crate::value::Value;

use super::compare::{equal, holds, in_range};
use super::{Run, Scope};

impl Run<'_> {
    pub(super) fn value_in(&self, value: &Ast, tests: &[Test], scope: &Scope<'_>) -> Value {
        let input = self.operand(value, scope);
        match self.passes(&input, tests, scope) {
            Some(result) => Value::Bool(result),
            None => Value::Null,
        }
    }

    /// Whether at least one test holds for the input; `None` if none does and one cannot be told.
    pub fn passes(&self, input: &Value, tests: &[Test], scope: &Scope<'_>) -> Option<bool> {
        let mut told = true;
        for test in tests {
            match self.test(input, test, scope) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => told = false,
            }
        }
        told.then_some(false)
    }

    fn test(&self, input: &Value, test: &Test, scope: &Scope<'_>) -> Option<bool> {
        if !self.walked(input) {
            return None;
        }
        match test {
            Test::Compare(op, ast) => holds(*op, input, &self.operand(ast, scope)),
            Test::Value(ast) if asks_about_input(ast) => {
                let scope = Scope::Variable {
                    name: "?",
                    value: input,
                    parent: scope,
                };
                let value = self.operand(ast, &scope);
                match &*value {
                    Value::Bool(result) => Some(*result),
                    Value::Null => None,
                    other => matches(input, other),
                }
            }
            Test::Value(ast) => {
                let expected = self.operand(ast, scope);
                // A range whose ends cannot be compared is null; nothing can be told about being in it.
                if expected.is_null() && matches!(ast.node, Node::Range(_)) {
                    return None;
                }
                // A condition that does not name the input stands for itself.
                if let Value::Bool(holds) = &*expected
                    && !matches!(input, Value::Bool(_) | Value::Null | Value::List(_))
                    && !matches!(ast.node, Node::Literal(_))
                {
                    return Some(*holds);
                }
                if self.walked(&expected) {
                    matches(input, &expected)
                } else {
                    None
                }
            }
        }
    }
}

/// Whether a value is what a test's value stands for: equal to it, in the range, or in the list.
fn matches(input: &Value, expected: &Value) -> Option<bool> {
    match expected {
        Value::Range(range) if !matches!(input, Value::Range(_)) => in_range(input, range),
        Value::List(items) => {
            if equal(input, expected) == Some(true) {
                return Some(true);
            }
            Some(items.iter().any(|item| match item {
                Value::Range(range) if !matches!(input, Value::Range(_)) => {
                    in_range(input, range) == Some(true)
                }
                // A list of lists holds a list; it does not hold what its inner lists hold.
                item => equal(input, item) == Some(true),
            }))
        }
        other => Some(equal(input, other) == Some(true)),
    }
}

/// Whether the expression names `?`, the input of the test it stands in.
pub(crate) fn asks_about_input(ast: &Ast) -> bool {
    if matches!(&ast.node, Node::Name(name) if name == "?") {
        return true;
    }
    let mut found = false;
    ast.node
        .each_child(&mut |child| found = found || asks_about_input(child));
    found
}
