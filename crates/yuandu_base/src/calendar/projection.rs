//! The answer of the calendar: when a period ends, and everything that was counted or left out on the way.
//!
//! It is data only; the words are made by [`Projection::explain`], the sums by the calendar.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::{Lang, LocalText};

use super::budget::Budget;
use super::explain;
use super::instant::rfc3339;
use super::ledger::{Recount, Suspension};
use super::office_hours::OfficeHours;
use super::phrases::local_minute;

/// Consecutive days that were counted, each with the same office time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CountedRun {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// How many days.
    pub days: u32,
    /// Office time counted on each of them, in seconds.
    pub seconds_per_day: u32,
}

/// Why a day was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SkipReason {
    /// An ordinary Saturday or Sunday.
    Weekend,
    /// A day off for a festival.
    Holiday {
        /// The festival.
        name: LocalText,
    },
    /// A working day on which the clock of the matter stood still.
    Suspended {
        /// The officer's reason.
        reason: String,
    },
}

/// Consecutive days that were left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkippedRun {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// How many days.
    pub days: u32,
    /// Why.
    #[serde(flatten)]
    pub reason: SkipReason,
}

/// A weekend day that was counted because offices worked on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MakeUpDay {
    /// The day.
    pub date: Date,
    /// The festival for which it was exchanged.
    pub name: LocalText,
}

/// When a period ends and how that was computed. Serializes for machines: instants in RFC 3339 with the calendar's
/// offset, dates, counted and skipped runs, and the words in both languages.
#[derive(Debug, Clone)]
pub struct Projection {
    /// When the period began.
    pub from: Timestamp,
    /// The budget at the start.
    pub budget: Budget,
    /// The budget with its extensions.
    pub total: Budget,
    /// The instant at which the period ends; work done before it is in time.
    pub due: Timestamp,
    /// The last counted day.
    pub due_date: Date,
    /// The counted days in runs, ascending.
    pub counted: Vec<CountedRun>,
    /// The days left out in runs, ascending.
    pub skipped: Vec<SkippedRun>,
    /// The make-up work days among the counted ones.
    pub make_up: Vec<MakeUpDay>,
    /// The suspensions that were taken out.
    pub suspensions: Vec<Suspension>,
    /// How edits of the calendar moved the due instant since it began.
    pub recounts: Vec<Recount>,
    /// Since when the clock stands still, if it does; the due instant then moves on until it is resumed.
    pub paused_since: Option<Timestamp>,
    /// What the reader must know, for example that a year has no published table yet.
    pub warnings: Vec<LocalText>,
    /// Whether a year without a table was touched, so that the sum assumes Monday to Friday there.
    pub beyond_calendar: bool,
    /// The version of the calendar that was used.
    pub calendar_version: String,
    /// The office hours that were used.
    pub office_hours: OfficeHours,
    pub(super) zone_name: String,
    pub(super) zone: TimeZone,
}

impl Projection {
    /// Whether the clock of the matter stands still, so that the due instant is only the earliest possible one.
    #[must_use]
    pub fn paused(&self) -> bool {
        self.paused_since.is_some()
    }

    /// The sum in plain words of one language.
    #[must_use]
    pub fn explain(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => explain::zh(self),
            Lang::En => explain::en(self),
        }
    }

    /// The sum in plain words of every language.
    #[must_use]
    pub fn text(&self) -> LocalText {
        LocalText::new(self.explain(Lang::Zh), self.explain(Lang::En))
    }

    /// The due instant in RFC 3339 with the calendar's offset.
    #[must_use]
    pub fn due_rfc3339(&self) -> String {
        rfc3339(self.due, &self.zone)
    }

    /// The due instant for people: `2025-02-27 17:30`.
    #[must_use]
    pub fn due_local(&self) -> String {
        local_minute(self.due, &self.zone)
    }

    pub(super) fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl Serialize for Projection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Projection", 17)?;
        out.serialize_field("from", &rfc3339(self.from, &self.zone))?;
        out.serialize_field("budget", &self.budget)?;
        out.serialize_field("total", &self.total)?;
        out.serialize_field("due", &self.due_rfc3339())?;
        out.serialize_field("due_date", &self.due_date)?;
        out.serialize_field("counted", &self.counted)?;
        out.serialize_field("skipped", &self.skipped)?;
        out.serialize_field("make_up", &self.make_up)?;
        out.serialize_field("suspensions", &self.suspensions)?;
        out.serialize_field("recounts", &self.recounts)?;
        let paused = self.paused_since.map(|at| rfc3339(at, &self.zone));
        out.serialize_field("paused_since", &paused)?;
        out.serialize_field("warnings", &self.warnings)?;
        out.serialize_field("beyond_calendar", &self.beyond_calendar)?;
        out.serialize_field("calendar_version", &self.calendar_version)?;
        out.serialize_field("office_hours", &self.office_hours)?;
        out.serialize_field("time_zone", &self.zone_name)?;
        out.serialize_field("text", &self.text())?;
        out.end()
    }
}
