//! The page of one deed by hand: what will come of it, to whom, why; and doing it.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Lang, Problem};
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::choice::{checkbox, checkboxes};
use yuandu_design::components::field::{self, DateKind, Field, Opt, TextKind};
use yuandu_design::components::form::{Errors, Form, error_summary, form};
use yuandu_design::components::navigation::{Link, breadcrumb};
use yuandu_identity::Directory;
use yuandu_page::error::PageError;
use yuandu_page::flash::{Flash, lead_to};
use yuandu_page::forms::fresh_key;
use yuandu_page::forms::posted::Posted;
use yuandu_page::forms::sent::Sent;
use yuandu_page::here::Here;
use yuandu_page::words::Words;
use yuandu_process::{
    Ask, Beside, CaseView, Colleague, Ending, Hand, Intervene, TaskRow, TaskView,
};

use crate::deeds::{self, Deed};

/// People offered as boxes to tick; more are named in words.
const TICKED: usize = 20;
/// Longest reason.
const REASON: u32 = 500;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    #[serde(rename = "do")]
    word: String,
    task: String,
}

/// What the page shows.
struct Sheet {
    /// Title of the case in the reader's language.
    title: String,
    view: CaseView,
    deed: &'static Deed,
    task: Option<TaskRow>,
    directory: Arc<Directory>,
    people: Vec<Colleague>,
}

/// `GET /work/cases/{id}/hand`.
pub(crate) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
    Path(case): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    here.officer()?;
    let reader = here.clone();
    let sheet = app
        .run(move |app| sheet(app, &reader, &case, &asked))
        .await?;
    Ok(page(&here, &flash, &sheet, &Sent::default(), &[]))
}

/// `POST /work/cases/{id}/hand`.
pub(crate) async fn send(
    State(app): State<App>,
    flash: Flash,
    Path(case): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (here, sent) = (posted.here, posted.sent);
    let (reader, form) = (here.clone(), sent.clone());
    let done = app.run(move |app| {
        let asked = Asked {
            word: form.text("do").to_owned(),
            task: form.text("task").to_owned(),
        };
        let sheet = sheet(app, &reader, &case, &asked)?;
        match act(app, &reader, &sheet, &form) {
            Ok(()) => Ok((sheet, Vec::new())),
            Err(error) if error.kind == ErrorKind::Invalid && !error.problems.is_empty() => {
                Ok((sheet, error.problems))
            }
            Err(error) => Err(error),
        }
    });
    let (sheet, problems) = done.await?;
    if problems.is_empty() {
        let lang = here.lang();
        let said = match lang {
            Lang::Zh => format!("{}：已办理，记入经过。", sheet.deed.label(lang)),
            Lang::En => format!("{}: done, and in the history.", sheet.deed.label(lang)),
        };
        return Ok(lead_to(&after(&sheet), &said));
    }
    let mut response = page(&here, &flash, &sheet, &sent, &problems);
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// Who hands a matter over may not see it any more; everybody else goes back to it.
fn after(sheet: &Sheet) -> String {
    match sheet.deed.word {
        "hand_over" | "send_back" | "withdraw" => "/work".to_owned(),
        _ => format!("/work/cases/{}", sheet.view.case.id),
    }
}

fn sheet(app: &App, here: &Here, case: &str, asked: &Asked) -> Result<Sheet, ApiError> {
    let ctx = &here.visitor.ctx;
    let view = app.engine.case_view(ctx, case)?;
    let deed = deeds::of_word(&asked.word).ok_or_else(ApiError::not_found)?;
    let open = view.tasks.iter().find(|open| open.task.id == asked.task);
    let later = view.later.iter().find(|task| task.id == asked.task);
    let offered = match open {
        _ if deed.word == "question_back" => open.is_some() || later.is_some(),
        Some(open) => has(&deeds::for_step(open), deed),
        None => has(&deeds::for_case(&view), deed),
    };
    if !offered {
        return Err(ApiError::not_found());
    }
    let directory = app.identity.directory(app.realm)?;
    let task = open.map(|open| &open.task).or(later).cloned();
    let people = match (deed.asks(), &task) {
        (None, Some(task)) if deed.word == "hand_over" => app.engine.may_do(ctx, &directory, task),
        (Some(kind), _) if !kind.of_units() && kind != Beside::Supervise => {
            app.engine.colleagues(ctx, &directory, &view.case.system)
        }
        _ => Vec::new(),
    };
    Ok(Sheet {
        title: Words::new(app, here)?.title_of(&view.case),
        deed,
        task,
        people,
        directory,
        view,
    })
}

fn has(offered: &[&Deed], deed: &Deed) -> bool {
    offered.iter().any(|one| one.word == deed.word)
}

fn act(app: &App, here: &Here, sheet: &Sheet, sent: &Sent) -> Result<(), ApiError> {
    let (ctx, engine) = (&here.visitor.ctx, &app.engine);
    let reason = sent.text("reason");
    let task = sheet.task.as_ref().map(|task| task.id.clone());
    if let Some(kind) = sheet.deed.asks() {
        let ask = Ask {
            case: sheet.view.case.id.clone(),
            task,
            kind,
            people: named(sent, "people"),
            units: sent.all("units"),
            words: reason.to_owned(),
            due: due(app, sent)?,
        };
        engine
            .ask(ctx, &sheet.directory, &ask)
            .map_err(|error| renamed(error.into()))?;
        return Ok(());
    }
    let ending = match sheet.deed.word {
        "withdraw" => Some(Ending::Withdraw),
        "terminate" => Some(Ending::Terminate),
        _ => None,
    };
    if let Some(how) = ending {
        return Ok(engine.end_by_hand(ctx, &sheet.view.case.id, (how, reason))?);
    }
    if sheet.deed.word == "urge" {
        return urge(app, here, sheet, reason);
    }
    let task = task.ok_or_else(ApiError::not_found)?;
    let hand = match sheet.deed.word {
        "question_back" => return Ok(engine.take_back_question(ctx, &task, reason)?),
        "hand_over" => {
            let whom = (task.as_str(), sent.text("to"));
            return Ok(engine.hand_over(ctx, &sheet.directory, whom, reason)?);
        }
        "send_back" => Hand::SendBack {
            to: sent.text("to").to_owned(),
            straight: sent.text("straight") == "yes",
        },
        "take_back" => Hand::TakeBack,
        _ => Hand::RemoveSigner,
    };
    let request = Intervene {
        task,
        hand,
        reason: reason.to_owned(),
    };
    Ok(engine.intervene(ctx, &request)?)
}

/// Everybody who has a step of the matter is urged.
fn urge(app: &App, here: &Here, sheet: &Sheet, reason: &str) -> Result<(), ApiError> {
    let reads = |open: &&TaskView| Beside::of(&open.task).is_some_and(Beside::is_reading);
    for open in sheet.view.tasks.iter().filter(|open| !reads(open)) {
        let request = Intervene {
            task: open.task.id.clone(),
            hand: Hand::Urge,
            reason: reason.to_owned(),
        };
        app.engine.intervene(&here.visitor.ctx, &request)?;
    }
    Ok(())
}

/// The field of the question is called `reason` on this page.
fn renamed(mut error: ApiError) -> ApiError {
    for problem in &mut error.problems {
        if problem.place == "words" {
            problem.place = "reason".to_owned();
        }
    }
    error
}

/// Ticked people, and those written down beside them.
fn named(sent: &Sent, field: &str) -> Vec<String> {
    let others = sent
        .text("others")
        .split(['、', ',', '，', ';', '；', '\n']);
    let others = others.map(str::trim).filter(|name| !name.is_empty());
    let mut names = sent.all(field);
    names.extend(others.map(str::to_owned));
    names
}

/// The end of the day that was named.
fn due(app: &App, sent: &Sent) -> Result<Option<Timestamp>, ApiError> {
    let Some(day) = sent.given("due") else {
        return Ok(None);
    };
    let read = app.calendar().parse_instant(&format!("{day}T23:59"));
    read.map(Some).map_err(|_| {
        ApiError::invalid(vec![Problem::new(
            "cases.due",
            "due",
            "请选一个日期，例如 2026-12-01",
            "choose a day, for example 2026-12-01",
        )])
    })
}

fn page(here: &Here, flash: &Flash, sheet: &Sheet, sent: &Sent, problems: &[Problem]) -> Response {
    let lang = here.lang();
    let case = &sheet.view.case;
    let back = format!("/work/cases/{}", case.id);
    let way = [
        Link {
            label: lang.pick("收件箱", "Inbox"),
            href: "/work",
        },
        Link {
            label: &case.number,
            href: &back,
        },
    ];
    let label = sheet.deed.label(lang);
    let errors = Errors(problems);
    let weight = if sheet.deed.is_grave() {
        Weight::Grave
    } else {
        Weight::Primary
    };
    let action = format!("/work/cases/{}/hand", case.id);
    let key = fresh_key();
    let inner = html! {
        input type="hidden" name="do" value=(sheet.deed.word);
        @if let Some(task) = &sheet.task { input type="hidden" name="task" value=(task.id); }
        (fields(lang, sheet, sent, &errors))
        (button::row(&[button::submit(label, weight), button::link(lang.pick("先不办", "Not now"), &back, Weight::Plain)]))
    };
    let step = sheet
        .task
        .as_ref()
        .map(|task| lang.pick(&task.name_zh, &task.name_en));
    let body = html! {
        (breadcrumb(lang, &way, label))
        h1 { (label) @if let Some(step) = step { " · " (step) } }
        p { (sheet.title) }
        p class="hint" { (sheet.deed.hint(lang)) }
        (error_summary(lang, &errors))
        (form(lang, &Form::new(&action, &here.csrf).key(&key), &inner))
    };
    flash.page(here, label, false, &body)
}

fn fields(lang: Lang, sheet: &Sheet, sent: &Sent, errors: &Errors<'_>) -> Markup {
    let usual = if sheet.deed.word == "urge" {
        lang.pick("请尽快办理。", "Please see to it soon.")
    } else {
        ""
    };
    let label = match sheet.deed.asks() {
        Some(_) => lang.pick("要求", "What is asked"),
        None => lang.pick("理由", "Reason"),
    };
    let reason = Field::new("reason", label)
        .hint(lang.pick(
            "会写进这件的经过。",
            "It stands in the history of the matter.",
        ))
        .required()
        .value(sent.given("reason").unwrap_or(usual))
        .error(errors.of(lang, "reason"));
    html! {
        @match sheet.deed.word {
            "hand_over" => (taker(lang, sheet, sent, errors)),
            "send_back" => (earlier(lang, sheet, sent, errors)),
            _ => {}
        }
        @match sheet.deed.asks() {
            Some(kind) if kind.of_units() => (units(lang, sheet, sent, errors)),
            Some(kind) if kind != Beside::Supervise => (people(lang, sheet, sent, errors)),
            _ => {}
        }
        (field::textarea(lang, &reason, 4, Some(REASON)))
        @if sheet.deed.asks().is_some_and(|kind| !kind.is_reading()) {
            (field::date(lang, &Field::new("due", lang.pick("期限", "By when"))
                .hint(lang.pick("这一天之内答复。", "To be answered by the end of this day."))
                .value(sent.text("due")).error(errors.of(lang, "due")), DateKind::Day))
        }
    }
}

fn taker(lang: Lang, sheet: &Sheet, sent: &Sent, errors: &Errors<'_>) -> Markup {
    let labels: Vec<String> = sheet.people.iter().map(|one| line(lang, one)).collect();
    let options: Vec<Opt<'_>> = sheet
        .people
        .iter()
        .zip(&labels)
        .map(|(one, label)| Opt::new(&one.user, label))
        .collect();
    let field = Field::new("to", lang.pick("交给谁", "To whom"))
        .hint(lang.pick(
            "只列出按权限可以办理这一步的人。",
            "Only those who may do this step are listed.",
        ))
        .required()
        .value(sent.text("to"))
        .error(errors.of(lang, "to"));
    if options.is_empty() {
        return html! { p class="error" { (lang.pick(
            "按权限没有别人可以办理这一步；可以委派，或请管理员授予岗位。",
            "Nobody else may do this step; delegate it, or ask the administrator for a post.",
        )) } };
    }
    field::select(lang, &field, &options)
}

fn earlier(lang: Lang, sheet: &Sheet, sent: &Sent, errors: &Errors<'_>) -> Markup {
    let open = sheet
        .task
        .as_ref()
        .and_then(|task| step_of(sheet, &task.id));
    let steps = open
        .map(|open| open.possible.earlier.as_slice())
        .unwrap_or_default();
    let labels: Vec<String> = steps
        .iter()
        .map(|step| format!("{} · {}", step.name.get(lang), step.by))
        .collect();
    let options: Vec<Opt<'_>> = steps
        .iter()
        .zip(&labels)
        .map(|(step, label)| Opt::new(&step.node, label))
        .collect();
    let to = Field::new("to", lang.pick("退回到哪一步", "Back to which step"))
        .required()
        .value(sent.text("to"))
        .error(errors.of(lang, "to"));
    let straight = Field::new(
        "straight",
        lang.pick("办完直接交回给我", "It comes straight back to me"),
    )
    .value(sent.text("straight"))
    .error(errors.of(lang, "straight"));
    // What gives the matter away is an outcome of the step, with a form of its own.
    let only = open.is_some_and(|open| open.possible.only_straight);
    let straight = if only {
        straight.value("yes").hint(lang.pick(
            "不归本单位的，请回到这件，用这一步自己的“退回”。",
            "If the matter is not yours, go back and use the step's own way of sending back.",
        ))
    } else {
        straight.hint(lang.pick(
            "不勾选则从那一步起按流程重走。",
            "Otherwise everything after that step is done again.",
        ))
    };
    html! { (field::select(lang, &to, &options)) (checkbox(lang, &straight)) }
}

fn step_of<'s>(sheet: &'s Sheet, task: &str) -> Option<&'s TaskView> {
    sheet.view.tasks.iter().find(|open| open.task.id == task)
}

fn people(lang: Lang, sheet: &Sheet, sent: &Sent, errors: &Errors<'_>) -> Markup {
    let chosen = sent.all("people");
    let chosen: Vec<&str> = chosen.iter().map(String::as_str).collect();
    let shown = sheet
        .people
        .get(..sheet.people.len().min(TICKED))
        .unwrap_or_default();
    let labels: Vec<String> = shown.iter().map(|one| line(lang, one)).collect();
    let options: Vec<Opt<'_>> = shown
        .iter()
        .zip(&labels)
        .map(|(one, label)| Opt::new(&one.user, label))
        .collect();
    let ticked = Field::new("people", lang.pick("请谁", "Whom")).error(errors.of(lang, "people"));
    let others = Field::new("others", lang.pick("其他人", "Others"))
        .hint(lang.pick(
            "登录名或全名，几个人用顿号或逗号分开。",
            "Logins or full names, separated by commas.",
        ))
        .value(sent.text("others"));
    html! {
        @if !options.is_empty() { (checkboxes(lang, &ticked, &options, &chosen)) }
        (field::text(lang, &others, TextKind::Words))
    }
}

fn units(lang: Lang, sheet: &Sheet, sent: &Sent, errors: &Errors<'_>) -> Markup {
    let role = sheet
        .task
        .as_ref()
        .map(|task| task.role.as_str())
        .unwrap_or_default();
    let directory = &sheet.directory;
    let does = |id: &yuandu_identity::Organisation| {
        directory
            .posts()
            .any(|post| post.org == id.id && post.roles.contains(role))
    };
    let orgs: Vec<(String, &str)> = directory
        .orgs()
        .filter(|org| org.active && does(org))
        .map(|org| (org.id.to_string(), org.name.get(lang)))
        .collect();
    let options: Vec<Opt<'_>> = orgs.iter().map(|(id, name)| Opt::new(id, name)).collect();
    let chosen = sent.all("units");
    let chosen: Vec<&str> = chosen.iter().map(String::as_str).collect();
    let field = Field::new("units", lang.pick("分给哪些单位", "Which units"))
        .error(errors.of(lang, "units"));
    checkboxes(lang, &field, &options, &chosen)
}

fn line(lang: Lang, one: &Colleague) -> String {
    format!(
        "{} · {} {}",
        one.name,
        one.org.get(lang),
        one.post.get(lang)
    )
}
