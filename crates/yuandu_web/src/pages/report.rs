//! Reporting a problem: one well-ordered page, a page to check it on, a receipt. No sign-in, no scripts needed.
//!
//! The page asks what, where, in which words and photos, and how to reach the reporter; the server checks all of it at
//! once and keeps what was typed. Before anything is recorded, reports nearby that may be the same are offered to join.

mod draft;
mod form;
mod receipt;
mod review;
mod similar;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Problem};

use crate::pages::error::PageError;
use crate::pages::forms::posted::{MOST_BYTES, Posted};
use crate::pages::forms::sent::Sent;
use crate::pages::forms::values::Values;
use crate::pages::here::Here;

use draft::Draft;

/// The pages of a report.
pub fn router() -> Router<App> {
    Router::new()
        .route("/report", get(ask).post(check))
        .route("/report/send", get(back_to_form).post(send))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .merge(similar::router())
        .merge(receipt::router())
}

/// What a link to the form may bring along.
#[derive(Debug, Deserialize)]
struct Known {
    #[serde(default)]
    category: String,
    #[serde(default)]
    lon: String,
    #[serde(default)]
    lat: String,
    #[serde(default)]
    address: String,
}

async fn ask(
    State(app): State<App>,
    here: Here,
    Query(known): Query<Known>,
) -> Result<Response, PageError> {
    let pairs = [
        ("category", known.category),
        ("lon", known.lon),
        ("lat", known.lat),
        ("address", known.address),
    ];
    let pairs = pairs.map(|(name, text)| (name.to_owned(), text));
    let values = Values::typed(&Sent::of_pairs(pairs.into()));
    form::page(&app, &here, &values, &[]).await
}

async fn back_to_form() -> Redirect {
    Redirect::to("/report")
}

/// The form was sent: joins what the reporter recognised, else shows the page to check it on.
async fn check(State(app): State<App>, posted: Posted) -> Result<Response, PageError> {
    let Posted { here, mut sent } = posted;
    if sent.given("join").is_some() {
        return join(app, here, sent).await;
    }
    let ctx = here.visitor.clone();
    let (draft, sent) = app
        .run(move |app| {
            let draft = Draft::check(app, &ctx, &mut sent)?;
            Ok((draft, sent))
        })
        .await?;
    match draft {
        Ok(draft) => review::page(&app, &here, &sent, draft).await,
        Err(problems) => refused(&app, &here, &sent, &problems).await,
    }
}

/// The checked report is sent, changed, or joined to one that is there already.
async fn send(State(app): State<App>, posted: Posted) -> Result<Response, PageError> {
    let Posted { here, mut sent } = posted;
    if sent.given("join").is_some() {
        return join(app, here, sent).await;
    }
    if sent.given("edit").is_some() {
        return form::page(&app, &here, &Values::typed(&sent), &[]).await;
    }
    let visitor = here.visitor.clone();
    let (opened, sent) = app
        .run(move |app| {
            let opened = match Draft::check(app, &visitor, &mut sent)? {
                Ok(draft) => draft.open(app, &visitor, sent.key()),
                Err(problems) => Err(ApiError::invalid(problems)),
            };
            Ok((opened, sent))
        })
        .await?;
    done(&app, &here, &sent, opened).await
}

async fn join(app: App, here: Here, mut sent: Sent) -> Result<Response, PageError> {
    let visitor = here.visitor.clone();
    let (joined, sent) = app
        .run(move |app| {
            let joined = draft::join(app, &visitor, &mut sent)?;
            Ok((joined, sent))
        })
        .await?;
    done(&app, &here, &sent, joined).await
}

/// To the receipt, or back to the form with every problem at its field.
async fn done(
    app: &App,
    here: &Here,
    sent: &Sent,
    opened: Result<String, ApiError>,
) -> Result<Response, PageError> {
    match opened {
        Ok(number) => Ok(Redirect::to(&format!("/report/done/{number}")).into_response()),
        Err(error) if error.kind == ErrorKind::Invalid => {
            refused(app, here, sent, &error.problems).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn refused(
    app: &App,
    here: &Here,
    sent: &Sent,
    problems: &[Problem],
) -> Result<Response, PageError> {
    let page = form::page(app, here, &Values::typed(sent), problems).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
