//! Distinguished names and general names: reading, writing in words, and comparing as RFC 5280, 7.1 wants it.

use std::fmt;

use crate::der::{DerError, Element, Oid, Reader, tag};
use crate::oids;

/// More attributes than any honest name has.
const MOST_ATTRIBUTES: usize = 128;

/// One attribute of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its type.
    pub oid: Oid,
    /// Its value as text, when it is of a string type.
    pub text: Option<String>,
    /// What is compared: text without case and superfluous spaces, or the bytes.
    key: Vec<u8>,
}

/// A distinguished name.
#[derive(Debug, Clone, Default)]
pub struct Name {
    rdns: Vec<Vec<Attribute>>,
    der: Vec<u8>,
}

impl Name {
    /// Reads a Name.
    ///
    /// # Errors
    /// When it is not a sequence of sets of attributes.
    pub fn read(element: &Element<'_>) -> Result<Self, DerError> {
        if element.tag != tag::SEQUENCE {
            return Err(DerError::new("a name that is not a sequence", element.at));
        }
        let mut rdns = Vec::new();
        let mut count = 0;
        let mut reader = element.reader();
        while !reader.is_empty() {
            let set = reader.expect(tag::SET, "a part of a name")?;
            rdns.push(rdn(&set, &mut count)?);
        }
        Ok(Self {
            rdns,
            der: element.whole.to_vec(),
        })
    }

    /// This name with one more part, as `nameRelativeToCRLIssuer` writes it.
    ///
    /// # Errors
    /// When the part is not a set of attributes.
    pub fn extended(&self, set: &Element<'_>) -> Result<Self, DerError> {
        let mut longer = self.clone();
        longer.rdns.push(rdn(set, &mut 0)?);
        longer.der = Vec::new();
        Ok(longer)
    }

    /// Whether it has no part.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// Its bytes; empty for a name that was put together.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether this name lies in the subtree of another.
    #[must_use]
    pub fn is_within(&self, base: &Name) -> bool {
        self.rdns.len() >= base.rdns.len()
            && self
                .rdns
                .iter()
                .zip(&base.rdns)
                .all(|(one, other)| same_rdn(one, other))
    }

    /// The values of an attribute type.
    pub fn values<'a>(&'a self, oid: &'a [u8]) -> impl Iterator<Item = &'a str> {
        self.rdns
            .iter()
            .flatten()
            .filter(move |attribute| attribute.oid.is(oid))
            .filter_map(|attribute| attribute.text.as_deref())
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.rdns.len() == other.rdns.len() && self.is_within(other)
    }
}

impl Eq for Name {}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, attribute) in self.rdns.iter().flatten().enumerate() {
            if index > 0 {
                out.write_str(", ")?;
            }
            match oids::attribute_name(attribute.oid.content()) {
                Some(name) => write!(out, "{name}=")?,
                None => write!(out, "{}=", attribute.oid)?,
            }
            let text = attribute.text.as_deref().unwrap_or("…");
            for letter in text.chars().take(200) {
                out.write_str(&if letter.is_control() {
                    "?".to_owned()
                } else {
                    letter.to_string()
                })?;
            }
        }
        Ok(())
    }
}

fn rdn(set: &Element<'_>, count: &mut usize) -> Result<Vec<Attribute>, DerError> {
    let mut reader = set.reader();
    let mut attributes = Vec::new();
    while !reader.is_empty() {
        *count += 1;
        if *count > MOST_ATTRIBUTES {
            return Err(DerError::new("a name of too many attributes", set.at));
        }
        let mut pair = reader.sequence("an attribute")?;
        let oid = pair.oid("an attribute's type")?;
        let value = pair.any()?;
        pair.end("an attribute")?;
        let text = text(&value)?;
        let key = match &text {
            Some(text) => folded(text).into_bytes(),
            None => value.whole.to_vec(),
        };
        attributes.push(Attribute { oid, text, key });
    }
    if attributes.is_empty() {
        return Err(DerError::new("an empty part of a name", set.at));
    }
    Ok(attributes)
}

fn same_rdn(one: &[Attribute], other: &[Attribute]) -> bool {
    let has = |list: &[Attribute], wanted: &Attribute| {
        list.iter().any(|attribute| {
            attribute.oid == wanted.oid
                && attribute.text.is_some() == wanted.text.is_some()
                && attribute.key == wanted.key
        })
    };
    one.len() == other.len() && one.iter().all(|attribute| has(other, attribute))
}

/// Case and superfluous spaces do not count (RFC 5280, 7.1 and RFC 4518 for the cases met in practice).
fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}

/// The text of a string value; `None` for other types.
fn text(value: &Element<'_>) -> Result<Option<String>, DerError> {
    let bad = || DerError::new("text that is not of its string type", value.at);
    let ascii = |allowed: fn(u8) -> bool| {
        if value.content.iter().all(|byte| allowed(*byte)) {
            Ok(Some(String::from_utf8_lossy(value.content).into_owned()))
        } else {
            Err(bad())
        }
    };
    match value.tag {
        // Some authorities write `@`, `&`, `*` and `_` into a PrintableString; that harms nobody.
        tag::PRINTABLE => ascii(|byte| (0x20..0x7f).contains(&byte)),
        tag::IA5 | tag::VISIBLE => ascii(|byte| byte.is_ascii()),
        tag::UTF8 => std::str::from_utf8(value.content)
            .map(|text| Some(text.to_owned()))
            .map_err(|_| bad()),
        tag::TELETEX => Ok(Some(
            value.content.iter().map(|byte| char::from(*byte)).collect(),
        )),
        tag::BMP => {
            let units = value.content.chunks(2).map(|pair| match pair {
                [high, low] => Some(u16::from_be_bytes([*high, *low])),
                _ => None,
            });
            let units: Vec<u16> = units.collect::<Option<_>>().ok_or_else(bad)?;
            String::from_utf16(&units).map(Some).map_err(|_| bad())
        }
        tag::UNIVERSAL => {
            let letters = value.content.chunks(4).map(|four| {
                <[u8; 4]>::try_from(four)
                    .ok()
                    .and_then(|four| char::from_u32(u32::from_be_bytes(four)))
            });
            letters
                .collect::<Option<String>>()
                .map(Some)
                .ok_or_else(bad)
        }
        _ => Ok(None),
    }
}

/// A general name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GeneralName {
    /// rfc822Name: a mailbox.
    Email(String),
    /// dNSName.
    Dns(String),
    /// uniformResourceIdentifier.
    Uri(String),
    /// directoryName.
    Directory(Name),
    /// iPAddress: 4 or 16 bytes, in name constraints 8 or 32.
    Ip(Vec<u8>),
    /// registeredID.
    Registered(Oid),
    /// Another form, by its tag: otherName 0, x400Address 3, ediPartyName 5.
    Other(u8, Vec<u8>),
}

impl GeneralName {
    /// Reads one.
    ///
    /// # Errors
    /// When it is none of the forms.
    pub fn read(element: &Element<'_>) -> Result<Self, DerError> {
        let ascii = |what: &str| {
            if element.content.is_ascii() {
                Ok(String::from_utf8_lossy(element.content).into_owned())
            } else {
                Err(DerError::new(
                    format!("{what} with letters beyond ASCII"),
                    element.at,
                ))
            }
        };
        Ok(match element.tag {
            0x81 => Self::Email(ascii("a mailbox")?),
            0x82 => Self::Dns(ascii("a DNS name")?),
            0x86 => Self::Uri(ascii("a URI")?),
            0xa4 => {
                let mut reader = element.reader();
                let name = Name::read(&reader.any()?)?;
                reader.end("a directory name")?;
                Self::Directory(name)
            }
            0x87 => Self::Ip(element.content.to_vec()),
            0x88 => Self::Registered(Oid::from_content(element.content).ok_or_else(|| {
                DerError::new("a registered id that is no identifier", element.at)
            })?),
            0xa0 | 0xa3 | 0xa5 => Self::Other(element.tag & 0x1f, element.content.to_vec()),
            _ => return Err(DerError::new("an unknown form of name", element.at)),
        })
    }

    /// Reads all that stand in a sequence; `most` bounds the work.
    ///
    /// # Errors
    /// When one is malformed or there are too many.
    pub fn read_all(reader: &mut Reader<'_>, most: usize) -> Result<Vec<Self>, DerError> {
        let mut names = Vec::new();
        while !reader.is_empty() {
            if names.len() >= most {
                return Err(DerError::new("too many names", reader.at()));
            }
            names.push(Self::read(&reader.any()?)?);
        }
        Ok(names)
    }

    /// The number of its form, by which constraints apply.
    #[must_use]
    pub fn form(&self) -> u8 {
        match self {
            Self::Email(_) => 1,
            Self::Dns(_) => 2,
            Self::Directory(_) => 4,
            Self::Uri(_) => 6,
            Self::Ip(_) => 7,
            Self::Registered(_) => 8,
            Self::Other(form, _) => *form,
        }
    }
}

impl fmt::Display for GeneralName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(text) => write!(out, "email:{text}"),
            Self::Dns(text) => write!(out, "DNS:{text}"),
            Self::Uri(text) => write!(out, "URI:{text}"),
            Self::Directory(name) => write!(out, "DN:{name}"),
            Self::Ip(bytes) => match address(bytes) {
                Some(address) => write!(out, "IP:{address}"),
                None => write!(out, "IP:{} bytes", bytes.len()),
            },
            Self::Registered(oid) => write!(out, "RID:{oid}"),
            Self::Other(form, _) => write!(out, "form {form}"),
        }
    }
}

/// An address from its bytes.
#[must_use]
pub fn address(bytes: &[u8]) -> Option<std::net::IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(std::net::IpAddr::from(four));
    }
    <[u8; 16]>::try_from(bytes).ok().map(std::net::IpAddr::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::{oid_of, primitive, sequence, set_of, utf8};

    fn common_name(value: Vec<u8>) -> Name {
        let der = sequence(&[&set_of(vec![sequence(&[
            &oid_of(oids::COMMON_NAME),
            &value,
        ])])]);
        Name::read(&Reader::new(&der).any().unwrap()).unwrap()
    }

    #[test]
    fn case_spaces_and_string_types_do_not_count() {
        let one = common_name(primitive(tag::PRINTABLE, b"  Weifang   Root "));
        let other = common_name(utf8("weifang ROOT"));
        assert_eq!(one, other);
        assert_ne!(one, common_name(utf8("weifangroot")));
    }

    #[test]
    fn letters_beyond_ascii_are_shown_as_they_are() {
        assert_eq!(
            common_name(utf8("潍坊市根证书")).to_string(),
            "CN=潍坊市根证书"
        );
    }
}
