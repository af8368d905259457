//! All routes of the edge in one place, and the order of the layers around them.

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;
use yuandu_base::ErrorKind;
use yuandu_store::StoreError;

use crate::context::{Visitor, harden, visit};
use crate::operation::routes;
use crate::shape::in_our_shape;
use crate::views::{ViewKind, ViewState};
use crate::{ApiError, App, openapi, operations, photos};

/// Largest request: four photos with their form.
const LARGEST_REQUEST: usize = 4 * photos::MAX_BYTES + 256 * 1024;
/// A request that takes longer has lost its caller.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The whole edge: the platform API, the standards, health, and `pages` of the web tier.
pub fn router(app: App, pages: Router<App>) -> Router {
    let document = openapi::document(&operations::all()).to_string();
    let document = move || {
        let body = document.clone();
        async move {
            (
                [(
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/json; charset=utf-8"),
                )],
                body,
            )
                .into_response()
        }
    };
    Router::new()
        .merge(routes(operations::all()))
        .merge(crate::open311::routes())
        .merge(crate::oauth::routes())
        .merge(crate::authzen::routes())
        .merge(crate::scim::routes())
        .merge(crate::exchange::routes())
        .merge(crate::pki::routes())
        .merge(operations::catalogue::routes())
        .merge(pages)
        .route("/api/openapi.json", get(document))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .layer(from_fn_with_state(app.clone(), visit))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(in_our_shape))
        .layer(from_fn(harden))
        .layer(CompressionLayer::new())
        .with_state(app)
}

/// The program runs.
async fn healthz() -> Json<serde_json::Value> {
    Json(json!({ "status": "ok" }))
}

/// The program can read its store, its disk takes changes, and its clock is not behind what is written there.
async fn readyz(State(app): State<App>, visitor: Visitor) -> Response {
    let lang = visitor.lang();
    let looked = app.run(|app| {
        app.store.check_clock()?;
        app.store.check_room().map_err(|error| no_room(&error))?;
        Ok(app.store.log().head()?)
    });
    match looked.await {
        Ok(head) => Json(json!({ "status": "ok", "log_size": head.size })).into_response(),
        Err(error) => error.in_lang(lang).into_response(),
    }
}

/// Said to operators, who can do something about it; where the folder lies is nobody else's business.
fn no_room(error: &StoreError) -> ApiError {
    tracing::error!(error = %error, "not ready: the disk takes no change");
    ApiError::new(
        ErrorKind::Unavailable,
        "disk",
        "数据目录所在的磁盘已满或不可写，改动无法保存；请运维人员腾出空间，或恢复服务账号对该目录的写权限",
        "the disk of the data folder is full or cannot be written, so that no change is kept; make room, or let the server's user write the folder again",
    )
}

/// Counters for operators, in the text form of Prometheus. No personal data, no addresses.
async fn metrics(State(app): State<App>) -> Response {
    let mut body = format!(
        "# TYPE yuandu_log_entries_total counter\nyuandu_log_entries_total {}\n# TYPE yuandu_store_queries_total counter\nyuandu_store_queries_total {}\n",
        app.store.size(),
        app.store.queries()
    );
    let views = app.views();
    let count = |state| views.iter().filter(|view| view.state == state).count();
    body.push_str(&format!(
        "# TYPE yuandu_views_failed gauge\nyuandu_views_failed {}\n# TYPE yuandu_views_rebuilding gauge\nyuandu_views_rebuilding {}\n# TYPE yuandu_view_behind_entries gauge\n",
        count(ViewState::Failed),
        count(ViewState::Rebuilding)
    ));
    // Tables are never behind: they are written with the log.
    for view in views.iter().filter(|view| view.kind == ViewKind::Index) {
        body.push_str(&format!(
            "yuandu_view_behind_entries{{view=\"{}\"}} {}\n",
            view.name, view.behind
        ));
    }
    for (name, value) in app.store.duty_figures() {
        body.push_str(&format!(
            "# TYPE yuandu_{name} gauge\nyuandu_{name} {value}\n"
        ));
    }
    (
        [(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; version=0.0.4"),
        )],
        body,
    )
        .into_response()
}
