//! Signed messages (CMS, RFC 5652) and time-stamps (RFC 3161): reading, and whether the signatures fit.

use crate::cert::Certificate;
use crate::der::{DerError, Element, Instant, Oid, Reader, read_time, tag};
use crate::key::{AlgorithmId, Digest, PublicKey, SignatureError, digest, verify};
use crate::name::Name;
use crate::oids;

/// More certificates or signers than any honest message carries.
const MOST: usize = 64;

/// Which certificate a signer names.
#[derive(Debug, Clone)]
enum SignerId {
    Serial(Name, Vec<u8>),
    KeyId(Vec<u8>),
}

/// One signature of a message.
#[derive(Debug, Clone)]
pub struct SignerInfo {
    id: SignerId,
    digest: Option<Digest>,
    algorithm: AlgorithmId,
    /// The signed attributes as they are signed: as a SET.
    attributes: Option<Vec<u8>>,
    message_digest: Option<Vec<u8>>,
    signature: Vec<u8>,
}

/// A signed message, read.
#[derive(Debug, Clone)]
pub struct SignedMessage {
    /// The kind of content.
    pub kind: Oid,
    /// The content, unless it is detached.
    pub content: Option<Vec<u8>>,
    /// The certificates it carries.
    pub certs: Vec<Certificate>,
    /// The signatures.
    pub signers: Vec<SignerInfo>,
}

/// What a time-stamp says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeStampInfo {
    /// The time that is attested.
    pub at: Instant,
    /// The digest of what was stamped.
    pub imprint: Vec<u8>,
    /// The policy of the authority.
    pub policy: Oid,
}

/// Why a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CmsFault {
    /// The message lacks the signer's certificate.
    NoCertificate,
    /// The content is not there and was not given.
    Detached,
    /// The content is not the one that was signed.
    Altered,
    /// The signature does not fit.
    Signature(SignatureError),
}

/// Reads a message.
///
/// # Errors
/// When it is not a signed message in DER.
pub fn read(der: &[u8]) -> Result<SignedMessage, DerError> {
    let mut outer = Reader::new(der);
    let mut reader = outer.sequence("the message")?;
    let kind = reader.oid("the kind of message")?;
    if !kind.is(oids::SIGNED_DATA) {
        return Err(DerError::new(
            format!("a message of the kind {kind}, not a signed one"),
            0,
        ));
    }
    let wrapper = reader.expect(0xa0, "the message")?;
    let mut data = wrapper.reader().sequence("the signed data")?;
    data.small("the version")?;
    data.expect(tag::SET, "the digests")?;
    let mut inner = data.sequence("the content")?;
    let kind = inner.oid("the kind of content")?;
    let content = match inner.optional(0xa0)? {
        Some(wrapper) => {
            let octets = wrapper.reader().expect(tag::OCTET_STRING, "the content")?;
            Some(octets.content.to_vec())
        }
        None => None,
    };
    let mut certs = Vec::new();
    if let Some(list) = data.optional(0xa0)? {
        let mut list = list.reader();
        while !list.is_empty() && certs.len() < MOST {
            let element = list.any()?;
            if element.tag == tag::SEQUENCE {
                certs.push(Certificate::read(element.whole)?);
            }
        }
    }
    data.optional(0xa1)?;
    let mut list = data.expect(tag::SET, "the signatures")?.reader();
    let mut signers = Vec::new();
    while !list.is_empty() && signers.len() < MOST {
        signers.push(signer(&mut list)?);
    }
    Ok(SignedMessage {
        kind,
        content,
        certs,
        signers,
    })
}

fn signer(list: &mut Reader<'_>) -> Result<SignerInfo, DerError> {
    let mut reader = list.sequence("a signature")?;
    reader.small("the version")?;
    let id = reader.any()?;
    let id = if id.tag == tag::SEQUENCE {
        let mut inner = id.reader();
        let issuer = Name::read(&inner.any()?)?;
        SignerId::Serial(issuer, inner.integer("the serial number")?.to_vec())
    } else {
        SignerId::KeyId(id.content.to_vec())
    };
    let hash = AlgorithmId::read(&mut reader, "the digest")?;
    let attributes = reader.optional(0xa0)?;
    let message_digest = match &attributes {
        Some(list) => message_digest(list)?,
        None => None,
    };
    let as_set = attributes.map(|list| crate::der::primitive(tag::SET, list.content));
    let algorithm = AlgorithmId::read(&mut reader, "the algorithm")?;
    let signature = reader.expect(tag::OCTET_STRING, "the signature")?;
    Ok(SignerInfo {
        id,
        digest: Digest::of(&hash.oid),
        algorithm,
        attributes: as_set,
        message_digest,
        signature: signature.content.to_vec(),
    })
}

fn message_digest(list: &Element<'_>) -> Result<Option<Vec<u8>>, DerError> {
    let mut reader = list.reader();
    while !reader.is_empty() {
        let mut attribute = reader.sequence("an attribute")?;
        let kind = attribute.oid("an attribute")?;
        let values = attribute.expect(tag::SET, "an attribute's values")?;
        if kind.is(oids::MESSAGE_DIGEST) {
            let value = values.reader().expect(tag::OCTET_STRING, "the digest")?;
            return Ok(Some(value.content.to_vec()));
        }
    }
    Ok(None)
}

impl SignedMessage {
    /// The certificate a signer names.
    #[must_use]
    pub fn certificate_of(&self, signer: &SignerInfo) -> Option<&Certificate> {
        self.certs.iter().find(|cert| match &signer.id {
            SignerId::Serial(issuer, serial) => cert.issuer == *issuer && cert.serial == *serial,
            SignerId::KeyId(id) => {
                let own = cert.ext.subject_key_id.as_ref();
                own.is_some_and(|own| own.value == *id)
            }
        })
    }

    /// Whether a signature fits its certificate's key and the content.
    ///
    /// # Errors
    /// Which of it fails.
    pub fn check(&self, signer: &SignerInfo, detached: Option<&[u8]>) -> Result<(), CmsFault> {
        let cert = self.certificate_of(signer).ok_or(CmsFault::NoCertificate)?;
        let content = self
            .content
            .as_deref()
            .or(detached)
            .ok_or(CmsFault::Detached)?;
        let unsupported = || SignatureError::Unsupported("digest".to_owned());
        let message = match &signer.attributes {
            Some(attributes) => {
                let hash = signer
                    .digest
                    .ok_or_else(|| CmsFault::Signature(unsupported()))?;
                if signer.message_digest.as_deref() != Some(digest(hash, content).as_slice()) {
                    return Err(CmsFault::Altered);
                }
                attributes.as_slice()
            }
            None => content,
        };
        let algorithm = signing_algorithm(signer, &cert.key);
        verify(&cert.key, &algorithm, message, &signer.signature).map_err(CmsFault::Signature)
    }

    /// What it says, when it is a time-stamp.
    #[must_use]
    pub fn time_stamp(&self) -> Option<TimeStampInfo> {
        if !self.kind.is(oids::TST_INFO) {
            return None;
        }
        let mut reader = Reader::new(self.content.as_deref()?)
            .sequence("the stamp")
            .ok()?;
        reader.small("the version").ok()?;
        let policy = reader.oid("the policy").ok()?;
        let mut imprint = reader.sequence("the imprint").ok()?;
        AlgorithmId::read(&mut imprint, "the digest").ok()?;
        let hash = imprint.expect(tag::OCTET_STRING, "the imprint").ok()?;
        reader.integer("the serial number").ok()?;
        let at = read_time(&reader.any().ok()?).ok()?;
        Some(TimeStampInfo {
            at,
            imprint: hash.content.to_vec(),
            policy,
        })
    }
}

/// CMS also writes the algorithm of the key where the one of the signature belongs (RFC 3370, 3.2); the digest completes it.
fn signing_algorithm(signer: &SignerInfo, key: &PublicKey) -> AlgorithmId {
    let whole = match (signer.algorithm.oid.content(), signer.digest, key) {
        (oids::RSA, Some(Digest::Sha1), _) => oids::RSA_SHA1,
        (oids::RSA, Some(Digest::Sha256), _) => oids::RSA_SHA256,
        (oids::RSA, Some(Digest::Sha384), _) => oids::RSA_SHA384,
        (oids::RSA, Some(Digest::Sha512), _) => oids::RSA_SHA512,
        _ => return signer.algorithm.clone(),
    };
    AlgorithmId {
        oid: Oid::from_content(whole).unwrap_or_else(|| signer.algorithm.oid.clone()),
        params: None,
    }
}

/// The token of a time-stamp response (RFC 3161, 2.4.2); `None` with the status when the authority refused.
///
/// # Errors
/// When it is not a response.
pub fn token_of_response(der: &[u8]) -> Result<Result<Vec<u8>, u32>, DerError> {
    let mut reader = Reader::new(der).sequence("the response")?;
    let mut status = reader.sequence("the status")?;
    let code = status.small("the status")?;
    if code > 1 {
        return Ok(Err(code));
    }
    Ok(Ok(reader
        .expect(tag::SEQUENCE, "the token")?
        .whole
        .to_vec()))
}
