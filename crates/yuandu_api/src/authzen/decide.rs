//! One decision, and many at once.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::StatusCode;
use serde_json::{Value, json};
use yuandu_identity::{Actor, OpCtx, Resource, ResourceKind};

use super::model::{self, Question, Questions, Semantic, Subject};
use super::{Answered, Refused};
use crate::App;

/// Questions in one request at most.
const MOST: usize = 1000;

/// `POST /access/v1/evaluation`
pub(super) fn one(app: &App, ctx: &OpCtx, body: &Bytes) -> Answered {
    decided(app, ctx, &model::read(body)?)
}

/// `POST /access/v1/evaluations`
pub(super) fn many(app: &App, ctx: &OpCtx, body: &Bytes) -> Answered {
    let questions: Questions = model::read(body)?;
    if questions.evaluations.is_empty() {
        // Without a list it is an ordinary evaluation (AuthZEN 1.0, 7.1).
        return decided(app, ctx, &questions.defaults);
    }
    if questions.evaluations.len() > MOST {
        return Err(Refused::bad(format!(
            "at most {MOST} evaluations in one request"
        )));
    }
    let semantic = questions.options.evaluations_semantic;
    let mut answers = Vec::new();
    for asked in &questions.evaluations {
        let answer = completed(asked, &questions.defaults)
            .and_then(|question| decided(app, ctx, &question))
            .or_else(in_the_list)?;
        let allowed = answer.get("decision") == Some(&Value::Bool(true));
        answers.push(answer);
        let enough = match semantic {
            Semantic::ExecuteAll => false,
            Semantic::DenyOnFirstDeny => !allowed,
            Semantic::PermitOnFirstPermit => allowed,
        };
        if enough {
            break;
        }
    }
    Ok(json!({ "evaluations": answers }))
}

fn completed(asked: &Value, defaults: &Question) -> Result<Question, Refused> {
    let own: Question = serde_json::from_value(asked.clone()).map_err(|error| {
        Refused::bad(format!(
            "the evaluation is not what the API expects: {error}"
        ))
    })?;
    Ok(Question {
        subject: own.subject.or_else(|| defaults.subject.clone()),
        action: own.action.or_else(|| defaults.action.clone()),
        resource: own.resource.or_else(|| defaults.resource.clone()),
        context: own.context.or_else(|| defaults.context.clone()),
    })
}

/// One bad question in a list is a denial with its reason; the others are answered.
fn in_the_list(refused: Refused) -> Answered {
    if refused.status == StatusCode::INTERNAL_SERVER_ERROR {
        return Err(refused);
    }
    let error = json!({ "status": refused.status.as_u16(), "message": refused.message });
    Ok(json!({ "decision": false, "context": { "error": error } }))
}

fn decided(app: &App, ctx: &OpCtx, question: &Question) -> Answered {
    let subject = model::required(question.subject.as_ref(), "subject")?;
    let action = model::required(question.action.as_ref(), "action")?;
    let resource = model::required(question.resource.as_ref(), "resource")?;
    let found = facts(app, ctx, resource)?;
    let Some(actor) = actor(app, ctx, subject)? else {
        return Ok(denied(
            "the subject is not known, not active or holds no such post",
        ));
    };
    let Some(found) = found else {
        return Ok(denied("the resource is not known"));
    };
    if !app.gate.knows(&action.name) {
        return Ok(denied("the action is not known"));
    }
    let purpose = question
        .context
        .as_ref()
        .and_then(|context| context.get("purpose"));
    let purpose = purpose.and_then(Value::as_str).unwrap_or_default();
    let asks = ctx.as_actor(actor).for_purpose(purpose);
    let decision = app.gate.decide(&asks, &action.name, &found);
    let reasons = |zh: bool| -> Vec<&str> {
        let words = decision.reasons.iter();
        words
            .map(|reason| {
                if zh {
                    reason.zh.as_str()
                } else {
                    reason.en.as_str()
                }
            })
            .collect()
    };
    Ok(json!({
        "decision": decision.allowed,
        "context": {
            "reason_user": { "zh": reasons(true).join("；"), "en": reasons(false).join("; ") },
            "policies": decision.policies,
        }
    }))
}

fn denied(why: &str) -> Value {
    json!({ "decision": false, "context": { "reason_admin": { "en": why } } })
}

/// Who is asked about; `None` if nobody of this name may act now.
pub(super) fn actor(app: &App, ctx: &OpCtx, subject: &Subject) -> Result<Option<Actor>, Refused> {
    match subject.kind.as_str() {
        "anonymous" => Ok(Some(Actor::Anonymous)),
        "service" => {
            let id = model::id(&subject.id, "subject")?;
            let known = app.provider.client(ctx, id);
            Ok(known.ok().map(|client| Actor::Service(client.id.clone())))
        }
        "user" => {
            let id = model::id(&subject.id, "subject")?;
            let directory = app
                .identity
                .directory(ctx.realm)
                .map_err(|_| Refused::failed())?;
            let by_id = id.parse().ok().and_then(|id| directory.person(&id));
            let Some(person) = by_id.or_else(|| directory.person_by_login(id)) else {
                return Ok(None);
            };
            let named = subject.properties.get("post").and_then(Value::as_str);
            let post = match named.map(str::parse) {
                None => None,
                Some(Ok(post)) => Some(post),
                Some(Err(_)) => return Ok(None),
            };
            let officer = app.identity.officer(ctx, &person.login, post.as_ref());
            Ok(officer
                .ok()
                .map(|officer| Actor::Officer(Arc::clone(&officer))))
        }
        _ => Err(Refused::bad(
            "subject.type may be user, service or anonymous",
        )),
    }
}

/// The kind of a resource by its name in lower case.
pub(super) fn kind(name: &str) -> Result<ResourceKind, Refused> {
    ResourceKind::ALL
        .into_iter()
        .find(|kind| kind.name().eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            Refused::bad("resource.type may be case, task, register, record, package or system")
        })
}

/// The facts of a resource as we know them; `None` if there is none of this id.
pub(super) fn facts(
    app: &App,
    ctx: &OpCtx,
    resource: &model::Resource,
) -> Result<Option<Resource>, Refused> {
    let kind = kind(&resource.kind)?;
    match kind {
        ResourceKind::System => Ok(Some(Resource::system())),
        ResourceKind::Package => {
            let id = model::id(&resource.id, "resource")?;
            Ok(app.system(id).map(|system| Resource::package(&system.id)))
        }
        ResourceKind::Register => {
            let id = model::id(&resource.id, "resource")?;
            Ok(app.registers.facts_for_policy(id))
        }
        ResourceKind::Case | ResourceKind::Task => {
            let id = model::id(&resource.id, "resource")?;
            app.engine
                .facts_for_policy(ctx, kind, id)
                .map_err(|_| Refused::failed())
        }
        ResourceKind::Record => Err(Refused::bad(
            "single records are decided here only when they are read; ask about their register",
        )),
    }
}
