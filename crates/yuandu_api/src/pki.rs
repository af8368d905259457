//! The doors of the certificate authority that are open to everyone, as certificates and their readers expect them: OCSP
//! (RFC 6960, with the headers of RFC 5019), lists and certificates (RFC 5280, RFC 2585), time-stamps (RFC 3161).
//!
//! What is wrong with a question is told in the protocol's own form, with HTTP status 200, as its programs expect.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use yuandu_base::ErrorKind;
use yuandu_pki::{MOST_QUESTION_BYTES, OcspReply, Pki, PkiError};

use crate::context::Visitor;
use crate::error::private;
use crate::extract::Path;
use crate::{ApiError, App};

/// Longest question in an address: a GET is meant for less than 255 bytes (RFC 5019, 5).
const LONGEST_IN_PATH: usize = 4096;
/// How long caches on the way may keep an answer. A revocation is to be seen within seconds.
const ANSWER_KEPT: &str = "max-age=5, public, no-transform, must-revalidate";
/// How long they may keep a list.
const LIST_KEPT: &str = "max-age=60, public, no-transform";
/// How long they may keep a certificate.
const CERTIFICATE_KEPT: &str = "max-age=86400, public, no-transform";
const OCSP: &str = "application/ocsp-response";
const STAMP: &str = "application/timestamp-reply";
const LIST: &str = "application/pkix-crl";
const CERTIFICATE: &str = "application/pkix-cert";

/// The routes.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/pki/ocsp", post(ask_ocsp))
        .route("/pki/ocsp/{*question}", get(ask_ocsp_in_path))
        .route("/pki/tsa", post(stamp))
        .route("/pki/ca.pem", get(chain))
        .route("/pki/root.crl", get(root_list))
        .route("/pki/root.cer", get(root))
        .route("/pki/crl/{file}", get(list))
        .route("/pki/ca/{file}", get(certificate))
}

async fn ask_ocsp(State(app): State<App>, visitor: Visitor, body: Body) -> Response {
    // A question that is too long or breaks off is malformed like any other.
    let question = to_bytes(body, MOST_QUESTION_BYTES).await;
    answer(app, visitor, question.unwrap_or_default()).await
}

async fn ask_ocsp_in_path(
    State(app): State<App>,
    visitor: Visitor,
    Path(question): Path<String>,
) -> Response {
    let text = Some(question).filter(|text| text.len() <= LONGEST_IN_PATH);
    let question = text.and_then(|text| STANDARD.decode(text).ok());
    answer(app, visitor, question.unwrap_or_default().into()).await
}

async fn answer(app: App, visitor: Visitor, question: Bytes) -> Response {
    let answered = app
        .run(move |app| Ok(app.pki.answer(&visitor.ctx, &question)?))
        .await;
    let reply = answered.unwrap_or_else(|_| Pki::failed_answer());
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(OCSP));
    let (cached, tag) = match reply.counts {
        Some(_) => (ANSWER_KEPT, Some(tag(&reply))),
        None => ("no-store", None),
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cached));
    if let Some((from, until)) = reply.counts {
        put(&mut headers, header::LAST_MODIFIED, &http_date(from));
        put(&mut headers, header::EXPIRES, &http_date(until));
    }
    if let Some(tag) = tag {
        put(&mut headers, header::ETAG, &tag);
    }
    (headers, Arc::unwrap_or_clone(reply.der)).into_response()
}

fn tag(reply: &OcspReply) -> String {
    let digest = Sha256::digest(reply.der.as_slice());
    format!("\"{}\"", STANDARD.encode(digest))
}

fn put(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// RFC 9110, 5.6.7.
fn http_date(at: Timestamp) -> String {
    let zoned = at.to_zoned(TimeZone::UTC);
    zoned.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

async fn stamp(State(app): State<App>, visitor: Visitor, body: Body) -> Response {
    let question = to_bytes(body, MOST_QUESTION_BYTES)
        .await
        .unwrap_or_default();
    let stamped = app
        .run(move |app| Ok(app.pki.stamp(&visitor.ctx, &question, &mut rand::rng())?))
        .await;
    let reply = stamped.unwrap_or_else(|_| Pki::failed_stamp());
    bytes(STAMP, "no-store", reply)
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Path(file): Path<String>,
) -> Result<Response, ApiError> {
    app.run(move |app| {
        named(app, &file, ".crl")?;
        let list = app.pki.list(&visitor.ctx)?;
        Ok(bytes(LIST, LIST_KEPT, Arc::unwrap_or_clone(list)))
    })
    .await
}

async fn certificate(
    State(app): State<App>,
    Path(file): Path<String>,
) -> Result<Response, ApiError> {
    named(&app, &file, ".cer")?;
    let der = app.pki.authority()?.certificate().der.clone();
    Ok(bytes(CERTIFICATE, CERTIFICATE_KEPT, der))
}

/// Whether a file's name is the authority's with this ending.
fn named(app: &App, file: &str, ending: &str) -> Result<(), ApiError> {
    let id = app.pki.authority()?.id();
    match file.strip_suffix(ending) {
        Some(name) if name == id => Ok(()),
        _ => Err(ApiError::not_found()),
    }
}

async fn chain(State(app): State<App>) -> Result<Response, ApiError> {
    let pem = app.pki.authority()?.pem();
    Ok(bytes(
        "application/x-pem-file",
        CERTIFICATE_KEPT,
        pem.into_bytes(),
    ))
}

async fn root(State(app): State<App>) -> Result<Response, ApiError> {
    let der = app.pki.authority()?.root().der.clone();
    Ok(bytes(CERTIFICATE, CERTIFICATE_KEPT, der))
}

async fn root_list(State(app): State<App>) -> Result<Response, ApiError> {
    let list = app.pki.authority()?.root_list().to_vec();
    Ok(bytes(LIST, CERTIFICATE_KEPT, list))
}

fn bytes(media: &'static str, kept: &'static str, body: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, kept)];
    (StatusCode::OK, headers, body).into_response()
}

impl From<PkiError> for ApiError {
    fn from(error: PkiError) -> Self {
        match error {
            PkiError::Identity(error) => error.into(),
            PkiError::Store(error) => error.into(),
            PkiError::Invalid(problems) => Self::invalid(problems),
            // Nothing is served here: that is no failure of the server.
            PkiError::NoAuthority => {
                let words = error.message();
                Self::new(
                    ErrorKind::Unavailable,
                    "pki.no_authority",
                    words.zh,
                    words.en,
                )
            }
            PkiError::NotFound { .. } => {
                let words = error.message();
                Self::new(ErrorKind::NotFound, "not_found", words.zh, words.en)
            }
            other => {
                private(other.kind(), &other);
                let words = other.message();
                Self::new(
                    other.kind(),
                    crate::errors::kind_code(other.kind()),
                    words.zh,
                    words.en,
                )
            }
        }
    }
}
