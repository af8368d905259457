//! Shows the batches of a contract on either side, with their receipts and rejected rows.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use yuandu_identity::OpCtx;
use yuandu_ids::RealmId;
use yuandu_store::Reader;

use crate::queries::{self, ReceivedRow, SentRow};
use crate::{Exchange, ExchangeError, SignedReceipt};

/// Batches shown of a contract, newest first.
const SHOWN: i64 = 50;
/// Rejected rows shown of a batch.
const REJECTS: i64 = 500;

/// Which side of a contract the city is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// It passes records on.
    Provider,
    /// It gets them.
    Consumer,
}

impl Side {
    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Consumer => "consumer",
        }
    }
}

/// A batch as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct BatchView {
    /// The contract.
    pub contract: String,
    /// Its number.
    pub batch: i64,
    /// Whether it was sent or received here.
    pub side: Side,
    /// `push`: records were passed on. `compare`: what is held was compared.
    pub kind: String,
    /// `filling`, `filled`, `closing`, `stopped`, `receiving`, `open`, `settled`, `differs`, `given_up`.
    pub state: String,
    /// What is wrong, if anything is.
    pub reason: String,
    /// Parts sent or received.
    pub parts: i64,
    /// Rows sent or received.
    pub rows: i64,
    /// Rows that were taken; on the sender's side, as the receipt says.
    pub accepted: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The receipt with its signatures.
    pub receipt: Option<SignedReceipt>,
}

/// A row that was not taken.
#[derive(Debug, Clone, Serialize)]
pub struct RejectView {
    /// Part and place in it, from 0.
    pub part: i64,
    /// Place in the part.
    pub place: i64,
    /// The record's key.
    pub record: String,
    /// Its values.
    pub values: Value,
    /// Codes with their words.
    pub reasons: Vec<(String, String)>,
    /// `open` or `taken`.
    pub state: String,
}

impl Exchange {
    /// The newest batches of a contract, sent ones first where the city is on both sides.
    ///
    /// # Errors
    /// If the actor may not see the exchange, or there is no such contract.
    pub fn list_batches(
        &self,
        ctx: &OpCtx,
        contract: &str,
    ) -> Result<Vec<BatchView>, ExchangeError> {
        self.require(ctx, "exchange.view")?;
        self.contract(ctx, contract)?;
        self.store
            .read(|reader| newest(reader, ctx.realm, Some(contract), SHOWN))
    }

    /// The rows of a received batch that were not taken, with their reasons.
    ///
    /// # Errors
    /// If the actor may not see the exchange, or the store fails.
    pub fn list_rejects(
        &self,
        ctx: &OpCtx,
        contract: &str,
        batch: i64,
    ) -> Result<Vec<RejectView>, ExchangeError> {
        self.require(ctx, "exchange.manage")?;
        let rows = self
            .store
            .read(|reader| queries::rejects(reader, ctx.realm, (contract, batch), REJECTS))?;
        rows.into_iter()
            .map(|row| {
                let bad = |error| ExchangeError::stored("rejected row", error);
                Ok(RejectView {
                    part: row.part,
                    place: row.place,
                    record: row.record,
                    values: serde_json::from_str(&row.values).map_err(bad)?,
                    reasons: serde_json::from_str(&row.reasons).map_err(bad)?,
                    state: row.state,
                })
            })
            .collect()
    }
}

fn receipt(text: Option<String>) -> Result<Option<SignedReceipt>, ExchangeError> {
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|error| ExchangeError::stored("receipt", error))
}

/// The newest batches of one contract or of each, sent ones first.
pub(super) fn newest(
    reader: &Reader<'_>,
    realm: RealmId,
    contract: Option<&str>,
    limit: i64,
) -> Result<Vec<BatchView>, ExchangeError> {
    let mut views = Vec::new();
    for row in queries::newest_sent(reader, realm, contract, limit)? {
        views.push(of_sent(row)?);
    }
    for (row, sums) in queries::newest_received(reader, realm, contract, limit)? {
        views.push(of_received(row, sums)?);
    }
    Ok(views)
}

fn of_sent(row: SentRow) -> Result<BatchView, ExchangeError> {
    let receipt = receipt(row.receipt)?;
    let said = receipt.as_ref().map(SignedReceipt::receipt).transpose()?;
    Ok(BatchView {
        contract: row.contract,
        batch: row.batch,
        side: Side::Provider,
        kind: row.kind,
        state: row.state,
        reason: row.reason,
        parts: row.parts,
        rows: row.rows,
        accepted: said.map_or(0, |said| said.accepted),
        started_at: row.started_at,
        closed_at: row.closed_at,
        receipt,
    })
}

fn of_received(
    row: ReceivedRow,
    (parts, rows, accepted): (i64, i64, i64),
) -> Result<BatchView, ExchangeError> {
    Ok(BatchView {
        receipt: receipt(row.receipt)?,
        contract: row.contract,
        batch: row.batch,
        side: Side::Consumer,
        kind: row.kind,
        state: row.state,
        reason: row.reason,
        parts,
        rows,
        accepted,
        started_at: row.started_at,
        closed_at: row.closed_at,
    })
}
