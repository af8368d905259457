//! Changes that wait for a second person: what is to be different, by whom and why; approve or send back.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use yuandu_api::{ApiError, App};
use yuandu_registers::{DecideDraft, DraftView};
use yuandu_schema::RegisterDef;

use super::refused::{Refused, Row};
use super::register;
use super::values::Values;
use crate::pages::error::PageError;
use crate::pages::forms::posted::Posted;
use crate::pages::here::Here;
use crate::pages::work::flash::{Flash, lead_to};
use yuandu_design::components::field::{self, TextKind};
use yuandu_design::components::form::{Errors, Form, error_summary, form};
use yuandu_design::components::navigation::{Link, breadcrumb};
use yuandu_design::components::notice::empty;

/// `GET /work/registers/{register}/drafts`.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    here.officer()?;
    page(&app, &here, (&flash, name), &Refused::default()).await
}

async fn page(
    app: &App,
    here: &Here,
    (flash, name): (&Flash, String),
    refused: &Refused,
) -> Result<Response, PageError> {
    let (reader, of) = (here.clone(), name.clone());
    let (drafts, values) = app
        .run(move |app| {
            let ctx = &reader.visitor.ctx;
            let def = register(app, ctx, &of)?;
            let drafts = app.registers.list_drafts(ctx, &of)?;
            Ok((drafts, Values::new(app, reader.lang(), def)?))
        })
        .await?;
    let def = app.registers.def(&name).map_err(ApiError::from)?;
    let lang = here.lang();
    let title = lang.pick("待审核的变更", "Changes that wait");
    let list = format!("/work/registers/{name}");
    let way = [
        Link {
            label: lang.pick("登记簿", "Registers"),
            href: "/work/registers",
        },
        Link {
            label: def.title.get(lang),
            href: &list,
        },
    ];
    let forms = drafts.iter().map(|draft| draft.id.as_str());
    let problems = refused.problems(def, &["reason"], forms);
    let body = html! {
        (breadcrumb(lang, &way, title))
        h1 { (title) }
        (error_summary(lang, &Errors(&problems)))
        @if drafts.is_empty() {
            (empty(
                lang.pick("没有待审核的变更", "No change waits"),
                lang.pick("这个登记簿的变更由一人提出、另一人审核。", "In this register one person proposes a change and another approves it."),
                None,
            ))
        }
        @for (nth, draft) in drafts.iter().enumerate() {
            (one(here, (def, &values), draft, &refused.row(nth, &draft.id)))
        }
    };
    let mut response = flash.page(here, title, false, &body).into_response();
    if refused.any() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn one(
    here: &Here,
    (def, values): (&RegisterDef, &Values),
    draft: &DraftView,
    row: &Row<'_>,
) -> Markup {
    let lang = here.lang();
    let who = draft
        .proposed_by
        .strip_prefix("user:")
        .map_or(draft.proposed_by.as_str(), |id| {
            values.directory.person_name(id)
        });
    let action = format!("/work/registers/{}/drafts", def.full_name());
    let reason = row.field(
        lang,
        "reason",
        lang.pick("审核意见（退回必填）", "Reason (needed to send back)"),
    );
    let decide = html! {
        input type="hidden" name="draft" value=(draft.id);
        (field::text(lang, &reason, TextKind::Words))
        p class="buttons" {
            button class="button primary" name="decision" value="approve" { (lang.pick("通过", "Approve")) }
            button class="button" name="decision" value="refuse" { (lang.pick("退回", "Send back")) }
        }
    };
    html! {
        section {
            h2 { code { (draft.record) } }
            p class="hint" { (who) " " time { (values.instant(draft.proposed_at)) } @if let Some(why) = &draft.reason { " · " (why) } }
            ul {
                @for field in def.fields.iter().filter(|field| draft.data.contains_key(&field.name)) {
                    li { (field.label.get(lang)) "：" (values.text(field, draft.data.get(&field.name))) }
                }
            }
            (form(lang, &Form::new(&action, &here.csrf).unguarded(), &decide))
        }
    }
}

/// `POST /work/registers/{register}/drafts`.
pub(super) async fn decide(
    State(app): State<App>,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    let Posted { here, sent } = posted;
    here.officer()?;
    let lang = here.lang();
    let approve = sent.text("decision") == "approve";
    let id = sent.text("draft").to_owned();
    let decide = DecideDraft {
        register: name.clone(),
        id: id.clone(),
        approve,
        reason: sent.text("reason").to_owned(),
    };
    let ctx = here.visitor.ctx.clone();
    let decided = app
        .run(move |app| {
            let decided = app.registers.decide_draft(&ctx, &decide);
            Ok(decided.map_err(ApiError::from))
        })
        .await?;
    if let Err(error) = decided {
        let refused = Refused::keep(&id, sent, error)?;
        return page(&app, &here, (&Flash::default(), name), &refused).await;
    }
    let said = if approve {
        lang.pick(
            "已通过，写入登记簿。",
            "Approved, and written to the register.",
        )
    } else {
        lang.pick("已退回。", "Sent back.")
    };
    Ok(lead_to(&format!("/work/registers/{name}/drafts"), said))
}
