//! A register as a dense table: search, filters, facets, order, pages by key, export.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use yuandu_api::operations::registers::list_query;
use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_registers::{ListRecords, Page, RecordView};
use yuandu_schema::{FieldDef, FieldType, RegisterDef};

use super::filter_row::filters;
use super::values::{Values, is_live};
use super::{may, record_path, register};
use crate::pages::error::PageError;
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::list::{Facet, facets};
use yuandu_design::components::navigation::{Link, Pager, Total, breadcrumb};
use yuandu_design::components::notice::empty;
use yuandu_design::components::table::{Column, Row, Table, column_choice, list_bar, table};
use yuandu_design::preferences::query_value;
use yuandu_design::shell::{Audience, render};

/// Columns that stay where a list is narrow.
const FIRST: usize = 5;
/// Values of a facet shown before it is unfolded.
const VALUES: usize = 8;

/// Asks for facets in the page itself, for readers without scripts.
pub(super) const FACETS: &str = "facets";

/// What an address asks for, as sent.
pub(super) type Asked = HashMap<String, String>;

/// `GET /work/registers/{register}`.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    here.officer()?;
    let (reader, wanted, of) = (here.clone(), asked.clone(), name.clone());
    let (page, values) = app
        .run(move |app| {
            let def = register(app, &reader.visitor.ctx, &of)?;
            let mut list = list_query(&of, &without_facets(&wanted))?;
            list.facets = at_once(&wanted);
            read(app, &reader, def, &list)
        })
        .await?;
    let ctx = &here.visitor.ctx;
    let def = app.registers.def(&name).map_err(ApiError::from)?;
    let lang = here.lang();
    let title = def.title.get(lang);
    let way = [Link {
        label: lang.pick("登记簿", "Registers"),
        href: "/work/registers",
    }];
    let body = html! {
        (breadcrumb(lang, &way, title))
        div class="page-head" {
            h1 { (title) }
            p class="buttons" {
                @if may(&app, ctx, "registers.write", def) { (button::link(lang.pick("新增一条", "New record"), &format!("/work/registers/{name}/new"), Weight::Plain)) }
                @if may(&app, ctx, "registers.import", def) { (button::link(lang.pick("导入文件", "Import a file"), &format!("/work/registers/{name}/import"), Weight::Plain)) }
                @if may(&app, ctx, "registers.write", def) { (button::link(lang.pick("数据质量", "Quality"), &format!("/work/registers/{name}/quality"), Weight::Plain)) }
                @if def.matching.is_some() && may(&app, ctx, "registers.write", def) { (button::link(lang.pick("可能重复", "Possible duplicates"), &format!("/work/registers/{name}/matches"), Weight::Plain)) }
                @if def.approval && may(&app, ctx, "registers.write", def) { (button::link(lang.pick("待审核的变更", "Changes that wait"), &format!("/work/registers/{name}/drafts"), Weight::Plain)) }
            }
        }
        (filters(def, &values, &asked))
        div class="faceted" {
            @if at_once(&asked) { (sides(def, &values, &page, &asked)) } @else { (sides_later(def, &asked, lang)) }
            div class="faceted-list" { (listed(&app, &here, def, &values, (&page, &asked))) }
        }
    };
    Ok(render(&here.page(Audience::Officer, title), &body).into_response())
}

/// `GET /work/registers/{register}/facets`: the facets alone, for lists whose words make counting slow.
pub(super) async fn facets_alone(
    State(app): State<App>,
    here: Here,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    here.officer()?;
    let (reader, wanted, of) = (here.clone(), asked.clone(), name.clone());
    let (page, values) = app
        .run(move |app| {
            let def = register(app, &reader.visitor.ctx, &of)?;
            let list = ListRecords {
                facets: true,
                count: false,
                limit: 1,
                after: None,
                ..list_query(&of, &without_facets(&wanted))?
            };
            read(app, &reader, def, &list)
        })
        .await?;
    let def = app.registers.def(&name).map_err(ApiError::from)?;
    Ok(sides(def, &values, &page, &asked).into_response())
}

fn read(
    app: &App,
    here: &Here,
    def: &RegisterDef,
    list: &ListRecords,
) -> Result<(Page, Values), ApiError> {
    let ctx = &here.visitor.ctx;
    let page = app.registers.list_records(ctx, list)?;
    let mut values = Values::new(app, here.lang(), def)?;
    values.learn_divisions(app, ctx, def, (&page.records, &page.facets));
    Ok((page, values))
}

/// Every facet is counted over all rows; where words have to be looked for in each of them, the list comes first.
fn at_once(asked: &Asked) -> bool {
    given(asked, "words").trim().is_empty() || given(asked, FACETS) == "1"
}

fn without_facets(asked: &Asked) -> Asked {
    let mut list = asked.clone();
    list.remove(FACETS);
    list
}

/// The address of the list with some parameters changed; every change begins again at the first page.
fn address(def: &RegisterDef, asked: &Asked, changes: &[(&str, &str)]) -> String {
    let path = format!("/work/registers/{}", def.full_name());
    let query = query(asked, changes);
    if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    }
}

fn query(asked: &Asked, changes: &[(&str, &str)]) -> String {
    let mut kept: Vec<(&str, &str)> = asked
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| {
            !["after", FACETS].contains(name) && !changes.iter().any(|(changed, _)| changed == name)
        })
        .collect();
    kept.sort_unstable();
    kept.extend(changes);
    let parts: Vec<String> = kept
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{}={}", query_value(name), query_value(value)))
        .collect();
    parts.join("&")
}

pub(super) fn given<'a>(asked: &'a Asked, name: &str) -> &'a str {
    asked.get(name).map_or("", String::as_str)
}

/// The place of facets that are counted after the page is shown.
fn sides_later(def: &RegisterDef, asked: &Asked, lang: Lang) -> Markup {
    let name = def.full_name();
    let alone = format!("/work/registers/{name}/facets?{}", query(asked, &[]));
    let whole = format!("/work/registers/{name}?{}", query(asked, &[(FACETS, "1")]));
    html! {
        aside class="faceted-side" aria-label=(lang.pick("按值缩小", "Narrow by value")) hx-get=(alone) hx-trigger="load" hx-swap="outerHTML" {
            p { a href=(whole) { (lang.pick("看各值的条数", "Count by value")) } }
        }
    }
}

/// A value's name, the address of the list narrowed by it, its count, and whether it is chosen.
type FacetLink = (String, String, u64, bool);

/// Facets beside the list, each value a link with its count.
fn sides(def: &RegisterDef, values: &Values, page: &Page, asked: &Asked) -> Markup {
    let lang = values.lang;
    let named: Vec<(&FieldDef, Vec<FacetLink>)> = page
        .facets
        .iter()
        .filter_map(|facet| {
            let field = def.field(&facet.field)?;
            let chosen = given(asked, &facet.field);
            let links = facet.values.iter().map(|value| {
                let name = match &value.label {
                    Some(label) => label.get(lang).to_owned(),
                    None => values.named(&field.kind, &value.value),
                };
                let current = chosen == value.value;
                let to = if current { "" } else { &value.value };
                (
                    name,
                    address(def, asked, &[(&facet.field, to)]),
                    value.count,
                    current,
                )
            });
            Some((field, links.collect()))
        })
        .collect();
    html! {
        aside class="faceted-side" aria-label=(lang.pick("按值缩小", "Narrow by value")) {
            @for (field, links) in &named {
                @let links: Vec<(&str, &str, u64, bool)> = links.iter().map(|(name, href, count, current)| (name.as_str(), href.as_str(), *count, *current)).collect();
                @let (first, rest) = links.split_at(links.len().min(VALUES));
                (facets(&[Facet { label: field.label.get(lang), values: first }]))
                @if !rest.is_empty() {
                    details class="more-values" {
                        summary { (lang.pick("更多", "More")) " " span class="count" { (rest.len()) } }
                        (facets(&[Facet { label: field.label.get(lang), values: rest }]))
                    }
                }
            }
        }
    }
}

/// Fields a table has room for: one value each, short.
fn columns_of(def: &RegisterDef) -> Vec<&FieldDef> {
    let fits = |field: &&FieldDef| {
        !matches!(
            field.kind,
            FieldType::LongText { .. } | FieldType::Position | FieldType::Photos { .. }
        )
    };
    def.fields.iter().filter(fits).collect()
}

fn listed(
    app: &App,
    here: &Here,
    def: &RegisterDef,
    values: &Values,
    (page, asked): (&Page, &Asked),
) -> Markup {
    let lang = values.lang;
    let fields = columns_of(def);
    let linked = def
        .name_field
        .as_deref()
        .or(def.key.first().map(String::as_str));
    let columns: Vec<Column<'_>> = fields
        .iter()
        .enumerate()
        .map(|(at, field)| column(def, field, at, linked, lang))
        .collect();
    let rows: Vec<Row> = page
        .records
        .iter()
        .map(|record| row(def, &fields, values, record))
        .collect();
    let next = page.next.as_deref().map(|next| {
        let rest = query(asked, &[("after", next)]);
        format!("/work/registers/{}?{rest}", def.full_name())
    });
    let first = address(def, asked, &[]);
    let total = match page.total {
        Some(total) if !total.exact && counted(def, page, asked).is_some() => {
            Total::Exact(counted(def, page, asked).unwrap_or(total.count))
        }
        None => Total::Unknown,
        Some(total) if total.exact => Total::Exact(total.count),
        Some(total) => Total::MoreThan(total.count),
    };
    let shown = Table {
        caption: def.title.get(lang),
        columns: &columns,
        rows: &rows,
        sort: given(asked, "sort"),
        base: &address(def, asked, &[("sort", "")]),
        select: None,
        empty: nothing(app, here, def, asked),
        pane: None,
        pager: Some(Pager {
            shown: rows.len(),
            total,
            first: (!given(asked, "after").is_empty()).then_some(first.as_str()),
            next: next.as_deref(),
        }),
    };
    let export = |ending: &str| {
        let rest = query(asked, &[("limit", "")]);
        format!(
            "/api/v1/registers/{}/export.{ending}?{rest}",
            def.full_name()
        )
    };
    let end = html! {
        (column_choice(lang, &def.full_name(), &columns))
        @if may(app, &here.visitor.ctx, "registers.export", def) {
            a class="button" href=(export("csv")) { (lang.pick("导出 CSV", "Export CSV")) }
            a class="button" href=(export("xlsx")) { (lang.pick("导出 XLSX", "Export XLSX")) }
        }
    };
    html! {
        (list_bar(&html! {}, &end))
        (table(lang, &shown))
    }
}

/// The exact number of records, where a facet happens to have counted all of them: one whose field is never empty,
/// is not filtered by, and has fewer values than a facet shows.
fn counted(def: &RegisterDef, page: &Page, asked: &Asked) -> Option<u64> {
    const MOST_VALUES: usize = 50;
    let whole = page.facets.iter().find(|facet| {
        let always = def
            .field(&facet.field)
            .is_some_and(|field| field.required == yuandu_schema::Requirement::Always);
        always && facet.values.len() < MOST_VALUES && given(asked, &facet.field).is_empty()
    })?;
    Some(whole.values.iter().map(|value| value.count).sum())
}

fn column<'a>(
    def: &RegisterDef,
    field: &'a FieldDef,
    at: usize,
    linked: Option<&str>,
    lang: Lang,
) -> Column<'a> {
    let mut column = Column::new(&field.name, field.label.get(lang));
    let restricted = def.sensitivity_of(field) == yuandu_schema::Sensitivity::Restricted;
    if !is_live(field) && !restricted {
        column = column.sortable();
    }
    if matches!(field.kind, FieldType::Integer { .. } | FieldType::Decimal) {
        column = column.numeric();
    }
    if linked == Some(field.name.as_str()) {
        column = column.link();
    } else if at >= FIRST {
        column = column.wide();
    }
    column
}

fn row(def: &RegisterDef, fields: &[&FieldDef], values: &Values, record: &RecordView) -> Row {
    let cells = fields
        .iter()
        .map(|field| values.cell(field, record.values.get(&field.name)))
        .collect();
    Row::new(&record.id, record_path(&def.full_name(), &record.id), cells)
}

fn nothing(app: &App, here: &Here, def: &RegisterDef, asked: &Asked) -> Markup {
    let lang = here.lang();
    let filtered = asked.values().any(|value| !value.is_empty());
    if filtered {
        let all = button::link(
            lang.pick("看全部", "See all"),
            &format!("/work/registers/{}", def.full_name()),
            Weight::Plain,
        );
        return empty(
            lang.pick("没有符合条件的记录", "No record fits"),
            lang.pick("去掉一两个条件再看。", "Drop a condition or two."),
            Some(&all),
        );
    }
    let import = may(app, &here.visitor.ctx, "registers.import", def).then(|| {
        button::link(
            lang.pick("导入文件", "Import a file"),
            &format!("/work/registers/{}/import", def.full_name()),
            Weight::Primary,
        )
    });
    empty(
        lang.pick("还没有记录", "There are no records yet"),
        lang.pick(
            "记录由数据管理员逐条新增，或用 CSV、XLSX 文件导入。",
            "The registrar adds records one by one, or imports a CSV or XLSX file.",
        ),
        import.as_ref(),
    )
}
