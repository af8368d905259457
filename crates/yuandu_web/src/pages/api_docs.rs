//! The platform interface for people: every operation, made from the same document that programs read.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use maud::{Markup, html};
use serde_json::Value as Json;
use yuandu_api::{App, openapi, operations};
use yuandu_base::Lang;

use crate::pages::here::Here;
use yuandu_design::shell::{Audience, render};

/// `/api`.
pub fn router() -> Router<App> {
    let document = Arc::new(openapi::document(&operations::all()));
    Router::new()
        .route("/api", get(show))
        .layer(Extension(document))
}

/// An operation with its method and path.
type Listed<'d> = (&'d str, &'d str, &'d Json);

async fn show(Extension(document): Extension<Arc<Json>>, here: Here) -> Response {
    let lang = here.lang();
    let title = lang.pick("平台接口", "Platform interface");
    let groups = by_tag(&document);
    let body = html! {
        h1 { (title) }
        div class="prose" {
            p { (lang.pick(
                "页面能做的，程序也能做：同样的用例，同样的权限，同样记入日志。列表按键翻页：把回答里的 next 作为 after 再问。时刻用 RFC 3339。修改类请求可带 Idempotency-Key，重复发送只算一次。",
                "What pages do, programs can do: the same use cases, the same permissions, the same log. Lists are paged by key: pass `next` of an answer as `after`. Instants are RFC 3339. Changing requests may carry Idempotency-Key, so that sending twice counts once.",
            )) }
            p {
                (lang.pick("给程序看的同一份说明：", "The same for programs: "))
                a href="/api/openapi.json" { "openapi.json" } " (OpenAPI 3.1)"
                (lang.pick("。城市通用的上报接口：", ". The reporting interface shared by many cities: "))
                a href="/open311/v2/services.json" { "Open311 GeoReport v2" }
            }
        }
        nav class="api-index" aria-label=(lang.pick("全部操作", "All operations")) {
            @for (tag, operations) in &groups {
                h2 { (tag) }
                ul { @for (method, path, operation) in operations {
                    li { a href={ "#" (text(operation, "operationId")) } { code { (method.to_uppercase()) " " (path) } } }
                } }
            }
        }
        div class="api-operations" lang="en" {
            @for operation in groups.values().flatten() { (described(lang, operation)) }
        }
        (schemas(lang, &document))
    };
    render(&here.page(Audience::Public, title), &body).into_response()
}

fn by_tag(document: &Json) -> BTreeMap<&str, Vec<Listed<'_>>> {
    let mut groups: BTreeMap<&str, Vec<Listed<'_>>> = BTreeMap::new();
    let paths = document.get("paths").and_then(Json::as_object);
    for (path, methods) in paths.into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let tag = operation
                .pointer("/tags/0")
                .and_then(Json::as_str)
                .unwrap_or_default();
            groups
                .entry(tag)
                .or_default()
                .push((method, path, operation));
        }
    }
    groups
}

fn text<'d>(of: &'d Json, key: &str) -> &'d str {
    of.get(key).and_then(Json::as_str).unwrap_or_default()
}

fn described(lang: Lang, (method, path, operation): &Listed<'_>) -> Markup {
    let parameters = operation.get("parameters").and_then(Json::as_array);
    let parameters: Vec<&Json> = parameters.into_iter().flatten().collect();
    let responses = operation.get("responses").and_then(Json::as_object);
    let done = responses.and_then(|all| all.iter().find(|(status, _)| *status != "default"));
    html! {
        section class="api-operation" id=(text(operation, "operationId")) {
            h3 { code { (method.to_uppercase()) " " (path) } }
            p { (text(operation, "summary")) }
            dl class="facts" {
                div { dt { (lang.pick("权限", "Permission")) } dd { code { (text(operation, "x-permission")) } } }
                @if operation.get("x-audit").is_some() { div { dt { (lang.pick("写入日志", "Logged as")) } dd { code { (text(operation, "x-audit")) } } } }
                @if let Some(body) = operation.get("requestBody") { div { dt { (lang.pick("请求内容", "Request")) } dd { (content(body)) } } }
                @if let Some((status, response)) = done { div { dt { (lang.pick("回答", "Answer")) } dd { code { (status) } " " (content(response)) } } }
            }
            @if !parameters.is_empty() {
                table class="table plain parameters" {
                    caption { (lang.pick("参数", "Parameters")) }
                    thead { tr { th scope="col" { (lang.pick("名称", "Name")) } th scope="col" { (lang.pick("位置", "In")) } th scope="col" { (lang.pick("含义", "Meaning")) } } }
                    tbody { @for parameter in parameters {
                        tr {
                            td { code { (text(parameter, "name")) } @if parameter.get("required").and_then(Json::as_bool) == Some(true) { " *" } }
                            td { (text(parameter, "in")) }
                            td { (text(parameter, "description")) }
                        }
                    } }
                }
            }
        }
    }
}

/// Media type and type of a body.
fn content(body: &Json) -> Markup {
    let kinds = body.get("content").and_then(Json::as_object);
    html! {
        @for (kind, described) in kinds.into_iter().flatten() {
            code { (kind) } " "
            @if let Some(schema) = described.get("schema") { (named(schema)) }
        }
    }
}

/// A type by name, leading to its fields.
fn named(schema: &Json) -> Markup {
    if let Some(name) = text(schema, "$ref")
        .rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
    {
        return html! { a href={ "#schema-" (name) } { code { (name) } } };
    }
    if let Some(items) = schema.get("items") {
        return html! { (named(items)) "[]" };
    }
    let options = schema.get("anyOf").and_then(Json::as_array);
    if let Some(options) = options {
        return html! { @for (at, option) in options.iter().enumerate() { @if at > 0 { " | " } (named(option)) } };
    }
    let kind = match schema.get("type") {
        Some(Json::String(kind)) => kind.clone(),
        Some(Json::Array(kinds)) => kinds
            .iter()
            .filter_map(Json::as_str)
            .collect::<Vec<_>>()
            .join(" | "),
        _ => "any".to_owned(),
    };
    html! { code { (kind) } }
}

fn schemas(lang: Lang, document: &Json) -> Markup {
    let all = document
        .pointer("/components/schemas")
        .and_then(Json::as_object);
    html! {
        h2 { (lang.pick("类型", "Types")) }
        div lang="en" {
            @for (name, schema) in all.into_iter().flatten() {
                section class="api-operation" id={ "schema-" (name) } {
                    h3 { code { (name) } }
                    @if !text(schema, "description").is_empty() { p { (text(schema, "description")) } }
                    @let fields = schema.get("properties").and_then(Json::as_object);
                    @if let Some(fields) = fields {
                        dl class="facts" { @for (field, described) in fields {
                            div { dt { code { (field) } } dd { (named(described)) " " (text(described, "description")) } }
                        } }
                    }
                }
            }
        }
    }
}
