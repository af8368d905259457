//! Frames: processes, calls and sub-processes begin, end and are cancelled.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::bpmn::{Formula, Moment, NodeIx, NodeKind, Process, SubForm};

use super::run::{Move, Run, Spot, gone};
use super::state::{Frame, Of, Token, Wait};
use super::{DEPTH_BUDGET, Effect, EngineError};

/// What a frame begins with.
#[derive(Default)]
struct Opening {
    within: Option<NodeIx>,
    caller: Option<(u64, u64)>,
    variables: Map<String, Json>,
    /// The start event; without one, every plain start of the scope.
    start: Option<NodeIx>,
}

impl Run<'_> {
    /// Begins the case.
    pub(super) fn begin(
        &mut self,
        process: Option<&str>,
        start: Option<&str>,
        variables: Map<String, Json>,
    ) -> Result<(), EngineError> {
        let id = process.unwrap_or(&self.definition.main).to_owned();
        let process = self.process(&id)?;
        let start = match start {
            Some(id) => Some(
                process
                    .by_id
                    .get(id)
                    .copied()
                    .ok_or_else(|| EngineError::Model {
                        name: id.to_owned(),
                    })?,
            ),
            None => None,
        };
        let opening = Opening {
            variables,
            start,
            ..Opening::default()
        };
        self.open_frame(&process, opening)?;
        Ok(())
    }

    fn open_frame(&mut self, process: &Arc<Process>, opening: Opening) -> Result<u64, EngineError> {
        let scope = process.scope(opening.within).cloned().unwrap_or_default();
        let within = opening.within.and_then(|ix| process.nodes().get(ix));
        let adhoc = within.is_some_and(|n| matches!(n.sub_form(), Some(SubForm::AdHoc { .. })));
        let frame = self.state.number();
        let mut variables = opening.variables;
        for (name, value) in &scope.data {
            variables
                .entry(name.clone())
                .or_insert_with(|| value.clone());
        }
        self.state.frames.insert(
            frame,
            Frame {
                id: frame,
                process: process.id.clone(),
                within: within.map(|n| n.id.clone()),
                parent: opening.caller.map(|(frame, _)| frame),
                caller: opening.caller.map(|(_, token)| token),
                variables,
                live: 0,
                done: Vec::new(),
                performed: adhoc.then(BTreeSet::new),
            },
        );
        self.left.insert(frame);
        self.memory.forget_scope();
        let starts = match opening.start {
            Some(start) => vec![start],
            // A process that only events begin is begun by hand at the first of them.
            None if scope.starts.is_empty() && opening.within.is_none() => {
                scope.triggered.iter().take(1).copied().collect()
            }
            None => scope.starts,
        };
        for node in starts {
            let token = self.state.number();
            self.queue.push_back(Move {
                frame,
                node,
                token,
                flow: None,
            });
        }
        for start in scope.listeners {
            self.listen(process, frame, start)?;
        }
        Ok(frame)
    }

    /// Lets the start event of an event sub-process listen, if what it waits for arrives from outside.
    pub(super) fn listen(
        &mut self,
        process: &Arc<Process>,
        frame: u64,
        start: NodeIx,
    ) -> Result<(), EngineError> {
        let spot = Spot {
            process: Arc::clone(process),
            node: start,
            frame,
            token: self.state.number(),
        };
        if !super::events::arrives(spot.node()?.trigger()) {
            return Ok(());
        }
        self.state.put(Token {
            id: spot.token,
            frame,
            node: spot.node()?.id.clone(),
            wait: Wait::Listen,
            armed: Vec::new(),
            turns: None,
            undo: Vec::new(),
        });
        self.arm(&spot, start)
    }

    /// Opens a frame inside a node; the node's token waits for it.
    fn enter(
        &mut self,
        spot: &Spot,
        process: &Arc<Process>,
        opening: Opening,
    ) -> Result<u64, EngineError> {
        let node = spot.node()?;
        if self.state.chain(spot.frame).len() >= DEPTH_BUDGET {
            return Err(EngineError::TooDeep {
                node: node.id.clone(),
            });
        }
        self.rest(spot, Wait::Child)?;
        let caller = Some((spot.frame, spot.token));
        self.open_frame(process, Opening { caller, ..opening })
    }

    pub(super) fn enter_sub(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let node = spot.node()?;
        self.act(spot, &node.actions, Moment::Enter)?;
        let opening = Opening {
            within: Some(spot.node),
            ..Opening::default()
        };
        let process = Arc::clone(&spot.process);
        self.enter(spot, &process, opening)?;
        Ok(())
    }

    pub(super) fn call(
        &mut self,
        spot: &Spot,
        process: &str,
        chosen: Option<&Formula>,
    ) -> Result<(), EngineError> {
        let node = spot.node()?;
        self.act(spot, &node.actions, Moment::Enter)?;
        let id = match chosen {
            Some(formula) => self
                .memory
                .evaluate(&self.state, spot.at(), formula)
                .to_plain_text(),
            None => process.to_owned(),
        };
        let called = self.process(&id)?;
        let opening = Opening {
            variables: self.values(spot, &node.inputs),
            ..Opening::default()
        };
        self.enter(spot, &called, opening)?;
        Ok(())
    }

    /// An event sub-process begins in a frame, at one of its start events.
    pub(super) fn begin_event_sub(&mut self, at: &Spot, start: NodeIx) -> Result<(), EngineError> {
        let Some(start_node) = at.process.nodes().get(start) else {
            return Ok(());
        };
        let interrupting = matches!(
            start_node.kind,
            NodeKind::Start {
                interrupting: true,
                ..
            }
        );
        let Some(sub) = start_node.parent else {
            return Ok(());
        };
        if interrupting {
            self.empty_frame(at.frame);
        }
        let token = self.state.number();
        let spot = at.elsewhere(sub, token);
        self.path.push(spot.node()?.id.clone());
        let opening = Opening {
            within: Some(sub),
            start: Some(start),
            ..Opening::default()
        };
        let process = Arc::clone(&spot.process);
        self.enter(&spot, &process, opening)?;
        Ok(())
    }

    /// Opens the frame of a sub-process that is over, to undo what was done in it.
    pub(super) fn reopen(&mut self, spot: &Spot) -> Result<u64, EngineError> {
        let opening = Opening {
            within: Some(spot.node),
            ..Opening::default()
        };
        let process = Arc::clone(&spot.process);
        let frame = self.enter(spot, &process, opening)?;
        self.queue.retain(|m| m.frame != frame);
        let listening: Vec<u64> = self.tokens_in(frame);
        for token in listening {
            self.cancel_token(token);
        }
        Ok(frame)
    }

    /// Completes a frame that has no token left; answers whether there was one.
    pub(super) fn finish_frame(&mut self) -> Result<bool, EngineError> {
        let empty = self.left.iter().copied().find(|id| {
            let frame = self.state.frames.get(id);
            frame.is_some_and(|f| f.live == 0 && f.performed.is_none())
        });
        let Some(frame) = empty else {
            self.left.retain(|id| self.state.frames.contains_key(id));
            return Ok(false);
        };
        for listener in self.tokens_in(frame) {
            self.rise(listener);
        }
        self.left.remove(&frame);
        let caller = self.state.frames.get(&frame).and_then(|f| f.caller);
        let Some(caller) = caller else {
            return self.finish_case(frame).map(|()| true);
        };
        let Some(token) = self.state.tokens.get(&caller).cloned() else {
            self.state.frames.remove(&frame);
            return Ok(true);
        };
        let spot = self.spot_of(&token)?;
        let node = spot.node()?;
        if matches!(node.kind, NodeKind::Call { .. }) && !node.outputs.is_empty() {
            let inside = Spot {
                frame,
                ..spot.clone()
            };
            let values = self.values(&inside, &node.outputs);
            self.write((spot.frame, 0), values);
        }
        let mut inner = Vec::new();
        if let Some(ended) = self.state.frames.remove(&frame)
            && node.sub_form().is_some()
        {
            inner = ended.done;
        }
        self.memory.forget_scope();
        self.rise(caller);
        if matches!(node.sub_form(), Some(SubForm::Event)) {
            self.act(&spot, &node.actions, Moment::Complete)?;
            self.forget(caller);
            return Ok(true);
        }
        self.finish_with(&spot, inner)?;
        Ok(true)
    }

    fn finish_case(&mut self, frame: u64) -> Result<(), EngineError> {
        let ended = self.state.frames.remove(&frame);
        self.state.ended = true;
        self.stop_clocks()?;
        let status = self.state.status.clone();
        self.effects.push(Effect::End {
            status: status.unwrap_or_else(|| "closed".to_owned()),
            variables: ended.map(|f| f.variables).unwrap_or_default(),
        });
        Ok(())
    }

    pub(super) fn tokens_in(&self, frame: u64) -> Vec<u64> {
        let tokens = self.state.tokens.values();
        tokens.filter(|t| t.frame == frame).map(|t| t.id).collect()
    }

    /// Takes a token away for good, with its task, its timers and what works for it.
    pub(super) fn cancel_token(&mut self, token: u64) {
        let Some(token) = self.rise(token) else {
            return;
        };
        self.forget(token.id);
        match token.wait {
            Wait::Task => self.effects.push(Effect::CancelTask { token: token.id }),
            Wait::Job => self.effects.push(Effect::CancelJob { token: token.id }),
            Wait::Child => {
                let child = self
                    .state
                    .frames
                    .values()
                    .find(|f| f.caller == Some(token.id));
                if let Some(child) = child.map(|f| f.id) {
                    self.empty_frame(child);
                    self.state.frames.remove(&child);
                }
            }
            Wait::Turns | Wait::Undo => self.cancel_workers(token.id),
            Wait::Timer | Wait::Event | Wait::Listen | Wait::Join(_) => {}
        }
    }

    /// Takes away the tokens that work for another.
    pub(super) fn cancel_workers(&mut self, token: u64) {
        let locals = self.state.locals.iter();
        let workers: Vec<u64> = locals
            .filter(
                |(_, local)| matches!(local.of, Some(Of::Turn(of) | Of::Undo(of)) if of == token),
            )
            .map(|(id, _)| *id)
            .collect();
        for worker in workers {
            self.queue.retain(|m| m.token != worker);
            self.cancel_token(worker);
            self.forget(worker);
        }
    }

    /// Takes every token of a frame away; the frame itself stays and then counts as completed.
    pub(super) fn empty_frame(&mut self, frame: u64) {
        self.queue.retain(|m| m.frame != frame);
        for token in self.tokens_in(frame) {
            self.cancel_token(token);
        }
        if let Some(frame) = self.state.frames.get_mut(&frame) {
            frame.performed = None;
        }
        self.left.insert(frame);
    }

    /// An activity of an ad-hoc sub-process is begun by whoever does it.
    pub(super) fn perform(&mut self, id: &str) -> Result<(), EngineError> {
        let frames: Vec<u64> = self
            .state
            .frames
            .values()
            .filter(|f| f.performed.is_some())
            .map(|f| f.id)
            .collect();
        for frame in frames {
            let spot = self.spot(frame, 0, 0)?;
            let node = spot.process.by_id.get(id).copied();
            let within = self
                .state
                .frames
                .get(&frame)
                .and_then(|f| f.within.as_ref());
            let within = within.and_then(|w| spot.process.by_id.get(w)).copied();
            let inside = node.and_then(|ix| spot.process.nodes().get(ix));
            if !inside.is_some_and(|n| n.parent == within && n.incoming.is_empty()) {
                continue;
            }
            let sequential = within
                .and_then(|ix| spot.process.nodes().get(ix))
                .is_some_and(|n| {
                    matches!(
                        n.sub_form(),
                        Some(SubForm::AdHoc {
                            sequential: true,
                            ..
                        })
                    )
                });
            if sequential && self.state.frames.get(&frame).is_some_and(|f| f.live > 0) {
                return Err(EngineError::OneAtATime {
                    node: id.to_owned(),
                });
            }
            let token = self.state.number();
            self.queue.push_back(Move {
                frame,
                node: node.unwrap_or_default(),
                token,
                flow: None,
            });
            return Ok(());
        }
        Err(EngineError::Gone {
            node: id.to_owned(),
        })
    }

    /// Whoever performs an ad-hoc sub-process says that nothing more is to be done in it.
    pub(super) fn close_adhoc(&mut self, id: &str) -> Result<(), EngineError> {
        let frame = self
            .state
            .frames
            .values_mut()
            .find(|f| f.performed.is_some() && f.within.as_deref() == Some(id));
        let frame = frame.ok_or_else(|| EngineError::Gone {
            node: id.to_owned(),
        })?;
        frame.performed = None;
        let frame = frame.id;
        self.left.insert(frame);
        Ok(())
    }

    /// Remembers what was performed in an ad-hoc sub-process.
    pub(super) fn note_performed(&mut self, frame: u64, node: &str) {
        let frame = self.state.frames.get_mut(&frame);
        if let Some(performed) = frame.and_then(|f| f.performed.as_mut()) {
            performed.insert(node.to_owned());
        }
    }

    /// An ad-hoc sub-process takes no more once its condition holds; without a condition, once everything in it was
    /// performed and nothing is under way.
    pub(super) fn checked_adhoc(&mut self, frame: u64) -> Result<(), EngineError> {
        let Some(found) = self.state.frames.get(&frame) else {
            return Ok(());
        };
        let Some(performed) = &found.performed else {
            return Ok(());
        };
        let process = self.process(&found.process)?;
        let within = found
            .within
            .as_ref()
            .and_then(|w| process.by_id.get(w))
            .copied();
        let sub = within.and_then(|ix| process.nodes().get(ix));
        let Some(SubForm::AdHoc {
            completion,
            cancels,
            ..
        }) = sub.and_then(|n| n.sub_form())
        else {
            return Ok(());
        };
        let over = match completion {
            Some(condition) => self
                .memory
                .evaluate(&self.state, (frame, 0), condition)
                .is_true(),
            None => {
                let moving = self.queue.iter().any(|m| m.frame == frame);
                let inside = process
                    .nodes()
                    .iter()
                    .filter(|n| n.parent == within && n.is_activity());
                found.live == 0 && !moving && inside.clone().all(|n| performed.contains(&n.id))
            }
        };
        if !over {
            return Ok(());
        }
        if *cancels {
            self.empty_frame(frame);
        } else if let Some(frame) = self.state.frames.get_mut(&frame) {
            frame.performed = None;
        }
        Ok(())
    }

    /// The frame a token's compensation is about: that around an event sub-process, else its own.
    pub(super) fn compensated_frame(&self, spot: &Spot) -> Result<u64, EngineError> {
        let frame = self
            .state
            .frames
            .get(&spot.frame)
            .ok_or_else(|| gone(spot.frame))?;
        let within = frame
            .within
            .as_ref()
            .and_then(|w| spot.process.by_id.get(w));
        let event = within.and_then(|ix| spot.process.nodes().get(*ix));
        match (event.and_then(|n| n.sub_form()), frame.parent) {
            (Some(SubForm::Event), Some(parent)) => Ok(parent),
            _ => Ok(spot.frame),
        }
    }
}
