//! Where the matter is: one mark on a map, with the way to the large one.

use maud::{Markup, html};

use super::Gathered;
use yuandu_design::components::map::{Layer, MapConfig, Mode, map};

pub(super) fn on_map(of: &Gathered) -> Markup {
    let lang = of.words.lang;
    let case = &of.view.case;
    let Some((lon, lat)) = case.lon.zip(case.lat) else {
        return html! { p { (lang.pick("这件没有标出位置，只有地址：", "No position was marked; the address is: ")) (case.address.as_deref().unwrap_or_default()) } };
    };
    let config = MapConfig {
        mode: Mode::Show,
        lon,
        lat,
        zoom: 16.0,
        layers: &[Layer::Divisions, Layer::Grids, Layer::Components],
        mark: Some((lon, lat)),
        ..MapConfig::default()
    };
    // Some six hundred metres each way at the latitude of the city.
    let around = format!(
        "{:.4},{:.4},{:.4},{:.4}",
        lon - 0.007,
        lat - 0.0055,
        lon + 0.007,
        lat + 0.0055
    );
    html! {
        (map(lang, lang.pick("案卷位置", "Place of the case"), &config))
        p { (case.address.as_deref().unwrap_or_default()) " · " (format!("{lon:.6}, {lat:.6}")) }
        p { a href={ "/work/map?bbox=" (around) } { (lang.pick("在大地图上看周围", "See what is around on the large map")) } }
    }
}
