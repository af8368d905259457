//! A posted form as handlers take it: read whole, its token checked.
//!
//! Bodies are read piece by piece and a file only as far as it may be large: what is too much is thrown away while it
//! arrives, so that the answer is a page that names the photo and not a broken line.

use axum::RequestExt as _;
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{Form, FromRequest, FromRequestParts as _, Request};
use axum::http::{StatusCode, header};
use yuandu_api::photos::MAX_BYTES;
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Problem};

use super::sent::{Sent, SentFile};
use crate::error::PageError;
use crate::here::Here;

/// Most files taken from one form; those beyond are told apart by a problem at their field.
const MOST_FILES: usize = 12;
/// Longest text of one field: the longest declared one has some thousands of characters.
const LONGEST_TEXT: usize = 256 * 1024;
/// Most bytes read of one request, thrown away or not. A form route lifts the edge's own limit to this one.
pub const MOST_BYTES: usize = 256 * 1024 * 1024;

/// A form that was posted by this site's own page.
#[derive(Debug)]
pub struct Posted {
    /// Who sent it, and where from.
    pub here: Here,
    /// What was sent.
    pub sent: Sent,
}

impl FromRequest<App> for Posted {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let Ok(here) = Here::from_request_parts(&mut parts, app).await;
        let path = parts.uri.path().to_owned();
        let request = Request::from_parts(parts, body);
        let sent = if is_multipart(&request) {
            read_multipart(request).await?
        } else {
            let Form(pairs) = request
                .extract::<Form<Vec<(String, String)>>, _>()
                .await
                .map_err(|refused| {
                    unreadable(axum::response::IntoResponse::into_response(refused).status())
                })?;
            Sent::of_pairs(pairs)
        };
        if let Err(expired) = here.visitor.check_csrf(sent.text("_csrf")) {
            // What is typed into these is secret and is never shown again.
            let secret = ["/signin", "/consent", "/work/me", "/admin"];
            return Err(if secret.iter().any(|of| path.starts_with(of)) {
                expired.into()
            } else {
                PageError::unsent(expired, &sent)
            });
        }
        // A page of this site fills the key it carries; without one a form sent twice would be done twice.
        if sent
            .texts()
            .any(|(name, key)| name == "_key" && key.trim().is_empty())
        {
            return Err(unreadable(StatusCode::BAD_REQUEST).into());
        }
        Ok(Self { here, sent })
    }
}

fn is_multipart(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"))
}

async fn read_multipart(request: Request) -> Result<Sent, ApiError> {
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|refused| unreadable(refused.status()))?;
    let mut sent = Sent::default();
    loop {
        match parts.next_field().await {
            Ok(Some(part)) => read_part(part, &mut sent).await?,
            Ok(None) => return Ok(sent),
            Err(error) => return Err(unreadable(error.status())),
        }
    }
}

async fn read_part(mut part: Field<'_>, sent: &mut Sent) -> Result<(), ApiError> {
    let field = part.name().unwrap_or_default().to_owned();
    let file = part.file_name().map(str::to_owned);
    let most = if file.is_some() {
        MAX_BYTES
    } else {
        LONGEST_TEXT
    } + 1;
    let mut bytes = Vec::new();
    loop {
        match part.chunk().await {
            Ok(Some(piece)) => {
                let room = most.saturating_sub(bytes.len()).min(piece.len());
                bytes.extend_from_slice(piece.get(..room).unwrap_or_default());
            }
            Ok(None) => break,
            Err(error) => return Err(unreadable(error.status())),
        }
    }
    match file {
        // A file input without a choice sends an empty file without a name.
        Some(name) if name.is_empty() && bytes.is_empty() => {}
        Some(_) if sent.files.len() >= MOST_FILES => {
            if sent.problem_of(&field).is_none() {
                sent.add_problem(Problem::new(
                    "form.too_many_files",
                    &field,
                    format!("一次最多 {MOST_FILES} 个文件，后面的没有收下"),
                    format!("at most {MOST_FILES} files at once; the rest were left out"),
                ));
            }
        }
        Some(name) => sent.files.push(SentFile { field, name, bytes }),
        None if bytes.len() >= most => {
            return Err(unreadable(StatusCode::PAYLOAD_TOO_LARGE));
        }
        None => match String::from_utf8(bytes) {
            Ok(text) => sent.add(field, text),
            Err(_) => sent.add_problem(Problem::new(
                "form.not_text",
                &field,
                "内容不是 UTF-8 文字，没有收下，请重新填写",
                "this is not text in UTF-8 and was not taken; type it again",
            )),
        },
    }
    Ok(())
}

fn unreadable(status: StatusCode) -> ApiError {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return ApiError::new(
            ErrorKind::Invalid,
            "too_large",
            "发送的内容太大，什么都没有改动。照片请少一些、小一些",
            "what was sent is too large and nothing was changed; send fewer or smaller photos",
        );
    }
    ApiError::new(
        ErrorKind::Invalid,
        "form.unreadable",
        "表单没有完整送达，什么都没有改动，请返回后重新提交",
        "the form did not arrive whole and nothing was changed; go back and send it again",
    )
}
