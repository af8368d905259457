//! Reads the text of an expression into its tree: one token of look-ahead, precedence climbing, and a limit on depth so that
//! no input can overflow a stack. Start with [`parse_expression`].

mod primary;
mod types;

use crate::ast::{ArithmeticOp, Ast, CompareOp, Node, Test};
use crate::error::{FeelError, Position};
use crate::lexer::{Kind, Lexer, Token, needs_knowing};

/// Longest source that is read: a rule longer than this belongs in a decision table.
const MAX_SOURCE: usize = 64 * 1024;
/// Highest tree and deepest nesting. Each level costs a few stack frames in reading, evaluating and dropping.
const MAX_HEIGHT: u16 = 96;

/// Words that end a name when they follow it.
const KEYWORDS: [&str; 16] = [
    "for",
    "return",
    "in",
    "if",
    "then",
    "else",
    "some",
    "every",
    "satisfies",
    "and",
    "or",
    "between",
    "instance",
    "function",
    "external",
    "null",
];

pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word) || matches!(word, "true" | "false")
}

/// What the whole text is.
#[derive(Debug, Clone)]
pub(crate) enum Tests {
    /// `-`: everything passes.
    Any,
    /// At least one must hold, or with `not(...)` none.
    Of { negated: bool, tests: Vec<Test> },
}

/// Reads an expression; `names` are the names that exist, of which only those with blanks or signs matter.
pub(crate) fn parse_expression(source: &str, names: &[String]) -> Result<Ast, FeelError> {
    parse_expression_at(source, &Known::names(names), Position::default())
}

/// Reads an expression that begins at a place of a larger text.
pub(crate) fn parse_expression_at(
    source: &str,
    known: &Known<'_>,
    start: Position,
) -> Result<Ast, FeelError> {
    let mut parser = Parser::new(source, known, start)?;
    if matches!(parser.kind(), Kind::End) {
        return Err(parser.error_here(
            "表达式是空的，请写一个表达式",
            "the expression is empty; write one",
        ));
    }
    let ast = parser.expression()?;
    parser.finish()?;
    Ok(ast)
}

/// Reads a range as a text holds it for `range()`: either end may be missing, as in `[1..)`.
pub(crate) fn parse_range(source: &str) -> Result<Ast, FeelError> {
    let mut parser = Parser::new(source, &Known::names(&[]), Position::default())?;
    let ast = parser.open_range()?;
    parser.finish()?;
    Ok(ast)
}

/// Reads the unary tests of a decision table's cell.
pub(crate) fn parse_unary_tests(source: &str, names: &[String]) -> Result<Tests, FeelError> {
    parse_unary_tests_at(source, &Known::names(names), Position::default())
}

/// Reads unary tests that begin at a place of a larger text.
pub(crate) fn parse_unary_tests_at(
    source: &str,
    known: &Known<'_>,
    start: Position,
) -> Result<Tests, FeelError> {
    let mut parser = Parser::new(source, known, start)?;
    if parser.is_sign("-") && matches!(parser.kind_after(1), Kind::End) {
        return Ok(Tests::Any);
    }
    if matches!(parser.kind(), Kind::End) {
        return Err(parser.error_here(
            "单元格是空的，不限请写 `-`",
            "the cell is empty; write `-` for any value",
        ));
    }
    if parser.is_word("not") && matches!(parser.kind_after(1), Kind::Sign("(")) {
        let mark = parser.position;
        if let Some(tests) = parser.negated_tests()? {
            return Ok(Tests::Of {
                negated: true,
                tests,
            });
        }
        parser.position = mark;
    }
    let mut tests = vec![parser.test()?];
    while parser.eat(",") {
        tests.push(parser.test()?);
    }
    parser.finish()?;
    Ok(Tests::Of {
        negated: false,
        tests,
    })
}

/// What is known where an expression stands.
pub(crate) struct Known<'k> {
    /// The names that exist, of which only those with blanks or signs matter.
    pub names: &'k [String],
    /// What stands before the names of the model's types in its table.
    pub type_prefix: &'k str,
}

impl<'k> Known<'k> {
    fn names(names: &'k [String]) -> Self {
        Self {
            names,
            type_prefix: "",
        }
    }
}

/// A reader of one source.
pub(crate) struct Parser<'s> {
    source: &'s str,
    names: Vec<String>,
    type_prefix: String,
    tokens: Vec<Token>,
    position: usize,
    depth: u16,
}

/// Operators between two operands, by how tightly they bind.
enum Infix {
    Or,
    And,
    Compare(CompareOp),
    Between,
    In,
    Arithmetic(ArithmeticOp),
    InstanceOf,
}

const OR: u8 = 1;
const AND: u8 = 2;
const COMPARISON: u8 = 3;
pub(super) const ADDITIVE: u8 = 4;
const MULTIPLICATIVE: u8 = 5;
const POWER: u8 = 6;
const INSTANCE: u8 = 7;

impl<'s> Parser<'s> {
    fn new(source: &'s str, known: &Known<'_>, start: Position) -> Result<Self, FeelError> {
        if source.len() > MAX_SOURCE {
            return Err(FeelError::new(
                start,
                "表达式太长，请拆成几个",
                "the expression is too long; split it",
            ));
        }
        let names: Vec<String> = known
            .names
            .iter()
            .filter(|name| needs_knowing(name))
            .cloned()
            .collect();
        let tokens = Lexer::new(source, &names, 0, start).tokens()?;
        Ok(Self {
            source,
            names,
            type_prefix: known.type_prefix.to_owned(),
            tokens,
            position: 0,
            depth: 0,
        })
    }

    fn token(&self) -> Option<&Token> {
        self.tokens.get(self.position).or(self.tokens.last())
    }

    fn kind(&self) -> &Kind {
        self.token().map_or(&Kind::End, |token| &token.kind)
    }

    fn kind_after(&self, ahead: usize) -> &Kind {
        self.tokens
            .get(self.position + ahead)
            .map_or(&Kind::End, |token| &token.kind)
    }

    fn at(&self) -> Position {
        self.token()
            .map_or_else(Position::default, |token| token.at)
    }

    fn advance(&mut self) {
        self.position += 1;
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.kind(), Kind::Sign(found) if *found == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.kind(), Kind::Word(found) if found == word)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        if found {
            self.advance();
        }
        found
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), FeelError> {
        if self.eat(sign) {
            return Ok(());
        }
        Err(self.expected(sign))
    }

    fn expect_word(&mut self, word: &str) -> Result<(), FeelError> {
        if self.eat_word(word) {
            return Ok(());
        }
        Err(self.expected(word))
    }

    fn expected(&self, what: &str) -> FeelError {
        let found = self.found();
        self.error_here(
            &format!("这里应为 `{what}`，实际是 {}", found.0),
            &format!("expected `{what}` but found {}", found.1),
        )
    }

    /// What stands here, in both languages.
    fn found(&self) -> (String, String) {
        let text = match self.kind() {
            Kind::End => {
                return (
                    "表达式结尾".to_owned(),
                    "the end of the expression".to_owned(),
                );
            }
            Kind::Word(word) | Kind::Known(word) | Kind::Number(word) => format!("`{word}`"),
            Kind::Text(text) => format!("`\"{text}\"`"),
            Kind::At(text) => format!("`@\"{text}\"`"),
            Kind::Sign(sign) => format!("`{sign}`"),
        };
        (text.clone(), text)
    }

    fn error_here(&self, zh: &str, en: &str) -> FeelError {
        FeelError::new(self.at(), zh, en)
    }

    fn finish(&self) -> Result<(), FeelError> {
        if matches!(self.kind(), Kind::End) {
            return Ok(());
        }
        let found = self.found();
        Err(self.error_here(
            &format!(
                "表达式在 {} 之前已经完整，请检查此处是否缺少运算符",
                found.0
            ),
            &format!(
                "the expression is complete before {}; an operator may be missing here",
                found.1
            ),
        ))
    }

    /// Makes a node, refusing trees that grow too high.
    fn make(&self, node: Node, at: Position) -> Result<Ast, FeelError> {
        let ast = Ast::new(node, at);
        if ast.height > MAX_HEIGHT {
            return Err(too_deep(at));
        }
        Ok(ast)
    }

    /// Runs `read` one level deeper, refusing input that nests too deep.
    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, FeelError>,
    ) -> Result<T, FeelError> {
        if self.depth >= MAX_HEIGHT {
            return Err(too_deep(self.at()));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Reads a whole expression.
    fn expression(&mut self) -> Result<Ast, FeelError> {
        self.binary(OR)
    }

    fn infix(&self) -> Option<(Infix, u8)> {
        Some(match self.kind() {
            Kind::Word(word) => match word.as_str() {
                "or" => (Infix::Or, OR),
                "and" => (Infix::And, AND),
                "between" => (Infix::Between, COMPARISON),
                "in" => (Infix::In, COMPARISON),
                "instance" => (Infix::InstanceOf, INSTANCE),
                _ => return None,
            },
            Kind::Sign(sign) => match *sign {
                "+" => (Infix::Arithmetic(ArithmeticOp::Add), ADDITIVE),
                "-" => (Infix::Arithmetic(ArithmeticOp::Sub), ADDITIVE),
                "*" => (Infix::Arithmetic(ArithmeticOp::Mul), MULTIPLICATIVE),
                "/" => (Infix::Arithmetic(ArithmeticOp::Div), MULTIPLICATIVE),
                "**" => (Infix::Arithmetic(ArithmeticOp::Pow), POWER),
                other => (Infix::Compare(compare_op(other)?), COMPARISON),
            },
            _ => return None,
        })
    }

    /// Reads operands and the operators between them that bind at least as tightly as `least`.
    fn binary(&mut self, least: u8) -> Result<Ast, FeelError> {
        self.nested(|parser| {
            let mut left = parser.prefix()?;
            while let Some((infix, strength)) = parser.infix() {
                if strength < least {
                    break;
                }
                left = parser.operation(left, &infix, strength)?;
            }
            Ok(left)
        })
    }

    fn operation(&mut self, left: Ast, infix: &Infix, strength: u8) -> Result<Ast, FeelError> {
        let at = left.at;
        let node = match infix {
            Infix::Or => Node::Or(self.chain(left, "or", AND)?),
            Infix::And => Node::And(self.chain(left, "and", COMPARISON)?),
            Infix::Compare(op) => {
                self.advance();
                if *op == CompareOp::Eq && self.is_sign("=") {
                    return Err(self.error_here(
                        "相等用一个 `=` 表示，请改为 `=`",
                        "equality is one `=`; write `=`",
                    ));
                }
                let right = Box::new(self.binary(strength + 1)?);
                Node::Compare {
                    op: *op,
                    left: Box::new(left),
                    right,
                }
            }
            Infix::Arithmetic(op) => {
                self.advance();
                let right = Box::new(self.binary(strength + 1)?);
                Node::Arithmetic {
                    op: *op,
                    left: Box::new(left),
                    right,
                }
            }
            Infix::Between => {
                self.advance();
                let low = Box::new(self.binary(ADDITIVE)?);
                self.expect_word("and")?;
                let high = Box::new(self.binary(ADDITIVE)?);
                Node::Between {
                    value: Box::new(left),
                    low,
                    high,
                }
            }
            Infix::In => {
                self.advance();
                Node::In {
                    value: Box::new(left),
                    tests: self.tests_after_in()?,
                }
            }
            Infix::InstanceOf => {
                self.advance();
                self.expect_word("of")?;
                Node::InstanceOf {
                    value: Box::new(left),
                    of: self.type_name()?,
                }
            }
        };
        self.make(node, at)
    }

    /// Reads `a or b or c` flat, so that a long list of conditions is no deep tree.
    fn chain(&mut self, first: Ast, word: &str, operand: u8) -> Result<Vec<Ast>, FeelError> {
        let mut parts = vec![first];
        while self.eat_word(word) {
            parts.push(self.binary(operand)?);
        }
        Ok(parts)
    }

    fn prefix(&mut self) -> Result<Ast, FeelError> {
        let at = self.at();
        if self.eat("-") {
            let operand = self.nested(Self::prefix_operand)?;
            return self.make(Node::Negate(Box::new(operand)), at);
        }
        self.postfix()
    }

    /// The operand of a sign: `-x instance of number` asks about `x`, `-2 ** 2` is `(-2) ** 2`.
    fn prefix_operand(&mut self) -> Result<Ast, FeelError> {
        self.prefix()
    }

    /// Reads one test of a cell: `< 5`, `[1..3]`, `"a"`, or a condition about `?`.
    fn test(&mut self) -> Result<Test, FeelError> {
        if let Kind::Sign(sign) = self.kind()
            && let Some(op) = compare_op(sign)
        {
            self.advance();
            return Ok(Test::Compare(op, self.binary(ADDITIVE)?));
        }
        self.expression().map(Test::Value)
    }

    /// Reads what follows `in`: one test, or several in parentheses.
    fn tests_after_in(&mut self) -> Result<Vec<Test>, FeelError> {
        if !self.is_sign("(") {
            if let Kind::Sign(sign) = self.kind()
                && compare_op(sign).is_some()
            {
                return Ok(vec![self.test()?]);
            }
            return Ok(vec![Test::Value(self.binary(ADDITIVE)?)]);
        }
        let mark = self.position;
        self.advance();
        let first = self.test()?;
        if self.is_sign("..") {
            self.position = mark;
            return Ok(vec![Test::Value(self.binary(ADDITIVE)?)]);
        }
        let mut tests = vec![first];
        while self.eat(",") {
            tests.push(self.test()?);
        }
        self.expect(")")?;
        Ok(tests)
    }

    /// Reads `not(a, b)` as a whole cell; `None` if it is the start of a longer expression.
    fn negated_tests(&mut self) -> Result<Option<Vec<Test>>, FeelError> {
        self.position += 2;
        let mut tests = vec![self.test()?];
        while self.eat(",") {
            tests.push(self.test()?);
        }
        if self.eat(")") && matches!(self.kind(), Kind::End) {
            return Ok(Some(tests));
        }
        Ok(None)
    }
}

fn too_deep(at: Position) -> FeelError {
    FeelError::new(
        at,
        "表达式嵌套太深，请拆成几个",
        "the expression nests too deep; split it",
    )
}

fn compare_op(sign: &str) -> Option<CompareOp> {
    Some(match sign {
        "=" => CompareOp::Eq,
        "!=" => CompareOp::Ne,
        "<" => CompareOp::Lt,
        "<=" => CompareOp::Le,
        ">" => CompareOp::Gt,
        ">=" => CompareOp::Ge,
        _ => return None,
    })
}
