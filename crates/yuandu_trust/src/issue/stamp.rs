//! Time-stamps (RFC 3161): the token and the answer around it.

use jiff::Timestamp;

use crate::cert::Certificate;
use crate::der::{
    context, generalized_time, integer, integer_of, oid_of, primitive, sequence, tag, utf8,
};
use crate::oids;
use crate::stamp::{StampRefusal, StampRequest};

use super::message::{MessageTemplate, sign_message};
use super::{SignError, Signer};

/// What a token says beside what the question gave.
#[derive(Debug, Clone)]
pub struct StampTemplate<'a> {
    /// The time that is attested.
    pub at: Timestamp,
    /// By how many seconds the attested time may differ from UTC.
    pub accuracy: u64,
    /// Bytes of the token's own number; no two tokens of one authority share one.
    pub serial: Vec<u8>,
    /// The policy, the identifier's content octets.
    pub policy: &'a [u8],
    /// Certificates to go along, if the question wants any: the authority's own and its issuer's.
    pub certificates: &'a [&'a [u8]],
}

/// Signs the answer to a question.
///
/// # Errors
/// When the signer refuses.
pub fn sign_stamp(
    request: &StampRequest,
    template: &StampTemplate<'_>,
    certificate: &Certificate,
    signer: &dyn Signer,
) -> Result<Vec<u8>, SignError> {
    let nonce = request.nonce.as_ref();
    let nonce = nonce.map(|content| primitive(tag::INTEGER, content));
    // `ordering` is left out, which says false: two tokens of one second do not tell which was first.
    let info = sequence(&[
        &integer_of(1),
        &oid_of(template.policy),
        &request.imprint,
        &integer(&template.serial),
        &generalized_time(template.at),
        &sequence(&[&integer_of(template.accuracy)]),
        &nonce.unwrap_or_default(),
        &context(0, &context(4, certificate.subject.der())),
    ]);
    let message = MessageTemplate {
        kind: oids::TST_INFO,
        content: &info,
        detached: false,
        at: Some(template.at),
        certificates: if request.wants_certificate {
            template.certificates
        } else {
            &[]
        },
    };
    let token = sign_message(&message, certificate, signer)?;
    Ok(sequence(&[&sequence(&[&integer_of(0)]), &token]))
}

/// The answer that there is no token, and why.
#[must_use]
pub fn refuse_stamp(refusal: StampRefusal) -> Vec<u8> {
    let words = sequence(&[&utf8(&refusal.to_string())]);
    let bit = refusal.bit();
    let mut bits = vec![7 - bit % 8];
    bits.resize(usize::from(bit / 8) + 1, 0);
    bits.push(0x80 >> (bit % 8));
    let info = primitive(tag::BIT_STRING, &bits);
    // 2: rejection.
    sequence(&[&sequence(&[&integer_of(2), &words, &info])])
}
