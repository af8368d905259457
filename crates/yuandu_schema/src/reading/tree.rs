//! The owned tree of a TOML file: values with the line they stand on.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use yuandu_base::reasons::in_chinese;

use super::Located;

/// Keys of a table with their values.
pub(super) type Entries = BTreeMap<String, Spot>;

/// A value and its line. For a table the line is that of its header or opening brace.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) line: usize,
    pub(super) node: Node,
}

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Date(String),
    List(Vec<Spot>),
    Table(Entries),
}

impl Node {
    pub(super) fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) | Self::Date(text) => text.clone().into(),
            Self::Integer(number) => (*number).into(),
            Self::Float(number) => (*number).into(),
            Self::Bool(flag) => (*flag).into(),
            Self::List(items) => items.iter().map(|item| item.node.json()).collect(),
            Self::Table(entries) => entries
                .iter()
                .map(|(key, spot)| (key.clone(), spot.node.json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

/// Parses a file; syntax errors become problems, and what could be understood is kept.
pub(super) fn parse(file: &str, text: &str) -> (Spot, Vec<Located>) {
    let lines = Lines::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let problems = errors
        .iter()
        .map(|error| {
            let line = error.span().map_or(1, |span| lines.at(span.start));
            Located::new(
                file,
                line,
                "schema.toml_syntax",
                format!("TOML 语法错误：{}", in_chinese(error.message())),
                format!("TOML syntax: {}", error.message()),
            )
        })
        .collect();
    let root = Spot {
        line: 1,
        node: Node::Table(entries(table.get_ref(), &lines)),
    };
    (root, problems)
}

fn entries(table: &DeTable<'_>, lines: &Lines) -> Entries {
    table
        .iter()
        .map(|(key, value)| {
            let mut spot = spot(value, lines);
            // A table written as `[a.b]` or `a.b = …` has no place of its own; its key has.
            spot.line = match spot.node {
                Node::Table(_) | Node::List(_) => spot.line,
                _ => lines.at(key.span().start),
            };
            (key.get_ref().to_string(), spot)
        })
        .collect()
}

fn spot(value: &Spanned<DeValue<'_>>, lines: &Lines) -> Spot {
    let node = match value.get_ref() {
        DeValue::String(text) => Node::Text(text.to_string()),
        DeValue::Integer(number) => {
            match i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()) {
                Ok(number) => Node::Integer(number),
                Err(_) => Node::Text(number.to_string()),
            }
        }
        DeValue::Float(number) => match number.as_str().replace('_', "").parse::<f64>() {
            Ok(number) => Node::Float(number),
            Err(_) => Node::Text(number.to_string()),
        },
        DeValue::Boolean(flag) => Node::Bool(*flag),
        DeValue::Datetime(date) => Node::Date(date.to_string()),
        DeValue::Array(items) => Node::List(items.iter().map(|item| spot(item, lines)).collect()),
        DeValue::Table(table) => Node::Table(entries(table, lines)),
    };
    Spot {
        line: lines.at(value.span().start),
        node,
    }
}

/// Where each line of a text begins.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(
            std::iter::once(0)
                .chain(breaks.map(|(at, _)| at + 1))
                .collect(),
        )
    }

    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset).max(1)
    }
}
