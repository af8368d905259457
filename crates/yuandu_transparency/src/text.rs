//! Base64 as the published formats write it, and sizes in decimal.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::TransparencyError;

/// Standard base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of standard base64 with padding.
pub(crate) fn unbase64(what: &'static str, text: &str) -> Result<Vec<u8>, TransparencyError> {
    STANDARD
        .decode(text)
        .map_err(|error| TransparencyError::malformed(what, error.to_string()))
}

/// The 32 bytes of a hash in base64.
pub(crate) fn unbase64_hash(what: &'static str, text: &str) -> Result<[u8; 32], TransparencyError> {
    unbase64(what, text)?
        .try_into()
        .map_err(|_| TransparencyError::malformed(what, "a hash has 32 bytes"))
}

/// A number in decimal without leading zeros or sign.
pub(crate) fn decimal(what: &'static str, text: &str) -> Result<u64, TransparencyError> {
    let plain = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    plain
        .then(|| text.parse().ok())
        .flatten()
        .ok_or_else(|| TransparencyError::malformed(what, format!("`{}` is not a size", cut(text))))
}

/// Text from outside, short enough for a message.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}
