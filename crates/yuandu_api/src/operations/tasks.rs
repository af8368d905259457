//! Tasks: the inbox and what is done in it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use yuandu_base::{Lang, Problem};
use yuandu_process::{CompleteTask, Completed, Inbox, InboxView, NextStep, ProcessError};
use yuandu_store::StoreError;

use super::cases::{check_photos, idempotency_key};
use crate::extract::{Json, Path, Query};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

/// A task in the inbox.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InboxTaskView {
    /// Id of the task.
    id: String,
    /// Id of the case.
    case_id: String,
    /// Number of the case.
    number: String,
    /// Title of the case.
    title: String,
    /// Node of the process.
    node: String,
    /// Name of the step in the language of the request.
    step: String,
    /// Organisation the task is for.
    org: Option<String>,
    /// Address of the case.
    address: Option<String>,
    /// When it is due, RFC 3339.
    due_at: Option<String>,
}

/// The inbox.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InboxPageView {
    /// Tasks, most urgent first.
    tasks: Vec<InboxTaskView>,
    /// All tasks the caller may do.
    total: i64,
    /// Pass as `after` for the next page.
    next: Option<String>,
}

/// What was decided.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteTaskRequest {
    /// The outcome, for example `accept`.
    outcome: String,
    /// The form of the outcome, by field name.
    #[serde(default)]
    data: Map<String, Value>,
}

/// What came of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CompletedView {
    /// Id of the case.
    case_id: String,
    /// Number of the case.
    number: String,
    /// Status of the case.
    status: String,
    /// Stage of the case.
    stage: Option<String>,
    /// Tasks that were opened.
    next: Vec<NextTaskView>,
    /// Position of the entry in the log.
    position: u64,
}

/// A task that was opened.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NextTaskView {
    /// Id of the task.
    id: String,
    /// Node of the process.
    node: String,
    /// Role that does it.
    role: String,
    /// Organisation it is for.
    org: Option<String>,
    /// When it is due, RFC 3339.
    due_at: Option<String>,
}

impl NextTaskView {
    pub(super) fn of(step: NextStep) -> Self {
        Self {
            id: step.task,
            node: step.node,
            role: step.role,
            org: step.org,
            due_at: step.due_at.map(|at| at.to_string()),
        }
    }
}

const ID: Parameter = Parameter {
    place: "path",
    name: "id",
    description: "Id of the task.",
    required: true,
};

/// Operations on tasks.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_inbox",
            method: "get",
            path: "/api/v1/tasks",
            tag: "tasks",
            summary: "The tasks the caller may do, most urgent first.",
            permission: "tasks.complete",
            audit: None,
            parameters: &[
                Parameter {
                    place: "query",
                    name: "view",
                    description: "`all` (default), `mine`, `due_today`, `overdue`, `warning`, `new`, `my_org`, `asked` (of me by others), `to_read`.",
                    required: false,
                },
                Parameter {
                    place: "query",
                    name: "after",
                    description: "`next` of the page before.",
                    required: false,
                },
            ],
            request: None,
            response: (200, "application/json", Some(schema_of::<InboxPageView>)),
            handler: get(list_inbox),
        },
        Operation {
            id: "complete_task",
            method: "post",
            path: "/api/v1/tasks/{id}/complete",
            tag: "tasks",
            summary: "Completes a task with an outcome and its form.",
            permission: "tasks.complete",
            audit: Some("cases.complete_task"),
            parameters: &[
                ID,
                Parameter {
                    place: "header",
                    name: "Idempotency-Key",
                    description: "Makes the request safe to send twice.",
                    required: false,
                },
            ],
            request: Some(("application/json", schema_of::<CompleteTaskRequest>)),
            response: (200, "application/json", Some(schema_of::<CompletedView>)),
            handler: post(complete_task),
        },
        Operation {
            id: "claim_task",
            method: "post",
            path: "/api/v1/tasks/{id}/claim",
            tag: "tasks",
            summary: "Takes a task on, so that others leave it.",
            permission: "tasks.claim",
            audit: Some("cases.claim_task"),
            parameters: &[ID],
            request: None,
            response: (204, "application/json", None),
            handler: post(claim_task),
        },
        Operation {
            id: "release_task",
            method: "post",
            path: "/api/v1/tasks/{id}/release",
            tag: "tasks",
            summary: "Gives a task back to everyone who may do it.",
            permission: "tasks.claim",
            audit: Some("cases.release_task"),
            parameters: &[ID],
            request: None,
            response: (204, "application/json", None),
            handler: post(release_task),
        },
    ]
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InboxQuery {
    view: String,
    after: String,
}

/// The saved view with this name.
pub fn inbox_view(name: &str) -> Result<InboxView, ApiError> {
    match name {
        "" | "all" => Ok(InboxView::All),
        "mine" => Ok(InboxView::Mine),
        "due_today" => Ok(InboxView::DueToday),
        "overdue" => Ok(InboxView::Overdue),
        "warning" => Ok(InboxView::Warning),
        "new" => Ok(InboxView::New),
        "my_org" => Ok(InboxView::MyOrg),
        "asked" => Ok(InboxView::Asked),
        "to_read" => Ok(InboxView::ToRead),
        other => Err(ApiError::invalid(vec![Problem::new(
            "query.unknown",
            "view",
            format!("没有视图 `{other}`"),
            format!("there is no view `{other}`"),
        )])),
    }
}

async fn list_inbox(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<InboxQuery>,
) -> Result<Json<InboxPageView>, ApiError> {
    let lang = visitor.lang();
    let page = app.run(move |app| {
        visitor.officer()?;
        let after = Some(query.after.as_str()).filter(|after| !after.is_empty());
        let inbox = app
            .engine
            .inbox(&visitor.ctx, inbox_view(&query.view)?, after, 100)?;
        Ok(inbox_page(inbox, lang))
    });
    Ok(Json(page.await.map_err(|error| error.in_lang(lang))?))
}

async fn complete_task(
    State(app): State<App>,
    visitor: Visitor,
    Path(task): Path<String>,
    headers: HeaderMap,
    Json(request): Json<CompleteTaskRequest>,
) -> Result<Json<CompletedView>, ApiError> {
    let lang = visitor.lang();
    let asked = Arc::new((
        visitor.ctx,
        CompleteTask {
            task,
            outcome: request.outcome,
            data: request.data,
            idempotency: idempotency_key(&headers).map_err(|error| error.in_lang(lang))?,
        },
    ));
    let judged = Arc::clone(&asked);
    let done = app.commit(
        move |app| {
            let (ctx, complete) = &*asked;
            check_photos(app, &complete.data)?;
            Ok(app.engine.plan_complete_task(ctx, complete)?)
        },
        move |app, refused| {
            let (ctx, complete) = &*judged;
            match app.engine.not_completed(ctx, complete, refused)? {
                ProcessError::Store(StoreError::Changed { .. }) => Ok(()),
                told => Err(told.into()),
            }
        },
    );
    let receipt = done.await.map_err(|error| error.in_lang(lang))?;
    Ok(Json(completed_view(Completed::of(&receipt))))
}

async fn claim_task(
    State(app): State<App>,
    visitor: Visitor,
    Path(task): Path<String>,
) -> Result<axum::http::StatusCode, ApiError> {
    let lang = visitor.lang();
    app.run(move |app| Ok(app.engine.claim_task(&visitor.ctx, &task).map(drop)?))
        .await
        .map_err(|error| error.in_lang(lang))?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

async fn release_task(
    State(app): State<App>,
    visitor: Visitor,
    Path(task): Path<String>,
) -> Result<axum::http::StatusCode, ApiError> {
    let lang = visitor.lang();
    app.run(move |app| Ok(app.engine.release_task(&visitor.ctx, &task).map(drop)?))
        .await
        .map_err(|error| error.in_lang(lang))?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

fn inbox_page(inbox: Inbox, lang: Lang) -> InboxPageView {
    let tasks = inbox.tasks.into_iter().map(|open| InboxTaskView {
        step: lang.pick(&open.task.name_zh, &open.task.name_en).to_owned(),
        id: open.task.id,
        case_id: open.task.case_id,
        number: open.number,
        title: open.title,
        node: open.task.node,
        org: open.task.org,
        address: open.address,
        due_at: open.task.due_at.map(|at| at.to_string()),
    });
    InboxPageView {
        tasks: tasks.collect(),
        total: inbox.counts.all,
        next: inbox.next,
    }
}

fn completed_view(done: Completed) -> CompletedView {
    CompletedView {
        case_id: done.case_id,
        number: done.number,
        status: done.status,
        stage: done.stage,
        next: done.next.into_iter().map(NextTaskView::of).collect(),
        position: done.position,
    }
}
