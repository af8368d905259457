//! Where the batches of a contract stand at the receiver, and what arrived of one.

use std::collections::BTreeMap;

use yuandu_identity::OpCtx;
use yuandu_store::{Change, Expect, Plan};

use crate::ExchangeError;
use crate::canonical::{RowHash, chained, unhex};
use crate::error::{Why, refused};
use crate::ops::begin_batch::key;
use crate::queries::{PartRow, ReceivedRow};

/// What arrived of a batch.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) parts: i64,
    pub(super) rows: i64,
    pub(super) accepted: i64,
    pub(super) rejected: BTreeMap<String, i64>,
    pub(super) content: RowHash,
}

impl Sums {
    pub(super) fn add(&mut self, part: &PartRow) {
        self.parts += 1;
        self.rows += part.rows;
        self.accepted += part.accepted;
        let rejected: BTreeMap<String, i64> =
            serde_json::from_str(&part.rejected).unwrap_or_default();
        for (reason, number) in rejected {
            *self.rejected.entry(reason).or_default() += number;
        }
        self.content = chained(&self.content, &unhex(&part.hash).unwrap_or_default());
    }
}

/// Where the batches of a contract stand.
pub(crate) struct Standing {
    pub(super) newest: Option<ReceivedRow>,
}

impl Standing {
    /// The batch if it takes parts; none when it is a new one.
    pub(crate) fn opened(
        &self,
        (contract, batch): (&str, i64),
    ) -> Result<Option<&ReceivedRow>, ExchangeError> {
        match &self.newest {
            Some(known) if known.batch == batch => {
                if matches!(known.state.as_str(), "receiving" | "open") {
                    Ok(Some(known))
                } else {
                    Err(refused(Why::OutOfOrder, &format!("{contract}/{batch}")))
                }
            }
            Some(known) if known.batch > batch => {
                Err(refused(Why::OutOfOrder, &format!("{contract}/{batch}")))
            }
            _ => Ok(None),
        }
    }

    pub(super) fn settled(&self, (_, batch): (&str, i64)) -> Option<&ReceivedRow> {
        self.newest
            .as_ref()
            .filter(|known| known.batch == batch && known.state == "settled")
    }

    /// Whether the batch has come to its end.
    pub(crate) fn is_over(&self, (_, batch): (&str, i64)) -> bool {
        self.newest.as_ref().is_some_and(|known| {
            known.batch == batch && matches!(known.state.as_str(), "settled" | "differs")
        })
    }

    /// Begins a new batch, or demands that nobody closed the one that is under way. A batch that the sender gave up is
    /// named so when it begins the next.
    pub(crate) fn hold(
        &self,
        ctx: &OpCtx,
        ((contract, batch), kind): ((&str, i64), &str),
        known: Option<&ReceivedRow>,
        plan: Plan,
    ) -> Plan {
        if let Some(known) = known {
            return plan.expect(Expect::unchanged(
                "exchange_received",
                key(contract, batch),
                known.pos,
            ));
        }
        let left = self
            .newest
            .as_ref()
            .filter(|left| matches!(left.state.as_str(), "receiving" | "open"));
        let given_up = left.map(|left| {
            received_set((contract, left.batch))
                .with("state", "given_up")
                .with("closed_at", ctx.now())
        });
        plan.expect(Expect::absent("exchange_received", key(contract, batch)))
            .changes(given_up)
            .change(
                Change::put("exchange_received")
                    .with("contract", contract)
                    .with("batch", batch)
                    .with("kind", kind)
                    .with("state", "receiving")
                    .with("reason", "")
                    .with("started_at", ctx.now()),
            )
    }
}

/// A change of a batch.
pub(super) fn received_set((contract, batch): (&str, i64)) -> Change {
    Change::set("exchange_received")
        .key("contract", contract)
        .key("batch", batch)
}
