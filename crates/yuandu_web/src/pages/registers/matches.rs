//! Records that may mean the same, side by side with the evidence: merge them, or say that they are two. Below: what was
//! merged lately, and taking it back.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_identity::OpCtx;
use yuandu_registers::{KeepApart, MatchView, MergeRecords, MergeView, RecordView, RegistersError};
use yuandu_schema::{FieldDef, RegisterDef};

use super::refused::{Refused, Row};
use super::values::Values;
use super::{record_path, register};
use crate::pages::error::PageError;
use crate::pages::forms::posted::Posted;
use crate::pages::forms::sent::Sent;
use crate::pages::here::Here;
use crate::pages::work::flash::{Flash, lead_to};
use yuandu_design::components::field::{self, TextKind};
use yuandu_design::components::form::{Errors, Form, error_summary, form};
use yuandu_design::components::navigation::{Link, breadcrumb};
use yuandu_design::components::notice::empty;

/// From here on two values count as alike, below as different.
const ALIKE: u32 = 50;

/// `GET /work/registers/{register}/matches`.
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
    let (pairs, merges, values) = app
        .run(move |app| {
            let ctx = &reader.visitor.ctx;
            let def = register(app, ctx, &of)?;
            let pairs = app.registers.list_matches(ctx, &of)?;
            let merges = app.registers.list_merges(ctx, &of)?;
            let mut values = Values::new(app, reader.lang(), def)?;
            let records: Vec<RecordView> = pairs
                .iter()
                .flat_map(|pair| [pair.first.clone(), pair.second.clone()])
                .collect();
            values.learn_divisions(app, ctx, def, (&records, &[]));
            Ok((pairs, merges, values))
        })
        .await?;
    let def = app.registers.def(&name).map_err(ApiError::from)?;
    let lang = here.lang();
    let title = lang.pick("可能重复的记录", "Records that may be the same");
    let forms = pairs.iter().map(pair_form);
    let forms: Vec<String> = forms
        .chain(merges.iter().map(|merge| merge.id.clone()))
        .collect();
    let problems = refused.problems(def, &["reason"], forms.iter().map(String::as_str));
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
        h1 { (def.title.get(lang)) (lang.pick("：", ": ")) (title) }
        (error_summary(lang, &Errors(&problems)))
        p class="hint" { (lang.pick(
            "分数只是提示，由人决定。合并后另一条不再单独存在，引用它的地方显示保留的那条；合并可以撤销。",
            "A score is a hint; a person decides. After a merge the other record no longer stands by itself and whoever points at it is shown the kept one. A merge can be taken back.",
        )) }
        @if pairs.is_empty() {
            (empty(
                lang.pick("没有待核对的记录", "No pair waits"),
                lang.pick("导入和新增时自动比对；有相似的会列在这里。", "Records are compared as they are imported or added; what is alike stands here."),
                None,
            ))
        }
        @for (nth, pair) in pairs.iter().enumerate() {
            (one(here, (def, &values), pair, &refused.row(nth, &pair_form(pair))))
        }
        (latest(here, (def, &values), &merges, (refused, pairs.len())))
    };
    let mut response = flash.page(here, title, false, &body).into_response();
    if refused.any() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// What the form of a pair is called.
fn pair_form(pair: &MatchView) -> String {
    format!("{} {}", pair.first.id, pair.second.id)
}

fn one(
    here: &Here,
    (def, values): (&RegisterDef, &Values),
    pair: &MatchView,
    row: &Row<'_>,
) -> Markup {
    let lang = here.lang();
    let name = def.full_name();
    let shown: Vec<&FieldDef> = def
        .fields
        .iter()
        .filter(|field| {
            let has = |record: &RecordView| record.values.contains_key(&field.name);
            has(&pair.first) || has(&pair.second)
        })
        .collect();
    let heading = row.id("pair");
    let action = format!("/work/registers/{name}/matches");
    let label = lang.pick("核对了什么", "What was looked at");
    let reason = row.field(lang, "reason", label).required();
    let decide = html! {
        input type="hidden" name="first" value=(pair.first.id);
        input type="hidden" name="second" value=(pair.second.id);
        (field::text(lang, &reason, TextKind::Words))
        p class="buttons" {
            button class="button primary" name="decision" value="first" { (lang.pick("是同一个，保留左边", "The same: keep the left one")) }
            button class="button" name="decision" value="second" { (lang.pick("是同一个，保留右边", "The same: keep the right one")) }
            button class="button" name="decision" value="apart" { (lang.pick("不是同一个", "Not the same")) }
        }
    };
    html! {
        section {
            h2 id=(heading) { (pair.first.title) " · " (pair.second.title) " " span class="hint" { (lang.pick("相似度 ", "score ")) (pair.score) } }
            div class="table-frame" tabindex="0" role="region" aria-labelledby=(heading) {
                table class="table plain" {
                    thead { tr {
                        th scope="col" { (lang.pick("字段", "Field")) }
                        th scope="col" { (link(&name, &pair.first)) }
                        th scope="col" { (link(&name, &pair.second)) }
                        th scope="col" { (lang.pick("比对", "Compared")) }
                    } }
                    tbody { @for field in &shown {
                        tr {
                            th scope="row" { (field.label.get(lang)) }
                            td { (values.text(field, pair.first.values.get(&field.name))) }
                            td { (values.text(field, pair.second.values.get(&field.name))) }
                            td { (said(lang, pair, field)) }
                        }
                    } }
                }
            }
            (form(lang, &Form::new(&action, &here.csrf).unguarded(), &decide))
        }
    }
}

fn link(register: &str, record: &RecordView) -> Markup {
    html! { a href=(record_path(register, &record.id)) { (record.title) } }
}

/// What the comparison says of a field.
fn said(lang: Lang, pair: &MatchView, field: &FieldDef) -> Markup {
    let Some(evidence) = pair.evidence.iter().find(|found| found.field == field.name) else {
        return html! { span class="hint" { "—" } };
    };
    let word = match evidence.alike {
        100 => lang.pick("相同", "the same"),
        ALIKE.. => lang.pick("相近", "alike"),
        _ => lang.pick("不同", "different"),
    };
    html! { (word) " " span class="hint" { (format!("{:+}", evidence.points)) } }
}

fn latest(
    here: &Here,
    (def, values): (&RegisterDef, &Values),
    merges: &[MergeView],
    (refused, before): (&Refused, usize),
) -> Markup {
    let lang = here.lang();
    if merges.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="merges" {
            h2 id="merges" { (lang.pick("最近的合并", "Latest merges")) }
            ol class="history" { @for (nth, merge) in merges.iter().enumerate() {
                li {
                    p class="history-head" {
                        strong { (merge.gone) " → " a href=(record_path(&def.full_name(), &merge.kept)) { (merge.kept) } }
                        " " span { (who(values, &merge.by)) } " " time { (values.instant(merge.at)) }
                        @if merge.undone { " " span class="hint" { (lang.pick("已撤销", "taken back")) } }
                    }
                    p class="history-words" { (merge.reason) }
                    @if !merge.undone { (undo(here, def, merge, &refused.row(before + nth, &merge.id))) }
                }
            } }
        }
    }
}

fn undo(here: &Here, def: &RegisterDef, merge: &MergeView, row: &Row<'_>) -> Markup {
    let lang = here.lang();
    let action = format!("/work/registers/{}/matches", def.full_name());
    let label = lang.pick("为什么是两个", "Why they are two");
    let reason = row.field(lang, "reason", label).required();
    let inputs = html! {
        input type="hidden" name="merge" value=(merge.id);
        (field::text(lang, &reason, TextKind::Words))
        p class="buttons" { button class="button" name="decision" value="undo" { (lang.pick("撤销合并", "Take the merge back")) } }
    };
    html! {
        details open[row.is_refused()] { summary { (lang.pick("撤销", "Take back")) } (form(lang, &Form::new(&action, &here.csrf).unguarded(), &inputs)) }
    }
}

fn who<'v>(values: &'v Values, actor: &'v str) -> &'v str {
    actor
        .strip_prefix("user:")
        .map_or(actor, |id| values.directory.person_name(id))
}

/// What was decided about a pair or a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Merge,
    Apart,
    Undo,
}

impl Decision {
    fn said(self, lang: Lang) -> &'static str {
        match self {
            Self::Merge => lang.pick("已合并，可以撤销。", "Merged; it can be taken back."),
            Self::Apart => lang.pick(
                "已记下：不是同一个，不再提示。",
                "Noted: they are two, and not asked about again.",
            ),
            Self::Undo => lang.pick(
                "已撤销，两条都恢复了。",
                "Taken back; both stand as they stood.",
            ),
        }
    }
}

/// `POST /work/registers/{register}/matches`.
pub(super) async fn decide(
    State(app): State<App>,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    let Posted { here, sent } = posted;
    here.officer()?;
    let decision = match sent.text("decision") {
        "undo" => Decision::Undo,
        "apart" => Decision::Apart,
        _ => Decision::Merge,
    };
    let (ctx, register, asked) = (here.visitor.ctx.clone(), name.clone(), sent.clone());
    let done = app
        .run(move |app| Ok(take(app, &ctx, (register, decision), &asked).map_err(ApiError::from)))
        .await?;
    if let Err(error) = done {
        let form = match decision {
            Decision::Undo => sent.text("merge").to_owned(),
            _ => format!("{} {}", sent.text("first"), sent.text("second")),
        };
        let refused = Refused::keep(&form, sent, error)?;
        return page(&app, &here, (&Flash::default(), name), &refused).await;
    }
    let back = format!("/work/registers/{name}/matches");
    Ok(lead_to(&back, decision.said(here.lang())))
}

fn take(
    app: &App,
    ctx: &OpCtx,
    (register, decision): (String, Decision),
    sent: &Sent,
) -> Result<(), RegistersError> {
    let text = |field: &str| sent.text(field).to_owned();
    let (first, second, reason) = (text("first"), text("second"), text("reason"));
    match decision {
        Decision::Undo => {
            let merge = sent.text("merge");
            app.registers.undo_merge(ctx, (&register, merge, &reason))?;
        }
        Decision::Apart => {
            let apart = KeepApart {
                register,
                first,
                second,
                reason,
            };
            app.registers.keep_apart(ctx, &apart)?;
        }
        Decision::Merge => {
            let (kept, gone) = if sent.text("decision") == "second" {
                (second, first)
            } else {
                (first, second)
            };
            let merge = MergeRecords {
                register,
                kept,
                gone,
                reason,
            };
            app.registers.merge_records(ctx, &merge)?;
        }
    }
    Ok(())
}
