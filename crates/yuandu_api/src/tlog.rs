//! The published log: checkpoint and tiles for anyone (C2SP tlog-tiles), and this city's service as a witness of other logs.
//!
//! Leaf inputs hold position, realm, time and a salted hash; nothing else of an entry leaves here.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use yuandu_transparency::{Publisher, TilePath, TransparencyError, Witness};

use crate::error::private;
use crate::extract::Path;
use crate::{ApiError, App};

/// A tile that is full, and a partial one too, never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Largest request to cosign: a proof and a checkpoint.
const LARGEST_REQUEST: usize = 64 * 1024;

/// What is published, and with which keys.
#[derive(Debug, Clone)]
pub struct PublishedLog {
    /// Signs this city's checkpoints.
    pub publisher: Arc<Publisher>,
    /// Cosigns the logs of others, if this city is a witness.
    pub witness: Option<Arc<Witness>>,
}

/// The routes; to be merged with the pages.
pub fn routes(log: PublishedLog) -> Router<App> {
    let cosign = post(add_checkpoint).layer(DefaultBodyLimit::max(LARGEST_REQUEST));
    Router::new()
        .route("/log/checkpoint", get(checkpoint))
        .route("/log/key", get(key))
        .route("/log/tile/{*path}", get(tile))
        .route("/witness/add-checkpoint", cosign)
        .route("/witness/key", get(witness_key))
        .layer(Extension(log))
}

async fn checkpoint(
    State(app): State<App>,
    Extension(log): Extension<PublishedLog>,
) -> Result<Response, ApiError> {
    let note = app
        .run(move |app| Ok(log.publisher.checkpoint(&app.store.log())?))
        .await?;
    Ok(text(&note, "no-cache"))
}

async fn key(Extension(log): Extension<PublishedLog>) -> Response {
    text(&format!("{}\n", log.publisher.public()), "no-cache")
}

async fn tile(State(app): State<App>, Path(path): Path<String>) -> Result<Response, ApiError> {
    let tile = TilePath::parse(&path).ok_or_else(ApiError::not_found)?;
    let bytes = app
        .run(move |app| Ok(tile.read(&app.store.log())?))
        .await?
        .ok_or_else(ApiError::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, FOR_EVER),
    ];
    Ok((headers, bytes).into_response())
}

async fn add_checkpoint(
    State(app): State<App>,
    Extension(log): Extension<PublishedLog>,
    body: String,
) -> Result<Response, ApiError> {
    let Some(witness) = log.witness else {
        return Err(ApiError::not_found());
    };
    let now = app.clock.now().as_second().unsigned_abs();
    let answer = app.run(move |_| Ok(witness.add(&body, now)?)).await?;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static(answer.media_type),
    )];
    Ok((status, kind, answer.body).into_response())
}

async fn witness_key(Extension(log): Extension<PublishedLog>) -> Result<Response, ApiError> {
    let witness = log.witness.ok_or_else(ApiError::not_found)?;
    Ok(text(&format!("{}\n", witness.public()), "no-cache"))
}

fn text(body: &str, caching: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, caching),
    ];
    (headers, body.to_owned()).into_response()
}

impl From<TransparencyError> for ApiError {
    fn from(error: TransparencyError) -> Self {
        private(error.kind(), &error);
        match error {
            TransparencyError::Store(error) => error.into(),
            _ => Self::internal(),
        }
    }
}
