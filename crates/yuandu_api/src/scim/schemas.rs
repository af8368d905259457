//! What this service can do and what its resources hold (RFC 7643, 5 to 7; RFC 7644, 4).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::BASE;
use super::answer::{self, Refused};
use crate::App;

pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

pub(super) async fn config(State(app): State<App>) -> Response {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": answer::MOST },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken", "name": "OAuth bearer token", "primary": true,
            "description": "An access token of this city's OpenID provider with the scope scim (grant client_credentials).",
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": at(&app, "/ServiceProviderConfig") },
    });
    answer::json_answer(StatusCode::OK, &body)
}

pub(super) async fn types(State(app): State<App>) -> Response {
    listed(resource_types(&app))
}

pub(super) async fn one_type(State(app): State<App>, Path(id): Path<String>) -> Response {
    found(resource_types(&app), &id)
}

pub(super) async fn all(State(app): State<App>) -> Response {
    listed(definitions(&app))
}

pub(super) async fn one(State(app): State<App>, Path(id): Path<String>) -> Response {
    found(definitions(&app), &id)
}

fn at(app: &App, path: &str) -> String {
    format!("{}{BASE}{path}", app.base_url())
}

fn listed(resources: Vec<Value>) -> Response {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": resources.len(), "startIndex": 1, "itemsPerPage": resources.len(), "Resources": resources,
    });
    answer::json_answer(StatusCode::OK, &body)
}

fn found(resources: Vec<Value>, id: &str) -> Response {
    match resources
        .into_iter()
        .find(|resource| resource.get("id").and_then(Value::as_str) == Some(id))
    {
        Some(resource) => answer::json_answer(StatusCode::OK, &resource),
        None => answer::refused(&Refused::not_found(id)),
    }
}

fn resource_types(app: &App) -> Vec<Value> {
    [("User", USER), ("Group", GROUP)]
        .into_iter()
        .map(|(name, schema)| {
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
                "id": name, "name": name, "endpoint": format!("/{name}s"), "schema": schema,
                "meta": { "resourceType": "ResourceType", "location": at(app, &format!("/ResourceTypes/{name}")) },
            })
        })
        .collect()
}

/// An attribute as a schema describes it.
fn attribute(name: &str, kind: &str, required: bool, mutability: &str) -> Value {
    json!({ "name": name, "type": kind, "multiValued": false, "required": required, "caseExact": false,
        "mutability": mutability, "returned": "default", "uniqueness": if name == "userName" { "server" } else { "none" } })
}

fn list(name: &str, parts: &[Value], mutability: &str) -> Value {
    json!({ "name": name, "type": "complex", "multiValued": true, "required": false, "mutability": mutability,
        "returned": "default", "subAttributes": parts })
}

fn definitions(app: &App) -> Vec<Value> {
    let text = |name: &str| attribute(name, "string", false, "readWrite");
    let fixed = |name: &str| attribute(name, "string", false, "readOnly");
    let name = json!({ "name": "name", "type": "complex", "multiValued": false, "required": false, "mutability": "readWrite",
        "returned": "default", "subAttributes": [text("formatted")] });
    let user = vec![
        attribute("userName", "string", true, "readWrite"),
        name,
        text("displayName"),
        attribute("active", "boolean", false, "readWrite"),
        list("phoneNumbers", &[text("value"), text("type")], "readWrite"),
        list(
            "groups",
            &[fixed("value"), fixed("display"), fixed("$ref")],
            "readOnly",
        ),
    ];
    let group = vec![
        attribute("displayName", "string", true, "readOnly"),
        list(
            "members",
            &[
                attribute("value", "string", false, "immutable"),
                fixed("display"),
                fixed("type"),
                fixed("$ref"),
            ],
            "readWrite",
        ),
    ];
    [("User", USER, user), ("Group", GROUP, group)]
        .into_iter()
        .map(|(name, id, attributes)| {
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
                "id": id, "name": name, "attributes": attributes,
                "meta": { "resourceType": "Schema", "location": at(app, &format!("/Schemas/{id}")) },
            })
        })
        .collect()
}
