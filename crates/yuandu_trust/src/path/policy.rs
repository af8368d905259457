//! Certificate policies (RFC 5280, 6.1), on a graph instead of a tree so that crafted mappings cannot make it grow (RFC 9618).
//!
//! A level holds at most one node for each policy; a node remembers which policies of the anchor's domain it comes from.

use std::collections::{BTreeMap, BTreeSet};

use crate::cert::Certificate;
use crate::der::Oid;
use crate::oids;
use crate::rule::{Finding, Rule};

use super::Request;

/// A node: what is expected below it, and where it comes from; `None` among the origins stands for anyPolicy.
#[derive(Debug, Clone, Default)]
struct Node {
    expected: BTreeSet<Oid>,
    origins: BTreeSet<Option<Oid>>,
}

/// The state on the way down.
pub(super) struct Policies {
    /// `None` once no policy is left.
    level: Option<BTreeMap<Oid, Node>>,
    any: Option<BTreeSet<Option<Oid>>>,
    explicit: usize,
    mapping: usize,
    inhibit_any: usize,
}

impl Policies {
    /// Checks a path, from the anchor down.
    pub(super) fn check(down: &[&Certificate], request: &Request, findings: &mut Vec<Finding>) {
        let length = down.len();
        let count = |now: bool| if now { 0 } else { length };
        let mut state = Self {
            level: Some(BTreeMap::new()),
            any: Some(BTreeSet::from([None])),
            explicit: count(request.explicit_policy),
            mapping: count(request.inhibit_mapping),
            inhibit_any: count(request.inhibit_any),
        };
        for (depth, cert) in down.iter().enumerate().skip(1) {
            let last = depth + 1 == length;
            state.enter(cert, last);
            if state.explicit == 0 && state.is_empty() {
                findings.push(Finding::new(Rule::Policy, cert, ""));
                return;
            }
            if last {
                state.wrap_up(cert);
            } else if let Err(detail) = state.prepare(cert) {
                findings.push(Finding::new(Rule::PolicyMapping, cert, detail));
                return;
            }
        }
        if let Some(leaf) = down.last()
            && state.explicit == 0
            && !state.satisfies(&request.policies)
        {
            findings.push(Finding::new(Rule::Policy, leaf, ""));
        }
    }

    fn is_empty(&self) -> bool {
        self.any.is_none() && self.level.as_ref().is_none_or(BTreeMap::is_empty)
    }

    /// Steps (d) and (e) of 6.1.3.
    fn enter(&mut self, cert: &Certificate, last: bool) {
        let Some(policies) = &cert.ext.policies else {
            self.level = None;
            self.any = None;
            return;
        };
        let above = self.level.take().unwrap_or_default();
        let any_above = self.any.take();
        let mut level: BTreeMap<Oid, Node> = BTreeMap::new();
        let mut any = None;
        for policy in policies
            .value
            .iter()
            .filter(|oid| !oid.is(oids::ANY_POLICY))
        {
            let mut origins = origins_expecting(&above, policy);
            if origins.is_empty() && any_above.is_some() {
                origins.insert(Some(policy.clone()));
            }
            if !origins.is_empty() {
                level.insert(policy.clone(), fresh(policy, origins));
            }
        }
        let has_any = policies.value.iter().any(|oid| oid.is(oids::ANY_POLICY));
        if has_any && (self.inhibit_any > 0 || (!last && cert.is_self_issued())) {
            let expected: BTreeSet<&Oid> = above.values().flat_map(|node| &node.expected).collect();
            for policy in expected {
                level
                    .entry(policy.clone())
                    .or_insert_with(|| fresh(policy, origins_expecting(&above, policy)));
            }
            any = any_above;
        }
        self.level = Some(level);
        self.any = any;
    }

    /// 6.1.4 (a), (b) and (h) to (j).
    fn prepare(&mut self, cert: &Certificate) -> Result<(), String> {
        if let Some(mappings) = &cert.ext.policy_mappings {
            let is_any = |oid: &Oid| oid.is(oids::ANY_POLICY);
            if let Some((from, to)) = mappings.value.iter().find(|(a, b)| is_any(a) || is_any(b)) {
                return Err(format!("{from} -> {to}"));
            }
            self.map(&mappings.value);
        }
        if !cert.is_self_issued() {
            self.explicit = self.explicit.saturating_sub(1);
            self.mapping = self.mapping.saturating_sub(1);
            self.inhibit_any = self.inhibit_any.saturating_sub(1);
        }
        let at_most = |count: &mut usize, limit: Option<u32>| {
            if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
                *count = (*count).min(limit);
            }
        };
        if let Some(constraints) = &cert.ext.policy_constraints {
            at_most(&mut self.explicit, constraints.value.require_explicit);
            at_most(&mut self.mapping, constraints.value.inhibit_mapping);
        }
        at_most(
            &mut self.inhibit_any,
            cert.ext.inhibit_any.as_ref().map(|found| found.value),
        );
        Ok(())
    }

    fn map(&mut self, mappings: &[(Oid, Oid)]) {
        let mut by_issuer: BTreeMap<&Oid, BTreeSet<Oid>> = BTreeMap::new();
        for (from, to) in mappings {
            by_issuer.entry(from).or_default().insert(to.clone());
        }
        let level = self.level.get_or_insert_with(BTreeMap::new);
        for (policy, expected) in by_issuer {
            if self.mapping == 0 {
                level.remove(policy);
            } else if let Some(node) = level.get_mut(policy) {
                node.expected = expected;
            } else if self.any.is_some() {
                let origins = BTreeSet::from([Some(policy.clone())]);
                level.insert(policy.clone(), Node { expected, origins });
            }
        }
    }

    /// 6.1.5 (a) and (b).
    fn wrap_up(&mut self, cert: &Certificate) {
        self.explicit = self.explicit.saturating_sub(1);
        let own = cert.ext.policy_constraints.as_ref();
        if own.and_then(|found| found.value.require_explicit) == Some(0) {
            self.explicit = 0;
        }
    }

    /// 6.1.5 (g): is one of the acceptable policies among those that are left?
    fn satisfies(&self, acceptable: &[Oid]) -> bool {
        if acceptable.is_empty() || acceptable.iter().any(|oid| oid.is(oids::ANY_POLICY)) {
            return !self.is_empty();
        }
        let nodes = self.level.iter().flat_map(BTreeMap::values);
        self.any.is_some()
            || nodes
                .flat_map(|node| &node.origins)
                .any(|origin| origin.as_ref().is_none_or(|oid| acceptable.contains(oid)))
    }
}

fn fresh(policy: &Oid, origins: BTreeSet<Option<Oid>>) -> Node {
    Node {
        expected: BTreeSet::from([policy.clone()]),
        origins,
    }
}

fn origins_expecting(level: &BTreeMap<Oid, Node>, policy: &Oid) -> BTreeSet<Option<Oid>> {
    level
        .values()
        .filter(|node| node.expected.contains(policy))
        .flat_map(|node| node.origins.iter().cloned())
        .collect()
}
