//! The working calendar: its versions with how far open deadlines have followed, and publishing a new one.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use yuandu_api::{ApiError, App};
use yuandu_base::calendar::{CalendarChange, DayEdit, DayOrder};
use yuandu_base::{ErrorKind, Lang, LocalText, Problem};
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::{self, Field, TextKind};
use yuandu_design::components::form::{Errors, Form, error_summary, form};
use yuandu_design::components::navigation::{Link, breadcrumb};
use yuandu_design::components::notice::empty;
use yuandu_design::components::status::{code, tag};
use yuandu_page::error::PageError;
use yuandu_page::flash::{Flash, lead_to};
use yuandu_page::forms::fresh_key;
use yuandu_page::forms::posted::Posted;
use yuandu_page::forms::sent::Sent;
use yuandu_page::here::Here;
use yuandu_page::words::Words;
use yuandu_process::{CalendarVersion, PublishCalendar};

/// What the page shows.
struct Sheet {
    words: Words,
    versions: Vec<CalendarVersion>,
}

/// `GET /admin/calendar`.
pub(crate) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
) -> Result<Response, PageError> {
    here.officer()?;
    let reader = here.clone();
    let sheet = app.run(move |app| sheet(app, &reader)).await?;
    Ok(page(&here, &flash, &sheet, (&Sent::default(), &[])))
}

/// `POST /admin/calendar`.
pub(crate) async fn publish(
    State(app): State<App>,
    flash: Flash,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (here, sent) = (posted.here, posted.sent);
    let (reader, answers) = (here.clone(), sent.clone());
    let done = app.run(move |app| {
        let published = read(&answers)
            .and_then(|publish| Ok(app.engine.publish_calendar(&reader.visitor.ctx, &publish)?));
        match published {
            Ok(_) => Ok(None),
            Err(error) if error.kind == ErrorKind::Invalid && !error.problems.is_empty() => {
                Ok(Some((sheet(app, &reader)?, error.problems)))
            }
            Err(error) => Err(error),
        }
    });
    match done.await? {
        None => {
            let said = here.lang().pick(
                "已公布，从现在起按新日历计算；在办事项的期限正在重新计算，逐件写明原因。",
                "Published; it counts from now on. Open deadlines are being computed anew, each with its reason.",
            );
            Ok(lead_to("/admin/calendar", said))
        }
        Some((sheet, problems)) => {
            let problems: Vec<Problem> = problems.into_iter().map(at_its_field).collect();
            let mut response = page(&here, &flash, &sheet, (&sent, &problems));
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

/// A problem of one line stands at the field of all lines and names the line.
fn at_its_field(mut problem: Problem) -> Problem {
    let line = problem.place.strip_prefix("days/").map(str::parse::<usize>);
    if let Some(Ok(line)) = line {
        let line = line.saturating_add(1);
        problem.message = LocalText::new(
            format!("第 {line} 行：{}", problem.message.zh),
            format!("line {line}: {}", problem.message.en),
        );
        problem.place = "days".to_owned();
    }
    problem
}

fn sheet(app: &App, here: &Here) -> Result<Sheet, ApiError> {
    Ok(Sheet {
        versions: app.engine.list_calendars(&here.visitor.ctx)?,
        words: Words::new(app, here)?,
    })
}

fn read(sent: &Sent) -> Result<PublishCalendar, ApiError> {
    let mut problems = Vec::new();
    let (mut days, mut years) = (Vec::new(), Vec::new());
    let lines = sent.text("days").lines().map(str::trim);
    for (number, text) in lines.filter(|text| !text.is_empty()).enumerate() {
        match DayEdit::read(text) {
            Some(edit) => days.push(edit),
            None => problems.push(Problem::new(
                "calendar.line",
                &format!("days/{number}"),
                "应写成“2027-01-01..2027-01-03 放假 元旦”，一行一段",
                "write `2027-01-01..2027-01-03 off New Year`, one stretch a line",
            )),
        }
    }
    for text in sent.text("years").split([' ', ',', '，', '、']) {
        match text.trim() {
            "" => {}
            text => match text.parse() {
                Ok(year) => years.push(year),
                Err(_) => problems.push(Problem::new(
                    "calendar.year",
                    "years",
                    "年份应写成 2027",
                    "write years like 2027",
                )),
            },
        }
    }
    if !problems.is_empty() {
        return Err(ApiError::invalid(problems));
    }
    Ok(PublishCalendar {
        change: CalendarChange { days, years },
        basis: sent.text("basis").to_owned(),
    })
}

fn page(
    here: &Here,
    flash: &Flash,
    sheet: &Sheet,
    (sent, problems): (&Sent, &[Problem]),
) -> Response {
    let lang = here.lang();
    let title = lang.pick("工作日历", "Working calendar");
    let way = [Link {
        label: lang.pick("管理", "Administration"),
        href: "/admin",
    }];
    let errors = Errors(problems);
    let body = html! {
        (breadcrumb(lang, &way, title))
        h1 { (title) }
        p class="hint" { (lang.pick(
            "程序自带国务院办公厅历年公布的安排。新的一年公布了，或者本市临时放假、调休，在这里公布新版本；在办事项的期限随即重新计算，每件都写明由哪一天改到哪一天、为什么。",
            "The program has the State Council's yearly notices. When a new one comes out, or the city orders days off or make-up days, publish a version here; open deadlines follow, and each says from when to when and why.",
        )) }
        p { (lang.pick("现在按 ", "In force: ")) (code(sheet.words.calendar.version())) }
        (error_summary(lang, &errors))
        (versions(lang, sheet))
        (publishing(here, sent, &errors))
    };
    flash.page(here, title, false, &body)
}

fn versions(lang: Lang, sheet: &Sheet) -> Markup {
    html! {
        section {
            h2 { (lang.pick("本市公布的版本", "Versions of this city")) }
            @if sheet.versions.is_empty() {
                (empty(lang.pick("还没有公布过", "None yet"), lang.pick("按程序自带的日历计算。", "The program's own calendar counts."), None))
            }
            ul class="links" { @for version in sheet.versions.iter().rev() { (one(lang, sheet, version)) } }
        }
    }
}

fn one(lang: Lang, sheet: &Sheet, version: &CalendarVersion) -> Markup {
    let words = &sheet.words;
    let days = version.change.days.iter().map(|edit| said(lang, edit));
    let days: Vec<String> = days.collect();
    html! {
        li {
            p { strong { (code(&version.version)) } " · " (words.instant(version.published_at)) " · " (version.published_name)
                @if version.done_at.is_none() { " " (tag(lang.pick("期限重新计算中", "deadlines follow"))) } }
            p { (version.basis) }
            @if !days.is_empty() { p { (days.join(lang.pick("；", "; "))) } }
            @if let (Some(looked), Some(moved)) = (version.looked, version.moved) {
                p class="hint" { (match lang {
                    Lang::Zh => format!("看了 {looked} 个在办期限，{moved} 件改了期限"),
                    Lang::En => format!("{looked} open deadlines looked at, those of {moved} cases moved"),
                }) }
            }
        }
    }
}

fn said(lang: Lang, edit: &DayEdit) -> String {
    let days = if edit.first == edit.last {
        edit.first.to_string()
    } else {
        format!("{}..{}", edit.first, edit.last)
    };
    let order = match edit.order {
        DayOrder::Off => lang.pick("放假", "off"),
        DayOrder::Work => lang.pick("上班", "work"),
        DayOrder::Usual => lang.pick("照常", "usual"),
    };
    format!("{days} {order} {}", edit.name.get(lang))
}

fn publishing(here: &Here, sent: &Sent, errors: &Errors<'_>) -> Markup {
    let lang = here.lang();
    let ask = |name: &'static str, label: &'static str| {
        Field::new(name, label)
            .value(sent.text(name))
            .error(errors.of(lang, name))
    };
    let days = ask("days", lang.pick("哪些天怎么变", "Which days change")).hint(lang.pick(
        "一行一段：2027-01-01..2027-01-03 放假 元旦；2026-12-26 上班 调休；2026-12-24 照常。",
        "One stretch a line: 2027-01-01..2027-01-03 off New Year; 2026-12-26 work exchange; 2026-12-24 usual.",
    ));
    let years = ask("years", lang.pick("全年安排已录全的年份", "Years entered whole")).hint(lang.pick(
        "新公布的年份，全年的放假和调休都写在上面时才填。没有填的年份按周末推算并注明。",
        "Only when all days off and make-up days of the year are above. Other years are counted by weekends, and say so.",
    ));
    let basis = ask("basis", lang.pick("依据", "Legal basis"))
        .required()
        .hint(lang.pick(
            "通知的名称和文号；会写进每个改了的期限的计算说明。",
            "The notice and its number; it stands in the words of every deadline that moves.",
        ));
    let key = fresh_key();
    let inner = html! {
        (field::textarea(lang, &days, 6, Some(8000)))
        (field::text(lang, &years, TextKind::Words))
        (field::textarea(lang, &basis, 2, Some(500)))
        (button::row(&[button::submit(lang.pick("公布", "Publish"), Weight::Primary)]))
    };
    html! {
        section {
            h2 { (lang.pick("公布新版本", "Publish a version")) }
            (form(lang, &Form::new("/admin/calendar", &here.csrf).key(&key), &inner))
        }
    }
}
