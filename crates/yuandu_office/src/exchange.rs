//! The exchange between organisations as operators watch it: routes with what waits, what failed and how much went through,
//! the last receipts, and one click to the evidence.

mod evidence;

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::{self, Field, TextKind};
use yuandu_design::components::form::{Form, form};
use yuandu_design::components::notice::empty;
use yuandu_design::components::status::{code, tag, tag_wrong};
use yuandu_exchange::{BatchView, ContractState, NodeState, NodeView, RouteView, Side};
use yuandu_identity::Resource;
use yuandu_page::error::PageError;
use yuandu_page::flash::{Flash, lead_to};
use yuandu_page::forms::fresh_key;
use yuandu_page::forms::posted::Posted;
use yuandu_page::here::Here;
use yuandu_page::words::Words;

pub(crate) use evidence::show as show_evidence;

/// What the page shows.
struct Board {
    words: Words,
    nodes: Vec<NodeView>,
    routes: Vec<RouteView>,
    /// Whether the reader may do more than look.
    manages: bool,
    own: String,
}

/// `GET /work/exchange`.
pub(crate) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
) -> Result<Response, PageError> {
    here.officer()?;
    let reader = here.clone();
    let board = app.run(move |app| board(app, &reader)).await?;
    let lang = here.lang();
    let title = lang.pick("数据交换", "Exchange");
    let body = html! {
        h1 { (title) }
        (routes(&here, &board))
        (nodes(lang, &board))
    };
    Ok(flash.page(&here, title, false, &body))
}

/// `POST /work/exchange/{contract}`: a contract is decided, or a batch begun, taken up again or given up.
pub(crate) async fn act(
    State(app): State<App>,
    Path(contract): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (lang, ctx) = (posted.here.lang(), posted.here.visitor.ctx.clone());
    let deed = posted.sent.text("deed").to_owned();
    let reason = posted.sent.text("reason").to_owned();
    let batch: i64 = posted.sent.text("batch").parse().unwrap_or_default();
    let said = app
        .run(move |app| {
            let exchange = &app.exchange;
            let said = match deed.as_str() {
                "approve" | "refuse" => {
                    let decision = (deed == "approve", reason.as_str());
                    exchange.decide_contract(&ctx, &contract, decision)?;
                    ("已决定，记入日志。", "Decided, and in the log.")
                }
                "begin" => {
                    exchange.begin_batch(&ctx, &contract)?;
                    (
                        "已开始；结束时双方签署对账回执。",
                        "Begun; it ends with a receipt that both sides sign.",
                    )
                }
                "compare" => {
                    exchange.begin_comparison(&ctx, &contract)?;
                    (
                        "已开始对账；不同之处会逐条列出。",
                        "The comparison has begun; what differs will be listed record by record.",
                    )
                }
                "replay" => {
                    exchange.replay_rejects(&ctx, (&contract, batch), None)?;
                    (
                        "已重新检查退回的行，合格的已接收。",
                        "The rejected rows were checked again; those that hold were taken.",
                    )
                }
                "retry" => {
                    exchange.retry_batch(&ctx, &contract, batch)?;
                    ("已重新开始。", "Taken up again.")
                }
                "give-up" => {
                    exchange.give_up_batch(&ctx, (&contract, batch), &reason)?;
                    (
                        "已放弃，可以开始下一批。",
                        "Given up; the next batch may begin.",
                    )
                }
                _ => return Err(ApiError::not_found()),
            };
            Ok(said)
        })
        .await?;
    Ok(lead_to("/work/exchange", lang.pick(said.0, said.1)))
}

fn board(app: &App, here: &Here) -> Result<Board, ApiError> {
    let ctx = &here.visitor.ctx;
    Ok(Board {
        nodes: app.exchange.list_nodes(ctx)?,
        routes: app.exchange.monitor(ctx)?,
        words: Words::new(app, here)?,
        manages: app
            .gate
            .decide(ctx, "exchange.manage", &Resource::system())
            .allowed,
        own: ctx.actor_name(),
    })
}

fn routes(here: &Here, board: &Board) -> Markup {
    let lang = here.lang();
    html! {
        section {
            h2 { (lang.pick("线路", "Routes")) }
            @if board.routes.is_empty() {
                (empty(lang.pick("还没有交换协议", "No contracts yet"), lang.pick(
                    "双方先登记节点，再由一人申请协议、另一人批准。",
                    "Both sides register their nodes; one person applies for a contract, another approves it.",
                ), None))
            }
            @for route in &board.routes { (one_route(here, board, route)) }
        }
    }
}

fn one_route(here: &Here, board: &Board, route: &RouteView) -> Markup {
    let lang = here.lang();
    let terms = &route.contract.terms;
    let words = route.contract.state.words();
    html! {
        article id=(terms.id) {
            h3 { (code(terms.id.as_str())) " " @if route.contract.state == ContractState::Approved { (tag(words.get(lang))) } @else { (tag_wrong(words.get(lang))) } }
            p { (terms.provider) " → " (terms.consumer) " · " (code(&terms.register)) }
            p class="hint" {
                (lang.pick("用途：", "Purpose: ")) (terms.purpose) " · " (lang.pick("依据：", "Ground: ")) (terms.legal_ground)
                " · " (lang.pick("至 ", "until ")) (terms.until) " · " (lang.pick("字段：", "fields: ")) (terms.names().collect::<Vec<_>>().join(", "))
            }
            dl class="facts" {
                @if route.sends { dt { (lang.pick("待发消息", "Messages that wait")) } dd { (route.waiting) } }
                @if route.tries > 0 { dt { (lang.pick("失败次数", "Failed tries")) } dd { (route.tries) " · " (route.reason) } }
                @if route.receives {
                    dt { (lang.pick("持有行数", "Rows held")) } dd { (route.held) }
                    dt { (lang.pick("待改正的行", "Rows to be mended")) } dd { (route.rejects) }
                }
            }
            (batches(lang, board, route))
            @if board.manages { (deeds(here, board, route)) }
        }
    }
}

fn batches(lang: Lang, board: &Board, route: &RouteView) -> Markup {
    html! {
        @if !route.batches.is_empty() {
            div class="table-frame" tabindex="0" role="region" aria-label=(lang.pick("最近批次", "Newest batches")) {
                table class="table plain" {
                    caption { (lang.pick("最近批次", "Newest batches")) }
                    thead { tr {
                        th scope="col" { (lang.pick("批次", "Batch")) }
                        th scope="col" { (lang.pick("状态", "State")) }
                        th scope="col" class="figure" { (lang.pick("行数", "Rows")) }
                        th scope="col" class="figure" { (lang.pick("接收", "Accepted")) }
                        th scope="col" { (lang.pick("开始", "Began")) }
                        th scope="col" { (lang.pick("回执", "Receipt")) }
                    } }
                    tbody { @for batch in &route.batches { (one_batch(lang, board, batch)) } }
                }
            }
        }
    }
}

fn one_batch(lang: Lang, board: &Board, batch: &BatchView) -> Markup {
    let side = match batch.side {
        Side::Provider => lang.pick("发出", "sent"),
        Side::Consumer => lang.pick("收到", "received"),
    };
    let href = evidence::href(batch);
    html! {
        tr {
            td { (batch.batch) " " (side) @if batch.kind == "compare" { " · " (lang.pick("对账", "comparison")) } }
            td { @if is_well(batch) { (tag(state(lang, &batch.state))) } @else { (tag_wrong(state(lang, &batch.state))) " " (batch.reason) } }
            td class="figure" { (batch.rows) }
            td class="figure" { (batch.accepted) }
            td { (board.words.instant(batch.started_at)) }
            td { a href=(href) { @if batch.receipt.is_some() { (lang.pick("看回执与证据", "Receipt and evidence")) } @else { (lang.pick("看进展", "Progress")) } } }
        }
    }
}

fn is_well(batch: &BatchView) -> bool {
    !matches!(
        batch.state.as_str(),
        "open" | "stopped" | "differs" | "given_up"
    )
}

/// The state of a batch in words.
fn state(lang: Lang, state: &str) -> &'static str {
    match state {
        "differs" => lang.pick("有差异", "ends differ"),
        "filled" => lang.pick("对账中", "being compared"),
        "filling" => lang.pick("发送中", "being sent"),
        "closing" => lang.pick("等回执", "waits for the receipt"),
        "receiving" => lang.pick("接收中", "being received"),
        "settled" => lang.pick("已对平", "settled"),
        "open" => lang.pick("未对平", "sums do not meet"),
        "stopped" => lang.pick("已停下", "stopped"),
        _ => lang.pick("已放弃", "given up"),
    }
}

fn deeds(here: &Here, board: &Board, route: &RouteView) -> Markup {
    let lang = here.lang();
    let action = format!("/work/exchange/{}", route.contract.terms.id);
    let sent = route
        .batches
        .iter()
        .find(|batch| batch.side == Side::Provider);
    let key = fresh_key();
    let under = |inner: &Markup| {
        form(
            lang,
            &Form::new(&action, &here.csrf).key(&key).unguarded(),
            inner,
        )
    };
    let reason = Field::new("reason", lang.pick("原因", "Reason"));
    match (route.contract.state, sent) {
        (ContractState::Proposed, _) if route.contract.proposed_by == board.own => html! {
            p class="hint" { (lang.pick("由您申请，要由另一人批准。", "You applied for it; somebody else approves it.")) }
        },
        (ContractState::Proposed, _) => under(&html! {
            (field::text(lang, &reason, TextKind::Words))
            (button::row(&[
                button::submit_as(lang.pick("批准", "Approve"), "deed", "approve", Weight::Primary),
                button::submit_as(lang.pick("不批准", "Refuse"), "deed", "refuse", Weight::Grave),
            ]))
        }),
        (ContractState::Approved, Some(batch))
            if matches!(batch.state.as_str(), "open" | "stopped") =>
        {
            under(&html! {
                input type="hidden" name="batch" value=(batch.batch);
                (field::text(lang, &reason, TextKind::Words))
                (button::row(&[
                    button::submit_as(lang.pick("重试这一批", "Take it up again"), "deed", "retry", Weight::Primary),
                    button::submit_as(lang.pick("放弃这一批", "Give it up"), "deed", "give-up", Weight::Grave),
                ]))
            })
        }
        (ContractState::Approved, last)
            if route.sends
                && last.is_none_or(|last| {
                    matches!(last.state.as_str(), "settled" | "differs" | "given_up")
                }) =>
        {
            under(&button::row(&[
                button::submit_as(
                    lang.pick("开始新的一批", "Begin a new batch"),
                    "deed",
                    "begin",
                    Weight::Plain,
                ),
                button::submit_as(
                    lang.pick("对账", "Compare both ends"),
                    "deed",
                    "compare",
                    Weight::Plain,
                ),
            ]))
        }
        _ => html! {},
    }
}

fn nodes(lang: Lang, board: &Board) -> Markup {
    html! {
        section {
            h2 { (lang.pick("节点", "Nodes")) }
            @if board.nodes.is_empty() { p { (lang.pick("还没有登记节点。", "No nodes are registered yet.")) } }
            @else {
                div class="table-frame" tabindex="0" role="region" aria-label=(lang.pick("节点", "Nodes")) {
                    table class="table plain" {
                        caption class="sr" { (lang.pick("节点", "Nodes")) }
                        thead { tr {
                            th scope="col" { (lang.pick("地址", "Name")) }
                            th scope="col" { (lang.pick("名称", "Title")) }
                            th scope="col" { (lang.pick("归属", "Whose")) }
                            th scope="col" { (lang.pick("状态", "State")) }
                            th scope="col" { (lang.pick("公钥", "Public key")) }
                        } }
                        tbody { @for node in &board.nodes { tr {
                            td { (code(&node.id)) }
                            td { (node.title.get(lang)) }
                            td { @if node.own { (lang.pick("本市", "ours")) } @else { (lang.pick("对方", "another's")) } }
                            td { @if node.state == NodeState::Active { (tag(lang.pick("启用", "active"))) } @else { (tag_wrong(lang.pick("停用", "suspended"))) } }
                            td { code class="code wrap" { (node.public_key) } }
                        } } }
                    }
                }
            }
        }
    }
}
