//! Where a page is being read: by whom, in which looks, at which address.
//!
//! Every handler takes a [`Here`]; it knows nothing of what the page shows.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use yuandu_api::operations::cases::require_finder;
use yuandu_api::{App, Visitor};
use yuandu_base::Lang;
use yuandu_identity::{OpCtx, Resource, SignedIn};
use yuandu_schema::{RegisterDef, Sensitivity};

use crate::error::PageError;
use yuandu_design::preferences::Preferences;
use yuandu_design::shell::{Audience, Page, UserBadge};

/// Reader, looks and address of one request.
#[derive(Debug, Clone)]
pub struct Here {
    /// Language, theme and size of type.
    pub looks: Preferences,
    /// Who reads.
    pub visitor: Visitor,
    /// Path with query.
    pub path: String,
    /// Whether htmx asks for a part of the page.
    pub fragment: bool,
    /// Token for the field `_csrf` of forms.
    pub csrf: String,
    post: String,
    administers: bool,
    takes_calls: bool,
    finds: bool,
    sees_figures: bool,
}

impl Here {
    pub(crate) fn new(visitor: Visitor, headers: &HeaderMap, uri: &Uri) -> Self {
        let looks = Preferences::of(headers);
        let post = visitor.signed_in.as_ref().map(|signed_in| {
            let officer = &signed_in.officer;
            let (org, title) = (
                officer.org_name.get(looks.lang),
                officer.post_title.get(looks.lang),
            );
            match looks.lang {
                Lang::Zh => format!("{org} {title}"),
                Lang::En => format!("{title}, {org}"),
            }
        });
        let path = uri
            .path_and_query()
            .map_or_else(|| "/".to_owned(), ToString::to_string);
        Self {
            looks,
            path,
            fragment: headers.contains_key("hx-request"),
            csrf: visitor.csrf(),
            post: post.unwrap_or_default(),
            administers: false,
            takes_calls: false,
            finds: false,
            sees_figures: false,
            visitor,
        }
    }

    /// The reader's language.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.looks.lang
    }

    /// A page for an audience, with the reader's looks, name and token; add the map or a message as needed.
    #[must_use]
    pub fn page<'a>(&'a self, audience: Audience, title: &'a str) -> Page<'a> {
        let page = Page::new(self.looks, audience, title, &self.path);
        match &self.visitor.signed_in {
            Some(signed_in) => {
                let badge = UserBadge {
                    name: &signed_in.officer.name,
                    post: &self.post,
                };
                page.user(badge, &self.csrf)
                    .administration(self.administers)
                    .calls(self.takes_calls)
                    .finds(self.finds)
                    .figures(self.sees_figures)
            }
            None => page,
        }
    }

    /// The officer at work; others are led to sign in and then back here.
    ///
    /// # Errors
    /// A refusal that leads to the sign-in page.
    pub fn officer(&self) -> Result<&SignedIn, PageError> {
        self.visitor
            .signed_in
            .as_ref()
            .ok_or_else(|| PageError::sign_in(&self.path))
    }
}

impl FromRequestParts<App> for Here {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let mut here = Self::new(visitor, &parts.headers, &parts.uri);
        if parts.method != axum::http::Method::GET {
            here.path = referring_path(&parts.headers).unwrap_or(here.path);
        }
        here.takes_calls = here.visitor.signed_in.is_some() && takes_calls(app, &here.visitor);
        here.finds = here.visitor.signed_in.is_some()
            && app
                .systems
                .iter()
                .filter(|one| one.has_cases)
                .any(|system| {
                    let ctx = &here.visitor.ctx;
                    require_finder(app, ctx, &system.id).is_ok()
                });
        here.sees_figures = here.visitor.signed_in.is_some()
            && app.boards.keys().any(|system| {
                let figures = Resource::package(system);
                app.gate
                    .decide(&here.visitor.ctx, "indicators.view", &figures)
                    .allowed
            });
        here.administers = here.visitor.signed_in.is_some()
            && app
                .gate
                .decide(&here.visitor.ctx, "admin.view", &Resource::system())
                .allowed;
        Ok(here)
    }
}

/// Whether the reader sees the calls that come in.
fn takes_calls(app: &App, visitor: &Visitor) -> bool {
    app.registers
        .def("hotline.call")
        .is_ok_and(|def| may(app, &visitor.ctx, "registers.list", def))
}

/// Whether an action on a register is offered; the use case asks again.
#[must_use]
pub fn may(app: &App, ctx: &OpCtx, action: &str, def: &RegisterDef) -> bool {
    let sensitivity = match def.sensitivity {
        Sensitivity::Open => "open",
        Sensitivity::Internal => "internal",
        Sensitivity::Restricted => "restricted",
    };
    let resource = Resource::register(&def.package, &def.id, sensitivity, &def.authority);
    app.gate.decide(ctx, action, &resource).allowed
}

/// The path of the page a form was sent from: there the switches of looks lead back, because a sent form has no address.
fn referring_path(headers: &HeaderMap) -> Option<String> {
    let uri: Uri = headers.get(header::REFERER)?.to_str().ok()?.parse().ok()?;
    let host = headers.get(header::HOST)?.to_str().ok()?;
    (uri.authority()?.as_str() == host).then(|| uri.path_and_query().map(ToString::to_string))?
}
