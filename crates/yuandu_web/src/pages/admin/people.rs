//! People and their accounts: search, suspend, let back in.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeMap;
use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_identity::{Directory, Person, PersonStatus, Resource};
use yuandu_ids::UserId;

use super::{enter, parts};
use crate::pages::error::PageError;
use crate::pages::forms::posted::Posted;
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::form::{Form, form};
use yuandu_design::components::notice::{Tone, empty, notice};
use yuandu_design::components::status::{tag, tag_wrong};
use yuandu_design::preferences::query_value;
use yuandu_design::shell::{Audience, render};

/// People shown at once; a larger city searches.
const MOST: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    status: String,
    /// What the last action did, as a word of [`done`].
    done: String,
}

/// `GET /admin/people`.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    enter(&app, &here)?;
    let ctx = here.visitor.ctx.clone();
    let (directory, paused) = app
        .run(move |app| {
            Ok((
                app.identity.directory(app.realm)?,
                app.identity.paused_people(&ctx)?,
            ))
        })
        .await?;
    let (lang, now) = (here.lang(), here.visitor.ctx.now());
    let may_write = app
        .gate
        .decide(&here.visitor.ctx, "admin.write", &Resource::system())
        .allowed;
    let found: Vec<&Person> = directory
        .people()
        .filter(|person| fits(&asked, person, &paused))
        .take(MOST + 1)
        .collect();
    let shown = found.get(..found.len().min(MOST)).unwrap_or_default();
    let title = lang.pick("人员", "People");
    let body = html! {
        h1 { (lang.pick("管理", "Administration")) }
        (parts(lang, "/admin/people"))
        h2 { (title) }
        @if let Some(said) = done(lang, &asked.done) { (notice(Tone::Done, said, &html! {})) }
        (search(lang, &asked))
        @if shown.is_empty() {
            (empty(lang.pick("没有找到", "Nobody was found"), lang.pick("换个姓名或登录名再搜。", "Try another name or login."), None))
        } @else {
            (people(&app, &here, &directory, (shown, &paused), (may_write, now)))
            @if found.len() > MOST {
                p class="hint" { @match lang {
                    Lang::Zh => { "只列前 " (MOST) " 人，请用姓名或登录名缩小范围。" }
                    Lang::En => { "The first " (MOST) " are shown; narrow the search by name or login." }
                } }
            }
        }
    };
    Ok(render(&here.page(Audience::Officer, title), &body).into_response())
}

/// `POST /admin/people/{id}/status`.
pub(super) async fn set_status(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    enter(&app, &posted.here)?;
    let user: UserId = id.parse().map_err(|_| PageError::not_found())?;
    let (status, done) = match posted.sent.text("status") {
        "suspended" => (PersonStatus::Suspended, "suspended"),
        "active" => (PersonStatus::Active, "active"),
        _ => return Err(PageError::not_found()),
    };
    let own = posted
        .here
        .officer()
        .is_ok_and(|signed_in| signed_in.officer.user == user);
    if own && status == PersonStatus::Suspended {
        let refused = ApiError::new(
            yuandu_base::ErrorKind::Denied,
            "admin.own_account",
            "不能停用自己的账号，请另一位管理员来做",
            "you cannot suspend your own account; ask another administrator",
        );
        return Err(refused.into());
    }
    let ctx = posted.here.visitor.ctx.clone();
    app.run(move |app| Ok(app.identity.set_person_status(&ctx, &user, status)?))
        .await?;
    let words = query_value(posted.sent.text("q"));
    Ok(Redirect::to(&format!("/admin/people?q={words}&done={done}")).into_response())
}

fn fits(asked: &Asked, person: &Person, paused: &BTreeMap<UserId, Timestamp>) -> bool {
    let words = asked.q.trim().to_lowercase();
    let named = words.is_empty()
        || [&person.name, &person.login, &person.phone]
            .iter()
            .any(|text| text.to_lowercase().contains(&words));
    named
        && match asked.status.as_str() {
            "active" => person.status == PersonStatus::Active && !paused.contains_key(&person.id),
            "suspended" => person.status == PersonStatus::Suspended,
            "paused" => paused.contains_key(&person.id),
            _ => true,
        }
}

fn done(lang: Lang, word: &str) -> Option<&'static str> {
    match word {
        "suspended" => Some(lang.pick(
            "账号已停用，所有登录已退出。",
            "The account is suspended and every session of it has ended.",
        )),
        "active" => Some(lang.pick("账号已恢复，可以登录。", "The account may be used again.")),
        _ => None,
    }
}

fn search(lang: Lang, asked: &Asked) -> Markup {
    let states = [
        ("active", lang.pick("正常", "Active")),
        (
            "paused",
            lang.pick("多次输错密码，暂停中", "Paused after wrong passwords"),
        ),
        ("suspended", lang.pick("已停用", "Suspended")),
    ];
    html! {
        form class="filters" method="get" action="/admin/people" role="search" {
            div class="filter wide" {
                label for="search" { (lang.pick("姓名、登录名或电话", "Name, login or phone")) }
                input type="search" id="search" name="q" value=(asked.q) data-search autocomplete="off";
            }
            div class="filter" {
                label for="filter-status" { (lang.pick("账号状态", "Account")) }
                select id="filter-status" name="status" data-on[!asked.status.is_empty()] {
                    option value="" { (lang.pick("全部", "All")) }
                    @for (value, label) in states { option value=(value) selected[value == asked.status] { (label) } }
                }
            }
            div class="filter-actions" { button type="submit" class="button" { (lang.pick("筛选", "Filter")) } }
        }
    }
}

fn people(
    app: &App,
    here: &Here,
    directory: &Directory,
    (shown, paused): (&[&Person], &BTreeMap<UserId, Timestamp>),
    (may_write, now): (bool, Timestamp),
) -> Markup {
    let lang = here.lang();
    html! {
        div class="table-frame" tabindex="0" role="region" aria-label=(lang.pick("人员", "People")) {
            table class="table plain" {
                thead { tr {
                    th scope="col" { (lang.pick("姓名", "Name")) }
                    th scope="col" { (lang.pick("登录名", "Login")) }
                    th scope="col" { (lang.pick("现任岗位", "Posts held")) }
                    th scope="col" { (lang.pick("账号", "Account")) }
                    @if may_write { th scope="col" { (lang.pick("操作", "Action")) } }
                } }
                tbody { @for person in shown {
                    tr {
                        th scope="row" { (person.name) }
                        td { code { (person.login) } }
                        td { (posts(lang, directory, person, now)) }
                        td { (state(app, lang, person, paused.get(&person.id))) }
                        @if may_write { td { (action(here, person, paused.contains_key(&person.id))) } }
                    }
                } }
            }
        }
    }
}

fn posts(lang: Lang, directory: &Directory, person: &Person, now: Timestamp) -> String {
    let titles: Vec<String> = directory
        .posts_of(&person.id, now)
        .filter_map(|post| directory.post_title(&post.id.to_string()))
        .map(|title| title.get(lang).to_owned())
        .collect();
    titles.join(lang.pick("；", "; "))
}

fn state(app: &App, lang: Lang, person: &Person, paused: Option<&Timestamp>) -> Markup {
    let until = paused.map(|at| {
        let local = at.to_zoned(app.calendar().time_zone().clone());
        local.strftime("%H:%M").to_string()
    });
    html! {
        @match (person.status, until) {
            (PersonStatus::Suspended, _) => { (tag_wrong(lang.pick("已停用", "suspended"))) }
            (PersonStatus::Active, Some(until)) => { (tag_wrong(lang.pick("暂停中", "paused"))) " " (lang.pick("到 ", "until ")) (until) }
            (PersonStatus::Active, None) => { (tag(lang.pick("正常", "active"))) }
        }
    }
}

fn action(here: &Here, person: &Person, paused: bool) -> Markup {
    let lang = here.lang();
    let (to, label, weight) = match (person.status, paused) {
        (PersonStatus::Suspended, _) => ("active", lang.pick("恢复", "Reactivate"), Weight::Plain),
        (PersonStatus::Active, true) => (
            "active",
            lang.pick("解除暂停", "End the pause"),
            Weight::Plain,
        ),
        (PersonStatus::Active, false) => ("suspended", lang.pick("停用", "Suspend"), Weight::Grave),
    };
    let at = format!("/admin/people/{}/status", person.id);
    let inputs = html! {
        input type="hidden" name="status" value=(to);
        input type="hidden" name="q" value=(person.login);
        (button::submit(label, weight)) span class="sr" { (person.name) }
    };
    form(lang, &Form::new(&at, &here.csrf).unguarded(), &inputs)
}
