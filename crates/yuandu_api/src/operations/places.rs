//! Places: which grid a position lies in, reports that may be the same, map tiles.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use yuandu_base::{ErrorKind, Problem};
use yuandu_geo::{Position, TileId};
use yuandu_identity::{Actor, Resource};
use yuandu_places::{PointTable, Similar, SimilarQuery, Tile};

use crate::extract::{Json, Path, Query};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor, layers};

/// How far apart the same thing may be reported: a crossing's width and a phone's error.
const SAME_PLACE_M: f64 = 120.0;
/// How long an open report may be joined.
const SAME_TIME: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What is known about a position.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct PlaceView {
    /// Six-digit division code.
    pub division: Option<String>,
    /// Fifteen-character unit grid code.
    pub grid: Option<String>,
    /// The place in words, from large to small.
    pub words: String,
    /// Whether the position lies in the city.
    pub inside: bool,
}

/// A report that may be the same thing.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SimilarView {
    /// Number of the case.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Its stage.
    pub stage: String,
    /// When it was reported, RFC 3339.
    pub opened_at: String,
    /// Metres away.
    pub distance_m: i64,
    /// Likeness from 0 to 1.
    pub score: f64,
}

const POSITION: &[Parameter] = &[
    Parameter {
        place: "query",
        name: "lon",
        description: "Longitude in degrees, CGCS2000 or WGS 84.",
        required: true,
    },
    Parameter {
        place: "query",
        name: "lat",
        description: "Latitude in degrees.",
        required: true,
    },
];

const SIMILAR: &[Parameter] = &[
    Parameter {
        place: "query",
        name: "lon",
        description: "Longitude in degrees, CGCS2000 or WGS 84.",
        required: true,
    },
    Parameter {
        place: "query",
        name: "lat",
        description: "Latitude in degrees.",
        required: true,
    },
    Parameter {
        place: "query",
        name: "category",
        description: "Five-digit category, if chosen.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "words",
        description: "What was written so far.",
        required: false,
    },
];

/// Operations on places.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "locate_place",
            method: "get",
            path: "/api/v1/places/locate",
            tag: "places",
            summary: "Division and unit grid of a position.",
            permission: "places.view",
            audit: None,
            parameters: POSITION,
            request: None,
            response: (200, "application/json", Some(schema_of::<PlaceView>)),
            handler: get(locate_place),
        },
        Operation {
            id: "parse_address",
            method: "get",
            path: "/api/v1/places/address",
            tag: "places",
            summary: "A Chinese address taken apart: division by the city’s own names, road, number, estate, building, unit, room; and a key that is the same for two ways of writing one door.",
            permission: "places.view",
            audit: None,
            parameters: &[Parameter {
                place: "query",
                name: "text",
                description: "The address, at most 200 characters are read.",
                required: true,
            }],
            request: None,
            response: (200, "application/json", Some(schema_of::<Value>)),
            handler: get(parse_address),
        },
        Operation {
            id: "find_similar_cases",
            method: "get",
            path: "/api/v1/places/similar",
            tag: "places",
            summary: "Open reports nearby that may be the same thing, best first.",
            permission: "places.view",
            audit: None,
            parameters: SIMILAR,
            request: None,
            response: (200, "application/json", Some(schema_of::<Vec<SimilarView>>)),
            handler: get(find_similar),
        },
        tile(),
    ]
}

fn tile() -> Operation {
    Operation {
        id: "view_tile",
        method: "get",
        path: "/tiles/{layer}/{z}/{x}/{file}",
        tag: "places",
        summary: "A Mapbox vector tile (2.1) of one layer that shows everyone who sees it the same.",
        permission: "places.view",
        audit: None,
        parameters: &[
            Parameter {
                place: "path",
                name: "layer",
                description: "Name of the layer.",
                required: true,
            },
            Parameter {
                place: "path",
                name: "z",
                description: "Zoom, 0 to 22.",
                required: true,
            },
            Parameter {
                place: "path",
                name: "x",
                description: "Column.",
                required: true,
            },
            Parameter {
                place: "path",
                name: "file",
                description: "Row with the ending `.mvt`.",
                required: true,
            },
        ],
        request: None,
        response: (200, "application/vnd.mapbox-vector-tile", None),
        handler: get(view_tile),
    }
}

/// A position as it comes in an address.
#[derive(Debug, Deserialize)]
pub struct PositionQuery {
    #[serde(default)]
    lon: String,
    #[serde(default)]
    lat: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    words: String,
}

async fn locate_place(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<PositionQuery>,
) -> Result<Json<PlaceView>, ApiError> {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        app.gate
            .require(&visitor.ctx, "places.view", &Resource::system())?;
        locate(app, Position::parse(&query.lon, &query.lat)?)
    });
    Ok(Json(found.await.map_err(|error| error.in_lang(lang))?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AddressQuery {
    text: String,
}

async fn parse_address(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<AddressQuery>,
) -> Result<Json<Value>, ApiError> {
    let lang = visitor.lang();
    let parsed = app.run(move |app| {
        app.gate
            .require(&visitor.ctx, "places.view", &Resource::system())?;
        let address = app.locator.parse_address(&query.text)?;
        Ok(json!({ "address": address, "key": address.key() }))
    });
    Ok(Json(parsed.await.map_err(|error| error.in_lang(lang))?))
}

async fn find_similar(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<PositionQuery>,
) -> Result<Json<Vec<SimilarView>>, ApiError> {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        app.gate
            .require(&visitor.ctx, "places.view", &Resource::system())?;
        let place = Position::parse(&query.lon, &query.lat)?;
        let found = similar(
            app,
            &visitor,
            place,
            Some(query.category.as_str()).filter(|code| !code.is_empty()),
            &query.words,
        )?;
        Ok(found.into_iter().map(similar_view).collect())
    });
    Ok(Json(found.await.map_err(|error| error.in_lang(lang))?))
}

async fn view_tile(
    State(app): State<App>,
    visitor: Visitor,
    Path((layer, z, x, file)): Path<(String, u32, u32, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let lang = visitor.lang();
    let tile = app.run(move |app| {
        let layer = layers::find_tiled(app, &visitor.ctx, &layer)?;
        let row = file
            .strip_suffix(".mvt")
            .and_then(|row| row.parse().ok())
            .ok_or_else(ApiError::not_found)?;
        Ok(app
            .tiles
            .tile(&layer.id, TileId::new(z, x, row)?, visitor.ctx.now())?)
    });
    let tile = tile.await.map_err(|error| error.in_lang(lang))?;
    tile_answer(&tile, headers.get(header::IF_NONE_MATCH))
}

/// A tile, or that the one the asker has is still true.
pub(crate) fn tile_answer(tile: &Tile, known: Option<&HeaderValue>) -> Result<Response, ApiError> {
    let etag = HeaderValue::from_str(&tile.etag).map_err(|_| ApiError::internal())?;
    // `no-cache` means: keep it, but ask each time whether it is still true.
    let kept = [
        (header::ETAG, etag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    if known == Some(&etag) {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let media_type = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/vnd.mapbox-vector-tile"),
    )];
    Ok((kept, media_type, tile.bytes.to_vec()).into_response())
}

/// What is known about a position; asked by forms too.
pub fn locate(app: &App, position: Position) -> Result<PlaceView, ApiError> {
    let located = app.locator.locate(position)?;
    Ok(PlaceView {
        words: located.words(),
        inside: located.division.is_some(),
        division: located.division,
        grid: located.grid,
    })
}

/// Refuses a position outside the city, where nobody could go.
pub fn inside(app: &App, position: Position, field: &str) -> Result<PlaceView, ApiError> {
    let place = locate(app, position)?;
    if place.inside {
        return Ok(place);
    }
    Err(ApiError::invalid(vec![Problem::new(
        "places.outside",
        field,
        format!("位置不在{}境内，请在地图上重新选择", app.city.zh),
        format!(
            "the position is outside {}; choose it again on the map",
            app.city.en
        ),
    )]))
}

/// Open reports near `place` that may be the same thing.
pub fn similar(
    app: &App,
    visitor: &Visitor,
    place: Position,
    category: Option<&str>,
    words: &str,
) -> Result<Vec<Similar>, ApiError> {
    let since = visitor
        .ctx
        .now()
        .checked_sub(SAME_TIME)
        .unwrap_or(jiff::Timestamp::MIN);
    let query = SimilarQuery {
        position: place,
        category,
        words,
        radius_m: SAME_PLACE_M,
        since,
    };
    let found = app.store.read(|reader| {
        yuandu_places::similar(
            reader,
            app.realm.get().into(),
            PointTable {
                table: "cases",
                words: "words",
            },
            &query,
        )
    })?;
    Ok(found)
}

/// The place that a form's two coordinates mark; none when both are empty, a problem of the form when they are no place.
pub fn marked(lon: &str, lat: &str) -> Result<Option<Position>, ApiError> {
    match (lon.is_empty(), lat.is_empty()) {
        (true, true) => Ok(None),
        (false, false) => match Position::parse(lon, lat) {
            Ok(position) => Ok(Some(position)),
            Err(error) => Err(ApiError::invalid(vec![error.problem("place")])),
        },
        _ => Err(ApiError::invalid(vec![Problem::new(
            "places.half",
            "place",
            "经度和纬度只填了一个，请都填上，或都留空",
            "only one of longitude and latitude is given; give both or neither",
        )])),
    }
}

/// Refuses to join a report to a case that is unknown or stands elsewhere. Pages offer what is near, so such a number was
/// never offered.
pub fn joinable(
    app: &App,
    visitor: &Visitor,
    number: &str,
    place: Option<Position>,
) -> Result<(), ApiError> {
    let refuse = |zh: String, en: String| {
        Err(ApiError::invalid(vec![Problem::new(
            "report.join",
            "",
            zh,
            en,
        )]))
    };
    let all = visitor.ctx.as_actor(Actor::System("join"));
    let case = match app.engine.find_case(&all, number).map_err(ApiError::from) {
        Ok(case) => case,
        Err(error) if error.kind == ErrorKind::NotFound => {
            return refuse(
                format!("没有编号为 `{number}` 的上报可以加入，请从列出的里面选，或单独上报"),
                format!(
                    "there is no report `{number}` to join; choose one of those listed, or send your own"
                ),
            );
        }
        Err(error) => return Err(error),
    };
    let stands = case.lon.zip(case.lat);
    let stands = stands.and_then(|(lon, lat)| Position::new(lon, lat).ok());
    let metres = stands.zip(place).map(|(case, own)| case.distance_m(own));
    match metres.filter(|metres| *metres > SAME_PLACE_M) {
        Some(metres) => refuse(
            format!("`{number}` 离您标的位置约 {metres:.0} 米，不是同一处，请单独上报"),
            format!(
                "`{number}` is about {metres:.0} m from the place you marked; send your own report"
            ),
        ),
        None => Ok(()),
    }
}

/// A similar report as given to everyone.
#[must_use]
pub fn similar_view(similar: Similar) -> SimilarView {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a distance below the radius"
    )]
    let distance_m = similar.distance_m.round() as i64;
    SimilarView {
        number: similar.number,
        title: similar.title,
        stage: similar.stage,
        opened_at: similar.opened_at.to_string(),
        distance_m,
        score: (similar.score * 100.0).round() / 100.0,
    }
}
