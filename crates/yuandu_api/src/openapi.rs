//! The OpenAPI 3.1 document, generated from the table of operations.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::error::ErrorView;
use crate::operation::{Operation, schema_of};

/// Builds the document.
#[must_use]
pub fn document(operations: &[Operation]) -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let error = schema_of::<ErrorView>(&mut generator);
    let mut paths = Map::new();
    for operation in operations {
        let described = describe(operation, &error, &mut generator);
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(operation.method.to_owned(), described);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Yuandu platform API",
            "version": "1",
            "summary": "Cases, tasks, registers, places, indicators and the transparency log of a city.",
            "description": "Errors carry a stable `code`, words in the language of `Accept-Language` (zh, en) and all problems at once. \
                Instants are RFC 3339. Lists use keyset paging: pass `next` of an answer as `after`. Requests that open or decide something take `Idempotency-Key`. \
                `x-permission` is the action asked of the policies, or `anyone`, or `signed-in`; `x-audit` the operation of the entry written to the log.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" }
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": { "session": { "type": "apiKey", "in": "cookie", "name": "yuandu_session" } }
        }
    })
}

fn describe(
    operation: &Operation,
    error: &Value,
    generator: &mut schemars::SchemaGenerator,
) -> Value {
    let parameters: Vec<Value> = operation
        .parameters
        .iter()
        .map(|parameter| {
            json!({ "in": parameter.place, "name": parameter.name, "description": parameter.description,
                "required": parameter.required || parameter.place == "path", "schema": { "type": "string" } })
        })
        .collect();
    let (status, media_type, schema) = &operation.response;
    let content = schema.map_or_else(
        || json!({ *media_type: {} }),
        |schema| json!({ *media_type: { "schema": schema(generator) } }),
    );
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "x-permission": operation.permission,
        "parameters": parameters,
        "security": [{ "session": [] }, {}],
        "responses": {
            status.to_string(): { "description": "Done.", "content": content },
            "default": { "description": "Refused or failed; nothing was changed.", "content": { "application/json": { "schema": error } } }
        }
    });
    if let Some(object) = described.as_object_mut() {
        if let Some(audit) = operation.audit {
            object.insert("x-audit".to_owned(), audit.into());
        }
        if let Some((media_type, schema)) = &operation.request {
            object.insert("requestBody".to_owned(), json!({ "required": true, "content": { *media_type: { "schema": schema(generator) } } }));
        }
    }
    described
}
