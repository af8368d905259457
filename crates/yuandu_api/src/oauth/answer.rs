//! Answers in the form of the OAuth standards: JSON that is never cached, errors with their registered codes, and the
//! headers that let pages of other origins call what public clients may call.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use yuandu_base::ErrorKind;
use yuandu_oidc::{Code, OAuthError, OidcError};

use crate::ApiError;
use crate::error::private;

/// A success.
pub(super) fn ok(body: &Value) -> Response {
    with_cors(json_answer(StatusCode::OK, body))
}

/// Something public that clients may keep for a while.
pub(super) fn cached(body: &Value) -> Response {
    let mut response = with_cors(json_answer(StatusCode::OK, body));
    let age = HeaderValue::from_static("public, max-age=300");
    response.headers_mut().insert(header::CACHE_CONTROL, age);
    response
}

/// A refusal or failure. `basic` says that the client tried the header `Authorization`.
pub(super) fn refused(error: OidcError, basic: bool) -> Response {
    match error {
        OidcError::OAuth(error) => oauth(&error, basic),
        other => {
            private(other.kind(), &other);
            unavailable_as(other.kind())
        }
    }
}

/// A refusal that has a registered code.
pub(super) fn oauth(error: &OAuthError, basic: bool) -> Response {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let body = json!({ "error": error.code.as_str(), "error_description": error.description });
    let mut response = json_answer(status, &body);
    let challenge = match error.code {
        Code::InvalidClient if basic => Some("Basic realm=\"yuandu\"".to_owned()),
        Code::InvalidToken | Code::InsufficientScope => Some(format!(
            "Bearer error=\"{}\", error_description=\"{}\"",
            error.code.as_str(),
            error.description
        )),
        _ => None,
    };
    if let Some(challenge) = challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
    }
    with_cors(response)
}

/// A request for a resource without any token (RFC 6750, 3.1: no error code).
pub(super) fn no_token() -> Response {
    let mut response = StatusCode::UNAUTHORIZED.into_response();
    response.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"yuandu\""),
    );
    with_cors(response)
}

/// Too busy, or broken.
pub(super) fn unavailable(error: &ApiError) -> Response {
    unavailable_as(error.kind)
}

fn unavailable_as(kind: ErrorKind) -> Response {
    let (status, code) = match kind {
        ErrorKind::Busy | ErrorKind::Unavailable | ErrorKind::Conflict => {
            (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
        }
        ErrorKind::Denied => (StatusCode::FORBIDDEN, "access_denied"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
    };
    let body =
        json!({ "error": code, "error_description": "nothing was changed; try again later" });
    with_cors(json_answer(status, &body))
}

/// What a browser asks before a page of another origin may call.
pub(super) async fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    with_cors(response)
}

/// Any origin may read: what these doors give depends on a token or proof in the request, never on a cookie.
fn with_cors(mut response: Response) -> Response {
    response.headers_mut().insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}

pub(super) fn json_answer(status: StatusCode, body: &Value) -> Response {
    let kind = HeaderValue::from_static("application/json");
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
