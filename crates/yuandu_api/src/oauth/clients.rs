//! The doors of clients: token, pushed requests, introspection, revocation, userinfo.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value};
use yuandu_identity::OpCtx;
use yuandu_oidc::{Code, Credentials, Form, OAuthError, OidcError, Proof};

use super::answer;
use crate::App;
use crate::context::Visitor;

/// What a client sent, with what it proves itself by.
struct Sent {
    ctx: OpCtx,
    issuer: String,
    authorization: Option<String>,
    form: Form,
}

/// `POST /oauth/token`
pub(super) async fn token(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    proved(&app, visitor, &headers, &body, |app, sent, proof| {
        let issued = app
            .provider
            .token(&sent.ctx, &sent.issuer, proof, &sent.form)?;
        Ok((StatusCode::OK, Some(Value::Object(issued.0))))
    })
    .await
}

/// `POST /oauth/par`
pub(super) async fn push(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    proved(&app, visitor, &headers, &body, |app, sent, proof| {
        let pushed = app.provider.push_request(&sent.ctx, proof, &sent.form)?;
        Ok((StatusCode::CREATED, Some(Value::Object(pushed))))
    })
    .await
}

/// `POST /oauth/introspect`
pub(super) async fn introspect(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    proved(&app, visitor, &headers, &body, |app, sent, proof| {
        let told = app
            .provider
            .introspect(&sent.ctx, &sent.issuer, proof, &sent.form)?;
        Ok((StatusCode::OK, Some(told)))
    })
    .await
}

/// `POST /oauth/revoke`
pub(super) async fn revoke(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    proved(&app, visitor, &headers, &body, |app, sent, proof| {
        app.provider.revoke(&sent.ctx, proof, &sent.form)?;
        Ok((StatusCode::OK, None))
    })
    .await
}

/// `GET` and `POST /oauth/userinfo`: the token comes in the header or, by POST, in the form (RFC 6750, 2.1 and 2.2).
pub(super) async fn userinfo(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let in_form = || {
        let form = form_of(&headers, &body).ok()?;
        form.get("access_token").map(str::to_owned)
    };
    let Some(token) = bearer(&headers).or_else(in_form) else {
        return answer::no_token();
    };
    let told = app
        .run(move |app| Ok(app.provider.userinfo(&visitor.ctx, &token)))
        .await;
    told_or_refused(
        told.map(|told| {
            told.map(|claims: Map<String, Value>| (StatusCode::OK, Some(Value::Object(claims))))
        }),
        false,
    )
}

/// The token of a header `Authorization: Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= 512)
        .then(|| token.to_owned())
}

type Done = Result<(StatusCode, Option<Value>), OidcError>;

async fn proved(
    app: &App,
    visitor: Visitor,
    headers: &HeaderMap,
    body: &Bytes,
    work: fn(&App, &Sent, &Proof) -> Done,
) -> Response {
    let form = match form_of(headers, body) {
        Ok(form) => form,
        Err(error) => return answer::oauth(&error, false),
    };
    let authorization = headers
        .get(header::AUTHORIZATION)
        .map(|value| value.to_str().unwrap_or_default().to_owned());
    let basic = authorization.is_some();
    let sent = Sent {
        ctx: visitor.ctx.as_actor(yuandu_identity::Actor::Anonymous),
        issuer: app.base_url(),
        authorization,
        form,
    };
    let done = app
        .run(move |app| {
            let credentials = Credentials {
                authorization: sent.authorization.as_deref(),
                form: &sent.form,
            };
            let proof = app
                .provider
                .authenticate_client(&sent.ctx, &sent.issuer, &credentials);
            Ok(proof.and_then(|proof| work(app, &sent, &proof)))
        })
        .await;
    told_or_refused(done, basic)
}

fn told_or_refused(done: Result<Done, crate::ApiError>, basic: bool) -> Response {
    match done {
        Ok(Ok((StatusCode::OK, Some(body)))) => answer::ok(&body),
        Ok(Ok((status, Some(body)))) => answer::json_answer(status, &body),
        Ok(Ok((status, None))) => status.into_response(),
        Ok(Err(error)) => answer::refused(error, basic),
        Err(busy) => answer::unavailable(&busy),
    }
}

/// The form of a body; anything else is refused.
pub(super) fn form_of(headers: &HeaderMap, body: &Bytes) -> Result<Form, OAuthError> {
    let kind = headers.get(header::CONTENT_TYPE);
    let is_form = kind.is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    if !is_form {
        return Err(invalid(
            "the body must be application/x-www-form-urlencoded",
        ));
    }
    let text = std::str::from_utf8(body).map_err(|_| invalid("the body is not text"))?;
    parsed(text)
}

/// The form of a query or body.
pub(super) fn parsed(text: &str) -> Result<Form, OAuthError> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(text).map_err(|_| invalid("the parameters cannot be read"))?;
    Form::new(pairs)
}

fn invalid(description: &str) -> OAuthError {
    OAuthError::new(Code::InvalidRequest, description)
}
