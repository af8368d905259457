//! Questions and answers of OCSP (RFC 6960): reading, and whether the one who signed may answer for the issuer.

mod request;

use crate::cert::Certificate;
use crate::der::{DerError, Instant, Reader, read_time, tag};
use crate::key::{AlgorithmId, Digest, SignatureError, digest, verify};
use crate::name::Name;
use crate::oids;

pub use request::{CertId, OcspRequest, read_request};

/// More certificates or statuses than any honest answer carries.
const MOST: usize = 64;

/// What an answer says of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertStatus {
    /// Not revoked, as far as the responder knows.
    Good,
    /// Revoked at a time.
    Revoked(Instant),
    /// The responder does not know it.
    Unknown,
}

/// The status of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleStatus {
    /// The digest by which issuer and key are named.
    pub digest: Option<Digest>,
    /// Digest of the issuer's name.
    pub name_hash: Vec<u8>,
    /// Digest of the issuer's key.
    pub key_hash: Vec<u8>,
    /// The serial number.
    pub serial: Vec<u8>,
    /// What it says.
    pub status: CertStatus,
    /// From when it was known.
    pub this_update: Instant,
    /// By when to ask again.
    pub next_update: Option<Instant>,
}

impl SingleStatus {
    /// Whether it speaks of a certificate of this issuer.
    #[must_use]
    pub fn is_of(&self, cert: &Certificate, issuer: &Certificate) -> bool {
        self.digest.is_some_and(|algorithm| {
            self.serial == cert.serial
                && self.name_hash == digest(algorithm, cert.issuer.der())
                && self.key_hash == digest(algorithm, issuer.key_bits())
        })
    }
}

/// Who answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Responder {
    /// By name.
    Name(Name),
    /// By the SHA-1 of its key.
    Key(Vec<u8>),
}

/// An answer, read.
#[derive(Debug, Clone)]
pub struct OcspAnswer {
    tbs: Vec<u8>,
    /// Who answered.
    pub responder: Responder,
    /// When it was signed.
    pub produced_at: Instant,
    /// The statuses.
    pub statuses: Vec<SingleStatus>,
    /// Certificates it carries.
    pub certs: Vec<Certificate>,
    algorithm: AlgorithmId,
    signature: Vec<u8>,
}

/// What came back from a responder.
#[derive(Debug, Clone)]
pub enum OcspResponse {
    /// An answer.
    Answer(Box<OcspAnswer>),
    /// None, and why: 1 malformed, 2 internal error, 3 later, 5 sign the request, 6 not for you.
    Refused(u8),
}

/// Reads a response.
///
/// # Errors
/// When it is not one.
pub fn read(der: &[u8]) -> Result<OcspResponse, DerError> {
    let mut outer = Reader::new(der);
    let mut reader = outer.sequence("the response")?;
    outer.end("the response")?;
    let status = reader.expect(tag::ENUMERATED, "the response's status")?;
    let code = status.content.first().copied().unwrap_or(2);
    if code != 0 {
        return Ok(OcspResponse::Refused(code));
    }
    let wrapper = reader.expect(0xa0, "the answer")?;
    let mut inner = wrapper.reader().sequence("the answer")?;
    let kind = inner.oid("the kind of answer")?;
    if !kind.is(oids::OCSP_BASIC) {
        return Err(DerError::new(
            format!("the answer is of the kind {kind}"),
            0,
        ));
    }
    let body = inner.expect(tag::OCTET_STRING, "the answer")?;
    basic(&mut body.reader()).map(|answer| OcspResponse::Answer(Box::new(answer)))
}

fn basic(reader: &mut Reader<'_>) -> Result<OcspAnswer, DerError> {
    let mut reader = reader.sequence("the basic answer")?;
    let tbs = reader.expect(tag::SEQUENCE, "the signed part")?;
    let algorithm = AlgorithmId::read(&mut reader, "the algorithm")?;
    let signature = reader.octet_aligned("the signature")?.to_vec();
    let mut certs = Vec::new();
    if let Some(wrapper) = reader.optional(0xa0)? {
        let mut list = wrapper.reader().sequence("the certificates")?;
        while !list.is_empty() && certs.len() < MOST {
            certs.push(Certificate::read(list.any()?.whole)?);
        }
    }
    let mut data = tbs.reader();
    data.optional(0xa0)?;
    let responder = responder(&mut data)?;
    let produced_at = read_time(&data.any()?)?;
    let mut list = data.sequence("the statuses")?;
    let mut statuses = Vec::new();
    while !list.is_empty() && statuses.len() < MOST {
        statuses.push(single(&mut list)?);
    }
    Ok(OcspAnswer {
        tbs: tbs.whole.to_vec(),
        responder,
        produced_at,
        statuses,
        certs,
        algorithm,
        signature,
    })
}

fn responder(data: &mut Reader<'_>) -> Result<Responder, DerError> {
    let element = data.any()?;
    let mut inner = element.reader();
    match element.tag {
        0xa1 => Ok(Responder::Name(Name::read(&inner.any()?)?)),
        0xa2 => Ok(Responder::Key(
            inner
                .expect(tag::OCTET_STRING, "the responder's key")?
                .content
                .to_vec(),
        )),
        _ => Err(DerError::new("an unknown form of responder", element.at)),
    }
}

fn single(list: &mut Reader<'_>) -> Result<SingleStatus, DerError> {
    let mut reader = list.sequence("a status")?;
    let id = CertId::read(&mut reader)?;
    let status = reader.any()?;
    let status = match status.tag {
        0x80 => CertStatus::Good,
        0xa1 => CertStatus::Revoked(read_time(&status.reader().any()?)?),
        0x82 => CertStatus::Unknown,
        _ => return Err(DerError::new("an unknown status", status.at)),
    };
    let this_update = read_time(&reader.any()?)?;
    let next_update = match reader.optional(0xa0)? {
        Some(wrapper) => Some(read_time(&wrapper.reader().any()?)?),
        None => None,
    };
    Ok(SingleStatus {
        digest: id.digest,
        name_hash: id.name_hash,
        key_hash: id.key_hash,
        serial: id.serial,
        status,
        this_update,
        next_update,
    })
}

/// Why an answer does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OcspFault {
    /// None of the certificates is the responder's.
    NoResponder,
    /// The signature does not fit.
    Signature(SignatureError),
    /// The responder is neither the issuer nor was it told by the issuer to answer.
    NotEntitled,
}

impl OcspAnswer {
    /// Checks the signature and that the signer is the issuer itself, or a responder the issuer made one.
    ///
    /// # Errors
    /// Which of it fails.
    pub fn check(&self, issuer: &Certificate) -> Result<(), OcspFault> {
        let is_responder = |cert: &&Certificate| match &self.responder {
            Responder::Name(name) => cert.subject == *name,
            Responder::Key(hash) => digest(Digest::Sha1, cert.key_bits()) == *hash,
        };
        let signer = std::iter::once(issuer)
            .chain(&self.certs)
            .find(is_responder);
        let signer = signer.ok_or(OcspFault::NoResponder)?;
        verify(&signer.key, &self.algorithm, &self.tbs, &self.signature)
            .map_err(OcspFault::Signature)?;
        if signer.der == issuer.der {
            return Ok(());
        }
        let purposes = signer.ext.ext_key_usage.as_ref();
        let told =
            purposes.is_some_and(|found| found.value.iter().any(|oid| oid.is(oids::OCSP_SIGNING)));
        let by_issuer = signer.issuer == issuer.subject
            && verify(
                &issuer.key,
                &signer.algorithm,
                signer.tbs(),
                &signer.signature,
            )
            .is_ok();
        (told && by_issuer)
            .then_some(())
            .ok_or(OcspFault::NotEntitled)
    }
}
