//! Search from the home page: a case number leads to its track page, other words to categories and pages.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use maud::html;
use serde::Deserialize;
use yuandu_api::App;
use yuandu_base::Lang;
use yuandu_ids::CaseNumber;

use crate::pages::forms::categories::CATEGORIES;
use crate::pages::here::Here;
use crate::pages::home;
use crate::pages::public_cases::SYSTEM;
use yuandu_design::components::list;
use yuandu_design::components::notice::empty;
use yuandu_design::shell::{Audience, render};

/// Categories shown at most: more do not help someone who can name the thing.
const MOST: usize = 12;

/// `/search`.
pub fn router() -> Router<App> {
    Router::new().route("/search", get(search))
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

async fn search(State(app): State<App>, here: Here, Query(asked): Query<Asked>) -> Response {
    let lang = here.lang();
    let words = asked.q.trim();
    if let Ok(number) = words.parse::<CaseNumber>() {
        return Redirect::to(&format!("/track/{number}")).into_response();
    }
    // Fourteen digits and more are a number someone mistyped; the track page says what is wrong with it.
    if words.chars().filter(char::is_ascii_digit).count() >= 14 {
        let number = yuandu_design::preferences::query_value(words);
        return Redirect::to(&format!("/track?number={number}")).into_response();
    }
    let found = categories(&app, lang, words, here.visitor.ctx.now());
    let pages = pages(lang, words);
    let heading = lang.pick("搜索结果", "Search results");
    let body = html! {
        h1 { (heading) }
        (home::search(lang, words))
        @if found.is_empty() && pages.is_empty() {
            (empty(
                lang.pick("没有找到", "Nothing was found"),
                lang.pick("换个说法再搜，例如“井盖”“路灯不亮”；也可以直接上报，类别由坐席员来定。", "Try other words, such as “manhole” or “street lamp”; or report it and let an officer choose the category."),
                Some(&html! { a class="button primary" href="/report" { (lang.pick("直接上报", "Report it")) } }),
            ))
        }
        @if !found.is_empty() {
            section class="home-part" aria-labelledby="found" {
                h2 id="found" { (lang.pick("上报这一类问题", "Report a problem of this kind")) }
                (list::links(&as_links(&found)))
            }
        }
        @if !pages.is_empty() {
            section class="home-part" aria-labelledby="pages" {
                h2 id="pages" { (lang.pick("相关页面", "Pages")) }
                (list::links(&pages))
            }
        }
    };
    render(&here.page(Audience::Resident, heading), &body).into_response()
}

/// Name, address of the report page and class of the categories that fit.
fn categories(
    app: &App,
    lang: Lang,
    words: &str,
    now: jiff::Timestamp,
) -> Vec<(String, String, String)> {
    let Some(system) = app.system(SYSTEM) else {
        return Vec::new();
    };
    let today = app.calendar().local_date(now);
    let entries = system.lists.search(CATEGORIES, words, today, MOST);
    entries
        .into_iter()
        .map(|entry| {
            let class = entry.column(lang.pick("class_name_zh", "class_name_en"));
            (
                entry.name.get(lang).to_owned(),
                format!("/report?category={}", entry.code),
                class.unwrap_or_default().to_owned(),
            )
        })
        .collect()
}

fn as_links(found: &[(String, String, String)]) -> Vec<(&str, &str, &str)> {
    found
        .iter()
        .map(|(name, href, class)| (name.as_str(), href.as_str(), class.as_str()))
        .collect()
}

/// Pages whose everyday words occur in what was asked, or the other way round.
fn pages(lang: Lang, asked: &str) -> Vec<(&'static str, &'static str, &'static str)> {
    let known: [(&str, &str, &str, &str); 6] = [
        (
            "进度 编号 查询 办到哪 受理 track progress number",
            "/track",
            "查进度",
            "Track a report",
        ),
        ("附近 地图 周边 near map around", "/near", "附近", "Near me"),
        (
            "期限 工作日 节假日 调休 到期 时限 calendar due holiday working day",
            "/calendar",
            "算一算期限",
            "When is it due?",
        ),
        (
            "数据 接口 开放 open311 api data",
            "/data",
            "开放数据与接口",
            "Open data and interfaces",
        ),
        (
            "登录 工作人员 sign in login officer",
            "/signin",
            "工作人员登录",
            "Sign in for officers",
        ),
        ("帮助 怎么 隐私 电话 help privacy", "/help", "帮助", "Help"),
    ];
    let asked = asked.to_lowercase();
    let asked = asked.trim();
    let fits = |words: &str| {
        words
            .split(' ')
            .any(|word| !asked.is_empty() && (asked.contains(word) || word.contains(asked)))
    };
    known
        .into_iter()
        .filter(|(words, ..)| fits(words))
        .map(|(_, href, zh, en)| (lang.pick(zh, en), href, ""))
        .collect()
}
