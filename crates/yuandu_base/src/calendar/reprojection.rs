//! What becomes of open deadlines when a calendar is edited: which move, from when to when, and by which days.
//!
//! A million are asked at once, so the sums go without derivation, and the words are made only for whoever asks.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::{Lang, LocalText};

use super::Calendar;
use super::day_table::DayKind;
use super::error::CalendarError;
use super::ledger::TimeLedger;
use super::phrases::{listed, local_minute};

/// Days named in the words for one deadline; more are summed up.
const NAMED_DAYS: usize = 6;

/// A day whose kind an edit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedDay {
    /// The day.
    pub date: Date,
    /// Whether offices work on it now.
    pub works: bool,
    /// What it was and what it is, in words.
    pub text: LocalText,
}

/// What an edit changed between two calendars.
#[derive(Debug, Clone)]
pub struct CalendarEdit<'a> {
    before: &'a Calendar,
    after: &'a Calendar,
    /// Ascending by date.
    days: Vec<ChangedDay>,
    /// Whether the office hours or the time zone changed, so that every deadline may move.
    hours_changed: bool,
}

/// A deadline that an edit moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// When it was due.
    pub before: Timestamp,
    /// When it is due now.
    pub after: Timestamp,
    /// When its lamp turns yellow now.
    pub warn: Timestamp,
}

impl<'a> CalendarEdit<'a> {
    /// Compares two calendars over the years that either covers.
    #[must_use]
    pub fn between(before: &'a Calendar, after: &'a Calendar) -> Self {
        let mut years: Vec<i16> = before
            .covered_years()
            .chain(after.covered_years())
            .collect();
        years.sort_unstable();
        years.dedup();
        let mut days = Vec::new();
        for year in years {
            let first = Date::new(year, 1, 1).ok();
            let all = first.map(|first| first.series(jiff::Span::new().days(1)));
            for date in all.into_iter().flatten().take_while(|d| d.year() == year) {
                let (was, is) = (before.day_kind(date), after.day_kind(date));
                if was.is_working() != is.is_working() {
                    days.push(ChangedDay {
                        date,
                        works: is.is_working(),
                        text: changed(date, was, is),
                    });
                }
            }
        }
        Self {
            before,
            after,
            days,
            hours_changed: before.office_hours() != after.office_hours()
                || before.time_zone_name() != after.time_zone_name(),
        }
    }

    /// The days that changed, ascending.
    #[must_use]
    pub fn days(&self) -> &[ChangedDay] {
        &self.days
    }

    /// Whether nothing changed that could move a deadline.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.days.is_empty() && !self.hours_changed
    }

    /// Where an open deadline moves, if it does. A clock that stands still has no due instant to move.
    ///
    /// # Errors
    /// As for [`Calendar::due`].
    pub fn moved(
        &self,
        ledger: &TimeLedger,
        warn_percent: u8,
    ) -> Result<Option<Moved>, CalendarError> {
        if ledger.open_suspension().is_some() {
            return Ok(None);
        }
        // No changed day from the start on: the sum is the same.
        let start = self.before.local_date(ledger.started_at);
        let touched = self.days.last().is_some_and(|last| last.date >= start);
        if !touched && !self.hours_changed {
            return Ok(None);
        }
        let before = self.before.due_instant(ledger)?;
        let after = self.after.due_instant(ledger)?;
        if before == after {
            return Ok(None);
        }
        Ok(Some(Moved {
            before,
            after,
            warn: self.after.warn_at(ledger, warn_percent)?,
        }))
    }

    /// Why a deadline moved, in words: the changed days between its start and the later of its two ends.
    #[must_use]
    pub fn why(&self, ledger: &TimeLedger, moved: &Moved) -> LocalText {
        let zone = self.after.time_zone();
        let (old, new) = (
            local_minute(moved.before, zone),
            local_minute(moved.after, zone),
        );
        let first = self.after.local_date(ledger.started_at);
        let last = self.after.local_date(moved.before.max(moved.after));
        let named: Vec<&ChangedDay> = self
            .days
            .iter()
            .filter(|day| day.date >= first && day.date <= last)
            .collect();
        let mut zh: Vec<String> = named
            .iter()
            .take(NAMED_DAYS)
            .map(|day| day.text.zh.clone())
            .collect();
        let mut en: Vec<String> = named
            .iter()
            .take(NAMED_DAYS)
            .map(|day| day.text.en.clone())
            .collect();
        if named.len() > NAMED_DAYS {
            zh.push(format!("等共 {} 天", named.len()));
            en.push(format!("{} days in all", named.len()));
        }
        if self.hours_changed {
            zh.push(format!("上班时间改为 {}", self.after.office_hours()));
            en.push(format!(
                "office hours are now {}",
                self.after.office_hours()
            ));
        }
        LocalText::new(
            format!(
                "日历由 `{}` 改为 `{}`：{}；期满日由 {old} 改为 {new}。",
                self.before.version(),
                self.after.version(),
                zh.join("、")
            ),
            format!(
                "The calendar changed from `{}` to `{}`: {}; the end moves from {old} to {new}.",
                self.before.version(),
                self.after.version(),
                listed(&en, " and ")
            ),
        )
    }
}

fn changed(date: Date, was: DayKind<'_>, is: DayKind<'_>) -> LocalText {
    let kind = |kind: DayKind<'_>, lang: Lang| match kind {
        DayKind::Workday => lang.pick("工作日", "a working day").to_owned(),
        DayKind::Weekend => lang.pick("周末", "a weekend day").to_owned(),
        DayKind::MakeUp(name) => match lang {
            Lang::Zh => format!("{}调休上班日", name.zh),
            Lang::En => format!("a make-up work day for {}", name.en),
        },
        DayKind::Holiday(name) => match lang {
            Lang::Zh => format!("{}放假", name.zh),
            Lang::En => format!("a day off for {}", name.en),
        },
    };
    LocalText::new(
        format!("{date} 由{}改为{}", kind(was, Lang::Zh), kind(is, Lang::Zh)),
        format!(
            "{date} was {} and is {}",
            kind(was, Lang::En),
            kind(is, Lang::En)
        ),
    )
}
