//! The tree of organisations with their posts, the roles of each post and who holds it now.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use maud::{Markup, html};
use yuandu_api::App;
use yuandu_base::Lang;
use yuandu_identity::{Directory, Organisation, Post};
use yuandu_ids::OrgId;

use super::roles::Titles;
use super::{enter, parts};
use crate::pages::error::PageError;
use crate::pages::here::Here;
use yuandu_design::components::status::{tag, tag_wrong};
use yuandu_design::shell::{Audience, render};

/// `GET /admin`.
pub(super) async fn show(State(app): State<App>, here: Here) -> Result<Response, PageError> {
    enter(&app, &here)?;
    let directory = app
        .run(|app| Ok(app.identity.directory(app.realm)?))
        .await?;
    let lang = here.lang();
    let titles = Titles::new(&app, lang);
    let mut posts: BTreeMap<&OrgId, Vec<&Post>> = BTreeMap::new();
    for post in directory.posts() {
        posts.entry(&post.org).or_default().push(post);
    }
    let tree = directory.tree();
    let title = lang.pick("机构与岗位", "Organisations and posts");
    let body = html! {
        h1 { (lang.pick("管理", "Administration")) }
        (parts(lang, "/admin"))
        h2 { (title) }
        p class="hint" { @match lang {
            Lang::Zh => { (tree.len()) " 个机构，" (directory.posts().count()) " 个岗位，" (directory.people().count()) " 人" }
            Lang::En => { (tree.len()) " organisations, " (directory.posts().count()) " posts, " (directory.people().count()) " people" }
        } }
        div class="table-frame" tabindex="0" role="region" aria-label=(title) {
            table class="table plain orgs" {
                thead { tr {
                    th scope="col" { (lang.pick("机构", "Organisation")) }
                    th scope="col" { (lang.pick("岗位", "Post")) }
                    th scope="col" { (lang.pick("角色", "Roles")) }
                    th scope="col" { (lang.pick("范围", "Scope")) }
                    th scope="col" { (lang.pick("在岗", "Held by")) }
                } }
                tbody { @for (depth, org) in tree {
                    (rows(lang, &directory, &titles, (depth, org), (posts.get(&org.id).map_or(&[], Vec::as_slice), here.visitor.ctx.now())))
                } }
            }
        }
    };
    Ok(render(&here.page(Audience::Officer, title), &body).into_response())
}

/// One row for each post; an organisation without posts has one row that says so.
fn rows(
    lang: Lang,
    directory: &Directory,
    titles: &Titles,
    (depth, org): (usize, &Organisation),
    (posts, now): (&[&Post], Timestamp),
) -> Markup {
    let indent = depth.min(5);
    let name = html! {
        span class="indent" data-depth=(indent) { (org.name.get(lang)) }
        @if !org.active { " " (tag_wrong(lang.pick("已停用", "closed"))) }
    };
    html! {
        @if posts.is_empty() {
            tr { th scope="row" { (name) } td colspan="4" class="hint" { (lang.pick("没有岗位", "No posts")) } }
        }
        @for (at, post) in posts.iter().enumerate() {
            tr {
                @if at == 0 { th scope="row" rowspan=(posts.len()) { (name) } }
                td { (post.title.get(lang)) }
                td { @for role in &post.roles { (tag(titles.of(role))) " " } }
                td { (scope(lang, post)) }
                td { (holders(lang, directory, post, now)) }
            }
        }
    }
}

fn holders(lang: Lang, directory: &Directory, post: &Post, now: Timestamp) -> Markup {
    let names: Vec<&str> = directory
        .holders(&post.id, now)
        .map(|person| person.name.as_str())
        .collect();
    html! {
        @if names.is_empty() { (tag_wrong(lang.pick("空岗", "vacant"))) }
        @else { (names.join(lang.pick("、", ", "))) }
    }
}

/// What a post is limited to.
fn scope(lang: Lang, post: &Post) -> String {
    let limits = [
        (&post.scope.categories, "类", "categories"),
        (&post.scope.divisions, "个区划", "divisions"),
        (&post.scope.grids, "个网格", "grids"),
    ];
    let said: Vec<String> = limits
        .iter()
        .filter_map(|(limit, zh, en)| {
            let count = limit.as_ref()?.len();
            Some(match lang {
                Lang::Zh => format!("{count} {zh}"),
                Lang::En => format!("{count} {en}"),
            })
        })
        .collect();
    if said.is_empty() {
        lang.pick("全市", "whole city").to_owned()
    } else {
        said.join(lang.pick("，", ", "))
    }
}
