//! `POST requests`: a report from another program becomes a case like any other.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::{StatusCode, header};
use serde_json::{Map, Value, json};
use yuandu_base::Problem;
use yuandu_geo::Position;
use yuandu_identity::OpCtx;
use yuandu_process::OpenCase;

use super::handlers::{SERVICES, SYSTEM};
use super::model::Accepted;
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

/// Most parts of a form; the specification names fifteen.
const PARTS: usize = 100;

/// Reads a form, urlencoded or in parts; files in it are not kept. A refusal has its status and one sentence.
pub(super) async fn form(
    request: Request,
) -> Result<HashMap<String, String>, (StatusCode, &'static str)> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data")) {
        let parts = Multipart::from_request(request, &()).await;
        return in_parts(parts.map_err(|refused| lost(refused.status()))?).await;
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
    serde_urlencoded::from_bytes::<Vec<(String, String)>>(&body)
        .map(|pairs| pairs.into_iter().collect())
        .map_err(|_| lost(StatusCode::BAD_REQUEST))
}

async fn in_parts(
    mut parts: Multipart,
) -> Result<HashMap<String, String>, (StatusCode, &'static str)> {
    let mut form = HashMap::new();
    while let Some(part) = parts
        .next_field()
        .await
        .map_err(|broken| lost(broken.status()))?
    {
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = part.file_name().is_some();
        let bytes = part.bytes().await.map_err(|broken| lost(broken.status()))?;
        if form.len() >= PARTS {
            return Err(lost(StatusCode::BAD_REQUEST));
        }
        let text = if is_file {
            String::new()
        } else {
            String::from_utf8(bytes.into()).map_err(|_| lost(StatusCode::BAD_REQUEST))?
        };
        form.insert(name, text);
    }
    Ok(form)
}

fn lost(status: StatusCode) -> (StatusCode, &'static str) {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return (status, "the body is too large; send less");
    }
    let words = "the body is not a form (application/x-www-form-urlencoded or multipart/form-data) in UTF-8";
    let status = if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        status
    } else {
        StatusCode::BAD_REQUEST
    };
    (status, words)
}

/// Opens a case.
pub(super) fn open(
    app: &App,
    ctx: &OpCtx,
    parameters: &HashMap<String, String>,
    key: Option<String>,
) -> Result<Accepted, ApiError> {
    let text = |name: &str| {
        parameters
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    };
    let mut problems = Vec::new();
    let code = text("service_code");
    let label = code.and_then(|code| app.system(SYSTEM)?.lists.label(SERVICES, code).cloned());
    match (code, &label) {
        (None, _) => problems.push(Problem::new(
            "open311.service_code",
            "service_code",
            "没有给出 service_code",
            "service_code was not provided",
        )),
        (Some(code), None) => problems.push(Problem::new(
            "open311.service_code",
            "service_code",
            format!("service_code `{code}` 不存在，见 services"),
            format!("service_code `{code}` does not exist; see services"),
        )),
        _ => {}
    }
    let (place, grid) = match location(app, &text) {
        Ok(found) => found,
        Err(error) if error.problems.is_empty() => return Err(error),
        Err(error) => {
            problems.extend(error.problems);
            (None, None)
        }
    };
    if !problems.is_empty() {
        return Err(ApiError::invalid(problems));
    }
    let words = text("description")
        .map(str::to_owned)
        .or_else(|| label.map(|name| name.get(ctx.lang).to_owned()));
    let name: Vec<&str> = [text("last_name"), text("first_name")]
        .into_iter()
        .flatten()
        .collect();
    let mut facts = Map::new();
    facts.insert("words".to_owned(), json!(words));
    facts.insert("reporter_kind".to_owned(), json!("public"));
    if !name.is_empty() {
        facts.insert("contact_name".to_owned(), json!(name.concat()));
    }
    if let Some(phone) = text("phone") {
        facts.insert("contact_phone".to_owned(), Value::from(phone));
    }
    let mut case = OpenCase {
        system: SYSTEM.to_owned(),
        category: code.map(str::to_owned),
        place,
        grid,
        address: text("address_string").map(str::to_owned),
        channel: "open311".to_owned(),
        facts,
        idempotency: key,
        ..OpenCase::default()
    };
    operations::cases::locate(app, &mut case)?;
    let opened = app.engine.open_case(ctx, &case)?;
    Ok(Accepted {
        service_request_id: opened.number,
        service_notice: notice(ctx, parameters),
        account_id: None,
    })
}

/// A position, and the unit grid when it was given by one.
type Location = (Option<(f64, f64)>, Option<String>);

/// The position by `lat` and `long`, or by a unit grid as `address_id`; an address in words alone is enough to begin.
fn location<'a>(app: &App, text: &impl Fn(&str) -> Option<&'a str>) -> Result<Location, ApiError> {
    match (text("lat"), text("long").or_else(|| text("lon"))) {
        (Some(lat), Some(lon)) => {
            let position = Position::parse(lon, lat)?;
            Ok((Some((position.lon(), position.lat())), None))
        }
        (None, None) => match text("address_id") {
            Some(grid) => {
                let unknown = || {
                    let problem = Problem::new(
                        "open311.address_id",
                        "address_id",
                        format!("没有单元网格 `{grid}`"),
                        format!("there is no unit grid `{grid}`; use a code of the layer grids"),
                    );
                    ApiError::invalid(vec![problem])
                };
                let centre = app.locator.grid_centre(grid)?.ok_or_else(unknown)?;
                Ok((Some((centre.lon(), centre.lat())), Some(grid.to_owned())))
            }
            None if text("address_string").is_some() => Ok((None, None)),
            None => Err(ApiError::invalid(vec![Problem::new(
                "open311.location",
                "lat",
                "请给出 lat 与 long、address_string 或 address_id",
                "give lat and long, address_string or address_id",
            )])),
        },
        _ => Err(ApiError::invalid(vec![Problem::new(
            "open311.location",
            "lat",
            "lat 与 long 必须同时给出",
            "lat and long must be given together",
        )])),
    }
}

/// What happens next, and what was sent but not kept.
fn notice(ctx: &OpCtx, parameters: &HashMap<String, String>) -> String {
    let mut words = ctx
        .lang
        .pick("采集员将到现场核实，之后决定是否立案。描述会公开。", "A collector verifies the report on the spot before a case is opened. The description is public.")
        .to_owned();
    let left: Vec<&str> = NOT_KEPT
        .into_iter()
        .filter(|name| parameters.contains_key(*name))
        .collect();
    let attributes = parameters.keys().any(|name| name.starts_with("attribute["));
    if !left.is_empty() || attributes {
        let mut names = left.join(", ");
        if attributes {
            names = if names.is_empty() {
                "attribute".to_owned()
            } else {
                format!("{names}, attribute")
            };
        }
        words.push_str(&format!(
            "{}{names}",
            ctx.lang.pick("未保存：", " Not kept: ")
        ));
    }
    words
}
