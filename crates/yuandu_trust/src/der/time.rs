//! UTCTime and GeneralizedTime, as seconds since 1970; years before 1970 are met in test suites and in old roots.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{DerError, Element, tag};

/// Seconds since 1970-01-01T00:00:00Z; negative before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub i64);

impl Instant {
    /// The second in which an instant lies.
    #[must_use]
    pub fn of(timestamp: Timestamp) -> Self {
        Self(timestamp.as_second() - i64::from(timestamp.subsec_nanosecond() < 0))
    }

    /// As a timestamp of the platform.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_second(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }
}

impl std::fmt::Display for Instant {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.timestamp())
    }
}

/// Reads a Time: `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`, in UTC, with seconds, without fractions (RFC 5280, 4.1.2.5).
///
/// # Errors
/// When the form differs or the date does not exist.
pub fn read_time(element: &Element<'_>) -> Result<Instant, DerError> {
    let refuse = || {
        DerError::new(
            "a time that is not YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ",
            element.at,
        )
    };
    let digits = match (element.tag, element.content) {
        (tag::UTC_TIME, [digits @ .., b'Z']) if digits.len() == 12 => digits,
        (tag::GENERALIZED_TIME, [digits @ .., b'Z']) if digits.len() == 14 => digits,
        _ => return Err(refuse()),
    };
    let mut pairs = Vec::with_capacity(7);
    for pair in digits.chunks(2) {
        match pair {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
                pairs.push(i16::from(tens - b'0') * 10 + i16::from(ones - b'0'));
            }
            _ => return Err(refuse()),
        }
    }
    let (year, rest) = match pairs.as_slice() {
        [year, rest @ ..] if rest.len() == 5 => (if *year < 50 { 2000 } else { 1900 } + year, rest),
        [century, year, rest @ ..] => (century * 100 + year, rest),
        _ => return Err(refuse()),
    };
    let [month, day, hour, minute, second] = rest else {
        return Err(refuse());
    };
    if *hour > 23 || *minute > 59 || *second > 59 {
        return Err(refuse());
    }
    let small = |value: i16| i8::try_from(value).unwrap_or(-1);
    let date = Date::new(year, small(*month), small(*day)).map_err(|_| refuse())?;
    let days = days_since_epoch(date);
    Ok(Instant(
        days * 86_400 + i64::from(*hour) * 3_600 + i64::from(*minute) * 60 + i64::from(*second),
    ))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
fn days_since_epoch(date: Date) -> i64 {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.duration_until(date).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::Reader;

    fn read(tag: u8, text: &str) -> Result<Instant, DerError> {
        let mut bytes = vec![tag, u8::try_from(text.len()).unwrap()];
        bytes.extend_from_slice(text.as_bytes());
        read_time(&Reader::new(&bytes).any().unwrap())
    }

    #[test]
    fn times_of_three_centuries_are_read() {
        assert_eq!(read(tag::UTC_TIME, "700101000001Z").unwrap(), Instant(1));
        assert_eq!(
            read(tag::UTC_TIME, "500101000000Z").unwrap(),
            Instant(-631_152_000)
        );
        assert_eq!(
            read(tag::UTC_TIME, "491231235959Z").unwrap(),
            Instant(2_524_607_999)
        );
        assert_eq!(
            read(tag::GENERALIZED_TIME, "99991231235959Z").unwrap(),
            Instant(253_402_300_799)
        );
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "7001010000Z",
            "700101000000+0800",
            "701301000000Z",
            "700230000000Z",
            "70010100000aZ",
        ] {
            assert!(read(tag::UTC_TIME, text).is_err(), "{text}");
        }
        assert!(read(tag::GENERALIZED_TIME, "20260101000000.5Z").is_err());
    }
}
