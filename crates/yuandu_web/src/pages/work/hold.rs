//! Taking a task on and giving it back.

use axum::extract::{Path, State};
use axum::response::Response;
use yuandu_api::App;

use super::act::way_back;
use super::flash::lead_to;
use crate::pages::error::PageError;
use crate::pages::forms::posted::Posted;

/// `POST /work/tasks/{id}/claim`.
pub(super) async fn claim(
    State(app): State<App>,
    Path(task): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    let lang = posted.here.lang();
    let back = way_back(&posted.sent);
    let ctx = posted.here.visitor.ctx.clone();
    posted.here.officer()?;
    app.run(move |app| Ok(app.engine.claim_task(&ctx, &task)?))
        .await?;
    let said = lang.pick(
        "已认领，别人不会重复办理。办不了时可以释放。",
        "Taken on; nobody else will do it twice. Release it if you cannot.",
    );
    Ok(lead_to(&back, said))
}

/// `POST /work/tasks/{id}/release`.
pub(super) async fn release(
    State(app): State<App>,
    Path(task): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    let lang = posted.here.lang();
    let back = way_back(&posted.sent);
    let ctx = posted.here.visitor.ctx.clone();
    posted.here.officer()?;
    app.run(move |app| Ok(app.engine.release_task(&ctx, &task)?))
        .await?;
    let said = lang.pick(
        "已释放，同岗位的人都可以办理。",
        "Released; everyone of the post may do it.",
    );
    Ok(lead_to(&back, said))
}
