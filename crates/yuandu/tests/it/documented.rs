//! What the OpenAPI document says is what the program does: every operation, walked from the document.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Map, Value as Json, json};
use yuandu_api::{ANYONE, SIGNED_IN, openapi, operations};

use crate::accounts;
use crate::city::{City, GRID, HERE, PASSWORD};
use crate::client::{Client, dispatched, json_post, on_the_spot, png, report};
use crate::disputes;
use crate::duplicates;
use crate::exchange;
use crate::hands;
use crate::pki;
use crate::queries::ops_since;
use crate::versions;

/// Operations that everyone may ask for. A new one is a decision: it is added here or it refuses strangers.
const PUBLIC: [&str; 39] = [
    "ask_passkey",
    "export_records",
    "export_workbook",
    "find_similar_cases",
    "geocode",
    "join_case",
    "list_records",
    "list_registers",
    "list_resources",
    "locate_place",
    "ogc_api",
    "ogc_collection",
    "ogc_collections",
    "ogc_conformance",
    "ogc_item",
    "ogc_items",
    "ogc_landing",
    "ogc_tile",
    "ogc_tileset",
    "ogc_tilesets",
    "ogc_tiling_scheme",
    "ogc_tiling_schemes",
    "open_case",
    "parse_address",
    "project_due",
    "register_openapi",
    "register_schema",
    "reverse_geocode",
    "sign_in",
    "sign_in_passkey",
    "sign_in_second",
    "unlock",
    "upload_photo",
    "view_log_consistency",
    "view_log_inclusion",
    "view_record",
    "view_record_history",
    "view_resource",
    "view_tile",
];

/// Operations that no installed package has a model for: a countersigned step, a message or signal that is waited for. What they
/// do is tested with models of their own in `yuandu_process`. And what asks another server, which `e2e/exchange` has.
const UNDRIVEN: [&str; 6] = [
    "add_signers",
    "deliver_message",
    "pull_exchange_batch",
    "query_exchange_record",
    "remove_signer",
    "send_signal",
];

/// One operation as the document describes it.
struct Described {
    id: String,
    method: Method,
    path: String,
    body: Json,
}

fn document() -> Json {
    openapi::document(&operations::all())
}

fn described(document: &Json) -> Vec<Described> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, body) in methods.as_object().unwrap() {
            all.push(Described {
                id: body["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                body: body.clone(),
            });
        }
    }
    all
}

/// The smallest value that fits a schema of the document.
fn smallest(schema: &Json, document: &Json) -> Json {
    if let Some(reference) = schema["$ref"].as_str() {
        let found = document.pointer(reference.trim_start_matches('#'));
        return smallest(found.unwrap(), document);
    }
    match schema["type"].as_str() {
        Some("object") => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let fields = required.iter().map(|name| {
                let name = name.as_str().unwrap();
                (
                    name.to_owned(),
                    smallest(&schema["properties"][name], document),
                )
            });
            Json::Object(fields.collect::<Map<_, _>>())
        }
        Some("string") => json!("x"),
        Some("array") => json!([]),
        Some("boolean") => json!(false),
        // One of several shapes: the first will do.
        _ if schema["oneOf"].is_array() => smallest(&schema["oneOf"][0], document),
        _ => Json::Null,
    }
}

/// The path with things that exist.
fn real_path(operation: &Described, case: &str, task: &str) -> String {
    let id = match operation.body["tags"][0].as_str().unwrap() {
        "cases" => case,
        "tasks" => task,
        _ => GRID,
    };
    let path = operation
        .path
        .replace("{id}", id)
        .replace("{register}", "city-care.grid")
        .replace("{draft}", "x")
        .replace("{merge}", "x")
        .replace("{number}", "x")
        .replace("{position}", "0")
        .replace("{client}", "nobody")
        .replace("{contract}", exchange::CONTRACT)
        .replace("{node}", exchange::PROVIDER)
        .replace("{batch}", "1")
        .replace("{factor}", "none")
        .replace("{substitute}", "nobody")
        .replace("{session}", &"ab".repeat(32))
        .replace("{request}", "none")
        .replace("{serial}", "none")
        .replace("{system}", "city-care")
        .replace("{layer}", "divisions")
        .replace("{collection}", "grids")
        .replace("{feature}", GRID)
        .replace("{scheme}", "WebMercatorQuad")
        .replace("{z}/{y}/{x}", "8/100/212")
        .replace("{z}/{x}/{file}", "8/212/100.mvt");
    assert!(
        !path.contains('{'),
        "say what stands for the parameter of {path}"
    );
    path
}

fn request(operation: &Described, path: &str, document: &Json) -> Request<Body> {
    let content = operation.body["requestBody"]["content"].as_object();
    let begun = Request::builder()
        .method(operation.method.clone())
        .uri(path);
    let Some((media, schema)) = content.and_then(|content| content.iter().next()) else {
        return begun.body(Body::empty()).unwrap();
    };
    let body = match media.as_str() {
        "application/json" => smallest(&schema["schema"], document).to_string(),
        _ => "x".to_owned(),
    };
    let begun = begun.header(header::CONTENT_TYPE, media);
    begun.body(Body::from(body)).unwrap()
}

#[tokio::test]
async fn every_operation_that_is_not_public_refuses_strangers_and_changes_nothing() {
    let city = City::new();
    let (case, _) = Client::anonymous(&city).report().await;
    let task = Client::officer(&city, "collector").await.task(&case).await;
    let size = city.size();
    let document = document();
    let mut refused = BTreeSet::new();
    for operation in described(&document) {
        if PUBLIC.contains(&operation.id.as_str()) {
            continue;
        }
        let path = real_path(&operation, &case, &task);
        let (parts, body) = request(&operation, &path, &document).into_parts();
        let mut builder = Request::builder().method(parts.method).uri(parts.uri);
        for (name, value) in &parts.headers {
            builder = builder.header(name, value);
        }
        let answer = Client::anonymous(&city).send(builder, body).await;
        let status = answer.status.as_u16();
        assert!(
            [401, 403, 404].contains(&status),
            "{}: {status} {}",
            operation.id,
            answer.text()
        );
        answer.refusal(status);
        refused.insert(operation.id);
    }
    assert_eq!(city.size(), size, "nothing was written");
    assert!(
        refused.contains("complete_task") && refused.len() > 12,
        "{refused:?}"
    );
    let known: BTreeSet<String> = described(&document).into_iter().map(|op| op.id).collect();
    for id in PUBLIC {
        assert!(
            known.contains(id),
            "`{id}` is in the list but not in the document"
        );
    }
}

#[test]
fn every_operation_names_itself_once_and_asks_a_permission_that_exists() {
    let city = City::new();
    let mut seen = BTreeSet::new();
    for operation in described(&document()) {
        assert!(
            seen.insert(operation.id.clone()),
            "`{}` twice",
            operation.id
        );
        let permission = operation.body["x-permission"].as_str().unwrap();
        assert!(
            [ANYONE, SIGNED_IN].contains(&permission) || city.app.gate.knows(permission),
            "{}: `{permission}` is no permission",
            operation.id
        );
        if operation.method != Method::GET {
            assert!(operation.body["x-audit"].is_string(), "{}", operation.id);
        }
    }
}

#[test]
fn the_committed_description_is_what_the_program_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/yuandu.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let printed = serde_json::to_string_pretty(&document()).unwrap();
    assert!(
        committed.trim_end() == printed,
        "run `cargo xtask openapi` and review the change"
    );
}

/// Does one operation well, as someone who may.
async fn drive(city: &City, id: &str) {
    let mut anonymous = Client::anonymous(city);
    match id {
        "sign_in" => drop(Client::officer(city, "seat").await),
        "open_case" => drop(anonymous.report().await),
        "upload_photo" => drop(anonymous.photo().await),
        "join_case" => {
            let (case, _) = anonymous.report().await;
            let body = json!({ "facts": { "words": "我也看到了" } });
            let path = format!("/api/v1/cases/{case}/reports");
            anonymous.post(&path, &body).await.is(201);
        }
        "sign_out" => {
            let mut seat = Client::officer(city, "seat").await;
            seat.post("/api/v1/session/end", &Json::Null).await.is(204);
        }
        "view_restricted_facts" => {
            let (case, _) = anonymous.report().await;
            let path = format!("/api/v1/cases/{case}/restricted");
            let mut seat = Client::officer(city, "seat").await;
            seat.post(&path, &Json::Null).await.is(200);
        }
        "complete_task" => drop(dispatched(city, "water-supply").await),
        "claim_task" | "release_task" => {
            let (case, _) = anonymous.report().await;
            let mut collector = Client::officer(city, "collector").await;
            let task = collector.task(&case).await;
            for verb in ["claim", "release"] {
                let path = format!("/api/v1/tasks/{task}/{verb}");
                collector.post(&path, &Json::Null).await.is(204);
            }
        }
        "put_record" => {
            let mut registrar = Client::officer(city, "registrar").await;
            let values = json!({ "code": "370783", "name": "寿光市", "level": "county" });
            let request = Request::put("/api/v1/registers/spatial.division/records")
                .header(header::CONTENT_TYPE, "application/json");
            let body = json!({ "values": values }).to_string();
            registrar.send(request, body).await.is(200);
        }
        "import_records" => {
            let mut registrar = Client::officer(city, "registrar").await;
            let request = Request::post("/api/v1/registers/spatial.division/import")
                .header(header::CONTENT_TYPE, "text/csv");
            let body = "code,name,level\n370784,安丘市,county\n";
            registrar.send(request, body).await.is(200);
        }
        "export_records" => {
            let mut registrar = Client::officer(city, "registrar").await;
            let answer = registrar
                .get("/api/v1/registers/spatial.division/export.csv")
                .await;
            assert!(answer.status.is_success() && answer.text().contains("奎文区"));
        }
        "decide_draft" => {
            let mut one = Client::officer(city, "registrar").await;
            let register = "/api/v1/registers/economy.indicator";
            let values = json!({ "code": "gdp", "name": "地区生产总值", "definition": "增加值之和", "unit": "亿元", "field": "accounts", "period": "quarter" });
            let request = Request::put(format!("{register}/records"))
                .header(header::CONTENT_TYPE, "application/json");
            let body = json!({ "values": values }).to_string();
            let proposed = one.send(request, body).await.is(200);
            assert_eq!(proposed["outcome"], "proposed");
            let path = format!(
                "{register}/drafts/{}/decision",
                proposed["id"].as_str().unwrap()
            );
            let approve = json!({ "approve": true });
            let own = one.post(&path, &approve).await;
            assert_eq!(own.status, 422, "{}", own.text());
            let mut other = Client::officer(city, "registrar2").await;
            other
                .post(&path, &json!({ "approve": false, "reason": "口径不全" }))
                .await
                .is(200);
        }
        "export_workbook" => {
            let mut registrar = Client::officer(city, "registrar").await;
            let path = "/api/v1/registers/spatial.division/export.xlsx";
            assert!(registrar.get(path).await.status.is_success());
        }
        "open_dispute" | "answer_dispute" => disputes::drive(city, id).await,
        other if other.contains("_exchange_") => exchange::drive(city, other).await,
        "keep_apart" | "merge_records" | "undo_merge" => duplicates::drive(city, id).await,
        other if hands::drive(city, other).await => {}
        other if other.contains("certificate") => assert!(pki::drive(city, other).await, "{other}"),
        other if versions::drive(city, other).await => {}
        other => accounts::drive(city, other).await,
    }
}

#[tokio::test]
async fn every_operation_that_changes_something_writes_the_entry_it_promises() {
    let city = City::with_versions();
    for operation in described(&document()) {
        let Some(audit) = operation.body["x-audit"].as_str() else {
            continue;
        };
        if UNDRIVEN.contains(&operation.id.as_str()) {
            continue;
        }
        let size = city.size();
        drive(&city, &operation.id).await;
        let ops = ops_since(&city.app, size);
        assert!(
            ops.iter().any(|op| op == audit),
            "{} promises `{audit}` but wrote {ops:?}",
            operation.id
        );
    }
}

#[tokio::test]
async fn answers_carry_the_fields_that_the_document_requires() {
    let city = City::with_versions();
    let (case, _) = Client::anonymous(&city).report().await;
    exchange::agreed_within(&city, exchange::CONTRACT).await;
    let document = document();
    let mut seat = Client::officer(&city, "seat").await;
    let mut security = Client::officer(&city, "security").await;
    let mut registrar = Client::officer(&city, "registrar").await;
    let mut auditor = Client::officer(&city, "auditor").await;
    let mut admin = Client::officer(&city, "admin").await;
    let mut looked = 0;
    for operation in described(&document) {
        if operation.method != Method::GET {
            continue;
        }
        let schema = &operation.body["responses"]["200"]["content"]["application/json"]["schema"];
        let path = match operation.id.as_str() {
            "geocode" => format!("{}?q=370705", operation.path),
            "locate_place" | "find_similar_cases" | "reverse_geocode" => {
                format!("{}?lon={}&lat={}", operation.path, HERE.0, HERE.1)
            }
            "project_due" => format!("{}?from=2026-09-21T09:00&budget=2d", operation.path),
            "compare_versions" | "try_migration" => {
                let way = "system=city-care&from=1.0.0&to=0.9.0";
                format!("{}?{way}", operation.path)
            }
            // A register that keeps versions, which that of grids does not.
            "view_record_history" => {
                "/api/v1/registers/spatial.division/records/370705/history".to_owned()
            }
            // It is asked about a certificate that was issued; see `pki`.
            "view_certificate" => continue,
            // It is asked about a task that the reader may do; see `hands`.
            "list_colleagues" => continue,
            id if id.starts_with("view_log") => continue,
            _ => real_path(&operation, &case, "x"),
        };
        if schema.is_null() {
            continue;
        }
        let reader = match operation.body["x-permission"].as_str() {
            Some("sso.manage") => &mut security,
            Some("registers.write" | "exchange.manage") => &mut registrar,
            Some("log.view" | "exchange.view") => &mut auditor,
            Some("admin.view") => &mut admin,
            _ => &mut seat,
        };
        let answer = reader.get(&path).await.is(200);
        fits(&answer, schema, &document, &operation.id);
        looked += 1;
    }
    assert!(looked >= 10, "only {looked}");
}

fn fits(value: &Json, schema: &Json, document: &Json, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let found = document.pointer(reference.trim_start_matches('#')).unwrap();
        return fits(value, found, document, place);
    }
    match schema["type"].as_str() {
        Some("object") => {
            for name in schema["required"].as_array().into_iter().flatten() {
                let name = name.as_str().unwrap();
                let field = value.get(name);
                let field = field.unwrap_or_else(|| panic!("{place}: no `{name}` in {value}"));
                fits(field, &schema["properties"][name], document, place);
            }
            for name in value
                .as_object()
                .into_iter()
                .flat_map(|fields| fields.keys())
            {
                let known = &schema["properties"];
                assert!(
                    known.is_null() || !known[name].is_null(),
                    "{place}: `{name}` is not described"
                );
            }
        }
        Some("array") => {
            for item in value.as_array().unwrap() {
                fits(item, &schema["items"], document, place);
            }
        }
        Some("string") => assert!(value.is_string(), "{place}: {value}"),
        Some("boolean") => assert!(value.is_boolean(), "{place}: {value}"),
        Some("integer") => assert!(value.is_i64() || value.is_u64(), "{place}: {value}"),
        _ => {}
    }
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_written_is_not_ready() {
    let city = City::new();
    let mut anonymous = Client::anonymous(&city);
    let away = city.dir().with_extension("away");
    std::fs::rename(city.dir(), &away).unwrap();
    let told = anonymous.get("/readyz").await;
    std::fs::rename(&away, city.dir()).unwrap();
    assert_eq!(told.refusal(503).0, "disk");
    assert!(told.text().contains("腾出空间"), "{}", told.text());
    anonymous.get("/readyz").await.is(200);
}

#[tokio::test]
async fn the_document_is_served_and_health_is_told() {
    let city = City::new();
    let mut anonymous = Client::anonymous(&city);
    assert_eq!(anonymous.get("/api/openapi.json").await.is(200), document());
    assert_eq!(anonymous.get("/healthz").await.is(200)["status"], "ok");
    assert_eq!(
        anonymous.get("/readyz").await.is(200)["log_size"],
        city.size()
    );
    let wrong = json!({ "login": "seat", "password": PASSWORD, "extra": 1 });
    anonymous.post("/api/v1/session", &wrong).await.refusal(422);
    let answer = anonymous
        .send(json_post("/api/v1/cases"), report().to_string())
        .await;
    assert_eq!(
        answer.header("location"),
        format!("/api/v1/cases/{}", answer.json()["id"].as_str().unwrap())
    );
    assert_eq!(
        png(1, 1).get(1..4),
        Some(&b"PNG"[..]),
        "the tests' photo is one"
    );
    assert!(on_the_spot("photos", "x")["photos"][0] == "x");
}
