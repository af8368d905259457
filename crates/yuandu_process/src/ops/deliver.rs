//! Messages and signals from outside: they find whoever waits for them by an index, never by a search through cases.

use serde_json::{Map, Value as Json, json};
use yuandu_identity::{OpCtx, Resource};
use yuandu_store::{Change, Expect, IdempotencyKey, Plan};

use crate::engine::{EngineError, Event};
use crate::error::ProcessError;
use crate::queries::waits::{self, WaitRow};
use crate::store;

use super::{Engine, idempotency, note};

/// How many cases one signal wakes; more are a fault of the model.
const AUDIENCE: i64 = 10_000;

/// A message for one case.
#[derive(Debug, Clone, Default)]
pub struct DeliverMessage {
    /// Its name.
    pub name: String,
    /// Names and values that must agree with whoever takes it; one of the values is the key it waits with.
    pub correlation: Map<String, Json>,
    /// What it brings.
    pub variables: Map<String, Json>,
    /// Makes the request safe to send twice.
    pub idempotency: Option<String>,
}

/// Who took a message or heard a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The cases.
    pub cases: Vec<String>,
}

impl Engine {
    /// Delivers a message to the one case that waits for it and agrees with it: the one that waits longest.
    ///
    /// # Errors
    /// [`ProcessError::NotFound`] when nobody waits for it; a refusal of the gate.
    pub fn deliver_message(
        &self,
        ctx: &OpCtx,
        message: &DeliverMessage,
    ) -> Result<Delivered, ProcessError> {
        self.gate.require(ctx, "admin.write", &Resource::system())?;
        let content = json!([message.name, message.correlation, message.variables]);
        let key = idempotency(
            message.idempotency.as_deref(),
            "cases.deliver_message",
            ctx,
            &content,
        );
        self.deliver(ctx, message, key, None)
    }

    /// The same for the platform itself, with a change that belongs to the same plan.
    pub(crate) fn deliver(
        &self,
        ctx: &OpCtx,
        message: &DeliverMessage,
        key: Option<IdempotencyKey>,
        sent: Option<(Expect, Change)>,
    ) -> Result<Delivered, ProcessError> {
        let text = |value: &Json| match value {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        let carried = message
            .correlation
            .values()
            .chain(message.variables.values());
        let keys: Vec<String> = carried.map(text).collect();
        let nobody = || ProcessError::NotFound {
            what: "message",
            id: message.name.clone(),
        };
        self.retrying(|| {
            let waiting = self
                .store
                .read(|reader| waits::for_message(reader, ctx.realm, &message.name, &keys))?;
            for wait in waiting {
                let event = Event::Message {
                    name: message.name.clone(),
                    correlation: message.correlation.clone(),
                    variables: message.variables.clone(),
                };
                match self.wake(ctx, &wait, event, key.clone(), sent.clone()) {
                    Err(ProcessError::Engine(EngineError::Gone { .. })) => {}
                    Err(error) => return Err(error),
                    Ok(()) => {
                        return Ok(Delivered {
                            cases: vec![wait.case_id],
                        });
                    }
                }
            }
            Err(nobody())
        })
    }

    /// Lets every case hear a signal that waits for it.
    ///
    /// # Errors
    /// A refusal of the gate, or the first failure of the store.
    pub fn send_signal(
        &self,
        ctx: &OpCtx,
        name: &str,
        variables: &Map<String, Json>,
        request: Option<&str>,
    ) -> Result<Delivered, ProcessError> {
        self.gate.require(ctx, "admin.write", &Resource::system())?;
        self.broadcast(ctx, name, variables, request)
    }

    pub(crate) fn broadcast(
        &self,
        ctx: &OpCtx,
        name: &str,
        variables: &Map<String, Json>,
        request: Option<&str>,
    ) -> Result<Delivered, ProcessError> {
        let waiting = self
            .store
            .read(|reader| waits::for_signal(reader, ctx.realm, name, AUDIENCE))?;
        let mut cases: Vec<String> = Vec::new();
        for wait in waiting {
            // A case hears a signal once, whatever in it waits for it.
            if cases.contains(&wait.case_id) {
                continue;
            }
            let key = request.map(|request| format!("{request}/{}", wait.case_id));
            let key = idempotency(
                key.as_deref(),
                "cases.signal",
                ctx,
                &json!([name, variables]),
            );
            let heard = self.retrying(|| {
                let event = Event::Signal {
                    name: name.to_owned(),
                    variables: variables.clone(),
                };
                self.wake(ctx, &wait, event, key.clone(), None)
            });
            match heard {
                Ok(()) => cases.push(wait.case_id),
                Err(ProcessError::Engine(EngineError::Gone { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Delivered { cases })
    }

    /// One case takes an event that it waited for: one plan.
    fn wake(
        &self,
        ctx: &OpCtx,
        wait: &WaitRow,
        event: Event,
        key: Option<IdempotencyKey>,
        sent: Option<(Expect, Change)>,
    ) -> Result<(), ProcessError> {
        let found = self.store.read(|reader| {
            let Some(case) = store::case_row(reader, ctx.realm, &wait.case_id)? else {
                return Ok(None);
            };
            let kind = self.kind_of(&case)?.clone();
            let loaded = store::load(reader, ctx.realm, case, &kind)?;
            Ok::<_, ProcessError>(Some((kind, loaded)))
        })?;
        let Some((kind, mut loaded)) = found else {
            return Err(gone(wait));
        };
        let mut record = self.step(ctx, &kind, &mut loaded, event, false)?;
        let mut text = note::consequences(&kind, &record);
        text.insert("kind".to_owned(), wait.kind.as_str().into());
        text.insert("node".to_owned(), wait.node.as_str().into());
        text.insert("event".to_owned(), wait.name.as_str().into());
        let op = format!("cases.{}", wait.kind);
        let subject = format!("case/{}", wait.case_id);
        let mut plan = Plan::new(ctx.realm, ctx.entry(&op, subject, Json::Object(text)))
            .expect(Expect::unchanged(
                "cases",
                [("id", wait.case_id.as_str().into())],
                loaded.case.pos,
            ))
            .idempotent(key);
        if let Some((expect, change)) = sent {
            plan = plan.expect(expect).change(change);
        }
        self.store.commit(self.planned(ctx, plan, &mut record)?)?;
        Ok(())
    }
}

fn gone(wait: &WaitRow) -> ProcessError {
    ProcessError::Engine(EngineError::Gone {
        node: wait.node.clone(),
    })
}
