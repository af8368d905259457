//! One step: moves tokens until each of them rests.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::bpmn::{EndKind, FlowIx, Moment, Node, NodeIx, NodeKind, Process, Timer, Trigger};

use super::memory::Memory;
use super::state::{Armed, Frame, State, Token, Wait};
use super::{
    DEPTH_BUDGET, Definition, Effect, EngineError, Event, Matter, NewTask, STEP_BUDGET, Step,
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
    path: Vec<String>,
    steps: usize,
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
            path: Vec::new(),
            steps: 0,
        }
    }

    pub(super) fn take(mut self, event: Event) -> Result<Step, EngineError> {
        match event {
            Event::Start => self.begin()?,
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
            Event::TimerFired { token, node } => self.fire(token, &node)?,
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
        })
    }

    fn begin(&mut self) -> Result<(), EngineError> {
        let process = self.process(&self.definition.main.clone())?;
        let frame = self.state.number();
        self.state.frames.push(Frame {
            id: frame,
            process: process.id.clone(),
            within: None,
            parent: None,
            caller: None,
            variables: Map::new(),
        });
        let token = self.state.number();
        self.queue.push_back(Move {
            frame,
            node: process.start,
            token,
            flow: None,
        });
        Ok(())
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
        let id = &self.state.frame(frame).ok_or_else(|| gone(frame))?.process;
        Ok(Spot {
            process: self.process(id)?,
            node,
            frame,
            token,
        })
    }

    /// The spot of a token at rest.
    pub(super) fn spot_of(&self, token: &Token) -> Result<Spot, EngineError> {
        let id = &self
            .state
            .frame(token.frame)
            .ok_or_else(|| gone(token.frame))?
            .process;
        let process = self.process(id)?;
        let node = process
            .by_id
            .get(&token.node)
            .copied()
            .ok_or_else(|| EngineError::Model {
                name: token.node.clone(),
            })?;
        Ok(Spot {
            process,
            node,
            frame: token.frame,
            token: token.id,
        })
    }

    fn complete_task(
        &mut self,
        token: u64,
        outcome: &str,
        input: Map<String, Json>,
    ) -> Result<(), EngineError> {
        let at = self
            .state
            .token(token)
            .filter(|t| t.wait == Wait::Task)
            .ok_or_else(|| gone(token))?;
        let spot = self.spot_of(at)?;
        let node = spot.node()?;
        let Some(task) = node.user_task() else {
            return Err(gone(token));
        };
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
        self.rise(token);
        self.act(&spot, &chosen.actions, Moment::Complete)?;
        self.act(&spot, &node.actions, Moment::Complete)?;
        self.leave(&spot)
    }

    fn fire(&mut self, token: u64, timer: &str) -> Result<(), EngineError> {
        let at = self
            .state
            .token(token)
            .filter(|t| t.timers.iter().any(|a| a.node == timer))
            .cloned();
        let at = at.ok_or_else(|| EngineError::Gone {
            node: timer.to_owned(),
        })?;
        let host = self.spot_of(&at)?;
        let ix = host
            .process
            .by_id
            .get(timer)
            .copied()
            .ok_or_else(|| EngineError::Model {
                name: timer.to_owned(),
            })?;
        let mut spot = Spot { node: ix, ..host };
        let interrupting = match &spot.node()?.kind {
            NodeKind::Boundary { interrupting, .. } => *interrupting,
            _ => true,
        };
        if interrupting {
            self.cancel_token(token);
        } else {
            if let Some(t) = self.state.tokens.iter_mut().find(|t| t.id == token) {
                t.timers.retain(|a| a.node != timer);
            }
            spot.token = self.state.number();
        }
        self.pass(&spot)
    }

    fn abandon(&mut self, status: String) {
        let frames: Vec<u64> = self
            .state
            .frames
            .iter()
            .filter(|f| f.parent.is_none())
            .map(|f| f.id)
            .collect();
        for frame in frames {
            self.cancel_frame(frame);
        }
        self.state.status = Some(status);
    }

    /// Moves every token until all of them rest, joins and ends included.
    fn settle(&mut self) -> Result<(), EngineError> {
        loop {
            while let Some(next) = self.queue.pop_front() {
                self.step(next)?;
            }
            if self.join_inclusive()? || self.finish_frame()? {
                continue;
            }
            return self.refuse_stuck();
        }
    }

    fn step(&mut self, step: Move) -> Result<(), EngineError> {
        let spot = self.spot(step.frame, step.node, step.token)?;
        let node = spot.node()?;
        self.steps += 1;
        if self.steps > STEP_BUDGET {
            return Err(EngineError::Endless {
                node: node.id.clone(),
            });
        }
        self.path.push(node.id.clone());
        match &node.kind {
            NodeKind::User(_) => self.open_task(&spot),
            NodeKind::Call { process, inputs } => {
                self.act(&spot, &node.actions, Moment::Enter)?;
                let mut variables = Map::new();
                for (name, value) in inputs {
                    let value = self.memory.value(&self.state, spot.frame, value).to_json();
                    variables.insert(name.clone(), value);
                }
                let called = self.process(process)?;
                let start = called.start;
                self.enter(&spot, &called, start, None, variables)
            }
            NodeKind::SubProcess { start } => {
                self.act(&spot, &node.actions, Moment::Enter)?;
                let (process, within) = (Arc::clone(&spot.process), Some(node.id.clone()));
                self.enter(&spot, &process, *start, within, Map::new())
            }
            NodeKind::TimerCatch(timer) => {
                self.act(&spot, &node.actions, Moment::Enter)?;
                self.rest(&spot, Wait::Timer)?;
                self.arm(&spot, node, timer)
            }
            NodeKind::End(kind) => self.end(&spot, kind),
            NodeKind::Exclusive { default } => self.choose(&spot, *default),
            NodeKind::Parallel => self.join_parallel(&spot, step.flow),
            NodeKind::Inclusive { default } => self.arrive_inclusive(&spot, step.flow, *default),
            NodeKind::Start
            | NodeKind::Pass
            | NodeKind::Service(_)
            | NodeKind::Script { .. }
            | NodeKind::Rule { .. }
            | NodeKind::Boundary { .. } => self.pass(&spot),
        }
    }

    /// A node that needs nobody: acts and goes on, or raises an error.
    fn pass(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let node = spot.node()?;
        self.act(spot, &node.actions, Moment::Enter)?;
        match self.work(spot)? {
            None => {
                self.act(spot, &node.actions, Moment::Complete)?;
                self.leave(spot)
            }
            Some(error) => self.raise(spot, &error.code, &error.detail),
        }
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
                .and_then(|v| run.memory.text(&run.state, spot.frame, v))
        };
        let new = NewTask {
            token: spot.token,
            process: spot.process.id.clone(),
            node: node.id.clone(),
            name: node.name.clone(),
            role: task.role.clone(),
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

    /// Lets a token rest at its node and arms the timers on the node's border.
    fn rest(&mut self, spot: &Spot, wait: Wait) -> Result<(), EngineError> {
        let node = spot.node()?;
        self.state.tokens.push(Token {
            id: spot.token,
            frame: spot.frame,
            node: node.id.clone(),
            wait,
            timers: Vec::new(),
        });
        for ix in &node.boundary {
            let Some(boundary) = spot.process.nodes().get(*ix) else {
                continue;
            };
            if let NodeKind::Boundary {
                trigger: Trigger::Timer(timer),
                ..
            } = &boundary.kind
            {
                self.arm(spot, boundary, timer)?;
            }
        }
        Ok(())
    }

    fn arm(&mut self, spot: &Spot, node: &Node, timer: &Timer) -> Result<(), EngineError> {
        let due = self
            .memory
            .timer_due(&self.state, spot.frame, timer, &node.id)?;
        let clock = match timer {
            Timer::Clock(clock) => Some(clock.clone()),
            _ => None,
        };
        if let Some(token) = self.state.tokens.iter_mut().find(|t| t.id == spot.token) {
            token.timers.push(Armed {
                node: node.id.clone(),
            });
        }
        self.effects.push(Effect::ArmTimer {
            token: spot.token,
            node: node.id.clone(),
            clock,
            due,
        });
        Ok(())
    }

    /// Opens a frame inside a node; the node's token waits for it.
    fn enter(
        &mut self,
        spot: &Spot,
        process: &Arc<Process>,
        start: NodeIx,
        within: Option<String>,
        variables: Map<String, Json>,
    ) -> Result<(), EngineError> {
        let node = spot.node()?;
        if self.state.chain(spot.frame).len() >= DEPTH_BUDGET {
            return Err(EngineError::TooDeep {
                node: node.id.clone(),
            });
        }
        self.rest(spot, Wait::Child)?;
        let frame = self.state.number();
        self.state.frames.push(Frame {
            id: frame,
            process: process.id.clone(),
            within,
            parent: Some(spot.frame),
            caller: Some(spot.token),
            variables,
        });
        let token = self.state.number();
        self.queue.push_back(Move {
            frame,
            node: start,
            token,
            flow: None,
        });
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
        }
        Ok(())
    }

    fn name_status(&mut self, status: &Option<String>) {
        if status.is_some() {
            self.state.status.clone_from(status);
        }
    }

    /// Sends a token out of its node: along every outgoing flow.
    pub(super) fn leave(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let flows = spot.node()?.outgoing.clone();
        self.send(spot, &flows)
    }

    /// Sends a token along some flows; the first takes the token itself, the others new ones.
    pub(super) fn send(&mut self, spot: &Spot, flows: &[FlowIx]) -> Result<(), EngineError> {
        for (at, ix) in flows.iter().enumerate() {
            let flow = spot
                .process
                .flows
                .get(*ix)
                .ok_or_else(|| EngineError::Model {
                    name: spot.process.id.clone(),
                })?;
            let token = if at == 0 {
                spot.token
            } else {
                self.state.number()
            };
            self.queue.push_back(Move {
                frame: spot.frame,
                node: flow.target,
                token,
                flow: Some(*ix),
            });
        }
        Ok(())
    }

    /// Completes a frame that has no token left; answers whether there was one.
    fn finish_frame(&mut self) -> Result<bool, EngineError> {
        let empty = self
            .state
            .frames
            .iter()
            .rev()
            .find(|f| !self.state.tokens.iter().any(|t| t.frame == f.id))
            .cloned();
        let Some(frame) = empty else { return Ok(false) };
        self.state.frames.retain(|f| f.id != frame.id);
        let Some(caller) = frame.caller else {
            self.state.ended = true;
            self.stop_clocks()?;
            let status = self
                .state
                .status
                .clone()
                .unwrap_or_else(|| "closed".to_owned());
            self.effects.push(Effect::End { status });
            return Ok(true);
        };
        let Some(token) = self.state.token(caller) else {
            return Ok(true);
        };
        let spot = self.spot_of(token)?;
        self.rise(caller);
        let node = spot.node()?;
        self.act(&spot, &node.actions, Moment::Complete)?;
        self.leave(&spot)?;
        Ok(true)
    }

    /// Takes a token out of its rest and drops its timers; its task is done by whoever calls.
    fn rise(&mut self, token: u64) -> Option<Token> {
        let token = self.state.remove_token(token)?;
        for timer in &token.timers {
            self.effects.push(Effect::DropTimer {
                token: token.id,
                node: timer.node.clone(),
            });
        }
        Some(token)
    }

    /// Takes a token away for good, with its task, its timers and what it called.
    pub(super) fn cancel_token(&mut self, token: u64) {
        let Some(token) = self.rise(token) else {
            return;
        };
        match token.wait {
            Wait::Task => self.effects.push(Effect::CancelTask { token: token.id }),
            Wait::Child => {
                let child = self
                    .state
                    .frames
                    .iter()
                    .find(|f| f.caller == Some(token.id))
                    .map(|f| f.id);
                if let Some(child) = child {
                    self.cancel_frame(child);
                    self.state.frames.retain(|f| f.id != child);
                }
            }
            Wait::Timer | Wait::Join(_) => {}
        }
    }

    /// Takes every token of a frame away; the frame itself stays and then counts as completed.
    pub(super) fn empty_frame(&mut self, frame: u64) {
        self.queue.retain(|m| m.frame != frame);
        let tokens: Vec<u64> = self
            .state
            .tokens
            .iter()
            .filter(|t| t.frame == frame)
            .map(|t| t.id)
            .collect();
        for token in tokens {
            self.cancel_token(token);
        }
    }

    pub(super) fn cancel_frame(&mut self, frame: u64) {
        self.empty_frame(frame);
    }

    fn refuse_stuck(&self) -> Result<(), EngineError> {
        for frame in &self.state.frames {
            let mut tokens = self
                .state
                .tokens
                .iter()
                .filter(|t| t.frame == frame.id)
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

fn gone(number: u64) -> EngineError {
    EngineError::Gone {
        node: number.to_string(),
    }
}
