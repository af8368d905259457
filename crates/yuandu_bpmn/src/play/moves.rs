//! What each step of a script does.

use serde_json::{Map, Value as Json};

use crate::bpmn::{Process, Trigger};
use crate::engine::{Event, Token, Wait};

use super::script::Step;
use super::{Player, means};

impl Player<'_> {
    pub(super) fn step(&mut self, step: &Step) {
        match step {
            Step::Complete {
                target,
                outcome,
                turn,
                variables,
            } => self.complete(target, outcome.as_deref(), *turn, variables),
            Step::Advance { by } => match super::script::later(self.now, by) {
                Some(target) => self.advance_to(target),
                None => self.incident("script", by, "is not a duration such as PT2H or P1D"),
            },
            Step::AdvanceTo(at) => self.advance_to(*at),
            Step::Message {
                name,
                correlation,
                variables,
            } => self.message(name, correlation, variables),
            Step::Signal { name, variables } => self.signal(name, variables),
            Step::Error {
                target,
                code,
                variables,
            } => self.fail(target.as_deref(), code, variables),
            Step::Variables(variables) => {
                let variables = variables.clone();
                self.event(Event::Variables { variables }, "variables");
            }
            Step::Trigger { target, variables } => self.trigger(target, variables),
            Step::Perform { target } => {
                self.perform(target);
            }
            Step::Close { target } => {
                let node = target.clone();
                self.event(Event::CloseAdHoc { node }, target);
            }
            Step::SendBack {
                target,
                to,
                straight,
            } => {
                let (to, straight) = (to.clone(), *straight);
                self.by_hand(target, 0, |token| Event::SendBack {
                    token,
                    to,
                    straight,
                });
            }
            Step::Add { target, items } => {
                let items = items.clone();
                self.by_hand(target, 0, |token| Event::AddTurns { token, items });
            }
            Step::Remove { target, turn } => {
                self.by_hand(target, *turn, |token| Event::RemoveTurn { token });
            }
            Step::Abandon => {
                let status = "withdrawn".to_owned();
                self.event(Event::Abandon { status }, "abandon");
            }
        }
        self.settle();
    }

    /// Something done by hand at one of the tasks of a name.
    fn by_hand(&mut self, target: &str, turn: usize, event: impl FnOnce(u64) -> Event) {
        match self.resting(target).get(turn) {
            Some((token, _)) => {
                self.event(event(*token), target);
            }
            None => self.incident("not-waiting", target, "no task of this name waits"),
        }
    }

    fn process_of(&self, token: &Token) -> Option<&Process> {
        let frame = self.matter.state.frames.get(&token.frame)?;
        self.definition
            .processes
            .get(&frame.process)
            .map(AsRef::as_ref)
    }

    /// Whether a node is meant by its id or name.
    fn is_named(process: &Process, node: &str, target: &str) -> bool {
        let found = process.node(node);
        node == target
            || found.is_some_and(|n| {
                [&n.name.zh, &n.name.en]
                    .iter()
                    .any(|name| name.trim().eq_ignore_ascii_case(target.trim()))
            })
    }

    /// The tokens that rest at a node and that something can be done about.
    fn resting(&self, target: &str) -> Vec<(u64, Wait)> {
        let tokens = self.matter.state.tokens.values();
        tokens
            .filter(|t| matches!(t.wait, Wait::Task | Wait::Job | Wait::Event | Wait::Timer))
            .filter(|t| {
                self.process_of(t)
                    .is_some_and(|p| Self::is_named(p, &t.node, target))
            })
            .map(|t| (t.id, t.wait.clone()))
            .collect()
    }

    /// The token an event is armed for.
    fn armed(&self, target: &str) -> Option<(u64, String)> {
        self.matter.state.tokens.values().find_map(|token| {
            let process = self.process_of(token)?;
            let mut armed = token.armed.iter();
            let event = armed.find(|a| Self::is_named(process, &a.node, target))?;
            Some((token.id, event.node.clone()))
        })
    }

    fn complete(
        &mut self,
        target: &str,
        outcome: Option<&str>,
        turn: Option<usize>,
        variables: &Map<String, Json>,
    ) {
        let mut found = self.resting(target);
        if found.is_empty() && self.armed(target).is_none() && self.perform(target) {
            found = self.resting(target);
            if found.is_empty() {
                return;
            }
        }
        let chosen = found.get(turn.unwrap_or(0)).cloned();
        let variables = variables.clone();
        let event = match chosen {
            Some((token, Wait::Task)) => Event::TaskCompleted {
                token,
                outcome: self.outcome(token, outcome, &variables),
                input: variables,
                facts: Map::new(),
            },
            Some((token, Wait::Job)) => Event::JobDone { token, variables },
            Some((token, _)) => Event::Told {
                token,
                node: None,
                variables,
            },
            None => return self.trigger(target, &variables),
        };
        self.event(event, target);
    }

    /// The outcome of a task: as said, else `outcome` among the variables, else the only one there is.
    fn outcome(&self, token: u64, said: Option<&str>, variables: &Map<String, Json>) -> String {
        let named = said.or_else(|| variables.get("outcome").and_then(Json::as_str));
        if let Some(outcome) = named {
            return outcome.to_owned();
        }
        let token = self.matter.state.tokens.get(&token);
        let only = token.and_then(|t| {
            let task = self.process_of(t)?.node(&t.node)?.user_task()?;
            match task.outcomes.as_slice() {
                [one] => Some(one.id.clone()),
                _ => None,
            }
        });
        only.unwrap_or_default()
    }

    /// Begins an activity of an ad-hoc sub-process, by id or name; false when there is none.
    fn perform(&mut self, target: &str) -> bool {
        let state = &self.matter.state;
        let offered = state.frames.values().filter(|f| f.performed.is_some());
        let found = offered
            .filter_map(|f| self.definition.processes.get(&f.process))
            .find_map(|p| p.nodes().iter().find(|n| Self::is_named(p, &n.id, target)));
        let Some(node) = found.map(|n| n.id.clone()) else {
            return false;
        };
        self.event(Event::Perform { node }, target)
    }

    fn trigger(&mut self, target: &str, variables: &Map<String, Json>) {
        let variables = variables.clone();
        let event = match (self.resting(target).first(), self.armed(target)) {
            (Some((token, Wait::Job)), _) => Event::JobDone {
                token: *token,
                variables,
            },
            (Some((token, Wait::Event | Wait::Timer)), _) => Event::Told {
                token: *token,
                node: None,
                variables,
            },
            (_, Some((token, node))) => Event::Told {
                token,
                node: Some(node),
                variables,
            },
            _ => {
                let waiting = self.waiting_names().join(", ");
                let message = format!("nothing waits at `{target}`; waiting: {waiting}");
                return self.incident("not-waiting", target, &message);
            }
        };
        self.alarms.retain(|a| a.node != target);
        self.event(event, target);
    }

    pub(super) fn waiting_names(&self) -> Vec<String> {
        let tokens = self.matter.state.tokens.values();
        let resting = tokens.filter(|t| !matches!(t.wait, Wait::Listen));
        resting.map(|t| t.node.clone()).collect()
    }

    fn message(
        &mut self,
        name: &str,
        correlation: &Map<String, Json>,
        variables: &Map<String, Json>,
    ) {
        if !self.begun {
            let start = self.triggered(
                |t| matches!(t, Trigger::Message { name: wanted, .. } if means(wanted, name)),
            );
            return self.start_by(start, name, variables);
        }
        let event = Event::Message {
            name: name.to_owned(),
            correlation: correlation.clone(),
            variables: variables.clone(),
        };
        self.event(event, name);
    }

    fn signal(&mut self, name: &str, variables: &Map<String, Json>) {
        if !self.begun {
            let start = self.triggered(
                |t| matches!(t, Trigger::Signal { name: wanted } if means(wanted, name)),
            );
            return self.start_by(start, name, variables);
        }
        let event = Event::Signal {
            name: name.to_owned(),
            variables: variables.clone(),
        };
        self.event(event, name);
    }

    fn start_by(
        &mut self,
        start: Option<(usize, String)>,
        name: &str,
        variables: &Map<String, Json>,
    ) {
        match start {
            Some((_, id)) => {
                let mut all = self.last_variables.clone();
                all.extend(variables.clone());
                self.begin(Some(id), all);
            }
            None => self.incident(
                "not-waiting",
                name,
                "no start event of the process waits for it",
            ),
        }
    }

    /// An error from a job or task: the one named, else the first that waits.
    fn fail(&mut self, target: Option<&str>, code: &str, variables: &Map<String, Json>) {
        let tokens = self.matter.state.tokens.values();
        let waiting = |t: &&Token| matches!(t.wait, Wait::Job | Wait::Task);
        let found = match target {
            Some(target) => self
                .resting(target)
                .into_iter()
                .find(|(_, wait)| matches!(wait, Wait::Job | Wait::Task))
                .map(|(token, _)| token),
            None => tokens
                .clone()
                .filter(|t| t.wait == Wait::Job)
                .chain(tokens.filter(waiting))
                .next()
                .map(|t| t.id),
        };
        let about = target.unwrap_or(code);
        let Some(token) = found else {
            return self.incident("not-waiting", about, "no task waits that could fail");
        };
        let event = Event::JobFailed {
            token,
            code: code.to_owned(),
            detail: "as the script says".to_owned(),
            variables: variables.clone(),
        };
        self.event(event, about);
    }
}
