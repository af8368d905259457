//! Finds paths from the leaf upwards: depth first, the likeliest issuer first, never the same certificate or the same
//! name and key twice, and never more work than the limits say.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use crate::cert::Certificate;
use crate::key::{PublicKey, SignatureError, verify};
use crate::rule::{Finding, Rule};

use super::{Answer, Request, check};

/// Longer paths are not met: the longest of the test suites has nine.
const DEEPEST: usize = 24;
/// Signatures that are checked for one question.
const MOST_SIGNATURES: u32 = 2_000;
/// Steps of the search for one question.
const MOST_STEPS: u32 = 5_000;
/// Paths that reached an anchor and were checked in full.
const MOST_PATHS: u32 = 500;

/// Judges a path that reached an anchor.
pub(super) type Accept<'a> = dyn Fn(&[usize]) -> Result<(), Vec<Finding>> + 'a;

/// Why a branch was given up, and how far it had come.
struct Failure {
    reached: usize,
    path: Vec<usize>,
    findings: Vec<Finding>,
}

/// The search for one question.
pub(super) struct Search<'a> {
    pub(super) request: &'a Request,
    pub(super) certs: Vec<&'a Certificate>,
    first_anchor: usize,
    fits: RefCell<HashMap<(usize, usize), Result<(), SignatureError>>>,
    signatures: Cell<u32>,
    steps: Cell<u32>,
    paths: Cell<u32>,
    /// Signers of lists whose own path is being checked.
    pub(super) in_progress: RefCell<Vec<usize>>,
}

impl<'a> Search<'a> {
    pub(super) fn new(request: &'a Request) -> Self {
        let mut certs = vec![&request.leaf];
        certs.extend(&request.pool);
        let first_anchor = certs.len();
        certs.extend(&request.anchors);
        Self {
            request,
            certs,
            first_anchor,
            fits: RefCell::default(),
            signatures: Cell::new(0),
            steps: Cell::new(0),
            paths: Cell::new(0),
            in_progress: RefCell::default(),
        }
    }

    pub(super) fn answer(&self) -> Answer {
        let found = self.find(0, &|path| check::check(self, path, true));
        let (path, findings) = match found {
            Ok(path) => (path, Vec::new()),
            Err((path, findings)) => (path, findings),
        };
        let words = |index: &usize| self.certs.get(*index).map(ToString::to_string);
        Answer {
            path: path.iter().filter_map(words).collect(),
            findings,
        }
    }

    /// A path from a certificate to an anchor that `accept` accepts; or the one that came farthest, and why not.
    pub(super) fn find(
        &self,
        start: usize,
        accept: &Accept<'_>,
    ) -> Result<Vec<usize>, (Vec<usize>, Vec<Finding>)> {
        let mut path = vec![self.as_anchor(start).unwrap_or(start)];
        let mut worst = None;
        if self.step(&mut path, accept, &mut worst) {
            return Ok(path);
        }
        let failure = worst.unwrap_or_else(|| self.no_issuer(&[start]));
        Err((failure.path, failure.findings))
    }

    pub(super) fn is_anchor(&self, index: usize) -> bool {
        index >= self.first_anchor
    }

    /// The anchor with the same bytes, if there is one.
    fn as_anchor(&self, index: usize) -> Option<usize> {
        let cert = self.certs.get(index)?;
        let same = self
            .request
            .anchors
            .iter()
            .position(|anchor| anchor.der == cert.der)?;
        Some(self.first_anchor + same)
    }

    fn step(
        &self,
        path: &mut Vec<usize>,
        accept: &Accept<'_>,
        worst: &mut Option<Failure>,
    ) -> bool {
        let Some(last) = path.last().copied() else {
            return false;
        };
        if self.is_anchor(last) {
            return self.arrived(path, accept, worst);
        }
        let mut any = false;
        for issuer in self.candidates(path, last) {
            self.steps.set(self.steps.get() + 1);
            if self.exhausted() {
                keep(worst, self.failure(9_000, path, Rule::TooComplex, ""));
                return false;
            }
            any = true;
            if let Err(error) = self.fits(last, issuer) {
                let rule = match error {
                    SignatureError::Unsupported(_) => Rule::WeakAlgorithm,
                    _ => Rule::Signature,
                };
                keep(
                    worst,
                    self.failure(path.len() * 2, path, rule, &error.to_string()),
                );
                continue;
            }
            path.push(issuer);
            if path.len() <= DEEPEST && self.step(path, accept, worst) {
                return true;
            }
            path.pop();
        }
        if !any {
            keep(worst, self.no_issuer(path));
        }
        false
    }

    fn arrived(&self, path: &[usize], accept: &Accept<'_>, worst: &mut Option<Failure>) -> bool {
        self.paths.set(self.paths.get() + 1);
        match accept(path) {
            Ok(()) => true,
            Err(findings) => {
                // Of paths that reached an anchor, the one with the fewest findings tells most.
                let reached = 1_000usize.saturating_sub(findings.len());
                keep(
                    worst,
                    Failure {
                        reached,
                        path: path.to_vec(),
                        findings,
                    },
                );
                false
            }
        }
    }

    fn exhausted(&self) -> bool {
        self.steps.get() > MOST_STEPS
            || self.signatures.get() > MOST_SIGNATURES
            || self.paths.get() > MOST_PATHS
    }

    fn candidates(&self, path: &[usize], last: usize) -> Vec<usize> {
        let Some(child) = self.certs.get(last) else {
            return Vec::new();
        };
        let known = |cert: &Certificate| {
            path.iter()
                .filter_map(|index| self.certs.get(*index))
                .any(|other| {
                    other.der == cert.der
                        || (other.subject == cert.subject && other.spki() == cert.spki())
                })
        };
        let mut list: Vec<(u8, usize)> = Vec::new();
        for (index, cert) in self.certs.iter().enumerate().skip(1) {
            if cert.subject != child.issuer || known(cert) {
                continue;
            }
            let named = match cert.is_named_by(child) {
                Some(true) => 0,
                None => 2,
                Some(false) => 4,
            };
            list.push((named + u8::from(!self.is_anchor(index)), index));
        }
        list.sort_unstable();
        list.into_iter().map(|(_, index)| index).collect()
    }

    /// Whether the issuer's key fits the child's signature; a DSA key that lacks its parameters is judged on the way down.
    fn fits(&self, child: usize, issuer: usize) -> Result<(), SignatureError> {
        if let Some(known) = self.fits.borrow().get(&(child, issuer)) {
            return known.clone();
        }
        let (Some(cert), Some(by)) = (self.certs.get(child), self.certs.get(issuer)) else {
            return Err(SignatureError::Wrong);
        };
        let result = if matches!(by.key, PublicKey::Dsa { params: None, .. }) {
            Ok(())
        } else {
            self.count_signature();
            verify(&by.key, &cert.algorithm, cert.tbs(), &cert.signature)
        };
        self.fits
            .borrow_mut()
            .insert((child, issuer), result.clone());
        result
    }

    pub(super) fn count_signature(&self) {
        self.signatures.set(self.signatures.get() + 1);
    }

    fn failure(&self, reached: usize, path: &[usize], rule: Rule, detail: &str) -> Failure {
        let cert = path.last().and_then(|index| self.certs.get(*index));
        let name = cert.map(ToString::to_string).unwrap_or_default();
        Failure {
            reached,
            path: path.to_vec(),
            findings: vec![Finding::new(rule, name, detail)],
        }
    }

    fn no_issuer(&self, path: &[usize]) -> Failure {
        let cert = path.last().and_then(|index| self.certs.get(*index));
        let issuer = cert.map(|cert| cert.issuer.to_string()).unwrap_or_default();
        self.failure(path.len() * 2 - 1, path, Rule::NoIssuer, &issuer)
    }
}

fn keep(worst: &mut Option<Failure>, failure: Failure) {
    if worst
        .as_ref()
        .is_none_or(|old| failure.reached > old.reached)
    {
        *worst = Some(failure);
    }
}
