//! The reader: one element after another, lengths in their shortest form, nothing beyond the end.

/// Why bytes are not the DER that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct DerError {
    /// What is wrong, in English; it names a rule of X.690 or the structure.
    pub what: String,
    /// Where, counted from the first byte of what was read.
    pub at: usize,
}

impl DerError {
    /// A refusal at a place.
    #[must_use]
    pub fn new(what: impl Into<String>, at: usize) -> Self {
        Self {
            what: what.into(),
            at,
        }
    }
}

/// Tags as they stand in the identifier octet.
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u8 = 0x01;
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// NULL.
    pub const NULL: u8 = 0x05;
    /// OBJECT IDENTIFIER.
    pub const OID: u8 = 0x06;
    /// ENUMERATED.
    pub const ENUMERATED: u8 = 0x0a;
    /// UTF8String.
    pub const UTF8: u8 = 0x0c;
    /// PrintableString.
    pub const PRINTABLE: u8 = 0x13;
    /// TeletexString.
    pub const TELETEX: u8 = 0x14;
    /// IA5String.
    pub const IA5: u8 = 0x16;
    /// UTCTime.
    pub const UTC_TIME: u8 = 0x17;
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: u8 = 0x18;
    /// VisibleString.
    pub const VISIBLE: u8 = 0x1a;
    /// UniversalString.
    pub const UNIVERSAL: u8 = 0x1c;
    /// BMPString.
    pub const BMP: u8 = 0x1e;
    /// SEQUENCE.
    pub const SEQUENCE: u8 = 0x30;
    /// SET.
    pub const SET: u8 = 0x31;
}

/// One element: its tag, its content, and the whole of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// The identifier octet; tags above 30 are refused, nothing in this field uses them.
    pub tag: u8,
    /// The content octets.
    pub content: &'a [u8],
    /// Identifier, length and content.
    pub whole: &'a [u8],
    /// Where the content begins in what the outermost reader was given.
    pub at: usize,
}

impl<'a> Element<'a> {
    /// Reads what is inside.
    #[must_use]
    pub fn reader(&self) -> Reader<'a> {
        Reader {
            rest: self.content,
            at: self.at,
        }
    }
}

/// Reads elements one after another.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads from bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0 }
    }

    /// Whether all was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Where the next element begins.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// The tag of the next element.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element, whatever it is.
    ///
    /// # Errors
    /// When the bytes end early, a length is not in its shortest form or a tag is above 30.
    pub fn any(&mut self) -> Result<Element<'a>, DerError> {
        let start = self.rest;
        let here = self.at;
        let (&tag, after) = start
            .split_first()
            .ok_or_else(|| DerError::new("an element is missing", here))?;
        if tag & 0x1f == 0x1f {
            return Err(DerError::new("a tag above 30", here));
        }
        let (&first, after) = after
            .split_first()
            .ok_or_else(|| DerError::new("a length is missing", here))?;
        let (length, after) = length(first, after, here)?;
        let content = after
            .get(..length)
            .ok_or_else(|| DerError::new("an element is longer than the bytes", here))?;
        let header = start.len() - after.len();
        let whole = start
            .get(..header + length)
            .ok_or_else(|| DerError::new("an element is longer than the bytes", here))?;
        self.rest = after.get(length..).unwrap_or_default();
        self.at = here + whole.len();
        Ok(Element {
            tag,
            content,
            whole,
            at: here + header,
        })
    }

    /// The next element, which must have this tag.
    ///
    /// # Errors
    /// When it has another, or as [`Reader::any`].
    pub fn expect(&mut self, tag: u8, what: &str) -> Result<Element<'a>, DerError> {
        match self.peek() {
            Some(found) if found == tag => self.any(),
            Some(found) => Err(DerError::new(
                format!("{what}: tag {found:#04x} where {tag:#04x} belongs"),
                self.at,
            )),
            None => Err(DerError::new(format!("{what} is missing"), self.at)),
        }
    }

    /// The next element if it has this tag.
    ///
    /// # Errors
    /// As [`Reader::any`].
    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, DerError> {
        if self.peek() == Some(tag) {
            self.any().map(Some)
        } else {
            Ok(None)
        }
    }

    /// A reader of the content of the next SEQUENCE.
    ///
    /// # Errors
    /// As [`Reader::expect`].
    pub fn sequence(&mut self, what: &str) -> Result<Reader<'a>, DerError> {
        Ok(self.expect(tag::SEQUENCE, what)?.reader())
    }

    /// Says that nothing may follow.
    ///
    /// # Errors
    /// When something does.
    pub fn end(&self, what: &str) -> Result<(), DerError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DerError::new(format!("bytes after {what}"), self.at))
        }
    }

    /// A BOOLEAN: in DER, 00 or FF.
    ///
    /// # Errors
    /// When it is another octet or none.
    pub fn boolean(&mut self, what: &str) -> Result<bool, DerError> {
        let element = self.expect(tag::BOOLEAN, what)?;
        boolean(&element, what)
    }

    /// The content of an INTEGER in its shortest form.
    ///
    /// # Errors
    /// When it is empty or padded.
    pub fn integer(&mut self, what: &str) -> Result<&'a [u8], DerError> {
        let element = self.expect(tag::INTEGER, what)?;
        integer(&element, what)
    }

    /// A small number that is not negative.
    ///
    /// # Errors
    /// When it is negative or above 2^31.
    pub fn small(&mut self, what: &str) -> Result<u32, DerError> {
        let at = self.at;
        small(self.integer(what)?)
            .ok_or_else(|| DerError::new(format!("{what} is negative or too large"), at))
    }

    /// The content of an OBJECT IDENTIFIER.
    ///
    /// # Errors
    /// When it is empty, ends within an arc or an arc is padded.
    pub fn oid(&mut self, what: &str) -> Result<super::Oid, DerError> {
        let element = self.expect(tag::OID, what)?;
        super::Oid::from_content(element.content)
            .ok_or_else(|| DerError::new(format!("{what} is not an object identifier"), element.at))
    }

    /// A BIT STRING of whole octets.
    ///
    /// # Errors
    /// When it has unused bits.
    pub fn octet_aligned(&mut self, what: &str) -> Result<&'a [u8], DerError> {
        let element = self.expect(tag::BIT_STRING, what)?;
        match element.content.split_first() {
            Some((0, bytes)) => Ok(bytes),
            _ => Err(DerError::new(
                format!("{what} is not of whole octets"),
                element.at,
            )),
        }
    }
}

/// Reads a BOOLEAN, also one with an implicit tag.
///
/// # Errors
/// When it is not 00 or FF.
pub(crate) fn boolean(element: &Element<'_>, what: &str) -> Result<bool, DerError> {
    match element.content {
        [0] => Ok(false),
        [0xff] => Ok(true),
        _ => Err(DerError::new(
            format!("{what} is neither 00 nor FF"),
            element.at,
        )),
    }
}

/// Reads an INTEGER, also one with an implicit tag.
///
/// # Errors
/// When it is empty or padded.
pub(crate) fn integer<'a>(element: &Element<'a>, what: &str) -> Result<&'a [u8], DerError> {
    match element.content {
        [] => Err(DerError::new(format!("{what} is empty"), element.at)),
        [0, next, ..] if next & 0x80 == 0 => {
            Err(DerError::new(format!("{what} is padded"), element.at))
        }
        [0xff, next, ..] if next & 0x80 != 0 => {
            Err(DerError::new(format!("{what} is padded"), element.at))
        }
        content => Ok(content),
    }
}

/// A small number from the content of an INTEGER.
pub(crate) fn small(content: &[u8]) -> Option<u32> {
    if content.len() > 5 || content.first().is_some_and(|byte| byte & 0x80 != 0) {
        return None;
    }
    let mut value: u64 = 0;
    for byte in content {
        value = value << 8 | u64::from(*byte);
    }
    u32::try_from(value)
        .ok()
        .filter(|value| *value <= 0x7fff_ffff)
}

/// Bits of a named BIT STRING, the first bit lowest; DER forbids trailing zero bits and stray padding.
pub(crate) fn named_bits(element: &Element<'_>, what: &str) -> Result<u16, DerError> {
    let refuse = |why: &str| DerError::new(format!("{what} {why}"), element.at);
    let (&unused, bytes) = element
        .content
        .split_first()
        .ok_or_else(|| refuse("is empty"))?;
    if unused > 7 || (bytes.is_empty() && unused != 0) {
        return Err(refuse("has impossible padding"));
    }
    if let Some(last) = bytes.last()
        && last & ((1u8 << unused) - 1) != 0
    {
        return Err(refuse("has bits in its padding"));
    }
    let mut bits = 0u16;
    for (index, byte) in bytes.iter().take(2).enumerate() {
        bits |= u16::from(byte.reverse_bits()) << (8 * index);
    }
    Ok(bits)
}

fn length(first: u8, after: &[u8], here: usize) -> Result<(usize, &[u8]), DerError> {
    if first < 0x80 {
        return Ok((usize::from(first), after));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return Err(DerError::new(
            "a length that is indefinite or too long",
            here,
        ));
    }
    let octets = after
        .get(..count)
        .ok_or_else(|| DerError::new("a length is cut off", here))?;
    let mut value = 0usize;
    for octet in octets {
        value = value << 8 | usize::from(*octet);
    }
    let shortest = if count == 1 {
        0x80
    } else {
        1 << (8 * (count - 1))
    };
    if value < shortest {
        return Err(DerError::new("a length not in its shortest form", here));
    }
    Ok((value, after.get(count..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_length_must_be_in_its_shortest_form() {
        assert!(Reader::new(&[0x04, 0x81, 0x01, 0]).any().is_err());
        assert!(Reader::new(&[0x04, 0x80, 0, 0]).any().is_err());
        assert!(Reader::new(&[0x04, 0x01, 9]).any().is_ok());
    }

    #[test]
    fn padded_integers_and_odd_booleans_are_refused() {
        assert!(Reader::new(&[2, 2, 0, 1]).integer("x").is_err());
        assert!(Reader::new(&[2, 2, 0, 0x80]).integer("x").is_ok());
        assert!(Reader::new(&[1, 1, 1]).boolean("x").is_err());
    }

    #[test]
    fn named_bits_count_from_the_left() {
        let mut reader = Reader::new(&[3, 2, 1, 0b0000_0110]);
        let element = reader.any().unwrap();
        assert_eq!(named_bits(&element, "x").unwrap(), 1 << 5 | 1 << 6);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader::new(&bytes);
            let mut read = 0;
            while let Ok(element) = reader.any() {
                read += element.whole.len();
            }
            prop_assert!(read <= bytes.len());
        }
    }
}
