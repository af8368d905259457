//! Reads what stands between operators: literals, names, calls, paths, filters, and the expressions that begin with a word.

use std::sync::Arc;

use crate::ast::{Arguments, Ast, Iteration, Node, RangeAst, Test};
use crate::error::{FeelError, Position};
use crate::lexer::{Kind, Lexer, needs_knowing};
use crate::temporal::parse_temporal;
use crate::value::Value;

use super::{ADDITIVE, Parser, compare_op};

impl Parser<'_> {
    /// Reads a primary and the paths, filters and calls that follow it.
    pub(super) fn postfix(&mut self) -> Result<Ast, FeelError> {
        let mut ast = self.primary()?;
        loop {
            let at = ast.at;
            let node = match self.kind() {
                Kind::Sign(".") => {
                    self.advance();
                    let name = self.path_name()?;
                    Node::Path {
                        of: Box::new(ast),
                        name,
                    }
                }
                Kind::Sign("[") if self.filter_follows() => {
                    self.advance();
                    let by = Box::new(self.expression()?);
                    self.expect("]")?;
                    Node::Filter {
                        list: Box::new(ast),
                        by,
                    }
                }
                Kind::Sign("(") => {
                    self.advance();
                    self.call(ast)?
                }
                _ => return Ok(ast),
            };
            ast = self.make(node, at)?;
        }
    }

    /// `[` after an operand opens a filter, unless it closes a range: `]1..3[` then something that begins no expression.
    fn filter_follows(&self) -> bool {
        match self.kind_after(1) {
            Kind::End => false,
            Kind::Sign(sign) => {
                matches!(*sign, "(" | "[" | "{" | "-" | "]")
                    || compare_op(sign).is_some_and(|_| false)
            }
            Kind::Word(word) => !matches!(
                word.as_str(),
                "and"
                    | "or"
                    | "then"
                    | "else"
                    | "return"
                    | "satisfies"
                    | "in"
                    | "between"
                    | "instance"
            ),
            _ => true,
        }
    }

    /// A name after a point; a keyword may be the name of an entry.
    fn path_name(&mut self) -> Result<String, FeelError> {
        if let Kind::Word(word) = self.kind()
            && super::is_keyword(word)
        {
            let word = word.clone();
            self.advance();
            return Ok(word);
        }
        self.name()
    }

    fn call(&mut self, function: Ast) -> Result<Node, FeelError> {
        let arguments = self.arguments()?;
        self.expect(")")?;
        if let (Node::Name(name), Arguments::Positional(values)) = (&function.node, &arguments)
            && name == "not"
            && let [value] = values.as_slice()
        {
            return Ok(Node::Not(Box::new(value.clone())));
        }
        Ok(Node::Call {
            function: Box::new(function),
            arguments,
        })
    }

    fn arguments(&mut self) -> Result<Arguments, FeelError> {
        if self.is_sign(")") {
            return Ok(Arguments::Positional(Vec::new()));
        }
        if self.named_argument_follows() {
            let mut values = Vec::new();
            loop {
                let name = self.name()?;
                self.expect(":")?;
                values.push((name, self.expression()?));
                if !self.eat(",") {
                    return Ok(Arguments::Named(values));
                }
            }
        }
        let mut values = vec![self.argument()?];
        while self.eat(",") {
            values.push(self.argument()?);
        }
        Ok(Arguments::Positional(values))
    }

    /// An argument; `f(< 5)` passes the range below 5.
    fn argument(&mut self) -> Result<Ast, FeelError> {
        self.expression()
    }

    fn named_argument_follows(&self) -> bool {
        let mut ahead = 0;
        while matches!(
            self.kind_after(ahead),
            Kind::Word(_) | Kind::Known(_) | Kind::Number(_)
        ) {
            ahead += 1;
        }
        ahead > 0 && matches!(self.kind_after(ahead), Kind::Sign(":"))
    }

    fn primary(&mut self) -> Result<Ast, FeelError> {
        let at = self.at();
        let node = match self.kind().clone() {
            Kind::Number(text) => {
                self.advance();
                let number = text.parse().map_err(|()| {
                    FeelError::new(
                        at,
                        format!("数字 `{text}` 超出范围"),
                        format!("the number `{text}` is out of range"),
                    )
                })?;
                Node::Literal(Value::Number(number))
            }
            Kind::Text(text) => {
                self.advance();
                Node::Literal(Value::Text(text))
            }
            Kind::At(text) => {
                self.advance();
                Node::Literal(at_literal(&text, at)?)
            }
            Kind::Known(name) => {
                self.advance();
                Node::Name(name)
            }
            Kind::Word(word) => return self.word(&word, at),
            Kind::Sign("(") => return self.parenthesis(at),
            Kind::Sign("[") => return self.bracket(at),
            Kind::Sign("]") => {
                self.advance();
                let low = self.binary(ADDITIVE)?;
                return self.range_end(low, false, at);
            }
            Kind::Sign("{") => {
                self.advance();
                self.context()?
            }
            _ => {
                let found = self.found();
                return Err(self.error_here(
                    &format!("这里应为一个值，实际是 {}", found.0),
                    &format!("expected a value but found {}", found.1),
                ));
            }
        };
        self.make(node, at)
    }

    fn word(&mut self, word: &str, at: Position) -> Result<Ast, FeelError> {
        let node = match word {
            "null" => self.literal(Value::Null),
            "true" => self.literal(Value::Bool(true)),
            "false" => self.literal(Value::Bool(false)),
            "if" => self.if_expression()?,
            "for" => {
                self.advance();
                let over = self.iterations()?;
                self.expect_word("return")?;
                Node::For {
                    over,
                    body: Box::new(self.expression()?),
                }
            }
            "some" | "every" => {
                self.advance();
                let over = self.iterations()?;
                self.expect_word("satisfies")?;
                let condition = Box::new(self.expression()?);
                Node::Quantified {
                    every: word == "every",
                    over,
                    condition,
                }
            }
            "function" => self.function()?,
            "?" => {
                self.advance();
                Node::Name("?".to_owned())
            }
            _ => Node::Name(self.name()?),
        };
        self.make(node, at)
    }

    fn literal(&mut self, value: Value) -> Node {
        self.advance();
        Node::Literal(value)
    }

    fn if_expression(&mut self) -> Result<Node, FeelError> {
        self.advance();
        let condition = Box::new(self.expression()?);
        self.expect_word("then")?;
        let then = Box::new(self.expression()?);
        self.expect_word("else")?;
        let otherwise = Box::new(self.expression()?);
        Ok(Node::If {
            condition,
            then,
            otherwise,
        })
    }

    fn iterations(&mut self) -> Result<Vec<Iteration>, FeelError> {
        let mut over = Vec::new();
        loop {
            let name = self.name()?;
            self.learn(&name)?;
            self.expect_word("in")?;
            let from = self.expression()?;
            let to = if self.eat("..") {
                Some(self.expression()?)
            } else {
                None
            };
            over.push(Iteration { name, from, to });
            if !self.eat(",") {
                return Ok(over);
            }
        }
    }

    fn function(&mut self) -> Result<Node, FeelError> {
        self.advance();
        self.expect("(")?;
        let mut params = Vec::new();
        while !self.is_sign(")") {
            let name = self.name()?;
            let declared = if self.eat(":") {
                Some(self.type_name()?)
            } else {
                None
            };
            params.push((name.into(), declared));
            if !self.eat(",") {
                break;
            }
        }
        self.expect(")")?;
        if self.is_word("external") {
            return Err(self.error_here(
                "不支持外部函数 `external`，请改写为 FEEL 表达式",
                "`external` functions are not supported; write the body in FEEL",
            ));
        }
        let result = if self.eat(":") {
            Some(self.type_name()?)
        } else {
            None
        };
        let body = Arc::new(self.expression()?);
        Ok(Node::Function {
            params,
            result,
            body,
        })
    }

    fn parenthesis(&mut self, at: Position) -> Result<Ast, FeelError> {
        self.advance();
        if let Kind::Sign(sign) = self.kind()
            && compare_op(sign).is_some()
        {
            let test = self.test()?;
            self.expect(")")?;
            let node = self.half_range(test)?;
            return self.make(node, at);
        }
        let inner = self.expression()?;
        if self.is_sign("..") {
            return self.range_end(inner, false, at);
        }
        self.expect(")")?;
        Ok(inner)
    }

    /// `(> 5)` is the range above 5.
    fn half_range(&self, test: Test) -> Result<Node, FeelError> {
        use crate::ast::CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};
        let Test::Compare(op, end) = test else {
            return Err(self.expected(")"));
        };
        let (low, low_closed, high, high_closed) = match op {
            Gt => (Some(end), false, None, false),
            Ge => (Some(end), true, None, false),
            Lt => (None, false, Some(end), false),
            Le => (None, false, Some(end), true),
            Eq => (Some(end.clone()), true, Some(end), true),
            Ne => return Err(self.expected("=")),
        };
        Ok(Node::Range(Box::new(RangeAst {
            low,
            low_closed,
            high,
            high_closed,
        })))
    }

    fn bracket(&mut self, at: Position) -> Result<Ast, FeelError> {
        self.advance();
        if self.eat("]") {
            return self.make(Node::List(Vec::new()), at);
        }
        let first = self.expression()?;
        if self.is_sign("..") {
            return self.range_end(first, true, at);
        }
        let mut items = vec![first];
        while self.eat(",") {
            items.push(self.expression()?);
        }
        self.expect("]")?;
        self.make(Node::List(items), at)
    }

    fn range_end(&mut self, low: Ast, low_closed: bool, at: Position) -> Result<Ast, FeelError> {
        self.expect("..")?;
        let high = self.binary(ADDITIVE)?;
        let high_closed = if self.eat("]") {
            true
        } else if self.eat(")") || self.eat("[") {
            false
        } else {
            return Err(self.expected("]"));
        };
        let range = RangeAst {
            low: Some(low),
            low_closed,
            high: Some(high),
            high_closed,
        };
        self.make(Node::Range(Box::new(range)), at)
    }

    /// A range of which one end may be missing.
    pub(super) fn open_range(&mut self) -> Result<Ast, FeelError> {
        let at = self.at();
        let low_closed = self.eat("[");
        if !low_closed && !self.eat("(") && !self.eat("]") {
            return Err(self.expected("["));
        }
        let low = if self.is_sign("..") {
            None
        } else {
            Some(self.binary(ADDITIVE)?)
        };
        if low.is_some() && matches!(self.kind_after(1), Kind::Sign("]" | ")" | "[")) {
            self.expect("..")?;
            if self.eat("]") {
                return Err(self.expected(")"));
            }
            self.advance();
            let range = RangeAst {
                low,
                low_closed,
                high: None,
                high_closed: false,
            };
            return self.make(Node::Range(Box::new(range)), at);
        }
        match low {
            Some(low) => self.range_end(low, low_closed, at),
            None if low_closed => Err(self.expected("(")),
            None => {
                let mut ast =
                    self.range_end(Ast::new(Node::Literal(Value::Null), at), false, at)?;
                if let Node::Range(range) = &mut ast.node {
                    range.low = None;
                }
                Ok(ast)
            }
        }
    }

    fn context(&mut self) -> Result<Node, FeelError> {
        let mut entries: Vec<(Arc<str>, Ast)> = Vec::new();
        while !self.is_sign("}") {
            let at = self.at();
            let key = self.key()?;
            if entries.iter().any(|(name, _)| **name == *key) {
                return Err(FeelError::new(
                    at,
                    format!("条目 `{key}` 重复，请改名"),
                    format!("the entry `{key}` is there twice; rename one"),
                ));
            }
            self.expect(":")?;
            self.learn(&key)?;
            let value = self.expression()?;
            entries.push((key.into(), value));
            if !self.eat(",") {
                break;
            }
        }
        self.expect("}")?;
        Ok(Node::Context(entries))
    }

    /// Reads a key up to its colon: a quoted text, or a name that may hold signs.
    fn key(&mut self) -> Result<String, FeelError> {
        if let Kind::Text(text) = self.kind() {
            let text = text.clone();
            self.advance();
            return Ok(text);
        }
        let from = self.token().map_or(0, |token| token.start);
        let mut to = from;
        while !self.is_sign(":") {
            match self.kind() {
                Kind::Word(_) | Kind::Known(_) | Kind::Number(_) => {}
                Kind::Sign(sign) if matches!(*sign, "." | "/" | "-" | "+" | "*" | "**") => {}
                _ => return Err(self.expected(":")),
            }
            to = self.token().map_or(to, |token| token.end);
            self.advance();
        }
        let words: Vec<&str> = self
            .source
            .get(from..to)
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        if words.is_empty() {
            return Err(self.expected("}"));
        }
        Ok(words.join(" "))
    }

    /// Makes a name known that later text may use, and cuts the rest of the source anew if that can matter.
    fn learn(&mut self, name: &str) -> Result<(), FeelError> {
        if !needs_knowing(name) || self.names.iter().any(|known| known == name) {
            return Ok(());
        }
        self.names.push(name.to_owned());
        let Some((start, at)) = self.token().map(|token| (token.start, token.at)) else {
            return Ok(());
        };
        self.tokens.truncate(self.position);
        let rest = Lexer::new(self.source, &self.names, start, at).tokens()?;
        self.tokens.extend(rest);
        Ok(())
    }
}

fn at_literal(text: &str, at: Position) -> Result<Value, FeelError> {
    parse_temporal(text).ok_or_else(|| {
        FeelError::new(
            at,
            format!("`@\"{text}\"` 不是日期、时间或时长，请写如 `@\"2026-11-23\"`"),
            format!(
                "`@\"{text}\"` is no date, time or duration; write for example `@\"2026-11-23\"`"
            ),
        )
    })
}
