//! Extractors whose refusals leave the house in our shape and in the reader's language, not in a library's words.

use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use yuandu_base::{ErrorKind, Problem};

use crate::ApiError;
use crate::context::language;

/// A JSON body, in or out.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

/// A body taken whole as it is.
#[derive(Debug, Clone)]
pub struct Raw(pub axum::body::Bytes);

/// What the query string says.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

/// What the path says.
#[derive(Debug, Clone)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let lang = language(request.headers());
        let read = axum::Json::<T>::from_request(request, state).await;
        read.map(|axum::Json(value)| Self(value))
            .map_err(|refused| unreadable_json(&refused).in_lang(lang))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let lang = language(request.headers());
        let read = axum::body::Bytes::from_request(request, state).await;
        read.map(Self)
            .map_err(|refused| body_lost(refused.status()).in_lang(lang))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let lang = language(&parts.headers);
        let read = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Query(value)| Self(value))
            .map_err(|refused| {
                at(
                    "query.unreadable",
                    "query",
                    "查询参数读不懂",
                    "the query cannot be read",
                    &cause(&refused),
                )
                .in_lang(lang)
            })
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let lang = language(&parts.headers);
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(value)| Self(value))
            .map_err(|refused| {
                at(
                    "path.unreadable",
                    "path",
                    "地址中有一段不对",
                    "a part of the address is not right",
                    &refused.body_text(),
                )
                .in_lang(lang)
            })
    }
}

fn unreadable_json(refused: &JsonRejection) -> ApiError {
    match refused {
        JsonRejection::MissingJsonContentType(_) => ApiError::new(
            ErrorKind::Invalid,
            "media_type",
            "请求内容必须是 JSON（Content-Type: application/json），没有任何改动",
            "the body must be JSON (Content-Type: application/json); nothing was changed",
        ),
        JsonRejection::BytesRejection(refused) => bytes_lost(refused),
        JsonRejection::JsonSyntaxError(_) => at(
            "json.syntax",
            "body",
            "请求内容不是正确的 JSON",
            "the body is not well-formed JSON",
            &cause(refused),
        ),
        _ => at(
            "json.shape",
            "body",
            "请求内容与接口说明不符",
            "the body is not what the API description says",
            &cause(refused),
        ),
    }
}

fn bytes_lost(refused: &BytesRejection) -> ApiError {
    body_lost(refused.status())
}

/// A body that did not arrive whole: too large, or the line broke.
pub(crate) fn body_lost(status: StatusCode) -> ApiError {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return ApiError::new(
            ErrorKind::Invalid,
            "too_large",
            "发送的内容太大，没有任何改动",
            "what was sent is too large; nothing was changed",
        );
    }
    ApiError::new(
        ErrorKind::Invalid,
        "body.unreadable",
        "内容没有完整送达，没有任何改动，请重新发送",
        "the body did not arrive whole and nothing was changed; send it again",
    )
}

fn at(code: &str, place: &str, zh: &str, en: &str, detail: &str) -> ApiError {
    let problem = Problem::new(
        code,
        place,
        format!("{zh}：{detail}"),
        format!("{en}: {detail}"),
    );
    ApiError::invalid(vec![problem])
}

/// The innermost reason: where the text breaks, without the names of our types.
fn cause(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
