//! The doors of the exchange: messages and questions of other nodes, proved by their signatures and by nothing else.

use std::future::Future;
use std::pin::Pin;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use yuandu_exchange::{Answer, Incoming, Outgoing};
use yuandu_identity::{Actor, OpCtx};

use crate::extract::body_lost;
use crate::{ApiError, App};

/// Largest message.
const LARGEST: usize = 4 * 1024 * 1024;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/exchange/v1/inbox", post(inbox))
        .route("/exchange/v1/query", post(query))
}

/// An answer that is on its way.
pub type Carried<'c> = Pin<Box<dyn Future<Output = Result<Answer, String>> + Send + 'c>>;

/// Carries messages to other nodes. The composition hands it in, because the edge has no client.
pub trait Carrier: Send + Sync {
    /// Sends a message and brings the answer, or says why there is none.
    fn carry<'c>(&'c self, message: &'c Outgoing) -> Carried<'c>;
}

/// A city that sends nothing.
impl Carrier for () {
    fn carry<'c>(&'c self, _: &'c Outgoing) -> Carried<'c> {
        Box::pin(async { Err("this city sends nothing".to_owned()) })
    }
}

async fn query(
    State(app): State<App>,
    request: Request<axum::body::Body>,
) -> Result<Response, ApiError> {
    answered(app, request, |app, ctx, message| {
        app.exchange.answer_query(ctx, message)
    })
    .await
}

async fn inbox(
    State(app): State<App>,
    request: Request<axum::body::Body>,
) -> Result<Response, ApiError> {
    answered(app, request, |app, ctx, message| {
        app.exchange.receive(ctx, message)
    })
    .await
}

async fn answered(
    app: App,
    request: Request<axum::body::Body>,
    take: fn(&App, &OpCtx, &Incoming) -> Answer,
) -> Result<Response, ApiError> {
    let message = incoming(request).await?;
    let answer = app
        .run(move |app| {
            let ctx =
                OpCtx::new(app.realm, Actor::Anonymous, app.clock.clone()).for_purpose("exchange");
            Ok(take(app, &ctx, &message))
        })
        .await?;
    Ok(sent(answer))
}

/// The request as the exchange reads it. Headers that are no text cannot be covered by a signature and are left out.
async fn incoming(request: Request<axum::body::Body>) -> Result<Incoming, ApiError> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LARGEST)
        .await
        .map_err(|_| body_lost(StatusCode::PAYLOAD_TOO_LARGE))?;
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    Ok(Incoming {
        method: parts.method.as_str().to_owned(),
        path: parts
            .uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string),
        headers: parts.headers.iter().filter_map(text).collect(),
        body: body.to_vec(),
    })
}

fn sent(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body).into_response();
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
