//! Reports nearby that may be the same: asked while the form is filled in, and once more before it is sent.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use jiff::Timestamp;
use maud::Markup;
use yuandu_api::operations::places;
use yuandu_api::{ApiError, App, Visitor};
use yuandu_base::Lang;
use yuandu_geo::Position;
use yuandu_places::Similar;

use crate::pages::error::PageError;
use crate::pages::forms::sent::Sent;
use crate::pages::forms::values::Values;
use crate::pages::here::Here;
use crate::pages::moment;
use crate::pages::public_cases::SYSTEM;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::category::{Twin, twins};

/// More than three are not read while filling in a form.
const MOST: usize = 3;

/// `/report/similar`: the list as a fragment.
pub(super) fn router() -> Router<App> {
    Router::new().route("/report/similar", get(fragment))
}

async fn fragment(
    State(app): State<App>,
    here: Here,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let values = Values::typed(&Sent::of_pairs(pairs));
    Ok(known(&app, &here, &values).await?.into_response())
}

/// The list for what is known so far; quiet and empty when nothing is alike.
pub(super) async fn known(app: &App, here: &Here, values: &Values) -> Result<Markup, ApiError> {
    let lang = here.lang();
    let Ok(position) = Position::parse(values.text("lon"), values.text("lat")) else {
        return Ok(twins(lang, &[]));
    };
    let asked = (
        values.text("category").to_owned(),
        values.text("words").to_owned(),
    );
    let visitor = here.visitor.clone();
    let found = app
        .run(move |app| find(app, &visitor, position, &asked.0, &asked.1))
        .await?;
    Ok(offer(app, lang, here.visitor.ctx.now(), &found))
}

/// The most similar open reports.
pub(super) fn find(
    app: &App,
    visitor: &Visitor,
    position: Position,
    category: &str,
    words: &str,
) -> Result<Vec<Similar>, ApiError> {
    let category = Some(category).filter(|code| !code.is_empty());
    let mut found = places::similar(app, visitor, position, category, words)?;
    found.truncate(MOST);
    Ok(found)
}

/// Offers each report with a button that joins it; it stands inside the form.
pub(super) fn offer(app: &App, lang: Lang, now: Timestamp, found: &[Similar]) -> Markup {
    let kind = app.engine.kind(SYSTEM).ok();
    let told: Vec<[String; 3]> = found
        .iter()
        .map(|similar| {
            let title =
                kind.map(|kind| kind.title_in(lang, &similar.category, (&similar.title, None)));
            [
                title.unwrap_or_else(|| similar.title.clone()),
                where_when(app, lang, now, similar),
                stage(app, lang, &similar.stage),
            ]
        })
        .collect();
    let list: Vec<Twin<'_>> = found
        .iter()
        .zip(&told)
        .map(|(similar, [title, where_when, stage])| Twin {
            title,
            where_when,
            stage,
            photo: None,
            join: button::submit_as(
                lang.pick("是这个，加入它", "Yes, join it"),
                "join",
                &similar.number,
                Weight::Plain,
            ),
        })
        .collect();
    twins(lang, &list)
}

fn where_when(app: &App, lang: Lang, now: Timestamp, similar: &Similar) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a distance below the search radius"
    )]
    let metres = ((similar.distance_m / 10.0).round() as i64 * 10).max(10);
    let calendar = &app.calendar();
    let said = moment::day(
        lang,
        calendar.local_date(similar.opened_at),
        calendar.local_date(now),
    );
    match lang {
        Lang::Zh => format!("约 {metres} 米外，{said}上报"),
        Lang::En => format!("about {metres} m away, reported {said}"),
    }
}

fn stage(app: &App, lang: Lang, id: &str) -> String {
    let kind = app.engine.kind(SYSTEM).ok();
    let stage = kind.and_then(|kind| {
        kind.stage(id)
            .map(|stage| stage.public.get(lang).to_owned())
    });
    stage.unwrap_or_else(|| lang.pick("办理中", "In progress").to_owned())
}
