//! Errors as they leave the house: a status, a stable code, words in the reader's language, all problems at once.
//!
//! The private half (sources, SQL, paths) goes to the log, never to the answer.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use yuandu_base::{ErrorKind, Lang, LocalText, Problem};

/// Codes of requests that could not even be read.
const UNREADABLE: [&str; 4] = [
    "json.syntax",
    "query.unreadable",
    "path.unreadable",
    "body.unreadable",
];

/// A refusal or failure on its way to the caller.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// What kind it is.
    pub kind: ErrorKind,
    /// Stable code, for example `cases.task_done`.
    pub code: String,
    /// What to tell the person.
    pub message: LocalText,
    /// Problems of single fields.
    pub problems: Vec<Problem>,
    /// The language to answer in.
    pub lang: Lang,
    /// When to try again, for [`ErrorKind::Busy`].
    pub retry_after_s: Option<u32>,
}

impl ApiError {
    /// A failure of one kind with its words.
    pub fn new(kind: ErrorKind, code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            message: LocalText::new(zh, en),
            problems: Vec::new(),
            lang: Lang::Zh,
            retry_after_s: None,
        }
    }

    /// Nothing is here, or nothing the caller may know of.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            ErrorKind::NotFound,
            "not_found",
            "没有找到您要的内容，请检查地址或编号",
            "nothing was found here; check the address or number",
        )
    }

    /// The caller must sign in first.
    #[must_use]
    pub fn sign_in() -> Self {
        Self::new(
            ErrorKind::Denied,
            "sign_in",
            "请先登录",
            "please sign in first",
        )
    }

    /// The input has problems, each at its field.
    #[must_use]
    pub fn invalid(problems: Vec<Problem>) -> Self {
        let mut error = Self::new(
            ErrorKind::Invalid,
            "invalid",
            "有内容需要改正，什么都没有改动",
            "some input must be corrected; nothing was changed",
        );
        if let [only] = problems.as_slice() {
            error.code.clone_from(&only.code);
        }
        error.problems = problems;
        error
    }

    /// Our fault; the details are in the log.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(
            ErrorKind::Internal,
            "internal",
            "系统出错了，已记录，请稍后再试",
            "something went wrong on our side and was recorded; please try again later",
        )
    }

    /// The same error in the reader's language.
    #[must_use]
    pub fn in_lang(mut self, lang: Lang) -> Self {
        self.lang = lang;
        self
    }

    /// The HTTP status of the kind. A refusal for want of a session is 401.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.kind {
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Denied if self.code == "sign_in" => StatusCode::UNAUTHORIZED,
            ErrorKind::Denied => StatusCode::FORBIDDEN,
            ErrorKind::Invalid if self.code == "too_large" => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorKind::Invalid if self.code == "media_type" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorKind::Invalid if UNREADABLE.contains(&self.code.as_str()) => {
                StatusCode::BAD_REQUEST
            }
            ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Gone => StatusCode::GONE,
            ErrorKind::Busy | ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// An error as JSON.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct ErrorView {
    /// Stable code.
    pub code: String,
    /// What to tell the person, in the language of the request.
    pub message: String,
    /// Problems of single fields.
    pub problems: Vec<ProblemView>,
}

/// One problem as JSON.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct ProblemView {
    /// Stable code.
    pub code: String,
    /// Field it belongs to.
    pub field: String,
    /// What to tell the person.
    pub message: String,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let view = ErrorView {
            code: self.code.clone(),
            message: self.message.get(self.lang).to_owned(),
            problems: self
                .problems
                .iter()
                .map(|problem| ProblemView {
                    code: problem.code.clone(),
                    field: problem.place.clone(),
                    message: problem.message.get(self.lang).to_owned(),
                })
                .collect(),
        };
        let mut response = (self.status(), Json(view)).into_response();
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            let seconds = HeaderValue::from(self.retry_after_s.unwrap_or(1));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

/// Logs the private half of an internal failure once, at the edge, with its chain of causes.
pub(crate) fn private(kind: ErrorKind, error: &dyn std::error::Error) {
    if matches!(kind, ErrorKind::Internal | ErrorKind::Unavailable) {
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            chain.push_str(": ");
            chain.push_str(&cause.to_string());
            source = cause.source();
        }
        tracing::error!(error = %chain, "a request failed");
    }
}

impl From<yuandu_store::StoreError> for ApiError {
    fn from(error: yuandu_store::StoreError) -> Self {
        use yuandu_store::StoreError as E;
        private(error.kind(), &error);
        match error {
            E::Changed { .. } => Self::new(
                ErrorKind::Conflict,
                "changed",
                "内容刚被别人改动，请刷新后再试",
                "someone changed this meanwhile; reload and try again",
            ),
            E::Taken { .. } => Self::new(
                ErrorKind::Conflict,
                "taken",
                "这个值已被使用，请换一个",
                "this value is already in use; choose another",
            ),
            E::KeyReused => Self::new(
                ErrorKind::Conflict,
                "idempotency.key_reused",
                "同一个提交编号被用于不同内容，请重新打开页面再提交",
                "the idempotency key was used for other content; send a new one",
            ),
            E::Busy { retry_after_s } => {
                let mut busy = Self::new(
                    ErrorKind::Busy,
                    "busy",
                    format!("系统繁忙，请过 {retry_after_s} 秒再试，没有任何改动"),
                    format!(
                        "the system is busy; try again in {retry_after_s} s, nothing was changed"
                    ),
                );
                busy.retry_after_s = Some(retry_after_s);
                busy
            }
            E::Unreachable { .. } => {
                let mut away = Self::new(
                    ErrorKind::Unavailable,
                    "database",
                    "数据库暂时连不上，没有任何改动，请过 5 秒再试",
                    "the database cannot be reached at the moment; nothing was changed, try again in 5 s",
                );
                away.retry_after_s = Some(5);
                away
            }
            E::Disk { .. } => Self::new(
                ErrorKind::Unavailable,
                "disk",
                "服务器暂时无法保存，没有任何改动，请稍后再试",
                "the server cannot save at the moment; nothing was changed, try again later",
            ),
            E::Shelf { .. } => Self::new(
                ErrorKind::Unavailable,
                "blobs_unreachable",
                "暂时无法存取照片和文件，请稍后再试",
                "photos and papers cannot be reached at the moment, try again later",
            ),
            E::ClockBehind { .. } => Self::new(
                ErrorKind::Unavailable,
                "clock_behind",
                "服务器的时钟比最近一次记录还早，没有任何改动。请联系管理员校准时钟，再重新提交",
                "the server's clock lies behind the newest record; nothing was changed. Ask the administrator to set it, then send this again",
            ),
            E::NotHere { .. } => Self::new(
                ErrorKind::Unavailable,
                "not_here",
                "这个站点现在不接受改动（它是备用站点，或已由另一个站点接管），没有任何改动，请到主站点办理",
                "this site takes no changes now (it is a standby, or another site took over); nothing was changed, use the primary site",
            ),
            E::Unconfirmed { .. } => Self::new(
                ErrorKind::Unavailable,
                "unconfirmed",
                "已在本站点保存，但另一个站点还没有确认；请稍后用同一提交再试一次，确认之后才算办成",
                "stored on this site, but the second site has not confirmed it yet; send the same request again shortly, it counts only then",
            ),
            _ => Self::internal(),
        }
    }
}
