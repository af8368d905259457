//! The language of conditions that can be both decided and turned into SQL, read from Cedar's syntax tree.
//!
//! Cedar itself decides single requests; this smaller language serves lists, menus and the words of refusals. Whatever
//! does not fit it is refused by name, never approximated. Start with [`Condition::of_policy`].

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::pst::{
    ActionConstraint, BinaryOp, Clause, EntityOrSlot, EntityUID, Expr, Literal, PatternElem,
    PrincipalConstraint, ResourceConstraint, Template, UnaryOp, Var,
};

use super::vocabulary::{PrincipalShape, ResourceKind, Shape, principal_shape};

/// A constant: text or number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Constant {
    Text(String),
    Int(i64),
}

/// A single value in a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operand {
    Constant(Constant),
    Principal(&'static str),
    Resource(&'static str),
}

/// A set known once the principal is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SetOperand {
    Principal(&'static str),
    Literal(Vec<Operand>),
}

/// An order between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    Always(bool),
    PrincipalIs(String),
    PrincipalIn(String, String),
    PrincipalEquals(String, String),
    PrincipalFlag(&'static str),
    PrincipalHas(&'static str),
    ActionIn(BTreeSet<String>),
    ResourceIs(String),
    ResourceHas(&'static str),
    Compare(Operand, Order, Operand),
    Contains(SetOperand, Operand),
    ContainsAll(SetOperand, SetOperand),
    ContainsAny(SetOperand, SetOperand),
    IsEmpty(SetOperand),
    Like(Operand, Vec<Wild>),
    Same(Box<Condition>, Box<Condition>),
    If(Box<Condition>, Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

/// An element of a text pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wild {
    Char(char),
    Star,
}

/// A construct that lists cannot be filtered by, told in Cedar's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsupported(pub(crate) String);

type Read<T> = Result<T, Unsupported>;

impl Condition {
    /// The whole condition of a policy except its action: scope and clauses.
    pub(crate) fn of_policy(body: &Template) -> Read<Self> {
        let mut parts = Vec::new();
        match &body.principal {
            PrincipalConstraint::Any => {}
            PrincipalConstraint::Eq(entity) => parts.push(principal_equals(constant(entity)?)),
            PrincipalConstraint::In(entity) => parts.push(principal_in(constant(entity)?)),
            PrincipalConstraint::Is(kind) => parts.push(Self::PrincipalIs(kind.to_string())),
            PrincipalConstraint::IsIn(kind, entity) => {
                parts.push(Self::PrincipalIs(kind.to_string()));
                parts.push(principal_in(constant(entity)?));
            }
        }
        match &body.resource {
            ResourceConstraint::Any => {}
            ResourceConstraint::Is(kind) => parts.push(Self::ResourceIs(kind.to_string())),
            ResourceConstraint::Eq(_)
            | ResourceConstraint::In(_)
            | ResourceConstraint::IsIn(..) => {
                return Err(Unsupported("a resource named by id".to_owned()));
            }
        }
        for clause in body.clauses() {
            match clause {
                Clause::When(expr) => parts.push(condition(expr)?),
                Clause::Unless(expr) => parts.push(Self::Not(Box::new(condition(expr)?))),
            }
        }
        Ok(Self::All(parts))
    }

    /// The conditions that must all hold, nested conjunctions opened.
    pub(crate) fn conjuncts(&self) -> Vec<&Self> {
        match self {
            Self::All(parts) => parts.iter().flat_map(Self::conjuncts).collect(),
            other => vec![other],
        }
    }
}

/// The names of the actions a policy is about; `None` for all of them.
pub(crate) fn actions_of(body: &Template) -> Option<Vec<String>> {
    match &body.action {
        ActionConstraint::Any => None,
        ActionConstraint::Eq(action) => Some(vec![action.eid.to_string()]),
        ActionConstraint::In(actions) => Some(
            actions
                .iter()
                .map(|action| action.eid.to_string())
                .collect(),
        ),
    }
}

fn constant(entity: &EntityOrSlot) -> Read<&EntityUID> {
    match entity {
        EntityOrSlot::Entity(entity) => Ok(entity),
        EntityOrSlot::Slot(_) => Err(Unsupported("a template".to_owned())),
    }
}

fn principal_in(entity: &EntityUID) -> Condition {
    Condition::PrincipalIn(entity.ty.to_string(), entity.eid.to_string())
}

fn principal_equals(entity: &EntityUID) -> Condition {
    Condition::PrincipalEquals(entity.ty.to_string(), entity.eid.to_string())
}

/// Reads an expression that stands where a truth value is wanted.
fn condition(expr: &Expr) -> Read<Condition> {
    match expr {
        Expr::Literal(Literal::Bool(truth)) => Ok(Condition::Always(*truth)),
        Expr::UnaryOp {
            op: UnaryOp::Not,
            expr,
        } => Ok(Condition::Not(Box::new(condition(expr)?))),
        Expr::UnaryOp {
            op: UnaryOp::IsEmpty,
            expr,
        } => Ok(Condition::IsEmpty(set(expr)?)),
        Expr::BinaryOp { op, left, right } => binary(*op, left, right),
        Expr::IfThenElse {
            cond,
            then_expr,
            else_expr,
        } => Ok(Condition::If(
            Box::new(condition(cond)?),
            Box::new(condition(then_expr)?),
            Box::new(condition(else_expr)?),
        )),
        Expr::GetAttr { expr, attr } if is_var(expr, &Var::Principal) => {
            match principal_shape(attr) {
                Some((name, PrincipalShape::Flag)) => Ok(Condition::PrincipalFlag(name)),
                _ => Err(unsupported(expr)),
            }
        }
        Expr::HasAttr { expr: of, attrs } if attrs.len() == 1 => {
            has(of, attrs.first()).ok_or_else(|| unsupported(expr))
        }
        Expr::Like { expr, pattern } => like(expr, pattern),
        Expr::Is {
            expr: of,
            entity_type,
            in_expr,
        } => is(of, &entity_type.to_string(), in_expr.as_deref()),
        _ => Err(unsupported(expr)),
    }
}

fn binary(op: BinaryOp, left: &Expr, right: &Expr) -> Read<Condition> {
    let negated = |inner: Condition| Condition::Not(Box::new(inner));
    let compare = |left: &Expr, order, right: &Expr| {
        Ok(Condition::Compare(operand(left)?, order, operand(right)?))
    };
    match op {
        BinaryOp::And => Ok(Condition::All(vec![condition(left)?, condition(right)?])),
        BinaryOp::Or => Ok(Condition::Any(vec![condition(left)?, condition(right)?])),
        BinaryOp::Eq => equal(left, right),
        BinaryOp::NotEq => equal(left, right).map(negated),
        BinaryOp::Less => compare(left, Order::Less, right),
        BinaryOp::LessEq => compare(left, Order::LessOrEqual, right),
        BinaryOp::Greater => compare(right, Order::Less, left),
        BinaryOp::GreaterEq => compare(right, Order::LessOrEqual, left),
        BinaryOp::In => member(left, right),
        BinaryOp::Contains => Ok(Condition::Contains(set(left)?, operand(right)?)),
        BinaryOp::ContainsAll => Ok(Condition::ContainsAll(set(left)?, set(right)?)),
        BinaryOp::ContainsAny => Ok(Condition::ContainsAny(set(left)?, set(right)?)),
        other => Err(Unsupported(format!("`{other}`"))),
    }
}

fn equal(left: &Expr, right: &Expr) -> Read<Condition> {
    match (left, right) {
        (Expr::Var(Var::Principal), Expr::Literal(Literal::EntityUID(entity)))
        | (Expr::Literal(Literal::EntityUID(entity)), Expr::Var(Var::Principal)) => {
            Ok(principal_equals(entity))
        }
        (Expr::Var(Var::Action), Expr::Literal(Literal::EntityUID(entity)))
        | (Expr::Literal(Literal::EntityUID(entity)), Expr::Var(Var::Action)) => {
            Ok(Condition::ActionIn(BTreeSet::from([entity
                .eid
                .to_string()])))
        }
        _ => match (operand(left), operand(right)) {
            (Ok(left), Ok(right)) => Ok(Condition::Compare(left, Order::Equal, right)),
            _ => Ok(Condition::Same(
                Box::new(condition(left)?),
                Box::new(condition(right)?),
            )),
        },
    }
}

fn member(left: &Expr, right: &Expr) -> Read<Condition> {
    let entities = match right {
        Expr::Literal(Literal::EntityUID(entity)) => vec![entity],
        Expr::Set(members) => members
            .iter()
            .map(|member| match member.as_ref() {
                Expr::Literal(Literal::EntityUID(entity)) => Ok(entity),
                other => Err(unsupported(other)),
            })
            .collect::<Read<Vec<_>>>()?,
        other => return Err(unsupported(other)),
    };
    match left {
        Expr::Var(Var::Principal) => Ok(Condition::Any(
            entities.into_iter().map(principal_in).collect(),
        )),
        Expr::Var(Var::Action) => Ok(Condition::ActionIn(
            entities
                .into_iter()
                .map(|entity| entity.eid.to_string())
                .collect(),
        )),
        other => Err(unsupported(other)),
    }
}

fn has(of: &Expr, attr: &str) -> Option<Condition> {
    if is_var(of, &Var::Principal) {
        return principal_shape(attr).map(|(name, _)| Condition::PrincipalHas(name));
    }
    if !is_var(of, &Var::Resource) {
        return None;
    }
    resource_attribute(attr).map(Condition::ResourceHas)
}

fn is(of: &Expr, kind: &str, in_expr: Option<&Expr>) -> Read<Condition> {
    match (of, in_expr) {
        (Expr::Var(Var::Principal), None) => Ok(Condition::PrincipalIs(kind.to_owned())),
        (Expr::Var(Var::Principal), Some(group)) => Ok(Condition::All(vec![
            Condition::PrincipalIs(kind.to_owned()),
            member(of, group)?,
        ])),
        (Expr::Var(Var::Resource), None) => Ok(Condition::ResourceIs(kind.to_owned())),
        (other, _) => Err(unsupported(other)),
    }
}

fn like(expr: &Expr, pattern: &[PatternElem]) -> Read<Condition> {
    let pattern: Vec<Wild> = pattern
        .iter()
        .map(|element| match element {
            PatternElem::Char(letter) => Wild::Char(*letter),
            PatternElem::Wildcard => Wild::Star,
        })
        .collect();
    let of = operand(expr)?;
    // LIKE compares without regard to case in SQLite and with it in PostgreSQL; only beginnings compare alike.
    let inner = pattern.split_last().map_or(&[][..], |(_, inner)| inner);
    if matches!(of, Operand::Resource(_)) && inner.contains(&Wild::Star) {
        return Err(Unsupported(
            "`like` on a resource with a star before the end".to_owned(),
        ));
    }
    Ok(Condition::Like(of, pattern))
}

fn operand(expr: &Expr) -> Read<Operand> {
    match expr {
        Expr::Literal(Literal::String(text)) => {
            Ok(Operand::Constant(Constant::Text(text.to_string())))
        }
        Expr::Literal(Literal::Long(number)) => Ok(Operand::Constant(Constant::Int(*number))),
        Expr::UnaryOp {
            op: UnaryOp::Neg,
            expr: inner,
        } => match operand(inner)? {
            Operand::Constant(Constant::Int(number)) => number
                .checked_neg()
                .map(|number| Operand::Constant(Constant::Int(number)))
                .ok_or_else(|| unsupported(expr)),
            _ => Err(unsupported(expr)),
        },
        Expr::GetAttr { expr: of, attr } if is_var(of, &Var::Principal) => {
            match principal_shape(attr) {
                Some((name, PrincipalShape::Text)) => Ok(Operand::Principal(name)),
                _ => Err(unsupported(expr)),
            }
        }
        Expr::GetAttr { expr: of, attr } if is_var(of, &Var::Resource) => resource_attribute(attr)
            .map(Operand::Resource)
            .ok_or_else(|| unsupported(expr)),
        _ => Err(unsupported(expr)),
    }
}

fn set(expr: &Expr) -> Read<SetOperand> {
    match expr {
        Expr::GetAttr { expr: of, attr } if is_var(of, &Var::Principal) => {
            match principal_shape(attr) {
                Some((name, PrincipalShape::Texts)) => Ok(SetOperand::Principal(name)),
                _ => Err(unsupported(expr)),
            }
        }
        Expr::Set(members) => {
            let members: Vec<Operand> = members
                .iter()
                .map(|member: &Arc<Expr>| operand(member))
                .collect::<Read<_>>()?;
            if members
                .iter()
                .any(|member| matches!(member, Operand::Resource(_)))
            {
                return Err(Unsupported(
                    "a set with attributes of the resource".to_owned(),
                ));
            }
            Ok(SetOperand::Literal(members))
        }
        _ => Err(unsupported(expr)),
    }
}

fn resource_attribute(name: &str) -> Option<&'static str> {
    ResourceKind::ALL
        .into_iter()
        .find_map(|kind| kind.attribute(name))
        .map(|attribute| attribute.name)
}

/// Whether an attribute may be missing on a kind.
pub(crate) fn is_optional(kind: ResourceKind, name: &str) -> bool {
    kind.attribute(name)
        .is_some_and(|attribute| attribute.shape == Shape::OptionalInt)
}

fn is_var(expr: &Expr, var: &Var) -> bool {
    matches!(expr, Expr::Var(found) if found == var)
}

fn unsupported(expr: &Expr) -> Unsupported {
    Unsupported(format!("`{expr}`"))
}
