//! Figures for leaders: lamps, stages and indicators, each with its definition, its time and the cases behind it.
//!
//! Units are compared, persons never are: nothing here is grouped by who did the work. Start with [`show`] (the board)
//! and [`one`] (one indicator with its cases); what is measured and how long it is kept is in [`kept`].

mod asked;
mod board;
mod kept;
mod names;
mod one;
mod said;
mod show;
mod tables;
mod wall;

use axum::routing::get;
use axum::{Extension, Router};
use yuandu_api::App;

pub(in crate::pages) use board::choice;
pub(in crate::pages) use names::Names;

/// The board of officers, one indicator with its cases, and the board for everyone.
pub fn router() -> Router<App> {
    Router::new()
        .route("/figures", get(show::for_everyone))
        .route("/work/figures", get(show::for_officers))
        .route("/work/figures/{indicator}", get(one::show))
        .layer(Extension(kept::Kept::default()))
}
