//! One batch: its receipt, whose signatures hold, and the rows that were not taken.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::form::{Form, form};
use yuandu_design::components::navigation::{Link, breadcrumb};
use yuandu_design::components::status::{code, tag, tag_wrong};
use yuandu_exchange::{
    BatchView, DifferenceView, ExchangeError, Receipt, RejectView, Side, SignedReceipt,
};
use yuandu_page::error::PageError;
use yuandu_page::flash::Flash;
use yuandu_page::forms::fresh_key;
use yuandu_page::here::Here;

/// What is shown of a batch.
struct Evidence {
    batch: BatchView,
    receipt: Option<(Receipt, bool, bool)>,
    rejects: Vec<RejectView>,
    differences: Vec<DifferenceView>,
}

/// The address of a batch's page.
pub(super) fn href(batch: &BatchView) -> String {
    let side = match batch.side {
        Side::Provider => "sent",
        Side::Consumer => "received",
    };
    format!("/work/exchange/{}/{side}/{}", batch.contract, batch.batch)
}

/// `GET /work/exchange/{contract}/{side}/{batch}`.
pub(crate) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
    Path((contract, side, batch)): Path<(String, String, i64)>,
) -> Result<Response, PageError> {
    here.officer()?;
    let reader = here.clone();
    let found = app.run(move |app| evidence(app, &reader, (&contract, &side, batch)));
    let evidence = found.await?;
    let lang = here.lang();
    let title = format!("{} · {}", evidence.batch.contract, evidence.batch.batch);
    let way = [Link {
        label: lang.pick("数据交换", "Exchange"),
        href: "/work/exchange",
    }];
    let body = html! {
        (breadcrumb(lang, &way, &title))
        h1 { (title) }
        @if !evidence.batch.reason.is_empty() { p { (tag_wrong(&evidence.batch.reason)) } }
        @match (&evidence.receipt, &evidence.batch.receipt) {
            (Some(said), Some(signed)) => (receipt(lang, said, signed)),
            _ if evidence.batch.kind == "compare" => (compared(lang, &evidence.batch)),
            _ => p { (lang.pick("还没有回执：批次还在进行。", "No receipt yet: the batch is under way.")) },
        }
        (differences(lang, &evidence))
        (rejects(&here, &evidence.batch, &evidence.rejects))
    };
    Ok(flash.page(&here, &title, false, &body))
}

fn evidence(
    app: &App,
    here: &Here,
    (contract, side, number): (&str, &str, i64),
) -> Result<Evidence, ApiError> {
    let ctx = &here.visitor.ctx;
    let side = if side == "sent" {
        Side::Provider
    } else {
        Side::Consumer
    };
    let batches = app.exchange.list_batches(ctx, contract)?;
    let batch = batches
        .into_iter()
        .find(|batch| batch.batch == number && batch.side == side)
        .ok_or_else(ApiError::not_found)?;
    let receipt = match &batch.receipt {
        None => None,
        Some(signed) => Some(judged(app, here, signed)?),
    };
    // Rows hold facts of people: only who keeps the exchange sees them.
    let rejects = match side {
        Side::Provider => Ok(Vec::new()),
        Side::Consumer => app.exchange.list_rejects(ctx, contract, number),
    };
    let rejects = match rejects {
        Err(ExchangeError::Identity(_)) => Vec::new(),
        other => other?,
    };
    let differences = app
        .exchange
        .list_differences(ctx, (contract, number), side)?;
    Ok(Evidence {
        differences,
        batch,
        receipt,
        rejects,
    })
}

/// What the receipt says, and whether the consumer's and the provider's signatures hold.
fn judged(
    app: &App,
    here: &Here,
    signed: &SignedReceipt,
) -> Result<(Receipt, bool, bool), ApiError> {
    let receipt = signed.receipt()?;
    let nodes = app.exchange.list_nodes(&here.visitor.ctx)?;
    let key = |id: &str| {
        let node = nodes.iter().find(|node| node.id == id);
        node.and_then(|node| node.public_key.parse().ok())
    };
    let consumer = key(receipt.consumer.as_str()).is_some_and(|key| signed.is_of_consumer(&key));
    let provider = key(receipt.provider.as_str()).is_some_and(|key| signed.is_of_provider(&key));
    Ok((receipt, consumer, provider))
}

fn receipt(
    lang: Lang,
    (receipt, consumer, provider): &(Receipt, bool, bool),
    signed: &SignedReceipt,
) -> Markup {
    let differences = receipt.differences();
    let signature = |holds: bool| {
        if holds {
            tag(lang.pick("签名有效", "signature holds"))
        } else {
            tag_wrong(lang.pick("没有有效签名", "no signature that holds"))
        }
    };
    html! {
        section {
            h2 { (lang.pick("对账回执", "Reconciliation receipt")) }
            p { @if differences.is_empty() { (tag(lang.pick("已对平", "settled"))) } @else { @for difference in &differences { (tag_wrong(difference)) " " } } }
            dl class="facts" {
                dt { (lang.pick("发送行数", "Rows sent")) } dd { (receipt.sent) }
                dt { (lang.pick("收到行数", "Rows received")) } dd { (receipt.received) }
                dt { (lang.pick("接收行数", "Rows accepted")) } dd { (receipt.accepted) }
                @for (reason, count) in &receipt.rejected { dt { (lang.pick("退回：", "Rejected: ")) (code(reason)) } dd { (count) } }
                dt { (lang.pick("分片", "Parts")) } dd { (receipt.parts.0) " / " (receipt.parts.1) }
                dt { (lang.pick("内容摘要（发送方）", "Content hash, sender")) } dd { code class="code wrap" { (receipt.content_sent) } }
                dt { (lang.pick("内容摘要（接收方）", "Content hash, receiver")) } dd { code class="code wrap" { (receipt.content_received) } }
                dt { (lang.pick("接收方签名", "Receiver's signature")) } dd { (receipt.consumer) " " (signature(*consumer)) }
                dt { (lang.pick("发送方签名", "Sender's signature")) } dd { (receipt.provider) " " (signature(*provider)) }
            }
            details {
                summary { (lang.pick("签名的原文", "The text that was signed")) }
                pre class="plain-text" { (signed.text) }
                p { code class="code wrap" { (signed.consumer) } }
                @if let Some(signature) = &signed.provider { p { code class="code wrap" { (signature) } } }
            }
        }
    }
}

fn compared(lang: Lang, batch: &BatchView) -> Markup {
    html! {
        p {
            (lang.pick("两端对账：", "Comparison of both ends: "))
            @match batch.state.as_str() {
                "settled" => (tag(lang.pick("没有差异", "nothing differs"))),
                "differs" => (tag_wrong(lang.pick("有差异，见下", "they differ, see below"))),
                _ => (tag(lang.pick("进行中", "under way"))),
            }
        }
    }
}

fn differences(lang: Lang, evidence: &Evidence) -> Markup {
    let word = |kind: &str| match kind {
        "missing" => lang.pick("接收方缺少", "missing at the receiver"),
        "extra" => lang.pick("接收方多出", "extra at the receiver"),
        _ => lang.pick("内容不同", "different"),
    };
    html! {
        @if !evidence.differences.is_empty() {
            section {
                h2 { (lang.pick("差异", "Differences")) }
                ul class="links" { @for one in &evidence.differences { li { (code(&one.record)) " " (word(&one.kind)) } } }
            }
        }
    }
}

fn rejects(here: &Here, batch: &BatchView, rows: &[RejectView]) -> Markup {
    let lang = here.lang();
    let action = format!("/work/exchange/{}", batch.contract);
    let key = fresh_key();
    let again = html! {
        input type="hidden" name="batch" value=(batch.batch);
        (button::row(&[button::submit_as(lang.pick("重新检查", "Check them again"), "deed", "replay", Weight::Plain)]))
    };
    html! {
        @if !rows.is_empty() {
            section {
                h2 { (lang.pick("退回的行", "Rejected rows")) }
                ul class="links" { @for row in rows { li {
                    p { (code(&row.record)) " " @if row.state == "open" { (tag_wrong(lang.pick("待改正", "to be mended"))) } @else { (tag(lang.pick("已接收", "taken"))) } }
                    @for (reason, words) in &row.reasons { p { (words) " " span class="hint" { (reason) } } }
                } } }
                @if rows.iter().any(|row| row.state == "open") {
                    p class="hint" { (lang.pick("请提供方在源头改正；代码表或结构改正后可在此重新检查。", "The provider should mend them at the source; once a code list or declaration is mended they can be checked again here.")) }
                    (form(lang, &Form::new(&action, &here.csrf).key(&key).unguarded(), &again))
                }
            }
        }
    }
}
