//! Filters of SCIM (RFC 7644, 3.4.2.2): read once, with limits on length and depth, then asked of any resource.

use serde_json::Value;

/// Longest filter.
const LONGEST: usize = 2000;
/// Deepest nesting of brackets and `not`.
const DEEPEST: usize = 20;

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    /// `attribute op value`
    Compare(String, Op, Value),
    /// `attribute pr`
    Present(String),
    /// `a and b`
    And(Box<Self>, Box<Self>),
    /// `a or b`
    Or(Box<Self>, Box<Self>),
    /// `not (a)`
    Not(Box<Self>),
    /// `attribute[filter]`
    Has(String, Box<Self>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Op {
    fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "co" => Self::Co,
            "sw" => Self::Sw,
            "ew" => Self::Ew,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            _ => return None,
        })
    }
}

impl Filter {
    /// Reads a filter; `None` if it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let tokens = tokens(text)?;
        let mut reader = Reader {
            tokens: &tokens,
            at: 0,
        };
        let filter = reader.either(0)?;
        (reader.at == tokens.len()).then_some(filter)
    }

    /// The value of `attribute eq "value"`, if the filter is that alone: such are answered from an index.
    pub(super) fn only_eq(&self, attribute: &str) -> Option<&str> {
        match self {
            Self::Compare(name, Op::Eq, Value::String(value)) if same_name(name, attribute) => {
                Some(value)
            }
            _ => None,
        }
    }

    /// Whether a resource passes.
    pub(super) fn matches(&self, resource: &Value) -> bool {
        match self {
            Self::And(left, right) => left.matches(resource) && right.matches(resource),
            Self::Or(left, right) => left.matches(resource) || right.matches(resource),
            Self::Not(inner) => !inner.matches(resource),
            Self::Present(path) => values(resource, path).iter().any(|value| !is_empty(value)),
            Self::Has(path, inner) => values(resource, path)
                .iter()
                .any(|value| inner.matches(value)),
            Self::Compare(path, op, wanted) => {
                let found = values(resource, path);
                if *op == Op::Ne {
                    return !found.iter().any(|value| compare(value, Op::Eq, wanted));
                }
                found.iter().any(|value| compare(value, *op, wanted))
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Literal(Value),
    Open,
    Close,
    OpenList,
    CloseList,
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let single = match first {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            '[' => Some(Token::OpenList),
            ']' => Some(Token::CloseList),
            _ => None,
        };
        let (token, used) = match single {
            Some(token) => (token, 1),
            None if first == '"' => literal(rest)?,
            None => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']'))
                    .unwrap_or(rest.len());
                let word = rest.get(..end)?;
                let token = match serde_json::from_str::<Value>(word) {
                    Ok(value) => Token::Literal(value),
                    Err(_) => Token::Word(word.to_owned()),
                };
                (token, end)
            }
        };
        tokens.push(token);
        rest = rest.get(used..)?.trim_start();
    }
    Some(tokens)
}

/// A JSON text at the beginning, and how long it is.
fn literal(rest: &str) -> Option<(Token, usize)> {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let value = serde_json::from_str(rest.get(..=at)?).ok()?;
                return Some((Token::Literal(value), at + 1));
            }
            _ => {}
        }
    }
    None
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<&Token> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word));
        if found {
            self.at += 1;
        }
        found
    }

    fn either(&mut self, depth: usize) -> Option<Filter> {
        let mut filter = self.both(depth)?;
        while self.takes("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.both(depth)?));
        }
        Some(filter)
    }

    fn both(&mut self, depth: usize) -> Option<Filter> {
        let mut filter = self.one(depth)?;
        while self.takes("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.one(depth)?));
        }
        Some(filter)
    }

    fn one(&mut self, depth: usize) -> Option<Filter> {
        if depth > DEEPEST {
            return None;
        }
        if self.takes("not") {
            return Some(Filter::Not(Box::new(self.bracketed(depth)?)));
        }
        if self.tokens.get(self.at) == Some(&Token::Open) {
            return self.bracketed(depth);
        }
        let Some(Token::Word(path)) = self.next() else {
            return None;
        };
        let path = path.clone();
        if self.takes("pr") {
            return Some(Filter::Present(path));
        }
        if self.tokens.get(self.at) == Some(&Token::OpenList) {
            self.at += 1;
            let inner = self.either(depth + 1)?;
            return (self.next() == Some(&Token::CloseList))
                .then(|| Filter::Has(path, Box::new(inner)));
        }
        let Some(Token::Word(op)) = self.next() else {
            return None;
        };
        let op = Op::parse(op)?;
        match self.next() {
            Some(Token::Literal(value)) => Some(Filter::Compare(path, op, value.clone())),
            _ => None,
        }
    }

    fn bracketed(&mut self, depth: usize) -> Option<Filter> {
        if self.next() != Some(&Token::Open) {
            return None;
        }
        let filter = self.either(depth + 1)?;
        (self.next() == Some(&Token::Close)).then_some(filter)
    }
}

/// Values at a path such as `name.formatted`; lists are looked through. A schema before the name is allowed.
fn values<'a>(resource: &'a Value, path: &str) -> Vec<&'a Value> {
    let path = match path.strip_prefix("urn:") {
        Some(_) => path.rsplit(':').next().unwrap_or(path),
        None => path,
    };
    let mut found = vec![resource];
    for name in path.split('.') {
        found = found
            .into_iter()
            .flat_map(|value| match value {
                Value::Array(items) => items.iter().collect(),
                one => vec![one],
            })
            .filter_map(|value| {
                let members = value.as_object()?;
                let member = members.iter().find(|(known, _)| same_name(known, name));
                member.map(|(_, value)| value)
            })
            .collect();
    }
    found
        .into_iter()
        .flat_map(|value| match value {
            Value::Array(items) => items.iter().collect(),
            one => vec![one],
        })
        .collect()
}

fn same_name(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn compare(found: &Value, op: Op, wanted: &Value) -> bool {
    // A list of objects is compared by the `value` of each (RFC 7644, 3.4.2.2).
    let found = match found {
        Value::Object(members) => members.get("value").unwrap_or(found),
        other => other,
    };
    match (found, wanted) {
        (Value::String(found), Value::String(wanted)) => {
            let (found, wanted) = (found.to_lowercase(), wanted.to_lowercase());
            match op {
                Op::Eq => found == wanted,
                Op::Ne => found != wanted,
                Op::Co => found.contains(&wanted),
                Op::Sw => found.starts_with(&wanted),
                Op::Ew => found.ends_with(&wanted),
                Op::Gt => found > wanted,
                Op::Ge => found >= wanted,
                Op::Lt => found < wanted,
                Op::Le => found <= wanted,
            }
        }
        (found, wanted) => op == Op::Eq && found == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn user() -> Value {
        json!({ "userName": "bjensen", "active": true, "name": { "formatted": "Barbara Jensen" },
            "phoneNumbers": [{ "type": "work", "value": "0536-1" }, { "type": "home", "value": "2" }] })
    }

    fn passes(text: &str) -> bool {
        Filter::parse(text)
            .unwrap_or_else(|| panic!("{text}"))
            .matches(&user())
    }

    #[test]
    fn the_filters_of_the_standard_mean_what_it_says() {
        for text in [
            r#"userName eq "bjensen""#,
            r#"USERNAME EQ "BJENSEN""#,
            r#"name.formatted co "jen""#,
            r#"userName sw "b" and active eq true"#,
            r#"userName eq "x" or userName ew "sen""#,
            r#"not (userName eq "x")"#,
            r#"phoneNumbers[type eq "work" and value sw "0536"]"#,
            r#"phoneNumbers.type eq "home""#,
            r#"phoneNumbers eq "2""#,
            "name.formatted pr",
            "not (emails pr)",
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "bjensen""#,
            r#"userName eq "x" or userName eq "bjensen" and active eq true"#,
            r#"userName ge "b" and userName lt "c""#,
            r#"title ne "x""#,
        ] {
            assert!(passes(text), "{text}");
        }
        for text in [
            r#"userName eq "x""#,
            r#"phoneNumbers[type eq "work" and value eq "2"]"#,
            "active eq false",
            "emails pr",
        ] {
            assert!(!passes(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        let deep = format!("{}a pr{}", "(".repeat(50), ")".repeat(50));
        for text in [
            "",
            "userName",
            "userName eq",
            "userName eq bjensen",
            "eq \"x\"",
            "(a pr",
            "a pr)",
            "a pr b pr",
            "a zz \"x\"",
            "a eq \"x",
            "a[b pr",
            &deep,
        ] {
            assert!(Filter::parse(text).is_none(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_fail(text in ".{0,200}") {
            if let Some(filter) = Filter::parse(&text) {
                let _ = filter.matches(&user());
            }
        }

        #[test]
        fn no_sequence_of_words_makes_the_reader_fail(words in proptest::collection::vec(proptest::sample::select(vec!["(", ")", "[", "]", "not", "and", "or", "a", "eq", "\"x\"", "pr", "true"]), 0..60)) {
            let _ = Filter::parse(&words.join(" "));
        }
    }
}
