//! The category of a component or matter: class and sub-class of GB/T 47678.5.

use crate::error::{IdError, IdKind, Words};
use crate::reading::{self, part};

const LENGTH: Words = Words {
    zh: " 5 位数字（大类 2 位、小类 3 位）",
    en: "5 digits (2 of class, 3 of sub-class)",
};

/// A category: 2 digits of class and 3 of sub-class, for example `06010`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CategoryCode(Box<str>);

text_code!(CategoryCode, read);

impl CategoryCode {
    /// The two digits of the class.
    #[must_use]
    pub fn class(&self) -> &str {
        part(&self.0, 0, 2)
    }

    /// The three digits of the sub-class.
    #[must_use]
    pub fn sub_class(&self) -> &str {
        part(&self.0, 2, 5)
    }

    /// The category of five digits that were read as part of a longer code.
    pub(crate) fn of_digits(digits: &str) -> Self {
        Self(digits.into())
    }
}

fn read(text: &str) -> Result<String, IdError> {
    reading::characters(IdKind::Category, text, (5, LENGTH), reading::digit)
}
