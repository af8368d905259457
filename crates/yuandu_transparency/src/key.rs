//! Keys in the form of signed notes: `name+hash+base64`, public ones to be published, private ones in a file of mode 600.

use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::TransparencyError;
use crate::text::{base64, cut, unbase64};

/// Ed25519 signatures of a log.
const PLAIN: u8 = 0x01;
/// Ed25519 cosignatures of a witness, with the time.
const COSIGNING: u8 = 0x04;
/// Longest name accepted.
const LONGEST_NAME: usize = 255;

/// A public key with the name it signs under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: u8,
    id: [u8; 4],
    public: VerifyingKey,
}

impl VerifierKey {
    /// Reads `name+hash+base64`.
    pub fn parse(text: &str) -> Result<Self, TransparencyError> {
        let bad = |reason: &str| TransparencyError::malformed("public key", reason);
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad("it is written name+hash+base64"));
        };
        check_name(name)?;
        let bytes = unbase64("public key", key)?;
        let Some((&kind, bytes)) = bytes.split_first() else {
            return Err(bad("it is empty"));
        };
        if kind != PLAIN && kind != COSIGNING {
            return Err(bad("only Ed25519 keys (kinds 1 and 4) are known"));
        }
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| bad("a key has 32 bytes"))?;
        let public = VerifyingKey::from_bytes(&bytes).map_err(|_| bad("not a key of Ed25519"))?;
        let key = Self::new(name, kind, public);
        if u32::from_str_radix(hash, 16).ok() == Some(u32::from_be_bytes(key.id)) && hash.len() == 8
        {
            Ok(key)
        } else {
            Err(bad("its hash is not that of name and key"))
        }
    }

    fn new(name: &str, kind: u8, public: VerifyingKey) -> Self {
        let hash = Sha256::new()
            .chain_update(name)
            .chain_update(b"\n")
            .chain_update([kind])
            .chain_update(public.as_bytes())
            .finalize();
        let mut id = [0; 4];
        id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        Self {
            name: name.to_owned(),
            kind,
            id,
            public,
        }
    }

    /// The name it signs under; for a log, its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it cosigns, as witnesses do.
    #[must_use]
    pub fn is_witness(&self) -> bool {
        self.kind == COSIGNING
    }

    /// The four bytes that tell keys of one name apart.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// Whether the signature is this key's over these bytes.
    #[must_use]
    pub fn holds(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.public
            .verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut bytes = vec![self.kind];
        bytes.extend_from_slice(self.public.as_bytes());
        let id = u32::from_be_bytes(self.id);
        write!(formatter, "{}+{id:08x}+{}", self.name, base64(&bytes))
    }
}

/// A private key. It cannot be printed.
pub struct SigningKey {
    public: VerifierKey,
    secret: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// A new key for a log.
    pub fn generate(name: &str) -> Result<Self, TransparencyError> {
        Self::from_seed(name, PLAIN, &rand::random())
    }

    /// A new key for a witness.
    pub fn generate_witness(name: &str) -> Result<Self, TransparencyError> {
        Self::from_seed(name, COSIGNING, &rand::random())
    }

    fn from_seed(name: &str, kind: u8, seed: &[u8; 32]) -> Result<Self, TransparencyError> {
        check_name(name)?;
        let secret = ed25519_dalek::SigningKey::from_bytes(seed);
        Ok(Self {
            public: VerifierKey::new(name, kind, secret.verifying_key()),
            secret,
        })
    }

    /// Reads the key of a file that only its owner may read.
    pub fn read(path: &Path) -> Result<Self, TransparencyError> {
        let file = |reason: String| TransparencyError::file(path, reason);
        let mode = std::fs::metadata(path)
            .map_err(|error| file(error.to_string()))?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            return Err(file(format!(
                "others may read this private key (mode {:o}); run `chmod 600` and consider it known",
                mode & 0o777
            )));
        }
        let text = std::fs::read_to_string(path).map_err(|error| file(error.to_string()))?;
        Self::parse(&text).map_err(|error| file(error.to_string()))
    }

    fn parse(text: &str) -> Result<Self, TransparencyError> {
        let bad = |reason: &str| TransparencyError::malformed("private key", reason);
        let rest = text
            .trim()
            .strip_prefix("PRIVATE+KEY+")
            .ok_or_else(|| bad("it begins with PRIVATE+KEY+"))?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad("it is written PRIVATE+KEY+name+hash+base64"));
        };
        let bytes = unbase64("private key", key)?;
        match bytes.split_first() {
            Some((&kind @ (PLAIN | COSIGNING), seed)) => {
                let seed = seed.try_into().map_err(|_| bad("a seed has 32 bytes"))?;
                Self::from_seed(name, kind, seed)
            }
            _ => Err(bad("only Ed25519 keys (kinds 1 and 4) are known")),
        }
    }

    /// Writes the key to a new file of mode 600; a file that is there is left alone and refused.
    pub fn write(&self, path: &Path) -> Result<(), TransparencyError> {
        let mut bytes = vec![self.public.kind];
        bytes.extend_from_slice(&self.secret.to_bytes());
        let id = u32::from_be_bytes(self.public.id);
        let text = format!(
            "PRIVATE+KEY+{}+{id:08x}+{}\n",
            self.public.name,
            base64(&bytes)
        );
        let written = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            });
        written.map_err(|error| TransparencyError::file(path, error))
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> &VerifierKey {
        &self.public
    }

    /// The signature over these bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SigningKey({})", self.public.name)
    }
}

/// Names are not empty and hold neither spaces nor the plus sign that parts are separated by.
pub(crate) fn check_name(name: &str) -> Result<(), TransparencyError> {
    let fine = !name.is_empty()
        && name.len() <= LONGEST_NAME
        && !name
            .chars()
            .any(|letter| letter.is_whitespace() || letter.is_control() || letter == '+');
    if fine {
        Ok(())
    } else {
        Err(TransparencyError::malformed(
            "name of a key",
            format!("`{}` is empty, too long, or has spaces or `+`", cut(name)),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_key_is_read_and_written_the_same() {
        // From the documentation of golang.org/x/mod/sumdb/note: a key and what it signs under.
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let key = VerifierKey::parse(text).unwrap();
        assert_eq!(key.name(), "PeterNeumann");
        assert_eq!(key.to_string(), text);
        assert!(VerifierKey::parse(&text.replace("c74f20a3", "c74f20a4")).is_err());
        assert!(VerifierKey::parse("").is_err());
    }

    #[test]
    fn a_private_key_is_kept_from_others() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log-key");
        let key = SigningKey::generate("yuandu/370700").unwrap();
        key.write(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(SigningKey::read(&path).unwrap().public(), key.public());
        assert!(key.write(&path).is_err(), "never overwritten");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = SigningKey::read(&path).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }
}
