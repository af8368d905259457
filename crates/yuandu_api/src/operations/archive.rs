//! Closed cases that left the tables: found by words, number and time, as far as who asks may see them.

use axum::extract::State;
use axum::routing::get;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yuandu_archive::{Matter, Question};
use yuandu_base::Problem;

use crate::extract::{Json, Query};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

/// Cases answered when nothing else is asked, and at most.
const USUAL: usize = 50;
const MOST: usize = 200;

/// What is asked of the archive, as it comes in an address; shared with the pages.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ArchiveQuery {
    /// Words or a number.
    pub words: String,
    /// Closed at or after, as the calendar reads it.
    pub from: String,
    /// Closed before.
    pub to: String,
    /// At most so many.
    pub limit: Option<usize>,
    /// Where the last answer ended.
    pub after: String,
}

/// A case in the archive.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ArchivedView {
    /// Its id.
    id: String,
    /// Its number.
    number: String,
    /// Its system.
    system: String,
    /// Its title.
    title: String,
    /// How it ended: `closed`, `refused`, `merged`, `withdrawn`.
    status: String,
    /// When it was closed, RFC 3339.
    closed_at: String,
    /// Until when the rules of its system say that it must be kept, RFC 3339; none means for good.
    kept_until: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ArchiveView {
    /// Cases, those closed last first.
    cases: Vec<ArchivedView>,
    /// Segments that were read.
    segments_read: usize,
    /// Segments that certainly hold nothing of it.
    segments_passed_over: usize,
    /// Segments that may hold more and were not looked at.
    segments_left: usize,
    /// Send it as `after` to go on; none at the end.
    next: Option<String>,
}

const PARAMETERS: &[Parameter] = &[
    Parameter {
        place: "query",
        name: "words",
        description: "Words that must all be there, a whole number among them; everything if left out.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "from",
        description: "Closed at or after, date or RFC 3339.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "to",
        description: "Closed before, date or RFC 3339.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "limit",
        description: "At most so many, 50 if left out, up to 200.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "after",
        description: "`next` of the answer before, to go on.",
        required: false,
    },
];

/// Operations on the archive.
pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "search_archive",
        method: "get",
        path: "/api/v1/archive",
        tag: "cases",
        summary: "Closed cases that left the tables for the archive. One whose papers are needed is brought back by an operator.",
        permission: "cases.view",
        audit: None,
        parameters: PARAMETERS,
        request: None,
        response: (200, "application/json", Some(schema_of::<ArchiveView>)),
        handler: get(search_archive),
    }]
}

impl ArchiveQuery {
    /// What is looked for.
    ///
    /// # Errors
    /// Everything that does not parse, each at its field.
    pub fn question(&self, app: &App) -> Result<Question<'_>, ApiError> {
        let mut problems = Vec::new();
        let mut moment = |field: &str, text: &str, otherwise: i64| {
            if text.trim().is_empty() {
                return otherwise;
            }
            match app.calendar().parse_instant(text.trim()) {
                Ok(at) => at.as_millisecond(),
                Err(error) => {
                    let said = error.message();
                    problems.push(Problem::new("calendar.invalid", field, said.zh, said.en));
                    otherwise
                }
            }
        };
        let from_ms = moment("from", &self.from, i64::MIN);
        // An end is left out, as in the list of cases.
        let to_ms = moment("to", &self.to, i64::MAX).saturating_sub(1);
        let most = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&most) {
            problems.push(limit_out_of_range());
        }
        let after = self.after.split_once('~').and_then(|(at, id)| {
            let at = at.parse().ok()?;
            Some((at, id.to_owned()))
        });
        if after.is_none() && !self.after.is_empty() {
            problems.push(unknown_place());
        }
        if !problems.is_empty() {
            return Err(ApiError::invalid(problems));
        }
        Ok(Question {
            words: &self.words,
            from_ms,
            to_ms,
            most,
            after,
        })
    }
}

/// Where an answer goes on, as an address has it.
#[must_use]
pub fn place_of((at, id): &(i64, String)) -> String {
    format!("{at}~{id}")
}

async fn search_archive(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<ArchiveQuery>,
) -> Result<Json<ArchiveView>, ApiError> {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        let found = app.search_archive(&visitor, &asked.question(app)?)?;
        Ok(ArchiveView {
            cases: found.matters.iter().map(|one| view(app, one)).collect(),
            segments_read: found.opened,
            segments_passed_over: found.passed_over,
            segments_left: found.left,
            next: found.next.as_ref().map(place_of),
        })
    });
    Ok(Json(found.await.map_err(|error| error.in_lang(lang))?))
}

fn view(app: &App, matter: &Matter) -> ArchivedView {
    let closed = Timestamp::from_millisecond(matter.closed_at_ms).unwrap_or_default();
    let told = |at| app.calendar().format_instant(at);
    ArchivedView {
        id: matter.id.clone(),
        number: matter.number.clone(),
        system: matter.text("system").to_owned(),
        title: matter.text("title").to_owned(),
        status: matter.text("status").to_owned(),
        closed_at: told(closed),
        kept_until: app.kept_until(matter).map(told),
    }
}

fn limit_out_of_range() -> Problem {
    Problem::new(
        "archive.limit",
        "limit",
        "`limit` 应为 1 至 200",
        "`limit` is from 1 to 200",
    )
}

fn unknown_place() -> Problem {
    Problem::new(
        "archive.after",
        "after",
        "`after` 应原样填上一次回答里的 `next`",
        "`after` takes `next` of the last answer as it was",
    )
}
