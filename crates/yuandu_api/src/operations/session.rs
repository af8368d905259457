//! Signing in and out.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yuandu_identity::{Asserted, IdentityError, NewSession, SignIn, Site};

use crate::context::{SESSION_COOKIE, Visitor, cookie};
use crate::extract::Json;
use crate::operation::{ANYONE, Operation, SIGNED_IN, schema_of};
use crate::operations::me::QuestionView;
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

/// The second step of signing in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondStep {
    /// What the first step answered.
    waiting: String,
    /// Six digits of the app, or a recovery code.
    code: String,
}

/// The first step was right; a code must follow.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WaitingView {
    /// To be sent back with the code within five minutes.
    waiting: String,
}

/// The authenticator's answer to `navigator.credentials.get`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAnswer {
    /// What came with the question.
    waiting: String,
    /// `id`, base64url.
    id: String,
    /// `response.clientDataJSON`, base64url.
    client_data: String,
    /// `response.authenticatorData`, base64url.
    authenticator_data: String,
    /// `response.signature`, base64url.
    signature: String,
}

/// A fresh proof.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProveRequest {
    /// Password.
    password: String,
    /// A code, if the person has a second factor.
    #[serde(default)]
    code: String,
}

/// How to end a pause.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnlockRequest {
    /// Login.
    login: String,
    /// A recovery code.
    code: String,
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
    let mut operations = begin_and_end();
    operations.extend(proofs());
    operations
}

fn begin_and_end() -> Vec<Operation> {
    vec![
        Operation {
            id: "sign_in",
            method: "post",
            path: "/api/v1/session",
            tag: "session",
            summary: "Signs in and sets the session cookie; 202 with what waits if the person has a second factor.",
            permission: ANYONE,
            audit: Some("identity.sign_in"),
            parameters: &[],
            request: Some(("application/json", schema_of::<SignInRequest>)),
            response: (200, "application/json", Some(schema_of::<SessionView>)),
            handler: post(sign_in),
        },
        Operation {
            id: "sign_in_second",
            method: "post",
            path: "/api/v1/session/second",
            tag: "session",
            summary: "Second step of signing in: a code of the authenticator app, or a recovery code.",
            permission: ANYONE,
            audit: Some("identity.sign_in"),
            parameters: &[],
            request: Some(("application/json", schema_of::<SecondStep>)),
            response: (200, "application/json", Some(schema_of::<SessionView>)),
            handler: post(sign_in_second),
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

fn proofs() -> Vec<Operation> {
    vec![
        Operation {
            id: "ask_passkey",
            method: "get",
            path: "/api/v1/session/passkey/question",
            tag: "session",
            summary: "The question for `navigator.credentials.get`.",
            permission: ANYONE,
            audit: None,
            parameters: &[],
            request: None,
            response: (200, "application/json", Some(schema_of::<QuestionView>)),
            handler: get(ask_passkey),
        },
        Operation {
            id: "sign_in_passkey",
            method: "post",
            path: "/api/v1/session/passkey",
            tag: "session",
            summary: "Signs in with a passkey.",
            permission: ANYONE,
            audit: Some("identity.sign_in"),
            parameters: &[],
            request: Some(("application/json", schema_of::<PasskeyAnswer>)),
            response: (200, "application/json", Some(schema_of::<SessionView>)),
            handler: post(sign_in_passkey),
        },
        Operation {
            id: "prove_again",
            method: "post",
            path: "/api/v1/session/prove",
            tag: "session",
            summary: "Proves again who one is, as sensitive acts demand.",
            permission: SIGNED_IN,
            audit: Some("identity.prove_again"),
            parameters: &[],
            request: Some(("application/json", schema_of::<ProveRequest>)),
            response: (204, "application/json", None),
            handler: post(prove),
        },
        Operation {
            id: "unlock",
            method: "post",
            path: "/api/v1/session/unlock",
            tag: "session",
            summary: "Ends the pause of an account with one of its recovery codes.",
            permission: ANYONE,
            audit: Some("identity.unlock"),
            parameters: &[],
            request: Some(("application/json", schema_of::<UnlockRequest>)),
            response: (204, "application/json", None),
            handler: post(unlock),
        },
    ]
}

async fn sign_in(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<SignInRequest>,
) -> Result<Response, ApiError> {
    let asked = visitor.clone();
    let step = app
        .run(move |app| sign_in_cookie(app, &asked, request.login, request.password))
        .await
        .map_err(|error| error.in_lang(visitor.lang()))?;
    match step {
        Step::Done(cookie) => begun(&app, &visitor, cookie).await,
        Step::Second(waiting) => {
            Ok((StatusCode::ACCEPTED, Json(WaitingView { waiting })).into_response())
        }
    }
}

async fn sign_in_second(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<SecondStep>,
) -> Result<Response, ApiError> {
    let asked = visitor.clone();
    let cookie = app
        .run(move |app| second_cookie(app, &asked, &request.waiting, &request.code))
        .await
        .map_err(|error| error.in_lang(visitor.lang()))?;
    begun(&app, &visitor, cookie).await
}

/// The answer to a sign-in: who is signed in, and the cookie.
async fn begun(app: &App, visitor: &Visitor, cookie: SessionCookie) -> Result<Response, ApiError> {
    let (ctx, lang, text) = (visitor.ctx.clone(), visitor.lang(), cookie.token.clone());
    let view = app
        .run(move |app| {
            let token =
                yuandu_identity::SessionToken::parse(&text).ok_or_else(ApiError::internal)?;
            let signed_in = app.identity.authenticate(&ctx, &token)?;
            Ok(view(&signed_in.ok_or_else(ApiError::internal)?, lang))
        })
        .await?;
    let mut response = Json(view).into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, cookie.header()?);
    Ok(response)
}

async fn ask_passkey(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Json<QuestionView>, ApiError> {
    let asked = app.identity.ask_passkey(&visitor.ctx, None)?;
    Ok(Json(QuestionView::new(&app, asked, String::new())))
}

async fn sign_in_passkey(
    State(app): State<App>,
    visitor: Visitor,
    Json(sent): Json<PasskeyAnswer>,
) -> Result<Response, ApiError> {
    let asked = visitor.clone();
    let cookie = app
        .run(move |app| {
            let answer = Asserted {
                id: sent.id,
                client_data: sent.client_data,
                authenticator_data: sent.authenticator_data,
                signature: sent.signature,
            };
            let site = Site::of(&app.base_url());
            let session =
                app.identity
                    .sign_in_passkey(&asked.ctx, &site, (&sent.waiting, &answer))?;
            Ok(cookie_of(app, &asked, &session))
        })
        .await
        .map_err(|error| error.in_lang(visitor.lang()))?;
    begun(&app, &visitor, cookie).await
}

async fn prove(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Json(request): Json<ProveRequest>,
) -> Result<StatusCode, ApiError> {
    let lang = visitor.lang();
    visitor.officer()?;
    let token = cookie(&headers, SESSION_COOKIE)
        .unwrap_or_default()
        .to_owned();
    app.run(move |app| prove_again(app, &visitor, &token, (&request.password, &request.code)))
        .await
        .map_err(|error| error.in_lang(lang))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Proves again who someone is in the session of a cookie; the one way for pages and programs.
pub fn prove_again(
    app: &App,
    visitor: &Visitor,
    token: &str,
    proof: (&str, &str),
) -> Result<(), ApiError> {
    let token = yuandu_identity::SessionToken::parse(token).ok_or_else(ApiError::sign_in)?;
    app.identity.prove_again(&visitor.ctx, &token, proof)?;
    Ok(())
}

async fn unlock(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<UnlockRequest>,
) -> Result<StatusCode, ApiError> {
    let lang = visitor.lang();
    app.run(move |app| {
        Ok(app
            .identity
            .unlock(&visitor.ctx, &request.login, &request.code)?)
    })
    .await
    .map_err(|error| error.in_lang(lang))?;
    Ok(StatusCode::NO_CONTENT)
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
    secure: bool,
}

impl SessionCookie {
    /// The header that sets it: for this site only, not readable by scripts, by HTTPS only where people use it.
    pub fn header(&self) -> Result<HeaderValue, ApiError> {
        let text = format!(
            "{SESSION_COOKIE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{}",
            self.token,
            self.seconds,
            if self.secure { "; Secure" } else { "" }
        );
        HeaderValue::from_str(&text).map_err(|_| ApiError::internal())
    }

    /// The header that removes it.
    #[must_use]
    pub fn removed() -> HeaderValue {
        HeaderValue::from_static("yuandu_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
    }
}

/// Where a sign-in stands after the password.
pub enum Step {
    /// A session has begun.
    Done(SessionCookie),
    /// A second factor must follow; what waits is sealed.
    Second(String),
}

/// First step of signing in; the one way for pages and programs.
pub fn sign_in_cookie(
    app: &App,
    visitor: &Visitor,
    login: String,
    password: String,
) -> Result<Step, ApiError> {
    let request = SignIn {
        login,
        password,
        post: None,
    };
    match app.identity.sign_in(&visitor.ctx, &request) {
        Ok(session) => Ok(Step::Done(cookie_of(app, visitor, &session))),
        Err(IdentityError::SecondFactor { waiting }) => Ok(Step::Second(waiting)),
        Err(error) => Err(error.into()),
    }
}

/// Second step of signing in.
pub fn second_cookie(
    app: &App,
    visitor: &Visitor,
    waiting: &str,
    code: &str,
) -> Result<SessionCookie, ApiError> {
    let session = app.identity.sign_in_second(&visitor.ctx, waiting, code)?;
    Ok(cookie_of(app, visitor, &session))
}

/// The cookie of a session that has just begun.
fn cookie_of(app: &App, visitor: &Visitor, session: &NewSession) -> SessionCookie {
    let left = session
        .signed_in
        .expires_at
        .duration_since(visitor.ctx.now());
    SessionCookie {
        token: session.token.reveal(),
        seconds: left.as_secs().max(0),
        secure: app.is_secure(),
    }
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
