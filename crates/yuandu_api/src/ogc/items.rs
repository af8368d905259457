//! Features of a collection: a page at a time, or one.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use serde_json::{Value, json};
use yuandu_geo::Crs;
use yuandu_places::{Feature, FeaturePage};

use super::answer::{GEOJSON, JSON, address, answer, link, refused};
use super::query::{Given, check, crs, items};
use crate::extract::{Path, Query};
use crate::{ApiError, App, Visitor, layers};

pub(super) async fn page(
    State(app): State<App>,
    visitor: Visitor,
    Path(collection): Path<String>,
    Query(given): Query<Given>,
) -> Response {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        let ctx = &visitor.ctx;
        let (layer, allowed) = layers::find(app, ctx, &collection)?;
        let asked = items(&given, layer)?;
        let page = app
            .tiles
            .features(&layer.id, &asked.query, &allowed, ctx.now())?;
        let base = address(app, &format!("/collections/{}", layer.id));
        let body = collection_of(&page, &given, &base, asked.crs, ctx.now());
        Ok((asked.crs, body))
    });
    match found.await {
        Ok((crs, body)) => in_crs(answer(GEOJSON, &body), crs),
        Err(error) => refused(error, lang),
    }
}

pub(super) async fn view(
    State(app): State<App>,
    visitor: Visitor,
    Path((collection, feature)): Path<(String, String)>,
    Query(given): Query<Given>,
) -> Response {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        let ctx = &visitor.ctx;
        let (layer, allowed) = layers::find(app, ctx, &collection)?;
        check(&given, &["crs", "f"])?;
        let crs = crs(&given)?;
        let found = app
            .tiles
            .feature(&layer.id, &feature, &allowed, ctx.now())?
            .ok_or_else(ApiError::not_found)?;
        let base = address(app, &format!("/collections/{}", layer.id));
        Ok((crs, alone(&found, &base, crs)))
    });
    match found.await {
        Ok((crs, body)) => in_crs(answer(GEOJSON, &body), crs),
        Err(error) => refused(error, lang),
    }
}

/// Says which reference system the coordinates are in, as part 2 of the standard asks.
fn in_crs(mut response: Response, crs: Crs) -> Response {
    if let Ok(value) = HeaderValue::from_str(&format!("<{}>", crs.uri())) {
        let name = HeaderName::from_static("content-crs");
        response.headers_mut().insert(name, value);
    }
    response
}

fn collection_of(
    page: &FeaturePage,
    given: &Given,
    base: &str,
    crs: Crs,
    now: jiff::Timestamp,
) -> Value {
    let features: Vec<Value> = (page.features.iter())
        .map(|feature| feature.to_geojson(crs))
        .collect();
    let mut links = vec![
        link(
            items_address(base, given, None),
            "self",
            GEOJSON,
            "this page",
        ),
        link(base, "collection", JSON, "the collection"),
    ];
    if let Some(next) = &page.next {
        let href = items_address(base, given, Some(next));
        links.push(link(href, "next", GEOJSON, "the next page"));
    }
    let mut body = json!({
        "type": "FeatureCollection",
        "timeStamp": now.to_string(),
        "numberReturned": features.len(),
        "features": features,
        "links": links,
    });
    if let (Some(object), Some(matched)) = (body.as_object_mut(), page.matched) {
        object.insert("numberMatched".to_owned(), matched.into());
    }
    body
}

fn alone(feature: &Feature, base: &str, crs: Crs) -> Value {
    let mut body = feature.to_geojson(crs);
    let id = path_part(&feature.id);
    if let Some(object) = body.as_object_mut() {
        let links = json!([
            link(
                format!("{base}/items/{id}"),
                "self",
                GEOJSON,
                "this feature"
            ),
            link(base, "collection", JSON, "the collection"),
        ]);
        object.insert("links".to_owned(), links);
    }
    body
}

/// The address of a page: what was asked, from another place on.
fn items_address(base: &str, given: &Given, after: Option<&String>) -> String {
    let asked = given
        .iter()
        .filter(|(name, _)| after.is_none() || name != "after")
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let pairs: Vec<(&str, &str)> = asked
        .chain(after.map(|after| ("after", after.as_str())))
        .collect();
    match serde_urlencoded::to_string(&pairs) {
        Ok(query) if !query.is_empty() => format!("{base}/items?{query}"),
        _ => format!("{base}/items"),
    }
}

/// An id as a part of a path.
fn path_part(id: &str) -> String {
    id.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
