//! A collector's own find: what, where, which component, words and photos. It goes straight to acceptance, because the
//! collector has seen it; so nobody else may report here.

mod record;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use yuandu_api::operations::{cases, places};
use yuandu_api::{ApiError, App};
use yuandu_base::{Lang, Problem};
use yuandu_geo::Position;
use yuandu_places::{Near, Similar};

use super::flash::{Flash, lead_to};
use super::nearby;
use super::words::Words;
use crate::pages::error::PageError;
use crate::pages::forms::categories::{self, CATEGORIES};
use crate::pages::forms::declared::Asking;
use crate::pages::forms::posted::Posted;
use crate::pages::forms::sent::Sent;
use crate::pages::forms::values::Values;
use crate::pages::forms::{fresh_key, names};
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::category::{Picker, Twin, picker, twin_watch, twins as twin_list};
use yuandu_design::components::field::{self, Field};
use yuandu_design::components::form::{Errors, Form, error_summary_naming, form as frame};
use yuandu_design::components::map::{Layer, MapConfig, Mode};
use yuandu_design::components::photo;
use yuandu_design::components::place::{PlacePicker, place_picker};

/// The system whose cases officers find.
const SYSTEM: &str = "city-care";
/// Possible duplicates shown at most.
const TWINS: usize = 3;

/// What the page needs beside what was typed.
struct Around {
    words: Words,
    /// Components around, once a place is marked.
    near: Option<Vec<Near>>,
    twins: Vec<Similar>,
}

/// `GET /work/report`.
pub(super) async fn form(
    State(app): State<App>,
    here: Here,
    flash: Flash,
    Query(known): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    finder(&app, &here)?;
    let values = Values::typed(&Sent::of_pairs(known));
    page(&app, &here, &flash, &values, &[]).await
}

/// `GET /work/report/components`: the component field for a place, as a fragment.
pub(super) async fn components(
    State(app): State<App>,
    here: Here,
    Query(known): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    finder(&app, &here)?;
    let values = Values::typed(&Sent::of_pairs(known));
    let around = around(&app, &here, &values).await?;
    Ok(component(&app, &around, &values, &Errors::default())?.into_response())
}

/// `GET /work/report/twins`: reports nearby that may be the same, as a fragment.
pub(super) async fn twins(
    State(app): State<App>,
    here: Here,
    Query(known): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    finder(&app, &here)?;
    let values = Values::typed(&Sent::of_pairs(known));
    let around = around(&app, &here, &values).await?;
    Ok(offered(&around).into_response())
}

/// `POST /work/report`.
pub(super) async fn send(
    State(app): State<App>,
    flash: Flash,
    posted: Posted,
) -> Result<Response, PageError> {
    let Posted { here, mut sent } = posted;
    finder(&app, &here)?;
    let reader = here.clone();
    let (opened, sent) = app
        .run(move |app| {
            let opened = record::record(app, &reader, &mut sent)?;
            Ok((opened, sent))
        })
        .await?;
    match opened {
        Ok((case, said)) => Ok(lead_to(&format!("/work/cases/{case}"), &said)),
        Err(problems) => {
            let page = page(&app, &here, &flash, &Values::typed(&sent), &problems).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Whoever is not signed in is led there; whoever does not walk the grids is refused.
fn finder(app: &App, here: &Here) -> Result<(), PageError> {
    here.officer()?;
    Ok(cases::require_finder(app, &here.visitor.ctx, SYSTEM)?)
}

async fn around(app: &App, here: &Here, values: &Values) -> Result<Around, ApiError> {
    let position = Position::parse(values.text("lon"), values.text("lat")).ok();
    let (category, said) = (
        values.text("category").to_owned(),
        values.text("words").to_owned(),
    );
    let reader = here.clone();
    app.run(move |app| {
        let words = Words::new(app, &reader)?;
        let Some(at) = position else {
            return Ok(Around {
                words,
                near: None,
                twins: Vec::new(),
            });
        };
        let near = nearby::components(app, &reader.visitor.ctx, SYSTEM, at.lon(), at.lat())?;
        let category = Some(category.as_str()).filter(|code| !code.is_empty());
        let mut twins = places::similar(app, &reader.visitor, at, category, &said)?;
        twins.truncate(TWINS);
        Ok(Around {
            words,
            near: Some(near),
            twins,
        })
    })
    .await
}

async fn page(
    app: &App,
    here: &Here,
    flash: &Flash,
    values: &Values,
    problems: &[Problem],
) -> Result<Response, PageError> {
    let lang = here.lang();
    let errors = Errors(problems);
    let around = around(app, here, values).await?;
    let title = lang.pick("现场上报", "Report from the field");
    let words = Field::new("words", lang.pick("情况", "What you see"))
        .hint(lang.pick(
            "什么东西、怎么了、在哪一侧",
            "What it is, what happened, on which side",
        ))
        .required()
        .value(values.text("words"))
        .error(errors.of(lang, "words"));
    let photos = Field::new("photos", lang.pick("照片", "Photos")).error(errors.of(lang, "photos"));
    let inner = html! {
        (where_field(lang, values, &errors))
        (category_field(app, &around.words, values, &errors))
        (component(app, &around, values, &errors)?)
        (twin_watch("/work/report/twins", &offered(&around)))
        (photo::upload_keeping(lang, &photos, values.all("photos")))
        (field::textarea(lang, &words, 3, Some(1000)))
        (button::row(&[button::submit(lang.pick("上报", "Report"), Weight::Primary)]))
    };
    let key = fresh_key();
    let body = html! {
        h1 { (title) }
        (error_summary_naming(lang, &errors, &names::of_a_report(lang)))
        @if problems.is_empty() { p class="hint" { (lang.pick("采集员自己看到的问题，直接到坐席立案，不用再核实。", "What a collector has seen goes straight to acceptance; nobody verifies it again.")) } }
        (frame(lang, &Form::new("/work/report", &here.csrf).key(&key).files(), &inner))
    };
    Ok(flash.page(here, title, true, &body))
}

fn where_field(lang: Lang, values: &Values, errors: &Errors<'_>) -> Markup {
    let (lon, lat) = (values.text("lon"), values.text("lat"));
    place_picker(
        lang,
        &PlacePicker {
            label: lang.pick("位置", "Place"),
            required: true,
            error: errors.of(lang, "place"),
            address: values.text("address"),
            address_error: errors.of(lang, "address"),
            grid: values.text("grid"),
            grid_error: errors.of(lang, "grid"),
            lon,
            lat,
            map: MapConfig {
                mode: Mode::Pick,
                zoom: 13.0,
                layers: &[Layer::Divisions, Layer::Grids, Layer::Components],
                mark: lon.parse().ok().zip(lat.parse().ok()),
                ..MapConfig::default()
            },
        },
    )
}

fn category_field(app: &App, words: &Words, values: &Values, errors: &Errors<'_>) -> Markup {
    let lang = words.lang;
    let today = words.calendar.local_date(words.now);
    let Some(list) = app
        .system(SYSTEM)
        .and_then(|system| system.lists.get(CATEGORIES))
    else {
        return html! {};
    };
    let often = categories::often(list, lang, today);
    let branches = categories::branches(list, lang, today);
    let field = Field::new("category", lang.pick("类别", "Category"))
        .required()
        .value(values.text("category"))
        .error(errors.of(lang, "category"));
    picker(
        lang,
        &Picker {
            field,
            often: &often,
            branches: &branches,
        },
    )
}

/// The component field; it is asked for anew when the place changes.
fn component(
    app: &App,
    around: &Around,
    values: &Values,
    errors: &Errors<'_>,
) -> Result<Markup, ApiError> {
    let kind = app.engine.kind(SYSTEM)?;
    let Some(def) = kind
        .declared
        .fields
        .iter()
        .find(|field| field.name == "component")
    else {
        return Ok(html! {});
    };
    let words = &around.words;
    let asking = Asking {
        lang: words.lang,
        lists: &kind.declared.lists,
        directory: &words.directory,
        today: words.calendar.local_date(words.now),
        errors: *errors,
        values,
        map: MapConfig::default(),
    };
    Ok(html! {
        div id="component-choice" hx-get="/work/report/components" hx-swap="outerHTML" hx-target="this"
            hx-trigger="yuandu:located from:'closest form' delay:200ms" hx-include="[name='lon'], [name='lat'], [name='component']" {
            (nearby::select(&asking, def, false, around.near.as_deref()))
        }
    })
}

fn offered(around: &Around) -> Markup {
    let words = &around.words;
    let lang = words.lang;
    let told: Vec<[String; 3]> = around
        .twins
        .iter()
        .map(|twin| {
            let metres = twin.distance_m.round();
            let when = words.instant(twin.opened_at);
            let said = match lang {
                Lang::Zh => format!("{} · 约 {metres} 米外，{when} 上报", twin.number),
                Lang::En => format!("{} · about {metres} m away, reported {when}", twin.number),
            };
            let title = words.title((SYSTEM, &twin.category), (&twin.title, None));
            [title, said, words.stage(SYSTEM, &twin.stage)]
        })
        .collect();
    let list: Vec<Twin<'_>> = around
        .twins
        .iter()
        .zip(&told)
        .map(|(twin, [title, where_when, stage])| Twin {
            title,
            where_when,
            stage,
            photo: None,
            join: html! {
                div class="buttons" {
                    (button::submit_as(lang.pick("是这个，加入它", "Yes, join it"), "join", &twin.number, Weight::Plain))
                    (button::link(lang.pick("打开看看", "Look at it"), &format!("/work/cases/{}", twin.id), Weight::Plain))
                }
            },
        })
        .collect();
    twin_list(lang, &list)
}
