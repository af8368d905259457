//! Who stands in for one's own post: the list, appointing somebody, ending it; and one thing done with many rows of the inbox.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};
use yuandu_api::operations::substitutes::{BatchRequest, batch};
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Lang, Problem};
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::choice::checkboxes;
use yuandu_design::components::field::{self, DateKind, Field, Opt, TextKind};
use yuandu_design::components::form::{Errors, Form, error_summary, form};
use yuandu_design::components::navigation::{Link, breadcrumb};
use yuandu_design::components::notice::empty;
use yuandu_design::components::status::tag;
use yuandu_identity::{AppointSubstitute, SubstitutionRow};
use yuandu_page::error::PageError;
use yuandu_page::flash::{Flash, lead_to};
use yuandu_page::forms::fresh_key;
use yuandu_page::forms::posted::Posted;
use yuandu_page::forms::sent::Sent;
use yuandu_page::here::Here;
use yuandu_page::words::Words;

/// What the page shows.
struct Sheet {
    words: Words,
    rows: Vec<SubstitutionRow>,
}

/// `GET /work/me/substitutes`.
pub(crate) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
) -> Result<Response, PageError> {
    here.officer()?;
    let reader = here.clone();
    let shown = app.clone();
    let sheet = app.run(move |app| sheet(app, &reader)).await?;
    Ok(page(&shown, &here, &flash, &sheet, (&Sent::default(), &[])))
}

/// `POST /work/me/substitutes`.
pub(crate) async fn appoint(
    State(app): State<App>,
    flash: Flash,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (here, sent) = (posted.here, posted.sent);
    let (reader, answers) = (here.clone(), sent.clone());
    let shown = app.clone();
    let done = app.run(move |app| {
        let appointed = read(app, &answers).and_then(|appoint| {
            Ok(app
                .identity
                .appoint_substitute(&reader.visitor.ctx, &appoint)?)
        });
        match appointed {
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
                "已设代理。对方在“我的岗位”里换到代理岗位就能办理，到期自动失效。",
                "Appointed. They act in the substitute's post under their account; it ends by itself.",
            );
            Ok(lead_to("/work/me/substitutes", said))
        }
        Some((sheet, problems)) => {
            let mut response = page(&shown, &here, &flash, &sheet, (&sent, &problems));
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

/// `POST /work/me/substitutes/{post}/end`.
pub(crate) async fn end(
    State(app): State<App>,
    Path(post): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (lang, ctx) = (posted.here.lang(), posted.here.visitor.ctx.clone());
    app.run(move |app| Ok(app.identity.end_substitute(&ctx, &post)?))
        .await?;
    let said = lang.pick("代理已提前结束。", "It has ended before its time.");
    Ok(lead_to("/work/me/substitutes", said))
}

/// `POST /work/batch`: one thing with every ticked row of the inbox.
pub(crate) async fn many(State(app): State<App>, posted: Posted) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (lang, sent) = (posted.here.lang(), posted.sent);
    let read = sent.text("do") == "read";
    let request = BatchRequest {
        what: if read { "complete" } else { sent.text("do") }.to_owned(),
        tasks: sent.all("task"),
        outcome: "read".to_owned(),
        reason: lang
            .pick("请尽快办理。", "Please see to it soon.")
            .to_owned(),
        ..BatchRequest::default()
    };
    let back = match sent.text("back") {
        place if place.starts_with("/work") => place.to_owned(),
        _ => "/work".to_owned(),
    };
    if request.tasks.is_empty() {
        let said = lang.pick(
            "没有勾选，请先勾选要办的几件。",
            "Nothing is ticked; tick the rows first.",
        );
        return Ok(lead_to(&back, said));
    }
    let visitor = posted.here.visitor.clone();
    let results = app.run(move |app| batch(app, &visitor, &request)).await?;
    let done = results.iter().filter(|result| result.done).count();
    let refused: Vec<&str> = results
        .iter()
        .filter_map(|result| result.message.as_deref())
        .collect();
    let mut said = match lang {
        Lang::Zh => format!("办了 {done} 件。"),
        Lang::En => format!("{done} done."),
    };
    if let Some(first) = refused.first() {
        said.push_str(&match lang {
            Lang::Zh => format!("{} 件没有办：{first}", refused.len()),
            Lang::En => format!(" {} not done: {first}", refused.len()),
        });
    }
    Ok(lead_to(&back, &said))
}

fn sheet(app: &App, here: &Here) -> Result<Sheet, ApiError> {
    Ok(Sheet {
        rows: app.identity.substitutes(&here.visitor.ctx)?,
        words: Words::new(app, here)?,
    })
}

fn read(app: &App, sent: &Sent) -> Result<AppointSubstitute, ApiError> {
    let mut problems = Vec::new();
    let directory = app.identity.directory(app.realm)?;
    let user = directory.person_by_login(&sent.text("login").to_lowercase());
    if user.is_none() {
        let (zh, en) = ("没有这个登录名", "there is no such login");
        problems.push(Problem::new("identity.substitute", "login", zh, en));
    }
    let mut day = |name: &str, time: &str| -> Option<Timestamp> {
        let read = app
            .calendar()
            .parse_instant(&format!("{}T{time}", sent.text(name)));
        if read.is_err() {
            let (zh, en) = ("请选一个日期", "choose a day");
            problems.push(Problem::new("identity.substitute", name, zh, en));
        }
        read.ok()
    };
    let (from, to) = (day("from", "00:00"), day("to", "23:59"));
    match (user, from, to) {
        (Some(user), Some(from), Some(to)) => Ok(AppointSubstitute {
            user: user.id,
            from,
            to,
            systems: sent.all("systems").into_iter().collect(),
            categories: words(sent.text("categories")).collect(),
            reason: sent.text("reason").to_owned(),
        }),
        _ => Err(ApiError::invalid(problems)),
    }
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let parts = text.split(['、', ',', '，', ' ', ';', '；']).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned)
}

fn page(
    app: &App,
    here: &Here,
    flash: &Flash,
    sheet: &Sheet,
    (sent, problems): (&Sent, &[Problem]),
) -> Response {
    let lang = here.lang();
    let title = lang.pick("代理", "Substitutes");
    let way = [Link {
        label: lang.pick("我的账号", "My account"),
        href: "/work/me",
    }];
    let errors = Errors(problems);
    let body = html! {
        (breadcrumb(lang, &way, title))
        h1 { (title) }
        p class="hint" { (lang.pick(
            "出差、休假时请人代您现在这个岗位办事，可以限定系统和类别；到期自动失效，随时可以提前结束。管理岗位不能代理。",
            "While you are away somebody acts in your present post, if you like for some systems and categories only; it ends by itself. Administration cannot be stood in for.",
        )) }
        (error_summary(lang, &errors))
        (list(here, sheet))
        (appointing(app, here, sent, &errors))
    };
    flash.page(here, title, false, &body)
}

fn list(here: &Here, sheet: &Sheet) -> Markup {
    let (lang, words) = (here.lang(), &sheet.words);
    html! {
        @if sheet.rows.is_empty() {
            (empty(lang.pick("现在没有人代理您", "Nobody stands in for you"), lang.pick("在下面请一位。", "Appoint somebody below."), None))
        }
        ul class="links" {
            @for row in &sheet.rows {
                @let over = row.status != "open" || row.to_at <= words.now;
                li {
                    p { strong { (words.directory.person_name(&row.user)) } " · " (words.instant(row.from_at)) " – " (words.instant(row.to_at))
                        @if over { " " (tag(lang.pick("已结束", "over"))) } }
                    p { (row.reason) }
                    @if !over {
                        (form(lang, &Form::new(&format!("/work/me/substitutes/{}/end", row.post), &here.csrf).unguarded(), &button::submit(lang.pick("提前结束", "End it now"), Weight::Plain)))
                    }
                }
            }
        }
    }
}

fn appointing(app: &App, here: &Here, sent: &Sent, errors: &Errors<'_>) -> Markup {
    let lang = here.lang();
    let ask = |name: &'static str, label: &'static str| {
        Field::new(name, label)
            .value(sent.text(name))
            .error(errors.of(lang, name))
    };
    let systems: Vec<Opt<'_>> = app
        .systems
        .iter()
        .filter(|system| system.has_cases)
        .map(|system| Opt::new(&system.id, system.title.get(lang)))
        .collect();
    let chosen = sent.all("systems");
    let chosen: Vec<&str> = chosen.iter().map(String::as_str).collect();
    let limits = ask("systems", lang.pick("限定系统", "Only these systems"));
    let limits =
        limits.hint(lang.pick("不选就是这个岗位的全部。", "None means all of the post's."));
    let categories = ask("categories", lang.pick("限定类别", "Only these categories"));
    let categories = categories.hint(lang.pick(
        "类别代码，用逗号分开；不填就是全部。",
        "Codes separated by commas; none means all.",
    ));
    let key = fresh_key();
    let inner = html! {
        (field::text(lang, &ask("login", lang.pick("请谁（登录名）", "Who (login)")).required(), TextKind::Login))
        (field::date(lang, &ask("from", lang.pick("从哪天", "From")).required(), DateKind::Day))
        (field::date(lang, &ask("to", lang.pick("到哪天（含）", "To (that day included)")).required(), DateKind::Day))
        (checkboxes(lang, &limits, &systems, &chosen))
        (field::text(lang, &categories, TextKind::Code))
        (field::textarea(lang, &ask("reason", lang.pick("理由", "Reason")).required(), 2, Some(500)))
        (button::row(&[button::submit(lang.pick("请代理", "Appoint"), Weight::Primary)]))
    };
    html! {
        section {
            h2 { (lang.pick("请人代理", "Appoint somebody")) }
            (form(lang, &Form::new("/work/me/substitutes", &here.csrf).key(&key), &inner))
        }
    }
}
