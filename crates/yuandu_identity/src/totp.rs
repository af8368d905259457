//! One-time codes from a shared secret and the time (RFC 6238, RFC 4226): SHA-1, 30 seconds, 6 digits, as every
//! authenticator app reads them. Pure: secrets and time are handed in.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

/// Length of a secret (RFC 4226, 4: 160 bits recommended).
pub(crate) const SECRET: usize = 20;
const STEP_SECONDS: i64 = 30;
/// Steps before and after now that are accepted, because the clocks of phones differ (RFC 6238, 5.2).
const SKEW: i64 = 1;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step at an instant.
pub(crate) fn step(now: Timestamp) -> i64 {
    now.as_second().div_euclid(STEP_SECONDS)
}

/// The code of a step.
pub(crate) fn code(secret: &[u8; SECRET], step: i64) -> String {
    // HMAC fills a shorter key up with zeros to the block of the hash (RFC 2104, 2).
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(secret) {
        *to = *from;
    }
    let digest: [u8; 20] = Hmac::<Sha1>::new(&block.into())
        .chain_update(step.to_be_bytes())
        .finalize()
        .into_bytes()
        .into();
    let offset = usize::from(digest.last().copied().unwrap_or(0) & 15);
    let four = digest.iter().skip(offset).take(4);
    let number = four.fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// The step whose code was typed, if it is near enough and later than the last one used: a code works once.
pub(crate) fn matched(
    secret: &[u8; SECRET],
    typed: &str,
    now: Timestamp,
    used: Option<i64>,
) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let here = step(now);
    // Every step is computed, so that the time does not tell which one was near.
    let mut found = None;
    for step in here - SKEW..=here + SKEW {
        let same: bool = code(secret, step).as_bytes().ct_eq(typed.as_bytes()).into();
        if same && used.is_none_or(|used| step > used) {
            found = Some(step);
        }
    }
    found
}

/// A secret as people type it into an app (RFC 4648 base32, without padding).
pub(crate) fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            let digit = usize::try_from((held >> bits) & 31).unwrap_or(0);
            text.extend(ALPHABET.get(digit).map(|byte| char::from(*byte)));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        let digit = usize::try_from((held << (5 - bits)) & 31).unwrap_or(0);
        text.extend(ALPHABET.get(digit).map(|byte| char::from(*byte)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the secret of the SHA-1 vectors.
    const RFC: &[u8; SECRET] = b"12345678901234567890";

    #[test]
    fn the_codes_are_those_of_the_standard() {
        // RFC 6238, appendix B; the last six of the eight digits printed there.
        for (second, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp::from_second(second).unwrap();
            assert_eq!(code(RFC, step(now)), expected, "{second}");
        }
        // RFC 4226, appendix D.
        for (count, expected) in (0..).zip([
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ]) {
            assert_eq!(code(RFC, count), expected);
        }
    }

    #[test]
    fn a_code_works_once_and_only_near_its_time() {
        let now = Timestamp::from_second(1_111_111_109).unwrap();
        let here = step(now);
        assert_eq!(matched(RFC, "081 804", now, None), Some(here));
        assert_eq!(matched(RFC, "081804", now, Some(here)), None, "used");
        assert_eq!(
            matched(RFC, &code(RFC, here + 1), now, None),
            Some(here + 1)
        );
        assert_eq!(
            matched(RFC, &code(RFC, here - 1), now, Some(here)),
            None,
            "earlier than the last"
        );
        assert_eq!(matched(RFC, &code(RFC, here + 2), now, None), None);
        for wrong in ["", "0818", "0818040", "abcdef", "０８１８０４"] {
            assert_eq!(matched(RFC, wrong, now, None), None, "{wrong}");
        }
    }

    #[test]
    fn base32_is_the_one_of_the_standard() {
        // RFC 4648, 10, without padding.
        for (plain, expected) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), expected);
        }
    }
}
