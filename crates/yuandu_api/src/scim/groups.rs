//! `Group`: a post; its members hold it now. Posts themselves and their roles are made by the system administrator, because
//! what a post may do is not a personnel system's to decide.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use yuandu_identity::{Directory, Holding, Post};
use yuandu_ids::{PostId, UserId};

use super::Asked;
use super::answer::{self, Done, Refused};
use super::patch;
use super::schemas::GROUP;
use super::users::{member_id, parsed};
use crate::App;

/// `GET Groups`
pub(super) fn list(app: &App, asked: &Asked, _: &Value) -> Result<Done, Refused> {
    let directory = app.identity.directory(asked.ctx.realm)?;
    let filter = parsed(asked)?;
    let found = directory
        .posts()
        .map(|post| view(asked, &directory, post))
        .filter(|group| filter.as_ref().is_none_or(|filter| filter.matches(group)));
    Ok(answer::page(&asked.list, found))
}

/// `POST Groups`
pub(super) fn create(_: &App, _: &Asked, _: &Value) -> Result<Done, Refused> {
    Err(not_here())
}

/// `DELETE Groups/{id}`
pub(super) fn remove(_: &App, _: &Asked, _: &Value) -> Result<Done, Refused> {
    Err(not_here())
}

/// `GET Groups/{id}`
pub(super) fn read(app: &App, asked: &Asked, _: &Value) -> Result<Done, Refused> {
    let (_, group) = present(app, asked)?;
    Ok(Done::One(StatusCode::OK, answer::shown(&asked.list, group)))
}

/// `PUT Groups/{id}`
pub(super) fn replace(app: &App, asked: &Asked, body: &Value) -> Result<Done, Refused> {
    let (post, known) = present(app, asked)?;
    answer::check_version(asked, &known)?;
    write(app, asked, &post, body)
}

/// `PATCH Groups/{id}`
pub(super) fn patch(app: &App, asked: &Asked, body: &Value) -> Result<Done, Refused> {
    let (post, known) = present(app, asked)?;
    answer::check_version(asked, &known)?;
    let changed = patch::applied(known, body)?;
    write(app, asked, &post, &changed)
}

fn not_here() -> Refused {
    Refused::new(
        StatusCode::FORBIDDEN,
        None,
        "posts and their roles are made and ended by the system administrator; change their members here",
    )
}

fn present(app: &App, asked: &Asked) -> Result<(PostId, Value), Refused> {
    let missing = || Refused::not_found(&asked.id);
    let id: PostId = asked.id.parse().map_err(|_| missing())?;
    let directory = app.identity.directory(asked.ctx.realm)?;
    let post = directory.post(&id).ok_or_else(missing)?;
    Ok((id, view(asked, &directory, post)))
}

fn view(asked: &Asked, directory: &Directory, post: &Post) -> Value {
    let holders = directory.holders(&post.id, asked.ctx.now());
    let held: Vec<Value> = holders
        .filter(|person| !directory.is_removed(&person.id))
        .map(|person| {
            json!({ "value": person.id.to_string(), "display": person.name, "type": "User",
                "$ref": format!("{}/{}/{}", asked.base, "Users", person.id) })
        })
        .collect();
    let title = directory
        .post_title(&post.id.to_string())
        .unwrap_or_default();
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
    put("schemas", json!([GROUP]));
    put("id", post.id.to_string().into());
    put("displayName", title.zh.into());
    put("members", held.into());
    answer::versioned(members, "Group", &asked.base)
}

fn write(app: &App, asked: &Asked, post: &PostId, body: &Value) -> Result<Done, Refused> {
    let directory = app.identity.directory(asked.ctx.realm)?;
    let now = asked.ctx.now();
    // Administration is handed over by administrators: a personnel system that could fill those posts would be one.
    let administers = |post: &Post| post.roles.iter().any(|role| role.starts_with("kernel."));
    if directory.post(post).is_some_and(administers) {
        let detail = "posts of administration are filled by administrators, not by SCIM";
        return Err(Refused::new(StatusCode::FORBIDDEN, None, detail));
    }
    let wanted = wanted(body)?;
    let held: BTreeSet<UserId> = directory
        .holders(post, now)
        .map(|person| person.id)
        .collect();
    let begun = wanted.difference(&held).map(|user| Holding {
        user: *user,
        post: *post,
        from: now,
        to: None,
    });
    let ended = held
        .difference(&wanted)
        .filter_map(|user| directory.holding(user, post, now))
        .map(|holding| Holding {
            to: Some(now),
            ..holding.clone()
        });
    let batch: Vec<Holding> = begun.chain(ended).collect();
    if !batch.is_empty() {
        app.identity.import_holdings(&asked.ctx, &batch)?;
    }
    let directory = app.identity.directory(asked.ctx.realm)?;
    let post = directory
        .post(post)
        .ok_or_else(|| Refused::not_found(&asked.id))?;
    let view = view(asked, &directory, post);
    Ok(Done::One(StatusCode::OK, answer::shown(&asked.list, view)))
}

fn wanted(body: &Value) -> Result<BTreeSet<UserId>, Refused> {
    let members = match body.get("members") {
        None | Some(Value::Null) => return Ok(BTreeSet::new()),
        Some(Value::Array(members)) => members,
        Some(_) => return Err(Refused::bad("invalidValue", "members must be a list")),
    };
    let unknown = || Refused::bad("invalidValue", "a member is not a user of ours");
    members
        .iter()
        .map(|member| member_id(member).ok_or_else(unknown))
        .collect()
}
