//! What can be wrong with a calendar, a budget or an instant, said in both languages.

use thiserror::Error;

use crate::{ErrorKind, LocalText, Problem};

use super::budget::{MAX_WORKING_DAYS, MAX_WORKING_MINUTES};

/// A refusal of the calendar. `Display` is the English message; [`CalendarError::message`] has both languages.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CalendarError {
    /// The text is not a budget of time.
    #[error("`{input}` is not a budget: {}", reason.en)]
    Budget {
        /// What was given.
        input: String,
        /// What is wrong with it.
        reason: LocalText,
    },
    /// The budget is larger than any period of law.
    #[error(
        "the budget is too large: at most {MAX_WORKING_DAYS} working days or {} working hours",
        MAX_WORKING_MINUTES / 60
    )]
    BudgetTooLarge,
    /// The text is not an instant.
    #[error("`{input}` is not a date and time: {}", reason.en)]
    Instant {
        /// What was given.
        input: String,
        /// What is wrong with it.
        reason: LocalText,
    },
    /// The text is not a list of office hours.
    #[error("`{input}` are not office hours: {}", reason.en)]
    OfficeHours {
        /// What was given.
        input: String,
        /// What is wrong with it.
        reason: LocalText,
    },
    /// A calendar file has problems; all of them are listed.
    #[error("the calendar file has {} problem(s): {}", problems.len(), listed(problems, false))]
    Data {
        /// Every problem, with `file:line` as its place.
        problems: Vec<Problem>,
    },
    /// The sum leaves the range of dates that can be written.
    #[error("the due date lies outside the years 1 to 9999; use a smaller budget or another start")]
    OutOfRange,
    /// A ledger in days was extended by hours, or the reverse.
    #[error(
        "`{extension}` cannot extend a budget of `{budget}`; give the extension in the same unit"
    )]
    MixedUnits {
        /// The budget of the ledger.
        budget: String,
        /// The extension of another unit.
        extension: String,
    },
    /// A suspension ends before it begins.
    #[error("a suspension ends at `{to}`, before it begins at `{from}`; correct one of them")]
    SuspensionOrder {
        /// Its beginning.
        from: String,
        /// Its end.
        to: String,
    },
    /// The text is not the name of a roll rule.
    #[error(
        "`{input}` is no roll rule; write `following`, `preceding`, `modified_following` or `unadjusted`"
    )]
    Roll {
        /// What was given.
        input: String,
    },
    /// A ledger may not be extended so.
    #[error("the extension is not allowed: {}", reason.en)]
    Extension {
        /// Which condition is not met.
        reason: LocalText,
    },
    /// The batch as a whole cannot be read.
    #[error("the batch cannot be read: {}", reason.en)]
    Batch {
        /// What is wrong with it.
        reason: LocalText,
    },
}

impl CalendarError {
    /// The kind for the caller: all of these are mistakes of input.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    /// The message in both languages.
    #[must_use]
    pub fn message(&self) -> LocalText {
        let zh = match self {
            Self::Budget { input, reason } => format!("`{input}` 不是办理时限：{}", reason.zh),
            Self::BudgetTooLarge => format!(
                "时限过长：最多 {MAX_WORKING_DAYS} 个工作日或 {} 个工作小时",
                MAX_WORKING_MINUTES / 60
            ),
            Self::Instant { input, reason } => format!("`{input}` 不是日期时间：{}", reason.zh),
            Self::OfficeHours { input, reason } => {
                format!("`{input}` 不是上班时间：{}", reason.zh)
            }
            Self::Data { problems } => format!(
                "日历文件有 {} 处问题：{}",
                problems.len(),
                listed(problems, true)
            ),
            Self::OutOfRange => "期满日超出公元 1 至 9999 年，请缩短时限或更改起算时间".to_owned(),
            Self::MixedUnits { budget, extension } => {
                format!("延长 `{extension}` 与时限 `{budget}` 单位不同，请用同一单位")
            }
            Self::SuspensionOrder { from, to } => {
                format!("中止的结束时间 `{to}` 早于开始时间 `{from}`，请更正")
            }
            Self::Roll { input } => format!(
                "没有顺延规则 `{input}`，请写 `following`、`preceding`、`modified_following` 或 `unadjusted`"
            ),
            Self::Extension { reason } => format!("不得延长：{}", reason.zh),
            Self::Batch { reason } => format!("无法读取批量文件：{}", reason.zh),
        };
        LocalText::new(zh, self.to_string())
    }
}

fn listed(problems: &[Problem], zh: bool) -> String {
    problems
        .iter()
        .map(|p| {
            let text = if zh { &p.message.zh } else { &p.message.en };
            format!("{}: {text}", p.place)
        })
        .collect::<Vec<_>>()
        .join("; ")
}
