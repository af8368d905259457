//! The first page: search, what is done most, what was put right lately.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use maud::{Markup, html};
use yuandu_api::App;
use yuandu_base::Lang;
use yuandu_process::{CaseFilter, CaseOrder};

use crate::pages::error::PageError;
use crate::pages::here::Here;
use crate::pages::public_cases;
use yuandu_design::components::kite;
use yuandu_design::components::list;
use yuandu_design::shell::{Audience, render};

/// How many matters that ended lately are shown.
const LATELY: usize = 5;

/// `/`.
pub fn router() -> Router<App> {
    Router::new().route("/", get(home))
}

async fn home(State(app): State<App>, here: Here) -> Result<Response, PageError> {
    let lang = here.lang();
    let ctx = here.visitor.ctx.clone();
    let now = ctx.now();
    let lately = app
        .run(move |app| {
            // What residents reported themselves; imported history also ends "lately".
            let filter = CaseFilter {
                status: Some("closed".to_owned()),
                channel: Some("web".to_owned()),
                ..CaseFilter::default()
            };
            public_cases::list(app, &ctx, lang, &filter, (CaseOrder::Updated, LATELY))
        })
        .await?;
    let body = html! {
        (opening(lang))
        section class="home-part" aria-labelledby="often" {
            h2 id="often" { (lang.pick("常办的事", "What people come for")) }
            (often(lang))
        }
        @if !lately.is_empty() {
            section class="home-part" aria-labelledby="lately" {
                h2 id="lately" { (lang.pick("大家报的，最近办好的", "Reported by residents, put right lately")) }
                (public_cases::links(&app, lang, now, &lately))
                p { a href="/near" { (lang.pick("看看附近都报了什么", "See what was reported near you")) } }
            }
        }
    };
    let title = lang.pick("首页", "Home");
    Ok(render(&here.page(Audience::Resident, title), &body).into_response())
}

fn opening(lang: Lang) -> Markup {
    html! {
        section class="opening" {
            div {
                h1 {
                    span class="whole" { (lang.pick("哪里坏了、脏了、乱了，", "Something broken, dirty or in the way? ")) }
                    span class="whole" { (lang.pick("告诉我们", "Tell us")) }
                }
                (search(lang, ""))
                p class="buttons" {
                    a class="button primary" href="/report" { (lang.pick("上报一个问题", "Report a problem")) }
                    a class="button" href="/track" { (lang.pick("查进度", "Track a report")) }
                }
            }
            (kite::drawing())
        }
    }
}

/// The search box, also on the page of results.
#[must_use]
pub fn search(lang: Lang, words: &str) -> Markup {
    html! {
        form class="home-search" method="get" action="/search" role="search" {
            label for="search" { (lang.pick("搜问题类别，或输入受理编号", "Search for a kind of problem, or enter a case number")) }
            div class="home-search-row" {
                input type="search" id="search" name="q" value=(words) autocomplete="off" data-search;
                button type="submit" class="button" { (lang.pick("搜索", "Search")) }
            }
        }
    }
}

fn often(lang: Lang) -> Markup {
    let items = [
        (
            lang.pick("上报一个问题", "Report a problem"),
            "/report",
            lang.pick(
                "井盖、路灯、垃圾、占道……不用登录，两分钟报完，马上有编号。",
                "Manholes, lamps, litter, blocked pavements: no sign-in, two minutes, a number at once.",
            ),
        ),
        (
            lang.pick("查一件上报的进度", "Track a report"),
            "/track",
            lang.pick(
                "到了哪一步、什么时候办完、这个时间怎么算的。",
                "Where it stands, when it will be done, and how that time was computed.",
            ),
        ),
        (
            lang.pick("附近报过什么", "Reported near you"),
            "/near",
            lang.pick("地图和列表，先看看有没有人报过。", "Map and list: see whether someone was first."),
        ),
        (
            lang.pick("算一算期限", "When is it due?"),
            "/calendar",
            lang.pick(
                "按国务院公布的节假日和调休，算到期日并写明怎么算的。",
                "Working days and make-up days as the State Council sets them, with the sum in words.",
            ),
        ),
        (
            lang.pick("开放数据与接口", "Open data and interfaces"),
            "/data",
            lang.pick("Open311 和平台接口，任何程序都可以用。", "Open311 and the platform interface, for any program."),
        ),
        (
            lang.pick("工作人员登录", "Sign in for officers"),
            "/signin",
            lang.pick("采集、坐席、处置、结案、领导。", "Collectors, seats, handlers, inspectors, leaders."),
        ),
    ];
    html! { div class="home-links" { (list::links(&items)) } }
}
