//! From the errors of the domain crates to what leaves the house.

use yuandu_base::{ErrorKind, LocalText, Problem};
use yuandu_exchange::ExchangeError;
use yuandu_identity::IdentityError;
use yuandu_insight::InsightError;
use yuandu_places::PlacesError;
use yuandu_process::ProcessError;
use yuandu_registers::RegistersError;

use crate::ApiError;
use crate::error::private;

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        private(error.kind(), &error);
        match error {
            IdentityError::Store(error) => error.into(),
            IdentityError::Invalid(problems) => Self::invalid(problems),
            IdentityError::Denied { .. } => said(ErrorKind::Denied, "denied", &error.messages()),
            IdentityError::SignInRefused => {
                said(ErrorKind::Invalid, "sign_in_refused", &error.messages())
            }
            IdentityError::StepUp => said(ErrorKind::Denied, "step_up", &error.messages()),
            IdentityError::NetworkWaits => {
                let mut busy = said(ErrorKind::Busy, "network_waits", &error.messages());
                busy.retry_after_s = Some(600);
                busy
            }
            IdentityError::NotFound { .. } => Self::not_found(),
            _ => said(error.kind(), kind_code(error.kind()), &error.messages()),
        }
    }
}

impl From<ExchangeError> for ApiError {
    fn from(error: ExchangeError) -> Self {
        private(error.kind(), &error);
        match error {
            ExchangeError::Identity(error) => error.into(),
            ExchangeError::Store(error) => error.into(),
            ExchangeError::Invalid(problems) => Self::invalid(problems),
            other => {
                let code = match &other {
                    ExchangeError::Refused(refusal) => refusal.why.code(),
                    _ => kind_code(other.kind()),
                };
                said(other.kind(), code, &other.messages())
            }
        }
    }
}

impl From<InsightError> for ApiError {
    fn from(error: InsightError) -> Self {
        private(error.kind(), &error);
        match error {
            InsightError::Store(error) => error.into(),
            InsightError::Unknown { .. } => Self::not_found(),
            InsightError::NotCompilable { .. } => Self::internal(),
        }
    }
}

impl From<PlacesError> for ApiError {
    fn from(error: PlacesError) -> Self {
        private(error.kind(), &error);
        match error {
            PlacesError::Store(error) => error.into(),
            PlacesError::UnknownLayer { .. } => Self::not_found(),
            PlacesError::Geo(error) => error.into(),
        }
    }
}

impl From<yuandu_search::SearchError> for ApiError {
    fn from(error: yuandu_search::SearchError) -> Self {
        private(error.kind(), &error);
        match error {
            yuandu_search::SearchError::Store(error) => error.into(),
            yuandu_search::SearchError::NoSource(_) => Self::internal(),
        }
    }
}

impl From<yuandu_geo::GeoError> for ApiError {
    fn from(error: yuandu_geo::GeoError) -> Self {
        private(error.kind(), &error);
        Self::invalid(vec![error.problem("place")])
    }
}

/// One error out of several messages.
pub(crate) fn said(kind: ErrorKind, code: &str, messages: &[LocalText]) -> ApiError {
    let join = |of: fn(&LocalText) -> &str, with: &str| {
        messages.iter().map(of).collect::<Vec<_>>().join(with)
    };
    ApiError::new(
        kind,
        code,
        join(|text| &text.zh, "；"),
        join(|text| &text.en, "; "),
    )
}

/// The code of a kind that has no better one.
pub(crate) fn kind_code(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "not_found",
        ErrorKind::Denied => "denied",
        ErrorKind::Invalid => "invalid",
        ErrorKind::Conflict => "conflict",
        ErrorKind::Gone => "gone",
        ErrorKind::Busy => "busy",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::Internal => "internal",
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::invalid(vec![problem])
    }
}

impl From<ProcessError> for ApiError {
    fn from(error: ProcessError) -> Self {
        private(error.kind(), &error);
        match error {
            ProcessError::Identity(error) => error.into(),
            ProcessError::Store(error) => error.into(),
            ProcessError::Invalid(problems) => Self::invalid(problems),
            other => {
                let code = match &other {
                    ProcessError::TaskDone { .. } => "cases.task_done",
                    ProcessError::Claimed { .. } => "cases.task_claimed",
                    ProcessError::Waits { .. } => "cases.task_waits",
                    _ => kind_code(other.kind()),
                };
                said(other.kind(), code, &[other.message()])
            }
        }
    }
}

impl From<RegistersError> for ApiError {
    fn from(error: RegistersError) -> Self {
        private(error.kind(), &error);
        match error {
            RegistersError::Identity(error) => error.into(),
            RegistersError::Store(error) => error.into(),
            RegistersError::Invalid { problems } => Self::invalid(problems),
            other => said(other.kind(), kind_code(other.kind()), &other.messages()),
        }
    }
}
