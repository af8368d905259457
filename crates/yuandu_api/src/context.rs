//! From a request to the context of an operation: session, language, trace; and what keeps foreign sites from acting for someone.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use yuandu_base::{ErrorKind, Lang};
use yuandu_identity::{Actor, CsrfToken, OpCtx, SessionToken, SignedIn, double_submit_matches};

use crate::{ApiError, App};

/// Cookie of the session.
pub const SESSION_COOKIE: &str = "yuandu_session";
/// Cookie of the double-submit token of visitors without a session.
pub const CSRF_COOKIE: &str = "yuandu_csrf";

/// Who asks: every handler takes one.
#[derive(Clone)]
pub struct Visitor {
    /// The context for use cases.
    pub ctx: OpCtx,
    /// The session, if signed in.
    pub signed_in: Option<SignedIn>,
    anonymous_csrf: String,
}

impl std::fmt::Debug for Visitor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Visitor")
            .field("actor", &self.ctx.actor_name())
            .finish_non_exhaustive()
    }
}

impl Visitor {
    /// Who sent these headers, read anew.
    #[must_use]
    pub fn of(headers: &HeaderMap, app: &App) -> Self {
        visitor(headers, app, &CsrfToken::random().reveal())
    }

    /// The language to answer in.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.ctx.lang
    }

    /// The token to put into the field `_csrf` of a form.
    #[must_use]
    pub fn csrf(&self) -> String {
        self.signed_in.as_ref().map_or_else(
            || self.anonymous_csrf.clone(),
            |signed_in| signed_in.csrf.reveal(),
        )
    }

    /// Checks the field `_csrf` of a sent form.
    pub fn check_csrf(&self, sent: &str) -> Result<(), ApiError> {
        let matches = match &self.signed_in {
            Some(signed_in) => signed_in.csrf.matches(sent),
            None => double_submit_matches(&self.anonymous_csrf, sent),
        };
        if matches {
            return Ok(());
        }
        let refused = ApiError::new(
            ErrorKind::Denied,
            "csrf",
            "页面已过期，什么都没有改动。请返回上一页，刷新后重新提交",
            "the page has expired and nothing was changed; go back, reload and send again",
        );
        Err(refused.in_lang(self.lang()))
    }

    /// A visitor who must be signed in.
    pub fn officer(&self) -> Result<&SignedIn, ApiError> {
        self.signed_in
            .as_ref()
            .ok_or_else(|| ApiError::sign_in().in_lang(self.lang()))
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        Ok(Self::of(&parts.headers, app))
    }
}

/// Reads cookies and language; a session that cannot be read counts as none.
fn visitor(headers: &HeaderMap, app: &App, fresh_csrf: &str) -> Visitor {
    let lang = language(headers);
    let base = OpCtx::new(app.realm, Actor::Anonymous, app.clock.clone()).in_language(lang);
    let signed_in = cookie(headers, SESSION_COOKIE)
        .and_then(SessionToken::parse)
        .and_then(|token| {
            let found = app.identity.authenticate(&base, &token);
            found
                .inspect_err(|error| crate::error::private(error.kind(), error))
                .ok()
                .flatten()
        });
    let ctx = match &signed_in {
        Some(signed_in) => base.as_actor(Actor::Officer(signed_in.officer.clone())),
        None => base,
    };
    let anonymous_csrf = cookie(headers, CSRF_COOKIE)
        .filter(|token| token.len() == fresh_csrf.len())
        .unwrap_or(fresh_csrf)
        .to_owned();
    Visitor {
        ctx,
        signed_in,
        anonymous_csrf,
    }
}

/// The reader's language: chosen by cookie, else the browser's, else Chinese.
#[must_use]
pub fn language(headers: &HeaderMap) -> Lang {
    let browser = || {
        let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        accepted
            .split(',')
            .filter_map(|part| part.split(';').next())
            .find_map(|tag| tag.trim().parse().ok())
    };
    cookie(headers, "yuandu_lang")
        .and_then(|tag| tag.parse().ok())
        .or_else(browser)
        .unwrap_or_default()
}

/// The value of a cookie.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// Makes the visitor once per request, gives anonymous visitors their token, and refuses changes that another site's page asks for.
pub async fn visit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let fresh = CsrfToken::random().reveal();
    let mut visitor = visitor(request.headers(), &app, &fresh);
    visitor.ctx.network = network(&app, &request);
    if !is_for_other_sites(request.uri().path())
        && from_another_site(request.method(), request.headers())
    {
        let refused = ApiError::new(
            ErrorKind::Denied,
            "cross_site",
            "这个请求来自另一个网站，已拒绝，没有任何改动",
            "this request came from another site and was refused; nothing was changed",
        );
        return refused.in_lang(visitor.lang()).into_response();
    }
    let given = visitor.signed_in.is_none() && visitor.anonymous_csrf == fresh;
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if given && is_page {
        let secure = if app.is_secure() { "; Secure" } else { "" };
        let cookie =
            format!("{CSRF_COOKIE}={fresh}; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400{secure}");
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

/// Where a request comes from: the other end of the line, or what our own proxy says. Of a list only the last address was
/// written by that proxy; the others anyone may have put there.
fn network(app: &App, request: &Request) -> Option<IpAddr> {
    if app.behind_proxy {
        let headers = request.headers().get_all("x-forwarded-for");
        let last = headers.iter().next_back()?.to_str().ok()?;
        return last.rsplit(',').next()?.trim().parse().ok();
    }
    let line = request.extensions().get::<ConnectInfo<SocketAddr>>();
    line.map(|ConnectInfo(address)| address.ip())
}

/// Doors that pages of other sites may send to: none of them acts by the cookie of a session.
fn is_for_other_sites(path: &str) -> bool {
    ["/open311/", "/oauth/", "/access/", "/scim/", "/pki/"]
        .iter()
        .any(|begin| path.starts_with(begin))
}

/// Whether a changing request was sent by a page of another origin: browsers say so in `Sec-Fetch-Site` and `Origin`.
fn from_another_site(method: &Method, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok())
    else {
        return false;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    origin.split_once("://").is_none_or(|(_, own)| own != host)
}

/// Headers that every answer carries.
pub async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        (
            "content-security-policy",
            "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(self), geolocation=(self), microphone=()",
        ),
        ("cross-origin-opener-policy", "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, Method};

    use super::from_another_site;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn changes_asked_for_by_other_sites_are_told_apart() {
        let post = |pairs| from_another_site(&Method::POST, &headers(pairs));
        assert!(post(&[("sec-fetch-site", "cross-site")]));
        assert!(post(&[("sec-fetch-site", "same-site")]));
        assert!(!post(&[("sec-fetch-site", "same-origin")]));
        assert!(post(&[
            ("origin", "https://evil.example"),
            ("host", "city.example")
        ]));
        assert!(post(&[("origin", "null"), ("host", "city.example")]));
        assert!(!post(&[
            ("origin", "http://127.0.0.1:8370"),
            ("host", "127.0.0.1:8370")
        ]));
        assert!(!post(&[]), "programs that are not browsers send neither");
        assert!(!from_another_site(
            &Method::GET,
            &headers(&[("sec-fetch-site", "cross-site")])
        ));
    }
}
