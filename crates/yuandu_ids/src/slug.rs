//! Address-like ids: short names that people choose and packages write down, such as `street-lighting`.
//!
//! Routing tables, spreadsheets and other cities name organisations and posts by them, so they are words and not
//! numbers. They are small enough to be copied like a number.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{IdError, IdKind, Words};
use crate::opaque::RecordId;

/// Longest slug: room for two or three words or a UUID.
const LONGEST: usize = 47;

const LENGTH: Words = Words {
    zh: " 1 至 47 位（小写字母、数字、连字符）",
    en: "1 to 47 (small letters, digits, hyphens)",
};

const LETTER: Words = Words {
    zh: "此处应为小写字母、数字或连字符，且不以连字符开头或结尾",
    en: "a small letter, a digit, or a hyphen that is neither first nor last must stand there",
};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Slug {
    bytes: [u8; LONGEST],
    length: u8,
}

impl Slug {
    fn read(text: &str) -> Result<Self, IdError> {
        let found = text.chars().count();
        let refused = |position: usize, found: char| IdError::Character {
            kind: IdKind::Slug,
            position,
            found,
            expected: LETTER,
        };
        let wrong = text.chars().enumerate().find(|(at, letter)| match letter {
            'a'..='z' | '0'..='9' => false,
            '-' => *at == 0 || at + 1 == found,
            _ => true,
        });
        if let Some((at, letter)) = wrong {
            return Err(refused(at + 1, letter));
        }
        let mut bytes = [0; LONGEST];
        match (u8::try_from(text.len()), bytes.get_mut(..text.len())) {
            (Ok(length @ 1..), Some(room)) => {
                room.copy_from_slice(text.as_bytes());
                Ok(Self { bytes, length })
            }
            _ => Err(IdError::Length {
                kind: IdKind::Slug,
                expected: LENGTH,
                found,
            }),
        }
    }

    fn as_str(&self) -> &str {
        // Only `read` makes slugs, and only from ASCII.
        self.bytes
            .get(..usize::from(self.length))
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

macro_rules! slugs {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Slug);

        impl $name {
            /// The slug.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// A new one made at `now` where nobody chose a name: the text of a UUID of version 7.
            #[must_use]
            pub fn generate(now: Timestamp) -> Self {
                Self::of(RecordId::generate(now))
            }

            /// One made from these bits: seeds and tests get the same ids on every run.
            #[must_use]
            pub fn from_parts(now: Timestamp, random: [u8; 10]) -> Self {
                Self::of(RecordId::from_parts(now, random))
            }

            fn of(id: RecordId) -> Self {
                // The text of a UUID is a slug of 36 letters.
                Self(Slug::read(&id.to_string()).unwrap_or(Slug { bytes: [0; LONGEST], length: 0 }))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
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
                Slug::read(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
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

slugs! {
    /// An organisation.
    OrgId
    /// A post in an organisation.
    PostId
}

#[cfg(test)]
mod tests {
    use super::OrgId;

    #[test]
    fn slugs_are_words_and_round_trip() {
        for text in [
            "street-lighting",
            "a",
            "sanitation-370705",
            "0192f0c1-2222-7333-8444-555566667777",
        ] {
            assert_eq!(text.parse::<OrgId>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_slug_is_told_where() {
        let refused = |text: &str| text.parse::<OrgId>().unwrap_err().to_string();
        assert!(refused("Street").contains('1'), "{}", refused("Street"));
        assert!(
            !refused("").is_empty()
                && !refused("-a").is_empty()
                && !refused("a-").is_empty()
                && !refused("路灯").is_empty()
        );
        assert!(refused(&"a".repeat(48)).contains("47"));
    }
}
