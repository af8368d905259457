//! A text as the few symbols that carry meaning: characters, whole Latin words, and numbers by their length.
//!
//! What differs without meaning anything (width, case, spaces, which number exactly) is made equal here, so that everything above counts
//! only what is said. Start with [`symbols`].

/// Longest text that is looked at; a caller's whole story fits, a pasted file does not.
pub const MAX_SYMBOLS: usize = 4_000;

/// Between sentences and clauses: runs of symbols do not reach over it.
pub const BREAK: u32 = 0;

/// Symbols at and above this are whole Latin words, by hash.
const WORD: u32 = 0x8000_0000;
/// Symbols from here are numbers by their count of digits, up to [`LONGEST_NUMBER`].
const NUMBER: u32 = 0x0020_0000;
/// A telephone number has eleven digits, an identity number eighteen: longer ones are all the same.
const LONGEST_NUMBER: u32 = 12;

/// The symbols of a text, with [`BREAK`] where punctuation, spaces or line ends stood, never two of them in a row.
pub fn symbols(text: &str) -> Vec<u32> {
    let mut found = Vec::with_capacity(text.len() / 3 + 1);
    let mut letters = text.chars().map(folded).peekable();
    while let Some(letter) = letters.next() {
        if found.len() >= MAX_SYMBOLS {
            break;
        }
        if letter.is_ascii_digit() {
            let mut digits = 1;
            while letters.next_if(char::is_ascii_digit).is_some() {
                digits += 1;
            }
            found.push(NUMBER + digits.min(LONGEST_NUMBER));
        } else if is_latin(letter) {
            let mut hash = mixed(0, u32::from(letter));
            while let Some(next) = letters.next_if(|next| is_latin(*next)) {
                hash = mixed(hash, u32::from(next));
            }
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the low half of a mixed hash is what is wanted"
            )]
            found.push(WORD | (hash as u32));
        } else if letter.is_alphanumeric() {
            found.push(u32::from(letter));
        } else if found.last().is_some_and(|last| *last != BREAK) {
            found.push(BREAK);
        }
    }
    found
}

/// One step of a hash that spreads every bit over all of them.
pub fn mixed(seed: u64, symbol: u32) -> u64 {
    let mut x = seed ^ (u64::from(symbol).wrapping_add(0x9E37_79B9_7F4A_7C15));
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

fn is_latin(letter: char) -> bool {
    letter.is_alphabetic() && u32::from(letter) < 0x250
}

/// Full-width forms as half-width, capitals as small letters.
fn folded(letter: char) -> char {
    let narrow = match letter {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        other => other,
    };
    narrow.to_lowercase().next().unwrap_or(narrow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_and_the_digits_of_a_number_make_no_difference() {
        assert_eq!(symbols("ＡＢ路１２号"), symbols("ab路98号"));
        assert_ne!(symbols("路1号"), symbols("路12号"));
    }

    #[test]
    fn punctuation_and_spaces_become_one_break() {
        let found = symbols("停水了！！ 三天");
        assert_eq!(found.iter().filter(|symbol| **symbol == BREAK).count(), 1);
        assert_eq!(found.len(), 6);
    }

    #[test]
    fn an_endless_text_is_cut() {
        assert!(symbols(&"水".repeat(100_000)).len() <= MAX_SYMBOLS);
    }
}
