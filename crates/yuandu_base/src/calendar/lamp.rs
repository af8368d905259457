//! The supervision lamp of a running matter.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::LocalText;

/// The share of the budget, in percent, after which the lamp turns yellow unless a city says otherwise.
pub const DEFAULT_WARN_PERCENT: u8 = 75;

/// Green while there is time, yellow from the warning instant, red from the due instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lamp {
    /// Before the warning instant.
    Green,
    /// From the warning instant until just before the due instant.
    Yellow,
    /// At the due instant and after it: the interval of the budget is half-open.
    Red,
}

impl Lamp {
    /// The lamp at `now`.
    #[must_use]
    pub fn at(now: Timestamp, warn_at: Timestamp, due_at: Timestamp) -> Self {
        if now >= due_at {
            Self::Red
        } else if now >= warn_at {
            Self::Yellow
        } else {
            Self::Green
        }
    }

    /// The lamp in words, for pages that must not speak by colour alone.
    #[must_use]
    pub fn label(self) -> LocalText {
        match self {
            Self::Green => LocalText::new("正常", "in time"),
            Self::Yellow => LocalText::new("即将到期", "due soon"),
            Self::Red => LocalText::new("已到期", "overdue"),
        }
    }
}
