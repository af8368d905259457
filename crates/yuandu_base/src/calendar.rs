//! The statutory working calendar: which days offices work, when a period ends, and the words that explain it.
//!
//! Everything here is arithmetic on data handed in; it reads no clock and no file. Start with [`Calendar::statutory`]
//! and [`Calendar::project`]; a running case keeps a [`TimeLedger`] and asks [`Calendar::due`].
//!
//! Three rules decide every sum:
//! 1. **Days.** The day of the start is not counted (Civil Code art. 201) and the period ends when business stops on
//!    the last working day (art. 203).
//! 2. **Hours.** Office time is the half-open intervals `[open, close)`; the due instant is the earliest instant at
//!    which the budget is used up, so two hours from 10:00 end at 12:00 and not when the office opens again at 13:00.
//! 3. **No silent guess.** Outside the years with a published table, Monday to Friday is assumed, the result carries a
//!    warning in both languages and says so in a flag.

mod arithmetic;
pub mod batch;
mod budget;
mod data;
mod day_table;
mod derivation;
mod edit;
mod error;
mod excluded;
mod explain;
mod instant;
mod lamp;
mod ledger;
mod office_hours;
mod phrases;
mod projection;
mod reprojection;
mod roll;
mod silence;
mod timeline;
mod versions;

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::LocalText;

use data::CalendarFile;
use day_table::DayTable;

pub use budget::{Budget, MAX_WORKING_DAYS, MAX_WORKING_MINUTES};
pub use day_table::DayKind;
pub use edit::{CalendarChange, DayEdit, DayOrder};
pub use error::CalendarError;
pub use excluded::ExcludedTime;
pub use lamp::{DEFAULT_WARN_PERCENT, Lamp};
pub use ledger::{Approval, Extension, ExtensionRule, Recount, Suspension, TimeLedger};
pub use office_hours::{OfficeHours, OfficePeriod};
pub use projection::{CountedRun, MakeUpDay, Projection, SkipReason, SkippedRun};
pub use reprojection::{CalendarEdit, ChangedDay, Moved};
pub use roll::{CalendarPeriod, PeriodEnd, RollRule};
pub use silence::{SilencePlan, SilenceRule, SilentOutcome};
pub use versions::{CalendarScope, Calendars, PublishedCalendar};

const STATUTORY: &str = include_str!("../data/calendar-cn.toml");

static STATUTORY_CALENDAR: LazyLock<Calendar> = LazyLock::new(embedded);

#[expect(
    clippy::expect_used,
    reason = "the embedded table is part of the program; a test reads it"
)]
fn embedded() -> Calendar {
    Calendar::from_toml("calendar-cn.toml", STATUTORY).expect("the embedded calendar is valid")
}

/// A working calendar: a table of days off and make-up work days, office hours and a time zone.
#[derive(Debug, Clone)]
pub struct Calendar {
    version: String,
    zone_name: String,
    zone: TimeZone,
    hours: OfficeHours,
    table: DayTable,
    file: CalendarFile,
}

impl Calendar {
    /// The calendar of the State Council's yearly notices, 2004 to 2026, with office hours 08:30-12:00 and
    /// 13:00-17:30 in Asia/Shanghai. It is part of the program.
    #[must_use]
    pub fn statutory() -> &'static Self {
        &STATUTORY_CALENDAR
    }

    /// Reads a whole calendar from TOML (the form of `data/calendar-cn.toml`); `name` is the file name for messages.
    ///
    /// # Errors
    /// [`CalendarError::Data`] lists every problem of the file with its line.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, CalendarError> {
        Self::from_file(name, CalendarFile::read(name, text)?)
    }

    /// Lays a further file over this calendar: its years replace or add whole years, and its office hours, time zone
    /// and festivals, where given, replace those of this calendar. The version becomes `<this>+<further>`.
    ///
    /// # Errors
    /// [`CalendarError::Data`] lists every problem of the file with its line.
    pub fn extended(&self, name: &str, text: &str) -> Result<Self, CalendarError> {
        let further = CalendarFile::read(name, text)?;
        Self::from_file(name, self.file.clone().overlaid(further))
    }

    /// The same calendar with other office hours; the version says so.
    #[must_use]
    pub fn with_office_hours(mut self, hours: OfficeHours) -> Self {
        if hours != self.hours {
            self.version = format!("{}+hours", self.version);
            self.file.set_office_hours(&hours);
            self.hours = hours;
        }
        self
    }

    fn from_file(name: &str, file: CalendarFile) -> Result<Self, CalendarError> {
        let parts = file.check(name)?;
        Ok(Self {
            version: parts.version,
            zone_name: parts.zone_name,
            zone: parts.zone,
            hours: parts.hours,
            table: parts.table,
            file,
        })
    }

    /// The version of the table; every projection carries it, so that an old sum can be explained later.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The time zone in which days begin and offices open.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The IANA name of the time zone.
    #[must_use]
    pub fn time_zone_name(&self) -> &str {
        &self.zone_name
    }

    /// The daily office hours.
    #[must_use]
    pub fn office_hours(&self) -> &OfficeHours {
        &self.hours
    }

    /// Whether the table has the year of `date`; outside it Monday to Friday is assumed.
    #[must_use]
    pub fn covers(&self, date: Date) -> bool {
        self.covers_year(date.year())
    }

    pub(crate) fn covers_year(&self, year: i16) -> bool {
        self.table.covers(year)
    }

    /// The years the table has, ascending.
    pub fn covered_years(&self) -> impl Iterator<Item = i16> + '_ {
        self.table.years()
    }

    /// What kind of day `date` is.
    #[must_use]
    pub fn day_kind(&self, date: Date) -> DayKind<'_> {
        self.table.kind(date)
    }

    /// Whether offices work on `date`.
    #[must_use]
    pub fn is_working_day(&self, date: Date) -> bool {
        self.table.kind(date).is_working()
    }

    /// The date on which `instant` falls in the calendar's time zone.
    #[must_use]
    pub fn local_date(&self, instant: Timestamp) -> Date {
        self.zone.to_datetime(instant).date()
    }

    /// Reads an instant as people write it: `2025-01-24T16:30`, `2025-01-24 16:30:05`, a date alone (its first
    /// moment), or RFC 3339 with an offset. Without an offset the calendar's time zone counts.
    ///
    /// # Errors
    /// [`CalendarError::Instant`] names what is wrong, for example a day the month does not have.
    pub fn parse_instant(&self, text: &str) -> Result<Timestamp, CalendarError> {
        instant::parse(text, &self.zone)
    }

    /// RFC 3339 in the calendar's own offset, for example `2025-02-27T17:30:00+08:00`.
    #[must_use]
    pub fn format_instant(&self, instant: Timestamp) -> String {
        instant::rfc3339(instant, &self.zone)
    }

    /// The warning owed to the reader when a sum touches a year without a table.
    pub(crate) fn missing_years_warning(first: i16, last: i16) -> LocalText {
        let (zh, en) = if first == last {
            (format!("{first} 年"), format!("{first}"))
        } else {
            (
                format!("{first} 至 {last} 年"),
                format!("{first} to {last}"),
            )
        };
        LocalText::new(
            format!("{zh}的放假安排尚无数据，只按周末休息推算，公布后请重新计算"),
            format!(
                "no holiday notice published for {en} yet; weekends only, compute again when it is"
            ),
        )
    }
}
