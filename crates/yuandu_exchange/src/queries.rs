//! The SQL of the exchange: rows in, types out. No rule here.

mod compare;
mod routes;

use jiff::Timestamp;
use yuandu_ids::RealmId;
use yuandu_store::{Reader, Row, Value};

use crate::{ExchangeError, Terms};

pub(crate) use compare::*;
pub(crate) use routes::{Backlog, newest_received, newest_sent, routes};

type Read<T> = Result<T, ExchangeError>;

#[derive(Debug, Clone)]
pub(crate) struct NodeRow {
    pub(crate) id: String,
    pub(crate) title: yuandu_base::LocalText,
    pub(crate) url: String,
    pub(crate) public_key: String,
    pub(crate) sealed: Option<String>,
    pub(crate) state: String,
    pub(crate) registered_at: Timestamp,
    pub(crate) pos: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct ContractRow {
    pub(crate) terms: Terms,
    pub(crate) digest: String,
    pub(crate) state: String,
    pub(crate) proposed_by: String,
    pub(crate) proposed_at: Timestamp,
    pub(crate) decided_by: Option<String>,
    pub(crate) decided_at: Option<Timestamp>,
    pub(crate) reason: String,
    pub(crate) pos: i64,
}

/// A batch on the sender's side.
#[derive(Debug, Clone)]
pub(crate) struct SentRow {
    pub(crate) contract: String,
    pub(crate) batch: i64,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) last_key: String,
    pub(crate) parts: i64,
    pub(crate) rows: i64,
    pub(crate) other_rows: i64,
    pub(crate) content: String,
    pub(crate) quota_day: String,
    pub(crate) quota_rows: i64,
    pub(crate) reason: String,
    pub(crate) started_at: Timestamp,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) receipt: Option<String>,
    pub(crate) pos: i64,
}

/// A batch on the receiver's side.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedRow {
    pub(crate) contract: String,
    pub(crate) batch: i64,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) reason: String,
    pub(crate) started_at: Timestamp,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) receipt: Option<String>,
    pub(crate) pos: i64,
}

/// A message that waits to be sent.
#[derive(Debug, Clone)]
pub(crate) struct OutboxRow {
    pub(crate) contract: String,
    pub(crate) batch: i64,
    pub(crate) part: i64,
    pub(crate) body: String,
    pub(crate) tries: i64,
    pub(crate) pos: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct PartRow {
    pub(crate) part: i64,
    pub(crate) hash: String,
    pub(crate) rows: i64,
    pub(crate) accepted: i64,
    pub(crate) rejected: String,
}

#[derive(Debug, Clone)]
pub(crate) struct RejectRow {
    pub(crate) part: i64,
    pub(crate) place: i64,
    pub(crate) record: String,
    pub(crate) values: String,
    pub(crate) reasons: String,
    pub(crate) state: String,
    pub(crate) pos: i64,
}

fn realm_value(realm: RealmId) -> Value {
    Value::Int(i64::from(realm.get()))
}

const NODES: &str = "SELECT id, title_zh, title_en, url, public_key, sealed, state, registered_at, pos FROM exchange_nodes WHERE realm = $1";

fn node_of(row: &Row) -> Read<NodeRow> {
    Ok(NodeRow {
        id: row.text("id")?,
        title: yuandu_base::LocalText::new(row.text("title_zh")?, row.text("title_en")?),
        url: row.text("url")?,
        public_key: row.text("public_key")?,
        sealed: row.opt_text("sealed")?,
        state: row.text("state")?,
        registered_at: row.timestamp("registered_at")?,
        pos: row.int("pos")?,
    })
}

pub(crate) fn nodes(reader: &Reader<'_>, realm: RealmId) -> Read<Vec<NodeRow>> {
    let rows = reader.query(&format!("{NODES} ORDER BY id"), &[realm_value(realm)])?;
    rows.iter().map(node_of).collect()
}

const CONTRACTS: &str = "SELECT terms, digest, state, proposed_by, proposed_at, decided_by, decided_at, reason, pos FROM exchange_contracts WHERE realm = $1";

fn contract_of(row: &Row) -> Read<ContractRow> {
    Ok(ContractRow {
        terms: serde_json::from_str(&row.text("terms")?)
            .map_err(|error| ExchangeError::stored("contract", error))?,
        digest: row.text("digest")?,
        state: row.text("state")?,
        proposed_by: row.text("proposed_by")?,
        proposed_at: row.timestamp("proposed_at")?,
        decided_by: row.opt_text("decided_by")?,
        decided_at: row.opt_timestamp("decided_at")?,
        reason: row.text("reason")?,
        pos: row.int("pos")?,
    })
}

pub(crate) fn contracts(reader: &Reader<'_>, realm: RealmId) -> Read<Vec<ContractRow>> {
    let sql = format!("{CONTRACTS} ORDER BY priority, id");
    let rows = reader.query(&sql, &[realm_value(realm)])?;
    rows.iter().map(contract_of).collect()
}

const SENT: &str = "SELECT contract, batch, kind, state, last_key, parts, row_count, other_rows, content, quota_day, quota_rows, reason, started_at, closed_at, receipt, pos FROM exchange_sent WHERE realm = $1";

fn sent_of(row: &Row) -> Read<SentRow> {
    Ok(SentRow {
        contract: row.text("contract")?,
        batch: row.int("batch")?,
        kind: row.text("kind")?,
        state: row.text("state")?,
        last_key: row.text("last_key")?,
        parts: row.int("parts")?,
        rows: row.int("row_count")?,
        other_rows: row.opt_int("other_rows")?.unwrap_or(0),
        content: row.text("content")?,
        quota_day: row.text("quota_day")?,
        quota_rows: row.int("quota_rows")?,
        reason: row.text("reason")?,
        started_at: row.timestamp("started_at")?,
        closed_at: row.opt_timestamp("closed_at")?,
        receipt: row.opt_text("receipt")?,
        pos: row.int("pos")?,
    })
}

/// The newest batch of a contract.
pub(crate) fn last_sent(
    reader: &Reader<'_>,
    realm: RealmId,
    contract: &str,
) -> Read<Option<SentRow>> {
    let row = reader.query_one(
        &format!("{SENT} AND contract = $2 ORDER BY batch DESC LIMIT 1"),
        &[realm_value(realm), contract.into()],
    )?;
    row.as_ref().map(sent_of).transpose()
}

pub(crate) fn sent(
    reader: &Reader<'_>,
    realm: RealmId,
    (contract, batch): (&str, i64),
) -> Read<Option<SentRow>> {
    let row = reader.query_one(
        &format!("{SENT} AND contract = $2 AND batch = $3"),
        &[realm_value(realm), contract.into(), batch.into()],
    )?;
    row.as_ref().map(sent_of).transpose()
}

/// Batches whose parts are still being made.
pub(crate) fn filling(reader: &Reader<'_>, realm: RealmId) -> Read<Vec<SentRow>> {
    let sql = format!("{SENT} AND state IN ('filling', 'filled') ORDER BY started_at, contract");
    let rows = reader.query(&sql, &[realm_value(realm)])?;
    rows.iter().map(sent_of).collect()
}

const RECEIVED: &str = "SELECT contract, batch, kind, state, reason, started_at, closed_at, receipt, pos FROM exchange_received WHERE realm = $1";

fn received_of(row: &Row) -> Read<ReceivedRow> {
    Ok(ReceivedRow {
        contract: row.text("contract")?,
        batch: row.int("batch")?,
        kind: row.text("kind")?,
        state: row.text("state")?,
        reason: row.text("reason")?,
        started_at: row.timestamp("started_at")?,
        closed_at: row.opt_timestamp("closed_at")?,
        receipt: row.opt_text("receipt")?,
        pos: row.int("pos")?,
    })
}

pub(crate) fn received_batches(
    reader: &Reader<'_>,
    realm: RealmId,
    contract: &str,
    limit: i64,
) -> Read<Vec<ReceivedRow>> {
    let rows = reader.query(
        &format!("{RECEIVED} AND contract = $2 ORDER BY batch DESC LIMIT $3"),
        &[realm_value(realm), contract.into(), limit.into()],
    )?;
    rows.iter().map(received_of).collect()
}

pub(crate) fn received(
    reader: &Reader<'_>,
    realm: RealmId,
    (contract, batch): (&str, i64),
) -> Read<Option<ReceivedRow>> {
    let row = reader.query_one(
        &format!("{RECEIVED} AND contract = $2 AND batch = $3"),
        &[realm_value(realm), contract.into(), batch.into()],
    )?;
    row.as_ref().map(received_of).transpose()
}

/// Messages of a batch that wait.
pub(crate) fn waiting_of(
    reader: &Reader<'_>,
    realm: RealmId,
    (contract, batch): (&str, i64),
) -> Read<i64> {
    let row = reader.query_one(
        "SELECT COUNT(*) AS waiting FROM exchange_outbox WHERE realm = $1 AND contract = $2 AND batch = $3",
        &[realm_value(realm), contract.into(), batch.into()],
    )?;
    Ok(row.map(|row| row.int("waiting")).transpose()?.unwrap_or(0))
}

const OUTBOX: &str =
    "SELECT contract, batch, part, body, tries, pos FROM exchange_outbox WHERE realm = $1";

fn outbox_of(row: &Row) -> Read<OutboxRow> {
    Ok(OutboxRow {
        contract: row.text("contract")?,
        batch: row.int("batch")?,
        part: row.int("part")?,
        body: row.text("body")?,
        tries: row.int("tries")?,
        pos: row.int("pos")?,
    })
}

/// Messages that are due, the most urgent contract first.
pub(crate) fn due(
    reader: &Reader<'_>,
    realm: RealmId,
    now: Timestamp,
    limit: i64,
) -> Read<Vec<OutboxRow>> {
    let rows = reader.query(
        &format!("{OUTBOX} AND state = 'waiting' AND next_at <= $2 ORDER BY priority, next_at, contract, batch, part LIMIT $3"),
        &[realm_value(realm), now.into(), limit.into()],
    )?;
    rows.iter().map(outbox_of).collect()
}

/// Keys of all messages of a batch.
pub(crate) fn parts_waiting(
    reader: &Reader<'_>,
    realm: RealmId,
    (contract, batch): (&str, i64),
) -> Read<Vec<i64>> {
    let rows = reader.query(
        "SELECT part FROM exchange_outbox WHERE realm = $1 AND contract = $2 AND batch = $3 ORDER BY part",
        &[realm_value(realm), contract.into(), batch.into()],
    )?;
    rows.iter().map(|row| Ok(row.int("part")?)).collect()
}

pub(crate) fn outbox(
    reader: &Reader<'_>,
    realm: RealmId,
    (contract, batch, part): (&str, i64, i64),
) -> Read<Option<OutboxRow>> {
    let row = reader.query_one(
        &format!("{OUTBOX} AND contract = $2 AND batch = $3 AND part = $4"),
        &[
            realm_value(realm),
            contract.into(),
            batch.into(),
            part.into(),
        ],
    )?;
    row.as_ref().map(outbox_of).transpose()
}

const PARTS: &str = "SELECT part, hash, row_count, accepted, rejected FROM exchange_parts WHERE realm = $1 AND contract = $2 AND batch = $3";

fn part_of(row: &Row) -> Result<PartRow, yuandu_store::StoreError> {
    Ok(PartRow {
        part: row.int("part")?,
        hash: row.text("hash")?,
        rows: row.int("row_count")?,
        accepted: row.int("accepted")?,
        rejected: row.text("rejected")?,
    })
}

pub(crate) fn part(
    reader: &Reader<'_>,
    realm: RealmId,
    (contract, batch, part): (&str, i64, i64),
) -> Read<Option<PartRow>> {
    let row = reader.query_one(
        &format!("{PARTS} AND part = $4"),
        &[
            realm_value(realm),
            contract.into(),
            batch.into(),
            part.into(),
        ],
    )?;
    Ok(row.as_ref().map(part_of).transpose()?)
}

/// Hands over the parts of a batch in order, one by one.
pub(crate) fn each_part(
    reader: &Reader<'_>,
    realm: RealmId,
    (contract, batch): (&str, i64),
    mut each: impl FnMut(PartRow),
) -> Read<()> {
    reader.query_each(
        &format!("{PARTS} ORDER BY part"),
        &[realm_value(realm), contract.into(), batch.into()],
        |row| {
            each(part_of(&row)?);
            Ok(true)
        },
    )?;
    Ok(())
}

pub(crate) fn knows_nonce(
    reader: &Reader<'_>,
    realm: RealmId,
    node: &str,
    nonce: &str,
) -> Read<bool> {
    let row = reader.query_one(
        "SELECT nonce FROM exchange_nonces WHERE realm = $1 AND node = $2 AND nonce = $3",
        &[realm_value(realm), node.into(), nonce.into()],
    )?;
    Ok(row.is_some())
}

/// Nonces whose signatures count no more.
pub(crate) fn expired_nonces(
    reader: &Reader<'_>,
    realm: RealmId,
    now: Timestamp,
    limit: i64,
) -> Read<Vec<(String, String)>> {
    let rows = reader.query(
        "SELECT node, nonce FROM exchange_nonces WHERE realm = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3",
        &[realm_value(realm), now.into(), limit.into()],
    )?;
    rows.iter()
        .map(|row| Ok((row.text("node")?, row.text("nonce")?)))
        .collect()
}

/// Rejected rows of a batch in the order they came.
pub(crate) fn rejects(
    reader: &Reader<'_>,
    realm: RealmId,
    (contract, batch): (&str, i64),
    limit: i64,
) -> Read<Vec<RejectRow>> {
    let rows = reader.query(
        "SELECT part, place, record, row_values, reasons, state, pos FROM exchange_rejects WHERE realm = $1 AND contract = $2 AND batch = $3 ORDER BY part, place LIMIT $4",
        &[realm_value(realm), contract.into(), batch.into(), limit.into()],
    )?;
    rows.iter()
        .map(|row| {
            Ok(RejectRow {
                part: row.int("part")?,
                place: row.int("place")?,
                record: row.text("record")?,
                values: row.text("row_values")?,
                reasons: row.text("reasons")?,
                state: row.text("state")?,
                pos: row.int("pos")?,
            })
        })
        .collect()
}
