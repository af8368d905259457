//! A certificate revocation list, read; complete, delta or indirect.

use std::collections::HashMap;
use std::ops::Range;

use crate::der::{DerError, Element, Instant, Oid, Reader, boolean_of, named_bits, read_time, tag};
use crate::ext::{AuthorityKeyId, PointName, authority_key_id, for_each, point_name};
use crate::key::AlgorithmId;
use crate::name::{GeneralName, Name};
use crate::oids;

/// Larger than any list a city meets: about a million entries.
pub const MOST_BYTES: usize = 64 << 20;

/// removeFromCRL.
pub const REMOVE: u8 = 8;

/// issuingDistributionPoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssuingPoint {
    /// The name of the point.
    pub name: Option<PointName>,
    /// Only certificates of users.
    pub only_user: bool,
    /// Only certificates of authorities.
    pub only_ca: bool,
    /// Only attribute certificates.
    pub only_attribute: bool,
    /// Only these reasons.
    pub reasons: Option<u16>,
    /// Entries may be of other issuers.
    pub indirect: bool,
    /// The element as it stands; a delta must have the same.
    pub der: Vec<u8>,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it was revoked.
    pub date: Instant,
    /// Why, by its number in RFC 5280, 5.3.1; 0 when not said.
    pub reason: u8,
    /// In an indirect list: whose certificate, as an index into [`Crl::issuers`].
    issuer: Option<usize>,
}

/// A list, read.
#[derive(Debug, Clone)]
pub struct Crl {
    /// All of it.
    pub der: Vec<u8>,
    tbs: Range<usize>,
    /// Who issued it.
    pub issuer: Name,
    /// When it was issued.
    pub this_update: Instant,
    /// By when the next will be.
    pub next_update: Instant,
    /// The algorithm.
    pub algorithm: AlgorithmId,
    /// The signature.
    pub signature: Vec<u8>,
    /// cRLNumber.
    pub number: Option<Vec<u8>>,
    /// The base's number, in a delta.
    pub base: Option<Vec<u8>>,
    /// issuingDistributionPoint.
    pub point: Option<IssuingPoint>,
    /// authorityKeyIdentifier.
    pub authority_key_id: Option<AuthorityKeyId>,
    /// Why it must not be used although it could be read, in words.
    pub unusable: Option<String>,
    issuers: Vec<Name>,
    entries: HashMap<Vec<u8>, Vec<Entry>>,
    count: usize,
}

impl Crl {
    /// Reads a list.
    ///
    /// # Errors
    /// When it is not one: broken DER, an unknown version, times in the wrong form, no next update.
    pub fn read(der: &[u8]) -> Result<Self, DerError> {
        if der.len() > MOST_BYTES {
            return Err(DerError::new("a list above 64 mebibytes", 0));
        }
        let mut outer = Reader::new(der);
        let mut reader = outer.sequence("the list")?;
        outer.end("the list")?;
        let tbs_element = reader.expect(tag::SEQUENCE, "the signed part")?;
        let algorithm = AlgorithmId::read(&mut reader, "the signature's algorithm")?;
        let signature = reader.octet_aligned("the signature")?.to_vec();
        reader.end("the list")?;
        let end = tbs_element.at + tbs_element.content.len();
        let mut tbs = tbs_element.reader();
        let mut version = 1;
        if tbs.peek() == Some(tag::INTEGER) {
            if tbs.small("the version")? != 1 {
                return Err(DerError::new("a version that is not 2", tbs_element.at));
            }
            version = 2;
        }
        let inner = AlgorithmId::read(&mut tbs, "the algorithm")?;
        let issuer = Name::read(&tbs.any()?)?;
        let this_update = update(&tbs.any()?)?;
        if !matches!(tbs.peek(), Some(tag::UTC_TIME | tag::GENERALIZED_TIME)) {
            return Err(DerError::new("nextUpdate is missing", tbs.at()));
        }
        let next_update = update(&tbs.any()?)?;
        let mut crl = Self {
            tbs: end - tbs_element.whole.len()..end,
            der: der.to_vec(),
            issuer,
            this_update,
            next_update,
            algorithm,
            signature,
            number: None,
            base: None,
            point: None,
            authority_key_id: None,
            unusable: None,
            issuers: Vec::new(),
            entries: HashMap::new(),
            count: 0,
        };
        if inner != crl.algorithm {
            crl.refuse("the algorithms inside and outside differ");
        }
        if let Some(list) = tbs.optional(tag::SEQUENCE)? {
            crl.read_entries(&list, version)?;
        }
        if let Some(wrapper) = tbs.optional(0xa0)? {
            if version < 2 {
                return Err(DerError::new("extensions below version 2", wrapper.at));
            }
            let mut inner = wrapper.reader();
            crl.read_extensions(&inner.expect(tag::SEQUENCE, "the extensions")?)?;
            inner.end("the extensions")?;
        }
        tbs.end("the signed part")?;
        if version == 2 && crl.number.is_none() {
            crl.refuse("it has no CRL number");
        }
        Ok(crl)
    }

    /// The bytes under the signature.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.der.get(self.tbs.clone()).unwrap_or_default()
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The entry of a certificate, by its issuer and serial number.
    #[must_use]
    pub fn entry(&self, issuer: &Name, serial: &[u8]) -> Option<&Entry> {
        self.entries.get(serial)?.iter().find(|entry| {
            let of = entry.issuer.and_then(|index| self.issuers.get(index));
            of.unwrap_or(&self.issuer) == issuer
        })
    }

    fn refuse(&mut self, why: impl Into<String>) {
        self.unusable.get_or_insert(why.into());
    }

    fn read_entries(&mut self, list: &Element<'_>, version: u8) -> Result<(), DerError> {
        let mut reader = list.reader();
        let mut current = None;
        while !reader.is_empty() {
            let mut inner = reader.sequence("an entry")?;
            let serial = inner.integer("the serial number")?.to_vec();
            let date = read_time(&inner.any()?)?;
            let mut entry = Entry {
                date,
                reason: 0,
                issuer: current,
            };
            if let Some(list) = inner.optional(tag::SEQUENCE)? {
                if version < 2 {
                    return Err(DerError::new("entry extensions below version 2", list.at));
                }
                self.entry_extensions(&list, &mut entry)?;
                current = entry.issuer;
            }
            inner.end("an entry")?;
            let same = self.entries.entry(serial).or_default();
            if same.iter().any(|other| other.issuer == entry.issuer) {
                self.unusable
                    .get_or_insert_with(|| "it lists a serial number twice".to_owned());
            }
            same.push(entry);
            self.count += 1;
        }
        Ok(())
    }

    fn entry_extensions(&mut self, list: &Element<'_>, entry: &mut Entry) -> Result<(), DerError> {
        let mut unknown: Option<Oid> = None;
        let mut issuer = None;
        for_each(list, |oid, critical, value| {
            match oid.content() {
                oids::CRL_REASON => {
                    let number = value.reader().expect(tag::ENUMERATED, "the reason")?;
                    entry.reason = number.content.first().copied().unwrap_or_default();
                }
                oids::CERTIFICATE_ISSUER => {
                    let mut names = value.reader().sequence("the certificate issuer")?;
                    issuer = GeneralName::read_all(&mut names, 64)?
                        .into_iter()
                        .find_map(|name| match name {
                            GeneralName::Directory(name) => Some(name),
                            _ => None,
                        });
                }
                oids::INVALIDITY_DATE => {}
                _ if critical => unknown = Some(oid),
                _ => {}
            }
            Ok(())
        })?;
        if let Some(oid) = unknown {
            self.refuse(format!("an entry has the unknown critical extension {oid}"));
        }
        if let Some(name) = issuer {
            let index = self.issuers.iter().position(|known| *known == name);
            entry.issuer = Some(index.unwrap_or_else(|| {
                self.issuers.push(name);
                self.issuers.len() - 1
            }));
        }
        Ok(())
    }

    fn read_extensions(&mut self, list: &Element<'_>) -> Result<(), DerError> {
        let mut seen: Vec<Oid> = Vec::new();
        let mut refusals: Vec<String> = Vec::new();
        for_each(list, |oid, critical, value| {
            if seen.contains(&oid) {
                refusals.push(format!("it has the extension {oid} twice"));
            }
            let mut reader = value.reader();
            match oid.content() {
                oids::CRL_NUMBER => {
                    self.number = Some(reader.integer("the CRL number")?.to_vec());
                    if critical {
                        refusals.push("its CRL number is marked critical".to_owned());
                    }
                }
                oids::DELTA_CRL => self.base = Some(reader.integer("the base")?.to_vec()),
                oids::ISSUING_DISTRIBUTION_POINT => self.point = Some(issuing_point(value)?),
                oids::AUTHORITY_KEY_ID => {
                    self.authority_key_id = Some(authority_key_id(&mut reader)?);
                }
                oids::ISSUER_ALT_NAME | oids::FRESHEST_CRL | oids::AUTHORITY_INFO => {}
                _ if critical => {
                    refusals.push(format!("it has the unknown critical extension {oid}"));
                }
                _ => {}
            }
            seen.push(oid);
            Ok(())
        })?;
        if let Some(why) = refusals.into_iter().next() {
            self.refuse(why);
        }
        Ok(())
    }
}

/// Times of updates before 2050 must be UTCTime (RFC 5280, 5.1.2.4).
fn update(element: &Element<'_>) -> Result<Instant, DerError> {
    let at = read_time(element)?;
    if element.tag == tag::GENERALIZED_TIME && at < Instant(2_524_608_000) {
        return Err(DerError::new(
            "a time before 2050 that is not a UTCTime",
            element.at,
        ));
    }
    Ok(at)
}

fn issuing_point(value: &Element<'_>) -> Result<IssuingPoint, DerError> {
    let mut outer = value.reader();
    let element = outer.expect(tag::SEQUENCE, "the issuing distribution point")?;
    let mut reader = element.reader();
    let mut point = IssuingPoint {
        der: element.whole.to_vec(),
        ..IssuingPoint::default()
    };
    if let Some(name) = reader.optional(0xa0)? {
        point.name = Some(point_name(&name)?);
    }
    let mut flag = |number: u8| match reader.optional(0x80 | number)? {
        Some(element) => boolean_of(&element, "a flag"),
        None => Ok(false),
    };
    point.only_user = flag(1)?;
    point.only_ca = flag(2)?;
    if let Some(bits) = reader.optional(0x83)? {
        point.reasons = Some(named_bits(&bits, "reasons")?);
    }
    let mut flag = |number: u8| match reader.optional(0x80 | number)? {
        Some(element) => boolean_of(&element, "a flag"),
        None => Ok(false),
    };
    point.indirect = flag(4)?;
    point.only_attribute = flag(5)?;
    reader.end("the issuing distribution point")?;
    outer.end("the issuing distribution point")?;
    Ok(point)
}

/// Compares numbers that are not negative by their content octets.
#[must_use]
pub fn at_least(one: &[u8], other: &[u8]) -> bool {
    let strip = |bytes: &[u8]| -> Vec<u8> {
        bytes
            .iter()
            .copied()
            .skip_while(|byte| *byte == 0)
            .collect()
    };
    let (one, other) = (strip(one), strip(other));
    (one.len(), one) >= (other.len(), other)
}
