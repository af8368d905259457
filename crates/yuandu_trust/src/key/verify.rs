//! Does a signature fit a message and a key? One function for all algorithms.

use dsa::BoxedUint;
use ed25519_dalek::Verifier as _;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use sha2::Digest as _;

use super::{AlgorithmId, Curve, DsaParams, PublicKey};
use crate::der::{Oid, Reader};
use crate::oids;

/// A digest algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1, for what was signed long ago.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SM3, GB/T 32905.
    Sm3,
}

impl Digest {
    /// By its identifier.
    #[must_use]
    pub fn of(oid: &Oid) -> Option<Self> {
        Some(match oid.content() {
            oids::SHA1 => Self::Sha1,
            oids::SHA224 => Self::Sha224,
            oids::SHA256 => Self::Sha256,
            oids::SHA384 => Self::Sha384,
            oids::SHA512 => Self::Sha512,
            oids::SM3 => Self::Sm3,
            _ => return None,
        })
    }

    /// Its identifier.
    #[must_use]
    pub fn oid(self) -> &'static [u8] {
        match self {
            Self::Sha1 => oids::SHA1,
            Self::Sha224 => oids::SHA224,
            Self::Sha256 => oids::SHA256,
            Self::Sha384 => oids::SHA384,
            Self::Sha512 => oids::SHA512,
            Self::Sm3 => oids::SM3,
        }
    }
}

/// The digest of bytes.
#[must_use]
pub fn digest(algorithm: Digest, bytes: &[u8]) -> Vec<u8> {
    match algorithm {
        Digest::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
        Digest::Sha224 => sha2::Sha224::digest(bytes).to_vec(),
        Digest::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
        Digest::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
        Digest::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
        Digest::Sm3 => sm3::Sm3::digest(bytes).to_vec(),
    }
}

/// Why a signature was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The algorithm is not one of those understood here.
    #[error("the signature algorithm {0} is not understood")]
    Unsupported(String),
    /// The signature's algorithm and the key do not belong together.
    #[error("the signature algorithm does not go with the key ({0})")]
    KeyMismatch(String),
    /// The key itself is broken.
    #[error("the signer's key is malformed: {0}")]
    Key(String),
    /// The parameters of the algorithm are not what its standard says.
    #[error("the parameters of the signature algorithm are malformed")]
    Parameters,
    /// The arithmetic says no.
    #[error("the signature does not fit")]
    Wrong,
}

/// Checks a signature.
///
/// # Errors
/// When it does not fit, or cannot be checked; the kinds tell which.
pub fn verify(
    key: &PublicKey,
    algorithm: &AlgorithmId,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let content = algorithm.oid.content();
    if let Some(hash) = rsa_hash(content) {
        plain(algorithm)?;
        return rsa_pkcs1(key, hash, message, signature);
    }
    if let Some(hash) = ecdsa_hash(content) {
        bare(algorithm)?;
        return ecdsa(key, hash, message, signature);
    }
    if let Some(hash) = dsa_hash(content) {
        plain(algorithm)?;
        return dsa(key, hash, message, signature);
    }
    match content {
        oids::RSA_PSS => rsa_pss(key, algorithm, message, signature),
        oids::SM2_SM3 => {
            plain(algorithm)?;
            sm2(key, message, signature)
        }
        oids::ED25519 => {
            bare(algorithm)?;
            ed25519(key, message, signature)
        }
        oids::ML_DSA_44 | oids::ML_DSA_65 | oids::ML_DSA_87 => {
            bare(algorithm)?;
            ml_dsa(key, &algorithm.oid, message, signature)
        }
        _ => Err(SignatureError::Unsupported(algorithm.name())),
    }
}

fn plain(algorithm: &AlgorithmId) -> Result<(), SignatureError> {
    algorithm
        .is_plain()
        .then_some(())
        .ok_or(SignatureError::Parameters)
}

fn bare(algorithm: &AlgorithmId) -> Result<(), SignatureError> {
    algorithm
        .params
        .is_none()
        .then_some(())
        .ok_or(SignatureError::Parameters)
}

fn rsa_hash(content: &[u8]) -> Option<Digest> {
    Some(match content {
        oids::RSA_SHA1 => Digest::Sha1,
        oids::RSA_SHA224 => Digest::Sha224,
        oids::RSA_SHA256 => Digest::Sha256,
        oids::RSA_SHA384 => Digest::Sha384,
        oids::RSA_SHA512 => Digest::Sha512,
        _ => return None,
    })
}

fn ecdsa_hash(content: &[u8]) -> Option<Digest> {
    Some(match content {
        oids::ECDSA_SHA1 => Digest::Sha1,
        oids::ECDSA_SHA224 => Digest::Sha224,
        oids::ECDSA_SHA256 => Digest::Sha256,
        oids::ECDSA_SHA384 => Digest::Sha384,
        oids::ECDSA_SHA512 => Digest::Sha512,
        _ => return None,
    })
}

fn dsa_hash(content: &[u8]) -> Option<Digest> {
    Some(match content {
        oids::DSA_SHA1 => Digest::Sha1,
        oids::DSA_SHA224 => Digest::Sha224,
        oids::DSA_SHA256 => Digest::Sha256,
        _ => return None,
    })
}

/// The digest a signature algorithm uses by its identifier; PSS and those that hash inside have none.
pub(crate) fn digest_of(algorithm: &AlgorithmId) -> Option<Digest> {
    let content = algorithm.oid.content();
    rsa_hash(content)
        .or_else(|| ecdsa_hash(content))
        .or_else(|| dsa_hash(content))
        .or_else(|| (content == oids::SM2_SM3).then_some(Digest::Sm3))
        .or_else(|| {
            (content == oids::RSA_PSS)
                .then(|| pss_params(algorithm).ok().map(|(hash, _)| hash))
                .flatten()
        })
}

fn rsa_key(key: &PublicKey) -> Result<rsa::PublicKey, SignatureError> {
    let PublicKey::Rsa { n, e } = key else {
        return Err(SignatureError::KeyMismatch(key.kind()));
    };
    rsa::PublicKey::new(uint(n)?, uint(e)?).map_err(|error| SignatureError::Key(error.to_string()))
}

fn uint(bytes: &[u8]) -> Result<BoxedUint, SignatureError> {
    // Larger numbers than any key in use would only cost time.
    if bytes.len() > 1024 {
        return Err(SignatureError::Key("a number above 8192 bits".to_owned()));
    }
    let bits = u32::try_from(bytes.len() * 8).unwrap_or(8);
    BoxedUint::from_be_slice(bytes, bits.max(8))
        .map_err(|_| SignatureError::Key("a number out of range".to_owned()))
}

fn rsa_pkcs1(
    key: &PublicKey,
    hash: Digest,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let key = rsa_key(key)?;
    let hashed = digest(hash, message);
    let scheme = match hash {
        Digest::Sha1 => rsa::Pkcs1v15Sign::new::<sha1::Sha1>(),
        Digest::Sha224 => rsa::Pkcs1v15Sign::new::<sha2::Sha224>(),
        Digest::Sha256 => rsa::Pkcs1v15Sign::new::<sha2::Sha256>(),
        Digest::Sha384 => rsa::Pkcs1v15Sign::new::<sha2::Sha384>(),
        Digest::Sha512 => rsa::Pkcs1v15Sign::new::<sha2::Sha512>(),
        Digest::Sm3 => return Err(SignatureError::Unsupported("RSA-SM3".to_owned())),
    };
    key.verify(scheme, &hashed, signature)
        .map_err(|_| SignatureError::Wrong)
}

fn rsa_pss(
    key: &PublicKey,
    algorithm: &AlgorithmId,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    use rsa::pss::{Signature, VerifyingKey};
    let (hash, salt) = pss_params(algorithm)?;
    let key = rsa_key(key)?;
    let signature = Signature::try_from(signature).map_err(|_| SignatureError::Wrong)?;
    let hashed = digest(hash, message);
    let fits = match hash {
        Digest::Sha1 => VerifyingKey::<sha1::Sha1>::new_with_salt_len(key, salt)
            .verify_prehash(&hashed, &signature),
        Digest::Sha224 => VerifyingKey::<sha2::Sha224>::new_with_salt_len(key, salt)
            .verify_prehash(&hashed, &signature),
        Digest::Sha256 => VerifyingKey::<sha2::Sha256>::new_with_salt_len(key, salt)
            .verify_prehash(&hashed, &signature),
        Digest::Sha384 => VerifyingKey::<sha2::Sha384>::new_with_salt_len(key, salt)
            .verify_prehash(&hashed, &signature),
        Digest::Sha512 => VerifyingKey::<sha2::Sha512>::new_with_salt_len(key, salt)
            .verify_prehash(&hashed, &signature),
        Digest::Sm3 => return Err(SignatureError::Unsupported("RSA-PSS-SM3".to_owned())),
    };
    fits.map_err(|_| SignatureError::Wrong)
}

/// Digest and salt length of RSASSA-PSS-params; the mask must use the same digest (RFC 4055, 3.1).
fn pss_params(algorithm: &AlgorithmId) -> Result<(Digest, usize), SignatureError> {
    let bad = |_| SignatureError::Parameters;
    let params = algorithm
        .params
        .as_deref()
        .ok_or(SignatureError::Parameters)?;
    let mut outer = Reader::new(params);
    let mut reader = outer.sequence("the PSS parameters").map_err(bad)?;
    let mut hash = Digest::Sha1;
    let mut mask = Digest::Sha1;
    let mut salt = 20;
    if let Some(field) = reader.optional(0xa0).map_err(bad)? {
        let id = AlgorithmId::read(&mut field.reader(), "the digest").map_err(bad)?;
        hash = Digest::of(&id.oid).ok_or(SignatureError::Parameters)?;
    }
    if let Some(field) = reader.optional(0xa1).map_err(bad)? {
        let id = AlgorithmId::read(&mut field.reader(), "the mask").map_err(bad)?;
        let inner = id.params.as_deref().ok_or(SignatureError::Parameters)?;
        if !id.oid.is(oids::MGF1) {
            return Err(SignatureError::Parameters);
        }
        let inner = AlgorithmId::read(&mut Reader::new(inner), "the digest").map_err(bad)?;
        mask = Digest::of(&inner.oid).ok_or(SignatureError::Parameters)?;
    }
    if let Some(field) = reader.optional(0xa2).map_err(bad)? {
        salt = field.reader().small("the salt length").map_err(bad)?;
    }
    if let Some(field) = reader.optional(0xa3).map_err(bad)?
        && field.reader().small("the trailer").map_err(bad)? != 1
    {
        return Err(SignatureError::Parameters);
    }
    reader.end("the PSS parameters").map_err(bad)?;
    if hash != mask || salt > 512 {
        return Err(SignatureError::Parameters);
    }
    Ok((hash, usize::try_from(salt).unwrap_or(20)))
}

fn ecdsa(
    key: &PublicKey,
    hash: Digest,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let PublicKey::Ec { curve, point } = key else {
        return Err(SignatureError::KeyMismatch(key.kind()));
    };
    // A digest shorter than the field is the same number with zeros before it.
    let hashed = digest(hash, message);
    let padded = |field: usize| {
        let mut bytes = vec![0; field.saturating_sub(hashed.len())];
        bytes.extend_from_slice(&hashed);
        bytes
    };
    let bad_key = |_| SignatureError::Key("the point is not on its curve".to_owned());
    let fits = match curve {
        Curve::P256 => p256::ecdsa::Signature::from_der(signature).and_then(|signature| {
            p256::ecdsa::VerifyingKey::from_sec1_bytes(point)?
                .verify_prehash(&padded(32), &signature)
        }),
        Curve::P384 => p384::ecdsa::Signature::from_der(signature).and_then(|signature| {
            p384::ecdsa::VerifyingKey::from_sec1_bytes(point)?
                .verify_prehash(&padded(48), &signature)
        }),
        Curve::P521 => {
            let signature =
                p521::ecdsa::Signature::from_der(signature).map_err(|_| SignatureError::Wrong)?;
            p521::ecdsa::VerifyingKey::from_sec1_bytes(point)
                .map_err(bad_key)?
                .verify_prehash(&padded(66), &signature)
        }
        Curve::Sm2 => return Err(SignatureError::KeyMismatch(key.kind())),
    };
    fits.map_err(|_| SignatureError::Wrong)
}

/// The distinguishing identifier GM/T 0009 gives to a signer without one of its own.
pub(crate) const DISTINGUISHING_ID: &str = "1234567812345678";

fn sm2(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let PublicKey::Ec {
        curve: Curve::Sm2,
        point,
    } = key
    else {
        return Err(SignatureError::KeyMismatch(key.kind()));
    };
    let key = sm2::dsa::VerifyingKey::from_sec1_bytes(DISTINGUISHING_ID, point)
        .map_err(|_| SignatureError::Key("the point is not on its curve".to_owned()))?;
    let signature = sm2::dsa::Signature::from_der(signature).map_err(|_| SignatureError::Wrong)?;
    key.verify(message, &signature)
        .map_err(|_| SignatureError::Wrong)
}

fn ed25519(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let PublicKey::Ed25519(bytes) = key else {
        return Err(SignatureError::KeyMismatch(key.kind()));
    };
    let bytes = <[u8; 32]>::try_from(bytes.as_slice())
        .map_err(|_| SignatureError::Key("not 32 bytes".to_owned()))?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes)
        .map_err(|_| SignatureError::Key("the point is not on its curve".to_owned()))?;
    let signature =
        ed25519_dalek::Signature::from_slice(signature).map_err(|_| SignatureError::Wrong)?;
    key.verify_strict(message, &signature)
        .map_err(|_| SignatureError::Wrong)
}

fn dsa(
    key: &PublicKey,
    hash: Digest,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let PublicKey::Dsa { params, y } = key else {
        return Err(SignatureError::KeyMismatch(key.kind()));
    };
    let DsaParams { p, q, g } = params
        .as_ref()
        .ok_or_else(|| SignatureError::Key("a DSA key without parameters".to_owned()))?;
    // The rule of the standard's sizes also bounds the work.
    let broken = |_| SignatureError::Key("broken DSA parameters".to_owned());
    let sized = |bytes: &[u8]| {
        let mut all = vec![0; p.len().saturating_sub(bytes.len())];
        all.extend_from_slice(bytes);
        all
    };
    let components =
        dsa::Components::from_components(uint(p)?, uint(q)?, uint(&sized(g))?).map_err(broken)?;
    let key = dsa::VerifyingKey::from_components(components, uint(&sized(y))?).map_err(broken)?;
    let (r, s) = two_numbers(signature).ok_or(SignatureError::Wrong)?;
    let fit = |bytes: &[u8]| {
        let mut all = vec![0; q.len().saturating_sub(bytes.len())];
        all.extend_from_slice(bytes);
        all
    };
    if r.len() > q.len() || s.len() > q.len() {
        return Err(SignatureError::Wrong);
    }
    let signature = dsa::Signature::from_components(uint(&fit(&r))?, uint(&fit(&s))?)
        .ok_or(SignatureError::Wrong)?;
    key.verify_prehash(&digest(hash, message), &signature)
        .map_err(|_| SignatureError::Wrong)
}

fn two_numbers(signature: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut outer = Reader::new(signature);
    let mut reader = outer.sequence("the signature").ok()?;
    let mut number = || {
        let content = reader.integer("a number").ok()?;
        (content.first()? & 0x80 == 0).then(|| {
            content
                .iter()
                .copied()
                .skip_while(|byte| *byte == 0)
                .collect()
        })
    };
    let pair = (number()?, number()?);
    reader.end("the signature").ok()?;
    outer.end("the signature").ok()?;
    Some(pair)
}

fn ml_dsa(
    key: &PublicKey,
    oid: &Oid,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let PublicKey::MlDsa(kind, bytes) = key else {
        return Err(SignatureError::KeyMismatch(key.kind()));
    };
    if kind != oid {
        return Err(SignatureError::KeyMismatch(key.kind()));
    }
    let fits = match oid.content() {
        oids::ML_DSA_44 => ml_dsa_fits::<ml_dsa::MlDsa44>(bytes, message, signature),
        oids::ML_DSA_65 => ml_dsa_fits::<ml_dsa::MlDsa65>(bytes, message, signature),
        _ => ml_dsa_fits::<ml_dsa::MlDsa87>(bytes, message, signature),
    };
    fits.then_some(()).ok_or(SignatureError::Wrong)
}

fn ml_dsa_fits<P: ml_dsa::MlDsaParams>(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (
        ml_dsa::EncodedVerifyingKey::<P>::try_from(key),
        ml_dsa::EncodedSignature::<P>::try_from(signature),
    ) else {
        return false;
    };
    let Some(signature) = ml_dsa::Signature::<P>::decode(&signature) else {
        return false;
    };
    ml_dsa::VerifyingKey::<P>::decode(&key).verify_with_context(message, &[], &signature)
}
