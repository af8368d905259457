//! Opaque ids: UUIDs of version 7, one type for each kind of thing, all declared in the list below.
//!
//! They sort by the instant of their making and mean nothing else; no rule may look into them.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::{Builder, NoContext, Uuid};

use crate::error::{IdError, IdKind, Words};

const HYPHENATED: Words = Words {
    zh: " 36 位（8-4-4-4-12，数字与 a 至 f）",
    en: "36 (8-4-4-4-12 of digits and a to f)",
};

const HEX: Words = Words {
    zh: "此处应为数字、a 至 f 或连字符（8-4-4-4-12）",
    en: "a digit, a to f, or a hyphen (8-4-4-4-12) must stand there",
};

/// Seconds and nanoseconds since the epoch; instants before it count as the epoch.
fn since_epoch(now: Timestamp) -> (u64, u32) {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    (seconds, u32::try_from(now.subsec_nanosecond()).unwrap_or(0))
}

/// Reads the hyphenated form only, so that one id has one spelling in addresses and logs.
fn read(text: &str) -> Result<Uuid, IdError> {
    let found = text.chars().count();
    if found != 36 {
        return Err(IdError::Length {
            kind: IdKind::Opaque,
            expected: HYPHENATED,
            found,
        });
    }
    let hyphen = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let wrong = text.chars().enumerate().find(|(at, c)| {
        if hyphen(*at) {
            *c != '-'
        } else {
            !c.is_ascii_hexdigit()
        }
    });
    let refuse = |position: usize, found: char| IdError::Character {
        kind: IdKind::Opaque,
        position,
        found,
        expected: HEX,
    };
    match wrong {
        Some((at, found)) => Err(refuse(at + 1, found)),
        None => Uuid::try_parse(text).map_err(|_| refuse(1, text.chars().next().unwrap_or(' '))),
    }
}

macro_rules! opaque_ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id made at `now`, with fresh random bits.
            #[must_use]
            pub fn generate(now: Timestamp) -> Self {
                let (seconds, nanos) = since_epoch(now);
                Self(Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanos)))
            }

            /// The id made at `now` from these bits: seeds and tests get the same ids on every run.
            #[must_use]
            pub fn from_parts(now: Timestamp, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
                Self(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// The id with this UUID.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID.
            #[must_use]
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self.0.as_hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                read(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

opaque_ids! {
    /// A case: one matter moved by a process.
    CaseId
    /// A task of a case.
    TaskId
    /// A durable timer.
    TimerId
    /// A person who signs in.
    UserId
    /// A signed-in session.
    SessionId
    /// A record of a register.
    RecordId
    /// A request for a certificate.
    CertificateRequestId
}
