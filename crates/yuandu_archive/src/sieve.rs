//! Says of a segment, without opening it, that something is certainly not in it: a Bloom filter over pairs of neighbouring
//! characters of the words, with runs of three where they are letters and digits of ASCII (whose pairs are everywhere), and
//! one over the ids and numbers of the matters.

use std::collections::BTreeSet;

/// Bits for each pair and positions set for each: one pair in a hundred is taken for there.
const BITS: usize = 10;
const HASHES: u64 = 7;
/// The same for ids and numbers: one segment in two thousand is opened in vain.
const KEY_BITS: usize = 16;
/// Smallest and largest filter in bytes.
const SMALLEST: usize = 64;
const LARGEST: usize = 512 * 1024;

/// A text as it is compared: in small letters.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// The pairs of neighbouring characters of every word, and the runs of three of ASCII; a single character stands for itself.
fn pairs(text: &str) -> BTreeSet<u64> {
    let mut all = BTreeSet::new();
    for word in text.split_whitespace() {
        let letters: Vec<u64> = word
            .chars()
            .map(|letter| u64::from(u32::from(letter)))
            .collect();
        all.extend(letters.iter().copied());
        all.extend(letters.windows(2).filter_map(|two| match two {
            [one, other] => Some((one << 21) | other),
            _ => None,
        }));
        all.extend(letters.windows(3).filter_map(|three| match three {
            [one, two, other] if three.iter().all(|letter| *letter < 128) => {
                Some((one << 42) | (two << 21) | other)
            }
            _ => None,
        }));
    }
    all
}

/// Spreads a number over all bits (the finalizer of SplitMix64).
fn spread(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

fn places(number: u64, bits: u64) -> impl Iterator<Item = (usize, u8)> {
    let (first, step) = (spread(number), spread(number ^ u64::MAX) | 1);
    (0..HASHES).map(move |at| {
        let place = first.wrapping_add(step.wrapping_mul(at)) % bits.max(1);
        (usize::try_from(place / 8).unwrap_or(0), 1_u8 << (place % 8))
    })
}

fn filter(all: &BTreeSet<u64>, bits_each: usize) -> Vec<u8> {
    let bytes = (all.len() * bits_each / 8).clamp(SMALLEST, LARGEST);
    let mut filter = vec![0_u8; bytes];
    for number in all {
        for (at, bit) in places(*number, 8 * bytes as u64) {
            if let Some(byte) = filter.get_mut(at) {
                *byte |= bit;
            }
        }
    }
    filter
}

fn holds(filter: &[u8], number: u64) -> bool {
    places(number, 8 * filter.len() as u64)
        .all(|(at, bit)| filter.get(at).is_some_and(|byte| byte & bit != 0))
}

/// The filter over the words of these texts.
pub(crate) fn sieve<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<u8> {
    filter(&texts.flat_map(|text| pairs(&folded(text))).collect(), BITS)
}

/// Whether a text with all these words may be among those the filter was made of.
pub(crate) fn may_hold(filter: &[u8], words: &str) -> bool {
    pairs(&folded(words))
        .into_iter()
        .all(|pair| holds(filter, pair))
}

/// The filter over whole ids and numbers.
pub(crate) fn keys<'a>(names: impl Iterator<Item = &'a str>) -> Vec<u8> {
    filter(&names.map(hash).collect(), KEY_BITS)
}

/// Whether an id or number may be among those the filter was made of.
pub(crate) fn may_be(filter: &[u8], key: &str) -> bool {
    holds(filter, hash(key))
}

/// FNV-1a: the filter is kept, so its hash must never change with a library.
fn hash(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_word_that_is_there_is_denied(texts in proptest::collection::vec("[停水电气路1 A]{0,20}", 0..30), at in 0_usize..30) {
            let filter = sieve(texts.iter().map(String::as_str));
            if let Some(text) = texts.get(at) {
                proptest::prop_assert!(may_hold(&filter, text));
                let part: String = text.chars().take(3).collect();
                proptest::prop_assert!(may_hold(&filter, &part));
            }
        }
    }

    #[test]
    fn ids_and_numbers_are_told_apart_as_a_whole() {
        let names: Vec<String> = (0..2000).map(|n| format!("20260921-{n:06}-7")).collect();
        let filter = keys(names.iter().map(String::as_str));
        assert!(names.iter().all(|name| may_be(&filter, name)));
        let wrong = (2000..12_000)
            .filter(|n| may_be(&filter, &format!("20260921-{n:06}-7")))
            .count();
        assert!(wrong < 20, "{wrong}");
    }

    #[test]
    fn most_of_what_is_not_there_is_denied() {
        let texts: Vec<String> = (0..5000).map(|number| format!("路灯{number}号")).collect();
        let filter = sieve(texts.iter().map(String::as_str));
        let held = (0..1000_u32)
            .filter(|number| {
                let letters =
                    [0x5000 + number, 0x6000 + number].map(|code| char::from_u32(code).unwrap());
                may_hold(&filter, &letters.iter().collect::<String>())
            })
            .count();
        assert!(held < 20, "{held}");
    }
}
