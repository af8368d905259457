//! The business-time line: every instant has a position, the office time gone by since the table began.
//!
//! On this line nights, weekends and holidays have no length, so a period is an addition and a suspension is a gap.
//! A budget in days is the same addition: it starts at the first working day after the day of the start and its gaps
//! are whole days. Positions are nanoseconds in `i128`, because ten thousand years of them exceed 64 bits.

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use super::Calendar;
use super::budget::Budget;
use super::error::CalendarError;
use super::instant;
use super::ledger::{Suspension, TimeLedger};
use super::office_hours::NANOS_PER_MINUTE;

/// A half-open stretch of the line.
pub(super) type Stretch = (i128, i128);

/// A period laid out on the line: where it starts, how long it is, and which stretches do not count.
#[derive(Debug, Clone)]
pub(super) struct Track {
    pub(super) start: i128,
    pub(super) length: i128,
    /// Ascending and disjoint.
    pub(super) gaps: Vec<Stretch>,
}

impl Track {
    /// The earliest position at which `length` has been used up outside the gaps.
    pub(super) fn end_of(&self, length: i128) -> i128 {
        let mut position = self.start;
        let mut left = length;
        for (from, to) in &self.gaps {
            if *to <= position {
                continue;
            }
            let free = (*from - position).max(0);
            if left <= free {
                break;
            }
            left -= free;
            position = *to;
        }
        position + left
    }

    /// How much has been used up at `position`.
    pub(super) fn used_at(&self, position: i128) -> i128 {
        let gone = (position - self.start).max(0);
        gone - self.overlap((self.start, position.max(self.start)))
    }

    /// How much of `stretch` lies in gaps.
    pub(super) fn overlap(&self, stretch: Stretch) -> i128 {
        self.gaps
            .iter()
            .map(|gap| (gap.1.min(stretch.1) - gap.0.max(stretch.0)).max(0))
            .sum()
    }
}

impl Calendar {
    /// The position of an instant.
    pub(super) fn position(&self, instant: Timestamp) -> i128 {
        let local = self.zone.to_datetime(instant);
        let date = local.date();
        let before = self.day_start(date);
        if self.table.is_working(date) {
            let since_midnight = local.time().duration_since(Time::midnight()).as_nanos();
            before + self.hours.elapsed(since_midnight)
        } else {
            before
        }
    }

    /// The position at which the office day of `date`, or the next one, begins.
    pub(super) fn day_start(&self, date: Date) -> i128 {
        i128::from(self.table.rank(date)) * self.hours.nanos_per_day()
    }

    /// The working day and the time of day at which `position` is first reached.
    pub(super) fn reached(&self, position: i128) -> Result<(Date, i128), CalendarError> {
        let per_day = self.hours.nanos_per_day();
        let (mut number, mut elapsed) =
            (position.div_euclid(per_day), position.rem_euclid(per_day));
        if elapsed == 0 {
            number -= 1;
            elapsed = per_day;
        }
        let date = i64::try_from(number)
            .ok()
            .and_then(|number| self.table.select(number))
            .ok_or(CalendarError::OutOfRange)?;
        Ok((date, self.hours.earliest(elapsed)))
    }

    /// The earliest instant at `position`.
    pub(super) fn instant_at(&self, position: i128) -> Result<Timestamp, CalendarError> {
        let (date, nanos) = self.reached(position)?;
        instant::at_time_of_day(date, nanos, &self.zone).ok_or(CalendarError::OutOfRange)
    }

    /// Lays a ledger out on the line; a suspension that lasts is taken to end at `now`, or at once without one.
    pub(super) fn track(
        &self,
        ledger: &TimeLedger,
        now: Option<Timestamp>,
    ) -> Result<Track, CalendarError> {
        let total = ledger.total()?;
        let whole_days = matches!(total, Budget::WorkingDays(_));
        let mut gaps = Vec::with_capacity(ledger.suspensions.len());
        for suspension in &ledger.suspensions {
            gaps.extend(self.gap(suspension, now, whole_days)?);
        }
        Ok(Track {
            start: self.track_start(ledger.started_at, total)?,
            length: self.length(total),
            gaps: merged(gaps),
        })
    }

    pub(super) fn track_start(
        &self,
        from: Timestamp,
        budget: Budget,
    ) -> Result<i128, CalendarError> {
        match budget {
            Budget::WorkingDays(_) => {
                let next = self.local_date(from).tomorrow();
                Ok(self.day_start(next.map_err(|_| CalendarError::OutOfRange)?))
            }
            Budget::WorkingHours { .. } => Ok(self.position(from)),
        }
    }

    /// The length of a budget on the line.
    pub(super) fn length(&self, budget: Budget) -> i128 {
        match budget {
            Budget::WorkingDays(days) => i128::from(days) * self.hours.nanos_per_day(),
            Budget::WorkingHours { minutes } => i128::from(minutes) * NANOS_PER_MINUTE,
        }
    }

    /// The stretch a suspension takes out. In days, a working day of which any office time is suspended does not
    /// count at all: nobody had the whole of it.
    pub(super) fn gap(
        &self,
        suspension: &Suspension,
        now: Option<Timestamp>,
        whole_days: bool,
    ) -> Result<Option<Stretch>, CalendarError> {
        let to = match suspension.to {
            Some(to) if to < suspension.from => {
                return Err(CalendarError::SuspensionOrder {
                    from: self.format_instant(suspension.from),
                    to: self.format_instant(to),
                });
            }
            Some(to) => to,
            None => now.unwrap_or(suspension.from).max(suspension.from),
        };
        let (from, to) = (self.position(suspension.from), self.position(to));
        if from >= to {
            return Ok(None);
        }
        let per_day = self.hours.nanos_per_day();
        Ok(Some(if whole_days {
            let first = from.div_euclid(per_day);
            let last = (to - 1).div_euclid(per_day);
            (first * per_day, (last + 1) * per_day)
        } else {
            (from, to)
        }))
    }
}

/// Sorted, with overlapping and touching stretches joined.
fn merged(mut gaps: Vec<Stretch>) -> Vec<Stretch> {
    gaps.sort_unstable();
    let mut joined: Vec<Stretch> = Vec::with_capacity(gaps.len());
    for gap in gaps {
        match joined.last_mut() {
            Some(last) if gap.0 <= last.1 => last.1 = last.1.max(gap.1),
            _ => joined.push(gap),
        }
    }
    joined
}
