//! Reads the names of types.

use crate::ast::Type;
use crate::error::FeelError;
use crate::lexer::Kind;

use super::Parser;

impl Parser<'_> {
    /// Reads a type such as `number`, `list<string>`, `function<number> -> string`.
    pub(super) fn type_name(&mut self) -> Result<Type, FeelError> {
        self.nested(Self::type_body)
    }

    fn type_body(&mut self) -> Result<Type, FeelError> {
        let name = if self.is_word("function") || self.is_word("null") {
            let function = self.is_word("function");
            self.advance();
            if function {
                "function".to_owned()
            } else {
                "Null".to_owned()
            }
        } else {
            self.type_word()?
        };
        match (name.as_str(), self.is_sign("<")) {
            ("list", true) => self.generic().map(Type::List),
            ("range", true) => self.generic().map(Type::Range),
            ("context", true) => self.context_type(),
            ("function", true) => self.function_type(),
            (name, _) => {
                let mut full = name.to_owned();
                while self.eat(".") {
                    full.push('.');
                    full.push_str(&self.name()?);
                }
                Ok(match Type::from_name(&full) {
                    Type::Named(name) => Type::Named(format!("{}{name}", self.type_prefix)),
                    of => of,
                })
            }
        }
    }

    /// The name of a type. One of FEEL's own ends there: in `function(a): number a` the body follows.
    fn type_word(&mut self) -> Result<String, FeelError> {
        if let Kind::Word(word) = self.kind()
            && !matches!(Type::from_name(word), Type::Named(_))
        {
            let word = word.clone();
            self.advance();
            return Ok(word);
        }
        self.name()
    }

    fn generic(&mut self) -> Result<Box<Type>, FeelError> {
        self.expect("<")?;
        let of = self.type_name()?;
        self.close_generic()?;
        Ok(Box::new(of))
    }

    /// Closes one `<`. In `list<list<number>>=x` the lexer may have joined signs; only `>` closes.
    fn close_generic(&mut self) -> Result<(), FeelError> {
        self.expect(">")
    }

    fn context_type(&mut self) -> Result<Type, FeelError> {
        self.expect("<")?;
        let mut entries = Vec::new();
        while !self.is_sign(">") {
            let name = self.name()?;
            self.expect(":")?;
            entries.push((name, self.type_name()?));
            if !self.eat(",") {
                break;
            }
        }
        self.close_generic()?;
        Ok(Type::Context(entries))
    }

    fn function_type(&mut self) -> Result<Type, FeelError> {
        self.expect("<")?;
        let mut params = Vec::new();
        while !self.is_sign(">") {
            params.push(self.type_name()?);
            if !self.eat(",") {
                break;
            }
        }
        self.close_generic()?;
        self.expect("->")?;
        let result = Box::new(self.type_name()?);
        Ok(Type::Function(Some((params, result))))
    }

    /// Reads a name: words and numbers up to a keyword or sign, joined by one blank each.
    pub(super) fn name(&mut self) -> Result<String, FeelError> {
        let first = match self.kind() {
            Kind::Known(name) => {
                let name = name.clone();
                self.advance();
                return Ok(name);
            }
            Kind::Word(word) if !super::is_keyword(word) => word.clone(),
            _ => return Err(self.expected_name()),
        };
        self.advance();
        Ok(self.joined(first))
    }

    /// Joins the words that follow a name's first word.
    pub(super) fn joined(&mut self, mut name: String) -> String {
        loop {
            match self.kind() {
                Kind::Word(word) if !super::is_keyword(word) && word != "?" => {
                    name.push(' ');
                    name.push_str(word);
                }
                Kind::Number(digits) => {
                    name.push(' ');
                    name.push_str(digits);
                }
                _ => return name,
            }
            self.advance();
        }
    }

    fn expected_name(&self) -> FeelError {
        let found = self.found();
        self.error_here(
            &format!("这里应为名称，实际是 {}", found.0),
            &format!("expected a name but found {}", found.1),
        )
    }
}
