//! Trying again: by itself after a while, then by a person who has seen why it failed.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, json};
use yuandu_identity::{OpCtx, Resource};
use yuandu_store::{Change, Expect, StoreError};

use crate::engine::EngineError;
use crate::error::ProcessError;
use crate::queries::incidents;
use crate::store::{self, TimerRow};

use super::{Engine, note};

/// How long to wait after each failure, in minutes; after the last a person looks at it.
const PAUSES: [i64; 4] = [1, 5, 30, 120];

/// When a step that has failed some times is tried again; none when it has been tried often enough.
pub(super) fn next_try(tries: i64, now: Timestamp) -> Option<Timestamp> {
    let pause = PAUSES.get(usize::try_from(tries).ok()?)?;
    now.checked_add(SignedDuration::from_mins(*pause)).ok()
}

/// Whether time may help: a service that failed, a message nobody waits for yet. A fault of the model stays.
pub(super) fn helps(error: &ProcessError) -> bool {
    matches!(
        error,
        ProcessError::Engine(EngineError::Uncaught { .. }) | ProcessError::NotFound { .. }
    )
}

impl Engine {
    /// Puts a timer that failed off to its next try.
    pub(super) fn later(
        &self,
        ctx: &OpCtx,
        timer: &TimerRow,
        next: Timestamp,
        error: &ProcessError,
    ) -> Result<(), ProcessError> {
        let mut text = Map::new();
        text.insert("kind".to_owned(), "retry_later".into());
        text.insert("node".to_owned(), timer.node.as_str().into());
        text.insert("reason".to_owned(), json!(error.message()));
        text.insert("due".to_owned(), next.to_string().into());
        let change = Change::set("timers").key("id", timer.id.clone());
        let change = change
            .with("tries", timer.tries.unwrap_or(0).saturating_add(1))
            .with("due_at", next);
        let plan = self.timer_plan(ctx, timer, "armed", text).change(change);
        match self.store.commit(plan) {
            // Someone else dealt with the timer meanwhile.
            Err(StoreError::Changed { .. }) | Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Tries again what failed: the incident is resolved and the step is done with the next timers.
    ///
    /// # Errors
    /// [`ProcessError::NotFound`] when there is no such open incident; a refusal of the gate.
    pub fn retry_incident(&self, ctx: &OpCtx, incident: &str) -> Result<(), ProcessError> {
        self.gate.require(ctx, "admin.write", &Resource::system())?;
        let missing = || ProcessError::NotFound {
            what: "incident",
            id: incident.to_owned(),
        };
        self.retrying(|| {
            let found = self.store.read(|reader| {
                let Some(open) = incidents::open(reader, ctx.realm, incident)? else {
                    return Ok(None);
                };
                let timer = store::timer_row(reader, ctx.realm, &open.timer)?;
                Ok::<_, ProcessError>(timer.map(|timer| (open, timer)))
            })?;
            let (open, timer) = found.ok_or_else(missing)?;
            let mut text = Map::new();
            text.insert("kind".to_owned(), "retry".into());
            text.insert("who".to_owned(), note::who(ctx));
            text.insert("node".to_owned(), timer.node.as_str().into());
            let again = Change::set("timers").key("id", timer.id.clone());
            let again = again.with("tries", 0_i64).with("due_at", ctx.now());
            let resolved = Change::set("incidents").key("id", incident.to_owned());
            let resolved = resolved
                .with("status", "resolved")
                .with("resolved_at", ctx.now())
                .with("resolved_by", ctx.actor_name());
            let plan = self
                .timer_plan(ctx, &timer, "armed", text)
                .expect(Expect::unchanged(
                    "incidents",
                    [("id", incident.into())],
                    open.pos,
                ))
                .change(again)
                .change(resolved);
            self.store.commit(plan)?;
            Ok(())
        })
    }
}
