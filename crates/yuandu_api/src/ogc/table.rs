//! The operations of this door in the one table of operations.

use axum::routing::{MethodRouter, get};
use serde_json::Value;

use super::answer::{GEOJSON, JSON, TILE};
use super::{collections, items, landing, tilesets};
use crate::App;
use crate::operation::{ANYONE, Operation, Parameter, SchemaOf, schema_of};

const fn query(name: &'static str, description: &'static str) -> Parameter {
    Parameter {
        place: "query",
        name,
        description,
        required: false,
    }
}

const fn path(name: &'static str, description: &'static str) -> Parameter {
    Parameter {
        place: "path",
        name,
        description,
        required: true,
    }
}

const F: Parameter = query("f", "Form of the answer: `json`.");
const CRS: Parameter = query(
    "crs",
    "URI of the reference system of the answer; CRS84 when nothing is said.",
);
const COLLECTION: Parameter = path("collection", "Name of a collection.");
const SCHEME: Parameter = path("scheme", "`WebMercatorQuad`.");

const FORM: &[Parameter] = &[F];
const OF_COLLECTION: &[Parameter] = &[COLLECTION, F];
const OF_TILESET: &[Parameter] = &[COLLECTION, SCHEME, F];
const OF_SCHEME: &[Parameter] = &[SCHEME, F];
const OF_FEATURE: &[Parameter] = &[COLLECTION, path("feature", "Id of a feature."), CRS, F];
const OF_TILE: &[Parameter] = &[
    COLLECTION,
    SCHEME,
    path("z", "Zoom, 0 to 22."),
    path("y", "Row, from the north."),
    path("x", "Column, from the west."),
];
const OF_ITEMS: &[Parameter] = &[
    COLLECTION,
    query(
        "bbox",
        "Only what meets this box: four numbers in the order of the axes, or six with heights.",
    ),
    query(
        "bbox-crs",
        "URI of the reference system of `bbox`; CRS84 when nothing is said.",
    ),
    CRS,
    query(
        "datetime",
        "An instant of RFC 3339, or two with a slash between; `..` is open. Features without an instant are always meant.",
    ),
    query(
        "limit",
        "Features of a page, 1 to 1000; 10 when nothing is said.",
    ),
    query("after", "Where the page begins; the `next` link has it."),
    F,
    query(
        "{property}",
        "Any property of the collection by its name: only features that have this value.",
    ),
];

/// The operations under `/ogc`.
pub(crate) fn operations() -> Vec<Operation> {
    let mut all = of_features();
    all.extend(of_tiles());
    all
}

fn of_features() -> Vec<Operation> {
    vec![
        operation(
            ("ogc_landing", "/ogc"),
            (ANYONE, "OGC API: landing page."),
            (FORM, JSON),
            get(landing::landing),
        ),
        operation(
            ("ogc_conformance", "/ogc/conformance"),
            (ANYONE, "OGC API: requirements classes that are met."),
            (FORM, JSON),
            get(landing::conformance),
        ),
        operation(
            ("ogc_api", "/ogc/api"),
            (ANYONE, "OGC API: this description."),
            (FORM, "application/vnd.oai.openapi+json;version=3.1"),
            get(landing::description),
        ),
        operation(
            ("ogc_collections", "/ogc/collections"),
            (SEEN, "OGC API: the map layers that the asker may see."),
            (FORM, JSON),
            get(collections::list),
        ),
        operation(
            ("ogc_collection", "/ogc/collections/{collection}"),
            (SEEN, "OGC API: one map layer."),
            (OF_COLLECTION, JSON),
            get(collections::view),
        ),
        operation(
            ("ogc_items", "/ogc/collections/{collection}/items"),
            (
                SEEN,
                "OGC API: features of a layer, those that the asker may see, by place, time and properties.",
            ),
            (OF_ITEMS, GEOJSON),
            get(items::page),
        ),
        operation(
            ("ogc_item", "/ogc/collections/{collection}/items/{feature}"),
            (SEEN, "OGC API: one feature."),
            (OF_FEATURE, GEOJSON),
            get(items::view),
        ),
    ]
}

fn of_tiles() -> Vec<Operation> {
    vec![
        operation(
            ("ogc_tilesets", "/ogc/collections/{collection}/tiles"),
            (
                SEEN,
                "OGC API: tilesets of a layer that shows everyone the same.",
            ),
            (OF_COLLECTION, JSON),
            get(tilesets::list),
        ),
        operation(
            (
                "ogc_tileset",
                "/ogc/collections/{collection}/tiles/{scheme}",
            ),
            (SEEN, "OGC API: one tileset."),
            (OF_TILESET, JSON),
            get(tilesets::view),
        ),
        operation(
            (
                "ogc_tile",
                "/ogc/collections/{collection}/tiles/{scheme}/{z}/{y}/{x}",
            ),
            (SEEN, "OGC API: a Mapbox vector tile (2.1)."),
            (OF_TILE, TILE),
            get(tilesets::tile),
        ),
        operation(
            ("ogc_tiling_schemes", "/ogc/tileMatrixSets"),
            (ANYONE, "OGC API: tiling schemes."),
            (FORM, JSON),
            get(tilesets::schemes),
        ),
        operation(
            ("ogc_tiling_scheme", "/ogc/tileMatrixSets/{scheme}"),
            (ANYONE, "OGC API: one tiling scheme."),
            (OF_SCHEME, JSON),
            get(tilesets::scheme),
        ),
    ]
}

/// The map; which layers and rows of it, is asked of the gate for each.
const SEEN: &str = "places.view";

fn operation(
    (id, path): (&'static str, &'static str),
    (permission, summary): (&'static str, &'static str),
    (parameters, kind): (&'static [Parameter], &'static str),
    handler: MethodRouter<App>,
) -> Operation {
    let schema = (kind == JSON || kind == GEOJSON).then_some(schema_of::<Value> as SchemaOf);
    Operation {
        id,
        method: "get",
        path,
        tag: "ogc",
        summary,
        permission,
        audit: None,
        parameters,
        request: None,
        response: (200, kind, schema),
        handler,
    }
}
