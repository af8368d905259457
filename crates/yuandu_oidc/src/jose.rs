//! JSON Web Keys and signatures (RFC 7515, 7517, 7518) for ES256 and RS256. The signing itself is done by `p256` and `rsa`.
//!
//! An algorithm belongs to a key: what a token's header says is compared with the key, never used to choose the check.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::{
    RandomizedSigner as _, SignatureEncoding as _, Signer as _, Verifier as _,
};
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use rsa::pkcs1v15;
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, PrivateKey, PublicKey as RsaKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::error::OidcError;

/// Longest token that is looked at.
const LONGEST: usize = 16 * 1024;
/// RSA keys of our own.
const RSA_BITS: usize = 2048;
/// Shortest and longest RSA key of a client.
const CLIENT_RSA_BITS: std::ops::RangeInclusive<u32> = 2048..=4096;

/// How something is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
}

impl Algorithm {
    /// Every algorithm offered.
    pub const ALL: [Self; 2] = [Self::Rs256, Self::Es256];

    /// The registered name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// Reads a registered name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }
}

/// A private key. Cannot be printed.
pub enum SigningKey {
    /// For ES256.
    Ec(p256::ecdsa::SigningKey),
    /// For RS256.
    Rsa(Box<pkcs1v15::SigningKey<Sha256>>),
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SigningKey")
    }
}

impl SigningKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`OidcError::Key`] if none could be made.
    pub fn generate(algorithm: Algorithm) -> Result<Self, OidcError> {
        match algorithm {
            Algorithm::Es256 => loop {
                let mut bytes = [0_u8; 32];
                rand::fill(&mut bytes);
                // Zero and numbers above the order of the curve (one in 2^32) are no keys.
                if let Ok(key) = p256::ecdsa::SigningKey::from_bytes(&bytes.into()) {
                    return Ok(Self::Ec(key));
                }
            },
            Algorithm::Rs256 => {
                let key = PrivateKey::new(&mut rand::rng(), RSA_BITS).map_err(key_error)?;
                Ok(Self::Rsa(Box::new(pkcs1v15::SigningKey::new(key))))
            }
        }
    }

    /// The key as PKCS#8, to be sealed.
    pub(crate) fn to_pkcs8(&self) -> Result<Vec<u8>, OidcError> {
        let document = match self {
            Self::Ec(key) => p256::SecretKey::from(key).to_pkcs8_der(),
            Self::Rsa(key) => {
                let key: &PrivateKey = (**key).as_ref();
                key.to_pkcs8_der()
            }
        };
        document
            .map(|document| document.as_bytes().to_vec())
            .map_err(key_error)
    }

    pub(crate) fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, OidcError> {
        match algorithm {
            Algorithm::Es256 => p256::SecretKey::from_pkcs8_der(der)
                .map(|key| Self::Ec(key.into()))
                .map_err(key_error),
            Algorithm::Rs256 => PrivateKey::from_pkcs8_der(der)
                .map(|key| Self::Rsa(Box::new(pkcs1v15::SigningKey::new(key))))
                .map_err(key_error),
        }
    }

    /// How it signs.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ec(_) => Algorithm::Es256,
            Self::Rsa(_) => Algorithm::Rs256,
        }
    }

    /// The public half as a JWK, without `kid`.
    ///
    /// # Errors
    /// [`OidcError::Key`] if the key has no such form.
    pub fn public_jwk(&self) -> Result<Map<String, Value>, OidcError> {
        let jwk = match self {
            Self::Ec(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                let (Some(x), Some(y)) = (point.x(), point.y()) else {
                    return Err(OidcError::Key("the point has no coordinates".to_owned()));
                };
                json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) })
            }
            Self::Rsa(key) => {
                let key: &PrivateKey = (**key).as_ref();
                json!({ "kty": "RSA", "n": text(&number(key.n())), "e": text(&number(key.e())) })
            }
        };
        match jwk {
            Value::Object(jwk) => Ok(jwk),
            _ => Err(OidcError::Key("no object".to_owned())),
        }
    }

    /// Signs bytes.
    ///
    /// # Errors
    /// [`OidcError::Key`] if the key cannot sign.
    pub fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, OidcError> {
        match self {
            Self::Ec(key) => {
                let signature: p256::ecdsa::Signature = key.try_sign(bytes).map_err(key_error)?;
                Ok(signature.to_bytes().to_vec())
            }
            // With a generator the computation is blinded, so that its timing tells nothing about the key.
            Self::Rsa(key) => key
                .try_sign_with_rng(&mut rand::rng(), bytes)
                .map(|signature| signature.to_vec())
                .map_err(key_error),
        }
    }

    /// A signed token in compact form.
    ///
    /// # Errors
    /// [`OidcError::Key`] if the key cannot sign.
    pub fn token(&self, kid: &str, kind: &str, claims: &Value) -> Result<String, OidcError> {
        let header = json!({ "alg": self.algorithm().as_str(), "kid": kid, "typ": kind });
        let signed = format!(
            "{}.{}",
            text(header.to_string().as_bytes()),
            text(claims.to_string().as_bytes())
        );
        let signature = self.sign(signed.as_bytes())?;
        Ok(format!("{signed}.{}", text(&signature)))
    }
}

/// The thumbprint of a public key (RFC 7638), used as its `kid`.
pub(crate) fn thumbprint(jwk: &Map<String, Value>) -> String {
    let members: &[&str] = if jwk.get("kty").and_then(Value::as_str) == Some("EC") {
        &["crv", "kty", "x", "y"]
    } else {
        &["e", "kty", "n"]
    };
    let canonical: Vec<String> = members
        .iter()
        .map(|name| format!("\"{name}\":{}", jwk.get(*name).unwrap_or(&Value::Null)))
        .collect();
    text(&Sha256::digest(format!("{{{}}}", canonical.join(","))))
}

/// A public key, ours or a client's.
#[derive(Debug, Clone)]
pub enum PublicKey {
    /// For ES256.
    Ec(p256::ecdsa::VerifyingKey),
    /// For RS256.
    Rsa(Box<pkcs1v15::VerifyingKey<Sha256>>),
}

impl PublicKey {
    /// Reads a JWK; `None` if it is no key that we check signatures with.
    #[must_use]
    pub fn from_jwk(jwk: &Value) -> Option<Self> {
        if jwk.get("use").is_some_and(|usage| usage != "sig") || jwk.get("d").is_some() {
            return None;
        }
        let member = |name: &str| {
            let text = jwk.get(name)?.as_str().filter(|text| text.len() <= 1024)?;
            URL_SAFE_NO_PAD.decode(text).ok()
        };
        let key = match jwk.get("kty")?.as_str()? {
            "EC" if jwk.get("crv")? == "P-256" => {
                let (x, y) = (member("x")?, member("y")?);
                let mut point = vec![4];
                point.extend(x.iter().chain(&y));
                Self::Ec(p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?)
            }
            "RSA" => {
                let (n, e) = (member("n")?, member("e")?);
                let n = BoxedUint::from_be_slice_vartime(&n);
                let e = BoxedUint::from_be_slice_vartime(&e);
                if !CLIENT_RSA_BITS.contains(&n.bit_width_vartime()) {
                    return None;
                }
                let key = RsaKey::new(n, e).ok()?;
                Self::Rsa(Box::new(pkcs1v15::VerifyingKey::new(key)))
            }
            _ => return None,
        };
        let declared = jwk.get("alg").and_then(Value::as_str);
        declared
            .is_none_or(|name| name == key.algorithm().as_str())
            .then_some(key)
    }

    /// The one algorithm this key is used with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ec(_) => Algorithm::Es256,
            Self::Rsa(_) => Algorithm::Rs256,
        }
    }

    /// Whether the signature is this key's.
    #[must_use]
    pub fn verify(&self, signed: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ec(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(signed, &signature).is_ok()),
            Self::Rsa(key) => pkcs1v15::Signature::try_from(signature)
                .is_ok_and(|signature| key.verify(signed, &signature).is_ok()),
        }
    }
}

/// A token taken apart, not yet believed.
#[derive(Debug, Clone)]
pub struct Jws {
    /// Its header.
    pub header: Map<String, Value>,
    /// Its claims: not to be used before [`Jws::is_signed_by`].
    pub claims: Map<String, Value>,
    signed: String,
    signature: Vec<u8>,
}

impl Jws {
    /// Takes a compact token apart; `None` if it is none.
    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
            serde_json::from_slice::<Map<String, Value>>(&bytes).ok()
        };
        let header = object(header)?;
        // RFC 7515, 4.1.11: what must be understood and is not makes the token invalid.
        if header.contains_key("crit") || header.contains_key("b64") {
            return None;
        }
        Some(Self {
            claims: object(claims)?,
            header,
            signed: signed.to_owned(),
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// The `kid` of the header.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.header.get("kid").and_then(Value::as_str)
    }

    /// A claim that is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// A claim that is a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        let value = self.claims.get(name)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "RFC 7519 allows fractions of seconds; an `as` cast saturates"
        )]
        value
            .as_i64()
            .or_else(|| value.as_f64().map(|number| number as i64))
    }

    /// Whether the header names the key's own algorithm and the signature is the key's.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.header.get("alg").and_then(Value::as_str) == Some(key.algorithm().as_str())
            && key.verify(self.signed.as_bytes(), &self.signature)
    }

    /// Whether the token is meant for one of these audiences.
    #[must_use]
    pub fn is_for(&self, audiences: &[&str]) -> bool {
        match self.claims.get("aud") {
            Some(Value::String(one)) => audiences.contains(&one.as_str()),
            Some(Value::Array(many)) => many
                .iter()
                .filter_map(Value::as_str)
                .any(|one| audiences.contains(&one)),
            _ => false,
        }
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A number in big-endian bytes without leading zeros (RFC 7518, 2, Base64urlUInt).
fn number(number: &BoxedUint) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    bytes
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect()
}

fn key_error(error: impl ToString) -> OidcError {
    OidcError::Key(error.to_string())
}

#[cfg(test)]
mod tests;
