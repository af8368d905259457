//! Check characters: ISO 7064 MOD 11-2, GB 32100, GB 11714 and the Damm scheme.
//!
//! The functions work on values, not on text; none on characters outside the alphabet means the caller has not
//! looked at the characters yet.

/// The alphabet of GB 32100: digits and capitals without I, O, S, V and Z.
pub(crate) const CREDIT_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The ISO 7064 MOD 11-2 check character of a string of digits (GB 11643).
pub(crate) fn mod_11_2(digits: &str) -> Option<char> {
    let mut sum = 0;
    for c in digits.chars() {
        sum = (sum + c.to_digit(10)?) * 2 % 11;
    }
    match (12 - sum) % 11 {
        10 => Some('X'),
        value => char::from_digit(value, 10),
    }
}

/// The check character of the first 17 characters of a credit code (GB 32100): the weights are powers of 3 modulo 31.
pub(crate) fn credit(body: &str) -> Option<char> {
    let mut sum = 0;
    let mut weight = 1;
    for c in body.chars() {
        sum = (sum + weight * CREDIT_ALPHABET.find(c)?) % 31;
        weight = weight * 3 % 31;
    }
    CREDIT_ALPHABET.chars().nth((31 - sum) % 31)
}

/// The check character of the eight characters of an organisation code (GB 11714).
pub(crate) fn organisation(body: &str) -> Option<char> {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let mut sum = 0;
    for (c, weight) in body.chars().zip(WEIGHTS) {
        sum += c.to_digit(36)? * weight;
    }
    match 11 - sum % 11 {
        10 => Some('X'),
        11 => Some('0'),
        value => char::from_digit(value, 10),
    }
}

/// The Damm check digit of a string of digits. The table is a totally anti-symmetric quasigroup of order 10 with a zero
/// diagonal, so that every single wrong digit and every swap of neighbours changes the result.
pub(crate) fn damm(digits: &str) -> Option<char> {
    const TABLE: [[u8; 10]; 10] = [
        [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
        [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
        [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
        [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
        [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
        [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
        [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
        [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
        [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
        [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
    ];
    let mut interim = 0_u8;
    for c in digits.chars() {
        let row = TABLE.get(usize::from(interim))?;
        interim = *row.get(usize::try_from(c.to_digit(10)?).ok()?)?;
    }
    char::from_digit(u32::from(interim), 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_damm_table_is_totally_anti_symmetric() {
        let step = |from: u32, digit: u32| {
            let text = format!("{digit}");
            let first = (0..10).find(|d| damm(&d.to_string()) == char::from_digit(from, 10));
            damm(&format!("{}{text}", first.unwrap())).unwrap()
        };
        for c in 0..10 {
            assert_eq!(step(c, c), '0');
            for x in 0..10 {
                for y in 0..10 {
                    if x == y {
                        continue;
                    }
                    assert_ne!(step(c, x), step(c, y), "one digit: {c} {x} {y}");
                    let swap = |a, b| step(step(c, a).to_digit(10).unwrap(), b);
                    assert_ne!(swap(x, y), swap(y, x), "two digits: {c} {x} {y}");
                }
            }
        }
    }

    #[test]
    fn published_examples_hold() {
        assert_eq!(mod_11_2("36042619910101007"), Some('1'));
        assert_eq!(credit("91110000600037341"), Some('L'));
        assert_eq!(organisation("60003734"), Some('1'));
        assert_eq!(damm("572"), Some('4'));
    }
}
