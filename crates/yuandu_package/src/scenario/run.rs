//! Running scenarios: step by step until something is not as expected, then the log is verified.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use yuandu_identity::{IdentityError, OpCtx};
use yuandu_process::{CompleteTask, JoinCase, OpenCase, ProcessError};
use yuandu_schema::{FieldType, FormField};

use super::expect::{Found, Refusal};
use super::look::Look;
use super::world::{Stage, World, WorldError};
use super::{Deed, Failure, Report, Scenario, ScenarioResult, Step, Who, records};
use crate::packages::Packages;

/// Runs the scenarios of a package; `filter` keeps those whose file or heading holds it.
#[must_use]
pub fn run_scenarios(packages: &Packages, id: &str, filter: Option<&str>) -> Report {
    let mut report = Report {
        package: id.to_owned(),
        scenarios: Vec::new(),
    };
    let Some(package) = packages.get(id) else {
        return report;
    };
    let wanted = |scenario: &&Scenario| {
        let texts = [&scenario.file, &scenario.title.zh, &scenario.title.en];
        filter.is_none_or(|filter| texts.iter().any(|text| text.contains(filter)))
    };
    let scenarios: Vec<&Scenario> = package.scenarios().iter().filter(wanted).collect();
    if scenarios.is_empty() {
        return report;
    }
    let stage = Stage::new(packages, package);
    for scenario in scenarios {
        let mut result = ScenarioResult {
            file: scenario.file.clone(),
            title: scenario.title.clone(),
            steps: 0,
            failures: Vec::new(),
        };
        let outcome = match &stage {
            Ok(stage) => Run::new(stage, scenario).and_then(|mut run| run.all(&mut result)),
            Err(error) => Err(WorldError::Text(error.to_string())),
        };
        if let Err(error) = outcome {
            let line = scenario.steps.get(result.steps).map_or(1, |step| step.line);
            let got = error.to_string();
            result
                .failures
                .push(failure(scenario, line, "step", "it is done", &got));
        }
        report.scenarios.push(result);
    }
    report
}

fn failure(scenario: &Scenario, line: usize, what: &str, expected: &str, got: &str) -> Failure {
    Failure {
        file: scenario.file.clone(),
        line,
        what: what.to_owned(),
        expected: expected.to_owned(),
        got: got.to_owned(),
    }
}

/// One scenario under way.
pub(super) struct Run<'s> {
    stage: &'s Stage<'s>,
    pub(super) world: World<'s>,
    scenario: &'s Scenario,
    /// The scenario's names of cases: ids and numbers.
    pub(super) ids: BTreeMap<String, String>,
    numbers: BTreeMap<String, String>,
}

impl<'s> Run<'s> {
    fn new(stage: &'s Stage<'s>, scenario: &'s Scenario) -> Result<Self, WorldError> {
        Ok(Self {
            stage,
            world: World::new(stage)?,
            scenario,
            ids: BTreeMap::new(),
            numbers: BTreeMap::new(),
        })
    }

    fn all(&mut self, result: &mut ScenarioResult) -> Result<(), WorldError> {
        for step in &self.scenario.steps {
            result.failures = self.step(step)?;
            if !result.failures.is_empty() {
                return Ok(());
            }
            result.steps += 1;
        }
        for finding in self.world.verify()? {
            let agree = "the log and the tables agree";
            result
                .failures
                .push(failure(self.scenario, 1, "log", agree, &finding));
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<Vec<Failure>, WorldError> {
        if let Some(at) = step.at {
            self.world.move_to(at)?;
        }
        // People, organisations and photos of the step come into being before what it writes is counted.
        let (data, ctx) = (self.data(&step.data)?, self.world.acting(&step.who)?);
        if let Deed::Hand(by) = &step.deed {
            self.prepare(by)?;
        }
        let size = self.world.store().size();
        let (answered, refused) = match self.act(step, &ctx, data) {
            Ok(answered) => (answered, None),
            Err(error) => (Map::new(), Some(self.refusal(error, size)?)),
        };
        let meant = step.expect.iter().any(|wanted| wanted.key == "refused");
        if let Some(refusal) = refused.as_ref().filter(|_| !meant) {
            let got = refusal.reasons.join(", ");
            let unmet = failure(self.scenario, step.line, "step", "it is done", &got);
            return Ok(vec![unmet]);
        }
        let look = self.look(step)?;
        let calendar = self.world.calendar()?;
        let found = Found {
            look: look.as_ref(),
            labels: &self.ids,
            store: self.world.store(),
            realm: self.world.realm(),
            calendar: &calendar,
            refused: refused.as_ref(),
            answered: &answered,
        };
        Ok(found.compare(&self.scenario.file, &step.expect)?)
    }

    fn look(&self, step: &Step) -> Result<Option<Look>, WorldError> {
        let (Some(id), Some(kind)) = (self.ids.get(&step.case), &self.stage.kind) else {
            return Ok(None);
        };
        let (store, now) = (self.world.store(), self.world.now());
        Ok(Look::take(store, self.world.realm(), kind, id, now)?)
    }

    /// What an error told the one who acted; errors that are no refusals stop the scenario.
    fn refusal(&self, error: WorldError, size: u64) -> Result<Refusal, WorldError> {
        let log_grew = self.world.store().size() > size;
        let reasons = match &error {
            WorldError::Process(error) => reasons(error),
            WorldError::Registers(error) => records::reasons(error),
            _ => return Err(error),
        };
        Ok(Refusal { reasons, log_grew })
    }

    /// Does the step; what it answers can be expected.
    fn act(
        &mut self,
        step: &Step,
        ctx: &OpCtx,
        data: Map<String, Json>,
    ) -> Result<Map<String, Json>, WorldError> {
        match &step.deed {
            Deed::Record(record) => self.world.record(ctx, record, data),
            Deed::Read(read) => self.world.read_record(ctx, read),
            _ => self.move_case(step, ctx, data).map(|()| Map::new()),
        }
    }

    fn move_case(
        &mut self,
        step: &Step,
        ctx: &OpCtx,
        data: Map<String, Json>,
    ) -> Result<(), WorldError> {
        match &step.deed {
            Deed::Wait | Deed::Record(_) | Deed::Read(_) => Ok(()),
            Deed::Decide {
                register,
                record,
                approve,
                reason,
            } => self
                .world
                .decide(ctx, (register, record), (*approve, reason)),
            Deed::Calendar { change, basis } => self.world.edit_calendar(change, basis),
            Deed::Report => self.report(step, ctx, data),
            Deed::Join { parent } => self.join(step, ctx, parent, data),
            Deed::Complete { task, outcome } => {
                let task = self.task(step, ctx, task)?;
                let outcome = outcome.clone();
                let request = CompleteTask {
                    task,
                    outcome,
                    data,
                    idempotency: None,
                };
                self.world.engine.complete_task(ctx, &request)?;
                Ok(())
            }
            Deed::Claim { task } => {
                let task = self.task(step, ctx, task)?;
                Ok(self.world.engine.claim_task(ctx, &task)?)
            }
            Deed::Release { task } => {
                let task = self.task(step, ctx, task)?;
                Ok(self.world.engine.release_task(ctx, &task)?)
            }
            Deed::Hand(hand) => self.hand(step, ctx, hand),
            Deed::Look => {
                let id = self.ids.get(&step.case).cloned();
                let id = id.ok_or_else(|| unopened(&step.case))?;
                self.world.engine.case_view(ctx, &id)?;
                Ok(())
            }
        }
    }

    fn report(
        &mut self,
        step: &Step,
        ctx: &OpCtx,
        mut facts: Map<String, Json>,
    ) -> Result<(), WorldError> {
        let mut text = |name: &str| {
            let value = facts.remove(name)?;
            value.as_str().map(str::to_owned)
        };
        let none = || WorldError::Text("the package has no kind of case".to_owned());
        let kind = self.stage.kind.as_ref().ok_or_else(none)?;
        let register = self.stage.register.ok_or_else(none)?;
        let mut request = OpenCase {
            system: kind.system.clone(),
            category: text("category"),
            address: text("address"),
            grid: text("grid"),
            division: text("division"),
            org: text("org"),
            channel: text("channel").unwrap_or_else(|| channel(&step.who)),
            ..OpenCase::default()
        };
        request.place = facts.remove("place").as_ref().and_then(position);
        self.world
            .registers
            .copy_sourced(ctx, register, &mut facts)?;
        request.facts = facts;
        let opened = self.world.engine.open_case(ctx, &request)?;
        self.name(step, opened.case_id, opened.number);
        Ok(())
    }

    fn join(
        &mut self,
        step: &Step,
        ctx: &OpCtx,
        parent: &str,
        mut facts: Map<String, Json>,
    ) -> Result<(), WorldError> {
        let number = self.numbers.get(parent).cloned();
        let parent = number.ok_or_else(|| unopened(parent))?;
        let channel = match facts.remove("channel") {
            Some(Json::String(channel)) => channel,
            _ => channel(&step.who),
        };
        let request = JoinCase {
            parent,
            channel,
            facts,
            idempotency: None,
        };
        let opened = self.world.engine.join_case(ctx, &request)?;
        self.name(step, opened.case_id, opened.number);
        Ok(())
    }

    fn name(&mut self, step: &Step, id: String, number: String) {
        self.ids.insert(step.case.clone(), id);
        self.numbers.insert(step.case.clone(), number);
    }

    /// The id of the task a step names.
    pub(super) fn task(&self, step: &Step, ctx: &OpCtx, node: &str) -> Result<String, WorldError> {
        let look = self.look(step)?.ok_or_else(|| unopened(&step.case))?;
        let user = ctx.officer().map(|officer| officer.user.to_string());
        match look.task(node, user.as_deref()) {
            Some(task) => Ok(task.id.clone()),
            None => {
                let open = look.open_tasks().join(", ");
                let text = format!("there is no task `{node}` yet; open: {open}");
                Err(WorldError::Text(text))
            }
        }
    }

    /// What a step sends: words for photos become stored photos, `[lon, lat]` a place, `@A` the number of the case `A`,
    /// and organisations that are named come into being.
    fn data(&mut self, written: &Map<String, Json>) -> Result<Map<String, Json>, WorldError> {
        let mut data = Map::new();
        for (name, value) in written {
            let value = match value {
                Json::Array(items) if items.iter().all(Json::is_number) => place(items)?,
                Json::Array(items) => {
                    let words = items.iter().filter_map(Json::as_str);
                    let photos = words.map(|word| self.world.photo(word).map(Json::String));
                    photos.collect::<Result<_, _>>()?
                }
                Json::String(text) => match text.strip_prefix('@') {
                    Some(label) => {
                        let number = self.numbers.get(label).cloned();
                        number.ok_or_else(|| unopened(label))?.into()
                    }
                    None => {
                        if self.is_org(name) {
                            self.world.ensure_org(text)?;
                        }
                        value.clone()
                    }
                },
                other => other.clone(),
            };
            data.insert(name.clone(), value);
        }
        Ok(data)
    }

    /// Whether a field of the case, of a form or of a register takes an organisation.
    fn is_org(&self, name: &str) -> bool {
        let kind = self.stage.kind.iter();
        let facts = kind.clone().flat_map(|kind| &kind.fields);
        let forms = kind.flat_map(|kind| kind.forms.values().flat_map(|form| &form.fields));
        let own = forms.filter_map(|field| match field {
            FormField::Own { field, .. } => Some(field),
            FormField::Case { .. } => None,
        });
        let registers = self.world.registers.defs().flat_map(|def| &def.fields);
        let mut fields = facts.chain(own).chain(registers);
        name == "org" || fields.any(|field| field.name == name && field.kind == FieldType::Org)
    }
}

pub(super) fn unopened(label: &str) -> WorldError {
    WorldError::Text(format!("no step above opened the case `{label}`"))
}

fn channel(who: &Who) -> String {
    match who {
        Who::Resident | Who::Platform => "web".to_owned(),
        Who::Post { .. } => "collector".to_owned(),
    }
}

/// A place, written `[lon, lat]`.
fn place(items: &[Json]) -> Result<Json, WorldError> {
    match items {
        [lon, lat] => Ok(json!({ "lon": lon, "lat": lat })),
        _ => Err(WorldError::Text(
            "a place is written [longitude, latitude]".to_owned(),
        )),
    }
}

fn position(value: &Json) -> Option<(f64, f64)> {
    Some((value.get("lon")?.as_f64()?, value.get("lat")?.as_f64()?))
}

/// The codes and fields of a refusal, or the word for its kind and what it says.
fn reasons(error: &ProcessError) -> Vec<String> {
    let word = match error {
        ProcessError::Invalid(problems) => {
            let told = problems.iter();
            return told
                .flat_map(|p| [p.code.clone(), p.place.clone()])
                .collect();
        }
        ProcessError::NotFound { .. } => "not_found",
        ProcessError::TaskDone { .. } => "task_done",
        ProcessError::Claimed { .. } => "claimed",
        ProcessError::Waits { .. } => "waits",
        ProcessError::Identity(error) => return denied(error),
        ProcessError::Engine(_) => "engine",
        _ => "failed",
    };
    vec![word.to_owned(), error.to_string()]
}

/// A refusal of the gate: the word, the action, and the reasons of the policies.
pub(super) fn denied(error: &IdentityError) -> Vec<String> {
    let mut told = vec!["denied".to_owned()];
    match error {
        IdentityError::Denied { action, reasons } => {
            told.push(action.clone());
            told.extend(reasons.iter().map(|reason| reason.en.clone()));
        }
        other => told.push(other.to_string()),
    }
    told
}
