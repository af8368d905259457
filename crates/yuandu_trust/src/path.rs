//! Is there a path from a certificate to a trust anchor, and does it hold (RFC 5280, 6)?
//!
//! `search` finds candidates from the leaf upwards and `check` walks each from the anchor down; the rest are the rules it
//! asks. Work is bounded by counts, never by time, so that an answer is the same on every machine. Begin with [`validate`].

mod check;
mod constraints;
mod peer;
mod policy;
mod profile;
mod revocation;
mod search;

use crate::cert::Certificate;
use crate::crl::Crl;
use crate::der::{Instant, Oid};
use crate::rule::Finding;

pub use peer::PeerName;

/// What a certificate is to be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A server in TLS: RFC 5280 and the rules of the CA/Browser Forum.
    Server,
    /// A client in TLS, or a person who signs in.
    Client,
    /// Signatures under documents and mail.
    Sign,
    /// A responder of OCSP.
    OcspSigning,
    /// A time-stamping authority.
    TimeStamping,
    /// Whatever it says: a path alone.
    Any,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The certificate in question.
    pub leaf: Certificate,
    /// Certificates that may help to build a path; nothing in them is trusted.
    pub pool: Vec<Certificate>,
    /// Trust anchors.
    pub anchors: Vec<Certificate>,
    /// Revocation lists. When there is one, every certificate below the anchor must be covered.
    pub crls: Vec<Crl>,
    /// The time asked about.
    pub at: Instant,
    /// The purpose.
    pub purpose: Purpose,
    /// The name that is expected.
    pub name: Option<PeerName>,
    /// The policies that are acceptable; all when empty.
    pub policies: Vec<Oid>,
    /// Whether an acceptable policy is required.
    pub explicit_policy: bool,
    /// Whether mapping of policies is forbidden.
    pub inhibit_mapping: bool,
    /// Whether anyPolicy counts for nothing.
    pub inhibit_any: bool,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The path that was found or that came farthest, from the leaf to the anchor, in words.
    pub path: Vec<String>,
    /// Why it does not hold; empty when it does.
    pub findings: Vec<Finding>,
}

impl Answer {
    /// Whether a path holds.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Answers.
#[must_use]
pub fn validate(request: &Request) -> Answer {
    search::Search::new(request).answer()
}
