//! The quality of a register in figures, each with the records behind it.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_registers::{Scorecard, Shortcoming};
use yuandu_schema::RegisterDef;

use super::values::Values;
use super::{record_path, register};
use crate::pages::error::PageError;
use crate::pages::here::Here;
use yuandu_design::components::list;
use yuandu_design::components::navigation::{Link, breadcrumb, number};
use yuandu_design::shell::{Audience, render};

/// `GET /work/registers/{register}/quality`.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    here.officer()?;
    let (reader, of) = (here.clone(), name.clone());
    let (card, values) = app
        .run(move |app| {
            let ctx = &reader.visitor.ctx;
            let def = register(app, ctx, &of)?;
            let card = app.registers.score_register(ctx, &of)?;
            Ok((card, Values::new(app, reader.lang(), def)?))
        })
        .await?;
    let def = app.registers.def(&name).map_err(ApiError::from)?;
    let lang = here.lang();
    let title = lang.pick("数据质量", "Quality");
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
        (list::facts(&head(lang, &name, &values, &card)))
        (shortcomings(lang, def, ("rules", lang.pick("规则", "Rules"), lang.pick("没有声明规则", "No rules are declared")), &card.rules))
        (shortcomings(lang, def, ("invalid", lang.pick("今天不会被接受的内容", "Values that would not be taken today"), lang.pick("没有", "None")), &card.invalid))
        (coverage(lang, def, &card))
    };
    Ok(render(&here.page(Audience::Officer, title), &body).into_response())
}

fn head<'l>(lang: Lang, name: &str, values: &Values, card: &Scorecard) -> Vec<(&'l str, Markup)> {
    let fresh = match (card.promised_months, lang) {
        (None, _) => html! { (lang.pick("没有承诺", "no promise")) },
        (Some(months), Lang::Zh) => {
            html! { (share(card.fresh, card.looked_at)) "（承诺 " (months) " 个月内更新）" }
        }
        (Some(months), Lang::En) => {
            html! { (share(card.fresh, card.looked_at)) " (promised within " (months) " months)" }
        }
    };
    vec![
        (
            lang.pick("提供方", "Supplier"),
            html! { (values.directory.org_name(&card.supplier, lang)) },
        ),
        (
            lang.pick("记录", "Records"),
            html! {
                (number(card.records))
                @if card.looked_at < card.records { " " span class="hint" { (lang.pick("查看了前 ", "looked at the first ")) (number(card.looked_at)) } }
            },
        ),
        (lang.pick("更新", "Freshness"), fresh),
        (
            lang.pick("最近更新", "Last change"),
            html! { @if let Some(at) = card.changed_at { time { (values.instant(at)) } } @else { "—" } },
        ),
        (
            lang.pick("可能重复", "Possible duplicates"),
            html! { a href={ "/work/registers/" (name) "/matches" } { (number(card.pairs)) } },
        ),
        (
            lang.pick("异议", "Disputes"),
            html! {
                a href={ "/work/registers/" (name) "/disputes" } { (number(card.disputes)) }
                @if card.overdue > 0 { " " span class="error" { (lang.pick("其中超期 ", "overdue: ")) (number(card.overdue)) } }
            },
        ),
    ]
}

/// Hundredths, never rounded up to all.
fn share(part: u64, of: u64) -> String {
    if of == 0 {
        return "—".to_owned();
    }
    let tenths = part.saturating_mul(1_000) / of;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn shortcomings(
    lang: Lang,
    def: &RegisterDef,
    (id, title, none): (&str, &str, &str),
    found: &[Shortcoming],
) -> Markup {
    html! {
        section {
            h2 id=(id) { (title) }
            @if found.is_empty() { p class="hint" { (none) } }
            @else {
                div class="table-frame" tabindex="0" role="region" aria-labelledby=(id) {
                    table class="table plain" {
                        thead { tr {
                            th scope="col" { (lang.pick("内容", "What")) }
                            th scope="col" class="figure" { (lang.pick("不符合", "Not so")) }
                            th scope="col" { (lang.pick("例如", "For example")) }
                        } }
                        tbody { @for one in found {
                            tr {
                                th scope="row" { (one.label.get(lang)) }
                                td class="figure" { (number(one.records)) }
                                td { @for (at, record) in one.examples.iter().enumerate() {
                                    @if at > 0 { " " }
                                    a href=(record_path(&def.full_name(), record)) { (record) }
                                } }
                            }
                        } }
                    }
                }
            }
        }
    }
}

fn coverage(lang: Lang, def: &RegisterDef, card: &Scorecard) -> Markup {
    html! {
        section {
            h2 id="coverage" { (lang.pick("填写情况", "How much is filled")) }
            div class="table-frame" tabindex="0" role="region" aria-labelledby="coverage" {
                table class="table plain" {
                    thead { tr {
                        th scope="col" { (lang.pick("字段", "Field")) }
                        th scope="col" class="figure" { (lang.pick("已填", "Filled")) }
                        th scope="col" class="figure" { (lang.pick("比例", "Share")) }
                    } }
                    tbody { @for one in &card.coverage {
                        tr {
                            th scope="row" { (def.field(&one.field).map_or(one.field.as_str(), |field| field.label.get(lang))) }
                            td class="figure" { (number(one.filled)) }
                            td class="figure" { (share(one.filled, card.looked_at)) }
                        }
                    } }
                }
            }
        }
    }
}
