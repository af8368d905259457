//! The agent's page: one screen for one call. What is typed brings category, unit and clause, similar orders, articles and outages.
//!
//! Works without scripts by the button "look up"; with scripts the right side follows the typing.

mod help;
mod record;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use yuandu_api::desk::{Help, Spoken};
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Lang, Problem};
use yuandu_registers::{ColumnFilter, ListRecords, RecordView, Sort};
use yuandu_schema::CodeLists;

use super::flash::{Flash, lead_to};
use super::words::Words;
use crate::pages::error::PageError;
use crate::pages::forms::categories::CATEGORIES;
use crate::pages::forms::posted::Posted;
use crate::pages::forms::sent::Sent;
use crate::pages::forms::values::Values;
use crate::pages::forms::{fresh_key, names};
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::{self, Field, Opt, TextKind};
use yuandu_design::components::form::{Errors, Form, error_summary_naming, form as frame};

/// The system of orders.
pub(super) const SYSTEM: &str = "hotline";
/// Calls that came in and wait for an agent.
const CALLS: &str = "hotline.call";
/// Waiting calls shown at most.
const WAITING: usize = 5;

/// What the page needs beside what was typed.
struct Around {
    words: Words,
    lists: CodeLists,
    calls: Vec<RecordView>,
    help: Help,
}

/// `GET /work/hotline`: with `call`, the page begins with that call's number and line.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
    Query(known): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    here.officer()?;
    let sent = taken(&app, &here, Sent::of_pairs(known)).await?;
    page(&app, &here, &flash, &Values::typed(&sent), &[]).await
}

/// `GET /work/hotline/help`: the right side for what is typed so far, as a fragment.
pub(super) async fn help(
    State(app): State<App>,
    here: Here,
    Query(known): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    here.officer()?;
    let values = Values::typed(&Sent::of_pairs(known));
    let around = around(&app, &here, &values).await?;
    Ok(help::shown(&app, &around.words, &around.help, &values).into_response())
}

/// `POST /work/hotline`: looks up, or records the call and makes room for the next.
pub(super) async fn send(
    State(app): State<App>,
    flash: Flash,
    posted: Posted,
) -> Result<Response, PageError> {
    let Posted { here, sent } = posted;
    here.officer()?;
    if sent.text("way") == "look" {
        return page(&app, &here, &flash, &Values::typed(&sent), &[]).await;
    }
    let reader = here.clone();
    let (made, sent) = app
        .run(move |app| Ok((record::record(app, &reader, &sent)?, sent)))
        .await?;
    match made {
        Ok(said) => Ok(lead_to("/work/hotline", &said)),
        Err(problems) => {
            let page = page(&app, &here, &flash, &Values::typed(&sent), &problems).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Number and line of the call that is taken; reading the number leaves its line in the log.
async fn taken(app: &App, here: &Here, mut sent: Sent) -> Result<Sent, ApiError> {
    let Some(call) = sent.given("call").map(str::to_owned) else {
        return Ok(sent);
    };
    let reader = here.clone();
    let call = app
        .run(move |app| {
            Ok(app
                .registers
                .get_record(&reader.visitor.ctx, CALLS, &call, true)?)
        })
        .await?;
    for (field, name) in [("phone", "contact_phone"), ("line", "line")] {
        if let Some(value) = call.values.get(field).and_then(serde_json::Value::as_str) {
            sent.replace(name, vec![value.to_owned()]);
        }
    }
    Ok(sent)
}

async fn around(app: &App, here: &Here, values: &Values) -> Result<Around, ApiError> {
    let spoken = Spoken {
        words: values.text("words").to_owned(),
        phone: values.text("contact_phone").replace([' ', '-'], ""),
        address: values.text("address").to_owned(),
        category: chosen(values).map(|(system, code)| (system.to_owned(), code.to_owned())),
    };
    let reader = here.clone();
    app.run(move |app| {
        let lists = app
            .system(SYSTEM)
            .ok_or_else(ApiError::not_found)?
            .lists
            .clone();
        let ctx = &reader.visitor.ctx;
        Ok(Around {
            words: Words::new(app, &reader)?,
            lists,
            calls: waiting(app, &reader)?,
            help: app.desk().help(app, ctx, &spoken)?,
        })
    })
    .await
}

/// Calls that wait; none for officers who may not list them.
fn waiting(app: &App, here: &Here) -> Result<Vec<RecordView>, ApiError> {
    let list = ListRecords {
        register: CALLS.to_owned(),
        filters: vec![(
            "state".to_owned(),
            ColumnFilter::OneOf(vec!["waiting".to_owned()]),
        )],
        sort: Some(Sort {
            field: "at".to_owned(),
            descending: true,
        }),
        limit: WAITING,
        ..ListRecords::default()
    };
    match app.registers.list_records(&here.visitor.ctx, &list) {
        Ok(page) => Ok(page.records),
        Err(error) if error.kind() == ErrorKind::Denied => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// System and code of the chosen category: a suggestion, or else one of the list.
pub(super) fn chosen(values: &Values) -> Option<(&str, &str)> {
    let suggested = values.text("category");
    let other = values.text("category_other");
    let value = if other.is_empty() { suggested } else { other };
    value.split_once('/')
}

async fn page(
    app: &App,
    here: &Here,
    flash: &Flash,
    values: &Values,
    problems: &[Problem],
) -> Result<Response, PageError> {
    let lang = here.lang();
    let around = around(app, here, values).await?;
    let errors = Errors(problems);
    let inner = html! {
        div class="desk" {
            div class="desk-order" {
                (said_fields(lang, values, &errors))
                (kind_fields(app, &around, values, &errors))
                (ways(lang, &around, values, &errors))
            }
            aside id="desk-help" class="desk-help" aria-live="polite" aria-label=(lang.pick("参考", "Help"))
                hx-get="/work/hotline/help" hx-trigger="input from:'closest form' delay:150ms" hx-sync="this:replace" hx-swap="innerHTML"
                hx-include="[name='words'], [name='contact_phone'], [name='address'], [name='category']:checked, [name='category_other']" {
                (help::shown(app, &around.words, &around.help, values))
            }
        }
    };
    let key = fresh_key();
    let title = lang.pick("来电受理", "Calls");
    let body = html! {
        h1 { (title) }
        (error_summary_naming(lang, &errors, &names::of_a_report(lang)))
        (calls(&around))
        (frame(lang, &Form::new("/work/hotline", &here.csrf).key(&key), &inner))
    };
    Ok(flash.page(here, title, false, &body))
}

fn calls(around: &Around) -> Markup {
    let lang = around.words.lang;
    html! {
        @if !around.calls.is_empty() {
            nav class="desk-calls" aria-label=(lang.pick("等待接听", "Waiting calls")) {
                @for call in &around.calls {
                    @let text = |name: &str| call.values.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
                    a class="button" href={ "/work/hotline?call=" (call.id) } {
                        (lang.pick("接听 ", "Take ")) (around.words.instant_of(text("at"))) " · " (text("line"))
                    }
                }
            }
        }
    }
}

fn said_fields(lang: Lang, values: &Values, errors: &Errors<'_>) -> Markup {
    let field = |name, zh, en| {
        Field::new(name, lang.pick(zh, en))
            .value(values.text(name))
            .error(errors.of(lang, name))
    };
    let words = field("words", "诉求", "What the caller wants").required();
    html! {
        div class="desk-row" {
            (field::text(lang, &field("contact_phone", "来电号码", "Caller's number"), TextKind::Phone))
            (field::text(lang, &field("contact_name", "称呼", "Name"), TextKind::Words))
            (field::text(lang, &field("line", "拨打的号码", "Number dialled"), TextKind::Code))
        }
        (field::textarea(lang, &words, 5, Some(2000)))
        (field::text(lang, &field("address", "地点", "Place"), TextKind::Words))
    }
}

fn kind_fields(app: &App, around: &Around, values: &Values, errors: &Errors<'_>) -> Markup {
    let lang = around.words.lang;
    let appeals = options(&around.lists, "appeal-types", lang);
    let appeals: Vec<Opt<'_>> = appeals
        .iter()
        .map(|(value, label)| Opt::new(value, label))
        .collect();
    let appeal = match values.text("appeal") {
        "" => "help",
        given => given,
    };
    let appeal = Field::new("appeal", lang.pick("诉求类型", "Kind of appeal"))
        .required()
        .value(appeal)
        .error(errors.of(lang, "appeal"));
    let other = Field::new(
        "category_other",
        lang.pick(
            "类别（右侧没有时选）",
            "Category, if not among the suggestions",
        ),
    )
    .value(values.text("category_other"))
    .error(errors.of(lang, "category"));
    html! {
        div class="desk-row" {
            (field::select(lang, &appeal, &appeals))
            (field::wrap(lang, &other, &all_categories(app, &around.words, &other)))
        }
    }
}

/// Every category of every system that an agent may open, by class.
fn all_categories(app: &App, words: &Words, field: &Field<'_>) -> Markup {
    let lang = words.lang;
    let today = words.calendar.local_date(words.now);
    let column = lang.pick("class_name_zh", "class_name_en");
    html! {
        select id=(field.id()) name=(field.name) aria-describedby=[field.described_by()] aria-invalid=[field.error.map(|_| "true")] {
            option value="" { (lang.pick("按右侧建议", "As suggested")) }
            @for system in help::systems(app) {
                @if let Some(list) = system.lists.get(CATEGORIES) {
                    @for class in list.entries().chunk_by(|one, next| one.class == next.class) {
                        optgroup label=(class.first().and_then(|entry| entry.column(column)).unwrap_or_default()) {
                            @for entry in class.iter().filter(|entry| entry.valid_on(today)) {
                                @let value = format!("{}/{}", system.id, entry.code);
                                option value=(value) selected[value == field.value] { (entry.name.get(lang)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The three things that can be done with a call, each with what it needs.
fn ways(lang: Lang, around: &Around, values: &Values, errors: &Errors<'_>) -> Markup {
    let answer = Field::new("answer", lang.pick("当场答复", "Answer given at once"))
        .value(values.text("answer"))
        .error(errors.of(lang, "answer"));
    let numbers = options(&around.lists, "emergency-numbers", lang);
    let numbers: Vec<Opt<'_>> = numbers
        .iter()
        .map(|(value, label)| Opt::new(value, label))
        .collect();
    let through = Field::new("put_through", lang.pick("紧急转接到", "Put through to"))
        .value(values.text("put_through"))
        .error(errors.of(lang, "put_through"));
    html! {
        div class="buttons" {
            button type="submit" name="way" value="order" class="button primary" accesskey="s" { (lang.pick("形成工单", "Make an order")) }
            button type="submit" name="way" value="look" class="button" formnovalidate accesskey="f" { (lang.pick("查找参考", "Look up")) }
        }
        (field::textarea(lang, &answer, 2, Some(2000)))
        (button::row(&[button::submit_as(lang.pick("已当场答复", "Answered at once"), "way", "answer", Weight::Plain)]))
        div class="desk-row" {
            (field::select(lang, &through, &numbers))
            (button::row(&[button::submit_as(lang.pick("已转接", "Put through"), "way", "transfer", Weight::Plain)]))
        }
    }
}

fn options(lists: &CodeLists, list: &str, lang: Lang) -> Vec<(String, String)> {
    lists.get(list).map_or_else(Vec::new, |list| {
        list.entries()
            .iter()
            .map(|entry| (entry.code.clone(), entry.name.get(lang).to_owned()))
            .collect()
    })
}
