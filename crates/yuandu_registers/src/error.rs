//! What can go wrong with registers.

use thiserror::Error;
use yuandu_base::{ErrorKind, LocalText, Problem};
use yuandu_identity::IdentityError;
use yuandu_sheet::SheetError;
use yuandu_store::StoreError;

/// A failure of registers.
#[derive(Debug, Error)]
pub enum RegistersError {
    /// No package declares this register.
    #[error("there is no register `{register}`; choose one from the list of registers")]
    NoRegister {
        /// The name asked for.
        register: String,
    },
    /// The record does not exist.
    #[error("there is no record `{id}` in `{register}`; it may have been removed")]
    NoRecord {
        /// The register.
        register: String,
        /// The record.
        id: String,
    },
    /// The input breaks rules; all problems at once.
    #[error("the input has {} problems; mend them and send it again", problems.len())]
    Invalid {
        /// The problems.
        problems: Vec<Problem>,
    },
    /// Someone else changed the record meanwhile.
    #[error("record `{id}` changed meanwhile; read it again and repeat the change")]
    Changed {
        /// The record.
        id: String,
    },
    /// The record is pointed at.
    #[error("record `{id}` is used by `{by}` of `{register}`; change that first")]
    InUse {
        /// The record.
        id: String,
        /// The register that points at it.
        register: String,
        /// A record that points at it.
        by: String,
    },
    /// The file cannot be read or written.
    #[error("the file cannot be used")]
    File(#[source] std::io::Error),
    /// The file is not one of rows, or breaks in the middle.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The gate refused or failed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RegistersError {
    /// The coarse kind for callers.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoRegister { .. } | Self::NoRecord { .. } => ErrorKind::NotFound,
            Self::Invalid { .. } => ErrorKind::Invalid,
            Self::Changed { .. } | Self::InUse { .. } => ErrorKind::Conflict,
            Self::File(_) => ErrorKind::Unavailable,
            Self::Sheet(error) => error.kind(),
            Self::Identity(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    /// What the user reads, in every language.
    #[must_use]
    pub fn messages(&self) -> Vec<LocalText> {
        let one = |zh: String| vec![LocalText::new(zh, self.to_string())];
        match self {
            Self::NoRegister { register } => {
                one(format!("没有登记簿 `{register}`，请从列表中选择"))
            }
            Self::NoRecord { register, id } => {
                one(format!("`{register}` 中没有记录 `{id}`，可能已被移除"))
            }
            Self::Invalid { problems } => problems
                .iter()
                .map(|problem| problem.message.clone())
                .collect(),
            Self::Changed { id } => one(format!("记录 `{id}` 已被他人修改，请刷新后再改")),
            Self::InUse { id, register, by } => one(format!(
                "记录 `{id}` 正被 `{register}` 的 `{by}` 使用，请先修改那里"
            )),
            Self::File(_) => one("文件无法读写，请稍后重试".to_owned()),
            Self::Sheet(error) => vec![error.message()],
            Self::Identity(error) => error.messages(),
            Self::Store(_) => one("暂时无法保存或读取，请稍后重试".to_owned()),
        }
    }

    pub(crate) fn invalid(problem: Problem) -> Self {
        Self::Invalid {
            problems: vec![problem],
        }
    }
}
