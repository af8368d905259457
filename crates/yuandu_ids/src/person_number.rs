//! The citizen identity number of GB 11643.
//!
//! It is personal data: `Debug` and [`PersonNumber::masked`] hide the middle; only `Display` and serde show it whole.

use std::fmt;

use jiff::civil::Date;

use crate::check_digit;
use crate::division_code::{DivisionCode, check_province, read_date};
use crate::error::{IdError, IdKind, Words};
use crate::reading::{self, DIGIT, compact, part};

const KIND: IdKind = IdKind::PersonNumber;

const LENGTH: Words = Words {
    zh: " 18 位",
    en: "18",
};

const OLD_LENGTH: Words = Words {
    zh: " 18 位（15 位旧号码已停用，请用新证上的号码）",
    en: "18 (numbers of 15 digits are no longer valid: take the one on the new card)",
};

const LAST: Words = Words {
    zh: "末位应为数字或 X",
    en: "the last one is a digit or X",
};

/// Sex as the number states it (GB/T 2261.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// 男, code 1: an odd sequence number.
    Male,
    /// 女, code 2: an even sequence number.
    Female,
}

/// A citizen identity number: 6 digits of division, 8 of birth, 3 of sequence, one check character (ISO 7064 MOD 11-2).
/// Spaces and full-width characters are read, and a small `x`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonNumber(Box<str>);

text_code!(PersonNumber, read);

impl PersonNumber {
    /// Makes the number of a synthetic person; `sequence` is 0 to 999, odd for men.
    ///
    /// # Errors
    /// [`IdError::Part`] when the sequence or the year of birth does not fit.
    pub fn generate(division: &DivisionCode, birth: Date, sequence: u16) -> Result<Self, IdError> {
        const TOO_LARGE: Words = Words {
            zh: "超出三位，应为 0 至 999",
            en: "is more than three digits; it must be 0 to 999",
        };
        if sequence > 999 {
            return Err(IdError::Part {
                kind: KIND,
                first: 15,
                last: 17,
                found: sequence.to_string(),
                reason: TOO_LARGE,
            });
        }
        let body = format!(
            "{}{:04}{:02}{:02}{sequence:03}",
            division.six_digits(),
            birth.year(),
            birth.month(),
            birth.day()
        );
        let check = check_digit::mod_11_2(&body).ok_or(IdError::Check { kind: KIND })?;
        format!("{body}{check}").parse()
    }

    /// The six digits of the division in which the number was given; the division may since have changed.
    #[must_use]
    pub fn division_digits(&self) -> &str {
        part(&self.0, 0, 6)
    }

    /// The date of birth.
    #[must_use]
    pub fn birth_date(&self) -> Date {
        read_date(KIND, part(&self.0, 6, 14), 7).unwrap_or(Date::ZERO)
    }

    /// The sex, from the parity of the seventeenth digit.
    #[must_use]
    pub fn sex(&self) -> Sex {
        match part(&self.0, 16, 17).parse::<u8>() {
            Ok(digit) if digit % 2 == 0 => Sex::Female,
            _ => Sex::Male,
        }
    }

    /// The number with its middle hidden: `360***********0071`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!(
            "{}***********{}",
            part(&self.0, 0, 3),
            part(&self.0, 14, 18)
        )
    }
}

impl fmt::Debug for PersonNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonNumber({})", self.masked())
    }
}

fn read(text: &str) -> Result<String, IdError> {
    let old = compact(text).count() == 15 && compact(text).all(|c| c.is_ascii_digit());
    let expected = if old { OLD_LENGTH } else { LENGTH };
    let code = reading::characters(KIND, text, (18, expected), |position, c| {
        match (position, c) {
            (_, '0'..='9') | (18, 'X') => Ok(()),
            (18, _) => Err(LAST),
            _ => Err(DIGIT),
        }
    })?;
    check_province(KIND, &code, 1)?;
    read_date(KIND, part(&code, 6, 14), 7)?;
    if check_digit::mod_11_2(part(&code, 0, 17)) == code.chars().next_back() {
        Ok(code)
    } else {
        Err(IdError::Check { kind: KIND })
    }
}
