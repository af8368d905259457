//! How records of a register that mean the same person, organisation or place are found: which records are compared at all,
//! which fields are compared and how much each counts. Nothing is compared here.

use crate::field::{FieldDef, FieldType};
use crate::reading::Table;
use crate::register::RegisterDef;

/// How two values of a field are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareBy {
    /// Equal or not.
    Same,
    /// Names of people: one character more or less, or two that changed places, are alike.
    Name,
    /// Texts: alike by the pairs of neighbouring characters they share.
    Text,
    /// Numbers with a meaning in every place: one wrong character, or two neighbours that changed places, are alike.
    Digits,
    /// Dates: one wrong digit, or day and month that changed places, are alike.
    Date,
    /// Addresses: two ways of writing one door are the same.
    Address,
}

impl CompareBy {
    /// The word in declarations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Name => "name",
            Self::Text => "text",
            Self::Digits => "digits",
            Self::Date => "date",
            Self::Address => "address",
        }
    }

    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "same" => Self::Same,
            "name" => Self::Name,
            "text" => Self::Text,
            "digits" => Self::Digits,
            "date" => Self::Date,
            "address" => Self::Address,
            _ => return None,
        })
    }
}

/// One field that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The field.
    pub field: String,
    /// How.
    pub by: CompareBy,
    /// Points for when both values are the same.
    pub weight: u32,
    /// Points against when they are different.
    pub against: u32,
}

/// How records that mean the same are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchingDef {
    /// Of a hundred: pairs from this score on wait for a person.
    pub review: u32,
    /// Fields that say for certain, when all of them are equal, that two records mean the same.
    pub exact: Vec<Vec<String>>,
    /// Fields that must be equal for two records to be compared at all; one of the lists is enough.
    pub blocks: Vec<Vec<String>>,
    /// What is compared.
    pub compare: Vec<Comparison>,
}

impl MatchingDef {
    /// Every list of fields by which records are looked up.
    pub fn lookups(&self) -> impl Iterator<Item = &Vec<String>> {
        self.exact.iter().chain(&self.blocks)
    }
}

/// Reads `[matching]` of a register.
pub(crate) fn read(root: &Table<'_>) -> Option<MatchingDef> {
    let table = root.table("matching")?;
    let review = table.opt_integer("review").unwrap_or(75);
    let fields = |key: &str| {
        let lists = table.tables(key);
        let read = lists.iter().map(|list| {
            let fields = list.texts("fields");
            if fields.is_empty() {
                list.problem_at(
                    "fields",
                    "schema.matching",
                    "这里没有字段，请写 fields",
                    "there are no fields; write `fields`",
                );
            }
            list.finish();
            fields
        });
        read.collect::<Vec<_>>()
    };
    let (exact, blocks) = (fields("exact"), fields("block"));
    let compare = table
        .tables("compare")
        .iter()
        .filter_map(comparison)
        .collect();
    if !(1..=100).contains(&review) {
        table.problem_at(
            "review",
            "schema.matching",
            "`review` 应在 1 到 100 之间",
            "`review` must be from 1 to 100",
        );
    }
    table.finish();
    Some(MatchingDef {
        review: u32::try_from(review).unwrap_or(100),
        exact,
        blocks,
        compare,
    })
}

fn comparison(table: &Table<'_>) -> Option<Comparison> {
    let field = table.text("field");
    let word = table.opt_text("by").unwrap_or_else(|| "same".to_owned());
    let by = CompareBy::read(&word);
    if by.is_none() {
        table.problem_at(
            "by",
            "schema.matching",
            format!("比较方式 `{word}` 不存在，请写 same、name、text、digits、date 或 address"),
            format!(
                "the way `{word}` does not exist; write same, name, text, digits, date or address"
            ),
        );
    }
    let points = |key: &str| match table.opt_integer(key) {
        None => Some(None),
        Some(points) => match u32::try_from(points) {
            Ok(points) if points <= 1_000 => Some(Some(points)),
            _ => {
                table.problem_at(
                    key,
                    "schema.matching",
                    format!("`{key}` 应在 0 到 1000 之间"),
                    format!("`{key}` must be from 0 to 1000"),
                );
                None
            }
        },
    };
    let (weight, against) = (points("weight"), points("against"));
    table.finish();
    let weight = weight?.unwrap_or(10);
    Some(Comparison {
        field: field?,
        by: by?,
        weight,
        against: against?.unwrap_or(weight),
    })
}

/// Fields must exist; those that are looked up must be stored as one text, because an index is made of them.
pub(crate) fn check(register: &RegisterDef, root: &Table<'_>) {
    let Some(matching) = &register.matching else {
        return;
    };
    let unknown = |name: &str| {
        root.problem_at(
            "matching",
            "schema.field_unknown",
            format!("`matching` 提到的字段 `{name}` 不存在"),
            format!("`matching` names the field `{name}`, which does not exist"),
        );
    };
    for name in matching.lookups().flatten() {
        match register.field(name) {
            None => unknown(name),
            Some(field) if !looked_up(field) => root.problem_at(
                "matching",
                "schema.matching",
                format!("不能按字段 `{name}` 查找：它的类型是 {}，或由别的登记簿提供", field.kind.name()),
                format!("records cannot be looked up by `{name}`: it is of type {}, or another register is its source", field.kind.name()),
            ),
            Some(_) => {}
        }
    }
    for compared in &matching.compare {
        if register.field(&compared.field).is_none() {
            unknown(&compared.field);
        }
    }
    if matching.blocks.is_empty() && matching.exact.is_empty() {
        root.problem_at(
            "matching",
            "schema.matching",
            "缺少 [[matching.block]]：不写明以哪些字段相同为前提，就只能两两比较",
            "there is no [[matching.block]]: without fields that must be equal every record would be compared with every other",
        );
    }
}

fn looked_up(field: &FieldDef) -> bool {
    let live = field
        .source
        .as_deref()
        .is_some_and(|source| source.matches('.').count() == 2);
    let text = !matches!(
        field.kind,
        FieldType::Integer { .. }
            | FieldType::Decimal
            | FieldType::Boolean
            | FieldType::Instant
            | FieldType::Money
            | FieldType::Position
            | FieldType::Photos { .. }
            | FieldType::LongText { .. }
            | FieldType::Geometry { .. }
    );
    text && !live
}
