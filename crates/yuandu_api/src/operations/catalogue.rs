//! The catalogue of resources: entries for programs, and DCAT for harvesters.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use yuandu_base::{ErrorKind, Lang, LocalText};
use yuandu_catalog::{Catalogue, Entry, Graph, Provider, Source, dcat};
use yuandu_identity::Directory;

use crate::extract::{Json, Path, Query};
use crate::operation::{ANYONE, Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

/// Entries of an answer at most.
const MOST: usize = 500;
/// The organisation that publishes the catalogue.
const PUBLISHER: &str = "data-centre";

/// Operations on the catalogue.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_resources",
            method: "get",
            path: "/api/v1/catalogue",
            tag: "catalogue",
            summary: "The catalogue of data resources with the twelve core metadata items; by words of either language.",
            permission: ANYONE,
            audit: None,
            parameters: &[Parameter {
                place: "query",
                name: "words",
                description: "Words that an entry must hold.",
                required: false,
            }],
            request: None,
            response: (200, "application/json", Some(schema_of::<Vec<Value>>)),
            handler: get(list_resources),
        },
        Operation {
            id: "view_resource",
            method: "get",
            path: "/api/v1/catalogue/{register}",
            tag: "catalogue",
            summary: "One entry of the catalogue with its items.",
            permission: ANYONE,
            audit: None,
            parameters: &[Parameter {
                place: "path",
                name: "register",
                description: "Full name, for example `city-care.component`.",
                required: true,
            }],
            request: None,
            response: (200, "application/json", Some(schema_of::<Value>)),
            handler: get(view_resource),
        },
    ]
}

/// The addresses harvesters ask for.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/catalog.jsonld", get(json_ld))
        .route("/catalog.ttl", get(turtle))
}

/// The catalogue as it follows from the declarations and the organisations of today.
pub fn catalogue(app: &App) -> Result<Catalogue, ApiError> {
    let directory = app.identity.directory(app.realm)?;
    let sources = app.systems.iter().map(|system| Source {
        title: &system.title,
        registers: app
            .registers
            .defs()
            .filter(|def| def.package == system.id)
            .collect(),
    });
    Ok(Catalogue::build(sources, None, &|id| {
        provider(&directory, id)
    }))
}

fn provider(directory: &Directory, id: &str) -> Provider {
    let known = directory.orgs().find(|org| org.id.to_string() == id);
    Provider {
        id: id.to_owned(),
        name: known.map_or_else(|| LocalText::new(id, id), |org| org.name.clone()),
        credit_code: known
            .map(|org| org.credit_code.clone())
            .filter(|code| !code.is_empty()),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    words: String,
}

async fn list_resources(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Json<Vec<Value>>, ApiError> {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        let catalogue = catalogue(app)?;
        let entries: Vec<&Entry> = if asked.words.trim().is_empty() {
            catalogue.entries().iter().take(MOST).collect()
        } else {
            catalogue.search(&asked.words, MOST)
        };
        Ok(entries.into_iter().map(|entry| view(entry, lang)).collect())
    });
    Ok(Json(found.await.map_err(|error| error.in_lang(lang))?))
}

async fn view_resource(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        let catalogue = catalogue(app)?;
        let entry = catalogue.entry(&register).ok_or_else(|| {
            ApiError::new(
                ErrorKind::NotFound,
                "catalogue.no_entry",
                format!("目录中没有 `{register}`，请从目录中选择"),
                format!("the catalogue has no `{register}`; choose from the catalogue"),
            )
        })?;
        Ok(view(entry, lang))
    });
    Ok(Json(found.await.map_err(|error| error.in_lang(lang))?))
}

/// An entry in a language, with the digits of the standard beside the words.
fn view(entry: &Entry, lang: Lang) -> Value {
    let reason = |text: &Option<LocalText>| text.as_ref().map(|text| text.get(lang).to_owned());
    let items: Vec<Value> = entry
        .items
        .iter()
        .map(|item| {
            json!({
                "name": item.name, "label": item.label.get(lang), "data_type": item.data_type,
                "length": item.length, "code_list": item.code_list, "key": item.key,
                "nullable": item.nullable, "source": item.source, "authority": item.authority.name.get(lang),
                "sharing": item.sharing.digit(), "openness": item.openness.digit(),
            })
        })
        .collect();
    json!({
        "register": entry.register,
        "class": entry.class.get(lang),
        "name": entry.name.get(lang),
        "code": entry.code,
        "provider": entry.provider.name.get(lang),
        "provider_code": entry.provider.credit_code,
        "summary": entry.summary.get(lang),
        "formats": entry.formats,
        "items": items,
        "sharing": { "type": entry.sharing.terms.digit(), "reason": reason(&entry.sharing.reason), "method": 1 },
        "openness": { "type": entry.openness.terms.digit(), "reason": reason(&entry.openness.reason) },
        "update_cycle": entry.update_cycle,
        "published_on": entry.published_on,
        "related": entry.related,
        "legal_basis": entry.legal_basis,
        "retention": entry.retention,
    })
}

async fn json_ld(State(app): State<App>, headers: HeaderMap) -> Result<Response, ApiError> {
    let graph = described(app, &headers).await?;
    Ok(answer(
        "application/ld+json",
        graph.to_json_ld().to_string(),
    ))
}

async fn turtle(State(app): State<App>, headers: HeaderMap) -> Result<Response, ApiError> {
    let graph = described(app, &headers).await?;
    Ok(answer("text/turtle; charset=utf-8", graph.to_turtle()))
}

fn answer(media_type: &'static str, body: String) -> Response {
    let kind = HeaderValue::from_static(media_type);
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

async fn described(app: App, headers: &HeaderMap) -> Result<Graph, ApiError> {
    let base = base(headers);
    app.run(move |app| {
        let directory = app.identity.directory(app.realm)?;
        let publisher = provider(&directory, PUBLISHER);
        let head = dcat::Head {
            base: &base,
            city: &app.city,
            publisher: &publisher,
        };
        Ok(dcat::graph(&head, catalogue(app)?.entries()))
    })
    .await
}

/// Where the city is, as the harvester found it. Only what can be a host is believed.
fn base(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let sound = |host: &&str| {
        let letters = host.bytes();
        !host.is_empty()
            && host.len() <= 255
            && letters
                .into_iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    };
    let host = text("host").filter(sound).unwrap_or("localhost");
    let scheme = match text("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    format!("{scheme}://{host}")
}
