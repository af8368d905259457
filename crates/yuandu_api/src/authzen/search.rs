//! Who may, what may someone do, and on which resources (AuthZEN 1.0, 8): by the same policies, lists compiled to SQL.

use axum::body::Bytes;
use serde_json::{Value, json};
use yuandu_identity::{OpCtx, ResourceKind};

use super::decide::{actor, facts, kind};
use super::model::{self, Search, Subject};
use super::{Answered, Refused};
use crate::App;

/// Results on a page unless fewer are wanted.
const PAGE: usize = 100;
/// People asked about for one page at most; the rest comes with the next token.
const ASKED: usize = 5_000;

/// `POST /access/v1/search/subject`: people who may, each in any post held now.
pub(super) fn subjects(app: &App, ctx: &OpCtx, body: &Bytes) -> Answered {
    let search: Search = model::read(body)?;
    let subject = model::required(search.question.subject.as_ref(), "subject")?;
    let action = model::required(search.question.action.as_ref(), "action")?;
    let resource = model::required(search.question.resource.as_ref(), "resource")?;
    if subject.kind != "user" {
        return Err(Refused::bad("subject.type may be user"));
    }
    let Some(found) = facts(app, ctx, resource)? else {
        return Ok(page(Vec::new(), String::new()));
    };
    let directory = app
        .identity
        .directory(ctx.realm)
        .map_err(|_| Refused::failed())?;
    let limit = limit(&search);
    let people = directory.people_after(&search.page.token);
    let (mut results, mut last, mut asked) = (Vec::new(), String::new(), 0);
    for person in people {
        if results.len() == limit || asked == ASKED {
            return Ok(page(results, last));
        }
        asked += 1;
        last = person.id.to_string();
        let may = directory.posts_of(&person.id, ctx.now()).any(|post| {
            let officer = app.identity.officer(ctx, &person.login, Some(&post.id));
            officer.is_ok_and(|officer| {
                let asks = ctx.as_actor(yuandu_identity::Actor::Officer(officer));
                app.gate.decide(&asks, &action.name, &found).allowed
            })
        });
        if may {
            results.push(json!({ "type": "user", "id": last }));
        }
    }
    Ok(page(results, String::new()))
}

/// `POST /access/v1/search/resource`: cases and tasks by compiled SQL, packages and registers one by one.
pub(super) fn resources(app: &App, ctx: &OpCtx, body: &Bytes) -> Answered {
    let search: Search = model::read(body)?;
    let subject = model::required(search.question.subject.as_ref(), "subject")?;
    let action = model::required(search.question.action.as_ref(), "action")?;
    let resource = model::required(search.question.resource.as_ref(), "resource")?;
    let kind = kind(&resource.kind)?;
    let Some(asks) = asking(app, ctx, subject)? else {
        return Ok(page(Vec::new(), String::new()));
    };
    let limit = limit(&search);
    let mut ids = match kind {
        ResourceKind::Case | ResourceKind::Task => {
            if !app.gate.actions_on(kind).contains(&action.name.as_str()) {
                return Ok(page(Vec::new(), String::new()));
            }
            let after = search.page.token.as_str();
            app.engine
                .permitted_ids(&asks, &action.name, kind, after, limit + 1)
                .map_err(|_| {
                    Refused::bad("this action does not filter lists; ask about single resources")
                })?
        }
        ResourceKind::Register | ResourceKind::Package | ResourceKind::System => {
            let candidates = candidates(app, kind, &search.page.token);
            let allowed = candidates.into_iter().filter(|id| {
                let named = model::Resource {
                    kind: resource.kind.clone(),
                    id: id.clone(),
                };
                let found = facts(app, ctx, &named).ok().flatten();
                found.is_some_and(|found| app.gate.decide(&asks, &action.name, &found).allowed)
            });
            allowed.take(limit + 1).collect()
        }
        ResourceKind::Record => {
            return Err(Refused::bad(
                "records are not listed here; use the register's own API",
            ));
        }
    };
    let more = ids.len() > limit;
    ids.truncate(limit);
    let next = ids.last().filter(|_| more).cloned().unwrap_or_default();
    let results = ids
        .into_iter()
        .map(|id| json!({ "type": resource.kind, "id": id }));
    Ok(page(results.collect(), next))
}

/// `POST /access/v1/search/action`: everything someone may do on one resource.
pub(super) fn actions(app: &App, ctx: &OpCtx, body: &Bytes) -> Answered {
    let search: Search = model::read(body)?;
    let subject = model::required(search.question.subject.as_ref(), "subject")?;
    let resource = model::required(search.question.resource.as_ref(), "resource")?;
    let (asks, found) = (asking(app, ctx, subject)?, facts(app, ctx, resource)?);
    let (Some(asks), Some(found)) = (asks, found) else {
        return Ok(page(Vec::new(), String::new()));
    };
    let allowed = app
        .gate
        .actions_on(found.kind)
        .into_iter()
        .filter(|name| app.gate.decide(&asks, name, &found).allowed)
        .map(|name| json!({ "name": name }));
    Ok(page(allowed.collect(), String::new()))
}

fn asking(app: &App, ctx: &OpCtx, subject: &Subject) -> Result<Option<OpCtx>, Refused> {
    Ok(actor(app, ctx, subject)?.map(|actor| ctx.as_actor(actor)))
}

fn candidates(app: &App, kind: ResourceKind, after: &str) -> Vec<String> {
    let mut ids: Vec<String> = match kind {
        ResourceKind::Register => app
            .registers
            .defs()
            .map(|def| format!("{}/{}", def.package, def.id))
            .collect(),
        ResourceKind::Package => app.systems.iter().map(|system| system.id.clone()).collect(),
        _ => vec!["platform".to_owned()],
    };
    ids.sort_unstable();
    ids.retain(|id| id.as_str() > after);
    ids
}

fn limit(search: &Search) -> usize {
    search.page.limit.unwrap_or(PAGE).clamp(1, PAGE)
}

fn page(results: Vec<Value>, next: String) -> Value {
    json!({ "results": results, "page": { "next_token": next, "count": results.len() } })
}
