//! Single sign-on for other systems: the doors of the OpenID provider (`yuandu_oidc`). Programs' doors answer in the form of
//! their standards; the browser's doors redirect or show a short page.

mod answer;
mod browser;
mod clients;
mod page;
mod registration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use axum::routing::{get, post};

use crate::App;
use crate::context::Visitor;

pub use browser::{after_sign_out, hop};
pub(crate) use clients::bearer;

/// Largest form or registration.
const LARGEST: usize = 64 * 1024;

/// Every door of the provider.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/.well-known/oauth-authorization-server", get(discovery))
        .route("/oauth/jwks", get(jwks))
        .route(
            "/oauth/authorize",
            get(browser::authorize).post(browser::authorize_posted),
        )
        .route(
            "/oauth/logout",
            get(browser::logout).post(browser::logout_posted),
        )
        .route("/oauth/par", post(clients::push))
        .route(
            "/oauth/token",
            post(clients::token).options(answer::preflight),
        )
        .route("/oauth/introspect", post(clients::introspect))
        .route(
            "/oauth/revoke",
            post(clients::revoke).options(answer::preflight),
        )
        .route(
            "/oauth/userinfo",
            get(clients::userinfo)
                .post(clients::userinfo)
                .options(answer::preflight),
        )
        .route("/oauth/register", post(registration::register))
        .route(
            "/oauth/register/{client}",
            get(registration::read)
                .put(registration::change)
                .delete(registration::remove),
        )
        .layer(DefaultBodyLimit::max(LARGEST))
}

async fn discovery(State(app): State<App>) -> Response {
    answer::cached(&app.provider.discovery(&app.base_url()))
}

async fn jwks(State(app): State<App>, visitor: Visitor) -> Response {
    let keys = app
        .run(move |app| Ok(app.provider.jwks(&visitor.ctx)))
        .await;
    match keys {
        Ok(Ok(keys)) => answer::cached(&keys),
        Ok(Err(error)) => answer::refused(error, false),
        Err(busy) => answer::unavailable(&busy),
    }
}
