//! What a city orders beside the yearly notices: days off, days on which offices work, and years whose notice came out.
//!
//! An edit is data; [`Calendar::edited`] lays it over a calendar and refuses what would guess in silence. Office hours are not
//! edited: they have no date in a calendar, so other hours would count days that are past anew.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{LocalText, Problem};

use super::Calendar;
use super::error::CalendarError;

/// Days of one edit at most: some years' notices at once.
const MOST_DAYS: usize = 400;
/// Years beyond the last notice that may be entered: notices come out one year ahead.
const AHEAD: i16 = 5;
/// Characters of a name at most.
const LONGEST_NAME: usize = 40;

/// What days are from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayOrder {
    /// Offices do not work.
    Off,
    /// Offices work, weekend or not.
    Work,
    /// As weekdays and weekends are.
    Usual,
}

/// Days that are something else from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayEdit {
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
    /// What they are.
    pub order: DayOrder,
    /// What for: a festival, a storm.
    pub name: LocalText,
}

/// One edit of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalendarChange {
    /// Days.
    pub days: Vec<DayEdit>,
    /// Years whose notice is among the days, whole: they are no longer counted by weekends only.
    pub years: Vec<i16>,
}

impl DayEdit {
    /// Reads an edit as people write it: `2027-01-01..2027-01-03 放假 元旦`, `2026-12-26 work exchange`, `2026-12-24 照常`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut words = text.trim().splitn(3, char::is_whitespace);
        let (days, what) = (words.next()?, words.next()?);
        let (first, last) = days.split_once("..").unwrap_or((days, days));
        let order = match what.to_lowercase().as_str() {
            "放假" | "off" => DayOrder::Off,
            "上班" | "work" => DayOrder::Work,
            "照常" | "usual" => DayOrder::Usual,
            _ => return None,
        };
        let name = words.next().unwrap_or_default().trim();
        Some(Self {
            first: first.parse().ok()?,
            last: last.parse().ok()?,
            order,
            name: LocalText::new(name, name),
        })
    }

    /// Its days, at most [`MOST_DAYS`] and one.
    fn dates(&self) -> impl Iterator<Item = Date> {
        let last = self.last;
        let days = self.first.series(jiff::Span::new().days(1));
        days.take_while(move |day| *day <= last).take(MOST_DAYS + 1)
    }
}

impl Calendar {
    /// This calendar with an edit laid over it, as the version `version`.
    ///
    /// # Errors
    /// [`CalendarError::Data`] with every problem; each names the entry, `days/2` for the third.
    pub fn edited(&self, version: &str, change: &CalendarChange) -> Result<Self, CalendarError> {
        let mut problems = Vec::new();
        let mut count = 0;
        for (number, edit) in change.days.iter().enumerate() {
            let place = format!("days/{number}");
            count += edit.dates().count();
            self.check(change, edit, &place, &mut problems);
        }
        if count > MOST_DAYS {
            problems.push(Problem::new(
                "calendar.too_many_days",
                "days",
                format!("一次至多改 {MOST_DAYS} 天，请分几次"),
                format!("at most {MOST_DAYS} days at once; do it in parts"),
            ));
        }
        let known: Vec<i16> = self.covered_years().collect();
        let (first, last) = (
            known.first().copied().unwrap_or(2004),
            known.last().copied().unwrap_or(2004),
        );
        for year in change
            .years
            .iter()
            .filter(|year| !(first..=last.saturating_add(AHEAD)).contains(*year))
        {
            problems.push(Problem::new(
                "calendar.year_far",
                "years",
                format!(
                    "{year} 年太远，只能录入 {first} 年到 {} 年",
                    last.saturating_add(AHEAD)
                ),
                format!(
                    "{year} is too far; enter {first} to {}",
                    last.saturating_add(AHEAD)
                ),
            ));
        }
        if !problems.is_empty() {
            return Err(CalendarError::Data { problems });
        }
        let mut file = self.file.clone();
        for year in &change.years {
            file.cover(*year);
        }
        for edit in &change.days {
            for date in edit.dates() {
                file.order(date, edit.order, &edit.name);
            }
        }
        file.set_version(version);
        Self::from_file(version, file)
    }

    fn check(
        &self,
        change: &CalendarChange,
        edit: &DayEdit,
        place: &str,
        problems: &mut Vec<Problem>,
    ) {
        let mut refuse = |code: &str, zh: String, en: String| {
            problems.push(Problem::new(code, place, zh, en));
        };
        if edit.last < edit.first {
            refuse(
                "calendar.days_backwards",
                format!("{} 在 {} 之前，请把先后调过来", edit.last, edit.first),
                format!(
                    "{} is before {}; put them the other way round",
                    edit.last, edit.first
                ),
            );
        }
        for year in [edit.first.year(), edit.last.year()] {
            if !self.covers_year(year) && !change.years.contains(&year) {
                refuse(
                    "calendar.year_missing",
                    format!("{year} 年的放假安排还没有录入；请把全年安排一起录入，并注明年份完整"),
                    format!(
                        "the notice of {year} is not entered yet; enter all of its days and say that the year is whole"
                    ),
                );
                break;
            }
        }
        let named = [&edit.name.zh, &edit.name.en];
        let long = named.iter().any(|name| name.chars().count() > LONGEST_NAME);
        if edit.order != DayOrder::Usual && (edit.name.zh.trim().is_empty() || long) {
            refuse(
                "calendar.day_name",
                format!("请写明为什么，不超过 {LONGEST_NAME} 字"),
                format!("say what for, in at most {LONGEST_NAME} characters"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{CalendarChange, DayEdit, DayOrder};
    use crate::LocalText;
    use crate::calendar::{Calendar, CalendarError};

    fn edit(first: (i8, i8), last: (i8, i8), order: DayOrder) -> DayEdit {
        DayEdit {
            first: date(2026, first.0, first.1),
            last: date(2026, last.0, last.1),
            order,
            name: LocalText::new("暴雪停工", "snowstorm"),
        }
    }

    fn of(days: Vec<DayEdit>) -> CalendarChange {
        CalendarChange {
            days,
            ..CalendarChange::default()
        }
    }

    #[test]
    fn days_become_off_worked_and_usual_again() {
        let calendar = Calendar::statutory();
        // 2026-12-12 is a Saturday, 2026-12-14 a Monday.
        let snow = of(vec![
            edit((12, 14), (12, 15), DayOrder::Off),
            edit((12, 12), (12, 12), DayOrder::Work),
        ]);
        let edited = calendar.edited("two", &snow).unwrap();
        assert_eq!(edited.version(), "two");
        assert!(
            !edited.is_working_day(date(2026, 12, 14))
                && !edited.is_working_day(date(2026, 12, 15))
        );
        assert!(
            edited.is_working_day(date(2026, 12, 12)) && edited.is_working_day(date(2026, 12, 16))
        );
        let undone = of(vec![edit((12, 12), (12, 15), DayOrder::Usual)]);
        let undone = edited.edited("three", &undone).unwrap();
        for day in 1..=31 {
            let day = date(2026, 12, day);
            assert_eq!(
                undone.is_working_day(day),
                calendar.is_working_day(day),
                "{day}"
            );
        }
        assert!(
            calendar.is_working_day(date(2026, 12, 14)),
            "the first one is as it was"
        );
    }

    #[test]
    fn a_year_without_its_notice_is_entered_whole_or_not_at_all() {
        let mut new_year = edit((1, 1), (1, 3), DayOrder::Off);
        (new_year.first, new_year.last) = (date(2027, 1, 1), date(2027, 1, 3));
        let mut change = of(vec![new_year]);
        let refused = Calendar::statutory().edited("x", &change).unwrap_err();
        let CalendarError::Data { problems } = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(problems[0].code, "calendar.year_missing");
        assert_eq!(problems[0].place, "days/0");
        change.years = vec![2027];
        let edited = Calendar::statutory().edited("x", &change).unwrap();
        assert!(edited.covers(date(2027, 6, 1)) && !edited.is_working_day(date(2027, 1, 1)));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_everything_that_is_wrong() {
        let mut nameless = edit((5, 8), (5, 7), DayOrder::Off);
        nameless.name = LocalText::default();
        let change = CalendarChange {
            days: vec![nameless],
            years: vec![2090],
        };
        let refused = Calendar::statutory().edited("x", &change).unwrap_err();
        let CalendarError::Data { problems } = refused else {
            panic!("{refused:?}")
        };
        let codes: Vec<&str> = problems.iter().map(|p| p.code.as_str()).collect();
        assert_eq!(
            codes,
            [
                "calendar.days_backwards",
                "calendar.day_name",
                "calendar.year_far"
            ]
        );
    }
}
