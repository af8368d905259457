//! One indicator: its definition, how it went over time, and the cases behind it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use yuandu_api::operations::indicators;
use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_insight::{By, Group, IndicatorDef, Measured, Part};
use yuandu_process::{CaseFilter, CaseRow};

use super::asked::{Asked, Period};
use super::kept::{Kept, Picture};
use super::names::Names;
use super::said;
use super::show::board_of;
use crate::pages::error::PageError;
use crate::pages::here::Here;
use crate::pages::public_cases::SYSTEM;
use crate::pages::work::words::Words;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::chart::{Point, line};
use yuandu_design::components::list;
use yuandu_design::components::navigation::{Link, Pager, Tab, Total, breadcrumb, number};
use yuandu_design::components::notice::empty;
use yuandu_design::components::status::{lamp, tag};
use yuandu_design::components::table::{Column, Row, Table, table};
use yuandu_design::shell::{Audience, render};

/// Cases of one page.
const PAGE: u32 = 50;

/// What one read brings.
struct Read {
    picture: Arc<Picture>,
    trend: Vec<Group>,
    step: i64,
    cases: Vec<CaseRow>,
    more: bool,
    words: Words,
    names: Names,
}

/// `GET /work/figures/{indicator}`.
pub(super) async fn show(
    State(app): State<App>,
    Extension(kept): Extension<Kept>,
    here: Here,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    here.officer()?;
    let asked = Asked {
        wall: String::new(),
        ..asked
    };
    let (reader, wanted, of) = (here.clone(), asked.clone(), id.clone());
    let read = app
        .run(move |app| read(app, &kept, &reader, &of, &wanted))
        .await?;
    let board = board_of(&app)?;
    let place = board.indicators().position(|def| def.id == id);
    let found = place.and_then(|at| {
        let def = board.indicators().nth(at)?;
        let figure = read.picture.total.figures.get(at)?;
        Some((at, def, figure, read.picture.before.figures.get(at)?))
    });
    let (at, def, now, before) = found.ok_or_else(PageError::not_found)?;
    let lang = here.lang();
    let title = def.title.get(lang);
    let board_at = asked.address("/work/figures", &[("part", ""), ("after", "")]);
    let way = [Link {
        label: lang.pick("指标", "Figures"),
        href: &board_at,
    }];
    let body = html! {
        (breadcrumb(lang, &way, title))
        h1 { (title) }
        (narrowed(&read.names, &asked))
        div class="record with-chart" {
            div { (head(&app, lang, def, (now, before), &read)) }
            div { (trend(&app, &read, at)) }
        }
        (cases(&read, &asked, def, now))
    };
    Ok(render(&here.page(Audience::Officer, title), &body).into_response())
}

fn read(app: &App, kept: &Kept, here: &Here, id: &str, asked: &Asked) -> Result<Read, ApiError> {
    let visitor = &here.visitor;
    let picture = kept.picture(app, visitor, SYSTEM, asked)?;
    let period = picture.period;
    let scope = asked.scope((period.from, period.to));
    let step = step(period);
    let by = [By::Stretch(SignedDuration::from_hours(24 * step))];
    let trend = indicators::measure_by(app, visitor, SYSTEM, &by, &scope)?;
    let after = asked.after.split_once('~').and_then(|(at, id)| {
        let at = Timestamp::from_millisecond(at.parse().ok()?).ok()?;
        Some((at, id))
    });
    let behind = indicators::behind(
        app,
        visitor,
        SYSTEM,
        (id, part(&asked.part)),
        &scope,
        (after, PAGE),
    )?;
    let cases = behind.rows.iter().map(CaseRow::read);
    Ok(Read {
        picture,
        trend,
        step,
        cases: cases.collect::<Result<_, _>>()?,
        more: behind.more,
        words: Words::new(app, here)?,
        names: Names::new(app, &visitor.ctx, here.lang(), SYSTEM)?,
    })
}

fn part(name: &str) -> Part {
    match name {
        "numerator" => Part::Numerator,
        "rest" => Part::Rest,
        _ => Part::Denominator,
    }
}

/// Days of one point of the line: some ten to twenty points, whole days each.
fn step(period: Period) -> i64 {
    match period.days() {
        ..=14 => 1,
        15..=45 => 3,
        46..=120 => 7,
        days => days / 12,
    }
}

fn head(
    app: &App,
    lang: Lang,
    def: &IndicatorDef,
    (now, before): (&Measured, &Measured),
    read: &Read,
) -> Markup {
    let unit = if now.denominator == 0 { "" } else { &def.unit };
    html! {
        p class="figure-value" { (said::share(now)) span class="unit" { (unit) } }
        p class="figure-notes" {
            span { (number(now.numerator)) " ÷ " (number(now.denominator)) }
            span { (said::compared(lang, def, now, before)) }
        }
        (list::facts(&[
            (lang.pick("含义", "Meaning"), html! { (def.definition.get(lang)) }),
            (lang.pick("公式", "Formula"), html! { (def.formula) }),
            (lang.pick("来源", "Source"), html! { (def.source) }),
            (lang.pick("统计", "Counted"), html! {
                (said::source(lang, app, &read.picture))
                @if let Some(said) = said::left_out(lang, &read.picture) { " " strong { (said) } }
            }),
        ]))
    }
}

/// What narrows the figure, each with a way to drop it.
fn narrowed(names: &Names, asked: &Asked) -> Markup {
    let name = |value: &str, of: fn(&Names, &str) -> String| {
        of(names, if value == CaseFilter::NONE { "" } else { value })
    };
    let given = [
        (
            "org",
            name(&asked.org, |names, value| names.org(value).to_owned()),
            asked.org.is_empty(),
        ),
        (
            "division",
            name(&asked.division, |names, value| {
                names.division(value).to_owned()
            }),
            asked.division.is_empty(),
        ),
        (
            "class",
            name(&asked.class, |names, value| names.class(value).to_owned()),
            asked.class.is_empty(),
        ),
    ];
    html! {
        @if asked.is_narrowed() {
            p class="narrowed" {
                (names.lang.pick("只统计：", "Only: "))
                @for (_, label, _) in given.iter().filter(|(_, _, empty)| !empty) { (tag(label)) " " }
                a href=(asked.address("", &[("org", ""), ("division", ""), ("class", ""), ("after", "")])) { (names.lang.pick("看全市", "Whole city")) }
            }
        }
    }
}

fn trend(app: &App, read: &Read, at: usize) -> Markup {
    let lang = read.words.lang;
    let points: Vec<(String, f64, String)> = read
        .trend
        .iter()
        .filter_map(|group| {
            let figure = group.figures.get(at)?;
            let nth: i64 = group.keys.first()?.parse().ok()?;
            let begin = read.picture.period.from + SignedDuration::from_hours(24 * read.step * nth);
            let day = app.calendar().local_date(begin);
            let label = format!("{}-{:02}", day.month(), day.day());
            let text = format!("{}%", said::share(figure));
            Some((label, figure.percent()?, text))
        })
        .collect();
    let points: Vec<Point<'_>> = points
        .iter()
        .map(|(label, value, text)| Point {
            label,
            value: *value,
            text,
        })
        .collect();
    let caption = match lang {
        Lang::Zh if read.step == 1 => "按上报日".to_owned(),
        Lang::Zh => format!("按上报日，每 {} 天一点", read.step),
        Lang::En if read.step == 1 => "By day of report".to_owned(),
        Lang::En => format!("By day of report, {} days a point", read.step),
    };
    line(lang, &caption, &points, None)
}

fn cases(read: &Read, asked: &Asked, def: &IndicatorDef, now: &Measured) -> Markup {
    let (lang, words) = (read.words.lang, &read.words);
    let rest = now.denominator - now.numerator.min(now.denominator);
    let parts = [
        (
            "denominator",
            lang.pick("分母", "Denominator"),
            now.denominator,
        ),
        ("numerator", lang.pick("分子", "Numerator"), now.numerator),
        (
            "rest",
            lang.pick("在分母、不在分子", "In the denominator only"),
            rest,
        ),
    ];
    let current = if asked.part.is_empty() {
        "denominator"
    } else {
        &asked.part
    };
    let columns = [
        Column::new("lamp", lang.pick("灯", "Lamp")),
        Column::new("title", lang.pick("标题", "Title")).link(),
        Column::new("stage", lang.pick("环节", "Stage")),
        Column::new("number", lang.pick("编号", "Number")),
        Column::new("org", lang.pick("承办单位", "Unit")),
        Column::new("opened", lang.pick("上报", "Reported")),
    ];
    let rows: Vec<Row> = read.cases.iter().map(|case| row(words, case)).collect();
    let page = format!("/work/figures/{}", def.id);
    let first = asked.address(&page, &[("after", "")]);
    let next = read.cases.last().filter(|_| read.more).map(|last| {
        let after = format!("{}~{}", last.opened_at.as_millisecond(), last.id);
        asked.address(&page, &[("after", &after)])
    });
    let total = parts
        .iter()
        .find(|(key, ..)| *key == current)
        .map_or(0, |(.., count)| *count);
    let way_on = button::link(
        lang.pick("回到指标", "Back to the figures"),
        "/work/figures",
        Weight::Plain,
    );
    let shown = Table {
        caption: lang.pick("这些案卷就是上面的数", "These cases are the number above"),
        columns: &columns,
        rows: &rows,
        sort: "",
        base: &page,
        select: None,
        empty: empty(
            lang.pick("没有这样的案卷", "There are no such cases"),
            lang.pick(
                "数是零，所以这里没有案卷。换一个部分，或换一个时段。",
                "The number is zero, so no cases are behind it. Choose another part or period.",
            ),
            Some(&way_on),
        ),
        pane: None,
        pager: Some(Pager {
            shown: rows.len(),
            total: Total::Exact(total),
            first: (!asked.after.is_empty()).then_some(first.as_str()),
            next: next.as_deref(),
        }),
    };
    html! {
        (part_tabs(lang, asked, &page, &parts, current))
        (table(lang, &shown))
    }
}

/// The parts of the figure, as tabs that are links.
fn part_tabs(
    lang: Lang,
    asked: &Asked,
    page: &str,
    parts: &[(&str, &str, u64)],
    current: &str,
) -> Markup {
    let tabs = parts.iter().map(|(key, label, count)| {
        let href = asked.address(page, &[("part", key), ("after", "")]);
        (
            Tab {
                key,
                label,
                count: Some(*count),
            },
            href,
        )
    });
    html! {
        nav class="tabs" aria-label=(lang.pick("数的各部分", "Parts of the number")) {
            ul {
                @for (tab, href) in tabs {
                    li { a href=(href) aria-current=[(tab.key == current).then_some("page")] {
                        (tab.label) " " span class="count" { (number(tab.count.unwrap_or_default())) }
                    } }
                }
            }
        }
    }
}

fn row(words: &Words, case: &CaseRow) -> Row {
    let open = case.status == "open";
    let due = case.due_at.filter(|_| open);
    let cells = vec![
        html! { @if open { (lamp(words.lang, words.lamp(due, case.warn_at))) } @else { (tag(crate::pages::work::words::status(words.lang, &case.status))) } },
        html! { (words.title_of(case)) },
        html! { (words.standing(case)) },
        html! { code { (case.number) } },
        html! { @if let Some(org) = &case.org { (words.org(org)) } },
        html! { (words.instant(case.opened_at)) },
    ];
    Row::new(&case.id, format!("/work/cases/{}", case.id), cells)
}
