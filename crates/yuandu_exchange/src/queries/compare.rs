//! What comparisons read: copies by ranges of keys, differences, and contracts that are due.

use std::collections::BTreeMap;

use jiff::Timestamp;
use yuandu_ids::RealmId;
use yuandu_store::{Reader, Value};

use super::{Read, realm_value};
use crate::ExchangeError;
use crate::canonical::{RowHash, unhex};

/// Keys and hashes of copies after one key and up to another, in the order of keys.
pub(crate) fn copies_between(
    reader: &Reader<'_>,
    realm: RealmId,
    contract: &str,
    (after, to): (&str, Option<&str>),
    limit: i64,
) -> Read<Vec<(String, RowHash)>> {
    let mut sql =
        "SELECT record, hash FROM exchange_copies WHERE realm = $1 AND contract = $2 AND record > $3"
            .to_owned();
    let mut params: Vec<Value> = vec![
        realm_value(realm),
        contract.into(),
        after.into(),
        limit.into(),
    ];
    if let Some(to) = to {
        sql.push_str(" AND record <= $5");
        params.push(to.into());
    }
    sql.push_str(" ORDER BY record LIMIT $4");
    let rows = reader.query(&sql, &params)?;
    rows.iter()
        .map(|row| {
            let hash = unhex(&row.text("hash")?);
            let hash = hash.ok_or_else(|| ExchangeError::stored("copy", "its hash"))?;
            Ok((row.text("record")?, hash))
        })
        .collect()
}

/// Records that differ, with how.
pub(crate) fn differences(
    reader: &Reader<'_>,
    realm: RealmId,
    (contract, batch, side): (&str, i64, &str),
    limit: i64,
) -> Read<Vec<(String, String)>> {
    let rows = reader.query(
        "SELECT record, kind FROM exchange_differences WHERE realm = $1 AND contract = $2 AND batch = $3 AND side = $4 ORDER BY record LIMIT $5",
        &[
            realm_value(realm),
            contract.into(),
            batch.into(),
            side.into(),
            limit.into(),
        ],
    )?;
    rows.iter()
        .map(|row| Ok((row.text("record")?, row.text("kind")?)))
        .collect()
}

/// How many records differ, by how.
pub(crate) fn difference_totals(
    reader: &Reader<'_>,
    realm: RealmId,
    (contract, batch, side): (&str, i64, &str),
) -> Read<BTreeMap<String, i64>> {
    let rows = reader.query(
        "SELECT kind, COUNT(*) AS total FROM exchange_differences WHERE realm = $1 AND contract = $2 AND batch = $3 AND side = $4 GROUP BY kind",
        &[realm_value(realm), contract.into(), batch.into(), side.into()],
    )?;
    rows.iter()
        .map(|row| Ok((row.text("kind")?, row.int("total")?)))
        .collect()
}

/// Contracts in force under which nothing is under way, with when the newest batch began.
pub(crate) fn to_compare(reader: &Reader<'_>, realm: RealmId) -> Read<Vec<(String, Timestamp)>> {
    let rows = reader.query(
        "SELECT sent.contract AS contract, MAX(sent.started_at) AS newest FROM exchange_sent sent JOIN exchange_contracts agreed ON agreed.realm = sent.realm AND agreed.id = sent.contract WHERE sent.realm = $1 AND agreed.state = 'approved' GROUP BY sent.contract HAVING SUM(CASE WHEN sent.state IN ('settled', 'differs', 'given_up') THEN 0 ELSE 1 END) = 0",
        &[realm_value(realm)],
    )?;
    rows.iter()
        .map(|row| Ok((row.text("contract")?, row.timestamp("newest")?)))
        .collect()
}

/// The batch that a copy came with.
pub(crate) fn copy_batch(
    reader: &Reader<'_>,
    realm: RealmId,
    contract: &str,
    record: &str,
) -> Read<Option<i64>> {
    let row = reader.query_one(
        "SELECT batch FROM exchange_copies WHERE realm = $1 AND contract = $2 AND record = $3",
        &[realm_value(realm), contract.into(), record.into()],
    )?;
    Ok(row.map(|row| row.int("batch")).transpose()?)
}
