//! Photos sent ahead: a report or a decision then names them.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use yuandu_base::ErrorKind;
use yuandu_identity::{CaseFacts, Resource};
use yuandu_store::{Blobs, Plan};

use crate::extract::{Json, Raw};
use crate::operation::{Operation, schema_of};
use crate::{ApiError, App, Visitor, photos};

/// A stored photo.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PhotoView {
    /// Name to give in a field of photos.
    name: String,
    /// Bytes kept.
    size: usize,
}

/// Operations on photos.
pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "upload_photo",
        method: "post",
        path: "/api/v1/photos",
        tag: "photos",
        summary: "Keeps a JPEG, PNG or WebP of at most 10 MB, freed of its metadata, and answers with its name.",
        permission: "cases.create",
        audit: Some("photos.keep"),
        parameters: &[],
        request: Some(("image/jpeg", schema_of::<String>)),
        response: (201, "application/json", Some(schema_of::<PhotoView>)),
        handler: post(upload_photo),
    }]
}

async fn upload_photo(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Raw(bytes): Raw,
) -> Result<Response, ApiError> {
    let lang = visitor.lang();
    let kind = headers.get(header::CONTENT_TYPE);
    if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"image/")) {
        return Err(no_image().in_lang(lang));
    }
    let view = app
        .run(move |app| keep(app, &visitor, &bytes))
        .await
        .map_err(|error| error.in_lang(lang))?;
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

fn keep(app: &App, visitor: &Visitor, bytes: &[u8]) -> Result<PhotoView, ApiError> {
    may_report(app, visitor)?;
    let ctx = &visitor.ctx;
    let stored = photos::take_in("photo", "photo", bytes)?;
    let name = app.store.blobs().put(&stored)?;
    let size = stored.len();
    let entry = ctx.entry(
        "photos.keep",
        format!("photo/{name}"),
        json!({ "kind": "photo_kept", "size": size }),
    );
    let record = Blobs::record(&name, size, photos::MEDIA_TYPE, ctx.now());
    app.store
        .commit(Plan::new(ctx.realm, entry).change(record))?;
    Ok(PhotoView {
        name: name.to_string(),
        size,
    })
}

/// Who may report to any system may send photos ahead.
fn may_report(app: &App, visitor: &Visitor) -> Result<(), ApiError> {
    let mut refused = Err(ApiError::not_found());
    for system in app.systems.iter().filter(|system| system.has_cases) {
        let case = Resource::case(&CaseFacts {
            system: &system.id,
            ..CaseFacts::default()
        });
        match app.gate.require(&visitor.ctx, "cases.create", &case) {
            Ok(()) => return Ok(()),
            Err(error) => refused = Err(error.into()),
        }
    }
    refused
}

fn no_image() -> ApiError {
    ApiError::new(
        ErrorKind::Invalid,
        "media_type",
        "请求内容必须是照片（Content-Type: image/jpeg、image/png 或 image/webp），没有任何改动",
        "the body must be a photo (Content-Type: image/jpeg, image/png or image/webp); nothing was changed",
    )
}
