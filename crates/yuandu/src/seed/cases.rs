//! Lets the demo cases live: each event happens at its instant on the simulated clock, timers fire on the way.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context as _;
use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use yuandu_api::{App, operations};
use yuandu_base::{Clock as _, SimulatedClock};
use yuandu_demo::{CaseScript, CaseStep, timeline};
use yuandu_identity::{Actor, Officer, OpCtx};
use yuandu_process::{CompleteTask, OpenCase};

use super::{photos, system};

/// Timers are looked for this often while the clock moves on.
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// The system whose cases these are.
const SYSTEM: &str = "city-care";

/// A case that was opened: its id and number.
#[derive(Debug, Clone, Default)]
pub(super) struct Opened {
    pub(super) id: String,
    pub(super) number: String,
}

struct City<'a> {
    app: &'a App,
    clock: &'a Arc<SimulatedClock>,
    pictures: Vec<String>,
    officers: HashMap<String, Arc<Officer>>,
}

/// Runs all scripts up to `now` and returns the cases in the order of the scripts.
pub(super) fn live(
    app: &App,
    clock: &Arc<SimulatedClock>,
    scripts: &[CaseScript],
    now: Timestamp,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Opened>> {
    let pictures = photos::draw(app, &system(app))?;
    let mut city = City {
        app,
        clock,
        pictures,
        officers: HashMap::new(),
    };
    let mut opened = vec![Opened::default(); scripts.len()];
    for (at, number, step) in timeline(scripts) {
        city.move_on(at)?;
        let Some(script) = scripts.get(number) else {
            continue;
        };
        match step.and_then(|step| script.steps.get(step)) {
            None => {
                if let Some(place) = opened.get_mut(number) {
                    *place = city
                        .report(number, script)
                        .with_context(|| format!("script {number}: report at {at}"))?;
                }
                bar.inc(1);
            }
            Some(step) => city.step(&opened, number, step).with_context(|| {
                format!("script {number}: {} {} at {at}", step.node, step.outcome)
            })?,
        }
    }
    city.move_on(now)?;
    Ok(opened)
}

impl City<'_> {
    /// Moves the clock to `instant` and fires what falls due on the way.
    fn move_on(&self, instant: Timestamp) -> anyhow::Result<()> {
        let mut at = self.clock.now();
        while at < instant {
            at = (at + HOUR).min(instant);
            self.clock.set(at);
            self.app.engine.fire_due_timers(&system(self.app), 500)?;
        }
        Ok(())
    }

    fn report(&mut self, number: usize, script: &CaseScript) -> anyhow::Result<Opened> {
        let mut facts = Map::new();
        facts.insert("words".to_owned(), json!(script.words));
        facts.insert("reporter_kind".to_owned(), json!(script.reporter_kind));
        let optional = [
            ("contact_name", &script.contact_name),
            ("contact_phone", &script.contact_phone),
            ("component", &script.component),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                facts.insert(name.to_owned(), json!(value));
            }
        }
        if script.photos > 0 {
            let names: Vec<&String> = self
                .pictures
                .iter()
                .cycle()
                .skip(number)
                .take(script.photos.into())
                .collect();
            facts.insert("photos".to_owned(), json!(names));
        }
        let actor = match &script.reported_by {
            Some(login) => Actor::Officer(self.officer(login)?),
            None => Actor::Anonymous,
        };
        let ctx = self.ctx(actor);
        let placed = !script.grid.is_empty();
        let mut open = OpenCase {
            system: SYSTEM.to_owned(),
            category: Some(script.category.clone()),
            place: placed.then(|| (script.position.lon(), script.position.lat())),
            address: Some(script.address.zh.clone()).filter(|address| !address.is_empty()),
            grid: placed.then(|| script.grid.clone()),
            channel: script.channel.to_owned(),
            facts,
            idempotency: Some(script.key.clone()),
            ..OpenCase::default()
        };
        operations::cases::copy_sourced(self.app, &ctx, SYSTEM, &mut open.facts).map_err(told)?;
        operations::cases::locate(self.app, &mut open).map_err(told)?;
        let opened = self
            .app
            .engine
            .open_case(&ctx, &open)
            .map_err(|error| told(error.into()))?;
        Ok(Opened {
            id: opened.case_id,
            number: opened.number,
        })
    }

    fn step(&mut self, opened: &[Opened], number: usize, step: &CaseStep) -> anyhow::Result<()> {
        let case = opened.get(number).context("the case was not opened")?;
        let view = self
            .app
            .engine
            .case_view(&system(self.app), &case.id)
            .map_err(|error| told(error.into()))?;
        let open = view.tasks.iter().find(|open| open.task.node == step.node);
        let task = open.with_context(|| {
            let nodes: Vec<&str> = view
                .tasks
                .iter()
                .map(|open| open.task.node.as_str())
                .collect();
            format!(
                "no open task `{}`, but {nodes:?} (status {})",
                step.node, view.case.status
            )
        })?;
        let mut data = step.data.clone();
        if let Some(field) = step.photo_field {
            let name: Vec<&String> = self
                .pictures
                .iter()
                .cycle()
                .skip(number + 5)
                .take(1)
                .collect();
            data.insert(field.to_owned(), json!(name));
        }
        if let Some(parent) = step.parent.and_then(|parent| opened.get(parent)) {
            data.insert("parent".to_owned(), Value::from(parent.number.as_str()));
        }
        let complete = CompleteTask {
            task: task.task.id.clone(),
            outcome: step.outcome.to_owned(),
            data,
            idempotency: None,
        };
        let officer = self.officer(&step.actor)?;
        let ctx = self.ctx(Actor::Officer(officer));
        self.app
            .engine
            .complete_task(&ctx, &complete)
            .map_err(|error| told(error.into()))?;
        Ok(())
    }

    fn ctx(&self, actor: Actor) -> OpCtx {
        system(self.app).as_actor(actor)
    }

    fn officer(&mut self, login: &str) -> anyhow::Result<Arc<Officer>> {
        if let Some(officer) = self.officers.get(login) {
            return Ok(Arc::clone(officer));
        }
        let officer = self
            .app
            .identity
            .officer(&system(self.app), login, None)
            .with_context(|| format!("no officer `{login}`"))?;
        self.officers.insert(login.to_owned(), Arc::clone(&officer));
        Ok(officer)
    }
}

/// An error with the problems of each field.
fn told(error: yuandu_api::ApiError) -> anyhow::Error {
    let problems: Vec<String> = error
        .problems
        .iter()
        .map(|problem| format!("{}: {}", problem.place, problem.message.en))
        .collect();
    anyhow::anyhow!("{} {}", error.message.en, problems.join("; "))
}
