//! Plays a model in memory on a simulated clock: the same engine as the server's, with a script for people, jobs,
//! messages and time.
//!
//! Start with [`play`]. What a script may say is read in `script`; what is told of each step is in `report`.

mod moves;
mod report;
mod script;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use yuandu_base::calendar::Calendar;
use yuandu_feel::Context;

use crate::bpmn::{NodeKind, Process, Trigger, Value};
use crate::engine::{self, Definition, Effect, EngineError, Event, Matter, Surroundings};

pub use script::{Script, read_script};
use script::{Service, Step};

/// Timers that come again and again stop a clock that is advanced too far.
const MAX_FIRINGS: usize = 100_000;

/// What came of a play.
#[derive(Debug)]
pub struct Played {
    /// The whole of it: state, path, tokens, variables, incidents, and the same after each step.
    pub report: Json,
    /// Whether something went wrong on the way.
    pub incidents: bool,
}

/// Plays a script on some processes. `main` is the process that begins.
#[must_use]
pub fn play(processes: Vec<Process>, main: &str, script: &Script) -> Played {
    let definition = Definition::new(main, processes, BTreeMap::new(), Vec::new());
    let mut player = Player::new(&definition, script);
    player.whole(script);
    Played {
        incidents: !player.incidents.is_empty(),
        report: player.report(main),
    }
}

/// A timer that is armed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Alarm {
    due: Timestamp,
    token: u64,
    node: String,
}

/// The play under way.
struct Player<'a> {
    definition: &'a Definition,
    calendar: &'static Calendar,
    matter: Matter,
    now: Timestamp,
    /// The instant the play begins at: timers that begin a process count from it.
    origin: Timestamp,
    alarms: BTreeSet<Alarm>,
    /// Clocks that timers follow.
    following: BTreeMap<(u64, String), String>,
    services: &'a BTreeMap<String, Service>,
    all_wait: bool,
    /// Ids and names of activities the script speaks of: their jobs wait for it.
    spoken_of: BTreeSet<String>,
    candidates: BTreeMap<u64, Json>,
    begun: bool,
    ended: Option<String>,
    last_variables: Map<String, Json>,
    path: Vec<String>,
    flows: Vec<String>,
    thrown: Vec<Json>,
    simulated: Vec<String>,
    incidents: Vec<Json>,
    steps: Vec<Json>,
    at_step: usize,
}

impl<'a> Player<'a> {
    fn new(definition: &'a Definition, script: &'a Script) -> Self {
        Self {
            definition,
            calendar: Calendar::statutory(),
            matter: Matter::default(),
            now: script.now,
            origin: script.now,
            alarms: BTreeSet::new(),
            following: BTreeMap::new(),
            services: &script.services,
            all_wait: script.services_wait,
            spoken_of: script.spoken_of(),
            candidates: BTreeMap::new(),
            begun: false,
            ended: None,
            last_variables: Map::new(),
            path: Vec::new(),
            flows: Vec::new(),
            thrown: Vec::new(),
            simulated: Vec::new(),
            incidents: Vec::new(),
            steps: Vec::new(),
            at_step: 0,
        }
    }

    fn whole(&mut self, script: &Script) {
        let main = script.process.as_deref().unwrap_or(&self.definition.main);
        let process = self.definition.processes.get(main).cloned();
        let only_events = process.as_ref().is_some_and(|p| {
            p.scope(None)
                .is_some_and(|s| s.starts.is_empty() && !s.triggered.is_empty())
        });
        let waits = only_events
            && script.start.is_none()
            && matches!(
                script.steps.first(),
                Some(
                    Step::Message { .. }
                        | Step::Signal { .. }
                        | Step::Advance { .. }
                        | Step::AdvanceTo(_)
                )
            );
        if !waits {
            self.begin(script.start.clone(), script.variables.clone());
        } else {
            self.last_variables.clone_from(&script.variables);
        }
        self.told("start", 0);
        for (at, step) in script.steps.iter().enumerate() {
            self.at_step = at + 1;
            let before = self.path.len();
            self.step(step);
            self.told(step.word(), before);
        }
    }

    fn begin(&mut self, start: Option<String>, variables: Map<String, Json>) {
        self.begun = true;
        let event = Event::Begin {
            process: None,
            start,
            variables,
        };
        self.event(event, "start");
        self.settle();
    }

    /// Hands an event to the engine; what it refuses becomes an incident and changes nothing.
    fn event(&mut self, event: Event, about: &str) -> bool {
        let around = Surroundings {
            now: self.now,
            calendar: self.calendar,
            actor: Context::new().into(),
        };
        match engine::advance(self.definition, self.matter.clone(), event, &around) {
            Ok(step) => {
                self.matter = step.matter;
                self.path.extend(step.path);
                self.flows.extend(step.flows);
                for effect in step.effects {
                    self.effect(effect);
                }
                true
            }
            Err(error) => {
                self.refuse(&error, about);
                false
            }
        }
    }

    fn refuse(&mut self, error: &EngineError, about: &str) {
        let kind = match error {
            EngineError::Gone { .. } => "not-waiting",
            EngineError::Outcome { .. } => "outcome",
            EngineError::Endless { .. } => "endless",
            EngineError::TooDeep { .. } => "too-deep",
            EngineError::Stuck { .. } => "stuck",
            EngineError::NoFlow { .. } => "no-flow",
            EngineError::OneAtATime { .. } => "one-at-a-time",
            EngineError::NotBefore { .. } => "not-before",
            EngineError::HalfWay { .. } => "half-way",
            EngineError::NotStraight { .. } => "not-straight",
            EngineError::NotRepeated { .. } => "not-repeated",
            EngineError::Uncaught { .. } => "uncaught-error",
            EngineError::Value { .. } => "value",
            EngineError::Model { .. } => "model",
        };
        self.incident(kind, about, &error.to_string());
    }

    fn incident(&mut self, kind: &str, about: &str, message: &str) {
        self.incidents.push(serde_json::json!({
            "step": self.at_step, "kind": kind, "at": about, "message": message,
        }));
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::OpenTask(task) => {
                let role = Some(("role".to_owned(), task.role)).filter(|(_, r)| !r.is_empty());
                let all: Map<String, Json> = task
                    .candidates
                    .into_iter()
                    .chain(role)
                    .map(|(kind, name)| (kind, name.into()))
                    .collect();
                if !all.is_empty() {
                    self.candidates.insert(task.token, Json::Object(all));
                }
            }
            Effect::CancelTask { token } => {
                self.candidates.remove(&token);
            }
            Effect::ArmTimer {
                token,
                node,
                clock,
                due,
            } => {
                if let Some(clock) = clock {
                    self.following.insert((token, node.clone()), clock);
                }
                if let Some(due) = due {
                    self.alarms.insert(Alarm { due, token, node });
                }
            }
            Effect::DropTimer { token, node } => {
                self.alarms.retain(|a| a.token != token || a.node != node);
                self.following.remove(&(token, node));
            }
            Effect::Send { node, name } => {
                self.thrown
                    .push(serde_json::json!({ "message": name, "by": node }));
            }
            Effect::Broadcast { node, name } => {
                self.thrown
                    .push(serde_json::json!({ "signal": name, "by": node }));
            }
            Effect::Card { colour, clock, .. } => {
                self.thrown
                    .push(serde_json::json!({ "card": colour, "clock": clock }));
            }
            Effect::Merge { parent } => {
                self.thrown.push(serde_json::json!({ "merge": parent }));
            }
            Effect::End { status, variables } => {
                self.ended = Some(status);
                self.last_variables = variables;
            }
            Effect::OpenJob(_)
            | Effect::CancelJob { .. }
            | Effect::Await { .. }
            | Effect::Forget { .. } => {}
        }
    }

    /// Fires what is due by now and does the jobs the script does not speak of.
    fn settle(&mut self) {
        for _ in 0..MAX_FIRINGS {
            self.follow_clocks();
            if !self.do_a_job() && !self.fire_due(self.now) {
                return;
            }
        }
        self.incident(
            "endless",
            "clock",
            "timers and jobs follow each other without end",
        );
    }

    /// Timers that follow a statutory clock move with it.
    fn follow_clocks(&mut self) {
        for ((token, node), clock) in &self.following {
            let due = self
                .matter
                .clocks
                .get(clock)
                .filter(|c| c.status == engine::ClockStatus::Running);
            let due = due.and_then(|c| c.due);
            self.alarms.retain(|a| a.token != *token || a.node != *node);
            if let Some(due) = due {
                self.alarms.insert(Alarm {
                    due,
                    token: *token,
                    node: node.clone(),
                });
            }
        }
    }

    /// Fires the first timer that is due by an instant.
    fn fire_due(&mut self, by: Timestamp) -> bool {
        let Some(first) = self.alarms.first().filter(|a| a.due <= by).cloned() else {
            return false;
        };
        self.alarms.remove(&first);
        self.following.remove(&(first.token, first.node.clone()));
        self.now = self.now.max(first.due);
        let about = first.node.clone();
        self.event(
            Event::TimerFired {
                token: first.token,
                node: first.node,
            },
            &about,
        );
        true
    }

    fn advance_to(&mut self, target: Timestamp) {
        self.start_by_timer(target);
        for _ in 0..MAX_FIRINGS {
            if !self.fire_due(target) {
                self.now = self.now.max(target);
                self.settle();
                return;
            }
            self.settle();
        }
        self.incident(
            "endless",
            "clock",
            "timers fire without end; advance the clock by less",
        );
    }

    /// A process that a timer begins is begun by it.
    fn start_by_timer(&mut self, target: Timestamp) {
        if self.begun {
            return;
        }
        let found = self.triggered(|trigger| matches!(trigger, Trigger::Timer(_)));
        let Some((node, id)) = found else { return };
        let around = Surroundings {
            now: self.origin,
            calendar: self.calendar,
            actor: Context::new().into(),
        };
        match engine::first_due(self.definition, &self.definition.main, node, &around) {
            Ok(Some(due)) if due <= target => {
                self.now = self.now.max(due);
                let variables = self.last_variables.clone();
                self.begin(Some(id), variables);
            }
            Ok(_) => {}
            Err(error) => self.refuse(&error, &id),
        }
    }

    /// The start event of the main process whose trigger is chosen.
    fn triggered(&self, choose: impl Fn(&Trigger) -> bool) -> Option<(usize, String)> {
        let process = self.definition.processes.get(&self.definition.main)?;
        let starts = &process.scope(None)?.triggered;
        starts.iter().find_map(|ix| {
            let node = process.nodes().get(*ix)?;
            choose(node.trigger()?).then(|| (*ix, node.id.clone()))
        })
    }

    /// Does one job the script does not speak of.
    fn do_a_job(&mut self) -> bool {
        let waiting = self.matter.state.tokens.values();
        let mut jobs = waiting.filter(|t| t.wait == engine::Wait::Job);
        let found = jobs.find_map(|token| {
            let frame = self.matter.state.frames.get(&token.frame)?;
            let node = self
                .definition
                .processes
                .get(&frame.process)?
                .node(&token.node)?;
            let names = [node.id.as_str(), node.name.zh.as_str()];
            let service = names.iter().find_map(|n| self.services.get(*n));
            let spoken = names.iter().any(|n| self.spoken_of.contains(*n));
            match service {
                Some(Service::Wait) => None,
                Some(service) => Some((token.id, node.id.clone(), Some(service.clone()))),
                None if spoken || self.all_wait => None,
                None => Some((token.id, node.id.clone(), None)),
            }
        });
        let Some((token, id, service)) = found else {
            return false;
        };
        let event = match service {
            Some(Service::Fails { code, variables }) => Event::JobFailed {
                token,
                code,
                detail: "as the script says".to_owned(),
                variables,
            },
            Some(Service::Gives(variables)) => Event::JobDone { token, variables },
            Some(Service::Wait) | None => {
                self.simulated.push(id.clone());
                Event::JobDone {
                    token,
                    variables: Map::new(),
                }
            }
        };
        let done = self.event(event, &id);
        if !done {
            // It waits, as an incident says, until the script does something about it.
            self.spoken_of.insert(id);
        }
        true
    }
}

/// Whether a name is meant by a value of the model.
fn means(value: &Value, name: &str) -> bool {
    matches!(value, Value::Text(text) if text == name)
}

/// Whether an end event takes every path of the process itself.
fn terminates(process: &Process, id: &str) -> bool {
    process.node(id).is_some_and(|n| {
        n.parent.is_none()
            && matches!(
                n.kind,
                NodeKind::End(crate::bpmn::EndKind::Terminate { .. })
            )
    })
}
