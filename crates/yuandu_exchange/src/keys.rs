//! Keys of nodes: Ed25519, the public one written as base64, the private one sealed by the vault.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use yuandu_base::Problem;
use yuandu_identity::Vault;

use crate::ExchangeError;

/// What sealed private keys are sealed for.
const PURPOSE: &str = "exchange node key";

/// The public key of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Whether the signature is this key's over these bytes.
    #[must_use]
    pub fn holds(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

impl FromStr for PublicKey {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let bytes: Option<[u8; 32]> = STANDARD
            .decode(text.trim())
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        bytes
            .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok())
            .map(Self)
            .ok_or_else(|| {
                Problem::new(
                    "exchange.public_key",
                    "public_key",
                    "公钥是 Ed25519 的 32 字节，写作 base64",
                    "a public key is the 32 bytes of an Ed25519 key in base64",
                )
            })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&STANDARD.encode(self.0.as_bytes()))
    }
}

/// The private key of a node of ours. It cannot be printed.
pub(crate) struct NodeKey(ed25519_dalek::SigningKey);

impl NodeKey {
    pub(crate) fn generate() -> Self {
        Self::from_seed(&rand::random())
    }

    pub(crate) fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    pub(crate) fn seal(&self, vault: &Vault) -> Result<String, ExchangeError> {
        Ok(vault.seal(PURPOSE, &self.0.to_bytes())?)
    }

    pub(crate) fn open(vault: &Vault, sealed: &str) -> Result<Self, ExchangeError> {
        let seed: Option<[u8; 32]> = vault
            .open_sealed(PURPOSE, sealed)
            .and_then(|bytes| bytes.try_into().ok());
        seed.as_ref().map(Self::from_seed).ok_or_else(|| {
            ExchangeError::stored(
                "key of a node",
                "it does not open; restore `secret.key` from the backup, or register the node anew",
            )
        })
    }

    pub(crate) fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn unbase64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
