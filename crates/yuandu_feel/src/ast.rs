//! The syntax tree of an expression: stable, public, and small enough to be compiled to something else (SQL) by other crates.
//!
//! It says what was written; it decides nothing. Build one with [`crate::Expression::parse`].

use std::sync::Arc;

use crate::error::Position;
use crate::value::Value;

/// A node of the tree and where it was written.
#[derive(Debug, Clone)]
pub struct Ast {
    /// What it is.
    pub node: Node,
    /// Where it begins.
    pub at: Position,
    /// Height of the tree below, kept so that no tree grows past what a stack can walk.
    pub(crate) height: u16,
}

/// Trees are equal when they say the same, wherever they were written.
impl PartialEq for Ast {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// `null`, `true`, `12.5`, `"text"`, `@"2026-11-23"`.
    Literal(Value),
    /// A name of the scope; `?` is the input value of a unary test.
    Name(String),
    /// `of.name`: an entry of a context, a component of a date, or that of each item of a list.
    Path {
        /// What the entry is taken from.
        of: Box<Ast>,
        /// The entry.
        name: String,
    },
    /// `-x`.
    Negate(Box<Ast>),
    /// `not(x)`.
    Not(Box<Ast>),
    /// Arithmetic.
    Arithmetic {
        /// The operator.
        op: ArithmeticOp,
        /// Left operand.
        left: Box<Ast>,
        /// Right operand.
        right: Box<Ast>,
    },
    /// A comparison; `x = null` is the null test.
    Compare {
        /// The operator.
        op: CompareOp,
        /// Left operand.
        left: Box<Ast>,
        /// Right operand.
        right: Box<Ast>,
    },
    /// `a and b and c`.
    And(Vec<Ast>),
    /// `a or b or c`.
    Or(Vec<Ast>),
    /// `x between low and high`, both ends included.
    Between {
        /// The tested value.
        value: Box<Ast>,
        /// Lower end.
        low: Box<Ast>,
        /// Upper end.
        high: Box<Ast>,
    },
    /// `x in test` and `x in (test, test)`: true when one test holds.
    In {
        /// The tested value.
        value: Box<Ast>,
        /// The tests.
        tests: Vec<Test>,
    },
    /// `x instance of type`.
    InstanceOf {
        /// The tested value.
        value: Box<Ast>,
        /// The type.
        of: Type,
    },
    /// `if c then a else b`.
    If {
        /// The condition.
        condition: Box<Ast>,
        /// Its value when the condition is true.
        then: Box<Ast>,
        /// Its value otherwise.
        otherwise: Box<Ast>,
    },
    /// `for x in xs, y in ys return body`.
    For {
        /// The iterations, the last turning fastest.
        over: Vec<Iteration>,
        /// What is collected.
        body: Box<Ast>,
    },
    /// `some x in xs satisfies condition` and `every ...`.
    Quantified {
        /// `every` rather than `some`.
        every: bool,
        /// The iterations.
        over: Vec<Iteration>,
        /// The condition.
        condition: Box<Ast>,
    },
    /// `[a, b]`.
    List(Vec<Ast>),
    /// `{a: 1, "b": 2}`.
    Context(Vec<(Arc<str>, Ast)>),
    /// `[low..high]`, `(low..high)`, `(> low)`.
    Range(Box<RangeAst>),
    /// `list[predicate]` or `list[position]`.
    Filter {
        /// The list.
        list: Box<Ast>,
        /// Predicate or position.
        by: Box<Ast>,
    },
    /// `f(a, b)` or `f(x: a)`.
    Call {
        /// What is called.
        function: Box<Ast>,
        /// The arguments.
        arguments: Arguments,
    },
    /// `function(a, b: number) body`.
    Function {
        /// Parameters with declared types.
        params: Vec<(Arc<str>, Option<Type>)>,
        /// The declared type of what it gives.
        result: Option<Type>,
        /// The body.
        body: Arc<Ast>,
    },
}

/// An arithmetic operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArithmeticOp {
    /// `+`, also of texts and temporal values.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mul,
    /// `/`.
    Div,
    /// `**`.
    Pow,
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    /// `=`.
    Eq,
    /// `!=`.
    Ne,
    /// `<`.
    Lt,
    /// `<=`.
    Le,
    /// `>`.
    Gt,
    /// `>=`.
    Ge,
}

/// One test of `in` or of a decision table's cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `< 5`, `>= x`.
    Compare(CompareOp, Ast),
    /// A value to equal, a list or range to be in, or a condition about `?`.
    Value(Ast),
}

/// `x in xs`, or `x in low..high`.
#[derive(Debug, Clone, PartialEq)]
pub struct Iteration {
    /// The variable.
    pub name: String,
    /// The list, range, or lower end.
    pub from: Ast,
    /// The upper end of `low..high`.
    pub to: Option<Ast>,
}

/// A range as written.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeAst {
    /// Lower end; absent in `(< 5)`.
    pub low: Option<Ast>,
    /// Whether the lower end belongs to the range.
    pub low_closed: bool,
    /// Upper end; absent in `(> 5)`.
    pub high: Option<Ast>,
    /// Whether the upper end belongs to the range.
    pub high_closed: bool,
}

/// The arguments of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Arguments {
    /// By position.
    Positional(Vec<Ast>),
    /// By parameter name.
    Named(Vec<(String, Ast)>),
}

/// A type as written after `instance of`, at a parameter, or in a DMN model.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// `Any`.
    Any,
    /// `Null`.
    Null,
    /// `boolean`.
    Boolean,
    /// `number`.
    Number,
    /// `string`.
    Text,
    /// `date`.
    Date,
    /// `time`.
    Time,
    /// `date and time`.
    DateTime,
    /// `days and time duration`.
    DaysDuration,
    /// `years and months duration`.
    YearsDuration,
    /// `list<T>`.
    List(Box<Type>),
    /// `context<a: T>`; without entries any context.
    Context(Vec<(String, Type)>),
    /// `range<T>`.
    Range(Box<Type>),
    /// `function<A, B> -> R`; without parts any function.
    Function(Option<(Vec<Type>, Box<Type>)>),
    /// A type of the model, by name.
    Named(String),
}

impl Type {
    /// The type of a name, where a name alone can tell it.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "Any" => Self::Any,
            "Null" => Self::Null,
            "boolean" => Self::Boolean,
            "number" => Self::Number,
            "string" => Self::Text,
            "date" => Self::Date,
            "time" => Self::Time,
            "date and time" | "dateTime" => Self::DateTime,
            "days and time duration" | "dayTimeDuration" => Self::DaysDuration,
            "years and months duration" | "yearMonthDuration" => Self::YearsDuration,
            "list" => Self::List(Box::new(Self::Any)),
            "context" => Self::Context(Vec::new()),
            "range" => Self::Range(Box::new(Self::Any)),
            "function" => Self::Function(None),
            other => Self::Named(other.to_owned()),
        }
    }
}

impl Ast {
    /// A node at a place.
    #[must_use]
    pub fn new(node: Node, at: Position) -> Self {
        let mut below = 0;
        node.each_child(&mut |child| below = below.max(child.height));
        Self {
            node,
            at,
            height: below.saturating_add(1),
        }
    }

    /// The path of names this node is (`case.category` is `["case", "category"]`), if it is nothing but one.
    #[must_use]
    pub fn as_path(&self) -> Option<Vec<&str>> {
        match &self.node {
            Node::Name(name) => Some(vec![name]),
            Node::Path { of, name } => {
                let mut path = of.as_path()?;
                path.push(name);
                Some(path)
            }
            _ => None,
        }
    }
}

impl Node {
    /// Shows each direct child to `see`, in the order written.
    pub fn each_child<'a>(&'a self, see: &mut dyn FnMut(&'a Ast)) {
        match self {
            Self::Literal(_) | Self::Name(_) => {}
            Self::Path { of: one, .. }
            | Self::Negate(one)
            | Self::Not(one)
            | Self::InstanceOf { value: one, .. } => see(one),
            Self::Arithmetic { left, right, .. } | Self::Compare { left, right, .. } => {
                see(left);
                see(right);
            }
            Self::And(parts) | Self::Or(parts) | Self::List(parts) => parts.iter().for_each(see),
            Self::Between { value, low, high } => {
                see(value);
                see(low);
                see(high);
            }
            Self::In { value, tests } => {
                see(value);
                tests.iter().for_each(|test| see(test.ast()));
            }
            Self::If {
                condition,
                then,
                otherwise,
            } => {
                see(condition);
                see(then);
                see(otherwise);
            }
            Self::For { over, body }
            | Self::Quantified {
                over,
                condition: body,
                ..
            } => {
                for iteration in over {
                    see(&iteration.from);
                    iteration.to.iter().for_each(&mut *see);
                }
                see(body);
            }
            Self::Context(entries) => entries.iter().for_each(|(_, value)| see(value)),
            Self::Range(range) => range.low.iter().chain(&range.high).for_each(see),
            Self::Filter { list, by } => {
                see(list);
                see(by);
            }
            Self::Call {
                function,
                arguments,
            } => {
                see(function);
                arguments.each(see);
            }
            Self::Function { body, .. } => see(body),
        }
    }
}

impl Arguments {
    /// Shows each argument to `see`, in the order written.
    pub fn each<'a>(&'a self, see: &mut dyn FnMut(&'a Ast)) {
        match self {
            Self::Positional(values) => values.iter().for_each(see),
            Self::Named(values) => values.iter().for_each(|(_, value)| see(value)),
        }
    }
}

impl Test {
    /// The expression of the test.
    #[must_use]
    pub fn ast(&self) -> &Ast {
        match self {
            Self::Compare(_, ast) | Self::Value(ast) => ast,
        }
    }
}
