//! What can go wrong with a case, for its user and for the log.

use jiff::Timestamp;
use thiserror::Error;
use yuandu_base::{ErrorKind, LocalText, Problem};
use yuandu_identity::IdentityError;
use yuandu_store::StoreError;

use crate::engine::EngineError;

/// A refusal or failure of an operation on cases.
#[derive(Debug, Error)]
pub enum ProcessError {
    /// There is no such case, task or system, or the caller may not know that there is.
    #[error("there is no {what} `{id}`; check the number")]
    NotFound {
        /// `case`, `task` or `system`.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// The input breaks rules; every problem names its field.
    #[error("the input has {} problem(s); see each field", .0.len())]
    Invalid(Vec<Problem>),
    /// The task was finished by someone else or by the process itself.
    #[error("the task `{task}` is no longer open: done by {by}")]
    TaskDone {
        /// Name of the task.
        task: String,
        /// Who did it, or `-` when the process withdrew it.
        by: String,
        /// When.
        at: Option<Timestamp>,
        /// The same in the user's languages.
        message: LocalText,
    },
    /// Another officer has taken the task on.
    #[error("the task is taken on by `{by}`; ask them to release it")]
    Claimed {
        /// Who has it.
        by: String,
    },
    /// Others were asked first.
    #[error("the step waits for {whom}; wait for their answer, or take the question back")]
    Waits {
        /// Who was asked.
        whom: String,
    },
    /// Too many changes at once to the same case.
    #[error("the case changed several times meanwhile; send the request again")]
    Contended,
    /// The version of the package the case runs on is not loaded.
    #[error("version `{version}` of `{system}` is not loaded; install it to go on with its cases")]
    VersionMissing {
        /// The system.
        system: String,
        /// The version.
        version: String,
    },
    /// A version that was published has other content now.
    #[error(
        "version `{version}` of `{system}` was published and is frozen, but {files} changed; raise `version` in package.toml"
    )]
    Frozen {
        /// The system.
        system: String,
        /// The version.
        version: String,
        /// The files that are not the same.
        files: String,
    },
    /// The process itself is wrong.
    #[error("the process cannot go on: {0}")]
    Engine(#[from] EngineError),
    /// Not allowed, or not known.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ProcessError {
    /// The coarse kind for callers.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::TaskDone { .. }
            | Self::Claimed { .. }
            | Self::Waits { .. }
            | Self::Frozen { .. } => ErrorKind::Conflict,
            Self::Contended => ErrorKind::Busy,
            Self::VersionMissing { .. } => ErrorKind::Unavailable,
            Self::Engine(EngineError::Gone { .. }) => ErrorKind::Conflict,
            Self::Engine(
                EngineError::Outcome { .. }
                | EngineError::Value { .. }
                | EngineError::NotBefore { .. }
                | EngineError::HalfWay { .. }
                | EngineError::NotStraight { .. }
                | EngineError::NotRepeated { .. },
            ) => ErrorKind::Invalid,
            Self::Engine(_) => ErrorKind::Internal,
            Self::Identity(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    /// The problems of the input, if that is what is wrong.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid(problems) => problems,
            _ => &[],
        }
    }

    /// What the user reads.
    #[must_use]
    pub fn message(&self) -> LocalText {
        let en = self.to_string();
        match self {
            Self::NotFound { what, id } => {
                let zh = match *what {
                    "case" => "案卷",
                    "task" => "任务",
                    "message" => "等待这条消息的案卷",
                    "incident" => "故障",
                    "repair" => "待定的修复",
                    "migration" => "迁移",
                    _ => "系统",
                };
                LocalText::new(format!("没有{zh} `{id}`，请核对编号"), en)
            }
            Self::Invalid(problems) => LocalText::new(
                format!("有 {} 处需要修改，请看各栏的说明", problems.len()),
                format!(
                    "{} field(s) need attention; see the note at each",
                    problems.len()
                ),
            ),
            Self::TaskDone { message, .. } => message.clone(),
            Self::Claimed { by } => {
                LocalText::new(format!("这项任务已由 {by} 认领，请联系其释放"), en)
            }
            Self::Waits { whom } => LocalText::new(
                format!("还在等 {whom} 办理或签署；请等其答复，或先把它收回"),
                en,
            ),
            Self::Contended => LocalText::new("案卷刚刚被多次改动，请重新提交", en),
            Self::VersionMissing { system, version } => LocalText::new(
                format!("系统 `{system}` 的版本 `{version}` 未安装，安装后才能继续办理"),
                en,
            ),
            Self::Frozen {
                system,
                version,
                files,
            } => LocalText::new(
                format!(
                    "系统 `{system}` 的版本 `{version}` 已经公布，不能再改，但 {files} 变了；请在 package.toml 里提高 version"
                ),
                en,
            ),
            Self::Engine(error) => LocalText::new(format!("流程无法继续：{error}"), en),
            Self::Identity(_) => LocalText::new("您无权办理此事", en),
            Self::Store(_) => LocalText::new("系统暂时无法保存，请稍后再试", en),
        }
    }
}
