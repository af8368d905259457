//! Failures as whole pages in the reader's language.
//!
//! A handler answers `Result<_, PageError>` and uses `?`; [`as_pages`] around all pages turns the failure into a page,
//! because only there the reader's looks are at hand. What was refused and why comes from the use case; nothing private does.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use yuandu_api::{ApiError, Visitor};
use yuandu_base::{ErrorKind, Lang};

use crate::forms::sent::Sent;
use crate::here::Here;
use yuandu_design::components::outcome::{self, Outcome};
use yuandu_design::preferences::query_value;
use yuandu_design::shell::{Audience, render};

/// A failure on its way to the reader.
#[derive(Debug, Clone)]
pub struct PageError(Box<Failure>);

#[derive(Debug, Clone)]
enum Failure {
    SignIn { next: String },
    Api(ApiError),
    Unsent { error: ApiError, typed: Typed },
}

/// What somebody typed into a form that was not taken: shown once more, so that it can be copied into a fresh one.
#[derive(Debug, Clone)]
struct Typed {
    texts: Vec<String>,
    files: bool,
}

impl PageError {
    /// Leads to the sign-in page and from there back to `next`.
    #[must_use]
    pub fn sign_in(next: &str) -> Self {
        Self(Box::new(Failure::SignIn {
            next: next.to_owned(),
        }))
    }

    /// A form that was not taken; what was typed is shown with the reason. Nothing of it is a form again: a page of another
    /// site may have sent it.
    #[must_use]
    pub fn unsent(error: ApiError, sent: &Sent) -> Self {
        let mut texts: Vec<String> = Vec::new();
        for (name, text) in sent.texts() {
            let typed = !name.starts_with('_') && !text.trim().is_empty();
            if typed && !texts.iter().any(|known| known == text) {
                texts.push(text.to_owned());
            }
        }
        let files = !sent.files.is_empty();
        Self(Box::new(Failure::Unsent {
            error,
            typed: Typed { texts, files },
        }))
    }

    /// Nothing is here, or nothing the reader may know of.
    #[must_use]
    pub fn not_found() -> Self {
        ApiError::not_found().into()
    }
}

impl From<ApiError> for PageError {
    fn from(error: ApiError) -> Self {
        Self(Box::new(Failure::Api(error)))
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match *self.0 {
            Failure::SignIn { next } => {
                Redirect::to(&format!("/signin?next={}", query_value(&next))).into_response()
            }
            Failure::Api(error) => {
                let mut response = error.status().into_response();
                response.extensions_mut().insert(error);
                response
            }
            Failure::Unsent { error, typed } => {
                let mut response = Self::from(error).into_response();
                response.extensions_mut().insert(typed);
                response
            }
        }
    }
}

/// Around all pages: turns failures, wrong methods and unknown addresses into pages.
pub async fn as_pages(request: Request, next: Next) -> Response {
    let visitor = request.extensions().get::<Visitor>().cloned();
    let here = visitor.map(|visitor| Here::new(visitor, request.headers(), request.uri()));
    let mut response = next.run(request).await;
    let failure = response.extensions_mut().remove::<ApiError>();
    let bare = response.status() == StatusCode::METHOD_NOT_ALLOWED
        && !response.headers().contains_key(header::CONTENT_TYPE);
    match (failure, here) {
        (Some(error), Some(here)) => {
            let typed = response.extensions_mut().remove::<Typed>();
            failed(&here, &error, typed.as_ref())
        }
        (None, Some(here)) if bare => {
            page(&here, StatusCode::METHOD_NOT_ALLOWED, (None, None), None)
        }
        (Some(error), None) => error.into_response(),
        _ => response,
    }
}

/// The answer to an address nothing is at: a page, or JSON where programs ask.
pub async fn no_such_page(request: Request) -> Response {
    let path = request.uri().path();
    if ["/api/", "/open311/", "/tiles/"]
        .iter()
        .any(|begin| path.starts_with(begin))
    {
        let lang = yuandu_api::context::language(request.headers());
        return ApiError::not_found().in_lang(lang).into_response();
    }
    PageError::not_found().into_response()
}

fn failed(here: &Here, error: &ApiError, typed: Option<&Typed>) -> Response {
    let lang = here.lang();
    let said = match error.kind {
        ErrorKind::Denied | ErrorKind::Invalid | ErrorKind::Conflict | ErrorKind::Gone => {
            reasons(error, lang)
        }
        _ => String::new(),
    };
    let mut response = page(
        here,
        error.status(),
        (
            Some(error.code.as_str()),
            Some(said.as_str()).filter(|said| !said.is_empty()),
        ),
        typed,
    );
    if let Some(seconds) = error.retry_after_s {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// What exactly is wrong, problem by problem.
fn reasons(error: &ApiError, lang: Lang) -> String {
    if error.problems.is_empty() {
        return error.message.get(lang).to_owned();
    }
    let said: Vec<&str> = error
        .problems
        .iter()
        .map(|problem| problem.message.get(lang))
        .collect();
    said.join(lang.pick("；", "; "))
}

fn page(
    here: &Here,
    status: StatusCode,
    (code, reason): (Option<&str>, Option<&str>),
    typed: Option<&Typed>,
) -> Response {
    let lang = here.lang();
    let way_on =
        (status == StatusCode::UNAUTHORIZED).then(|| (lang.pick("去登录", "Sign in"), "/signin"));
    let body = outcome::page(
        lang,
        &Outcome {
            code,
            status: status.as_u16(),
            reason,
            trace: None,
            way_on,
        },
    );
    let body = html! {
        (body)
        @if let Some(typed) = typed { (kept(lang, typed)) }
    };
    let audience = if here.visitor.signed_in.is_some() {
        Audience::Officer
    } else {
        Audience::Resident
    };
    let title = outcome::heading(lang, status.as_u16(), code);
    (status, render(&here.page(audience, title), &body)).into_response()
}

/// What was typed, to be copied.
fn kept(lang: Lang, typed: &Typed) -> Markup {
    html! {
        @if !typed.texts.is_empty() {
            section {
                h2 { (lang.pick("您填写的内容", "What you filled in")) }
                p class="hint" { (lang.pick("没有提交。重新打开表单后，可以从这里复制。", "It was not sent. Open the form anew and copy it from here.")) }
                @for text in &typed.texts { p class="unsent" { (text) } }
            }
        }
        @if typed.files {
            p class="hint" { (lang.pick("照片和文件需要重新选择。", "Photos and files must be chosen again.")) }
        }
    }
}
