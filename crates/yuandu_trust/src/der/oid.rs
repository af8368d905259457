//! Object identifiers, kept as their content octets.

use std::fmt;

/// An object identifier.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid(Vec<u8>);

impl Oid {
    /// From content octets; `None` when they are not of the shortest form or end within an arc.
    #[must_use]
    pub fn from_content(content: &[u8]) -> Option<Self> {
        let last = *content.last()?;
        if last & 0x80 != 0 || content.len() > 64 {
            return None;
        }
        let mut fresh = true;
        for byte in content {
            if fresh && *byte == 0x80 {
                return None;
            }
            fresh = byte & 0x80 == 0;
        }
        Some(Self(content.to_vec()))
    }

    /// From arcs written with points, as `2.5.29.15`.
    #[must_use]
    pub fn from_dotted(text: &str) -> Option<Self> {
        let arcs: Vec<u64> = text
            .split('.')
            .map(|arc| arc.parse().ok())
            .collect::<Option<_>>()?;
        let (first, second, rest) = match arcs.as_slice() {
            [first, second, rest @ ..] => (*first, *second, rest),
            _ => return None,
        };
        if first > 2 || (first < 2 && second > 39) || second > 1 << 60 {
            return None;
        }
        let mut content = Vec::new();
        push_arc(&mut content, first * 40 + second);
        for arc in rest {
            push_arc(&mut content, *arc);
        }
        Self::from_content(&content)
    }

    /// The content octets.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is this constant.
    #[must_use]
    pub fn is(&self, content: &[u8]) -> bool {
        self.0 == content
    }
}

fn push_arc(content: &mut Vec<u8>, arc: u64) {
    let groups = (64 - arc.leading_zeros()).div_ceil(7).max(1);
    for group in (0..groups).rev() {
        let bits = u8::try_from(arc >> (7 * group) & 0x7f).unwrap_or_default();
        content.push(if group > 0 { bits | 0x80 } else { bits });
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc: u128 = 0;
        let mut first = true;
        for byte in &self.0 {
            arc = (arc & (u128::MAX >> 7)) << 7 | u128::from(byte & 0x7f);
            if byte & 0x80 != 0 {
                continue;
            }
            if first {
                let root = (arc / 40).min(2);
                write!(out, "{root}.{}", arc - root * 40)?;
                first = false;
            } else {
                write!(out, ".{arc}")?;
            }
            arc = 0;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_go_both_ways() {
        for text in [
            "2.5.29.15",
            "1.2.840.113549.1.1.11",
            "1.2.156.10197.1.501",
            "2.999.3",
        ] {
            assert_eq!(Oid::from_dotted(text).unwrap().to_string(), text);
        }
        assert!(Oid::from_dotted("3.1").is_none());
        assert!(Oid::from_content(&[0x55, 0x80, 0x01]).is_none());
        assert!(Oid::from_content(&[]).is_none());
    }
}
