//! From requests to the use cases of registers and back.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use yuandu_registers::{
    AmendRecord, ImportCsv, ImportReport, ListRecords, PutRecord, PutResult, VersionView,
};

use super::query::{day, list_query, moment_query};
use super::views::{
    FieldView, PutRecordRequest, PutView, RecordJson, RecordPage, RegisterView, VersionJson,
};
use crate::extract::{Json, Path, Query, Raw};
use crate::{ApiError, App, Visitor};

pub(super) async fn list_registers(
    State(app): State<App>,
    visitor: Visitor,
) -> Json<Vec<RegisterView>> {
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

pub(super) async fn list_records(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
    Query(parameters): Query<HashMap<String, String>>,
) -> Result<Json<RecordPage>, ApiError> {
    let lang = visitor.lang();
    let page = app.run(move |app| {
        let list = ListRecords {
            as_of: moment_query(&visitor.ctx, &parameters)?,
            ..list_query(&register, &parameters)?
        };
        let page = app.registers.list_records(&visitor.ctx, &list)?;
        Ok(RecordPage {
            total: page.total.map(|total| total.count),
            total_is_exact: page.total.is_none_or(|total| total.exact),
            records: page.records.into_iter().map(record_json).collect(),
            next: page.next,
        })
    });
    Ok(Json(page.await.map_err(|error| error.in_lang(lang))?))
}

pub(super) async fn view_record(
    State(app): State<App>,
    visitor: Visitor,
    Path((register, id)): Path<(String, String)>,
    Query(parameters): Query<HashMap<String, String>>,
) -> Result<Json<RecordJson>, ApiError> {
    let lang = visitor.lang();
    let record = app.run(move |app| {
        let (ctx, registers) = (&visitor.ctx, &app.registers);
        let view = match moment_query(ctx, &parameters)? {
            None => registers.get_record(ctx, &register, &id, false)?,
            Some(as_of) => registers.get_record_as_of(ctx, &register, &id, &as_of)?,
        };
        Ok(record_json(view))
    });
    Ok(Json(record.await.map_err(|error| error.in_lang(lang))?))
}

pub(super) async fn view_record_history(
    State(app): State<App>,
    visitor: Visitor,
    Path((register, id)): Path<(String, String)>,
) -> Result<Json<Vec<VersionJson>>, ApiError> {
    let lang = visitor.lang();
    let versions = app.run(move |app| {
        let versions = app.registers.view_history(&visitor.ctx, &register, &id)?;
        Ok(versions.into_iter().map(version_json).collect())
    });
    Ok(Json(versions.await.map_err(|error| error.in_lang(lang))?))
}

fn version_json(version: VersionView) -> VersionJson {
    let validity = version.validity;
    VersionJson {
        valid_from: validity.from.map(|day| day.to_string()),
        valid_to: validity.to.map(|day| day.to_string()),
        known_from: validity.known_from.map(|at| at.to_string()),
        known_to: validity.known_to.map(|at| at.to_string()),
        by: validity.by,
        how: serde_json::to_value(validity.how).unwrap_or_default(),
        why: validity.why,
        present: version.present,
        values: version.values,
    }
}

pub(super) async fn put_record(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
    Json(request): Json<PutRecordRequest>,
) -> Result<Json<PutView>, ApiError> {
    let lang = visitor.lang();
    let result = app.run(move |app| {
        let result = write(app, &visitor, register, request)?;
        Ok(PutView {
            id: result.id,
            outcome: serde_json::to_value(result.outcome).unwrap_or_default(),
            position: result.position,
        })
    });
    Ok(Json(result.await.map_err(|error| error.in_lang(lang))?))
}

fn write(
    app: &App,
    visitor: &Visitor,
    register: String,
    request: PutRecordRequest,
) -> Result<PutResult, ApiError> {
    let put = PutRecord {
        register,
        data: request.values,
        version: request.version,
        create: false,
        // The version makes it safe to send twice.
        idempotency: None,
    };
    let with_days = request.from.is_some() || request.to.is_some();
    if !with_days && !request.correction && request.reason.is_none() {
        return Ok(app.registers.put_record(&visitor.ctx, &put)?);
    }
    let read = |name: &str, text: Option<String>| text.map(|text| day(name, &text)).transpose();
    let amend = AmendRecord {
        put,
        from: read("from", request.from)?,
        to: read("to", request.to)?,
        correction: request.correction,
        reason: request.reason,
    };
    Ok(app.registers.amend_record(&visitor.ctx, &amend)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ImportQuery {
    allow_partial: bool,
    dry_run: bool,
    file_name: String,
}

pub(super) async fn import_records(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
    Query(query): Query<ImportQuery>,
    Raw(body): Raw,
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

fn record_json(view: yuandu_registers::RecordView) -> RecordJson {
    RecordJson {
        id: view.id,
        version: view.version,
        values: view.values,
        masked: view.masked.into_iter().collect(),
    }
}
