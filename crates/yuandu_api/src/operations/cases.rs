//! Cases: open, join, list, look at, read their history.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use yuandu_base::Problem;
use yuandu_base::calendar::Lamp;
use yuandu_process::{CaseFilter, CaseOrder, CaseRow, JoinCase, OpenCase};
use yuandu_schema::FieldType;
use yuandu_store::BlobRef;

use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

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
    cases: Vec<CaseRowView>,
    /// Pass as `after` for the next page; none on the last.
    next: Option<String>,
}

/// A new case.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenCaseRequest {
    /// System, for example `city-care`.
    system: String,
    /// Five-digit category.
    category: Option<String>,
    /// Longitude, degrees, CGCS2000 or WGS 84.
    lon: Option<f64>,
    /// Latitude, degrees.
    lat: Option<f64>,
    /// Address in words.
    address: Option<String>,
    /// Declared facts of the case, by field name.
    #[serde(default)]
    facts: Map<String, Value>,
}

/// A further report of an open case.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinCaseRequest {
    /// Declared facts of this report, by field name.
    #[serde(default)]
    facts: Map<String, Value>,
}

/// An opened case.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OpenedView {
    /// Id.
    id: String,
    /// Number people use.
    number: String,
    /// Position of the entry in the log.
    position: u64,
    /// Whether an earlier request with the same key had opened it.
    replayed: bool,
}

/// A task of a case.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseTaskView {
    /// Id.
    id: String,
    /// Node of the process.
    node: String,
    /// Name in the language of the request.
    name: String,
    /// Role that does it.
    role: String,
    /// Organisation it is for.
    org: Option<String>,
    /// Whether the caller may complete it.
    allowed: bool,
    /// Why not, in words.
    reasons: Vec<String>,
    /// Outcomes to choose from.
    outcomes: Vec<String>,
    /// When it is due, RFC 3339.
    due_at: Option<String>,
}

/// A case with everything the caller may see.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseDetailView {
    /// The universal facts.
    case: CaseRowView,
    /// The declared facts; masked ones are left out and named in `masked`.
    facts: Map<String, Value>,
    /// Facts the caller may not see.
    masked: Vec<String>,
    /// Open tasks.
    tasks: Vec<CaseTaskView>,
    /// Clocks with their derivation.
    clocks: Vec<CaseClockView>,
    /// Numbers of the reports that joined.
    children: Vec<String>,
}

/// A statutory clock of a case.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseClockView {
    /// Name.
    name: String,
    /// Due instant, RFC 3339 in the city's time.
    due: Option<String>,
    /// The derivation in the language of the request.
    explanation: Option<String>,
}

/// An entry of a case's history.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HistoryView {
    /// Position in the log.
    position: u64,
    /// When, RFC 3339.
    at: String,
    /// Operation.
    op: String,
    /// Who.
    actor: String,
    /// What happened.
    note: Value,
}

/// Operations on cases.
pub(super) fn operations() -> Vec<Operation> {
    let mut operations = changing();
    operations.extend(reading());
    operations
}

const KEY: Parameter = Parameter {
    place: "header",
    name: "Idempotency-Key",
    description: "Chosen by the caller; sending the same request again with it changes nothing and gives the first answer.",
    required: false,
};
const ID: Parameter = Parameter {
    place: "path",
    name: "id",
    description: "Id of the case.",
    required: true,
};

fn changing() -> Vec<Operation> {
    vec![
        Operation {
            id: "open_case",
            method: "post",
            path: "/api/v1/cases",
            tag: "cases",
            summary: "Opens a case and moves it to its first step.",
            permission: "cases.create",
            audit: Some("cases.open"),
            parameters: &[KEY],
            request: Some(("application/json", schema_of::<OpenCaseRequest>)),
            response: (201, "application/json", Some(schema_of::<OpenedView>)),
            handler: post(open_case),
        },
        Operation {
            id: "join_case",
            method: "post",
            path: "/api/v1/cases/{id}/reports",
            tag: "cases",
            summary: "Joins an open case with a further report that follows it.",
            permission: "cases.create",
            audit: Some("cases.join"),
            parameters: &[ID, KEY],
            request: Some(("application/json", schema_of::<JoinCaseRequest>)),
            response: (201, "application/json", Some(schema_of::<OpenedView>)),
            handler: post(join_case),
        },
    ]
}

fn reading() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_cases",
            method: "get",
            path: "/api/v1/cases",
            tag: "cases",
            summary: "Cases the caller may see, by filters and order.",
            permission: "cases.list",
            audit: None,
            parameters: FILTERS,
            request: None,
            response: (200, "application/json", Some(schema_of::<CasePageView>)),
            handler: get(list_cases),
        },
        Operation {
            id: "view_case",
            method: "get",
            path: "/api/v1/cases/{id}",
            tag: "cases",
            summary: "A case with its facts, tasks and clocks.",
            permission: "cases.view",
            audit: None,
            parameters: &[ID],
            request: None,
            response: (200, "application/json", Some(schema_of::<CaseDetailView>)),
            handler: get(view_case),
        },
        Operation {
            id: "list_case_history",
            method: "get",
            path: "/api/v1/cases/{id}/history",
            tag: "cases",
            summary: "What happened to a case, from the log, oldest first.",
            permission: "cases.view",
            audit: None,
            parameters: &[ID],
            request: None,
            response: (200, "application/json", Some(schema_of::<Vec<HistoryView>>)),
            handler: get(list_history),
        },
    ]
}

const FILTERS: &[Parameter] = &[
    Parameter {
        place: "query",
        name: "system",
        description: "System, for example `city-care`.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "status",
        description: "`open`, `closed`, `refused`, `merged`, `withdrawn`.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "stage",
        description: "Stage.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "lamp",
        description: "`green`, `yellow`, `red`.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "category",
        description: "Five-digit category.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "class",
        description: "Two-digit class.",
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
        name: "grid",
        description: "Unit grid.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "channel",
        description: "How it came in.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "text",
        description: "Number, or words in title, description or address.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "bbox",
        description: "west,south,east,north in degrees.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "order",
        description: "`updated` (default), `opened`, `due`.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "after",
        description: "`next` of the page before.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "limit",
        description: "Cases on a page, 1 to 1000; 100 by default.",
        required: false,
    },
];

/// The query of a list of cases, shared with the pages.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CasesQuery {
    /// System.
    pub system: String,
    /// Status.
    pub status: String,
    /// Stage.
    pub stage: String,
    /// Lamp.
    pub lamp: String,
    /// Category.
    pub category: String,
    /// Class.
    pub class: String,
    /// Organisation.
    pub org: String,
    /// Grid.
    pub grid: String,
    /// Channel.
    pub channel: String,
    /// Words or number.
    pub text: String,
    /// Window.
    pub bbox: String,
    /// Order.
    pub order: String,
    /// Where the page begins.
    pub after: String,
    /// Cases on the page.
    pub limit: String,
}

impl CasesQuery {
    /// The filter asked for; all problems at once.
    pub fn filter(&self) -> Result<CaseFilter, ApiError> {
        let text = |value: &str| {
            Some(value.trim())
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
        };
        let mut problems = Vec::new();
        let lamp = match self.lamp.as_str() {
            "" => None,
            "green" => Some(Lamp::Green),
            "yellow" => Some(Lamp::Yellow),
            "red" => Some(Lamp::Red),
            other => {
                problems.push(unknown("lamp", other, "green, yellow, red"));
                None
            }
        };
        let bbox = if self.bbox.is_empty() {
            None
        } else {
            let numbers: Vec<f64> = self
                .bbox
                .split(',')
                .filter_map(|number| number.trim().parse().ok())
                .collect();
            let window = <[f64; 4]>::try_from(numbers).ok();
            if window.is_none() {
                problems.push(unknown("bbox", &self.bbox, "west,south,east,north"));
            }
            window
        };
        if !problems.is_empty() {
            return Err(ApiError::invalid(problems));
        }
        Ok(CaseFilter {
            system: text(&self.system),
            status: text(&self.status),
            stage: text(&self.stage),
            lamp,
            category: text(&self.category),
            class: text(&self.class),
            org: text(&self.org),
            grid: text(&self.grid),
            channel: text(&self.channel),
            text: text(&self.text),
            bbox,
            ..CaseFilter::default()
        })
    }

    /// The order asked for.
    pub fn order(&self) -> Result<CaseOrder, ApiError> {
        match self.order.as_str() {
            "" | "updated" => Ok(CaseOrder::Updated),
            "opened" => Ok(CaseOrder::Opened),
            "due" => Ok(CaseOrder::Due),
            other => Err(ApiError::invalid(vec![unknown(
                "order",
                other,
                "updated, opened, due",
            )])),
        }
    }

    /// Cases on a page.
    pub fn limit(&self) -> Result<usize, ApiError> {
        if self.limit.is_empty() {
            return Ok(100);
        }
        let limit = self
            .limit
            .parse()
            .ok()
            .filter(|limit| (1..=1000).contains(limit));
        limit.ok_or_else(|| ApiError::invalid(vec![unknown("limit", &self.limit, "1–1000")]))
    }
}

fn unknown(field: &str, value: &str, known: &str) -> Problem {
    Problem::new(
        "query.unknown",
        field,
        format!("`{field}` 不能是 `{value}`，可用：{known}"),
        format!("`{field}` cannot be `{value}`; use {known}"),
    )
}

async fn open_case(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Json(request): Json<OpenCaseRequest>,
) -> Result<Response, ApiError> {
    let lang = visitor.lang();
    let opened = app.run(move |app| {
        let place = request.lon.zip(request.lat);
        let mut open = OpenCase {
            system: request.system,
            category: request.category,
            place,
            address: request.address,
            channel: if visitor.signed_in.is_some() {
                "collector"
            } else {
                "web"
            }
            .to_owned(),
            facts: request.facts,
            idempotency: idempotency_key(&headers)?,
            ..OpenCase::default()
        };
        check_photos(app, &open.system, &open.facts)?;
        copy_sourced(app, &visitor.ctx, &open.system, &mut open.facts)?;
        locate(app, &mut open)?;
        Ok(app.engine.open_case(&visitor.ctx, &open)?)
    });
    Ok(created(opened.await.map_err(|error| error.in_lang(lang))?))
}

async fn join_case(
    State(app): State<App>,
    visitor: Visitor,
    Path(parent): Path<String>,
    headers: HeaderMap,
    Json(request): Json<JoinCaseRequest>,
) -> Result<Response, ApiError> {
    let lang = visitor.lang();
    let opened = app.run(move |app| {
        let idempotency = idempotency_key(&headers)?;
        let join = JoinCase {
            parent,
            channel: "web".to_owned(),
            facts: request.facts,
            idempotency,
        };
        Ok(app.engine.join_case(&visitor.ctx, &join)?)
    });
    Ok(created(opened.await.map_err(|error| error.in_lang(lang))?))
}

async fn list_cases(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<CasesQuery>,
) -> Result<Json<CasePageView>, ApiError> {
    let lang = visitor.lang();
    let page = app.run(move |app| {
        let after = Some(query.after.as_str()).filter(|after| !after.is_empty());
        let page = app.engine.list_cases(
            &visitor.ctx,
            &query.filter()?,
            query.order()?,
            after,
            query.limit()?,
        )?;
        let now = visitor.ctx.now();
        Ok(CasePageView {
            cases: page.cases.iter().map(|case| row_view(case, now)).collect(),
            next: page.next,
        })
    });
    Ok(Json(page.await.map_err(|error| error.in_lang(lang))?))
}

async fn view_case(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<CaseDetailView>, ApiError> {
    let lang = visitor.lang();
    let detail = app.run(move |app| {
        let view = app.engine.case_view(&visitor.ctx, &id)?;
        let tasks = view.tasks.iter().map(|open| CaseTaskView {
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
        });
        let clocks = view.clocks.iter().map(|clock| CaseClockView {
            name: clock.name.clone(),
            due: clock
                .projection
                .as_ref()
                .map(yuandu_base::calendar::Projection::due_rfc3339),
            explanation: clock
                .projection
                .as_ref()
                .map(|projection| projection.explain(lang)),
        });
        Ok(CaseDetailView {
            case: row_view(&view.case, visitor.ctx.now()),
            tasks: tasks.collect(),
            clocks: clocks.collect(),
            children: view
                .children
                .iter()
                .map(|child| child.number.clone())
                .collect(),
            facts: view.facts,
            masked: view.masked,
        })
    });
    Ok(Json(detail.await.map_err(|error| error.in_lang(lang))?))
}

async fn list_history(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<Vec<HistoryView>>, ApiError> {
    let lang = visitor.lang();
    let history = app.run(move |app| {
        let entries = app.engine.history(&visitor.ctx, &id)?.into_iter();
        Ok(entries
            .map(|entry| HistoryView {
                position: entry.position,
                at: entry.at.to_string(),
                op: entry.op,
                actor: entry.actor,
                note: entry.note,
            })
            .collect())
    });
    Ok(Json(history.await.map_err(|error| error.in_lang(lang))?))
}

fn created(opened: yuandu_process::Opened) -> Response {
    let location = HeaderValue::from_str(&format!("/api/v1/cases/{}", opened.case_id));
    let view = OpenedView {
        id: opened.case_id,
        number: opened.number,
        position: opened.position,
        replayed: opened.replayed,
    };
    let mut response = (StatusCode::CREATED, Json(view)).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert("location", location);
    }
    response
}

/// Fills grid, division and address from the position; a position outside the city is refused.
pub fn locate(app: &App, open: &mut OpenCase) -> Result<(), ApiError> {
    let Some((lon, lat)) = open.place else {
        return Ok(());
    };
    let position = yuandu_geo::Position::new(lon, lat)?;
    let place = super::places::inside(app, position, "place")?;
    open.grid = open.grid.take().or(place.grid);
    open.division = open.division.take().or(place.division);
    if open
        .address
        .as_deref()
        .is_none_or(|address| address.trim().is_empty())
    {
        open.address = Some(place.words).filter(|words| !words.is_empty());
    }
    Ok(())
}

/// Refuses photos that were not sent: every name in a photo field must be a blob that is here.
pub fn check_photos(app: &App, system: &str, facts: &Map<String, Value>) -> Result<(), ApiError> {
    let kind = app.engine.kind(system)?;
    for field in kind
        .declared
        .fields
        .iter()
        .filter(|field| matches!(field.kind, FieldType::Photos { .. }))
    {
        let names = facts
            .get(&field.name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for name in names.filter_map(Value::as_str) {
            if !BlobRef::parse(name).is_some_and(|name| app.store.blobs().path(&name).exists()) {
                let problem = Problem::new(
                    "photos.unknown",
                    &field.name,
                    "照片没有上传成功，请重新选择",
                    "the photo was not uploaded; choose it again",
                );
                return Err(ApiError::invalid(vec![problem]));
            }
        }
    }
    Ok(())
}

/// The caller's idempotency key, if any.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    match key.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= 200 => Ok(Some(key.to_owned())),
        _ => Err(ApiError::invalid(vec![Problem::new(
            "idempotency.key",
            "Idempotency-Key",
            "`Idempotency-Key` 应为 1 至 200 个可见字符",
            "`Idempotency-Key` has 1 to 200 visible characters",
        )])),
    }
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

/// Fills facts that follow from a reference, such as the owner of the component, from their source.
pub fn copy_sourced(
    app: &App,
    ctx: &yuandu_identity::OpCtx,
    system: &str,
    facts: &mut Map<String, Value>,
) -> Result<(), ApiError> {
    let register = app
        .registers
        .defs()
        .find(|def| def.is_case && def.package == system);
    let Some(register) = register else {
        return Ok(());
    };
    Ok(app.registers.copy_sourced(ctx, register, facts)?)
}
