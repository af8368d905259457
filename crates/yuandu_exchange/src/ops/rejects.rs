//! Rejected rows, mended and taken after all. The source should be mended too: until then the comparison says that its value
//! and the copy differ.

use serde_json::{Map, Value, json};
use yuandu_identity::OpCtx;
use yuandu_store::{Change, Expect, Plan};

use super::begin_batch::subject;
use crate::canonical::{canonical_object, hex, row_hash};
use crate::queries::{self, RejectRow};
use crate::{Exchange, ExchangeError};

/// Rows taken up in one go.
const AT_ONCE: i64 = 500;

/// Which rejected row, and what it should say instead.
#[derive(Debug, Clone)]
pub struct MendReject {
    /// Its part.
    pub part: i64,
    /// Its place in the part.
    pub place: i64,
    /// The values that replace those of the row; others stay.
    pub values: Map<String, Value>,
}

impl Exchange {
    /// Checks the rejected rows of a batch once more and takes those that hold now, because a code list or declaration was
    /// mended, or because the row was; gives how many were taken.
    ///
    /// # Errors
    /// If the actor may not, or the store fails.
    pub fn replay_rejects(
        &self,
        ctx: &OpCtx,
        (contract, batch): (&str, i64),
        mended: Option<&MendReject>,
    ) -> Result<usize, ExchangeError> {
        self.require(ctx, "exchange.manage")?;
        let agreed = self.contract(ctx, contract)?;
        let rows = self
            .store
            .read(|reader| queries::rejects(reader, ctx.realm, (contract, batch), AT_ONCE))?;
        let wanted = rows.into_iter().filter(|row| {
            let named = mended.is_none_or(|one| (one.part, one.place) == (row.part, row.place));
            named && row.state == "open"
        });
        let mut taken = 0;
        for row in wanted {
            let mut values: Map<String, Value> = serde_json::from_str(&row.values)
                .map_err(|error| ExchangeError::stored("rejected row", error))?;
            values.extend(mended.iter().flat_map(|one| one.values.clone()));
            let terms = &agreed.terms;
            let problems = self
                .holdings
                .check(ctx, &terms.register, &terms.fields, &values);
            match (problems.is_empty(), mended) {
                (true, _) => {
                    self.take(ctx, (contract, batch), (&row, &values))?;
                    taken += 1;
                }
                (false, Some(_)) => return Err(ExchangeError::Invalid(problems)),
                (false, None) => {}
            }
        }
        Ok(taken)
    }

    fn take(
        &self,
        ctx: &OpCtx,
        (contract, batch): (&str, i64),
        (row, values): (&RejectRow, &Map<String, Value>),
    ) -> Result<(), ExchangeError> {
        let held = self
            .store
            .read(|reader| queries::copy_batch(reader, ctx.realm, contract, &row.record))?;
        let text = canonical_object(values);
        let note = json!({
            "part": row.part, "place": row.place, "record": row.record, "mended": text != row.values,
        });
        let entry = ctx.entry("exchange.replay_reject", subject(contract, batch), note);
        let place = [
            ("contract", contract.into()),
            ("batch", batch.into()),
            ("part", row.part.into()),
            ("place", row.place.into()),
        ];
        let mut plan = Plan::new(ctx.realm, entry)
            .expect(Expect::unchanged("exchange_rejects", place, row.pos))
            .change(
                Change::set("exchange_rejects")
                    .key("contract", contract)
                    .key("batch", batch)
                    .key("part", row.part)
                    .key("place", row.place)
                    .with("state", "taken"),
            );
        // What a later batch brought is newer than the row that was mended.
        if held.is_none_or(|held| held <= batch) {
            plan = plan.change(
                Change::put("exchange_copies")
                    .with("contract", contract)
                    .with("record", row.record.as_str())
                    .with("row_values", text)
                    .with("hash", hex(&row_hash(&row.record, values)))
                    .with("batch", batch)
                    .with("received_at", ctx.now()),
            );
        }
        self.store.commit(plan)?;
        Ok(())
    }
}
