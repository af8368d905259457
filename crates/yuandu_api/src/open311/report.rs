//! `POST requests`: a report from another program becomes a case like any other.

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::{StatusCode, header};
use serde_json::{Map, Value, json};
use yuandu_base::{ErrorKind, Problem};
use yuandu_identity::OpCtx;
use yuandu_process::{OpenCase, ProcessError};

use super::given::{Given, not_utf8};
use super::handlers::{SERVICES, SYSTEM};
use super::location;
use super::model::Accepted;
use crate::extract::body_lost;
use crate::{ApiError, App, operations};

/// Parameters of the specification that are not kept.
const NOT_KEPT: [&str; 6] = [
    "email",
    "device_id",
    "account_id",
    "media",
    "media_url",
    "api_key",
];

/// Parameters of the specification that are known here; what begins with `attribute[` is told apart.
const KNOWN: [&str; 12] = [
    "jurisdiction_id",
    "service_code",
    "lat",
    "long",
    "lon",
    "address_string",
    "address_id",
    "description",
    "first_name",
    "last_name",
    "phone",
    "attribute",
];

/// Adds the fields of a form, urlencoded or in parts; files in it are not kept.
pub(super) async fn form(request: Request, given: &mut Given) -> Result<(), ApiError> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data")) {
        let parts = Multipart::from_request(request, &()).await;
        return in_parts(parts.map_err(|refused| lost(refused.status()))?, given).await;
    }
    // Without a type it is taken for a form: the specification's own examples send none.
    let other = kind.is_some_and(|kind| {
        let named = kind.to_str().unwrap_or_default().to_ascii_lowercase();
        !named.starts_with("application/x-www-form-urlencoded")
    });
    if other {
        return Err(lost(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let body = Bytes::from_request(request, &())
        .await
        .map_err(|refused| lost(refused.status()))?;
    given.read(&body)
}

async fn in_parts(mut parts: Multipart, given: &mut Given) -> Result<(), ApiError> {
    while let Some(part) = parts
        .next_field()
        .await
        .map_err(|broken| lost(broken.status()))?
    {
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = part.file_name().is_some();
        let bytes = part.bytes().await.map_err(|broken| lost(broken.status()))?;
        let text = if is_file {
            String::new()
        } else {
            String::from_utf8(bytes.into()).map_err(|_| not_utf8(&name))?
        };
        given.add(name, text)?;
    }
    Ok(())
}

fn lost(status: StatusCode) -> ApiError {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return body_lost(status);
    }
    let code = match status {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "media_type",
        _ => "body.unreadable",
    };
    ApiError::new(
        ErrorKind::Invalid,
        code,
        "内容不是表单（application/x-www-form-urlencoded 或 multipart/form-data），没有任何改动",
        "the body is not a form (application/x-www-form-urlencoded or multipart/form-data); nothing was changed",
    )
}

/// Opens a case.
pub(super) fn open(
    app: &App,
    ctx: &OpCtx,
    given: &Given,
    key: Option<String>,
) -> Result<Accepted, ApiError> {
    let mut problems = given.repeated();
    let code = given.text("service_code");
    let label = code.and_then(|code| app.system(SYSTEM)?.lists.label(SERVICES, code).cloned());
    if let Some((zh, en)) = match (code, &label) {
        (None, _) => Some((
            "没有给出".to_owned(),
            "it was not provided; see services".to_owned(),
        )),
        (Some(code), None) => Some(no_service(code)),
        _ => None,
    } {
        problems.push(Problem::new("open311.service_code", "service_code", zh, en));
    }
    let (place, grid) = match location::read(app, given) {
        Ok(found) => found,
        Err(error) if error.problems.is_empty() => return Err(error),
        Err(error) => {
            problems.extend(error.problems);
            (None, None)
        }
    };
    let mut case = OpenCase {
        system: SYSTEM.to_owned(),
        category: label.is_some().then(|| code.map(str::to_owned)).flatten(),
        place,
        grid,
        address: given.text("address_string").map(str::to_owned),
        channel: "open311".to_owned(),
        facts: facts(given, label.as_ref().map(|name| name.get(ctx.lang))),
        idempotency: key,
        ..OpenCase::default()
    };
    operations::cases::locate(app, &mut case)?;
    if !problems.is_empty() {
        // What else is wrong is told with it, so that one answer is enough to mend all.
        if let Err(ProcessError::Invalid(more)) = app.engine.plan_open_case(ctx, &case) {
            let named = more.into_iter().map(|problem| named(problem, given));
            let places: Vec<String> = problems.iter().map(|told| told.place.clone()).collect();
            problems.extend(named.filter(|problem| !places.contains(&problem.place)));
        }
        return Err(ApiError::invalid(problems));
    }
    let opened = match app.engine.open_case(ctx, &case) {
        Err(ProcessError::Invalid(found)) => {
            let named = found.into_iter().map(|problem| named(problem, given));
            return Err(ApiError::invalid(named.collect()));
        }
        opened => opened?,
    };
    Ok(Accepted {
        service_request_id: opened.number,
        service_notice: notice(ctx, given),
        account_id: None,
    })
}

/// What is said of a code that no service has.
pub(super) fn no_service(code: &str) -> (String, String) {
    (
        format!("`{code}` 不存在，见 services"),
        format!("`{code}` does not exist; see services"),
    )
}

/// The declared facts of the case. Without words the name of the service stands for them.
fn facts(given: &Given, service: Option<&str>) -> Map<String, Value> {
    let name: Vec<&str> = [given.text("last_name"), given.text("first_name")]
        .into_iter()
        .flatten()
        .collect();
    let mut facts = Map::new();
    // A report whose service is not known is refused; its words are looked at all the same.
    let words = given.text("description").or(service).unwrap_or("-");
    facts.insert("words".to_owned(), json!(words));
    facts.insert("reporter_kind".to_owned(), json!("public"));
    if !name.is_empty() {
        facts.insert("contact_name".to_owned(), json!(name.concat()));
    }
    if let Some(phone) = given.text("phone") {
        facts.insert("contact_phone".to_owned(), Value::from(phone));
    }
    facts
}

/// A problem of a case, at the parameter it came from.
fn named(problem: Problem, given: &Given) -> Problem {
    let place = match problem.place.as_str() {
        "words" => "description",
        "contact_phone" => "phone",
        "contact_name" if given.text("first_name").is_none() => "last_name",
        "contact_name" => "first_name",
        "category" => "service_code",
        "place" => "lat, long",
        "address" => "address_string",
        "grid" => "address_id",
        _ => return problem,
    };
    Problem {
        place: place.to_owned(),
        ..problem
    }
}

/// What happens next, and what was sent but not kept.
fn notice(ctx: &OpCtx, given: &Given) -> String {
    let lang = ctx.lang;
    let mut words = lang
        .pick("采集员将到现场核实，之后决定是否立案。描述会公开。", "A collector verifies the report on the spot before a case is opened. The description is public.")
        .to_owned();
    let mut left: Vec<&str> = NOT_KEPT
        .into_iter()
        .filter(|name| given.has(name))
        .collect();
    if given.has_attributes() {
        left.push("attribute");
    }
    if !left.is_empty() {
        words.push_str(lang.pick("未保存：", " Not kept: "));
        words.push_str(&left.join(", "));
    }
    let known: Vec<&str> = KNOWN.into_iter().chain(NOT_KEPT).collect();
    let unknown = given.unknown(&known);
    if !unknown.is_empty() {
        words.push_str(lang.pick("不认识的参数，未保存：", " Unknown parameters, not kept: "));
        words.push_str(&unknown.join(", "));
    }
    words
}
