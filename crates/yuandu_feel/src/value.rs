//! The values of FEEL, their text, and their way from and to JSON.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, civil};

use crate::ast::{Ast, Type};
use crate::builtins::Builtin;
use crate::context::Context;
use crate::eval::Run;
use crate::number::Number;
use crate::temporal::{DateTime, Time, date_text, days_text, years_text};

/// A FEEL value. `PartialEq` is identity of content; FEEL's own three-valued `=` is in the evaluator.
#[derive(Clone, Default, PartialEq)]
pub enum Value {
    /// No value; also what a failing step gives.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// An exact decimal number.
    Number(Number),
    /// A text.
    Text(String),
    /// A date.
    Date(civil::Date),
    /// A time of day.
    Time(Time),
    /// A date and time.
    DateTime(Box<DateTime>),
    /// A duration of days and time.
    DaysDuration(SignedDuration),
    /// A duration of years and months, in months.
    YearsDuration(i64),
    /// A list.
    List(Vec<Value>),
    /// A context.
    Context(Context),
    /// A range between two ends.
    Range(Box<Range>),
    /// A function.
    Function(Arc<Function>),
}

/// A range; an absent end is open to that side.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The lower end, if any.
    pub low: Option<Value>,
    /// Whether the lower end belongs to the range.
    pub low_closed: bool,
    /// The upper end, if any.
    pub high: Option<Value>,
    /// Whether the upper end belongs to the range.
    pub high_closed: bool,
}

/// A function value.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// Parameter names in order, with their types if declared.
    pub params: Vec<(Arc<str>, Option<Type>)>,
    /// The declared type of what it gives.
    pub result: Option<Type>,
    /// The body.
    pub(crate) body: Body,
    /// What the body sees besides its parameters.
    pub(crate) captured: Context,
}

/// What a function does when it is called.
#[derive(Clone)]
pub(crate) enum Body {
    /// A FEEL expression.
    Feel(Arc<Ast>),
    /// One of FEEL's own functions.
    Builtin(&'static Builtin),
    /// Something outside FEEL: a business knowledge model or a decision service.
    Native(Arc<dyn Native>),
}

/// A function whose body is not FEEL text.
pub(crate) trait Native: Send + Sync {
    /// Calls it with its parameters bound in `arguments`; `function` is the value that is called.
    fn call(&self, run: &Run<'_>, function: &Function, arguments: Context) -> Value;
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Feel(a), Self::Feel(b)) => a == b,
            (Self::Builtin(a), Self::Builtin(b)) => std::ptr::eq(*a, *b),
            (Self::Native(a), Self::Native(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Feel(_) => "Feel",
            Self::Builtin(_) => "Builtin",
            Self::Native(_) => "Native",
        })
    }
}

impl Value {
    /// A text value.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Reads a JSON value. Texts stay texts: only an expression makes dates of them.
    #[must_use]
    pub fn from_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => {
                number.to_string().parse().map_or(Self::Null, Self::Number)
            }
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Array(items) => {
                Self::List(items.iter().map(Self::from_json).collect())
            }
            serde_json::Value::Object(_) => Self::Context(Context::from_json(json)),
        }
    }

    /// Writes a JSON value: temporal values and ranges as their text, functions as null. A number that is not whole becomes the
    /// nearest binary float, so more than 15 digits may be lost there.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null | Self::Function(_) => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(number) => match number.to_i64() {
                Some(whole) => whole.into(),
                None => number.to_f64().into(),
            },
            Self::Text(text) => text.clone().into(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Context(context) => serde_json::Value::Object(
                context
                    .iter()
                    .map(|(name, value)| (name.to_string(), value.to_json()))
                    .collect(),
            ),
            other => other.to_plain_text().into(),
        }
    }

    /// The truth value, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.to_i64(),
            _ => None,
        }
    }

    /// The number as the nearest binary float, if it is a number.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number.to_f64()),
            _ => None,
        }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The context, if it is one.
    #[must_use]
    pub fn as_context(&self) -> Option<&Context> {
        match self {
            Self::Context(context) => Some(context),
            _ => None,
        }
    }

    /// Whether this is the truth value true; null and everything else is not.
    #[must_use]
    pub fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// Whether this is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text that FEEL's `string()` gives: a text itself, everything else as written in FEEL.
    #[must_use]
    pub fn to_plain_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// The name of the value's type in FEEL, for messages.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::DateTime(_) => "date and time",
            Self::DaysDuration(_) => "days and time duration",
            Self::YearsDuration(_) => "years and months duration",
            Self::List(_) => "list",
            Self::Context(_) => "context",
            Self::Range(_) => "range",
            Self::Function(_) => "function",
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write_quoted(f, text),
            Self::Date(date) => f.write_str(&date_text(*date)),
            Self::Time(time) => write!(f, "{time}"),
            Self::DateTime(at) => write!(f, "{at}"),
            Self::DaysDuration(duration) => f.write_str(&days_text(*duration)),
            Self::YearsDuration(months) => f.write_str(&years_text(*months)),
            Self::List(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Context(context) => {
                f.write_str("{")?;
                for (at, (name, value)) in context.iter().enumerate() {
                    f.write_str(if at > 0 { ", " } else { "" })?;
                    write_key(f, name)?;
                    write!(f, ": {value}")?;
                }
                f.write_str("}")
            }
            Self::Range(range) => write!(f, "{range}"),
            Self::Function(function) => {
                let names: Vec<&str> = function.params.iter().map(|(name, _)| &**name).collect();
                write!(f, "function({})", names.join(", "))
            }
        }
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

fn write_key(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    if name.is_empty() || name.contains(['{', '}', ':', ',', '"']) {
        write_quoted(f, name)
    } else {
        f.write_str(name)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.low, &self.high) {
            (Some(low), None) => write!(f, "{} {low}", if self.low_closed { ">=" } else { ">" }),
            (None, Some(high)) => write!(f, "{} {high}", if self.high_closed { "<=" } else { "<" }),
            (low, high) => {
                f.write_str(if self.low_closed { "[" } else { "(" })?;
                write!(f, "{}..", low.as_ref().unwrap_or(&Value::Null))?;
                write!(f, "{}", high.as_ref().unwrap_or(&Value::Null))?;
                f.write_str(if self.high_closed { "]" } else { ")" })
            }
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! value_from {
    ($($source:ty => |$name:ident| $made:expr),* $(,)?) => {
        $(impl From<$source> for Value {
            fn from($name: $source) -> Self {
                $made
            }
        })*
    };
}

value_from! {
    bool => |value| Self::Bool(value),
    i32 => |value| Self::Number(value.into()),
    i64 => |value| Self::Number(value.into()),
    usize => |value| Self::Number(value.into()),
    f64 => |value| Number::from_f64(value).map_or(Self::Null, Self::Number),
    Number => |value| Self::Number(value),
    &str => |value| Self::Text(value.to_owned()),
    String => |value| Self::Text(value),
    civil::Date => |value| Self::Date(value),
    Time => |value| Self::Time(value),
    DateTime => |value| Self::DateTime(Box::new(value)),
    jiff::Timestamp => |value| Self::DateTime(Box::new(DateTime::from_timestamp(value))),
    SignedDuration => |value| Self::DaysDuration(value),
    Vec<Value> => |value| Self::List(value),
    Context => |value| Self::Context(value),
    Range => |value| Self::Range(Box::new(value)),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
