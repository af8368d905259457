//! The list as a file for a spreadsheet, streamed: a million rows take no more memory than fifty.

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use yuandu_api::{ApiError, App};
use yuandu_process::{CaseRow, ExportCases};

use super::cases::ListQuery;
use super::words::{self, Words};
use crate::pages::error::PageError;
use crate::pages::here::Here;

/// Pages that wait for a slow reader.
const WAITING: usize = 4;
/// A spreadsheet runs a cell that begins with one of these as a formula; a quote before it keeps it text.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// Spreadsheets take a file for UTF-8 only if it begins with this mark.
const MARK: &str = "\u{feff}";

type Chunk = Result<Bytes, std::io::Error>;

/// `GET /work/cases.csv` with the query of the list.
pub(super) async fn csv(
    State(app): State<App>,
    here: Here,
    Query(query): Query<ListQuery>,
) -> Result<Response, PageError> {
    here.officer()?;
    let (chunks, mut body) = mpsc::channel::<Chunk>(WAITING);
    let (first, begun) = oneshot::channel::<Result<(), ApiError>>();
    tokio::task::spawn_blocking(move || write(&app, &here, &query, &chunks, first));
    // A refusal is a page and not a broken file: it is known before the first row.
    begun.await.unwrap_or_else(|_| Err(ApiError::internal()))?;
    let stream = futures_util::stream::poll_fn(move |context| body.poll_recv(context));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"cases.csv\""),
        ),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

fn write(
    app: &App,
    here: &Here,
    query: &ListQuery,
    chunks: &mpsc::Sender<Chunk>,
    first: oneshot::Sender<Result<(), ApiError>>,
) {
    let mut first = Some(first);
    let written = pages(app, here, query, &mut |text| {
        if let Some(first) = first.take() {
            // The reader may be gone already; the chunk below then says so.
            let _ = first.send(Ok(()));
        }
        chunks.blocking_send(Ok(Bytes::from(text))).is_ok()
    });
    match (written, first.take()) {
        (Err(error), Some(first)) => drop(first.send(Err(error))),
        (Ok(()), Some(first)) => {
            let _ = first.send(Ok(()));
        }
        // The file breaks off: the download fails instead of looking complete.
        (Err(_), None) => {
            drop(chunks.blocking_send(Err(std::io::Error::other("the export failed"))))
        }
        (Ok(()), None) => {}
    }
}

fn pages(
    app: &App,
    here: &Here,
    query: &ListQuery,
    send: &mut dyn FnMut(String) -> bool,
) -> Result<(), ApiError> {
    let words = Words::new(app, here)?;
    let (filter, order) = query.filter(app)?;
    let export = ExportCases {
        filter,
        order,
        asked: json!(query.address("/work/cases")),
    };
    let mut head = Some(format!("{MARK}{}", head(&words)));
    app.engine
        .export_cases(&here.visitor.ctx, &export, &mut |cases| {
            let rows: String = cases
                .iter()
                .map(|case| line(&cells(&words, case)))
                .collect();
            send(head.take().unwrap_or_default() + &rows)
        })?;
    if let Some(head) = head.take() {
        // Nobody listening any more is no mistake: the table is empty.
        let _listening = send(head);
    }
    Ok(())
}

fn head(words: &Words) -> String {
    let lang = words.lang;
    let names = [
        lang.pick("编号", "number"),
        lang.pick("标题", "title"),
        lang.pick("类别代码", "category"),
        lang.pick("类别", "category_name"),
        lang.pick("状态", "status"),
        lang.pick("环节", "stage"),
        lang.pick("承办单位", "unit"),
        lang.pick("来源", "channel"),
        lang.pick("地址", "address"),
        lang.pick("网格", "grid"),
        lang.pick("区划", "division"),
        lang.pick("经度", "lon"),
        lang.pick("纬度", "lat"),
        lang.pick("上报时间", "opened_at"),
        lang.pick("时限", "due_at"),
        lang.pick("最近变动", "updated_at"),
        lang.pick("办结时间", "closed_at"),
    ];
    line(&names.map(str::to_owned))
}

fn cells(words: &Words, case: &CaseRow) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let number = |value: Option<f64>| {
        value
            .map(|degrees| format!("{degrees:.6}"))
            .unwrap_or_default()
    };
    let at = |value: Option<jiff::Timestamp>| {
        let local = value.map(|at| at.to_zoned(words.zone().clone()));
        local
            .map(|at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
            .unwrap_or_default()
    };
    let category = text(&case.category);
    vec![
        case.number.clone(),
        case.title.clone(),
        category.clone(),
        words.code(&case.system, "categories", &category),
        words::status(words.lang, &case.status).to_owned(),
        case.stage
            .as_deref()
            .map(|stage| words.stage(&case.system, stage))
            .unwrap_or_default(),
        case.org
            .as_deref()
            .map(|org| words.org(org).to_owned())
            .unwrap_or_default(),
        words::channel(words.lang, &case.channel).to_owned(),
        text(&case.address),
        text(&case.grid),
        text(&case.division),
        number(case.lon),
        number(case.lat),
        at(Some(case.opened_at)),
        at(case.due_at),
        at(Some(case.updated_at)),
        at(case.closed_at),
    ]
}

/// One line by RFC 4180.
fn line(cells: &[String]) -> String {
    let quoted: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    quoted.join(",") + "\r\n"
}

fn quoted(cell: &str) -> String {
    let runs = cell.starts_with(FORMULA) && cell.parse::<f64>().is_err();
    let safe = if runs {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if safe.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::{line, quoted};

    #[test]
    fn cells_are_quoted_where_they_must_be_and_never_run_as_formulas() {
        assert_eq!(quoted("井盖,破损"), "\"井盖,破损\"");
        assert_eq!(quoted("说“\"好\"”"), "\"说“\"\"好\"\"”\"");
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("-12.5"), "-12.5");
        assert_eq!(line(&["a".to_owned(), String::new()]), "a,\r\n");
    }
}
