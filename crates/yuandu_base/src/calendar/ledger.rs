//! What a running matter remembers of its time: its budget, its start, its suspensions and its extensions.
//!
//! It is plain data for the log; the sums are made by the calendar.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::error::CalendarError;

/// A span during which the clock of a matter stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    /// When it began.
    pub from: Timestamp,
    /// When it ended; none while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Why, in the officer's words, for example 补正材料.
    pub reason: String,
    /// The provision that allows it.
    pub legal_basis: String,
}

/// More budget, granted once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// When it was granted.
    pub at: Timestamp,
    /// How much was added, in the unit of the ledger's budget.
    pub budget: Budget,
    /// Why.
    pub reason: String,
}

/// The time of one matter. Suspended time is not counted, extensions add to the budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeLedger {
    /// What it was given at the start.
    pub budget: Budget,
    /// When its clock began.
    pub started_at: Timestamp,
    /// Spans that do not count, in any order; they may overlap.
    #[serde(default)]
    pub suspensions: Vec<Suspension>,
    /// What was added since.
    #[serde(default)]
    pub extensions: Vec<Extension>,
}

impl TimeLedger {
    /// A ledger without suspensions or extensions.
    #[must_use]
    pub fn new(started_at: Timestamp, budget: Budget) -> Self {
        Self {
            budget,
            started_at,
            suspensions: Vec::new(),
            extensions: Vec::new(),
        }
    }

    /// The budget with everything that was added to it.
    ///
    /// # Errors
    /// [`CalendarError::MixedUnits`] or [`CalendarError::BudgetTooLarge`].
    pub fn total(&self) -> Result<Budget, CalendarError> {
        self.extensions
            .iter()
            .try_fold(self.budget.within_limit()?, |sum, extension| {
                sum.plus(extension.budget)
            })
    }

    /// The suspension that has not ended, if the clock stands still now.
    #[must_use]
    pub fn open_suspension(&self) -> Option<&Suspension> {
        self.suspensions.iter().find(|s| s.to.is_none())
    }

    /// Stops the clock. Does nothing and answers false while it already stands still.
    pub fn suspend(&mut self, at: Timestamp, reason: &str, legal_basis: &str) -> bool {
        if self.open_suspension().is_some() {
            return false;
        }
        self.suspensions.push(Suspension {
            from: at,
            to: None,
            reason: reason.to_owned(),
            legal_basis: legal_basis.to_owned(),
        });
        true
    }

    /// Starts the clock again, never before it was stopped. Answers false when it was not standing still.
    pub fn resume(&mut self, at: Timestamp) -> bool {
        match self.suspensions.iter_mut().find(|s| s.to.is_none()) {
            Some(open) => {
                open.to = Some(at.max(open.from));
                true
            }
            None => false,
        }
    }

    /// Adds budget.
    ///
    /// # Errors
    /// [`CalendarError::MixedUnits`] or [`CalendarError::BudgetTooLarge`]; the ledger is then unchanged.
    pub fn extend(
        &mut self,
        at: Timestamp,
        budget: Budget,
        reason: &str,
    ) -> Result<(), CalendarError> {
        self.total()?.plus(budget)?;
        self.extensions.push(Extension {
            at,
            budget,
            reason: reason.to_owned(),
        });
        Ok(())
    }
}
