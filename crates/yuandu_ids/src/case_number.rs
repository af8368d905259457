//! The number of a case, made to be read out on the telephone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::check_digit;
use crate::division_code::read_date;
use crate::error::{IdError, IdKind, Words};
use crate::reading::{self, compact, part};

const KIND: IdKind = IdKind::CaseNumber;

const LENGTH: Words = Words {
    zh: " 15 位数字，写作 20250124-123456-2",
    en: "15 digits, written 20250124-123456-2",
};

/// The number of a case: `YYYYMMDD-NNNNNN-C`, the day it was opened, six digits drawn at random (so that numbers cannot
/// be guessed from one another) and a Damm check digit. One wrong digit and two swapped neighbours are always caught.
/// Spaces, missing hyphens, other dashes and full-width digits are read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseNumber {
    date: Date,
    serial: u32,
}

impl CaseNumber {
    /// How many serials a day has.
    pub const SERIALS: u32 = 1_000_000;

    /// The number of the day and serial; any random `serial` will do, it is taken modulo [`CaseNumber::SERIALS`].
    ///
    /// # Errors
    /// [`IdError::Part`] when the year is outside 1850 to 2199.
    pub fn new(date: Date, serial: u32) -> Result<Self, IdError> {
        let digits = format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
        Ok(Self {
            date: read_date(KIND, &digits, 1)?,
            serial: serial % Self::SERIALS,
        })
    }

    /// The day the case was opened.
    #[must_use]
    pub fn date(self) -> Date {
        self.date
    }

    /// The six random digits as a number.
    #[must_use]
    pub fn serial(self) -> u32 {
        self.serial
    }

    /// The fourteen digits before the check digit.
    fn body(self) -> String {
        let Self { date, serial } = self;
        let (year, month, day) = (date.year(), date.month(), date.day());
        format!("{year:04}{month:02}{day:02}{serial:06}")
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = self.body();
        let check = check_digit::damm(&body).ok_or(fmt::Error)?;
        write!(f, "{}-{}-{check}", part(&body, 0, 8), part(&body, 8, 14))
    }
}

impl fmt::Debug for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseNumber({self})")
    }
}

impl FromStr for CaseNumber {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let joined: String = compact(text).filter(|c| *c != '-').collect();
        let digits = reading::characters(KIND, &joined, (15, LENGTH), reading::digit)?;
        let date = read_date(KIND, part(&digits, 0, 8), 1)?;
        if check_digit::damm(part(&digits, 0, 14)) != digits.chars().next_back() {
            return Err(IdError::Check { kind: KIND });
        }
        let serial = part(&digits, 8, 14).parse().unwrap_or(0);
        Ok(Self { date, serial })
    }
}

impl Serialize for CaseNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CaseNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
