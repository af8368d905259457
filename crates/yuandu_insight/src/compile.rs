//! Compiles a FEEL condition over the facts of a case to a condition of plain SQL.
//!
//! FEEL and SQL disagree about what is missing: `null != 1` is true in FEEL and unknown in SQL. Comparisons are written
//! so that a row passes exactly when the FEEL expression is true. What has no such form is refused by name.

use yuandu_base::LocalText;
use yuandu_feel::Expression;
use yuandu_feel::Value as Feel;
use yuandu_feel::ast::{ArithmeticOp, Ast, CompareOp, Node, Test};
use yuandu_store::Value;

use crate::InsightError;

/// A condition with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// SQL that is true, false or unknown; parameters are numbered from the number given.
    pub sql: String,
    /// Their values; `Parameter::Now` is filled in when the query runs.
    pub parameters: Vec<Parameter>,
}

/// A parameter of a compiled condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameter {
    /// A value written in the expression.
    Value(Value),
    /// The instant of asking.
    Now,
}

/// Compiles `expression`; `column` gives the SQL of a fact of `case`, `first` the number of the first parameter.
pub fn compile(
    expression: &Expression,
    column: &dyn Fn(&str) -> Option<String>,
    first: usize,
) -> Result<Compiled, InsightError> {
    let mut compiler = Compiler {
        column,
        first,
        parameters: Vec::new(),
    };
    let sql = compiler
        .condition(expression.ast())
        .map_err(|what| InsightError::NotCompilable {
            expression: expression.source().to_owned(),
            what,
        })?;
    Ok(Compiled {
        sql,
        parameters: compiler.parameters,
    })
}

struct Compiler<'a> {
    column: &'a dyn Fn(&str) -> Option<String>,
    first: usize,
    parameters: Vec<Parameter>,
}

/// An operand: its SQL and whether it may be missing.
struct Operand {
    sql: String,
    nullable: bool,
}

impl Compiler<'_> {
    /// SQL that is true exactly where the FEEL condition is true.
    fn condition(&mut self, ast: &Ast) -> Result<String, LocalText> {
        match &ast.node {
            Node::And(parts) => self.joined(parts, " AND "),
            Node::Or(parts) => self.joined(parts, " OR "),
            Node::Not(inner) => self.negation(inner),
            Node::Compare { op, left, right } => self.comparison(*op, left, right),
            Node::Between { value, low, high } => {
                let (low, high) = (
                    self.comparison(CompareOp::Ge, value, low)?,
                    self.comparison(CompareOp::Le, value, high)?,
                );
                Ok(format!("({low} AND {high})"))
            }
            Node::In { value, tests } => {
                let parts: Vec<String> = tests
                    .iter()
                    .map(|test| self.test(value, test))
                    .collect::<Result<_, _>>()?;
                Ok(format!("({})", parts.join(" OR ")))
            }
            Node::Literal(Feel::Bool(truth)) => {
                Ok(if *truth { "1 = 1" } else { "1 = 0" }.to_owned())
            }
            Node::Path { .. } | Node::Name(_) => Ok(format!("({} = 1)", self.operand(ast)?.sql)),
            other => Err(described(other)),
        }
    }

    fn joined(&mut self, parts: &[Ast], word: &str) -> Result<String, LocalText> {
        let parts: Vec<String> = parts
            .iter()
            .map(|part| self.condition(part))
            .collect::<Result<_, _>>()?;
        Ok(format!("({})", parts.join(word)))
    }

    /// `not(x)` is true in FEEL only where x is false; of the conditions here only comparisons can be neither.
    fn negation(&mut self, inner: &Ast) -> Result<String, LocalText> {
        match &inner.node {
            Node::Compare { op, left, right } => self.comparison(opposite(*op), left, right),
            Node::And(parts) | Node::Or(parts) => {
                let word = if matches!(inner.node, Node::And(_)) {
                    " OR "
                } else {
                    " AND "
                };
                let parts: Vec<String> = parts
                    .iter()
                    .map(|part| self.negation(part))
                    .collect::<Result<_, _>>()?;
                Ok(format!("({})", parts.join(word)))
            }
            Node::Not(twice) => self.condition(twice),
            Node::Path { .. } | Node::Name(_) => Ok(format!("({} = 0)", self.operand(inner)?.sql)),
            other => {
                let what = described(other);
                Err(LocalText::new(
                    format!("对{}取反（not）", what.zh),
                    format!("`not` of {}", what.en),
                ))
            }
        }
    }

    fn test(&mut self, value: &Ast, test: &Test) -> Result<String, LocalText> {
        match test {
            Test::Compare(op, with) => self.comparison(*op, value, with),
            Test::Value(Ast {
                node: Node::List(items),
                ..
            }) => {
                let parts: Vec<String> = items
                    .iter()
                    .map(|item| self.comparison(CompareOp::Eq, value, item))
                    .collect::<Result<_, _>>()?;
                Ok(format!("({})", parts.join(" OR ")))
            }
            Test::Value(Ast {
                node: Node::Range(range),
                ..
            }) => {
                let mut parts = Vec::new();
                if let Some(low) = &range.low {
                    parts.push(self.comparison(
                        if range.low_closed {
                            CompareOp::Ge
                        } else {
                            CompareOp::Gt
                        },
                        value,
                        low,
                    )?);
                }
                if let Some(high) = &range.high {
                    parts.push(self.comparison(
                        if range.high_closed {
                            CompareOp::Le
                        } else {
                            CompareOp::Lt
                        },
                        value,
                        high,
                    )?);
                }
                Ok(format!("({})", parts.join(" AND ")))
            }
            Test::Value(with) => self.comparison(CompareOp::Eq, value, with),
        }
    }

    fn comparison(&mut self, op: CompareOp, left: &Ast, right: &Ast) -> Result<String, LocalText> {
        let is_null = |ast: &Ast| matches!(ast.node, Node::Literal(Feel::Null));
        if is_null(left) || is_null(right) {
            let tested = if is_null(left) { right } else { left };
            let operand = self.operand(tested)?;
            return match op {
                CompareOp::Eq => Ok(format!("{} IS NULL", operand.sql)),
                CompareOp::Ne => Ok(format!("{} IS NOT NULL", operand.sql)),
                _ => Err(LocalText::new(
                    "与 null 比大小",
                    "an order comparison with `null`",
                )),
            };
        }
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        Ok(match op {
            CompareOp::Ne if left.nullable || right.nullable => {
                format!("({} IS DISTINCT FROM {})", left.sql, right.sql)
            }
            CompareOp::Eq if left.nullable && right.nullable => {
                format!("({} IS NOT DISTINCT FROM {})", left.sql, right.sql)
            }
            _ => format!("({} {} {})", left.sql, sign(op), right.sql),
        })
    }

    fn operand(&mut self, ast: &Ast) -> Result<Operand, LocalText> {
        if let Some(path) = ast.as_path() {
            return match path.as_slice() {
                ["now"] => Ok(self.parameter(Parameter::Now)),
                ["case", fact] => match (self.column)(fact) {
                    Some(sql) => Ok(Operand {
                        sql,
                        nullable: true,
                    }),
                    None => Err(LocalText::new(
                        format!("没有声明的信息项 `case.{fact}`"),
                        format!("the unknown fact `case.{fact}`"),
                    )),
                },
                other => {
                    let name = other.join(".");
                    Err(LocalText::new(
                        format!("名称 `{name}`"),
                        format!("the name `{name}`"),
                    ))
                }
            };
        }
        match &ast.node {
            Node::Literal(literal) => {
                let value = scalar(literal).ok_or_else(|| {
                    LocalText::new(format!("值 {literal}"), format!("the value {literal}"))
                })?;
                Ok(self.parameter(Parameter::Value(value)))
            }
            Node::Negate(inner) => {
                let inner = self.operand(inner)?;
                Ok(Operand {
                    sql: format!("(-{})", inner.sql),
                    nullable: inner.nullable,
                })
            }
            Node::Arithmetic { op, left, right } => {
                let sign = match op {
                    ArithmeticOp::Add => "+",
                    ArithmeticOp::Sub => "-",
                    ArithmeticOp::Mul => "*",
                    ArithmeticOp::Div | ArithmeticOp::Pow => {
                        return Err(LocalText::new("除法或乘方", "division or power"));
                    }
                };
                let (left, right) = (self.operand(left)?, self.operand(right)?);
                Ok(Operand {
                    sql: format!("({} {sign} {})", left.sql, right.sql),
                    nullable: left.nullable || right.nullable,
                })
            }
            other => Err(described(other)),
        }
    }

    fn parameter(&mut self, parameter: Parameter) -> Operand {
        self.parameters.push(parameter);
        Operand {
            sql: format!("${}", self.first + self.parameters.len() - 1),
            nullable: false,
        }
    }
}

/// A FEEL scalar as a column holds it.
fn scalar(value: &Feel) -> Option<Value> {
    match value {
        Feel::Bool(truth) => Some((*truth).into()),
        Feel::Text(text) => Some(text.as_str().into()),
        Feel::Number(_) => value
            .as_i64()
            .map(Value::Int)
            .or_else(|| value.as_f64().map(Value::from)),
        _ => None,
    }
}

fn sign(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "=",
        CompareOp::Ne => "<>",
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Gt => ">",
        CompareOp::Ge => ">=",
    }
}

fn opposite(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Ne,
        CompareOp::Ne => CompareOp::Eq,
        CompareOp::Lt => CompareOp::Ge,
        CompareOp::Le => CompareOp::Gt,
        CompareOp::Gt => CompareOp::Le,
        CompareOp::Ge => CompareOp::Lt,
    }
}

fn described(node: &Node) -> LocalText {
    let (zh, en) = match node {
        Node::Call { .. } => ("函数", "a function call"),
        Node::If { .. } => (" if", "`if`"),
        Node::For { .. } | Node::Quantified { .. } => ("循环", "an iteration"),
        Node::List(_) | Node::Filter { .. } => ("列表", "a list"),
        Node::Context(_) => ("上下文", "a context"),
        Node::Function { .. } => ("函数定义", "a function"),
        Node::InstanceOf { .. } => (" instance of", "`instance of`"),
        Node::Range(_) => (" in 以外的区间", "a range outside `in`"),
        _ => ("这种写法", "this expression"),
    };
    LocalText::new(zh, en)
}
