//! The statutory calendar: when is it due, and why.

use axum::extract::State;
use axum::routing::get;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yuandu_base::Problem;
use yuandu_base::calendar::{Budget, CalendarError};
use yuandu_identity::Resource;

use crate::extract::{Json, Query};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

/// A due instant with its derivation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DueView {
    /// Due instant, RFC 3339 in the city's time.
    due: String,
    /// The derivation in the language of the request.
    explanation: String,
    /// Version of the calendar.
    calendar: String,
}

#[derive(Debug, Deserialize)]
struct DueQuery {
    #[serde(default)]
    from: String,
    #[serde(default)]
    budget: String,
}

/// Operations on the calendar.
pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "project_due",
        method: "get",
        path: "/api/v1/calendar/due",
        tag: "calendar",
        summary: "The instant a budget of working time is used up, and why.",
        permission: "clock.ask",
        audit: None,
        parameters: &[
            Parameter {
                place: "query",
                name: "from",
                description: "Start, `2025-01-24T16:30` in the city's time or RFC 3339.",
                required: true,
            },
            Parameter {
                place: "query",
                name: "budget",
                description: "`20d` working days or `4h` working hours.",
                required: true,
            },
        ],
        request: None,
        response: (200, "application/json", Some(schema_of::<DueView>)),
        handler: get(project_due),
    }]
}

async fn project_due(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<DueQuery>,
) -> Result<Json<DueView>, ApiError> {
    let lang = visitor.lang();
    let answer = || {
        app.gate
            .require(&visitor.ctx, "clock.ask", &Resource::system())?;
        let from = app
            .calendar
            .parse_instant(&query.from)
            .map_err(|error| at("from", &error))?;
        let budget: Budget = query.budget.parse().map_err(|error| at("budget", &error))?;
        let due = app
            .calendar
            .project(from, budget)
            .map_err(|error| at("budget", &error))?;
        Ok(DueView {
            due: due.due_rfc3339(),
            explanation: due.explain(lang),
            calendar: due.calendar_version.clone(),
        })
    };
    answer()
        .map(Json)
        .map_err(|error: ApiError| error.in_lang(lang))
}

fn at(field: &str, error: &CalendarError) -> ApiError {
    let message = error.message();
    ApiError::invalid(vec![Problem::new(
        "calendar.invalid",
        field,
        message.zh,
        message.en,
    )])
}
