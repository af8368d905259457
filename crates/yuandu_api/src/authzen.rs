//! Other systems ask whether someone may do something: OpenID AuthZEN Authorization API 1.0 over the same gate that decides
//! here. A caller shows an access token with the scope `authzen`.
//!
//! Facts of cases, tasks, registers and people are ours: what a caller says about them in `properties` is not believed,
//! except the `post` a person acts in.

mod decide;
mod model;
mod search;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use yuandu_identity::OpCtx;
use yuandu_oidc::OidcError;

use crate::App;
use crate::context::Visitor;
use crate::oauth::bearer;

/// Largest question.
const LARGEST: usize = 256 * 1024;
/// The scope a caller needs.
const SCOPE: &str = "authzen";
/// The header that ties question and answer together.
const REQUEST_ID: &str = "x-request-id";

/// Why a question is not answered.
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    message: String,
}

impl Refused {
    fn bad(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
        }
    }

    fn failed() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            message: "the decision could not be computed; deny, and ask again later".to_owned(),
        }
    }
}

type Answered = Result<Value, Refused>;

/// Every address of the API.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/.well-known/authzen-configuration", get(configuration))
        .route("/access/v1/evaluation", post(evaluation))
        .route("/access/v1/evaluations", post(evaluations))
        .route("/access/v1/search/subject", post(subjects))
        .route("/access/v1/search/resource", post(resources))
        .route("/access/v1/search/action", post(actions))
        .layer(DefaultBodyLimit::max(LARGEST))
}

async fn configuration(State(app): State<App>) -> Json<Value> {
    let base = app.base_url();
    let at = |path: &str| format!("{base}/access/v1/{path}");
    Json(json!({
        "policy_decision_point": base,
        "access_evaluation_endpoint": at("evaluation"),
        "access_evaluations_endpoint": at("evaluations"),
        "search_subject_endpoint": at("search/subject"),
        "search_resource_endpoint": at("search/resource"),
        "search_action_endpoint": at("search/action"),
    }))
}

async fn evaluation(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answered(&app, visitor, headers, body, decide::one).await
}

async fn evaluations(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answered(&app, visitor, headers, body, decide::many).await
}

async fn subjects(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answered(&app, visitor, headers, body, search::subjects).await
}

async fn resources(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answered(&app, visitor, headers, body, search::resources).await
}

async fn actions(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answered(&app, visitor, headers, body, search::actions).await
}

async fn answered(
    app: &App,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
    work: fn(&App, &OpCtx, &Bytes) -> Answered,
) -> Response {
    let request_id = headers.get(REQUEST_ID).cloned();
    let mut response = match bearer(&headers) {
        None => unauthorised("an access token with the scope authzen is needed"),
        Some(token) => {
            let done = app
                .run(move |app| Ok(ask(app, &visitor.ctx, &headers, &token, &body, work)))
                .await;
            done.unwrap_or_else(|busy| (busy.status(), busy.message.en).into_response())
        }
    };
    let own = response.headers_mut();
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(request_id) = request_id {
        own.insert(REQUEST_ID, request_id);
    }
    response
}

fn ask(
    app: &App,
    ctx: &OpCtx,
    headers: &HeaderMap,
    token: &str,
    body: &Bytes,
    work: fn(&App, &OpCtx, &Bytes) -> Answered,
) -> Response {
    let access = match app.provider.access(ctx, token) {
        Ok(access) => access,
        Err(OidcError::OAuth(error)) => return unauthorised(&error.description),
        Err(error) => {
            crate::error::private(error.kind(), &error);
            return text(&Refused::failed());
        }
    };
    if let Err(error) = access.require(SCOPE) {
        return (StatusCode::FORBIDDEN, error.description).into_response();
    }
    let kind = headers.get(header::CONTENT_TYPE);
    if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json")) {
        return text(&Refused::bad("the body must be application/json"));
    }
    let ctx = ctx.as_actor(yuandu_identity::Actor::Service(access.client.id.clone()));
    match work(app, &ctx, body) {
        Ok(answer) => Json(answer).into_response(),
        Err(refused) => text(&refused),
    }
}

fn text(refused: &Refused) -> Response {
    (refused.status, refused.message.clone()).into_response()
}

fn unauthorised(message: &str) -> Response {
    let mut response = (StatusCode::UNAUTHORIZED, message.to_owned()).into_response();
    response.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer scope=\"authzen\""),
    );
    response
}
