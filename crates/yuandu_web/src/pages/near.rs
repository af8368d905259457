//! What was reported near a place: a list that works alone, and a map whose view the list follows.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;
use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_geo::{BoundingBox, Position};
use yuandu_identity::OpCtx;
use yuandu_process::{CaseFilter, CaseOrder};

use crate::pages::error::PageError;
use crate::pages::here::Here;
use crate::pages::public_cases::{self, PublicCase};
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::{self, Field, Opt};
use yuandu_design::components::map::{Layer, MapConfig, Mode, browse};
use yuandu_design::components::notice::empty;
use yuandu_design::shell::{Audience, render};

/// Open reports shown at most, and as many of those that ended.
const MOST: usize = 30;
/// How far around a place "near" reaches: ten minutes on foot.
const NEAR_M: f64 = 800.0;
/// How far around the middle of a district: most of its built-up part.
const DISTRICT_M: f64 = 6_000.0;

/// `/near` and its list.
pub fn router() -> Router<App> {
    Router::new()
        .route("/near", get(near))
        .route("/near/list", get(list))
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    lon: String,
    #[serde(default)]
    lat: String,
    /// Name of a district.
    #[serde(default)]
    district: String,
    /// West, south, east, north: the view of the map.
    #[serde(default)]
    bbox: String,
}

/// Where the reader looks.
#[derive(Debug, Clone, Copy, Default)]
struct View {
    bbox: Option<[f64; 4]>,
    middle: Option<Position>,
}

/// What was found there.
struct Found {
    open: Vec<PublicCase>,
    ended: Vec<PublicCase>,
}

type Labels = Vec<(Position, String)>;

async fn near(
    State(app): State<App>,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let (lang, ctx) = (here.lang(), here.visitor.ctx.clone());
    let district = asked.district.clone();
    let (labels, view, found) = app
        .run(move |app| {
            let labels = app.locator.division_labels()?;
            let view = view(&asked, &labels);
            let found = find(app, &ctx, lang, view)?;
            Ok((labels, view, found))
        })
        .await?;
    let title = lang.pick("附近报过什么", "Reported near you");
    let names: Vec<(f64, f64, String)> = labels
        .iter()
        .map(|(at, name)| (at.lon(), at.lat(), name.clone()))
        .collect();
    let mut config = MapConfig {
        mode: Mode::Browse,
        layers: &[Layer::Divisions, Layer::Grids, Layer::Cases],
        link: Some("/track/{number}"),
        list: Some("/near/list"),
        names: &names,
        zoom: 13.0,
        ..MapConfig::default()
    };
    if let Some(middle) = view.middle {
        (config.lon, config.lat) = (middle.lon(), middle.lat());
        config.zoom = if district.is_empty() { 15.0 } else { 12.0 };
    }
    let body = html! {
        h1 { (title) }
        p { (lang.pick("只列公开的内容：什么问题、在哪里、办到哪一步。", "Public facts only: what, where and how far it has come.")) }
        (choose(lang, &labels, &district))
        (browse(lang, lang.pick("附近上报的地图", "Map of reports"), &config, &lists(&app, &here, &found)))
    };
    Ok(render(&here.page(Audience::Resident, title).map(), &body).into_response())
}

async fn list(
    State(app): State<App>,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let (lang, ctx) = (here.lang(), here.visitor.ctx.clone());
    let found = app
        .run(move |app| find(app, &ctx, lang, view(&asked, &[])))
        .await?;
    Ok(lists(&app, &here, &found).into_response())
}

/// Reads where to look; what cannot be read asks for nothing, so that the whole city shows.
fn view(asked: &Asked, labels: &[(Position, String)]) -> View {
    let sides: Vec<f64> = asked
        .bbox
        .split(',')
        .filter_map(|side| side.trim().parse().ok())
        .filter(|side: &f64| side.is_finite())
        .collect();
    if let [west, south, east, north] = sides.as_slice() {
        return View {
            bbox: Some([*west, *south, *east, *north]),
            middle: None,
        };
    }
    let place = Position::parse(&asked.lon, &asked.lat).ok();
    let district = labels
        .iter()
        .find(|(_, name)| *name == asked.district)
        .map(|(at, _)| *at);
    let around = place
        .map(|at| (at, NEAR_M))
        .or(district.map(|at| (at, DISTRICT_M)));
    View {
        bbox: around.map(|(at, metres)| {
            let window = BoundingBox::within_metres(at, metres);
            [window.west, window.south, window.east, window.north]
        }),
        middle: around.map(|(at, _)| at),
    }
}

fn find(app: &App, ctx: &OpCtx, lang: Lang, view: View) -> Result<Found, ApiError> {
    let of = |status: &str, order| {
        let filter = CaseFilter {
            status: Some(status.to_owned()),
            bbox: view.bbox,
            ..CaseFilter::default()
        };
        public_cases::list(app, ctx, lang, &filter, (order, MOST))
    };
    Ok(Found {
        open: of("open", CaseOrder::Opened)?,
        ended: of("closed", CaseOrder::Updated)?,
    })
}

fn choose(lang: Lang, labels: &Labels, district: &str) -> Markup {
    let options: Vec<Opt<'_>> = labels
        .iter()
        .map(|(_, name)| Opt::new(name, name))
        .collect();
    let field = Field::new("district", lang.pick("看哪个县市区", "District")).value(district);
    html! {
        div class="near-choose" {
            form class="form near-form" method="get" action="/near" {
                (field::select(lang, &field, &options))
                (button::row(&[button::submit(lang.pick("看这里", "Show"), Weight::Plain)]))
            }
            form class="near-here" method="get" action="/near" data-place data-go {
                input type="hidden" name="lon" data-part="lon";
                input type="hidden" name="lat" data-part="lat";
                p class="place-here" hidden {
                    button type="button" class="button primary" data-locate
                        data-failed=(lang.pick("没有取得位置，请选县市区。", "Your position is not available; choose a district."))
                        data-asking=(lang.pick("正在取位置…", "Asking for your position…")) {
                        (lang.pick("看我周围", "Around me"))
                    }
                }
                p class="map-words" role="status" {}
            }
        }
    }
}

fn lists(app: &App, here: &Here, found: &Found) -> Markup {
    let lang = here.lang();
    let now = here.visitor.ctx.now();
    html! {
        h2 { (lang.pick("正在办", "In progress")) " " span class="count" { (count(found.open.len())) } }
        @if found.open.is_empty() {
            (empty(
                lang.pick("这里没有正在办的上报", "Nothing is in progress here"),
                lang.pick("发现问题，可以做第一个上报的人。", "If you see a problem, be the first to report it."),
                Some(&html! { a class="button" href="/report" { (lang.pick("上报一个问题", "Report a problem")) } }),
            ))
        } @else { (public_cases::links(app, lang, now, &found.open)) }
        @if !found.ended.is_empty() {
            h2 { (lang.pick("最近办结", "Put right lately")) " " span class="count" { (count(found.ended.len())) } }
            (public_cases::links(app, lang, now, &found.ended))
        }
    }
}

/// A full list says that there may be more.
fn count(shown: usize) -> String {
    if shown == MOST {
        format!("{shown}+")
    } else {
        shown.to_string()
    }
}
