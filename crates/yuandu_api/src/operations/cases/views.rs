//! What leaves and enters the operations on cases as JSON.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use yuandu_base::Lang;
use yuandu_base::calendar::{Lamp, Projection};
use yuandu_process::{CaseRow, CaseView, ClockView, TaskView};
use yuandu_schema::{FieldDef, Sensitivity};

use crate::operations::tasks::NextTaskView;

/// A case in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseRowView {
    /// Id.
    pub id: String,
    /// Number people use.
    pub number: String,
    /// System.
    pub system: String,
    /// Title.
    pub title: String,
    /// Five-digit category.
    pub category: Option<String>,
    /// `open`, `closed`, `refused`, `merged`, `withdrawn`.
    pub status: String,
    /// Stage.
    pub stage: Option<String>,
    /// Handling organisation.
    pub org: Option<String>,
    /// Longitude, degrees.
    pub lon: Option<f64>,
    /// Latitude, degrees.
    pub lat: Option<f64>,
    /// Unit grid.
    pub grid: Option<String>,
    /// Address in words.
    pub address: Option<String>,
    /// How it came in.
    pub channel: String,
    /// `green`, `yellow`, `red`; none when nothing is due.
    pub lamp: Option<String>,
    /// When the most urgent step is due, RFC 3339.
    pub due_at: Option<String>,
    /// When it was opened, RFC 3339.
    pub opened_at: String,
    /// When it last changed, RFC 3339.
    pub updated_at: String,
    /// When it ended, RFC 3339.
    pub closed_at: Option<String>,
}

/// A page of cases.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CasePageView {
    /// The cases.
    pub(super) cases: Vec<CaseRowView>,
    /// Pass as `after` for the next page; none on the last.
    pub(super) next: Option<String>,
}

/// A new case.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenCaseRequest {
    /// System, for example `city-care`.
    pub(super) system: String,
    /// Five-digit category.
    pub(super) category: Option<String>,
    /// Longitude, degrees, CGCS2000 or WGS 84.
    pub(super) lon: Option<f64>,
    /// Latitude, degrees.
    pub(super) lat: Option<f64>,
    /// Address in words.
    pub(super) address: Option<String>,
    /// Declared facts of the case, by field name.
    #[serde(default)]
    pub(super) facts: Map<String, Value>,
}

/// A further report of an open case.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinCaseRequest {
    /// Declared facts of this report, by field name.
    #[serde(default)]
    pub(super) facts: Map<String, Value>,
}

/// An opened case.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OpenedView {
    /// Id.
    pub(super) id: String,
    /// Number people use.
    pub(super) number: String,
    /// Tasks that were opened; told to officers alone.
    pub(super) next: Vec<NextTaskView>,
    /// Position of the entry in the log.
    pub(super) position: u64,
    /// Whether an earlier request with the same key had opened it.
    pub(super) replayed: bool,
}

/// A task of a case.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseTaskView {
    /// Id.
    pub(super) id: String,
    /// Node of the process.
    pub(super) node: String,
    /// Name in the language of the request.
    pub(super) name: String,
    /// Role that does it.
    pub(super) role: String,
    /// Organisation it is for.
    pub(super) org: Option<String>,
    /// Whether the caller may complete it.
    pub(super) allowed: bool,
    /// Why not, in words.
    pub(super) reasons: Vec<String>,
    /// Outcomes to choose from.
    pub(super) outcomes: Vec<String>,
    /// When it is due, RFC 3339.
    pub(super) due_at: Option<String>,
}

/// A case with everything the caller may see.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseDetailView {
    /// The universal facts.
    pub(super) case: CaseRowView,
    /// The declared facts; restricted ones are left out and named in `masked`, for everyone.
    pub(super) facts: Map<String, Value>,
    /// Facts that are there and not shown; `view_restricted_facts` reads them for who may, and logs it.
    pub(super) masked: Vec<String>,
    /// Open tasks.
    pub(super) tasks: Vec<CaseTaskView>,
    /// Clocks with their derivation.
    pub(super) clocks: Vec<CaseClockView>,
    /// Numbers of the reports that joined.
    pub(super) children: Vec<String>,
}

/// A statutory clock of a case.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseClockView {
    /// Name.
    pub(super) name: String,
    /// Due instant, RFC 3339 in the city's time.
    pub(super) due: Option<String>,
    /// The derivation in the language of the request.
    pub(super) explanation: Option<String>,
}

/// The restricted facts of a case, such as the reporter's phone.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RestrictedView {
    /// The facts by name.
    pub(super) facts: Map<String, Value>,
}

/// An entry of a case's history.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HistoryView {
    /// Position in the log.
    pub(super) position: u64,
    /// When, RFC 3339.
    pub(super) at: String,
    /// Operation.
    pub(super) op: String,
    /// Who.
    pub(super) actor: String,
    /// What happened.
    pub(super) note: Value,
}

/// A case as a list gives it.
#[must_use]
pub fn row_view(case: &CaseRow, now: Timestamp) -> CaseRowView {
    let lamp = case.due_at.filter(|_| case.status == "open").map(|due| {
        match Lamp::at(now, case.warn_at.unwrap_or(due), due) {
            Lamp::Green => "green",
            Lamp::Yellow => "yellow",
            Lamp::Red => "red",
        }
    });
    CaseRowView {
        id: case.id.clone(),
        number: case.number.clone(),
        system: case.system.clone(),
        title: case.title.clone(),
        category: case.category.clone(),
        status: case.status.clone(),
        stage: case.stage.clone(),
        org: case.org.clone(),
        lon: case.lon,
        lat: case.lat,
        grid: case.grid.clone(),
        address: case.address.clone(),
        channel: case.channel.clone(),
        lamp: lamp.map(str::to_owned),
        due_at: case.due_at.map(|at| at.to_string()),
        opened_at: case.opened_at.to_string(),
        updated_at: case.updated_at.to_string(),
        closed_at: case.closed_at.map(|at| at.to_string()),
    }
}

/// A case as one caller sees it. Restricted facts stay out whoever asks: reading them is an operation of its own with
/// its own entry in the log.
pub(super) fn detail_view(
    view: CaseView,
    fields: &[FieldDef],
    now: Timestamp,
    lang: Lang,
) -> CaseDetailView {
    let (mut facts, mut masked) = (view.facts, view.masked);
    let restricted = fields
        .iter()
        .filter(|field| field.sensitivity == Sensitivity::Restricted);
    for field in restricted {
        if facts
            .remove(&field.name)
            .is_some_and(|value| !value.is_null())
        {
            masked.push(field.name.clone());
        }
    }
    CaseDetailView {
        case: row_view(&view.case, now),
        tasks: view
            .tasks
            .iter()
            .map(|open| task_view(open, lang))
            .collect(),
        clocks: view
            .clocks
            .iter()
            .map(|clock| clock_view(clock, lang))
            .collect(),
        children: view
            .children
            .into_iter()
            .map(|child| child.number)
            .collect(),
        facts,
        masked,
    }
}

fn task_view(open: &TaskView, lang: Lang) -> CaseTaskView {
    CaseTaskView {
        id: open.task.id.clone(),
        node: open.task.node.clone(),
        name: lang.pick(&open.task.name_zh, &open.task.name_en).to_owned(),
        role: open.task.role.clone(),
        org: open.task.org.clone(),
        allowed: open.allowed,
        reasons: open
            .reasons
            .iter()
            .map(|reason| reason.get(lang).to_owned())
            .collect(),
        outcomes: open
            .outcomes
            .iter()
            .map(|outcome| outcome.id.clone())
            .collect(),
        due_at: open.task.due_at.map(|at| at.to_string()),
    }
}

fn clock_view(clock: &ClockView, lang: Lang) -> CaseClockView {
    let projection = clock.projection.as_ref();
    CaseClockView {
        name: clock.name.clone(),
        due: projection.map(Projection::due_rfc3339),
        explanation: projection.map(|projection| projection.explain(lang)),
    }
}
