//! Indicators: the figures of a board and the cases behind them.

use axum::extract::State;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yuandu_base::{Lang, Problem};
use yuandu_identity::{ColumnMap, Filter, Resource, ResourceKind};
use yuandu_insight::{Behind, Board, By, Group, Measured, Part, Scope};

use crate::extract::{Json, Path, Query};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

/// Days measured when nothing else is asked: the last thirty.
const USUAL: SignedDuration = SignedDuration::from_hours(24 * 30);

/// One figure.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FigureView {
    /// Id of the indicator.
    id: String,
    /// Title in the language of the request.
    title: String,
    /// What is counted, in words.
    definition: String,
    /// Formula as its source writes it.
    formula: String,
    /// Unit of the value.
    unit: String,
    /// The value; none when nothing was due.
    value: Option<f64>,
    /// Cases counted above the line.
    numerator: u64,
    /// Cases counted below the line.
    denominator: u64,
}

/// A board of figures.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BoardView {
    /// From, RFC 3339.
    from: String,
    /// To, RFC 3339.
    to: String,
    /// When it was measured, RFC 3339.
    measured_at: String,
    /// Cases opened on the days of this time that are in the archive and in none of the figures, whatever else is asked.
    archived: u64,
    /// The figures.
    figures: Vec<FigureView>,
}

const SCOPE: &[Parameter] = &[
    Parameter {
        place: "path",
        name: "system",
        description: "System, for example `city-care`.",
        required: true,
    },
    Parameter {
        place: "query",
        name: "from",
        description: "Cases opened at or after, date or RFC 3339; 30 days ago by default.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "to",
        description: "Cases opened before; now by default.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "org",
        description: "Handling organisation.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "division",
        description: "Six-digit division.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "class",
        description: "Two-digit class of category.",
        required: false,
    },
];

/// Operations on indicators.
pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "measure_indicators",
        method: "get",
        path: "/api/v1/indicators/{system}",
        tag: "indicators",
        summary: "All indicators of a system, measured now over the cases the caller may see.",
        permission: "indicators.view",
        audit: None,
        parameters: SCOPE,
        request: None,
        response: (200, "application/json", Some(schema_of::<BoardView>)),
        handler: get(measure_indicators),
    }]
}

/// Which cases a board counts, as it comes in an address; shared with the pages.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ScopeQuery {
    /// From.
    pub from: String,
    /// To.
    pub to: String,
    /// Organisation.
    pub org: String,
    /// Division.
    pub division: String,
    /// Class.
    pub class: String,
}

impl ScopeQuery {
    /// The scope asked for.
    pub fn scope(&self, app: &App, now: Timestamp) -> Result<Scope, ApiError> {
        let instant = |field: &str, text: &str| {
            if text.trim().is_empty() {
                return Ok(None);
            }
            app.calendar()
                .parse_instant(text)
                .map(Some)
                .map_err(|error| {
                    let message = error.message();
                    ApiError::invalid(vec![Problem::new(
                        "calendar.invalid",
                        field,
                        message.zh,
                        message.en,
                    )])
                })
        };
        let text = |value: &str| {
            Some(value.trim())
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
        };
        let to = instant("to", &self.to)?.unwrap_or(now);
        let from = instant("from", &self.from)?
            .unwrap_or_else(|| to.checked_sub(USUAL).unwrap_or(Timestamp::MIN));
        Ok(Scope {
            from,
            to,
            org: text(&self.org),
            division: text(&self.division),
            class: text(&self.class),
        })
    }
}

async fn measure_indicators(
    State(app): State<App>,
    visitor: Visitor,
    Path(system): Path<String>,
    Query(query): Query<ScopeQuery>,
) -> Result<Json<BoardView>, ApiError> {
    let lang = visitor.lang();
    let board = app.run(move |app| {
        let now = visitor.ctx.now();
        let scope = query.scope(app, now)?;
        let measured = measure(app, &visitor, &system, &scope)?;
        board_view(app, &system, &scope, &measured, visitor.lang())
    });
    Ok(Json(board.await.map_err(|error| error.in_lang(lang))?))
}

fn board_view(
    app: &App,
    system: &str,
    scope: &Scope,
    measured: &[Measured],
    lang: Lang,
) -> Result<BoardView, ApiError> {
    let board = app.boards.get(system).ok_or_else(ApiError::not_found)?;
    let figures = board
        .indicators()
        .zip(measured)
        .map(|(def, figure)| FigureView {
            id: def.id.clone(),
            title: def.title.get(lang).to_owned(),
            definition: def.definition.get(lang).to_owned(),
            formula: def.formula.clone(),
            unit: def.unit.clone(),
            value: figure.percent(),
            numerator: figure.numerator,
            denominator: figure.denominator,
        });
    let at = |instant| app.calendar().format_instant(instant);
    Ok(BoardView {
        from: at(scope.from),
        to: at(scope.to),
        measured_at: at(app.clock.now()),
        archived: app.archived_in(system, scope)?,
        figures: figures.collect(),
    })
}

/// All figures of a system's board, over the cases the visitor may list; asked by pages too.
pub fn measure(
    app: &App,
    visitor: &Visitor,
    system: &str,
    scope: &Scope,
) -> Result<Vec<Measured>, ApiError> {
    let (board, filter) = allowed(app, visitor, system)?;
    let now = visitor.ctx.now();
    let realm = app.realm.get().into();
    Ok(app
        .store
        .read(|reader| board.measure(reader, (realm, scope, &filter), now))?)
}

/// All figures of a system's board for every group of its cases, in one query.
pub fn measure_by(
    app: &App,
    visitor: &Visitor,
    system: &str,
    by: &[By],
    scope: &Scope,
) -> Result<Vec<Group>, ApiError> {
    let (board, filter) = allowed(app, visitor, system)?;
    let now = visitor.ctx.now();
    let realm = app.realm.get().into();
    Ok(app
        .store
        .read(|reader| board.measure_by(reader, by, (realm, scope, &filter), now))?)
}

/// The cases behind a figure, newest first, after the case opened at an instant with an id.
pub fn behind(
    app: &App,
    visitor: &Visitor,
    system: &str,
    (indicator, part): (&str, Part),
    scope: &Scope,
    (after, limit): (Option<(Timestamp, &str)>, u32),
) -> Result<Behind, ApiError> {
    let (board, filter) = allowed(app, visitor, system)?;
    let now = visitor.ctx.now();
    let realm = app.realm.get().into();
    Ok(app.store.read(|reader| {
        board.cases_behind(
            reader,
            (indicator, part),
            (realm, scope, &filter),
            now,
            (after, limit),
        )
    })?)
}

/// The board of a system, if the visitor may see it, and the cases it counts for them.
fn allowed<'a>(
    app: &'a App,
    visitor: &Visitor,
    system: &str,
) -> Result<(&'a Board, Filter), ApiError> {
    let board = app.boards.get(system).ok_or_else(ApiError::not_found)?;
    app.gate
        .require(&visitor.ctx, "indicators.view", &Resource::package(system))?;
    let filter = app.gate.filter(
        &visitor.ctx,
        "cases.list",
        ResourceKind::Case,
        &ColumnMap::cases("c"),
        1,
    )?;
    Ok((board, filter))
}
