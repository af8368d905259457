//! The unified social credit code of GB 32100, with the organisation code of GB 11714 inside it.

use crate::check_digit::{self, CREDIT_ALPHABET};
use crate::division_code::DivisionCode;
use crate::error::{IdError, IdKind, Words};
use crate::reading::{self, DIGIT, part};

const KIND: IdKind = IdKind::CreditCode;

const LENGTH: Words = Words {
    zh: " 18 位",
    en: "18",
};

const ALPHABET: Words = Words {
    zh: "此处应为数字或大写字母，且不用 I、O、S、V、Z（是否为 1、0、5、2？）",
    en: "a digit or capital other than I, O, S, V and Z must stand there (is it 1, 0, 5 or 2?)",
};

/// A unified social credit code: registering authority, kind of entity, six digits of division, nine characters of
/// organisation code, one check character.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(Box<str>);

text_code!(CreditCode, read);

impl CreditCode {
    /// Makes the code of a synthetic entity from its authority (`9` for firms), its kind and the eight characters of
    /// its organisation code.
    ///
    /// # Errors
    /// [`IdError`] when a character is outside the alphabet or the organisation code has not eight of them.
    pub fn generate(
        authority: char,
        entity: char,
        division: &DivisionCode,
        organisation: &str,
    ) -> Result<Self, IdError> {
        let head = format!("{authority}{entity}{}{organisation}", division.six_digits());
        let inner = check_digit::organisation(organisation).unwrap_or('0');
        let body = format!("{head}{inner}");
        let check = check_digit::credit(&body).unwrap_or('0');
        format!("{body}{check}").parse()
    }

    /// The registering authority, for example `9` (market regulation), `1` (institutions), `5` (civil affairs).
    #[must_use]
    pub fn authority(&self) -> char {
        self.0.chars().next().unwrap_or('0')
    }

    /// The kind of entity within the authority.
    #[must_use]
    pub fn entity(&self) -> char {
        self.0.chars().nth(1).unwrap_or('0')
    }

    /// The six digits of the registering division; `100000` for the nation.
    #[must_use]
    pub fn division_digits(&self) -> &str {
        part(&self.0, 2, 8)
    }

    /// The nine characters of the organisation code (GB 11714).
    #[must_use]
    pub fn organisation_code(&self) -> &str {
        part(&self.0, 8, 17)
    }

    /// Whether the inner organisation code has its right check character. Some old registrations have not, so this is
    /// a question for data quality and no ground for refusal.
    #[must_use]
    pub fn organisation_check_holds(&self) -> bool {
        let code = self.organisation_code();
        check_digit::organisation(part(code, 0, 8)) == code.chars().next_back()
    }
}

fn read(text: &str) -> Result<String, IdError> {
    let code = reading::characters(KIND, text, (18, LENGTH), |position, c| {
        if !CREDIT_ALPHABET.contains(c) {
            Err(ALPHABET)
        } else if (3..=8).contains(&position) && !c.is_ascii_digit() {
            Err(DIGIT)
        } else {
            Ok(())
        }
    })?;
    if check_digit::credit(part(&code, 0, 17)) == code.chars().next_back() {
        Ok(code)
    } else {
        Err(IdError::Check { kind: KIND })
    }
}
