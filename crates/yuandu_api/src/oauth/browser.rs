//! The doors of browsers: authorization and sign-out.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use yuandu_base::{ErrorKind, Lang, LocalText};
use yuandu_oidc::{Answer, Form, LoginSession, OAuthError, OidcError};

use super::clients::{form_of, parsed};
use super::{answer, page};
use crate::context::{SESSION_COOKIE, Visitor, cookie};
use crate::operations::session::{SessionCookie, end_session};
use crate::{ApiError, App};

/// The parameter in which a sealed request comes back from our own pages.
const WAITING: &str = "waiting";

/// `GET /oauth/authorize`, from a client, or from our sign-in page with the sealed request.
pub(super) async fn authorize(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Response {
    let lang = visitor.lang();
    let form = match parsed(query.as_deref().unwrap_or_default()) {
        Ok(form) => form,
        Err(error) => return told(lang, &error),
    };
    let issuer = app.base_url();
    let resumed = form.get(WAITING).map(str::to_owned);
    let came_back = resumed.is_some();
    let done = app
        .run(move |app| {
            let session = visitor.signed_in.as_ref().map(LoginSession::from);
            let (ctx, session) = (&visitor.ctx, session.as_ref());
            Ok(match resumed {
                Some(waiting) => app.provider.resume(ctx, &issuer, &waiting, session),
                None => app.provider.authorize(ctx, &issuer, &form, session),
            })
        })
        .await;
    match done {
        Ok(Ok(answer)) => lead(lang, answer, came_back),
        Ok(Err(error)) => failed(lang, error),
        Err(busy) => busy.in_lang(lang).into_response(),
    }
}

/// `POST /oauth/authorize`: a form of another site comes without our cookie, so the browser asks again by GET.
pub(super) async fn authorize_posted(
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    again_by_get(&visitor, &headers, &body, "/oauth/authorize")
}

/// `GET /oauth/logout`: signs out at once if the client showed an ID token of this very session, else asks the person.
pub(super) async fn logout(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let lang = visitor.lang();
    let text = query.unwrap_or_default();
    let form = match parsed(&text) {
        Ok(form) => form,
        Err(error) => return told(lang, &error),
    };
    let asked = app
        .run(move |app| {
            let session = visitor.signed_in.as_ref();
            let session = session.map(|signed_in| signed_in.session.as_str());
            let issuer = app.base_url();
            Ok(app
                .provider
                .read_logout(&visitor.ctx, &issuer, &form, session))
        })
        .await;
    match asked {
        Ok(Ok(request)) if request.must_ask => {
            Redirect::to(&format!("/signout?{text}")).into_response()
        }
        Ok(Ok(request)) => {
            let to = request.goes_to.unwrap_or_else(|| "/".to_owned());
            signed_out(&app, &headers, &to).await
        }
        Ok(Err(error)) => failed(lang, error),
        Err(busy) => busy.in_lang(lang).into_response(),
    }
}

/// `POST /oauth/logout`
pub(super) async fn logout_posted(visitor: Visitor, headers: HeaderMap, body: Bytes) -> Response {
    again_by_get(&visitor, &headers, &body, "/oauth/logout")
}

/// Where a browser goes after its person agreed to sign out: `asked` is the query of the client's request.
///
/// # Errors
/// If the request is not right.
pub fn after_sign_out(
    app: &App,
    visitor: &Visitor,
    asked: &str,
) -> Result<Option<String>, ApiError> {
    let form = parsed(asked).map_err(OidcError::from)?;
    let request = app
        .provider
        .read_logout(&visitor.ctx, &app.base_url(), &form, None)?;
    Ok(request.goes_to)
}

/// Ends the session of the cookie and goes to `address`.
async fn signed_out(app: &App, headers: &HeaderMap, address: &str) -> Response {
    let token = cookie(headers, SESSION_COOKIE)
        .unwrap_or_default()
        .to_owned();
    let ended = {
        let base = Visitor::of(headers, app);
        app.run(move |app| end_session(app, &base, &token)).await
    };
    if let Err(error) = ended {
        return error.into_response();
    }
    let mut response = Redirect::to(address).into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, SessionCookie::removed());
    response
}

/// Where a browser goes after an answer; `came_back` says that it comes from a form of ours.
pub fn hop(lang: Lang, address: &str, came_back: bool) -> Response {
    if came_back {
        page::leading_on(lang, address)
    } else {
        (StatusCode::FOUND, [(header::LOCATION, address.to_owned())]).into_response()
    }
}

fn lead(lang: Lang, answer: Answer, came_back: bool) -> Response {
    match answer {
        Answer::Redirect(address) => hop(lang, &address, came_back),
        Answer::SignIn {
            waiting,
            again,
            login_hint,
            two_factor,
        } => {
            let next = format!("/oauth/authorize?{}", query(&[(WAITING, &waiting)]));
            let mut pairs = vec![("next", next.as_str())];
            if !login_hint.is_empty() {
                pairs.push(("login", &login_hint));
            }
            if again {
                pairs.push(("again", "1"));
            }
            if two_factor {
                pairs.push(("second", "1"));
            }
            Redirect::to(&format!("/signin?{}", query(&pairs))).into_response()
        }
        Answer::Consent { waiting } => {
            Redirect::to(&format!("/consent?{}", query(&[(WAITING, &waiting)]))).into_response()
        }
    }
}

fn query(pairs: &[(&str, &str)]) -> String {
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

fn again_by_get(visitor: &Visitor, headers: &HeaderMap, body: &Bytes, path: &str) -> Response {
    let read: Result<Form, OAuthError> = form_of(headers, body);
    match (read, std::str::from_utf8(body)) {
        (Ok(_), Ok(text)) => Redirect::to(&format!("{path}?{text}")).into_response(),
        (Err(error), _) => told(visitor.lang(), &error),
        (Ok(_), Err(_)) => StatusCode::BAD_REQUEST.into_response(),
    }
}

fn failed(lang: Lang, error: OidcError) -> Response {
    match error {
        OidcError::OAuth(error) => told(lang, &error),
        other if other.kind() == ErrorKind::Internal => {
            crate::error::private(other.kind(), &other);
            ApiError::internal().in_lang(lang).into_response()
        }
        other => answer::refused(other, false),
    }
}

fn told(lang: Lang, error: &OAuthError) -> Response {
    let words = LocalText::new(
        "您要登录的系统发来的请求不正确，没有发生任何改动。请回到那个系统重新登录；如果仍然这样，请把下面一行告诉它的管理员。",
        "The system you want to sign in to sent a request that is not right; nothing was changed. Go back there and try again; if it happens again, tell its administrator the line below.",
    );
    page::refused(lang, &words, &error.description)
}
