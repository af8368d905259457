//! The founding of a city's own authority: a root that signs one issuing authority and is then put away, and that
//! authority, which signs everything else. What comes out is written to a folder by who held the ceremony.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use rsa::rand_core::CryptoRng;

use crate::cert::Certificate;
use crate::ext::usage;
use crate::oids;

use super::certificate::{Template, extensions, sign_certificate};
use super::list::{ListTemplate, sign_list};
use super::signer::{KeyKind, SignError, Signer as _, SoftKey};

/// What was decided before the ceremony.
#[derive(Debug, Clone)]
pub struct CeremonyPlan {
    /// The organisation that answers for the authority, as it stands in its names.
    pub organisation: String,
    /// The kind of both keys.
    pub kind: KeyKind,
    /// How many years the root is valid.
    pub root_years: i32,
    /// How many years the issuing authority is valid.
    pub issuing_years: i32,
    /// Where the root's list will be published, as `http://city.example.cn/pki`.
    pub address: String,
}

/// One authority that came out.
pub struct Authority {
    /// Its key.
    pub key: SoftKey,
    /// Its certificate.
    pub cert: Certificate,
    /// Its first, empty list.
    pub list: Vec<u8>,
}

/// What came out.
pub struct Founded {
    /// The root.
    pub root: Authority,
    /// The issuing authority.
    pub issuing: Authority,
}

/// Holds the ceremony. Chance and time are handed in.
///
/// # Errors
/// When a key cannot be made or does not sign, or the plan's years lie beyond the calendar.
pub fn found<R: CryptoRng>(
    plan: &CeremonyPlan,
    now: Timestamp,
    rng: &mut R,
) -> Result<Founded, SignError> {
    let root_key = SoftKey::generate(plan.kind, rng)?;
    let issuing_key = SoftKey::generate(plan.kind, rng)?;
    let root_name = names(plan, "Root CA");
    let issuing_name = names(plan, "Issuing CA");
    let authority = |path_len| {
        vec![
            extensions::authority(true, path_len),
            extensions::key_usage(usage::CERT_SIGN | usage::CRL_SIGN),
        ]
    };
    let mut root = Template {
        serial: serial(rng),
        issuer: root_name.clone(),
        subject: root_name.clone(),
        not_before: now,
        not_after: years_after(now, plan.root_years)?,
        key: root_key.public(),
        extensions: authority(None),
    };
    root.extensions.push(extensions::subject_key_id(&root.key));
    let mut issuing = Template {
        serial: serial(rng),
        issuer: root_name.clone(),
        subject: issuing_name.clone(),
        not_before: now,
        not_after: years_after(now, plan.issuing_years.min(plan.root_years))?,
        key: issuing_key.public(),
        extensions: authority(Some(0)),
    };
    issuing.extensions.extend([
        extensions::subject_key_id(&issuing.key),
        extensions::authority_key_id(&root.key),
        extensions::policies(&["2.5.29.32.0"]),
        extensions::crl_point(&format!("{}/root.crl", plan.address)),
    ]);
    Ok(Founded {
        issuing: Authority {
            cert: signed(&issuing, &root_key)?,
            list: first_list(issuing_name, &issuing_key, now, 7)?,
            key: issuing_key,
        },
        root: Authority {
            cert: signed(&root, &root_key)?,
            list: first_list(root_name, &root_key, now, 365)?,
            key: root_key,
        },
    })
}

/// A fresh serial number of 16 bytes that is positive (at least 64 bits of chance are asked for, BR 7.1).
#[must_use]
pub fn serial<R: CryptoRng>(rng: &mut R) -> Vec<u8> {
    let mut bytes = [0u8; 16];
    rng.fill_bytes(&mut bytes);
    let [first, rest @ ..] = bytes;
    let mut serial = vec![(first & 0x3f) | 0x40];
    serial.extend_from_slice(&rest);
    serial
}

/// Encrypts a key under a password: PKCS#8 with PBES2 (scrypt, AES-256), as other programs read it.
///
/// # Errors
/// When the key cannot be written or encrypted.
pub fn encrypt_key<R: CryptoRng>(
    key: &SoftKey,
    password: &str,
    rng: &mut R,
) -> Result<Vec<u8>, SignError> {
    let wrong = |error: &dyn std::fmt::Display| SignError::Key(error.to_string());
    let der = key.to_pkcs8()?;
    let info = pkcs8::PrivateKeyInfoRef::try_from(der.as_slice()).map_err(|error| wrong(&error))?;
    info.encrypt_with_rng(rng, password)
        .map(|document| document.as_bytes().to_vec())
        .map_err(|error| wrong(&error))
}

/// Opens a key that was encrypted under a password.
///
/// # Errors
/// When the password is wrong or the bytes are no such key.
pub fn decrypt_key(der: &[u8], password: &str) -> Result<SoftKey, SignError> {
    let wrong = |error: &dyn std::fmt::Display| SignError::Key(error.to_string());
    let info = pkcs8::EncryptedPrivateKeyInfoRef::try_from(der).map_err(|error| wrong(&error))?;
    let document = info.decrypt(password).map_err(|error| wrong(&error))?;
    SoftKey::from_pkcs8(document.as_bytes())
}

fn names(plan: &CeremonyPlan, role: &str) -> Vec<u8> {
    let common = format!("{} {role}", plan.organisation);
    extensions::name(&[
        (oids::COUNTRY, "CN"),
        (oids::ORGANISATION, plan.organisation.as_str()),
        (oids::COMMON_NAME, common.as_str()),
    ])
}

fn signed(template: &Template, by: &SoftKey) -> Result<Certificate, SignError> {
    let der = sign_certificate(template, by)?;
    Certificate::read(&der).map_err(|error| SignError::Refused(error.to_string()))
}

fn first_list(
    issuer: Vec<u8>,
    key: &SoftKey,
    now: Timestamp,
    days: i64,
) -> Result<Vec<u8>, SignError> {
    let end = now
        .to_zoned(TimeZone::UTC)
        .checked_add(Span::new().days(days));
    let template = ListTemplate {
        issuer,
        this_update: now,
        next_update: end
            .map_err(|error| SignError::Refused(error.to_string()))?
            .timestamp(),
        number: 1,
        revoked: Vec::new(),
    };
    sign_list(&template, key)
}

/// The same day some years later; the 29th of February becomes the 28th.
fn years_after(now: Timestamp, years: i32) -> Result<Timestamp, SignError> {
    let day: Result<Date, _> = now
        .to_zoned(TimeZone::UTC)
        .date()
        .checked_add(Span::new().years(years));
    day.and_then(|day| day.to_zoned(TimeZone::UTC))
        .map(|zoned| zoned.timestamp())
        .map_err(|error| SignError::Refused(error.to_string()))
}
