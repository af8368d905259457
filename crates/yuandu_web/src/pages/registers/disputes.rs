//! "This is wrong": anyone who is shown a value may say so. The matter goes to the register that is its source, with a day by
//! which it is answered and a receipt; whoever keeps that register corrects the value or says why it stays.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use yuandu_api::{ApiError, App};
use yuandu_base::{Lang, Problem};
use yuandu_registers::{AnswerDispute, DISPUTE_BUDGET, DisputeState, DisputeView, OpenDispute};
use yuandu_schema::RegisterDef;

use super::refused::{Refused, Row};
use super::values::Values;
use super::{may, record_path, register};
use crate::pages::error::PageError;
use crate::pages::forms::posted::Posted;
use crate::pages::here::Here;
use crate::pages::work::flash::{Flash, lead_to};
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::{self, Field, TextKind};
use yuandu_design::components::form::{Errors, Form, error_summary, form};
use yuandu_design::components::list;
use yuandu_design::components::navigation::{Link, breadcrumb};
use yuandu_design::components::notice::empty;

/// Which value is in dispute.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    field: String,
}

/// `GET /work/registers/{register}/records/{id}/dispute?field=`.
pub(super) async fn ask(
    State(app): State<App>,
    here: Here,
    Path((name, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    here.officer()?;
    form_page(&app, &here, (name, id, asked.field), ("", "", &[])).await
}

async fn form_page(
    app: &App,
    here: &Here,
    (name, id, field): (String, String, String),
    (claimed, reason, problems): (&str, &str, &[Problem]),
) -> Result<Response, PageError> {
    let (reader, of, record_id) = (here.clone(), name.clone(), id.clone());
    let (record, values) = app
        .run(move |app| {
            let ctx = &reader.visitor.ctx;
            let def = register(app, ctx, &of)?;
            let record = app.registers.get_record(ctx, &of, &record_id, false)?;
            let mut values = Values::new(app, reader.lang(), def)?;
            values.learn_divisions(app, ctx, def, (std::slice::from_ref(&record), &[]));
            Ok((record, values))
        })
        .await?;
    let def = app.registers.def(&name).map_err(ApiError::from)?;
    let disputed = def.field(&field).ok_or_else(ApiError::not_found)?;
    let lang = here.lang();
    let title = lang.pick("提出异议", "Dispute a value");
    let errors = Errors(problems);
    let of = record_path(&name, &id);
    let claim = Field::new("claimed", lang.pick("应该是什么", "What it should be"))
        .value(claimed)
        .error(errors.of(lang, "claimed"))
        .required();
    let why = Field::new("reason", lang.pick("依据是什么", "How you know"))
        .value(reason)
        .error(errors.of(lang, "reason"))
        .required();
    let inputs = html! {
        input type="hidden" name="field" value=(field);
        (field::text(lang, &claim, TextKind::Words))
        (field::text(lang, &why, TextKind::Words))
        (button::row(&[
            button::submit(lang.pick("提出", "Send"), Weight::Primary),
            button::link(lang.pick("取消", "Cancel"), &of, Weight::Plain),
        ]))
    };
    let way = way(lang, def);
    let body = html! {
        (breadcrumb(lang, &[Link { label: lang.pick("登记簿", "Registers"), href: "/work/registers" }, Link { label: &way.0, href: &way.1 }], title))
        h1 { (title) }
        (error_summary(lang, &errors))
        (list::facts(&[
            (lang.pick("记录", "Record"), html! { a href=(of) { (record.title) } }),
            (disputed.label.get(lang), html! { (values.text(disputed, record.values.get(&field))) }),
        ]))
        p { (lang.pick(
            "异议送到这项内容的来源登记簿，五个工作日内答复；来源更正后，所有显示它的地方同时更正。",
            "It goes to the register that is the source and is answered within five working days; once the source is corrected, so is every place that shows it.",
        )) }
        (form(lang, &Form::new(&format!("{of}/dispute"), &here.csrf).unguarded(), &inputs))
    };
    let mut response = Flash::default()
        .page(here, title, false, &body)
        .into_response();
    if !problems.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn way(lang: Lang, def: &RegisterDef) -> (String, String) {
    let list = format!("/work/registers/{}", def.full_name());
    (def.title.get(lang).to_owned(), list)
}

/// `POST /work/registers/{register}/records/{id}/dispute`.
pub(super) async fn open(
    State(app): State<App>,
    Path((name, id)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let text = |field: &str| posted.sent.text(field).to_owned();
    let open = OpenDispute {
        register: name.clone(),
        record: id.clone(),
        field: text("field"),
        claimed: text("claimed"),
        reason: text("reason"),
    };
    let (ctx, asked) = (posted.here.visitor.ctx.clone(), open.clone());
    let opened = app
        .run(move |app| {
            Ok(app
                .registers
                .open_dispute(&ctx, &asked)
                .map_err(ApiError::from))
        })
        .await?;
    match opened {
        Ok(dispute) => Ok(Redirect::to(&format!(
            "/work/registers/{}/disputes/{}",
            dispute.register, dispute.number
        ))
        .into_response()),
        Err(error) if !error.problems.is_empty() => {
            let typed = (
                open.claimed.as_str(),
                open.reason.as_str(),
                error.problems.as_slice(),
            );
            form_page(&app, &posted.here, (name, id, open.field.clone()), typed).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /work/registers/{register}/disputes`: what waits for the answer of who keeps the register.
pub(super) async fn all(
    State(app): State<App>,
    here: Here,
    flash: Flash,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    here.officer()?;
    list_page(&app, &here, (&flash, name), &Refused::default()).await
}

async fn list_page(
    app: &App,
    here: &Here,
    (flash, name): (&Flash, String),
    refused: &Refused,
) -> Result<Response, PageError> {
    let (reader, of) = (here.clone(), name.clone());
    let (disputes, values) = app
        .run(move |app| {
            let ctx = &reader.visitor.ctx;
            let def = register(app, ctx, &of)?;
            let disputes = app.registers.list_disputes(ctx, &of)?;
            Ok((disputes, Values::new(app, reader.lang(), def)?))
        })
        .await?;
    let def = app.registers.def(&name).map_err(ApiError::from)?;
    let lang = here.lang();
    let title = lang.pick("异议", "Disputes");
    let forms = disputes.iter().map(|dispute| dispute.number.as_str());
    let problems = refused.problems(def, &["value", "answer"], forms);
    let way = way(lang, def);
    let body = html! {
        (breadcrumb(lang, &[Link { label: lang.pick("登记簿", "Registers"), href: "/work/registers" }, Link { label: &way.0, href: &way.1 }], title))
        h1 { (def.title.get(lang)) (lang.pick("：", ": ")) (title) }
        (error_summary(lang, &Errors(&problems)))
        @if disputes.is_empty() {
            (empty(
                lang.pick("没有异议", "There are no disputes"),
                lang.pick("看到内容有误的人可以在记录页上提出，送到这里答复。", "Whoever sees a wrong value says so on the page of the record; it is answered here."),
                None,
            ))
        }
        @for (nth, dispute) in disputes.iter().enumerate() {
            section {
                h2 { a href=(format!("/work/registers/{name}/disputes/{}", dispute.number)) { code { (dispute.number) } } " " (state(lang, dispute)) }
                (facts(lang, def, &values, dispute))
                @if dispute.state == DisputeState::Open { (answer_form(here, def, dispute, &refused.row(nth, &dispute.number))) }
            }
        }
    };
    let mut response = flash.page(here, title, false, &body).into_response();
    if refused.any() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn answer_form(here: &Here, def: &RegisterDef, dispute: &DisputeView, row: &Row<'_>) -> Markup {
    let lang = here.lang();
    let action = format!("/work/registers/{}/disputes", def.full_name());
    let (right, why) = (
        lang.pick(
            "正确的内容（更正时填写）",
            "The right value (to correct it)",
        ),
        lang.pick("答复：核对了什么", "Answer: what was looked at"),
    );
    let (value, answer) = (
        row.field(lang, "value", right),
        row.field(lang, "answer", why).required(),
    );
    let inputs = html! {
        input type="hidden" name="number" value=(dispute.number);
        (field::text(lang, &value, TextKind::Words))
        (field::text(lang, &answer, TextKind::Words))
        p class="buttons" {
            button class="button primary" name="decision" value="correct" { (lang.pick("更正", "Correct")) }
            button class="button" name="decision" value="uphold" { (lang.pick("维持原内容", "Uphold")) }
        }
    };
    form(lang, &Form::new(&action, &here.csrf).unguarded(), &inputs)
}

fn state(lang: Lang, dispute: &DisputeView) -> Markup {
    let word = match dispute.state {
        DisputeState::Open => lang.pick("待答复", "waits for an answer"),
        DisputeState::Corrected => lang.pick("已更正", "corrected"),
        DisputeState::Upheld => lang.pick("维持原内容", "upheld"),
    };
    html! {
        span class="hint" {
            (word)
            @if let Some(lamp) = dispute.lamp { " · " (lamp.label().get(lang)) }
        }
    }
}

fn facts(lang: Lang, def: &RegisterDef, values: &Values, dispute: &DisputeView) -> Markup {
    let label = def.field(&dispute.field);
    let who = |actor: &str| {
        let known = actor.strip_prefix("user:");
        known.map_or(actor.to_owned(), |id| {
            values.directory.person_name(id).to_owned()
        })
    };
    let mut items = vec![
        (
            lang.pick("记录", "Record"),
            html! { a href=(record_path(&dispute.register, &dispute.record)) { (dispute.record) } },
        ),
        (
            lang.pick("内容", "Value"),
            html! {
                @if let Some(field) = label { (field.label.get(lang)) (lang.pick("：", ": ")) (values.text(field, dispute.shown.as_ref())) }
            },
        ),
        (
            lang.pick("应该是", "Should be"),
            html! { (dispute.claimed) },
        ),
        (
            lang.pick("依据", "How one knows"),
            html! { (dispute.reason) },
        ),
        (
            lang.pick("提出", "Opened"),
            html! { (who(&dispute.opened_by)) " " time { (values.instant(dispute.opened_at)) } },
        ),
        (
            lang.pick("答复期限", "Due"),
            html! { time { (values.instant(dispute.due_at)) } },
        ),
    ];
    if let (Some(answer), Some(by), Some(at)) =
        (&dispute.answer, &dispute.answered_by, dispute.answered_at)
    {
        let said = html! { (answer) " " span class="hint" { (who(by)) " " time { (values.instant(at)) } } };
        items.push((lang.pick("答复", "Answer"), said));
    }
    list::facts(&items)
}

/// `GET /work/registers/{register}/disputes/{number}`: the receipt, and where the matter stands.
pub(super) async fn receipt(
    State(app): State<App>,
    here: Here,
    flash: Flash,
    Path((name, number)): Path<(String, String)>,
) -> Result<Response, PageError> {
    here.officer()?;
    let (reader, of, asked) = (here.clone(), name.clone(), number.clone());
    let (dispute, values) = app
        .run(move |app| {
            let ctx = &reader.visitor.ctx;
            let dispute = app.registers.view_dispute(ctx, (&of, &asked))?;
            let def = app.registers.def(&of)?;
            Ok((dispute, Values::new(app, reader.lang(), def)?))
        })
        .await?;
    let def = app.registers.def(&name).map_err(ApiError::from)?;
    let lang = here.lang();
    let title = lang.pick("异议回执", "Receipt of a dispute");
    let authority = def
        .field(&dispute.field)
        .map_or(def.authority.as_str(), |field| def.authority_of(field));
    let authority = values.directory.org_name(authority, lang);
    let sum = app
        .calendar()
        .project(dispute.opened_at, DISPUTE_BUDGET)
        .ok();
    let body = html! {
        h1 { (title) }
        section class="receipt" {
            p class="receipt-number" { strong class="code" { (dispute.number) } " " (state(lang, &dispute)) }
            p { (lang.pick("来源登记簿：", "Source: ")) (def.title.get(lang)) (lang.pick("，负责单位：", ", answered for by ")) (authority) }
            (facts(lang, def, &values, &dispute))
            @if let Some(sum) = sum {
                h2 { (lang.pick("期限怎么算的", "How the time was computed")) }
                p { (sum.explain(lang)) }
            }
            p class="hint" { (lang.pick("日志第 ", "log entry ")) (dispute.position) (lang.pick(" 条", "")) }
        }
        @if may(&app, &here.visitor.ctx, "registers.write", def) {
            p { a href=(format!("/work/registers/{name}/disputes")) { (lang.pick("这个登记簿的全部异议", "All disputes of this register")) } }
        }
    };
    Ok(flash.page(&here, title, false, &body).into_response())
}

/// `POST /work/registers/{register}/disputes`.
pub(super) async fn answer(
    State(app): State<App>,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    let Posted { here, sent } = posted;
    here.officer()?;
    let lang = here.lang();
    let correct = sent.text("decision") == "correct";
    let answer = AnswerDispute {
        register: name.clone(),
        number: sent.text("number").to_owned(),
        value: correct.then(|| sent.text("value").to_owned()),
        answer: sent.text("answer").to_owned(),
    };
    let ctx = here.visitor.ctx.clone();
    let answered = app
        .run(move |app| {
            let answered = app.registers.answer_dispute(&ctx, &answer);
            Ok(answered.map_err(ApiError::from))
        })
        .await?;
    if let Err(error) = answered {
        let number = sent.text("number").to_owned();
        let refused = Refused::keep(&number, sent, error)?;
        return list_page(&app, &here, (&Flash::default(), name), &refused).await;
    }
    let said = if correct {
        lang.pick(
            "已更正，提出的人和所有显示它的地方都能看到。",
            "Corrected, for who said so and wherever it is shown.",
        )
    } else {
        lang.pick("已答复：维持原内容。", "Answered: it stays as it is.")
    };
    Ok(lead_to(&format!("/work/registers/{name}/disputes"), said))
}
