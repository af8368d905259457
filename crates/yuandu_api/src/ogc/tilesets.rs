//! Tilesets: the vector tiles of a collection, and the square pyramid they lie in.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde_json::{Value, json};
use yuandu_base::Lang;
use yuandu_geo::{Crs, MAX_ZOOM, TileId};
use yuandu_places::{Geometry, LayerDef};

use super::answer::{GEOJSON, JSON, TILE, address, answer, link, open, refused};
use super::query::{Given, check};
use crate::extract::{Path, Query};
use crate::operations::places::tile_answer;
use crate::{ApiError, App, Visitor, layers};

/// The one pyramid, by its name in the register of OGC.
const QUAD: &str = "WebMercatorQuad";
const QUAD_URI: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
const SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
/// Metres of a pixel and scale at zoom 0, and half the width of the world, as the register gives them.
const CELL: f64 = 156_543.033_928_041;
const SCALE: f64 = 559_082_264.028_717_8;
const EDGE: f64 = 20_037_508.342_789_2;

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Path(collection): Path<String>,
    Query(given): Query<Given>,
) -> Response {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        check(&given, &["f"])?;
        let layer = layers::find_tiled(app, &visitor.ctx, &collection)?;
        let at = address(app, &format!("/collections/{}/tiles", layer.id));
        Ok(json!({
            "links": [link(&at, "self", JSON, layer.title.get(lang))],
            "tilesets": [described(app, layer, lang)],
        }))
    });
    match found.await {
        Ok(body) => answer(JSON, &body),
        Err(error) => refused(error, lang),
    }
}

pub(super) async fn view(
    State(app): State<App>,
    visitor: Visitor,
    Path((collection, scheme)): Path<(String, String)>,
    Query(given): Query<Given>,
) -> Response {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        check(&given, &["f"])?;
        known(&scheme)?;
        let layer = layers::find_tiled(app, &visitor.ctx, &collection)?;
        Ok(described(app, layer, lang))
    });
    match found.await {
        Ok(body) => answer(JSON, &body),
        Err(error) => refused(error, lang),
    }
}

pub(super) async fn tile(
    State(app): State<App>,
    visitor: Visitor,
    Path((collection, scheme, z, y, x)): Path<(String, String, String, String, String)>,
    Query(given): Query<Given>,
    headers: HeaderMap,
) -> Response {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        check(&given, &[])?;
        known(&scheme)?;
        let layer = layers::find_tiled(app, &visitor.ctx, &collection)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| ApiError::not_found());
        // Outside of the matrix set there is no such resource.
        let id = TileId::new(number(&z)?, number(&x)?, number(&y)?)
            .map_err(|_| ApiError::not_found())?;
        let tile = app.tiles.tile(&layer.id, id, visitor.ctx.now())?;
        tile_answer(&tile, headers.get(header::IF_NONE_MATCH))
    });
    match found.await {
        Ok(mut response) => {
            open(&mut response);
            response
        }
        Err(error) => refused(error, lang),
    }
}

pub(super) async fn schemes(
    State(app): State<App>,
    visitor: Visitor,
    Query(given): Query<Given>,
) -> Response {
    if let Err(error) = check(&given, &["f"]) {
        return refused(error, visitor.lang());
    }
    let at = address(&app, &format!("/tileMatrixSets/{QUAD}"));
    let quad = json!({ "id": QUAD, "uri": QUAD_URI, "crs": Crs::Epsg3857.uri(), "links": [link(at, "self", JSON, QUAD)] });
    answer(JSON, &json!({ "tileMatrixSets": [quad] }))
}

pub(super) async fn scheme(
    visitor: Visitor,
    Path(scheme): Path<String>,
    Query(given): Query<Given>,
) -> Response {
    match check(&given, &["f"]).and_then(|()| known(&scheme)) {
        Ok(()) => answer(JSON, &quad()),
        Err(error) => refused(error, visitor.lang()),
    }
}

fn known(scheme: &str) -> Result<(), ApiError> {
    if scheme == QUAD {
        Ok(())
    } else {
        Err(ApiError::not_found())
    }
}

/// The tileset of a layer.
fn described(app: &App, layer: &LayerDef, lang: Lang) -> Value {
    let collection = address(app, &format!("/collections/{}", layer.id));
    let here = format!("{collection}/tiles/{QUAD}");
    let template = json!({
        "href": format!("{here}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"),
        "rel": "item", "type": TILE, "templated": true, "title": layer.title.get(lang),
    });
    let dimension = match layer.geometry {
        Geometry::Point { .. } => 0,
        Geometry::Line { .. } => 1,
        Geometry::Area { .. } => 2,
    };
    json!({
        "title": layer.title.get(lang),
        "dataType": "vector",
        "crs": Crs::Epsg3857.uri(),
        "tileMatrixSetURI": QUAD_URI,
        "layers": [{
            "id": layer.id,
            "title": layer.title.get(lang),
            "dataType": "vector",
            "geometryDimension": dimension,
            "minTileMatrix": layer.min_zoom.to_string(),
            "maxTileMatrix": MAX_ZOOM.to_string(),
        }],
        "links": [
            link(&here, "self", JSON, layer.title.get(lang)),
            template,
            link(address(app, &format!("/tileMatrixSets/{QUAD}")), SCHEME, JSON, QUAD),
            link(format!("{collection}/items"), "http://www.opengis.net/def/rel/ogc/1.0/geodata", GEOJSON, layer.title.get(lang)),
        ],
    })
}

/// The pyramid as a tile matrix set of OGC 17-083r4.
fn quad() -> Value {
    let matrices: Vec<Value> = (0..=MAX_ZOOM)
        .map(|zoom| {
            let across = 1_u32 << zoom;
            json!({
                "id": zoom.to_string(),
                "scaleDenominator": SCALE / f64::from(across),
                "cellSize": CELL / f64::from(across),
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": [-EDGE, EDGE],
                "tileWidth": 256,
                "tileHeight": 256,
                "matrixWidth": across,
                "matrixHeight": across,
            })
        })
        .collect();
    json!({
        "id": QUAD,
        "title": "Google Maps Compatible for the World",
        "uri": QUAD_URI,
        "crs": Crs::Epsg3857.uri(),
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": matrices,
    })
}
