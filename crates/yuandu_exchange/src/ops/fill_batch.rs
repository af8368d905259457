//! Makes the parts of batches under way: a few ahead of what the receiver has acknowledged, so that memory and outbox stay
//! small however long the register is. What is made is stored before it is sent, so that it can be sent again unchanged.

use serde_json::json;
use yuandu_identity::OpCtx;
use yuandu_store::{Change, Expect, Plan};

use super::begin_batch::{COMPARE, key, posted, set, subject};
use crate::canonical::{RowHash, chained, hex, part_hash, row_hash, unhex};
use crate::error::{Why, refused};
use crate::event::{self, CLOSE, COMPARED, Closing, MOST_ROWS};
use crate::exchange::{in_force, today};
use crate::queries::{self, ContractRow, SentRow};
use crate::{Exchange, ExchangeError, SharedRow, Terms};

/// Parts that may wait for the receiver at a time: its back-pressure.
const WINDOW: i64 = 8;
/// A part is closed when it holds so many bytes, whatever the count of its rows.
const FULL: usize = 512 * 1024;

impl Exchange {
    /// Makes what can be made of the batches under way; gives how many messages were put into the outbox.
    ///
    /// # Errors
    /// The store's; what is wrong with one batch stops that batch, by name, and not the others.
    pub fn advance(&self, ctx: &OpCtx) -> Result<usize, ExchangeError> {
        self.compare_daily(ctx)?;
        let batches = self
            .store
            .read(|reader| queries::filling(reader, ctx.realm))?;
        let mut made = 0;
        for batch in batches {
            made += match self.fill(ctx, &batch) {
                Ok(count) => count,
                Err(error) if error.is_race() => 0,
                // A quota is not a failure: the batch goes on when a new day begins.
                Err(ExchangeError::Refused(refusal)) if refusal.why == Why::QuotaUsed => 0,
                Err(ExchangeError::Refused(refusal)) => {
                    self.stop(ctx, &batch, &refusal.message.en)?;
                    0
                }
                Err(error) => return Err(error),
            };
        }
        Ok(made)
    }

    fn fill(&self, ctx: &OpCtx, batch: &SentRow) -> Result<usize, ExchangeError> {
        let agreed = self.contract(ctx, &batch.contract)?;
        in_force(ctx, &agreed)?;
        self.schema_holds(&agreed)?;
        let place = (batch.contract.as_str(), batch.batch);
        let waiting = self
            .store
            .read(|reader| queries::waiting_of(reader, ctx.realm, place))?;
        if batch.kind == COMPARE {
            return self.fill_ranges(ctx, &agreed, (batch, waiting));
        }
        let (mut batch, mut made) = (batch.clone(), 0);
        for _ in waiting..WINDOW {
            let rows = self.next_rows(ctx, &agreed.terms, &batch)?;
            if rows.is_empty() {
                // The closing is sent when every part was acknowledged.
                if waiting == 0 && made == 0 {
                    self.close(ctx, &agreed, &batch)?;
                    return Ok(1);
                }
                break;
            }
            self.make_part(ctx, &agreed, &batch, &rows)?;
            batch = self.sent(ctx, &batch.contract, batch.batch)?;
            made += 1;
        }
        Ok(made)
    }

    fn fill_ranges(
        &self,
        ctx: &OpCtx,
        agreed: &ContractRow,
        (batch, waiting): (&SentRow, i64),
    ) -> Result<usize, ExchangeError> {
        if batch.state == "filled" {
            if waiting > 0 {
                return Ok(0);
            }
            self.close(ctx, agreed, batch)?;
            return Ok(1);
        }
        let (mut batch, mut made) = (batch.clone(), 0);
        for _ in waiting..WINDOW {
            made += 1;
            if self.make_ranges(ctx, agreed, &batch)? {
                break;
            }
            batch = self.sent(ctx, &batch.contract, batch.batch)?;
        }
        Ok(made)
    }

    /// The rows of the next part: contracted fields alone.
    fn next_rows(
        &self,
        ctx: &OpCtx,
        terms: &Terms,
        batch: &SentRow,
    ) -> Result<Vec<SharedRow>, ExchangeError> {
        let read = self
            .holdings
            .rows(ctx, &terms.register, &batch.last_key, MOST_ROWS)?;
        let mut bytes = 0;
        let mut rows = Vec::with_capacity(read.len());
        for row in read {
            let row = contracted(terms, row);
            bytes += row.values.values().map(size).sum::<usize>();
            if bytes > FULL && !rows.is_empty() {
                break;
            }
            rows.push(row);
        }
        let today = today(ctx).to_string();
        let spent = if batch.quota_day == today {
            batch.quota_rows
        } else {
            0
        };
        if !rows.is_empty() && spent + count(&rows) > i64::from(terms.rows_per_day) {
            return Err(refused(Why::QuotaUsed, terms.id.as_str()));
        }
        Ok(rows)
    }

    fn make_part(
        &self,
        ctx: &OpCtx,
        agreed: &ContractRow,
        batch: &SentRow,
        rows: &[SharedRow],
    ) -> Result<(), ExchangeError> {
        let (contract, no, part) = (batch.contract.as_str(), batch.batch, batch.parts + 1);
        let hashes: Vec<RowHash> = rows
            .iter()
            .map(|row| row_hash(&row.key, &row.values))
            .collect();
        let hash = part_hash(&hashes);
        let before =
            unhex(&batch.content).ok_or_else(|| ExchangeError::stored("batch", "its hash"))?;
        let body = event::of_rows(
            agreed.terms.provider.as_str(),
            &format!("{contract}/{no}/{part}"),
            rows,
        );
        let last_key = rows.last().map(|row| row.key.as_str()).unwrap_or_default();
        let today = today(ctx).to_string();
        let spent = if batch.quota_day == today {
            batch.quota_rows
        } else {
            0
        };
        let note = json!({ "part": part, "rows": rows.len(), "hash": hex(&hash) });
        let entry = ctx.entry("exchange.make_part", subject(contract, no), note);
        let plan = Plan::new(ctx.realm, entry)
            .expect(Expect::unchanged(
                "exchange_sent",
                key(contract, no),
                batch.pos,
            ))
            .change(posted(ctx, agreed, (no, part), body))
            .change(
                set(contract, no)
                    .with("last_key", last_key)
                    .with("parts", part)
                    .with("row_count", batch.rows + count(rows))
                    .with("content", hex(&chained(&before, &hash)))
                    .with("quota_day", today)
                    .with("quota_rows", spent + count(rows)),
            );
        self.store.commit(plan)?;
        Ok(())
    }

    fn close(
        &self,
        ctx: &OpCtx,
        agreed: &ContractRow,
        batch: &SentRow,
    ) -> Result<(), ExchangeError> {
        let (contract, no, part) = (batch.contract.as_str(), batch.batch, batch.parts + 1);
        let (source, place) = (
            agreed.terms.provider.as_str(),
            format!("{contract}/{no}/{part}"),
        );
        let body = if batch.kind == COMPARE {
            event::of_one(source, &place, COMPARED, &self.findings(ctx, batch)?)?
        } else {
            let closing = Closing {
                parts: batch.parts,
                rows: batch.rows,
                content: batch.content.clone(),
            };
            event::of_one(source, &place, CLOSE, &closing)?
        };
        let note = json!({ "parts": batch.parts, "rows": batch.rows, "content": batch.content });
        let entry = ctx.entry("exchange.close_batch", subject(contract, no), note);
        let plan = Plan::new(ctx.realm, entry)
            .expect(Expect::unchanged(
                "exchange_sent",
                key(contract, no),
                batch.pos,
            ))
            .change(posted(ctx, agreed, (no, part), body))
            .change(set(contract, no).with("state", "closing"));
        self.store.commit(plan)?;
        Ok(())
    }

    /// Stops a batch with the reason, for a person to see to.
    pub(crate) fn stop(
        &self,
        ctx: &OpCtx,
        batch: &SentRow,
        reason: &str,
    ) -> Result<(), ExchangeError> {
        let (contract, no) = (batch.contract.as_str(), batch.batch);
        let note = json!({ "reason": reason });
        let entry = ctx.entry("exchange.stop_batch", subject(contract, no), note);
        let change: Change = set(contract, no)
            .with("state", "stopped")
            .with("reason", reason);
        let plan = Plan::new(ctx.realm, entry)
            .expect(Expect::unchanged(
                "exchange_sent",
                key(contract, no),
                batch.pos,
            ))
            .change(change);
        match self.store.commit(plan).map_err(ExchangeError::from) {
            Err(error) if !error.is_race() => Err(error),
            _ => Ok(()),
        }
    }
}

/// A row with the contracted fields alone.
pub(crate) fn contracted(terms: &Terms, mut row: SharedRow) -> SharedRow {
    row.values
        .retain(|name, value| !value.is_null() && terms.names().any(|field| field == name));
    row
}

/// About how many bytes a value takes.
fn size(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::String(text) => text.len(),
        serde_json::Value::Array(_) | serde_json::Value::Object(_) => value.to_string().len(),
        _ => 8,
    }
}

fn count(rows: &[SharedRow]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}
