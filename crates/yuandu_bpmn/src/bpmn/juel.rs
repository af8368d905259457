//! Translates the expressions of other makers' models (`${..}`, JUEL) to FEEL, where both surely mean the same.
//!
//! Literals, variables, paths, comparison, arithmetic, logic and choice translate. Calls of methods, beans, `empty`,
//! indexes and assignments do not, and are refused by name: see the decision record on foreign expressions.

use std::fmt::Write as _;

/// How deep parentheses may nest.
const MAX_DEPTH: usize = 50;

/// A text that is one expression or has expressions in it.
pub(super) fn is_foreign(text: &str) -> bool {
    text.contains("${") || text.contains("#{")
}

/// The FEEL of a text with `${..}` or `#{..}`: one expression alone keeps its type, a mixture is joined to a text.
///
/// # Errors
/// What does not translate, named.
pub(super) fn to_feel(text: &str) -> Result<String, String> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while let Some(at) = rest.find("${").or_else(|| rest.find("#{")) {
        let (before, after) = rest.split_at(at);
        if !before.is_empty() {
            parts.push(quoted(before));
        }
        let inside = after.get(2..).unwrap_or_default();
        let Some((expression, tail)) = inside.split_once('}') else {
            return Err("`}` is missing".to_owned());
        };
        parts.push(expression_to_feel(expression)?);
        rest = tail;
    }
    if !rest.is_empty() {
        parts.push(quoted(rest));
    }
    match parts.as_slice() {
        [one] => Ok(one.clone()),
        several => Ok(several
            .iter()
            .map(|p| match p.starts_with('"') {
                true => p.clone(),
                false => format!("string({p})"),
            })
            .collect::<Vec<_>>()
            .join(" + ")),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

fn expression_to_feel(text: &str) -> Result<String, String> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
    };
    let feel = parser.choice()?;
    match parser.peek() {
        None => Ok(feel),
        Some(other) => Err(format!("`{}`", other.shown())),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Number(String),
    Text(String),
    Sign(&'static str),
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Self::Name(text) | Self::Number(text) => text.clone(),
            Self::Text(text) => quoted(text),
            Self::Sign(sign) => (*sign).to_owned(),
        }
    }
}

const SIGNS: [&str; 23] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "?", ":",
    ".", "[", "]", ",", "=",
];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, tail) = if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            let (name, tail) = rest.split_at(end.unwrap_or(rest.len()));
            (Token::Name(name.to_owned()), tail)
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
            let (number, tail) = rest.split_at(end.unwrap_or(rest.len()));
            (Token::Number(number.to_owned()), tail)
        } else if first == '\'' || first == '"' {
            let inside = rest.get(1..).unwrap_or_default();
            let (literal, tail) = inside
                .split_once(first)
                .ok_or_else(|| "a text that is not closed".to_owned())?;
            (Token::Text(literal.to_owned()), tail)
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            let sign = sign.ok_or_else(|| format!("`{first}`"))?;
            (
                Token::Sign(sign),
                rest.get(sign.len()..).unwrap_or_default(),
            )
        };
        found.push(token);
        rest = tail.trim_start();
    }
    Ok(found)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    /// Takes the next token if it is one of these signs or their words.
    fn take(&mut self, wanted: &[(&str, &'static str)]) -> Option<&'static str> {
        let token = self.peek()?;
        let found = wanted.iter().find(|(mark, _)| match token {
            Token::Sign(sign) => sign == mark,
            Token::Name(name) => name == mark,
            _ => false,
        });
        let feel = found.map(|(_, feel)| *feel);
        if feel.is_some() {
            self.at += 1;
        }
        feel
    }

    fn choice(&mut self) -> Result<String, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("too many parentheses".to_owned());
        }
        let condition = self.level(0)?;
        let result = if self.take(&[("?", "?")]).is_some() {
            let yes = self.choice()?;
            if self.take(&[(":", ":")]).is_none() {
                return Err("`?` without `:`".to_owned());
            }
            let no = self.choice()?;
            format!("(if {condition} then {yes} else {no})")
        } else {
            condition
        };
        self.depth -= 1;
        Ok(result)
    }

    /// Binary operators by how tightly they bind: or, and, comparison, sum, product.
    fn level(&mut self, level: usize) -> Result<String, String> {
        const LEVELS: [&[(&str, &str)]; 5] = [
            &[("||", "or"), ("or", "or")],
            &[("&&", "and"), ("and", "and")],
            &[
                ("==", "="),
                ("eq", "="),
                ("!=", "!="),
                ("ne", "!="),
                ("<=", "<="),
                ("le", "<="),
                (">=", ">="),
                ("ge", ">="),
                ("<", "<"),
                ("lt", "<"),
                (">", ">"),
                ("gt", ">"),
            ],
            &[("+", "+"), ("-", "-")],
            &[("*", "*"), ("/", "/"), ("div", "/")],
        ];
        let Some(signs) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.level(level + 1)?;
        while let Some(sign) = self.take(signs) {
            let right = self.level(level + 1)?;
            left = format!("({left} {sign} {right})");
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<String, String> {
        let mut marks = Vec::new();
        while let Some(mark) = self.take(&[("!", "not("), ("not", "not("), ("-", "(-")]) {
            marks.push(mark);
        }
        let mut feel = self.operand()?;
        for mark in marks.iter().rev() {
            feel = format!("{mark}{feel})");
        }
        Ok(feel)
    }

    fn operand(&mut self) -> Result<String, String> {
        let token = self.peek().cloned();
        self.at += 1;
        match token {
            Some(Token::Text(text)) => Ok(quoted(&text)),
            Some(Token::Number(number)) => Ok(number),
            Some(Token::Sign("(")) => {
                let inside = self.choice()?;
                match self.take(&[(")", ")")]) {
                    Some(_) => Ok(inside),
                    None => Err("`)` is missing".to_owned()),
                }
            }
            Some(Token::Name(name)) => self.path(name),
            Some(other) => Err(format!("`{}`", other.shown())),
            None => Err("an expression that breaks off".to_owned()),
        }
    }

    fn path(&mut self, name: String) -> Result<String, String> {
        match name.as_str() {
            "true" | "false" | "null" => return Ok(name),
            "empty" | "instanceof" | "mod" => return Err(format!("`{name}`")),
            "execution" | "task" => return self.variable_of(&name),
            _ => {}
        }
        let mut path = name;
        loop {
            if self.take(&[(".", ".")]).is_some() {
                match self.peek().cloned() {
                    Some(Token::Name(part)) => {
                        self.at += 1;
                        let _ = write!(path, ".{part}");
                    }
                    _ => return Err(format!("`{path}.`")),
                }
            } else if self.peek() == Some(&Token::Sign("(")) {
                return Err(format!("a call of the method `{path}()`"));
            } else if self.peek() == Some(&Token::Sign("[")) {
                return Err(format!("an index of `{path}`"));
            } else if self.peek() == Some(&Token::Sign(":")) && self.is_function() {
                return Err(format!("a call of the function `{path}:`"));
            } else {
                return Ok(path);
            }
        }
    }

    /// Whether a colon is that of a function's prefix: name, parenthesis.
    fn is_function(&self) -> bool {
        let name = self.tokens.get(self.at + 1);
        let parenthesis = self.tokens.get(self.at + 2);
        matches!(name, Some(Token::Name(_))) && parenthesis == Some(&Token::Sign("("))
    }

    /// `execution.getVariable('x')` is the variable `x`; nothing else of the engine's objects translates.
    fn variable_of(&mut self, object: &str) -> Result<String, String> {
        let rest = self.tokens.get(self.at..self.at + 5);
        if let Some(
            [
                Token::Sign("."),
                Token::Name(method),
                Token::Sign("("),
                Token::Text(variable),
                Token::Sign(")"),
            ],
        ) = rest
            && method == "getVariable"
            && variable.chars().all(|c| c.is_alphanumeric() || c == '_')
        {
            let variable = variable.clone();
            self.at += 5;
            return Ok(variable);
        }
        Err(format!("the object `{object}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::to_feel;

    #[test]
    fn what_means_the_same_in_both_languages_translates() {
        for (juel, feel) in [
            ("${input == 1}", "(input = 1)"),
            ("${!creditApproved}", "not(creditApproved)"),
            (
                "${order.price <= 250 && gold}",
                "((order.price <= 250) and gold)",
            ),
            (
                "${gender == 'male' ? 'Mr.' : 'Mrs.'}",
                "(if (gender = \"male\") then \"Mr.\" else \"Mrs.\")",
            ),
            ("Hello ${name}!", "\"Hello \" + string(name) + \"!\""),
            ("${execution.getVariable('skip')}", "skip"),
            ("#{a ne null or b lt -2}", "((a != null) or (b < (-2)))"),
        ] {
            assert_eq!(to_feel(juel).as_deref(), Ok(feel), "{juel}");
        }
    }

    #[test]
    fn what_does_not_is_named() {
        for (juel, named) in [
            ("${bean.work('a')}", "bean.work()"),
            ("${execution.setVariable('a', 1)}", "execution"),
            ("${empty list}", "empty"),
            ("${list[0]}", "index"),
            ("${vars:get(x)}", "vars:"),
            ("${a = 1}", "="),
            ("${a", "}"),
        ] {
            let error = to_feel(juel).unwrap_err();
            assert!(error.contains(named), "{juel}: {error}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = format!("${{{}1{}}}", "(".repeat(5000), ")".repeat(5000));
        assert!(to_feel(&text).is_err());
        let text = format!("${{{}a}}", "!".repeat(5000));
        assert!(to_feel(&text).is_ok(), "signs in a row need no stack");
    }
}
