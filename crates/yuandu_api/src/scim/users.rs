//! `User`: a person with an account.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use yuandu_identity::{Directory, Person, PersonStatus};
use yuandu_ids::UserId;

use super::answer::{self, Done, Refused};
use super::filter::Filter;
use super::patch;
use super::schemas::USER;
use super::{Asked, BASE};
use crate::App;

/// `GET Users`
pub(super) fn list(app: &App, asked: &Asked, _: &Value) -> Result<Done, Refused> {
    let directory = app.identity.directory(asked.ctx.realm)?;
    let filter = parsed(asked)?;
    let login = filter
        .as_ref()
        .and_then(|filter| filter.only_eq("userName"));
    let here = |person: &&Person| !directory.is_removed(&person.id);
    let shown = |person: &Person| view(asked, &directory, person);
    if let Some(login) = login {
        let found = directory.person_by_login(&login.to_lowercase());
        return Ok(answer::page(
            &asked.list,
            found.into_iter().filter(here).map(shown),
        ));
    }
    let found = directory
        .people()
        .filter(here)
        .map(shown)
        .filter(|user| filter.as_ref().is_none_or(|filter| filter.matches(user)));
    Ok(answer::page(&asked.list, found))
}

/// `POST Users`
pub(super) fn create(app: &App, asked: &Asked, body: &Value) -> Result<Done, Refused> {
    let directory = app.identity.directory(asked.ctx.realm)?;
    let (login, _) = named(body)?;
    let known = directory.person_by_login(&login.to_lowercase());
    // Someone who was taken away and comes back is the same person.
    let id = match known {
        Some(known) if directory.is_removed(&known.id) => known.id,
        Some(_) => {
            let detail = "userName is in use";
            return Err(Refused::new(
                StatusCode::CONFLICT,
                Some("uniqueness"),
                detail,
            ));
        }
        None => UserId::generate(asked.ctx.now()),
    };
    write(app, asked, &id, body)?;
    one(app, asked, &id, StatusCode::CREATED)
}

/// `GET Users/{id}`
pub(super) fn read(app: &App, asked: &Asked, _: &Value) -> Result<Done, Refused> {
    let (id, _) = present(app, asked)?;
    one(app, asked, &id, StatusCode::OK)
}

/// `PUT Users/{id}`
pub(super) fn replace(app: &App, asked: &Asked, body: &Value) -> Result<Done, Refused> {
    let (id, known) = present(app, asked)?;
    answer::check_version(asked, &known)?;
    write(app, asked, &id, body)?;
    one(app, asked, &id, StatusCode::OK)
}

/// `PATCH Users/{id}`
pub(super) fn patch(app: &App, asked: &Asked, body: &Value) -> Result<Done, Refused> {
    let (id, known) = present(app, asked)?;
    answer::check_version(asked, &known)?;
    let changed = patch::applied(known, body)?;
    write(app, asked, &id, &changed)?;
    one(app, asked, &id, StatusCode::OK)
}

/// `DELETE Users/{id}`
pub(super) fn remove(app: &App, asked: &Asked, _: &Value) -> Result<Done, Refused> {
    let (id, known) = present(app, asked)?;
    answer::check_version(asked, &known)?;
    app.identity.deprovision(&asked.ctx, &id)?;
    Ok(Done::Gone)
}

pub(super) fn parsed(asked: &Asked) -> Result<Option<Filter>, Refused> {
    match asked.list.filter.as_deref() {
        None | Some("") => Ok(None),
        Some(text) => Filter::parse(text)
            .map(Some)
            .ok_or_else(|| Refused::bad("invalidFilter", "the filter cannot be read")),
    }
}

fn present(app: &App, asked: &Asked) -> Result<(UserId, Value), Refused> {
    let missing = || Refused::not_found(&asked.id);
    let id: UserId = asked.id.parse().map_err(|_| missing())?;
    let directory = app.identity.directory(asked.ctx.realm)?;
    let person = directory
        .person(&id)
        .filter(|_| !directory.is_removed(&id))
        .ok_or_else(missing)?;
    Ok((id, view(asked, &directory, person)))
}

fn one(app: &App, asked: &Asked, id: &UserId, status: StatusCode) -> Result<Done, Refused> {
    let directory = app.identity.directory(asked.ctx.realm)?;
    let person = directory
        .person(id)
        .ok_or_else(|| Refused::not_found(&id.to_string()))?;
    let view = view(asked, &directory, person);
    Ok(Done::One(status, answer::shown(&asked.list, view)))
}

/// A person as a resource.
fn view(asked: &Asked, directory: &Directory, person: &Person) -> Value {
    let posts = directory.posts_of(&person.id, asked.ctx.now());
    let groups: Vec<Value> = posts
        .map(|post| {
            json!({ "value": post.id.to_string(), "display": post.title.zh,
                "$ref": format!("{}/Groups/{}", asked.base, post.id) })
        })
        .collect();
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
    put("schemas", json!([USER]));
    put("id", person.id.to_string().into());
    put("userName", person.login.as_str().into());
    put("name", json!({ "formatted": person.name }));
    put("displayName", person.name.as_str().into());
    put("active", (person.status == PersonStatus::Active).into());
    put("groups", groups.into());
    if !person.phone.is_empty() {
        put(
            "phoneNumbers",
            json!([{ "type": "work", "value": person.phone }]),
        );
    }
    let external = directory.external_id(&person.id);
    if !external.is_empty() {
        put("externalId", external.into());
    }
    answer::versioned(members, "User", &asked.base)
}

fn write(app: &App, asked: &Asked, id: &UserId, body: &Value) -> Result<(), Refused> {
    let (login, name) = named(body)?;
    let active = match body.get("active") {
        None | Some(Value::Null) => true,
        // A wide-spread client sends the words.
        Some(Value::String(word)) => word.eq_ignore_ascii_case("true"),
        Some(Value::Bool(active)) => *active,
        Some(_) => return Err(Refused::bad("invalidValue", "active must be true or false")),
    };
    if body.get("password").is_some() {
        return Err(Refused::bad(
            "mutability",
            "passwords are set by people themselves, not by SCIM",
        ));
    }
    let external = text(body, "/externalId").unwrap_or_default();
    if external.len() > 200 {
        return Err(Refused::bad("invalidValue", "externalId is too long"));
    }
    let person = Person {
        id: *id,
        login: login.trim().to_lowercase(),
        name: name.to_owned(),
        phone: text(body, "/phoneNumbers/0/value")
            .unwrap_or_default()
            .to_owned(),
        status: if active {
            PersonStatus::Active
        } else {
            PersonStatus::Suspended
        },
    };
    Ok(app.identity.provision(&asked.ctx, &person, external)?)
}

/// `userName` and a name that people read.
fn named(body: &Value) -> Result<(&str, &str), Refused> {
    let login = text(body, "/userName")
        .ok_or_else(|| Refused::bad("invalidValue", "userName is missing"))?;
    let name = ["/displayName", "/name/formatted"]
        .into_iter()
        .find_map(|place| text(body, place));
    Ok((login, name.unwrap_or(login)))
}

fn text<'a>(body: &'a Value, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

/// The id of a user in a member's `value` or `$ref`.
pub(super) fn member_id(member: &Value) -> Option<UserId> {
    let value = member.get("value").unwrap_or(member).as_str()?;
    let users = format!("{BASE}/{}/", "Users");
    value.rsplit(&users).next()?.parse().ok()
}
