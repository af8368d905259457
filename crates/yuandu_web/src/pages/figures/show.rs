//! The board's addresses: for officers with the way to every case, for everyone with the numbers alone.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use yuandu_api::{ApiError, App, Visitor};
use yuandu_identity::{Actor, Resource};
use yuandu_insight::Board;

use super::asked::Asked;
use super::board::{self, View};
use super::kept::{Kept, Picture};
use super::names::Names;
use super::wall;
use crate::pages::error::PageError;
use crate::pages::here::Here;
use crate::pages::public_cases::SYSTEM;
use yuandu_design::shell::{Audience, render};

/// Names drawn on the map: longitude, latitude, words.
pub(super) type Labels = Vec<(f64, f64, String)>;

/// `GET /work/figures`.
pub(super) async fn for_officers(
    State(app): State<App>,
    Extension(kept): Extension<Kept>,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    here.officer()?;
    let visitor = here.visitor.clone();
    let (picture, names, labels) = read(&app, kept, visitor, &here, asked.clone()).await?;
    let view = View {
        app: &app,
        board: board_of(&app)?,
        picture: &picture,
        names: &names,
        labels: &labels,
        asked: &asked,
        system: SYSTEM,
        opens: true,
    };
    let title = here.lang().pick("指标", "Figures");
    let body = if asked.wall.is_empty() {
        board::body(&view, "/work/figures")
    } else {
        wall::body(&view)
    };
    Ok(render(&here.page(Audience::Officer, title).map(), &body).into_response())
}

/// `GET /figures`: the whole city's figures, where its policies open them to everyone; else the way to sign in.
pub(super) async fn for_everyone(
    State(app): State<App>,
    Extension(kept): Extension<Kept>,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let open = app.gate.decide(
        &here.visitor.ctx,
        "indicators.view",
        &Resource::package(SYSTEM),
    );
    if !open.allowed {
        if here.visitor.signed_in.is_none() {
            return Err(PageError::sign_in("/work/figures"));
        }
        return Err(ApiError::from(yuandu_identity::IdentityError::Denied {
            action: "indicators.view".to_owned(),
            reasons: open.reasons,
        })
        .into());
    }
    // The gate opened the figures: they count all cases, of which nothing but the numbers is shown.
    let mut everything = here.visitor.clone();
    everything.ctx = everything.ctx.as_actor(Actor::System("public-figures"));
    let asked = Asked {
        wall: String::new(),
        ..asked
    };
    let (picture, names, labels) = read(&app, kept, everything, &here, asked.clone()).await?;
    let view = View {
        app: &app,
        board: board_of(&app)?,
        picture: &picture,
        names: &names,
        labels: &labels,
        asked: &asked,
        system: SYSTEM,
        opens: false,
    };
    let title = here.lang().pick("城市管理指标", "City figures");
    let body = board::body(&view, "/figures");
    Ok(render(&here.page(Audience::Public, title).map(), &body).into_response())
}

pub(super) fn board_of(app: &App) -> Result<&Board, ApiError> {
    app.boards.get(SYSTEM).ok_or_else(ApiError::not_found)
}

async fn read(
    app: &App,
    kept: Kept,
    visitor: Visitor,
    here: &Here,
    asked: Asked,
) -> Result<(Arc<Picture>, Names, Labels), ApiError> {
    let lang = here.lang();
    app.run(move |app| {
        let picture = kept.picture(app, &visitor, SYSTEM, &asked)?;
        let names = Names::new(app, &visitor.ctx, lang, SYSTEM)?;
        let labels = app.locator.division_labels()?;
        let labels = labels
            .into_iter()
            .map(|(at, name)| (at.lon(), at.lat(), name))
            .collect();
        Ok((picture, names, labels))
    })
    .await
}
