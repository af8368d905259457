//! Telephone numbers of the mainland: mobile and landline.
//!
//! They are personal data: `Debug` and [`PhoneNumber::masked`] hide the middle; only `Display` and serde show them whole.

use std::fmt;

use crate::error::{IdError, IdKind, Words};
use crate::reading::{DIGIT, compact, part};

const KIND: IdKind = IdKind::Phone;

const MOBILE_LENGTH: Words = Words {
    zh: " 11 位数字（手机），例如 13800138000",
    en: "11 digits for a mobile, for example 13800138000",
};

const LANDLINE_LENGTH: Words = Words {
    zh: "区号加 7 或 8 位号码（固话），例如 0536-8091234",
    en: "an area code and 7 or 8 digits for a landline, for example 0536-8091234",
};

const AREA_MISSING: Words = Words {
    zh: "手机 11 位，或固话加区号，例如 0536-8091234",
    en: "11 digits for a mobile, or an area code first for a landline, for example 0536-8091234",
};

const SECOND_OF_MOBILE: Words = Words {
    zh: "手机号码第 2 位应为 3 至 9",
    en: "the second digit of a mobile is 3 to 9",
};

const SECOND_OF_AREA: Words = Words {
    zh: "区号第 2 位应为 1 至 9",
    en: "the second digit of an area code is 1 to 9",
};

const FIRST_OF_LOCAL: Words = Words {
    zh: "固话号码首位应为 2 至 8",
    en: "the number after the area code begins with 2 to 8",
};

const COUNTRY: Words = Words {
    zh: "不是中国大陆的国家代码，只支持 +86",
    en: "is not the country code of the mainland; only +86 is taken",
};

const EXTENSION: Words = Words {
    zh: "不是分机号，分机号为 1 至 6 位数字",
    en: "is not an extension; it has 1 to 6 digits",
};

/// Which network a number belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhoneKind {
    /// A mobile of 11 digits.
    Mobile,
    /// A landline with its area code and perhaps an extension.
    Landline,
}

/// A telephone number in its one canonical form: `13800138000`, `0536-8091234`, `010-65001234-801`. `+86`, `0086`,
/// spaces, brackets, missing hyphens and full-width digits are read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(Box<str>);

text_code!(PhoneNumber, read);

impl PhoneNumber {
    /// Mobile or landline.
    #[must_use]
    pub fn kind(&self) -> PhoneKind {
        if self.0.starts_with('1') {
            PhoneKind::Mobile
        } else {
            PhoneKind::Landline
        }
    }

    /// The number for a screen that others can see: `138****8000`, `0536-***1234`.
    #[must_use]
    pub fn masked(&self) -> String {
        match self.kind() {
            PhoneKind::Mobile => format!("{}****{}", part(&self.0, 0, 3), part(&self.0, 7, 11)),
            PhoneKind::Landline => {
                let mut groups = self.0.split('-');
                let area = groups.next().unwrap_or_default();
                let local = groups.next().unwrap_or_default();
                let hidden = local.len().saturating_sub(4);
                let stars = "*".repeat(hidden);
                format!("{area}-{stars}{}", part(local, hidden, local.len()))
            }
        }
    }

    /// The international form for gateways, without an extension: `+8613800138000`, `+865368091234`.
    #[must_use]
    pub fn e164(&self) -> String {
        let national: String = self.0.split('-').take(2).collect();
        format!("+86{}", national.strip_prefix('0').unwrap_or(&national))
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked())
    }
}

fn read(text: &str) -> Result<String, IdError> {
    let typed: String = compact(text)
        .filter(|c| !matches!(c, '(' | ')'))
        .map(|c| if c == '转' { '-' } else { c })
        .collect();
    let digits = national(&typed)?;
    let mut counted = digits.chars().filter(|c| *c != '-').enumerate();
    let wrong = counted.find(|(_, c)| !c.is_ascii_digit());
    if let Some((at, found)) = wrong {
        return Err(IdError::Character {
            kind: KIND,
            position: at + 1,
            found,
            expected: DIGIT,
        });
    }
    match digits.chars().next() {
        Some('1') => mobile(&digits),
        Some('0') => landline(&digits),
        _ => Err(IdError::Length {
            kind: KIND,
            expected: AREA_MISSING,
            found: digits.chars().filter(|c| *c != '-').count(),
        }),
    }
}

/// The number as dialled inside the country.
fn national(typed: &str) -> Result<String, IdError> {
    let abroad = typed
        .strip_prefix("+86")
        .or_else(|| typed.strip_prefix("0086"));
    if let Some(rest) = abroad {
        let rest = rest.trim_start_matches('-');
        let mobile = rest.starts_with('1') && rest.chars().filter(|c| *c != '-').count() == 11;
        let whole = mobile || rest.starts_with('0') || rest.is_empty();
        return Ok(if whole {
            rest.to_owned()
        } else {
            format!("0{rest}")
        });
    }
    if typed.starts_with('+') {
        return Err(IdError::Part {
            kind: KIND,
            first: 1,
            last: 3,
            found: typed.chars().take(3).collect(),
            reason: COUNTRY,
        });
    }
    let bare = typed
        .strip_prefix("86")
        .map(|rest| rest.trim_start_matches('-'));
    Ok(match bare {
        Some(rest) if rest.starts_with('1') && rest.len() >= 11 => rest.to_owned(),
        _ => typed.to_owned(),
    })
}

fn mobile(digits: &str) -> Result<String, IdError> {
    let number: String = digits.chars().filter(|c| *c != '-').collect();
    if number.len() != 11 {
        return Err(IdError::Length {
            kind: KIND,
            expected: MOBILE_LENGTH,
            found: number.len(),
        });
    }
    second_digit(&number, '3', SECOND_OF_MOBILE)?;
    Ok(number)
}

fn second_digit(number: &str, least: char, expected: Words) -> Result<(), IdError> {
    match number.chars().nth(1) {
        Some(found) if found < least => Err(IdError::Character {
            kind: KIND,
            position: 2,
            found,
            expected,
        }),
        _ => Ok(()),
    }
}

fn landline(digits: &str) -> Result<String, IdError> {
    second_digit(digits, '1', SECOND_OF_AREA)?;
    // Only Beijing (010) and the 02x cities have area codes of three digits.
    let area_length = match digits.chars().nth(1) {
        Some('1' | '2') => 3,
        _ => 4,
    };
    let groups: Vec<&str> = digits
        .split('-')
        .filter(|group| !group.is_empty())
        .collect();
    let first = groups.first().copied().unwrap_or_default();
    let area = part(first, 0, area_length);
    let rest = first.get(area_length..).unwrap_or_default();
    let mut others = groups.iter().skip(1).copied();
    let mut local = rest.to_owned();
    while local.len() < 7 {
        match others.next() {
            Some(group) => local.push_str(group),
            None => break,
        }
    }
    let fits = if area_length == 3 { 8..=8 } else { 7..=8 };
    if area.len() != area_length || !fits.contains(&local.len()) {
        return Err(IdError::Length {
            kind: KIND,
            expected: LANDLINE_LENGTH,
            found: digits.chars().filter(|c| *c != '-').count(),
        });
    }
    if let Some(found) = local
        .chars()
        .next()
        .filter(|c| matches!(c, '0' | '1' | '9'))
    {
        return Err(IdError::Character {
            kind: KIND,
            position: area_length + 1,
            found,
            expected: FIRST_OF_LOCAL,
        });
    }
    let extension: String = others.collect();
    let start = area_length + local.len();
    match extension.len() {
        0 => Ok(format!("{area}-{local}")),
        1..=6 => Ok(format!("{area}-{local}-{extension}")),
        length => Err(IdError::Part {
            kind: KIND,
            first: start + 1,
            last: start + length,
            found: extension.chars().take(20).collect(),
            reason: EXTENSION,
        }),
    }
}
