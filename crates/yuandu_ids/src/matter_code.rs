//! The code of a matter (事项): GB/T 47678.5. It names a kind of matter in a division, not one case.

use crate::category_code::CategoryCode;
use crate::division_code::{DivisionCode, check_province};
use crate::error::{IdError, IdKind, Words};
use crate::reading::{self, part};

const KIND: IdKind = IdKind::Matter;

const LENGTH: Words = Words {
    zh: " 11 位数字（区划 6 位、大类 2 位、小类 3 位）",
    en: "11 digits (6 of division, 2 of class, 3 of sub-class)",
};

/// A matter: 6 digits of division and 5 of category.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatterCode(Box<str>);

text_code!(MatterCode, read);

impl MatterCode {
    /// The matter of a category in a division.
    #[must_use]
    pub fn new(division: &DivisionCode, category: &CategoryCode) -> Self {
        Self(format!("{}{category}", division.six_digits()).into_boxed_str())
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
}

fn read(text: &str) -> Result<String, IdError> {
    let code = reading::characters(KIND, text, (11, LENGTH), reading::digit)?;
    check_province(KIND, &code, 1)?;
    Ok(code)
}
