//! Who stands in for one's own post, for a time and for some matters; and one thing done with many tasks.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use yuandu_base::{Lang, Problem};
use yuandu_identity::AppointSubstitute;
use yuandu_process::{CompleteTask, Hand, Intervene};

use crate::extract::{Json, Path};
use crate::operation::{Operation, Parameter, SIGNED_IN, schema_of};
use crate::{ApiError, App, Visitor};

/// Most tasks of one request.
const MOST: usize = 200;

/// Somebody is to stand in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubstituteRequest {
    /// Login of who stands in.
    login: String,
    /// From when, RFC 3339.
    from: String,
    /// Until when (not included), RFC 3339.
    to: String,
    /// Systems it is limited to; all of the post's when left out.
    #[serde(default)]
    systems: Vec<String>,
    /// Categories or classes it is limited to; all of the post's when left out.
    #[serde(default)]
    categories: Vec<String>,
    /// Why.
    reason: String,
}

/// Who stands in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SubstituteView {
    /// The post made for it.
    post: String,
    /// The post it stands in for.
    of_post: String,
    /// The user.
    user: String,
    /// From when, RFC 3339.
    from: String,
    /// Until when, RFC 3339.
    to: String,
    /// Why.
    reason: String,
    /// `open`, or `ended` before its time.
    status: String,
}

/// The post made for it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AppointedView {
    /// Its id.
    post: String,
}

/// One thing done with many tasks.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// `complete`, `claim`, `release`, `urge` or `hand_over`.
    #[serde(rename = "do")]
    pub what: String,
    /// Ids of tasks; at most 200.
    pub tasks: Vec<String>,
    /// For `complete`: the outcome.
    #[serde(default)]
    pub outcome: String,
    /// For `complete`: the form, the same for each.
    #[serde(default)]
    pub data: Map<String, Value>,
    /// For `hand_over`: id, login or full name.
    #[serde(default)]
    pub to: String,
    /// For `urge` and `hand_over`: why.
    #[serde(default)]
    pub reason: String,
}

/// What came of one task.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BatchResult {
    /// The task.
    pub task: String,
    /// Whether it was done.
    pub done: bool,
    /// Why not, in the language of the request.
    pub message: Option<String>,
}

const POST: Parameter = Parameter {
    place: "path",
    name: "substitute",
    description: "Id of the post that was made for the substitute.",
    required: true,
};

/// Operations on substitutes and on many tasks.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_substitutes",
            method: "get",
            path: "/api/v1/me/substitutes",
            tag: "me",
            summary: "Who stands in for the caller, past ones too.",
            permission: SIGNED_IN,
            audit: None,
            parameters: &[],
            request: None,
            response: (
                200,
                "application/json",
                Some(schema_of::<Vec<SubstituteView>>),
            ),
            handler: get(list_substitutes),
        },
        Operation {
            id: "appoint_substitute",
            method: "post",
            path: "/api/v1/me/substitutes",
            tag: "me",
            summary: "Lets somebody stand in for the caller's present post, for a time and for some matters.",
            permission: SIGNED_IN,
            audit: Some("identity.appoint_substitute"),
            parameters: &[],
            request: Some(("application/json", schema_of::<SubstituteRequest>)),
            response: (201, "application/json", Some(schema_of::<AppointedView>)),
            handler: post(appoint_substitute),
        },
        Operation {
            id: "end_substitute",
            method: "post",
            path: "/api/v1/me/substitutes/{substitute}/end",
            tag: "me",
            summary: "Ends it before its time.",
            permission: SIGNED_IN,
            audit: Some("identity.end_substitute"),
            parameters: &[POST],
            request: None,
            response: (204, "application/json", None),
            handler: post(end_substitute),
        },
        Operation {
            id: "batch_tasks",
            method: "post",
            path: "/api/v1/batches",
            tag: "tasks",
            summary: "Does one thing with many tasks, each by itself: what is refused is told, the others are done.",
            permission: "tasks.complete",
            audit: Some("cases.complete_task"),
            parameters: &[],
            request: Some(("application/json", schema_of::<BatchRequest>)),
            response: (200, "application/json", Some(schema_of::<Vec<BatchResult>>)),
            handler: post(batch_tasks),
        },
    ]
}

async fn list_substitutes(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Json<Vec<SubstituteView>>, ApiError> {
    let lang = visitor.lang();
    let rows = app.run(move |app| {
        visitor.officer()?;
        Ok(app.identity.substitutes(&visitor.ctx)?)
    });
    let rows = rows.await.map_err(|error| error.in_lang(lang))?;
    let view = rows.into_iter().map(|row| SubstituteView {
        post: row.post,
        of_post: row.of_post,
        user: row.user,
        from: row.from_at.to_string(),
        to: row.to_at.to_string(),
        reason: row.reason,
        status: row.status,
    });
    Ok(Json(view.collect()))
}

async fn appoint_substitute(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<SubstituteRequest>,
) -> Result<(StatusCode, Json<AppointedView>), ApiError> {
    let lang = visitor.lang();
    let made = app.run(move |app| {
        visitor.officer()?;
        let appoint = read(app, request)?;
        Ok(app.identity.appoint_substitute(&visitor.ctx, &appoint)?)
    });
    let post = made.await.map_err(|error| error.in_lang(lang))?.to_string();
    Ok((StatusCode::CREATED, Json(AppointedView { post })))
}

fn read(app: &App, request: SubstituteRequest) -> Result<AppointSubstitute, ApiError> {
    let mut problems = Vec::new();
    let directory = app.identity.directory(app.realm)?;
    let user = directory.person_by_login(&request.login.trim().to_lowercase());
    if user.is_none() {
        let (zh, en) = ("没有这个登录名", "there is no such login");
        problems.push(Problem::new("identity.substitute", "login", zh, en));
    }
    let (from, to) = (request.from.parse(), request.to.parse());
    let bad = [("from", from.is_err()), ("to", to.is_err())];
    for (field, _) in bad.into_iter().filter(|(_, bad)| *bad) {
        problems.push(Problem::new(
            "identity.substitute",
            field,
            "时间应写成 RFC 3339，例如 2026-12-01T08:30:00+08:00",
            "give the time as RFC 3339, for example 2026-12-01T08:30:00+08:00",
        ));
    }
    match (user, from, to) {
        (Some(user), Ok(from), Ok(to)) => Ok(AppointSubstitute {
            user: user.id,
            from,
            to,
            systems: request.systems.into_iter().collect(),
            categories: request.categories.into_iter().collect(),
            reason: request.reason,
        }),
        _ => Err(ApiError::invalid(problems)),
    }
}

async fn end_substitute(
    State(app): State<App>,
    visitor: Visitor,
    Path(post): Path<String>,
) -> Result<StatusCode, ApiError> {
    let lang = visitor.lang();
    app.run(move |app| {
        visitor.officer()?;
        Ok(app.identity.end_substitute(&visitor.ctx, &post)?)
    })
    .await
    .map_err(|error| error.in_lang(lang))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn batch_tasks(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<BatchRequest>,
) -> Result<Json<Vec<BatchResult>>, ApiError> {
    let lang = visitor.lang();
    let done = app.run(move |app| batch(app, &visitor, &request));
    Ok(Json(done.await.map_err(|error| error.in_lang(lang))?))
}

/// Does one thing with many tasks, each by itself; the result of each in the order asked. Call it inside [`App::run`].
///
/// # Errors
/// Nobody is signed in, too many tasks, or nothing that can be done with many.
pub fn batch(
    app: &App,
    visitor: &Visitor,
    request: &BatchRequest,
) -> Result<Vec<BatchResult>, ApiError> {
    visitor.officer()?;
    let known = ["complete", "claim", "release", "urge", "hand_over"];
    let mut problems = Vec::new();
    if !known.contains(&request.what.as_str()) {
        problems.push(Problem::new(
            "cases.batch",
            "do",
            format!("不能成批 `{}`，可选：{}", request.what, known.join(", ")),
            format!(
                "`{}` is not done with many; choose one of {}",
                request.what,
                known.join(", ")
            ),
        ));
    }
    if request.tasks.is_empty() || request.tasks.len() > MOST {
        problems.push(Problem::new(
            "cases.batch",
            "tasks",
            format!("请选至少一件、至多 {MOST} 件"),
            format!("choose at least one and at most {MOST}"),
        ));
    }
    if !problems.is_empty() {
        return Err(ApiError::invalid(problems));
    }
    let lang = visitor.lang();
    let result = |task: &String| {
        let refused = one(app, visitor, request, task).err();
        BatchResult {
            task: task.clone(),
            done: refused.is_none(),
            message: refused.map(|error| said(lang, &error)),
        }
    };
    Ok(request.tasks.iter().map(result).collect())
}

fn one(app: &App, visitor: &Visitor, request: &BatchRequest, task: &str) -> Result<(), ApiError> {
    let (ctx, engine) = (&visitor.ctx, &app.engine);
    match request.what.as_str() {
        "complete" => {
            let complete = CompleteTask {
                task: task.to_owned(),
                outcome: request.outcome.clone(),
                data: request.data.clone(),
                idempotency: None,
            };
            engine.complete_task(ctx, &complete)?;
        }
        "claim" => engine.claim_task(ctx, task)?,
        "release" => engine.release_task(ctx, task)?,
        "urge" => {
            let urge = Intervene {
                task: task.to_owned(),
                hand: Hand::Urge,
                reason: request.reason.clone(),
            };
            engine.intervene(ctx, &urge)?;
        }
        _ => {
            let directory = app.identity.directory(app.realm)?;
            engine.hand_over(ctx, &directory, (task, &request.to), &request.reason)?;
        }
    }
    Ok(())
}

fn said(lang: Lang, error: &ApiError) -> String {
    let problems: Vec<&str> = error.problems.iter().map(|p| p.message.get(lang)).collect();
    if problems.is_empty() {
        error.message.get(lang).to_owned()
    } else {
        problems.join(lang.pick("；", "; "))
    }
}
