//! Cases: open, join, list, look at, read their history.

mod handlers;
mod opening;
mod query;
mod views;

use axum::routing::{get, post};

use crate::operation::{Operation, Parameter, schema_of};
use query::FILTERS;

pub(crate) use opening::idempotency_key;
pub use opening::{check_photos, copy_sourced, locate, require_finder};
pub use query::CasesQuery;
pub use views::{
    CaseClockView, CaseDetailView, CasePageView, CaseRowView, CaseTaskView, HistoryView,
    JoinCaseRequest, OpenCaseRequest, OpenedView, RestrictedView, row_view,
};

/// Operations on cases.
pub(super) fn operations() -> Vec<Operation> {
    let mut operations = changing();
    operations.extend(reading());
    operations
}

const KEY: Parameter = Parameter {
    place: "header",
    name: "Idempotency-Key",
    description: "Chosen by the caller; sending the same request again with it changes nothing and gives the first answer.",
    required: false,
};
const ID: Parameter = Parameter {
    place: "path",
    name: "id",
    description: "Id of the case.",
    required: true,
};

fn changing() -> Vec<Operation> {
    vec![
        Operation {
            id: "open_case",
            method: "post",
            path: "/api/v1/cases",
            tag: "cases",
            summary: "Opens a case and moves it to its first step.",
            permission: "cases.create",
            audit: Some("cases.open"),
            parameters: &[KEY],
            request: Some(("application/json", schema_of::<OpenCaseRequest>)),
            response: (201, "application/json", Some(schema_of::<OpenedView>)),
            handler: post(handlers::open_case),
        },
        Operation {
            id: "join_case",
            method: "post",
            path: "/api/v1/cases/{id}/reports",
            tag: "cases",
            summary: "Joins an open case with a further report that follows it.",
            permission: "cases.create",
            audit: Some("cases.join"),
            parameters: &[ID, KEY],
            request: Some(("application/json", schema_of::<JoinCaseRequest>)),
            response: (201, "application/json", Some(schema_of::<OpenedView>)),
            handler: post(handlers::join_case),
        },
        Operation {
            id: "view_restricted_facts",
            method: "post",
            path: "/api/v1/cases/{id}/restricted",
            tag: "cases",
            summary: "Reads the restricted facts of a case; the reading is an entry of its history.",
            permission: "restricted.view",
            audit: Some("cases.view_restricted"),
            parameters: &[ID],
            request: None,
            response: (200, "application/json", Some(schema_of::<RestrictedView>)),
            handler: post(handlers::view_restricted),
        },
    ]
}

fn reading() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_cases",
            method: "get",
            path: "/api/v1/cases",
            tag: "cases",
            summary: "Cases the caller may see, by filters and order.",
            permission: "cases.list",
            audit: None,
            parameters: FILTERS,
            request: None,
            response: (200, "application/json", Some(schema_of::<CasePageView>)),
            handler: get(handlers::list_cases),
        },
        Operation {
            id: "view_case",
            method: "get",
            path: "/api/v1/cases/{id}",
            tag: "cases",
            summary: "A case with its facts, tasks and clocks.",
            permission: "cases.view",
            audit: None,
            parameters: &[ID],
            request: None,
            response: (200, "application/json", Some(schema_of::<CaseDetailView>)),
            handler: get(handlers::view_case),
        },
        Operation {
            id: "list_case_history",
            method: "get",
            path: "/api/v1/cases/{id}/history",
            tag: "cases",
            summary: "What happened to a case, from the log, oldest first.",
            permission: "cases.view",
            audit: None,
            parameters: &[ID],
            request: None,
            response: (200, "application/json", Some(schema_of::<Vec<HistoryView>>)),
            handler: get(handlers::list_history),
        },
    ]
}
