//! The daily comparison: both ends compare counts and hashes by ranges of keys, and list what differs, record by record.
//!
//! It travels as a batch of its own kind, with the same outbox, retries and order as rows, so that nothing is passed on
//! meanwhile. The receiver answers with the keys of ranges that are not alike; the sender finds the differences and tells
//! them to the receiver, so that both list the same.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use yuandu_identity::OpCtx;
use yuandu_store::{Change, Expect, Plan};

use super::begin_batch::{COMPARE, key, posted, set, subject};
use super::fill_batch::contracted;
use super::receive::{Proved, once};
use crate::canonical::{RowHash, hex, part_hash, row_hash};
use crate::event::{self, Compared, Difference, Range, Unlike};
use crate::exchange::today;
use crate::queries::{self, ContractRow, SentRow};
use crate::{Exchange, ExchangeError, Side, Terms};

/// Records of a range.
const RANGE: usize = 500;
/// Ranges of a message.
const RANGES: usize = 20;
/// Keys of one range that are answered: a range of 500 that is held twenty times over was never passed on from here.
const KEYS: i64 = 10_000;
/// Comes after every key: where the last range ended.
const END: &str = "\u{10FFFF}";
/// Differences that are told one by one; beyond, they are counted.
const TOLD: usize = 5_000;

/// A record that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferenceView {
    /// Its key.
    pub record: String,
    /// `missing` at the receiver, `extra` there, or `different`.
    pub kind: String,
}

impl Exchange {
    /// Begins to compare what the receiver holds with the register; gives the number among the contract's batches.
    ///
    /// # Errors
    /// As [`Exchange::begin_batch`].
    pub fn begin_comparison(&self, ctx: &OpCtx, contract: &str) -> Result<i64, ExchangeError> {
        self.require(ctx, "exchange.manage")?;
        self.begin(ctx, contract, COMPARE)
    }

    /// What a comparison found, on either side.
    ///
    /// # Errors
    /// If the actor may not see the exchange, or the store fails.
    pub fn list_differences(
        &self,
        ctx: &OpCtx,
        (contract, batch): (&str, i64),
        side: Side,
    ) -> Result<Vec<DifferenceView>, ExchangeError> {
        self.require(ctx, "exchange.view")?;
        let limit = i64::try_from(TOLD).unwrap_or(i64::MAX);
        let found = self.store.read(|reader| {
            queries::differences(reader, ctx.realm, (contract, batch, side.as_str()), limit)
        })?;
        Ok(found
            .into_iter()
            .map(|(record, kind)| DifferenceView { record, kind })
            .collect())
    }

    /// Begins the comparisons of the day: of every contract of ours under which something was passed on before today.
    pub(crate) fn compare_daily(&self, ctx: &OpCtx) -> Result<(), ExchangeError> {
        let idle = self
            .store
            .read(|reader| queries::to_compare(reader, ctx.realm))?;
        let today = today(ctx);
        for (contract, newest) in idle {
            let last = yuandu_base::calendar::Calendar::statutory().local_date(newest);
            if last >= today {
                continue;
            }
            match self.begin(ctx, &contract, COMPARE) {
                // Ended or changed contracts, or a batch begun meanwhile: there is nothing to compare under them now.
                Ok(_) | Err(ExchangeError::Refused(_) | ExchangeError::State(_)) => {}
                Err(error) if error.is_race() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The next ranges of a comparison; gives whether the last was among them.
    pub(crate) fn make_ranges(
        &self,
        ctx: &OpCtx,
        agreed: &ContractRow,
        batch: &SentRow,
    ) -> Result<bool, ExchangeError> {
        let terms = &agreed.terms;
        let (mut ranges, mut after, mut rows, mut last) =
            (Vec::new(), batch.last_key.clone(), 0, false);
        while ranges.len() < RANGES && !last {
            let hashed = self.hashed(ctx, terms, &after, RANGE)?;
            last = hashed.len() < RANGE;
            let to = hashed.last().map(|(key, _)| key.clone()).filter(|_| !last);
            rows += count(hashed.len());
            ranges.push(Range {
                after: after.clone(),
                to: to.clone(),
                rows: count(hashed.len()),
                hash: hex(&part_hash(hashed.iter().map(|(_, hash)| hash))),
            });
            after = to.unwrap_or_else(|| END.to_owned());
        }
        let (contract, no, part) = (batch.contract.as_str(), batch.batch, batch.parts + 1);
        let place = format!("{contract}/{no}/{part}");
        let body = event::of_one(terms.provider.as_str(), &place, event::COMPARE, &ranges)?;
        let note = json!({ "part": part, "ranges": ranges.len(), "rows": rows });
        let entry = ctx.entry("exchange.make_ranges", subject(contract, no), note);
        let state = if last { "filled" } else { "filling" };
        let plan = Plan::new(ctx.realm, entry)
            .expect(Expect::unchanged(
                "exchange_sent",
                key(contract, no),
                batch.pos,
            ))
            .change(posted(ctx, agreed, (no, part), body))
            .change(
                set(contract, no)
                    .with("state", state)
                    .with("last_key", after)
                    .with("parts", part)
                    .with("row_count", batch.rows + rows),
            );
        self.store.commit(plan)?;
        Ok(last)
    }

    /// Keys and hashes of what the register says now.
    fn hashed(
        &self,
        ctx: &OpCtx,
        terms: &Terms,
        after: &str,
        limit: usize,
    ) -> Result<Vec<(String, RowHash)>, ExchangeError> {
        let rows = self.holdings.rows(ctx, &terms.register, after, limit)?;
        let hashed = rows.into_iter().map(|row| {
            let row = contracted(terms, row);
            let hash = row_hash(&row.key, &row.values);
            (row.key, hash)
        });
        Ok(hashed.collect())
    }

    /// The receiver's answer to ranges: those that are not alike, with their keys.
    pub(crate) fn compare_ranges(
        &self,
        ctx: &OpCtx,
        proved: &Proved,
        ranges: &[Range],
    ) -> Result<Value, ExchangeError> {
        self.schema_holds(&proved.contract)?;
        let contract = proved.contract.terms.id.as_str();
        let (mut unlike, mut held) = (Vec::new(), 0);
        for range in ranges {
            let bounds = (range.after.as_str(), range.to.as_deref());
            let copies = self.store.read(|reader| {
                queries::copies_between(reader, ctx.realm, contract, bounds, KEYS)
            })?;
            held += count(copies.len());
            let hash = hex(&part_hash(copies.iter().map(|(_, hash)| hash)));
            if hash != range.hash {
                unlike.push(Unlike {
                    after: range.after.clone(),
                    to: range.to.clone(),
                    keys: copies
                        .into_iter()
                        .map(|(key, hash)| (key, hex(&hash)))
                        .collect(),
                });
            }
        }
        let note = json!({
            "part": proved.part, "ranges": ranges.len(), "unlike": unlike.len(), "held": held,
            "evidence": proved.claim.evidence(),
        });
        let entry = ctx.entry(
            "exchange.compare_ranges",
            subject(contract, proved.batch),
            note,
        );
        self.store
            .commit(once(proved, Plan::new(ctx.realm, entry)))?;
        Ok(json!({ "held": held, "unlike": unlike }))
    }

    /// Finds the differences in the ranges that the receiver says are not alike.
    pub(crate) fn differing(
        &self,
        ctx: &OpCtx,
        (agreed, batch): (&ContractRow, &SentRow),
        body: &Value,
        plan: Plan,
    ) -> Result<Plan, ExchangeError> {
        let read = |name: &str| body.get(name).cloned().unwrap_or_default();
        let unlike: Vec<Unlike> = serde_json::from_value(read("unlike"))
            .map_err(|error| ExchangeError::stored("answer", error))?;
        let held = read("held").as_i64().unwrap_or_default();
        let mut found = Vec::new();
        for range in unlike {
            let ours = self.range(ctx, &agreed.terms, &range)?;
            found.extend(differences(&ours, range.keys));
        }
        let place = (batch.contract.as_str(), batch.batch);
        Ok(plan
            .expect(Expect::unchanged(
                "exchange_sent",
                key(place.0, place.1),
                batch.pos,
            ))
            .change(set(place.0, place.1).with("other_rows", batch.other_rows + held))
            .changes(found.iter().map(|one| noted(place, Side::Provider, one))))
    }

    fn range(
        &self,
        ctx: &OpCtx,
        terms: &Terms,
        range: &Unlike,
    ) -> Result<BTreeMap<String, String>, ExchangeError> {
        let mut ours = BTreeMap::new();
        let mut after = range.after.clone();
        loop {
            let rows = self.hashed(ctx, terms, &after, RANGE)?;
            let whole = rows.len() == RANGE;
            for (key, hash) in rows {
                if range.to.as_ref().is_some_and(|to| key > *to) {
                    return Ok(ours);
                }
                after.clone_from(&key);
                ours.insert(key, hex(&hash));
            }
            if !whole {
                return Ok(ours);
            }
        }
    }

    /// What a comparison found, as the sender tells it at its end.
    pub(crate) fn findings(&self, ctx: &OpCtx, batch: &SentRow) -> Result<Compared, ExchangeError> {
        let place = (
            batch.contract.as_str(),
            batch.batch,
            Side::Provider.as_str(),
        );
        let limit = count(TOLD);
        let (totals, told) = self.store.read(|reader| {
            let totals = queries::difference_totals(reader, ctx.realm, place)?;
            let told = queries::differences(reader, ctx.realm, place, limit)?;
            Ok::<_, ExchangeError>((totals, told))
        })?;
        Ok(Compared {
            rows: batch.rows,
            held: batch.other_rows,
            totals,
            told: told
                .into_iter()
                .map(|(record, kind)| Difference { record, kind })
                .collect(),
        })
    }

    /// The receiver keeps what the sender found.
    pub(crate) fn take_compared(
        &self,
        ctx: &OpCtx,
        proved: &Proved,
        compared: &Compared,
    ) -> Result<Value, ExchangeError> {
        let place = (proved.contract.terms.id.as_str(), proved.batch);
        let standing = self
            .store
            .read(|reader| self.standing(reader, ctx, place))?;
        if standing.is_over(place) {
            self.note_nonce(ctx, proved, "exchange.compared_again")?;
            return Ok(json!({ "kept": true }));
        }
        let known = standing.opened(place)?;
        let note = json!({ "totals": compared.totals, "evidence": proved.claim.evidence() });
        let entry = ctx.entry("exchange.compared", subject(place.0, place.1), note);
        let told = compared
            .told
            .iter()
            .map(|one| noted(place, Side::Consumer, one));
        let plan = once(proved, Plan::new(ctx.realm, entry));
        let plan = standing
            .hold(ctx, (place, COMPARE), known, plan)
            .changes(told)
            .change(
                Change::set("exchange_received")
                    .key("contract", place.0)
                    .key("batch", place.1)
                    .with("state", compared.state())
                    .with("reason", compared.words())
                    .with("closed_at", ctx.now()),
            );
        self.store.commit(plan)?;
        Ok(json!({ "kept": true }))
    }
}

/// What differs between the two sides of a range.
fn differences(ours: &BTreeMap<String, String>, theirs: Vec<(String, String)>) -> Vec<Difference> {
    let theirs: BTreeMap<String, String> = theirs.into_iter().collect();
    let here = ours.iter().filter_map(|(key, hash)| {
        let kind = match theirs.get(key) {
            None => "missing",
            Some(held) if held != hash => "different",
            Some(_) => return None,
        };
        Some((key.clone(), kind))
    });
    let extra = theirs
        .keys()
        .filter(|key| !ours.contains_key(*key))
        .map(|key| (key.clone(), "extra"));
    here.chain(extra)
        .map(|(record, kind)| Difference {
            record,
            kind: kind.to_owned(),
        })
        .collect()
}

fn noted((contract, batch): (&str, i64), side: Side, one: &Difference) -> Change {
    Change::put("exchange_differences")
        .with("contract", contract)
        .with("batch", batch)
        .with("side", side.as_str())
        .with("record", one.record.as_str())
        .with("kind", one.kind.as_str())
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
