//! The officers' map: layers, legend, filters, and a list that follows the view. Without scripts the list is the page.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;
use yuandu_api::operations::cases::CasesQuery;
use yuandu_api::{ApiError, App};
use yuandu_process::{CaseFilter, CaseOrder, CasePage, CaseRow};

use crate::pages::error::PageError;
use crate::pages::figures::{Names, choice};
use crate::pages::here::Here;
use crate::pages::public_cases::SYSTEM;
use crate::pages::work::words::Words;
use yuandu_design::components::map::{Choice, Layer, MapConfig, Mode, browse};
use yuandu_design::components::notice::empty;
use yuandu_design::components::status::{Lamp, lamp, tag};
use yuandu_design::preferences::query_value;
use yuandu_design::shell::{Audience, render};

/// Cases listed beside the map; more do not help someone who can zoom in.
const MOST: usize = 60;

/// `/work/map` and its list.
pub fn router() -> Router<App> {
    Router::new()
        .route("/work/map", get(show))
        .route("/work/map/list", get(list))
}

/// What an address asks for; empty fields ask nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    lamp: String,
    stage: String,
    class: String,
    /// West, south, east, north: the view of the map.
    bbox: String,
}

impl Asked {
    fn filter(&self) -> Result<CaseFilter, ApiError> {
        let shared = CasesQuery {
            system: SYSTEM.to_owned(),
            status: "open".to_owned(),
            lamp: self.lamp.clone(),
            stage: self.stage.clone(),
            class: self.class.clone(),
            bbox: self.bbox.clone(),
            ..CasesQuery::default()
        };
        shared.filter()
    }

    fn address(&self, path: &str) -> String {
        let parts = [
            ("lamp", &self.lamp),
            ("stage", &self.stage),
            ("class", &self.class),
            ("bbox", &self.bbox),
        ];
        let given: Vec<String> = parts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", query_value(value)))
            .collect();
        let joint = if path.contains('?') { '&' } else { '?' };
        if given.is_empty() {
            path.to_owned()
        } else {
            format!("{path}{joint}{}", given.join("&"))
        }
    }
}

async fn show(
    State(app): State<App>,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    here.officer()?;
    let (reader, wanted) = (here.clone(), asked.clone());
    let read = app.run(move |app| {
        let ctx = &reader.visitor.ctx;
        let labels = app.locator.division_labels()?;
        let names = Names::new(app, ctx, reader.lang(), SYSTEM)?;
        let (words, page) = find(app, &reader, &wanted)?;
        Ok((labels, names, words, page))
    });
    let (labels, names, words, page) = read.await?;
    let lang = here.lang();
    let labels: Vec<(f64, f64, String)> = labels
        .into_iter()
        .map(|(at, name)| (at.lon(), at.lat(), name))
        .collect();
    let follow = asked.address("/work/map/list");
    let config = MapConfig {
        mode: Mode::Browse,
        layers: &[
            Layer::Divisions,
            Layer::Grids,
            Layer::Components,
            Layer::Cases,
        ],
        link: Some("/work/cases/{id}"),
        list: Some(&follow),
        component: Some("/work/registers/city-care.component/records/{code}"),
        only: Choice {
            lamp: &asked.lamp,
            stage: &asked.stage,
            class: &asked.class,
        },
        names: &labels,
        zoom: 12.0,
        ..MapConfig::default()
    };
    let title = lang.pick("地图", "Map");
    let body = html! {
        h1 class="sr" { (title) }
        (filters(&app, &names, &asked))
        (browse(lang, lang.pick("在办案卷、部件、网格的地图", "Map of open cases, components and grids"), &config, &listed(&words, &page, &asked)))
    };
    Ok(render(&here.page(Audience::Officer, title).map(), &body).into_response())
}

async fn list(
    State(app): State<App>,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    here.officer()?;
    let (reader, wanted) = (here.clone(), asked.clone());
    let (words, page) = app.run(move |app| find(app, &reader, &wanted)).await?;
    Ok(listed(&words, &page, &asked).into_response())
}

fn find(app: &App, here: &Here, asked: &Asked) -> Result<(Words, CasePage), ApiError> {
    let page = app.engine.list_cases(
        &here.visitor.ctx,
        &asked.filter()?,
        CaseOrder::Due,
        None,
        MOST,
    )?;
    Ok((Words::new(app, here)?, page))
}

fn filters(app: &App, names: &Names, asked: &Asked) -> Markup {
    let lang = names.lang;
    let lamps: Vec<(String, String)> = [Lamp::Red, Lamp::Yellow, Lamp::Green]
        .iter()
        .map(|lamp| (lamp.as_str().to_owned(), lamp.word(lang).to_owned()))
        .collect();
    let kind = app.engine.kind(SYSTEM).ok();
    let stages: Vec<(String, String)> = kind
        .into_iter()
        .flat_map(|kind| kind.declared.stages.iter())
        .map(|stage| (stage.id.clone(), stage.title.get(lang).to_owned()))
        .collect();
    let active = [&asked.lamp, &asked.stage, &asked.class]
        .iter()
        .any(|value| !value.is_empty());
    html! {
        form class="filters" method="get" action="/work/map" data-keep-view {
            (choice(lang, "lamp", lang.pick("灯", "Lamp"), &lamps, &asked.lamp))
            (choice(lang, "stage", lang.pick("环节", "Stage"), &stages, &asked.stage))
            (choice(lang, "class", lang.pick("大类", "Class"), &names.class_options(), &asked.class))
            div class="filter-actions" {
                button type="submit" class="button" { (lang.pick("筛选", "Filter")) }
                @if active { a href="/work/map" { (lang.pick("清除筛选", "Clear")) } }
            }
        }
    }
}

fn listed(words: &Words, page: &CasePage, asked: &Asked) -> Markup {
    let lang = words.lang;
    let whole = asked.address("/work/cases?status=open");
    let heading = if asked.bbox.is_empty() {
        lang.pick("最急的在办案卷", "Most urgent open cases")
    } else {
        lang.pick("视野内的在办案卷", "Open cases in view")
    };
    let count = page.cases.len();
    let more = page.next.is_some();
    html! {
        h2 { (heading) " " span class="count" { (count) @if more { "+" } } }
        p class="hint" { (lang.pick("只列您岗位能看的案卷；地图上的点是全市的。", "Only cases your post may see are listed; the marks on the map are the whole city's.")) }
        @if page.cases.is_empty() {
            (empty(
                lang.pick("这里没有符合条件的在办案卷", "No open case fits here"),
                lang.pick("移动地图，或清除筛选再看。", "Move the map, or clear the filters."),
                None,
            ))
        } @else {
            ul class="links case-links" { @for case in &page.cases { (item(words, case)) } }
            p { a href=(whole) {
                @if more { (lang.pick("还有没列出的，在列表里看全部", "More follow: see all in the list")) }
                @else { (lang.pick("在列表里打开", "Open as a list")) }
            } }
        }
    }
}

fn item(words: &Words, case: &CaseRow) -> Markup {
    let lang = words.lang;
    let burning = words.lamp(case.due_at, case.warn_at);
    html! {
        li data-lon=[case.lon] data-lat=[case.lat] {
            a href={ "/work/cases/" (case.id) } { (words.title_of(case)) }
            p {
                (lamp(lang, burning)) " " (tag(&words.standing(case)))
                @if let Some(due) = case.due_at { " " (words.rest(due)) }
                @if let Some(org) = &case.org { " · " (words.org(org)) }
            }
        }
    }
}
