//! Questions: which certificates are asked about (RFC 6960, 4.1), from anyone on the network.

use crate::der::{DerError, Reader, tag};
use crate::key::{AlgorithmId, Digest};
use crate::oids;

/// Larger than any honest question; a GET is below 255 bytes (RFC 5019, 5).
pub const MOST_BYTES: usize = 16 << 10;
/// More certificates than are answered for at once: each costs the same as a question of its own.
const MOST_IDS: usize = 16;
/// More extensions than are defined.
const MOST_EXTENSIONS: usize = 16;
/// Longest nonce, in octets (RFC 9654, 2.1).
const LONGEST_NONCE: usize = 128;

/// How a question names a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertId {
    /// As it stands; the answer repeats it.
    pub der: Vec<u8>,
    /// The digest by which issuer and key are named; `None` if it is not understood.
    pub digest: Option<Digest>,
    /// Digest of the issuer's name.
    pub name_hash: Vec<u8>,
    /// Digest of the issuer's key.
    pub key_hash: Vec<u8>,
    /// The serial number.
    pub serial: Vec<u8>,
}

impl CertId {
    /// Reads one.
    ///
    /// # Errors
    /// When the structure is not a CertID.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, DerError> {
        let whole = reader.expect(tag::SEQUENCE, "the certificate's id")?;
        let mut id = whole.reader();
        let algorithm = AlgorithmId::read(&mut id, "the digest")?;
        let name = id.expect(tag::OCTET_STRING, "the issuer's name")?;
        let key = id.expect(tag::OCTET_STRING, "the issuer's key")?;
        let serial = id.integer("the serial number")?.to_vec();
        id.end("the certificate's id")?;
        Ok(Self {
            der: whole.whole.to_vec(),
            digest: Digest::of(&algorithm.oid).filter(|_| algorithm.is_plain()),
            name_hash: name.content.to_vec(),
            key_hash: key.content.to_vec(),
            serial,
        })
    }
}

/// A question, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspRequest {
    /// What is asked about, at least one.
    pub ids: Vec<CertId>,
    /// What the answer must repeat to prove that it is fresh: the extension's value as it stands.
    pub nonce: Option<Vec<u8>>,
}

/// Reads a question. A signature on it is passed over: the answers are for everyone.
///
/// # Errors
/// When it is malformed, too large, or has a critical extension that is not understood.
pub fn read_request(der: &[u8]) -> Result<OcspRequest, DerError> {
    if der.len() > MOST_BYTES {
        return Err(DerError::new("a question above 16 KiB", 0));
    }
    let mut outer = Reader::new(der);
    let mut reader = outer.sequence("the question")?;
    outer.end("the question")?;
    let mut tbs = reader.sequence("the question")?;
    reader.optional(0xa0)?;
    reader.end("the question")?;
    if let Some(version) = tbs.optional(0xa0)?
        && version.reader().small("the version")? != 0
    {
        return Err(DerError::new("a version that is not 1", version.at));
    }
    tbs.optional(0xa1)?;
    let mut list = tbs.sequence("the certificates asked about")?;
    let mut ids = Vec::new();
    while !list.is_empty() {
        if ids.len() == MOST_IDS {
            return Err(DerError::new("more than 16 certificates", list.at()));
        }
        let mut single = list.sequence("a certificate asked about")?;
        ids.push(CertId::read(&mut single)?);
        if let Some(wrapper) = single.optional(0xa0)? {
            nonce(&mut wrapper.reader())?;
        }
        single.end("a certificate asked about")?;
    }
    if ids.is_empty() {
        return Err(DerError::new("no certificate is asked about", list.at()));
    }
    let nonce = match tbs.optional(0xa2)? {
        Some(wrapper) => nonce(&mut wrapper.reader())?,
        None => None,
    };
    tbs.end("the question")?;
    Ok(OcspRequest { ids, nonce })
}

/// The nonce among the extensions; others are passed over unless they are critical.
fn nonce(reader: &mut Reader<'_>) -> Result<Option<Vec<u8>>, DerError> {
    let mut list = reader.sequence("the extensions")?;
    reader.end("the extensions")?;
    let mut found = None;
    let mut count = 0;
    while !list.is_empty() {
        count += 1;
        let mut extension = list.sequence("an extension")?;
        let at = extension.at();
        let oid = extension.oid("an extension")?;
        let critical = match extension.peek() {
            Some(tag::BOOLEAN) => extension.boolean("criticality")?,
            _ => false,
        };
        let value = extension.expect(tag::OCTET_STRING, "an extension's value")?;
        extension.end("an extension")?;
        let known = oid.is(oids::OCSP_NONCE);
        if (critical && !known) || count > MOST_EXTENSIONS {
            return Err(DerError::new(
                format!("the extension {oid} is not understood"),
                at,
            ));
        }
        if known {
            // The nonce is an OCTET STRING within the value; older programs put the bare bytes there.
            let inner = Reader::new(value.content).expect(tag::OCTET_STRING, "the nonce");
            let length = inner.map_or(value.content.len(), |inner| inner.content.len());
            if length == 0 || length > LONGEST_NONCE {
                return Err(DerError::new("a nonce not of 1 to 128 octets", value.at));
            }
            if found.replace(value.content.to_vec()).is_some() {
                return Err(DerError::new("two nonces", value.at));
            }
        }
    }
    Ok(found)
}
