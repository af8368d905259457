//! HTTP Message Signatures (RFC 9421) with Ed25519, and Content-Digest (RFC 9530): what is signed, how it is written and
//! read. The arithmetic is the library's; this is the form alone.
//!
//! Read strictly: one signature, components without parameters, integers and strings as parameters.

mod input;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::error::{Why, refused};
use crate::keys::{NodeKey, base64, unbase64};
use crate::message::headers::{ANSWERS, DIGEST, INPUT, SIGNATURE};
use crate::message::{Answer, Incoming, only};
use crate::{ExchangeError, PublicKey};

pub(crate) use input::Input;

/// How long a signature lasts: a message takes seconds, clocks differ by some more.
pub(crate) const LASTS: SignedDuration = SignedDuration::from_secs(120);
/// How far the sender's clock may be ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_secs(60);
/// Longest life that a sender may give its signature; nonces are kept so long.
const LONGEST: SignedDuration = SignedDuration::from_secs(600);
/// Shortest and longest nonce.
const NONCE: std::ops::RangeInclusive<usize> = 16..=64;

/// What the components of a signature are taken from.
pub(crate) struct Covered<'m> {
    pub(crate) method: &'m str,
    pub(crate) target: &'m str,
    pub(crate) status: Option<u16>,
    pub(crate) headers: &'m [(String, String)],
}

impl Covered<'_> {
    fn component(&self, name: &str) -> Option<String> {
        let after_scheme = || self.target.split_once("://").map(|(_, rest)| rest);
        let parted = |rest: &str| {
            let slash = rest.find('/').unwrap_or(rest.len());
            rest.split_at_checked(slash)
                .map(|(host, path)| (host.to_ascii_lowercase(), path.to_owned()))
        };
        match name {
            "@method" => Some(self.method.to_owned()),
            "@target-uri" => Some(self.target.to_owned()),
            "@authority" => after_scheme().and_then(parted).map(|(host, _)| host),
            "@path" => after_scheme().and_then(parted).map(|(_, path)| {
                let path = path.split('?').next();
                path.unwrap_or_default().to_owned()
            }),
            "@status" => self.status.map(|status| status.to_string()),
            header => only(self.headers, header).map(|value| value.trim().to_owned()),
        }
    }

    /// The signature base (RFC 9421, 2.5); none when a component is not there.
    pub(crate) fn base(&self, input: &Input) -> Option<String> {
        let mut base = String::new();
        for name in &input.components {
            let value = self.component(name)?;
            base.push_str(&format!("\"{name}\": {value}\n"));
        }
        base.push_str(&format!("\"@signature-params\": {}", input.parameters()));
        Some(base)
    }
}

/// The value of `Content-Digest` for a body.
pub(crate) fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", base64(&Sha256::digest(body)))
}

/// Who signs, when, and with which nonce.
pub(crate) struct Signer<'k> {
    pub(crate) key: &'k NodeKey,
    pub(crate) node: &'k str,
    pub(crate) now: Timestamp,
}

impl Signer<'_> {
    /// Adds digest and signature to the headers; gives the nonce.
    pub(crate) fn sign(
        &self,
        components: &[&str],
        (method, target, status): (&str, &str, Option<u16>),
        headers: &mut Vec<(String, String)>,
        body: &[u8],
    ) -> Result<String, ExchangeError> {
        headers.push((DIGEST.to_owned(), content_digest(body)));
        let nonce = fresh_nonce();
        let input = Input {
            label: "sig1".to_owned(),
            components: components.iter().map(|&name| name.to_owned()).collect(),
            created: Some(self.now.as_second()),
            expires: Some((self.now + LASTS).as_second()),
            nonce: Some(nonce.clone()),
            keyid: Some(self.node.to_owned()),
            alg: Some("ed25519".to_owned()),
            written: None,
        };
        let covered = Covered {
            method,
            target,
            status,
            headers,
        };
        let base = covered
            .base(&input)
            .ok_or_else(|| ExchangeError::stored("message", "a signed component is missing"))?;
        let signature = base64(&self.key.sign(base.as_bytes()));
        headers.push((INPUT.to_owned(), format!("sig1={}", input.parameters())));
        headers.push((SIGNATURE.to_owned(), format!("sig1=:{signature}:")));
        Ok(nonce)
    }
}

/// What the signature of a message says before it is believed.
pub(crate) struct Claim {
    pub(crate) node: String,
    pub(crate) nonce: String,
    pub(crate) expires: Timestamp,
    input: Input,
    signature: Vec<u8>,
}

impl Claim {
    /// Reads the signature of a message: everything in `must_cover` is covered and the body is the one that was signed.
    pub(crate) fn of(message: &Incoming, must_cover: &[&str]) -> Result<Self, ExchangeError> {
        Self::read(&message.headers, &message.body, must_cover)
    }

    fn read(
        headers: &[(String, String)],
        body: &[u8],
        must_cover: &[&str],
    ) -> Result<Self, ExchangeError> {
        let need = |name: &'static str| {
            only(headers, name).ok_or_else(|| refused(Why::Unsigned, &format!("`{name}`")))
        };
        let input = Input::parse(need(INPUT)?)
            .ok_or_else(|| refused(Why::Unsigned, "`signature-input` cannot be read"))?;
        let bare = must_cover.iter().find(|name| !input.covers(name));
        if let Some(bare) = bare {
            return Err(refused(Why::Unsigned, &format!("`{bare}`")));
        }
        let signature = need(SIGNATURE)?
            .strip_prefix(&format!("{}=:", input.label))
            .and_then(|rest| rest.strip_suffix(':'))
            .and_then(unbase64)
            .ok_or_else(|| refused(Why::Unsigned, "`signature` cannot be read"))?;
        if input.alg.as_deref().is_some_and(|alg| alg != "ed25519") {
            return Err(refused(Why::Unsigned, "only `ed25519` is taken"));
        }
        if need(DIGEST)? != content_digest(body) {
            return Err(refused(Why::Truncated, ""));
        }
        let lacks = |name: &str| refused(Why::Unsigned, &format!("`{name}`"));
        let instant = |second: Option<i64>, name: &str| {
            second
                .and_then(|second| Timestamp::from_second(second).ok())
                .ok_or_else(|| lacks(name))
        };
        instant(input.created, "created")?;
        let nonce = input.nonce.clone().ok_or_else(|| lacks("nonce"))?;
        if !NONCE.contains(&nonce.len()) {
            return Err(lacks("nonce"));
        }
        Ok(Self {
            node: input.keyid.clone().ok_or_else(|| lacks("keyid"))?,
            expires: instant(input.expires, "expires")?,
            nonce,
            signature,
            input,
        })
    }

    /// Whether the signature is the key's and counts now.
    pub(crate) fn verify(
        &self,
        key: &PublicKey,
        covered: &Covered<'_>,
        now: Timestamp,
    ) -> Result<(), ExchangeError> {
        let base = covered
            .base(&self.input)
            .ok_or_else(|| refused(Why::Unsigned, "a covered header is missing or repeated"))?;
        if !key.holds(base.as_bytes(), &self.signature) {
            return Err(refused(Why::Forged, &self.node));
        }
        let created = Timestamp::from_second(self.input.created.unwrap_or_default())
            .map_err(|_| refused(Why::Unsigned, "`created`"))?;
        let in_time = created <= now + AHEAD
            && now < self.expires
            && self.expires.duration_since(created) <= LONGEST;
        if in_time {
            Ok(())
        } else {
            Err(refused(Why::Expired, &format!("{created} / {now}")))
        }
    }

    /// The evidence that is kept in the log: what was signed, and the signature.
    pub(crate) fn evidence(&self) -> serde_json::Value {
        serde_json::json!({
            "input": self.input.parameters(),
            "signature": base64(&self.signature),
        })
    }
}

/// Whether an answer was signed by the node for the message with this nonce.
pub(crate) fn answer_is_signed(
    answer: &Answer,
    (node, key): (&str, &PublicKey),
    nonce: &str,
    now: Timestamp,
) -> Result<(), ExchangeError> {
    let claim = Claim::read(&answer.headers, &answer.body, &["@status", DIGEST, ANSWERS])?;
    if claim.node != node || answer.header(ANSWERS) != Some(nonce) {
        return Err(refused(Why::Forged, node));
    }
    let covered = Covered {
        method: "",
        target: "",
        status: Some(answer.status),
        headers: &answer.headers,
    };
    claim.verify(key, &covered, now)
}

fn fresh_nonce() -> String {
    crate::canonical::hex(&rand::random::<[u8; 16]>())
}

#[cfg(test)]
mod tests;
