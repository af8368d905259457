//! Walks a tree and finds its value. A step that has no value gives null and, when asked, a note why.
//!
//! Nothing here can run away: every node, list item and copied value costs a step of a budget, and nesting has a limit.

pub(crate) mod arithmetic;
mod call;
pub(crate) mod compare;
mod iterate;
pub(crate) mod path;
mod scope;
pub(crate) mod tests;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use crate::ast::{ArithmeticOp, Ast, Node, RangeAst, Type};
use crate::context::Context;
use crate::error::{Fault, FeelError, Position};
use crate::pattern::{self, Pattern};
use crate::temporal::DateTime;
use crate::types::TypeTable;
use crate::value::{Body, Function, Range, Value};

pub(crate) use iterate::index_of;
pub(crate) use scope::Scope;

/// Steps one evaluation may take: enough for a hundred thousand items, over within a second.
const STEPS: u64 = 1_000_000;
/// Nested evaluations: function calls in function calls. With the trees' own limit this stays within a thread's stack.
const MAX_DEPTH: u16 = 320;
/// Nesting of a value that may be copied.
const MAX_VALUE_DEPTH: u16 = 64;
/// Steps a regular expression costs to compile, which takes as long as some thousand simple steps.
const PATTERN_COST: u64 = 2_000;
/// Steps a power, root, exponential or logarithm to 34 digits costs.
pub(crate) const TRANSCENDENTAL_COST: u64 = 50;
/// Notes kept: the first tells the cause, a thousand tell nothing.
const MAX_NOTES: usize = 16;

/// One evaluation: its clock, its budget and its notes.
pub(crate) struct Run<'a> {
    now: Option<&'a DateTime>,
    types: Option<&'a TypeTable>,
    steps: Cell<u64>,
    depth: Cell<u16>,
    explain: bool,
    notes: RefCell<Vec<Note>>,
    patterns: RefCell<HashMap<(String, String), Arc<Pattern>>>,
}

/// Why a step gave null.
pub(crate) struct Note {
    pub error: FeelError,
    /// Whether this alone makes a checked evaluation fail; an absent entry does so only when the result is null.
    pub grave: bool,
}

impl<'a> Run<'a> {
    pub fn new(now: Option<&'a DateTime>, types: Option<&'a TypeTable>, explain: bool) -> Self {
        Self {
            now,
            types,
            steps: Cell::new(STEPS),
            depth: Cell::new(0),
            explain,
            notes: RefCell::new(Vec::new()),
            patterns: RefCell::default(),
        }
    }

    pub fn now(&self) -> Option<&'a DateTime> {
        self.now
    }

    pub fn types(&self) -> Option<&'a TypeTable> {
        self.types
    }

    pub fn into_notes(self) -> Vec<Note> {
        self.notes.into_inner()
    }

    /// Notes why a step has no value, and gives null.
    pub fn fault(&self, at: Position, why: impl FnOnce() -> Fault) -> Value {
        self.note(at, true, why)
    }

    fn note(&self, at: Position, grave: bool, why: impl FnOnce() -> Fault) -> Value {
        if self.explain {
            let mut notes = self.notes.borrow_mut();
            if notes.len() < MAX_NOTES {
                notes.push(Note {
                    error: why().at(at),
                    grave,
                });
            }
        }
        Value::Null
    }

    /// Takes `cost` steps; false once the budget is spent, and then all evaluation ends with null.
    pub fn spend(&self, cost: u64) -> bool {
        let left = self.steps.get();
        if left == 0 {
            return false;
        }
        self.steps.set(left.saturating_sub(cost));
        if left <= cost {
            self.fault(Position::default(), || {
                Fault::new(
                    "计算步数超出上限，请缩小列表或范围",
                    "too many steps; make the list or range smaller",
                )
            });
            return false;
        }
        true
    }

    pub fn is_spent(&self) -> bool {
        self.steps.get() == 0
    }

    /// Pays for a copy of a value, by its size.
    pub fn copied(&self, value: &Value, at: Position) -> Value {
        if matches!(
            value,
            Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Date(_)
                | Value::DaysDuration(_)
        ) {
            return value.clone();
        }
        let mut size = 0;
        let shallow = measure(value, MAX_VALUE_DEPTH, self.steps.get(), &mut size);
        if !self.spend(size) {
            return Value::Null;
        }
        if !shallow {
            return self.fault(at, || {
                Fault::new("数据嵌套太深", "the value nests too deep")
            });
        }
        value.clone()
    }

    /// Pays for walking through a value that is not copied, as a comparison does.
    pub fn walked(&self, value: &Value) -> bool {
        if !matches!(value, Value::Text(_) | Value::List(_) | Value::Context(_)) {
            return true;
        }
        let mut size = 0;
        measure(value, MAX_VALUE_DEPTH, self.steps.get(), &mut size);
        self.spend(size)
    }

    /// A compiled pattern; each different one of an evaluation is paid for, also when it was compiled before.
    pub fn pattern(&self, pattern: &str, flags: &str) -> Result<Arc<Pattern>, Fault> {
        let key = (pattern.to_owned(), flags.to_owned());
        if let Some(known) = self.patterns.borrow().get(&key) {
            return Ok(Arc::clone(known));
        }
        if !self.spend(PATTERN_COST) {
            return Err(Fault::new("计算步数超出上限", "too many steps"));
        }
        let compiled = pattern::compiled(pattern, flags)?;
        self.patterns
            .borrow_mut()
            .insert(key, Arc::clone(&compiled));
        Ok(compiled)
    }

    /// The values a function's body takes along from where it is written.
    fn captured(
        &self,
        body: &Ast,
        params: &[(Arc<str>, Option<Type>)],
        scope: &Scope<'_>,
    ) -> Context {
        let mut captured = Context::new();
        let mut pending = vec![body];
        while let Some(ast) = pending.pop() {
            if !self.spend(1) {
                break;
            }
            if let Node::Name(name) = &ast.node
                && !params.iter().any(|(param, _)| **param == **name)
                && captured.get(name).is_none()
                && let Some(value) = scope.get(name)
            {
                captured.set(name.as_str(), self.copied(value, ast.at));
            }
            ast.node.each_child(&mut |child| pending.push(child));
        }
        captured
    }

    /// The value of a tree, borrowed from the scope or the tree where it stands there.
    pub fn operand<'s>(&self, ast: &'s Ast, scope: &'s Scope<'s>) -> Cow<'s, Value> {
        match &ast.node {
            Node::Literal(value) => Cow::Borrowed(value),
            Node::Name(_) | Node::Path { .. } => match Self::borrowed(ast, scope) {
                Some(value) => Cow::Borrowed(value),
                None => Cow::Owned(self.eval(ast, scope)),
            },
            _ => Cow::Owned(self.eval(ast, scope)),
        }
    }

    /// A name or path of contexts, found without copying.
    fn borrowed<'s>(ast: &'s Ast, scope: &'s Scope<'s>) -> Option<&'s Value> {
        match &ast.node {
            Node::Name(name) => scope.get(name),
            Node::Path { of, name } => match Self::borrowed(of, scope)? {
                Value::Context(context) => context.get(name),
                _ => None,
            },
            _ => None,
        }
    }

    /// Goes one level deeper; false, and a note, when that is too deep. Each true needs one [`Run::shallower`].
    pub fn deeper(&self, at: Position) -> bool {
        let depth = self.depth.get();
        if depth >= MAX_DEPTH {
            self.fault(at, || {
                Fault::new(
                    "函数调用嵌套太深，请检查是否无限递归",
                    "calls nest too deep; check for endless recursion",
                )
            });
            return false;
        }
        self.depth.set(depth + 1);
        true
    }

    /// Comes back from [`Run::deeper`].
    pub fn shallower(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }

    /// The value of a tree.
    pub fn eval(&self, ast: &Ast, scope: &Scope<'_>) -> Value {
        if !self.spend(1) || !self.deeper(ast.at) {
            return Value::Null;
        }
        let value = self.eval_node(ast, scope);
        self.shallower();
        value
    }

    fn eval_node(&self, ast: &Ast, scope: &Scope<'_>) -> Value {
        match &ast.node {
            Node::Literal(value) => self.copied(value, ast.at),
            Node::Name(name) => self.name(name, ast.at, scope),
            Node::Path { of, name } => self.path(of, name, ast.at, scope),
            Node::Negate(of) => {
                let value = self.operand(of, scope);
                self.settle(ast.at, arithmetic::negate(&value))
            }
            Node::Not(of) => self.negation(of, ast.at, scope),
            Node::Arithmetic { op, left, right } => {
                self.arithmetic(*op, left, right, ast.at, scope)
            }
            Node::Compare { op, left, right } => {
                let (left, right) = (self.operand(left, scope), self.operand(right, scope));
                self.comparison(*op, &left, &right, ast.at)
            }
            Node::And(parts) => self.conjunction(parts, scope),
            Node::Or(parts) => self.disjunction(parts, scope),
            Node::Between { value, low, high } => self.between(value, low, high, scope),
            Node::In { value, tests } => self.value_in(value, tests, scope),
            Node::InstanceOf { value, of } => {
                let value = self.operand(value, scope);
                if let Some(name) = crate::types::unknown_type(of, self.types) {
                    return self.fault(ast.at, || {
                        Fault::new(
                            format!("类型 `{name}` 没有定义"),
                            format!("the type `{name}` is not defined"),
                        )
                    });
                }
                Value::Bool(
                    self.walked(&value) && crate::types::is_instance(&value, of, self.types),
                )
            }
            Node::If {
                condition,
                then,
                otherwise,
            } => {
                let holds = self.operand(condition, scope).is_true();
                self.eval(if holds { then } else { otherwise }, scope)
            }
            Node::For { over, body } => self.for_loop(over, body, scope),
            Node::Quantified {
                every,
                over,
                condition,
            } => self.quantified(*every, over, condition, scope),
            Node::List(items) => {
                Value::List(items.iter().map(|item| self.eval(item, scope)).collect())
            }
            Node::Context(entries) => self.context(entries, scope),
            Node::Range(range) => self.range(range, ast.at, scope),
            Node::Filter { list, by } => self.filter(list, by, ast.at, scope),
            Node::Call {
                function,
                arguments,
            } => self.call(function, arguments, ast.at, scope),
            Node::Function {
                params,
                result,
                body,
            } => Value::Function(Arc::new(Function {
                params: params.clone(),
                result: result.clone(),
                body: Body::Feel(Arc::clone(body)),
                captured: self.captured(body, params, scope),
            })),
        }
    }

    /// The value, or a note and null.
    pub fn settle(&self, at: Position, outcome: Result<Value, Fault>) -> Value {
        outcome.unwrap_or_else(|fault| self.fault(at, || fault))
    }

    fn name(&self, name: &str, at: Position, scope: &Scope<'_>) -> Value {
        if let Some(value) = scope.get(name) {
            return self.copied(value, at);
        }
        if let Some(builtin) = crate::builtins::find(name) {
            return Value::Function(Arc::new(builtin.as_function()));
        }
        self.fault(at, || {
            Fault::new(
                format!("名称 `{name}` 不存在，请检查拼写"),
                format!("there is no name `{name}` here; check its spelling"),
            )
        })
    }

    fn arithmetic(
        &self,
        op: ArithmeticOp,
        left: &Ast,
        right: &Ast,
        at: Position,
        scope: &Scope<'_>,
    ) -> Value {
        let (left, right) = (self.operand(left, scope), self.operand(right, scope));
        if op == ArithmeticOp::Pow && !self.spend(TRANSCENDENTAL_COST) {
            return Value::Null;
        }
        if let (Value::Text(left), Value::Text(right)) = (&*left, &*right) {
            let size = (left.len() + right.len()) / 32;
            if !self.spend(u64::try_from(size).unwrap_or(u64::MAX)) {
                return Value::Null;
            }
        }
        self.settle(at, arithmetic::apply(op, &left, &right))
    }

    fn negation(&self, of: &Ast, at: Position, scope: &Scope<'_>) -> Value {
        match &*self.operand(of, scope) {
            Value::Bool(value) => Value::Bool(!value),
            Value::Null => Value::Null,
            other => self.fault(at, || {
                Fault::new(
                    format!("`not` 需要布尔值，实际是 {}", other.type_name()),
                    format!("`not` needs a boolean but got {}", other.type_name()),
                )
            }),
        }
    }

    fn conjunction(&self, parts: &[Ast], scope: &Scope<'_>) -> Value {
        let mut all_known = true;
        for part in parts {
            match &*self.operand(part, scope) {
                Value::Bool(false) => return Value::Bool(false),
                Value::Bool(true) => {}
                other => all_known = self.unknown(other, part.at),
            }
        }
        if all_known {
            Value::Bool(true)
        } else {
            Value::Null
        }
    }

    /// A part of a condition that is no truth value leaves it unknown; anything but null there is a mistake.
    fn unknown(&self, part: &Value, at: Position) -> bool {
        if !part.is_null() {
            self.fault(at, || {
                Fault::new(
                    format!("条件的一部分应为布尔值，实际是 {}", part.type_name()),
                    format!(
                        "a part of a condition must be a boolean but is {}",
                        part.type_name()
                    ),
                )
            });
        }
        false
    }

    fn disjunction(&self, parts: &[Ast], scope: &Scope<'_>) -> Value {
        let mut all_known = true;
        for part in parts {
            match &*self.operand(part, scope) {
                Value::Bool(true) => return Value::Bool(true),
                Value::Bool(false) => {}
                other => all_known = self.unknown(other, part.at),
            }
        }
        if all_known {
            Value::Bool(false)
        } else {
            Value::Null
        }
    }

    /// A context: each entry sees those before it.
    fn context(&self, entries: &[(Arc<str>, Ast)], scope: &Scope<'_>) -> Value {
        let mut context = Context::new();
        for (name, ast) in entries {
            let value = self.eval(
                ast,
                &Scope::Frame {
                    own: &context,
                    parent: scope,
                },
            );
            context.set(Arc::clone(name), value);
        }
        Value::Context(context)
    }

    fn range(&self, range: &RangeAst, at: Position, scope: &Scope<'_>) -> Value {
        let end = |ast: &Option<Ast>| ast.as_ref().map(|ast| self.eval(ast, scope));
        let (low, high) = (end(&range.low), end(&range.high));
        let range = Range {
            low_closed: range.low_closed && low != Some(Value::Null),
            high_closed: range.high_closed && high != Some(Value::Null),
            low: low.filter(|value| !value.is_null()),
            high: high.filter(|value| !value.is_null()),
        };
        if range.low.is_none() && range.high.is_none() {
            return self.fault(at, || {
                Fault::new("范围两端都没有值", "neither end of the range has a value")
            });
        }
        if let (Some(low), Some(high)) = (&range.low, &range.high)
            && compare::order(low, high).is_none()
        {
            return self.fault(at, || {
                Fault::new(
                    format!("范围两端 `{low}` 与 `{high}` 无法比较"),
                    format!("the ends `{low}` and `{high}` of the range cannot be compared"),
                )
            });
        }
        Value::Range(Box::new(range))
    }
}

/// Adds up the size of a value until it passes `most`; false if it nests deeper than `depth`.
fn measure(value: &Value, depth: u16, most: u64, size: &mut u64) -> bool {
    *size = size.saturating_add(1);
    if *size > most {
        return true;
    }
    match value {
        Value::Text(text) => {
            *size = size.saturating_add(u64::try_from(text.len() / 32).unwrap_or(u64::MAX));
            true
        }
        Value::List(items) => {
            depth > 0
                && items
                    .iter()
                    .all(|item| *size > most || measure(item, depth - 1, most, size))
        }
        Value::Context(context) => inner(context, depth, most, size),
        // Functions in functions nest as contexts do: dropping them walks down all the same.
        Value::Function(function) => inner(&function.captured, depth, most, size),
        _ => true,
    }
}

fn inner(context: &Context, depth: u16, most: u64, size: &mut u64) -> bool {
    depth > 0
        && context
            .iter()
            .all(|(_, item)| *size > most || measure(item, depth - 1, most, size))
}
