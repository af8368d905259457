//! Writing a record by hand: a form made from the declared fields. Facts that another register keeps are not asked.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use serde_json::Value as Json;
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Lang, Problem};
use yuandu_registers::{PutOutcome, PutRecord, PutResult, RecordView};
use yuandu_schema::{FieldDef, FieldType, RegisterDef, Requirement};
use yuandu_store::IdempotencyKey;

use super::values::{Values, is_live};
use super::{may, record_path, register};
use crate::pages::error::PageError;
use crate::pages::forms::declared::Asking;
use crate::pages::forms::posted::Posted;
use crate::pages::forms::values::Values as Typed;
use crate::pages::forms::{fresh_key, read_declared};
use crate::pages::here::Here;
use crate::pages::work::flash::lead_to;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::counted::counted;
use yuandu_design::components::field::{Field, fact};
use yuandu_design::components::form::{Errors, Form, error_summary, form};
use yuandu_design::components::map::{Layer, MapConfig, Mode};
use yuandu_design::components::navigation::{Link, breadcrumb};
use yuandu_design::shell::{Audience, render};

/// What a form is shown with.
struct Asked {
    typed: Typed,
    problems: Vec<Problem>,
    values: Values,
    /// The record that is changed, as its key and the version seen.
    of: Option<(String, String)>,
    /// Fields whose value the officer may not see and therefore not change.
    masked: Vec<String>,
}

/// `GET /work/registers/{register}/new`.
pub(super) async fn new(
    State(app): State<App>,
    here: Here,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    here.officer()?;
    let (reader, of) = (here.clone(), name.clone());
    let asked = app
        .run(move |app| {
            let def = writable(app, &reader, &of)?;
            Ok(Asked {
                typed: defaults(app, def),
                problems: Vec::new(),
                values: Values::new(app, reader.lang(), def)?,
                of: None,
                masked: Vec::new(),
            })
        })
        .await?;
    let def = app.registers.def(&name).map_err(ApiError::from)?;
    Ok(page(&app, &here, def, &asked))
}

/// `GET /work/registers/{register}/records/{id}/edit`.
pub(super) async fn edit(
    State(app): State<App>,
    here: Here,
    Path((name, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    here.officer()?;
    let (reader, of) = (here.clone(), name.clone());
    let asked = app
        .run(move |app| {
            let def = writable(app, &reader, &of)?;
            let record = app
                .registers
                .get_record(&reader.visitor.ctx, &of, &id, false)?;
            Ok(Asked {
                typed: recorded(app, def, &record),
                problems: Vec::new(),
                values: Values::new(app, reader.lang(), def)?,
                of: Some((record.id, record.version.to_string())),
                masked: record.masked.into_iter().collect(),
            })
        })
        .await?;
    let def = app.registers.def(&name).map_err(ApiError::from)?;
    Ok(page(&app, &here, def, &asked))
}

/// `POST /work/registers/{register}/records`.
pub(super) async fn save(
    State(app): State<App>,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let here = posted.here.clone();
    let of = name.clone();
    let attempt = app.run(move |app| attempt(app, &posted, &of)).await?;
    let lang = here.lang();
    match attempt {
        Ok(result) => {
            let said = match result.outcome {
                PutOutcome::Created => {
                    lang.pick("已新增，写入日志。", "Created, and written to the log.")
                }
                PutOutcome::Updated => {
                    lang.pick("已修改，写入日志。", "Changed, and written to the log.")
                }
                PutOutcome::Proposed => lang.pick(
                    "已提出，等待另一人审核",
                    "Proposed; it waits for a second person",
                ),
                PutOutcome::Unchanged => lang.pick(
                    "内容没有变化，什么都没有写。",
                    "Nothing differed, so nothing was written.",
                ),
            };
            let place = match result.outcome {
                PutOutcome::Proposed => format!("/work/registers/{name}/drafts"),
                _ => record_path(&name, &result.id),
            };
            Ok(lead_to(&place, said))
        }
        Err(asked) => {
            let def = app.registers.def(&name).map_err(ApiError::from)?;
            let mut response = page(&app, &here, def, &asked);
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

/// Writes what was sent, or gives the form back with what is wrong.
fn attempt(
    app: &App,
    posted: &Posted,
    name: &str,
) -> Result<Result<PutResult, Box<Asked>>, ApiError> {
    let (here, sent) = (&posted.here, &posted.sent);
    let def = writable(app, here, name)?;
    let of = sent
        .given("_id")
        .map(|id| (id.to_owned(), sent.text("_version").to_owned()));
    let masked: Vec<String> = sent.all("_masked");
    let fields = asked_fields(def, &masked);
    let again = |problems: Vec<Problem>| {
        Ok(Err(Box::new(Asked {
            typed: Typed::typed(sent),
            problems,
            values: Values::new(app, here.lang(), def)?,
            of: of.clone(),
            masked: masked.clone(),
        })))
    };
    let data = match read_declared(fields.iter().copied(), sent) {
        Ok(data) => data,
        Err(problems) => return again(problems),
    };
    let put = PutRecord {
        register: name.to_owned(),
        create: of.is_none(),
        version: of
            .as_ref()
            .map(|(_, version)| version.parse().unwrap_or_default()),
        idempotency: sent.key().map(|key| IdempotencyKey {
            fingerprint: format!("{name}{}", Json::Object(data.clone())),
            key,
        }),
        data,
    };
    match app
        .registers
        .put_record(&here.visitor.ctx, &put)
        .map_err(ApiError::from)
    {
        Ok(result) => Ok(Ok(result)),
        Err(error) if !error.problems.is_empty() => again(error.problems),
        // What was typed is worth more than the page that says why: the newer record is one click away.
        Err(error) if error.kind == ErrorKind::Conflict => again(vec![Problem::new(
            &error.code,
            "",
            error.message.zh.clone(),
            error.message.en.clone(),
        )]),
        Err(error) => Err(error),
    }
}

fn writable<'a>(app: &'a App, here: &Here, name: &str) -> Result<&'a RegisterDef, ApiError> {
    let ctx = &here.visitor.ctx;
    let def = register(app, ctx, name)?;
    if may(app, ctx, "registers.write", def) {
        return Ok(def);
    }
    Err(ApiError::new(
        ErrorKind::Denied,
        "denied",
        "这个岗位不能修改登记簿；需要修改时请联系数据管理员",
        "this post may not change registers; ask the registrar for the change",
    ))
}

/// Fields a person may fill in. Photos of registers have no form yet and keep what they have.
fn asked_fields<'d>(def: &'d RegisterDef, masked: &[String]) -> Vec<&'d FieldDef> {
    def.fields
        .iter()
        .filter(|field| !is_live(field) && !masked.contains(&field.name))
        .filter(|field| !matches!(field.kind, FieldType::Photos { .. }))
        .collect()
}

fn defaults(app: &App, def: &RegisterDef) -> Typed {
    let mut typed = Typed::default();
    for field in &def.fields {
        let default = field
            .default_literal()
            .and_then(|text| field.check_text(text).ok());
        if let Some(value) = default {
            typed.set(field, &value, app.calendar().time_zone());
        }
    }
    typed
}

fn recorded(app: &App, def: &RegisterDef, record: &RecordView) -> Typed {
    let mut typed = Typed::default();
    for field in &def.fields {
        if let Some(value) = record.values.get(&field.name) {
            typed.set(field, value, app.calendar().time_zone());
        }
    }
    typed
}

fn page(app: &App, here: &Here, def: &RegisterDef, asked: &Asked) -> Response {
    let (lang, name) = (here.lang(), def.full_name());
    let title = match asked.of {
        Some(_) => lang.pick("修改记录", "Change a record"),
        None => lang.pick("新增记录", "New record"),
    };
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
    let errors = Errors(&asked.problems);
    let action = format!("{list}/records");
    let key = fresh_key();
    let back = asked
        .of
        .as_ref()
        .map_or(list.clone(), |(id, _)| record_path(&name, id));
    let word = if def.approval {
        lang.pick("提出变更", "Propose the change")
    } else {
        lang.pick("保存", "Save")
    };
    let inputs = html! {
        @if def.approval {
            p class="hint" { (lang.pick("这个登记簿的变更由另一人审核通过后才写入。", "In this register a change is written once another person has approved it.")) }
        }
        (inputs(app, here, def, asked))
        (button::row(&[
            button::submit(word, Weight::Primary),
            button::link(lang.pick("取消", "Cancel"), &back, Weight::Plain),
        ]))
    };
    let body = html! {
        (breadcrumb(lang, &way, title))
        h1 { (def.title.get(lang)) (lang.pick("：", ": ")) (title) }
        (error_summary(lang, &errors))
        (form(lang, &Form::new(&action, &here.csrf).key(&key), &inputs))
    };
    let has_place = def
        .fields
        .iter()
        .any(|field| field.kind == FieldType::Position);
    let page = here.page(Audience::Officer, title);
    let page = if has_place { page.map() } else { page };
    render(&page, &body).into_response()
}

fn inputs(app: &App, here: &Here, def: &RegisterDef, asked: &Asked) -> Markup {
    let lang = here.lang();
    let asking = Asking {
        lang,
        lists: &asked.values.lists,
        directory: &asked.values.directory,
        today: app.calendar().local_date(here.visitor.ctx.now()),
        errors: Errors(&asked.problems),
        values: &asked.typed,
        map: MapConfig {
            mode: Mode::Pick,
            layers: &[Layer::Divisions, Layer::Grids, Layer::Components],
            ..MapConfig::default()
        },
    };
    html! {
        (count(app, lang, def, asked))
        @if let Some((id, version)) = &asked.of {
            input type="hidden" name="_id" value=(id);
            input type="hidden" name="_version" value=(version);
        }
        @for name in &asked.masked { input type="hidden" name="_masked" value=(name); }
        @for field in asked_fields(def, &asked.masked) {
            // A key names the record: another key would be another record.
            @if asked.of.is_some() && def.key.contains(&field.name) {
                input type="hidden" name=(field.name) value=(asked.typed.text(&field.name));
                (fact(lang, &Field::new(&field.name, field.label.get(lang)).value(asked.typed.text(&field.name)), None))
            } @else {
                (asking.field(field, field.required == Requirement::Always))
            }
        }
        @for field in def.fields.iter().filter(|field| is_live(field)) { (looked_up(app, lang, (def, field), asked)) }
        @if !asked.masked.is_empty() {
            p class="hint" { (lang.pick("受限的内容没有列出，保持不变。", "Restricted values are not listed and stay as they are.")) }
        }
    }
}

/// A fact that another register keeps, with where it is from and the way to say that it is wrong.
fn looked_up(
    app: &App,
    lang: Lang,
    (def, field): (&RegisterDef, &FieldDef),
    asked: &Asked,
) -> Markup {
    let text = asked.typed.text(&field.name);
    let (Some((id, _)), false) = (&asked.of, text.is_empty()) else {
        return html! {};
    };
    let shown = asked.values.text(field, Some(&Json::from(text)));
    let source = title_of_source(app, lang, field).unwrap_or_default();
    let dispute = format!(
        "{}/dispute?field={}",
        record_path(&def.full_name(), id),
        field.name
    );
    let known = Field::new(&field.name, field.label.get(lang))
        .value(&shown)
        .source(source);
    fact(lang, &known, Some(&dispute))
}

/// The register that keeps a fact.
fn title_of_source<'a>(app: &'a App, lang: Lang, field: &FieldDef) -> Option<&'a str> {
    let (register, _) = field.source.as_deref()?.rsplit_once('.')?;
    Some(app.registers.def(register).ok()?.title.get(lang))
}

/// How much is asked, and which facts are not because another register keeps them.
fn count(app: &App, lang: Lang, def: &RegisterDef, asked: &Asked) -> Markup {
    let fields = asked_fields(def, &asked.masked);
    let open = |field: &&&FieldDef| asked.of.is_none() || !def.key.contains(&field.name);
    let count = fields.iter().filter(open).count();
    let known: Vec<String> = def
        .fields
        .iter()
        .filter(|field| is_live(field))
        .filter_map(|field| {
            let title = title_of_source(app, lang, field)?;
            Some(match lang {
                Lang::Zh => format!("{}（{title}）", field.label.zh),
                Lang::En => format!("{} ({title})", field.label.en),
            })
        })
        .collect();
    counted(lang, count, &known)
}
