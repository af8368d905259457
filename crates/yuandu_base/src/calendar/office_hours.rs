//! The hours at which an office works on a working day, as half-open intervals.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::LocalText;

use super::budget::shortened;
use super::error::CalendarError;

pub(super) const NANOS_PER_MINUTE: i128 = 60_000_000_000;

/// One interval `[open, close)` in minutes since midnight; `close` may be 1440 (24:00).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OfficePeriod {
    /// Minute of opening.
    pub open: u16,
    /// Minute of closing, not itself office time.
    pub close: u16,
}

impl OfficePeriod {
    fn minutes(self) -> u16 {
        self.close.saturating_sub(self.open)
    }
}

/// The office hours of one working day: at least one period, ascending, without overlap.
/// Written `08:30-12:00,13:00-17:30`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OfficeHours {
    periods: Vec<OfficePeriod>,
    minutes: u16,
}

impl Default for OfficeHours {
    /// 08:30-12:00 and 13:00-17:30: eight hours.
    fn default() -> Self {
        let morning = OfficePeriod {
            open: 510,
            close: 720,
        };
        let afternoon = OfficePeriod {
            open: 780,
            close: 1050,
        };
        Self {
            periods: vec![morning, afternoon],
            minutes: morning.minutes() + afternoon.minutes(),
        }
    }
}

impl OfficeHours {
    /// The periods, ascending.
    #[must_use]
    pub fn periods(&self) -> &[OfficePeriod] {
        &self.periods
    }

    /// Office minutes of a full working day; never zero.
    #[must_use]
    pub fn minutes_per_day(&self) -> u16 {
        self.minutes
    }

    /// The minute of the day at which business stops.
    #[must_use]
    pub fn close_of_business(&self) -> u16 {
        self.periods.last().map_or(0, |p| p.close)
    }

    pub(super) fn nanos_per_day(&self) -> i128 {
        i128::from(self.minutes) * NANOS_PER_MINUTE
    }

    /// Office time gone by at `nanos` after midnight.
    pub(super) fn elapsed(&self, nanos: i128) -> i128 {
        self.periods
            .iter()
            .map(|p| {
                let open = i128::from(p.open) * NANOS_PER_MINUTE;
                let close = i128::from(p.close) * NANOS_PER_MINUTE;
                nanos.clamp(open, close) - open
            })
            .sum()
    }

    /// The earliest time of day (nanoseconds after midnight) at which `elapsed` of office time has gone by.
    pub(super) fn earliest(&self, elapsed: i128) -> i128 {
        let mut left = elapsed;
        for period in &self.periods {
            let length = i128::from(period.minutes()) * NANOS_PER_MINUTE;
            if left <= length {
                return i128::from(period.open) * NANOS_PER_MINUTE + left;
            }
            left -= length;
        }
        i128::from(self.close_of_business()) * NANOS_PER_MINUTE
    }
}

/// `17:30` for the minute 1050.
pub(super) fn clock_face(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

impl fmt::Display for OfficeHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, period) in self.periods.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let (open, close) = (clock_face(period.open), clock_face(period.close));
            write!(f, "{comma}{open}-{close}")?;
        }
        Ok(())
    }
}

impl FromStr for OfficeHours {
    type Err = CalendarError;

    fn from_str(input: &str) -> Result<Self, CalendarError> {
        let refuse = |reason: LocalText| CalendarError::OfficeHours {
            input: shortened(input),
            reason,
        };
        let plain = input.replace('，', ",").replace('：', ":");
        let mut periods: Vec<OfficePeriod> = Vec::new();
        for part in plain.split(',') {
            let period = parse_period(part.trim()).map_err(refuse)?;
            if periods.last().is_some_and(|last| period.open < last.close) {
                return Err(refuse(LocalText::new(
                    format!("`{}` 与前一时段重叠或次序颠倒", shortened(part.trim())),
                    format!(
                        "`{}` overlaps the period before it or comes too early",
                        shortened(part.trim())
                    ),
                )));
            }
            periods.push(period);
        }
        let minutes = periods.iter().map(|p| p.minutes()).sum();
        Ok(Self { periods, minutes })
    }
}

fn parse_period(part: &str) -> Result<OfficePeriod, LocalText> {
    let (open, close) = part.split_once('-').ok_or_else(|| {
        LocalText::new(
            "请写成 `08:30-12:00,13:00-17:30`",
            "write them as `08:30-12:00,13:00-17:30`",
        )
    })?;
    let period = OfficePeriod {
        open: parse_minute(open.trim())?,
        close: parse_minute(close.trim())?,
    };
    if period.open < period.close {
        Ok(period)
    } else {
        Err(LocalText::new(
            format!("`{}` 的下班时间不晚于上班时间", shortened(part)),
            format!("`{}` closes before it opens", shortened(part)),
        ))
    }
}

fn parse_minute(text: &str) -> Result<u16, LocalText> {
    let two_digits = |part: &str| {
        let shape = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        shape.then(|| part.parse::<u16>().ok()).flatten()
    };
    text.split_once(':')
        .and_then(|(hour, minute)| two_digits(hour).zip(two_digits(minute)))
        .filter(|(hour, minute)| *minute < 60 && hour * 60 + minute <= 1440)
        .map(|(hour, minute)| hour * 60 + minute)
        .ok_or_else(|| {
            LocalText::new(
                format!("`{}` 不是时刻，请写如 `08:30`", shortened(text)),
                format!("`{}` is not a time of day such as `08:30`", shortened(text)),
            )
        })
}

impl Serialize for OfficeHours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OfficeHours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
