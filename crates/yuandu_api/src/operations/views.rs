//! The views of the log, for administrators: whether what they look at is as new as the log.

use axum::extract::State;
use axum::routing::get;
use yuandu_identity::Resource;

use crate::extract::Json;
use crate::operation::{Operation, schema_of};
use crate::views::View;
use crate::{ApiError, App, Visitor};

/// Operations on views.
pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "list_views",
        method: "get",
        path: "/api/v1/views",
        tag: "log",
        summary: "The views of the log: position, how far behind, and whether one is being rebuilt or cannot go on.",
        permission: "log.view",
        audit: None,
        parameters: &[],
        request: None,
        response: (200, "application/json", Some(schema_of::<Vec<View>>)),
        handler: get(list_views),
    }]
}

async fn list_views(State(app): State<App>, visitor: Visitor) -> Result<Json<Vec<View>>, ApiError> {
    let lang = visitor.lang();
    let views = app.run(move |app| {
        app.gate
            .require(&visitor.ctx, "log.view", &Resource::system())?;
        Ok(app.views())
    });
    Ok(Json(views.await.map_err(|error| error.in_lang(lang))?))
}
