//! The catalogue of data resources for everyone: what the city keeps, who provides it, what may be had and why not.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;
use yuandu_api::operations::catalogue::catalogue;
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Lang, LocalText};
use yuandu_catalog::{Entry, Item, Terms};

use crate::pages::error::PageError;
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::{self, Field, TextKind};
use yuandu_design::components::list;
use yuandu_design::components::navigation::{Link, breadcrumb};
use yuandu_design::components::notice::empty;
use yuandu_design::shell::{Audience, render};

/// Entries on the page at most.
const MOST: usize = 200;

/// `/catalog` and `/catalog/{register}`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/catalog", get(all))
        .route("/catalog/{register}", get(one))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    words: String,
}

async fn all(
    State(app): State<App>,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let lang = here.lang();
    let words = asked.words.clone();
    let entries: Vec<Entry> = app
        .run(move |app| {
            let catalogue = catalogue(app)?;
            let found = if words.trim().is_empty() {
                catalogue.entries().iter().take(MOST).collect()
            } else {
                catalogue.search(&words, MOST)
            };
            Ok(found.into_iter().cloned().collect())
        })
        .await?;
    let title = lang.pick("信息资源目录", "Catalogue of data");
    let field = Field::new(
        "words",
        lang.pick("名称、信息项或单位", "Name, item or provider"),
    )
    .value(&asked.words);
    let body = html! {
        h1 { (title) }
        p { (lang.pick(
            "每个登记簿和每个信息项都在这里，由声明自动生成：谁提供、能否共享和开放、为什么。",
            "Every register and every item stands here, made from its declaration: who provides it, whether it is shared and open, and why.",
        )) }
        form method="get" action="/catalog" role="search" {
            (field::text(lang, &field, TextKind::Words))
            (button::row(&[button::submit(lang.pick("查找", "Find"), Weight::Plain)]))
        }
        @if entries.is_empty() {
            (empty(
                lang.pick("没有找到", "Nothing was found"),
                lang.pick("换个词再查，例如“人口”“井盖”。", "Try other words, such as “population” or “manhole”."),
                None,
            ))
        }
        ul class="links registers" { @for entry in &entries { (line(lang, entry)) } }
        p class="hint" {
            (lang.pick("给程序：", "For programs: "))
            a href="/catalog.jsonld" { "DCAT JSON-LD" } " · " a href="/catalog.ttl" { "DCAT Turtle" }
        }
    };
    Ok(render(&here.page(Audience::Public, title), &body).into_response())
}

fn line(lang: Lang, entry: &Entry) -> Markup {
    html! {
        li {
            a href={ "/catalog/" (entry.register) } { (entry.name.get(lang)) }
            p {
                (entry.summary.get(lang)) " "
                span class="hint" { (entry.provider.name.get(lang)) " · " code { (entry.code) } " · " (open_word(lang, entry.openness.terms)) }
            }
        }
    }
}

async fn one(
    State(app): State<App>,
    here: Here,
    Path(register): Path<String>,
) -> Result<Response, PageError> {
    let lang = here.lang();
    let (entry, related) = app
        .run(move |app| {
            let catalogue = catalogue(app)?;
            let entry = catalogue.entry(&register).cloned().ok_or_else(|| {
                ApiError::new(
                    ErrorKind::NotFound,
                    "catalogue.no_entry",
                    "目录中没有这一项，请从目录中选择",
                    "the catalogue has no such entry; choose from the catalogue",
                )
            })?;
            let known = catalogue.entries().iter();
            let related: Vec<(String, LocalText)> = known
                .filter(|other| entry.related.contains(&other.code))
                .map(|other| (other.register.clone(), other.name.clone()))
                .collect();
            Ok((entry, related))
        })
        .await?;
    let title = entry.name.get(lang);
    let way = [Link {
        label: lang.pick("信息资源目录", "Catalogue of data"),
        href: "/catalog",
    }];
    let body = html! {
        (breadcrumb(lang, &way, title))
        h1 { (title) }
        (list::facts(&core(lang, &entry, &related)))
        section {
            h2 id="items" { (lang.pick("信息项", "Items")) }
            div class="table-frame" tabindex="0" role="region" aria-labelledby="items" { table class="table plain" {
                thead { tr {
                    th scope="col" { (lang.pick("名称", "Name")) }
                    th scope="col" { (lang.pick("字段", "Field")) }
                    th scope="col" { (lang.pick("类型", "Type")) }
                    th scope="col" { (lang.pick("来源", "Source")) }
                    th scope="col" { (lang.pick("负责单位", "Authority")) }
                    th scope="col" { (lang.pick("共享", "Sharing")) }
                    th scope="col" { (lang.pick("开放", "Openness")) }
                } }
                tbody { @for item in &entry.items { (item_row(lang, item)) } }
            } }
        }
        @if entry.openness.terms != Terms::Withheld {
            p {
                (lang.pick("下载：", "Download: "))
                a href={ "/api/v1/registers/" (entry.register) "/export.csv" } { "CSV" } " · "
                a href={ "/api/v1/registers/" (entry.register) "/export.xlsx" } { "XLSX" } " · "
                a href={ "/api/v1/registers/" (entry.register) "/schema" } { "JSON Schema" }
            }
        }
    };
    Ok(render(&here.page(Audience::Public, title), &body).into_response())
}

/// The core metadata items but the list of items.
fn core<'l>(lang: Lang, entry: &Entry, related: &[(String, LocalText)]) -> Vec<(&'l str, Markup)> {
    let words = |terms: &str, reason: &Option<LocalText>| {
        html! { (terms) @if let Some(reason) = reason { "：" (reason.get(lang)) } }
    };
    let provider_code = entry.provider.credit_code.as_deref().unwrap_or("—");
    vec![
        (
            lang.pick("分类", "Class"),
            html! { (entry.class.get(lang)) },
        ),
        (
            lang.pick("资源代码", "Resource code"),
            html! { code { (entry.code) } },
        ),
        (
            lang.pick("提供方", "Provider"),
            html! { (entry.provider.name.get(lang)) },
        ),
        (
            lang.pick("提供方代码", "Provider’s code"),
            html! { (provider_code) },
        ),
        (
            lang.pick("摘要", "Summary"),
            html! { (entry.summary.get(lang)) },
        ),
        (
            lang.pick("格式", "Formats"),
            html! { (entry.formats.join(" · ")) },
        ),
        (
            lang.pick("共享", "Sharing"),
            words(share_word(lang, entry.sharing.terms), &entry.sharing.reason),
        ),
        (
            lang.pick("开放", "Openness"),
            words(
                open_word(lang, entry.openness.terms),
                &entry.openness.reason,
            ),
        ),
        (
            lang.pick("更新周期", "Update cycle"),
            html! { (lang.pick("实时", "Real time")) },
        ),
        (
            lang.pick("关联资源", "Related"),
            html! {
                @if related.is_empty() { "—" }
                @for (at, (register, name)) in related.iter().enumerate() {
                    @if at > 0 { " · " }
                    a href={ "/catalog/" (register) } { (name.get(lang)) }
                }
            },
        ),
        (lang.pick("依据", "Basis"), html! { (entry.legal_basis) }),
    ]
}

fn item_row(lang: Lang, item: &Item) -> Markup {
    html! {
        tr {
            td { (item.label.get(lang)) @if item.key { " " span class="hint" { (lang.pick("主键", "key")) } } }
            td { code { (item.name) } }
            td { (item.data_type) @if let Some(length) = item.length { "(" (length) ")" } @if let Some(list) = &item.code_list { " " code { (list) } } }
            td { @if let Some(source) = &item.source { code { (source) } } @else { (lang.pick("本登记簿", "this register")) } }
            td { (item.authority.name.get(lang)) }
            td { (share_word(lang, item.sharing)) }
            td { (open_word(lang, item.openness)) }
        }
    }
}

fn share_word(lang: Lang, terms: Terms) -> &'static str {
    match terms {
        Terms::Unconditional => lang.pick("无条件共享", "shared unconditionally"),
        Terms::Conditional => lang.pick("有条件共享", "shared on a condition"),
        Terms::Withheld => lang.pick("不予共享", "not shared"),
    }
}

fn open_word(lang: Lang, terms: Terms) -> &'static str {
    match terms {
        Terms::Unconditional => lang.pick("无条件开放", "open"),
        Terms::Conditional => lang.pick("有条件开放", "open on a condition"),
        Terms::Withheld => lang.pick("不予开放", "not open"),
    }
}
