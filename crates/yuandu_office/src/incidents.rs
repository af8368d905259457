//! Incidents: steps that failed and wait for a person, with cause, input and a button; and repairs, which two persons decide.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Lang, LocalText, Problem};
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::{self, Field, Opt, TextKind};
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
use yuandu_process::{IncidentRow, ProposeRepair, Repair, RepairRow, Standing};

/// Incidents of one page.
const PAGE: usize = 50;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    status: String,
    after: String,
    /// A case to be repaired, by id or number.
    case: String,
}

/// What the page shows.
struct Board {
    words: Words,
    incidents: Vec<IncidentRow>,
    next: Option<String>,
    repairs: Vec<RepairRow>,
    standing: Option<Standing>,
    /// Why there is nothing to show of the case that was asked for.
    missing: Option<LocalText>,
    own: String,
}

/// `GET /admin/incidents`.
pub(crate) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    here.officer()?;
    let (reader, wanted) = (here.clone(), asked.clone());
    let board = app.run(move |app| board(app, &reader, &wanted)).await?;
    Ok(page(&here, &flash, &asked, &board, (&Sent::default(), &[])))
}

/// `POST /admin/incidents/{id}/retry`.
pub(crate) async fn retry(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (lang, ctx) = (posted.here.lang(), posted.here.visitor.ctx.clone());
    app.run(move |app| Ok(app.engine.retry_incident(&ctx, &id)?))
        .await?;
    let said = lang.pick(
        "已重新排入，几秒内再试一次；结果看案卷的经过。",
        "Queued again; it is tried within seconds, and the history of the case says what came of it.",
    );
    Ok(lead_to("/admin/incidents", said))
}

/// `POST /admin/repairs/{id}`: the second person decides.
pub(crate) async fn decide(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (lang, ctx) = (posted.here.lang(), posted.here.visitor.ctx.clone());
    let agrees = posted.sent.text("decision") == "agree";
    let words = posted.sent.text("words").to_owned();
    app.run(move |app| Ok(app.engine.decide_repair(&ctx, &id, (agrees, &words))?))
        .await?;
    let said = if agrees {
        lang.pick("已执行，记入经过。", "Done, and in the history.")
    } else {
        lang.pick("已驳回，什么都没有改动。", "Refused; nothing was changed.")
    };
    Ok(lead_to("/admin/incidents", said))
}

/// `POST /admin/incidents`: a repair is proposed.
pub(crate) async fn propose(
    State(app): State<App>,
    flash: Flash,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (here, sent) = (posted.here, posted.sent);
    let asked = Asked {
        case: sent.text("case").to_owned(),
        ..Asked::default()
    };
    let (reader, form, wanted) = (here.clone(), sent.clone(), asked.clone());
    let done = app.run(move |app| {
        let proposed = proposal(&form)
            .and_then(|proposal| Ok(app.engine.propose_repair(&reader.visitor.ctx, &proposal)?));
        match proposed {
            Ok(_) => Ok(None),
            Err(error) if error.kind == ErrorKind::Invalid && !error.problems.is_empty() => {
                Ok(Some((board(app, &reader, &wanted)?, error.problems)))
            }
            Err(error) => Err(error),
        }
    });
    match done.await? {
        None => {
            let said = here.lang().pick(
                "已提出，等另一位管理员决定。",
                "Proposed; another administrator decides.",
            );
            Ok(lead_to("/admin/incidents", said))
        }
        Some((board, problems)) => {
            let mut response = page(&here, &flash, &asked, &board, (&sent, &problems));
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

fn proposal(sent: &Sent) -> Result<ProposeRepair, ApiError> {
    let name = sent.text("name").to_owned();
    let typed = sent.text("value");
    // What is no JSON is a text: nobody types quotation marks around words.
    let value = serde_json::from_str(typed).unwrap_or_else(|_| typed.into());
    let repair = match sent.text("deed") {
        "set_variable" => Repair::SetVariable { name, value },
        "set_fact" => Repair::SetFact { name, value },
        _ => {
            let token = sent.text("token").parse().map_err(|_| {
                ApiError::invalid(vec![Problem::new(
                    "cases.repair",
                    "token",
                    "请选一个令牌",
                    "choose a token",
                )])
            })?;
            Repair::MoveToken {
                token,
                to: sent.text("to").to_owned(),
            }
        }
    };
    Ok(ProposeRepair {
        case: sent.text("case").to_owned(),
        repair,
        reason: sent.text("reason").to_owned(),
    })
}

fn board(app: &App, here: &Here, asked: &Asked) -> Result<Board, ApiError> {
    let ctx = &here.visitor.ctx;
    let status = match asked.status.as_str() {
        "resolved" => "resolved",
        _ => "open",
    };
    let after = Some(asked.after.as_str()).filter(|after| !after.is_empty());
    let (incidents, next) = app.engine.list_incidents(ctx, status, after, PAGE)?;
    let (standing, missing) = match asked.case.trim() {
        "" => (None, None),
        case => match app.engine.standing(ctx, case) {
            Ok(standing) => (Some(standing), None),
            Err(error) if error.kind() == ErrorKind::NotFound => (None, Some(error.message())),
            Err(error) => return Err(error.into()),
        },
    };
    Ok(Board {
        repairs: app.engine.list_repairs(ctx, "proposed")?,
        words: Words::new(app, here)?,
        own: ctx.actor_name(),
        incidents,
        next,
        standing,
        missing,
    })
}

fn page(
    here: &Here,
    flash: &Flash,
    asked: &Asked,
    board: &Board,
    (sent, problems): (&Sent, &[Problem]),
) -> Response {
    let lang = here.lang();
    let title = lang.pick("故障与修复", "Incidents and repairs");
    let way = [Link {
        label: lang.pick("管理", "Administration"),
        href: "/admin",
    }];
    let body = html! {
        (breadcrumb(lang, &way, title))
        h1 { (title) }
        (error_summary(lang, &Errors(problems)))
        (incidents(here, asked, board))
        (repairs(here, board))
        (repair(here, asked, board, (sent, &Errors(problems))))
    };
    flash.page(here, title, false, &body)
}

fn incidents(here: &Here, asked: &Asked, board: &Board) -> Markup {
    let lang = here.lang();
    let resolved = asked.status == "resolved";
    let heading = if resolved {
        lang.pick("已处理的故障", "Resolved incidents")
    } else {
        lang.pick("等人处理的故障", "Incidents that wait")
    };
    html! {
        section {
            h2 { (heading) }
            p { @if resolved { a href="/admin/incidents" { (lang.pick("看等人处理的", "See those that wait")) } }
                @else { a href="/admin/incidents?status=resolved" { (lang.pick("看已处理的", "See the resolved ones")) } } }
            @if board.incidents.is_empty() {
                (empty(lang.pick("没有故障", "No incidents"), lang.pick(
                    "自动步骤失败后会自己重试四次，还不行才到这里等人。",
                    "A step that fails is tried four times by itself before it waits here.",
                ), None))
            } @else {
                ul class="links" { @for row in &board.incidents { (incident(here, board, row)) } }
                @if let Some(next) = &board.next {
                    p { a href={ "/admin/incidents?status=" (asked.status) "&after=" (query_value(next)) } { (lang.pick("更早的", "Earlier ones")) } }
                }
            }
        }
    }
}

fn incident(here: &Here, board: &Board, row: &IncidentRow) -> Markup {
    let lang = here.lang();
    let action = format!("/admin/incidents/{}/retry", row.id);
    let key = fresh_key();
    let again = button::submit(lang.pick("再试一次", "Try again"), Weight::Primary);
    html! {
        li {
            p { strong { (row.name.get(lang)) } " · " (code(&row.number)) " · " (board.words.instant(row.at))
                @if row.status == "open" { " " (tag_wrong(lang.pick("等人处理", "waits"))) } @else { " " (tag(lang.pick("已处理", "resolved"))) } }
            p { (lang.pick("原因：", "Cause: ")) (row.reason) }
            @if let Some(input) = &row.input { p { (lang.pick("输入：", "Input: ")) code { (input) } } }
            p class="hint" { (lang.pick("已自动试过 ", "Tried by itself ")) (row.tries) (lang.pick(" 次", " times"))
                @if let Some(by) = &row.resolved_by { " · " (lang.pick("处理人：", "resolved by ")) (board.words.directory.person_name(by.trim_start_matches("user:"))) } }
            @if row.status == "open" {
                @if row.retriable { (form(lang, &Form::new(&action, &here.csrf).key(&key).unguarded(), &again)) }
                p { a href={ "/admin/incidents?case=" (row.case_id) "#repair" } { (lang.pick("修复这件", "Repair this case")) } }
            }
        }
    }
}

fn repairs(here: &Here, board: &Board) -> Markup {
    let lang = here.lang();
    html! {
        @if !board.repairs.is_empty() {
            section {
                h2 { (lang.pick("等第二人决定的修复", "Repairs that wait for a second person")) }
                ul class="links" { @for row in &board.repairs { (proposed(here, board, row)) } }
            }
        }
    }
}

fn proposed(here: &Here, board: &Board, row: &RepairRow) -> Markup {
    let lang = here.lang();
    let action = format!("/admin/repairs/{}", row.id);
    let key = fresh_key();
    let words = Field::new("words", lang.pick("意见", "Opinion")).required();
    let inner = html! {
        (field::text(lang, &words, TextKind::Words))
        (button::row(&[
            button::submit_as(lang.pick("同意并执行", "Agree and do it"), "decision", "agree", Weight::Primary),
            button::submit_as(lang.pick("驳回", "Refuse"), "decision", "refuse", Weight::Grave),
        ]))
    };
    html! {
        li {
            p { (code(&row.number)) " · " (row.proposed_name) " · " (board.words.instant(row.proposed_at)) }
            p { code { (row.deed) } }
            p { (lang.pick("理由：", "Reason: ")) (row.reason) }
            @if row.proposed_by == board.own {
                p class="hint" { (lang.pick("由您提出，要由另一位管理员决定。", "You proposed it; another administrator decides.")) }
            } @else { (form(lang, &Form::new(&action, &here.csrf).key(&key).unguarded(), &inner)) }
        }
    }
}

fn repair(
    here: &Here,
    asked: &Asked,
    board: &Board,
    (sent, errors): (&Sent, &Errors<'_>),
) -> Markup {
    let lang = here.lang();
    let case = Field::new("case", lang.pick("案卷编号", "Case number"))
        .value(&asked.case)
        .error(board.missing.as_ref().map(|why| why.get(lang)));
    html! {
        section id="repair" {
            h2 { (lang.pick("修复一件", "Repair a case")) }
            p class="hint" { (lang.pick(
                "改流程变量、更正信息项，或把停住的一步移到别的环节。一人提出，另一人批准才执行。",
                "Set a variable, correct a fact, or move what is stuck to another step. One person proposes, another has it done.",
            )) }
            form method="get" action="/admin/incidents" class="form" {
                (field::text(lang, &case, TextKind::Code))
                (button::row(&[button::submit(lang.pick("看它停在哪里", "See where it stands"), Weight::Plain)]))
            }
            @if let Some(standing) = &board.standing { (proposing(here, standing, sent, errors)) }
        }
    }
}

fn waits(lang: Lang, word: &str) -> &'static str {
    match word {
        "task" => lang.pick("等人办理", "a person"),
        "timer" => lang.pick("等时间到", "a timer"),
        "event" => lang.pick("等消息", "a message"),
        "child" => lang.pick("等子流程", "a called process"),
        "join" => lang.pick("等别的几路", "other paths"),
        "turns" => lang.pick("等多人办完", "several people"),
        _ => lang.pick("等候", "something else"),
    }
}

fn proposing(here: &Here, standing: &Standing, sent: &Sent, errors: &Errors<'_>) -> Markup {
    let lang = here.lang();
    let tokens: Vec<(String, String)> = standing
        .tokens
        .iter()
        .map(|token| {
            let name = token.name.get(lang);
            let said = format!("{name} ({}) · {}", token.node, waits(lang, token.waits));
            (token.token.to_string(), said)
        })
        .collect();
    let tokens: Vec<Opt<'_>> = tokens.iter().map(|(id, said)| Opt::new(id, said)).collect();
    let named = standing
        .nodes
        .iter()
        .filter(|(_, _, name)| !name.zh.is_empty());
    let nodes: Vec<(&str, String)> = named
        .map(|(_, id, name)| (id.as_str(), format!("{} ({id})", name.get(lang))))
        .collect();
    let nodes: Vec<Opt<'_>> = nodes.iter().map(|(id, said)| Opt::new(id, said)).collect();
    let deeds = [
        Opt::new(
            "move_token",
            lang.pick("移到别的环节", "Move to another step"),
        ),
        Opt::new("set_fact", lang.pick("更正信息项", "Correct a fact")),
        Opt::new("set_variable", lang.pick("改流程变量", "Set a variable")),
    ];
    let ask = |name: &'static str, label: &'static str| {
        Field::new(name, label)
            .value(sent.text(name))
            .error(errors.of(lang, name))
    };
    let key = fresh_key();
    let deed = ask("deed", lang.pick("做什么", "What")).required();
    let value = ask("value", lang.pick("新的值", "New value"));
    let value = value.hint(lang.pick(
        "数字、true/false、日期照写，其他按文字。",
        "Numbers, true or false and dates as they are; all else is text.",
    ));
    let inner = html! {
        input type="hidden" name="case" value=(standing.case_id);
        (field::select(lang, &deed, &deeds))
        (field::select(lang, &ask("token", lang.pick("停住的一步", "What is stuck")), &tokens))
        (field::select(lang, &ask("to", lang.pick("移到", "Move to")), &nodes))
        (field::text(lang, &ask("name", lang.pick("变量或信息项的名字", "Name of the variable or fact")), TextKind::Words))
        (field::text(lang, &value, TextKind::Words))
        (field::textarea(lang, &ask("reason", lang.pick("理由", "Reason")).required(), 3, Some(500)))
        (button::row(&[button::submit(lang.pick("提出，交另一人决定", "Propose to a second person"), Weight::Primary)]))
    };
    html! {
        h3 { (code(&standing.number)) }
        @if standing.tokens.is_empty() { p { (lang.pick("流程已经走完。", "The process has ended.")) } }
        (form(lang, &Form::new("/admin/incidents", &here.csrf).key(&key), &inner))
    }
}
