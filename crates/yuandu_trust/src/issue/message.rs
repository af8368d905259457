//! Signed messages (CMS, RFC 5652) whose signed attributes name the signer's certificate (ESSCertIDv2, RFC 5035): the
//! basic form of CAdES, and the envelope of time-stamps.

use jiff::Timestamp;

use crate::cert::Certificate;
use crate::der::{
    context, integer, integer_of, null, octets, oid_of, primitive, sequence, set_of, tag, time_of,
};
use crate::key::{Digest, digest};
use crate::oids;

use super::{SignError, Signer};

/// A message to be signed.
#[derive(Debug, Clone)]
pub struct MessageTemplate<'a> {
    /// The kind of content, the identifier's content octets.
    pub kind: &'a [u8],
    /// The content.
    pub content: &'a [u8],
    /// Whether the content is left out of the message.
    pub detached: bool,
    /// When it is signed, if that is to be told.
    pub at: Option<Timestamp>,
    /// Certificates that the message carries, DER.
    pub certificates: &'a [&'a [u8]],
}

/// Signs a message by the key of a certificate.
///
/// # Errors
/// When the signer refuses.
pub fn sign_message(
    template: &MessageTemplate<'_>,
    certificate: &Certificate,
    signer: &dyn Signer,
) -> Result<Vec<u8>, SignError> {
    let hash = signer.digest();
    let algorithm = digest_algorithm(hash);
    let attributes = attributes(template, certificate, hash);
    // What is signed is the SET; what is carried has the context tag instead (RFC 5652, 5.4).
    let signature = signer.sign(&set_of(attributes.clone()))?;
    let mut sorted = attributes;
    sorted.sort();
    let info = sequence(&[
        &integer_of(1),
        &sequence(&[certificate.issuer.der(), &integer(&certificate.serial)]),
        &algorithm,
        &context(0, &sorted.concat()),
        &signer.algorithm(),
        &octets(&signature),
    ]);
    let content = if template.detached {
        Vec::new()
    } else {
        context(0, &octets(template.content))
    };
    let certificates = if template.certificates.is_empty() {
        Vec::new()
    } else {
        let mut all: Vec<&[u8]> = template.certificates.to_vec();
        all.sort_unstable();
        context(0, &all.concat())
    };
    let version = if template.kind == oids::DATA { 1 } else { 3 };
    let data = sequence(&[
        &integer_of(version),
        &set_of(vec![algorithm]),
        &sequence(&[&oid_of(template.kind), &content]),
        &certificates,
        &set_of(vec![info]),
    ]);
    Ok(sequence(&[&oid_of(oids::SIGNED_DATA), &context(0, &data)]))
}

fn attributes(
    template: &MessageTemplate<'_>,
    certificate: &Certificate,
    hash: Digest,
) -> Vec<Vec<u8>> {
    let attribute =
        |oid: &[u8], value: Vec<u8>| sequence(&[&oid_of(oid), &primitive(tag::SET, &value)]);
    let mut all = vec![
        attribute(oids::CONTENT_TYPE, oid_of(template.kind)),
        attribute(
            oids::MESSAGE_DIGEST,
            octets(&digest(hash, template.content)),
        ),
        attribute(oids::SIGNING_CERTIFICATE_V2, named(certificate, hash)),
    ];
    if let Some(at) = template.at {
        all.push(attribute(oids::SIGNING_TIME, time_of(at)));
    }
    all
}

/// SigningCertificateV2: the certificate's digest, its issuer and its serial number.
fn named(certificate: &Certificate, hash: Digest) -> Vec<u8> {
    // SHA-256 is the default and must then be left out in DER.
    let algorithm = if hash == Digest::Sha256 {
        Vec::new()
    } else {
        digest_algorithm(hash)
    };
    let issuer = sequence(&[&context(4, certificate.issuer.der())]);
    let id = sequence(&[
        &algorithm,
        &octets(&digest(hash, &certificate.der)),
        &sequence(&[&issuer, &integer(&certificate.serial)]),
    ]);
    sequence(&[&sequence(&[&id])])
}

/// A digest's AlgorithmIdentifier; SHA-2 is written without parameters (RFC 5754, 2), SM3 with NULL as GM/T 0010 has it.
fn digest_algorithm(hash: Digest) -> Vec<u8> {
    match hash {
        Digest::Sm3 => sequence(&[&oid_of(hash.oid()), &null()]),
        _ => sequence(&[&oid_of(hash.oid())]),
    }
}
