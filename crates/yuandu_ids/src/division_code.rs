//! Codes of administrative divisions: GB/T 2260 to the county, the statistical codes below it.

use jiff::civil::Date;

use crate::error::{IdError, IdKind, Words};
use crate::reading::{DIGIT, compact, part};

const LENGTH: Words = Words {
    zh: " 2、4、6、9 或 12 位数字",
    en: "2, 4, 6, 9 or 12 digits",
};

const PROVINCE: Words = Words {
    zh: "不是省级代码，应在 11 至 65、71、81 至 83 之中，例如山东为 37",
    en: "is not a province; it must be one of 11 to 65, 71 or 81 to 83, for example 37 for Shandong",
};

/// The level of a division.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DivisionLevel {
    /// 省级.
    Province,
    /// 地级.
    Prefecture,
    /// 县级.
    County,
    /// 乡级.
    Township,
    /// 村级.
    Village,
}

/// A division code in its one canonical form: six digits to the county (`370000`, `370700`, `370702`), nine for a
/// township, twelve for a village. `37`, `3707` and codes padded with zeros to nine or twelve digits are read too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DivisionCode(Box<str>);

text_code!(DivisionCode, read);

impl DivisionCode {
    /// The level of the division.
    #[must_use]
    pub fn level(&self) -> DivisionLevel {
        match self.prefix().len() {
            0..=2 => DivisionLevel::Province,
            3..=4 => DivisionLevel::Prefecture,
            5..=6 => DivisionLevel::County,
            7..=9 => DivisionLevel::Township,
            _ => DivisionLevel::Village,
        }
    }

    /// The division this one belongs to; none for a province.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let length = match self.level() {
            DivisionLevel::Province => return None,
            DivisionLevel::Prefecture => 2,
            DivisionLevel::County => 4,
            DivisionLevel::Township => 6,
            DivisionLevel::Village => 9,
        };
        Some(Self::canonical(part(&self.0, 0, length)))
    }

    /// The digits that say something: 2, 4, 6, 9 or 12 of them. Every division inside this one begins with them.
    #[must_use]
    pub fn prefix(&self) -> &str {
        significant(&self.0)
    }

    /// Whether `other` is this division or lies inside it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(self.prefix())
    }

    /// The six digits of the county or the division above it, as other codes carry them.
    #[must_use]
    pub fn six_digits(&self) -> &str {
        part(&self.0, 0, 6)
    }

    /// The two digits of the province.
    #[must_use]
    pub fn province(&self) -> &str {
        part(&self.0, 0, 2)
    }

    fn canonical(digits: &str) -> Self {
        Self(format!("{:0<6}", significant(digits)).into_boxed_str())
    }
}

/// The digits without the trailing groups of zeros.
fn significant(digits: &str) -> &str {
    let mut kept = digits;
    for (from, to) in [(9, 12), (6, 9), (4, 6), (2, 4)] {
        if kept.len() == to && part(kept, from, to).bytes().all(|b| b == b'0') {
            kept = part(kept, 0, from);
        }
    }
    kept
}

fn read(text: &str) -> Result<String, IdError> {
    let kind = IdKind::Division;
    let found = compact(text).count();
    if !matches!(found, 2 | 4 | 6 | 9 | 12) {
        return Err(IdError::Length {
            kind,
            expected: LENGTH,
            found,
        });
    }
    if let Some((at, found)) = compact(text).enumerate().find(|(_, c)| !c.is_ascii_digit()) {
        return Err(IdError::Character {
            kind,
            position: at + 1,
            found,
            expected: DIGIT,
        });
    }
    let digits: String = compact(text).collect();
    check_province(kind, &digits, 1)?;
    Ok(DivisionCode::canonical(&digits).0.into_string())
}

/// Refuses digits whose first two are no province; they stand at `position` of the whole identifier.
pub(crate) fn check_province(kind: IdKind, digits: &str, position: usize) -> Result<(), IdError> {
    let found = part(digits, 0, 2);
    let known = matches!(
        found.parse(),
        Ok(11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83_u8)
    );
    if known {
        return Ok(());
    }
    Err(IdError::Part {
        kind,
        first: position,
        last: position + 1,
        found: found.to_owned(),
        reason: PROVINCE,
    })
}

/// Reads a date of eight digits that stands at `position` of the whole identifier.
pub(crate) fn read_date(kind: IdKind, digits: &str, position: usize) -> Result<Date, IdError> {
    const NOT_A_DATE: Words = Words {
        zh: "不是日期，应为年月日八位，例如 19910101",
        en: "is not a date; it must be year, month and day such as 19910101",
    };
    let year = part(digits, 0, 4).parse().ok();
    let month = part(digits, 4, 6).parse().ok();
    let day = part(digits, 6, 8).parse().ok();
    year.zip(month)
        .zip(day)
        .and_then(|((year, month), day)| Date::new(year, month, day).ok())
        .filter(|date| (1850..2200).contains(&date.year()))
        .ok_or_else(|| IdError::Part {
            kind,
            first: position,
            last: position + 7,
            found: digits.to_owned(),
            reason: NOT_A_DATE,
        })
}
