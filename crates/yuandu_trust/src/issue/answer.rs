//! Answers of an OCSP responder (RFC 6960, 4.2).

use jiff::Timestamp;

use crate::der::{
    bit_string, context, enumerated, generalized_time, octets, oid_of, primitive, sequence,
};
use crate::oids;

use super::certificate::{ExtensionSpec, extensions, write_extensions};
use super::{SignError, Signer};

/// What is said of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Issued and not revoked.
    Good,
    /// Revoked at a time, for a reason by its number in RFC 5280; 0 is left out.
    Revoked(Timestamp, u8),
    /// Not issued here.
    Unknown,
}

/// An answer to be signed.
#[derive(Debug, Clone)]
pub struct AnswerTemplate {
    /// The certificates' ids as they stood in the question, and what is said of each.
    pub standings: Vec<(Vec<u8>, Standing)>,
    /// When it is signed; from then on it counts.
    pub at: Timestamp,
    /// By when to ask again.
    pub next_update: Timestamp,
    /// The value of the nonce's extension, as it stood in the question.
    pub nonce: Option<Vec<u8>>,
    /// The responder's certificate, unless the issuer itself signs.
    pub certificate: Option<Vec<u8>>,
}

/// Why there is no answer (RFC 6960, 4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerRefusal {
    /// The question is malformed.
    Malformed,
    /// The responder failed.
    Internal,
    /// The responder cannot answer at present.
    TryLater,
    /// The responder does not answer for this.
    Unauthorized,
}

/// Signs an answer.
///
/// # Errors
/// When the signer refuses.
pub fn sign_answer(template: &AnswerTemplate, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
    let at = generalized_time(template.at);
    let next = context(0, &generalized_time(template.next_update));
    let single =
        |(id, standing): &(Vec<u8>, Standing)| sequence(&[id, &status(*standing), &at, &next]);
    let singles: Vec<Vec<u8>> = template.standings.iter().map(single).collect();
    let responder = context(2, &octets(&extensions::key_id(&signer.public())));
    let repeated = template.nonce.as_ref().map(|nonce| {
        let nonce = ExtensionSpec {
            oid: oids::OCSP_NONCE.to_vec(),
            critical: false,
            value: nonce.clone(),
        };
        context(1, &write_extensions(&[nonce]))
    });
    let tbs = sequence(&[
        &responder,
        &at,
        &primitive(0x30, &singles.concat()),
        &repeated.unwrap_or_default(),
    ]);
    let signature = signer.sign(&tbs)?;
    let certificate = template.certificate.as_ref();
    let certificates = certificate.map(|der| context(0, &sequence(&[der])));
    let basic = sequence(&[
        &tbs,
        &signer.algorithm(),
        &bit_string(&signature),
        &certificates.unwrap_or_default(),
    ]);
    let bytes = sequence(&[&oid_of(oids::OCSP_BASIC), &octets(&basic)]);
    Ok(sequence(&[&enumerated(0), &context(0, &bytes)]))
}

fn status(standing: Standing) -> Vec<u8> {
    match standing {
        Standing::Good => primitive(0x80, &[]),
        Standing::Revoked(at, reason) => {
            let reason = if reason == 0 {
                Vec::new()
            } else {
                context(0, &enumerated(reason))
            };
            context(1, &[generalized_time(at), reason].concat())
        }
        Standing::Unknown => primitive(0x82, &[]),
    }
}

/// The answer that there is none; it is not signed.
#[must_use]
pub fn refuse_answer(refusal: AnswerRefusal) -> Vec<u8> {
    let code = match refusal {
        AnswerRefusal::Malformed => 1,
        AnswerRefusal::Internal => 2,
        AnswerRefusal::TryLater => 3,
        AnswerRefusal::Unauthorized => 6,
    };
    sequence(&[&enumerated(code)])
}
