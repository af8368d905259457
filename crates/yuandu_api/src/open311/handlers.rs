//! The addresses of GeoReport v2.

use std::collections::HashMap;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use yuandu_base::{ErrorKind, Lang};
use yuandu_identity::{Actor, CaseFacts, OpCtx, Resource};
use yuandu_schema::CodeEntry;

use super::format::Format;
use super::model::{Service, ServiceDefinition, TokenAnswer};
use super::{format, query, read, report};
use crate::context::language;
use crate::extract::{Path, Query};
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

/// An error of ours in the words of the specification.
pub(super) fn fault(format: Format, lang: Lang, error: &ApiError) -> Response {
    let mut words = error.message.get(lang).to_owned();
    for problem in &error.problems {
        words.push_str(&format!(
            "; {}: {}",
            problem.place,
            problem.message.get(lang)
        ));
    }
    // The specification knows 400 for input that is wrong.
    let status = if error.kind == ErrorKind::Invalid {
        StatusCode::BAD_REQUEST
    } else {
        error.status()
    };
    format.fault(status, words)
}

/// Refuses another city's jurisdiction; leaving it out is fine, as there is only one.
fn wrong_jurisdiction(
    app: &App,
    parameters: &HashMap<String, String>,
    format: Format,
) -> Option<Response> {
    let asked = parameters
        .get("jurisdiction_id")
        .map(String::as_str)
        .filter(|asked| !asked.is_empty())?;
    let own = app.realm.to_string();
    (asked != own).then(|| {
        format.fault(
            StatusCode::NOT_FOUND,
            format!("jurisdiction_id `{asked}` was not found; this server answers for {own}"),
        )
    })
}

async fn collection(
    State(app): State<App>,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(parameters): Query<HashMap<String, String>>,
) -> Response {
    let Some((name, format)) = Format::of(&name) else {
        return unknown_format();
    };
    if let Some(refused) = wrong_jurisdiction(&app, &parameters, format) {
        return refused;
    }
    let lang = language(&headers);
    match name {
        "services" => services(&app, lang, format),
        "requests" => requests(app, lang, format, &parameters).await,
        other => format.fault(
            StatusCode::NOT_FOUND,
            format!("`{other}` was not found; there are services and requests"),
        ),
    }
}

async fn requests(
    app: App,
    lang: Lang,
    format: Format,
    parameters: &HashMap<String, String>,
) -> Response {
    let asked = match query::parse(parameters, app.clock.now()) {
        Ok(asked) => asked,
        Err(words) => return format.fault(StatusCode::BAD_REQUEST, words),
    };
    let found = app.run(move |app| read::requests(app, &anonymous(app, lang), &asked));
    match found.await {
        Ok(requests) => format.answer(StatusCode::OK, "service_requests", "request", &requests),
        Err(error) => fault(format, lang, &error),
    }
}

async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(mut parameters): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    let Some((name, format)) = Format::of(&name) else {
        return unknown_format();
    };
    if name != "requests" {
        return format.fault(
            StatusCode::NOT_FOUND,
            format!("`{name}` takes no reports; post them to requests"),
        );
    }
    match report::form(request).await {
        Ok(form) => parameters.extend(form),
        Err((status, words)) => return format.fault(status, words),
    }
    if let Some(refused) = wrong_jurisdiction(&app, &parameters, format) {
        return refused;
    }
    let lang = language(&headers);
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok())
        .map(str::to_owned);
    match app
        .run(move |app| report::open(app, &anonymous(app, lang), &parameters, key))
        .await
    {
        Ok(accepted) => format.answer(StatusCode::OK, "service_requests", "request", &[accepted]),
        Err(error) => fault(format, lang, &error),
    }
}

fn services(app: &App, lang: Lang, format: Format) -> Response {
    let Some(system) = app.system(SYSTEM) else {
        return format.fault(StatusCode::NOT_FOUND, "no services are offered");
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
        keywords: entry.words.join(","),
        group: group.to_owned(),
    }
}

async fn service_definition(State(app): State<App>, Path(name): Path<String>) -> Response {
    let Some((code, format)) = Format::of(&name) else {
        return unknown_format();
    };
    let known = app
        .system(SYSTEM)
        .and_then(|system| system.lists.get(SERVICES))
        .is_some_and(|list| list.get(code).is_some());
    if !known {
        return format.fault(
            StatusCode::NOT_FOUND,
            format!("service_code `{code}` was not found; see services"),
        );
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

async fn request(State(app): State<App>, headers: HeaderMap, Path(name): Path<String>) -> Response {
    let Some((number, format)) = Format::of(&name) else {
        return unknown_format();
    };
    let lang = language(&headers);
    let number = number.to_owned();
    let found = app
        .run(move |app| read::by_numbers(app, &anonymous(app, lang), std::slice::from_ref(&number)))
        .await;
    match found {
        Ok(requests) if requests.is_empty() => {
            format.fault(StatusCode::NOT_FOUND, "service_request_id was not found")
        }
        Ok(requests) => format.answer(StatusCode::OK, "service_requests", "request", &requests),
        Err(error) => fault(format, lang, &error),
    }
}

/// Numbers are given at once, so the token of a report is its number.
async fn token(State(app): State<App>, headers: HeaderMap, Path(name): Path<String>) -> Response {
    let Some((token, format)) = Format::of(&name) else {
        return unknown_format();
    };
    let lang = language(&headers);
    let token = token.to_owned();
    let asked = token.clone();
    match app
        .run(move |app| read::by_numbers(app, &anonymous(app, lang), &[asked]))
        .await
    {
        Ok(requests) => match requests.into_iter().next() {
            Some(request) => {
                let answer = TokenAnswer {
                    service_request_id: request.service_request_id,
                    token,
                };
                format.answer(StatusCode::OK, "service_requests", "request", &[answer])
            }
            None => format.fault(StatusCode::NOT_FOUND, "token was not found"),
        },
        Err(error) => fault(format, lang, &error),
    }
}

fn unknown_format() -> Response {
    Format::Json.fault(
        StatusCode::BAD_REQUEST,
        "the address must end in .json or .xml",
    )
}
