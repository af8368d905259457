//! The inbox: saved views with their counts, the tasks of one of them, and the open matter beside them.

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use serde::Deserialize;
use yuandu_api::operations::tasks::inbox_view;
use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_process::{Inbox, InboxTask};

use super::flash::Flash;
use super::matter::{self, Gathered, MatterQuery, Place};
use super::words::{self, Words};
use crate::pages::error::PageError;
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::form::{Form, form};
use yuandu_design::components::list::{Filters, filters};
use yuandu_design::components::matter as frame;
use yuandu_design::components::navigation::{Pager, Total, View, views};
use yuandu_design::components::notice::empty;
use yuandu_design::components::status::{lamp, tag_wrong};
use yuandu_design::components::table::{
    Column, Row, Table, bulk_bar, column_choice, list_bar, table,
};
use yuandu_design::preferences::query_value;

/// Tasks of one page.
const PAGE: usize = 50;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct InboxQuery {
    view: String,
    after: String,
    /// The case open beside the list.
    open: String,
    #[serde(flatten)]
    matter: MatterQuery,
}

/// `GET /work`.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
    Query(query): Query<InboxQuery>,
) -> Result<Response, PageError> {
    here.officer()?;
    let base = base_of(&query);
    let (asked, reader) = (query.clone(), here.clone());
    let read = app.run(move |app| read(app, &reader, &asked));
    let (words, inbox, open) = read.await?;
    let lang = here.lang();
    let place = Place::in_inbox(&query.view, base, query.matter.clone());
    let matter = open.as_ref().map(|open| matter::body(&here, open, &place));
    let list_only = InboxQuery {
        open: String::new(),
        matter: MatterQuery::default(),
        ..query.clone()
    };
    let back = base_of(&list_only);
    if here.fragment {
        return Ok(frame::pane(lang, matter.as_ref(), &back).into_response());
    }
    let list = list(&here, &words, &inbox, &query);
    let body = html! {
        @if matter.is_none() { h1 class="sr" { (lang.pick("收件箱", "Inbox")) } }
        (frame::inbox(lang, &frame::Inbox { views: saved(lang, &inbox, &query), list, matter, back: &back }))
    };
    let map = open
        .as_ref()
        .is_some_and(|open| matter::needs_map(open, &place));
    Ok(flash.page(&here, lang.pick("收件箱", "Inbox"), map, &body))
}

fn read(
    app: &App,
    here: &Here,
    query: &InboxQuery,
) -> Result<(Words, Inbox, Option<Gathered>), ApiError> {
    let words = Words::new(app, here)?;
    let open = if query.open.is_empty() {
        None
    } else {
        Some(matter::gather(app, here, &query.open, &query.matter)?)
    };
    // A row that is only opened beside the list needs no list.
    let inbox = if here.fragment && open.is_some() {
        Inbox::default()
    } else {
        let after = Some(query.after.as_str()).filter(|after| !after.is_empty());
        let view = inbox_view(&query.view)?;
        app.engine.inbox(&here.visitor.ctx, view, after, PAGE)?
    };
    Ok((words, inbox, open))
}

/// The address of the list with what is open, without the parts of the matter.
fn base_of(query: &InboxQuery) -> String {
    let given = [
        ("view", &query.view),
        ("after", &query.after),
        ("open", &query.open),
    ];
    let parts: Vec<String> = given
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", query_value(value)))
        .collect();
    if parts.is_empty() {
        "/work".to_owned()
    } else {
        format!("/work?{}", parts.join("&"))
    }
}

fn saved(lang: Lang, inbox: &Inbox, query: &InboxQuery) -> Markup {
    let counts = &inbox.counts;
    let late = counts.overdue > 0;
    let known = [
        ("", lang.pick("待我办", "For me"), counts.all, late),
        (
            "mine",
            lang.pick("我认领的", "Taken on by me"),
            counts.mine,
            false,
        ),
        (
            "overdue",
            lang.pick("已超期", "Overdue"),
            counts.overdue,
            late,
        ),
        (
            "warning",
            lang.pick("临期", "Due soon"),
            counts.warning,
            false,
        ),
        (
            "due_today",
            lang.pick("今天到期", "Due today"),
            counts.due_today,
            false,
        ),
        ("new", lang.pick("今天新到", "New today"), counts.new, false),
        (
            "asked",
            lang.pick("请我办的", "Asked of me"),
            counts.asked,
            false,
        ),
        (
            "to_read",
            lang.pick("待阅", "To read"),
            counts.to_read,
            false,
        ),
        (
            "my_org",
            lang.pick("本单位的", "Of my unit"),
            counts.my_org,
            false,
        ),
    ];
    let addresses: Vec<String> = known
        .iter()
        .map(|(name, ..)| match *name {
            "" => "/work".to_owned(),
            name => format!("/work?view={name}"),
        })
        .collect();
    let shown: Vec<View<'_>> = known
        .iter()
        .zip(&addresses)
        .map(|((name, label, count, late), href)| View {
            label,
            href,
            count: u64::try_from(*count).ok(),
            late: *late,
            current: *name == query.view || (name.is_empty() && query.view == "all"),
        })
        .collect();
    views(lang, &shown)
}

/// The table with what can be done with the ticked rows.
fn many(here: &Here, query: &InboxQuery, rows: &Markup) -> Markup {
    let lang = here.lang();
    let deed = |word: &str, label: &str| button::submit_as(label, "do", word, Weight::Plain);
    let deeds = match query.view.as_str() {
        "to_read" => vec![deed("read", lang.pick("标为已阅", "Mark as read"))],
        _ => vec![
            deed("claim", lang.pick("认领", "Take on")),
            deed("release", lang.pick("释放", "Release")),
            deed("urge", lang.pick("催办", "Urge")),
        ],
    };
    let back = base_of(&InboxQuery {
        view: query.view.clone(),
        ..InboxQuery::default()
    });
    let inner = html! {
        input type="hidden" name="back" value=(back);
        (bulk_bar(lang, &deeds))
        (rows)
    };
    form(
        lang,
        &Form::new("/work/batch", &here.csrf).unguarded(),
        &inner,
    )
}

fn list(here: &Here, words: &Words, inbox: &Inbox, query: &InboxQuery) -> Markup {
    let lang = words.lang;
    let columns = [
        Column::new("lamp", lang.pick("灯", "Lamp")),
        Column::new("title", lang.pick("标题", "Title")).link(),
        Column::new("due", lang.pick("还剩", "Left")),
        Column::new("step", lang.pick("环节", "Step")),
        Column::new("number", lang.pick("编号", "Number")).wide(),
        Column::new("channel", lang.pick("来源", "From")).wide(),
        Column::new("place", lang.pick("地点", "Place")).wide(),
    ];
    let rows: Vec<Row> = inbox
        .tasks
        .iter()
        .map(|task| row(words, task, query))
        .collect();
    let next = inbox.next.as_ref().map(|next| {
        let page = InboxQuery {
            after: next.clone(),
            view: query.view.clone(),
            ..InboxQuery::default()
        };
        base_of(&page)
    });
    let first = base_of(&InboxQuery {
        view: query.view.clone(),
        ..InboxQuery::default()
    });
    let whole = Table {
        caption: lang.pick("待办任务，最急的在前", "Tasks, most urgent first"),
        columns: &columns,
        rows: &rows,
        sort: "",
        base: "/work",
        select: (!rows.is_empty()).then_some("task"),
        empty: nothing(lang, &query.view),
        pane: Some("matter"),
        pager: (!rows.is_empty() || !query.after.is_empty()).then(|| Pager {
            shown: rows.len(),
            total: total(inbox, &query.view),
            first: (!query.after.is_empty()).then_some(first.as_str()),
            next: next.as_deref(),
        }),
    };
    html! {
        (filters(lang, &Filters { action: "/work/cases", search: Some(""), filters: &[], keep: &[] }))
        (list_bar(&html! { p class="hint" { (lang.pick("按时限排列，同一件可能有几步要办。", "In order of due time; one matter may wait for several steps.")) } }, &column_choice(lang, "inbox", &columns)))
        @if rows.is_empty() { (table(lang, &whole)) }
        @else { (many(here, query, &table(lang, &whole))) }
    }
}

fn total(inbox: &Inbox, view: &str) -> Total {
    let counts = &inbox.counts;
    let count = match view {
        "mine" => counts.mine,
        "due_today" => counts.due_today,
        "overdue" => counts.overdue,
        "warning" => counts.warning,
        "new" => counts.new,
        "my_org" => counts.my_org,
        "asked" => counts.asked,
        "to_read" => counts.to_read,
        _ => counts.all,
    };
    u64::try_from(count).map_or(Total::Unknown, Total::Exact)
}

/// The title of a matter; its place is not said twice where the list has room for a column of places.
fn title_cell(title: &str, address: Option<&str>) -> Markup {
    let place = address.unwrap_or_default();
    let short = title.strip_suffix(place);
    html! {
        @match short.and_then(|short| short.strip_suffix(" · ")) {
            Some(short) => { (short) span.place-too { " · " (place) } }
            None => { (title) }
        }
    }
}

fn row(words: &Words, open: &InboxTask, query: &InboxQuery) -> Row {
    let lang = words.lang;
    let task = &open.task;
    let here = InboxQuery {
        open: task.case_id.clone(),
        matter: MatterQuery::default(),
        ..query.clone()
    };
    let step = lang.pick(&task.name_zh, &task.name_en);
    let kind = (
        task.system.as_str(),
        task.category.as_deref().unwrap_or_default(),
    );
    let title = words.title(kind, (&open.title, open.address.as_deref()));
    let cells = vec![
        lamp(lang, words.lamp(task.due_at, task.warn_at)),
        title_cell(&title, open.address.as_deref()),
        html! { @if let Some(due) = task.due_at { (words.rest(due)) } @else { (lang.pick("没有时限", "no limit")) } },
        html! { (step)
        @if task.assignee.is_some() && !task.role.is_empty() { " " span class="tag" { (lang.pick("我认领的", "mine")) } }
        @if let Some(asker) = &task.asked_name { " " span class="tag" { (asker) } }
        @if task.kept.is_some() { " " span class="tag" { (lang.pick("等签署", "waits for signatures")) } }
        @if task.urged.is_some() { " " (tag_wrong(lang.pick("催", "urged"))) } },
        html! { code { (open.number) } },
        html! { (words::channel(lang, &open.channel)) },
        html! { (open.address.as_deref().unwrap_or_default()) },
    ];
    let row = Row::new(&task.id, base_of(&here), cells).current(query.open == task.case_id);
    match open.place {
        Some((lon, lat)) => row.place(lon, lat),
        None => row,
    }
}

fn nothing(lang: Lang, view: &str) -> Markup {
    let (heading, how) = match view {
        "mine" => (
            lang.pick("您还没有认领任务", "You have taken nothing on"),
            lang.pick(
                "打开一件，点“认领”，它就留在这里，同岗位的人不会重复办理。",
                "Open a matter and choose “Take on”; it then stays here and nobody does it twice.",
            ),
        ),
        "overdue" => (
            lang.pick("没有超期的任务", "Nothing is overdue"),
            lang.pick(
                "超过时限还没有办的任务会出现在这里。",
                "Tasks past their limit appear here.",
            ),
        ),
        "" | "all" => (
            lang.pick("现在没有要您办的任务", "Nothing waits for you now"),
            lang.pick(
                "派给您岗位的任务会出现在这里，最急的在前。在办的全部案卷在“案卷”里。",
                "Tasks for your post appear here, most urgent first. All cases are under “Cases”.",
            ),
        ),
        _ => (
            lang.pick("这个视图里没有任务", "No task in this view"),
            lang.pick(
                "符合条件的任务会出现在这里。",
                "Tasks that fit appear here.",
            ),
        ),
    };
    let on = button::link(
        lang.pick("看全部案卷", "See all cases"),
        "/work/cases",
        Weight::Plain,
    );
    empty(heading, how, Some(&on))
}
