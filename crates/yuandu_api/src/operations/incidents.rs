//! What the process could not do by itself: incidents and their retry, repairs by two persons, messages and signals from outside.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use yuandu_base::Lang;
use yuandu_process::{DeliverMessage, IncidentRow, ProposeRepair, Repair, RepairRow, Standing};

use super::cases::idempotency_key;
use crate::extract::{Json, Path, Query};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

/// Something that failed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IncidentEntry {
    /// Its id.
    id: String,
    /// The case.
    case_id: String,
    /// Number of the case.
    number: String,
    /// System of the case.
    system: String,
    /// Node of the process.
    node: String,
    /// Name of the node in the language of the request.
    name: String,
    /// The cause.
    reason: String,
    /// What the step worked on.
    input: Option<String>,
    /// When, RFC 3339.
    at: String,
    /// `open` or `resolved`.
    status: String,
    /// Whether it can be tried again.
    retriable: bool,
    /// How often it was tried by itself.
    tries: i64,
    /// Who had it tried again.
    resolved_by: Option<String>,
}

/// A page of incidents.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IncidentsView {
    /// The newest first.
    incidents: Vec<IncidentEntry>,
    /// Pass as `after` for the next page.
    next: Option<String>,
}

/// Where a case stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StandingView {
    /// The case.
    case_id: String,
    /// Its number.
    number: String,
    /// Its tokens.
    tokens: Vec<TokenEntry>,
}

/// A token at rest.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TokenEntry {
    /// Its number.
    token: u64,
    /// The process.
    process: String,
    /// The node.
    node: String,
    /// Name of the node in the language of the request.
    name: String,
    /// `task`, `timer`, `event`, `child`, `turns`, `undo`, `listen`, `join` or `job`.
    waits: String,
}

/// What is to be done; exactly one of the three.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RepairDeed {
    /// A variable of the process gets a value.
    SetVariable {
        /// Its name.
        name: String,
        /// The value.
        value: Value,
    },
    /// A fact of the case gets a value.
    SetFact {
        /// Its name.
        name: String,
        /// The value in canonical JSON.
        value: Value,
    },
    /// A token is put to another node of its process.
    MoveToken {
        /// The token's number.
        token: u64,
        /// The node.
        to: String,
    },
}

/// A repair is proposed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepairRequest {
    /// What.
    deed: RepairDeed,
    /// Why; at most 500 characters.
    reason: String,
}

/// The repair that was proposed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProposedView {
    /// Its id.
    id: String,
}

/// A repair.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RepairEntry {
    /// Its id.
    id: String,
    /// The case.
    case_id: String,
    /// Number of the case.
    number: String,
    /// What.
    deed: Value,
    /// Why.
    reason: String,
    /// `proposed`, `done` or `refused`.
    status: String,
    /// When it was proposed, RFC 3339.
    proposed_at: String,
    /// By whom.
    proposed_by: String,
    /// Who decided.
    decided_by: Option<String>,
}

/// A second person's decision.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepairDecision {
    /// Whether it is to be done.
    agrees: bool,
    /// Why; at most 500 characters.
    words: String,
}

/// A message for the one case that waits for it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageRequest {
    /// Its name in the model.
    name: String,
    /// Names and values that must agree with whoever takes it, for example `{ "order": "123" }`.
    #[serde(default)]
    correlation: Map<String, Value>,
    /// What it brings, for the variables of the process.
    #[serde(default)]
    variables: Map<String, Value>,
}

/// A signal for everybody who listens.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalRequest {
    /// Its name in the model.
    name: String,
    /// What it brings.
    #[serde(default)]
    variables: Map<String, Value>,
}

/// Who took it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveredView {
    /// Ids of the cases.
    cases: Vec<String>,
}

const fn id(description: &'static str) -> Parameter {
    Parameter {
        place: "path",
        name: "id",
        description,
        required: true,
    }
}

const CASE_OR_NUMBER: Parameter = id("Id or number of the case.");
const CASE: Parameter = id("Id of the case.");
const INCIDENT: Parameter = id("Id of the incident.");
const REPAIR: Parameter = id("Id of the repair.");

const KEY: Parameter = Parameter {
    place: "header",
    name: "Idempotency-Key",
    description: "Makes the request safe to send twice.",
    required: false,
};

const STATUS: Parameter = Parameter {
    place: "query",
    name: "status",
    description: "Incidents: `open` (default) or `resolved`. Repairs: `proposed` (default), `done` or `refused`.",
    required: false,
};

/// Operations on incidents.
pub(super) fn operations() -> Vec<Operation> {
    let mut operations = reading();
    operations.extend(changing());
    operations.extend(telling());
    operations
}

fn reading() -> Vec<Operation> {
    let read = |id, path, summary, parameters, response, handler| Operation {
        id,
        method: "get",
        path,
        tag: "incidents",
        summary,
        permission: "admin.view",
        audit: None,
        parameters,
        request: None,
        response: (200, "application/json", Some(response)),
        handler,
    };
    vec![
        read(
            "list_incidents",
            "/api/v1/incidents",
            "Steps that failed and wait for a person, with cause and input.",
            &[
                STATUS,
                Parameter {
                    place: "query",
                    name: "after",
                    description: "`next` of the page before.",
                    required: false,
                },
            ],
            schema_of::<IncidentsView>,
            get(list_incidents),
        ),
        Operation {
            tag: "cases",
            ..read(
                "view_standing",
                "/api/v1/cases/{id}/standing",
                "Where the tokens of a case stand, by id or number; no fact of the matter.",
                &[CASE_OR_NUMBER],
                schema_of::<StandingView>,
                get(view_standing),
            )
        },
        read(
            "list_repairs",
            "/api/v1/repairs",
            "Repairs that wait for a second person, or those decided.",
            &[STATUS],
            schema_of::<Vec<RepairEntry>>,
            get(list_repairs),
        ),
    ]
}

fn changing() -> Vec<Operation> {
    let change = |id, path, summary, audit, parameters, request, handler| Operation {
        id,
        method: "post",
        path,
        tag: "incidents",
        summary,
        permission: "admin.write",
        audit: Some(audit),
        parameters,
        request,
        response: (204, "application/json", None),
        handler,
    };
    vec![
        change(
            "retry_incident",
            "/api/v1/incidents/{id}/retry",
            "Tries again what failed.",
            "cases.fire_timer",
            &[INCIDENT],
            None,
            post(retry_incident),
        ),
        Operation {
            response: (201, "application/json", Some(schema_of::<ProposedView>)),
            ..change(
                "propose_repair",
                "/api/v1/cases/{id}/repairs",
                "Proposes to set a variable or fact or to move a token; a second person has it done.",
                "cases.propose_repair",
                &[CASE],
                Some(("application/json", schema_of::<RepairRequest>)),
                post(propose_repair),
            )
        },
        change(
            "decide_repair",
            "/api/v1/repairs/{id}/decision",
            "Has a proposed repair done, or refuses it; not by who proposed it.",
            "cases.decide_repair",
            &[REPAIR],
            Some(("application/json", schema_of::<RepairDecision>)),
            post(decide_repair),
        ),
    ]
}

fn telling() -> Vec<Operation> {
    let tell = |id, path, summary, audit, parameters, request, handler| Operation {
        id,
        method: "post",
        path,
        tag: "messages",
        summary,
        permission: "admin.write",
        audit: Some(audit),
        parameters,
        request: Some(("application/json", request)),
        response: (200, "application/json", Some(schema_of::<DeliveredView>)),
        handler,
    };
    vec![
        tell(
            "deliver_message",
            "/api/v1/messages",
            "Delivers a message to the one case that waits for it, found by its name and key.",
            "cases.message",
            &[KEY],
            schema_of::<MessageRequest>,
            post(deliver_message),
        ),
        tell(
            "send_signal",
            "/api/v1/signals",
            "Lets every case hear a signal that listens for it.",
            "cases.signal",
            &[KEY],
            schema_of::<SignalRequest>,
            post(send_signal),
        ),
    ]
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    status: String,
    after: String,
}

async fn list_incidents(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Json<IncidentsView>, ApiError> {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        let status = if asked.status == "resolved" {
            "resolved"
        } else {
            "open"
        };
        let after = Some(asked.after.as_str()).filter(|after| !after.is_empty());
        Ok(app
            .engine
            .list_incidents(&visitor.ctx, status, after, 100)?)
    });
    let (rows, next) = found.await.map_err(|error| error.in_lang(lang))?;
    let incidents = rows.into_iter().map(|row| entry(lang, row)).collect();
    Ok(Json(IncidentsView { incidents, next }))
}

fn entry(lang: Lang, row: IncidentRow) -> IncidentEntry {
    IncidentEntry {
        name: row.name.get(lang).to_owned(),
        id: row.id,
        case_id: row.case_id,
        number: row.number,
        system: row.system,
        node: row.node,
        reason: row.reason,
        input: row.input,
        at: row.at.to_string(),
        status: row.status,
        retriable: row.retriable,
        tries: row.tries,
        resolved_by: row.resolved_by,
    }
}

async fn view_standing(
    State(app): State<App>,
    visitor: Visitor,
    Path(case): Path<String>,
) -> Result<Json<StandingView>, ApiError> {
    let lang = visitor.lang();
    let found = app.run(move |app| Ok(app.engine.standing(&visitor.ctx, &case)?));
    let found: Standing = found.await.map_err(|error| error.in_lang(lang))?;
    let tokens = found.tokens.into_iter().map(|token| TokenEntry {
        token: token.token,
        process: token.process,
        name: token.name.get(lang).to_owned(),
        node: token.node,
        waits: token.waits.to_owned(),
    });
    Ok(Json(StandingView {
        case_id: found.case_id,
        number: found.number,
        tokens: tokens.collect(),
    }))
}

async fn retry_incident(
    State(app): State<App>,
    visitor: Visitor,
    Path(incident): Path<String>,
) -> Result<StatusCode, ApiError> {
    let lang = visitor.lang();
    app.run(move |app| Ok(app.engine.retry_incident(&visitor.ctx, &incident)?))
        .await
        .map_err(|error| error.in_lang(lang))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn propose_repair(
    State(app): State<App>,
    visitor: Visitor,
    Path(case): Path<String>,
    Json(request): Json<RepairRequest>,
) -> Result<(StatusCode, Json<ProposedView>), ApiError> {
    let lang = visitor.lang();
    let repair = match request.deed {
        RepairDeed::SetVariable { name, value } => Repair::SetVariable { name, value },
        RepairDeed::SetFact { name, value } => Repair::SetFact { name, value },
        RepairDeed::MoveToken { token, to } => Repair::MoveToken { token, to },
    };
    let proposed = app.run(move |app| {
        let propose = ProposeRepair {
            case,
            repair,
            reason: request.reason,
        };
        Ok(app.engine.propose_repair(&visitor.ctx, &propose)?)
    });
    let id = proposed.await.map_err(|error| error.in_lang(lang))?;
    Ok((StatusCode::CREATED, Json(ProposedView { id })))
}

async fn list_repairs(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Json<Vec<RepairEntry>>, ApiError> {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        let status = match asked.status.as_str() {
            known @ ("done" | "refused") => known,
            _ => "proposed",
        };
        Ok(app.engine.list_repairs(&visitor.ctx, status)?)
    });
    let rows = found.await.map_err(|error| error.in_lang(lang))?;
    let entry = |row: RepairRow| RepairEntry {
        deed: serde_json::from_str(&row.deed).unwrap_or_default(),
        id: row.id,
        case_id: row.case_id,
        number: row.number,
        reason: row.reason,
        status: row.status,
        proposed_at: row.proposed_at.to_string(),
        proposed_by: row.proposed_name,
        decided_by: row.decided_name,
    };
    Ok(Json(rows.into_iter().map(entry).collect()))
}

async fn decide_repair(
    State(app): State<App>,
    visitor: Visitor,
    Path(repair): Path<String>,
    Json(request): Json<RepairDecision>,
) -> Result<StatusCode, ApiError> {
    let lang = visitor.lang();
    app.run(move |app| {
        let decision = (request.agrees, request.words.as_str());
        Ok(app.engine.decide_repair(&visitor.ctx, &repair, decision)?)
    })
    .await
    .map_err(|error| error.in_lang(lang))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn deliver_message(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Json(request): Json<MessageRequest>,
) -> Result<Json<DeliveredView>, ApiError> {
    let lang = visitor.lang();
    let delivered = app.run(move |app| {
        let message = DeliverMessage {
            name: request.name,
            correlation: request.correlation,
            variables: request.variables,
            idempotency: idempotency_key(&headers)?,
        };
        Ok(app.engine.deliver_message(&visitor.ctx, &message)?)
    });
    let cases = delivered.await.map_err(|error| error.in_lang(lang))?.cases;
    Ok(Json(DeliveredView { cases }))
}

async fn send_signal(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Json(request): Json<SignalRequest>,
) -> Result<Json<DeliveredView>, ApiError> {
    let lang = visitor.lang();
    let heard = app.run(move |app| {
        let key = idempotency_key(&headers)?;
        let (name, variables) = (request.name.as_str(), &request.variables);
        Ok(app
            .engine
            .send_signal(&visitor.ctx, name, variables, key.as_deref())?)
    });
    let cases = heard.await.map_err(|error| error.in_lang(lang))?.cases;
    Ok(Json(DeliveredView { cases }))
}
