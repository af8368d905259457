//! Walks a path from the anchor down and asks every rule; all that is wrong is told, not the first alone.

use crate::cert::Certificate;
use crate::key::{PublicKey, verify};
use crate::rule::{Finding, Rule};

use super::constraints::Constraints;
use super::policy::Policies;
use super::profile::{self, Role};
use super::search::Search;
use super::{Purpose, peer, revocation};

/// Checks a path that goes from the certificate in question to an anchor.
///
/// `is_question` says whether the path is that of the question itself; a path of the signer of a list has no purpose.
pub(super) fn check(
    search: &Search<'_>,
    path: &[usize],
    is_question: bool,
) -> Result<(), Vec<Finding>> {
    let request = search.request;
    let purpose = if is_question {
        request.purpose
    } else {
        Purpose::Any
    };
    let down: Vec<&Certificate> = path
        .iter()
        .rev()
        .filter_map(|index| search.certs.get(*index).copied())
        .collect();
    let mut findings = Vec::new();
    for (depth, cert) in down.iter().enumerate() {
        let role = match (depth, depth + 1 == down.len()) {
            (_, true) => Role::Leaf,
            (0, false) => Role::Anchor,
            _ => Role::Intermediate,
        };
        profile::check(cert, role, purpose, request.at, &mut findings);
    }
    inherited_keys(&down, &mut findings);
    path_lengths(&down, &mut findings);
    Constraints::check(&down, &mut findings);
    Policies::check(&down, request, &mut findings);
    if let Some(leaf) = down.last() {
        let root = down.first().filter(|_| down.len() > 1).copied();
        let between = down
            .get(1..down.len().saturating_sub(1))
            .unwrap_or_default();
        profile::purpose(leaf, between, root, request, purpose, &mut findings);
        if is_question {
            peer::check(leaf, request, &mut findings);
        }
    }
    // A path that does not hold anyway need not be asked about revocation, which costs most.
    if findings.is_empty() && !request.crls.is_empty() {
        revocation::check(search, path, &mut findings);
    }
    if findings.is_empty() {
        Ok(())
    } else {
        Err(findings)
    }
}

/// Signatures by DSA keys that take their parameters from above (RFC 5280, 6.1.4 (f)).
fn inherited_keys(down: &[&Certificate], findings: &mut Vec<Finding>) {
    let Some(anchor) = down.first() else {
        return;
    };
    let mut key = anchor.key.clone();
    for cert in down.iter().skip(1) {
        if matches!(key, PublicKey::Dsa { .. })
            && let Err(error) = verify(&key, &cert.algorithm, cert.tbs(), &cert.signature)
        {
            findings.push(Finding::new(Rule::Signature, cert, error.to_string()));
        }
        key = cert.key.inheriting(&key);
    }
}

/// How many authorities may follow (RFC 5280, 6.1.4 (l) and (m)); those that are self-issued do not count.
fn path_lengths(down: &[&Certificate], findings: &mut Vec<Finding>) {
    let mut left: Option<(u32, String)> = None;
    let issuing = down.get(..down.len().saturating_sub(1)).unwrap_or_default();
    for (depth, cert) in issuing.iter().enumerate() {
        if depth > 0 && !cert.is_self_issued() {
            match &mut left {
                Some((0, by)) => {
                    findings.push(Finding::new(Rule::PathLength, by, cert.to_string()));
                    return;
                }
                Some((count, _)) => *count -= 1,
                None => {}
            }
        }
        let own = cert.ext.basic_constraints.as_ref();
        if let Some(limit) = own.and_then(|found| found.value.path_len)
            && left.as_ref().is_none_or(|(count, _)| limit < *count)
        {
            left = Some((limit, cert.to_string()));
        }
    }
}
