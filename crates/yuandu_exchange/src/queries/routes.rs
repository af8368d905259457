//! What is told of all routes at once: a question for each thing told, however many routes there are.

use std::collections::HashMap;

use yuandu_ids::RealmId;
use yuandu_store::Reader;

use super::{Read, ReceivedRow, SentRow, realm_value, received_of, sent_of};

/// What waits on one route.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backlog {
    /// Messages that wait.
    pub(crate) waiting: i64,
    /// Tries of the one that was tried most, and why it failed.
    pub(crate) tries: i64,
    pub(crate) reason: String,
    /// Rows that are held.
    pub(crate) held: i64,
    /// Rejected rows that wait to be mended.
    pub(crate) rejects: i64,
}

/// The backlog of every contract that has one.
pub(crate) fn routes(reader: &Reader<'_>, realm: RealmId) -> Read<HashMap<String, Backlog>> {
    let mut found: HashMap<String, Backlog> = HashMap::new();
    let waiting = "SELECT contract, COUNT(*) AS waiting, MAX(tries) AS tries, MAX(reason) AS reason FROM exchange_outbox WHERE realm = $1 GROUP BY contract";
    for row in reader.query(waiting, &[realm_value(realm)])? {
        let one = found.entry(row.text("contract")?).or_default();
        one.waiting = row.int("waiting")?;
        one.tries = row.opt_int("tries")?.unwrap_or(0);
        one.reason = row.opt_text("reason")?.unwrap_or_default();
    }
    let held =
        "SELECT contract, COUNT(*) AS held FROM exchange_copies WHERE realm = $1 GROUP BY contract";
    for row in reader.query(held, &[realm_value(realm)])? {
        found.entry(row.text("contract")?).or_default().held = row.int("held")?;
    }
    let rejects = "SELECT contract, COUNT(*) AS rejects FROM exchange_rejects WHERE realm = $1 AND state = 'open' GROUP BY contract";
    for row in reader.query(rejects, &[realm_value(realm)])? {
        found.entry(row.text("contract")?).or_default().rejects = row.int("rejects")?;
    }
    Ok(found)
}

/// The newest batches sent, so many of one contract or of each; newest first.
pub(crate) fn newest_sent(
    reader: &Reader<'_>,
    realm: RealmId,
    contract: Option<&str>,
    limit: i64,
) -> Read<Vec<SentRow>> {
    let sql = format!(
        "SELECT * FROM {} WHERE newest.place <= $2 ORDER BY contract, batch DESC",
        newest("exchange_sent", contract)
    );
    let mut parameters = vec![realm_value(realm), limit.into()];
    parameters.extend(contract.map(Into::into));
    reader
        .query(&sql, &parameters)?
        .iter()
        .map(sent_of)
        .collect()
}

/// Parts, rows and accepted rows that came of a batch.
pub(crate) type Sums = (i64, i64, i64);

/// The same of those received, each with the sums of what came.
pub(crate) fn newest_received(
    reader: &Reader<'_>,
    realm: RealmId,
    contract: Option<&str>,
    limit: i64,
) -> Read<Vec<(ReceivedRow, Sums)>> {
    let sql = format!(
        "SELECT newest.*, sums.parts AS parts, sums.row_sum AS row_sum, sums.accepted_sum AS accepted_sum FROM {} \
         LEFT JOIN (SELECT realm, contract, batch, COUNT(*) AS parts, CAST(SUM(row_count) AS BIGINT) AS row_sum, \
         CAST(SUM(accepted) AS BIGINT) AS accepted_sum FROM exchange_parts WHERE realm = $1 {} GROUP BY realm, contract, batch) AS sums \
         ON sums.realm = newest.realm AND sums.contract = newest.contract AND sums.batch = newest.batch \
         WHERE newest.place <= $2 ORDER BY newest.contract, newest.batch DESC",
        newest("exchange_received", contract),
        only(contract)
    );
    let mut parameters = vec![realm_value(realm), limit.into()];
    parameters.extend(contract.map(Into::into));
    let rows = reader.query(&sql, &parameters)?;
    rows.iter()
        .map(|row| {
            let sum = |name| Ok::<_, crate::ExchangeError>(row.opt_int(name)?.unwrap_or(0));
            let sums = (sum("parts")?, sum("row_sum")?, sum("accepted_sum")?);
            Ok((received_of(row)?, sums))
        })
        .collect()
}

/// The batches of a table, counted from the newest of each contract.
fn newest(table: &str, contract: Option<&str>) -> String {
    format!(
        "(SELECT b.*, ROW_NUMBER() OVER (PARTITION BY contract ORDER BY batch DESC) AS place FROM {table} b WHERE realm = $1 {}) AS newest",
        only(contract)
    )
}

fn only(contract: Option<&str>) -> &'static str {
    match contract {
        Some(_) => "AND contract = $3",
        None => "",
    }
}
