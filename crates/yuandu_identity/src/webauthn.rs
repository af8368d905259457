//! Passkeys (Web Authentication Level 2): what an authenticator signed, checked against what we asked. Pure.
//!
//! No attestation is asked for: which maker's device someone uses is not ours to know. The browser hands the public key over
//! as SubjectPublicKeyInfo (`getPublicKey()`), so that nothing has to be decoded but fixed fields. ES256 only, which every
//! authenticator can.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Longest credential id (Level 2, 6.5.1: 1023 bytes).
const LONGEST_ID: usize = 1023;
/// Longest client data; browsers send some 200 bytes.
const LONGEST_CLIENT_DATA: usize = 4096;
/// Flags of the authenticator data.
const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const HAS_CREDENTIAL: u8 = 1 << 6;

/// Where we are, as browsers see it.
#[derive(Debug, Clone)]
pub struct Site {
    /// `https://sso.weifang.example`
    pub origin: String,
    /// `sso.weifang.example`
    pub rp_id: String,
}

impl Site {
    /// The site of an address.
    #[must_use]
    pub fn of(address: &str) -> Self {
        let host = address.split("://").nth(1).unwrap_or_default();
        let host = host.split(['/', ':']).next().unwrap_or_default();
        Self {
            origin: address.to_owned(),
            rp_id: host.to_owned(),
        }
    }
}

/// A credential as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    /// Base64url of its id.
    pub(crate) id: String,
    /// Base64url of the public key, SubjectPublicKeyInfo.
    pub(crate) key: String,
    /// Signatures counted by the authenticator; 0 if it does not count.
    pub(crate) counter: i64,
}

/// What the browser sends after `navigator.credentials.create`.
#[derive(Debug, Clone)]
pub struct Created {
    /// `response.clientDataJSON`, base64url.
    pub client_data: String,
    /// `response.getAuthenticatorData()`, base64url.
    pub authenticator_data: String,
    /// `response.getPublicKey()`, base64url.
    pub public_key: String,
}

/// What the browser sends after `navigator.credentials.get`.
#[derive(Debug, Clone)]
pub struct Asserted {
    /// `id`: base64url of the credential's id.
    pub id: String,
    /// `response.clientDataJSON`, base64url.
    pub client_data: String,
    /// `response.authenticatorData`, base64url.
    pub authenticator_data: String,
    /// `response.signature`, base64url.
    pub signature: String,
}

/// The fixed fields of authenticator data (Level 2, 6.1).
struct Authenticator<'a> {
    rp_id_hash: &'a [u8],
    flags: u8,
    counter: u32,
    rest: &'a [u8],
}

/// A new credential, if it answers our challenge on our site with the person present and verified.
pub(crate) fn created(site: &Site, challenge: &str, sent: &Created) -> Option<Credential> {
    let client_data = decoded(&sent.client_data, LONGEST_CLIENT_DATA)?;
    if !is_ours(site, challenge, "webauthn.create", &client_data) {
        return None;
    }
    let bytes = decoded(&sent.authenticator_data, 8192)?;
    let data = read(&bytes)?;
    let wanted = USER_PRESENT | USER_VERIFIED | HAS_CREDENTIAL;
    if !is_of(site, &data) || data.flags & wanted != wanted {
        return None;
    }
    // AAGUID (16), length of the id (2, big-endian), id.
    let (_, rest) = data.rest.split_at_checked(16)?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (id, _) = rest.split_at_checked(length)?;
    let key = decoded(&sent.public_key, 1024)?;
    VerifyingKey::from_public_key_der(&key).ok()?;
    (1..=LONGEST_ID).contains(&length).then(|| Credential {
        id: URL_SAFE_NO_PAD.encode(id),
        key: sent.public_key.clone(),
        counter: data.counter.into(),
    })
}

/// The new count, if the credential's owner signed our challenge on our site, present and verified.
pub(crate) fn asserted(
    site: &Site,
    challenge: &str,
    credential: &Credential,
    sent: &Asserted,
) -> Option<i64> {
    let client_data = decoded(&sent.client_data, LONGEST_CLIENT_DATA)?;
    if sent.id != credential.id || !is_ours(site, challenge, "webauthn.get", &client_data) {
        return None;
    }
    let bytes = decoded(&sent.authenticator_data, 1024)?;
    let data = read(&bytes)?;
    let wanted = USER_PRESENT | USER_VERIFIED;
    if !is_of(site, &data) || data.flags & wanted != wanted {
        return None;
    }
    let mut signed = bytes.clone();
    signed.extend(Sha256::digest(&client_data));
    let key = VerifyingKey::from_public_key_der(&decoded(&credential.key, 1024)?).ok()?;
    let signature = Signature::from_der(&decoded(&sent.signature, 256)?).ok()?;
    key.verify(&signed, &signature).ok()?;
    let counter = i64::from(data.counter);
    // A count that does not grow is the mark of a copied authenticator (Level 2, 7.2, 21); 0 is one that does not count.
    (counter == 0 && credential.counter == 0 || counter > credential.counter).then_some(counter)
}

/// A fresh challenge.
pub(crate) fn challenge() -> String {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decoded(text: &str, longest: usize) -> Option<Vec<u8>> {
    if text.len() > longest * 2 {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// Whether client data answers our challenge, for this purpose, on a page of ours that no other site had framed.
fn is_ours(site: &Site, challenge: &str, kind: &str, client_data: &[u8]) -> bool {
    let Ok(data) = serde_json::from_slice::<serde_json::Value>(client_data) else {
        return false;
    };
    let text = |name: &str| data.get(name).and_then(serde_json::Value::as_str);
    let answered = text("challenge").unwrap_or_default();
    let same: bool = answered.as_bytes().ct_eq(challenge.as_bytes()).into();
    let framed = data.get("crossOrigin") == Some(&serde_json::Value::Bool(true));
    same && text("type") == Some(kind) && text("origin") == Some(&site.origin) && !framed
}

fn read(bytes: &[u8]) -> Option<Authenticator<'_>> {
    let (rp_id_hash, rest) = bytes.split_at_checked(32)?;
    let (flags, rest) = rest.split_first()?;
    let (counter, rest) = rest.split_first_chunk::<4>()?;
    Some(Authenticator {
        rp_id_hash,
        flags: *flags,
        counter: u32::from_be_bytes(*counter),
        rest,
    })
}

fn is_of(site: &Site, data: &Authenticator<'_>) -> bool {
    Sha256::digest(&site.rp_id).as_slice() == data.rp_id_hash
}
