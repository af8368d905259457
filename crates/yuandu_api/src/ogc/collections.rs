//! Collections: the layers that the asker may see.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};
use yuandu_base::Lang;
use yuandu_geo::Crs;
use yuandu_places::LayerDef;

use super::answer::{GEOJSON, JSON, address, answer, link, refused};
use super::query::{Given, check};
use crate::extract::{Path, Query};
use crate::{ApiError, App, Visitor, layers};

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(given): Query<Given>,
) -> Response {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        check(&given, &["f"])?;
        let mut collections = Vec::new();
        for layer in app.tiles.layers() {
            if let Some(allowed) = layers::visible(app, &visitor.ctx, layer)? {
                collections.push(described(app, layer, lang, allowed.is_everything)?);
            }
        }
        Ok(json!({
            "links": [link(address(app, "/collections"), "self", JSON, "collections")],
            "crs": systems(),
            "collections": collections,
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
    Path(collection): Path<String>,
    Query(given): Query<Given>,
) -> Response {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        check(&given, &["f"])?;
        let (layer, allowed) = layers::find(app, &visitor.ctx, &collection)?;
        described(app, layer, lang, allowed.is_everything)
    });
    match found.await {
        Ok(body) => answer(JSON, &body),
        Err(error) => refused(error, lang),
    }
}

fn described(app: &App, layer: &LayerDef, lang: Lang, tiled: bool) -> Result<Value, ApiError> {
    // Points are not looked through for this: they lie in the city.
    let extent = match app.tiles.extent(&layer.id)? {
        Some(extent) => Some(extent),
        None => app.locator.bounds()?,
    };
    let at = |path: &str| address(app, &format!("/collections/{}{path}", layer.id));
    let title = layer.title.get(lang);
    let mut links = vec![
        link(at(""), "self", JSON, title),
        link(at("/items"), "items", GEOJSON, title),
    ];
    if tiled {
        let tilesets = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
        links.push(link(at("/tiles"), tilesets, JSON, title));
    }
    let mut described = json!({
        "id": layer.id,
        "title": title,
        "itemType": "feature",
        "crs": systems(),
        "storageCrs": Crs::Crs84.uri(),
        "links": links,
    });
    if let (Some(object), Some(extent)) = (described.as_object_mut(), extent) {
        let spatial = json!({
            "bbox": [[extent.west, extent.south, extent.east, extent.north]],
            "crs": Crs::Crs84.uri(),
        });
        object.insert("extent".to_owned(), json!({ "spatial": spatial }));
    }
    Ok(described)
}

fn systems() -> Vec<&'static str> {
    Crs::ALL.into_iter().map(Crs::uri).collect()
}
