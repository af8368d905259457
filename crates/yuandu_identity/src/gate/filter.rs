//! SQL of a residual condition, for lists that show exactly what single decisions would allow.
//!
//! The text runs on SQLite and PostgreSQL alike. Negations are pushed down to the single comparisons, so that an empty
//! column (SQL's unknown) never has to be negated: it counts as the empty text, as in a single decision.

use std::collections::BTreeMap;

use yuandu_store::Value;

use super::condition::Constant;
use super::residual::{Comparison, Residual};
use super::resource::{Attr, Resource};
use super::vocabulary::{ResourceKind, Shape};
use crate::IdentityError;

/// Where the facts of a kind stand in a query.
#[derive(Debug, Clone, Default)]
pub struct ColumnMap {
    columns: BTreeMap<&'static str, String>,
    fixed: BTreeMap<&'static str, Attr>,
}

impl ColumnMap {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The attribute stands in this column (`"cases.org"`). The name goes into the SQL as it is: never from user input.
    #[must_use]
    pub fn column(mut self, attribute: &'static str, column: impl Into<String>) -> Self {
        self.columns.insert(attribute, column.into());
        self
    }

    /// Every row has this value, for example the register a table belongs to.
    #[must_use]
    pub fn fixed(mut self, attribute: &'static str, value: impl Into<String>) -> Self {
        self.fixed.insert(attribute, Attr::Text(value.into()));
        self
    }

    /// A list of the records of one register; name the columns of `org` and `division` besides, if it has them.
    #[must_use]
    pub fn records(package: &str, register: &str, sensitivity: &str) -> Self {
        Self::new()
            .fixed("package", package)
            .fixed("register", register)
            .fixed("sensitivity", sensitivity)
    }

    /// The facts that every row has.
    pub(super) fn fixed_facts(&self, kind: ResourceKind) -> Resource {
        Resource {
            kind,
            id: String::new(),
            attrs: self.fixed.clone(),
        }
    }

    /// The columns of the table `cases`; `prefix` is its alias.
    #[must_use]
    pub fn cases(prefix: &str) -> Self {
        [
            "system",
            "category",
            "class",
            "division",
            "grid",
            "org",
            "status",
            "stage",
            "opened_at",
            "due_at",
        ]
        .into_iter()
        .fold(Self::new(), |map, name| {
            map.column(name, format!("{prefix}.{name}"))
        })
    }

    /// The columns of the table `tasks`; `prefix` is its alias. The owning system is not among them: roles carry it.
    #[must_use]
    pub fn tasks(prefix: &str) -> Self {
        [
            "node", "role", "org", "assignee", "category", "class", "grid", "status",
        ]
        .into_iter()
        .fold(Self::new(), |map, name| {
            map.column(name, format!("{prefix}.{name}"))
        })
    }
}

/// A condition for a `WHERE` clause (already in brackets where needed) and its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// SQL; parameters are numbered from the first one asked for.
    pub sql: String,
    /// Values of the parameters in order.
    pub params: Vec<Value>,
}

impl Filter {
    /// Whether no row can pass.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.sql == NOTHING
    }

    /// Whether every row passes.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.sql == EVERYTHING
    }
}

const NOTHING: &str = "1 = 0";
const EVERYTHING: &str = "1 = 1";

/// Writes the SQL of a residual.
pub(super) fn write(
    residual: &Residual,
    kind: ResourceKind,
    columns: &ColumnMap,
    first: usize,
) -> Result<Filter, IdentityError> {
    let mut writer = Writer {
        kind,
        columns,
        first,
        params: Vec::new(),
    };
    let sql = writer.residual(residual, true)?;
    Ok(Filter {
        sql,
        params: writer.params,
    })
}

struct Writer<'a> {
    kind: ResourceKind,
    columns: &'a ColumnMap,
    first: usize,
    params: Vec<Value>,
}

impl Writer<'_> {
    /// Writes `residual` if `positive`, else its negation.
    fn residual(&mut self, residual: &Residual, positive: bool) -> Result<String, IdentityError> {
        match residual {
            Residual::Always(truth) => Ok((if *truth == positive {
                EVERYTHING
            } else {
                NOTHING
            })
            .to_owned()),
            Residual::Not(inner) => self.residual(inner, !positive),
            Residual::All(parts) => {
                self.join(parts, positive, if positive { " AND " } else { " OR " })
            }
            Residual::Any(parts) => {
                self.join(parts, positive, if positive { " OR " } else { " AND " })
            }
            Residual::Has(name) => {
                let column = self.expression(name)?;
                Ok(format!(
                    "{column} IS {}NULL",
                    if positive { "NOT " } else { "" }
                ))
            }
            Residual::Compare(name, Comparison::Equal, Constant::Text(text)) => {
                self.one_of(name, std::slice::from_ref(text), positive)
            }
            Residual::Compare(name, comparison, value) => {
                self.compare(name, *comparison, value, positive)
            }
            Residual::Columns(left, comparison, right) => {
                self.columns(left, *comparison, right, positive)
            }
            Residual::OneOf(name, texts) => self.one_of(name, texts, positive),
            Residual::Begins(name, head) => self.begins(name, head, positive),
        }
    }

    fn join(
        &mut self,
        parts: &[Residual],
        positive: bool,
        word: &str,
    ) -> Result<String, IdentityError> {
        let parts = parts
            .iter()
            .map(|part| self.residual(part, positive))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(format!("({})", parts.join(word)))
    }

    fn one_of(
        &mut self,
        name: &str,
        texts: &[String],
        positive: bool,
    ) -> Result<String, IdentityError> {
        let column = self.expression(name)?;
        let filled: Vec<&String> = texts.iter().filter(|text| !text.is_empty()).collect();
        let with_empty = filled.len() < texts.len();
        let params: Vec<String> = filled
            .into_iter()
            .map(|text| self.param(Value::from(text)))
            .collect();
        let listed = match (params.as_slice(), positive) {
            ([], true) => None,
            ([], false) => None,
            ([only], true) => Some(format!("{column} = {only}")),
            ([only], false) => Some(format!("{column} <> {only}")),
            (many, true) => Some(format!("{column} IN ({})", many.join(", "))),
            (many, false) => Some(format!("{column} NOT IN ({})", many.join(", "))),
        };
        Ok(match (listed, with_empty, positive) {
            (None, false, positive) => (if positive { NOTHING } else { EVERYTHING }).to_owned(),
            (None, true, true) => format!("({column} IS NULL OR {column} = '')"),
            (None, true, false) => format!("({column} IS NOT NULL AND {column} <> '')"),
            (Some(listed), false, true) => listed,
            (Some(listed), true, true) => {
                format!("({column} IS NULL OR {column} = '' OR {listed})")
            }
            (Some(listed), false, false) => format!("({column} IS NULL OR {listed})"),
            (Some(listed), true, false) => format!("({column} <> '' AND {listed})"),
        })
    }

    fn begins(&mut self, name: &str, head: &str, positive: bool) -> Result<String, IdentityError> {
        let column = self.expression(name)?;
        let len = head.chars().count();
        let param = self.param(Value::from(head));
        Ok(if positive {
            format!("substr({column}, 1, {len}) = {param}")
        } else {
            format!("({column} IS NULL OR substr({column}, 1, {len}) <> {param})")
        })
    }

    fn compare(
        &mut self,
        name: &str,
        comparison: Comparison,
        value: &Constant,
        positive: bool,
    ) -> Result<String, IdentityError> {
        let column = self.expression(name)?;
        let param = match value {
            Constant::Int(number) => self.param(Value::Int(*number)),
            Constant::Text(text) => self.param(Value::from(text)),
        };
        Ok(if positive {
            format!("{column} {} {param}", comparison.sql())
        } else {
            format!(
                "({column} IS NULL OR {column} {} {param})",
                comparison.negated().sql()
            )
        })
    }

    fn columns(
        &mut self,
        left: &str,
        comparison: Comparison,
        right: &str,
        positive: bool,
    ) -> Result<String, IdentityError> {
        let comparison = if positive {
            comparison
        } else {
            comparison.negated()
        };
        let text = |writer: &Self, name| {
            writer
                .kind
                .attribute(name)
                .is_some_and(|attribute| attribute.shape != Shape::OptionalInt)
        };
        let (is_text, left, right) = (
            text(self, left),
            self.expression(left)?,
            self.expression(right)?,
        );
        Ok(if is_text {
            format!(
                "COALESCE({left}, '') {} COALESCE({right}, '')",
                comparison.sql()
            )
        } else {
            format!("{left} {} {right}", comparison.sql())
        })
    }

    /// The SQL expression of an attribute.
    fn expression(&mut self, name: &str) -> Result<String, IdentityError> {
        if let Some(column) = self.columns.columns.get(name) {
            return Ok(column.clone());
        }
        match self.kind.attribute(name).map(|attribute| attribute.shape) {
            Some(Shape::PrefixOf { attribute, len }) => {
                Ok(format!("substr({}, 1, {len})", self.expression(attribute)?))
            }
            _ => Err(IdentityError::NoColumn {
                kind: self.kind.name(),
                attribute: name.to_owned(),
            }),
        }
    }

    /// The placeholder of a value; equal values share one.
    fn param(&mut self, value: Value) -> String {
        let at = self
            .params
            .iter()
            .position(|known| *known == value)
            .unwrap_or_else(|| {
                self.params.push(value);
                self.params.len() - 1
            });
        format!("${}", self.first + at)
    }
}

impl Comparison {
    fn sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Different => "<>",
        }
    }

    fn negated(self) -> Self {
        match self {
            Self::Equal => Self::Different,
            Self::Different => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }
}
