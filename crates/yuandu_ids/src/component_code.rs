//! The identifier of a component (部件): GB/T 47678.5.

use crate::category_code::CategoryCode;
use crate::division_code::{DivisionCode, check_province};
use crate::error::{IdError, IdKind, Words};
use crate::reading::{self, part};

const KIND: IdKind = IdKind::Component;

const LENGTH: Words = Words {
    zh: " 17 位数字（区划 6 位、大类 2 位、小类 3 位、顺序 6 位）",
    en: "17 digits (6 of division, 2 of class, 3 of sub-class, 6 of sequence)",
};

const SEQUENCE: Words = Words {
    zh: "超出六位，应为 0 至 999999",
    en: "is more than six digits; it must be 0 to 999999",
};

/// A component: 6 digits of division, 5 of category, 6 of sequence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentCode(Box<str>);

text_code!(ComponentCode, read);

impl ComponentCode {
    /// The component with this sequence number in a division and category.
    ///
    /// # Errors
    /// [`IdError::Part`] when the sequence has more than six digits.
    pub fn new(
        division: &DivisionCode,
        category: &CategoryCode,
        sequence: u32,
    ) -> Result<Self, IdError> {
        if sequence > 999_999 {
            return Err(IdError::Part {
                kind: KIND,
                first: 12,
                last: 17,
                found: sequence.to_string(),
                reason: SEQUENCE,
            });
        }
        format!("{}{category}{sequence:06}", division.six_digits()).parse()
    }

    /// The six digits of the division.
    #[must_use]
    pub fn division_digits(&self) -> &str {
        part(&self.0, 0, 6)
    }

    /// The category.
    #[must_use]
    pub fn category(&self) -> CategoryCode {
        CategoryCode::of_digits(part(&self.0, 6, 11))
    }

    /// The sequence number within division and category.
    #[must_use]
    pub fn sequence(&self) -> u32 {
        part(&self.0, 11, 17).parse().unwrap_or(0)
    }
}

fn read(text: &str) -> Result<String, IdError> {
    let code = reading::characters(KIND, text, (17, LENGTH), reading::digit)?;
    check_province(KIND, &code, 1)?;
    Ok(code)
}
