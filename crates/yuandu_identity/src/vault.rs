//! Secrets at rest: what must be read again (signing keys, shared secrets of one-time codes) is sealed before it is stored.
//!
//! The log and the tables hold only sealed text; the key that opens it is one file of the data folder, readable by its
//! owner alone, and belongs into the backup beside the database, on another medium. Sealing is AES-256-GCM with the
//! purpose as associated data, so that what was sealed for one purpose cannot be passed off as another.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::error::IdentityError;

/// Name of the key file in the data folder.
const FILE: &str = "secret.key";
const NONCE: usize = 12;

/// Seals and opens secrets, and derives keys for named purposes. Cannot be printed.
pub struct Vault {
    master: [u8; 32],
    cipher: Aes256Gcm,
}

impl Vault {
    /// The vault of a data folder; the key is made on first use.
    ///
    /// # Errors
    /// [`IdentityError::Vault`] if the key file cannot be read or written, or is no key.
    pub fn open(dir: &Path) -> Result<Self, IdentityError> {
        let path = dir.join(FILE);
        let failed = |reason: String| IdentityError::Vault {
            path: path.display().to_string(),
            reason,
        };
        match File::open(&path) {
            Ok(mut file) => {
                let mut key = [0; 32];
                file.read_exact(&mut key)
                    .map_err(|error| failed(error.to_string()))?;
                Ok(Self::with_key(key))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let mut key = [0; 32];
                rand::fill(&mut key);
                OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)
                    .and_then(|mut file| file.write_all(&key).and_then(|()| file.sync_all()))
                    .map_err(|error| failed(error.to_string()))?;
                Ok(Self::with_key(key))
            }
            Err(error) => Err(failed(error.to_string())),
        }
    }

    /// A vault whose random key dies with it.
    #[must_use]
    pub fn passing() -> Self {
        let mut key = [0; 32];
        rand::fill(&mut key);
        Self::with_key(key)
    }

    /// A vault with a given key, for tests and for cities that live in memory.
    #[must_use]
    pub fn with_key(master: [u8; 32]) -> Self {
        let sealing = derive(&master, "seal");
        Self {
            master,
            cipher: Aes256Gcm::new(&sealing.into()),
        }
    }

    /// Seals bytes for a purpose; the result is base64url text.
    ///
    /// # Errors
    /// [`IdentityError::Vault`] if the cipher refuses (only for impossible sizes).
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Result<String, IdentityError> {
        let mut nonce = [0; NONCE];
        rand::fill(&mut nonce);
        let payload = Payload {
            msg: secret,
            aad: purpose.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| IdentityError::Vault {
                path: purpose.to_owned(),
                reason: "the cipher refused".to_owned(),
            })?;
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Opens what was sealed for the same purpose with the same key; `None` for anything else.
    #[must_use]
    pub fn open_sealed(&self, purpose: &str, sealed: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, text) = bytes.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: text,
            aad: purpose.as_bytes(),
        };
        self.cipher.decrypt(&Nonce::from(*nonce), payload).ok()
    }

    /// A keyed hash: the same purpose and input always give the same bytes, and nobody without the key can compute them.
    #[must_use]
    pub fn keyed_hash(&self, purpose: &str, input: &[u8]) -> [u8; 32] {
        derive_from(&derive(&self.master, purpose), input)
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Vault")
    }
}

fn derive(key: &[u8; 32], purpose: &str) -> [u8; 32] {
    derive_from(key, purpose.as_bytes())
}

fn derive_from(key: &[u8; 32], input: &[u8]) -> [u8; 32] {
    // A shorter key is filled up with zeros to the block of the hash (RFC 2104, 2).
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Hmac::<Sha256>::new(&block.into())
        .chain_update(input)
        .finalize()
        .into_bytes()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_purpose_and_for_no_other() {
        let vault = Vault::with_key([7; 32]);
        let sealed = vault.seal("totp", b"secret").unwrap();
        assert_eq!(vault.open_sealed("totp", &sealed).unwrap(), b"secret");
        assert!(vault.open_sealed("keys", &sealed).is_none());
        assert!(
            Vault::with_key([8; 32])
                .open_sealed("totp", &sealed)
                .is_none()
        );
        assert_ne!(vault.seal("totp", b"secret").unwrap(), sealed);
    }

    #[test]
    fn a_changed_or_shortened_text_does_not_open() {
        let vault = Vault::with_key([7; 32]);
        let sealed = vault.seal("totp", b"secret").unwrap();
        for cut in 0..sealed.len() {
            assert!(vault.open_sealed("totp", &sealed[..cut]).is_none());
        }
        let flipped = sealed.replace(
            &sealed[20..21],
            if &sealed[20..21] == "A" { "B" } else { "A" },
        );
        assert!(vault.open_sealed("totp", &flipped).is_none());
    }

    #[test]
    fn the_key_is_made_once_and_readable_by_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let sealed = Vault::open(dir.path()).unwrap().seal("x", b"1").unwrap();
        let again = Vault::open(dir.path()).unwrap();
        assert_eq!(again.open_sealed("x", &sealed).unwrap(), b"1");
        let mode = std::fs::metadata(dir.path().join(FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(dir.path().join(FILE), b"short").unwrap();
        assert!(Vault::open(dir.path()).is_err());
    }
}
