//! Public keys as certificates carry them, and the one question asked of them: does this signature fit?
//!
//! All arithmetic is done by the RustCrypto crates; here stands which algorithm identifier goes with which key, and what
//! a malformed one is. Nothing here decides whether an algorithm is still strong enough, see `path::profile`.

mod verify;

use crate::der::{DerError, Element, Oid, Reader, integer, sequence, tag};
use crate::oids;

pub(crate) use verify::{DISTINGUISHING_ID, digest_of};
pub use verify::{Digest, SignatureError, digest, verify};

/// An AlgorithmIdentifier: identifier and parameters as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlgorithmId {
    /// The algorithm.
    pub oid: Oid,
    /// Its parameters, the whole element.
    pub params: Option<Vec<u8>>,
}

impl AlgorithmId {
    /// Reads one.
    ///
    /// # Errors
    /// When the structure is not an AlgorithmIdentifier.
    pub fn read(reader: &mut Reader<'_>, what: &str) -> Result<Self, DerError> {
        let mut inner = reader.sequence(what)?;
        let oid = inner.oid(what)?;
        let params = if inner.is_empty() {
            None
        } else {
            Some(inner.any()?.whole.to_vec())
        };
        inner.end(what)?;
        Ok(Self { oid, params })
    }

    /// Whether it has no parameters, or NULL.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.params
            .as_deref()
            .is_none_or(|params| params == [tag::NULL, 0])
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> String {
        let known = match self.oid.content() {
            oids::RSA => "RSA",
            oids::RSA_SHA1 => "RSA-SHA1",
            oids::RSA_SHA224 => "RSA-SHA224",
            oids::RSA_SHA256 => "RSA-SHA256",
            oids::RSA_SHA384 => "RSA-SHA384",
            oids::RSA_SHA512 => "RSA-SHA512",
            oids::RSA_PSS => "RSA-PSS",
            oids::ECDSA_SHA1 => "ECDSA-SHA1",
            oids::ECDSA_SHA224 => "ECDSA-SHA224",
            oids::ECDSA_SHA256 => "ECDSA-SHA256",
            oids::ECDSA_SHA384 => "ECDSA-SHA384",
            oids::ECDSA_SHA512 => "ECDSA-SHA512",
            oids::ED25519 => "Ed25519",
            oids::SM2_SM3 => "SM2-SM3",
            oids::DSA_SHA1 => "DSA-SHA1",
            oids::DSA_SHA224 => "DSA-SHA224",
            oids::DSA_SHA256 => "DSA-SHA256",
            oids::ML_DSA_44 => "ML-DSA-44",
            oids::ML_DSA_65 => "ML-DSA-65",
            oids::ML_DSA_87 => "ML-DSA-87",
            _ => return self.oid.to_string(),
        };
        known.to_owned()
    }
}

/// A curve that is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// SM2, GB/T 32918.
    Sm2,
}

/// Parameters of DSA; a key without them takes its issuer's (RFC 3279, 2.3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DsaParams {
    /// The prime.
    pub p: Vec<u8>,
    /// The order.
    pub q: Vec<u8>,
    /// The generator.
    pub g: Vec<u8>,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA, modulus and exponent without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// A point on a named curve.
    Ec {
        /// The curve.
        curve: Curve,
        /// The point as in SEC 1.
        point: Vec<u8>,
    },
    /// Ed25519.
    Ed25519(Vec<u8>),
    /// DSA.
    Dsa {
        /// Its parameters, if it carries them.
        params: Option<DsaParams>,
        /// The public value.
        y: Vec<u8>,
    },
    /// ML-DSA, by its identifier.
    MlDsa(Oid, Vec<u8>),
    /// An algorithm, a curve or a form that is not understood, in words.
    Unknown(String),
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo. A key that is not understood is [`PublicKey::Unknown`]: it matters only to who uses it.
    ///
    /// # Errors
    /// When the outer structure is broken.
    pub fn read(element: &Element<'_>) -> Result<Self, DerError> {
        let mut reader = element.reader();
        let algorithm = AlgorithmId::read(&mut reader, "the key's algorithm")?;
        let bytes = reader.octet_aligned("the public key")?;
        reader.end("the public key")?;
        Ok(Self::of(&algorithm, bytes)
            .unwrap_or_else(|error| Self::Unknown(format!("{}: {error}", algorithm.name()))))
    }

    fn of(algorithm: &AlgorithmId, bytes: &[u8]) -> Result<Self, DerError> {
        match algorithm.oid.content() {
            oids::RSA | oids::RSA_PSS => rsa_key(bytes),
            oids::EC_KEY | oids::SM2 => Ok(Self::Ec {
                curve: curve(algorithm)?,
                point: bytes.to_vec(),
            }),
            oids::ED25519 if algorithm.params.is_none() && bytes.len() == 32 => {
                Ok(Self::Ed25519(bytes.to_vec()))
            }
            oids::DSA => dsa_key(algorithm, bytes),
            oids::ML_DSA_44 | oids::ML_DSA_65 | oids::ML_DSA_87 if algorithm.params.is_none() => {
                Ok(Self::MlDsa(algorithm.oid.clone(), bytes.to_vec()))
            }
            _ => Err(DerError::new("an algorithm that is not understood", 0)),
        }
    }

    /// The length people compare keys by, in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        let significant = |bytes: &[u8]| {
            bytes.first().map_or(0, |first| {
                bytes.len() * 8 - usize::try_from(first.leading_zeros()).unwrap_or(0)
            })
        };
        match self {
            Self::Rsa { n, .. } => significant(n),
            Self::Ec { curve, .. } => match curve {
                Curve::P256 | Curve::Sm2 => 256,
                Curve::P384 => 384,
                Curve::P521 => 521,
            },
            Self::Ed25519(_) => 256,
            Self::Dsa { params, .. } => params.as_ref().map_or(0, |params| significant(&params.p)),
            Self::MlDsa(_, bytes) => bytes.len() * 8,
            Self::Unknown(_) => 0,
        }
    }

    /// What people call its kind.
    #[must_use]
    pub fn kind(&self) -> String {
        match self {
            Self::Rsa { .. } => format!("RSA {}", self.bits()),
            Self::Ec { curve, .. } => match curve {
                Curve::P256 => "P-256".to_owned(),
                Curve::P384 => "P-384".to_owned(),
                Curve::P521 => "P-521".to_owned(),
                Curve::Sm2 => "SM2".to_owned(),
            },
            Self::Ed25519(_) => "Ed25519".to_owned(),
            Self::Dsa { .. } => format!("DSA {}", self.bits()),
            Self::MlDsa(oid, _) => AlgorithmId {
                oid: oid.clone(),
                params: None,
            }
            .name(),
            Self::Unknown(why) => why.clone(),
        }
    }

    /// The same key with the parameters of its issuer, when it is a DSA key without its own.
    #[must_use]
    pub fn inheriting(&self, issuer: &PublicKey) -> PublicKey {
        match (self, issuer) {
            (Self::Dsa { params: None, y }, Self::Dsa { params, .. }) => Self::Dsa {
                params: params.clone(),
                y: y.clone(),
            },
            _ => self.clone(),
        }
    }

    /// Its SubjectPublicKeyInfo; `None` for a key that cannot be issued here.
    #[must_use]
    pub fn to_spki(&self) -> Option<Vec<u8>> {
        use crate::der::{bit_string, null, oid_of};
        let (algorithm, bytes) = match self {
            Self::Rsa { n, e } => (
                sequence(&[&oid_of(oids::RSA), &null()]),
                sequence(&[&integer(n), &integer(e)]),
            ),
            Self::Ec { curve, point } => {
                let curve = match curve {
                    Curve::P256 => oids::P256,
                    Curve::P384 => oids::P384,
                    Curve::P521 => oids::P521,
                    Curve::Sm2 => oids::SM2,
                };
                (
                    sequence(&[&oid_of(oids::EC_KEY), &oid_of(curve)]),
                    point.clone(),
                )
            }
            Self::Ed25519(bytes) => (sequence(&[&oid_of(oids::ED25519)]), bytes.clone()),
            _ => return None,
        };
        Some(sequence(&[&algorithm, &bit_string(&bytes)]))
    }
}

fn curve(algorithm: &AlgorithmId) -> Result<Curve, DerError> {
    // The Chinese profile also writes the curve's identifier in place of the algorithm's.
    let params = match (&algorithm.params, algorithm.oid.content()) {
        (None, oids::SM2) => return Ok(Curve::Sm2),
        (Some(params), _) => params,
        (None, _) => return Err(DerError::new("a key without its curve", 0)),
    };
    let mut reader = Reader::new(params);
    if reader.peek() == Some(tag::SEQUENCE) {
        return Err(DerError::new(
            "a curve given by its parameters, not by its name",
            0,
        ));
    }
    let oid = reader.oid("the curve")?;
    match oid.content() {
        oids::P256 => Ok(Curve::P256),
        oids::P384 => Ok(Curve::P384),
        oids::P521 => Ok(Curve::P521),
        oids::SM2 => Ok(Curve::Sm2),
        _ => Err(DerError::new(
            format!("the curve {oid} is not understood"),
            0,
        )),
    }
}

fn rsa_key(bytes: &[u8]) -> Result<PublicKey, DerError> {
    let mut outer = Reader::new(bytes);
    let mut reader = outer.sequence("the RSA key")?;
    let n = magnitude(reader.integer("the modulus")?)?;
    let e = magnitude(reader.integer("the exponent")?)?;
    reader.end("the RSA key")?;
    outer.end("the RSA key")?;
    Ok(PublicKey::Rsa { n, e })
}

fn dsa_key(algorithm: &AlgorithmId, bytes: &[u8]) -> Result<PublicKey, DerError> {
    let params = match algorithm.params.as_deref() {
        None | Some([tag::NULL, 0]) => None,
        Some(params) => {
            let mut outer = Reader::new(params);
            let mut reader = outer.sequence("the DSA parameters")?;
            let params = DsaParams {
                p: magnitude(reader.integer("p")?)?,
                q: magnitude(reader.integer("q")?)?,
                g: magnitude(reader.integer("g")?)?,
            };
            reader.end("the DSA parameters")?;
            Some(params)
        }
    };
    let mut reader = Reader::new(bytes);
    let y = magnitude(reader.integer("y")?)?;
    reader.end("the DSA key")?;
    Ok(PublicKey::Dsa { params, y })
}

/// The bytes of a positive number without leading zeros.
fn magnitude(content: &[u8]) -> Result<Vec<u8>, DerError> {
    if content.first().is_none_or(|first| first & 0x80 != 0) {
        return Err(DerError::new("a negative number in a key", 0));
    }
    Ok(content
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect())
}
