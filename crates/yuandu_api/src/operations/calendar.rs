//! The working calendar: when is it due, and why; and publishing it anew.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yuandu_base::calendar::{Budget, CalendarChange, CalendarError, DayEdit, DayOrder};
use yuandu_base::{LocalText, Problem};
use yuandu_identity::Resource;
use yuandu_process::{CalendarVersion, PublishCalendar};

use crate::extract::{Json, Query};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

/// A due instant with its derivation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DueView {
    /// Due instant, RFC 3339 in the city's time.
    due: String,
    /// The derivation in the language of the request.
    explanation: String,
    /// Version of the calendar.
    calendar: String,
}

#[derive(Debug, Deserialize)]
struct DueQuery {
    #[serde(default)]
    from: String,
    #[serde(default)]
    budget: String,
}

/// What days are from now on.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayKindRequest {
    /// Offices do not work.
    Off,
    /// Offices work, weekend or not.
    Work,
    /// As weekdays and weekends are.
    Usual,
}

/// Days that are something else from now on.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DaysRequest {
    /// The first day, `2027-01-01`.
    first: String,
    /// The last day; the first when left out.
    #[serde(default)]
    last: Option<String>,
    /// What they are.
    kind: DayKindRequest,
    /// What for, in Chinese.
    #[serde(default)]
    name_zh: String,
    /// What for, in English.
    #[serde(default)]
    name_en: String,
}

/// A version of the calendar is published.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishCalendarRequest {
    /// Days that change; at most 400 in all.
    #[serde(default)]
    days: Vec<DaysRequest>,
    /// Years whose notice is among the days, whole.
    #[serde(default)]
    years: Vec<i16>,
    /// The notice or order it rests on; at most 500 characters. It stands in the words of every deadline that moves.
    basis: String,
}

/// The version that was published.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PublishedView {
    /// Its number.
    number: i64,
}

/// A version of the calendar.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CalendarVersionView {
    /// Its number, counted from 1.
    number: i64,
    /// Its name, which every sum made on it carries.
    version: String,
    /// Days it changed.
    days: Vec<DaysRequest>,
    /// Years it made whole.
    years: Vec<i16>,
    /// The notice or order it rests on.
    basis: String,
    /// When, RFC 3339.
    published_at: String,
    /// By whom.
    published_by: String,
    /// Open deadlines that were looked at, once all have been.
    looked: Option<i64>,
    /// Cases whose deadlines moved.
    moved: Option<i64>,
    /// When all open deadlines had been computed anew, RFC 3339.
    done_at: Option<String>,
}

/// Operations on the calendar.
pub(super) fn operations() -> Vec<Operation> {
    let mut operations = asking();
    operations.extend(publishing());
    operations
}

fn publishing() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_calendar_versions",
            method: "get",
            path: "/api/v1/calendar/versions",
            tag: "calendar",
            summary: "The versions of the working calendar that were published, and how far open deadlines have followed.",
            permission: "admin.view",
            audit: None,
            parameters: &[],
            request: None,
            response: (
                200,
                "application/json",
                Some(schema_of::<Vec<CalendarVersionView>>),
            ),
            handler: get(list_versions),
        },
        Operation {
            id: "publish_calendar",
            method: "post",
            path: "/api/v1/calendar/versions",
            tag: "calendar",
            summary: "Publishes a version of the working calendar; every open deadline follows and says why.",
            permission: "admin.write",
            audit: Some("calendar.publish"),
            parameters: &[],
            request: Some(("application/json", schema_of::<PublishCalendarRequest>)),
            response: (201, "application/json", Some(schema_of::<PublishedView>)),
            handler: post(publish),
        },
    ]
}

fn asking() -> Vec<Operation> {
    vec![Operation {
        id: "project_due",
        method: "get",
        path: "/api/v1/calendar/due",
        tag: "calendar",
        summary: "The instant a budget of working time is used up, and why.",
        permission: "clock.ask",
        audit: None,
        parameters: &[
            Parameter {
                place: "query",
                name: "from",
                description: "Start, `2025-01-24T16:30` in the city's time or RFC 3339.",
                required: true,
            },
            Parameter {
                place: "query",
                name: "budget",
                description: "`20d` working days or `4h` working hours.",
                required: true,
            },
        ],
        request: None,
        response: (200, "application/json", Some(schema_of::<DueView>)),
        handler: get(project_due),
    }]
}

async fn project_due(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<DueQuery>,
) -> Result<Json<DueView>, ApiError> {
    let lang = visitor.lang();
    let answer = || {
        app.gate
            .require(&visitor.ctx, "clock.ask", &Resource::system())?;
        let from = app
            .calendar()
            .parse_instant(&query.from)
            .map_err(|error| at("from", &error))?;
        let budget: Budget = query.budget.parse().map_err(|error| at("budget", &error))?;
        let due = app
            .calendar()
            .project(from, budget)
            .map_err(|error| at("budget", &error))?;
        Ok(DueView {
            due: due.due_rfc3339(),
            explanation: due.explain(lang),
            calendar: due.calendar_version.clone(),
        })
    };
    answer()
        .map(Json)
        .map_err(|error: ApiError| error.in_lang(lang))
}

fn at(field: &str, error: &CalendarError) -> ApiError {
    let message = error.message();
    ApiError::invalid(vec![Problem::new(
        "calendar.invalid",
        field,
        message.zh,
        message.en,
    )])
}

async fn list_versions(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Json<Vec<CalendarVersionView>>, ApiError> {
    let lang = visitor.lang();
    let versions = app.run(move |app| Ok(app.engine.list_calendars(&visitor.ctx)?));
    let versions = versions.await.map_err(|error| error.in_lang(lang))?;
    Ok(Json(versions.into_iter().map(view).collect()))
}

fn view(version: CalendarVersion) -> CalendarVersionView {
    let days = version.change.days.into_iter().map(|edit| DaysRequest {
        first: edit.first.to_string(),
        last: Some(edit.last.to_string()),
        kind: match edit.order {
            DayOrder::Off => DayKindRequest::Off,
            DayOrder::Work => DayKindRequest::Work,
            DayOrder::Usual => DayKindRequest::Usual,
        },
        name_zh: edit.name.zh,
        name_en: edit.name.en,
    });
    CalendarVersionView {
        number: version.number,
        version: version.version,
        days: days.collect(),
        years: version.change.years,
        basis: version.basis,
        published_at: version.published_at.to_string(),
        published_by: version.published_name,
        looked: version.looked,
        moved: version.moved,
        done_at: version.done_at.map(|at| at.to_string()),
    }
}

async fn publish(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<PublishCalendarRequest>,
) -> Result<(StatusCode, Json<PublishedView>), ApiError> {
    let lang = visitor.lang();
    let published = app.run(move |app| {
        let publish = read(request)?;
        Ok(app.engine.publish_calendar(&visitor.ctx, &publish)?)
    });
    let number = published.await.map_err(|error| error.in_lang(lang))?;
    Ok((StatusCode::CREATED, Json(PublishedView { number })))
}

fn read(request: PublishCalendarRequest) -> Result<PublishCalendar, ApiError> {
    let mut problems = Vec::new();
    let mut days = Vec::new();
    for (number, asked) in request.days.into_iter().enumerate() {
        let last = asked.last.as_deref().unwrap_or(&asked.first);
        let (first, last) = (asked.first.parse::<Date>(), last.parse::<Date>());
        let (Ok(first), Ok(last)) = (first, last) else {
            problems.push(Problem::new(
                "calendar.day_unreadable",
                &format!("days/{number}"),
                "日期应写成 2027-01-01",
                "write days like 2027-01-01",
            ));
            continue;
        };
        days.push(DayEdit {
            first,
            last,
            order: match asked.kind {
                DayKindRequest::Off => DayOrder::Off,
                DayKindRequest::Work => DayOrder::Work,
                DayKindRequest::Usual => DayOrder::Usual,
            },
            name: LocalText::new(asked.name_zh, asked.name_en),
        });
    }
    if !problems.is_empty() {
        return Err(ApiError::invalid(problems));
    }
    Ok(PublishCalendar {
        change: CalendarChange {
            days,
            years: request.years,
        },
        basis: request.basis,
    })
}
