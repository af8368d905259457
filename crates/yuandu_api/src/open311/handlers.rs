//! The addresses of GeoReport v2.

use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use yuandu_base::{ErrorKind, Lang, Problem};
use yuandu_identity::{Actor, CaseFacts, OpCtx, Resource};
use yuandu_schema::CodeEntry;

use super::format::Format;
use super::given::Given;
use super::model::{Service, ServiceDefinition, TokenAnswer};
use super::{format, model, query, read, report};
use crate::context::language;
use crate::extract::Path;
use crate::{ApiError, App};

/// The system whose cases are offered here.
pub(super) const SYSTEM: &str = "city-care";
/// The code list that is offered as services.
pub(super) const SERVICES: &str = "categories";

/// The routes under `/open311/v2`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/open311/v2/{name}", get(collection).post(create))
        .route("/open311/v2/services/{name}", get(service_definition))
        .route("/open311/v2/requests/{name}", get(request))
        .route("/open311/v2/tokens/{name}", get(token))
}

/// Who asks here: nobody in particular, whatever cookies came along.
pub(super) fn anonymous(app: &App, lang: Lang) -> OpCtx {
    OpCtx::new(app.realm, Actor::Anonymous, app.clock.clone())
        .in_language(lang)
        .for_purpose("open311")
}

/// The public may follow cases of this system; asked before anything is read for it.
pub(super) fn may_track(app: &App, ctx: &OpCtx) -> Result<(), ApiError> {
    let any = Resource::case(&CaseFacts {
        system: SYSTEM,
        ..CaseFacts::default()
    });
    Ok(app.gate.require(ctx, "cases.track", &any)?)
}

/// Errors of ours in the form of the specification: one for each thing that is wrong, named as the caller named it.
pub(super) fn fault(format: Format, lang: Lang, error: &ApiError) -> Response {
    // The specification knows 400 for input that is wrong.
    let status = match error.status() {
        StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
        status => status,
    };
    if error.problems.is_empty() {
        return format.faults(status, [error.message.get(lang).to_owned()]);
    }
    let told = error.problems.iter().map(|problem| {
        let colon = lang.pick("：", ": ");
        format!("{}{colon}{}", problem.place, problem.message.get(lang))
    });
    format.faults(status, told)
}

/// One sentence of ours in the reader's language.
fn say(
    format: Format,
    status: StatusCode,
    lang: Lang,
    zh: impl Into<String>,
    en: impl Into<String>,
) -> Response {
    let (zh, en) = (zh.into(), en.into());
    format.faults(status, [if lang == Lang::Zh { zh } else { en }])
}

/// Refuses another city's jurisdiction; leaving it out is fine, as there is only one.
fn wrong_jurisdiction(app: &App, given: &Given, format: Format, lang: Lang) -> Option<Response> {
    let asked = given.text("jurisdiction_id")?;
    let own = app.realm.to_string();
    (asked != own).then(|| {
        say(
            format,
            StatusCode::NOT_FOUND,
            lang,
            format!("jurisdiction_id：没有找到 `{asked}`；这里是 {own}"),
            format!("jurisdiction_id: `{asked}` was not found; this server answers for {own}"),
        )
    })
}

/// Parameters of questions that have none of their own.
const PLAIN: [&str; 3] = ["jurisdiction_id", "extensions", "api_key"];

/// Reads the query of a question; what is unknown or given twice is refused.
fn question(
    app: &App,
    (format, lang): (Format, Lang),
    raw: Option<&str>,
    known: &[&str],
) -> Result<Given, Box<Response>> {
    let given = Given::query(raw).map_err(|error| fault(format, lang, &error))?;
    if let Some(refused) = wrong_jurisdiction(app, &given, format, lang) {
        return Err(Box::new(refused));
    }
    let mut problems = given.repeated();
    problems.extend(given.refuse_unknown(known));
    match problems.is_empty() {
        true => Ok(given),
        false => Err(Box::new(fault(format, lang, &ApiError::invalid(problems)))),
    }
}

async fn collection(
    State(app): State<App>,
    headers: HeaderMap,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> Response {
    let lang = language(&headers);
    let Some((name, format)) = Format::of(&name) else {
        return unknown_format(lang);
    };
    let known: &[&str] = match name {
        "services" => &PLAIN,
        "requests" => &query::KNOWN,
        other => {
            return say(
                format,
                StatusCode::NOT_FOUND,
                lang,
                format!("没有 `{other}`；有 services 和 requests"),
                format!("`{other}` was not found; there are services and requests"),
            );
        }
    };
    match question(&app, (format, lang), raw.as_deref(), known) {
        Err(refused) => *refused,
        Ok(_) if name == "services" => services(&app, lang, format),
        Ok(given) => requests(app, lang, format, &given).await,
    }
}

async fn requests(app: App, lang: Lang, format: Format, given: &Given) -> Response {
    let asked = match query::parse(given, app.clock.now()) {
        Ok(asked) => asked,
        Err(problems) => return fault(format, lang, &ApiError::invalid(problems)),
    };
    let unknown: Vec<Problem> = asked
        .codes
        .iter()
        .filter(|code| !is_service(&app, code))
        .map(|code| {
            let (zh, en) = report::no_service(code);
            Problem::new("open311.service_code", "service_code", zh, en)
        })
        .collect();
    if !unknown.is_empty() {
        let mut error = ApiError::invalid(unknown);
        error.kind = ErrorKind::NotFound;
        return fault(format, lang, &error);
    }
    let found = app.run(move |app| read::requests(app, &anonymous(app, lang), &asked));
    match found.await {
        Ok(requests) => format.answer(StatusCode::OK, "service_requests", "request", &requests),
        Err(error) => fault(format, lang, &error),
    }
}

/// Whether a service has or had this code.
fn is_service(app: &App, code: &str) -> bool {
    let lists = app.system(SYSTEM).map(|system| &system.lists);
    lists
        .and_then(|lists| lists.get(SERVICES))
        .is_some_and(|list| list.get(code).is_some())
}

async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Response {
    let lang = language(&headers);
    let Some((name, format)) = Format::of(&name) else {
        return unknown_format(lang);
    };
    if name != "requests" {
        return say(
            format,
            StatusCode::NOT_FOUND,
            lang,
            format!("`{name}` 不接收上报；请发到 requests"),
            format!("`{name}` takes no reports; post them to requests"),
        );
    }
    let mut given = match Given::query(raw.as_deref()) {
        Ok(given) => given,
        Err(error) => return fault(format, lang, &error),
    };
    if let Err(error) = report::form(request, &mut given).await {
        return fault(format, lang, &error);
    }
    if let Some(refused) = wrong_jurisdiction(&app, &given, format, lang) {
        return refused;
    }
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok())
        .map(str::to_owned);
    match app
        .run(move |app| report::open(app, &anonymous(app, lang), &given, key))
        .await
    {
        Ok(accepted) => format.answer(StatusCode::OK, "service_requests", "request", &[accepted]),
        Err(error) => fault(format, lang, &error),
    }
}

fn services(app: &App, lang: Lang, format: Format) -> Response {
    let Some(system) = app.system(SYSTEM) else {
        let (zh, en) = ("没有可上报的事项", "no services are offered");
        return say(format, StatusCode::NOT_FOUND, lang, zh, en);
    };
    let today = app.calendar().local_date(app.clock.now());
    let entries = system
        .lists
        .get(SERVICES)
        .map(yuandu_schema::CodeList::entries)
        .unwrap_or_default();
    let services: Vec<Service> = entries
        .iter()
        .filter(|entry| entry.valid_on(today))
        .map(|entry| service(entry, lang))
        .collect();
    format.answer(StatusCode::OK, "services", "service", &services)
}

fn service(entry: &CodeEntry, lang: Lang) -> Service {
    let group = entry
        .column(lang.pick("class_name_zh", "class_name_en"))
        .unwrap_or_default();
    Service {
        service_code: entry.code.clone(),
        service_name: entry.name.get(lang).to_owned(),
        description: format!("{group}: {}", entry.name.get(lang)),
        metadata: false,
        r#type: "realtime",
        keywords: keywords(entry, lang),
        group: group.to_owned(),
    }
}

/// Everyday words, those of the reader's language first.
fn keywords(entry: &CodeEntry, lang: Lang) -> String {
    let mut words: Vec<&str> = entry.words.iter().map(String::as_str).collect();
    words.sort_by_key(|word| word.is_ascii() == (lang == Lang::Zh));
    words.join(",")
}

async fn service_definition(
    State(app): State<App>,
    headers: HeaderMap,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> Response {
    let lang = language(&headers);
    let Some((code, format)) = Format::of(&name) else {
        return unknown_format(lang);
    };
    if let Err(refused) = question(&app, (format, lang), raw.as_deref(), &PLAIN) {
        return *refused;
    }
    if !is_service(&app, code) {
        let (zh, en) = report::no_service(code);
        let (zh, en) = (format!("service_code：{zh}"), format!("service_code: {en}"));
        return say(format, StatusCode::NOT_FOUND, lang, zh, en);
    }
    let definition = ServiceDefinition {
        service_code: code.to_owned(),
        attributes: Vec::new(),
    };
    match format {
        // A single object, not a list: so the specification has it.
        Format::Json => Json(definition).into_response(),
        Format::Xml => {
            let record = serde_json::to_value(definition).unwrap_or_default();
            (
                [(header::CONTENT_TYPE, "text/xml; charset=utf-8")],
                format::document("service_definition", &record),
            )
                .into_response()
        }
    }
}

async fn request(
    State(app): State<App>,
    headers: HeaderMap,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> Response {
    let lang = language(&headers);
    let Some((number, format)) = Format::of(&name) else {
        return unknown_format(lang);
    };
    if let Err(refused) = question(&app, (format, lang), raw.as_deref(), &PLAIN) {
        return *refused;
    }
    match one(app, lang, number).await {
        Ok(Some(request)) => {
            format.answer(StatusCode::OK, "service_requests", "request", &[request])
        }
        Ok(None) => no_number(format, lang, "service_request_id", number),
        Err(error) => fault(format, lang, &error),
    }
}

/// Numbers are given at once, so the token of a report is its number.
async fn token(
    State(app): State<App>,
    headers: HeaderMap,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> Response {
    let lang = language(&headers);
    let Some((token, format)) = Format::of(&name) else {
        return unknown_format(lang);
    };
    if let Err(refused) = question(&app, (format, lang), raw.as_deref(), &PLAIN) {
        return *refused;
    }
    match one(app, lang, token).await {
        Ok(Some(request)) => {
            let answer = TokenAnswer {
                service_request_id: request.service_request_id,
                token: token.to_owned(),
            };
            format.answer(StatusCode::OK, "service_requests", "request", &[answer])
        }
        Ok(None) => no_number(format, lang, "token", token),
        Err(error) => fault(format, lang, &error),
    }
}

async fn one(app: App, lang: Lang, number: &str) -> Result<Option<model::Request>, ApiError> {
    let number = number.to_owned();
    let found = app
        .run(move |app| read::by_numbers(app, &anonymous(app, lang), std::slice::from_ref(&number)))
        .await?;
    Ok(found.into_iter().next())
}

fn no_number(format: Format, lang: Lang, name: &str, number: &str) -> Response {
    say(
        format,
        StatusCode::NOT_FOUND,
        lang,
        format!("{name}：没有找到 `{number}`，请核对编号"),
        format!("{name}: `{number}` was not found; check the number"),
    )
}

fn unknown_format(lang: Lang) -> Response {
    say(
        Format::Json,
        StatusCode::BAD_REQUEST,
        lang,
        "地址要以 .json 或 .xml 结尾",
        "the address must end in .json or .xml",
    )
}
