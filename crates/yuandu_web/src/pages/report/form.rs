//! The form of a report: four questions on one page, in the order a person tells them.

use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use yuandu_api::App;
use yuandu_base::{Lang, Problem};

use crate::pages::error::PageError;
use crate::pages::forms::categories::{self, CATEGORIES};
use crate::pages::forms::values::Values;
use crate::pages::forms::{fresh_key, names};
use crate::pages::here::Here;
use crate::pages::public_cases::SYSTEM;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::category::{self, Item, Picker, picker};
use yuandu_design::components::counted::counted;
use yuandu_design::components::field::{self, Field, TextKind};
use yuandu_design::components::form::{Errors, Form, error_summary_naming, form, progress};
use yuandu_design::components::map::{Layer, MapConfig, Mode};
use yuandu_design::components::photo;
use yuandu_design::components::place::{PlacePicker, place_picker};
use yuandu_design::shell::{Audience, render};

use super::draft::ASKED;
use super::similar;

/// The steps as named on top of both pages.
pub(super) fn steps(lang: Lang, current: usize) -> Markup {
    let names = [
        lang.pick("填写", "Tell us"),
        lang.pick("核对", "Check"),
        lang.pick("拿到编号", "Your number"),
    ];
    progress(lang, &names, current)
}

/// The form with what was typed and what is wrong.
pub(super) async fn page(
    app: &App,
    here: &Here,
    values: &Values,
    problems: &[Problem],
) -> Result<Response, PageError> {
    let lang = here.lang();
    let labels = app
        .run(|app| Ok(app.locator.division_labels()?))
        .await?
        .into_iter()
        .map(|(at, name)| (at.lon(), at.lat(), name))
        .collect::<Vec<_>>();
    let errors = Errors(problems);
    let known = similar::known(app, here, values).await?;
    let looked_up = [
        lang.pick("单元网格", "unit grid"),
        lang.pick("街道", "street"),
        lang.pick("社区", "community"),
    ]
    .map(str::to_owned);
    let body = html! {
        // The category and the place are asked of every case.
        (counted(lang, ASKED.len() + 2, &looked_up))
        (what(app, here, values, &errors))
        (place(lang, values, &errors, &labels))
        (category::twin_watch("/report/similar", &known))
        (telling(lang, values, &errors))
        (contact(lang, values, &errors))
        (button::row(&[
            button::submit(lang.pick("下一步：核对", "Next: check it"), Weight::Primary),
        ]))
    };
    let key = fresh_key();
    let frame = Form::new("/report", &here.csrf).key(&key).files();
    let title = lang.pick("上报一个问题", "Report a problem");
    let page = html! {
        h1 { (title) }
        (steps(lang, 0))
        (error_summary_naming(lang, &errors, &names::of_a_report(lang)))
        @if problems.is_empty() {
            p { (lang.pick("不用登录，两分钟报完，马上拿到编号。急事请打 110、119、120。", "No sign-in; it takes two minutes and you get a number at once. In an emergency call 110, 119 or 120.")) }
        }
        (form(lang, &frame, &body))
    };
    Ok(render(&here.page(Audience::Resident, title).map(), &page).into_response())
}

fn what(app: &App, here: &Here, values: &Values, errors: &Errors<'_>) -> Markup {
    let lang = here.lang();
    let today = app.calendar().local_date(here.visitor.ctx.now());
    let list = app
        .system(SYSTEM)
        .and_then(|system| system.lists.get(CATEGORIES));
    let Some(list) = list else {
        return html! {};
    };
    let chosen = values.text("category");
    let mut often = categories::often(list, lang, today);
    if !often.iter().any(|item| item.code == chosen)
        && let Some(entry) = list.get(chosen)
    {
        often.insert(0, categories::item(entry, lang));
    }
    let branches = categories::branches(list, lang, today);
    let field = Field::new(
        "category",
        lang.pick("是什么问题？", "What is the problem?"),
    )
    .required()
    .value(chosen)
    .error(errors.of(lang, "category"));
    picker(
        lang,
        &Picker {
            field,
            often: &often as &[Item],
            branches: &branches,
        },
    )
}

fn place(
    lang: Lang,
    values: &Values,
    errors: &Errors<'_>,
    labels: &[(f64, f64, String)],
) -> Markup {
    let (lon, lat) = (values.text("lon"), values.text("lat"));
    place_picker(
        lang,
        &PlacePicker {
            label: lang.pick("在什么地方？", "Where is it?"),
            required: true,
            error: errors
                .of(lang, "place")
                .or(errors.of(lang, "lon"))
                .or(errors.of(lang, "lat")),
            address: values.text("address"),
            address_error: errors.of(lang, "address"),
            grid: values.text("grid"),
            grid_error: errors.of(lang, "grid"),
            lon,
            lat,
            map: MapConfig {
                mode: Mode::Pick,
                zoom: 13.0,
                layers: &[Layer::Divisions, Layer::Grids],
                mark: lon.parse().ok().zip(lat.parse().ok()),
                names: labels,
                ..MapConfig::default()
            },
        },
    )
}

fn telling(lang: Lang, values: &Values, errors: &Errors<'_>) -> Markup {
    let words = Field::new("words", lang.pick("怎么回事？", "What is wrong?"))
        .hint(lang.pick(
            "用自己的话说：什么东西、怎么了、在哪一侧。请不要写别人的姓名和车牌。",
            "In your own words: what it is, what happened, on which side. Please leave out names and number plates.",
        ))
        .required()
        .value(values.text("words"))
        .error(errors.of(lang, "words"));
    let photos = Field::new("photos", lang.pick("照片", "Photos"))
        .hint(lang.pick(
            "最多 4 张，有照片办得更快。照片里的拍摄地点和时间会被去掉。",
            "Up to 4; photos speed things up. Place and time hidden inside them are removed.",
        ))
        .error(errors.of(lang, "photos"));
    html! {
        (field::textarea(lang, &words, 4, Some(1000)))
        (photo::upload_keeping(lang, &photos, values.all("photos")))
    }
}

fn contact(lang: Lang, values: &Values, errors: &Errors<'_>) -> Markup {
    let name = Field::new("contact_name", lang.pick("怎么称呼您", "Your name"))
        .value(values.text("contact_name"))
        .error(errors.of(lang, "contact_name"));
    let phone = Field::new("contact_phone", lang.pick("电话", "Phone"))
        .hint(lang.pick("手机或带区号的座机", "Mobile, or landline with area code"))
        .value(values.text("contact_phone"))
        .error(errors.of(lang, "contact_phone"));
    html! {
        fieldset class="contact" {
            legend class="label" { (lang.pick("怎么联系您？", "How can we reach you?")) }
            p class="hint" {
                (lang.pick("都可以不填。填了只用于核实和回访，只有经办人能看到，每次查看都有记录，不会公开。", "Both may be left out. They serve questions and call-backs only; only the officers in charge see them, and each look is recorded."))
            }
            (field::text(lang, &name, TextKind::Words))
            (field::text(lang, &phone, TextKind::Phone))
        }
    }
}
