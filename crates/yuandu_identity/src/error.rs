//! What can go wrong in identity: two audiences, one enum.

use thiserror::Error;
use yuandu_base::{ErrorKind, LocalText, Problem};
use yuandu_store::StoreError;

/// A failure of identity. Messages never hold a password, a token or a person's data.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The actor may not do this.
    #[error("`{action}` is not allowed")]
    Denied {
        /// The action asked for.
        action: String,
        /// What is missing, in the reader's languages.
        reasons: Vec<LocalText>,
    },
    /// Login or password is wrong, or sign-in of this login is paused: one answer for all, so that nobody learns which.
    #[error("login or password is not right")]
    SignInRefused,
    /// The password was right; a code of the second factor must follow.
    #[error("a second factor is needed")]
    SecondFactor {
        /// The first step, sealed, to be sent with the code.
        waiting: String,
    },
    /// The act needs a proof of who one is that is a few minutes old at most.
    #[error("prove again who you are")]
    StepUp,
    /// Too many sign-ins failed from one network.
    #[error("too many failed sign-ins from this network; try again in ten minutes")]
    NetworkWaits,
    /// The input breaks rules; all of them at once.
    #[error("the input breaks {} rules", .0.len())]
    Invalid(Vec<Problem>),
    /// The person, post, organisation or session does not exist.
    #[error("no {what} `{id}`")]
    NotFound {
        /// `person`, `post`, `organisation`, `session`.
        what: &'static str,
        /// The id asked for.
        id: String,
    },
    /// Too many people sign in at once.
    #[error("too many sign-ins at once; try again shortly")]
    Busy,
    /// A policy reads a fact that the list does not have.
    #[error("the list of {kind} has no column for `{attribute}`")]
    NoColumn {
        /// Kind of resource.
        kind: &'static str,
        /// Attribute a policy reads.
        attribute: String,
    },
    /// The policy engine refused what we built; our fault.
    #[error("the policy engine refused: {0}")]
    PolicyEngine(String),
    /// A stored row cannot be read; our fault.
    #[error("a stored {what} cannot be read: {reason}")]
    Stored {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Hashing a password failed; our fault.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
    /// The key of sealed secrets cannot be used; the operator must look.
    #[error(
        "secrets cannot be sealed with `{path}`: {reason}; restore the file from the backup, or remove it if no secret was sealed yet"
    )]
    Vault {
        /// The file, or the purpose.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IdentityError {
    /// The coarse kind for callers.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied { .. }
            | Self::SignInRefused
            | Self::SecondFactor { .. }
            | Self::StepUp => ErrorKind::Denied,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Busy | Self::NetworkWaits => ErrorKind::Busy,
            Self::NoColumn { .. }
            | Self::PolicyEngine(_)
            | Self::Stored { .. }
            | Self::Hash(_)
            | Self::Vault { .. } => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    /// What the person is told.
    #[must_use]
    pub fn messages(&self) -> Vec<LocalText> {
        match self {
            Self::Denied { reasons, .. } => reasons.clone(),
            Self::Invalid(problems) => problems
                .iter()
                .map(|problem| problem.message.clone())
                .collect(),
            Self::SignInRefused => vec![LocalText::new(
                "登录名或密码不正确；连续 5 次不正确后，该登录名暂停登录 15 分钟",
                "login or password is not right; after five failures in a row sign-in with this login pauses for 15 minutes",
            )],
            Self::SecondFactor { .. } => vec![LocalText::new(
                "密码正确，请输入验证器应用里的 6 位数字（或一个备用码）",
                "the password is right; now type the six digits of your authenticator app, or a recovery code",
            )],
            Self::StepUp => vec![LocalText::new(
                "这项操作要再确认一次身份，请重新输入密码",
                "this needs a fresh proof of who you are; type your password again",
            )],
            Self::NetworkWaits => vec![LocalText::new(
                "您所在的网络登录失败次数过多，请 10 分钟后再试",
                "too many sign-ins failed from your network; try again in ten minutes",
            )],
            Self::NotFound { .. } => vec![LocalText::new("没有找到", "not found")],
            Self::Busy => vec![LocalText::new(
                "登录的人较多，请稍后再试",
                "many people are signing in; try again shortly",
            )],
            _ if self.kind() == ErrorKind::Conflict => {
                vec![LocalText::new(
                    "内容已被他人更改，请刷新后再试",
                    "someone else changed it meanwhile; reload and try again",
                )]
            }
            _ => vec![LocalText::new(
                "系统暂时无法处理，请稍后再试",
                "this cannot be done right now; try again shortly",
            )],
        }
    }

    pub(crate) fn policy_engine(error: impl ToString) -> Self {
        Self::PolicyEngine(error.to_string())
    }

    pub(crate) fn stored(what: &'static str, reason: impl ToString) -> Self {
        Self::Stored {
            what,
            reason: reason.to_string(),
        }
    }
}
