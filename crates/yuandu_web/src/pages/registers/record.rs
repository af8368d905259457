//! One record: its facts, where it is, and what the log says about it.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use serde_json::Value as Json;
use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_registers::{RecordView, VersionView};
use yuandu_schema::{FieldType, History, RegisterDef};
use yuandu_store::LoggedEntry;

use super::values::Values;
use super::versions::versions;
use super::{may, record_path, register, sensitivity_word};
use crate::pages::error::PageError;
use crate::pages::forms::posted::Posted;
use crate::pages::here::Here;
use crate::pages::work::flash::Flash;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::form::{Form, form};
use yuandu_design::components::list;
use yuandu_design::components::map::{Layer, MapConfig, Mode, map};
use yuandu_design::components::navigation::{Link, breadcrumb};
use yuandu_design::components::status::tag;

/// What a record's page shows.
struct Shown {
    record: RecordView,
    values: Values,
    history: Vec<LoggedEntry>,
    versions: Vec<VersionView>,
}

/// `GET /work/registers/{register}/records/{id}`.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
    Path((name, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    here.officer()?;
    page(&app, &here, &flash, (name, id), false).await
}

/// `POST /work/registers/{register}/records/{id}/reveal`: the same page with restricted values, which the log then says.
pub(super) async fn reveal(
    State(app): State<App>,
    flash: Flash,
    Path((name, id)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    page(&app, &posted.here, &flash, (name, id), true).await
}

async fn page(
    app: &App,
    here: &Here,
    flash: &Flash,
    (name, id): (String, String),
    reveal: bool,
) -> Result<Response, PageError> {
    let (reader, register_name) = (here.clone(), name.clone());
    let shown = app
        .run(move |app| read(app, &reader, (&register_name, &id), reveal))
        .await?;
    let def = app.registers.def(&name).map_err(ApiError::from)?;
    let lang = here.lang();
    let at = place(def, &shown.record);
    let title = shown.record.title.clone();
    let body = html! {
        (head(app, here, def, &shown))
        div class="record" {
            div {
                (facts(app, def, &shown))
                (masked(here, def, &shown))
            }
            @if let Some(mark) = at { div class="record-map" { (where_it_is(lang, mark)) } }
        }
        @if !shown.versions.is_empty() { (versions(def, &shown.values, &shown.versions)) }
        (history(def, &shown))
    };
    Ok(flash
        .page(here, &title, at.is_some(), &body)
        .into_response())
}

fn read(app: &App, here: &Here, (name, id): (&str, &str), reveal: bool) -> Result<Shown, ApiError> {
    let ctx = &here.visitor.ctx;
    let def = register(app, ctx, name)?;
    let record = app.registers.get_record(ctx, name, id, reveal)?;
    let history = app
        .store
        .log()
        .history(app.realm.get().into(), &format!("record/{name}/{id}"))?;
    let versions = match def.history {
        History::Bitemporal => app.registers.view_history(ctx, name, id)?,
        History::Current => Vec::new(),
    };
    let mut values = Values::new(app, here.lang(), def)?;
    values.learn_divisions(app, ctx, def, (std::slice::from_ref(&record), &[]));
    Ok(Shown {
        record,
        values,
        history,
        versions,
    })
}

fn head(app: &App, here: &Here, def: &RegisterDef, shown: &Shown) -> Markup {
    let (lang, name) = (here.lang(), def.full_name());
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
    let edit = format!("{}/edit", record_path(&name, &shown.record.id));
    html! {
        (breadcrumb(lang, &way, &shown.record.title))
        div class="page-head" {
            h1 { (shown.record.title) " " span class="hint" { code { (shown.record.id) } } }
            p class="buttons" {
                @if may(app, &here.visitor.ctx, "registers.write", def) { (button::link(lang.pick("修改", "Change"), &edit, Weight::Plain)) }
            }
        }
    }
}

fn facts(app: &App, def: &RegisterDef, shown: &Shown) -> Markup {
    let (lang, record) = (shown.values.lang, &shown.record);
    let page = record_path(&def.full_name(), &record.id);
    let items: Vec<(&str, Markup)> = def
        .fields
        .iter()
        .filter(|field| record.values.contains_key(&field.name))
        .map(|field| {
            let value = record.values.get(&field.name);
            let source = match (&field.source, &field.authority) {
                (Some(source), _) => from(app, lang, source),
                (None, Some(authority)) => {
                    let name = shown.values.directory.org_name(authority, lang);
                    Some(match lang {
                        Lang::Zh => format!("由{name}负责"),
                        Lang::En => format!("answered for by {name}"),
                    })
                }
                (None, None) => None,
            };
            let dispute = format!("{page}/dispute?field={}", field.name);
            let wrong = lang.pick("有误？", "Wrong?");
            let about = match lang {
                Lang::Zh => format!("{wrong}对“{}”提出异议", field.label.zh),
                Lang::En => format!("{wrong} Dispute “{}”", field.label.en),
            };
            let words = html! {
                (shown.values.whole(app, def, field, value))
                @if let Some(source) = source { " " span class="source" { (source) } }
                " " a class="dispute" href=(dispute) aria-label=(about) { (wrong) }
            };
            (field.label.get(lang), words)
        })
        .collect();
    let broken = app.registers.broken_rules(def, &record.values);
    html! {
        (list::facts(&items))
        @for rule in broken {
            p class="error" { (lang.pick("不符合规则：", "Breaks a rule: ")) (rule.label.get(lang)) }
        }
        p class="hint" {
            (tag(sensitivity_word(lang, def.sensitivity))) " "
            @match lang {
                Lang::Zh => { "日志第 " (shown.record.version) " 条写入" }
                Lang::En => { "written by log entry " (shown.record.version) }
            }
            @if let Some(at) = shown.record.changed_at { "，" (shown.values.instant(at)) }
            @if !def.legal_basis.is_empty() { (lang.pick("。依据：", ". Basis: ")) (def.legal_basis) }
        }
    }
}

/// "来自单元网格": a fact that another register keeps.
fn from(app: &App, lang: Lang, source: &str) -> Option<String> {
    let mut parts = source.splitn(3, '.');
    let (package, register) = (parts.next()?, parts.next()?);
    let def = app.registers.def(&format!("{package}.{register}")).ok()?;
    let title = def.title.get(lang);
    Some(match lang {
        Lang::Zh => format!("来自{title}"),
        Lang::En => format!("from {title}"),
    })
}

fn masked(here: &Here, def: &RegisterDef, shown: &Shown) -> Markup {
    let lang = here.lang();
    if shown.record.masked.is_empty() {
        return html! {};
    }
    let action = format!("{}/reveal", record_path(&def.full_name(), &shown.record.id));
    let asked = html! {
        p class="hint" { (lang.pick("受限的内容显示为 ***。有权限的岗位可以查看，每次查看都记入日志。", "Restricted values show as ***. Posts with the permission may see them; each look is a log entry.")) }
        (button::row(&[button::submit(lang.pick("查看受限内容", "Show restricted values"), Weight::Plain)]))
    };
    form(lang, &Form::new(&action, &here.csrf).unguarded(), &asked)
}

fn place(def: &RegisterDef, record: &RecordView) -> Option<(f64, f64)> {
    let field = def
        .fields
        .iter()
        .find(|field| field.kind == FieldType::Position)?;
    let value = record.values.get(&field.name)?;
    let part = |end: &str| value.get(end).and_then(Json::as_f64);
    part("lon").zip(part("lat"))
}

fn where_it_is(lang: Lang, (lon, lat): (f64, f64)) -> Markup {
    let config = MapConfig {
        mode: Mode::Show,
        lon,
        lat,
        zoom: 17.0,
        layers: &[Layer::Divisions, Layer::Grids, Layer::Components],
        mark: Some((lon, lat)),
        ..MapConfig::default()
    };
    map(lang, lang.pick("位置", "Where it is"), &config)
}

/// What the log has about this record by itself. Rows of an import stand in one entry about the register.
fn history(def: &RegisterDef, shown: &Shown) -> Markup {
    let lang = shown.values.lang;
    html! {
        section aria-labelledby="history" {
            h2 id="history" { (lang.pick("变更记录", "History")) }
            @if shown.history.is_empty() {
                p class="hint" {
                    @match lang {
                        Lang::Zh => { "没有单条变更。这条记录随日志第 " (shown.record.version) " 条批量写入。" }
                        Lang::En => { "No single changes. The record came with others in log entry " (shown.record.version) "." }
                    }
                }
            } @else {
                ol class="history" { @for entry in shown.history.iter().rev() { (event(def, shown, entry)) } }
            }
        }
    }
}

fn event(def: &RegisterDef, shown: &Shown, entry: &LoggedEntry) -> Markup {
    let lang = shown.values.lang;
    let what = match entry.op.as_str() {
        "registers.put_record"
            if entry.note.get("outcome").and_then(Json::as_str) == Some("created") =>
        {
            lang.pick("新增", "Created")
        }
        "registers.put_record" => lang.pick("修改", "Changed"),
        "registers.remove_record" => lang.pick("移除", "Removed"),
        other => other,
    };
    let fields: Vec<&str> = entry
        .note
        .get("fields")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(|name| def.field(name).map_or(name, |field| field.label.get(lang)))
        .collect();
    let who = entry
        .actor
        .strip_prefix("user:")
        .map_or(entry.actor.as_str(), |id| {
            shown.values.directory.person_name(id)
        });
    html! {
        li {
            p class="history-head" {
                strong { (what) } " " span { (who) } " " time { (shown.values.instant(entry.at)) }
                " " span class="proof" { (lang.pick("日志第 ", "log entry ")) (entry.position) (lang.pick(" 条", "")) }
            }
            @if !fields.is_empty() { p class="history-words" { (fields.join(lang.pick("、", ", "))) } }
        }
    }
}
