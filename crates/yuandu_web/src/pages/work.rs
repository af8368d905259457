//! The officers' daily pages: inbox, matter, list of cases, a collector's own report, one's own account.
//!
//! Start with [`inbox`] and [`matter`]; what is shown of a matter is in the folder `matter`. Pages of figures, maps and
//! registers are not here.

mod act;
mod cases;
mod export;
mod hold;
mod hotline;
mod inbox;
mod matter;
mod me;
mod nearby;
mod photos;
mod report;
mod second;
pub(in crate::pages) use yuandu_page::{flash, words};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use yuandu_api::App;

use crate::pages::forms::posted::MOST_BYTES;

/// Every page of this folder.
pub fn router() -> Router<App> {
    Router::new()
        .route("/work", get(inbox::show))
        .route("/work/cases", get(cases::show))
        .route("/work/cases.csv", get(export::csv))
        .route("/work/cases/{id}", get(matter::show))
        .route("/work/cases/{id}/restricted", post(matter::reveal))
        .route("/work/cases/{id}/photos/{blob}", get(photos::show))
        .route("/work/tasks/{id}/claim", post(hold::claim))
        .route("/work/tasks/{id}/release", post(hold::release))
        .route("/work/report/components", get(report::components))
        .route("/work/report/twins", get(report::twins))
        .route("/work/hotline", get(hotline::show).post(hotline::send))
        .route("/work/hotline/help", get(hotline::help))
        .route("/work/me", get(me::show))
        .route("/work/me/second", get(second::show))
        .route("/work/me/second/offer", post(second::offer))
        .route("/work/me/second/confirm", post(second::confirm))
        .route("/work/me/second/codes", post(second::renew))
        .route("/work/me/second/{factor}/remove", post(second::remove))
        .route("/work/me/password", post(me::change_password))
        .route("/work/me/post", post(me::switch_post))
        .route("/work/me/sessions/{id}/end", post(me::end_session))
        .merge(
            Router::new()
                .route("/work/tasks/{id}/complete", post(act::complete))
                .route("/work/report", get(report::form).post(report::send))
                .layer(DefaultBodyLimit::max(MOST_BYTES)),
        )
        .layer(axum::Extension(photos::Small::default()))
}
