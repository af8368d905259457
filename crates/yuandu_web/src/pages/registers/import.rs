//! Importing a file: everything is checked first, with a result for every row; then the officer decides.

use std::sync::Arc;

mod report;

use axum::Extension;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Lang, Problem};
use yuandu_registers::{ImportCsv, RowOutcome};
use yuandu_schema::RegisterDef;

use super::uploads::{Upload, Uploads};
use super::values::is_live;
use super::{may, register};
use crate::pages::error::PageError;
use crate::pages::forms::fresh_key;
use crate::pages::forms::posted::Posted;
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::{Field, file};
use yuandu_design::components::form::{Errors, Form, error_summary, form};
use yuandu_design::components::navigation::{Link, breadcrumb};
use yuandu_design::shell::{Audience, render};

/// Largest file: two hundred thousand rows, the most an import takes, of some three hundred bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The page that asks for a file.
async fn form_page(
    app: &App,
    here: &Here,
    name: &str,
    problems: &[Problem],
) -> Result<Response, PageError> {
    let def = importable(app, here, name)?;
    let lang = here.lang();
    let errors = Errors(problems);
    let field = Field::new(
        "file",
        lang.pick(
            "CSV 或 XLSX 文件（第一行是列名）",
            "CSV or XLSX file (column names in the first row)",
        ),
    )
    .hint(lang.pick(
        "CSV 可以是 UTF-8、UTF-16 或 GB 18030 编码；XLSX 读第一张表。",
        "CSV in UTF-8, UTF-16 or GB 18030; of a workbook the first sheet is read.",
    ))
    .error(errors.of(lang, "file"))
    .required();
    let action = format!("/work/registers/{name}/import");
    let inputs = html! {
        (file(lang, &field, ".csv,text/csv,.xlsx"))
        (button::row(&[button::submit(lang.pick("上传并检查", "Send and check"), Weight::Primary)]))
    };
    let title = lang.pick("导入文件", "Import a file");
    let body = html! {
        (way(lang, def, title))
        h1 { (def.title.get(lang)) (lang.pick("：", ": ")) (title) }
        (error_summary(lang, &errors))
        p { (lang.pick("先检查，什么都不改；每一行的结果都列出来，再由您决定导入。", "The file is checked first and nothing is changed; you see a result for every row and then decide.")) }
        (form(lang, &Form::new(&action, &here.csrf).files().unguarded(), &inputs))
        (columns(lang, def))
    };
    Ok(render(&here.page(Audience::Officer, title), &body).into_response())
}

/// `GET /work/registers/{register}/import`.
pub(super) async fn ask(
    State(app): State<App>,
    here: Here,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    here.officer()?;
    form_page(&app, &here, &name, &[]).await
}

/// `POST /work/registers/{register}/import`: checks the file and leads to the report.
pub(super) async fn check(
    State(app): State<App>,
    Extension(uploads): Extension<Uploads>,
    here: Here,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    here.officer()?;
    importable(&app, &here, &name)?;
    let (csrf, file_name, bytes) = read(request).await?;
    here.visitor.check_csrf(&csrf)?;
    if let Some(problem) = unusable(&bytes) {
        let mut response = form_page(&app, &here, &name, &[problem]).await?;
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(response);
    }
    let (reader, of) = (here.clone(), name.clone());
    let checked = app
        .run(move |app| {
            let import = ImportCsv {
                register: of,
                file_name: file_name.clone(),
                allow_partial: false,
                dry_run: true,
            };
            let report =
                app.registers
                    .import_csv(&reader.visitor.ctx, &import, &mut bytes.as_slice());
            Ok((report.map_err(ApiError::from), file_name, bytes))
        })
        .await?;
    match checked {
        (Ok(report), file_name, bytes) => {
            let token = fresh_key();
            let ctx = &here.visitor.ctx;
            let upload = Upload {
                owner: ctx.actor_name(),
                register: name.clone(),
                file_name,
                bytes,
                report,
                at: ctx.now(),
                asked: false,
            };
            uploads.keep(&token, upload);
            Ok(Redirect::to(&format!("/work/registers/{name}/import/{token}")).into_response())
        }
        (Err(error), ..) if error.kind == ErrorKind::Invalid => {
            let mut problems = error.problems;
            if problems.is_empty() {
                let said = &error.message;
                problems.push(Problem::new(&error.code, "file", &said.zh, &said.en));
            }
            let problems: Vec<Problem> = problems
                .into_iter()
                .map(|problem| Problem {
                    place: "file".to_owned(),
                    ..problem
                })
                .collect();
            let mut response = form_page(&app, &here, &name, &problems).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        (Err(error), ..) => Err(error.into()),
    }
}

/// `GET /work/registers/{register}/import/{file}`.
pub(super) async fn see(
    State(app): State<App>,
    Extension(uploads): Extension<Uploads>,
    here: Here,
    Path((name, token)): Path<(String, String)>,
) -> Result<Response, PageError> {
    here.officer()?;
    let def = importable(&app, &here, &name)?;
    let upload = waiting(&uploads, &here, &name, &token)?;
    Ok(report::page(&here, def, &token, &upload))
}

/// `POST /work/registers/{register}/import/{file}`: imports what was checked.
pub(super) async fn commit(
    State(app): State<App>,
    Extension(uploads): Extension<Uploads>,
    Path((name, token)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, PageError> {
    let here = posted.here;
    here.officer()?;
    importable(&app, &here, &name)?;
    let upload = waiting(&uploads, &here, &name, &token)?;
    let to = Redirect::to(&format!("/work/registers/{name}/import/{token}"));
    if upload.report.committed {
        // The same form sent twice imports once.
        return Ok(to.into_response());
    }
    let import = ImportCsv {
        register: name,
        file_name: upload.file_name.clone(),
        allow_partial: posted.sent.text("partial") == "yes",
        dry_run: false,
    };
    let (ctx, source) = (here.visitor.ctx.clone(), Arc::clone(&upload));
    let report = app
        .run(move |app| {
            Ok(app
                .registers
                .import_csv(&ctx, &import, &mut source.bytes.as_slice())?)
        })
        .await?;
    let done = report.committed;
    let kept = Upload {
        owner: upload.owner.clone(),
        register: upload.register.clone(),
        file_name: upload.file_name.clone(),
        bytes: if done {
            Vec::new()
        } else {
            upload.bytes.clone()
        },
        report,
        at: here.visitor.ctx.now(),
        asked: true,
    };
    uploads.keep(&token, kept);
    Ok(to.into_response())
}

/// `GET /work/registers/{register}/import/{file}/results.csv`.
pub(super) async fn results(
    State(app): State<App>,
    Extension(uploads): Extension<Uploads>,
    here: Here,
    Path((name, token)): Path<(String, String)>,
) -> Result<Response, PageError> {
    here.officer()?;
    importable(&app, &here, &name)?;
    let upload = waiting(&uploads, &here, &name, &token)?;
    let lang = here.lang();
    let mut text = String::from("row,line,id,outcome,column,problem\r\n");
    for result in &upload.report.results {
        let (row, line) = (result.row, result.line);
        let (id, word) = (
            cell(result.id.as_deref().unwrap_or_default()),
            code(&result.outcome),
        );
        match &result.outcome {
            RowOutcome::Failed(problems) => {
                for problem in problems {
                    let (place, said) = (cell(&problem.place), cell(problem.message.get(lang)));
                    text.push_str(&format!("{row},{line},{id},{word},{place},{said}\r\n"));
                }
            }
            _ => text.push_str(&format!("{row},{line},{id},{word},,\r\n")),
        }
    }
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"import-results.csv\""),
        ),
    ];
    Ok((headers, text).into_response())
}

/// A cell of CSV; what a spreadsheet would compute is kept a text.
fn cell(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    format!("\"{}\"", guarded.replace('"', "\"\""))
}

fn code(outcome: &RowOutcome) -> &'static str {
    match outcome {
        RowOutcome::Created => "created",
        RowOutcome::Updated => "updated",
        RowOutcome::Unchanged => "unchanged",
        RowOutcome::Failed(_) => "failed",
    }
}

fn importable<'a>(app: &'a App, here: &Here, name: &str) -> Result<&'a RegisterDef, ApiError> {
    let ctx = &here.visitor.ctx;
    let def = register(app, ctx, name)?;
    if may(app, ctx, "registers.import", def) {
        return Ok(def);
    }
    Err(ApiError::new(
        ErrorKind::Denied,
        "denied",
        "这个岗位不能导入；需要导入时请联系数据管理员",
        "this post may not import; ask the registrar",
    ))
}

fn waiting(
    uploads: &Uploads,
    here: &Here,
    name: &str,
    token: &str,
) -> Result<Arc<Upload>, ApiError> {
    let ctx = &here.visitor.ctx;
    uploads.of(token, name, &ctx.actor_name(), ctx.now()).ok_or_else(|| {
        ApiError::new(
            ErrorKind::Gone,
            "registers.upload_gone",
            "上传的文件只保留半小时，已经过期，没有任何改动。请重新上传",
            "a sent file is kept for half an hour only and is gone; nothing was changed. Send it again",
        )
    })
}

/// The token, the file's name and its bytes.
async fn read(request: Request) -> Result<(String, String, Vec<u8>), ApiError> {
    let broken = |_| {
        ApiError::new(
            ErrorKind::Invalid,
            "form.unreadable",
            "表单没有完整送达，什么都没有改动，请返回后重新提交",
            "the form did not arrive whole and nothing was changed; go back and send it again",
        )
    };
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|_| broken(()))?;
    let (mut csrf, mut file_name, mut bytes) = (String::new(), String::new(), Vec::new());
    while let Some(mut part) = parts.next_field().await.map_err(|_| broken(()))? {
        match part.name().unwrap_or_default() {
            "_csrf" => csrf = part.text().await.map_err(|_| broken(()))?,
            "file" => {
                file_name = part.file_name().unwrap_or_default().to_owned();
                while let Some(piece) = part.chunk().await.map_err(|_| broken(()))? {
                    let room = (MOST_BYTES + 1)
                        .saturating_sub(bytes.len())
                        .min(piece.len());
                    bytes.extend_from_slice(piece.get(..room).unwrap_or_default());
                }
            }
            _ => {}
        }
    }
    Ok((csrf, file_name, bytes))
}

fn unusable(bytes: &[u8]) -> Option<Problem> {
    if bytes.is_empty() {
        return Some(Problem::new(
            "registers.no_file",
            "file",
            "请选择一个 CSV 或 XLSX 文件",
            "choose a CSV or XLSX file",
        ));
    }
    (bytes.len() > MOST_BYTES).then(|| {
        Problem::new(
            "registers.file_too_large",
            "file",
            "文件超过 64 MB，请拆成几个文件",
            "the file is larger than 64 MB; split it",
        )
    })
}

fn way(lang: Lang, def: &RegisterDef, here: &str) -> Markup {
    let list = format!("/work/registers/{}", def.full_name());
    breadcrumb(
        lang,
        &[
            Link {
                label: lang.pick("登记簿", "Registers"),
                href: "/work/registers",
            },
            Link {
                label: def.title.get(lang),
                href: &list,
            },
        ],
        here,
    )
}

/// What a file of this register looks like.
fn columns(lang: Lang, def: &RegisterDef) -> Markup {
    let fields = def.fields.iter().filter(|field| !is_live(field));
    html! {
        details {
            summary { (lang.pick("这个登记簿的列", "Columns of this register")) }
            div class="table-frame" tabindex="0" role="region" aria-label=(lang.pick("列", "Columns")) {
                table class="table plain" {
                    thead { tr {
                        th scope="col" { (lang.pick("列名", "Column")) }
                        th scope="col" { (lang.pick("含义", "Meaning")) }
                        th scope="col" { (lang.pick("类型", "Type")) }
                        th scope="col" { (lang.pick("必填", "Required")) }
                    } }
                    tbody { @for field in fields {
                        tr {
                            td { code { (field.name) @if field.kind == yuandu_schema::FieldType::Position { "_lon, " (field.name) "_lat" } } }
                            td { (field.label.get(lang)) }
                            td { (field.kind.name()) }
                            td { @match field.required {
                                yuandu_schema::Requirement::Always => { (lang.pick("是", "yes")) }
                                yuandu_schema::Requirement::Optional => { "" }
                                _ => { (lang.pick("视情况", "sometimes")) }
                            } }
                        }
                    } }
                }
            }
        }
    }
}
