//! Secrets of a session: the token in the cookie and the tokens against forged forms.
//!
//! None of them can be printed by accident. Only the SHA-256 of a session token is ever stored.

use sha2::{Digest, Sha256};

/// The 256-bit secret a signed-in browser holds.
#[derive(Clone)]
pub struct SessionToken([u8; 32]);

impl SessionToken {
    /// A new random token.
    #[must_use]
    pub fn random() -> Self {
        Self(random())
    }

    /// Reads a token from a cookie; `None` if it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse_hex(text).map(Self)
    }

    /// The text for the cookie (64 hexadecimal digits). Goes into the cookie and nowhere else.
    #[must_use]
    pub fn reveal(&self) -> String {
        hex(&self.0)
    }

    /// What is stored and shown in lists of sessions.
    #[must_use]
    pub fn id(&self) -> SessionKey {
        SessionKey(hex(&digest(b"yuandu session", &self.0)))
    }

    /// The token for the forms of this session. It is derived, so that it is stored nowhere.
    #[must_use]
    pub fn csrf(&self) -> CsrfToken {
        CsrfToken(digest(b"yuandu csrf", &self.0))
    }
}

/// The stored name of a session: the hash of its token.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(String);

impl SessionKey {
    /// Reads an id as it is stored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse_hex(text).map(|_| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A token that a form must send back, so that other sites cannot send it in a visitor's name.
#[derive(Clone)]
pub struct CsrfToken([u8; 32]);

impl CsrfToken {
    /// A random token for visitors without a session: it goes into a cookie and into the form, and both must agree.
    #[must_use]
    pub fn random() -> Self {
        Self(random())
    }

    /// Reads a token from a cookie or field; `None` if it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse_hex(text).map(Self)
    }

    /// The text for the form field (and, without a session, the cookie).
    #[must_use]
    pub fn reveal(&self) -> String {
        hex(&self.0)
    }

    /// Whether a form sent this token; takes the same time wherever they differ.
    #[must_use]
    pub fn matches(&self, sent: &str) -> bool {
        parse_hex(sent).is_some_and(|sent| same(&self.0, &sent))
    }
}

/// Whether the cookie and the form field of a visitor without a session agree.
#[must_use]
pub fn double_submit_matches(cookie: &str, field: &str) -> bool {
    CsrfToken::parse(cookie).is_some_and(|token| token.matches(field))
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes);
    bytes
}

fn digest(purpose: &[u8], secret: &[u8; 32]) -> [u8; 32] {
    Sha256::new()
        .chain_update(purpose)
        .chain_update([0])
        .chain_update(secret)
        .finalize()
        .into()
}

fn same(left: &[u8; 32], right: &[u8; 32]) -> bool {
    let difference = left
        .iter()
        .zip(right)
        .fold(0, |difference, (left, right)| difference | (left ^ right));
    std::hint::black_box(difference) == 0
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(pair)
            .ok()
            .filter(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_the_cookie_and_two_tokens_differ() {
        let token = SessionToken::random();
        let back = SessionToken::parse(&token.reveal()).unwrap();
        assert_eq!(back.id(), token.id());
        assert_ne!(SessionToken::random().id(), token.id());
    }

    #[test]
    fn a_damaged_token_is_no_token() {
        for text in [
            "",
            "0",
            &"g".repeat(64),
            &"é".repeat(32),
            &"0".repeat(63),
            &"+".repeat(64),
        ] {
            assert!(SessionToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_stored_id_and_the_form_token_do_not_reveal_the_cookie() {
        let token = SessionToken::random();
        assert_ne!(token.id().as_str(), token.reveal());
        assert_ne!(token.csrf().reveal(), token.reveal());
        assert_ne!(token.csrf().reveal(), token.id().as_str());
    }

    #[test]
    fn a_form_is_taken_only_with_its_own_token() {
        let token = SessionToken::random();
        assert!(token.csrf().matches(&token.csrf().reveal()));
        assert!(
            !token
                .csrf()
                .matches(&SessionToken::random().csrf().reveal())
        );
        assert!(!token.csrf().matches(""));
    }

    #[test]
    fn without_a_session_cookie_and_field_must_agree_and_be_tokens() {
        let token = CsrfToken::random().reveal();
        assert!(double_submit_matches(&token, &token));
        assert!(!double_submit_matches(
            &token,
            &CsrfToken::random().reveal()
        ));
        assert!(!double_submit_matches("", ""));
        assert!(!double_submit_matches("x", "x"));
    }
}
