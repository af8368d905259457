//! Questions to a time-stamp authority (RFC 3161, 2.4.1): reading. Its tokens are read by [`crate::cms`].

use crate::der::{DerError, Oid, Reader, tag};
use crate::key::{AlgorithmId, Digest};

/// Larger than any honest question.
pub const MOST_BYTES: usize = 16 << 10;
/// Longest nonce, in octets.
const LONGEST_NONCE: usize = 64;

/// A question, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampRequest {
    /// The MessageImprint as it stands; the token repeats it.
    pub imprint: Vec<u8>,
    /// The policy that is wished for.
    pub policy: Option<Oid>,
    /// The content of the nonce, an INTEGER.
    pub nonce: Option<Vec<u8>>,
    /// Whether the token must carry the authority's certificate.
    pub wants_certificate: bool,
}

/// Why no time-stamp is given, by the bit of PKIFailureInfo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StampRefusal {
    /// The digest is not one that is stamped.
    #[error("this digest is not stamped; take SHA-256, SHA-384, SHA-512 or SM3")]
    BadAlgorithm,
    /// The question contradicts itself.
    #[error("the question cannot be answered: its version is not 1")]
    BadRequest,
    /// The bytes are not a question, or the imprint is not as long as its digest.
    #[error("the question is malformed")]
    BadFormat,
    /// The time is not known at present.
    #[error("the time-stamp authority has no time at present; try again later")]
    NoTime,
    /// The policy is not this authority's.
    #[error("the policy that is asked for is not this authority's")]
    Policy,
    /// An extension is not supported.
    #[error("extensions are not supported")]
    Extension,
    /// The authority failed.
    #[error("the time-stamp authority failed; try again later")]
    Failed,
}

impl StampRefusal {
    /// The bit of PKIFailureInfo.
    #[must_use]
    pub fn bit(self) -> u8 {
        match self {
            Self::BadAlgorithm => 0,
            Self::BadRequest => 2,
            Self::BadFormat => 5,
            Self::NoTime => 14,
            Self::Policy => 15,
            Self::Extension => 16,
            Self::Failed => 25,
        }
    }
}

impl From<DerError> for StampRefusal {
    fn from(_: DerError) -> Self {
        Self::BadFormat
    }
}

/// Reads a question.
///
/// # Errors
/// The reason by which it is refused.
pub fn read_request(der: &[u8]) -> Result<StampRequest, StampRefusal> {
    if der.len() > MOST_BYTES {
        return Err(StampRefusal::BadFormat);
    }
    let mut outer = Reader::new(der);
    let mut reader = outer.sequence("the question")?;
    outer.end("the question")?;
    if reader.small("the version")? != 1 {
        return Err(StampRefusal::BadRequest);
    }
    let imprint = reader.expect(tag::SEQUENCE, "the imprint")?;
    let mut inner = imprint.reader();
    let algorithm = AlgorithmId::read(&mut inner, "the digest")?;
    let hash = inner.expect(tag::OCTET_STRING, "the imprint")?;
    inner.end("the imprint")?;
    let length = match Digest::of(&algorithm.oid).filter(|_| algorithm.is_plain()) {
        Some(Digest::Sha256 | Digest::Sm3) => 32,
        Some(Digest::Sha384) => 48,
        Some(Digest::Sha512) => 64,
        _ => return Err(StampRefusal::BadAlgorithm),
    };
    if hash.content.len() != length {
        return Err(StampRefusal::BadFormat);
    }
    let policy = match reader.peek() {
        Some(tag::OID) => Some(reader.oid("the policy")?),
        _ => None,
    };
    let nonce = match reader.peek() {
        Some(tag::INTEGER) => Some(reader.integer("the nonce")?.to_vec()),
        _ => None,
    };
    if nonce
        .as_ref()
        .is_some_and(|nonce| nonce.len() > LONGEST_NONCE)
    {
        return Err(StampRefusal::BadFormat);
    }
    let wants_certificate = match reader.peek() {
        Some(tag::BOOLEAN) => reader.boolean("whether the certificate is wanted")?,
        _ => false,
    };
    if reader.optional(0xa0)?.is_some() {
        return Err(StampRefusal::Extension);
    }
    reader.end("the question")?;
    Ok(StampRequest {
        imprint: imprint.whole.to_vec(),
        policy,
        nonce,
        wants_certificate,
    })
}
