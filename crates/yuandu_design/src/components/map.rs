//! The frame of the map island. Without scripts it stays hidden and the page's own words and fields do the work.

use maud::{Markup, html};
use serde::Serialize;
use yuandu_base::Lang;

use crate::assets;

/// What the map is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A resident marks a place.
    Pick,
    /// One place is shown.
    Show,
    /// An officer looks around: layers, legend, list in step.
    Browse,
}

/// A layer of our own tiles, `/tiles/{layer}/{z}/{x}/{y}.mvt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Administrative divisions.
    Divisions,
    /// Unit grids.
    Grids,
    /// City components.
    Components,
    /// Cases with their lamps.
    Cases,
}

/// Which cases the layer of cases shows; empty fields ask nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Choice<'a> {
    /// `green`, `yellow` or `red`.
    pub lamp: &'a str,
    /// Stage.
    pub stage: &'a str,
    /// Class of the category.
    pub class: &'a str,
}

/// How the island starts.
#[derive(Debug, Clone, Serialize)]
pub struct MapConfig<'a> {
    /// What it is for.
    pub mode: Mode,
    /// Longitude of the centre.
    pub lon: f64,
    /// Latitude of the centre.
    pub lat: f64,
    /// Zoom, 9 for a city, 16 for a street.
    pub zoom: f64,
    /// Layers, lowest first.
    pub layers: &'a [Layer],
    /// A mark already set, or the place shown.
    pub mark: Option<(f64, f64)>,
    /// Outer bounds west, south, east, north; the view stays near them.
    pub bounds: Option<[f64; 4]>,
    /// Address of a case by its id, `/work/cases/{id}`; used by `Browse`.
    pub link: Option<&'a str>,
    /// Address of the list fragment that follows the view, gets `bbox=`; used by `Browse`.
    pub list: Option<&'a str>,
    /// Address of a component by its code, `/work/registers/city-care.component/records/{code}`; used by `Browse`.
    pub component: Option<&'a str>,
    /// Which cases are shown; used by `Browse`.
    pub only: Choice<'a>,
    /// Names drawn on the map: longitude, latitude, words. Divisions and counties, not more than some dozens.
    pub names: &'a [(f64, f64, String)],
    /// Whose data is drawn, shown on the map as its licence asks.
    pub credit: Option<&'a str>,
}

impl Default for MapConfig<'_> {
    /// The city as a whole: Weifang.
    fn default() -> Self {
        Self {
            mode: Mode::Show,
            lon: 119.104,
            lat: 36.71,
            zoom: 11.0,
            layers: &[Layer::Divisions],
            mark: None,
            bounds: None,
            link: None,
            list: None,
            component: None,
            only: Choice {
                lamp: "",
                stage: "",
                class: "",
            },
            names: &[],
            credit: None,
        }
    }
}

#[derive(Serialize)]
struct Island<'a> {
    #[serde(flatten)]
    config: &'a MapConfig<'a>,
    lang: &'static str,
    worker: String,
}

/// The island. Pages that use it set [`crate::shell::Page::map`], which loads its script and style.
#[must_use]
pub fn map(lang: Lang, label: &str, config: &MapConfig<'_>) -> Markup {
    let island = Island {
        config,
        lang: lang.pick("zh", "en"),
        worker: assets::url("map-worker.js"),
    };
    let json = serde_json::to_string(&island).unwrap_or_default();
    html! {
        section class="map" data-map=(json) data-mode=(lang_free(config.mode)) aria-label=(label) hidden {
            div class="map-canvas" {}
            @if config.mode == Mode::Browse {
                // Beside a list there is room for the legend; a map among figures shows its places first.
                details class="map-layers" open[config.list.is_some()] {
                    summary { (lang.pick("图层与图例", "Layers and legend")) }
                    div class="map-layer-list" {}
                }
            }
            p class="map-words" role="status" {}
        }
        noscript {
            p class="hint" { (lang.pick("地图需要脚本；不用地图也能办，请看文字和表格。", "The map needs scripts; words and tables do without it.")) }
        }
    }
}

/// A map with the list beside it that stays in step with the view.
#[must_use]
pub fn browse(lang: Lang, label: &str, config: &MapConfig<'_>, list: &Markup) -> Markup {
    html! {
        div class="map-browse" {
            (map(lang, label, config))
            section class="map-list" id="map-list" aria-label=(lang.pick("视野内的案卷", "Cases in view")) { (list) }
        }
    }
}

fn lang_free(mode: Mode) -> &'static str {
    match mode {
        Mode::Pick => "pick",
        Mode::Show => "show",
        Mode::Browse => "browse",
    }
}
