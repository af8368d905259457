//! Changes that wait for a second person: what is to be different, by whom and why; approve or send back.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use yuandu_api::{ApiError, App};
use yuandu_registers::{DecideDraft, DraftView};
use yuandu_schema::RegisterDef;

use super::register;
use super::values::Values;
use crate::pages::error::PageError;
use crate::pages::forms::posted::Posted;
use crate::pages::here::Here;
use crate::pages::work::flash::{Flash, lead_to};
use yuandu_design::components::field::{self, Field, TextKind};
use yuandu_design::components::form::{Form, form};
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
    let body = html! {
        (breadcrumb(lang, &way, title))
        h1 { (title) }
        @if drafts.is_empty() {
            (empty(
                lang.pick("没有待审核的变更", "No change waits"),
                lang.pick("这个登记簿的变更由一人提出、另一人审核。", "In this register one person proposes a change and another approves it."),
                None,
            ))
        }
        @for draft in &drafts { (one(&here, def, &values, draft)) }
    };
    Ok(flash.page(&here, title, false, &body).into_response())
}

fn one(here: &Here, def: &RegisterDef, values: &Values, draft: &DraftView) -> Markup {
    let lang = here.lang();
    let who = draft
        .proposed_by
        .strip_prefix("user:")
        .map_or(draft.proposed_by.as_str(), |id| {
            values.directory.person_name(id)
        });
    let action = format!("/work/registers/{}/drafts/{}", def.full_name(), draft.id);
    let reason = Field::new(
        "reason",
        lang.pick("审核意见（退回必填）", "Reason (needed to send back)"),
    );
    let decide = html! {
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

/// `POST /work/registers/{register}/drafts/{id}`.
pub(super) async fn decide(
    State(app): State<App>,
    Path((name, id)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let lang = posted.here.lang();
    let back = format!("/work/registers/{name}/drafts");
    let approve = posted.sent.text("decision") == "approve";
    let reason = posted.sent.text("reason").to_owned();
    app.run(move |app| {
        let decide = DecideDraft {
            register: name,
            id,
            approve,
            reason,
        };
        Ok(app
            .registers
            .decide_draft(&posted.here.visitor.ctx, &decide)?)
    })
    .await?;
    let said = if approve {
        lang.pick(
            "已通过，写入登记簿。",
            "Approved, and written to the register.",
        )
    } else {
        lang.pick("已退回。", "Sent back.")
    };
    Ok(lead_to(&back, said))
}
