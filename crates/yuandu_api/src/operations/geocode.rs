//! Geocoding: from words to places, and from a position to what is there.

use axum::extract::State;
use axum::routing::get;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yuandu_base::{Lang, Problem};
use yuandu_geo::{Coordinates, Position, ReferenceSystem};
use yuandu_identity::Resource;

use super::places::{PlaceView, locate};
use crate::extract::{Json, Query};
use crate::finder::{Found, around};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

/// Places of an answer when nothing is said, and at most.
const USUAL: usize = 10;
const MOST: usize = 50;
/// Letters of a question that are read: an address has some thirty.
const LONGEST: usize = 200;
/// How far away what is near may be, when nothing is said and at most: a block, a village.
const NEAR_M: f64 = 200.0;
const FAR_M: f64 = 2000.0;

const SYSTEM: Parameter = Parameter {
    place: "query",
    name: "crs",
    description: "`WGS84` (the default), `CGCS2000`, `GCJ-02` or `BD-09`: the reference system of positions, asked and answered.",
    required: false,
};

/// Operations of geocoding.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "geocode",
            method: "get",
            path: "/api/v1/geocode",
            tag: "places",
            summary: "Places by their names, addresses or codes, likeliest first: divisions, roads, addresses, places of interest, grids, components.",
            permission: "places.view",
            audit: None,
            parameters: &[
                Parameter {
                    place: "query",
                    name: "q",
                    description: "Name, address or code; at most 200 characters are read.",
                    required: true,
                },
                Parameter {
                    place: "query",
                    name: "limit",
                    description: "Places in the answer, 1 to 50; 10 when nothing is said.",
                    required: false,
                },
                SYSTEM,
            ],
            request: None,
            response: (200, "application/json", Some(schema_of::<GeocodeView>)),
            handler: get(geocode),
        },
        Operation {
            id: "reverse_geocode",
            method: "get",
            path: "/api/v1/reverse",
            tag: "places",
            summary: "What is at a position: division and grid, and of each layer what is nearest.",
            permission: "places.view",
            audit: None,
            parameters: &[
                Parameter {
                    place: "query",
                    name: "lon",
                    description: "Longitude in degrees.",
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
                    name: "radius",
                    description: "Metres within which something is near, up to 2000; 200 when nothing is said.",
                    required: false,
                },
                SYSTEM,
            ],
            request: None,
            response: (200, "application/json", Some(schema_of::<ReverseView>)),
            handler: get(reverse),
        },
    ]
}

/// A place that was found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FoundView {
    /// Name of the layer, as in `/ogc/collections`.
    pub layer: String,
    /// Name of the layer in words.
    pub title: String,
    /// Id of the row.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Longitude in the system asked for.
    pub lon: f64,
    /// Latitude.
    pub lat: f64,
    /// How likely it is the one that is meant, 0 to 1.
    pub score: f64,
    /// Metres away, where a position was asked about.
    pub distance_m: Option<f64>,
}

/// The answer to words.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GeocodeView {
    /// Places, likeliest first.
    pub places: Vec<FoundView>,
    /// Where the words name a division without an outline of its own: the division around it, and a position in that.
    pub around: Option<AroundView>,
}

/// A division that a place lies in.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AroundView {
    /// Code of the division that is named.
    pub division: String,
    /// Name of the one with an outline.
    pub name: String,
    /// Longitude in the system asked for.
    pub lon: f64,
    /// Latitude.
    pub lat: f64,
}

/// What is at a position.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReverseView {
    /// Division, grid and the place in words.
    pub place: PlaceView,
    /// Of each layer what is nearest, nearest first.
    pub nearest: Vec<FoundView>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    limit: String,
    lon: String,
    lat: String,
    radius: String,
    crs: String,
}

impl Asked {
    fn system(&self) -> Result<ReferenceSystem, ApiError> {
        match self.crs.trim() {
            "" => Ok(ReferenceSystem::Wgs84),
            text => Ok(text.parse()?),
        }
    }

    fn limit(&self) -> Result<usize, ApiError> {
        match self.limit.trim() {
            "" => Ok(USUAL),
            text => number(text, "limit", "1–50", |limit: &usize| {
                (1..=MOST).contains(limit)
            }),
        }
    }

    fn radius(&self) -> Result<f64, ApiError> {
        match self.radius.trim() {
            "" => Ok(NEAR_M),
            text => number(text, "radius", "1–2000", |radius: &f64| {
                (1.0..=FAR_M).contains(radius)
            }),
        }
    }
}

async fn geocode(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Json<GeocodeView>, ApiError> {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        app.gate
            .require(&visitor.ctx, "places.view", &Resource::system())?;
        let (system, limit) = (asked.system()?, asked.limit()?);
        let words: String = asked.q.trim().chars().take(LONGEST).collect();
        if words.is_empty() {
            return Err(ApiError::invalid(vec![Problem::new(
                "geocode.empty",
                "q",
                "请填写地名、地址或编码",
                "give a name, an address or a code",
            )]));
        }
        let found = app.finder().find(app, &visitor.ctx, &words, limit)?;
        let division = app.locator.parse_address(&words)?.division;
        let around = match division {
            Some(code) if !found.iter().any(|one| one.row.id == code) => {
                let known = app.locator.division_around(&code)?;
                known.map(|(name, position)| {
                    let there = Coordinates::of(position, system);
                    AroundView {
                        division: code,
                        name,
                        lon: there.lon(),
                        lat: there.lat(),
                    }
                })
            }
            _ => None,
        };
        let places = found.into_iter().map(|one| view(app, one, system, lang));
        Ok(GeocodeView {
            places: places.collect(),
            around,
        })
    });
    Ok(Json(found.await.map_err(|error| error.in_lang(lang))?))
}

async fn reverse(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Json<ReverseView>, ApiError> {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        app.gate
            .require(&visitor.ctx, "places.view", &Resource::system())?;
        let (system, radius) = (asked.system()?, asked.radius()?);
        let raw = Position::parse(&asked.lon, &asked.lat)?;
        let position = Coordinates::new(system, raw.lon(), raw.lat())?.to_position();
        let nearest = around(app, &visitor.ctx, position, radius)?;
        Ok(ReverseView {
            place: locate(app, position)?,
            nearest: nearest
                .into_iter()
                .map(|one| FoundView {
                    distance_m: Some((one.row.distance_m * 10.0).round() / 10.0),
                    ..view(app, one, system, lang)
                })
                .collect(),
        })
    });
    Ok(Json(found.await.map_err(|error| error.in_lang(lang))?))
}

fn view(app: &App, found: Found, system: ReferenceSystem, lang: Lang) -> FoundView {
    let there = Coordinates::of(found.row.position, system);
    let layers = app.tiles.layers();
    let title = layers.iter().find(|layer| layer.id == found.layer);
    FoundView {
        title: title.map_or_else(String::new, |layer| layer.title.get(lang).to_owned()),
        layer: found.layer,
        id: found.row.id,
        name: found.row.name,
        lon: there.lon(),
        lat: there.lat(),
        score: (found.score * 100.0).round() / 100.0,
        distance_m: None,
    }
}

fn number<T: std::str::FromStr>(
    text: &str,
    name: &str,
    known: &str,
    fits: impl Fn(&T) -> bool,
) -> Result<T, ApiError> {
    let read = text.parse().ok().filter(|number| fits(number));
    read.ok_or_else(|| {
        ApiError::invalid(vec![Problem::new(
            "query.unknown",
            name,
            format!("`{name}` 不能是 `{text}`，可用：{known}"),
            format!("`{name}` cannot be `{text}`; use {known}"),
        )])
    })
}
