//! The one table of operations: router and OpenAPI document both come from it.

use axum::Router;
use axum::routing::MethodRouter;
use schemars::generate::SchemaGenerator;
use serde_json::Value;

use crate::App;

/// How to describe a type: adds its schema to the generator and returns a reference to it.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Value;

/// The rule of an operation that everyone may ask for, sessions or not: signing in.
pub const ANYONE: &str = "anyone";
/// The rule of an operation about the caller's own session: being signed in is all it needs.
pub const SIGNED_IN: &str = "signed-in";

/// The schema of `T`.
pub fn schema_of<T: schemars::JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

/// A parameter in the path or query.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// `path`, `query` or `header`.
    pub place: &'static str,
    /// Name.
    pub name: &'static str,
    /// What it means, with unit and form.
    pub description: &'static str,
    /// Whether it must be given.
    pub required: bool,
}

/// One operation of the platform API.
#[derive(Clone)]
pub struct Operation {
    /// Stable id, the use case's name.
    pub id: &'static str,
    /// `get`, `post`, `put`, `delete`.
    pub method: &'static str,
    /// Path with `{parameters}`.
    pub path: &'static str,
    /// Group in the document.
    pub tag: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The action asked of the gate, or [`ANYONE`] or [`SIGNED_IN`].
    pub permission: &'static str,
    /// The audit event written, if the operation changes anything.
    pub audit: Option<&'static str>,
    /// Parameters.
    pub parameters: &'static [Parameter],
    /// Request body: media type and schema.
    pub request: Option<(&'static str, SchemaOf)>,
    /// Success status, media type and schema.
    pub response: (u16, &'static str, Option<SchemaOf>),
    /// The handler.
    pub handler: MethodRouter<App>,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Operation")
            .field("id", &self.id)
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// The router of a table of operations.
pub fn routes(operations: Vec<Operation>) -> Router<App> {
    operations
        .into_iter()
        .fold(Router::new(), |router, operation| {
            router.route(operation.path, operation.handler)
        })
}
