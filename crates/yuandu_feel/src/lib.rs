//! FEEL, the one expression language of the platform, and the decision tables of DMN.
//!
//! Guards, defaults, computed fields, indicators and visibility are [`Expression`]s; limits and routing are decision
//! tables of a [`dmn::Model`]. Both are pure: the same text and the same scope give the same value. The crate reads no
//! clock, no file and no environment, and no input makes it panic, overflow a stack or run without end.

#![deny(missing_docs)]

pub mod ast;
mod builtins;
mod context;
pub mod dmn;
mod error;
mod eval;
mod expression;
mod lexer;
mod names;
mod number;
mod parser;
mod pattern;
mod temporal;
mod types;
mod value;

pub use context::Context;
pub use error::{FeelError, Position};
pub use expression::{Expression, UnaryTests};
pub use number::{Number, Rounding};
pub use temporal::{DateTime, Time, Zone};
pub use value::{Function, Range, Value};
