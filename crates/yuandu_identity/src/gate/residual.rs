//! What is left of a condition when the principal and the action are known: a condition over columns, or a constant.
//!
//! Errors follow Cedar: a policy whose condition cannot be evaluated does not apply. Short circuits follow Cedar too.
//! Start with [`Known::reduce`].

use super::condition::{Condition, Constant, Operand, Order, SetOperand, Wild, is_optional};
use super::principal::{Fact, Principal};
use super::resource::Resource;
use super::vocabulary::{ResourceKind, Shape};

/// A condition over the columns of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Residual {
    Always(bool),
    /// The column is filled.
    Has(&'static str),
    Compare(&'static str, Comparison, Constant),
    Columns(&'static str, Comparison, &'static str),
    OneOf(&'static str, Vec<String>),
    Begins(&'static str, String),
    Not(Box<Residual>),
    All(Vec<Residual>),
    Any(Vec<Residual>),
}

/// How a column compares with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Different,
}

/// What is known while a condition is reduced.
pub(crate) struct Known<'a> {
    pub(crate) principal: &'a Principal,
    pub(crate) action: &'a str,
    pub(crate) kind: ResourceKind,
    /// The resource, when a single one is judged; then nothing is left over.
    pub(crate) resource: Option<&'a Resource>,
    /// Texts that every row of the list has.
    pub(crate) fixed: Option<&'a Resource>,
}

/// A condition cannot be evaluated (Cedar would report an error and skip the policy).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CannotEvaluate;

type Reduced<T> = Result<T, CannotEvaluate>;

enum Single {
    Value(Constant),
    Column(&'static str),
}

impl Known<'_> {
    /// Reduces a condition.
    pub(crate) fn reduce(&self, condition: &Condition) -> Reduced<Residual> {
        match condition {
            Condition::Always(truth) => Ok(Residual::Always(*truth)),
            Condition::PrincipalIs(kind) => {
                Ok(Residual::Always(self.principal.kind.name() == kind))
            }
            Condition::PrincipalIn(kind, id) => Ok(Residual::Always(
                self.is_principal(kind, id)
                    || self
                        .principal
                        .groups
                        .iter()
                        .any(|(group, name)| group == kind && name == id),
            )),
            Condition::PrincipalEquals(kind, id) => {
                Ok(Residual::Always(self.is_principal(kind, id)))
            }
            Condition::PrincipalFlag(name) => match self.principal.facts.get(name) {
                Some(Fact::Flag(truth)) => Ok(Residual::Always(*truth)),
                _ => Err(CannotEvaluate),
            },
            Condition::PrincipalHas(name) => {
                Ok(Residual::Always(self.principal.facts.contains_key(name)))
            }
            Condition::ActionIn(actions) => Ok(Residual::Always(actions.contains(self.action))),
            Condition::ResourceIs(kind) => Ok(Residual::Always(self.kind.name() == kind)),
            Condition::ResourceHas(name) => Ok(self.resource_has(name)),
            Condition::Compare(left, order, right) => self.compare(left, *order, right),
            Condition::Contains(set, element) => self.contains(set, element),
            Condition::ContainsAll(set, wanted) => {
                let set = self.set(set)?;
                Ok(Residual::Always(
                    self.set(wanted)?.iter().all(|value| set.contains(value)),
                ))
            }
            Condition::ContainsAny(set, wanted) => {
                let set = self.set(set)?;
                Ok(Residual::Always(
                    self.set(wanted)?.iter().any(|value| set.contains(value)),
                ))
            }
            Condition::IsEmpty(set) => Ok(Residual::Always(self.set(set)?.is_empty())),
            Condition::Like(text, pattern) => self.like(text, pattern),
            Condition::Same(left, right) => Ok(same(self.reduce(left)?, self.reduce(right)?)),
            Condition::If(test, then, other) => self.choose(test, then, other),
            Condition::Not(inner) => Ok(not(self.reduce(inner)?)),
            Condition::All(parts) => self.all(parts),
            Condition::Any(parts) => self.any(parts),
        }
    }

    /// Whether the condition certainly holds; an unanswerable one does not.
    pub(crate) fn holds(&self, condition: &Condition) -> bool {
        self.reduce(condition) == Ok(Residual::Always(true))
    }

    fn is_principal(&self, kind: &str, id: &str) -> bool {
        self.principal.kind.name() == kind && self.principal.id == id
    }

    fn resource_has(&self, name: &'static str) -> Residual {
        match (self.kind.attribute(name), self.resource) {
            (None, _) => Residual::Always(false),
            (Some(_), _) if !is_optional(self.kind, name) => Residual::Always(true),
            (Some(_), Some(resource)) => Residual::Always(resource.int(name).is_some()),
            (Some(_), None) => Residual::Has(name),
        }
    }

    fn all(&self, parts: &[Condition]) -> Reduced<Residual> {
        let mut kept = Vec::new();
        for part in parts {
            match self.reduce(part)? {
                Residual::Always(true) => {}
                Residual::Always(false) => return Ok(Residual::Always(false)),
                Residual::All(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        Ok(all(kept))
    }

    fn any(&self, parts: &[Condition]) -> Reduced<Residual> {
        let mut kept = Vec::new();
        for part in parts {
            match self.reduce(part)? {
                Residual::Always(false) => {}
                Residual::Always(true) => return Ok(Residual::Always(true)),
                Residual::Any(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        Ok(any(kept))
    }

    fn choose(&self, test: &Condition, then: &Condition, other: &Condition) -> Reduced<Residual> {
        match self.reduce(test)? {
            Residual::Always(true) => self.reduce(then),
            Residual::Always(false) => self.reduce(other),
            test => {
                let then = all(vec![test.clone(), self.reduce(then)?]);
                let other = all(vec![not(test), self.reduce(other)?]);
                Ok(any(vec![then, other]))
            }
        }
    }

    fn contains(&self, set: &SetOperand, element: &Operand) -> Reduced<Residual> {
        let set = self.set(set)?;
        match self.single(element)? {
            Single::Value(value) => Ok(Residual::Always(set.contains(&value))),
            Single::Column(name) if is_optional(self.kind, name) => Ok(any(set
                .into_iter()
                .map(|value| Residual::Compare(name, Comparison::Equal, value))
                .collect())),
            Single::Column(name) => {
                let texts: Vec<String> = set
                    .into_iter()
                    .filter_map(|value| match value {
                        Constant::Text(text) => Some(text),
                        Constant::Int(_) => None,
                    })
                    .collect();
                Ok(if texts.is_empty() {
                    Residual::Always(false)
                } else {
                    Residual::OneOf(name, texts)
                })
            }
        }
    }

    fn like(&self, text: &Operand, pattern: &[Wild]) -> Reduced<Residual> {
        match self.single(text)? {
            Single::Value(Constant::Text(text)) => Ok(Residual::Always(matches(
                &text.chars().collect::<Vec<_>>(),
                pattern,
            ))),
            Single::Value(Constant::Int(_)) => Err(CannotEvaluate),
            Single::Column(name) => {
                let head: String = pattern
                    .iter()
                    .filter_map(|wild| {
                        if let Wild::Char(letter) = wild {
                            Some(*letter)
                        } else {
                            None
                        }
                    })
                    .collect();
                Ok(match (pattern.last(), head.is_empty()) {
                    (Some(Wild::Star), true) => Residual::Always(true),
                    (Some(Wild::Star), false) => Residual::Begins(name, head),
                    _ => Residual::Compare(name, Comparison::Equal, Constant::Text(head)),
                })
            }
        }
    }

    fn compare(&self, left: &Operand, order: Order, right: &Operand) -> Reduced<Residual> {
        Ok(match (self.single(left)?, self.single(right)?) {
            (Single::Value(left), Single::Value(right)) => Residual::Always(match order {
                Order::Equal => left == right,
                Order::Less => left < right,
                Order::LessOrEqual => left <= right,
            }),
            (Single::Column(name), Single::Value(value)) => {
                Residual::Compare(name, order.forward(), value)
            }
            (Single::Value(value), Single::Column(name)) => {
                Residual::Compare(name, order.backward(), value)
            }
            (Single::Column(left), Single::Column(right)) => {
                Residual::Columns(left, order.forward(), right)
            }
        })
    }

    fn single(&self, operand: &Operand) -> Reduced<Single> {
        match operand {
            Operand::Constant(value) => Ok(Single::Value(value.clone())),
            Operand::Principal(name) => match self.principal.facts.get(name) {
                Some(Fact::Text(text)) => Ok(Single::Value(Constant::Text(text.clone()))),
                _ => Err(CannotEvaluate),
            },
            Operand::Resource(name) => {
                let attribute = self.kind.attribute(name).ok_or(CannotEvaluate)?;
                let Some(resource) = self.resource else {
                    let fixed = self.fixed.and_then(|fixed| fixed.given_text(name));
                    let column = || Single::Column(name);
                    return Ok(fixed.map_or_else(column, |text| {
                        Single::Value(Constant::Text(text.to_owned()))
                    }));
                };
                let value = match attribute.shape {
                    Shape::OptionalInt => resource.int(name).map(Constant::Int),
                    Shape::Text | Shape::PrefixOf { .. } => resource
                        .text(name)
                        .map(|text| Constant::Text(text.to_owned())),
                };
                value.map(Single::Value).ok_or(CannotEvaluate)
            }
        }
    }

    fn set(&self, set: &SetOperand) -> Reduced<Vec<Constant>> {
        match set {
            SetOperand::Principal(name) => match self.principal.facts.get(name) {
                Some(Fact::Texts(texts)) => Ok(texts.iter().cloned().map(Constant::Text).collect()),
                _ => Err(CannotEvaluate),
            },
            SetOperand::Literal(members) => members
                .iter()
                .map(|member| match self.single(member)? {
                    Single::Value(value) => Ok(value),
                    Single::Column(_) => Err(CannotEvaluate),
                })
                .collect(),
        }
    }
}

impl Order {
    fn forward(self) -> Comparison {
        match self {
            Self::Equal => Comparison::Equal,
            Self::Less => Comparison::Less,
            Self::LessOrEqual => Comparison::LessOrEqual,
        }
    }

    fn backward(self) -> Comparison {
        match self {
            Self::Equal => Comparison::Equal,
            Self::Less => Comparison::Greater,
            Self::LessOrEqual => Comparison::GreaterOrEqual,
        }
    }
}

/// A conjunction in its simplest form.
pub(crate) fn all(parts: Vec<Residual>) -> Residual {
    join(parts, true, Residual::All)
}

/// A disjunction in its simplest form.
pub(crate) fn any(parts: Vec<Residual>) -> Residual {
    join(parts, false, Residual::Any)
}

/// A negation in its simplest form.
pub(crate) fn not(residual: Residual) -> Residual {
    match residual {
        Residual::Always(truth) => Residual::Always(!truth),
        Residual::Not(inner) => *inner,
        other => Residual::Not(Box::new(other)),
    }
}

fn same(left: Residual, right: Residual) -> Residual {
    let neither = all(vec![not(left.clone()), not(right.clone())]);
    any(vec![all(vec![left, right]), neither])
}

/// `neutral` is the truth that changes nothing: true in a conjunction, false in a disjunction.
fn join(parts: Vec<Residual>, neutral: bool, build: fn(Vec<Residual>) -> Residual) -> Residual {
    let mut kept: Vec<Residual> = Vec::new();
    for part in parts {
        match part {
            Residual::Always(truth) if truth == neutral => {}
            Residual::Always(truth) => return Residual::Always(truth),
            other if kept.contains(&other) => {}
            other => kept.push(other),
        }
    }
    match kept.len() {
        0 => Residual::Always(neutral),
        1 => kept.pop().unwrap_or(Residual::Always(neutral)),
        _ => build(kept),
    }
}

fn matches(text: &[char], pattern: &[Wild]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Wild::Char(letter), rest)) => text
            .split_first()
            .is_some_and(|(first, text)| first == letter && matches(text, rest)),
        Some((Wild::Star, rest)) => {
            (0..=text.len()).any(|skip| text.get(skip..).is_some_and(|text| matches(text, rest)))
        }
    }
}
