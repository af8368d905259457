//! One step: moves tokens until each of them rests.
//!
//! Here are the loop, the tasks and the ways in and out of a node. Frames are in `scopes`, repeated activities in
//! `turns`, events in `events`, errors and escalations in `throws`, undoing in `undo`, gateways in `gateways`.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::bpmn::{EndKind, FlowIx, Moment, Node, NodeIx, NodeKind, Process, Throw};

use super::memory::{At, Memory};
use super::state::{Done, Of, State, Token, Wait};
use super::{
    Definition, Effect, EngineError, Event, Matter, NewJob, NewTask, STEP_BUDGET, Step,
    Surroundings,
};

/// A token on its way to a node.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub(super) frame: u64,
    pub(super) node: NodeIx,
    pub(super) token: u64,
    /// The flow it came by; none at a start.
    pub(super) flow: Option<FlowIx>,
}

/// Where a token is while it is worked on.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) process: Arc<Process>,
    pub(super) node: NodeIx,
    pub(super) frame: u64,
    pub(super) token: u64,
}

impl Spot {
    pub(super) fn node(&self) -> Result<&Node, EngineError> {
        self.process
            .nodes()
            .get(self.node)
            .ok_or_else(|| EngineError::Model {
                name: self.process.id.clone(),
            })
    }

    /// The scope of its formulas.
    pub(super) fn at(&self) -> At {
        (self.frame, self.token)
    }

    /// Another node of the same process and frame.
    pub(super) fn elsewhere(&self, node: NodeIx, token: u64) -> Self {
        Self {
            process: Arc::clone(&self.process),
            node,
            frame: self.frame,
            token,
        }
    }
}

/// The machine while it works on one event.
pub(super) struct Run<'a> {
    pub(super) definition: &'a Definition,
    pub(super) around: &'a Surroundings<'a>,
    pub(super) state: State,
    pub(super) memory: Memory<'a>,
    pub(super) effects: Vec<Effect>,
    pub(super) queue: VecDeque<Move>,
    pub(super) touched: BTreeSet<String>,
    /// Frames a token left: they may have ended.
    pub(super) left: BTreeSet<u64>,
    /// Signals thrown and not yet heard.
    pub(super) signals: VecDeque<(String, Map<String, Json>)>,
    /// How many moves this event may still cause.
    pub(super) allowance: usize,
    pub(super) path: Vec<String>,
    flows: Vec<String>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        definition: &'a Definition,
        matter: Matter,
        around: &'a Surroundings<'a>,
    ) -> Self {
        Self {
            definition,
            around,
            state: matter.state,
            memory: Memory::new(definition, matter.facts, matter.clocks, around),
            effects: Vec::new(),
            queue: VecDeque::new(),
            touched: BTreeSet::new(),
            left: BTreeSet::new(),
            signals: VecDeque::new(),
            allowance: STEP_BUDGET,
            path: Vec::new(),
            flows: Vec::new(),
        }
    }

    pub(super) fn take(mut self, event: Event) -> Result<Step, EngineError> {
        match event {
            Event::Start => self.begin(None, None, Map::new())?,
            Event::Begin {
                process,
                start,
                variables,
            } => self.begin(process.as_deref(), start.as_deref(), variables)?,
            Event::TaskCompleted {
                token,
                outcome,
                input,
                facts,
            } => {
                for (name, value) in facts {
                    self.memory.set(&name, value);
                }
                self.complete_task(token, &outcome, input)?;
            }
            Event::JobDone { token, variables } => self.job_done(token, variables)?,
            Event::JobFailed {
                token,
                code,
                detail,
                variables,
            } => self.job_failed(token, &code, &detail, variables)?,
            Event::TimerFired { token, node } => self.fire(token, &node, Map::new())?,
            Event::Told {
                token,
                node,
                variables,
            } => self.told(token, node.as_deref(), variables)?,
            Event::Message {
                name,
                correlation,
                variables,
            } => self.deliver(&name, &correlation, variables)?,
            Event::Signal { name, variables } => self.hear(&name, &variables, true)?,
            Event::Variables { variables } => self.change_variables(variables),
            Event::Perform { node } => self.perform(&node)?,
            Event::CloseAdHoc { node } => self.close_adhoc(&node)?,
            Event::SendBack {
                token,
                to,
                straight: false,
            } => self.send_back(token, &to)?,
            Event::SendBack {
                token,
                to,
                straight: true,
            } => self.send_straight(token, &to)?,
            Event::MoveToken { token, to } => self.move_token(token, &to)?,
            Event::Facts { facts } => {
                for (name, value) in facts {
                    self.memory.set(&name, value);
                }
            }
            Event::AddTurns { token, items } => self.add_turns(token, items)?,
            Event::RemoveTurn { token } => self.remove_turn(token)?,
            Event::Abandon { status } => self.abandon(status),
        }
        self.settle()?;
        let (facts, clocks, changed) = self.memory.into_parts();
        Ok(Step {
            matter: Matter {
                state: self.state,
                facts,
                clocks,
            },
            effects: self.effects,
            changed,
            touched: self.touched,
            path: self.path,
            flows: self.flows,
        })
    }

    pub(super) fn process(&self, id: &str) -> Result<Arc<Process>, EngineError> {
        self.definition
            .processes
            .get(id)
            .cloned()
            .ok_or_else(|| EngineError::Model {
                name: id.to_owned(),
            })
    }

    pub(super) fn spot(&self, frame: u64, node: NodeIx, token: u64) -> Result<Spot, EngineError> {
        let id = &self
            .state
            .frames
            .get(&frame)
            .ok_or_else(|| gone(frame))?
            .process;
        Ok(Spot {
            process: self.process(id)?,
            node,
            frame,
            token,
        })
    }

    /// The spot of a token at rest.
    pub(super) fn spot_of(&self, token: &Token) -> Result<Spot, EngineError> {
        let spot = self.spot(token.frame, 0, token.id)?;
        let node = spot.process.by_id.get(&token.node).copied();
        let node = node.ok_or_else(|| EngineError::Model {
            name: token.node.clone(),
        })?;
        Ok(Spot { node, ..spot })
    }

    fn complete_task(
        &mut self,
        token: u64,
        outcome: &str,
        input: Map<String, Json>,
    ) -> Result<(), EngineError> {
        let at = self
            .state
            .tokens
            .get(&token)
            .filter(|t| t.wait == Wait::Task)
            .ok_or_else(|| gone(token))?;
        let spot = self.spot_of(at)?;
        let node = spot.node()?;
        let Some(task) = node.user_task() else {
            return Err(gone(token));
        };
        if task.outcomes.is_empty() {
            // A model of another maker: what is sent is written to the variables of the process.
            self.memory.decided(outcome, input.clone());
            self.write(spot.at(), input);
            let back = self.state.returns.get(&token).cloned();
            self.rise(token);
            return match back {
                Some(node) => self.come_back(&spot, &node),
                None => self.finish(&spot),
            };
        }
        let chosen = task.outcome(outcome).ok_or_else(|| EngineError::Outcome {
            node: node.id.clone(),
            outcome: outcome.to_owned(),
            known: task
                .outcomes
                .iter()
                .map(|o| o.id.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })?;
        self.memory.decided(outcome, input);
        // A refusal goes its own way; whatever else is decided comes straight back to who sent it back.
        let refusal = chosen.style.as_deref() == Some("caution");
        let back = self.state.returns.get(&token).cloned();
        self.rise(token);
        self.act(&spot, &chosen.actions, Moment::Complete)?;
        match back.filter(|_| !refusal) {
            Some(node) => self.come_back(&spot, &node),
            None => self.finish(&spot),
        }
    }

    fn job_done(&mut self, token: u64, variables: Map<String, Json>) -> Result<(), EngineError> {
        let spot = self.job(token)?;
        self.write(spot.at(), variables);
        self.rise(token);
        self.finish(&spot)
    }

    fn job_failed(
        &mut self,
        token: u64,
        code: &str,
        detail: &str,
        variables: Map<String, Json>,
    ) -> Result<(), EngineError> {
        // A person's task may be answered with an error of the model too.
        let at = self.state.tokens.get(&token);
        let at = at.filter(|t| matches!(t.wait, Wait::Job | Wait::Task));
        let spot = self.spot_of(at.ok_or_else(|| gone(token))?)?;
        self.write(spot.at(), variables);
        if let Some(risen) = self.rise(token)
            && risen.wait == Wait::Task
        {
            self.effects.push(Effect::CancelTask { token });
        }
        self.raise(&spot, code, detail)
    }

    fn job(&self, token: u64) -> Result<Spot, EngineError> {
        let at = self.state.tokens.get(&token);
        let at = at.filter(|t| t.wait == Wait::Job);
        self.spot_of(at.ok_or_else(|| gone(token))?)
    }

    /// Writes variables that came from outside.
    pub(super) fn write(&mut self, at: At, variables: Map<String, Json>) {
        for (name, value) in variables {
            self.memory.keep_json(&mut self.state, at, &name, value);
        }
    }

    fn change_variables(&mut self, variables: Map<String, Json>) {
        let root = self.state.frames.keys().next().copied();
        if let Some(root) = root {
            self.write((root, 0), variables);
        }
    }

    fn abandon(&mut self, status: String) {
        let frames: Vec<u64> = self
            .state
            .frames
            .values()
            .filter(|f| f.parent.is_none())
            .map(|f| f.id)
            .collect();
        for frame in frames {
            self.empty_frame(frame);
        }
        self.state.status = Some(status);
    }

    /// Moves every token until all of them rest, joins and ends included.
    fn settle(&mut self) -> Result<(), EngineError> {
        loop {
            while let Some(next) = self.queue.pop_front() {
                self.step(next)?;
            }
            if let Some((name, variables)) = self.signals.pop_front() {
                self.hear(&name, &variables, false)?;
                continue;
            }
            if self.join_inclusive()? || self.conditions()? || self.finish_frame()? {
                continue;
            }
            return self.refuse_stuck();
        }
    }

    fn step(&mut self, step: Move) -> Result<(), EngineError> {
        let spot = self.spot(step.frame, step.node, step.token)?;
        let node = spot.node()?;
        let Some(allowance) = self.allowance.checked_sub(1) else {
            return Err(EngineError::Endless {
                node: node.id.clone(),
            });
        };
        self.allowance = allowance;
        self.left.insert(step.frame);
        let turn = self.state.turn_of(step.token).is_some();
        if let Some(flow) = step.flow.and_then(|f| spot.process.flows.get(f)) {
            self.flows.push(flow.id.clone());
        }
        if !turn {
            self.path.push(node.id.clone());
        }
        if node.is_activity() {
            if node.repeat.is_some() && !turn {
                return self.begin_turns(&spot);
            }
            self.bring_in(&spot)?;
            if let Some(skip) = &node.skip
                && self.memory.evaluate(&self.state, spot.at(), skip).is_true()
            {
                return self.finish(&spot);
            }
        }
        match &node.kind {
            NodeKind::User(_) => self.open_task(&spot),
            NodeKind::Job => self.open_job(&spot),
            NodeKind::Service(call) if call.later => self.work_later(&spot),
            NodeKind::Call { process, chosen } => self.call(&spot, process, chosen.as_ref()),
            NodeKind::SubProcess(_) => self.enter_sub(&spot),
            NodeKind::Catch(_) => self.catch_event(&spot),
            NodeKind::End(kind) => self.end(&spot, kind),
            NodeKind::Throw(throw) => self.throw_event(&spot, throw),
            NodeKind::Exclusive => self.choose(&spot),
            NodeKind::Parallel => self.join_parallel(&spot, step.flow),
            NodeKind::Inclusive => self.arrive_inclusive(&spot, step.flow),
            NodeKind::EventBased => self.await_events(&spot),
            NodeKind::Start { .. }
            | NodeKind::Pass
            | NodeKind::Service(_)
            | NodeKind::Script { .. }
            | NodeKind::Rule { .. }
            | NodeKind::Boundary { .. } => self.pass(&spot),
        }
    }

    /// A node that needs nobody: acts and goes on, or raises an error.
    pub(super) fn pass(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let node = spot.node()?;
        self.act(spot, &node.actions, Moment::Enter)?;
        match self.work(spot)? {
            None => self.finish(spot),
            Some(error) => self.raise(spot, &error.code, &error.detail),
        }
    }

    fn throw_event(&mut self, spot: &Spot, throw: &Throw) -> Result<(), EngineError> {
        let node = spot.node()?;
        self.act(spot, &node.actions, Moment::Enter)?;
        if self.throw(spot, throw)? {
            self.finish(spot)
        } else {
            Ok(())
        }
    }

    /// Values an activity sees under names of its own; those of a call belong to the called process.
    fn bring_in(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let node = spot.node()?;
        if node.inputs.is_empty() || matches!(node.kind, NodeKind::Call { .. }) {
            return Ok(());
        }
        let values = self.values(spot, &node.inputs);
        let local = self.state.locals.entry(spot.token).or_default();
        local.values.extend(values);
        self.memory.forget_scope();
        Ok(())
    }

    pub(super) fn values(
        &mut self,
        spot: &Spot,
        mapping: &[(String, crate::bpmn::Value)],
    ) -> Map<String, Json> {
        let mut found = Map::new();
        for (name, value) in mapping {
            let value = self.memory.value(&self.state, spot.at(), value).to_json();
            found.insert(name.clone(), value);
        }
        found
    }

    fn open_task(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let node = spot.node()?;
        let Some(task) = node.user_task() else {
            return Ok(());
        };
        self.act(spot, &node.actions, Moment::Enter)?;
        self.rest(spot, Wait::Task)?;
        let text = |run: &mut Self, value: &Option<crate::bpmn::Value>| {
            value
                .as_ref()
                .and_then(|v| run.memory.text(&run.state, spot.at(), v))
        };
        let candidates = task.candidates.iter().filter_map(|(kind, value)| {
            let name = self.memory.text(&self.state, spot.at(), value)?;
            Some((kind.clone(), name))
        });
        let new = NewTask {
            token: spot.token,
            process: spot.process.id.clone(),
            node: node.id.clone(),
            name: node.name.clone(),
            role: task.role.clone(),
            candidates: candidates.collect(),
            org: text(self, &task.org),
            grid: text(self, &task.grid),
            stage: task.stage.clone(),
            clock: task
                .clock
                .clone()
                .or_else(|| super::clocks::started_on_entry(node)),
        };
        if let Some(stage) = &task.stage {
            self.memory.set("stage", Json::from(stage.as_str()));
        }
        self.effects.push(Effect::OpenTask(new));
        Ok(())
    }

    fn open_job(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let node = spot.node()?;
        self.act(spot, &node.actions, Moment::Enter)?;
        self.rest(spot, Wait::Job)?;
        self.effects.push(Effect::OpenJob(NewJob {
            token: spot.token,
            process: spot.process.id.clone(),
            node: node.id.clone(),
        }));
        Ok(())
    }

    /// Lets a token rest at its node and arms the events on the node's border.
    pub(super) fn rest(&mut self, spot: &Spot, wait: Wait) -> Result<(), EngineError> {
        let node = spot.node()?;
        self.state.put(Token {
            id: spot.token,
            frame: spot.frame,
            node: node.id.clone(),
            wait,
            armed: Vec::new(),
            turns: None,
            undo: Vec::new(),
        });
        // The border of a repeated activity belongs to the whole of it.
        if self.state.turn_of(spot.token).is_some() {
            return Ok(());
        }
        for ix in &node.boundary {
            self.arm(spot, *ix)?;
        }
        Ok(())
    }

    fn end(&mut self, spot: &Spot, kind: &EndKind) -> Result<(), EngineError> {
        let node = spot.node()?;
        self.act(spot, &node.actions, Moment::Enter)?;
        self.act(spot, &node.actions, Moment::Complete)?;
        match kind {
            EndKind::None { status } => self.name_status(status),
            EndKind::Terminate { status } => {
                self.name_status(status);
                self.empty_frame(spot.frame);
            }
            EndKind::Error { code } => {
                let detail = format!("thrown by the end event `{}`", node.id);
                return self.raise_from(spot.frame, node.id.clone(), code, &detail);
            }
            EndKind::Throw { throw, status } => {
                self.name_status(status);
                self.throw(spot, throw)?;
            }
            EndKind::Cancel => self.cancel_transaction(spot)?,
        }
        self.checked_adhoc(spot.frame)
    }

    fn name_status(&mut self, status: &Option<String>) {
        if status.is_some() {
            self.state.status.clone_from(status);
        }
    }

    /// A node is done: its actions happen, its results go out, and whoever it works for goes on.
    pub(super) fn finish(&mut self, spot: &Spot) -> Result<(), EngineError> {
        self.finish_with(spot, Vec::new())
    }

    /// The same for a sub-process in which things were done that can be undone.
    pub(super) fn finish_with(&mut self, spot: &Spot, inner: Vec<Done>) -> Result<(), EngineError> {
        let node = spot.node()?;
        self.act(spot, &node.actions, Moment::Complete)?;
        if !matches!(node.kind, NodeKind::Call { .. }) {
            let values = self.values(spot, &node.outputs);
            self.write((spot.frame, 0), values);
        }
        match self.state.locals.get(&spot.token).and_then(|l| l.of) {
            Some(Of::Turn(parent)) => self.turn_done(spot, parent),
            Some(Of::Undo(thrower)) => {
                self.forget(spot.token);
                self.undo_next(thrower)
            }
            None => {
                self.forget(spot.token);
                self.passed(spot, inner)
            }
        }
    }

    /// What a token saw for itself is over.
    pub(super) fn forget(&mut self, token: u64) {
        if self.state.locals.remove(&token).is_some() {
            self.memory.forget_scope();
        }
    }

    /// An activity is done as a whole.
    pub(super) fn passed(&mut self, spot: &Spot, inner: Vec<Done>) -> Result<(), EngineError> {
        let node = spot.node()?;
        if node.undone_by.is_some() || !inner.is_empty() {
            let done = Done {
                node: node.id.clone(),
                inner,
            };
            if let Some(frame) = self.state.frames.get_mut(&spot.frame) {
                frame.done.push(done);
            }
        }
        if node.is_activity() {
            self.note_performed(spot.frame, &node.id);
        }
        self.leave(spot)?;
        self.checked_adhoc(spot.frame)
    }

    /// Takes a token out of its rest and drops the events armed for it; its task is done by whoever calls.
    pub(super) fn rise(&mut self, token: u64) -> Option<Token> {
        let token = self.state.take(token)?;
        self.left.insert(token.frame);
        for armed in &token.armed {
            self.disarm(&token, armed);
        }
        Some(token)
    }

    fn refuse_stuck(&self) -> Result<(), EngineError> {
        let touched = self
            .left
            .iter()
            .filter(|f| self.state.frames.contains_key(f));
        for frame in touched {
            let mut tokens = self
                .state
                .tokens
                .values()
                .filter(|t| t.frame == *frame && t.wait != Wait::Listen)
                .peekable();
            let Some(first) = tokens.peek().map(|t| t.node.clone()) else {
                continue;
            };
            if tokens.all(|t| matches!(t.wait, Wait::Join(_))) {
                return Err(EngineError::Stuck { node: first });
            }
        }
        Ok(())
    }
}

pub(super) fn gone(number: u64) -> EngineError {
    EngineError::Gone {
        node: number.to_string(),
    }
}
