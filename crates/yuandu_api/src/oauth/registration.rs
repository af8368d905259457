//! Clients that register and manage themselves (RFC 7591, RFC 7592).

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use yuandu_identity::OpCtx;
use yuandu_oidc::{ClientMetadata, Code, OAuthError, OidcError, Registered};

use super::answer;
use super::clients::bearer;
use crate::App;
use crate::context::Visitor;

type Done = Result<(StatusCode, Option<Registered>), OidcError>;

/// `POST /oauth/register`
pub(super) async fn register(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    with_token(&app, visitor, &headers, move |app, ctx, token| {
        let made = app.provider.register_itself(ctx, token, metadata(&body)?)?;
        Ok((StatusCode::CREATED, Some(made)))
    })
    .await
}

/// `GET /oauth/register/{client}`
pub(super) async fn read(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(client): Path<String>,
) -> Response {
    with_token(&app, visitor, &headers, move |app, ctx, token| {
        let known = app.provider.managed(ctx, &client, token)?;
        Ok((StatusCode::OK, Some(known)))
    })
    .await
}

/// `PUT /oauth/register/{client}`
pub(super) async fn change(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(client): Path<String>,
    body: Bytes,
) -> Response {
    with_token(&app, visitor, &headers, move |app, ctx, token| {
        let changed = app
            .provider
            .change_itself(ctx, &client, token, metadata(&body)?)?;
        Ok((StatusCode::OK, Some(changed)))
    })
    .await
}

/// `DELETE /oauth/register/{client}`
pub(super) async fn remove(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(client): Path<String>,
) -> Response {
    with_token(&app, visitor, &headers, move |app, ctx, token| {
        app.provider.remove_itself(ctx, &client, token)?;
        Ok((StatusCode::NO_CONTENT, None))
    })
    .await
}

async fn with_token<W>(app: &App, visitor: Visitor, headers: &HeaderMap, work: W) -> Response
where
    W: FnOnce(&App, &OpCtx, &str) -> Done + Send + 'static,
{
    let Some(token) = bearer(headers) else {
        return answer::no_token();
    };
    let ctx = visitor.ctx.as_actor(yuandu_identity::Actor::Anonymous);
    let issuer = app.base_url();
    let done = app.run(move |app| Ok(work(app, &ctx, &token))).await;
    let told = match done {
        Ok(Ok((status, Some(client)))) => client
            .answer(&issuer)
            .map(|body| answer::json_answer(status, &Value::Object(body))),
        Ok(Ok((status, None))) => Ok(status.into_response()),
        Ok(Err(error)) => Err(error),
        Err(busy) => return answer::unavailable(&busy),
    };
    told.unwrap_or_else(|error| answer::refused(error, false))
}

fn metadata(body: &Bytes) -> Result<ClientMetadata, OAuthError> {
    serde_json::from_slice(body).map_err(|error| {
        OAuthError::new(
            Code::InvalidClientMetadata,
            format!("the metadata cannot be read: {error}"),
        )
    })
}
