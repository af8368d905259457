//! The built styles, scripts and drawings, embedded in the binary and served under `/assets/`.
//!
//! Addresses carry a hash of the content (`/assets/app.css?v=1a2b3c4d5e6f`), so they may be cached for ever.
//! This module must not know what the files contain.

use std::borrow::Cow;
use std::fmt::Write as _;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

/// Files without which no page looks or behaves as meant.
const NEEDED: [&str; 7] = [
    "app.css",
    "app.js",
    "map.css",
    "map.js",
    "map-worker.js",
    "offline.js",
    "sw.js",
];

/// The service worker: the browser asks for it by this plain name, and must notice a new one.
const WORKER: &str = "sw.js";

/// A year, the longest a cache is asked to keep something.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Dist;

/// The address of a built file with its content hash, ready for `href` and `src`.
#[must_use]
pub fn url(name: &str) -> String {
    match Dist::get(name) {
        Some(file) => format!("/assets/{name}?v={}", hash_of(&file)),
        None => format!("/assets/{name}"),
    }
}

/// Names of needed files that were not there when the binary was built; empty when the browser side is complete.
///
/// The server prints them at start: pages still work without them, but plainly.
#[must_use]
pub fn missing() -> Vec<&'static str> {
    NEEDED
        .into_iter()
        .filter(|name| Dist::get(name).is_none())
        .collect()
}

/// Serves the built files under `/assets/`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/assets/{*name}", get(serve))
        .route("/favicon.ico", get(favicon))
}

async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    answer(&name, &headers)
}

async fn favicon(headers: HeaderMap) -> Response {
    answer("icon.svg", &headers)
}

fn answer(name: &str, headers: &HeaderMap) -> Response {
    // `build.mjs` writes a gzip twin beside each text file, so that no request pays for compression.
    let packed = wants_gzip(headers)
        .then(|| Dist::get(&format!("{name}.gz")))
        .flatten();
    let Some(plain) = Dist::get(name) else {
        return (StatusCode::NOT_FOUND, "no such file").into_response();
    };
    let tag = format!("\"{}\"", hash_of(&plain));
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes())
    {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let gzip = packed.is_some();
    let body: Cow<'static, [u8]> = packed.map_or(plain.data, |file| file.data);
    let mut response = body.into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime(name)));
    if name == WORKER {
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        out.insert(
            HeaderName::from_static("service-worker-allowed"),
            HeaderValue::from_static("/work"),
        );
    } else {
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    }
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if gzip {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    response
}

fn wants_gzip(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("gzip"))
}

fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "png" => "image/png",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn hash_of(file: &EmbeddedFile) -> String {
    let mut text = String::with_capacity(12);
    for byte in file.metadata.sha256_hash().iter().take(6) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{FOR_EVER, answer, mime};
    use axum::http::{HeaderMap, StatusCode, header};

    #[test]
    fn a_file_that_was_not_built_is_not_found() {
        let response = answer("no-such-file.css", &HeaderMap::new());
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn scripts_and_styles_have_their_own_types() {
        assert_eq!(mime("app.js"), "text/javascript; charset=utf-8");
        assert_eq!(mime("app.css"), "text/css; charset=utf-8");
    }

    #[test]
    fn a_built_file_is_cached_for_ever_under_its_hash() {
        // Without a built browser side there is nothing to serve; `missing` reports that.
        if super::missing().is_empty() {
            let response = answer("app.css", &HeaderMap::new());
            assert_eq!(response.headers()[header::CACHE_CONTROL], FOR_EVER);
            assert!(super::url("app.css").starts_with("/assets/app.css?v="));
            let worker = answer("sw.js", &HeaderMap::new());
            assert_eq!(worker.headers()[header::CACHE_CONTROL], "no-cache");
            assert_eq!(worker.headers()["service-worker-allowed"], "/work");
        }
    }
}
