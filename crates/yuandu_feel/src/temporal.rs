//! FEEL's temporal values: times and date-times that may carry a zone, and the two kinds of duration.
//!
//! Dates are [`jiff::civil::Date`] (years -9999 to 9999). Nothing here asks the system for the time.

mod duration;
mod parse;

use std::cmp::Ordering;
use std::fmt;

use jiff::civil;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

pub(crate) use duration::{days_text, months_between, parse_days, parse_years, years_text};
pub(crate) use parse::{parse_date, parse_date_time, parse_temporal, parse_time};

/// Where a time is told: by a fixed offset, or by a named zone of the IANA database.
#[derive(Debug, Clone)]
pub enum Zone {
    /// A fixed distance from UTC.
    Offset(Offset),
    /// A named zone such as `Asia/Shanghai`.
    Named(TimeZone),
}

impl Zone {
    /// The offset at a local date-time.
    #[must_use]
    pub fn offset_at(&self, local: civil::DateTime) -> Option<Offset> {
        match self {
            Self::Offset(offset) => Some(*offset),
            Self::Named(zone) => {
                let instant = zone.to_ambiguous_timestamp(local).compatible().ok()?;
                Some(zone.to_offset(instant))
            }
        }
    }

    /// The name of a named zone.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Offset(_) => None,
            Self::Named(zone) => zone.iana_name(),
        }
    }
}

/// A named zone that never changes, such as `Etc/UTC`, is its offset.
impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        let fixed = |zone: &Self| match zone {
            Self::Offset(offset) => Some(*offset),
            Self::Named(zone) => match zone.iana_name() {
                Some("UTC" | "Etc/UTC" | "Etc/UCT" | "Etc/Zulu" | "Zulu" | "GMT" | "Etc/GMT") => {
                    Some(Offset::UTC)
                }
                _ => zone.to_fixed_offset().ok(),
            },
        };
        match (self, other) {
            (Self::Named(a), Self::Named(b)) if a == b => true,
            (a, b) => fixed(a).is_some() && fixed(a) == fixed(b),
        }
    }
}

impl Eq for Zone {}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offset(offset) if offset.seconds() == 0 => f.write_str("Z"),
            Self::Offset(offset) => {
                let total = offset.seconds();
                let sign = if total < 0 { '-' } else { '+' };
                let total = total.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", total / 3600, total / 60 % 60)?;
                if total % 60 != 0 {
                    write!(f, ":{:02}", total % 60)?;
                }
                Ok(())
            }
            Self::Named(zone) => write!(f, "@{}", zone.iana_name().unwrap_or("Etc/UTC")),
        }
    }
}

/// A time of day, with or without a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    /// The time on the clock.
    pub civil: civil::Time,
    /// Its zone, if it has one.
    pub zone: Option<Zone>,
}

/// A date and time, with or without a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateTime {
    /// Date and time on calendar and clock.
    pub civil: civil::DateTime,
    /// Its zone, if it has one.
    pub zone: Option<Zone>,
}

impl Time {
    /// Nanoseconds since midnight UTC, of a time with a zone. A named zone without a date takes its offset of 1970-01-01.
    fn utc_nanos(&self) -> Option<i64> {
        let offset = self.zone.as_ref()?.offset_at(civil::DateTime::from_parts(
            civil::date(1970, 1, 1),
            self.civil,
        ))?;
        Some(nanos_of_day(self.civil) - i64::from(offset.seconds()) * 1_000_000_000)
    }

    /// Order of two times; `None` when just one of them has a zone.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (&self.zone, &other.zone) {
            (None, None) => Some(self.civil.cmp(&other.civil)),
            (Some(_), Some(_)) => Some(self.utc_nanos()?.cmp(&other.utc_nanos()?)),
            _ => None,
        }
    }

    /// The distance from `other` to this time; `None` when just one of them has a zone.
    #[must_use]
    pub fn since(&self, other: &Self) -> Option<SignedDuration> {
        match (&self.zone, &other.zone) {
            (None, None) => Some(SignedDuration::from_nanos(
                nanos_of_day(self.civil) - nanos_of_day(other.civil),
            )),
            (Some(_), Some(_)) => Some(SignedDuration::from_nanos(
                self.utc_nanos()? - other.utc_nanos()?,
            )),
            _ => None,
        }
    }

    /// The time `by` later, going round midnight.
    #[must_use]
    pub fn plus(&self, by: SignedDuration) -> Self {
        Self {
            civil: self.civil.wrapping_add(by),
            zone: self.zone.clone(),
        }
    }
}

fn nanos_of_day(time: civil::Time) -> i64 {
    let seconds =
        i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    seconds * 1_000_000_000 + i64::from(time.subsec_nanosecond())
}

impl DateTime {
    /// An instant as UTC date and time.
    #[must_use]
    pub fn from_timestamp(instant: Timestamp) -> Self {
        Self {
            civil: Offset::UTC.to_datetime(instant),
            zone: Some(Zone::Offset(Offset::UTC)),
        }
    }

    /// An instant as told in a zone.
    #[must_use]
    pub fn from_zoned(zoned: &jiff::Zoned) -> Self {
        let zone = match zoned.time_zone().iana_name() {
            Some(_) => Zone::Named(zoned.time_zone().clone()),
            None => Zone::Offset(zoned.offset()),
        };
        Self {
            civil: zoned.datetime(),
            zone: Some(zone),
        }
    }

    /// Midnight at the start of a date, in UTC, as FEEL takes a date among date-times.
    #[must_use]
    pub fn midnight_utc(date: civil::Date) -> Self {
        Self {
            civil: date.at(0, 0, 0, 0),
            zone: Some(Zone::Offset(Offset::UTC)),
        }
    }

    /// The instant, if there is a zone.
    #[must_use]
    pub fn timestamp(&self) -> Option<Timestamp> {
        match self.zone.as_ref()? {
            Zone::Offset(offset) => offset.to_timestamp(self.civil).ok(),
            Zone::Named(zone) => zone.to_ambiguous_timestamp(self.civil).compatible().ok(),
        }
    }

    /// Order of two date-times; `None` when just one of them has a zone.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (&self.zone, &other.zone) {
            (None, None) => Some(self.civil.cmp(&other.civil)),
            (Some(_), Some(_)) => Some(self.timestamp()?.cmp(&other.timestamp()?)),
            _ => None,
        }
    }

    /// The distance from `other` to this; `None` when just one of them has a zone.
    #[must_use]
    pub fn since(&self, other: &Self) -> Option<SignedDuration> {
        match (&self.zone, &other.zone) {
            (None, None) => Some(self.civil.duration_since(other.civil)),
            (Some(_), Some(_)) => Some(self.timestamp()?.duration_since(other.timestamp()?)),
            _ => None,
        }
    }

    /// The date-time `by` later; in a named zone the span is counted on the time line, not on the wall clock.
    #[must_use]
    pub fn plus(&self, by: SignedDuration) -> Option<Self> {
        let civil = match &self.zone {
            Some(Zone::Named(zone)) => zone.to_datetime(self.timestamp()?.checked_add(by).ok()?),
            _ => self.civil.checked_add(by).ok()?,
        };
        Some(Self {
            civil,
            zone: self.zone.clone(),
        })
    }

    /// The date-time so many months later; a day past the end of the month becomes the month's last.
    #[must_use]
    pub fn plus_months(&self, months: i64) -> Option<Self> {
        let date = plus_months(self.civil.date(), months)?;
        Some(Self {
            civil: civil::DateTime::from_parts(date, self.civil.time()),
            zone: self.zone.clone(),
        })
    }
}

/// The date so many months later; a day past the end of the month becomes the month's last.
pub(crate) fn plus_months(date: civil::Date, months: i64) -> Option<civil::Date> {
    let span = jiff::Span::new().try_months(months).ok()?;
    date.checked_add(span).ok()
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.civil)?;
        self.zone
            .as_ref()
            .map_or(Ok(()), |zone| write!(f, "{zone}"))
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}", date_text(self.civil.date()), self.civil.time())?;
        self.zone
            .as_ref()
            .map_or(Ok(()), |zone| write!(f, "{zone}"))
    }
}

/// Writes a date with four digits of year, also before the year 0.
pub(crate) fn date_text(date: civil::Date) -> String {
    let sign = if date.year() < 0 { "-" } else { "" };
    format!(
        "{sign}{:04}-{:02}-{:02}",
        date.year().unsigned_abs(),
        date.month(),
        date.day()
    )
}
