//! Loading policies: parse, validate against the schema, demand a reason from each, refuse what lists cannot be
//! filtered by. All problems of all files come at once, each with file and line.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::pst::{PrincipalConstraint, Template};
use cedar_policy::{
    Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, ValidationWarning, Validator,
};
use miette::Diagnostic;
use yuandu_base::reasons::in_chinese;
use yuandu_base::{LocalText, Problem};

use super::condition::Constant;
use super::condition::{Condition, Operand, SetOperand, Unsupported, actions_of};
use super::source::PolicySource;
use super::vocabulary::{ACTIONS, PrincipalKind, schema_text};

/// One policy, ready for use.
#[derive(Debug)]
pub(super) struct Rule {
    /// `<package>/<@id>`, or the place if the policy has no `@id`.
    pub(super) id: String,
    pub(super) place: String,
    pub(super) permit: bool,
    pub(super) reason: LocalText,
    /// Actions it is about; `None` for all.
    pub(super) actions: Option<BTreeSet<String>>,
    /// Kinds of principal its scope admits.
    pub(super) principals: Vec<PrincipalKind>,
    /// The condition in the language of lists, if it fits it.
    pub(super) condition: Option<Condition>,
    pub(super) policy: Policy,
}

impl Rule {
    pub(super) fn is_about(&self, action: &str) -> bool {
        self.actions
            .as_ref()
            .is_none_or(|actions| actions.contains(action))
    }

    /// Roles the policy names.
    pub(super) fn roles(&self) -> BTreeSet<String> {
        let mut roles: BTreeSet<String> = self
            .policy
            .entity_literals()
            .iter()
            .filter(|entity| entity.type_name().to_string() == "Role")
            .map(|entity| entity.id().unescaped().to_owned())
            .collect();
        if let Some(condition) = &self.condition {
            named_roles(condition, &mut roles);
        }
        roles
    }
}

/// Rules of all sources and the actions packages added.
pub(super) struct Loaded {
    pub(super) rules: Vec<Rule>,
    pub(super) package_actions: BTreeSet<String>,
}

/// Loads every source or tells every problem.
pub(super) fn load(sources: &[PolicySource]) -> Result<Loaded, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut rules: Vec<Rule> = Vec::new();
    let mut package_actions = BTreeSet::new();
    for source in sources {
        for statement in source.statements() {
            let text = source.text.get(statement.clone()).unwrap_or_default();
            let Some(rule) = read(source, statement.start, text, &mut problems) else {
                continue;
            };
            if rules.iter().any(|known| known.id == rule.id) {
                problems.push(taken(&rule));
                continue;
            }
            collect_actions(source, &rule, &mut package_actions, &mut problems);
            rules.push(rule);
        }
    }
    validate(&rules, &package_actions, &mut problems);
    if problems.is_empty() {
        Ok(Loaded {
            rules,
            package_actions,
        })
    } else {
        Err(problems)
    }
}

fn read(
    source: &PolicySource,
    start: usize,
    text: &str,
    problems: &mut Vec<Problem>,
) -> Option<Rule> {
    let place = source.place(start);
    // Files of two packages may have the same name.
    let unique = PolicyId::new(format!("{}/{place}", source.package));
    let policy = match Policy::parse(Some(unique), text) {
        Ok(policy) => policy,
        Err(errors) => {
            problems.extend(errors.iter().map(|error| {
                let offset = error
                    .labels()
                    .and_then(|mut labels| labels.next())
                    .map_or(0, |label| label.offset());
                syntax(&source.place(start + offset), &error.to_string())
            }));
            return None;
        }
    };
    let pst = policy
        .to_pst()
        .map_err(|error| problems.push(syntax(&place, &error.to_string())))
        .ok()?;
    let body = pst.body();
    let reason = reason(&policy, &place, problems);
    let id = policy
        .annotation("id")
        .map_or_else(|| place.clone(), str::to_owned);
    let actions = actions_of(body).map(BTreeSet::from_iter);
    let condition = match Condition::of_policy(body) {
        Ok(condition) => Some(condition),
        Err(unsupported) => {
            problems.extend(not_listable(&place, actions.as_ref(), &unsupported));
            None
        }
    };
    Some(Rule {
        id: format!("{}/{id}", source.package),
        place,
        permit: policy.effect() == Effect::Permit,
        reason,
        actions,
        principals: principals(body),
        condition,
        policy,
    })
}

/// The kinds of principal a policy's scope admits.
fn principals(body: &Template) -> Vec<PrincipalKind> {
    let of_type = |name: String| {
        PrincipalKind::ALL
            .into_iter()
            .filter(|kind| kind.name() == name)
            .collect::<Vec<_>>()
    };
    match &body.principal {
        PrincipalConstraint::Is(kind) | PrincipalConstraint::IsIn(kind, _) => {
            of_type(kind.to_string())
        }
        // Only officers are members of roles, organisations and posts.
        PrincipalConstraint::In(_) => vec![PrincipalKind::Officer],
        PrincipalConstraint::Any | PrincipalConstraint::Eq(_) => PrincipalKind::ALL.to_vec(),
    }
}

fn reason(policy: &Policy, place: &str, problems: &mut Vec<Problem>) -> LocalText {
    let mut take = |key: &str| {
        let text = policy.annotation(key).unwrap_or_default().trim();
        if text.is_empty() {
            problems.push(Problem::new(
                "policies.reason_missing",
                place,
                format!("策略缺少 `@{key}`；请用一句话写明理由"),
                format!("the policy has no `@{key}`; state its reason in one sentence"),
            ));
        }
        text.to_owned()
    };
    LocalText::new(take("reason_zh"), take("reason_en"))
}

fn collect_actions(
    source: &PolicySource,
    rule: &Rule,
    own: &mut BTreeSet<String>,
    problems: &mut Vec<Problem>,
) {
    let own_prefix = format!("{}.", source.package);
    for entity in rule.policy.entity_literals() {
        if entity.type_name().to_string() != "Action" {
            continue;
        }
        let name = entity.id().unescaped();
        if ACTIONS.iter().any(|action| action.name == name) {
            continue;
        }
        if name.starts_with(&own_prefix) {
            own.insert(name.to_owned());
            continue;
        }
        problems.push(Problem::new(
            "policies.action_unknown",
            &rule.place,
            format!("没有操作 `{name}`；使用平台操作，或以 `{own_prefix}` 开头的本系统操作"),
            format!("there is no action `{name}`; use one of the platform's, or one of your own that begins with `{own_prefix}`"),
        ));
    }
}

fn validate(rules: &[Rule], package_actions: &BTreeSet<String>, problems: &mut Vec<Problem>) {
    let schema = match Schema::from_cedarschema_str(&schema_text(package_actions)) {
        Ok((schema, _)) => schema,
        Err(error) => return problems.push(syntax("schema", &error.to_string())),
    };
    let places: BTreeMap<String, &Rule> = rules
        .iter()
        .map(|rule| (rule.policy.id().to_string(), rule))
        .collect();
    let place = |id: &PolicyId| {
        places
            .get(&id.to_string())
            .map_or_else(|| id.to_string(), |rule| rule.place.clone())
    };
    let policies = match PolicySet::from_policies(rules.iter().map(|rule| rule.policy.clone())) {
        Ok(policies) => policies,
        Err(error) => return problems.push(syntax("policies", &error.to_string())),
    };
    let result = Validator::new(schema).validate(&policies, ValidationMode::Strict);
    problems.extend(
        result
            .validation_errors()
            .map(|error| invalid(&place(error.policy_id()), &error.to_string())),
    );
    for warning in result.validation_warnings() {
        if let ValidationWarning::ImpossiblePolicy(impossible) = warning {
            problems.push(invalid(
                &place(warning.policy_id()),
                &impossible.to_string(),
            ));
        }
    }
}

fn not_listable(
    place: &str,
    actions: Option<&BTreeSet<String>>,
    unsupported: &Unsupported,
) -> Option<Problem> {
    let listable = ACTIONS.iter().find(|action| {
        action.listable && actions.is_none_or(|actions| actions.contains(action.name))
    })?;
    let (name, what) = (listable.name, &unsupported.0);
    Some(Problem::new(
        "policies.not_listable",
        place,
        format!("操作 `{name}` 用于筛选清单，其策略不能使用 {what}；请改用资源属性的比较"),
        format!(
            "action `{name}` filters lists, so its policies cannot use {what}; compare attributes of the resource instead"
        ),
    ))
}

fn syntax(place: &str, message: &str) -> Problem {
    Problem::new(
        "policies.syntax",
        place,
        format!("策略写法有误：{}", in_chinese(message)),
        format!("the policy cannot be read: {message}"),
    )
}

fn invalid(place: &str, message: &str) -> Problem {
    Problem::new(
        "policies.invalid",
        place,
        format!("策略不符合平台词汇：{}", in_chinese(message)),
        format!("the policy does not fit the platform's words: {message}"),
    )
}

fn taken(rule: &Rule) -> Problem {
    Problem::new(
        "policies.id_taken",
        &rule.place,
        format!("策略编号 `{}` 重复；请换一个 `@id`", rule.id),
        format!(
            "the policy id `{}` is used twice; choose another `@id`",
            rule.id
        ),
    )
}

fn named_roles(condition: &Condition, roles: &mut BTreeSet<String>) {
    match condition {
        Condition::Contains(
            SetOperand::Principal("roles"),
            Operand::Constant(Constant::Text(role)),
        ) => {
            roles.insert(role.clone());
        }
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| named_roles(part, roles))
        }
        Condition::Not(inner) => named_roles(inner, roles),
        _ => {}
    }
}
