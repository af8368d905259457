//! Cases that left the tables: found by words, number and time of closing; what was not looked at is said.

use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};
use yuandu_api::App;
use yuandu_api::operations::archive::{ArchiveQuery, place_of};
use yuandu_archive::{Found, Matter};
use yuandu_base::Lang;

use yuandu_design::components::navigation::{Link, Pager, Total, breadcrumb};
use yuandu_design::components::notice::empty;
use yuandu_design::components::status::tag;
use yuandu_design::components::table::{Column, Row, Table, table};
use yuandu_design::preferences::query_value;
use yuandu_page::error::PageError;
use yuandu_page::flash::Flash;
use yuandu_page::here::Here;
use yuandu_page::words::{self, Words};

/// `GET /work/archive`.
pub(crate) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
    Query(query): Query<ArchiveQuery>,
) -> Result<Response, PageError> {
    here.officer()?;
    let (asked, reader) = (query.clone(), here.clone());
    let read = app.run(move |app| {
        let found = app.search_archive(&reader.visitor, &asked.question(app)?)?;
        let until: Vec<Option<Timestamp>> = found
            .matters
            .iter()
            .map(|matter| app.kept_until(matter))
            .collect();
        Ok((Words::new(app, &reader)?, found, until))
    });
    let (words, found, until) = read.await?;
    let lang = here.lang();
    let title = lang.pick("档案", "Archive");
    let way = [Link {
        label: lang.pick("案卷", "Cases"),
        href: "/work/cases",
    }];
    let body = html! {
        (breadcrumb(lang, &way, title))
        h1 { (title) }
        p class="hint" { (lang.pick(
            "办结已久的案卷封存在这里，不再列入案卷清单和指标。要看全部材料，请运维人员按编号取回：yuandu archive --recall 编号。",
            "Cases that ended long ago are sealed here and are in no list and no figure any more. To see all the papers of one, ask an operator to bring it back by its number: yuandu archive --recall NUMBER.",
        )) }
        (filter_row(lang, &query))
        (list(&words, &query, &found, &until))
        p class="hint" { (looked_at(lang, &found)) }
    };
    Ok(flash.page(&here, title, false, &body))
}

fn filter_row(lang: Lang, query: &ArchiveQuery) -> Markup {
    html! {
        form class="filters" method="get" action="/work/archive" role="search" {
            div class="filter wide" {
                label for="search" { (lang.pick("完整编号，或标题、描述、地址里的词", "Whole number, or words of title, text or address")) }
                input type="search" id="search" name="words" value=(query.words) data-search autocomplete="off";
            }
            (date("from", lang.pick("办结自", "Ended from"), &query.from))
            (date("to", lang.pick("办结早于", "Ended before"), &query.to))
            div class="filter-actions" {
                button type="submit" class="button" { (lang.pick("查找", "Search")) }
                a href="/work/cases" { (lang.pick("回到案卷", "Back to the cases")) }
            }
        }
    }
}

fn date(name: &str, label: &str, value: &str) -> Markup {
    html! {
        div class="filter" {
            label for={ "filter-" (name) } { (label) }
            input type="date" id={ "filter-" (name) } name=(name) value=(value) data-on[!value.is_empty()];
        }
    }
}

fn list(words: &Words, query: &ArchiveQuery, found: &Found, until: &[Option<Timestamp>]) -> Markup {
    let lang = words.lang;
    let columns = [
        Column::new("title", lang.pick("标题", "Title")).link(),
        Column::new("number", lang.pick("编号", "Number")),
        Column::new("status", lang.pick("结果", "Ended")),
        Column::new("closed", lang.pick("办结", "When")),
        Column::new("org", lang.pick("承办单位", "Unit")).wide(),
        Column::new("until", lang.pick("保管至", "Kept until")).wide(),
    ];
    let rows: Vec<Row> = found
        .matters
        .iter()
        .zip(until)
        .map(|(matter, until)| row(words, matter, *until))
        .collect();
    let first = address(query, "");
    let next = found
        .next
        .as_ref()
        .map(|next| address(query, &place_of(next)));
    let shown = Table {
        caption: lang.pick("档案里您能看到的案卷", "Archived cases you may see"),
        columns: &columns,
        rows: &rows,
        sort: "",
        base: "/work/archive",
        select: None,
        empty: empty(
            lang.pick("档案里没有符合条件的案卷", "No archived case fits"),
            lang.pick(
                "换个词再找；不在您岗位范围内的案卷不会列出。",
                "Try other words; cases outside the scope of your post are not listed.",
            ),
            None,
        ),
        pane: None,
        pager: (next.is_some() || !query.after.is_empty()).then(|| Pager {
            shown: rows.len(),
            total: Total::Unknown,
            first: (!query.after.is_empty()).then_some(first.as_str()),
            next: next.as_deref(),
        }),
    };
    table(lang, &shown)
}

fn row(words: &Words, matter: &Matter, until: Option<Timestamp>) -> Row {
    let lang = words.lang;
    let closed = Timestamp::from_millisecond(matter.closed_at_ms).unwrap_or_default();
    let org = matter.text("org");
    let cells = vec![
        html! { (matter.text("title")) },
        html! { code { (matter.number) } },
        html! { (tag(words::status(lang, matter.text("status")))) },
        html! { (words.instant(closed)) },
        html! { @if !org.is_empty() { (words.org(org)) } },
        html! { @match until { Some(until) => { (words.calendar.local_date(until)) } None => { (lang.pick("永久", "for good")) } } },
    ];
    Row::new(&matter.id, format!("/track/{}", matter.number), cells)
}

fn address(query: &ArchiveQuery, after: &str) -> String {
    let parts = [
        ("words", query.words.as_str()),
        ("from", query.from.as_str()),
        ("to", query.to.as_str()),
        ("after", after),
    ];
    let given: Vec<String> = parts
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", query_value(value)))
        .collect();
    format!("/work/archive?{}", given.join("&"))
}

/// How much of the archive the answer comes from.
fn looked_at(lang: Lang, found: &Found) -> String {
    let (read, left) = (found.opened + found.passed_over, found.left);
    match (lang, left) {
        (Lang::Zh, 0) => format!("已查 {read} 个封存文件，没有遗漏。"),
        (Lang::Zh, left) => {
            format!("已查 {read} 个封存文件；较早的 {left} 个还没有查，翻到下一页继续。")
        }
        (Lang::En, 0) => format!("{read} sealed files were looked at, which is all."),
        (Lang::En, left) => format!(
            "{read} sealed files were looked at; {left} older ones were not yet, the next page goes on with them."
        ),
    }
}
