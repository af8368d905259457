//! Request and response under a contract: the consumer asks for one record by its key, or for a batch, and the provider
//! answers. Both sides keep the signatures as evidence.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use yuandu_identity::{Actor, OpCtx};
use yuandu_store::Plan;

use super::begin_batch::{PUSH, begun};
use super::fill_batch::contracted;
use super::outbox::{believe, message_to};
use super::receive::{Party, once};
use crate::canonical::{hex, row_hash};
use crate::error::{Why, refused};
use crate::event::{self, Brought, Question};
use crate::exchange::{QUERY, in_force};
use crate::message::headers as h;
use crate::message::{Answer, Incoming, OutboxPlace, Outgoing};
use crate::{Exchange, ExchangeError, SharedRow};

/// What the provider answered to a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// The record, contracted fields alone.
    Record(SharedRow),
    /// The batch that was begun.
    Batch(i64),
}

impl Exchange {
    /// Asks for one record of a contract; send it, and hand the answer to [`Exchange::asked`].
    ///
    /// # Errors
    /// If the actor may not, or the contract is not in force or not ours to ask under.
    pub fn ask(
        &self,
        ctx: &OpCtx,
        contract: &str,
        record: &str,
    ) -> Result<Outgoing, ExchangeError> {
        let question = Question::Record {
            record: record.to_owned(),
        };
        self.question(ctx, contract, &question)
    }

    /// Asks the provider to begin a batch: it comes by the inbox.
    ///
    /// # Errors
    /// As [`Exchange::ask`].
    pub fn pull(&self, ctx: &OpCtx, contract: &str) -> Result<Outgoing, ExchangeError> {
        self.question(ctx, contract, &Question::Batch)
    }

    fn question(
        &self,
        ctx: &OpCtx,
        contract: &str,
        question: &Question,
    ) -> Result<Outgoing, ExchangeError> {
        self.require(ctx, "exchange.manage")?;
        let agreed = self.contract(ctx, contract)?;
        in_force(ctx, &agreed)?;
        let own = self.own(ctx, agreed.terms.consumer.as_str())?;
        let to = self.node(ctx, agreed.terms.provider.as_str())?;
        let place = OutboxPlace {
            contract: contract.to_owned(),
            batch: 0,
            part: 0,
        };
        let source = agreed.terms.consumer.as_str();
        let body = event::of_one(source, contract, event::QUESTION, question)?;
        let parties = ((&own.0, own.1.as_ref()), (&to, QUERY));
        message_to(ctx, &agreed, parties.0, parties.1, (place, body))
    }

    /// Takes the answer to a question; it is the provider's or nobody's. What was asked and answered is in the log.
    ///
    /// # Errors
    /// The provider's refusal by its name, or [`ExchangeError::Holdings`] when the answer is not the provider's.
    pub fn asked(
        &self,
        ctx: &OpCtx,
        sent: &Outgoing,
        answer: &Answer,
    ) -> Result<Answered, ExchangeError> {
        let agreed = self.contract(ctx, &sent.place.contract)?;
        let provider = self.node(ctx, agreed.terms.provider.as_str())?;
        believe(ctx, &provider, sent, answer)?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status != 200 {
            let code = body.get("code").and_then(Value::as_str).unwrap_or("-");
            let words = body.get("message").and_then(Value::as_str).unwrap_or("");
            return Err(match Why::of_code(code) {
                Some(why) => refused(why, words),
                None => ExchangeError::Holdings(format!("{} {code}: {words}", answer.status)),
            });
        }
        let answered: Answered = serde_json::from_value(body)
            .map_err(|error| refused(Why::Malformed, &error.to_string()))?;
        let evidence =
            json!({ "input": answer.header(h::INPUT), "signature": answer.header(h::SIGNATURE) });
        let note = json!({ "answer": noted(&answered), "evidence": evidence });
        let subject = format!("exchange/{}/query", sent.place.contract);
        let entry = ctx.entry("exchange.ask", subject, note);
        self.store.commit(Plan::new(ctx.realm, entry))?;
        Ok(answered)
    }

    /// Answers a question of the consumer of a contract.
    #[must_use]
    pub fn answer_query(&self, ctx: &OpCtx, message: &Incoming) -> Answer {
        let taken = self.retried(|| {
            let proved = self.prove(ctx, message, Party::Consumer)?;
            let ctx = &ctx.as_actor(Actor::Service(format!("exchange:{}", proved.sender.id)));
            self.require(ctx, "exchange.deliver")?;
            let Brought::Question(question) = event::read(&message.body)? else {
                return Err(refused(Why::Malformed, "type"));
            };
            self.schema_holds(&proved.contract)?;
            let agreed = &proved.contract;
            let (answered, next) = match &question {
                Question::Record { record } => {
                    let row = self.found(ctx, &agreed.terms, record)?;
                    (Answered::Record(row), None)
                }
                Question::Batch => {
                    let next = self.next(ctx, agreed)?;
                    (Answered::Batch(next.batch), Some(next))
                }
            };
            let note = json!({
                "question": question, "answer": noted(&answered), "evidence": proved.claim.evidence(),
            });
            let subject = format!("exchange/{}/query", agreed.terms.id);
            let entry = ctx.entry("exchange.answer_query", subject, note);
            let plan = once(&proved, Plan::new(ctx.realm, entry));
            let plan = match &next {
                Some(next) => begun(ctx, agreed, (PUSH, next), plan),
                None => plan,
            };
            self.store.commit(plan)?;
            serde_json::to_value(answered).map_err(|error| ExchangeError::stored("answer", error))
        });
        self.answer(ctx, message, taken)
    }

    fn found(
        &self,
        ctx: &OpCtx,
        terms: &crate::Terms,
        record: &str,
    ) -> Result<SharedRow, ExchangeError> {
        // The register is read for the node under its contract, which is what permits it.
        let reader = ctx.as_actor(Actor::System("exchange"));
        let row = self.holdings.row(&reader, &terms.register, record)?;
        row.map(|row| contracted(terms, row))
            .ok_or_else(|| refused(Why::NoRecord, &format!("`{record}`")))
    }
}

/// An answer as the log keeps it: key and hash, not the values.
fn noted(answered: &Answered) -> Value {
    match answered {
        Answered::Record(row) => {
            json!({ "record": row.key, "hash": hex(&row_hash(&row.key, &row.values)) })
        }
        Answered::Batch(batch) => json!({ "batch": batch }),
    }
}
