//! Refusals that no handler of ours wrote (unknown address, wrong method, time-out, a bug) take our shape where programs ask.

use axum::extract::Request;
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use yuandu_base::ErrorKind;

use crate::ApiError;
use crate::context::language;

/// Where programs ask and expect JSON.
const FOR_PROGRAMS: [&str; 3] = ["/api/", "/tiles/", "/ogc/"];
/// What a refusal keeps of the answer it replaces.
const KEPT: [HeaderName; 2] = [header::ALLOW, header::SET_COOKIE];

/// Around everything: gives bare refusals a code and words in the reader's language.
pub(crate) async fn in_our_shape(request: Request, next: Next) -> Response {
    let lang = language(request.headers());
    let path = request.uri().path();
    let for_programs = FOR_PROGRAMS.iter().any(|begin| path.starts_with(begin));
    let response = next.run(request).await;
    let failed = response.status().is_client_error() || response.status().is_server_error();
    if !for_programs || !failed || is_json(&response) {
        return response;
    }
    let mut shaped = words_of(response.status()).in_lang(lang).into_response();
    *shaped.status_mut() = response.status();
    for name in KEPT {
        if let Some(value) = response.headers().get(&name) {
            shaped.headers_mut().insert(name, value.clone());
        }
    }
    shaped
}

fn is_json(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

fn words_of(status: StatusCode) -> ApiError {
    match status {
        StatusCode::NOT_FOUND => ApiError::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => ApiError::new(
            ErrorKind::Invalid,
            "method",
            "这个地址不支持这种请求方法，请看接口说明 /api/openapi.json",
            "this address does not take this method; see /api/openapi.json",
        ),
        StatusCode::SERVICE_UNAVAILABLE => ApiError::new(
            ErrorKind::Busy,
            "timeout",
            "处理超时，请查询结果后再决定是否重发",
            "the request took too long; look whether it was done before sending it again",
        ),
        status if status.is_server_error() => ApiError::internal(),
        _ => ApiError::new(
            ErrorKind::Invalid,
            "refused",
            "请求不正确，没有任何改动",
            "the request is not right; nothing was changed",
        ),
    }
}
