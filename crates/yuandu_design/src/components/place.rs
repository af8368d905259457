//! Telling a place: by address, by grid, or on the map. The fields alone are enough.

use maud::{Markup, html};
use yuandu_base::Lang;

use crate::components::field::{Field, TextKind, need, notes, text, wrap};
use crate::components::map::{MapConfig, Mode, map};

/// The place picker. Its inputs are named `address`, `grid`, `lon` and `lat`.
#[derive(Debug, Clone)]
pub struct PlacePicker<'a> {
    /// The question, "在什么地方？".
    pub label: &'a str,
    /// A place must be told one way or another.
    pub required: bool,
    /// What is wrong with the place as a whole (field name `place`).
    pub error: Option<&'a str>,
    /// Kept address and its own error.
    pub address: &'a str,
    /// What is wrong with the address.
    pub address_error: Option<&'a str>,
    /// Kept grid code.
    pub grid: &'a str,
    /// What is wrong with the grid.
    pub grid_error: Option<&'a str>,
    /// Kept longitude as text.
    pub lon: &'a str,
    /// Kept latitude as text.
    pub lat: &'a str,
    /// The map; its mode must be `Pick`.
    pub map: MapConfig<'a>,
}

/// See [`PlacePicker`]. `f-place` is the fieldset, which the error summary may lead to.
#[must_use]
pub fn place_picker(lang: Lang, place: &PlacePicker<'_>) -> Markup {
    let whole = Field::new("place", place.label)
        .hint(lang.pick(
            "写地址或附近的标志物，例如“胜利东街潍州路口东北角”；也可以在地图上点。",
            "Write the address or a landmark nearby, or mark the place on the map.",
        ))
        .error(place.error);
    let address = Field::new("address", lang.pick("地址或标志物", "Address or landmark"))
        .value(place.address)
        .error(place.address_error);
    html! {
        fieldset class="field place" id="f-place" tabindex="-1" data-place data-outside=(outside(lang)) data-invalid[place.error.is_some()]
            aria-describedby=[whole.described_by()] {
            legend class="label" { (place.label) (need(lang, place.required)) }
            (notes(lang, &whole))
            (here_button(lang))
            (map(lang, lang.pick("标出位置的地图", "Map to mark the place"), &place.map))
            (text(lang, &address, TextKind::Words))
            (by_numbers(lang, place))
        }
    }
}

fn by_numbers(lang: Lang, place: &PlacePicker<'_>) -> Markup {
    let open = place.grid_error.is_some() || (!place.grid.is_empty() && place.lon.is_empty());
    let grid = Field::new("grid", lang.pick("单元网格编号", "Grid code"))
        .hint(lang.pick(
            "15 位数字，有的路灯杆和井盖上印着。",
            "15 digits, printed on some lamp posts and covers.",
        ))
        .value(place.grid)
        .error(place.grid_error);
    html! {
        details class="place-numbers" open[open] {
            summary { (lang.pick("知道网格编号或经纬度", "I know the grid code or the coordinates")) }
            (text(lang, &grid, TextKind::Code))
            div class="pair" {
                (text(lang, &Field::new("lon", lang.pick("经度", "Longitude")).value(place.lon), TextKind::Number))
                (text(lang, &Field::new("lat", lang.pick("纬度", "Latitude")).value(place.lat), TextKind::Number))
            }
        }
    }
}

/// A place as a field of a form: marked on the map or given as longitude and latitude, named `<name>_lon` and
/// `<name>_lat`.
#[derive(Debug, Clone)]
pub struct Spot<'a> {
    /// Name, label, hint, error.
    pub field: Field<'a>,
    /// Kept longitude as text.
    pub lon: &'a str,
    /// Kept latitude as text.
    pub lat: &'a str,
    /// The map; it is shown as [`crate::components::map::Mode::Pick`].
    pub map: MapConfig<'a>,
}

/// See [`Spot`]. `f-<name>` is the fieldset, which the error summary leads to.
#[must_use]
pub fn spot(lang: Lang, spot: &Spot<'_>) -> Markup {
    let field = &spot.field;
    let mark = spot.lon.parse().ok().zip(spot.lat.parse().ok());
    let map_config = MapConfig {
        mode: Mode::Pick,
        mark: mark.or(spot.map.mark),
        ..spot.map.clone()
    };
    html! {
        fieldset class="field place" id=(field.id()) tabindex="-1" data-place data-outside=(outside(lang)) data-invalid[field.error.is_some()]
            aria-describedby=[field.described_by()] {
            legend class="label" { (field.label) (need(lang, field.required)) }
            (notes(lang, field))
            (here_button(lang))
            (map(lang, field.label, &map_config))
            div class="pair" {
                (part(lang, field, ("lon", lang.pick("经度", "Longitude")), spot.lon))
                (part(lang, field, ("lat", lang.pick("纬度", "Latitude")), spot.lat))
            }
        }
    }
}

fn part(lang: Lang, field: &Field<'_>, (end, label): (&str, &str), value: &str) -> Markup {
    let name = format!("{}_{end}", field.name);
    let input = html! {
        input class="w-number" type="text" inputmode="decimal" id={ "f-" (name) } name=(name) value=(value) data-part=(end);
    };
    wrap(lang, &Field::new(&name, label), &input)
}

fn outside(lang: Lang) -> &'static str {
    lang.pick(
        "这个位置不在本市范围内，请重新选择。",
        "This place is outside the city; please choose it again.",
    )
}

fn here_button(lang: Lang) -> Markup {
    html! {
        p class="place-here" hidden {
            button type="button" class="button" data-locate
                data-failed=(lang.pick("没有取得位置。请在地图上点，或写地址。", "Your position is not available. Mark it on the map, or write the address."))
                data-asking=(lang.pick("正在取位置…", "Asking for your position…")) {
                (lang.pick("用我现在的位置", "Use my place"))
            }
        }
    }
}
