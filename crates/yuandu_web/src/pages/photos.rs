//! Photos by their names. The name is the hash of the bytes: nobody can guess it, and pages give it only to who may see
//! the photo, so the name itself is the permission.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use yuandu_api::{ApiError, App, photos};
use yuandu_store::BlobRef;

use crate::pages::error::PageError;

/// A photo never changes under its name; only the reader's own browser keeps it.
const KEPT: &str = "private, max-age=31536000, immutable";

/// `/photos/{name}` and its small version.
pub fn router() -> Router<App> {
    Router::new()
        .route("/photos/{name}", get(whole))
        .route("/photos/{name}/small", get(small))
}

async fn whole(State(app): State<App>, Path(name): Path<String>) -> Result<Response, PageError> {
    Ok(app
        .run(move |app| Ok(answer(bytes_of(app, &name)?)))
        .await?)
}

async fn small(State(app): State<App>, Path(name): Path<String>) -> Result<Response, PageError> {
    let found = app.run(move |app| {
        let bytes = bytes_of(app, &name)?;
        Ok(answer(photos::thumbnail(&bytes).unwrap_or(bytes)))
    });
    Ok(found.await?)
}

fn bytes_of(app: &App, name: &str) -> Result<Vec<u8>, ApiError> {
    let name = BlobRef::parse(name).ok_or_else(ApiError::not_found)?;
    let found = app.store.blobs().get(&name)?;
    // Other files lie on the same shelf, segments of the archive among them: those are never given out by name.
    found
        .filter(|bytes| bytes.starts_with(&photos::JPEG))
        .ok_or_else(ApiError::not_found)
}

fn answer(bytes: Vec<u8>) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(photos::MEDIA_TYPE),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static(KEPT)),
    ];
    (headers, bytes).into_response()
}
