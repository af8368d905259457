//! Signing in and out.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yuandu_identity::SignIn;

use crate::context::{SESSION_COOKIE, Visitor, cookie};
use crate::extract::Json;
use crate::operation::{ANYONE, Operation, SIGNED_IN, schema_of};
use crate::{ApiError, App};

/// Login and password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// Login.
    login: String,
    /// Password.
    password: String,
}

/// Who is signed in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SessionView {
    /// Id of the person.
    user: String,
    /// Name of the person.
    name: String,
    /// Id of the post acted in.
    post: String,
    /// Title of the post, in the language of the request.
    post_title: String,
    /// Organisation of the post.
    org: String,
    /// Name of the organisation, in the language of the request.
    org_name: String,
    /// Roles of the post.
    roles: Vec<String>,
    /// When the session ends, RFC 3339.
    expires_at: String,
}

/// Operations on the session.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "sign_in",
            method: "post",
            path: "/api/v1/session",
            tag: "session",
            summary: "Signs in and sets the session cookie.",
            permission: ANYONE,
            audit: Some("identity.sign_in"),
            parameters: &[],
            request: Some(("application/json", schema_of::<SignInRequest>)),
            response: (200, "application/json", Some(schema_of::<SessionView>)),
            handler: post(sign_in),
        },
        Operation {
            id: "view_session",
            method: "get",
            path: "/api/v1/session/current",
            tag: "session",
            summary: "Who is signed in.",
            permission: SIGNED_IN,
            audit: None,
            parameters: &[],
            request: None,
            response: (200, "application/json", Some(schema_of::<SessionView>)),
            handler: get(view_session),
        },
        Operation {
            id: "sign_out",
            method: "post",
            path: "/api/v1/session/end",
            tag: "session",
            summary: "Signs out.",
            permission: SIGNED_IN,
            audit: Some("identity.sign_out"),
            parameters: &[],
            request: None,
            response: (204, "application/json", None),
            handler: post(sign_out),
        },
    ]
}

async fn sign_in(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<SignInRequest>,
) -> Result<Response, ApiError> {
    let lang = visitor.lang();
    let (cookie, view) = app
        .run(move |app| {
            let cookie = sign_in_cookie(app, &visitor, request.login, request.password)?;
            let token = yuandu_identity::SessionToken::parse(&cookie.token)
                .ok_or_else(ApiError::internal)?;
            let signed_in = app
                .identity
                .authenticate(&visitor.ctx, &token)?
                .ok_or_else(ApiError::internal)?;
            Ok((cookie, view(&signed_in, lang)))
        })
        .await
        .map_err(|error| error.in_lang(lang))?;
    let mut response = Json(view).into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, cookie.header()?);
    Ok(response)
}

async fn view_session(visitor: Visitor) -> Result<Json<SessionView>, ApiError> {
    Ok(Json(view(visitor.officer()?, visitor.lang())))
}

async fn sign_out(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let lang = visitor.lang();
    visitor.officer()?;
    let token = cookie(&headers, SESSION_COOKIE)
        .unwrap_or_default()
        .to_owned();
    app.run(move |app| end_session(app, &visitor, &token))
        .await
        .map_err(|error| error.in_lang(lang))?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, SessionCookie::removed());
    Ok(response)
}

/// The cookie of a new session.
pub struct SessionCookie {
    token: String,
    seconds: i64,
}

impl SessionCookie {
    /// The header that sets it: for this site only, not readable by scripts.
    pub fn header(&self) -> Result<HeaderValue, ApiError> {
        let text = format!(
            "{SESSION_COOKIE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}",
            self.token, self.seconds
        );
        HeaderValue::from_str(&text).map_err(|_| ApiError::internal())
    }

    /// The header that removes it.
    #[must_use]
    pub fn removed() -> HeaderValue {
        HeaderValue::from_static("yuandu_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
    }
}

/// Signs in; the one way for pages and programs.
pub fn sign_in_cookie(
    app: &App,
    visitor: &Visitor,
    login: String,
    password: String,
) -> Result<SessionCookie, ApiError> {
    let request = SignIn {
        login,
        password,
        post: None,
    };
    let session = app.identity.sign_in(&visitor.ctx, &request)?;
    let seconds = session
        .signed_in
        .expires_at
        .duration_since(visitor.ctx.now())
        .as_secs()
        .max(0);
    Ok(SessionCookie {
        token: session.token.reveal(),
        seconds,
    })
}

/// Ends the session of a cookie.
pub fn end_session(app: &App, visitor: &Visitor, token: &str) -> Result<(), ApiError> {
    if let Some(token) = yuandu_identity::SessionToken::parse(token) {
        app.identity.sign_out(&visitor.ctx, &token)?;
    }
    Ok(())
}

fn view(signed_in: &yuandu_identity::SignedIn, lang: yuandu_base::Lang) -> SessionView {
    let officer = &signed_in.officer;
    SessionView {
        user: officer.user.to_string(),
        name: officer.name.clone(),
        post: officer.post.to_string(),
        post_title: officer.post_title.get(lang).to_owned(),
        org: officer.org.to_string(),
        org_name: officer.org_name.get(lang).to_owned(),
        roles: officer.roles.iter().cloned().collect(),
        expires_at: signed_in.expires_at.to_string(),
    }
}
