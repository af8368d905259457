//! From requests to the use cases of registers and back.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use yuandu_registers::{ImportCsv, ImportReport, PutRecord};

use super::query::list_query;
use super::views::{FieldView, PutRecordRequest, PutView, RecordJson, RecordPage, RegisterView};
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

pub(super) async fn view_record(
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

pub(super) async fn put_record(
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
            create: false,
            // The version makes it safe to send twice.
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
