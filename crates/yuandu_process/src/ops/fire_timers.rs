//! Fires the timers that are due. Each fires once; a case that cannot take its timer is set apart and the others go on.

use serde_json::{Map, Value as Json, json};
use yuandu_identity::{OpCtx, Resource};
use yuandu_ids::TimerId;
use yuandu_store::{Change, Expect, Plan, StoreError};

use crate::engine::{EngineError, Event};
use crate::error::ProcessError;
use crate::store::{self, TimerRow};

use super::calendars::Waiting;
use super::{DeliverMessage, Engine, note, retry};

/// What came of the timers that were due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fired {
    /// Timers that moved their case.
    pub fired: usize,
    /// Timers whose step was no longer open.
    pub dropped: usize,
    /// Timers their case could not take: an incident was recorded for each.
    pub failed: usize,
}

impl Fired {
    /// How many timers were dealt with.
    #[must_use]
    pub fn total(&self) -> usize {
        self.fired + self.dropped + self.failed
    }
}

impl Engine {
    /// Fires up to `limit` timers that are due, the oldest first. Calling it again changes nothing more.
    ///
    /// # Errors
    /// A refusal of the gate, or a failure of the store that concerns every case.
    pub fn fire_due_timers(&self, ctx: &OpCtx, limit: usize) -> Result<Fired, ProcessError> {
        self.gate.require(ctx, "admin.write", &Resource::system())?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let due = self
            .store
            .read(|reader| store::due_timers(reader, ctx.realm, ctx.now(), limit))?;
        let mut result = Fired::default();
        if due.is_empty() {
            return Ok(result);
        }
        // No timer fires on a deadline that a published calendar has moved and that has not followed yet.
        let waiting = self.waiting_edit(ctx)?;
        let turned = waiting.as_ref().map(Waiting::turned);
        for timer in due {
            let fired = self.retrying(|| {
                if let Some(turned) = &turned {
                    self.move_case(ctx, turned, &timer.case_id)?;
                }
                self.fire(ctx, &timer.id)
            });
            match fired {
                Ok(true) => result.fired += 1,
                Ok(false) => result.dropped += 1,
                Err(error) if is_of_the_case(&error) => {
                    self.set_apart(ctx, &timer, &error)?;
                    result.failed += 1;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(result)
    }

    /// Fires one timer; false when there was nothing to wake any more.
    fn fire(&self, ctx: &OpCtx, id: &str) -> Result<bool, ProcessError> {
        let found = self.store.read(|reader| {
            let timer = store::timer_row(reader, ctx.realm, id)?;
            let Some(timer) = timer
                .filter(|t| t.status == "armed" && t.due_at.is_some_and(|due| due <= ctx.now()))
            else {
                return Ok(None);
            };
            let Some(case) = store::case_row(reader, ctx.realm, &timer.case_id)? else {
                return Ok(None);
            };
            let kind = self.kind_of(&case)?.clone();
            let loaded = store::load(reader, ctx.realm, case, &kind)?;
            Ok::<_, ProcessError>(Some((timer, kind, loaded)))
        })?;
        let Some((timer, kind, mut loaded)) = found else {
            return Ok(false);
        };
        if let Some(throws) = &timer.throws {
            return self.send_thrown(ctx, &timer, throws, &loaded);
        }
        let event = Event::TimerFired {
            token: timer.token.unsigned_abs(),
            node: timer.node.clone(),
        };
        let mut record = match self.step(ctx, &kind, &mut loaded, event, false) {
            Err(ProcessError::Engine(EngineError::Gone { .. })) => {
                self.store
                    .commit(self.timer_plan(ctx, &timer, "dropped", Map::new()))?;
                return Ok(false);
            }
            step => step?,
        };
        let text = note::consequences(&kind, &record);
        let plan = self
            .timer_plan(ctx, &timer, "armed", self.named(&kind, &timer, text))
            .expect(Expect::unchanged(
                "cases",
                [("id", timer.case_id.as_str().into())],
                loaded.case.pos,
            ));
        // The row is set to fired after the step's own changes, which may still have moved or dropped it.
        let fired = Change::set("timers").key("id", timer.id.clone());
        let fired = fired.with("status", "fired").with("fired_at", ctx.now());
        self.store
            .commit(self.planned(ctx, plan, &mut record)?.change(fired))?;
        Ok(true)
    }

    /// What a case sent to others leaves: a message to the one that waits for it, a signal to all.
    fn send_thrown(
        &self,
        ctx: &OpCtx,
        timer: &TimerRow,
        throws: &str,
        loaded: &store::Loaded,
    ) -> Result<bool, ProcessError> {
        let frames = &loaded.matter.state.frames;
        let root = frames.values().find(|f| f.parent.is_none());
        let variables = root.map(|f| f.variables.clone()).unwrap_or_default();
        match throws.split_once(':') {
            Some(("message", name)) => {
                let message = DeliverMessage {
                    name: name.to_owned(),
                    correlation: variables,
                    ..DeliverMessage::default()
                };
                self.deliver(ctx, &message, None, None)?;
            }
            Some((_, name)) => {
                self.broadcast(ctx, name, &Map::new(), Some(&timer.id))?;
            }
            None => {}
        }
        let mut text = Map::new();
        text.insert("kind".to_owned(), "sent".into());
        text.insert("event".to_owned(), throws.into());
        let fired = Change::set("timers").key("id", timer.id.clone());
        let plan = self.timer_plan(ctx, timer, "fired", text);
        self.store
            .commit(plan.change(fired.with("fired_at", ctx.now())))?;
        Ok(true)
    }

    fn named(
        &self,
        kind: &crate::case_type::Kind,
        timer: &TimerRow,
        mut text: Map<String, Json>,
    ) -> Map<String, Json> {
        let node = kind
            .definition
            .processes
            .values()
            .find_map(|p| p.node(&timer.node));
        text.insert("kind".to_owned(), "timer".into());
        text.insert("node".to_owned(), timer.node.as_str().into());
        text.insert("name".to_owned(), json!(node.map(|n| &n.name)));
        text.insert("clock".to_owned(), json!(timer.clock));
        text.insert(
            "due".to_owned(),
            json!(timer.due_at.map(|at| at.to_string())),
        );
        text
    }

    pub(crate) fn timer_plan(
        &self,
        ctx: &OpCtx,
        timer: &TimerRow,
        status: &str,
        text: Map<String, Json>,
    ) -> Plan {
        let entry = ctx.entry(
            "cases.fire_timer",
            format!("case/{}", timer.case_id),
            Json::Object(text),
        );
        Plan::new(ctx.realm, entry)
            .expect(Expect::unchanged(
                "timers",
                [("id", timer.id.as_str().into())],
                timer.pos,
            ))
            .change(
                Change::set("timers")
                    .key("id", timer.id.clone())
                    .with("status", status.to_owned()),
            )
    }

    /// Records why a case cannot take its timer; the timer does not fire again by itself.
    fn set_apart(
        &self,
        ctx: &OpCtx,
        timer: &TimerRow,
        error: &ProcessError,
    ) -> Result<(), ProcessError> {
        if let Some(next) =
            retry::next_try(timer.tries.unwrap_or(0), ctx.now()).filter(|_| retry::helps(error))
        {
            return self.later(ctx, timer, next, error);
        }
        let mut text = Map::new();
        text.insert("kind".to_owned(), "incident".into());
        text.insert("node".to_owned(), timer.node.as_str().into());
        text.insert("reason".to_owned(), json!(error.message()));
        let incident = Change::put("incidents")
            .with("id", TimerId::generate(ctx.now()).to_string())
            .with("case_id", timer.case_id.clone())
            .with("node", timer.node.clone())
            .with("reason", error.to_string())
            .with("at", ctx.now())
            .with("status", "open")
            .with("timer", timer.id.clone())
            .with("input", timer.throws.clone());
        match self
            .store
            .commit(self.timer_plan(ctx, timer, "failed", text).change(incident))
        {
            // Someone else dealt with the timer meanwhile.
            Err(StoreError::Changed { .. }) | Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether a failure concerns this case alone, so that the others can go on.
fn is_of_the_case(error: &ProcessError) -> bool {
    use yuandu_store::StoreError as S;
    !matches!(
        error,
        ProcessError::Store(
            S::Busy { .. } | S::Disk { .. } | S::Corrupt { .. } | S::Closed | S::Locked { .. }
        ) | ProcessError::Contended
    )
}
