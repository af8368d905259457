//! What can go wrong with indicators.

use thiserror::Error;
use yuandu_base::{ErrorKind, LocalText};
use yuandu_store::StoreError;

/// A failure of an indicator.
#[derive(Debug, Error)]
pub enum InsightError {
    /// No indicator has this id.
    #[error("there is no indicator `{id}`")]
    Unknown {
        /// The id asked for.
        id: String,
    },
    /// A condition uses something that has no form in a query.
    #[error(
        "`{expression}`: {} cannot be used in an indicator; compare facts of `case` with each other, with `now` or with a value",
        .what.en
    )]
    NotCompilable {
        /// The condition.
        expression: String,
        /// The part that cannot be used.
        what: LocalText,
    },
    /// Reading failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl InsightError {
    /// What to tell those who write indicators.
    #[must_use]
    pub fn message(&self) -> LocalText {
        let zh = match self {
            Self::Unknown { id } => format!("没有指标 `{id}`"),
            Self::NotCompilable { expression, what } => format!(
                "`{expression}`：指标里不能用{}；请比较案卷（case）的信息项，或拿它与 now、与一个值比较",
                what.zh
            ),
            Self::Store(_) => "暂时无法读取，请稍后再试".to_owned(),
        };
        LocalText::new(zh, self.to_string())
    }

    /// The coarse kind for callers.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown { .. } => ErrorKind::NotFound,
            Self::NotCompilable { .. } => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }
}
