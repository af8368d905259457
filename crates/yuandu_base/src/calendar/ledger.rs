//! What a running matter remembers of its time: its budget, its start, its suspensions and its extensions.
//!
//! It is plain data for the log; the sums are made by the calendar.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Lang, LocalText};

use super::budget::Budget;
use super::error::CalendarError;
use super::excluded::ExcludedTime;

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
    /// The same in English, for a reason that the process states and not an officer. Ledgers from before have none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason_en: String,
    /// The provision that allows it.
    pub legal_basis: String,
    /// Which kind of time the law takes out, where it is one of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ExcludedTime>,
}

impl Suspension {
    /// The reason in a language; what an officer wrote stays as it was written.
    #[must_use]
    pub fn reason_in(&self, lang: Lang) -> &str {
        match lang {
            Lang::En if !self.reason_en.is_empty() => &self.reason_en,
            _ => &self.reason,
        }
    }
}

/// Who allowed an extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The post that approved.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The provision that lets it.
    pub legal_basis: String,
}

/// How a matter may be extended: how often, by how much in all, and whether somebody must approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionRule {
    /// How many extensions there may be.
    pub times: u32,
    /// How much they may add together, in the unit of the ledger.
    pub most: Budget,
    /// Whether each needs an approval.
    pub approval: bool,
    /// The provision.
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
    /// Who approved, where that is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// A due instant that an edit of the calendar moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recount {
    /// When it was computed anew.
    pub at: Timestamp,
    /// The version of the calendar it was computed on.
    pub calendar: String,
    /// When it was due until then.
    pub before: Timestamp,
    /// When it was due from then on.
    pub after: Timestamp,
    /// Which days changed, and from when to when it moved.
    pub why: LocalText,
    /// The notice or order that changed the calendar.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub basis: String,
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
    /// How edits of the calendar moved it, in their order. They change no sum: they say why an earlier one no longer holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recounts: Vec<Recount>,
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
            recounts: Vec::new(),
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
            reason_en: String::new(),
            legal_basis: legal_basis.to_owned(),
            kind: None,
        });
        true
    }

    /// Stops the clock for a reason that is stated in both languages. Does nothing and answers false while it already
    /// stands still.
    pub fn suspend_stating(
        &mut self,
        at: Timestamp,
        reason: &LocalText,
        legal_basis: &str,
    ) -> bool {
        let stopped = self.suspend(at, &reason.zh, legal_basis);
        if stopped && let Some(open) = self.suspensions.last_mut() {
            open.reason_en.clone_from(&reason.en);
        }
        stopped
    }

    /// Stops the clock for a kind of time that the law takes out. Without words of one's own the kind's name is the
    /// reason, and its provision the basis. Does nothing and answers false while the clock already stands still.
    pub fn suspend_for(&mut self, at: Timestamp, kind: ExcludedTime, reason: &str) -> bool {
        let label = kind.label();
        let stopped = if reason.trim().is_empty() {
            self.suspend_stating(at, &label, kind.legal_basis())
        } else {
            self.suspend(at, reason, kind.legal_basis())
        };
        if stopped && let Some(open) = self.suspensions.last_mut() {
            open.kind = Some(kind);
        }
        stopped
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
            approval: None,
        });
        Ok(())
    }

    /// Adds budget by a rule: not more often, not more in all, and not without the approval that it wants.
    ///
    /// # Errors
    /// [`CalendarError::Extension`] says which condition is not met, or as for [`TimeLedger::extend`]; the ledger is
    /// then unchanged.
    pub fn extend_by_rule(
        &mut self,
        extension: Extension,
        rule: &ExtensionRule,
    ) -> Result<(), CalendarError> {
        let refuse = |zh: String, en: String| CalendarError::Extension {
            reason: LocalText::new(zh, en),
        };
        let basis = &rule.legal_basis;
        if rule.approval && extension.approval.is_none() {
            return Err(refuse(
                format!("须经批准（{basis}）"),
                format!("it needs an approval ({basis})"),
            ));
        }
        let times = u32::try_from(self.extensions.len()).unwrap_or(u32::MAX);
        if times >= rule.times {
            let most = rule.times;
            return Err(refuse(
                format!("最多延长 {most} 次（{basis}）"),
                format!("at most {most} extension(s) are allowed ({basis})"),
            ));
        }
        let added = self
            .extensions
            .iter()
            .try_fold(extension.budget, |sum, earlier| sum.plus(earlier.budget))?;
        let within = match (added, rule.most) {
            (Budget::WorkingDays(added), Budget::WorkingDays(most)) => added <= most,
            (Budget::WorkingHours { minutes: added }, Budget::WorkingHours { minutes: most }) => {
                added <= most
            }
            _ => {
                return Err(CalendarError::MixedUnits {
                    budget: rule.most.to_string(),
                    extension: added.to_string(),
                });
            }
        };
        if !within {
            let most = rule.most.text();
            return Err(refuse(
                format!("合计最多延长 {}（{basis}）", most.zh),
                format!("extensions may add {} in all ({basis})", most.en),
            ));
        }
        self.total()?.plus(extension.budget)?;
        self.extensions.push(extension);
        Ok(())
    }
}
