//! Values said to be wrong, and the quality of a register in figures.

use axum::extract::State;
use axum::routing::{get, post};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use yuandu_registers::{AnswerDispute, OpenDispute};

use super::{ID, REGISTER};
use crate::extract::{Json, Path};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

const NUMBER: Parameter = Parameter {
    place: "path",
    name: "number",
    description: "Number of the dispute.",
    required: true,
};

/// A value said to be wrong.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenDisputeRequest {
    /// The field.
    field: String,
    /// What it should be, in words.
    claimed: String,
    /// How one knows.
    reason: String,
}

/// An answer to a dispute.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerDisputeRequest {
    /// The value that is right, as it is typed; absent: what is recorded stays.
    #[serde(default)]
    value: Option<String>,
    /// What was looked at.
    answer: String,
}

/// Operations on disputes and quality.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "score_register",
            method: "get",
            path: "/api/v1/registers/{register}/quality",
            tag: "registers",
            summary: "The quality of a register: coverage, validity, rules, freshness, possible duplicates and disputes.",
            permission: "registers.write",
            audit: None,
            parameters: &[REGISTER],
            request: None,
            response: (200, "application/json", Some(schema_of::<Value>)),
            handler: get(score_register),
        },
        Operation {
            id: "list_disputes",
            method: "get",
            path: "/api/v1/registers/{register}/disputes",
            tag: "registers",
            summary: "Values of this register said to be wrong: those that wait, the one due first in front, then the latest answered.",
            permission: "registers.write",
            audit: None,
            parameters: &[REGISTER],
            request: None,
            response: (200, "application/json", Some(schema_of::<Vec<Value>>)),
            handler: get(list_disputes),
        },
        Operation {
            id: "open_dispute",
            method: "post",
            path: "/api/v1/registers/{register}/records/{id}/disputes",
            tag: "registers",
            summary: "Says that a value is wrong. It goes to the register that is its source, with a day by which it is answered; the answer is the receipt.",
            permission: "registers.view",
            audit: Some("registers.open_dispute"),
            parameters: &[REGISTER, ID],
            request: Some(("application/json", schema_of::<OpenDisputeRequest>)),
            response: (200, "application/json", Some(schema_of::<Value>)),
            handler: post(open_dispute),
        },
        Operation {
            id: "answer_dispute",
            method: "post",
            path: "/api/v1/registers/{register}/disputes/{number}/answer",
            tag: "registers",
            summary: "Answers a dispute: with a value, which corrects the source and every reader of it, or without, which says why it stays.",
            permission: "registers.write",
            audit: Some("registers.answer_dispute"),
            parameters: &[REGISTER, NUMBER],
            request: Some(("application/json", schema_of::<AnswerDisputeRequest>)),
            response: (200, "application/json", Some(schema_of::<Value>)),
            handler: post(answer_dispute),
        },
    ]
}

async fn score_register(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let lang = visitor.lang();
    let card = app.run(move |app| {
        Ok(value(
            &app.registers.score_register(&visitor.ctx, &register)?,
        ))
    });
    Ok(Json(card.await.map_err(|error| error.in_lang(lang))?))
}

async fn list_disputes(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
) -> Result<Json<Vec<Value>>, ApiError> {
    let lang = visitor.lang();
    let disputes = app.run(move |app| {
        let disputes = app.registers.list_disputes(&visitor.ctx, &register)?;
        Ok(disputes.iter().map(value).collect())
    });
    Ok(Json(disputes.await.map_err(|error| error.in_lang(lang))?))
}

async fn open_dispute(
    State(app): State<App>,
    visitor: Visitor,
    Path((register, id)): Path<(String, String)>,
    Json(request): Json<OpenDisputeRequest>,
) -> Result<Json<Value>, ApiError> {
    let lang = visitor.lang();
    let opened = app.run(move |app| {
        let open = OpenDispute {
            register,
            record: id,
            field: request.field,
            claimed: request.claimed,
            reason: request.reason,
        };
        Ok(value(&app.registers.open_dispute(&visitor.ctx, &open)?))
    });
    Ok(Json(opened.await.map_err(|error| error.in_lang(lang))?))
}

async fn answer_dispute(
    State(app): State<App>,
    visitor: Visitor,
    Path((register, number)): Path<(String, String)>,
    Json(request): Json<AnswerDisputeRequest>,
) -> Result<Json<Value>, ApiError> {
    let lang = visitor.lang();
    let answered = app.run(move |app| {
        let answer = AnswerDispute {
            register,
            number,
            value: request.value,
            answer: request.answer,
        };
        Ok(value(&app.registers.answer_dispute(&visitor.ctx, &answer)?))
    });
    Ok(Json(answered.await.map_err(|error| error.in_lang(lang))?))
}

fn value(of: &impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}
