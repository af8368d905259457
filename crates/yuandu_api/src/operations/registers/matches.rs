//! Records that may mean the same: pairs that wait for a person, merges, and merges taken back.

use axum::extract::State;
use axum::routing::{get, post};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use yuandu_registers::{KeepApart, MergeRecords};

use super::REGISTER;
use crate::extract::{Json, Path};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

/// Two records said to be two.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeepApartRequest {
    /// One record.
    first: String,
    /// The other one.
    second: String,
    /// What was looked at.
    reason: String,
}

/// Two records to be one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MergeRequest {
    /// The record that stays.
    kept: String,
    /// The record that goes into it.
    gone: String,
    /// What was looked at.
    reason: String,
}

/// A merge to be taken back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UndoMergeRequest {
    /// Why they are two.
    reason: String,
}

/// Operations on pairs and merges.
pub(super) fn operations() -> Vec<Operation> {
    let mut operations = pairs();
    operations.extend(merges());
    operations
}

fn pairs() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_matches",
            method: "get",
            path: "/api/v1/registers/{register}/matches",
            tag: "registers",
            summary: "Pairs of records that may mean the same and wait for a person, with the evidence field by field; those most alike first.",
            permission: "registers.write",
            audit: None,
            parameters: &[REGISTER],
            request: None,
            response: (200, "application/json", Some(schema_of::<Vec<Value>>)),
            handler: get(list_matches),
        },
        Operation {
            id: "keep_apart",
            method: "post",
            path: "/api/v1/registers/{register}/matches/apart",
            tag: "registers",
            summary: "Says that the two records of a pair are about two different things; they are not asked about again.",
            permission: "registers.write",
            audit: Some("registers.keep_apart"),
            parameters: &[REGISTER],
            request: Some(("application/json", schema_of::<KeepApartRequest>)),
            response: (200, "application/json", Some(schema_of::<Value>)),
            handler: post(keep_apart),
        },
    ]
}

fn merges() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_merges",
            method: "get",
            path: "/api/v1/registers/{register}/merges",
            tag: "registers",
            summary: "The latest merges of records, those taken back too.",
            permission: "registers.write",
            audit: None,
            parameters: &[REGISTER],
            request: None,
            response: (200, "application/json", Some(schema_of::<Vec<Value>>)),
            handler: get(list_merges),
        },
        Operation {
            id: "merge_records",
            method: "post",
            path: "/api/v1/registers/{register}/merges",
            tag: "registers",
            summary: "Merges one record into another: what the kept one does not say is filled from it, and who points at it is shown the kept one.",
            permission: "registers.write",
            audit: Some("registers.merge_records"),
            parameters: &[REGISTER],
            request: Some(("application/json", schema_of::<MergeRequest>)),
            response: (200, "application/json", Some(schema_of::<Value>)),
            handler: post(merge_records),
        },
        Operation {
            id: "undo_merge",
            method: "post",
            path: "/api/v1/registers/{register}/merges/{merge}/undo",
            tag: "registers",
            summary: "Takes a merge back: both records stand as they stood.",
            permission: "registers.write",
            audit: Some("registers.undo_merge"),
            parameters: &[
                REGISTER,
                Parameter {
                    place: "path",
                    name: "merge",
                    description: "Id of the merge.",
                    required: true,
                },
            ],
            request: Some(("application/json", schema_of::<UndoMergeRequest>)),
            response: (200, "application/json", Some(schema_of::<Value>)),
            handler: post(undo_merge),
        },
    ]
}

async fn list_matches(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
) -> Result<Json<Vec<Value>>, ApiError> {
    let lang = visitor.lang();
    let pairs = app.run(move |app| {
        let pairs = app.registers.list_matches(&visitor.ctx, &register)?;
        Ok(pairs.iter().map(value).collect())
    });
    Ok(Json(pairs.await.map_err(|error| error.in_lang(lang))?))
}

async fn keep_apart(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
    Json(request): Json<KeepApartRequest>,
) -> Result<Json<Value>, ApiError> {
    let lang = visitor.lang();
    let kept = app.run(move |app| {
        let apart = KeepApart {
            register,
            first: request.first,
            second: request.second,
            reason: request.reason,
        };
        let receipt = app.registers.keep_apart(&visitor.ctx, &apart)?;
        Ok(serde_json::json!({ "position": receipt.position }))
    });
    Ok(Json(kept.await.map_err(|error| error.in_lang(lang))?))
}

async fn list_merges(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
) -> Result<Json<Vec<Value>>, ApiError> {
    let lang = visitor.lang();
    let merges = app.run(move |app| {
        let merges = app.registers.list_merges(&visitor.ctx, &register)?;
        Ok(merges.iter().map(value).collect())
    });
    Ok(Json(merges.await.map_err(|error| error.in_lang(lang))?))
}

async fn merge_records(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
    Json(request): Json<MergeRequest>,
) -> Result<Json<Value>, ApiError> {
    let lang = visitor.lang();
    let merged = app.run(move |app| {
        let merge = MergeRecords {
            register,
            kept: request.kept,
            gone: request.gone,
            reason: request.reason,
        };
        Ok(value(&app.registers.merge_records(&visitor.ctx, &merge)?))
    });
    Ok(Json(merged.await.map_err(|error| error.in_lang(lang))?))
}

async fn undo_merge(
    State(app): State<App>,
    visitor: Visitor,
    Path((register, id)): Path<(String, String)>,
    Json(request): Json<UndoMergeRequest>,
) -> Result<Json<Value>, ApiError> {
    let lang = visitor.lang();
    let undone = app.run(move |app| {
        let asked = (register.as_str(), id.as_str(), request.reason.as_str());
        Ok(value(&app.registers.undo_merge(&visitor.ctx, asked)?))
    });
    Ok(Json(undone.await.map_err(|error| error.in_lang(lang))?))
}

fn value(of: &impl serde::Serialize) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}
