//! Periods of calendar time (days, months, years) and the named rules for an end that falls on a day off.
//!
//! Working time needs no such rule: it ends on a working day by itself. Calendar time is counted by the Civil Code,
//! art. 201 to 203: the day of the start is not counted; a month ends on the day of the same number, or on the last
//! day of a shorter month; an end on a day off moves to the next working day.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::{Lang, LocalText};

use super::Calendar;
use super::day_table::DayKind;
use super::error::CalendarError;
use super::phrases::weekday;

/// The longest period in days: a hundred years, beyond any period of law.
const MAX_DAYS: u32 = 36_525;
/// Days one roll may pass: the longest break of any calendar is far shorter.
const MAX_ROLL: u32 = 366;

/// A period of calendar time. Written `60 days`, `3 months`, `2 years`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarPeriod {
    /// Calendar days, those off included.
    Days(u32),
    /// Months.
    Months(u32),
    /// Years.
    Years(u32),
}

/// What becomes of an end that falls on a day off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollRule {
    /// It moves to the next working day (Civil Code art. 203).
    #[default]
    Following,
    /// It moves back to the working day before, for whoever must act in time.
    Preceding,
    /// It moves to the next working day, but back where that would be in another month.
    ModifiedFollowing,
    /// It stays where it is.
    Unadjusted,
}

/// The end of a period of calendar time, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodEnd {
    /// The day of the start, which is not counted.
    pub from: Date,
    /// The period.
    pub period: CalendarPeriod,
    /// The end by counting alone.
    pub counted: Date,
    /// The last day after the rule.
    pub due_date: Date,
    /// The rule.
    pub rule: RollRule,
    /// Why the counted end is a day off, if it is.
    pub off: Option<LocalText>,
    /// Whether a year without a published table was asked.
    pub beyond_calendar: bool,
}

impl RollRule {
    /// All rules.
    pub const ALL: [Self; 4] = [
        Self::Following,
        Self::Preceding,
        Self::ModifiedFollowing,
        Self::Unadjusted,
    ];

    /// The name in declarations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Following => "following",
            Self::Preceding => "preceding",
            Self::ModifiedFollowing => "modified_following",
            Self::Unadjusted => "unadjusted",
        }
    }

    /// What it does, for people.
    #[must_use]
    pub fn label(self) -> LocalText {
        let (zh, en) = match self {
            Self::Following => (
                "期满日遇休息日顺延至下一工作日",
                "an end on a day off moves to the next working day",
            ),
            Self::Preceding => (
                "期满日遇休息日提前至前一工作日",
                "an end on a day off moves back to the working day before",
            ),
            Self::ModifiedFollowing => (
                "期满日遇休息日顺延，但不跨月，跨月则提前",
                "an end on a day off moves to the next working day, but back where that is in another month",
            ),
            Self::Unadjusted => ("期满日遇休息日不变", "an end on a day off stays"),
        };
        LocalText::new(zh, en)
    }
}

impl FromStr for RollRule {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let found = Self::ALL.into_iter().find(|rule| rule.name() == text);
        found.ok_or_else(|| CalendarError::Roll {
            input: super::budget::shortened(text),
        })
    }
}

impl CalendarPeriod {
    /// In words: `60 日`, `60 days`.
    #[must_use]
    pub fn in_words(self, lang: Lang) -> String {
        let (count, zh, en) = match self {
            Self::Days(count) => (count, "日", "day"),
            Self::Months(count) => (count, "个月", "month"),
            Self::Years(count) => (count, "年", "year"),
        };
        match lang {
            Lang::Zh => format!("{count} {zh}"),
            Lang::En if count == 1 => format!("{count} {en}"),
            Lang::En => format!("{count} {en}s"),
        }
    }

    fn span(self) -> Option<Span> {
        let small = |count: u32, most: u32| (count <= most).then_some(i64::from(count));
        match self {
            Self::Days(count) => Some(small(count, MAX_DAYS)?.days()),
            Self::Months(count) => Some(small(count, MAX_DAYS / 30)?.months()),
            Self::Years(count) => Some(small(count, MAX_DAYS / 365)?.years()),
        }
    }
}

impl fmt::Display for CalendarPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_words(Lang::En))
    }
}

impl Calendar {
    /// When a period of calendar time ends, the day of the start not counted.
    ///
    /// # Errors
    /// [`CalendarError::BudgetTooLarge`] or [`CalendarError::OutOfRange`].
    pub fn period_end(
        &self,
        from: Date,
        period: CalendarPeriod,
        rule: RollRule,
    ) -> Result<PeriodEnd, CalendarError> {
        let span = period.span().ok_or(CalendarError::BudgetTooLarge)?;
        let counted = from
            .checked_add(span)
            .map_err(|_| CalendarError::OutOfRange)?;
        let due_date = self.rolled(counted, rule)?;
        Ok(PeriodEnd {
            from,
            period,
            counted,
            due_date,
            rule,
            off: self.day_off(counted),
            beyond_calendar: !self.covers(counted) || !self.covers(due_date),
        })
    }

    /// The day to which a rule moves `date`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] when no working day is near.
    pub fn rolled(&self, date: Date, rule: RollRule) -> Result<Date, CalendarError> {
        if self.is_working_day(date) {
            return Ok(date);
        }
        match rule {
            RollRule::Unadjusted => Ok(date),
            RollRule::Following => self.nearest(date, 1),
            RollRule::Preceding => self.nearest(date, -1),
            RollRule::ModifiedFollowing => {
                let next = self.nearest(date, 1)?;
                if next.month() == date.month() {
                    Ok(next)
                } else {
                    self.nearest(date, -1)
                }
            }
        }
    }

    fn nearest(&self, date: Date, step: i64) -> Result<Date, CalendarError> {
        let mut day = date;
        for _ in 0..MAX_ROLL {
            day = day
                .checked_add(step.days())
                .map_err(|_| CalendarError::OutOfRange)?;
            if self.is_working_day(day) {
                return Ok(day);
            }
        }
        Err(CalendarError::OutOfRange)
    }

    /// Why offices do not work on `date`; none if they do.
    fn day_off(&self, date: Date) -> Option<LocalText> {
        match self.day_kind(date) {
            DayKind::Workday | DayKind::MakeUp(_) => None,
            DayKind::Weekend => Some(LocalText::new(
                weekday(date.weekday(), Lang::Zh),
                weekday(date.weekday(), Lang::En),
            )),
            DayKind::Holiday(name) => Some(name.clone()),
        }
    }
}

impl PeriodEnd {
    /// Why this date, in words.
    #[must_use]
    pub fn text(&self) -> LocalText {
        let (from, counted, due) = (self.from, self.counted, self.due_date);
        let mut zh = format!(
            "自 {from} 起算，当日不计入；{}，计至 {counted}（{}）",
            self.period.in_words(Lang::Zh),
            weekday(counted.weekday(), Lang::Zh),
        );
        let mut en = format!(
            "Counted from {from}; the day of the start is not counted. {} end on {} {counted}",
            self.period.in_words(Lang::En),
            weekday(counted.weekday(), Lang::En),
        );
        if let Some(off) = &self.off {
            let rule = self.rule.label();
            zh += &format!("，该日为休息日（{}）；{}：{due}", off.zh, rule.zh);
            en += &format!(", a day off ({}); {}: {due}", off.en, rule.en);
        }
        if self.beyond_calendar {
            let warning = Calendar::missing_years_warning(counted.year(), due.year());
            zh += &format!("；注意：{}", warning.zh);
            en += &format!(". Note: {}", warning.en);
        }
        LocalText::new(format!("{zh}。"), format!("{en}."))
    }
}
