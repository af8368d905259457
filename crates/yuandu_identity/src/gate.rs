//! The gate: one decision per request, deny by default, with reasons; the same policies as SQL for lists.
//!
//! Cedar decides; this module builds what it decides about and keeps the policies cut into small slices, because
//! Cedar's time grows with the number of policies it is shown. It knows no use case. Start with [`Gate::decide`].

mod condition;
mod explain;
mod filter;
mod load;
mod principal;
mod residual;
mod resource;
mod source;
mod vocabulary;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Context, Decision as Verdict, Entity, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use yuandu_base::{LocalText, Problem};

use self::explain::RoleTitles;
use self::load::Rule;
use self::principal::{Principal, entity_uid};
use self::residual::{Known, Residual, all, any, not};
use self::vocabulary::{ACTIONS, PACKAGE_ACTION_KINDS, PrincipalKind, Shape};
use crate::context::{Actor, OpCtx};
use crate::error::IdentityError;

pub use filter::{ColumnMap, Filter};
pub use principal::PrincipalCell;
pub use resource::{Attr, CaseFacts, Resource, TaskFacts};
pub use source::PolicySource;
pub use vocabulary::ResourceKind;

/// The answer to "may this actor do this to that?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Why: the reasons of the policies that allowed or forbade, or what is missing.
    pub reasons: Vec<LocalText>,
    /// The policies that decided, as `<package>/<id>`; empty if none allowed.
    pub policies: Vec<String>,
}

/// All policies of the platform and its packages.
#[derive(Debug)]
pub struct Gate {
    actions: HashMap<String, ActionRules>,
    rules: BTreeMap<String, Arc<Rule>>,
    titles: RoleTitles,
    anonymous: Arc<Principal>,
}

#[derive(Debug)]
struct ActionRules {
    uid: EntityUid,
    slices: HashMap<(PrincipalKind, ResourceKind), Slice>,
}

/// The policies that can matter for one action, kind of principal and kind of resource.
#[derive(Debug)]
struct Slice {
    policies: PolicySet,
    rules: Vec<Arc<Rule>>,
}

impl Gate {
    /// Loads the kernel's policies and those of the packages; on any problem tells all of them.
    ///
    /// # Errors
    /// Every problem with its `file:line`.
    pub fn new(sources: &[PolicySource]) -> Result<Self, Vec<Problem>> {
        let mut all_sources = vec![PolicySource::kernel()];
        all_sources.extend_from_slice(sources);
        let loaded = load::load(&all_sources)?;
        let rules: Vec<Arc<Rule>> = loaded.rules.into_iter().map(Arc::new).collect();
        let own = loaded
            .package_actions
            .iter()
            .map(|name| (name.as_str(), PACKAGE_ACTION_KINDS));
        let known = ACTIONS.iter().map(|action| (action.name, action.kinds));
        let mut actions = HashMap::new();
        for (name, kinds) in known.chain(own) {
            actions.insert(
                name.to_owned(),
                ActionRules::new(name, kinds, &rules).map_err(engine_problem)?,
            );
        }
        let anonymous = Arc::new(Principal::anonymous().map_err(engine_problem)?);
        let rules = rules
            .into_iter()
            .map(|rule| (rule.policy.id().to_string(), rule))
            .collect();
        Ok(Self {
            actions,
            rules,
            titles: kernel_role_titles(),
            anonymous,
        })
    }

    /// Gives the titles of the packages' roles, so that refusals name them in words.
    #[must_use]
    pub fn with_role_titles(
        mut self,
        titles: impl IntoIterator<Item = (String, LocalText)>,
    ) -> Self {
        self.titles.extend(titles);
        self
    }

    /// Whether the action is known: the kernel's, or a package's own.
    #[must_use]
    pub fn knows(&self, action: &str) -> bool {
        self.actions.contains_key(action)
    }

    /// The actions that may be asked about a kind of resource, the kernel's and the packages', in order.
    #[must_use]
    pub fn actions_on(&self, kind: ResourceKind) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .actions
            .iter()
            .filter(|(_, rules)| rules.slices.keys().any(|(_, of)| *of == kind))
            .map(|(name, _)| name.as_str())
            .collect();
        names.sort_unstable();
        names
    }

    /// The roles policies name, each with the place that names it, for the check that someone can hold them.
    #[must_use]
    pub fn roles_named(&self) -> BTreeMap<String, String> {
        let named = self.rules.values().flat_map(|rule| {
            rule.roles()
                .into_iter()
                .map(|role| (role, rule.place.clone()))
        });
        named.collect()
    }

    /// Decides one request.
    #[must_use]
    pub fn decide(&self, ctx: &OpCtx, action: &str, resource: &Resource) -> Decision {
        self.try_decide(ctx, action, resource)
            .unwrap_or_else(|_| Decision {
                allowed: false,
                reasons: vec![LocalText::new(
                    "权限无法判定，请联系管理员",
                    "the permission could not be decided; ask the administrator",
                )],
                policies: Vec::new(),
            })
    }

    /// Decides one request and turns a refusal into an error.
    ///
    /// # Errors
    /// [`IdentityError::Denied`] with what is missing.
    pub fn require(
        &self,
        ctx: &OpCtx,
        action: &str,
        resource: &Resource,
    ) -> Result<(), IdentityError> {
        let decision = self.decide(ctx, action, resource);
        if decision.allowed {
            return Ok(());
        }
        Err(IdentityError::Denied {
            action: action.to_owned(),
            reasons: decision.reasons,
        })
    }

    /// The same policies as a condition over columns; parameters are numbered from `first_param`.
    ///
    /// # Errors
    /// [`IdentityError::NoColumn`] if a policy reads a fact that `columns` does not place.
    pub fn filter(
        &self,
        ctx: &OpCtx,
        action: &str,
        kind: ResourceKind,
        columns: &ColumnMap,
        first_param: usize,
    ) -> Result<Filter, IdentityError> {
        let fixed = columns.fixed_facts(kind);
        filter::write(
            &self.residual(ctx, action, kind, Some(&fixed))?,
            kind,
            columns,
            first_param,
        )
    }

    /// Whether there could be a resource of this kind on which the actor may do this: decides what menus offer.
    #[must_use]
    pub fn may_ever(&self, ctx: &OpCtx, action: &str, kind: ResourceKind) -> bool {
        self.residual(ctx, action, kind, None)
            .is_ok_and(|residual| residual != Residual::Always(false))
    }

    fn residual(
        &self,
        ctx: &OpCtx,
        action: &str,
        kind: ResourceKind,
        fixed: Option<&Resource>,
    ) -> Result<Residual, IdentityError> {
        let principal = self.principal(&ctx.actor)?;
        let Some(slice) = self.slice(action, principal.kind, kind) else {
            return Ok(Residual::Always(false));
        };
        let known = Known {
            principal: &principal,
            action,
            kind,
            resource: None,
            fixed,
        };
        let reduced = |permit: bool| {
            let parts = slice
                .rules
                .iter()
                .filter(|rule| rule.permit == permit)
                .filter_map(|rule| match &rule.condition {
                    Some(condition) => known.reduce(condition).ok(),
                    // Only actions that do not filter lists may have such a policy: a permit may allow, a forbid may not.
                    None => Some(Residual::Always(permit)),
                });
            any(parts.collect())
        };
        Ok(all(vec![reduced(true), not(reduced(false))]))
    }

    fn try_decide(
        &self,
        ctx: &OpCtx,
        action: &str,
        resource: &Resource,
    ) -> Result<Decision, IdentityError> {
        if !resource.is_well_formed() {
            return Err(IdentityError::policy_engine(format!(
                "malformed facts of {}",
                resource.kind.name()
            )));
        }
        let principal = self.principal(&ctx.actor)?;
        let slice = self
            .slice(action, principal.kind, resource.kind)
            .filter(|slice| slice.rules.iter().any(|rule| rule.permit));
        if let (Some(slice), Some(rules)) = (slice, self.actions.get(action)) {
            let request = Request::new(
                principal.uid.clone(),
                rules.uid.clone(),
                entity_uid(resource.kind.name(), &resource.id)?,
                Context::empty(),
                None,
            )
            .map_err(IdentityError::policy_engine)?;
            let entities = principal
                .entities
                .clone()
                .add_entities([resource_entity(resource)?], None)
                .map_err(IdentityError::policy_engine)?;
            let response = Authorizer::new().is_authorized(&request, &slice.policies, &entities);
            let mut deciding: Vec<&Arc<Rule>> = response
                .diagnostics()
                .reason()
                .filter_map(|id| self.rules.get(&id.to_string()))
                .collect();
            deciding.sort_by(|left, right| left.id.cmp(&right.id));
            let allowed = response.decision() == Verdict::Allow;
            if allowed || !deciding.is_empty() {
                return Ok(Decision {
                    allowed,
                    reasons: deciding.iter().map(|rule| rule.reason.clone()).collect(),
                    policies: deciding.iter().map(|rule| rule.id.clone()).collect(),
                });
            }
        }
        let known = Known {
            principal: &principal,
            action,
            kind: resource.kind,
            resource: Some(resource),
            fixed: None,
        };
        let permits = self
            .rules
            .values()
            .filter(|rule| rule.permit && rule.is_about(action))
            .map(Arc::as_ref);
        Ok(Decision {
            allowed: false,
            reasons: explain::refusal(permits, &known, &self.titles),
            policies: Vec::new(),
        })
    }

    fn slice(
        &self,
        action: &str,
        principal: PrincipalKind,
        resource: ResourceKind,
    ) -> Option<&Slice> {
        self.actions.get(action)?.slices.get(&(principal, resource))
    }

    fn principal(&self, actor: &Actor) -> Result<Arc<Principal>, IdentityError> {
        match actor {
            Actor::Officer(officer) => officer.principal.get(officer),
            Actor::Anonymous => Ok(Arc::clone(&self.anonymous)),
            Actor::Service(name) => Principal::service(name).map(Arc::new),
            Actor::System(name) => Principal::system(name).map(Arc::new),
        }
    }
}

impl ActionRules {
    fn new(name: &str, kinds: &[ResourceKind], rules: &[Arc<Rule>]) -> Result<Self, IdentityError> {
        let mut slices = HashMap::new();
        for principal in PrincipalKind::ALL {
            let rules: Vec<Arc<Rule>> = rules
                .iter()
                .filter(|rule| rule.is_about(name) && rule.principals.contains(&principal))
                .map(Arc::clone)
                .collect();
            for kind in kinds {
                let policies =
                    PolicySet::from_policies(rules.iter().map(|rule| rule.policy.clone()))
                        .map_err(IdentityError::policy_engine)?;
                slices.insert(
                    (principal, *kind),
                    Slice {
                        policies,
                        rules: rules.clone(),
                    },
                );
            }
        }
        Ok(Self {
            uid: entity_uid("Action", name)?,
            slices,
        })
    }
}

fn resource_entity(resource: &Resource) -> Result<Entity, IdentityError> {
    let mut attributes = HashMap::new();
    for attribute in resource.kind.attributes() {
        let value = match attribute.shape {
            Shape::Text | Shape::PrefixOf { .. } => resource
                .text(attribute.name)
                .map(|text| RestrictedExpression::new_string(text.to_owned())),
            Shape::OptionalInt => resource
                .int(attribute.name)
                .map(RestrictedExpression::new_long),
        };
        if let Some(value) = value {
            attributes.insert(attribute.name.to_owned(), value);
        }
    }
    let uid = entity_uid(resource.kind.name(), &resource.id)?;
    Entity::new(uid, attributes, HashSet::new()).map_err(IdentityError::policy_engine)
}

/// The kernel's own roles, which a city gives to posts beside the packages' roles. System, security and audit
/// administration are separate posts (GB/T 22239, level 3).
#[must_use]
pub fn kernel_roles() -> Vec<(&'static str, LocalText)> {
    vec![
        (
            "kernel.admin",
            LocalText::new("系统管理员", "System administrator"),
        ),
        ("kernel.auditor", LocalText::new("审计管理员", "Auditor")),
        (
            "kernel.registrar",
            LocalText::new("数据管理员", "Registrar"),
        ),
        (
            "kernel.security",
            LocalText::new("安全管理员", "Security administrator"),
        ),
    ]
}

fn kernel_role_titles() -> RoleTitles {
    kernel_roles()
        .into_iter()
        .map(|(role, title)| (role.to_owned(), title))
        .collect()
}

fn engine_problem(error: IdentityError) -> Vec<Problem> {
    vec![Problem::new(
        "policies.engine",
        "",
        "策略引擎不可用",
        error.to_string(),
    )]
}
