//! Cases as everyone may see them in lists: what, where, in which step, since when. Never words or photos of a
//! reporter, never a person's name.

use jiff::Timestamp;
use maud::{Markup, html};
use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_identity::{Actor, CaseFacts, OpCtx, Resource};
use yuandu_process::{CaseFilter, CaseOrder, CaseRow};

use crate::pages::moment;
use yuandu_design::components::status::tag;

/// The system residents report to.
pub const SYSTEM: &str = "city-care";

/// A case in a public list.
#[derive(Debug, Clone)]
pub struct PublicCase {
    /// Its number.
    pub number: String,
    /// Category and place.
    pub title: String,
    /// The step it is in, or how it ended.
    pub stage: String,
    /// The unit that has it.
    pub org: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it ended.
    pub closed_at: Option<Timestamp>,
    /// Longitude and latitude.
    pub place: Option<(f64, f64)>,
}

/// Cases that everyone may follow.
///
/// # Errors
/// A refusal of the gate, when the city does not publish them; a failure of the store.
pub fn list(
    app: &App,
    ctx: &OpCtx,
    lang: Lang,
    filter: &CaseFilter,
    (order, limit): (CaseOrder, usize),
) -> Result<Vec<PublicCase>, ApiError> {
    let any = Resource::case(&CaseFacts {
        system: SYSTEM,
        ..CaseFacts::default()
    });
    app.gate.require(ctx, "cases.track", &any)?;
    let filter = CaseFilter {
        system: Some(SYSTEM.to_owned()),
        ..filter.clone()
    };
    // The gate opened the public facts of all cases; whole rows are read for that and only those facts go on.
    let reader = ctx.as_actor(Actor::System("public-lists"));
    let page = app
        .engine
        .list_cases(&reader, &filter, order, None, limit)?;
    let directory = app.identity.directory(app.realm)?;
    let shown = page.cases.into_iter().map(|case| {
        Ok(PublicCase {
            stage: stage(app, lang, &case)?,
            org: case
                .org
                .as_deref()
                .map(|org| directory.org_name(org, lang).to_owned())
                .unwrap_or_default(),
            title: title(app, lang, &case),
            number: case.number,
            opened_at: case.opened_at,
            closed_at: case.closed_at,
            place: case.lon.zip(case.lat),
        })
    });
    shown.collect()
}

/// The category in the reader's language with the address as it was given.
fn title(app: &App, lang: Lang, case: &CaseRow) -> String {
    let name = app.system(SYSTEM).and_then(|system| {
        let code = case.category.as_deref()?;
        let name = system
            .lists
            .label(crate::pages::forms::categories::CATEGORIES, code)?;
        Some(name.get(lang).to_owned())
    });
    match (name, &case.address) {
        (Some(name), Some(address)) => format!("{name} · {address}"),
        (Some(name), None) => name,
        (None, _) => case.title.clone(),
    }
}

fn stage(app: &App, lang: Lang, case: &CaseRow) -> Result<String, ApiError> {
    if case.status != "open" {
        return Ok(ended(lang, &case.status).to_owned());
    }
    let kind = app.engine.kind(SYSTEM)?;
    let stage = case.stage.as_deref().and_then(|id| kind.stage(id));
    Ok(stage
        .map(|stage| stage.public.get(lang).to_owned())
        .unwrap_or_default())
}

/// How a case ended, in a resident's words.
#[must_use]
pub fn ended(lang: Lang, status: &str) -> &'static str {
    match status {
        "closed" => lang.pick("已办结", "Done"),
        "refused" => lang.pick("不予立案", "Not taken on"),
        "merged" => lang.pick("并入另一件", "Part of another report"),
        "withdrawn" => lang.pick("已撤回", "Withdrawn"),
        _ => lang.pick("办理中", "In progress"),
    }
}

/// The list as links to the track pages; each item shows its place on a map beside it.
#[must_use]
pub fn links(app: &App, lang: Lang, now: Timestamp, cases: &[PublicCase]) -> Markup {
    html! {
        ul class="links case-links" {
            @for case in cases {
                li data-lon=[case.place.map(|place| place.0)] data-lat=[case.place.map(|place| place.1)] {
                    a href={ "/track/" (case.number) } { (case.title) }
                    p { (tag(&case.stage)) " " (when(app, lang, now, case)) }
                }
            }
        }
    }
}

fn when(app: &App, lang: Lang, now: Timestamp, case: &PublicCase) -> String {
    let at = case.closed_at.unwrap_or(case.opened_at);
    let said = moment::day(
        lang,
        app.calendar().local_date(at),
        app.calendar().local_date(now),
    );
    let by = if case.org.is_empty() {
        String::new()
    } else {
        format!(" · {}", case.org)
    };
    match (lang, case.closed_at.is_some()) {
        (Lang::Zh, true) => format!("{said}结束{by}"),
        (Lang::Zh, false) => format!("{said}上报{by}"),
        (Lang::En, true) => format!("ended {said}{by}"),
        (Lang::En, false) => format!("reported {said}{by}"),
    }
}
