//! Opaque secrets: codes, tokens, client secrets. 256 random bits each; only their SHA-256 is stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// A new secret with a prefix that tells leak scanners what it is.
pub(crate) fn fresh(prefix: &str) -> String {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes);
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// A new identifier that is not secret.
pub(crate) fn fresh_id() -> String {
    let mut bytes = [0_u8; 12];
    rand::fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is stored of a secret.
pub(crate) fn hash(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}

/// Whether two texts are equal, in a time that does not depend on where they differ.
pub(crate) fn same(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

/// The left half of the SHA-256, as `at_hash` wants it.
pub(crate) fn half_hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let (half, _) = digest.split_at(16);
    URL_SAFE_NO_PAD.encode(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_their_hash_does_not_reveal_them() {
        let secret = fresh("yc_");
        assert_ne!(secret, fresh("yc_"));
        assert!(!hash(&secret).contains(&secret[3..10]));
        assert!(same(&hash(&secret), &hash(&secret)));
        assert!(!same("a", "ab"));
    }

    #[test]
    fn the_half_hash_is_the_one_of_the_standard() {
        // OpenID Connect Core 1.0, A.3: access token and its at_hash.
        assert_eq!(
            half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
    }
}
