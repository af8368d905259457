//! When is it due: start and budget in, due instant and its derivation out. Each sum is a link.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;
use yuandu_api::App;
use yuandu_base::calendar::{Budget, CalendarError, Projection};
use yuandu_base::{Lang, Problem};

use crate::pages::error::PageError;
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::{self, DateKind, Field, TextKind};
use yuandu_design::components::form::{Errors, error_summary};
use yuandu_design::shell::{Audience, render};

/// `/calendar`.
pub fn router() -> Router<App> {
    Router::new().route("/calendar", get(calendar))
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    from: String,
    #[serde(default)]
    budget: String,
}

async fn calendar(
    State(app): State<App>,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let ctx = &here.visitor.ctx;
    let system = yuandu_identity::Resource::system();
    app.gate
        .require(ctx, "clock.ask", &system)
        .map_err(yuandu_api::ApiError::from)?;
    let lang = here.lang();
    let empty = asked.from.trim().is_empty() && asked.budget.trim().is_empty();
    let (answer, problems) = match (empty, project(&app, &asked)) {
        (true, _) => (None, Vec::new()),
        (false, Ok(sum)) => (Some(sum), Vec::new()),
        (false, Err(problems)) => (None, problems),
    };
    let title = lang.pick("算一算期限", "When is it due?");
    let body = html! {
        h1 { (title) }
        p { (lang.pick("写明从什么时候起、多少个工作日或工作小时，就得到到期时间和每一步怎么算的。当日不计入；节假日不算，调休上班的周末要算。", "Give the start and the working days or hours; you get the due time and every step of the sum. The day of the start does not count; holidays do not, make-up work days do.")) }
        (error_summary(lang, &Errors(&problems)))
        (form(&app, &here, &asked, &problems))
        @if let Some(sum) = &answer { (shown(lang, sum)) }
        p class="hint" { (covered(&app, lang)) }
    };
    let status = if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = render(&here.page(Audience::Resident, title), &body);
    Ok((status, page).into_response())
}

/// The sum, or what is wrong with start and budget, both at once.
fn project(app: &App, asked: &Asked) -> Result<Projection, Vec<Problem>> {
    let at = |field: &str, error: &CalendarError| {
        let words = error.message();
        Problem::new("calendar.invalid", field, words.zh, words.en)
    };
    let from = app
        .calendar()
        .parse_instant(asked.from.trim())
        .map_err(|error| at("from", &error));
    let budget = asked
        .budget
        .trim()
        .to_ascii_lowercase()
        .parse::<Budget>()
        .map_err(|error| at("budget", &error));
    match (from, budget) {
        (Ok(from), Ok(budget)) => app
            .calendar()
            .project(from, budget)
            .map_err(|error| vec![at("budget", &error)]),
        (from, budget) => Err([from.err(), budget.err()].into_iter().flatten().collect()),
    }
}

fn form(app: &App, here: &Here, asked: &Asked, problems: &[Problem]) -> Markup {
    let lang = here.lang();
    let errors = Errors(problems);
    let now = here
        .visitor
        .ctx
        .now()
        .to_zoned(app.calendar().time_zone().clone());
    let start = if asked.from.is_empty() {
        now.strftime("%Y-%m-%dT%H:%M").to_string()
    } else {
        asked.from.clone()
    };
    let from = Field::new("from", lang.pick("从什么时候起", "From"))
        .required()
        .value(&start)
        .error(errors.of(lang, "from"));
    let budget = Field::new("budget", lang.pick("多少工作时间", "Working time"))
        .hint(lang.pick(
            "20d 是 20 个工作日，4h 是 4 个工作小时",
            "20d for twenty working days, 4h for four working hours",
        ))
        .required()
        .value(&asked.budget)
        .error(errors.of(lang, "budget"));
    html! {
        form class="form" method="get" action="/calendar" novalidate {
            (field::date(lang, &from, DateKind::Minute))
            (field::text(lang, &budget, TextKind::Code))
            (button::row(&[button::submit(lang.pick("算一算", "Work it out"), Weight::Primary)]))
        }
    }
}

fn shown(lang: Lang, sum: &Projection) -> Markup {
    html! {
        section class="receipt sum" tabindex="-1" data-focus aria-label=(lang.pick("结果", "Result")) {
            h2 { (lang.pick("到期时间", "Due")) }
            p class="receipt-number" { strong class="code" { (sum.due_local()) } }
            h2 { (lang.pick("怎么算的", "How it was computed")) }
            p { (sum.explain(lang)) }
            p class="hint" { (lang.pick("工作日历版本：", "Version of the calendar: ")) (sum.calendar_version) }
        }
    }
}

fn covered(app: &App, lang: Lang) -> String {
    let years: Vec<i16> = app.calendar().covered_years().collect();
    let (first, last) = (
        years.first().copied().unwrap_or_default(),
        years.last().copied().unwrap_or_default(),
    );
    match lang {
        Lang::Zh => format!(
            "依据国务院办公厅公布的 {first} 年至 {last} 年节假日安排；没有公布的年份按周末推算并注明。"
        ),
        Lang::En => format!(
            "By the holiday tables of the State Council for {first} to {last}; other years are reckoned by weekends, and the sum says so."
        ),
    }
}
