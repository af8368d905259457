//! Begins to pass a register on under a contract, and takes up again what stopped.

use serde_json::json;
use yuandu_identity::OpCtx;
use yuandu_store::{Change, Expect, Plan, Value};

use crate::canonical::hex;
use crate::exchange::{in_force, today};
use crate::queries::{self, ContractRow, SentRow};
use crate::{Exchange, ExchangeError};

/// Every record of the register is passed on.
pub(crate) const PUSH: &str = "push";
/// What is held is compared.
pub(crate) const COMPARE: &str = "compare";

/// A batch that may begin: its number, and what was passed on today before it.
pub(crate) struct Next {
    pub(crate) batch: i64,
    day: String,
    spent: i64,
}

impl Exchange {
    /// Begins a batch of every record of the contract's register; gives its number. One batch of a contract is under way
    /// at a time, so that a later value never comes before an earlier one.
    ///
    /// # Errors
    /// If the actor may not, the contract is not in force or not ours to fulfil, or a batch is under way.
    pub fn begin_batch(&self, ctx: &OpCtx, contract: &str) -> Result<i64, ExchangeError> {
        self.require(ctx, "exchange.manage")?;
        self.begin(ctx, contract, PUSH)
    }

    pub(crate) fn begin(
        &self,
        ctx: &OpCtx,
        contract: &str,
        kind: &'static str,
    ) -> Result<i64, ExchangeError> {
        let agreed = self.contract(ctx, contract)?;
        let next = self.next(ctx, &agreed)?;
        let note =
            json!({ "kind": kind, "register": agreed.terms.register, "digest": agreed.digest });
        let entry = ctx.entry("exchange.begin_batch", subject(contract, next.batch), note);
        let plan = begun(ctx, &agreed, (kind, &next), Plan::new(ctx.realm, entry));
        self.store.commit(plan)?;
        Ok(next.batch)
    }

    /// The batch that may begin now.
    pub(crate) fn next(&self, ctx: &OpCtx, agreed: &ContractRow) -> Result<Next, ExchangeError> {
        in_force(ctx, agreed)?;
        self.own(ctx, agreed.terms.provider.as_str())?;
        self.schema_holds(agreed)?;
        let contract = agreed.terms.id.as_str();
        let last = self
            .store
            .read(|reader| queries::last_sent(reader, ctx.realm, contract))?;
        let under_way = last
            .as_ref()
            .filter(|last| !matches!(last.state.as_str(), "settled" | "differs" | "given_up"));
        if let Some(under_way) = under_way {
            return Err(ExchangeError::state(
                format!("第 {} 批还没有对平，请先处理或放弃它", under_way.batch),
                format!(
                    "batch {} is not settled yet; see to it or give it up first",
                    under_way.batch
                ),
            ));
        }
        let batch = last.as_ref().map_or(1, |last| last.batch + 1);
        let day = today(ctx).to_string();
        // What was passed on today counts, whichever batch it was in.
        let spent = last
            .filter(|last| last.quota_day == day)
            .map_or(0, |last| last.quota_rows);
        Ok(Next { batch, day, spent })
    }

    /// Takes a batch up again that stopped or stayed open: what was refused is sent once more, and the receiver is asked
    /// for its receipt again.
    ///
    /// # Errors
    /// If the actor may not, or the batch did not stop.
    pub fn retry_batch(
        &self,
        ctx: &OpCtx,
        contract: &str,
        batch: i64,
    ) -> Result<(), ExchangeError> {
        self.require(ctx, "exchange.manage")?;
        let row = self.sent(ctx, contract, batch)?;
        if !matches!(row.state.as_str(), "stopped" | "open") {
            return Err(ExchangeError::state(
                "这一批没有停下，不需要重试",
                "this batch did not stop; there is nothing to take up again",
            ));
        }
        let parts = self
            .store
            .read(|reader| queries::parts_waiting(reader, ctx.realm, (contract, batch)))?;
        let entry = ctx.entry("exchange.retry_batch", subject(contract, batch), json!({}));
        // The signature under a receipt that is asked for anew is of no use.
        let stale = row.state == "open";
        let waiting = parts.iter().map(|part| {
            let change = if stale {
                Change::delete("exchange_outbox")
            } else {
                Change::set("exchange_outbox")
            };
            let change = change
                .key("contract", contract)
                .key("batch", batch)
                .key("part", *part);
            if stale {
                change
            } else {
                change.with("state", "waiting").with("next_at", ctx.now())
            }
        });
        let closes = !stale && parts.contains(&(row.parts + 1));
        // Ranges are made to the last before anything is closed: they are begun anew where they stopped.
        let state = if closes { "closing" } else { "filling" };
        let plan = Plan::new(ctx.realm, entry)
            .expect(Expect::unchanged(
                "exchange_sent",
                key(contract, batch),
                row.pos,
            ))
            .changes(waiting)
            .change(set(contract, batch).with("state", state).with("reason", ""));
        self.store.commit(plan)?;
        Ok(())
    }

    /// Gives a batch up that cannot be brought to an end, with a reason; the next one may begin.
    ///
    /// # Errors
    /// If the actor may not, gives no reason, or the batch is settled.
    pub fn give_up_batch(
        &self,
        ctx: &OpCtx,
        (contract, batch): (&str, i64),
        reason: &str,
    ) -> Result<(), ExchangeError> {
        self.require(ctx, "exchange.manage")?;
        let row = self.sent(ctx, contract, batch)?;
        if matches!(row.state.as_str(), "settled" | "differs" | "given_up") {
            return Err(ExchangeError::state(
                "这一批已经结束",
                "this batch has ended already",
            ));
        }
        if reason.trim().is_empty() {
            return Err(ExchangeError::Invalid(vec![yuandu_base::Problem::new(
                "exchange.words",
                "reason",
                "请写明原因",
                "say why",
            )]));
        }
        let parts = self
            .store
            .read(|reader| queries::parts_waiting(reader, ctx.realm, (contract, batch)))?;
        let note = json!({ "reason": reason, "unsent": parts.len() });
        let entry = ctx.entry("exchange.give_up_batch", subject(contract, batch), note);
        let dropped = parts.iter().map(|part| {
            Change::delete("exchange_outbox")
                .key("contract", contract)
                .key("batch", batch)
                .key("part", *part)
        });
        let plan = Plan::new(ctx.realm, entry)
            .expect(Expect::unchanged(
                "exchange_sent",
                key(contract, batch),
                row.pos,
            ))
            .changes(dropped)
            .change(
                set(contract, batch)
                    .with("state", "given_up")
                    .with("reason", reason.trim())
                    .with("closed_at", ctx.now()),
            );
        self.store.commit(plan)?;
        Ok(())
    }

    pub(crate) fn sent(
        &self,
        ctx: &OpCtx,
        contract: &str,
        batch: i64,
    ) -> Result<SentRow, ExchangeError> {
        self.store
            .read(|reader| queries::sent(reader, ctx.realm, (contract, batch)))?
            .ok_or_else(|| ExchangeError::NotFound {
                what: "batch",
                id: format!("{contract}/{batch}"),
            })
    }
}

/// The rows of a batch that begins.
pub(crate) fn begun(
    ctx: &OpCtx,
    agreed: &ContractRow,
    (kind, next): (&'static str, &Next),
    plan: Plan,
) -> Plan {
    let contract = agreed.terms.id.as_str();
    plan.expect(Expect::absent("exchange_sent", key(contract, next.batch)))
        .change(
            Change::put("exchange_sent")
                .with("contract", contract)
                .with("batch", next.batch)
                .with("kind", kind)
                .with("state", "filling")
                .with("last_key", "")
                .with("parts", 0_i64)
                .with("row_count", 0_i64)
                .with("other_rows", 0_i64)
                .with("content", hex(&[0; 32]))
                .with("quota_day", next.day.as_str())
                .with("quota_rows", next.spent)
                .with("reason", "")
                .with("started_at", ctx.now())
                .with("started_by", ctx.actor_name()),
        )
}

/// The subject of a batch in the log.
pub(crate) fn subject(contract: &str, batch: i64) -> String {
    format!("exchange/{contract}/{batch}")
}

pub(crate) fn key(contract: &str, batch: i64) -> [(&'static str, Value); 2] {
    [("contract", contract.into()), ("batch", batch.into())]
}

pub(crate) fn set(contract: &str, batch: i64) -> Change {
    Change::set("exchange_sent")
        .key("contract", contract)
        .key("batch", batch)
}

/// A message for the outbox, due at once.
pub(crate) fn posted(
    ctx: &OpCtx,
    agreed: &ContractRow,
    (batch, part): (i64, i64),
    body: String,
) -> Change {
    Change::put("exchange_outbox")
        .with("contract", agreed.terms.id.as_str())
        .with("batch", batch)
        .with("part", part)
        .with("priority", i64::from(agreed.terms.priority))
        .with("body", body)
        .with("tries", 0_i64)
        .with("next_at", ctx.now())
        .with("state", "waiting")
        .with("reason", "")
}
