//! The export of a register, streamed while it is read.

use std::collections::HashMap;
use std::io::Write;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::{mpsc, oneshot};
use yuandu_registers::{ExportCsv, ListRecords};

use super::query::{list_query, moment_query};
use crate::extract::{Path, Query};
use crate::{ApiError, App, Visitor};

/// What a register is written as.
#[derive(Clone, Copy)]
enum Kind {
    Csv,
    Xlsx,
}

impl Kind {
    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

pub(super) async fn export_records(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
    Query(parameters): Query<HashMap<String, String>>,
) -> Result<Response, ApiError> {
    export(app, visitor, (&register, &parameters), Kind::Csv).await
}

pub(super) async fn export_workbook(
    State(app): State<App>,
    visitor: Visitor,
    Path(register): Path<String>,
    Query(parameters): Query<HashMap<String, String>>,
) -> Result<Response, ApiError> {
    export(app, visitor, (&register, &parameters), Kind::Xlsx).await
}

async fn export(
    app: App,
    visitor: Visitor,
    (register, parameters): (&str, &HashMap<String, String>),
    kind: Kind,
) -> Result<Response, ApiError> {
    let lang = visitor.lang();
    let list = moment_query(&visitor.ctx, parameters)
        .and_then(|as_of| {
            Ok(ListRecords {
                as_of,
                ..list_query(register, parameters)?
            })
        })
        .map_err(|error| error.in_lang(lang))?;
    // Asked before the first byte, so that a refusal is a status and not a broken file.
    app.registers
        .def(register)
        .map_err(|error| ApiError::from(error).in_lang(lang))?;
    let stream = begin(app, visitor, list, kind)
        .await
        .map_err(|error| error.in_lang(lang))?;
    let name = format!("attachment; filename=\"{register}.{}\"", kind.ending());
    let disposition = HeaderValue::from_str(&name).map_err(|_| ApiError::internal())?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(kind.media_type()),
        ),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, stream).into_response())
}

/// Starts the export and returns once its first bytes are there, so that a refusal is a status and not a broken file.
async fn begin(
    app: App,
    visitor: Visitor,
    list: ListRecords,
    kind: Kind,
) -> Result<Body, ApiError> {
    let (chunks, mut body) = mpsc::channel::<Result<Bytes, std::io::Error>>(8);
    let (first, begun) = oneshot::channel();
    tokio::task::spawn_blocking(move || {
        let mut out = Chunks {
            to: chunks.clone(),
            buffer: Vec::new(),
            first: Some(first),
        };
        let export = ExportCsv { list };
        let written = match kind {
            Kind::Csv => app.registers.export_csv(&visitor.ctx, &export, &mut out),
            Kind::Xlsx => app.registers.export_xlsx(&visitor.ctx, &export, &mut out),
        };
        match written {
            // A reader that went away needs no rest.
            Ok(_) => drop(out.flush_all()),
            Err(error) => match out.first.take() {
                Some(first) => drop(first.send(Err(error.into()))),
                // The file breaks off in the middle: the reader's download fails instead of looking complete.
                None => drop(chunks.blocking_send(Err(std::io::Error::other("the export failed")))),
            },
        }
    });
    begun.await.unwrap_or_else(|_| Err(ApiError::internal()))?;
    Ok(Body::from_stream(futures_util::stream::poll_fn(
        move |context| body.poll_recv(context),
    )))
}

/// Hands what is written over in chunks of 64 KiB.
struct Chunks {
    to: mpsc::Sender<Result<Bytes, std::io::Error>>,
    buffer: Vec<u8>,
    first: Option<oneshot::Sender<Result<(), ApiError>>>,
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
