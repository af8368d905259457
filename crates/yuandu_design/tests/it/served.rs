//! Built files: types, caching, compression.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use tower::ServiceExt;
use yuandu_design::assets;

async fn get(path: &str, name: header::HeaderName, value: &str) -> Response {
    let app: Router = assets::router();
    let request = Request::get(path)
        .header(name, value)
        .body(Body::empty())
        .unwrap();
    app.oneshot(request).await.unwrap()
}

#[tokio::test]
async fn a_built_style_is_packed_typed_and_kept_for_ever() {
    if !assets::missing().is_empty() {
        return;
    }
    let path = assets::url("app.css");
    let response = get(&path, header::ACCEPT_ENCODING, "gzip, br").await;
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers().clone();
    assert_eq!(headers[header::CONTENT_TYPE], "text/css; charset=utf-8");
    assert_eq!(headers[header::CONTENT_ENCODING], "gzip");
    assert_eq!(
        headers[header::CACHE_CONTROL],
        "public, max-age=31536000, immutable"
    );
    let tag = headers[header::ETAG].to_str().unwrap();
    let again = get(&path, header::IF_NONE_MATCH, tag).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn what_was_not_built_is_not_found() {
    let response = get("/assets/../Cargo.toml", header::ACCEPT_ENCODING, "gzip").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}
