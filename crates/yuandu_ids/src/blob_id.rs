//! The name of stored bytes: their sha-256, so that the same bytes have the same name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{IdError, IdKind, Words};

const LENGTH: Words = Words {
    zh: " 64 位（数字与 a 至 f）",
    en: "64 (digits and a to f)",
};

const HEX: Words = Words {
    zh: "此处应为数字或 a 至 f",
    en: "a digit or a to f must stand there",
};

/// The sha-256 of a blob, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId([u8; 32]);

impl BlobId {
    /// The id of the bytes with this sha-256.
    #[must_use]
    pub const fn from_digest(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The sha-256.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobId({self})")
    }
}

impl FromStr for BlobId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let kind = IdKind::Blob;
        let found = text.chars().count();
        if found != 64 {
            return Err(IdError::Length {
                kind,
                expected: LENGTH,
                found,
            });
        }
        let mut nibbles = text.chars().enumerate().map(|(at, c)| {
            let value = c.to_digit(16).and_then(|v| u8::try_from(v).ok());
            value.ok_or(IdError::Character {
                kind,
                position: at + 1,
                found: c,
                expected: HEX,
            })
        });
        let mut digest = [0; 32];
        for byte in &mut digest {
            let high = nibbles.next().transpose()?.unwrap_or(0);
            let low = nibbles.next().transpose()?.unwrap_or(0);
            *byte = high << 4 | low;
        }
        Ok(Self(digest))
    }
}

impl Serialize for BlobId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BlobId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
