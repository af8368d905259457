//! The writer: functions that wrap content; their nesting is the nesting of the structure.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Oid, tag};

/// An element with a tag and content.
#[must_use]
pub fn primitive(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if length < 0x80 {
        out.push(u8::try_from(length).unwrap_or_default());
    } else {
        let octets = length.to_be_bytes();
        let skip = octets.iter().take_while(|octet| **octet == 0).count();
        let octets = octets.get(skip..).unwrap_or_default();
        out.push(0x80 | u8::try_from(octets.len()).unwrap_or_default());
        out.extend_from_slice(octets);
    }
    out.extend_from_slice(content);
    out
}

/// A SEQUENCE of elements.
#[must_use]
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    primitive(tag::SEQUENCE, &parts.concat())
}

/// A SET OF elements, sorted as DER wants it.
#[must_use]
pub fn set_of(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    primitive(tag::SET, &parts.concat())
}

/// A constructed element with a context tag.
#[must_use]
pub fn context(number: u8, content: &[u8]) -> Vec<u8> {
    primitive(0xa0 | number, content)
}

/// A BOOLEAN.
#[must_use]
pub fn boolean(value: bool) -> Vec<u8> {
    primitive(tag::BOOLEAN, &[if value { 0xff } else { 0 }])
}

/// An INTEGER from bytes of a number that is not negative.
#[must_use]
pub fn integer(magnitude: &[u8]) -> Vec<u8> {
    let skip = magnitude.iter().take_while(|byte| **byte == 0).count();
    let digits = magnitude.get(skip..).unwrap_or_default();
    let mut content = Vec::with_capacity(digits.len() + 1);
    if digits.first().is_none_or(|byte| byte & 0x80 != 0) {
        content.push(0);
    }
    content.extend_from_slice(digits);
    primitive(tag::INTEGER, &content)
}

/// An INTEGER from a small number.
#[must_use]
pub fn integer_of(value: u64) -> Vec<u8> {
    integer(&value.to_be_bytes())
}

/// An ENUMERATED.
#[must_use]
pub fn enumerated(value: u8) -> Vec<u8> {
    primitive(tag::ENUMERATED, &[value])
}

/// An OBJECT IDENTIFIER from a constant's content octets.
#[must_use]
pub fn oid_of(content: &[u8]) -> Vec<u8> {
    primitive(tag::OID, content)
}

/// NULL.
#[must_use]
pub fn null() -> Vec<u8> {
    primitive(tag::NULL, &[])
}

/// An OCTET STRING.
#[must_use]
pub fn octets(content: &[u8]) -> Vec<u8> {
    primitive(tag::OCTET_STRING, content)
}

/// A BIT STRING of whole octets.
#[must_use]
pub fn bit_string(content: &[u8]) -> Vec<u8> {
    let mut all = vec![0];
    all.extend_from_slice(content);
    primitive(tag::BIT_STRING, &all)
}

/// A named BIT STRING, the first bit lowest, without trailing zero bits.
#[must_use]
pub fn bits(value: u16) -> Vec<u8> {
    if value == 0 {
        return primitive(tag::BIT_STRING, &[0]);
    }
    let count = 16 - value.leading_zeros();
    let octets = value.reverse_bits().to_be_bytes();
    let used = usize::try_from(count.div_ceil(8)).unwrap_or(2);
    let mut content = vec![u8::try_from(used * 8).unwrap_or(16) - u8::try_from(count).unwrap_or(0)];
    content.extend(octets.iter().take(used));
    primitive(tag::BIT_STRING, &content)
}

/// A UTF8String.
#[must_use]
pub fn utf8(text: &str) -> Vec<u8> {
    primitive(tag::UTF8, text.as_bytes())
}

/// An IA5String.
#[must_use]
pub fn ia5(text: &str) -> Vec<u8> {
    primitive(tag::IA5, text.as_bytes())
}

/// A Time as RFC 5280 wants it: UTCTime until 2049, GeneralizedTime from 2050.
#[must_use]
pub fn time_of(at: Timestamp) -> Vec<u8> {
    let civil = at.to_zoned(TimeZone::UTC).datetime();
    if (1950..2050).contains(&civil.year()) {
        let text = civil.strftime("%y%m%d%H%M%SZ").to_string();
        primitive(tag::UTC_TIME, text.as_bytes())
    } else {
        generalized_time(at)
    }
}

/// A GeneralizedTime of whole seconds.
#[must_use]
pub fn generalized_time(at: Timestamp) -> Vec<u8> {
    let civil = at.to_zoned(TimeZone::UTC).datetime();
    let text = civil.strftime("%Y%m%d%H%M%SZ").to_string();
    primitive(tag::GENERALIZED_TIME, text.as_bytes())
}

/// An OBJECT IDENTIFIER.
impl Oid {
    /// Its element.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        oid_of(self.content())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::Reader;

    #[test]
    fn what_is_written_is_read_back() {
        for length in [0usize, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7u8; length];
            let bytes = octets(&content);
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.any().unwrap().content, content);
            assert!(reader.is_empty());
        }
        for value in [0u64, 1, 127, 128, 255, 65_535] {
            let bytes = integer_of(value);
            assert_eq!(u64::from(Reader::new(&bytes).small("x").unwrap()), value);
        }
    }

    #[test]
    fn named_bits_have_no_trailing_zeros() {
        assert_eq!(bits(1 << 5 | 1 << 6), vec![3, 2, 1, 0b0000_0110]);
        assert_eq!(bits(1), vec![3, 2, 7, 0x80]);
        assert_eq!(bits(1 << 8), vec![3, 3, 7, 0, 0x80]);
        assert_eq!(bits(0), vec![3, 1, 0]);
    }
}
