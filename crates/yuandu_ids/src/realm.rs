//! The realm: one city's data.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{IdError, IdKind, Words};
use crate::reading;

const LENGTH: Words = Words {
    zh: " 6 位数字",
    en: "6 digits",
};

const FIRST: Words = Words {
    zh: "首位应为 1 至 9，例如 370700",
    en: "a division code begins with 1 to 9, for example 370700",
};

/// One city's data: its six-digit division code (GB/T 2260), for example 370700.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RealmId(u32);

impl RealmId {
    /// The realm of a six-digit division code.
    #[must_use]
    pub const fn new(code: u32) -> Option<Self> {
        if code >= 100_000 && code <= 999_999 {
            Some(Self(code))
        } else {
            None
        }
    }

    /// The code as a number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for RealmId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

impl FromStr for RealmId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let kind = IdKind::Realm;
        let code = reading::characters(kind, text, (6, LENGTH), reading::digit)?;
        code.parse()
            .ok()
            .and_then(Self::new)
            .ok_or(IdError::Character {
                kind,
                position: 1,
                found: code.chars().next().unwrap_or('0'),
                expected: FIRST,
            })
    }
}
