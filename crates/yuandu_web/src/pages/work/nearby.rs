//! Components around a place, for choosing the one that a case is about.

use maud::Markup;
use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_geo::Position;
use yuandu_identity::OpCtx;
use yuandu_places::{Near, NearTable, near};
use yuandu_schema::{FieldDef, FieldType};

use crate::pages::forms::declared::Asking;
use yuandu_design::components::field::{self, Field, Opt, TextKind};

/// How far from the marked place a component is looked for: a phone's error and a road's width.
const RADIUS_M: f64 = 50.0;
/// Components offered at most.
const MOST: usize = 40;

/// The components around a place, nearest first; none where the system keeps no such register or the officer may not
/// list it.
pub(super) fn components(
    app: &App,
    ctx: &OpCtx,
    system: &str,
    lon: f64,
    lat: f64,
) -> Result<Vec<Near>, ApiError> {
    let name = format!("{system}.component");
    let Some(def) = app
        .registers
        .offered(ctx)
        .find(|def| def.full_name() == name)
    else {
        return Ok(Vec::new());
    };
    let place = def
        .fields
        .iter()
        .find(|field| field.kind == FieldType::Position);
    let (Some(place), Some(title)) = (place, def.name_field.as_ref()) else {
        return Ok(Vec::new());
    };
    let (lon_column, lat_column) = (format!("{}_lon", place.name), format!("{}_lat", place.name));
    let table = def.table();
    let source = NearTable {
        table: &table,
        lon: &lon_column,
        lat: &lat_column,
        name: title,
    };
    let position = Position::new(lon, lat)?;
    let realm = i64::from(ctx.realm.get());
    Ok(app
        .store
        .read(|reader| near(reader, realm, source, position, RADIUS_M, MOST))?)
}

/// A list of the components around, or a field for the code when there are none; `None` while no place is marked.
pub(super) fn select(
    asking: &Asking<'_>,
    def: &FieldDef,
    required: bool,
    near: Option<&[Near]>,
) -> Markup {
    let lang = asking.lang;
    let chosen = asking.values.text(&def.name);
    let label = def.label.get(lang);
    let mut field = Field::new(&def.name, label)
        .error(asking.errors.of(lang, &def.name))
        .value(chosen);
    if required {
        field = field.required();
    }
    let Some(near) = near.filter(|near| !near.is_empty()) else {
        let field = field.hint(if near.is_some() {
            lang.pick(
                "50 米内没有登记的部件；知道标识码（17 位）可以填在这里",
                "No component is on record within 50 m; write its 17-digit code if you know it",
            )
        } else {
            lang.pick(
                "标出位置后，这里列出 50 米内的部件；也可以直接填标识码（17 位）",
                "Mark the place and the components within 50 m are listed here; or write the 17-digit code",
            )
        });
        return field::text(lang, &field, TextKind::Code);
    };
    let mut known: Vec<(String, String)> = near
        .iter()
        .map(|near| (near.id.clone(), words(lang, near)))
        .collect();
    if !chosen.is_empty() && !known.iter().any(|(code, _)| code == chosen) {
        known.insert(0, (chosen.to_owned(), chosen.to_owned()));
    }
    let options: Vec<Opt<'_>> = known
        .iter()
        .map(|(code, label)| Opt::new(code, label))
        .collect();
    let field = field.hint(lang.pick(
        "50 米内登记在册的部件，最近的在前；选了部件，就知道该谁修",
        "Components on record within 50 m, nearest first; the component tells who repairs it",
    ));
    field::select(lang, &field, &options)
}

fn words(lang: Lang, near: &Near) -> String {
    let metres = near.distance_m.round();
    let end: String = near
        .id
        .chars()
        .rev()
        .take(6)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    match lang {
        Lang::Zh => format!("{} · {metres} 米 · …{end}", near.name),
        Lang::En => format!("{} · {metres} m · …{end}", near.name),
    }
}
