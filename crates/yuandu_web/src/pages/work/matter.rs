//! The page of one matter: head with what may be done now, the form of a step, and the parts of the matter in tabs.
//!
//! The same body stands on its own page and beside the inbox. Nothing is decided here: what is allowed, and why not,
//! comes with the case.

mod by_hand;
mod clocks;
mod facts;
mod form;
mod head;
mod history;
mod on_map;
mod path;
mod proof;
mod related;
mod values;

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use yuandu_api::{ApiError, App};
use yuandu_base::Problem;
use yuandu_places::Near;
use yuandu_process::{CaseView, HistoryEntry, Kind, OutcomeView, TaskView};
use yuandu_schema::FieldType;
use yuandu_store::InclusionProof;

use super::flash::Flash;
use super::nearby;
use super::words::Words;
use crate::pages::error::PageError;
use crate::pages::forms::posted::Posted;
use crate::pages::forms::values::Values;
use crate::pages::here::Here;
pub(super) use history::FAR_M;
use yuandu_design::components::navigation::{Link, Tab, breadcrumb, tabs};
use yuandu_design::components::notice::{Tone, notice};
use yuandu_design::preferences::query_value;

/// Which part of the matter is shown.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct MatterQuery {
    tab: String,
    /// `<task>:<outcome>` whose form is open.
    #[serde(rename = "do")]
    act: String,
    /// Log position whose proof is shown.
    at: String,
    /// Without a chosen form, the one of the usual outcome is open.
    #[serde(skip)]
    usual: bool,
}

/// Everything that was read of a matter.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) view: CaseView,
    /// `<task>:<outcome>` whose form is open; empty for none.
    act: String,
    kind: Arc<Kind>,
    history: Vec<HistoryEntry>,
    proof: Option<InclusionProof>,
    /// Components around the place, when a form asks for one.
    near: Vec<Near>,
    words: Words,
}

/// Where the matter is shown, and what is open in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// Address of the matter without its parts.
    base: String,
    /// The inbox's saved view, when the matter is shown beside it.
    inbox: Option<String>,
    query: MatterQuery,
    /// A form that was refused.
    pub(super) refused: Option<Refused>,
    /// What happened to the last attempt, when it was not the form.
    pub(super) trouble: Option<String>,
    /// Restricted facts that the reader asked to see.
    revealed: Map<String, Json>,
}

/// What was typed into a form, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Refused {
    pub(super) values: Values,
    pub(super) problems: Vec<Problem>,
}

impl Place {
    pub(super) fn in_inbox(view: &str, base: String, query: MatterQuery) -> Self {
        Self {
            base,
            inbox: Some(view.to_owned()),
            query,
            ..Self::default()
        }
    }

    pub(super) fn alone(case: &str, query: MatterQuery) -> Self {
        Self {
            base: format!("/work/cases/{case}"),
            query,
            ..Self::default()
        }
    }

    /// The address of a part of the matter.
    fn with(&self, part: &str) -> String {
        let joint = if self.base.contains('?') { '&' } else { '?' };
        format!("{}{joint}{part}", self.base)
    }

    /// The address of what is open now.
    fn address(&self) -> String {
        let parts = [
            ("tab", &self.query.tab),
            ("do", &self.query.act),
            ("at", &self.query.at),
        ];
        let mut place = self.clone();
        for (name, value) in parts.iter().filter(|(_, value)| !value.is_empty()) {
            place.base = place.with(&format!("{name}={}", query_value(value)));
        }
        place.base
    }

    fn tab(&self) -> &str {
        match self.query.tab.as_str() {
            known @ ("history" | "clocks" | "map" | "process" | "related" | "proof") => known,
            _ => "facts",
        }
    }
}

impl MatterQuery {
    /// The form of one outcome open.
    pub(super) fn acting(task: &str, outcome: &str) -> Self {
        Self {
            act: format!("{task}:{outcome}"),
            ..Self::default()
        }
    }
}

/// `GET /work/cases/{id}`; a number leads to its case.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
    Path(id): Path<String>,
    Query(query): Query<MatterQuery>,
) -> Result<Response, PageError> {
    here.officer()?;
    let asked = MatterQuery {
        usual: true,
        ..query.clone()
    };
    let reader = here.clone();
    let read = app.run(move |app| {
        if id.parse::<yuandu_ids::CaseNumber>().is_ok() {
            let ctx = &reader.visitor.ctx;
            let case = app.engine.find_case(ctx, &id);
            let case = case.map_err(|error| app.or_archived(ctx, &id, error.into()))?;
            return Ok(Err(Place::alone(&case.id, asked).address()));
        }
        gather(app, &reader, &id, &asked).map(Ok)
    });
    match read.await? {
        Ok(gathered) => {
            let place = Place::alone(&gathered.view.case.id, query);
            Ok(page(&here, &flash, &gathered, &place))
        }
        Err(elsewhere) => Ok(Redirect::to(&elsewhere).into_response()),
    }
}

/// `POST /work/cases/{id}/restricted`: shows the reporter's contact; the reading is an entry of the history.
pub(super) async fn reveal(
    State(app): State<App>,
    flash: Flash,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let here = posted.here;
    let reader = here.clone();
    let read = app.run(move |app| {
        let revealed = app.engine.view_restricted(&reader.visitor.ctx, &id)?;
        let gathered = gather(app, &reader, &id, &MatterQuery::default())?;
        Ok((revealed, gathered))
    });
    let (revealed, gathered) = read.await?;
    let place = Place {
        revealed,
        ..Place::alone(&gathered.view.case.id, MatterQuery::default())
    };
    Ok(page(&here, &flash, &gathered, &place))
}

/// The matter as a page of its own.
pub(super) fn page(here: &Here, flash: &Flash, of: &Gathered, place: &Place) -> Response {
    let lang = here.lang();
    let case = &of.view.case;
    let way = [
        Link {
            label: lang.pick("收件箱", "Inbox"),
            href: "/work",
        },
        Link {
            label: lang.pick("案卷", "Cases"),
            href: "/work/cases",
        },
    ];
    let inner = body(here, of, place);
    let whole = html! {
        (breadcrumb(lang, &way, &case.number))
        div class="matter-page" { (inner) }
    };
    let title = format!("{} {}", case.number, of.words.title_of(case));
    let mut response = flash.page(here, &title, needs_map(of, place), &whole);
    if place.trouble.is_some() {
        *response.status_mut() = StatusCode::CONFLICT;
    } else if place.refused.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}

/// Reads a matter. Call it inside [`App::run`].
pub(super) fn gather(
    app: &App,
    here: &Here,
    id: &str,
    query: &MatterQuery,
) -> Result<Gathered, ApiError> {
    let ctx = &here.visitor.ctx;
    let view = app.engine.case_view(ctx, id);
    let view = view.map_err(|error| app.or_archived(ctx, id, error.into()))?;
    let history = app.engine.history(ctx, id)?;
    let kind = Arc::clone(app.engine.kind(&view.case.system)?);
    let proof = if query.tab == "proof" {
        let wanted = query.at.parse().ok();
        let own = history.iter().find(|entry| Some(entry.position) == wanted);
        let entry = own.or(history.last());
        match entry {
            Some(entry) => app.store.log().proof(entry.position)?,
            None => None,
        }
    } else {
        None
    };
    let act = if query.act.is_empty() && query.usual {
        usual_act(&view).unwrap_or_default()
    } else {
        query.act.clone()
    };
    let wants_component = open_form(&view, &act).is_some_and(|(_, outcome)| {
        let form = outcome.form.as_ref();
        form.is_some_and(|form| {
            form.fields
                .iter()
                .any(|f| f.field.kind == FieldType::Component)
        })
    });
    let near = match view.case.lon.zip(view.case.lat) {
        Some((lon, lat)) if wants_component => {
            nearby::components(app, ctx, &view.case.system, lon, lat)?
        }
        _ => Vec::new(),
    };
    Ok(Gathered {
        words: Words::new(app, here)?,
        view,
        act,
        kind,
        history,
        proof,
        near,
    })
}

/// The task and outcome whose form is open, if this officer may do it.
fn open_form<'v>(view: &'v CaseView, act: &str) -> Option<(&'v TaskView, &'v OutcomeView)> {
    let (task, outcome) = act.split_once(':')?;
    let task = view
        .tasks
        .iter()
        .find(|open| open.task.id == task && open.allowed)?;
    let outcome = task.outcomes.iter().find(|known| known.id == outcome)?;
    Some((task, outcome))
}

/// The usual outcome of the one task that this officer may do, if it has a form: the first that is no refusal.
fn usual_act(view: &CaseView) -> Option<String> {
    let mut mine = view.tasks.iter().filter(|open| open.allowed);
    let (task, None) = (mine.next()?, mine.next()) else {
        return None;
    };
    let usual = task
        .outcomes
        .iter()
        .find(|outcome| outcome.style.as_deref() != Some("caution"))?;
    usual
        .form
        .as_ref()
        .map(|_| format!("{}:{}", task.task.id, usual.id))
}

/// Whether what is open needs the map island.
pub(super) fn needs_map(of: &Gathered, place: &Place) -> bool {
    let form = open_form(&of.view, &of.act).and_then(|(_, outcome)| outcome.form.as_ref());
    let asks = form.is_some_and(|form| {
        form.fields
            .iter()
            .any(|f| f.field.kind == FieldType::Position)
    });
    asks || place.tab() == "map"
}

/// The matter itself.
pub(super) fn body(here: &Here, of: &Gathered, place: &Place) -> Markup {
    let lang = here.lang();
    html! {
        (head::head(here, of, place))
        @if let Some(trouble) = &place.trouble { (notice(Tone::Wrong, trouble, &html! {
            p { (lang.pick("您这次的提交没有保存。下面是这件事现在的样子。", "What you sent was not saved. Below is how the matter stands now.")) }
        })) }
        div class="matter-body" {
            div class="matter-do" {
                (head::digest(of))
                (yuandu_office::menu::asked(here, &of.words, &of.view))
                @if let Some((task, outcome)) = open_form(&of.view, &of.act) { (form::form(here, of, place, (task, outcome))) }
            }
            div class="matter-see" {
                (parts(of, place))
                div class="matter-part" { (part(here, of, place, place.tab())) }
                @if place.inbox.is_none() { (on_paper(here, of, place)) }
            }
        }
    }
}

/// What paper shows beside the open part: a printed case is read without tabs.
fn on_paper(here: &Here, of: &Gathered, place: &Place) -> Markup {
    let lang = here.lang();
    let parts = [
        ("facts", lang.pick("资料", "Facts")),
        ("history", lang.pick("意见与经过", "History")),
        ("clocks", lang.pick("时限", "Clocks")),
        ("related", lang.pick("关联", "Related")),
    ];
    html! {
        div class="on-paper" {
            @for (tab, title) in parts.iter().filter(|(tab, _)| *tab != place.tab()) {
                h2 { (title) }
                (part(here, of, place, tab))
            }
        }
    }
}

fn part(here: &Here, of: &Gathered, place: &Place, tab: &str) -> Markup {
    match tab {
        "history" => history::history(of, place),
        "clocks" => clocks::clocks(of),
        "map" => on_map::on_map(of),
        "process" => path::path(of),
        "related" => related::related(of),
        "proof" => proof::proof(of, place),
        _ => facts::facts(here, of, place),
    }
}

fn parts(of: &Gathered, place: &Place) -> Markup {
    let lang = of.words.lang;
    let count = |number: usize| u64::try_from(number).ok();
    let related =
        of.view.children.len() + of.view.cards.len() + usize::from(of.view.parent.is_some());
    let known = [
        Tab {
            key: "facts",
            label: lang.pick("资料", "Facts"),
            count: None,
        },
        Tab {
            key: "history",
            label: lang.pick("意见与经过", "History"),
            count: count(of.history.len()),
        },
        Tab {
            key: "clocks",
            label: lang.pick("时限", "Clocks"),
            count: count(of.view.clocks.len()),
        },
        Tab {
            key: "map",
            label: lang.pick("地图", "Map"),
            count: None,
        },
        Tab {
            key: "process",
            label: lang.pick("流程", "Process"),
            count: None,
        },
        Tab {
            key: "related",
            label: lang.pick("关联", "Related"),
            count: count(related).filter(|count| *count > 0),
        },
        Tab {
            key: "proof",
            label: lang.pick("日志证明", "Log proof"),
            count: None,
        },
    ];
    tabs(lang, &place.base, &known, place.tab())
}
