//! Registers: what there is, records, import and export.

use std::collections::HashMap;
use std::io::Write;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use yuandu_base::Problem;
use yuandu_registers::{
    ColumnFilter, ExportCsv, ImportCsv, ImportReport, ListRecords, PutRecord, Sort,
};

use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App, Visitor};

/// A register the caller may list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RegisterView {
    /// Full name, `<package>.<register>`.
    name: String,
    /// Title in the language of the request.
    title: String,
    /// Fields: name, label, type.
    fields: Vec<FieldView>,
}

/// A field of a register.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FieldView {
    /// Name.
    name: String,
    /// Label in the language of the request.
    label: String,
    /// Type.
    r#type: String,
}

/// A record.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RecordJson {
    /// Id.
    id: String,
    /// Log position that last wrote it; send it back with a change.
    version: u64,
    /// Values by field; empty ones are absent.
    values: Map<String, Value>,
    /// Fields whose value the caller may not see.
    masked: Vec<String>,
}

/// A page of records.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RecordPage {
    /// The records.
    records: Vec<RecordJson>,
    /// Pass as `after` for the next page.
    next: Option<String>,
    /// How many there are.
    total: Option<u64>,
    /// Whether `total` is exact; else there are more.
    total_is_exact: bool,
}

/// A record to write.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutRecordRequest {
    /// Values by field; `null` clears one.
    values: Map<String, Value>,
    /// The version seen; a later one refuses the change.
    version: Option<u64>,
}

/// What a write did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PutView {
    /// Id.
    id: String,
    /// `created`, `updated` or `unchanged`.
    outcome: Value,
    /// Position in the log, if anything was written.
    position: Option<u64>,
}

const REGISTER: Parameter = Parameter {
    place: "path",
    name: "register",
    description: "Full name, for example `city-care.component`.",
    required: true,
};
const WORDS: Parameter = Parameter {
    place: "query",
    name: "words",
    description: "Words that the searched fields must contain.",
    required: false,
};
const SORT: Parameter = Parameter {
    place: "query",
    name: "sort",
    description: "Field; `-field` for largest first.",
    required: false,
};

/// Operations on registers.
pub(super) fn operations() -> Vec<Operation> {
    let mut operations = records();
    operations.extend(files());
    operations
}

fn records() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_registers",
            method: "get",
            path: "/api/v1/registers",
            tag: "registers",
            summary: "The registers the caller may list, with their fields.",
            permission: "registers.list",
            audit: None,
            parameters: &[],
            request: None,
            response: (
                200,
                "application/json",
                Some(schema_of::<Vec<RegisterView>>),
            ),
            handler: get(list_registers),
        },
        Operation {
            id: "list_records",
            method: "get",
            path: "/api/v1/registers/{register}/records",
            tag: "registers",
            summary: "Records by words and filters; `field=value` filters a field, `field^=text` its beginning.",
            permission: "registers.list",
            audit: None,
            parameters: &[
                REGISTER,
                WORDS,
                SORT,
                Parameter {
                    place: "query",
                    name: "after",
                    description: "`next` of the page before.",
                    required: false,
                },
                Parameter {
                    place: "query",
                    name: "limit",
                    description: "Records on a page, 1 to 1000; 50 by default.",
                    required: false,
                },
            ],
            request: None,
            response: (200, "application/json", Some(schema_of::<RecordPage>)),
            handler: get(list_records),
        },
        Operation {
            id: "view_record",
            method: "get",
            path: "/api/v1/registers/{register}/records/{id}",
            tag: "registers",
            summary: "One record.",
            permission: "registers.view",
            audit: None,
            parameters: &[
                REGISTER,
                Parameter {
                    place: "path",
                    name: "id",
                    description: "Id of the record.",
                    required: true,
                },
            ],
            request: None,
            response: (200, "application/json", Some(schema_of::<RecordJson>)),
            handler: get(view_record),
        },
        Operation {
            id: "put_record",
            method: "put",
            path: "/api/v1/registers/{register}/records",
            tag: "registers",
            summary: "Writes a record: new, or changed in the fields sent.",
            permission: "registers.write",
            audit: Some("registers.put_record"),
            parameters: &[REGISTER],
            request: Some(("application/json", schema_of::<PutRecordRequest>)),
            response: (200, "application/json", Some(schema_of::<PutView>)),
            handler: put(put_record),
        },
    ]
}

fn files() -> Vec<Operation> {
    vec![
        Operation {
            id: "import_records",
            method: "post",
            path: "/api/v1/registers/{register}/import",
            tag: "registers",
            summary: "Imports CSV; the report has a result for every row. One bad row means nothing is changed, unless `allow_partial=true`.",
            permission: "registers.import",
            audit: Some("registers.import_csv"),
            parameters: &[
                REGISTER,
                Parameter {
                    place: "query",
                    name: "allow_partial",
                    description: "`true`: import the good rows and report the others.",
                    required: false,
                },
                Parameter {
                    place: "query",
                    name: "dry_run",
                    description: "`true`: check everything and change nothing.",
                    required: false,
                },
                Parameter {
                    place: "query",
                    name: "file_name",
                    description: "Name of the file, for the log.",
                    required: false,
                },
            ],
            request: Some(("text/csv", schema_of::<String>)),
            response: (200, "application/json", Some(schema_of::<Value>)),
            handler: post(import_records),
        },
        Operation {
            id: "export_records",
            method: "get",
            path: "/api/v1/registers/{register}/export.csv",
            tag: "registers",
            summary: "Exports CSV, streamed; restricted values stay masked.",
            permission: "registers.export",
            audit: Some("registers.export_csv"),
            parameters: &[REGISTER, WORDS, SORT],
            request: None,
            response: (200, "text/csv", None),
            handler: get(export_records),
        },
    ]
}

async fn list_registers(State(app): State<App>, visitor: Visitor) -> Json<Vec<RegisterView>> {
    let lang = visitor.lang();
    let views = app.registers.offered(&visitor.ctx).map(|def| RegisterView {
        name: def.full_name(),
        title: def.title.get(lang).to_owned(),
        fields: def
            .fields
            .iter()
            .map(|field| FieldView {
                name: field.name.clone(),
                label: field.label.get(lang).to_owned(),
                r#type: field.kind.name().to_owned(),
            })
            .collect(),
    });
    Json(views.collect())
}

/// The list asked for by query parameters; shared with the pages. Everything that is not a known parameter filters a field.
pub fn list_query(
    register: &str,
    parameters: &HashMap<String, String>,
) -> Result<ListRecords, ApiError> {
    let get = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
    let limit = match get("limit") {
        "" => 50,
        text => text
            .parse()
            .ok()
            .filter(|limit| (1..=1000).contains(limit))
            .ok_or_else(|| {
                ApiError::invalid(vec![Problem::new(
                    "query.unknown",
                    "limit",
                    "`limit` 应为 1 至 1000",
                    "`limit` is 1 to 1000",
                )])
            })?,
    };
    let sort = Some(get("sort"))
        .filter(|sort| !sort.is_empty())
        .map(|sort| match sort.strip_prefix('-') {
            Some(field) => Sort {
                field: field.to_owned(),
                descending: true,
            },
            None => Sort {
                field: sort.to_owned(),
                descending: false,
            },
        });
    let known = ["words", "sort", "after", "limit", "view", "lang"];
    let mut filters: Vec<(String, ColumnFilter)> = parameters
        .iter()
        .filter(|(name, value)| !known.contains(&name.as_str()) && !value.trim().is_empty())
        .map(|(name, value)| match name.strip_suffix('^') {
            Some(field) => (
                field.to_owned(),
                ColumnFilter::StartsWith(value.trim().to_owned()),
            ),
            None => (
                name.clone(),
                ColumnFilter::OneOf(vec![value.trim().to_owned()]),
            ),
        })
        .collect();
    filters.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(ListRecords {
        register: register.to_owned(),
        filters,
        words: get("words").to_owned(),
        sort,
        after: Some(get("after"))
            .filter(|after| !after.is_empty())
            .map(str::to_owned),
        limit,
        facets: false,
        count: true,
        reveal: false,
    })
}

async fn list_records(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
    Query(parameters): Query<HashMap<String, String>>,
) -> Result<Json<RecordPage>, ApiError> {
    let lang = visitor.lang();
    let page = app.run(move |app| {
        let page = app
            .registers
            .list_records(&visitor.ctx, &list_query(&register, &parameters)?)?;
        Ok(RecordPage {
            total: page.total.map(|total| total.count),
            total_is_exact: page.total.is_none_or(|total| total.exact),
            records: page.records.into_iter().map(record_json).collect(),
            next: page.next,
        })
    });
    Ok(Json(page.await.map_err(|error| error.in_lang(lang))?))
}

async fn view_record(
    State(app): State<App>,
    visitor: Visitor,
    Path((register, id)): Path<(String, String)>,
) -> Result<Json<RecordJson>, ApiError> {
    let lang = visitor.lang();
    let record = app.run(move |app| {
        Ok(record_json(app.registers.get_record(
            &visitor.ctx,
            &register,
            &id,
            false,
        )?))
    });
    Ok(Json(record.await.map_err(|error| error.in_lang(lang))?))
}

async fn put_record(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
    Json(request): Json<PutRecordRequest>,
) -> Result<Json<PutView>, ApiError> {
    let lang = visitor.lang();
    let result = app.run(move |app| {
        let put = PutRecord {
            register,
            data: request.values,
            version: request.version,
            idempotency: None,
        };
        let result = app.registers.put_record(&visitor.ctx, &put)?;
        Ok(PutView {
            id: result.id,
            outcome: serde_json::to_value(result.outcome).unwrap_or_default(),
            position: result.position,
        })
    });
    Ok(Json(result.await.map_err(|error| error.in_lang(lang))?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ImportQuery {
    allow_partial: bool,
    dry_run: bool,
    file_name: String,
}

async fn import_records(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
    Query(query): Query<ImportQuery>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let lang = visitor.lang();
    let report: ImportReport = app
        .run(move |app| {
            let import = ImportCsv {
                register,
                file_name: query.file_name,
                allow_partial: query.allow_partial,
                dry_run: query.dry_run,
            };
            Ok(app
                .registers
                .import_csv(&visitor.ctx, &import, &mut body.as_ref())?)
        })
        .await
        .map_err(|error| error.in_lang(lang))?;
    // Rows that could not be taken are not a failure of the request: the report says what became of each.
    let status = if report.failed > 0 && !report.committed {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, Json(report)).into_response())
}

async fn export_records(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
    Query(parameters): Query<HashMap<String, String>>,
) -> Result<Response, ApiError> {
    let lang = visitor.lang();
    let list = list_query(&register, &parameters).map_err(|error| error.in_lang(lang))?;
    // Asked before the first byte, so that a refusal is a status and not a broken file.
    app.registers
        .def(&register)
        .map_err(|error| ApiError::from(error).in_lang(lang))?;
    let (chunks, mut body) = mpsc::channel::<Result<Bytes, std::io::Error>>(8);
    let (first, begun) = tokio::sync::oneshot::channel();
    tokio::task::spawn_blocking(move || {
        let mut out = Chunks {
            to: chunks.clone(),
            buffer: Vec::new(),
            first: Some(first),
        };
        let written = app
            .registers
            .export_csv(&visitor.ctx, &ExportCsv { list }, &mut out)
            .map_err(ApiError::from);
        if let Err(error) = written {
            match out.first.take() {
                Some(first) => drop(first.send(Err(error))),
                // The file breaks off in the middle: the reader's download fails instead of looking complete.
                None => drop(chunks.blocking_send(Err(std::io::Error::other("the export failed")))),
            }
            return;
        }
        // A reader that went away needs no rest.
        let _ = out.flush_all();
    });
    begun
        .await
        .unwrap_or_else(|_| Err(ApiError::internal()))
        .map_err(|error| error.in_lang(lang))?;
    let stream = futures_util::stream::poll_fn(move |context| body.poll_recv(context));
    let name = format!("attachment; filename=\"{register}.csv\"");
    let disposition = HeaderValue::from_str(&name).map_err(|_| ApiError::internal())?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

fn record_json(view: yuandu_registers::RecordView) -> RecordJson {
    RecordJson {
        id: view.id,
        version: view.version,
        values: view.values,
        masked: view.masked.into_iter().collect(),
    }
}

/// Hands what is written over in chunks of 64 KiB.
struct Chunks {
    to: mpsc::Sender<Result<Bytes, std::io::Error>>,
    buffer: Vec<u8>,
    first: Option<tokio::sync::oneshot::Sender<Result<(), ApiError>>>,
}

impl Chunks {
    fn flush_all(&mut self) -> std::io::Result<()> {
        if let Some(first) = self.first.take() {
            // The request may be gone; the write below then says so.
            let _ = first.send(Ok(()));
        }
        let chunk = Bytes::from(std::mem::take(&mut self.buffer));
        self.to
            .blocking_send(Ok(chunk))
            .map_err(|_| std::io::Error::other("the reader went away"))
    }
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= 64 * 1024 {
            self.flush_all()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
