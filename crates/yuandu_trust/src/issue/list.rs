//! Revocation lists.

use jiff::Timestamp;

use crate::der::{
    bit_string, context, enumerated, integer, integer_of, octets, oid_of, primitive, sequence,
    time_of,
};
use crate::oids;

use super::certificate::{ExtensionSpec, write_extensions};
use super::{SignError, Signer};

/// A certificate that was revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// Bytes of its serial number.
    pub serial: Vec<u8>,
    /// When.
    pub at: Timestamp,
    /// Why, by its number in RFC 5280; 0 is left out.
    pub reason: u8,
}

/// A list to be signed.
#[derive(Debug, Clone)]
pub struct ListTemplate {
    /// The issuer's name, DER.
    pub issuer: Vec<u8>,
    /// When it is issued.
    pub this_update: Timestamp,
    /// By when the next will be.
    pub next_update: Timestamp,
    /// Its number; it only grows.
    pub number: u64,
    /// All that are revoked and not yet expired.
    pub revoked: Vec<Revoked>,
}

/// Signs a list.
///
/// # Errors
/// When the signer refuses.
pub fn sign_list(template: &ListTemplate, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
    let algorithm = signer.algorithm();
    let entries: Vec<Vec<u8>> = template.revoked.iter().map(entry).collect();
    // An empty list of entries must be left out (RFC 5280, 5.1.2.6).
    let entries = if entries.is_empty() {
        Vec::new()
    } else {
        primitive(0x30, &entries.concat())
    };
    let extensions = write_extensions(&[
        super::extensions::authority_key_id(&signer.public()),
        ExtensionSpec {
            oid: oids::CRL_NUMBER.to_vec(),
            critical: false,
            value: integer_of(template.number),
        },
    ]);
    let tbs = sequence(&[
        &integer_of(1),
        &algorithm,
        &template.issuer,
        &time_of(template.this_update),
        &time_of(template.next_update),
        &entries,
        &context(0, &extensions),
    ]);
    let signature = signer.sign(&tbs)?;
    Ok(sequence(&[&tbs, &algorithm, &bit_string(&signature)]))
}

fn entry(revoked: &Revoked) -> Vec<u8> {
    let extensions = if revoked.reason == 0 {
        Vec::new()
    } else {
        let value = enumerated(revoked.reason);
        sequence(&[&sequence(&[&oid_of(oids::CRL_REASON), &octets(&value)])])
    };
    sequence(&[&integer(&revoked.serial), &time_of(revoked.at), &extensions])
}
