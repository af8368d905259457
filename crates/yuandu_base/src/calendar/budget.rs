//! A budget of working time: so many working days, or so many working hours to the minute.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Lang, LocalText, half_width};

use super::error::CalendarError;

/// The largest budget in days: a hundred years of them, beyond any period of law.
pub const MAX_WORKING_DAYS: u32 = 25_000;

/// The largest budget in minutes: the same hundred years of eight-hour days.
pub const MAX_WORKING_MINUTES: u32 = MAX_WORKING_DAYS * 8 * 60;

/// How much working time a matter has. Written `20d`, `4h`, `1.5h`, `30m`; in JSON and TOML the same text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Budget {
    /// Whole working days; the day of the start is not counted.
    WorkingDays(u32),
    /// Office time in minutes.
    WorkingHours {
        /// Minutes of office time.
        minutes: u32,
    },
}

impl Budget {
    /// A budget of working days.
    #[must_use]
    pub const fn days(days: u32) -> Self {
        Self::WorkingDays(days)
    }

    /// A budget of whole working hours, saturating.
    #[must_use]
    pub const fn hours(hours: u32) -> Self {
        Self::WorkingHours {
            minutes: hours.saturating_mul(60),
        }
    }

    /// A budget of minutes of office time.
    #[must_use]
    pub const fn minutes(minutes: u32) -> Self {
        Self::WorkingHours { minutes }
    }

    /// Whether nothing is given at all: such a matter is due at the instant it begins.
    #[must_use]
    pub fn is_zero(self) -> bool {
        matches!(
            self,
            Self::WorkingDays(0) | Self::WorkingHours { minutes: 0 }
        )
    }

    /// The same time in the unit of `unit`, with `minutes_per_day` of office time in a working day. Hours that are
    /// counted in days become whole days, so that nobody gets less than was granted.
    #[must_use]
    pub fn in_unit_of(self, unit: Self, minutes_per_day: u16) -> Self {
        let day = u32::from(minutes_per_day).max(1);
        match (self, unit) {
            (Self::WorkingDays(days), Self::WorkingHours { .. }) => Self::WorkingHours {
                minutes: days.saturating_mul(day),
            },
            (Self::WorkingHours { minutes }, Self::WorkingDays(_)) => {
                Self::WorkingDays(minutes.div_ceil(day))
            }
            (same, _) => same,
        }
    }

    /// The budget in words: `20 个工作日`, `20 working days`, `1.5 个工作小时`, `30 working minutes`.
    #[must_use]
    pub fn in_words(self, lang: Lang) -> String {
        let (number, zh, en) = match self {
            Self::WorkingDays(days) => (days.to_string(), "个工作日", "working day"),
            Self::WorkingHours { minutes } => {
                match decimal_hours(minutes).filter(|_| minutes >= 60) {
                    Some(hours) => (hours, "个工作小时", "working hour"),
                    None => (minutes.to_string(), "分钟工作时间", "working minute"),
                }
            }
        };
        match lang {
            Lang::Zh => format!("{number} {zh}"),
            Lang::En if number == "1" => format!("{number} {en}"),
            Lang::En => format!("{number} {en}s"),
        }
    }

    /// The budget in words of every language.
    #[must_use]
    pub fn text(self) -> LocalText {
        LocalText::new(self.in_words(Lang::Zh), self.in_words(Lang::En))
    }

    /// The sum of two budgets of one unit.
    ///
    /// # Errors
    /// [`CalendarError::MixedUnits`] when one is in days and the other in hours; [`CalendarError::BudgetTooLarge`].
    pub fn plus(self, other: Self) -> Result<Self, CalendarError> {
        let sum = match (self, other) {
            (Self::WorkingDays(a), Self::WorkingDays(b)) => Self::WorkingDays(a.saturating_add(b)),
            (Self::WorkingHours { minutes: a }, Self::WorkingHours { minutes: b }) => {
                Self::minutes(a.saturating_add(b))
            }
            _ => {
                return Err(CalendarError::MixedUnits {
                    budget: self.to_string(),
                    extension: other.to_string(),
                });
            }
        };
        sum.within_limit()
    }

    pub(super) fn within_limit(self) -> Result<Self, CalendarError> {
        let fits = match self {
            Self::WorkingDays(days) => days <= MAX_WORKING_DAYS,
            Self::WorkingHours { minutes } => minutes <= MAX_WORKING_MINUTES,
        };
        if fits {
            Ok(self)
        } else {
            Err(CalendarError::BudgetTooLarge)
        }
    }
}

/// Hours as people write them, when quarters of an hour suffice.
fn decimal_hours(minutes: u32) -> Option<String> {
    let whole = minutes / 60;
    match minutes % 60 {
        0 => Some(whole.to_string()),
        15 => Some(format!("{whole}.25")),
        30 => Some(format!("{whole}.5")),
        45 => Some(format!("{whole}.75")),
        _ => None,
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkingDays(days) => write!(f, "{days}d"),
            Self::WorkingHours { minutes } => match decimal_hours(*minutes) {
                Some(hours) => write!(f, "{hours}h"),
                None => write!(f, "{minutes}m"),
            },
        }
    }
}

impl FromStr for Budget {
    type Err = CalendarError;

    fn from_str(input: &str) -> Result<Self, CalendarError> {
        parse(&half_width(input)).map_err(|reason| match reason {
            Some(reason) => CalendarError::Budget {
                input: shortened(input),
                reason,
            },
            None => CalendarError::BudgetTooLarge,
        })
    }
}

/// Reads a budget; `Err(None)` means it is well written but too large.
fn parse(text: &str) -> Result<Budget, Option<LocalText>> {
    let Some((unit_at, unit)) = text.char_indices().next_back() else {
        return Err(fault(
            "为空，请写如 `20d`（工作日）或 `4h`（工作小时）",
            "it is empty; write `20d` for working days or `4h` for working hours",
        ));
    };
    let number = text.get(..unit_at).unwrap_or_default();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let dangling = number.contains('.') && fraction.is_empty();
    if whole.is_empty() || !digits(whole) || !digits(fraction) || dangling {
        return Err(fault(
            "请写数字加单位：`20d` 工作日，`4h` 或 `1.5h` 工作小时，`30m` 分钟",
            "write a number and a unit: `20d` working days, `4h` or `1.5h` working hours, `30m` minutes",
        ));
    }
    let whole: u64 = whole.parse().map_err(|_| None)?;
    let budget = match unit.to_ascii_lowercase() {
        'd' if fraction.is_empty() => Budget::WorkingDays(u32::try_from(whole).map_err(|_| None)?),
        'd' => {
            return Err(fault(
                "工作日须为整数；不足一日请用小时，如 `4h`",
                "working days are whole; for part of a day use hours such as `4h`",
            ));
        }
        'h' => hours(whole, fraction)?,
        'm' if fraction.is_empty() => Budget::minutes(u32::try_from(whole).map_err(|_| None)?),
        'm' => return Err(fault("分钟须为整数", "minutes are whole")),
        _ => {
            return Err(fault(
                "单位只能是 `d`（工作日）、`h`（工作小时）或 `m`（分钟）",
                "the unit must be `d` (working days), `h` (working hours) or `m` (minutes)",
            ));
        }
    };
    budget.within_limit().map_err(|_| None)
}

fn hours(whole: u64, fraction: &str) -> Result<Budget, Option<LocalText>> {
    let scale = u32::try_from(fraction.len())
        .ok()
        .and_then(|n| 10_u64.checked_pow(n));
    let part = match fraction {
        "" => Some(0),
        digits => digits.parse::<u64>().ok(),
    };
    let sixtieths = part.and_then(|p| p.checked_mul(60)).zip(scale);
    let Some((sixtieths, scale)) = sixtieths.filter(|(p, s)| p % s == 0) else {
        return Err(fault(
            "小时数须精确到分钟，如 `1.5h`；也可直接写分钟，如 `50m`",
            "hours must come to whole minutes, such as `1.5h`; minutes can be written too, such as `50m`",
        ));
    };
    whole
        .checked_mul(60)
        .and_then(|m| m.checked_add(sixtieths / scale))
        .and_then(|m| u32::try_from(m).ok())
        .map(Budget::minutes)
        .ok_or(None)
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "every caller returns it as the fault of `parse`, where none means too large"
)]
fn fault(zh: &str, en: &str) -> Option<LocalText> {
    Some(LocalText::new(zh, en))
}

/// The user's words for a message: at most forty characters, control characters as the signs that stand for them.
pub(super) fn shortened(input: &str) -> String {
    let mut shown: String = input.chars().take(40).map(visible).collect();
    if input.chars().nth(40).is_some() {
        shown.push('…');
    }
    shown
}

impl Serialize for Budget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Budget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A letter as it can be seen: Unicode has a picture for each control character of ASCII.
fn visible(letter: char) -> char {
    match u32::from(letter) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'),
        0x7f => '\u{2421}',
        _ if letter.is_control() => '\u{fffd}',
        _ => letter,
    }
}
