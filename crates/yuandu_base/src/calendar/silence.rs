//! Silence means something where the law says so: a matter not decided in time counts as approved (or refused).
//! Whoever is responsible is warned before.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Lang, LocalText};

use super::Calendar;
use super::budget::Budget;
use super::error::CalendarError;
use super::ledger::TimeLedger;
use super::phrases::local_minute;

/// What silence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SilentOutcome {
    /// The application counts as approved (视为同意).
    Approved,
    /// It counts as refused (视为不同意), which opens the way to a review.
    Refused,
}

/// A rule of a matter: what silence means, by which provision, and how long before the responsible post is warned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SilenceRule {
    /// What silence means.
    pub outcome: SilentOutcome,
    /// The provision that says so.
    pub legal_basis: String,
    /// Working time between the warning and the end.
    pub warn_before: Budget,
}

/// The two instants of a rule for one matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilencePlan {
    /// When the responsible post is warned; never before the matter began.
    pub warn_at: Timestamp,
    /// When silence takes effect.
    pub effective_at: Timestamp,
    /// Both in words.
    pub text: LocalText,
}

impl Calendar {
    /// When silence takes effect for a matter and when to warn of it; none while its clock stands still, for then
    /// there is no end to be silent until.
    ///
    /// # Errors
    /// As for [`Calendar::due`].
    pub fn silence(
        &self,
        ledger: &TimeLedger,
        rule: &SilenceRule,
    ) -> Result<Option<SilencePlan>, CalendarError> {
        if ledger.open_suspension().is_some() {
            return Ok(None);
        }
        let effective_at = self.due_instant(ledger)?;
        let warn_at = self
            .before(effective_at, rule.warn_before)?
            .max(ledger.started_at);
        let (warned, ends) = (
            local_minute(warn_at, self.time_zone()),
            local_minute(effective_at, self.time_zone()),
        );
        let (zh, en) = match rule.outcome {
            SilentOutcome::Approved => ("视为同意", "counts as approved"),
            SilentOutcome::Refused => ("视为不同意", "counts as refused"),
        };
        let (notice_zh, notice_en) = (
            rule.warn_before.in_words(Lang::Zh),
            rule.warn_before.in_words(Lang::En),
        );
        let basis = &rule.legal_basis;
        Ok(Some(SilencePlan {
            warn_at,
            effective_at,
            text: LocalText::new(
                format!(
                    "至 {ends} 未作决定的，{zh}（{basis}）；此前 {notice_zh}，即 {warned}，提醒承办岗位。"
                ),
                format!(
                    "If nothing is decided by {ends}, the matter {en} ({basis}); the responsible post is warned {notice_en} before, at {warned}."
                ),
            ),
        }))
    }
}
