//! The exchange between organisations: nodes, contracts, batches and their receipts.

mod asking;
mod requests;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get, post};
use serde_json::{Value, json};
use yuandu_exchange::{ContractId, NodeState};
use yuandu_identity::{OpCtx, Resource};

use self::requests::{
    ContractRequest, DecideContractRequest, NodeRequest, NodeStateRequest, ReasonRequest,
};
use crate::extract::{Json, Path};
use crate::operation::{Operation, Parameter, SchemaOf, schema_of};
use crate::{ApiError, App, Visitor};

const NODE: Parameter = path("node", "Name of the node.");
const CONTRACT: Parameter = path("contract", "Name of the contract.");
const BATCH: Parameter = path("batch", "Number of the batch.");

const fn path(name: &'static str, description: &'static str) -> Parameter {
    Parameter {
        place: "path",
        name,
        description,
        required: true,
    }
}

/// Operations on the exchange.
pub(super) fn operations() -> Vec<Operation> {
    let mut operations = reading();
    operations.extend(agreeing());
    operations.extend(sending());
    operations.extend(asking::operations());
    operations
}

fn reading() -> Vec<Operation> {
    let read = |id, path, summary, permission, parameters, handler| Operation {
        id,
        method: "get",
        path,
        tag: "exchange",
        summary,
        permission,
        audit: None,
        parameters,
        request: None,
        response: (200, "application/json", Some(schema_of::<Vec<Value>>)),
        handler,
    };
    vec![
        read(
            "list_exchange_nodes",
            "/api/v1/exchange/nodes",
            "Nodes of this city and of others, with their public keys.",
            "exchange.view",
            &[],
            get(list_nodes),
        ),
        read(
            "list_exchange_routes",
            "/api/v1/exchange/routes",
            "Contracts as routes: terms, state, messages that wait, rows held, rejected rows, newest batches with receipts.",
            "exchange.view",
            &[],
            get(list_routes),
        ),
        read(
            "list_exchange_batches",
            "/api/v1/exchange/contracts/{contract}/batches",
            "Batches of a contract, newest first, each with its receipt and both signatures.",
            "exchange.view",
            &[CONTRACT],
            get(list_batches),
        ),
        read(
            "list_exchange_rejects",
            "/api/v1/exchange/contracts/{contract}/batches/{batch}/rejects",
            "Rows of a received batch that were not taken, with their reasons.",
            "exchange.manage",
            &[CONTRACT, BATCH],
            get(list_rejects),
        ),
    ]
}

/// What is declared of an operation that changes something.
struct Changing {
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    audit: &'static str,
    parameters: &'static [Parameter],
    request: Option<SchemaOf>,
    status: u16,
    handler: MethodRouter<App>,
}

fn change(of: Changing) -> Operation {
    Operation {
        id: of.id,
        method: "post",
        path: of.path,
        tag: "exchange",
        summary: of.summary,
        permission: "exchange.manage",
        audit: Some(of.audit),
        parameters: of.parameters,
        request: of.request.map(|schema| ("application/json", schema)),
        response: (of.status, "application/json", Some(schema_of::<Value>)),
        handler: of.handler,
    }
}

fn agreeing() -> Vec<Operation> {
    [
        Changing {
            id: "register_exchange_node",
            path: "/api/v1/exchange/nodes",
            summary: "Registers a node: one of ours, for which a key is made, or another's with its public key.",
            audit: "exchange.register_node",
            parameters: &[],
            request: Some(schema_of::<NodeRequest>),
            status: 201,
            handler: post(register_node),
        },
        Changing {
            id: "set_exchange_node_state",
            path: "/api/v1/exchange/nodes/{node}/state",
            summary: "Suspends a node, whose messages are refused from then on, or lets it take part again.",
            audit: "exchange.set_node_state",
            parameters: &[NODE],
            request: Some(schema_of::<NodeStateRequest>),
            status: 200,
            handler: post(set_node_state),
        },
        Changing {
            id: "propose_exchange_contract",
            path: "/api/v1/exchange/contracts",
            summary: "Applies for a contract: who gets which fields of which register for what purpose until when.",
            audit: "exchange.propose_contract",
            parameters: &[],
            request: Some(schema_of::<ContractRequest>),
            status: 201,
            handler: post(propose_contract),
        },
        Changing {
            id: "decide_exchange_contract",
            path: "/api/v1/exchange/contracts/{contract}/decision",
            summary: "Approves or refuses a contract; not by who applied for it.",
            audit: "exchange.decide_contract",
            parameters: &[CONTRACT],
            request: Some(schema_of::<DecideContractRequest>),
            status: 200,
            handler: post(decide_contract),
        },
        Changing {
            id: "end_exchange_contract",
            path: "/api/v1/exchange/contracts/{contract}/end",
            summary: "Ends a contract before its last day.",
            audit: "exchange.end_contract",
            parameters: &[CONTRACT],
            request: Some(schema_of::<ReasonRequest>),
            status: 200,
            handler: post(end_contract),
        },
    ]
    .into_iter()
    .map(change)
    .collect()
}

fn sending() -> Vec<Operation> {
    [
        Changing {
            id: "begin_exchange_batch",
            path: "/api/v1/exchange/contracts/{contract}/batches",
            summary: "Begins to pass the contract's register on; the batch ends with a receipt that both sides signed.",
            audit: "exchange.begin_batch",
            parameters: &[CONTRACT],
            request: None,
            status: 201,
            handler: post(begin_batch),
        },
        Changing {
            id: "retry_exchange_batch",
            path: "/api/v1/exchange/contracts/{contract}/batches/{batch}/retry",
            summary: "Takes a batch up again that stopped, or whose sums did not meet.",
            audit: "exchange.retry_batch",
            parameters: &[CONTRACT, BATCH],
            request: None,
            status: 200,
            handler: post(retry_batch),
        },
        Changing {
            id: "give_up_exchange_batch",
            path: "/api/v1/exchange/contracts/{contract}/batches/{batch}/give-up",
            summary: "Gives a batch up that cannot be brought to an end; the next one may begin.",
            audit: "exchange.give_up_batch",
            parameters: &[CONTRACT, BATCH],
            request: Some(schema_of::<ReasonRequest>),
            status: 200,
            handler: post(give_up_batch),
        },
    ]
    .into_iter()
    .map(change)
    .collect()
}

fn shown<T: serde::Serialize>(view: T) -> Value {
    serde_json::to_value(view).unwrap_or_default()
}

fn listed<T: serde::Serialize>(views: Vec<T>) -> Vec<Value> {
    views.into_iter().map(shown).collect()
}

/// Who may not is told so before what they sent is read.
fn may_manage(app: &App, ctx: &OpCtx) -> Result<(), ApiError> {
    let gate = &app.gate;
    Ok(gate.require(ctx, "exchange.manage", &Resource::system())?)
}

/// Runs a use case and answers in the reader's language.
async fn asked<T, W>(app: &App, visitor: Visitor, work: W) -> Result<Json<T>, ApiError>
where
    T: Send + 'static,
    W: FnOnce(&App, &OpCtx) -> Result<T, ApiError> + Send + 'static,
{
    let lang = visitor.lang();
    let done = app.run(move |app| work(app, &visitor.ctx)).await;
    Ok(Json(done.map_err(|error| error.in_lang(lang))?))
}

async fn list_nodes(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Json<Vec<Value>>, ApiError> {
    asked(&app, visitor, |app, ctx| {
        Ok(listed(app.exchange.list_nodes(ctx)?))
    })
    .await
}

async fn list_routes(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Json<Vec<Value>>, ApiError> {
    asked(&app, visitor, |app, ctx| {
        Ok(listed(app.exchange.monitor(ctx)?))
    })
    .await
}

async fn list_batches(
    State(app): State<App>,
    visitor: Visitor,
    Path(contract): Path<ContractId>,
) -> Result<Json<Vec<Value>>, ApiError> {
    asked(&app, visitor, move |app, ctx| {
        Ok(listed(app.exchange.list_batches(ctx, contract.as_str())?))
    })
    .await
}

async fn list_rejects(
    State(app): State<App>,
    visitor: Visitor,
    Path((contract, batch)): Path<(ContractId, i64)>,
) -> Result<Json<Vec<Value>>, ApiError> {
    asked(&app, visitor, move |app, ctx| {
        let rejects = app.exchange.list_rejects(ctx, contract.as_str(), batch)?;
        Ok(listed(rejects))
    })
    .await
}

async fn register_node(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<NodeRequest>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let made = asked(&app, visitor, move |app, ctx| {
        may_manage(app, ctx)?;
        let register = request.read(app)?;
        Ok(shown(app.exchange.register_node(ctx, &register)?))
    });
    Ok((StatusCode::CREATED, made.await?))
}

async fn set_node_state(
    State(app): State<App>,
    visitor: Visitor,
    Path(node): Path<String>,
    Json(request): Json<NodeStateRequest>,
) -> Result<Json<Value>, ApiError> {
    asked(&app, visitor, move |app, ctx| {
        let state = if request.active {
            NodeState::Active
        } else {
            NodeState::Suspended
        };
        let node = app
            .exchange
            .set_node_state(ctx, &node, state, &request.reason)?;
        Ok(shown(node))
    })
    .await
}

async fn propose_contract(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<ContractRequest>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let made = asked(&app, visitor, move |app, ctx| {
        may_manage(app, ctx)?;
        let propose = request.read()?;
        Ok(shown(app.exchange.propose_contract(ctx, &propose)?))
    });
    Ok((StatusCode::CREATED, made.await?))
}

async fn decide_contract(
    State(app): State<App>,
    visitor: Visitor,
    Path(contract): Path<ContractId>,
    Json(request): Json<DecideContractRequest>,
) -> Result<Json<Value>, ApiError> {
    asked(&app, visitor, move |app, ctx| {
        let decision = (request.approve, request.reason.as_str());
        let contract = app
            .exchange
            .decide_contract(ctx, contract.as_str(), decision)?;
        Ok(shown(contract))
    })
    .await
}

async fn end_contract(
    State(app): State<App>,
    visitor: Visitor,
    Path(contract): Path<ContractId>,
    Json(request): Json<ReasonRequest>,
) -> Result<Json<Value>, ApiError> {
    asked(&app, visitor, move |app, ctx| {
        let ended = app
            .exchange
            .end_contract(ctx, contract.as_str(), &request.reason)?;
        Ok(shown(ended))
    })
    .await
}

async fn begin_batch(
    State(app): State<App>,
    visitor: Visitor,
    Path(contract): Path<ContractId>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let begun = asked(&app, visitor, move |app, ctx| {
        let batch = app.exchange.begin_batch(ctx, contract.as_str())?;
        Ok(json!({ "contract": contract, "batch": batch }))
    });
    Ok((StatusCode::CREATED, begun.await?))
}

async fn retry_batch(
    State(app): State<App>,
    visitor: Visitor,
    Path((contract, batch)): Path<(ContractId, i64)>,
) -> Result<Json<Value>, ApiError> {
    asked(&app, visitor, move |app, ctx| {
        app.exchange.retry_batch(ctx, contract.as_str(), batch)?;
        Ok(json!({ "contract": contract, "batch": batch }))
    })
    .await
}

async fn give_up_batch(
    State(app): State<App>,
    visitor: Visitor,
    Path((contract, batch)): Path<(ContractId, i64)>,
    Json(request): Json<ReasonRequest>,
) -> Result<Json<Value>, ApiError> {
    asked(&app, visitor, move |app, ctx| {
        let place = (contract.as_str(), batch);
        app.exchange.give_up_batch(ctx, place, &request.reason)?;
        Ok(json!({ "contract": contract, "batch": batch }))
    })
    .await
}
