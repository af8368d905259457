//! Versions of processes: which are published and run, what changed between two, and moving running cases from one to another.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yuandu_base::{Lang, Problem};
use yuandu_process::{
    Fate, Migration, MigrationFilter, MigrationOutcome, MigrationRow, PartChange, Portion,
    VersionRow,
};

use crate::extract::{Json, Path, Query};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

/// Cases of one request when it names no number.
const USUAL: usize = 500;

/// A version of a system's processes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VersionView {
    /// The system.
    system: String,
    /// The version.
    version: String,
    /// Whether new cases begin with it.
    current: bool,
    /// When it was published and frozen, RFC 3339.
    published_at: Option<String>,
    /// Open cases that run on it.
    open: i64,
}

/// A node or flow that is not the same in both versions.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangeView {
    /// `added`, `removed` or `changed`.
    fate: String,
    /// The process.
    process: String,
    /// Its id.
    id: String,
    /// The name of its BPMN element.
    element: String,
    /// Its name; of a flow its two ends.
    name: String,
    /// Attributes and elements that changed.
    what: Vec<String>,
}

/// What is left out names no version, which is said after the gate.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CompareQuery {
    system: String,
    from: String,
    to: String,
}

/// Which open cases are meant; what is left out asks nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MigrationFilterRequest {
    /// With an open task at this node.
    node: Option<String>,
    /// Of this category.
    category: Option<String>,
    /// In the hands of this organisation.
    org: Option<String>,
    /// The one of this number.
    number: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TrialQuery {
    system: String,
    from: String,
    to: String,
    mapping: String,
    node: Option<String>,
    category: Option<String>,
    org: Option<String>,
    number: Option<String>,
    limit: Option<usize>,
    after: Option<String>,
}

/// A migration is begun; no case moves yet.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginMigrationRequest {
    /// The system.
    system: String,
    /// From this version.
    from: String,
    /// To this one.
    to: String,
    /// Nodes whose place in the new version has another id.
    #[serde(default)]
    mapping: BTreeMap<String, String>,
    /// Why; at most 500 characters.
    reason: String,
}

/// So many cases of a migration move.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageRequest {
    /// Which cases.
    #[serde(default)]
    filter: MigrationFilterRequest,
    /// How many at most; 500 when left out, 2000 at most.
    #[serde(default)]
    limit: Option<usize>,
    /// `next` of the portion before.
    #[serde(default)]
    after: Option<String>,
    /// Whether those that moved go back to the former version.
    #[serde(default)]
    back: bool,
}

/// A migration that was begun.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BegunView {
    /// Its id.
    id: String,
}

/// Why a case cannot move.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HindranceView {
    /// The process.
    process: String,
    /// The node at which it stands.
    node: String,
    /// Why, in the language of the request.
    why: String,
}

/// A case that cannot move.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StuckView {
    /// The case.
    case_id: String,
    /// Its number.
    number: String,
    /// Everything that hinders it.
    hindrances: Vec<HindranceView>,
}

/// Where cases stand.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtNodeView {
    /// The process.
    process: String,
    /// The node.
    node: String,
    /// Its name in the language of the request.
    name: String,
    /// How many rest there.
    count: usize,
}

/// What came, or would come, of a portion.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MigrationOutcomeView {
    /// Open cases the filter means, in all.
    meant: i64,
    /// Cases of this portion that moved, or can.
    moved: usize,
    /// Cases that cannot, and why.
    stuck: Vec<StuckView>,
    /// Where the cases of this portion stood, by node.
    at: Vec<AtNodeView>,
    /// Pass as `after` for the next portion; none after the last.
    next: Option<String>,
}

/// A migration.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MigrationView {
    /// Its id.
    id: String,
    /// The system.
    system: String,
    /// From this version.
    from: String,
    /// To this one.
    to: String,
    /// Nodes that have another id there.
    mapping: BTreeMap<String, String>,
    /// Why.
    reason: String,
    /// When it was begun, RFC 3339.
    begun_at: String,
    /// By whom.
    begun_by: String,
    /// Cases that are in the new version by it.
    moved: i64,
    /// Cases that went back.
    back: i64,
}

const fn query(name: &'static str, description: &'static str) -> Parameter {
    Parameter {
        place: "query",
        name,
        description,
        required: true,
    }
}

const fn optional(name: &'static str, description: &'static str) -> Parameter {
    Parameter {
        place: "query",
        name,
        description,
        required: false,
    }
}

const TWO: [Parameter; 3] = [
    query("system", "The system."),
    query("from", "The older version."),
    query("to", "The newer version."),
];

const TRIAL: [Parameter; 10] = [
    query("system", "The system."),
    query("from", "From this version."),
    query("to", "To this one."),
    optional(
        "mapping",
        "Nodes that have another id there, `old:new,old:new`; nodes of equal ids need none.",
    ),
    optional("node", "Only cases with an open task at this node."),
    optional("category", "Only cases of this category."),
    optional("org", "Only cases in the hands of this organisation."),
    optional("number", "Only the case of this number."),
    optional(
        "limit",
        "How many at most; 500 when left out, 2000 at most.",
    ),
    optional("after", "`next` of the portion before."),
];

/// Operations on versions.
pub(super) fn operations() -> Vec<Operation> {
    let mut operations = reading();
    operations.extend(moving());
    operations
}

fn reading() -> Vec<Operation> {
    let read = |id, path, summary, parameters, response, handler| Operation {
        id,
        method: "get",
        path,
        tag: "processes",
        summary,
        permission: "admin.view",
        audit: None,
        parameters,
        request: None,
        response: (200, "application/json", Some(response)),
        handler,
    };
    vec![
        read(
            "list_versions",
            "/api/v1/processes/versions",
            "The versions of every system's processes, with the open cases that run on each.",
            &[],
            schema_of::<Vec<VersionView>>,
            get(list_versions),
        ),
        read(
            "compare_versions",
            "/api/v1/processes/difference",
            "Nodes and flows added, removed and changed between two versions.",
            &TWO,
            schema_of::<Vec<ChangeView>>,
            get(compare_versions),
        ),
        read(
            "list_migrations",
            "/api/v1/processes/migrations",
            "Migrations of running cases, the newest first.",
            &[],
            schema_of::<Vec<MigrationView>>,
            get(list_migrations),
        ),
        read(
            "try_migration",
            "/api/v1/processes/migrations/trial",
            "Which running cases could move to another version and which could not, each with why; nothing is written.",
            &TRIAL,
            schema_of::<MigrationOutcomeView>,
            get(try_migration),
        ),
    ]
}

fn moving() -> Vec<Operation> {
    let change = |id, path, summary, audit, request, response, handler| Operation {
        id,
        method: "post",
        path,
        tag: "processes",
        summary,
        permission: "admin.write",
        audit: Some(audit),
        parameters: &[],
        request: Some(("application/json", request)),
        response,
        handler,
    };
    vec![
        change(
            "begin_migration",
            "/api/v1/processes/migrations",
            "Begins a migration of running cases to another version; no case moves yet.",
            "processes.begin_migration",
            schema_of::<BeginMigrationRequest>,
            (201, "application/json", Some(schema_of::<BegunView>)),
            post(begin_migration),
        ),
        Operation {
            parameters: &[Parameter {
                place: "path",
                name: "id",
                description: "Id of the migration.",
                required: true,
            }],
            ..change(
                "move_portion",
                "/api/v1/processes/migrations/{id}/portions",
                "Moves so many cases to the new version, or back to the former one; each case is an entry of its own.",
                "processes.migrate",
                schema_of::<StageRequest>,
                (
                    200,
                    "application/json",
                    Some(schema_of::<MigrationOutcomeView>),
                ),
                post(move_portion),
            )
        },
    ]
}

async fn list_versions(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Json<Vec<VersionView>>, ApiError> {
    let lang = visitor.lang();
    let found = app.run(move |app| Ok(app.engine.list_versions(&visitor.ctx)?));
    let found = found.await.map_err(|error| error.in_lang(lang))?;
    let view = |row: VersionRow| VersionView {
        system: row.system,
        version: row.version,
        current: row.current,
        published_at: row.published_at.map(|at| at.to_string()),
        open: row.open,
    };
    Ok(Json(found.into_iter().map(view).collect()))
}

async fn compare_versions(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<CompareQuery>,
) -> Result<Json<Vec<ChangeView>>, ApiError> {
    let lang = visitor.lang();
    let found = app.run(move |app| {
        let versions = (asked.from.as_str(), asked.to.as_str());
        Ok(app
            .engine
            .compare_versions(&visitor.ctx, &asked.system, versions)?)
    });
    let found = found.await.map_err(|error| error.in_lang(lang))?;
    Ok(Json(found.into_iter().map(change_view).collect()))
}

fn change_view(change: PartChange) -> ChangeView {
    ChangeView {
        fate: match change.fate {
            Fate::Added => "added",
            Fate::Removed => "removed",
            Fate::Changed => "changed",
        }
        .to_owned(),
        process: change.process,
        id: change.id,
        element: change.element,
        name: change.name,
        what: change.what,
    }
}

async fn list_migrations(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Json<Vec<MigrationView>>, ApiError> {
    let lang = visitor.lang();
    let found = app.run(move |app| Ok(app.engine.list_migrations(&visitor.ctx)?));
    let found = found.await.map_err(|error| error.in_lang(lang))?;
    let view = |row: MigrationRow| MigrationView {
        id: row.id,
        system: row.system,
        from: row.from,
        to: row.to,
        mapping: row.mapping,
        reason: row.reason,
        begun_at: row.begun_at.to_string(),
        begun_by: row.begun_name,
        moved: row.moved,
        back: row.back,
    };
    Ok(Json(found.into_iter().map(view).collect()))
}

async fn try_migration(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<TrialQuery>,
) -> Result<Json<MigrationOutcomeView>, ApiError> {
    let lang = visitor.lang();
    let tried = app.run(move |app| {
        let migration = Migration {
            system: asked.system,
            from: asked.from,
            to: asked.to,
            mapping: mapping(&asked.mapping)?,
        };
        let filter = MigrationFilterRequest {
            node: asked.node,
            category: asked.category,
            org: asked.org,
            number: asked.number,
        };
        let portion = portion(filter, asked.limit, asked.after);
        Ok(app
            .engine
            .try_migration(&visitor.ctx, &migration, &portion)?)
    });
    let tried = tried.await.map_err(|error| error.in_lang(lang))?;
    Ok(Json(outcome(tried, lang)))
}

/// `old:new,old:new`.
fn mapping(text: &str) -> Result<BTreeMap<String, String>, ApiError> {
    let pairs = text
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty());
    let read = pairs.map(|pair| {
        let (old, new) = pair.split_once(':').ok_or_else(|| {
            ApiError::invalid(vec![Problem::new(
                "processes.mapping",
                "mapping",
                format!("`{pair}` 应写成 旧环节:新环节"),
                format!("write `{pair}` as old:new"),
            )])
        })?;
        Ok((old.trim().to_owned(), new.trim().to_owned()))
    });
    read.collect()
}

async fn begin_migration(
    State(app): State<App>,
    visitor: Visitor,
    Json(asked): Json<BeginMigrationRequest>,
) -> Result<(StatusCode, Json<BegunView>), ApiError> {
    let lang = visitor.lang();
    let migration = Migration {
        system: asked.system,
        from: asked.from,
        to: asked.to,
        mapping: asked.mapping,
    };
    let begun = app.run(move |app| {
        Ok(app
            .engine
            .begin_migration(&visitor.ctx, &migration, &asked.reason)?)
    });
    let id = begun.await.map_err(|error| error.in_lang(lang))?;
    Ok((StatusCode::CREATED, Json(BegunView { id })))
}

async fn move_portion(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    Json(asked): Json<StageRequest>,
) -> Result<Json<MigrationOutcomeView>, ApiError> {
    let lang = visitor.lang();
    let (back, portion) = (asked.back, portion(asked.filter, asked.limit, asked.after));
    let moved = app.run(move |app| {
        Ok(app
            .engine
            .move_portion(&visitor.ctx, &id, (&portion, back))?)
    });
    let moved = moved.await.map_err(|error| error.in_lang(lang))?;
    Ok(Json(outcome(moved, lang)))
}

fn portion(filter: MigrationFilterRequest, limit: Option<usize>, after: Option<String>) -> Portion {
    Portion {
        filter: MigrationFilter {
            node: filter.node,
            category: filter.category,
            org: filter.org,
            number: filter.number,
        },
        limit: limit.unwrap_or(USUAL),
        after,
    }
}

fn outcome(outcome: MigrationOutcome, lang: Lang) -> MigrationOutcomeView {
    let stuck = outcome.stuck.into_iter().map(|case| StuckView {
        case_id: case.case_id,
        number: case.number,
        hindrances: case
            .hindrances
            .into_iter()
            .map(|hindrance| HindranceView {
                why: hindrance.why.get(lang).to_owned(),
                process: hindrance.process,
                node: hindrance.node,
            })
            .collect(),
    });
    let at = outcome.at.into_iter().map(|at| AtNodeView {
        name: at.name.get(lang).to_owned(),
        process: at.process,
        node: at.node,
        count: at.count,
    });
    MigrationOutcomeView {
        meant: outcome.meant,
        moved: outcome.moved,
        stuck: stuck.collect(),
        at: at.collect(),
        next: outcome.next,
    }
}
