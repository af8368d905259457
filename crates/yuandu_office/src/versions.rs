//! Versions of processes: which run, what changed between two, and moving running cases from one to another, tried first.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Lang, Problem};
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::{self, Field, TextKind};
use yuandu_design::components::form::{Errors, Form, error_summary, form};
use yuandu_design::components::navigation::{Link, breadcrumb};
use yuandu_design::components::notice::empty;
use yuandu_design::components::status::{code, tag, tag_wrong};
use yuandu_design::preferences::query_value;
use yuandu_page::error::PageError;
use yuandu_page::flash::{Flash, lead_to};
use yuandu_page::forms::fresh_key;
use yuandu_page::forms::posted::Posted;
use yuandu_page::forms::sent::Sent;
use yuandu_page::here::Here;
use yuandu_page::words::Words;
use yuandu_process::{
    Fate, Migration, MigrationFilter, MigrationOutcome, MigrationRow, PartChange, Portion,
    VersionRow,
};

/// Cases tried for one page.
const TRIED: usize = 500;
/// Cases that cannot move which one page names.
const NAMED: usize = 50;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    system: String,
    from: String,
    to: String,
    /// One mapping a line: the old node, the new one.
    mapping: String,
}

/// What the page shows.
struct Board {
    words: Words,
    versions: Vec<VersionRow>,
    migrations: Vec<MigrationRow>,
    changes: Vec<PartChange>,
    tried: Option<MigrationOutcome>,
    problems: Vec<Problem>,
}

/// `GET /admin/versions`.
pub(crate) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    here.officer()?;
    let (reader, wanted) = (here.clone(), asked.clone());
    let board = app.run(move |app| board(app, &reader, &wanted)).await?;
    Ok(page(&here, &flash, (&asked, &board), &Sent::default()))
}

/// `POST /admin/versions`: a migration is begun.
pub(crate) async fn begin(
    State(app): State<App>,
    flash: Flash,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (here, sent) = (posted.here, posted.sent);
    let asked = Asked {
        system: sent.text("system").to_owned(),
        from: sent.text("from").to_owned(),
        to: sent.text("to").to_owned(),
        mapping: sent.text("mapping").to_owned(),
    };
    let (reader, wanted, reason) = (here.clone(), asked.clone(), sent.text("reason").to_owned());
    let begun = app.run(move |app| {
        let ctx = &reader.visitor.ctx;
        let begun = migration(&wanted)
            .and_then(|migration| Ok(app.engine.begin_migration(ctx, &migration, &reason)?));
        match begun {
            Ok(_) => Ok(None),
            Err(error) if error.kind == ErrorKind::Invalid && !error.problems.is_empty() => {
                let board = board(app, &reader, &wanted)?;
                Ok(Some(Board {
                    problems: error.problems,
                    ..board
                }))
            }
            Err(error) => Err(error),
        }
    });
    match begun.await? {
        None => {
            let said = here.lang().pick(
                "已建立迁移，还没有移动任何案卷；在下面分批移动。",
                "The migration is begun and no case has moved yet; move them in portions below.",
            );
            Ok(lead_to("/admin/versions", said))
        }
        Some(board) => {
            let mut response = page(&here, &flash, (&asked, &board), &sent);
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

/// `POST /admin/versions/{id}`: so many cases move, or go back.
pub(crate) async fn move_portion(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (lang, ctx) = (posted.here.lang(), posted.here.visitor.ctx.clone());
    let back = posted.sent.text("deed") == "back";
    let portion = Portion {
        filter: MigrationFilter {
            node: posted.sent.given("node").map(str::to_owned),
            number: posted.sent.given("number").map(str::to_owned),
            ..MigrationFilter::default()
        },
        limit: posted.sent.text("limit").parse().unwrap_or(TRIED),
        after: None,
    };
    let moved = app.run(move |app| Ok(app.engine.move_portion(&ctx, &id, (&portion, back))?));
    let moved = moved.await?;
    let stuck: Vec<&str> = moved
        .stuck
        .iter()
        .map(|case| case.number.as_str())
        .take(NAMED)
        .collect();
    let said = match lang {
        Lang::Zh => format!(
            "移动了 {} 件，{} 件不能移{}",
            moved.moved,
            moved.stuck.len(),
            if stuck.is_empty() {
                String::new()
            } else {
                format!("：{}", stuck.join("、"))
            }
        ),
        Lang::En => format!(
            "{} moved, {} cannot{}",
            moved.moved,
            moved.stuck.len(),
            if stuck.is_empty() {
                String::new()
            } else {
                format!(": {}", stuck.join(", "))
            }
        ),
    };
    Ok(lead_to("/admin/versions", &said))
}

fn migration(asked: &Asked) -> Result<Migration, ApiError> {
    let mut migration = Migration {
        system: asked.system.clone(),
        from: asked.from.clone(),
        to: asked.to.clone(),
        ..Migration::default()
    };
    for line in asked
        .mapping
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let mut words = line.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(old), Some(new), None) => {
                migration.mapping.insert(old.to_owned(), new.to_owned());
            }
            _ => {
                return Err(ApiError::invalid(vec![Problem::new(
                    "processes.mapping",
                    "mapping",
                    format!("`{line}`：一行写两个环节的编号，先旧后新，用空格隔开"),
                    format!("`{line}`: write two ids of nodes a line, the old one first"),
                )]));
            }
        }
    }
    Ok(migration)
}

fn board(app: &App, here: &Here, asked: &Asked) -> Result<Board, ApiError> {
    let ctx = &here.visitor.ctx;
    let mut board = Board {
        words: Words::new(app, here)?,
        versions: app.engine.list_versions(ctx)?,
        migrations: app.engine.list_migrations(ctx)?,
        changes: Vec::new(),
        tried: None,
        problems: Vec::new(),
    };
    if asked.system.is_empty() {
        return Ok(board);
    }
    board.changes = app
        .engine
        .compare_versions(ctx, &asked.system, (&asked.from, &asked.to))?;
    let portion = Portion {
        limit: TRIED,
        ..Portion::default()
    };
    let tried = migration(asked)
        .and_then(|migration| Ok(app.engine.try_migration(ctx, &migration, &portion)?));
    match tried {
        Ok(outcome) => board.tried = Some(outcome),
        Err(error) if error.kind == ErrorKind::Invalid => board.problems = error.problems,
        Err(error) => return Err(error),
    }
    Ok(board)
}

fn page(here: &Here, flash: &Flash, (asked, board): (&Asked, &Board), sent: &Sent) -> Response {
    let lang = here.lang();
    let title = lang.pick("流程版本", "Versions of processes");
    let way = [Link {
        label: lang.pick("管理", "Administration"),
        href: "/admin",
    }];
    let errors = Errors(&board.problems);
    let body = html! {
        (breadcrumb(lang, &way, title))
        h1 { (title) }
        p class="hint" { (lang.pick(
            "公布过的版本不再改动；在办案卷一直按开始时的版本走。要让它们换到别的版本：先比较，再试算，再分批移动；不行还能退回。",
            "A published version never changes, and a running case keeps the one it began with. To move cases to another version: compare, try, move in portions; they can go back.",
        )) }
        (error_summary(lang, &errors))
        (versions(lang, board))
        @if !asked.system.is_empty() {
            (difference(lang, asked, board))
            (trial(lang, board))
            (beginning(here, asked, sent, &errors))
        }
        (migrations(here, board))
    };
    flash.page(here, title, false, &body)
}

fn versions(lang: Lang, board: &Board) -> Markup {
    let current = |system: &str| {
        let mut all = board.versions.iter();
        all.find(|v| v.system == system && v.current)
            .map(|v| v.version.clone())
    };
    html! {
        section {
            h2 { (lang.pick("版本与在办案卷", "Versions and running cases")) }
            ul class="links" { @for row in &board.versions {
                li {
                    p { strong { (row.system) " " (code(&row.version)) }
                        @if row.current { " " (tag(lang.pick("新案卷用它", "new cases"))) }
                        " · " (match lang { Lang::Zh => format!("在办 {} 件", row.open), Lang::En => format!("{} running", row.open) })
                        @if let Some(at) = row.published_at { " · " (lang.pick("公布于 ", "published ")) (board.words.instant(at)) } }
                    @if let Some(to) = current(&row.system).filter(|to| *to != row.version) {
                        p { a href={ "/admin/versions?system=" (query_value(&row.system)) "&from=" (query_value(&row.version)) "&to=" (query_value(&to)) } {
                            (match lang { Lang::Zh => format!("与 {to} 比较，试算迁移"), Lang::En => format!("Compare with {to} and try a migration") })
                        } }
                    }
                }
            } }
        }
    }
}

fn fate(lang: Lang, fate: Fate) -> &'static str {
    match fate {
        Fate::Added => lang.pick("新增", "added"),
        Fate::Removed => lang.pick("删去", "removed"),
        Fate::Changed => lang.pick("改动", "changed"),
    }
}

fn difference(lang: Lang, asked: &Asked, board: &Board) -> Markup {
    html! {
        section id="difference" {
            h2 { (match lang {
                Lang::Zh => format!("{} 从 {} 到 {} 改了什么", asked.system, asked.from, asked.to),
                Lang::En => format!("What changed in {} from {} to {}", asked.system, asked.from, asked.to),
            }) }
            @if board.changes.is_empty() {
                p { (lang.pick("环节和连线都一样。", "Nodes and flows are the same.")) }
            }
            ul { @for change in &board.changes {
                li { (fate(lang, change.fate)) " " (code(&change.id)) " " (change.name) " · " (change.process)
                    @if !change.what.is_empty() { " · " (change.what.join(", ")) } }
            } }
        }
    }
}

fn trial(lang: Lang, board: &Board) -> Markup {
    let Some(tried) = &board.tried else {
        return html! {};
    };
    let looked = tried.moved.saturating_add(tried.stuck.len());
    html! {
        section id="trial" {
            h2 { (lang.pick("试算", "Trial")) }
            p { (match lang {
                Lang::Zh => format!("在办 {} 件，试了 {looked} 件：{} 件能移，{} 件不能移。什么都没有改动。", tried.meant, tried.moved, tried.stuck.len()),
                Lang::En => format!("{} running, {looked} tried: {} can move, {} cannot. Nothing was changed.", tried.meant, tried.moved, tried.stuck.len()),
            }) }
            @if !tried.at.is_empty() {
                h3 { (lang.pick("现在停在哪些环节", "Where they stand")) }
                ul { @for at in &tried.at { li { (at.name.get(lang)) " " (code(&at.node)) " · " (at.count) } } }
            }
            @if !tried.stuck.is_empty() {
                h3 { (lang.pick("不能移的案卷", "Cases that cannot move")) }
                ul { @for case in tried.stuck.iter().take(NAMED) {
                    li { a href={ "/work/cases/" (case.case_id) } { (case.number) } " " (tag_wrong(lang.pick("不能移", "cannot")))
                        @for hindrance in &case.hindrances { p { (code(&hindrance.node)) " " (hindrance.why.get(lang)) } } }
                } }
            }
        }
    }
}

fn beginning(here: &Here, asked: &Asked, sent: &Sent, errors: &Errors<'_>) -> Markup {
    let lang = here.lang();
    let mapping = Field::new("mapping", lang.pick("环节对应", "Mapping of nodes"))
        .value(&asked.mapping)
        .error(errors.of(lang, "mapping"))
        .hint(lang.pick(
            "编号相同的自动对应。改了编号的一行一个：旧编号 新编号。",
            "Equal ids need nothing. One that has another id a line: old new.",
        ));
    let reason = Field::new("reason", lang.pick("理由", "Reason"))
        .value(sent.text("reason"))
        .error(errors.of(lang, "reason"))
        .required();
    let key = fresh_key();
    let kept = html! {
        input type="hidden" name="system" value=(asked.system);
        input type="hidden" name="from" value=(asked.from);
        input type="hidden" name="to" value=(asked.to);
    };
    let inner = html! {
        (kept)
        input type="hidden" name="mapping" value=(asked.mapping);
        (field::textarea(lang, &reason, 2, Some(500)))
        (button::row(&[button::submit(lang.pick("建立迁移", "Begin the migration"), Weight::Primary)]))
    };
    html! {
        section id="begin" {
            h2 { (lang.pick("建立迁移", "Begin a migration")) }
            form method="get" action="/admin/versions" class="form" {
                (kept)
                (field::textarea(lang, &mapping, 4, Some(8000)))
                (button::row(&[button::submit(lang.pick("按这个对应再试算", "Try with this mapping"), Weight::Plain)]))
            }
            (form(lang, &Form::new("/admin/versions", &here.csrf).key(&key), &inner))
        }
    }
}

fn migrations(here: &Here, board: &Board) -> Markup {
    let lang = here.lang();
    html! {
        section id="migrations" {
            h2 { (lang.pick("迁移", "Migrations")) }
            @if board.migrations.is_empty() {
                (empty(lang.pick("还没有", "None yet"), lang.pick("先选一个旧版本比较。", "Compare an older version first."), None))
            }
            @for row in &board.migrations { (one(here, board, row)) }
        }
    }
}

fn one(here: &Here, board: &Board, row: &MigrationRow) -> Markup {
    let lang = here.lang();
    let action = format!("/admin/versions/{}", row.id);
    let limit = Field::new("limit", lang.pick("最多几件", "How many at most"))
        .within(&row.id)
        .value("100");
    let node = Field::new(
        "node",
        lang.pick("只移停在这个环节的", "Only those at this node"),
    )
    .within(&row.id);
    let number = Field::new(
        "number",
        lang.pick("只移这一件（编号）", "Only this one (number)"),
    )
    .within(&row.id);
    let key = fresh_key();
    let inner = html! {
        (field::text(lang, &limit, TextKind::Code))
        (field::text(lang, &node, TextKind::Code))
        (field::text(lang, &number, TextKind::Code))
        (button::row(&[
            button::submit_as(lang.pick("移动一批", "Move a portion"), "deed", "move", Weight::Primary),
            button::submit_as(lang.pick("退回一批", "Take a portion back"), "deed", "back", Weight::Plain),
        ]))
    };
    html! {
        article {
            h3 { (row.system) " " (code(&row.from)) " → " (code(&row.to)) }
            p { (board.words.instant(row.begun_at)) " · " (row.begun_name) " · " (row.reason) }
            p { (match lang {
                Lang::Zh => format!("已移 {} 件，退回过 {} 件", row.moved, row.back),
                Lang::En => format!("{} moved, {} went back", row.moved, row.back),
            }) }
            @if !row.mapping.is_empty() { p { @for (old, new) in &row.mapping { (code(old)) " → " (code(new)) " " } } }
            (form(lang, &Form::new(&action, &here.csrf).key(&key), &inner))
        }
    }
}
