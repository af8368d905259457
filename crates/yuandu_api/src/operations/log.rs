//! The transparency log: its size and root, and the proof that an entry is in it.

use axum::extract::State;
use axum::routing::get;
use schemars::JsonSchema;
use serde::Serialize;
use yuandu_identity::Resource;

use crate::extract::{Json, Path};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

/// Size and root of the log.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HeadView {
    /// Number of entries.
    size: u64,
    /// RFC 6962 tree hash, hexadecimal.
    root: String,
}

/// Proof that an entry is in the log.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProofView {
    /// Position of the entry, counted from 0.
    position: u64,
    /// Leaf hash, hexadecimal.
    leaf: String,
    /// Size and root the path leads to.
    head: HeadView,
    /// Sibling hashes from the leaf upwards, hexadecimal (RFC 6962 section 2.1.1).
    path: Vec<String>,
}

/// Operations on the log.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "view_log_head",
            method: "get",
            path: "/api/v1/log/head",
            tag: "log",
            summary: "Size and root of the log.",
            permission: "log.view",
            audit: None,
            parameters: &[],
            request: None,
            response: (200, "application/json", Some(schema_of::<HeadView>)),
            handler: get(view_head),
        },
        Operation {
            id: "view_log_proof",
            method: "get",
            path: "/api/v1/log/proof/{position}",
            tag: "log",
            summary: "Proof that the entry at a position is in the log.",
            permission: "log.view",
            audit: None,
            parameters: &[Parameter {
                place: "path",
                name: "position",
                description: "Position of the entry, counted from 0.",
                required: true,
            }],
            request: None,
            response: (200, "application/json", Some(schema_of::<ProofView>)),
            handler: get(view_proof),
        },
    ]
}

async fn view_head(State(app): State<App>, visitor: Visitor) -> Result<Json<HeadView>, ApiError> {
    let lang = visitor.lang();
    let head = app.run(move |app| {
        app.gate
            .require(&visitor.ctx, "log.view", &Resource::system())?;
        let head = app.store.log().head()?;
        Ok(HeadView {
            size: head.size,
            root: head.root_hex(),
        })
    });
    Ok(Json(head.await.map_err(|error| error.in_lang(lang))?))
}

async fn view_proof(
    State(app): State<App>,
    visitor: Visitor,
    Path(position): Path<u64>,
) -> Result<Json<ProofView>, ApiError> {
    let lang = visitor.lang();
    let proof = app.run(move |app| {
        app.gate
            .require(&visitor.ctx, "log.view", &Resource::system())?;
        let proof = app
            .store
            .log()
            .proof(position)?
            .ok_or_else(ApiError::not_found)?;
        Ok(ProofView {
            position,
            leaf: hex(&proof.leaf),
            head: HeadView {
                size: proof.head.size,
                root: proof.head.root_hex(),
            },
            path: proof.path.iter().map(|hash| hex(hash)).collect(),
        })
    });
    Ok(Json(proof.await.map_err(|error| error.in_lang(lang))?))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
