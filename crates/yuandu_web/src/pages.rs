//! The pages themselves: one file for each, all thin. A handler reads, asks a use case, and shows what came back.
//!
//! Pages must not know SQL, rules of a process or how a permission is decided. What every page needs is in [`here`]
//! (who reads, in which language), [`error`] (failures as whole pages) and [`forms`] (reading and showing forms).

pub mod about;
pub mod admin;
pub mod api_docs;
pub mod calendar;
pub mod catalogue;
pub mod city_map;
pub mod consent;
pub mod figures;
pub mod home;
pub mod log;
pub mod near;
pub mod photos;
pub mod public_cases;
pub mod registers;
pub mod report;
pub mod search;
pub mod signin;
pub mod track;
pub mod work;

pub use yuandu_page::{error, forms, here, moment};

use axum::Router;
use axum::middleware::from_fn;
use yuandu_api::App;
use yuandu_design::{assets, preferences};

/// Every page, the built files and the switches of looks; hand it to [`yuandu_api::router`].
pub fn router() -> Router<App> {
    Router::new()
        .merge(preferences::router())
        .merge(photos::router())
        .merge(home::router())
        .merge(search::router())
        .merge(report::router())
        .merge(track::router())
        .merge(signin::router())
        .merge(consent::router())
        .merge(near::router())
        .merge(calendar::router())
        .merge(catalogue::router())
        .merge(about::router())
        .merge(work::router())
        .merge(yuandu_office::router())
        .merge(figures::router())
        .merge(city_map::router())
        .merge(registers::router())
        .merge(admin::router())
        .merge(log::router())
        .merge(api_docs::router())
        .fallback(error::no_such_page)
        .layer(from_fn(error::as_pages))
        .merge(assets::router())
}
