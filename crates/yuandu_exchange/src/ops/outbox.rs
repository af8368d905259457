//! Sends what waits and settles what was answered. Sending itself is the composition's: it has the HTTP client.
//!
//! A message is signed when it is sent, so that it never waits long enough to expire; its body was stored before.

use jiff::SignedDuration;
use serde_json::{Value, json};
use yuandu_identity::OpCtx;
use yuandu_store::{Change, Expect, Plan};

use super::begin_batch::{COMPARE, key, posted, set, subject};
use crate::error::{Why, refused};
use crate::event::{self, BATCH_TYPE, COUNTERSIGNED, Countersigned};
use crate::exchange::INBOX;
use crate::keys::NodeKey;
use crate::message::headers as h;
use crate::message::{Answer, OutboxPlace, Outgoing};
use crate::queries::{self, ContractRow, NodeRow, OutboxRow, SentRow};
use crate::receipt::{self, SignedReceipt};
use crate::signature::{Signer, answer_is_signed};
use crate::{Exchange, ExchangeError, PublicKey};

/// Components of a message's signature, all of them.
pub(crate) const COVERED: [&str; 9] = [
    "@method",
    "@target-uri",
    h::DIGEST,
    h::TYPE,
    h::TO,
    h::CONTRACT,
    h::TERMS,
    h::BATCH,
    h::PART,
];
/// Longest wait between two tries.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(10);

/// What becomes of a message that was not taken.
enum Fate {
    /// The other side cannot be reached or is busy: later again.
    Later(String),
    /// The other side refuses it: a person must see to it.
    Stopped(String),
    /// We cannot keep it now; nothing was changed.
    Failed(ExchangeError),
}

impl Exchange {
    /// The messages that are due, signed, the most urgent contract first.
    ///
    /// # Errors
    /// The store's.
    pub fn due(&self, ctx: &OpCtx, limit: i64) -> Result<Vec<Outgoing>, ExchangeError> {
        let now = ctx.now();
        let rows = self
            .store
            .read(|reader| queries::due(reader, ctx.realm, now, limit))?;
        let mut out = Vec::with_capacity(rows.len());
        for row in rows {
            let agreed = self.contract(ctx, &row.contract)?;
            let (own, secret) = self.own(ctx, agreed.terms.provider.as_str())?;
            let to = self.node(ctx, agreed.terms.consumer.as_str())?;
            // What goes to or from a suspended node waits where it is.
            if own.state != "active" || to.state != "active" {
                continue;
            }
            let place = OutboxPlace {
                contract: row.contract,
                batch: row.batch,
                part: row.part,
            };
            let parties = ((&own, secret.as_ref()), (&to, INBOX));
            out.push(message_to(
                ctx,
                &agreed,
                parties.0,
                parties.1,
                (place, row.body),
            )?);
        }
        Ok(out)
    }

    /// Settles a message with its answer, or with none when the other side could not be reached. Safe to call twice.
    ///
    /// # Errors
    /// The store's. What the other side did wrong is kept with the message.
    pub fn answered(
        &self,
        ctx: &OpCtx,
        sent: &Outgoing,
        answer: Result<&Answer, &str>,
    ) -> Result<(), ExchangeError> {
        self.retried(|| self.try_answered(ctx, sent, answer))
    }

    fn try_answered(
        &self,
        ctx: &OpCtx,
        sent: &Outgoing,
        answer: Result<&Answer, &str>,
    ) -> Result<(), ExchangeError> {
        let place = &sent.place;
        let row = self.store.read(|reader| {
            let at = (place.contract.as_str(), place.batch, place.part);
            queries::outbox(reader, ctx.realm, at)
        })?;
        // Gone: it was acknowledged by another answer, or the batch was given up.
        let Some(row) = row else { return Ok(()) };
        let agreed = self.contract(ctx, &place.contract)?;
        let batch = self.sent(ctx, &place.contract, place.batch)?;
        let settled = answer
            .map_err(|reason| Fate::Later(reason.to_owned()))
            .and_then(|answer| {
                let body = self.believed(ctx, &agreed, sent, answer)?;
                self.acknowledged(ctx, &agreed, (&batch, &row), (answer, body))
                    .map_err(|error| match error {
                        ExchangeError::Refused(refusal) => Fate::Stopped(refusal.message.en),
                        other => Fate::Failed(other),
                    })
            });
        match settled {
            Ok(()) => Ok(()),
            Err(Fate::Later(reason)) => self.put_off(ctx, &row, &reason),
            Err(Fate::Failed(error)) => Err(error),
            Err(Fate::Stopped(reason)) => self.refused_there(ctx, (&batch, &row), &reason),
        }
    }

    /// The body of an answer that is good and signed by the receiver.
    fn believed(
        &self,
        ctx: &OpCtx,
        agreed: &ContractRow,
        sent: &Outgoing,
        answer: &Answer,
    ) -> Result<Value, Fate> {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let code = body.get("code").and_then(Value::as_str).unwrap_or("-");
        let words = body.get("message").and_then(Value::as_str).unwrap_or("");
        let said = format!("{} {code}: {words}", answer.status);
        // A refusal is believed only of the receiver: what a stranger answers is like no answer.
        self.node(ctx, agreed.terms.consumer.as_str())
            .and_then(|node| believe(ctx, &node, sent, answer))
            .map_err(|error| Fate::Later(format!("{said}; the answer is not signed: {error}")))?;
        match answer.status {
            200 => Ok(body),
            400..500 if code != Why::Expired.code() => Err(Fate::Stopped(said)),
            _ => Err(Fate::Later(said)),
        }
    }

    fn acknowledged(
        &self,
        ctx: &OpCtx,
        agreed: &ContractRow,
        (batch, row): (&SentRow, &OutboxRow),
        (answer, body): (&Answer, Value),
    ) -> Result<(), ExchangeError> {
        let (contract, no) = (row.contract.as_str(), row.batch);
        let evidence =
            json!({ "input": answer.header(h::INPUT), "signature": answer.header(h::SIGNATURE) });
        let note = json!({ "part": row.part, "answer": body, "evidence": evidence });
        let entry = ctx.entry("exchange.acknowledged", subject(contract, no), note);
        let mut plan = Plan::new(ctx.realm, entry)
            .expect(Expect::unchanged(
                "exchange_outbox",
                [
                    ("contract", contract.into()),
                    ("batch", no.into()),
                    ("part", row.part.into()),
                ],
                row.pos,
            ))
            .change(
                Change::delete("exchange_outbox")
                    .key("contract", contract)
                    .key("batch", no)
                    .key("part", row.part),
            );
        // A part is done with its acknowledgement; the closing brings the receipt, which we sign too.
        plan = match (batch.kind.as_str(), row.part == batch.parts + 1) {
            (COMPARE, false) => self.differing(ctx, (agreed, batch), &body, plan)?,
            (COMPARE, true) => {
                let found = self.findings(ctx, batch)?;
                plan.change(
                    set(contract, no)
                        .with("state", found.state())
                        .with("reason", found.words())
                        .with("closed_at", ctx.now()),
                )
            }
            (_, true) => self.receipted(ctx, agreed, batch, &body, plan)?,
            (_, false) => plan,
        };
        self.store.commit(plan)?;
        Ok(())
    }

    /// Takes the receipt when it is the receiver's and speaks of what we sent.
    fn receipted(
        &self,
        ctx: &OpCtx,
        agreed: &ContractRow,
        batch: &SentRow,
        body: &Value,
        plan: Plan,
    ) -> Result<Plan, ExchangeError> {
        let bad = |what: &str| refused(Why::Malformed, what);
        let mut signed: SignedReceipt = body
            .get("receipt")
            .and_then(|receipt| serde_json::from_value(receipt.clone()).ok())
            .ok_or_else(|| bad("receipt"))?;
        let receipt = signed.receipt().map_err(|_| bad("receipt"))?;
        let node = self.node(ctx, agreed.terms.consumer.as_str())?;
        if !signed.is_of_consumer(&public_key(&node)?) {
            return Err(refused(Why::Forged, "receipt"));
        }
        let ours = receipt.contract == agreed.terms.id
            && receipt.batch == batch.batch
            && receipt.terms == agreed.digest
            && receipt.sent == batch.rows
            && receipt.content_sent == batch.content;
        if !ours {
            return Err(bad("the receipt speaks of another batch"));
        }
        let (_, secret) = self.own(ctx, agreed.terms.provider.as_str())?;
        let signature = receipt::sign(&secret, &signed.text);
        signed.provider = Some(signature.clone());
        let differences = receipt.differences();
        let state = if differences.is_empty() {
            "settled"
        } else {
            "open"
        };
        let place = format!("{}/{}/{}", batch.contract, batch.batch, batch.parts + 2);
        let reply = event::of_one(
            agreed.terms.provider.as_str(),
            &place,
            COUNTERSIGNED,
            &Countersigned { signature },
        )?;
        let text = serde_json::to_string(&signed)
            .map_err(|error| ExchangeError::stored("receipt", error))?;
        let (contract, no) = (batch.contract.as_str(), batch.batch);
        Ok(plan
            .expect(Expect::unchanged(
                "exchange_sent",
                key(contract, no),
                batch.pos,
            ))
            .change(
                set(contract, no)
                    .with("state", state)
                    .with("reason", differences.join("; "))
                    .with("closed_at", ctx.now())
                    .with("receipt", text),
            )
            .change(posted(ctx, agreed, (no, batch.parts + 2), reply)))
    }

    fn put_off(&self, ctx: &OpCtx, row: &OutboxRow, reason: &str) -> Result<(), ExchangeError> {
        let seconds = 1_i64 << row.tries.clamp(0, 10);
        let wait = SignedDuration::from_secs(seconds).min(LONGEST_WAIT);
        let note = json!({ "part": row.part, "tries": row.tries + 1, "reason": short(reason) });
        let place = subject(&row.contract, row.batch);
        let entry = ctx.entry("exchange.put_off", place, note);
        let change = outbox_set(row)
            .with("tries", row.tries + 1)
            .with("next_at", ctx.now() + wait)
            .with("reason", short(reason));
        self.unraced(Plan::new(ctx.realm, entry).change(change), row)
    }

    fn refused_there(
        &self,
        ctx: &OpCtx,
        (batch, row): (&SentRow, &OutboxRow),
        reason: &str,
    ) -> Result<(), ExchangeError> {
        let (contract, no) = (row.contract.as_str(), row.batch);
        let note = json!({ "part": row.part, "reason": short(reason) });
        let entry = ctx.entry("exchange.refused_there", subject(contract, no), note);
        let mut plan = Plan::new(ctx.realm, entry).change(
            outbox_set(row)
                .with("state", "refused")
                .with("reason", short(reason)),
        );
        // A countersignature that is refused changes nothing of the batch.
        if row.part <= batch.parts + 1 {
            plan = plan.change(
                set(contract, no)
                    .with("state", "stopped")
                    .with("reason", short(reason)),
            );
        }
        self.unraced(plan, row)
    }

    /// Commits what concerns a message unless it changed meanwhile.
    fn unraced(&self, plan: Plan, row: &OutboxRow) -> Result<(), ExchangeError> {
        let plan = plan.expect(Expect::unchanged(
            "exchange_outbox",
            [
                ("contract", row.contract.as_str().into()),
                ("batch", row.batch.into()),
                ("part", row.part.into()),
            ],
            row.pos,
        ));
        match self.store.commit(plan).map_err(ExchangeError::from) {
            Err(error) if error.is_race() => Ok(()),
            other => other.map(|_| ()),
        }
    }
}

fn outbox_set(row: &OutboxRow) -> Change {
    Change::set("exchange_outbox")
        .key("contract", row.contract.as_str())
        .key("batch", row.batch)
        .key("part", row.part)
}

/// A message signed now, for one door of another node.
pub(crate) fn message_to(
    ctx: &OpCtx,
    agreed: &ContractRow,
    (own, secret): (&NodeRow, &NodeKey),
    (to, door): (&NodeRow, &str),
    (place, body): (OutboxPlace, String),
) -> Result<Outgoing, ExchangeError> {
    let (batch, part) = (place.batch.to_string(), place.part.to_string());
    let mut headers: Vec<(String, String)> = [
        (h::TYPE, BATCH_TYPE),
        (h::TO, to.id.as_str()),
        (h::CONTRACT, place.contract.as_str()),
        (h::TERMS, agreed.digest.as_str()),
        (h::BATCH, batch.as_str()),
        (h::PART, part.as_str()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    let url = format!("{}{door}", to.url);
    let signer = Signer {
        key: secret,
        node: &own.id,
        now: ctx.now(),
    };
    let body = body.into_bytes();
    let nonce = signer.sign(&COVERED, ("POST", &url, None), &mut headers, &body)?;
    Ok(Outgoing {
        url,
        headers,
        body,
        nonce,
        place,
    })
}

/// Refuses an answer that the node did not sign for this message.
pub(crate) fn believe(
    ctx: &OpCtx,
    node: &NodeRow,
    sent: &Outgoing,
    answer: &Answer,
) -> Result<(), ExchangeError> {
    let key = public_key(node)?;
    answer_is_signed(answer, (&node.id, &key), &sent.nonce, ctx.now())
}

pub(crate) fn public_key(node: &NodeRow) -> Result<PublicKey, ExchangeError> {
    let key = node.public_key.parse();
    key.map_err(|_| ExchangeError::stored("node", "its public key"))
}

/// The first words of a reason: the other side chose its length.
fn short(reason: &str) -> String {
    reason.chars().take(300).collect()
}
