//! The landing page, what is conformed to, and the description of the API.

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use super::answer::{JSON, address, answer, link, refused};
use super::query::{Given, check};
use crate::extract::Query;
use crate::{App, Visitor, openapi, operations};

/// OpenAPI 3.1 as JSON.
const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.1";

/// The requirements classes that are met.
const CONFORMANCE: [&str; 13] = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/tms/2.0/conf/tilematrixset",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
];

pub(super) async fn landing(
    State(app): State<App>,
    visitor: Visitor,
    Query(given): Query<Given>,
) -> Response {
    let lang = visitor.lang();
    if let Err(error) = check(&given, &["f"]) {
        return refused(error, lang);
    }
    let at = |path: &str| address(&app, path);
    let schemes = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes";
    answer(
        JSON,
        &json!({
            "title": format!("{}{}", app.city.get(lang), lang.pick("地图数据", ": map data")),
            "description": lang.pick(
                "行政区划、网格、部件、案卷等图层，按 OGC API - Features 与 Tiles 提供。",
                "Divisions, grids, components, cases and other layers by OGC API - Features and Tiles."
            ),
            "links": [
                link(at(""), "self", JSON, "this page"),
                link(at("/api"), "service-desc", OPENAPI, "the API"),
                link(at("/conformance"), "conformance", JSON, "what is conformed to"),
                link(at("/conformance"), "http://www.opengis.net/def/rel/ogc/1.0/conformance", JSON, "what is conformed to"),
                link(at("/collections"), "data", JSON, "collections"),
                link(at("/collections"), "http://www.opengis.net/def/rel/ogc/1.0/data", JSON, "collections"),
                link(at("/tileMatrixSets"), schemes, JSON, "tiling schemes"),
            ]
        }),
    )
}

pub(super) async fn conformance(visitor: Visitor, Query(given): Query<Given>) -> Response {
    match check(&given, &["f"]) {
        Ok(()) => answer(JSON, &json!({ "conformsTo": CONFORMANCE })),
        Err(error) => refused(error, visitor.lang()),
    }
}

/// The description of the platform's API, this door among it.
pub(super) async fn description(visitor: Visitor, Query(given): Query<Given>) -> Response {
    match check(&given, &["f"]) {
        Ok(()) => answer(OPENAPI, &openapi::document(&operations::all())),
        Err(error) => refused(error, visitor.lang()),
    }
}
