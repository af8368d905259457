//! What stands in a certificate of each kind: how long it is valid, and what its key may be used for.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use yuandu_trust::ext::usage;
use yuandu_trust::issue::{ExtensionSpec, SignError, Template, extensions, sign_certificate};
use yuandu_trust::key::PublicKey;
use yuandu_trust::oids;

use crate::authority::Authority;
use crate::subject::{Asked, Kind};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A service of the authority itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Answers what was revoked.
    Ocsp,
    /// Attests times.
    Stamps,
}

impl Role {
    pub(crate) const ALL: [Self; 2] = [Self::Ocsp, Self::Stamps];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ocsp => "ocsp",
            Self::Stamps => "tsa",
        }
    }

    pub(crate) fn common_name(self) -> &'static str {
        match self {
            Self::Ocsp => "OCSP responder",
            Self::Stamps => "Time-stamp authority",
        }
    }

    /// How long its certificate is valid. Time-stamps outlive the key that made them by years.
    fn life(self) -> SignedDuration {
        match self {
            Self::Ocsp => DAY * 90,
            Self::Stamps => DAY * 5 * 365,
        }
    }

    /// How long its key is used.
    pub(crate) fn used(self) -> SignedDuration {
        match self {
            Self::Ocsp => DAY * 60,
            Self::Stamps => DAY * 365,
        }
    }
}

/// How long a certificate of a kind is valid. A server's is renewed by programs and is kept short.
fn life(kind: Kind) -> SignedDuration {
    match kind {
        Kind::Server => DAY * 365,
        _ => DAY * 730,
    }
}

/// How long before its end a certificate may be renewed.
pub(crate) fn renewal(kind: Kind) -> SignedDuration {
    match kind {
        Kind::Server => DAY * 30,
        _ => DAY * 60,
    }
}

/// What is to be signed for whom.
pub(crate) struct Order<'a> {
    pub(crate) subject: Vec<u8>,
    pub(crate) key: &'a PublicKey,
    pub(crate) serial: Vec<u8>,
    pub(crate) now: Timestamp,
}

/// Signs a certificate that was asked for.
pub(crate) fn certificate(
    authority: &Authority,
    address: &str,
    asked: &Asked,
    order: Order<'_>,
) -> Result<Vec<u8>, SignError> {
    let signing = usage::DIGITAL_SIGNATURE | usage::NON_REPUDIATION;
    let (usage, purposes): (u16, &[&[u8]]) = match asked.kind {
        Kind::Person | Kind::Post => (signing, &[oids::CLIENT_AUTH, oids::EMAIL_PROTECTION]),
        Kind::Organisation => (signing, &[oids::EMAIL_PROTECTION, oids::DOCUMENT_SIGNING]),
        Kind::Seal | Kind::Service => (signing, &[oids::DOCUMENT_SIGNING, oids::EMAIL_PROTECTION]),
        Kind::Server => (server_usage(order.key), &[oids::SERVER_AUTH]),
    };
    let mut specific = vec![
        extensions::key_usage(usage),
        extensions::ext_key_usage(purposes, false),
    ];
    if asked.kind == Kind::Server {
        let names = asked.hosts.iter().map(|host| match host.parse::<IpAddr>() {
            Ok(address) => extensions::ip(address),
            Err(_) => extensions::dns(host),
        });
        specific.push(extensions::alternative_names(
            &names.collect::<Vec<_>>(),
            false,
        ));
    }
    signed(authority, address, order, life(asked.kind), specific)
}

/// A key of RSA may also wrap the keys of old clients of TLS.
fn server_usage(key: &PublicKey) -> u16 {
    match key {
        PublicKey::Rsa { .. } => usage::DIGITAL_SIGNATURE | usage::KEY_ENCIPHERMENT,
        _ => usage::DIGITAL_SIGNATURE,
    }
}

/// Signs the certificate of a service.
pub(crate) fn service(
    authority: &Authority,
    address: &str,
    role: Role,
    order: Order<'_>,
) -> Result<Vec<u8>, SignError> {
    let mut specific = vec![extensions::key_usage(usage::DIGITAL_SIGNATURE)];
    match role {
        Role::Ocsp => specific.extend([
            extensions::ext_key_usage(&[oids::OCSP_SIGNING], false),
            // Asking the responder about its own certificate would go round in circles (RFC 6960, 4.2.2.2.1).
            extensions::ocsp_no_check(),
        ]),
        // Alone and critical (RFC 3161, 2.3).
        Role::Stamps => specific.push(extensions::ext_key_usage(&[oids::TIME_STAMPING], true)),
    }
    signed(authority, address, order, role.life(), specific)
}

fn signed(
    authority: &Authority,
    address: &str,
    order: Order<'_>,
    life: SignedDuration,
    specific: Vec<ExtensionSpec>,
) -> Result<Vec<u8>, SignError> {
    let issuer = authority.certificate();
    let id = authority.id();
    let mut all = vec![extensions::authority(false, None)];
    all.extend(specific);
    all.extend([
        extensions::subject_key_id(order.key),
        extensions::authority_key_id(&issuer.key),
        extensions::authority_info(
            &format!("{address}/ocsp"),
            &format!("{address}/ca/{id}.cer"),
        ),
        extensions::crl_point(&format!("{address}/crl/{id}.crl")),
    ]);
    let template = Template {
        serial: order.serial,
        issuer: issuer.subject.der().to_vec(),
        subject: order.subject,
        not_before: order.now,
        not_after: (order.now + life).min(issuer.not_after.timestamp()),
        key: order.key.clone(),
        extensions: all,
    };
    sign_certificate(&template, authority.signer.as_ref())
}
