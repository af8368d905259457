//! The transparency log: its size and root, the proof that an entry is in it, and the proof that it only grew.
//!
//! Proofs hold hashes only and are for everyone; checkpoints and tiles are in [`crate::tlog`].

use axum::extract::State;
use axum::routing::get;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yuandu_identity::Resource;
use yuandu_store::InclusionProof;

use crate::extract::{Json, Path, Query};
use crate::operation::{ANYONE, Operation, Parameter, schema_of};
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

/// Proof that the log of one size is the beginning of the log of another.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConsistencyView {
    /// The smaller log.
    old: HeadView,
    /// The larger log.
    new: HeadView,
    /// Hashes, hexadecimal (RFC 6962 section 2.1.2).
    path: Vec<String>,
}

/// Which log the proof leads to.
#[derive(Deserialize)]
struct Of {
    size: Option<u64>,
}

/// Which two logs are compared.
#[derive(Deserialize)]
struct Between {
    old: u64,
    new: Option<u64>,
}

/// Operations on the log.
pub(super) fn operations() -> Vec<Operation> {
    [
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
    .into_iter()
    .chain(public_operations())
    .collect()
}

/// Proofs are hashes only: anyone may have them.
fn public_operations() -> [Operation; 2] {
    [
        Operation {
            id: "view_log_inclusion",
            method: "get",
            path: "/api/v1/log/inclusion/{position}",
            tag: "log",
            summary: "Proof, for anyone, that the entry at a position is in the published log.",
            permission: ANYONE,
            audit: None,
            parameters: &[
                Parameter {
                    place: "path",
                    name: "position",
                    description: "Position of the entry, counted from 0.",
                    required: true,
                },
                Parameter {
                    place: "query",
                    name: "size",
                    description: "Size of the log the proof leads to; the present one if left out.",
                    required: false,
                },
            ],
            request: None,
            response: (200, "application/json", Some(schema_of::<ProofView>)),
            handler: get(view_inclusion),
        },
        Operation {
            id: "view_log_consistency",
            method: "get",
            path: "/api/v1/log/consistency",
            tag: "log",
            summary: "Proof, for anyone, that the published log only grew.",
            permission: ANYONE,
            audit: None,
            parameters: &[
                Parameter {
                    place: "query",
                    name: "old",
                    description: "Size of the smaller log.",
                    required: true,
                },
                Parameter {
                    place: "query",
                    name: "new",
                    description: "Size of the larger log; the present one if left out.",
                    required: false,
                },
            ],
            request: None,
            response: (200, "application/json", Some(schema_of::<ConsistencyView>)),
            handler: get(view_consistency),
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
        Ok(proof_view(&proof))
    });
    Ok(Json(proof.await.map_err(|error| error.in_lang(lang))?))
}

async fn view_inclusion(
    State(app): State<App>,
    visitor: Visitor,
    Path(position): Path<u64>,
    Query(of): Query<Of>,
) -> Result<Json<ProofView>, ApiError> {
    let lang = visitor.lang();
    let proof = app.run(move |app| {
        let log = app.store.log();
        let size = of
            .size
            .map_or_else(|| log.head().map(|head| head.size), Ok)?;
        let proof = log.proof_at(position, size)?;
        Ok(proof_view(&proof.ok_or_else(ApiError::not_found)?))
    });
    Ok(Json(proof.await.map_err(|error| error.in_lang(lang))?))
}

async fn view_consistency(
    State(app): State<App>,
    visitor: Visitor,
    Query(between): Query<Between>,
) -> Result<Json<ConsistencyView>, ApiError> {
    let lang = visitor.lang();
    let proof = app.run(move |app| {
        let log = app.store.log();
        let new = between
            .new
            .map_or_else(|| log.head().map(|head| head.size), Ok)?;
        let path = log
            .consistency(between.old, new)?
            .ok_or_else(ApiError::not_found)?;
        let head = |size| -> Result<HeadView, ApiError> {
            let root = log.root_at(size)?.ok_or_else(ApiError::not_found)?;
            Ok(HeadView {
                size,
                root: hex(&root),
            })
        };
        Ok(ConsistencyView {
            old: head(between.old)?,
            new: head(new)?,
            path: path.iter().map(|hash| hex(hash)).collect(),
        })
    });
    Ok(Json(proof.await.map_err(|error| error.in_lang(lang))?))
}

fn proof_view(proof: &InclusionProof) -> ProofView {
    ProofView {
        position: proof.position,
        leaf: hex(&proof.leaf),
        head: HeadView {
            size: proof.head.size,
            root: proof.head.root_hex(),
        },
        path: proof.path.iter().map(|hash| hex(hash)).collect(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
