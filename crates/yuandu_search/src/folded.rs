//! Texts made comparable, and the pairs of neighbouring characters that the index is made of.

/// Longest text that is indexed: a long article; the rest of a longer one is not searched.
const MOST_CHARS: usize = 20_000;

/// Stands between runs of characters and never inside a phrase.
pub const GAP: char = ' ';

/// A text with half-width, small letters and one gap for whatever is neither letter nor digit.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = true;
    for letter in text.chars().take(MOST_CHARS) {
        let narrow = match letter {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
            other => other,
        };
        if narrow.is_alphanumeric() {
            out.extend(narrow.to_lowercase());
            gap = false;
        } else if !gap {
            out.push(GAP);
            gap = true;
        }
    }
    if out.ends_with(GAP) {
        out.pop();
    }
    out
}

/// Two neighbouring characters as one number; the second is [`GAP`] at the end of a run.
pub type Pair = u64;

/// The pair of two characters.
pub fn pair(first: char, second: char) -> Pair {
    (u64::from(u32::from(first)) << 32) | u64::from(u32::from(second))
}

/// The first character of a pair.
pub fn first_of(pair: Pair) -> u32 {
    u32::try_from(pair >> 32).unwrap_or(u32::MAX)
}

/// All pairs of a folded text, each once, in order.
pub fn pairs(folded: &str) -> Vec<Pair> {
    let next = folded.chars().skip(1).chain([GAP]);
    let mut all: Vec<Pair> = folded
        .chars()
        .zip(next)
        .filter(|(one, _)| *one != GAP)
        .map(|(one, other)| pair(one, other))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_and_punctuation_make_no_difference() {
        assert_eq!(folded("  ＡＢＣ路，12号！"), "abc路 12号");
        assert_eq!(folded("……"), "");
    }

    #[test]
    fn every_character_begins_one_pair() {
        let mut expected = [pair('停', '水'), pair('水', GAP)];
        expected.sort_unstable();
        assert_eq!(pairs("停水"), expected);
    }
}
