//! The receipt: the number, what happens next and by when, and where to follow it. It prints on one page.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use maud::{Markup, html};
use yuandu_api::App;
use yuandu_base::Lang;
use yuandu_process::PublicView;

use crate::pages::error::PageError;
use crate::pages::here::Here;
use crate::pages::moment;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::notice::receipt;
use yuandu_design::components::status::why;
use yuandu_design::shell::{Audience, render};

/// `/report/done/{number}`.
pub(super) fn router() -> Router<App> {
    Router::new().route("/report/done/{number}", get(done))
}

async fn done(
    State(app): State<App>,
    here: Here,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let lang = here.lang();
    let ctx = here.visitor.ctx.clone();
    let view = app
        .run(move |app| Ok(app.engine.public_view(&ctx, &number)?))
        .await?;
    let next = next(&app, &here, &view);
    let heading = match &view.main {
        None => lang.pick("已收到您的上报", "We have your report"),
        Some(_) => lang.pick("已加入这件上报", "You joined this report"),
    };
    let body = receipt(
        heading,
        lang.pick("受理编号", "Your number"),
        &view.number,
        &next,
    );
    Ok(render(&here.page(Audience::Resident, heading), &body).into_response())
}

fn next(app: &App, here: &Here, view: &PublicView) -> Markup {
    let lang = here.lang();
    let now = here.visitor.ctx.now();
    let due = view
        .due_at
        .map(|due| moment::minute(lang, &app.calendar(), due, now));
    html! {
        p class="buttons" {
            button type="button" class="button" hidden data-copy=(view.number) data-done=(lang.pick("已复制", "Copied")) {
                (lang.pick("复制编号", "Copy the number"))
            }
        }
        p { (lang.pick("请记下或截图保存编号，查进度、补充情况都用它。", "Write the number down or take a screenshot: you follow the report with it.")) }
        @if view.main.is_some() {
            p { (lang.pick("您报的和前一件是同一个问题，进度一起走，处置好了同样能查到。", "Yours and the earlier report are one matter: they move together, and you see the outcome under your own number.")) }
        }
        h2 { (lang.pick("接下来", "What happens next")) }
        @if let Some(stage) = &view.stage { p { strong { (stage.get(lang)) } } }
        @if let Some(due) = &due {
            p { (promise(lang, due)) }
        }
        @if let Some(words) = &view.why { (why(lang, words.get(lang))) }
        p { (lang.pick("之后：坐席员决定是否立案 → 派遣到处置单位，处置时限从派遣起算 → 处置 → 采集员回现场核查 → 结案。", "Then: an officer decides whether to open a case; it is dispatched to a unit, whose time begins at that moment; it is fixed, checked on the spot and closed.")) }
        (button::row(&[
            button::link(lang.pick("查进度（可收藏）", "Follow it (bookmark this)"), &format!("/track/{}", view.number), Weight::Primary),
            button::link(lang.pick("再报一件", "Report another"), "/report", Weight::Plain),
        ]))
    }
}

fn promise(lang: Lang, due: &str) -> String {
    match lang {
        Lang::Zh => format!("应在 {due} 前完成这一步。"),
        Lang::En => format!("This step should be done by {due}."),
    }
}
