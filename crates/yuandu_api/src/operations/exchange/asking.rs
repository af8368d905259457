//! Asking another node under a contract, comparing both ends, and taking rejected rows after all.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::{Value, json};
use yuandu_base::ErrorKind;
use yuandu_exchange::{Answered, ContractId, MendReject, Outgoing, Side};

use super::requests::{QueryRequest, ReplayRequest};
use super::{BATCH, CONTRACT, Changing, asked, change, listed, shown};
use crate::extract::{Json, Path, Query};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = vec![Operation {
        id: "list_exchange_differences",
        method: "get",
        path: "/api/v1/exchange/contracts/{contract}/batches/{batch}/differences",
        tag: "exchange",
        summary: "What a comparison found, record by record: missing at the receiver, extra there, or different.",
        permission: "exchange.view",
        audit: None,
        parameters: &[
            CONTRACT,
            BATCH,
            Parameter {
                place: "query",
                name: "side",
                description: "`provider` (default) or `consumer`: which side of the contract this city is on.",
                required: false,
            },
        ],
        request: None,
        response: (200, "application/json", Some(schema_of::<Vec<Value>>)),
        handler: get(list_differences),
    }];
    let changing = [
        Changing {
            id: "begin_exchange_comparison",
            path: "/api/v1/exchange/contracts/{contract}/comparisons",
            summary: "Begins to compare what the receiver holds with the register; it happens by itself once a day.",
            audit: "exchange.begin_batch",
            parameters: &[CONTRACT],
            request: None,
            status: 201,
            handler: post(begin_comparison),
        },
        Changing {
            id: "replay_exchange_rejects",
            path: "/api/v1/exchange/contracts/{contract}/batches/{batch}/rejects/replay",
            summary: "Checks rejected rows once more, or one of them with mended values, and takes those that hold.",
            audit: "exchange.replay_reject",
            parameters: &[CONTRACT, BATCH],
            request: Some(schema_of::<ReplayRequest>),
            status: 200,
            handler: post(replay_rejects),
        },
        Changing {
            id: "query_exchange_record",
            path: "/api/v1/exchange/contracts/{contract}/query",
            summary: "Asks the provider for one record; the signed answer is in the log of both sides.",
            audit: "exchange.ask",
            parameters: &[CONTRACT],
            request: Some(schema_of::<QueryRequest>),
            status: 200,
            handler: post(query_record),
        },
        Changing {
            id: "pull_exchange_batch",
            path: "/api/v1/exchange/contracts/{contract}/pull",
            summary: "Asks the provider to begin a batch; it comes by the inbox and ends with its receipt.",
            audit: "exchange.ask",
            parameters: &[CONTRACT],
            request: None,
            status: 200,
            handler: post(pull_batch),
        },
    ];
    operations.extend(changing.into_iter().map(change));
    operations
}

async fn list_differences(
    State(app): State<App>,
    visitor: Visitor,
    Path((contract, batch)): Path<(ContractId, i64)>,
    Query(parameters): Query<HashMap<String, String>>,
) -> Result<Json<Vec<Value>>, ApiError> {
    asked(&app, visitor, move |app, ctx| {
        let named = parameters.get("side").map_or("provider", String::as_str);
        let known = [Side::Provider, Side::Consumer];
        let side = known.into_iter().find(|side| side.as_str() == named);
        let side = side.ok_or_else(no_side)?;
        let place = (contract.as_str(), batch);
        Ok(listed(app.exchange.list_differences(ctx, place, side)?))
    })
    .await
}

async fn begin_comparison(
    State(app): State<App>,
    visitor: Visitor,
    Path(contract): Path<ContractId>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let begun = asked(&app, visitor, move |app, ctx| {
        let batch = app.exchange.begin_comparison(ctx, contract.as_str())?;
        Ok(json!({ "contract": contract, "batch": batch }))
    });
    Ok((StatusCode::CREATED, begun.await?))
}

async fn replay_rejects(
    State(app): State<App>,
    visitor: Visitor,
    Path((contract, batch)): Path<(ContractId, i64)>,
    Json(request): Json<ReplayRequest>,
) -> Result<Json<Value>, ApiError> {
    asked(&app, visitor, move |app, ctx| {
        let mended = request.row.map(|row| MendReject {
            part: row.part,
            place: row.place,
            values: row.values,
        });
        let place = (contract.as_str(), batch);
        let taken = app.exchange.replay_rejects(ctx, place, mended.as_ref())?;
        Ok(json!({ "taken": taken }))
    })
    .await
}

async fn query_record(
    State(app): State<App>,
    visitor: Visitor,
    Path(contract): Path<ContractId>,
    Json(request): Json<QueryRequest>,
) -> Result<Json<Value>, ApiError> {
    let record = request.record;
    carried(&app, visitor, move |app, ctx| {
        Ok(app.exchange.ask(ctx, contract.as_str(), &record)?)
    })
    .await
}

async fn pull_batch(
    State(app): State<App>,
    visitor: Visitor,
    Path(contract): Path<ContractId>,
) -> Result<Json<Value>, ApiError> {
    carried(&app, visitor, move |app, ctx| {
        Ok(app.exchange.pull(ctx, contract.as_str())?)
    })
    .await
}

/// Asks another node and takes its answer.
async fn carried(
    app: &App,
    visitor: Visitor,
    question: impl FnOnce(&App, &yuandu_identity::OpCtx) -> Result<Outgoing, ApiError> + Send + 'static,
) -> Result<Json<Value>, ApiError> {
    let Json(message) = asked(app, visitor.clone(), question).await?;
    let answer = app.carrier.carry(&message).await.map_err(|reason| {
        ApiError::new(
            ErrorKind::Unavailable,
            "exchange.unreachable",
            format!("对方节点暂时没有应答：{reason}"),
            format!("the other node does not answer: {reason}"),
        )
        .in_lang(visitor.lang())
    })?;
    asked(app, visitor, move |app, ctx| {
        let answered: Answered = app.exchange.asked(ctx, &message, &answer)?;
        Ok(shown(answered))
    })
    .await
}

fn no_side() -> ApiError {
    let zh = "side 应为 provider 或 consumer";
    let en = "side is provider or consumer";
    ApiError::new(ErrorKind::Invalid, "exchange.side_unknown", zh, en)
}
