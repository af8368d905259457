//! Registers described for programs: JSON Schema of a record, and an OpenAPI document of one register alone.

use axum::extract::State;
use serde_json::{Value, json};
use yuandu_schema::{History, RegisterDef};

use crate::extract::{Json, Path};
use crate::{ApiError, App, Visitor};

pub(super) async fn register_schema(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let def = offered(&app, &visitor, &register)?;
    let lists = app.registers.lists(&def.package);
    Ok(Json(def.json_schema(&lists, visitor.lang())))
}

pub(super) async fn register_openapi(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let def = offered(&app, &visitor, &register)?;
    let lists = app.registers.lists(&def.package);
    let schema = def.json_schema(&lists, visitor.lang());
    Ok(Json(document(def, schema, def.title.get(visitor.lang()))))
}

/// The register, when the caller may list it.
fn offered<'a>(
    app: &'a App,
    visitor: &Visitor,
    register: &str,
) -> Result<&'a RegisterDef, ApiError> {
    let known = app
        .registers
        .offered(&visitor.ctx)
        .any(|def| def.full_name() == register);
    let name = if known { register } else { "" };
    app.registers
        .def(name)
        .map_err(|error| ApiError::from(error).in_lang(visitor.lang()))
}

fn document(def: &RegisterDef, schema: Value, title: &str) -> Value {
    let base = format!("/api/v1/registers/{}", def.full_name());
    let reference = json!({ "$ref": "#/components/schemas/Values" });
    let record = json!({ "type": "object", "properties": {
        "id": { "type": "string" },
        "version": { "type": "integer" },
        "values": reference,
        "masked": { "type": "array", "items": { "type": "string" } },
    } });
    let page = json!({ "type": "object", "properties": {
        "records": { "type": "array", "items": record },
        "next": { "type": ["string", "null"] },
        "total": { "type": ["integer", "null"] },
        "total_is_exact": { "type": "boolean" },
    } });
    let done = |schema: Value| json!({ "200": { "description": "Done.", "content": { "application/json": { "schema": schema } } } });
    let id =
        json!([{ "in": "path", "name": "id", "required": true, "schema": { "type": "string" } }]);
    let filters: Vec<Value> = def.facets.iter().map(|name| {
        json!({ "in": "query", "name": name, "required": false, "schema": { "type": "string" } })
    }).collect();
    let body = json!({ "type": "object", "properties": { "values": reference, "version": { "type": "integer" } }, "required": ["values"] });
    let mut paths = json!({
        format!("{base}/records"): {
            "get": { "operationId": "list", "parameters": filters, "responses": done(page) },
            "put": { "operationId": "put", "requestBody": { "content": { "application/json": { "schema": body } } }, "responses": done(json!({ "type": "object" })) },
        },
        format!("{base}/records/{{id}}"): {
            "get": { "operationId": "view", "parameters": id, "responses": done(record) },
        },
    });
    if def.history == History::Bitemporal
        && let Some(paths) = paths.as_object_mut()
    {
        let history = json!({ "get": { "operationId": "history", "parameters": id, "responses": done(json!({ "type": "array" })) } });
        paths.insert(format!("{base}/records/{{id}}/history"), history);
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": title, "version": "1", "x-authority": def.authority },
        "paths": paths,
        "components": { "schemas": { "Values": schema } },
    })
}
