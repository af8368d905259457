//! Computes open deadlines anew after the calendar was edited (see `calendars`). Each case that moves gets an entry of its own that says
//! from when to when, and by which days; cases that do not move are left alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use yuandu_base::LocalText;
use yuandu_base::calendar::{CalendarEdit, DEFAULT_WARN_PERCENT, Moved, Recount};
use yuandu_identity::OpCtx;
use yuandu_store::{Expect, Plan, StoreError};

use crate::case_type::Kind;
use crate::engine::{self, ClockStatus, Matter, Step};
use crate::error::ProcessError;
use crate::store::{self, RunningClock};

use super::{Engine, note, record};

/// Clocks looked at for one commit: its plans share one sync.
const PAGE: i64 = 500;

/// Why each clock of a case moved, by its name.
type Whys = BTreeMap<String, LocalText>;

/// An edit of the calendar as open deadlines follow it.
pub(crate) struct Turned<'a> {
    /// What changed.
    pub(crate) edit: CalendarEdit<'a>,
    /// The version that counts now.
    pub(crate) version: &'a str,
    /// The notices or orders it rests on.
    pub(crate) basis: String,
}

/// What an edit of the calendar did to the open deadlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reprojected {
    /// Running clocks that were looked at.
    pub looked: usize,
    /// Cases whose deadlines this edit moved, now or before it was broken off.
    pub moved: usize,
    /// Cases that could not be written; they are looked at again when this is run again.
    pub failed: usize,
}

impl Engine {
    /// Moves the open deadlines of a realm to an edited calendar. Running it again moves nothing
    /// more. A clock that stands still has no deadline; it is computed on the new calendar when it is resumed.
    pub(crate) fn reproject_clocks(
        &self,
        ctx: &OpCtx,
        turned: &Turned<'_>,
    ) -> Result<Reprojected, ProcessError> {
        let mut result = Reprojected::default();
        if turned.edit.is_empty() {
            return Ok(result);
        }
        let mut after = String::new();
        loop {
            let page = self
                .store
                .read(|reader| store::running_clocks(reader, ctx.realm, &after, PAGE))?;
            let Some(last) = page.last() else {
                return Ok(result);
            };
            after.clone_from(&last.id);
            result.looked += page.len();
            let (mut moving, mut moved) = (BTreeSet::new(), BTreeSet::new());
            for clock in page {
                let last = clock.ledger.recounts.last();
                if moves(turned, &clock) {
                    moving.insert(clock.case_id);
                } else if last.is_some_and(|last| last.calendar == turned.version) {
                    moved.insert(clock.case_id);
                }
            }
            result.moved += moved.difference(&moving).count();
            self.move_cases(ctx, turned, &moving, &mut result)?;
        }
    }

    /// Commits the moves of a page together; a case that somebody changed meanwhile is read again.
    fn move_cases(
        &self,
        ctx: &OpCtx,
        turned: &Turned<'_>,
        cases: &BTreeSet<String>,
        result: &mut Reprojected,
    ) -> Result<(), ProcessError> {
        let mut plans = Vec::with_capacity(cases.len());
        let mut planned = Vec::with_capacity(cases.len());
        for id in cases {
            if let Some(plan) = self.move_plan(ctx, turned, id)? {
                plans.push(plan);
                planned.push(id);
            }
        }
        for (id, outcome) in planned.into_iter().zip(self.store.commit_all(plans)) {
            let outcome = match outcome {
                Ok(_) => Ok(()),
                Err(StoreError::Changed { .. }) => {
                    self.retrying(|| self.move_case(ctx, turned, id))
                }
                Err(error) => Err(error.into()),
            };
            match outcome {
                Ok(()) => result.moved += 1,
                Err(ProcessError::Contended) => result.failed += 1,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Moves the clocks of one case, if they move.
    pub(crate) fn move_case(
        &self,
        ctx: &OpCtx,
        turned: &Turned<'_>,
        id: &str,
    ) -> Result<(), ProcessError> {
        if let Some(plan) = self.move_plan(ctx, turned, id)? {
            self.store.commit(plan)?;
        }
        Ok(())
    }

    /// The plan that moves the clocks of one case; none if none of them moves any more.
    fn move_plan(
        &self,
        ctx: &OpCtx,
        turned: &Turned<'_>,
        id: &str,
    ) -> Result<Option<Plan>, ProcessError> {
        let found = self.store.read(|reader| {
            let Some(case) = store::case_row(reader, ctx.realm, id)? else {
                return Ok(None);
            };
            let kind = self.kind_of(&case)?.clone();
            let loaded = store::load(reader, ctx.realm, case, &kind)?;
            Ok::<_, ProcessError>(Some((kind, loaded)))
        })?;
        let Some((kind, mut loaded)) = found else {
            return Ok(None);
        };
        let mut matter = std::mem::take(&mut loaded.matter);
        let Some((whys, changed)) = move_clocks(&mut matter, &kind, turned, ctx.now()) else {
            return Ok(None);
        };
        let step = Step {
            matter,
            effects: Vec::new(),
            changed,
            touched: whys.keys().cloned().collect(),
            path: Vec::new(),
            flows: Vec::new(),
        };
        let mut record = record::record(&kind, &loaded, step, ctx.now(), self.zone(), false);
        let mut text = note::consequences(&kind, &record);
        text.extend(reasons(&whys, turned));
        let entry = ctx.entry(
            "cases.reproject_clocks",
            format!("case/{id}"),
            Json::Object(text),
        );
        let plan = Plan::new(ctx.realm, entry).expect(Expect::unchanged(
            "cases",
            [("id", id.into())],
            loaded.case.pos,
        ));
        self.planned(ctx, plan, &mut record).map(Some)
    }
}

/// Moves the running clocks of a case and the facts that hold their due instants; says why for each, and which facts
/// changed. None if no clock moves.
fn move_clocks(
    matter: &mut Matter,
    kind: &Kind,
    turned: &Turned<'_>,
    now: Timestamp,
) -> Option<(Whys, BTreeSet<String>)> {
    let edit = &turned.edit;
    let mut whys = Whys::new();
    let mut changed = BTreeSet::new();
    for (name, clock) in &mut matter.clocks {
        let running = clock.status == ClockStatus::Running;
        let moved = edit.moved(&clock.ledger, DEFAULT_WARN_PERCENT);
        let Some(moved) = moved.ok().flatten().filter(|_| running) else {
            continue;
        };
        // What the table holds counts: a clock that is there already is not moved twice.
        let Some(before) = clock.due.filter(|due| *due != moved.after) else {
            continue;
        };
        let moved = Moved { before, ..moved };
        let why = edit.why(&clock.ledger, &moved);
        clock.ledger.recounts.push(Recount {
            at: now,
            calendar: turned.version.to_owned(),
            before,
            after: moved.after,
            why: why.clone(),
            basis: turned.basis.clone(),
        });
        whys.insert(name.clone(), why);
        (clock.due, clock.warn) = (Some(moved.after), Some(moved.warn));
        for field in engine::due_facts(&kind.definition, name) {
            let instant = Json::from(moved.after.to_string());
            matter.facts.insert(field.to_owned(), instant);
            changed.insert(field.to_owned());
        }
    }
    (!whys.is_empty()).then_some((whys, changed))
}

fn moves(turned: &Turned<'_>, clock: &RunningClock) -> bool {
    let moved = turned.edit.moved(&clock.ledger, DEFAULT_WARN_PERCENT);
    moved.is_ok_and(|moved| moved.is_some_and(|moved| clock.due != Some(moved.after)))
}

fn reasons(whys: &Whys, turned: &Turned<'_>) -> Map<String, Json> {
    let whys: Vec<Json> = whys
        .iter()
        .map(|(name, why)| json!({ "clock": name, "why": why }))
        .collect();
    let mut text = Map::new();
    text.insert("kind".to_owned(), "reprojected".into());
    text.insert("calendar".to_owned(), turned.version.into());
    text.insert("basis".to_owned(), turned.basis.as_str().into());
    text.insert("moved".to_owned(), whys.into());
    text
}
