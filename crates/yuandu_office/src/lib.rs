#![doc = include_str!("../README.md")]

mod archive;
mod calendar;
mod certificates;
mod deeds;
pub mod drawing;
mod exchange;
mod hand;
mod incidents;
pub mod menu;
mod offline;
mod substitutes;
mod versions;

use axum::Router;
use axum::routing::{get, post};
use yuandu_api::App;

/// Every page of this crate.
pub fn router() -> Router<App> {
    Router::new()
        .route("/work/archive", get(archive::show))
        .route("/work/cases/{id}/hand", get(hand::show).post(hand::send))
        .route(
            "/admin/incidents",
            get(incidents::show).post(incidents::propose),
        )
        .route(
            "/admin/calendar",
            get(calendar::show).post(calendar::publish),
        )
        .route("/admin/versions", get(versions::show).post(versions::begin))
        .route("/admin/versions/{id}", post(versions::move_portion))
        .route("/admin/incidents/{id}/retry", post(incidents::retry))
        .route("/admin/repairs/{id}", post(incidents::decide))
        .route(
            "/work/me/substitutes",
            get(substitutes::show).post(substitutes::appoint),
        )
        .route("/work/me/substitutes/{post}/end", post(substitutes::end))
        .route("/work/offline", get(offline::show))
        .route("/work/exchange", get(exchange::show))
        .route("/work/exchange/{contract}", post(exchange::act))
        .route(
            "/work/exchange/{contract}/{side}/{batch}",
            get(exchange::show_evidence),
        )
        .route("/work/batch", post(substitutes::many))
        .route(
            "/work/certificates",
            get(certificates::show).post(certificates::ask),
        )
        .route("/work/certificates/{serial}", get(certificates::fetch))
        .route(
            "/work/certificates/{serial}/revoke",
            post(certificates::revoke),
        )
        .route(
            "/work/certificates/{serial}/renew",
            post(certificates::renew),
        )
        .route(
            "/work/certificates/requests/{id}",
            post(certificates::decide),
        )
}
