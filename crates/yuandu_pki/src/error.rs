//! What can go wrong with the authority.

use thiserror::Error;
use yuandu_base::{ErrorKind, LocalText, Problem};
use yuandu_identity::IdentityError;
use yuandu_store::StoreError;
use yuandu_trust::issue::SignError;

/// A refusal or failure of the authority.
#[derive(Debug, Error)]
pub enum PkiError {
    /// The server was started without an authority.
    #[error(
        "this server has no authority; start it with `--authority DIR`, the folder of `yuandu trust ceremony`"
    )]
    NoAuthority,
    /// There is no such request or certificate, or the caller may not know that there is.
    #[error("there is no {what} `{id}`; check the number")]
    NotFound {
        /// `request` or `certificate`.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// The input breaks rules; every problem names its field.
    #[error("the input has {} problem(s); see each field", .0.len())]
    Invalid(Vec<Problem>),
    /// The folder of the authority cannot be used.
    #[error("the authority cannot be used: {0}")]
    Authority(String),
    /// A service of the authority has no key at present.
    #[error("the {0} service has no certificate yet; it gets one within a minute")]
    NoService(&'static str),
    /// A key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A stored row cannot be read; our fault.
    #[error("a stored {what} cannot be read: {reason}")]
    Stored {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Not allowed, or not known.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PkiError {
    /// The coarse kind for callers.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoAuthority | Self::NoService(_) => ErrorKind::Unavailable,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Identity(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Authority(_) | Self::Sign(_) | Self::Stored { .. } => ErrorKind::Internal,
        }
    }

    /// What to tell the person, where there is no field to name.
    #[must_use]
    pub fn message(&self) -> LocalText {
        let en = self.to_string();
        let zh = match self {
            Self::NoAuthority => {
                "本服务器没有证书机构；请以 `--authority 文件夹`（`yuandu trust ceremony` 写出的文件夹）启动".to_owned()
            }
            Self::NotFound { what, id } => {
                let what = if *what == "request" { "申请" } else { "证书" };
                format!("没有{what} `{id}`，请核对编号")
            }
            Self::NoService(_) => "此服务还没有证书，一分钟内会签发，请稍后再试".to_owned(),
            _ => "证书机构出错了，已记录，请稍后再试".to_owned(),
        };
        LocalText::new(zh, en)
    }

    pub(crate) fn stored(what: &'static str, reason: impl ToString) -> Self {
        Self::Stored {
            what,
            reason: reason.to_string(),
        }
    }

    pub(crate) fn request(id: &str) -> Self {
        Self::NotFound {
            what: "request",
            id: id.to_owned(),
        }
    }

    pub(crate) fn certificate(serial: &str) -> Self {
        Self::NotFound {
            what: "certificate",
            id: serial.to_owned(),
        }
    }

    pub(crate) fn is_race(&self) -> bool {
        matches!(self, Self::Store(StoreError::Changed { .. }))
    }
}

/// A refusal that names one field.
pub(crate) fn refuse<T>(code: &str, place: &str, zh: &str, en: &str) -> Result<T, PkiError> {
    Err(PkiError::Invalid(vec![Problem::new(code, place, zh, en)]))
}
