//! The object identifiers that are known here, as content octets, with what people call them.

/// 2.5.29.14
pub const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 14];
/// 2.5.29.15
pub const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
/// 2.5.29.17
pub const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 17];
/// 2.5.29.18
pub const ISSUER_ALT_NAME: &[u8] = &[0x55, 0x1d, 18];
/// 2.5.29.19
pub const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
/// 2.5.29.20
pub const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 20];
/// 2.5.29.21
pub const CRL_REASON: &[u8] = &[0x55, 0x1d, 21];
/// 2.5.29.24
pub const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 24];
/// 2.5.29.27
pub const DELTA_CRL: &[u8] = &[0x55, 0x1d, 27];
/// 2.5.29.28
pub const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 28];
/// 2.5.29.29
pub const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 29];
/// 2.5.29.30
pub const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
/// 2.5.29.31
pub const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 31];
/// 2.5.29.32
pub const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 32];
/// 2.5.29.32.0
pub const ANY_POLICY: &[u8] = &[0x55, 0x1d, 32, 0];
/// 2.5.29.33
pub const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 33];
/// 2.5.29.35
pub const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1d, 35];
/// 2.5.29.36
pub const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 36];
/// 2.5.29.37
pub const EXT_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
/// 2.5.29.37.0
pub const ANY_EKU: &[u8] = &[0x55, 0x1d, 37, 0];
/// 2.5.29.46
pub const FRESHEST_CRL: &[u8] = &[0x55, 0x1d, 46];
/// 2.5.29.54
pub const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 54];
/// 1.3.6.1.5.5.7.1.1
pub const AUTHORITY_INFO: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];
/// 1.3.6.1.5.5.7.1.11
pub const SUBJECT_INFO: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 11];
/// 1.3.6.1.5.5.7.48.1
pub const AD_OCSP: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1];
/// 1.3.6.1.5.5.7.48.2
pub const AD_CA_ISSUERS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 2];
/// 1.3.6.1.5.5.7.48.1.5
pub const OCSP_NO_CHECK: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 5];

/// 1.3.6.1.5.5.7.48.1.1
pub const OCSP_BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
/// 1.3.6.1.5.5.7.48.1.2
pub const OCSP_NONCE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2];

/// 1.2.840.113549.1.7.1
pub const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
/// 1.2.840.113549.1.7.2
pub const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
/// 1.2.840.113549.1.9.3
pub const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
/// 1.2.840.113549.1.9.4
pub const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
/// 1.2.840.113549.1.9.5
pub const SIGNING_TIME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 5];
/// 1.2.840.113549.1.9.16.2.47
pub const SIGNING_CERTIFICATE_V2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 47];
/// 1.2.840.113549.1.9.16.1.4
pub const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4];

/// 1.3.6.1.5.5.7.3.1
pub const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
/// 1.3.6.1.5.5.7.3.2
pub const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
/// 1.3.6.1.5.5.7.3.3
pub const CODE_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 3];
/// 1.3.6.1.5.5.7.3.4
pub const EMAIL_PROTECTION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 4];
/// 1.3.6.1.5.5.7.3.8
pub const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
/// 1.3.6.1.5.5.7.3.9
pub const OCSP_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];
/// 1.3.6.1.5.5.7.3.36
pub const DOCUMENT_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 36];
/// 1.3.6.1.4.1.311.10.3.12
pub const MS_DOCUMENT_SIGNING: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 12];
/// 1.2.840.113583.1.1.5
pub const PDF_SIGNING: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x2f, 1, 1, 5];
/// 1.3.6.1.4.1.11129.2.4.4
pub const PRECERTIFICATE_SIGNING: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 4];

/// 1.2.840.113549.1.1.1
pub const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
/// 1.2.840.113549.1.1.5
pub const RSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5];
/// 1.2.840.113549.1.1.8
pub const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];
/// 1.2.840.113549.1.1.10
pub const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
/// 1.2.840.113549.1.1.11
pub const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
/// 1.2.840.113549.1.1.12
pub const RSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12];
/// 1.2.840.113549.1.1.13
pub const RSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13];
/// 1.2.840.113549.1.1.14
pub const RSA_SHA224: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14];
/// 1.2.840.10045.2.1
pub const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
/// 1.2.840.10045.3.1.7
pub const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
/// 1.3.132.0.34
pub const P384: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
/// 1.3.132.0.35
pub const P521: &[u8] = &[0x2b, 0x81, 4, 0, 0x23];
/// 1.2.840.10045.4.1
pub const ECDSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];
/// 1.2.840.10045.4.3.1
pub const ECDSA_SHA224: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1];
/// 1.2.840.10045.4.3.2
pub const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
/// 1.2.840.10045.4.3.3
pub const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
/// 1.2.840.10045.4.3.4
pub const ECDSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4];
/// 1.3.101.112
pub const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// 1.2.156.10197.1.301
pub const SM2: &[u8] = &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d];
/// 1.2.156.10197.1.401
pub const SM3: &[u8] = &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x83, 0x11];
/// 1.2.156.10197.1.501
pub const SM2_SM3: &[u8] = &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x83, 0x75];
/// 1.2.840.10040.4.1
pub const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
/// 1.2.840.10040.4.3
pub const DSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3];
/// 2.16.840.1.101.3.4.3.1
pub const DSA_SHA224: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 1];
/// 2.16.840.1.101.3.4.3.2
pub const DSA_SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 2];
/// 2.16.840.1.101.3.4.3.17
pub const ML_DSA_44: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17];
/// 2.16.840.1.101.3.4.3.18
pub const ML_DSA_65: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18];
/// 2.16.840.1.101.3.4.3.19
pub const ML_DSA_87: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 19];
/// 1.3.14.3.2.26
pub const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 0x1a];
/// 2.16.840.1.101.3.4.2.1
pub const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
/// 2.16.840.1.101.3.4.2.2
pub const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
/// 2.16.840.1.101.3.4.2.3
pub const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];
/// 2.16.840.1.101.3.4.2.4
pub const SHA224: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4];

/// 2.5.4.3
pub const COMMON_NAME: &[u8] = &[0x55, 4, 3];
/// 2.5.4.6
pub const COUNTRY: &[u8] = &[0x55, 4, 6];
/// 2.5.4.10
pub const ORGANISATION: &[u8] = &[0x55, 4, 10];
/// 2.5.4.11
pub const ORGANISATIONAL_UNIT: &[u8] = &[0x55, 4, 11];
/// 2.5.4.5
pub const SERIAL_NUMBER: &[u8] = &[0x55, 4, 5];
/// 2.5.4.12
pub const TITLE: &[u8] = &[0x55, 4, 12];
/// 2.5.4.97
pub const ORGANISATION_ID: &[u8] = &[0x55, 4, 97];
/// 1.2.840.113549.1.9.1
pub const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];

/// The short name by which people write an attribute of a name.
#[must_use]
pub fn attribute_name(content: &[u8]) -> Option<&'static str> {
    Some(match content {
        COMMON_NAME => "CN",
        COUNTRY => "C",
        ORGANISATION => "O",
        ORGANISATIONAL_UNIT => "OU",
        EMAIL_ADDRESS => "emailAddress",
        [0x55, 4, 4] => "SN",
        [0x55, 4, 5] => "serialNumber",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 9] => "street",
        [0x55, 4, 12] => "title",
        [0x55, 4, 42] => "GN",
        [0x55, 4, 97] => "organizationIdentifier",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1] => "UID",
        _ => return None,
    })
}
