//! What can be wrong with the examples or with a kept model.

use thiserror::Error;
use yuandu_base::{ErrorKind, LocalText};

/// Nothing can be learned, or a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SuggestError {
    /// A file larger than can be meant.
    #[error("the file has {found} bytes, at most {most} are read; split it")]
    TooLarge {
        /// Its bytes.
        found: usize,
        /// The limit.
        most: usize,
    },
    /// Bytes that are neither UTF-8 nor GB 18030.
    #[error("the file is neither UTF-8 nor GB 18030, save it as CSV UTF-8")]
    Encoding,
    /// The first line does not name a column.
    #[error("the first line names no column `{0}`, it must name `text` and `label`")]
    NoColumn(&'static str),
    /// A line that is not CSV.
    #[error("line {line} is not CSV: {why}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What the reader says.
        why: String,
    },
    /// Lines to learn from that lack a text or a label.
    #[error(
        "{count} lines have no text or no label, the first is line {first}; fill them in or leave them out"
    )]
    Gaps {
        /// How many.
        count: usize,
        /// The first of them.
        first: u64,
    },
    /// Nothing to tell apart.
    #[error("the examples have {0} labels, at least two are needed")]
    TooFewLabels(usize),
    /// So many labels that a label is hardly one.
    #[error(
        "the examples have {found} labels, at most {most} can be told apart; is `label` the right column"
    )]
    TooManyLabels {
        /// How many.
        found: usize,
        /// The limit.
        most: usize,
    },
    /// A kept model that is damaged, or of another version.
    #[error("this is no kept model of this version: {0}; learn again with `--learn`")]
    Kept(&'static str),
}

impl SuggestError {
    /// The coarse kind a caller acts on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    /// The stable code of this problem.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "suggest.too_large",
            Self::Encoding => "suggest.encoding",
            Self::NoColumn(_) => "suggest.no_column",
            Self::Line { .. } => "suggest.line",
            Self::Gaps { .. } => "suggest.gaps",
            Self::TooFewLabels(_) => "suggest.too_few_labels",
            Self::TooManyLabels { .. } => "suggest.too_many_labels",
            Self::Kept(_) => "suggest.kept",
        }
    }

    /// The message in both languages.
    #[must_use]
    pub fn message(&self) -> LocalText {
        let zh = match self {
            Self::TooLarge { found, most } => {
                format!("文件有 {found} 字节，最多读取 {most} 字节，请拆分")
            }
            Self::Encoding => "文件既不是 UTF-8 也不是 GB 18030，请另存为 CSV UTF-8".to_owned(),
            Self::NoColumn(name) => {
                format!("首行没有“{name}”一列，首行应有 text 和 label 两列")
            }
            Self::Line { line, why } => format!("第 {line} 行不是 CSV：{why}"),
            Self::Gaps { count, first } => {
                format!("有 {count} 行缺少文本或标签，首个在第 {first} 行，请补全或删除")
            }
            Self::TooFewLabels(found) => format!("样本只有 {found} 种标签，至少需要两种"),
            Self::TooManyLabels { found, most } => {
                format!("样本有 {found} 种标签，最多能区分 {most} 种，请确认 label 列是否正确")
            }
            Self::Kept(_) => "这不是本版本保存的模型，请用 --learn 重新学习".to_owned(),
        };
        LocalText::new(zh, self.to_string())
    }
}
