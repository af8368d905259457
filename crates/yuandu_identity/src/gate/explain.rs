//! The words of a refusal: what is missing, told to the person who was refused.
//!
//! Only words are made here; the decision has already been taken by Cedar. A rule of another system is no help to the
//! reader, so only the rules that come closest are told.

use std::collections::{BTreeMap, BTreeSet};

use yuandu_base::LocalText;

use super::condition::{Condition, Constant, Operand, SetOperand};
use super::load::Rule;
use super::residual::Known;
use super::vocabulary::PrincipalKind;

/// Titles of roles, by full role name.
pub(super) type RoleTitles = BTreeMap<String, LocalText>;

/// One thing that is missing for a rule to allow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Lack {
    /// Another system's rule.
    Elsewhere,
    /// Any of these roles.
    Role(BTreeSet<String>),
    SignIn,
    Category,
    Division,
    Grid,
    Org,
    Assignee,
    Other(String, String),
}

/// Why none of `permits` allows; each text stands for one way out.
pub(super) fn refusal<'a>(
    permits: impl Iterator<Item = &'a Rule>,
    known: &Known<'_>,
    titles: &RoleTitles,
) -> Vec<LocalText> {
    let lacks: Vec<BTreeSet<Lack>> = permits
        .filter_map(|rule| {
            rule.condition
                .as_ref()
                .map(|condition| missing(rule, condition, known))
        })
        .filter(|lacks| !lacks.contains(&Lack::Elsewhere))
        .collect();
    if lacks.is_empty() {
        return vec![LocalText::new(
            "没有岗位可以办理此操作",
            "no post may do this",
        )];
    }
    let has_role = |lacks: &BTreeSet<Lack>| {
        !lacks
            .iter()
            .any(|lack| matches!(lack, Lack::Role(_) | Lack::SignIn))
    };
    let closest: Vec<&BTreeSet<Lack>> = lacks.iter().filter(|lacks| has_role(lacks)).collect();
    if closest.is_empty() {
        return vec![roles_needed(
            &lacks,
            known.principal.kind == PrincipalKind::Anonymous,
            titles,
        )];
    }
    let mut words = Vec::new();
    for lack in closest.into_iter().flatten() {
        let text = lack.words();
        if !words.contains(&text) {
            words.push(text);
        }
    }
    words
}

fn missing(rule: &Rule, condition: &Condition, known: &Known<'_>) -> BTreeSet<Lack> {
    condition
        .conjuncts()
        .into_iter()
        .filter(|part| !known.holds(part))
        .map(|part| lack(rule, part, known))
        .collect()
}

fn lack(rule: &Rule, part: &Condition, known: &Known<'_>) -> Lack {
    let mut roles = BTreeSet::new();
    if only_roles(part, known, &mut roles) {
        return Lack::Role(roles);
    }
    if let Condition::PrincipalIs(kind) = part {
        return if kind == PrincipalKind::Officer.name() {
            Lack::SignIn
        } else {
            Lack::Elsewhere
        };
    }
    if matches!(part, Condition::ResourceIs(_)) {
        return Lack::Elsewhere;
    }
    let mut attributes = BTreeSet::new();
    mentioned(part, &mut attributes);
    let named: [(&[&str], Lack); 6] = [
        // A rule for other steps is no help either.
        (&["system", "package", "node"], Lack::Elsewhere),
        (&["assignee"], Lack::Assignee),
        (&["category", "class"], Lack::Category),
        (&["division", "city", "county", "town"], Lack::Division),
        (&["grid"], Lack::Grid),
        (&["org"], Lack::Org),
    ];
    named
        .into_iter()
        .find(|(names, _)| names.iter().any(|name| attributes.contains(name)))
        .map_or_else(
            || Lack::Other(rule.reason.zh.clone(), rule.reason.en.clone()),
            |(_, lack)| lack,
        )
}

/// Whether the condition asks for roles alone; collects them.
fn only_roles(part: &Condition, known: &Known<'_>, roles: &mut BTreeSet<String>) -> bool {
    match part {
        Condition::PrincipalIn(group, role) if group == "Role" => roles.insert(role.clone()),
        Condition::Contains(
            SetOperand::Principal("roles"),
            Operand::Constant(Constant::Text(role)),
        ) => roles.insert(role.clone()),
        Condition::Contains(SetOperand::Principal("roles"), Operand::Resource(name)) => known
            .resource
            .and_then(|resource| resource.text(name))
            .is_some_and(|role| roles.insert(role.to_owned())),
        Condition::Any(parts) => {
            !parts.is_empty() && parts.iter().all(|part| only_roles(part, known, roles))
        }
        _ => false,
    }
}

fn mentioned(condition: &Condition, attributes: &mut BTreeSet<&'static str>) {
    let mut operand = |operand: &Operand| {
        if let Operand::Resource(name) = operand {
            attributes.insert(name);
        }
    };
    match condition {
        Condition::Compare(left, _, right) => {
            operand(left);
            operand(right);
        }
        Condition::Contains(_, element) => operand(element),
        Condition::Like(text, _) => operand(text),
        Condition::ResourceHas(name) => {
            attributes.insert(name);
        }
        Condition::Not(inner) => mentioned(inner, attributes),
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| mentioned(part, attributes))
        }
        Condition::Same(left, right) => [left, right]
            .into_iter()
            .for_each(|part| mentioned(part, attributes)),
        Condition::If(test, then, other) => [test, then, other]
            .into_iter()
            .for_each(|part| mentioned(part, attributes)),
        _ => {}
    }
}

fn roles_needed(lacks: &[BTreeSet<Lack>], anonymous: bool, titles: &RoleTitles) -> LocalText {
    let roles: BTreeSet<&String> = lacks
        .iter()
        .flatten()
        .filter_map(|lack| {
            if let Lack::Role(roles) = lack {
                Some(roles)
            } else {
                None
            }
        })
        .flatten()
        .collect();
    let title = |role: &&String| {
        titles
            .get(*role)
            .cloned()
            .unwrap_or_else(|| LocalText::new(*role, *role))
    };
    let titles: Vec<LocalText> = roles.iter().map(title).collect();
    if titles.is_empty() {
        return LocalText::new("需要登录", "sign in first");
    }
    let zh = titles
        .iter()
        .map(|title| title.zh.as_str())
        .collect::<Vec<_>>()
        .join("或");
    let en = titles
        .iter()
        .map(|title| title.en.to_lowercase())
        .collect::<Vec<_>>()
        .join(" or ");
    if anonymous {
        return LocalText::new(
            format!("需要登录，并有{zh}岗位"),
            format!("sign in with a post of {en}"),
        );
    }
    LocalText::new(
        format!("需要{zh}岗位"),
        format!("this needs a post of {en}"),
    )
}

impl Lack {
    fn words(&self) -> LocalText {
        match self {
            Self::Category => LocalText::new(
                "类别不在本岗位的范围内",
                "the category is outside the scope of your post",
            ),
            Self::Division => LocalText::new(
                "地点不在本岗位的区域内",
                "the place is outside the area of your post",
            ),
            Self::Grid => LocalText::new(
                "不在本岗位负责的网格内",
                "the place is outside the grids of your post",
            ),
            Self::Org => LocalText::new("由其他单位承办", "another organisation has it"),
            Self::Assignee => LocalText::new("已由其他人领办", "someone else has taken it"),
            Self::Other(zh, en) => {
                LocalText::new(format!("只限：{zh}"), format!("only where: {en}"))
            }
            Self::Elsewhere | Self::Role(_) | Self::SignIn => {
                LocalText::new("没有岗位可以办理此操作", "no post may do this")
            }
        }
    }
}
