//! The kinds of failure every crate's error enum maps to, and the problem list of bulk checks.

use serde::Serialize;

use crate::LocalText;

/// What went wrong, coarse enough for a caller to act on; only the HTTP edge turns it into a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The thing asked for does not exist, or its existence is confidential to the caller.
    NotFound,
    /// The caller is known (or anonymous) and may not do this.
    Denied,
    /// The input breaks a rule; the message names the field and the remedy.
    Invalid,
    /// The state changed under the caller, or a unique value is taken.
    Conflict,
    /// It existed and was removed for good.
    Gone,
    /// Too much work at once; try again shortly.
    Busy,
    /// A part the work needs is not reachable.
    Unavailable,
    /// Our fault; details are in the log only.
    Internal,
}

/// One problem of a form, file or package: where, what, and what to do, in the reader's languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable code, for example `cases.category_unknown`.
    pub code: String,
    /// Field name, or `file:line` for packages; empty when the whole input is meant.
    pub place: String,
    /// Message in the user's language.
    pub message: LocalText,
}

impl Problem {
    /// A problem of one field.
    #[must_use]
    pub fn new(code: &str, place: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            place: place.to_owned(),
            message: LocalText::new(zh, en),
        }
    }
}
