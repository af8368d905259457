//! A certificate, read.

use std::fmt;
use std::ops::Range;

use crate::der::{DerError, Instant, Reader, read_time, tag};
use crate::ext::{Extensions, usage};
use crate::key::{AlgorithmId, PublicKey};
use crate::name::Name;

/// Larger than any honest certificate.
pub const MOST_BYTES: usize = 1 << 20;

/// A certificate, read and kept with its bytes.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// All of it.
    pub der: Vec<u8>,
    tbs: Range<usize>,
    spki: Range<usize>,
    /// 1, 2 or 3.
    pub version: u8,
    /// The content of the serial number.
    pub serial: Vec<u8>,
    /// The algorithm named inside, under the signature.
    pub inner_algorithm: AlgorithmId,
    /// The algorithm named outside.
    pub algorithm: AlgorithmId,
    /// Who issued it.
    pub issuer: Name,
    /// From when it is valid.
    pub not_before: Instant,
    /// Until when it is valid, inclusive.
    pub not_after: Instant,
    /// Whose it is.
    pub subject: Name,
    /// The key.
    pub key: PublicKey,
    /// Extensions.
    pub ext: Extensions,
    /// The signature.
    pub signature: Vec<u8>,
}

impl Certificate {
    /// Reads a certificate.
    ///
    /// # Errors
    /// When it is not one, with the byte where reading stopped.
    pub fn read(der: &[u8]) -> Result<Self, DerError> {
        if der.len() > MOST_BYTES {
            return Err(DerError::new("a certificate above one mebibyte", 0));
        }
        let mut outer = Reader::new(der);
        let mut reader = outer.sequence("the certificate")?;
        outer.end("the certificate")?;
        let tbs_element = reader.expect(tag::SEQUENCE, "the signed part")?;
        let algorithm = AlgorithmId::read(&mut reader, "the signature's algorithm")?;
        let signature = reader.octet_aligned("the signature")?.to_vec();
        reader.end("the certificate")?;
        let end = tbs_element.at + tbs_element.content.len();
        let mut tbs = tbs_element.reader();
        let version = version(&mut tbs)?;
        let serial = tbs.integer("the serial number")?.to_vec();
        let inner_algorithm = AlgorithmId::read(&mut tbs, "the algorithm")?;
        let issuer = Name::read(&tbs.any()?)?;
        let mut validity = tbs.sequence("the validity")?;
        let not_before = read_time(&validity.any()?)?;
        let not_after = read_time(&validity.any()?)?;
        validity.end("the validity")?;
        let subject = Name::read(&tbs.any()?)?;
        let key_element = tbs.expect(tag::SEQUENCE, "the subject's key")?;
        let key = PublicKey::read(&key_element)?;
        tbs.optional(0x81)?;
        tbs.optional(0x82)?;
        let ext = match tbs.optional(0xa3)? {
            Some(_) if version < 3 => {
                return Err(DerError::new(
                    "extensions in a certificate below version 3",
                    tbs.at(),
                ));
            }
            Some(wrapper) => {
                let mut inner = wrapper.reader();
                let list = inner.expect(tag::SEQUENCE, "the extensions")?;
                inner.end("the extensions")?;
                Extensions::read(&list)?
            }
            None => Extensions::default(),
        };
        tbs.end("the signed part")?;
        Ok(Self {
            tbs: end - tbs_element.whole.len()..end,
            spki: {
                let end = key_element.at + key_element.content.len();
                end - key_element.whole.len()..end
            },
            der: der.to_vec(),
            version,
            serial,
            inner_algorithm,
            algorithm,
            issuer,
            not_before,
            not_after,
            subject,
            key,
            ext,
            signature,
        })
    }

    /// The bytes under the signature.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.der.get(self.tbs.clone()).unwrap_or_default()
    }

    /// The SubjectPublicKeyInfo as it stands.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        self.der.get(self.spki.clone()).unwrap_or_default()
    }

    /// The content of the BIT STRING of the key, whose SHA-1 names the key in OCSP.
    #[must_use]
    pub fn key_bits(&self) -> &[u8] {
        let mut reader = Reader::new(self.spki());
        let bits = reader.any().and_then(|spki| {
            let mut reader = spki.reader();
            reader.any()?;
            reader.octet_aligned("the public key")
        });
        bits.unwrap_or_default()
    }

    /// Whether issuer and subject are the same name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether it may issue certificates by its basic constraints.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.ext
            .basic_constraints
            .as_ref()
            .is_some_and(|found| found.value.ca)
    }

    /// Whether its key usage, if it has one, contains one of these bits.
    #[must_use]
    pub fn may(&self, bits: u16) -> bool {
        self.ext
            .key_usage
            .as_ref()
            .is_none_or(|found| found.value & bits != 0)
    }

    /// Whether its key usage allows to sign revocation lists.
    #[must_use]
    pub fn may_sign_crls(&self) -> bool {
        self.may(usage::CRL_SIGN)
    }

    /// The serial number in hexadecimal.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        hex(&self.serial)
    }

    /// Whether its subject key identifier is the one another certificate names as its authority's.
    #[must_use]
    pub fn is_named_by(&self, other: &Certificate) -> Option<bool> {
        let wanted = other.ext.authority_key_id.as_ref()?.value.key_id.as_ref()?;
        let own = &self.ext.subject_key_id.as_ref()?.value;
        Some(wanted == own)
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.subject.is_empty() {
            let names = self.ext.subject_alt_name.as_ref();
            match names.and_then(|names| names.value.first()) {
                Some(name) => write!(out, "{name}"),
                None => write!(out, "#{}", self.serial_hex()),
            }
        } else {
            write!(out, "{}", self.subject)
        }
    }
}

/// Bytes in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn version(tbs: &mut Reader<'_>) -> Result<u8, DerError> {
    let at = tbs.at();
    let Some(wrapper) = tbs.optional(0xa0)? else {
        return Ok(1);
    };
    let mut inner = wrapper.reader();
    let number = inner.small("the version")?;
    inner.end("the version")?;
    // 0 is the default and must be left out in DER, but is met; it means version 1.
    match number {
        0..=2 => Ok(u8::try_from(number).unwrap_or(0) + 1),
        _ => Err(DerError::new(
            format!("version {} is unknown", u64::from(number) + 1),
            at,
        )),
    }
}
