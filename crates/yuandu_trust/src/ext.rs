//! The extensions of certificates that are understood, read strictly: what is malformed is refused, known or not critical.

use crate::der::{DerError, Element, Oid, Reader, boolean_of, named_bits, small, tag};
use crate::name::{GeneralName, Name};
use crate::oids;

/// More entries in one extension than any honest certificate has; real ones stay below a thousand names.
const MOST: usize = 4096;

/// Bits of key usage, the first lowest.
pub mod usage {
    /// digitalSignature.
    pub const DIGITAL_SIGNATURE: u16 = 1;
    /// nonRepudiation, also called contentCommitment.
    pub const NON_REPUDIATION: u16 = 1 << 1;
    /// keyEncipherment.
    pub const KEY_ENCIPHERMENT: u16 = 1 << 2;
    /// dataEncipherment.
    pub const DATA_ENCIPHERMENT: u16 = 1 << 3;
    /// keyAgreement.
    pub const KEY_AGREEMENT: u16 = 1 << 4;
    /// keyCertSign.
    pub const CERT_SIGN: u16 = 1 << 5;
    /// cRLSign.
    pub const CRL_SIGN: u16 = 1 << 6;
    /// encipherOnly.
    pub const ENCIPHER_ONLY: u16 = 1 << 7;
    /// decipherOnly.
    pub const DECIPHER_ONLY: u16 = 1 << 8;
}

/// A value and whether its extension is critical.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked<T> {
    /// Whether who does not understand it must refuse.
    pub critical: bool,
    /// The value.
    pub value: T,
}

/// basicConstraints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether it may issue.
    pub ca: bool,
    /// How many issuing certificates may follow.
    pub path_len: Option<u32>,
}

/// authorityKeyIdentifier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorityKeyId {
    /// The issuer's key identifier.
    pub key_id: Option<Vec<u8>>,
    /// Whether it names the issuer's certificate by issuer and serial number.
    pub by_serial: bool,
}

/// nameConstraints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// Permitted subtrees.
    pub permitted: Vec<GeneralName>,
    /// Excluded subtrees.
    pub excluded: Vec<GeneralName>,
}

/// policyConstraints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PolicyConstraints {
    /// requireExplicitPolicy.
    pub require_explicit: Option<u32>,
    /// inhibitPolicyMapping.
    pub inhibit_mapping: Option<u32>,
}

/// The name of a distribution point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PointName {
    /// Whole names.
    Full(Vec<GeneralName>),
    /// A part to be added to the name of the issuer of the list; the element as it stands.
    Relative(Vec<u8>),
}

/// A distribution point.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DistributionPoint {
    /// Its name.
    pub name: Option<PointName>,
    /// The reasons it covers, when not all.
    pub reasons: Option<u16>,
    /// Who issues the list, when it is not the issuer of the certificate.
    pub issuer: Vec<GeneralName>,
}

/// The extensions of a certificate.
#[derive(Debug, Clone, Default)]
pub struct Extensions {
    /// subjectKeyIdentifier.
    pub subject_key_id: Option<Marked<Vec<u8>>>,
    /// authorityKeyIdentifier.
    pub authority_key_id: Option<Marked<AuthorityKeyId>>,
    /// keyUsage.
    pub key_usage: Option<Marked<u16>>,
    /// basicConstraints.
    pub basic_constraints: Option<Marked<BasicConstraints>>,
    /// subjectAltName.
    pub subject_alt_name: Option<Marked<Vec<GeneralName>>>,
    /// extKeyUsage.
    pub ext_key_usage: Option<Marked<Vec<Oid>>>,
    /// nameConstraints.
    pub name_constraints: Option<Marked<NameConstraints>>,
    /// certificatePolicies, the identifiers alone.
    pub policies: Option<Marked<Vec<Oid>>>,
    /// policyMappings, from the issuer's to the subject's domain.
    pub policy_mappings: Option<Marked<Vec<(Oid, Oid)>>>,
    /// policyConstraints.
    pub policy_constraints: Option<Marked<PolicyConstraints>>,
    /// inhibitAnyPolicy.
    pub inhibit_any: Option<Marked<u32>>,
    /// cRLDistributionPoints.
    pub crl_points: Option<Marked<Vec<DistributionPoint>>>,
    /// authorityInfoAccess: method and where.
    pub authority_info: Option<Marked<Vec<(Oid, GeneralName)>>>,
    /// id-pkix-ocsp-nocheck.
    pub ocsp_no_check: bool,
    /// A critical extension that is not understood.
    pub unknown_critical: Option<Oid>,
    /// Whether one stands there twice.
    pub duplicate: Option<Oid>,
}

impl Extensions {
    /// Reads the SEQUENCE of extensions.
    ///
    /// # Errors
    /// When one that is understood is malformed, or the list is.
    pub fn read(element: &Element<'_>) -> Result<Self, DerError> {
        let mut all = Self::default();
        let mut seen: Vec<Oid> = Vec::new();
        for_each(element, |oid, critical, value| {
            if seen.contains(&oid) {
                all.duplicate = Some(oid.clone());
            }
            if seen.len() > 256 {
                return Err(DerError::new("too many extensions", value.at));
            }
            all.take(&oid, critical, value)?;
            seen.push(oid);
            Ok(())
        })?;
        Ok(all)
    }

    fn take(&mut self, oid: &Oid, critical: bool, value: &Element<'_>) -> Result<(), DerError> {
        let mut reader = value.reader();
        match oid.content() {
            oids::SUBJECT_KEY_ID => {
                let id = reader.expect(tag::OCTET_STRING, "the key identifier")?;
                self.subject_key_id = marked(critical, id.content.to_vec());
            }
            oids::AUTHORITY_KEY_ID => {
                self.authority_key_id = marked(critical, authority_key_id(&mut reader)?);
            }
            oids::KEY_USAGE => {
                let bits = reader.expect(tag::BIT_STRING, "key usage")?;
                self.key_usage = marked(critical, named_bits(&bits, "key usage")?);
            }
            oids::BASIC_CONSTRAINTS => {
                self.basic_constraints = marked(critical, basic_constraints(&mut reader)?);
            }
            oids::SUBJECT_ALT_NAME => {
                self.subject_alt_name = marked(critical, alternative_names(&mut reader)?);
            }
            oids::ISSUER_ALT_NAME => {
                alternative_names(&mut reader)?;
            }
            oids::EXT_KEY_USAGE => {
                self.ext_key_usage = marked(critical, oid_list(&mut reader, "extended key usage")?);
            }
            oids::NAME_CONSTRAINTS => {
                self.name_constraints = marked(critical, name_constraints(&mut reader)?);
            }
            oids::CERTIFICATE_POLICIES => {
                self.policies = marked(critical, policies(&mut reader)?);
            }
            oids::POLICY_MAPPINGS => {
                self.policy_mappings = marked(critical, mappings(&mut reader)?);
            }
            oids::POLICY_CONSTRAINTS => {
                self.policy_constraints = marked(critical, policy_constraints(&mut reader)?);
            }
            oids::INHIBIT_ANY_POLICY => {
                self.inhibit_any = marked(critical, reader.small("inhibitAnyPolicy")?);
            }
            oids::CRL_DISTRIBUTION_POINTS => {
                self.crl_points = marked(critical, distribution_points(&mut reader)?);
            }
            oids::FRESHEST_CRL => {
                distribution_points(&mut reader)?;
            }
            oids::AUTHORITY_INFO => {
                self.authority_info = marked(critical, access(&mut reader)?);
            }
            oids::SUBJECT_INFO => {
                access(&mut reader)?;
            }
            oids::OCSP_NO_CHECK => {
                reader.expect(tag::NULL, "ocsp-nocheck")?;
                self.ocsp_no_check = true;
            }
            _ => {
                if critical && self.unknown_critical.is_none() {
                    self.unknown_critical = Some(oid.clone());
                }
                return Ok(());
            }
        }
        reader.end("an extension")
    }
}

fn marked<T>(critical: bool, value: T) -> Option<Marked<T>> {
    Some(Marked { critical, value })
}

/// Walks a SEQUENCE of extensions.
pub(crate) fn for_each(
    element: &Element<'_>,
    mut take: impl FnMut(Oid, bool, &Element<'_>) -> Result<(), DerError>,
) -> Result<(), DerError> {
    let mut list = element.reader();
    if list.is_empty() {
        return Err(DerError::new("an empty list of extensions", element.at));
    }
    while !list.is_empty() {
        let mut reader = list.sequence("an extension")?;
        let oid = reader.oid("an extension's identifier")?;
        let critical = match reader.optional(tag::BOOLEAN)? {
            Some(value) => boolean_of(&value, "critical")?,
            None => false,
        };
        let value = reader.expect(tag::OCTET_STRING, "an extension's value")?;
        reader.end("an extension")?;
        take(oid, critical, &value)?;
    }
    Ok(())
}

fn alternative_names(reader: &mut Reader<'_>) -> Result<Vec<GeneralName>, DerError> {
    let at = reader.at();
    let names = GeneralName::read_all(&mut reader.sequence("alternative names")?, MOST)?;
    if names.is_empty() {
        return Err(DerError::new("an empty list of alternative names", at));
    }
    for name in &names {
        if let GeneralName::Ip(bytes) = name
            && bytes.len() != 4
            && bytes.len() != 16
        {
            return Err(DerError::new("an address of neither 4 nor 16 bytes", at));
        }
    }
    Ok(names)
}

pub(crate) fn authority_key_id(reader: &mut Reader<'_>) -> Result<AuthorityKeyId, DerError> {
    let mut inner = reader.sequence("the authority key identifier")?;
    let key_id = inner.optional(0x80)?.map(|id| id.content.to_vec());
    let mut by_serial = false;
    if let Some(names) = inner.optional(0xa1)? {
        GeneralName::read_all(&mut names.reader(), MOST)?;
        by_serial = true;
    }
    by_serial |= inner.optional(0x82)?.is_some();
    inner.end("the authority key identifier")?;
    Ok(AuthorityKeyId { key_id, by_serial })
}

fn basic_constraints(reader: &mut Reader<'_>) -> Result<BasicConstraints, DerError> {
    let mut inner = reader.sequence("basic constraints")?;
    let ca = match inner.optional(tag::BOOLEAN)? {
        Some(value) => boolean_of(&value, "cA")?,
        None => false,
    };
    let path_len = if inner.is_empty() {
        None
    } else {
        Some(inner.small("the path length")?)
    };
    inner.end("basic constraints")?;
    Ok(BasicConstraints { ca, path_len })
}

fn oid_list(reader: &mut Reader<'_>, what: &str) -> Result<Vec<Oid>, DerError> {
    let at = reader.at();
    let mut inner = reader.sequence(what)?;
    let mut list = Vec::new();
    while !inner.is_empty() && list.len() < MOST {
        list.push(inner.oid(what)?);
    }
    inner.end(what)?;
    if list.is_empty() {
        return Err(DerError::new(format!("{what} without any"), at));
    }
    Ok(list)
}

fn name_constraints(reader: &mut Reader<'_>) -> Result<NameConstraints, DerError> {
    let at = reader.at();
    let mut inner = reader.sequence("name constraints")?;
    let permitted = subtrees(inner.optional(0xa0)?)?;
    let excluded = subtrees(inner.optional(0xa1)?)?;
    inner.end("name constraints")?;
    if permitted.is_empty() && excluded.is_empty() {
        return Err(DerError::new("name constraints without any", at));
    }
    Ok(NameConstraints {
        permitted,
        excluded,
    })
}

fn subtrees(element: Option<Element<'_>>) -> Result<Vec<GeneralName>, DerError> {
    let Some(element) = element else {
        return Ok(Vec::new());
    };
    let mut reader = element.reader();
    let mut bases = Vec::new();
    while !reader.is_empty() && bases.len() < MOST {
        let mut subtree = reader.sequence("a subtree")?;
        bases.push(GeneralName::read(&subtree.any()?)?);
        // Minimum must be 0 and maximum absent (RFC 5280, 4.2.1.10); DER leaves out a 0 that is the default.
        subtree.end("a subtree's base")?;
    }
    reader.end("the subtrees")?;
    if bases.is_empty() {
        return Err(DerError::new("an empty list of subtrees", element.at));
    }
    Ok(bases)
}

fn policies(reader: &mut Reader<'_>) -> Result<Vec<Oid>, DerError> {
    let at = reader.at();
    let mut inner = reader.sequence("certificate policies")?;
    let mut list: Vec<Oid> = Vec::new();
    while !inner.is_empty() {
        let mut policy = inner.sequence("a policy")?;
        let oid = policy.oid("a policy's identifier")?;
        if let Some(qualifiers) = policy.optional(tag::SEQUENCE)? {
            let mut qualifiers = qualifiers.reader();
            while !qualifiers.is_empty() {
                let mut qualifier = qualifiers.sequence("a policy qualifier")?;
                qualifier.oid("a policy qualifier")?;
            }
        }
        policy.end("a policy")?;
        if list.contains(&oid) {
            return Err(DerError::new(format!("the policy {oid} twice"), at));
        }
        if list.len() >= 256 {
            return Err(DerError::new("too many policies", at));
        }
        list.push(oid);
    }
    if list.is_empty() {
        return Err(DerError::new("certificate policies without any", at));
    }
    Ok(list)
}

fn mappings(reader: &mut Reader<'_>) -> Result<Vec<(Oid, Oid)>, DerError> {
    let at = reader.at();
    let mut inner = reader.sequence("policy mappings")?;
    let mut list = Vec::new();
    while !inner.is_empty() && list.len() < 256 {
        let mut pair = inner.sequence("a policy mapping")?;
        list.push((pair.oid("a policy")?, pair.oid("a policy")?));
        pair.end("a policy mapping")?;
    }
    inner.end("policy mappings")?;
    if list.is_empty() {
        return Err(DerError::new("policy mappings without any", at));
    }
    Ok(list)
}

fn policy_constraints(reader: &mut Reader<'_>) -> Result<PolicyConstraints, DerError> {
    let at = reader.at();
    let number = |element: Option<Element<'_>>| match element {
        None => Ok(None),
        Some(element) => crate::der::integer_content(&element, "a count of certificates")
            .map(small)
            .and_then(|value| {
                value.map(Some).ok_or_else(|| {
                    DerError::new("a count that is negative or too large", element.at)
                })
            }),
    };
    let mut inner = reader.sequence("policy constraints")?;
    let constraints = PolicyConstraints {
        require_explicit: number(inner.optional(0x80)?)?,
        inhibit_mapping: number(inner.optional(0x81)?)?,
    };
    inner.end("policy constraints")?;
    if constraints == PolicyConstraints::default() {
        return Err(DerError::new("policy constraints without any", at));
    }
    Ok(constraints)
}

fn distribution_points(reader: &mut Reader<'_>) -> Result<Vec<DistributionPoint>, DerError> {
    let at = reader.at();
    let mut inner = reader.sequence("distribution points")?;
    let mut points = Vec::new();
    while !inner.is_empty() {
        if points.len() >= 256 {
            return Err(DerError::new("too many distribution points", at));
        }
        let mut point = inner.sequence("a distribution point")?;
        let name = match point.optional(0xa0)? {
            Some(element) => Some(point_name(&element)?),
            None => None,
        };
        let reasons = match point.optional(0x81)? {
            Some(bits) => Some(named_bits(&bits, "reasons")?),
            None => None,
        };
        let issuer = match point.optional(0xa2)? {
            Some(names) => GeneralName::read_all(&mut names.reader(), MOST)?,
            None => Vec::new(),
        };
        point.end("a distribution point")?;
        points.push(DistributionPoint {
            name,
            reasons,
            issuer,
        });
    }
    if points.is_empty() {
        return Err(DerError::new("distribution points without any", at));
    }
    Ok(points)
}

pub(crate) fn point_name(element: &Element<'_>) -> Result<PointName, DerError> {
    let mut reader = element.reader();
    let inner = reader.any()?;
    reader.end("the name of a distribution point")?;
    match inner.tag {
        0xa0 => Ok(PointName::Full(GeneralName::read_all(
            &mut inner.reader(),
            MOST,
        )?)),
        0xa1 => {
            Name::default().extended(&inner)?;
            Ok(PointName::Relative(inner.whole.to_vec()))
        }
        _ => Err(DerError::new(
            "an unknown name of a distribution point",
            inner.at,
        )),
    }
}

fn access(reader: &mut Reader<'_>) -> Result<Vec<(Oid, GeneralName)>, DerError> {
    let at = reader.at();
    let mut inner = reader.sequence("access descriptions")?;
    let mut list = Vec::new();
    while !inner.is_empty() && list.len() < 256 {
        let mut description = inner.sequence("an access description")?;
        let method = description.oid("an access method")?;
        list.push((method, GeneralName::read(&description.any()?)?));
        description.end("an access description")?;
    }
    inner.end("access descriptions")?;
    if list.is_empty() {
        return Err(DerError::new("access descriptions without any", at));
    }
    Ok(list)
}
