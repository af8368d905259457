//! Requests for certificates (PKCS#10, RFC 2986): reading, and whether whoever asks holds the key.
//!
//! The names inside are what somebody wishes to be called; who they are is decided by those who approve.

use std::ops::Range;

use crate::der::{DerError, Reader, tag};
use crate::key::{AlgorithmId, Curve, Digest, PublicKey, SignatureError, digest_of, verify};
use crate::name::Name;

/// Larger than any honest request.
pub const MOST_BYTES: usize = 64 << 10;

/// A request, read.
#[derive(Debug, Clone)]
pub struct CertificateRequest {
    /// All of it.
    pub der: Vec<u8>,
    info: Range<usize>,
    /// The name that is wished for.
    pub subject: Name,
    /// The key.
    pub key: PublicKey,
    algorithm: AlgorithmId,
    signature: Vec<u8>,
}

/// Why a request is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestFault {
    /// The key is of a kind, or too short, for which nothing is issued.
    #[error(
        "nothing is issued for a key of the kind {0}; make one of RSA with 2048 to 8192 bits, P-256 or SM2"
    )]
    Key(String),
    /// The signature was made over SHA-1.
    #[error("the request is signed over {0}; sign it over SHA-256, or SM3 with SM2")]
    Digest(String),
    /// The signature does not fit the key: whoever asks does not hold it.
    #[error("the request is not signed by the key in it ({0})")]
    Possession(SignatureError),
}

impl CertificateRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// When it is not one, with the byte where reading stopped.
    pub fn read(der: &[u8]) -> Result<Self, DerError> {
        if der.len() > MOST_BYTES {
            return Err(DerError::new("a request above 64 KiB", 0));
        }
        let mut outer = Reader::new(der);
        let mut reader = outer.sequence("the request")?;
        outer.end("the request")?;
        let signed = reader.expect(tag::SEQUENCE, "the signed part")?;
        let algorithm = AlgorithmId::read(&mut reader, "the signature's algorithm")?;
        let signature = reader.octet_aligned("the signature")?.to_vec();
        reader.end("the request")?;
        let mut info = signed.reader();
        if info.small("the version")? != 0 {
            return Err(DerError::new("a version that is not 1", signed.at));
        }
        let subject = Name::read(&info.any()?)?;
        let key = PublicKey::read(&info.expect(tag::SEQUENCE, "the key")?)?;
        info.expect(0xa0, "the attributes")?;
        info.end("the signed part")?;
        let end = signed.at + signed.content.len();
        Ok(Self {
            info: end - signed.whole.len()..end,
            der: der.to_vec(),
            subject,
            key,
            algorithm,
            signature,
        })
    }

    /// Checks that the key is one for which certificates are issued, and that whoever asks holds it.
    ///
    /// # Errors
    /// What is not acceptable.
    pub fn check(&self) -> Result<(), RequestFault> {
        let fits = match &self.key {
            PublicKey::Rsa { .. } => (2048..=8192).contains(&self.key.bits()),
            PublicKey::Ec { curve, point } => {
                matches!(curve, Curve::P256 | Curve::Sm2) && point.len() == 65
            }
            _ => false,
        };
        if !fits {
            return Err(RequestFault::Key(self.key.kind()));
        }
        if digest_of(&self.algorithm) == Some(Digest::Sha1) {
            return Err(RequestFault::Digest(self.algorithm.name()));
        }
        let info = self.der.get(self.info.clone()).unwrap_or_default();
        verify(&self.key, &self.algorithm, info, &self.signature).map_err(RequestFault::Possession)
    }
}
