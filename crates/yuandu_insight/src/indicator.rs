//! Declarations of indicators.

use yuandu_base::LocalText;
use yuandu_feel::Expression;
use yuandu_schema::reading::{Document, Located, Table};

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// An indicator: the share of the cases in the denominator that are also in the numerator.
#[derive(Debug, Clone)]
pub struct IndicatorDef {
    /// Name in addresses.
    pub id: String,
    /// Place on the board.
    pub order: i64,
    /// What people read.
    pub title: LocalText,
    /// What exactly is counted, in words.
    pub definition: LocalText,
    /// The formula as its source writes it.
    pub formula: String,
    /// Unit of the value.
    pub unit: String,
    /// Which way is better.
    pub direction: Direction,
    /// Condition of the numerator; counted only within the denominator.
    pub numerator: Expression,
    /// Condition of the denominator.
    pub denominator: Expression,
    /// Where the formula comes from.
    pub source: String,
}

impl IndicatorDef {
    /// Reads `indicators/<id>.toml`; all problems at once.
    pub fn read(file: &str, text: &str) -> Result<Self, Vec<Located>> {
        let document = Document::parse(file, text);
        let root = document.root();
        let definition = from_table(&root);
        root.finish();
        let problems = document.into_problems();
        match definition {
            Some(definition) if problems.is_empty() => Ok(definition),
            _ => Err(problems),
        }
    }
}

fn from_table(root: &Table<'_>) -> Option<IndicatorDef> {
    let (id, title, definition) = (
        root.text("id"),
        root.local("title"),
        root.local("definition"),
    );
    let (numerator, denominator) = (condition(root, "numerator"), condition(root, "denominator"));
    let (formula, unit, source) = (root.text("formula"), root.text("unit"), root.text("source"));
    let order = root.opt_integer("order").unwrap_or(i64::MAX);
    let direction = match root.text("direction")?.as_str() {
        "higher" => Some(Direction::Higher),
        "lower" => Some(Direction::Lower),
        _ => {
            root.problem_at(
                "direction",
                "indicators.direction",
                "`direction` 应为 `higher` 或 `lower`",
                "`direction` is `higher` or `lower`",
            );
            None
        }
    };
    Some(IndicatorDef {
        id: id?,
        order,
        title: title?,
        definition: definition?,
        formula: formula?,
        unit: unit?,
        direction: direction?,
        numerator: numerator?,
        denominator: denominator?,
        source: source?,
    })
}

fn condition(root: &Table<'_>, key: &str) -> Option<Expression> {
    let text = root.text(key)?;
    let Some(source) = text.strip_prefix('=') else {
        root.problem_at(
            key,
            "indicators.condition",
            format!("`{key}` 应以 `=` 开头"),
            format!("`{key}` begins with `=`"),
        );
        return None;
    };
    match Expression::parse(source) {
        Ok(expression) => Some(expression),
        Err(error) => {
            root.problem_at(
                key,
                "indicators.condition",
                format!("`{key}` 不是有效的表达式：{}", error.zh),
                format!("`{key}` is not a valid expression: {}", error.en),
            );
            None
        }
    }
}
