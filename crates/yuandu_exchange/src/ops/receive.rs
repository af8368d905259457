//! Takes a message: proves who sent it and that it came once, then takes rows, closes a batch or keeps a countersignature.
//! All of one message is one entry in the log, with the signature as evidence.

mod standing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use yuandu_identity::{Actor, OpCtx};
use yuandu_store::{Change, Expect, Plan};

use self::standing::{Standing, Sums, received_set};
use super::begin_batch::{PUSH, key, subject};
use super::outbox::{COVERED, public_key};
use crate::canonical::{RowHash, canonical_object, hex, part_hash, row_hash};
use crate::error::{Why, refused};
use crate::event::{self, Brought, Closing, Countersigned};
use crate::exchange::in_force;
use crate::keys::NodeKey;
use crate::message::headers as h;
use crate::message::{Answer, Incoming};
use crate::queries::{self, ContractRow, NodeRow, PartRow, ReceivedRow};
use crate::receipt::{self, Receipt, SignedReceipt};
use crate::signature::{Claim, Covered, Signer};
use crate::{Exchange, ExchangeError, SharedRow};

/// A message that was proved to be of a party of a contract in force.
pub(crate) struct Proved {
    pub(crate) secret: Arc<NodeKey>,
    pub(crate) sender: NodeRow,
    pub(crate) contract: ContractRow,
    pub(crate) batch: i64,
    pub(crate) part: i64,
    pub(crate) claim: Claim,
}

/// The side of a contract that sends a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Party {
    Provider,
    Consumer,
}

impl Exchange {
    /// Takes a message for the inbox and gives the signed answer; what is refused is refused by name.
    #[must_use]
    pub fn receive(&self, ctx: &OpCtx, message: &Incoming) -> Answer {
        let taken = self.retried(|| {
            let proved = self.prove(ctx, message, Party::Provider)?;
            let ctx = &ctx.as_actor(Actor::Service(format!("exchange:{}", proved.sender.id)));
            self.require(ctx, "exchange.deliver")?;
            match event::read(&message.body)? {
                Brought::Rows(rows) => self.take_rows(ctx, &proved, &rows),
                Brought::Close(closing) => self.take_closing(ctx, &proved, &closing),
                Brought::Countersigned(signed) => self.take_countersigned(ctx, &proved, &signed),
                Brought::Compare(ranges) => self.compare_ranges(ctx, &proved, &ranges),
                Brought::Compared(compared) => self.take_compared(ctx, &proved, &compared),
                Brought::Question(_) => Err(refused(Why::Malformed, "type")),
            }
        });
        self.answer(ctx, message, taken)
    }

    /// Proves a message: signature, time, once, contract, party.
    pub(crate) fn prove(
        &self,
        ctx: &OpCtx,
        message: &Incoming,
        from: Party,
    ) -> Result<Proved, ExchangeError> {
        let claim = Claim::of(message, &COVERED)?;
        let header = |name: &'static str| {
            message
                .header(name)
                .ok_or_else(|| refused(Why::Malformed, &format!("`{name}`")))
        };
        let number = |name: &'static str| {
            let number = header(name)?.parse::<i64>().ok();
            number
                .filter(|number| (0..=1_000_000_000).contains(number))
                .ok_or_else(|| refused(Why::Malformed, &format!("`{name}`")))
        };
        let unknown = |id: &str| refused(Why::UnknownNode, &format!("`{id}`"));
        let to = header(h::TO)?;
        let (own, secret) = self.own(ctx, to).map_err(|error| match error {
            ExchangeError::NotFound { .. } | ExchangeError::Refused(_) => unknown(to),
            other => other,
        })?;
        let sender = self.known_node(ctx, &claim.node)?;
        let contract = self.known_contract(ctx, header(h::CONTRACT)?)?;
        let sender = sender.ok_or_else(|| unknown(&claim.node))?;
        let target = format!("{}{}", own.url, message.path);
        let covered = Covered {
            method: &message.method,
            target: &target,
            status: None,
            headers: &message.headers,
        };
        claim.verify(&public_key(&sender)?, &covered, ctx.now())?;
        if let Some(node) = [&sender, &own]
            .into_iter()
            .find(|node| node.state != "active")
        {
            return Err(refused(Why::NodeSuspended, &format!("`{}`", node.id)));
        }
        let known = self
            .store
            .read(|reader| queries::knows_nonce(reader, ctx.realm, &claim.node, &claim.nonce))?;
        if known {
            return Err(refused(Why::Replayed, &claim.nonce));
        }
        let contract = contract.ok_or_else(|| refused(Why::UnknownContract, ""))?;
        in_force(ctx, &contract)?;
        if header(h::TERMS)? != contract.digest {
            return Err(refused(Why::TermsDiffer, contract.terms.id.as_str()));
        }
        let terms = &contract.terms;
        let (provider, consumer) = (terms.provider.as_str(), terms.consumer.as_str());
        let parties = match from {
            Party::Provider => (provider, consumer),
            Party::Consumer => (consumer, provider),
        };
        if parties != (sender.id.as_str(), own.id.as_str()) {
            return Err(refused(Why::NotParty, &format!("`{}`", sender.id)));
        }
        Ok(Proved {
            batch: number(h::BATCH)?,
            part: number(h::PART)?,
            secret,
            sender,
            contract,
            claim,
        })
    }

    fn take_rows(
        &self,
        ctx: &OpCtx,
        proved: &Proved,
        rows: &[SharedRow],
    ) -> Result<Value, ExchangeError> {
        self.schema_holds(&proved.contract)?;
        let place = (proved.contract.terms.id.as_str(), proved.batch);
        let hashes: Vec<RowHash> = rows
            .iter()
            .map(|row| row_hash(&row.key, &row.values))
            .collect();
        let hash = hex(&part_hash(&hashes));
        let (known, standing) = self.store.read(|reader| {
            let part = queries::part(reader, ctx.realm, (place.0, place.1, proved.part))?;
            Ok::<_, ExchangeError>((part, self.standing(reader, ctx, place)?))
        })?;
        if let Some(known) = known {
            // It came before and is durable: the same answer again, whatever became of the batch.
            return if known.hash == hash {
                self.note_nonce(ctx, proved, "exchange.received_again")?;
                Ok(part_view(&known))
            } else {
                Err(refused(
                    Why::PartDiffers,
                    &format!("{}/{}/{}", place.0, place.1, proved.part),
                ))
            };
        }
        let batch = standing.opened(place)?;
        let mut sorted = self.sort_rows(ctx, proved, rows, &hashes);
        let part = PartRow {
            part: proved.part,
            hash,
            rows: count(rows.len()),
            accepted: sorted.accepted,
            rejected: json!(sorted.rejected).to_string(),
        };
        let view = part_view(&part);
        let note =
            json!({ "part": proved.part, "answer": view, "evidence": proved.claim.evidence() });
        let entry = ctx.entry("exchange.receive_part", subject(place.0, place.1), note);
        let part_key = [
            ("contract", place.0.into()),
            ("batch", place.1.into()),
            ("part", proved.part.into()),
        ];
        let plan = once(proved, Plan::new(ctx.realm, entry));
        let plan = standing
            .hold(ctx, (place, PUSH), batch, plan)
            .expect(Expect::absent("exchange_parts", part_key))
            .change(
                Change::put("exchange_parts")
                    .with("contract", place.0)
                    .with("batch", place.1)
                    .with("part", part.part)
                    .with("hash", part.hash.as_str())
                    .with("row_count", part.rows)
                    .with("accepted", part.accepted)
                    .with("rejected", part.rejected.as_str())
                    .with("received_at", ctx.now()),
            )
            .changes(std::mem::take(&mut sorted.changes));
        self.store.commit(plan)?;
        Ok(view)
    }

    /// Checks every row by the register's declaration: good ones are held, others kept with their reasons.
    fn sort_rows(
        &self,
        ctx: &OpCtx,
        proved: &Proved,
        rows: &[SharedRow],
        hashes: &[RowHash],
    ) -> Sorted {
        let terms = &proved.contract.terms;
        let contract = terms.id.as_str();
        let mut sorted = Sorted::default();
        let mut seen = BTreeSet::new();
        for (at, (row, hash)) in rows.iter().zip(hashes).enumerate() {
            let mut reasons: Vec<(String, String)> = self
                .holdings
                .check(ctx, &terms.register, &terms.fields, &row.values)
                .into_iter()
                .map(|problem| (problem.code, problem.message.en))
                .collect();
            if !seen.insert(row.key.as_str()) {
                reasons.push(("exchange.twice".to_owned(), row.key.clone()));
            }
            let values = canonical_object(&row.values);
            let Some((reason, _)) = reasons.first() else {
                sorted.accepted += 1;
                sorted.changes.push(held(ctx, proved, row, (values, hash)));
                continue;
            };
            *sorted.rejected.entry(reason.clone()).or_default() += 1;
            sorted.changes.push(
                Change::put("exchange_rejects")
                    .with("contract", contract)
                    .with("batch", proved.batch)
                    .with("part", proved.part)
                    .with("place", count(at))
                    .with("record", row.key.as_str())
                    .with("row_values", values)
                    .with("reasons", json!(reasons).to_string())
                    .with("state", "open"),
            );
        }
        sorted
    }

    fn take_closing(
        &self,
        ctx: &OpCtx,
        proved: &Proved,
        closing: &Closing,
    ) -> Result<Value, ExchangeError> {
        let terms = &proved.contract.terms;
        let place = (terms.id.as_str(), proved.batch);
        let (standing, sums) = self.store.read(|reader| {
            let mut sums = Sums::default();
            let standing = self.standing(reader, ctx, place)?;
            queries::each_part(reader, ctx.realm, place, |part| sums.add(&part))?;
            Ok::<_, ExchangeError>((standing, sums))
        })?;
        if let Some(settled) = standing.settled(place) {
            self.note_nonce(ctx, proved, "exchange.closed_again")?;
            return Ok(json!({ "receipt": stored_receipt(settled)? }));
        }
        let batch = standing.opened(place)?;
        let receipt = Receipt {
            contract: terms.id.clone(),
            batch: proved.batch,
            terms: proved.contract.digest.clone(),
            provider: terms.provider.clone(),
            consumer: terms.consumer.clone(),
            register: terms.register.clone(),
            parts: (sums.parts, closing.parts),
            sent: closing.rows,
            received: sums.rows,
            accepted: sums.accepted,
            rejected: sums.rejected,
            content_sent: closing.content.clone(),
            content_received: hex(&sums.content),
            at: ctx.now(),
        };
        let text = receipt.text()?;
        let signed = SignedReceipt {
            consumer: receipt::sign(&proved.secret, &text),
            provider: None,
            text,
        };
        let differences = receipt.differences();
        let state = if differences.is_empty() {
            "settled"
        } else {
            "open"
        };
        let note =
            json!({ "receipt": signed, "state": state, "evidence": proved.claim.evidence() });
        let entry = ctx.entry("exchange.receive_closing", subject(place.0, place.1), note);
        let plan = once(proved, Plan::new(ctx.realm, entry));
        let plan = standing.hold(ctx, (place, PUSH), batch, plan).change(
            received_set(place)
                .with("state", state)
                .with("reason", differences.join("; "))
                .with("closed_at", ctx.now())
                .with("receipt", written(&signed)?),
        );
        self.store.commit(plan)?;
        Ok(json!({ "receipt": signed }))
    }

    fn take_countersigned(
        &self,
        ctx: &OpCtx,
        proved: &Proved,
        brought: &Countersigned,
    ) -> Result<Value, ExchangeError> {
        let place = (proved.contract.terms.id.as_str(), proved.batch);
        let batch = self
            .store
            .read(|reader| queries::received(reader, ctx.realm, place))?
            .filter(|batch| batch.receipt.is_some())
            .ok_or_else(|| refused(Why::OutOfOrder, &format!("{}/{}", place.0, place.1)))?;
        let mut signed = stored_receipt(&batch)?;
        signed.provider = Some(brought.signature.clone());
        if !signed.is_of_provider(&public_key(&proved.sender)?) {
            return Err(refused(Why::Forged, "receipt"));
        }
        let note = json!({ "signature": brought.signature, "evidence": proved.claim.evidence() });
        let entry = ctx.entry(
            "exchange.receive_countersignature",
            subject(place.0, place.1),
            note,
        );
        let plan = once(proved, Plan::new(ctx.realm, entry))
            .expect(Expect::unchanged(
                "exchange_received",
                key(place.0, place.1),
                batch.pos,
            ))
            .change(received_set(place).with("receipt", written(&signed)?));
        self.store.commit(plan)?;
        Ok(json!({ "receipt": signed }))
    }

    /// The batch a message is of, and the newest one of the contract.
    pub(crate) fn standing(
        &self,
        reader: &yuandu_store::Reader<'_>,
        ctx: &OpCtx,
        (contract, _): (&str, i64),
    ) -> Result<Standing, ExchangeError> {
        let newest = queries::received_batches(reader, ctx.realm, contract, 1)?;
        Ok(Standing {
            newest: newest.into_iter().next(),
        })
    }

    pub(crate) fn note_nonce(
        &self,
        ctx: &OpCtx,
        proved: &Proved,
        op: &str,
    ) -> Result<(), ExchangeError> {
        let place = subject(proved.contract.terms.id.as_str(), proved.batch);
        let note = json!({ "part": proved.part, "evidence": proved.claim.evidence() });
        let plan = Plan::new(ctx.realm, ctx.entry(op, place, note));
        self.store.commit(once(proved, plan))?;
        Ok(())
    }

    /// The answer, signed by the node the message was for when that is a node of ours.
    pub(crate) fn answer(
        &self,
        ctx: &OpCtx,
        message: &Incoming,
        taken: Result<Value, ExchangeError>,
    ) -> Answer {
        let (status, body) = match taken {
            Ok(body) => (200, body),
            Err(error) => said(&error),
        };
        let mut answer = Answer {
            status,
            headers: vec![(h::TYPE.to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        };
        let nonce = Claim::of(message, &[]).map(|claim| claim.nonce);
        let own = message.header(h::TO).map(|to| self.own(ctx, to));
        if let (Ok(nonce), Some(Ok((own, secret)))) = (nonce, own) {
            answer.headers.push((h::ANSWERS.to_owned(), nonce));
            let signer = Signer {
                key: &secret,
                node: &own.id,
                now: ctx.now(),
            };
            let covered = ["@status", h::DIGEST, h::TYPE, h::ANSWERS];
            let signed = signer.sign(
                &covered,
                ("", "", Some(status)),
                &mut answer.headers,
                &answer.body,
            );
            debug_assert!(signed.is_ok(), "every component of an answer is there");
        }
        answer
    }

    /// Removes nonces whose signatures count no more; gives how many.
    ///
    /// # Errors
    /// The store's.
    pub fn sweep(&self, ctx: &OpCtx) -> Result<usize, ExchangeError> {
        let expired = self
            .store
            .read(|reader| queries::expired_nonces(reader, ctx.realm, ctx.now(), 1_000))?;
        if expired.is_empty() {
            return Ok(0);
        }
        let note = json!({ "nonces": expired.len() });
        let changes = expired.iter().map(|(node, nonce)| {
            Change::delete("exchange_nonces")
                .key("node", node.as_str())
                .key("nonce", nonce.as_str())
        });
        let entry = ctx.entry("exchange.sweep", "exchange/nonces", note);
        self.store
            .commit(Plan::new(ctx.realm, entry).changes(changes))?;
        Ok(expired.len())
    }
}

/// A message counts once: its nonce is kept as long as its signature lasts.
pub(crate) fn once(proved: &Proved, plan: Plan) -> Plan {
    let (node, nonce) = (proved.sender.id.as_str(), proved.claim.nonce.as_str());
    plan.expect(Expect::absent(
        "exchange_nonces",
        [("node", node.into()), ("nonce", nonce.into())],
    ))
    .change(
        Change::put("exchange_nonces")
            .with("node", node)
            .with("nonce", nonce)
            .with("expires_at", proved.claim.expires),
    )
}

/// Rows of a part after the check.
#[derive(Default)]
struct Sorted {
    accepted: i64,
    rejected: BTreeMap<String, i64>,
    changes: Vec<Change>,
}

fn held(
    ctx: &OpCtx,
    proved: &Proved,
    row: &SharedRow,
    (values, hash): (String, &RowHash),
) -> Change {
    Change::put("exchange_copies")
        .with("contract", proved.contract.terms.id.as_str())
        .with("record", row.key.as_str())
        .with("row_values", values)
        .with("hash", hex(hash))
        .with("batch", proved.batch)
        .with("received_at", ctx.now())
}

fn part_view(part: &PartRow) -> Value {
    let rejected: Value = serde_json::from_str(&part.rejected).unwrap_or_default();
    json!({ "part": part.part, "received": part.rows, "accepted": part.accepted, "rejected": rejected, "hash": part.hash })
}

fn stored_receipt(batch: &ReceivedRow) -> Result<SignedReceipt, ExchangeError> {
    let text = batch.receipt.as_deref().unwrap_or_default();
    serde_json::from_str(text).map_err(|error| ExchangeError::stored("receipt", error))
}

fn written(signed: &SignedReceipt) -> Result<String, ExchangeError> {
    serde_json::to_string(signed).map_err(|error| ExchangeError::stored("receipt", error))
}

/// Status, code and words of a refusal or failure; the private half of a failure stays here.
fn said(error: &ExchangeError) -> (u16, Value) {
    use yuandu_base::ErrorKind as K;
    let status = match error.kind() {
        K::NotFound => 404,
        K::Denied => 403,
        K::Invalid => 422,
        K::Conflict => 409,
        K::Gone => 410,
        K::Busy | K::Unavailable => 503,
        K::Internal => 500,
    };
    let code = match error {
        ExchangeError::Refused(refusal) => refusal.why.code(),
        ExchangeError::State(_) => "exchange.not_now",
        ExchangeError::Identity(_) => "exchange.denied",
        _ if status == 503 => "busy",
        _ => "internal",
    };
    let words: Vec<String> = error.messages().into_iter().map(|words| words.en).collect();
    (status, json!({ "code": code, "message": words.join("; ") }))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
