//! The index of days: what kind each day is, how many working days come before it, and which is the nth.
//!
//! Working days are numbered: number 0 is the first one of the table. [`DayTable::rank`] turns a date into the number
//! of the first working day not before it, [`DayTable::select`] goes back. Both cost one look-up: inside the table by
//! prefix sums, outside it by the closed form of Monday to Friday. Not for hours, and not for reading files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::SignedDuration;
use jiff::civil::{Date, Weekday, date};

use crate::LocalText;

/// A Monday; day numbers count from it so that weeks divide evenly.
const MONDAY: Date = date(1970, 1, 5);

/// What a day is to an office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayKind<'a> {
    /// An ordinary working day.
    Workday,
    /// A weekend day on which offices work, in exchange for a day of the named festival.
    MakeUp(&'a LocalText),
    /// An ordinary Saturday or Sunday.
    Weekend,
    /// A day off for the named festival, weekends inside the break included.
    Holiday(&'a LocalText),
}

impl DayKind<'_> {
    /// Whether offices work.
    #[must_use]
    pub fn is_working(self) -> bool {
        matches!(self, Self::Workday | Self::MakeUp(_))
    }
}

/// A day that departs from Monday to Friday, by the index of its festival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exception {
    Holiday(u16),
    MakeUp(u16),
}

/// The table of all covered years, with prefix sums.
#[derive(Debug, Clone)]
pub(super) struct DayTable {
    years: BTreeSet<i16>,
    festivals: Vec<LocalText>,
    exceptions: BTreeMap<i64, Exception>,
    kinds: Vec<Option<Exception>>,
    /// Day number of the first day of the table.
    first: i64,
    /// `before[i]`: working days before the day `first + i`; one entry more than there are days.
    before: Vec<u32>,
    /// Day numbers of the working days in order.
    working: Vec<i64>,
}

impl DayTable {
    /// Builds the index; a gap between covered years is filled with Monday to Friday and stays uncovered.
    pub(super) fn build(
        years: BTreeSet<i16>,
        festivals: Vec<LocalText>,
        exceptions: BTreeMap<i64, Exception>,
    ) -> Self {
        let first = years.first().map_or(0, |y| number_of(date(*y, 1, 1)));
        let last = years.last().map_or(-1, |y| number_of(date(*y, 12, 31)));
        let mut table = Self {
            years,
            festivals,
            exceptions,
            kinds: Vec::new(),
            first,
            before: vec![0],
            working: Vec::new(),
        };
        let mut count = 0;
        for day in first..=last {
            let exception = table.exceptions.get(&day).copied();
            if works(day, exception) {
                count += 1;
                table.working.push(day);
            }
            table.before.push(count);
            table.kinds.push(exception);
        }
        table
    }

    pub(super) fn covers(&self, year: i16) -> bool {
        self.years.contains(&year)
    }

    pub(super) fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.years.iter().copied()
    }

    pub(super) fn kind(&self, date: Date) -> DayKind<'_> {
        static UNNAMED: LazyLock<LocalText> = LazyLock::new(LocalText::default);
        let day = number_of(date);
        let festival = |index: u16| -> &LocalText {
            self.festivals.get(usize::from(index)).unwrap_or(&UNNAMED)
        };
        match self.exception(day) {
            Some(Exception::Holiday(index)) => DayKind::Holiday(festival(index)),
            Some(Exception::MakeUp(index)) => DayKind::MakeUp(festival(index)),
            None if day.rem_euclid(7) < 5 => DayKind::Workday,
            None => DayKind::Weekend,
        }
    }

    pub(super) fn is_working(&self, date: Date) -> bool {
        let day = number_of(date);
        works(day, self.exception(day))
    }

    fn exception(&self, day: i64) -> Option<Exception> {
        let at = usize::try_from(day - self.first).ok()?;
        self.kinds.get(at).copied().flatten()
    }

    /// The number of the first working day not before `date`.
    pub(super) fn rank(&self, date: Date) -> i64 {
        let day = number_of(date);
        let offset = day - self.first;
        if offset < 0 {
            return weekdays_before(day) - weekdays_before(self.first);
        }
        let inside = usize::try_from(offset)
            .ok()
            .and_then(|at| self.before.get(at));
        match inside {
            Some(before) => i64::from(*before),
            None => self.total() + weekdays_before(day) - weekdays_before(self.end()),
        }
    }

    /// The date of the working day with this number; none outside the range of dates.
    pub(super) fn select(&self, number: i64) -> Option<Date> {
        let inside = usize::try_from(number)
            .ok()
            .and_then(|at| self.working.get(at));
        let day = match inside {
            Some(day) => *day,
            None if number < 0 => nth_weekday(number.checked_add(weekdays_before(self.first))?),
            None => {
                let beyond = number.checked_sub(self.total())?;
                nth_weekday(beyond.checked_add(weekdays_before(self.end()))?)
            }
        };
        date_of(day)
    }

    fn total(&self) -> i64 {
        self.before.last().copied().map_or(0, i64::from)
    }

    fn end(&self) -> i64 {
        self.first + i64::try_from(self.kinds.len()).unwrap_or(0)
    }
}

fn works(day: i64, exception: Option<Exception>) -> bool {
    match exception {
        Some(Exception::Holiday(_)) => false,
        Some(Exception::MakeUp(_)) => true,
        None => day.rem_euclid(7) < 5,
    }
}

/// Weekdays between the Monday of number 0 and `day`.
fn weekdays_before(day: i64) -> i64 {
    day.div_euclid(7) * 5 + day.rem_euclid(7).min(5)
}

/// The inverse of [`weekdays_before`] on weekdays.
fn nth_weekday(number: i64) -> i64 {
    number
        .div_euclid(5)
        .saturating_mul(7)
        .saturating_add(number.rem_euclid(5))
}

/// Days since the Monday of number 0.
pub(super) fn number_of(date: Date) -> i64 {
    date.duration_since(MONDAY).as_hours() / 24
}

fn date_of(day: i64) -> Option<Date> {
    let span = SignedDuration::from_secs(day.checked_mul(86_400)?);
    MONDAY.checked_add(span).ok().filter(|d| d.year() >= 1)
}

/// Whether `date` falls on a Saturday or Sunday.
pub(super) fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}
