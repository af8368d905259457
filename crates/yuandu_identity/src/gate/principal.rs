//! The principal as policies see it: built once per officer, then shared by every decision.
//!
//! Nothing is decided here.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use cedar_policy::{Entities, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};

use super::vocabulary::PrincipalKind;
use crate::IdentityError;
use crate::model::Officer;

/// A value of a principal's attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fact {
    Text(String),
    Flag(bool),
    Texts(BTreeSet<String>),
}

/// A principal ready for decisions.
#[derive(Debug)]
pub(crate) struct Principal {
    pub(crate) kind: PrincipalKind,
    pub(crate) id: String,
    pub(crate) facts: BTreeMap<&'static str, Fact>,
    /// Groups the principal is in: `("Role", "city-care.seat")`.
    pub(crate) groups: BTreeSet<(&'static str, String)>,
    pub(crate) uid: EntityUid,
    pub(crate) entities: Entities,
}

impl Principal {
    /// An officer in a post.
    pub(crate) fn officer(officer: &Officer) -> Result<Self, IdentityError> {
        let text = |value: &dyn ToString| Fact::Text(value.to_string());
        let mut facts = BTreeMap::from([
            ("user", text(&officer.user)),
            ("org", text(&officer.org)),
            ("post", text(&officer.post)),
            ("roles", Fact::Texts(officer.roles.clone())),
        ]);
        let scopes = [
            ("all_categories", "categories", &officer.scope.categories),
            ("all_divisions", "divisions", &officer.scope.divisions),
            ("all_grids", "grids", &officer.scope.grids),
        ];
        for (flag, name, scope) in scopes {
            facts.insert(flag, Fact::Flag(scope.is_none()));
            facts.insert(name, Fact::Texts(scope.clone().unwrap_or_default()));
        }
        let groups = officer
            .roles
            .iter()
            .map(|role| ("Role", role.clone()))
            .chain([
                ("Org", officer.org.to_string()),
                ("Post", officer.post.to_string()),
            ])
            .collect();
        Self::build(
            PrincipalKind::Officer,
            officer.user.to_string(),
            facts,
            groups,
        )
    }

    /// Someone who has not signed in.
    pub(crate) fn anonymous() -> Result<Self, IdentityError> {
        Self::build(
            PrincipalKind::Anonymous,
            "anonymous".to_owned(),
            BTreeMap::new(),
            BTreeSet::new(),
        )
    }

    /// Another program with a key.
    pub(crate) fn service(name: &str) -> Result<Self, IdentityError> {
        let facts = BTreeMap::from([("name", Fact::Text(name.to_owned()))]);
        Self::build(
            PrincipalKind::Service,
            name.to_owned(),
            facts,
            BTreeSet::new(),
        )
    }

    /// The platform acting by itself.
    pub(crate) fn system(name: &str) -> Result<Self, IdentityError> {
        Self::build(
            PrincipalKind::System,
            name.to_owned(),
            BTreeMap::new(),
            BTreeSet::new(),
        )
    }

    fn build(
        kind: PrincipalKind,
        id: String,
        facts: BTreeMap<&'static str, Fact>,
        groups: BTreeSet<(&'static str, String)>,
    ) -> Result<Self, IdentityError> {
        let uid = entity_uid(kind.name(), &id)?;
        let attributes: HashMap<String, RestrictedExpression> = facts
            .iter()
            .map(|(name, fact)| ((*name).to_owned(), fact.to_cedar()))
            .collect();
        let parents = groups
            .iter()
            .map(|(group, id)| entity_uid(group, id))
            .collect::<Result<HashSet<_>, _>>()?;
        let entity =
            Entity::new(uid.clone(), attributes, parents).map_err(IdentityError::policy_engine)?;
        let entities =
            Entities::from_entities([entity], None).map_err(IdentityError::policy_engine)?;
        Ok(Self {
            kind,
            id,
            facts,
            groups,
            uid,
            entities,
        })
    }
}

impl Fact {
    fn to_cedar(&self) -> RestrictedExpression {
        match self {
            Self::Text(text) => RestrictedExpression::new_string(text.clone()),
            Self::Flag(truth) => RestrictedExpression::new_bool(*truth),
            Self::Texts(texts) => RestrictedExpression::new_set(
                texts.iter().cloned().map(RestrictedExpression::new_string),
            ),
        }
    }
}

/// `Kind::"id"` of Cedar.
pub(crate) fn entity_uid(kind: &str, id: &str) -> Result<EntityUid, IdentityError> {
    let kind: EntityTypeName = kind.parse().map_err(IdentityError::policy_engine)?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

/// What the gate has built of an officer, once it has. A copy of the officer starts empty, so that a changed copy
/// is never decided by the facts of the original.
#[derive(Debug, Default)]
pub struct PrincipalCell(OnceLock<Arc<Principal>>);

impl PrincipalCell {
    pub(crate) fn get(&self, officer: &Officer) -> Result<Arc<Principal>, IdentityError> {
        if let Some(ready) = self.0.get() {
            return Ok(Arc::clone(ready));
        }
        let built = Arc::new(Principal::officer(officer)?);
        Ok(Arc::clone(self.0.get_or_init(|| built)))
    }
}

impl Clone for PrincipalCell {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for PrincipalCell {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for PrincipalCell {}
