//! Certificates: a template with everything in it, signed as it stands.

use jiff::Timestamp;

use crate::der::{bit_string, context, integer, octets, oid_of, sequence, time_of};
use crate::key::PublicKey;

use super::{SignError, Signer};

/// An extension to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionSpec {
    /// Its identifier's content.
    pub oid: Vec<u8>,
    /// Whether who does not understand it must refuse.
    pub critical: bool,
    /// Its value, DER.
    pub value: Vec<u8>,
}

/// A certificate to be signed.
#[derive(Debug, Clone)]
pub struct Template {
    /// Bytes of the serial number.
    pub serial: Vec<u8>,
    /// The issuer's name, DER.
    pub issuer: Vec<u8>,
    /// The subject's name, DER.
    pub subject: Vec<u8>,
    /// From when.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// The key.
    pub key: PublicKey,
    /// Extensions, in their order.
    pub extensions: Vec<ExtensionSpec>,
}

/// Writes a list of extensions.
#[must_use]
pub fn write_extensions(list: &[ExtensionSpec]) -> Vec<u8> {
    let each: Vec<Vec<u8>> = list
        .iter()
        .map(|extension| {
            let critical = if extension.critical {
                crate::der::boolean(true)
            } else {
                Vec::new()
            };
            sequence(&[
                &oid_of(&extension.oid),
                &critical,
                &octets(&extension.value),
            ])
        })
        .collect();
    let each: Vec<&[u8]> = each.iter().map(Vec::as_slice).collect();
    sequence(&each)
}

/// Signs a certificate.
///
/// # Errors
/// When the key of the template cannot be written or the signer refuses.
pub fn sign_certificate(template: &Template, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
    let spki = template
        .key
        .to_spki()
        .ok_or_else(|| SignError::Key(format!("no certificate for {}", template.key.kind())))?;
    let algorithm = signer.algorithm();
    let validity = sequence(&[&time_of(template.not_before), &time_of(template.not_after)]);
    let extensions = if template.extensions.is_empty() {
        Vec::new()
    } else {
        context(3, &write_extensions(&template.extensions))
    };
    let tbs = sequence(&[
        &context(0, &crate::der::integer_of(2)),
        &integer(&template.serial),
        &algorithm,
        &template.issuer,
        &validity,
        &template.subject,
        &spki,
        &extensions,
    ]);
    let signature = signer.sign(&tbs)?;
    Ok(sequence(&[&tbs, &algorithm, &bit_string(&signature)]))
}

/// The extensions that are written here.
pub mod extensions {
    use super::ExtensionSpec;
    use crate::der::{
        bits, boolean, context, ia5, integer_of, octets, oid_of, primitive, sequence, set_of, utf8,
    };
    use crate::key::{Digest, PublicKey, digest};
    use crate::oids;

    fn spec(oid: &[u8], critical: bool, value: Vec<u8>) -> ExtensionSpec {
        ExtensionSpec {
            oid: oid.to_vec(),
            critical,
            value,
        }
    }

    /// The identifier of a key: SHA-1 of its bits (RFC 5280, 4.2.1.2 (1)); a name, not a proof.
    #[must_use]
    pub fn key_id(key: &PublicKey) -> Vec<u8> {
        let spki = key.to_spki().unwrap_or_default();
        let mut reader = crate::der::Reader::new(&spki);
        let bits = reader.any().and_then(|outer| {
            let mut inner = outer.reader();
            inner.any()?;
            inner.octet_aligned("the key")
        });
        digest(Digest::Sha1, bits.unwrap_or_default())
    }

    /// basicConstraints.
    #[must_use]
    pub fn authority(ca: bool, path_len: Option<u64>) -> ExtensionSpec {
        let flag = if ca { boolean(true) } else { Vec::new() };
        let length = path_len.map(integer_of).unwrap_or_default();
        spec(oids::BASIC_CONSTRAINTS, true, sequence(&[&flag, &length]))
    }

    /// keyUsage.
    #[must_use]
    pub fn key_usage(usage: u16) -> ExtensionSpec {
        spec(oids::KEY_USAGE, true, bits(usage))
    }

    /// extKeyUsage.
    #[must_use]
    pub fn ext_key_usage(purposes: &[&[u8]], critical: bool) -> ExtensionSpec {
        let each: Vec<Vec<u8>> = purposes.iter().map(|oid| oid_of(oid)).collect();
        spec(
            oids::EXT_KEY_USAGE,
            critical,
            primitive(0x30, &each.concat()),
        )
    }

    /// subjectKeyIdentifier.
    #[must_use]
    pub fn subject_key_id(key: &PublicKey) -> ExtensionSpec {
        spec(oids::SUBJECT_KEY_ID, false, octets(&key_id(key)))
    }

    /// authorityKeyIdentifier.
    #[must_use]
    pub fn authority_key_id(key: &PublicKey) -> ExtensionSpec {
        let id = primitive(0x80, &key_id(key));
        spec(oids::AUTHORITY_KEY_ID, false, sequence(&[&id]))
    }

    /// subjectAltName, of names that are written already.
    #[must_use]
    pub fn alternative_names(names: &[Vec<u8>], critical: bool) -> ExtensionSpec {
        spec(
            oids::SUBJECT_ALT_NAME,
            critical,
            primitive(0x30, &names.concat()),
        )
    }

    /// A dNSName.
    #[must_use]
    pub fn dns(host: &str) -> Vec<u8> {
        primitive(0x82, host.as_bytes())
    }

    /// An rfc822Name.
    #[must_use]
    pub fn email(mailbox: &str) -> Vec<u8> {
        primitive(0x81, mailbox.as_bytes())
    }

    /// An iPAddress.
    #[must_use]
    pub fn ip(address: std::net::IpAddr) -> Vec<u8> {
        match address {
            std::net::IpAddr::V4(four) => primitive(0x87, &four.octets()),
            std::net::IpAddr::V6(six) => primitive(0x87, &six.octets()),
        }
    }

    /// A uniformResourceIdentifier.
    #[must_use]
    pub fn uri(text: &str) -> Vec<u8> {
        primitive(0x86, text.as_bytes())
    }

    /// cRLDistributionPoints with one address.
    #[must_use]
    pub fn crl_point(address: &str) -> ExtensionSpec {
        let full = context(0, &context(0, &uri(address)));
        spec(
            oids::CRL_DISTRIBUTION_POINTS,
            false,
            sequence(&[&sequence(&[&full])]),
        )
    }

    /// authorityInfoAccess with the responder and the issuer's certificate.
    #[must_use]
    pub fn authority_info(ocsp: &str, issuer: &str) -> ExtensionSpec {
        let one = |method: &[u8], address: &str| sequence(&[&oid_of(method), &uri(address)]);
        spec(
            oids::AUTHORITY_INFO,
            false,
            sequence(&[&one(oids::AD_OCSP, ocsp), &one(oids::AD_CA_ISSUERS, issuer)]),
        )
    }

    /// certificatePolicies.
    #[must_use]
    pub fn policies(list: &[&str]) -> ExtensionSpec {
        let each: Vec<Vec<u8>> = list
            .iter()
            .filter_map(|text| crate::der::Oid::from_dotted(text))
            .map(|oid| sequence(&[&oid.to_der()]))
            .collect();
        spec(
            oids::CERTIFICATE_POLICIES,
            false,
            primitive(0x30, &each.concat()),
        )
    }

    /// id-pkix-ocsp-nocheck.
    #[must_use]
    pub fn ocsp_no_check() -> ExtensionSpec {
        spec(oids::OCSP_NO_CHECK, false, crate::der::null())
    }

    /// nameConstraints of subtrees that are written already.
    #[must_use]
    pub fn name_constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> ExtensionSpec {
        let trees = |number: u8, list: &[Vec<u8>]| {
            if list.is_empty() {
                return Vec::new();
            }
            let each: Vec<Vec<u8>> = list.iter().map(|name| sequence(&[name])).collect();
            context(number, &each.concat())
        };
        spec(
            oids::NAME_CONSTRAINTS,
            true,
            sequence(&[&trees(0, permitted), &trees(1, excluded)]),
        )
    }

    /// A name of parts in their order: country as PrintableString, mail as IA5String, all else as UTF8String.
    #[must_use]
    pub fn name(parts: &[(&[u8], &str)]) -> Vec<u8> {
        let each: Vec<Vec<u8>> = parts
            .iter()
            .map(|(oid, text)| {
                let value = match *oid {
                    oids::COUNTRY => primitive(0x13, text.as_bytes()),
                    oids::EMAIL_ADDRESS => ia5(text),
                    _ => utf8(text),
                };
                set_of(vec![sequence(&[&oid_of(oid), &value])])
            })
            .collect();
        primitive(0x30, &each.concat())
    }
}
