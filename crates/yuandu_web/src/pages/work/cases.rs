//! The list of all cases an officer may see: filters that are links, three orders, pages by key, export.

mod query;

use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use yuandu_api::App;
use yuandu_base::Lang;
use yuandu_page::choices::{CHANNELS, Choices, STATUSES, choices};
use yuandu_process::{CaseFilter, CasePage, CaseRow, StageCount};

pub(super) use query::ListQuery;

use super::flash::Flash;
use super::words::{self, Words};
use crate::pages::error::PageError;
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::Opt;
use yuandu_design::components::navigation::{Pager, Total};
use yuandu_design::components::notice::empty;
use yuandu_design::components::status::{Lamp, lamp, tag};
use yuandu_design::components::table::{Column, Row, Table, column_choice, list_bar, table};

/// Cases of one page.
const PAGE: usize = 50;
/// Cases of a list counted at most; an index walk over so many takes some milliseconds.
const COUNTED: u32 = 10_000;

/// `GET /work/cases`.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
    Query(mut query): Query<ListQuery>,
) -> Result<Response, PageError> {
    here.officer()?;
    if !here.path.contains('?') {
        query.status = "open".to_owned();
    }
    let (asked, reader) = (query.clone(), here.clone());
    let read = app.run(move |app| {
        let ctx = &reader.visitor.ctx;
        let (filter, order) = asked.filter(app)?;
        let after = Some(asked.after.as_str()).filter(|after| !after.is_empty());
        let page = app.engine.list_cases(ctx, &filter, order, after, PAGE)?;
        // Counting what is open is one index walk; of all cases of all years only so many are counted.
        let counts = if asked.status == "open" {
            app.engine.count_stages(ctx, &filter)?
        } else {
            Vec::new()
        };
        // Nothing that is open lies in the archive.
        let archive = asked.status != "open" && app.has_archive()?;
        let total = if asked.status == "open" {
            let all = counts.iter().map(|one| one.green + one.yellow + one.red);
            u64::try_from(all.sum::<i64>()).map_or(Total::Unknown, Total::Exact)
        } else {
            match app.engine.count_cases(ctx, &filter, COUNTED)? {
                more if more > u64::from(COUNTED) => Total::MoreThan(COUNTED.into()),
                all => Total::Exact(all),
            }
        };
        Ok((Words::new(app, &reader)?, page, (counts, total), archive))
    });
    let (words, page, (counts, total), archive) = read.await?;
    let choices = choices(&app, &here, &query.system, &query.class);
    let counts = in_order(&choices, counts);
    let title = here.lang().pick("案卷", "Cases");
    let body = html! {
        h1 { (title) }
        (filter_row(&words, &query, &choices))
        (list((&words, &choices), &query, &page, (&counts, total)))
        @if archive { (also_archived(here.lang(), &query)) }
    };
    Ok(flash.page(&here, title, false, &body))
}

/// What the list leaves out, and the way there with the same words.
fn also_archived(lang: Lang, query: &ListQuery) -> Markup {
    let words = yuandu_design::preferences::query_value(&query.q);
    html! {
        p class="hint" {
            (lang.pick("办结已久的案卷已归档，不在此列：", "Cases that ended long ago are in the archive and not in this list: "))
            a href={ "/work/archive?words=" (words) } { (lang.pick("到档案里找", "search the archive")) }
        }
    }
}

/// Stages in the order of the process.
fn in_order(choices: &Choices, mut counts: Vec<StageCount>) -> Vec<StageCount> {
    let known = &choices.stages;
    counts.sort_by_key(|count| known.iter().position(|(id, _)| *id == count.stage));
    counts
}

fn filter_row(words: &Words, query: &ListQuery, choices: &Choices) -> Markup {
    let lang = words.lang;
    let statuses =
        STATUSES.map(|status| (status.to_owned(), words::status(lang, status).to_owned()));
    let lamps = [
        ("green", Lamp::Green),
        ("yellow", Lamp::Yellow),
        ("red", Lamp::Red),
    ]
    .map(|(name, lamp)| (name.to_owned(), lamp.word(lang).to_owned()));
    let channels =
        CHANNELS.map(|channel| (channel.to_owned(), words::channel(lang, channel).to_owned()));
    let orders = [
        ("due", lang.pick("最急的在前", "Most urgent first")),
        ("updated", lang.pick("最近变动的在前", "Last changed first")),
        ("opened", lang.pick("最近上报的在前", "Last reported first")),
    ]
    .map(|(name, label)| (name.to_owned(), label.to_owned()));
    let without = [(
        CaseFilter::NONE.to_owned(),
        lang.pick("还没有承办单位", "No unit yet").to_owned(),
    )];
    let orgs = words.directory.tree().into_iter().map(|(depth, org)| {
        (
            org.id.to_string(),
            format!("{}{}", "\u{3000}".repeat(depth), org.name.get(lang)),
        )
    });
    let orgs: Vec<(String, String)> = without.into_iter().chain(orgs).collect();
    let all = lang.pick("全部", "All");
    let (systems, classes, categories) = (&choices.systems, &choices.classes, &choices.categories);
    html! {
        form class="filters" method="get" action="/work/cases" role="search" {
            div class="filter wide" {
                label for="search" { (lang.pick("编号，或标题、描述、地址里的词", "Number, or words of title, text or address")) }
                input type="search" id="search" name="q" value=(query.q) data-search autocomplete="off";
            }
            (choice("status", lang.pick("状态", "Status"), &statuses, &query.status, all))
            @if !systems.is_empty() { (choice("system", lang.pick("业务", "System"), systems, &query.system, all)) }
            (choice("stage", lang.pick("环节", "Stage"), &choices.stages, &query.stage, all))
            (choice("lamp", lang.pick("灯", "Lamp"), &lamps, &query.lamp, all))
            @if !classes.is_empty() { (choice("class", lang.pick("大类", "Class"), classes, &query.class, all)) }
            @if !categories.is_empty() { (choice("category", lang.pick("小类", "Category"), categories, &query.category, all)) }
            (choice("org", lang.pick("承办单位", "Unit"), &orgs, &query.org, all))
            (choice("channel", lang.pick("来源", "From"), &channels, &query.channel, all))
            (date("opened_from", lang.pick("上报自", "Reported from"), &query.opened_from))
            (date("opened_to", lang.pick("上报至", "Reported to"), &query.opened_to))
            (choice("order", lang.pick("排列", "Order"), &orders, &query.order, lang.pick("默认", "As usual")))
            @for (name, value) in kept(query, choices) { input type="hidden" name=(name) value=(value); }
            div class="filter-actions" {
                button type="submit" class="button" { (lang.pick("筛选", "Filter")) }
                a href="/work/cases" { (lang.pick("回到在办案卷", "Back to open cases")) }
            }
        }
    }
}

/// Parts of a filter that a link from elsewhere brought and the row has no field for.
fn kept<'q>(query: &'q ListQuery, choices: &Choices) -> Vec<(&'static str, &'q str)> {
    let own = [
        "grid",
        "division",
        "parent",
        "bbox",
        "closed_from",
        "closed_to",
    ];
    let mut pairs = query.pairs();
    let fits = |name: &str| match name {
        "system" => choices.systems.is_empty(),
        "class" => choices.classes.is_empty(),
        "category" => choices.categories.is_empty(),
        other => own.contains(&other),
    };
    pairs.retain(|(name, _)| fits(name));
    pairs
}

fn choice(name: &str, label: &str, known: &[(String, String)], value: &str, all: &str) -> Markup {
    let options: Vec<Opt<'_>> = known
        .iter()
        .map(|(value, label)| Opt::new(value, label))
        .collect();
    html! {
        div class="filter" {
            label for={ "filter-" (name) } { (label) }
            select id={ "filter-" (name) } name=(name) data-on[!value.is_empty()] {
                option value="" { (all) }
                @for option in &options { option value=(option.value) selected[option.value == value] { (option.label) } }
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

fn list(
    (words, choices): (&Words, &Choices),
    query: &ListQuery,
    page: &CasePage,
    (counts, total): (&[StageCount], Total),
) -> Markup {
    let lang = words.lang;
    let columns = [
        Column::new("lamp", lang.pick("灯", "Lamp")),
        Column::new("title", lang.pick("标题", "Title")).link(),
        Column::new("due", lang.pick("还剩", "Left")),
        Column::new("stage", lang.pick("环节", "Stage")),
        Column::new("number", lang.pick("编号", "Number")),
        Column::new("org", lang.pick("承办单位", "Unit")).wide(),
        Column::new("channel", lang.pick("来源", "From")).wide(),
        Column::new("opened", lang.pick("上报", "Reported")).wide(),
    ];
    let rows: Vec<Row> = page.cases.iter().map(|case| row(words, case)).collect();
    let next = page.next.as_ref().map(|next| {
        let further = ListQuery {
            after: next.clone(),
            ..query.clone()
        };
        further.address("/work/cases")
    });
    let whole = ListQuery {
        after: String::new(),
        ..query.clone()
    };
    let first = whole.address("/work/cases");
    let caption = lang.pick("您能看到的案卷", "Cases you may see");
    let shown = Table {
        caption,
        columns: &columns,
        rows: &rows,
        sort: "",
        base: "/work/cases",
        select: None,
        empty: nothing(lang),
        pane: None,
        pager: (!rows.is_empty() || !query.after.is_empty()).then(|| Pager {
            shown: rows.len(),
            total,
            first: (!query.after.is_empty()).then_some(first.as_str()),
            next: next.as_deref(),
        }),
    };
    let end = html! {
        (column_choice(lang, "cases", &columns))
        a class="button" href=(whole.address("/work/cases.csv")) { (lang.pick("导出 CSV", "Export CSV")) }
    };
    html! {
        (list_bar(&in_stages(words, query, (choices, counts)), &end))
        (table(lang, &shown))
    }
}

/// Open cases by stage, each a link to them.
fn in_stages(
    words: &Words,
    query: &ListQuery,
    (choices, counts): (&Choices, &[StageCount]),
) -> Markup {
    let lang = words.lang;
    let links = counts.iter().map(|count| {
        let only = ListQuery {
            stage: count.stage.clone(),
            after: String::new(),
            ..query.clone()
        };
        let known = choices.stages.iter().find(|(id, _)| *id == count.stage);
        let label = known.map_or(count.stage.as_str(), |(_, title)| title.as_str());
        (label, only.address("/work/cases"), count)
    });
    html! {
        @if !counts.is_empty() {
            ul class="stage-counts" aria-label=(lang.pick("各环节在办数", "Open cases by stage")) {
                @for (label, href, count) in links {
                    li { a href=(href) {
                        (label) " " strong { (count.green + count.yellow + count.red) }
                        @if count.red > 0 { " " (tag(&format!("{} {}", lang.pick("超期", "overdue"), count.red))) }
                    } }
                }
            }
        }
    }
}

fn row(words: &Words, case: &CaseRow) -> Row {
    let lang = words.lang;
    let open = case.status == "open";
    let due = case.due_at.filter(|_| open);
    let cells = vec![
        html! { @if open { (lamp(lang, words.lamp(due, case.warn_at))) } @else { (tag(words::status(lang, &case.status))) } },
        html! { (words.title_of(case)) },
        html! { @if let Some(due) = due { (words.rest(due)) } },
        html! { (words.standing(case)) },
        html! { code { (case.number) } },
        html! { @if let Some(org) = &case.org { (words.org(org)) } },
        html! { (words::channel(lang, &case.channel)) },
        html! { (words.instant(case.opened_at)) },
    ];
    let row = Row::new(&case.id, format!("/work/cases/{}", case.id), cells);
    match case.lon.zip(case.lat) {
        Some((lon, lat)) => row.place(lon, lat),
        None => row,
    }
}

fn nothing(lang: Lang) -> Markup {
    let on = button::link(
        lang.pick("看在办案卷", "See open cases"),
        "/work/cases",
        Weight::Plain,
    );
    empty(
        lang.pick("没有符合条件的案卷", "No case fits"),
        lang.pick(
            "去掉一两个条件再看；不在您岗位范围内的案卷不会列出。",
            "Drop a condition or two; cases outside the scope of your post are not listed.",
        ),
        Some(&on),
    )
}
