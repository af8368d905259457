//! The identifier of a unit grid (单元网格): GB/T 47678.3.

use crate::division_code::{DivisionCode, check_province};
use crate::error::{IdError, IdKind, Words};
use crate::reading::{self, DIGIT, part};

const KIND: IdKind = IdKind::UnitGrid;

const LENGTH: Words = Words {
    zh: " 15 位（区划 6 位、街道 3 位、社区 3 位、顺序 3 位）",
    en: "15 (6 of division, 3 of street, 3 of community, 3 of sequence)",
};

const LETTER_OR_DIGIT: Words = Words {
    zh: "此处应为数字或字母 A 至 Z",
    en: "a digit or a letter from A to Z must stand there",
};

const SEQUENCE: Words = Words {
    zh: "超出三位，应为 0 至 999",
    en: "is more than three digits; it must be 0 to 999",
};

const NOT_A_COMMUNITY: Words = Words {
    zh: "不是社区代码，网格须建在 12 位的社区（村）代码之下",
    en: "is not a community; a grid lies in a community or village of 12 digits",
};

/// A unit grid: 6 digits of division, then 3 characters each of street, community and sequence (digits or capitals).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitGridCode(Box<str>);

text_code!(UnitGridCode, read);

impl UnitGridCode {
    /// The grid with this sequence number in a community or village.
    ///
    /// # Errors
    /// [`IdError::Part`] when `community` has not twelve digits or the sequence more than three.
    pub fn new(community: &DivisionCode, sequence: u16) -> Result<Self, IdError> {
        let refuse = |first, last, found: &str, reason| IdError::Part {
            kind: KIND,
            first,
            last,
            found: found.to_owned(),
            reason,
        };
        if community.as_str().len() != 12 {
            return Err(refuse(1, 12, community.as_str(), NOT_A_COMMUNITY));
        }
        if sequence > 999 {
            return Err(refuse(13, 15, &sequence.to_string(), SEQUENCE));
        }
        format!("{community}{sequence:03}").parse()
    }

    /// The six digits of the division.
    #[must_use]
    pub fn division_digits(&self) -> &str {
        part(&self.0, 0, 6)
    }

    /// The nine characters down to the street.
    #[must_use]
    pub fn street(&self) -> &str {
        part(&self.0, 0, 9)
    }

    /// The twelve characters down to the community.
    #[must_use]
    pub fn community(&self) -> &str {
        part(&self.0, 0, 12)
    }

    /// The three characters of the sequence within the community.
    #[must_use]
    pub fn sequence(&self) -> &str {
        part(&self.0, 12, 15)
    }
}

fn read(text: &str) -> Result<String, IdError> {
    let code = reading::characters(KIND, text, (15, LENGTH), |position, c| {
        if position <= 6 && !c.is_ascii_digit() {
            Err(DIGIT)
        } else if c.is_ascii_alphanumeric() {
            Ok(())
        } else {
            Err(LETTER_OR_DIGIT)
        }
    })?;
    check_province(KIND, &code, 1)?;
    Ok(code)
}
