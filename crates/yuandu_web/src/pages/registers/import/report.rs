//! What became of every row of a file, and the decision that is left to the officer.

use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use yuandu_base::Lang;
use yuandu_registers::{ImportReport, RowOutcome, RowResult};
use yuandu_schema::RegisterDef;

use super::way;
use crate::pages::here::Here;
use crate::pages::registers::uploads::Upload;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::choice::checkbox;
use yuandu_design::components::field::Field;
use yuandu_design::components::form::{Form, form};
use yuandu_design::components::navigation::number;
use yuandu_design::components::notice::{Tone, notice};
use yuandu_design::shell::{Audience, render};

/// Rows shown on the page; the file of results has all.
const SHOWN: usize = 200;

/// The page.
pub(super) fn page(here: &Here, def: &RegisterDef, token: &str, upload: &Upload) -> Response {
    let (lang, report) = (here.lang(), &upload.report);
    let title = lang.pick("导入结果", "Import");
    let at = format!("/work/registers/{}/import/{token}", def.full_name());
    let body = html! {
        (way(lang, def, title))
        h1 { (def.title.get(lang)) (lang.pick("：", ": ")) (title) }
        p { code { (upload.file_name) } }
        (verdict(lang, upload))
        (counts(lang, report))
        @if !report.committed { (decide(here, &at, report, def)) }
        p class="buttons" {
            a class="button" href={ (at) "/results.csv" } { (lang.pick("下载每一行的结果（CSV）", "Download all results (CSV)")) }
            @if report.committed { a class="button primary" href={ "/work/registers/" (def.full_name()) } { (lang.pick("看登记簿", "See the register")) } }
            @else { a class="button" href={ "/work/registers/" (def.full_name()) "/import" } { (lang.pick("换一个文件", "Send another file")) } }
        }
        (rows(lang, report))
    };
    render(&here.page(Audience::Officer, title), &body).into_response()
}

fn verdict(lang: Lang, upload: &Upload) -> Markup {
    let report = &upload.report;
    let written = report.created + report.updated;
    let (tone, said) = match (report.committed, upload.asked, report.failed, lang) {
        (true, _, 0, Lang::Zh) => (
            Tone::Done,
            format!(
                "已导入：{written} 条写入，日志有 {} 条记录。",
                report.positions.len()
            ),
        ),
        (true, _, 0, Lang::En) => (
            Tone::Done,
            format!(
                "Imported: {written} records written in {} log entries.",
                report.positions.len()
            ),
        ),
        (true, _, failed, Lang::Zh) => (
            Tone::Care,
            format!("已导入没有问题的 {written} 条；{failed} 行有问题，没有导入。"),
        ),
        (true, _, failed, Lang::En) => (
            Tone::Care,
            format!(
                "The {written} good rows were imported; {failed} rows have problems and were not."
            ),
        ),
        (false, true, 0, Lang::Zh) => (Tone::Done, "内容与登记簿一致，没有需要写入的。".to_owned()),
        (false, true, 0, Lang::En) => (
            Tone::Done,
            "The register already says all this; nothing had to be written.".to_owned(),
        ),
        (false, true, failed, Lang::Zh) => (
            Tone::Wrong,
            format!(
                "{failed} 行有问题，所以什么都没有改动。改好文件再传，或勾选只导入没有问题的行。"
            ),
        ),
        (false, true, failed, Lang::En) => (
            Tone::Wrong,
            format!(
                "{failed} rows have problems, so nothing was changed. Correct the file, or tick the box to import the good rows only."
            ),
        ),
        (false, false, 0, Lang::Zh) => (
            Tone::Plain,
            "检查过了，每一行都可以导入。还没有改动任何内容。".to_owned(),
        ),
        (false, false, 0, Lang::En) => (
            Tone::Plain,
            "Checked: every row can be imported. Nothing has been changed yet.".to_owned(),
        ),
        (false, false, failed, Lang::Zh) => (
            Tone::Care,
            format!("检查过了，{failed} 行有问题。还没有改动任何内容。"),
        ),
        (false, false, failed, Lang::En) => (
            Tone::Care,
            format!("Checked: {failed} rows have problems. Nothing has been changed yet."),
        ),
    };
    notice(tone, &said, &html! {})
}

fn counts(lang: Lang, report: &ImportReport) -> Markup {
    let would = !report.committed;
    let items = [
        (lang.pick("行数", "Rows"), report.rows),
        (
            if would {
                lang.pick("将新增", "To create")
            } else {
                lang.pick("新增", "Created")
            },
            report.created,
        ),
        (
            if would {
                lang.pick("将修改", "To change")
            } else {
                lang.pick("修改", "Changed")
            },
            report.updated,
        ),
        (lang.pick("没有变化", "Unchanged"), report.unchanged),
        (lang.pick("有问题", "With problems"), report.failed),
        (lang.pick("可能重复", "Possible duplicates"), report.similar),
    ];
    html! {
        ul class="import-counts" {
            @for (label, count) in items { li { span { (label) } " " strong { (number(count)) } } }
        }
        @if !report.ignored_columns.is_empty() {
            p class="hint" {
                (lang.pick("这些列由别的登记簿提供，没有读取：", "These columns come from other registers and were not read: "))
                @for (at, column) in report.ignored_columns.iter().enumerate() { @if at > 0 { ", " } code { (column) } }
            }
        }
    }
}

/// The decision: all rows or, where some are bad, only the good ones and only when asked.
fn decide(here: &Here, at: &str, report: &ImportReport, def: &RegisterDef) -> Markup {
    let lang = here.lang();
    let good = report.created + report.updated;
    if good == 0 {
        return html! {};
    }
    let label = match lang {
        Lang::Zh => format!(
            "只导入没有问题的 {good} 行，有问题的 {} 行不导入",
            report.failed
        ),
        Lang::En => format!(
            "Import the {good} good rows only and leave out the {} with problems",
            report.failed
        ),
    };
    let words = match lang {
        Lang::Zh => format!("导入到{}", def.title.get(lang)),
        Lang::En => format!("Import into {}", def.title.get(lang)),
    };
    let inputs = html! {
        @if report.failed > 0 {
            (checkbox(lang, &Field::new("partial", &label).hint(lang.pick("不勾选时，只要有一行有问题就什么都不改。", "Unless ticked, one bad row means that nothing is changed."))))
        }
        (button::row(&[button::submit(&words, Weight::Primary)]))
    };
    form(lang, &Form::new(at, &here.csrf).unguarded(), &inputs)
}

/// Rows with problems or likely duplicates first, then the others, up to what a page can hold.
fn rows(lang: Lang, report: &ImportReport) -> Markup {
    let failed = |result: &&RowResult| {
        matches!(result.outcome, RowOutcome::Failed(_)) || !result.similar.is_empty()
    };
    let ordered: Vec<&RowResult> = report
        .results
        .iter()
        .filter(failed)
        .chain(report.results.iter().filter(|result| !failed(result)))
        .take(SHOWN)
        .collect();
    let left = report.results.len() - ordered.len();
    html! {
        div class="table-frame" tabindex="0" role="region" aria-label=(lang.pick("每一行的结果", "Result of every row")) {
            table class="table plain results" {
                caption { (lang.pick("每一行的结果，有问题的在前", "Result of every row, problems first")) }
                thead { tr {
                    th scope="col" class="figure" { (lang.pick("文件行", "Line")) }
                    th scope="col" { (lang.pick("记录", "Record")) }
                    th scope="col" { (lang.pick("结果", "Result")) }
                } }
                tbody { @for result in ordered { (row(lang, result, report.committed)) } }
            }
        }
        @if left > 0 {
            p class="hint" { @match lang {
                Lang::Zh => { "还有 " (number(u64::try_from(left).unwrap_or(u64::MAX))) " 行没有列出，全部在下载的结果里。" }
                Lang::En => { (number(u64::try_from(left).unwrap_or(u64::MAX))) " more rows are not listed here; the download has all." }
            } }
        }
    }
}

fn row(lang: Lang, result: &RowResult, committed: bool) -> Markup {
    let word = match (&result.outcome, committed) {
        (RowOutcome::Created, true) => lang.pick("已新增", "created"),
        (RowOutcome::Created, false) => lang.pick("将新增", "to create"),
        (RowOutcome::Updated, true) => lang.pick("已修改", "changed"),
        (RowOutcome::Updated, false) => lang.pick("将修改", "to change"),
        (RowOutcome::Unchanged, _) => lang.pick("没有变化", "unchanged"),
        (RowOutcome::Failed(_), _) => lang.pick("有问题", "problem"),
    };
    html! {
        tr {
            td class="figure" { (result.line) }
            td { code { (result.id.as_deref().unwrap_or("—")) } }
            td {
                @match &result.outcome {
                    RowOutcome::Failed(problems) => {
                        ul { @for problem in problems {
                            li { span class="error" { @if !problem.place.is_empty() { code { (problem.place) } " " } (problem.message.get(lang)) } }
                        } }
                    }
                    _ => {
                        (word)
                        @if let Some(similar) = result.similar.first() {
                            " " span class="hint" { (lang.pick("可能与 ", "may be the same as ")) code { (similar.id) } (lang.pick(" 相同，", ", score ")) @if lang == Lang::Zh { "相似度 " } (similar.score) }
                        }
                    }
                }
            }
        }
    }
}
