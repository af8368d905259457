//! A call as it is recorded: an order, an answer given, an emergency put through, or a city-care case where it is one.

use serde_json::{Map, Value as Json, json};
use yuandu_api::operations::cases;
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Lang, Problem};
use yuandu_process::OpenCase;
use yuandu_schema::FieldDef;

use super::SYSTEM;
use crate::pages::forms::read_declared;
use crate::pages::forms::sent::Sent;
use crate::pages::here::Here;

/// Facts that the page asks for; a system takes those it declares.
const ASKED: [&str; 8] = [
    "words",
    "appeal",
    "line",
    "put_through",
    "contact_name",
    "contact_phone",
    "answer",
    "related",
];

/// What to say of it, or every problem of the form.
pub(super) type Recorded = Result<String, Vec<Problem>>;

/// Records what was sent: one matter is one case, in the system it belongs to.
pub(super) fn record(app: &App, here: &Here, sent: &Sent) -> Result<Recorded, ApiError> {
    let way = sent.text("way");
    let mut problems = needed(sent, way);
    let value = sent
        .given("category_other")
        .or_else(|| sent.given("category"));
    let chosen = value.and_then(|value| value.split_once('/'));
    let Some((system, category)) = chosen else {
        problems.push(Problem::new(
            "hotline.category_missing",
            "category",
            "请选择类别：右侧的建议，或列表中的一项",
            "choose a category: a suggestion, or one of the list",
        ));
        return Ok(Err(problems));
    };
    if system != SYSTEM && way != "order" {
        problems.push(Problem::new(
            "hotline.city_care_order",
            "category",
            "城市管理问题请形成工单，由城市管理流程办理；当场答复请选热线类别",
            "a city-care matter is made an order; for an answer given at once choose a category of the hotline",
        ));
    }
    let facts = match facts(app, system, sent) {
        Ok(facts) => facts,
        Err(Refused::Form(found)) => {
            problems.extend(found);
            Map::new()
        }
        Err(Refused::Other(error)) => return Err(error),
    };
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let facts = completed(facts, system, way);
    match open(app, here, sent, (system, category), facts) {
        Ok(number) => Ok(Ok(said(here.lang(), system, way, &number))),
        Err(error) if error.kind == ErrorKind::Invalid && !error.problems.is_empty() => {
            Ok(Err(error.problems))
        }
        Err(error) => Err(error),
    }
}

/// What the chosen way cannot do without.
fn needed(sent: &Sent, way: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if way == "answer" && sent.given("answer").is_none() {
        problems.push(Problem::new(
            "hotline.answer_missing",
            "answer",
            "请写下答复了什么",
            "write what was answered",
        ));
    }
    if way == "transfer" && sent.given("put_through").is_none() {
        problems.push(Problem::new(
            "hotline.number_missing",
            "put_through",
            "请选择转接到哪个紧急电话",
            "choose the emergency number",
        ));
    }
    problems
}

enum Refused {
    Form(Vec<Problem>),
    Other(ApiError),
}

fn facts(app: &App, system: &str, sent: &Sent) -> Result<Map<String, Json>, Refused> {
    let kind = app
        .engine
        .kind(system)
        .map_err(|error| Refused::Other(error.into()))?;
    let asked: Vec<&FieldDef> = kind
        .declared
        .fields
        .iter()
        .filter(|field| ASKED.contains(&field.name.as_str()))
        .filter(|field| system == SYSTEM || field.name != "answer")
        .collect();
    let mut facts = read_declared(asked, sent).map_err(Refused::Form)?;
    facts.retain(|_, value| !value.is_null());
    Ok(facts)
}

/// Adds what follows from the way and the system; an answer or a number of another way is not recorded.
fn completed(mut facts: Map<String, Json>, system: &str, way: &str) -> Map<String, Json> {
    if system != SYSTEM {
        facts.insert("reporter_kind".to_owned(), json!("public"));
        return facts;
    }
    facts.insert("way".to_owned(), json!(way));
    if way != "answer" {
        facts.remove("answer");
    }
    if way != "transfer" {
        facts.remove("put_through");
    }
    facts
}

fn open(
    app: &App,
    here: &Here,
    sent: &Sent,
    (system, category): (&str, &str),
    facts: Map<String, Json>,
) -> Result<String, ApiError> {
    let mut request = OpenCase {
        system: system.to_owned(),
        category: Some(category.to_owned()),
        address: sent.given("address").map(str::to_owned),
        channel: "hotline".to_owned(),
        facts,
        idempotency: sent.key(),
        ..OpenCase::default()
    };
    cases::locate(app, &mut request)?;
    let opened = app.engine.open_case(&here.visitor.ctx, &request)?;
    Ok(opened.number)
}

fn said(lang: Lang, system: &str, way: &str, number: &str) -> String {
    match (system == SYSTEM, way, lang) {
        (false, _, Lang::Zh) => format!("已开城市管理案卷 {number}，请把编号告诉来电人。"),
        (false, _, Lang::En) => {
            format!("City-care case {number} is open; tell the caller the number.")
        }
        (true, "order", Lang::Zh) => format!("已形成工单 {number}，请把编号告诉来电人。"),
        (true, "order", Lang::En) => format!("Order {number} is made; tell the caller the number."),
        (true, _, Lang::Zh) => format!("已记录 {number}。"),
        (true, _, Lang::En) => format!("{number} is recorded."),
    }
}
