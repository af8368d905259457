//! Changes that wait for a second person.

use axum::extract::State;
use axum::routing::{get, post};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use yuandu_registers::DecideDraft;

use super::REGISTER;
use crate::extract::{Json, Path};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

/// A decision about a draft.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecideDraftRequest {
    /// `true`: write it; `false`: send it back, with a reason.
    approve: bool,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Operations on drafts.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_drafts",
            method: "get",
            path: "/api/v1/registers/{register}/drafts",
            tag: "registers",
            summary: "Changes that wait for a second person, in registers whose changes are approved; the oldest first.",
            permission: "registers.write",
            audit: None,
            parameters: &[REGISTER],
            request: None,
            response: (200, "application/json", Some(schema_of::<Vec<Value>>)),
            handler: get(list_drafts),
        },
        Operation {
            id: "decide_draft",
            method: "post",
            path: "/api/v1/registers/{register}/drafts/{draft}/decision",
            tag: "registers",
            summary: "Approves a change, which is then written, or sends it back. Who proposed it cannot decide it.",
            permission: "registers.write",
            audit: Some("registers.decide_draft"),
            parameters: &[
                REGISTER,
                Parameter {
                    place: "path",
                    name: "draft",
                    description: "Id of the draft.",
                    required: true,
                },
            ],
            request: Some(("application/json", schema_of::<DecideDraftRequest>)),
            response: (200, "application/json", Some(schema_of::<Value>)),
            handler: post(decide_draft),
        },
    ]
}

async fn list_drafts(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
) -> Result<Json<Vec<Value>>, ApiError> {
    let lang = visitor.lang();
    let drafts = app.run(move |app| {
        let drafts = app.registers.list_drafts(&visitor.ctx, &register)?;
        let values = drafts
            .into_iter()
            .map(|draft| serde_json::to_value(draft).unwrap_or_default());
        Ok(values.collect())
    });
    Ok(Json(drafts.await.map_err(|error| error.in_lang(lang))?))
}

async fn decide_draft(
    State(app): State<App>,
    visitor: Visitor,
    Path((register, id)): Path<(String, String)>,
    Json(request): Json<DecideDraftRequest>,
) -> Result<Json<Value>, ApiError> {
    let lang = visitor.lang();
    let decided = app.run(move |app| {
        let decide = DecideDraft {
            register,
            id,
            approve: request.approve,
            reason: request.reason,
        };
        let draft = app.registers.decide_draft(&visitor.ctx, &decide)?;
        Ok(serde_json::to_value(draft).unwrap_or_default())
    });
    Ok(Json(decided.await.map_err(|error| error.in_lang(lang))?))
}
