//! Following a report by its number: steps in plain words, the next one on top, the promise and how it was computed.
//!
//! Only public facts: a unit may be named, an officer never; what is restricted is not even asked for.

mod steps;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;
use yuandu_api::App;
use yuandu_base::calendar::Lamp as Standing;
use yuandu_base::{ErrorKind, Lang, Problem};
use yuandu_ids::CaseNumber;
use yuandu_process::PublicView;

use crate::pages::error::PageError;
use crate::pages::here::Here;
use crate::pages::{moment, public_cases};
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::{self, Field, TextKind};
use yuandu_design::components::form::{Errors, error_summary};
use yuandu_design::components::list::facts;
use yuandu_design::components::navigation::{Link, breadcrumb};
use yuandu_design::components::notice::{Tone, notice};
use yuandu_design::components::status::{Due, Lamp, code, due_explained, why};
use yuandu_design::shell::{Audience, render};

/// `/track` and `/track/{number}`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/track", get(ask))
        .route("/track/{number}", get(follow))
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    number: String,
}

async fn ask(here: Here, Query(asked): Query<Asked>) -> Response {
    let typed = asked.number.trim();
    if typed.is_empty() {
        return form(&here, typed, None).into_response();
    }
    match typed.parse::<CaseNumber>() {
        Ok(number) => Redirect::to(&format!("/track/{number}")).into_response(),
        Err(error) => {
            let problem = Problem::new(
                error.code(),
                "number",
                error.message_zh(),
                error.message_en(),
            );
            let page = form(&here, typed, Some(problem));
            (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
        }
    }
}

async fn follow(
    State(app): State<App>,
    here: Here,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let Ok(number) = number.parse::<CaseNumber>() else {
        let typed = yuandu_design::preferences::query_value(&number);
        return Ok(Redirect::to(&format!("/track?number={typed}")).into_response());
    };
    let ctx = here.visitor.ctx.clone();
    let found = app.run(move |app| {
        let view = app.track(&ctx, &number.to_string())?;
        Ok((view, app.identity.directory(app.realm)?))
    });
    let (view, directory) = match found.await {
        Ok(found) => found,
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(unknown(&here, number)),
        Err(error) => return Err(error.into()),
    };
    let steps = steps::line(&app, &here, &view, &directory);
    let title = heading(&app, here.lang(), &view);
    let unit = view
        .org
        .as_deref()
        .map(|org| directory.org_name(org, here.lang()).to_owned());
    let about = about(&app, &here, &view, unit.as_deref());
    let body = page(&app, &here, &view, (&title, &steps, &about));
    Ok(render(&here.page(Audience::Resident, &title), &body).into_response())
}

fn unknown(here: &Here, number: CaseNumber) -> Response {
    let problem = Problem::new(
        "track.unknown",
        "number",
        format!("没有编号为 {number} 的上报。编号本身是对的，请核对是不是这个城市的"),
        format!(
            "there is no report with the number {number}; the number itself is well formed, check that it is of this city"
        ),
    );
    let page = form(here, &number.to_string(), Some(problem));
    (StatusCode::NOT_FOUND, page).into_response()
}

fn form(here: &Here, typed: &str, problem: Option<Problem>) -> Markup {
    let lang = here.lang();
    let problems: Vec<Problem> = problem.into_iter().collect();
    let errors = Errors(&problems);
    let number = Field::new("number", lang.pick("受理编号", "Number of the report"))
        .hint(lang.pick(
            "上报后拿到的 15 位数字，例如 20250124-123456-2；横线可以不写",
            "The 15 digits you got, such as 20250124-123456-2; hyphens may be left out",
        ))
        .required()
        .value(typed)
        .error(errors.of(lang, "number"));
    let title = lang.pick("查进度", "Track a report");
    let body = html! {
        h1 { (title) }
        (error_summary(lang, &errors))
        form class="form" method="get" action="/track" novalidate {
            (field::text(lang, &number, TextKind::Code))
            (button::row(&[button::submit(lang.pick("查进度", "Show progress"), Weight::Primary)]))
        }
        p { (lang.pick("编号丢了？", "Lost the number? ")) a href="/near" { (lang.pick("在附近的上报里找", "Look among the reports near you")) } }
    };
    render(&here.page(Audience::Resident, title), &body)
}

fn heading(app: &App, lang: Lang, view: &PublicView) -> String {
    let name = view.category_name.as_ref().map(|name| name.get(lang));
    match (name, &view.address) {
        (Some(name), Some(address)) => format!("{name} · {address}"),
        (Some(name), None) => name.to_owned(),
        _ if view.title.is_empty() => app.city.get(lang).to_owned(),
        _ => view.title.clone(),
    }
}

fn page(
    app: &App,
    here: &Here,
    view: &PublicView,
    (title, steps, about): (&str, &Markup, &Markup),
) -> Markup {
    let lang = here.lang();
    let way = [
        Link {
            label: lang.pick("首页", "Home"),
            href: "/",
        },
        Link {
            label: lang.pick("查进度", "Track"),
            href: "/track",
        },
    ];
    html! {
        (breadcrumb(lang, &way, &view.number))
        h1 { (title) }
        p { (lang.pick("编号 ", "Number ")) (code(&view.number)) }
        (merged(lang, view))
        (outcome(lang, view))
        (promised(app, here, view))
        (steps)
        (promises(app, here, view))
        h2 { (lang.pick("这件事", "About it")) }
        (about)
        (button::row(&[
            button::link(lang.pick("再报一件", "Report another"), "/report", Weight::Plain),
            button::link(lang.pick("附近还有什么", "What else is near"), "/near", Weight::Plain),
        ]))
    }
}

fn merged(lang: Lang, view: &PublicView) -> Markup {
    html! {
        @if let Some(main) = &view.main {
            (notice(
                Tone::Plain,
                lang.pick("这件上报和另一件是同一个问题，一起办理", "This report and another are one matter and are handled together"),
                &html! { p { (lang.pick("下面是主案卷的进度：", "Below is the progress of the main case: ")) a href={ "/track/" (main) } { (main) } } },
            ))
        }
    }
}

/// How it ended, in the words of the answer.
fn outcome(lang: Lang, view: &PublicView) -> Markup {
    let answer = html! { @if let Some(answer) = &view.answer { p class="as-typed" { (answer) } } };
    match view.status.as_str() {
        "closed" => notice(Tone::Done, public_cases::ended(lang, "closed"), &answer),
        "refused" => {
            let reason = html! {
                @if let Some(reason) = &view.refusal {
                    p { strong { (lang.pick("理由：", "Reason: ")) (reason.get(lang)) } }
                }
                (answer)
                p { (lang.pick("情况有变化，或者您不同意，可以带着新的照片重新上报。", "If things changed or you disagree, report it again with new photos.")) }
            };
            notice(Tone::Care, public_cases::ended(lang, "refused"), &reason)
        }
        "withdrawn" => notice(Tone::Plain, public_cases::ended(lang, "withdrawn"), &answer),
        _ => html! {},
    }
}

/// The promise of the present step, and how it was computed; unfolded when the time is short.
fn promised(app: &App, here: &Here, view: &PublicView) -> Markup {
    let lang = here.lang();
    let (Some(due), "open") = (view.due_at, view.status.as_str()) else {
        return html! {};
    };
    let now = here.visitor.ctx.now();
    let instant = moment::minute(lang, &app.calendar(), due, now);
    let rest = moment::rest(lang, &app.calendar(), due, now);
    let standing = Standing::at(now, view.warn_at.unwrap_or(due), due);
    let lamp = match standing {
        Standing::Green => Lamp::Green,
        Standing::Yellow => Lamp::Yellow,
        Standing::Red => Lamp::Red,
    };
    let derivation = view.why.as_ref().map_or("", |words| words.get(lang));
    let shown = Due {
        lamp,
        rest: &rest,
        instant: &instant,
        derivation,
    };
    due_explained(lang, &shown, standing != Standing::Green)
}

/// How the promises that are over were kept: each with its sum, so that a resident can check it.
fn promises(app: &App, here: &Here, view: &PublicView) -> Markup {
    let lang = here.lang();
    let told = |at| moment::minute(lang, &app.calendar(), at, here.visitor.ctx.now());
    html! {
        @if view.status == "closed" && !view.promises.is_empty() {
            h2 { (lang.pick("承诺的时限", "What was promised")) }
            @for promise in &view.promises {
                @let (due, ended) = (told(promise.due_at), told(promise.ended_at));
                p {
                    strong { (promise.stage.get(lang)) (lang.pick("：", ": ")) }
                    @match lang {
                        Lang::Zh => { "应在 " (due) " 前完成，" (ended) " 完成，" }
                        Lang::En => { "due by " (due) ", done " (ended) ", " }
                    }
                    @if promise.is_kept() { (lang.pick("按时", "in time")) } @else { span class="tag wrong" { (lang.pick("超期", "late")) } }
                }
                @if let Some(sum) = &promise.why { (why(lang, sum.get(lang))) }
            }
        }
    }
}

fn about(app: &App, here: &Here, view: &PublicView, unit: Option<&str>) -> Markup {
    let lang = here.lang();
    let now = here.visitor.ctx.now();
    let told = |at| moment::minute(lang, &app.calendar(), at, now);
    let mut items = Vec::new();
    if let Some(name) = &view.category_name {
        items.push((lang.pick("类别", "Category"), html! { (name.get(lang)) }));
    }
    if let Some(address) = &view.address {
        items.push((lang.pick("地点", "Place"), html! { (address) }));
    }
    if let Some(unit) = unit {
        items.push((lang.pick("承办单位", "Unit in charge"), html! { (unit) }));
    }
    items.push((
        lang.pick("上报时间", "Reported"),
        html! { (told(view.opened_at)) },
    ));
    if let Some(ended) = view.closed_at.filter(|_| view.status != "open") {
        items.push((lang.pick("结束时间", "Ended"), html! { (told(ended)) }));
    }
    if view.joined > 0 {
        let words = match lang {
            Lang::Zh => format!("还有 {} 人报了同一件事", view.joined),
            Lang::En if view.joined == 1 => "one more person reported it".to_owned(),
            Lang::En => format!("{} more people reported it", view.joined),
        };
        items.push((lang.pick("一起报的", "Also reported by"), html! { (words) }));
    }
    facts(&items)
}
