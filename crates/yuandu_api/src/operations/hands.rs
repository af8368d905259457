//! What offices do by hand beside the model: send back, take back, hand over, urge, ask others, end; one at a time or for many.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get, post};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yuandu_base::Problem;
use yuandu_process::{Ask, Beside, Colleague, Ending, Hand, Intervene};

use crate::extract::{Json, Path};
use crate::operation::{Operation, Parameter, SchemaOf, schema_of};
use crate::{ApiError, App, Visitor};

/// Why something is done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonRequest {
    /// Why; it stands in the history. At most 500 characters.
    reason: String,
}

/// Back to an earlier step.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendBackRequest {
    /// The node of the earlier step.
    to: String,
    /// Whether it comes straight back once it is done again there.
    #[serde(default)]
    straight: bool,
    /// Why; it stands in the history.
    reason: String,
}

/// Somebody else does it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOverRequest {
    /// Id, login or full name of who does it from now on.
    to: String,
    /// Why; it stands in the history.
    reason: String,
}

/// More people sign a countersigned step.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddSignersRequest {
    /// The items of the model's collection, for example users or units.
    items: Vec<serde_json::Value>,
    /// Why; it stands in the history.
    reason: String,
}

/// Others are asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskRequest {
    /// `delegate`, `sign_before`, `sign_beside`, `sign_after`, `consult`, `part`, `copy`, `circulate` or `supervise`.
    kind: String,
    /// The step it is about; left out for `copy`, `circulate` and `supervise`, which are about the case.
    #[serde(default)]
    task: Option<String>,
    /// Ids, logins or full names of people.
    #[serde(default)]
    people: Vec<String>,
    /// Ids of organisations, for `part`.
    #[serde(default)]
    units: Vec<String>,
    /// What is asked; at most 500 characters.
    words: String,
    /// By when, RFC 3339.
    #[serde(default)]
    due: Option<String>,
}

/// The tasks of whoever was asked.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AskedView {
    /// Ids of the tasks.
    tasks: Vec<String>,
}

/// Somebody a task can be given to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ColleagueView {
    /// Id of the user.
    user: String,
    /// Login.
    login: String,
    /// Name.
    name: String,
    /// Title of the post in the language of the request.
    post: String,
    /// Organisation in the language of the request.
    org: String,
}

const TASK: &[Parameter] = &[Parameter {
    place: "path",
    name: "id",
    description: "Id of the task.",
    required: true,
}];
const CASE: &[Parameter] = &[Parameter {
    place: "path",
    name: "id",
    description: "Id of the case.",
    required: true,
}];

/// One that changes something and answers nothing.
fn changing(
    (id, path): (&'static str, &'static str),
    summary: &'static str,
    (permission, audit): (&'static str, &'static str),
    request: SchemaOf,
    handler: MethodRouter<App>,
) -> Operation {
    Operation {
        id,
        method: "post",
        path,
        tag: if path.contains("/cases/") {
            "cases"
        } else {
            "tasks"
        },
        summary,
        permission,
        audit: Some(audit),
        parameters: if path.contains("/cases/") { CASE } else { TASK },
        request: Some(("application/json", request)),
        response: (204, "application/json", None),
        handler,
    }
}

/// Operations by hand.
pub(super) fn operations() -> Vec<Operation> {
    let mut operations = of_tasks();
    operations.extend(of_cases());
    operations
}

fn of_tasks() -> Vec<Operation> {
    const BY_HAND: (&str, &str) = ("tasks.complete", "cases.intervene");
    const OF_CASE: (&str, &str) = ("cases.view", "cases.intervene");
    vec![
        changing(
            ("send_back_task", "/api/v1/tasks/{id}/send-back"),
            "Sends a task back to an earlier step.",
            BY_HAND,
            schema_of::<SendBackRequest>,
            post(send_back),
        ),
        changing(
            ("take_back_task", "/api/v1/tasks/{id}/take-back"),
            "Takes the step before back, as long as nobody has taken this one on.",
            OF_CASE,
            schema_of::<ReasonRequest>,
            post(take_back),
        ),
        changing(
            ("hand_over_task", "/api/v1/tasks/{id}/hand-over"),
            "Gives a task to somebody else who may do it.",
            BY_HAND,
            schema_of::<HandOverRequest>,
            post(hand_over),
        ),
        changing(
            ("urge_task", "/api/v1/tasks/{id}/urge"),
            "Urges whoever has a task.",
            OF_CASE,
            schema_of::<ReasonRequest>,
            post(urge),
        ),
        changing(
            ("add_signers", "/api/v1/tasks/{id}/signers"),
            "More people sign a countersigned step.",
            BY_HAND,
            schema_of::<AddSignersRequest>,
            post(add_signers),
        ),
        changing(
            ("remove_signer", "/api/v1/tasks/{id}/remove-signer"),
            "This one of a countersigned step need not sign any more.",
            BY_HAND,
            schema_of::<ReasonRequest>,
            post(remove_signer),
        ),
        changing(
            (
                "take_back_question",
                "/api/v1/tasks/{id}/take-back-question",
            ),
            "Takes back what was asked of somebody beside a step.",
            ("cases.view", "cases.ask"),
            schema_of::<ReasonRequest>,
            post(take_back_question),
        ),
        Operation {
            id: "list_colleagues",
            method: "get",
            path: "/api/v1/tasks/{id}/colleagues",
            tag: "tasks",
            summary: "Who else may do a task now.",
            permission: "tasks.complete",
            audit: None,
            parameters: TASK,
            request: None,
            response: (
                200,
                "application/json",
                Some(schema_of::<Vec<ColleagueView>>),
            ),
            handler: get(list_colleagues),
        },
    ]
}

fn of_cases() -> Vec<Operation> {
    vec![
        Operation {
            response: (201, "application/json", Some(schema_of::<AskedView>)),
            ..changing(
                ("ask_others", "/api/v1/cases/{id}/asks"),
                "Asks others beside a step or about a case: delegate, sign, consult, copy, circulate, supervise.",
                ("cases.view", "cases.ask"),
                schema_of::<AskRequest>,
                post(ask),
            )
        },
        changing(
            ("withdraw_case", "/api/v1/cases/{id}/withdraw"),
            "Withdraws a case one has opened, before anybody else has decided anything.",
            ("cases.view", "cases.end_by_hand"),
            schema_of::<ReasonRequest>,
            post(withdraw),
        ),
        changing(
            ("terminate_case", "/api/v1/cases/{id}/terminate"),
            "Ends a case by hand.",
            ("admin.write", "cases.end_by_hand"),
            schema_of::<ReasonRequest>,
            post(terminate),
        ),
    ]
}

/// Does one thing by hand; every refusal in the reader's language.
async fn by_hand<W>(app: App, visitor: Visitor, work: W) -> Result<StatusCode, ApiError>
where
    W: FnOnce(&App, &Visitor) -> Result<(), ApiError> + Send + 'static,
{
    let lang = visitor.lang();
    app.run(move |app| {
        visitor.officer()?;
        work(app, &visitor)
    })
    .await
    .map_err(|error| error.in_lang(lang))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn at_task(
    app: App,
    visitor: Visitor,
    task: String,
    hand: Hand,
    reason: String,
) -> Result<StatusCode, ApiError> {
    by_hand(app, visitor, move |app, visitor| {
        let request = Intervene { task, hand, reason };
        Ok(app.engine.intervene(&visitor.ctx, &request)?)
    })
    .await
}

async fn send_back(
    State(app): State<App>,
    visitor: Visitor,
    Path(task): Path<String>,
    Json(request): Json<SendBackRequest>,
) -> Result<StatusCode, ApiError> {
    let hand = Hand::SendBack {
        to: request.to,
        straight: request.straight,
    };
    at_task(app, visitor, task, hand, request.reason).await
}

async fn take_back(
    State(app): State<App>,
    visitor: Visitor,
    Path(task): Path<String>,
    Json(request): Json<ReasonRequest>,
) -> Result<StatusCode, ApiError> {
    at_task(app, visitor, task, Hand::TakeBack, request.reason).await
}

async fn urge(
    State(app): State<App>,
    visitor: Visitor,
    Path(task): Path<String>,
    Json(request): Json<ReasonRequest>,
) -> Result<StatusCode, ApiError> {
    at_task(app, visitor, task, Hand::Urge, request.reason).await
}

async fn add_signers(
    State(app): State<App>,
    visitor: Visitor,
    Path(task): Path<String>,
    Json(request): Json<AddSignersRequest>,
) -> Result<StatusCode, ApiError> {
    let hand = Hand::AddSigners {
        items: request.items,
    };
    at_task(app, visitor, task, hand, request.reason).await
}

async fn remove_signer(
    State(app): State<App>,
    visitor: Visitor,
    Path(task): Path<String>,
    Json(request): Json<ReasonRequest>,
) -> Result<StatusCode, ApiError> {
    at_task(app, visitor, task, Hand::RemoveSigner, request.reason).await
}

async fn hand_over(
    State(app): State<App>,
    visitor: Visitor,
    Path(task): Path<String>,
    Json(request): Json<HandOverRequest>,
) -> Result<StatusCode, ApiError> {
    by_hand(app, visitor, move |app, visitor| {
        let directory = app.identity.directory(app.realm)?;
        let whom = (task.as_str(), request.to.as_str());
        let engine = &app.engine;
        Ok(engine.hand_over(&visitor.ctx, &directory, whom, &request.reason)?)
    })
    .await
}

async fn take_back_question(
    State(app): State<App>,
    visitor: Visitor,
    Path(task): Path<String>,
    Json(request): Json<ReasonRequest>,
) -> Result<StatusCode, ApiError> {
    by_hand(app, visitor, move |app, visitor| {
        let engine = &app.engine;
        Ok(engine.take_back_question(&visitor.ctx, &task, &request.reason)?)
    })
    .await
}

async fn withdraw(
    State(app): State<App>,
    visitor: Visitor,
    Path(case): Path<String>,
    Json(request): Json<ReasonRequest>,
) -> Result<StatusCode, ApiError> {
    by_hand(app, visitor, move |app, visitor| {
        let how = (Ending::Withdraw, request.reason.as_str());
        Ok(app.engine.end_by_hand(&visitor.ctx, &case, how)?)
    })
    .await
}

async fn terminate(
    State(app): State<App>,
    visitor: Visitor,
    Path(case): Path<String>,
    Json(request): Json<ReasonRequest>,
) -> Result<StatusCode, ApiError> {
    by_hand(app, visitor, move |app, visitor| {
        let how = (Ending::Terminate, request.reason.as_str());
        Ok(app.engine.end_by_hand(&visitor.ctx, &case, how)?)
    })
    .await
}

async fn ask(
    State(app): State<App>,
    visitor: Visitor,
    Path(case): Path<String>,
    Json(request): Json<AskRequest>,
) -> Result<(StatusCode, Json<AskedView>), ApiError> {
    let lang = visitor.lang();
    let asked = app.run(move |app| {
        visitor.officer()?;
        let ask = read(case, request)?;
        let directory = app.identity.directory(app.realm)?;
        Ok(app.engine.ask(&visitor.ctx, &directory, &ask)?)
    });
    let tasks = asked.await.map_err(|error| error.in_lang(lang))?;
    Ok((StatusCode::CREATED, Json(AskedView { tasks })))
}

fn read(case: String, request: AskRequest) -> Result<Ask, ApiError> {
    let mut problems = Vec::new();
    let kind = Beside::of_word(&request.kind);
    if kind.is_none() {
        let words: Vec<&str> = Beside::ALL.iter().map(|kind| kind.word()).collect();
        problems.push(Problem::new(
            "cases.kind",
            "kind",
            format!("没有 `{}`，可选：{}", request.kind, words.join(", ")),
            format!(
                "there is no `{}`; choose one of {}",
                request.kind,
                words.join(", ")
            ),
        ));
    }
    let due = request.due.as_deref().map(str::parse).transpose();
    if due.is_err() {
        problems.push(Problem::new(
            "cases.due",
            "due",
            "时间应写成 RFC 3339，例如 2026-12-01T17:30:00+08:00",
            "give the time as RFC 3339, for example 2026-12-01T17:30:00+08:00",
        ));
    }
    match (kind, due) {
        (Some(kind), Ok(due)) => Ok(Ask {
            case,
            task: request.task,
            kind,
            people: request.people,
            units: request.units,
            words: request.words,
            due,
        }),
        _ => Err(ApiError::invalid(problems)),
    }
}

async fn list_colleagues(
    State(app): State<App>,
    visitor: Visitor,
    Path(task): Path<String>,
) -> Result<Json<Vec<ColleagueView>>, ApiError> {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        visitor.officer()?;
        let directory = app.identity.directory(app.realm)?;
        Ok(app.engine.takers(&visitor.ctx, &directory, &task)?)
    });
    let found = found.await.map_err(|error| error.in_lang(lang))?;
    let view = |one: Colleague| ColleagueView {
        post: one.post.get(lang).to_owned(),
        org: one.org.get(lang).to_owned(),
        user: one.user,
        login: one.login,
        name: one.name,
    };
    Ok(Json(found.into_iter().map(view).collect()))
}
