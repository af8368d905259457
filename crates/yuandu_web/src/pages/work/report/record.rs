//! A field report as it is recorded: read, checked as a whole, opened as a case or joined to one.

use serde_json::{Map, Value as Json, json};
use yuandu_api::operations::{cases, places};
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Lang, Problem};
use yuandu_geo::Position;
use yuandu_process::{JoinCase, OpenCase};
use yuandu_schema::FieldDef;

use super::SYSTEM;
use crate::pages::forms::sent::Sent;
use crate::pages::forms::{photos, read_declared};
use crate::pages::here::Here;

/// The declared facts of the form.
const ASKED: [&str; 3] = ["words", "photos", "component"];
/// Most photos of one report.
const MOST_PHOTOS: usize = 4;

/// Id of the case and what to say of it, or every problem of the form.
pub(super) type Recorded = Result<(String, String), Vec<Problem>>;

/// Records what was sent, as a case of its own or joined to one.
pub(super) fn record(app: &App, here: &Here, sent: &mut Sent) -> Result<Recorded, ApiError> {
    let mut problems = photos::take_in(app, sent, "photos", MOST_PHOTOS)?;
    let facts = facts(app, sent, &mut problems)?;
    let joining = sent.given("join").map(str::to_owned);
    let lang = here.lang();
    let made = match joining {
        Some(parent) => {
            problems.retain(|problem| problem.place == "photos");
            if !problems.is_empty() {
                return Ok(Err(problems));
            }
            let own = Position::parse(sent.text("lon"), sent.text("lat")).ok();
            match places::joinable(app, &here.visitor, &parent, own) {
                Ok(()) => join(app, here, sent, parent, facts),
                Err(error) => Err(error),
            }
        }
        None => {
            let place = place(sent, &mut problems);
            if sent.text("category").is_empty() {
                problems.push(Problem::new(
                    "report.category_missing",
                    "category",
                    "请选择类别",
                    "choose the category",
                ));
            }
            if !problems.is_empty() {
                return Ok(Err(problems));
            }
            open(app, here, sent, place, facts)
        }
    };
    match made {
        Ok((case, number)) => {
            let said = match lang {
                Lang::Zh => format!("{number} 已上报，接下来由坐席决定是否立案。"),
                Lang::En => format!("{number} is reported; a seat officer decides next."),
            };
            Ok(Ok((case, said)))
        }
        Err(error) if error.kind == ErrorKind::Invalid && !error.problems.is_empty() => {
            Ok(Err(error.problems))
        }
        Err(error) => Err(error),
    }
}

fn open(
    app: &App,
    here: &Here,
    sent: &Sent,
    place: Option<Position>,
    facts: Map<String, Json>,
) -> Result<(String, String), ApiError> {
    let text = |name: &str| sent.given(name).map(str::to_owned);
    let mut request = OpenCase {
        system: SYSTEM.to_owned(),
        category: text("category"),
        place: place.map(|at| (at.lon(), at.lat())),
        address: text("address"),
        grid: text("grid").filter(|_| place.is_none()),
        channel: "collector".to_owned(),
        facts,
        idempotency: sent.key(),
        ..OpenCase::default()
    };
    cases::copy_sourced(app, &here.visitor.ctx, SYSTEM, &mut request.facts)?;
    cases::locate(app, &mut request)?;
    let opened = app.engine.open_case(&here.visitor.ctx, &request)?;
    Ok((opened.case_id, opened.number))
}

/// Joins an open case: the report keeps its own number and follows the case.
fn join(
    app: &App,
    here: &Here,
    sent: &Sent,
    parent: String,
    mut facts: Map<String, Json>,
) -> Result<(String, String), ApiError> {
    let same = here
        .lang()
        .pick("现场看到同样的问题", "seen on the spot as well");
    facts.entry("words").or_insert_with(|| json!(same));
    let request = JoinCase {
        parent,
        channel: "collector".to_owned(),
        facts,
        idempotency: sent.key(),
    };
    let opened = app.engine.join_case(&here.visitor.ctx, &request)?;
    Ok((opened.case_id, opened.number))
}

/// A place by mark, grid or words; which of them counts is the rule of opening.
fn place(sent: &Sent, problems: &mut Vec<Problem>) -> Option<Position> {
    let (lon, lat) = (sent.text("lon"), sent.text("lat"));
    if lon.is_empty() && lat.is_empty() {
        if sent.given("grid").is_none() && sent.text("address").chars().count() < 2 {
            problems.push(Problem::new(
                "report.place_missing",
                "place",
                "请标出位置：用现在的位置、在地图上点，或写地址",
                "mark the place: your own position, the map, or an address",
            ));
        }
        return None;
    }
    places::marked(lon, lat).unwrap_or_else(|error| {
        problems.extend(error.problems);
        None
    })
}

fn facts(
    app: &App,
    sent: &Sent,
    problems: &mut Vec<Problem>,
) -> Result<Map<String, Json>, ApiError> {
    let kind = app.engine.kind(SYSTEM)?;
    let declared = kind.declared.fields.iter();
    let asked: Vec<&FieldDef> = declared
        .filter(|field| ASKED.contains(&field.name.as_str()))
        .collect();
    let mut facts = match read_declared(asked, sent) {
        Ok(facts) => facts,
        Err(found) => {
            problems.extend(found);
            Map::new()
        }
    };
    facts.retain(|_, value| !value.is_null());
    facts.insert("reporter_kind".to_owned(), json!("collector"));
    Ok(facts)
}
