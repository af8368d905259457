//! The entry points: an expression that is read once and evaluated often, and the unary tests of a table's cell.

use std::collections::BTreeSet;

use crate::ast::{Ast, Test};
use crate::context::Context;
use crate::error::FeelError;
use crate::eval::{Run, Scope};
use crate::names;
use crate::parser::{Tests, parse_expression, parse_unary_tests};
use crate::value::Value;

/// A FEEL expression that has been read.
///
/// ```
/// use yuandu_feel::{Context, Expression, Value};
///
/// let guard = Expression::parse("案件.面积 > 10 and 案件.类别 in (\"0101\", \"0102\")")?;
/// let case = Context::new().with("面积", 12).with("类别", "0102");
/// assert!(guard.evaluate(&Context::new().with("案件", case)).is_true());
/// # Ok::<(), yuandu_feel::FeelError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    source: String,
    ast: Ast,
}

impl Expression {
    /// Reads an expression. Words that follow each other make one name (`Monthly Salary`).
    ///
    /// # Errors
    /// When the text is no FEEL expression: what was expected, and where.
    pub fn parse(text: &str) -> Result<Self, FeelError> {
        Self::parse_with_names(text, &[])
    }

    /// Reads an expression that may use names with signs in them (`pre-check`), which only knowing them can tell.
    ///
    /// # Errors
    /// When the text is no FEEL expression: what was expected, and where.
    pub fn parse_with_names(text: &str, names: &[String]) -> Result<Self, FeelError> {
        let ast = parse_expression(text, names)?;
        Ok(Self {
            source: text.to_owned(),
            ast,
        })
    }

    /// The value in a scope; a step that has no value gives null, as FEEL demands.
    #[must_use]
    pub fn evaluate(&self, scope: &Context) -> Value {
        Run::new(scope.now(), None, false).eval(&self.ast, &Scope::Root(scope))
    }

    /// The value in a scope, or the first mistake that gave null on the way: an unknown name or function, operands of
    /// the wrong type, a failing function. An absent entry of a context is a mistake only when the result is null.
    ///
    /// # Errors
    /// When some step has no value: why, and where.
    pub fn evaluate_checked(&self, scope: &Context) -> Result<Value, FeelError> {
        let run = Run::new(scope.now(), None, true);
        let value = run.eval(&self.ast, &Scope::Root(scope));
        let null = value.is_null();
        match run.into_notes().into_iter().find(|note| note.grave || null) {
            Some(note) => Err(note.error),
            None => Ok(value),
        }
    }

    /// The paths of names the expression surely reads, such as `["case", "category"]`; not its own variables, not FEEL's
    /// functions. A name that stands in a filter may be that of an item: see [`Expression::names_in_filters`].
    #[must_use]
    pub fn names(&self) -> BTreeSet<Vec<String>> {
        names::read(&self.ast).sure
    }

    /// The paths of names that stand in filters only: each is an entry of the filtered items or a name of the scope.
    #[must_use]
    pub fn names_in_filters(&self) -> BTreeSet<Vec<String>> {
        names::read(&self.ast).in_filters
    }

    /// The tree of the expression.
    #[must_use]
    pub fn ast(&self) -> &Ast {
        &self.ast
    }

    /// The text it was read from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// The tests of a decision table's cell: `-`, `< 5`, `[1..3]`, `"a", "b"`, `not("c")`, or a condition about `?`.
pub struct UnaryTests {
    source: String,
    tests: Tests,
}

impl UnaryTests {
    /// Reads the tests of a cell.
    ///
    /// # Errors
    /// When the text is no unary test: what was expected, and where.
    pub fn parse(text: &str) -> Result<Self, FeelError> {
        Self::parse_with_names(text, &[])
    }

    /// Reads tests that may use names with signs in them.
    ///
    /// # Errors
    /// When the text is no unary test: what was expected, and where.
    pub fn parse_with_names(text: &str, names: &[String]) -> Result<Self, FeelError> {
        Ok(Self {
            source: text.to_owned(),
            tests: parse_unary_tests(text, names)?,
        })
    }

    /// Whether the input passes. What cannot be told does not pass.
    #[must_use]
    pub fn matches(&self, input: &Value, scope: &Context) -> bool {
        let run = Run::new(scope.now(), None, false);
        self.tests.pass(&run, input, &Scope::Root(scope))
    }

    /// Whether every input passes (`-`).
    #[must_use]
    pub fn is_any(&self) -> bool {
        matches!(self.tests, Tests::Any)
    }

    /// The single tests, and whether they are negated as a whole; `None` for `-`.
    #[must_use]
    pub fn tests(&self) -> Option<(bool, &[Test])> {
        match &self.tests {
            Tests::Any => None,
            Tests::Of { negated, tests } => Some((*negated, tests)),
        }
    }

    /// The paths of names the tests surely read, without `?`.
    #[must_use]
    pub fn names(&self) -> BTreeSet<Vec<String>> {
        let mut all = BTreeSet::new();
        for test in self.tests().map(|(_, tests)| tests).unwrap_or_default() {
            all.extend(names::read(test.ast()).sure);
        }
        all
    }

    /// The text they were read from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}

impl std::fmt::Debug for UnaryTests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("UnaryTests").field(&self.source).finish()
    }
}

impl Tests {
    /// Whether the input passes. What cannot be told does not pass, negated or not.
    pub(crate) fn pass(&self, run: &Run<'_>, input: &Value, scope: &Scope<'_>) -> bool {
        match self {
            Self::Any => true,
            Self::Of { negated, tests } => run
                .passes(input, tests, scope)
                .is_some_and(|passes| passes != *negated),
        }
    }
}
