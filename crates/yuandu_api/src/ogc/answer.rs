//! What answers of this door have in common: links, absolute addresses, and refusals with the status the standard asks for.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use yuandu_base::{ErrorKind, Lang};

use crate::{ApiError, App};

/// GeoJSON.
pub(super) const GEOJSON: &str = "application/geo+json";
/// Plain JSON.
pub(super) const JSON: &str = "application/json";
/// Vector tiles.
pub(super) const TILE: &str = "application/vnd.mapbox-vector-tile";

/// An address of this door; `path` begins with a slash or is empty.
pub(super) fn address(app: &App, path: &str) -> String {
    format!("{}/ogc{path}", app.base_url())
}

/// A link.
pub(super) fn link(href: impl Into<String>, rel: &str, kind: &str, title: &str) -> Value {
    json!({ "href": href.into(), "rel": rel, "type": kind, "title": title })
}

/// An answer in JSON of some kind. Map programs in browsers may read it from any origin: what a cookie allows is not sent
/// with such a request.
pub(super) fn answer(kind: &'static str, body: &Value) -> Response {
    let mut response = body.to_string().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    open(&mut response);
    response
}

/// Says that pages of any origin may read the answer.
pub(super) fn open(response: &mut Response) {
    let any = HeaderValue::from_static("*");
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    headers.insert(
        HeaderName::from_static("access-control-expose-headers"),
        HeaderValue::from_static("content-crs, link"),
    );
}

/// A refusal: whatever is wrong with a request is 400 here.
pub(super) fn refused(error: ApiError, lang: Lang) -> Response {
    let wrong = error.kind == ErrorKind::Invalid;
    let mut response = error.in_lang(lang).into_response();
    if wrong {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    open(&mut response);
    response
}
