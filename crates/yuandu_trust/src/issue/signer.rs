//! Keys that sign. A soft key lives in memory; a token implements [`Signer`] itself.

use p256::ecdsa::signature::Signer as _;
use rsa::rand_core::CryptoRng;

use crate::der::{Reader, integer_of, null, octets, oid_of, sequence, tag};
use crate::key::{Curve, Digest, PublicKey, digest};
use crate::oids;

/// Why something was not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key refused.
    #[error("the key does not sign: {0}")]
    Refused(String),
    /// The key could not be read or made.
    #[error("the key cannot be used: {0}")]
    Key(String),
}

/// Something that signs.
pub trait Signer: Send + Sync {
    /// Its public key.
    fn public(&self) -> PublicKey;
    /// The AlgorithmIdentifier of its signatures, as DER.
    fn algorithm(&self) -> Vec<u8>;
    /// The digest its signatures are made over.
    fn digest(&self) -> Digest;
    /// Signs a message.
    ///
    /// # Errors
    /// When the key refuses.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// The kinds of keys that are made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on P-256 with SHA-256.
    P256,
    /// RSA of 3072 bits with SHA-256.
    Rsa,
    /// SM2 with SM3.
    Sm2,
}

impl KeyKind {
    /// By the name people write.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "p256" | "ecdsa" | "ec" => Self::P256,
            "rsa" => Self::Rsa,
            "sm2" => Self::Sm2,
            _ => return None,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "p256",
            Self::Rsa => "rsa",
            Self::Sm2 => "sm2",
        }
    }
}

/// A key in memory. It has no `Debug`: it must not be printed.
pub enum SoftKey {
    /// P-256.
    P256(p256::ecdsa::SigningKey),
    /// RSA.
    Rsa(Box<rsa::PrivateKey>),
    /// SM2.
    Sm2(Box<sm2::dsa::SigningKey>),
}

/// Lengths of RSA keys made here.
const RSA_BITS: usize = 3072;

impl SoftKey {
    /// Makes a key from chance that is handed in.
    ///
    /// # Errors
    /// When chance gives nothing usable.
    pub fn generate<R: CryptoRng>(kind: KeyKind, rng: &mut R) -> Result<Self, SignError> {
        let unusable = || SignError::Key("chance gave no key".to_owned());
        if kind == KeyKind::Rsa {
            let key = rsa::PrivateKey::new(rng, RSA_BITS);
            return key
                .map(|key| Self::Rsa(Box::new(key)))
                .map_err(|error| SignError::Key(error.to_string()));
        }
        // A number out of range comes once in 2^32 draws at most; a few tries are plenty.
        for _ in 0..8 {
            let mut secret = [0u8; 32];
            rng.fill_bytes(&mut secret);
            if let Ok(key) = Self::from_scalar(kind, &secret) {
                return Ok(key);
            }
        }
        Err(unusable())
    }

    fn from_scalar(kind: KeyKind, secret: &[u8]) -> Result<Self, SignError> {
        let bad = || SignError::Key("a private number out of range".to_owned());
        match kind {
            KeyKind::P256 => p256::ecdsa::SigningKey::from_slice(secret)
                .map(Self::P256)
                .map_err(|_| bad()),
            KeyKind::Sm2 => sm2::dsa::SigningKey::from_slice(crate::key::DISTINGUISHING_ID, secret)
                .map(|key| Self::Sm2(Box::new(key)))
                .map_err(|_| bad()),
            KeyKind::Rsa => Err(bad()),
        }
    }

    /// Reads PKCS#8.
    ///
    /// # Errors
    /// When it is not one of the three kinds.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SignError> {
        let bad = |error: crate::der::DerError| SignError::Key(error.to_string());
        let mut outer = Reader::new(der);
        let mut reader = outer.sequence("the private key").map_err(bad)?;
        reader.small("the version").map_err(bad)?;
        let mut algorithm = reader.sequence("the algorithm").map_err(bad)?;
        let oid = algorithm.oid("the algorithm").map_err(bad)?;
        let body = reader.expect(tag::OCTET_STRING, "the key").map_err(bad)?;
        if oid.is(oids::RSA) {
            use rsa::pkcs8::DecodePrivateKey as _;
            return rsa::PrivateKey::from_pkcs8_der(der)
                .map(|key| Self::Rsa(Box::new(key)))
                .map_err(|error| SignError::Key(error.to_string()));
        }
        let curve = algorithm.oid("the curve").map_err(bad)?;
        let mut inner = body.reader().sequence("the key").map_err(bad)?;
        inner.small("the version").map_err(bad)?;
        let secret = inner.expect(tag::OCTET_STRING, "the number").map_err(bad)?;
        let kind = if curve.is(oids::P256) {
            KeyKind::P256
        } else if curve.is(oids::SM2) {
            KeyKind::Sm2
        } else {
            return Err(SignError::Key(format!(
                "the curve {curve} is not used here"
            )));
        };
        Self::from_scalar(kind, secret.content)
    }

    /// Writes PKCS#8. The bytes are the key: encrypt them before they go anywhere.
    ///
    /// # Errors
    /// When the key cannot be written.
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, SignError> {
        let ec = |curve: &[u8], secret: &[u8]| {
            let body = sequence(&[&integer_of(1), &octets(secret)]);
            let algorithm = sequence(&[&oid_of(oids::EC_KEY), &oid_of(curve)]);
            sequence(&[&integer_of(0), &algorithm, &octets(&body)])
        };
        match self {
            Self::P256(key) => Ok(ec(oids::P256, &key.to_bytes())),
            Self::Sm2(key) => Ok(ec(oids::SM2, &key.to_bytes())),
            Self::Rsa(key) => {
                use rsa::pkcs8::EncodePrivateKey as _;
                key.to_pkcs8_der()
                    .map(|document| document.as_bytes().to_vec())
                    .map_err(|error| SignError::Key(error.to_string()))
            }
        }
    }
}

impl Signer for SoftKey {
    fn public(&self) -> PublicKey {
        match self {
            Self::P256(key) => PublicKey::Ec {
                curve: Curve::P256,
                point: key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            },
            Self::Sm2(key) => PublicKey::Ec {
                curve: Curve::Sm2,
                point: key.verifying_key().to_sec1_bytes().to_vec(),
            },
            Self::Rsa(key) => {
                use rsa::traits::PublicKeyParts as _;
                let strip = |bytes: &[u8]| -> Vec<u8> {
                    bytes
                        .iter()
                        .copied()
                        .skip_while(|byte| *byte == 0)
                        .collect()
                };
                PublicKey::Rsa {
                    n: strip(&key.n().to_be_bytes()),
                    e: strip(&key.e().to_be_bytes()),
                }
            }
        }
    }

    fn algorithm(&self) -> Vec<u8> {
        match self {
            Self::P256(_) => sequence(&[&oid_of(oids::ECDSA_SHA256)]),
            Self::Sm2(_) => sequence(&[&oid_of(oids::SM2_SM3)]),
            Self::Rsa(_) => sequence(&[&oid_of(oids::RSA_SHA256), &null()]),
        }
    }

    fn digest(&self) -> Digest {
        match self {
            Self::Sm2(_) => Digest::Sm3,
            _ => Digest::Sha256,
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let refused = |error: &dyn std::fmt::Display| SignError::Refused(error.to_string());
        match self {
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature =
                    key.try_sign(message).map_err(|error| refused(&error))?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Self::Sm2(key) => {
                let signature: sm2::dsa::Signature =
                    key.try_sign(message).map_err(|error| refused(&error))?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Self::Rsa(key) => key
                .sign(
                    rsa::Pkcs1v15Sign::new::<sha2::Sha256>(),
                    &digest(Digest::Sha256, message),
                )
                .map_err(|error| refused(&error)),
        }
    }
}
