//! Walks the days of a period once and notes what was counted and what was left out.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Calendar;
use super::budget::Budget;
use super::day_table::DayKind;
use super::error::CalendarError;
use super::ledger::TimeLedger;
use super::projection::{CountedRun, MakeUpDay, Projection, SkipReason, SkippedRun};
use super::timeline::{Stretch, Track};

/// What the walk has noted so far.
#[derive(Default)]
struct Notes {
    counted: Vec<CountedRun>,
    skipped: Vec<SkippedRun>,
    make_up: Vec<MakeUpDay>,
    missing_years: Vec<i16>,
}

/// The walk over one ledger.
struct Walk<'a> {
    calendar: &'a Calendar,
    track: &'a Track,
    end: i128,
    /// The stretch of each suspension with its reason.
    named_gaps: Vec<(Stretch, &'a str)>,
}

impl Calendar {
    pub(super) fn derive(
        &self,
        ledger: &TimeLedger,
        now: Option<Timestamp>,
    ) -> Result<Projection, CalendarError> {
        let total = ledger.total()?;
        let track = self.track(ledger, now)?;
        let end = track.end_of(track.length);
        let start_date = self.local_date(ledger.started_at);
        let (due, due_date) = if total.is_zero() {
            (ledger.started_at, start_date)
        } else {
            (self.instant_at(end)?, self.reached(end)?.0)
        };
        let whole_days = matches!(total, Budget::WorkingDays(_));
        let mut named_gaps = Vec::new();
        for suspension in &ledger.suspensions {
            if let Some(gap) = self.gap(suspension, now, whole_days)? {
                named_gaps.push((gap, suspension.reason.as_str()));
            }
        }
        let walk = Walk {
            calendar: self,
            track: &track,
            end,
            named_gaps,
        };
        let notes = if total.is_zero() {
            Notes::default()
        } else {
            walk.days(start_date, due_date, whole_days)
        };
        let warnings = warnings(&notes.missing_years);
        Ok(Projection {
            from: ledger.started_at,
            budget: ledger.budget,
            total,
            due,
            due_date,
            counted: notes.counted,
            skipped: notes.skipped,
            make_up: notes.make_up,
            suspensions: ledger.suspensions.clone(),
            recounts: ledger.recounts.clone(),
            paused_since: ledger.open_suspension().map(|s| s.from),
            beyond_calendar: !warnings.is_empty(),
            warnings,
            calendar_version: self.version.clone(),
            office_hours: self.hours.clone(),
            zone_name: self.zone_name.clone(),
            zone: self.zone.clone(),
        })
    }
}

impl Walk<'_> {
    fn days(&self, start: Date, last: Date, whole_days: bool) -> Notes {
        let mut notes = Notes::default();
        let mut next = if whole_days {
            start.tomorrow().ok()
        } else {
            Some(start)
        };
        while let Some(date) = next.filter(|date| *date <= last) {
            self.day(date, &mut notes);
            next = date.tomorrow().ok();
        }
        notes
    }

    fn day(&self, date: Date, notes: &mut Notes) {
        let year = date.year();
        if !self.calendar.table.covers(year) && notes.missing_years.last() != Some(&year) {
            notes.missing_years.push(year);
        }
        match self.calendar.table.kind(date) {
            DayKind::Workday => {
                self.working_day(date, notes);
            }
            DayKind::MakeUp(name) => {
                if self.working_day(date, notes) {
                    notes.make_up.push(MakeUpDay {
                        date,
                        name: name.clone(),
                    });
                }
            }
            DayKind::Weekend => notes.skip(date, SkipReason::Weekend),
            DayKind::Holiday(name) => notes.skip(date, SkipReason::Holiday { name: name.clone() }),
        }
    }

    /// Notes a working day; answers whether any of it was counted.
    fn working_day(&self, date: Date, notes: &mut Notes) -> bool {
        let opens = self.calendar.day_start(date);
        let closes = opens + self.calendar.hours.nanos_per_day();
        let stretch = (opens.max(self.track.start), closes.min(self.end));
        let length = (stretch.1 - stretch.0).max(0);
        let counted = (length - self.track.overlap(stretch)).max(0);
        if counted > 0 {
            let seconds = u32::try_from(counted / 1_000_000_000).unwrap_or(u32::MAX);
            notes.count(date, seconds);
            return true;
        }
        let named = self
            .named_gaps
            .iter()
            .find(|(gap, _)| gap.0 < stretch.1 && gap.1 > stretch.0);
        if let Some((_, reason)) = named {
            let reason = (*reason).to_owned();
            notes.skip(date, SkipReason::Suspended { reason });
        }
        false
    }
}

impl Notes {
    fn count(&mut self, date: Date, seconds_per_day: u32) {
        match self.counted.last_mut() {
            Some(run) if run.seconds_per_day == seconds_per_day && follows(run.to, date) => {
                run.to = date;
                run.days += 1;
            }
            _ => self.counted.push(CountedRun {
                from: date,
                to: date,
                days: 1,
                seconds_per_day,
            }),
        }
    }

    fn skip(&mut self, date: Date, reason: SkipReason) {
        match self.skipped.last_mut() {
            Some(run) if run.reason == reason && follows(run.to, date) => {
                run.to = date;
                run.days += 1;
            }
            _ => self.skipped.push(SkippedRun {
                from: date,
                to: date,
                days: 1,
                reason,
            }),
        }
    }
}

fn follows(earlier: Date, later: Date) -> bool {
    earlier.tomorrow().is_ok_and(|next| next == later)
}

/// One warning for each unbroken stretch of years without a table.
fn warnings(years: &[i16]) -> Vec<crate::LocalText> {
    years
        .chunk_by(|a, b| a + 1 == *b)
        .filter_map(|run| run.first().zip(run.last()))
        .map(|(first, last)| Calendar::missing_years_warning(*first, *last))
        .collect()
}
