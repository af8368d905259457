//! The sums of the calendar: due instants, working time between instants, warnings.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Calendar;
use super::budget::Budget;
use super::error::CalendarError;
use super::lamp::Lamp;
use super::ledger::TimeLedger;
use super::office_hours::NANOS_PER_MINUTE;
use super::projection::Projection;
use super::timeline::Track;

impl Calendar {
    /// When a budget that starts at `from` is used up, without the derivation: the cheap form of
    /// [`Calendar::project`].
    ///
    /// # Errors
    /// [`CalendarError::BudgetTooLarge`] or [`CalendarError::OutOfRange`].
    pub fn due_at(&self, from: Timestamp, budget: Budget) -> Result<Timestamp, CalendarError> {
        let budget = budget.within_limit()?;
        if budget.is_zero() {
            return Ok(from);
        }
        self.instant_at(self.track_start(from, budget)? + self.length(budget))
    }

    /// When a budget that starts at `from` is used up, and how that was computed.
    ///
    /// Days: close of business on the nth working day after the day of the start. Hours: the earliest instant at
    /// which that much office time has gone by. A zero budget is due at `from` itself.
    ///
    /// # Errors
    /// [`CalendarError::BudgetTooLarge`] or [`CalendarError::OutOfRange`].
    pub fn project(&self, from: Timestamp, budget: Budget) -> Result<Projection, CalendarError> {
        self.due(&TimeLedger::new(from, budget))
    }

    /// When a matter is due, suspensions and extensions taken into account. A suspension that still lasts is taken to
    /// end at once, so this is the earliest possible due instant; [`Projection::paused`] then says so.
    ///
    /// # Errors
    /// Any [`CalendarError`] of the ledger's budget, extensions and suspensions.
    pub fn due(&self, ledger: &TimeLedger) -> Result<Projection, CalendarError> {
        self.derive(ledger, None)
    }

    /// When a matter is due if the suspension that still lasts ended at `now`.
    ///
    /// # Errors
    /// As for [`Calendar::due`].
    pub fn due_as_of(
        &self,
        ledger: &TimeLedger,
        now: Timestamp,
    ) -> Result<Projection, CalendarError> {
        self.derive(ledger, Some(now))
    }

    /// The instant at which `percent` of the whole budget is used up: the lamp turns yellow. A share of a day is
    /// taken in office time, so three quarters of one day fall in the afternoon of that day.
    ///
    /// # Errors
    /// As for [`Calendar::due`].
    pub fn warn_at(&self, ledger: &TimeLedger, percent: u8) -> Result<Timestamp, CalendarError> {
        self.instant_of_share(ledger, &self.track(ledger, None)?, percent)
    }

    /// When a matter is due, without the derivation: the cheap form of [`Calendar::due`].
    ///
    /// # Errors
    /// As for [`Calendar::due`].
    pub fn due_instant(&self, ledger: &TimeLedger) -> Result<Timestamp, CalendarError> {
        self.instant_of_share(ledger, &self.track(ledger, None)?, 100)
    }

    /// The instant that lies `notice` of working time before `due`: for days the close of business so many working
    /// days earlier, for hours the latest instant from which so much office time remains.
    ///
    /// # Errors
    /// [`CalendarError::BudgetTooLarge`] or [`CalendarError::OutOfRange`].
    pub fn before(&self, due: Timestamp, notice: Budget) -> Result<Timestamp, CalendarError> {
        let notice = notice.within_limit()?;
        if notice.is_zero() {
            return Ok(due);
        }
        self.instant_at(self.position(due) - self.length(notice))
    }

    /// The lamp of a matter at `now`; while it is suspended the lamp stands still with the clock.
    ///
    /// # Errors
    /// As for [`Calendar::due`].
    pub fn lamp(
        &self,
        ledger: &TimeLedger,
        now: Timestamp,
        percent: u8,
    ) -> Result<Lamp, CalendarError> {
        let track = self.track(ledger, None)?;
        let seen = ledger.open_suspension().map_or(now, |s| s.from.min(now));
        Ok(Lamp::at(
            seen,
            self.instant_of_share(ledger, &track, percent)?,
            self.instant_of_share(ledger, &track, 100)?,
        ))
    }

    /// How much of its budget a matter has used up at `now`, in the unit of the budget: working days whose business
    /// has stopped, or whole minutes of office time. It goes on past the budget, so that overdue time can be told.
    ///
    /// # Errors
    /// As for [`Calendar::due`].
    pub fn consumed(&self, ledger: &TimeLedger, now: Timestamp) -> Result<Budget, CalendarError> {
        let track = self.track(ledger, Some(now))?;
        let used = track.used_at(self.position(now).max(track.start));
        let count = |unit: i128| u32::try_from(used / unit).unwrap_or(u32::MAX);
        Ok(match ledger.budget {
            Budget::WorkingDays(_) => Budget::WorkingDays(count(self.hours.nanos_per_day())),
            Budget::WorkingHours { .. } => Budget::minutes(count(NANOS_PER_MINUTE)),
        })
    }

    /// The earliest instant at which `minutes` of office time have gone by since `from`; `from` itself for zero.
    ///
    /// # Errors
    /// [`CalendarError::BudgetTooLarge`] or [`CalendarError::OutOfRange`].
    pub fn add_working_time(
        &self,
        from: Timestamp,
        minutes: u32,
    ) -> Result<Timestamp, CalendarError> {
        self.due_at(from, Budget::minutes(minutes))
    }

    /// Whole minutes of office time between two instants, negative when `to` comes first. It undoes
    /// [`Calendar::add_working_time`].
    #[must_use]
    pub fn working_time_between(&self, from: Timestamp, to: Timestamp) -> i64 {
        let minutes = (self.position(to) - self.position(from)) / NANOS_PER_MINUTE;
        i64::try_from(minutes).unwrap_or(if minutes < 0 { i64::MIN } else { i64::MAX })
    }

    /// Working days after `from` up to and including `to`, negative when `to` comes first. It undoes a budget in
    /// days: the day of the start is not counted, the last day is.
    #[must_use]
    pub fn working_days_between(&self, from: Date, to: Date) -> i64 {
        let through = |date: Date| self.table.rank(date) + i64::from(self.table.is_working(date));
        through(to) - through(from)
    }

    fn instant_of_share(
        &self,
        ledger: &TimeLedger,
        track: &Track,
        percent: u8,
    ) -> Result<Timestamp, CalendarError> {
        let share = track.length * i128::from(percent.min(100)) / 100;
        if share == 0 {
            return Ok(ledger.started_at);
        }
        self.instant_at(track.end_of(share))
    }
}
