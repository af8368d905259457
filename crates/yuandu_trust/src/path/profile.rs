//! What each certificate of a path must be by itself, and what the leaf must be for its purpose.
//!
//! Three layers, because the public suites ask for all three: what RFC 5280 makes a certificate unusable for everyone;
//! what it asks of conforming authorities, enforced for servers; and the CA/Browser Forum's rules, for servers alone.

use crate::cert::Certificate;
use crate::der::{Instant, Oid};
use crate::ext::usage;
use crate::key::{Digest, PublicKey};
use crate::oids;
use crate::rule::{Finding, Rule};

use super::{PeerName, Purpose, Request};

/// 2016-01-01: no authority issues under SHA-1 from then on (CA/Browser Forum ballot 118).
const LAST_SHA1: Instant = Instant(1_451_606_400);
/// 2014-01-01: keys below 112 bits of strength end (NIST SP 800-131A).
const LAST_SHORT_DSA: Instant = Instant(1_388_534_400);

/// Where a certificate stands in its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Anchor,
    Intermediate,
    Leaf,
}

struct Check<'a> {
    cert: &'a Certificate,
    role: Role,
    strict: bool,
    findings: &'a mut Vec<Finding>,
}

impl Check<'_> {
    fn tell(&mut self, rule: Rule, detail: impl Into<String>) {
        self.findings.push(Finding::new(rule, self.cert, detail));
    }
}

/// Checks one certificate.
pub(super) fn check(
    cert: &Certificate,
    role: Role,
    purpose: Purpose,
    at: Instant,
    findings: &mut Vec<Finding>,
) {
    let mut check = Check {
        cert,
        role,
        strict: purpose == Purpose::Server,
        findings,
    };
    check.validity(at);
    check.form();
    check.names();
    check.algorithm();
    check.key();
    check.key_ids();
    check.criticality();
    check.authority();
}

impl Check<'_> {
    fn validity(&mut self, at: Instant) {
        if at < self.cert.not_before {
            let detail = format!("{} > {at}", self.cert.not_before);
            self.tell(Rule::NotYetValid, detail);
        }
        if at > self.cert.not_after {
            let detail = format!("{} < {at}", self.cert.not_after);
            self.tell(Rule::Expired, detail);
        }
    }

    fn form(&mut self) {
        // An anchor stands for a name and a key; old roots of version 1 are met outside of the web.
        if self.cert.version != 3 && (self.strict || self.role == Role::Intermediate) {
            self.tell(Rule::Version, format!("v{}", self.cert.version));
        }
        let serial = &self.cert.serial;
        let digits = serial.iter().skip_while(|byte| **byte == 0).count();
        if digits > 20 {
            self.tell(Rule::Serial, format!("{digits} > 20"));
        } else if self.strict && digits == 0 {
            self.tell(Rule::Serial, "0");
        } else if self.strict && serial.first().is_some_and(|byte| byte & 0x80 != 0) {
            self.tell(Rule::Serial, "< 0");
        }
        if let Some(oid) = &self.cert.ext.duplicate {
            self.tell(Rule::DuplicateExtension, oid.to_string());
        }
        if let Some(oid) = &self.cert.ext.unknown_critical {
            self.tell(Rule::UnknownCritical, oid.to_string());
        }
    }

    fn names(&mut self) {
        let ext = &self.cert.ext;
        if self.cert.issuer.is_empty() {
            self.tell(Rule::EmptyIssuer, "");
        }
        if !self.cert.subject.is_empty() {
            return;
        }
        let critical = ext
            .subject_alt_name
            .as_ref()
            .is_some_and(|san| san.critical);
        if self.cert.is_ca() || !critical {
            self.tell(Rule::EmptySubject, "");
        }
    }

    fn algorithm(&mut self) {
        let cert = self.cert;
        if cert.inner_algorithm != cert.algorithm {
            let detail = format!("{}, {}", cert.inner_algorithm.name(), cert.algorithm.name());
            self.tell(Rule::AlgorithmMismatch, detail);
        }
        // Nobody relies on an anchor's signature of itself.
        if self.role == Role::Anchor {
            return;
        }
        let name = cert.algorithm.name();
        let old = cert.not_before < LAST_SHA1 && !self.strict;
        match crate::key::digest_of(&cert.algorithm) {
            Some(Digest::Sha1) if !old => self.tell(Rule::WeakAlgorithm, name),
            _ if self.strict && name.starts_with("DSA") => self.tell(Rule::WeakAlgorithm, name),
            _ => {}
        }
    }

    fn key(&mut self) {
        let cert = self.cert;
        let weak = match &cert.key {
            PublicKey::Rsa { e, .. } => {
                cert.key.bits() < 2048 || e.last().is_none_or(|last| last & 1 == 0) || e == &[1]
            }
            PublicKey::Dsa { params: None, .. } => self.strict,
            PublicKey::Dsa { .. } => {
                let least = if cert.not_before < LAST_SHORT_DSA {
                    1024
                } else {
                    2048
                };
                self.strict || cert.key.bits() < least
            }
            PublicKey::Unknown(_) => true,
            PublicKey::Ec { .. } | PublicKey::Ed25519(_) | PublicKey::MlDsa(..) => false,
        };
        if weak {
            self.tell(Rule::WeakKey, cert.key.kind());
        }
        let bits = cert.ext.key_usage.as_ref().map(|found| found.value);
        if bits == Some(0) {
            self.tell(Rule::KeyUsage, "0");
        }
        // A key of ML-DSA neither encrypts nor agrees (RFC 9881, 5).
        let other = usage::KEY_ENCIPHERMENT
            | usage::DATA_ENCIPHERMENT
            | usage::KEY_AGREEMENT
            | usage::ENCIPHER_ONLY
            | usage::DECIPHER_ONLY;
        if matches!(cert.key, PublicKey::MlDsa(..)) && bits.is_some_and(|bits| bits & other != 0) {
            self.tell(Rule::KeyUsage, cert.key.kind());
        }
    }

    fn key_ids(&mut self) {
        let ext = &self.cert.ext;
        let own = ext.subject_key_id.as_ref();
        let authority = ext.authority_key_id.as_ref().map(|found| &found.value);
        let key_id = authority.and_then(|found| found.key_id.as_ref());
        let self_issued_anchor = self.role == Role::Anchor && self.cert.is_self_issued();
        if !self.strict {
            return;
        }
        if self.cert.is_ca() && own.is_none() {
            self.tell(Rule::SubjectKeyId, "");
        }
        match (self_issued_anchor, authority) {
            (false, _) if key_id.is_none() => self.tell(Rule::AuthorityKeyId, ""),
            (true, Some(found)) => {
                let same = own.is_none_or(|own| key_id == Some(&own.value));
                if key_id.is_none() || found.by_serial || !same {
                    self.tell(Rule::AuthorityKeyId, "authority != subject");
                }
            }
            _ => {}
        }
    }

    fn criticality(&mut self) {
        let ext = &self.cert.ext;
        let mut wrong = Vec::new();
        let mut must_not = |critical: Option<bool>, name: &'static str| {
            if critical == Some(true) {
                wrong.push(name);
            }
        };
        must_not(
            ext.authority_key_id.as_ref().map(|x| x.critical),
            "authorityKeyIdentifier",
        );
        must_not(
            ext.subject_key_id.as_ref().map(|x| x.critical),
            "subjectKeyIdentifier",
        );
        must_not(
            ext.authority_info.as_ref().map(|x| x.critical),
            "authorityInfoAccess",
        );
        let mut must = |critical: Option<bool>, name: &'static str| {
            if critical == Some(false) {
                wrong.push(name);
            }
        };
        // RFC 3280 allowed these two without the mark, and NIST's suite has them so.
        if self.strict {
            must(
                ext.policy_constraints.as_ref().map(|x| x.critical),
                "policyConstraints",
            );
            must(
                ext.inhibit_any.as_ref().map(|x| x.critical),
                "inhibitAnyPolicy",
            );
        }
        if self.role == Role::Anchor {
            must(
                ext.basic_constraints.as_ref().map(|x| x.critical),
                "basicConstraints",
            );
        }
        for name in wrong {
            self.tell(Rule::Criticality, name);
        }
    }

    fn authority(&mut self) {
        let cert = self.cert;
        let key_usage = cert.ext.key_usage.as_ref().map(|found| found.value);
        let cert_sign = key_usage.map(|bits| bits & usage::CERT_SIGN != 0);
        if self.role != Role::Leaf && !cert.is_ca() {
            self.tell(Rule::NotCa, "");
        }
        if cert.is_ca() && cert_sign == Some(false) && (self.role != Role::Leaf || self.strict) {
            self.tell(Rule::CertSign, "cA, !keyCertSign");
        }
        if self.role == Role::Leaf && !cert.is_ca() {
            if cert_sign == Some(true) {
                self.tell(Rule::CertSign, "!cA, keyCertSign");
            }
            if cert.ext.name_constraints.is_some() {
                self.tell(Rule::ConstraintsInLeaf, "");
            }
        }
    }
}

/// Checks that the leaf, and the authorities above it, are for the purpose.
pub(super) fn purpose(
    leaf: &Certificate,
    between: &[&Certificate],
    root: Option<&Certificate>,
    request: &Request,
    purpose: Purpose,
    findings: &mut Vec<Finding>,
) {
    let mailbox = matches!(request.name, Some(PeerName::Email(_)));
    let Some((wanted, bits)) = wanted(purpose, mailbox) else {
        return;
    };
    if !leaf.may(bits) {
        findings.push(Finding::new(Rule::KeyUsage, leaf, ""));
    }
    let special = matches!(purpose, Purpose::OcspSigning | Purpose::TimeStamping);
    if special && leaf.ext.ext_key_usage.is_none() {
        findings.push(Finding::new(Rule::ExtKeyUsage, leaf, ""));
    }
    for cert in between.iter().copied().chain([leaf]) {
        let Some(list) = cert.ext.ext_key_usage.as_ref().map(|found| &found.value) else {
            continue;
        };
        let fits = |oid: &Oid| oid.is(oids::ANY_EKU) || wanted.iter().any(|one| oid.is(one));
        if !list.iter().any(fits) {
            let list: Vec<String> = list.iter().map(ToString::to_string).collect();
            findings.push(Finding::new(Rule::ExtKeyUsage, cert, list.join(", ")));
        }
    }
    let marked = leaf.ext.ext_key_usage.as_ref().map(|found| found.critical);
    let wrong = match purpose {
        Purpose::Server => marked == Some(true),
        Purpose::TimeStamping => marked != Some(true),
        _ => false,
    };
    if wrong {
        findings.push(Finding::new(Rule::Criticality, leaf, "extKeyUsage"));
    }
    let mail = purpose != Purpose::Server && lists(leaf, oids::EMAIL_PROTECTION);
    if mail && leaf.ext.key_usage.is_none() {
        findings.push(Finding::new(Rule::KeyUsage, leaf, ""));
    }
    let root = root.filter(|root| root.ext.ext_key_usage.is_some());
    if let Some(root) = root.filter(|_| mail || purpose == Purpose::Server) {
        findings.push(Finding::new(Rule::ExtKeyUsage, root, "root"));
    }
    let judged = between.iter().copied().filter(|_| mail).chain([leaf]);
    foreign_purposes(judged, purpose, mail, findings);
}

fn lists(cert: &Certificate, one: &[u8]) -> bool {
    let list = cert.ext.ext_key_usage.as_ref();
    list.is_some_and(|found| found.value.iter().any(|oid| oid.is(one)))
}

/// Purposes that must not stand beside the one in question (BR 7.1.2.7.10; S/MIME BR 7.1.2.3 (f)).
fn foreign_purposes<'a>(
    judged: impl Iterator<Item = &'a Certificate>,
    purpose: Purpose,
    mail: bool,
    findings: &mut Vec<Finding>,
) {
    let foreign: &[&[u8]] = match purpose {
        Purpose::Server => &[
            oids::ANY_EKU,
            oids::CODE_SIGNING,
            oids::EMAIL_PROTECTION,
            oids::TIME_STAMPING,
            oids::OCSP_SIGNING,
            oids::PRECERTIFICATE_SIGNING,
        ],
        _ if mail => &[
            oids::ANY_EKU,
            oids::SERVER_AUTH,
            oids::CODE_SIGNING,
            oids::TIME_STAMPING,
        ],
        _ => &[],
    };
    for cert in judged {
        if let Some(one) = foreign.iter().find(|one| lists(cert, one)) {
            let oid = Oid::from_content(one);
            let detail = oid.map(|oid| oid.to_string()).unwrap_or_default();
            findings.push(Finding::new(Rule::ExtKeyUsage, cert, detail));
        }
    }
}

/// The extended purposes one of which must be there if any is, and the bits of key usage one of which must be.
fn wanted(purpose: Purpose, mailbox: bool) -> Option<(Vec<&'static [u8]>, u16)> {
    let signing = usage::DIGITAL_SIGNATURE | usage::NON_REPUDIATION;
    let keys = usage::KEY_ENCIPHERMENT | usage::KEY_AGREEMENT;
    Some(match purpose {
        // An authority's certificate may stand in a leaf's place (RFC 5280); its bits are then its own.
        Purpose::Server => (vec![oids::SERVER_AUTH], signing | keys | usage::CERT_SIGN),
        Purpose::Client if mailbox => (
            vec![oids::CLIENT_AUTH, oids::EMAIL_PROTECTION],
            signing | keys,
        ),
        Purpose::Client => (
            vec![oids::CLIENT_AUTH],
            signing | usage::KEY_AGREEMENT | usage::CERT_SIGN,
        ),
        Purpose::Sign => (
            vec![
                oids::EMAIL_PROTECTION,
                oids::DOCUMENT_SIGNING,
                oids::MS_DOCUMENT_SIGNING,
                oids::PDF_SIGNING,
                oids::CODE_SIGNING,
            ],
            signing | usage::CERT_SIGN,
        ),
        Purpose::OcspSigning => (vec![oids::OCSP_SIGNING], signing),
        Purpose::TimeStamping => (vec![oids::TIME_STAMPING], signing),
        Purpose::Any => return None,
    })
}
