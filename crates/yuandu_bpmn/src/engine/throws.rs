//! What goes outwards: errors, escalations, messages and signals.

use serde_json::Map;

use crate::bpmn::{NodeIx, NodeKind, SubForm, Throw, Trigger};

use super::run::{Run, Spot};
use super::{Effect, EngineError};

/// What is looked for on the way outwards.
#[derive(Clone, Copy)]
enum Wanted<'w> {
    Error(&'w str),
    Escalation(&'w str),
}

impl Wanted<'_> {
    /// How well a trigger fits: with the same code, or for every code.
    fn fits(self, trigger: &Trigger) -> Option<bool> {
        let (code, caught) = match (self, trigger) {
            (Self::Error(code), Trigger::Error { code: caught })
            | (Self::Escalation(code), Trigger::Escalation { code: caught }) => (code, caught),
            _ => return None,
        };
        match caught {
            None => Some(false),
            Some(caught) => (caught == code).then_some(true),
        }
    }
}

impl Run<'_> {
    /// Throws something; false when the thrower's own path is over by it or waits.
    pub(super) fn throw(&mut self, spot: &Spot, throw: &Throw) -> Result<bool, EngineError> {
        let node = spot.node()?.id.clone();
        match throw {
            Throw::Nothing => {}
            Throw::Message { name } => {
                let name = self
                    .memory
                    .value(&self.state, spot.at(), name)
                    .to_plain_text();
                self.effects.push(Effect::Send { node, name });
            }
            Throw::Signal { name } => {
                let name = self
                    .memory
                    .value(&self.state, spot.at(), name)
                    .to_plain_text();
                self.signals.push_back((name.clone(), Map::new()));
                self.effects.push(Effect::Broadcast { node, name });
            }
            Throw::Escalation { code } => {
                return self.escalate(spot, code.as_deref().unwrap_or_default());
            }
            Throw::Compensation { activity } => {
                return self.begin_undoing(spot, activity.as_deref());
            }
        }
        Ok(true)
    }

    /// An activity failed: its border catches the error, or what is around it.
    pub(super) fn raise(
        &mut self,
        spot: &Spot,
        code: &str,
        detail: &str,
    ) -> Result<(), EngineError> {
        let node = spot.node()?;
        let boundary = on_border(spot, node.boundary.iter().copied(), Wanted::Error(code));
        let whole = self.whole(spot.token);
        match boundary {
            Some(boundary) => {
                self.cancel_token(whole);
                self.forget(spot.token);
                self.happen(&spot.elsewhere(boundary, whole))
            }
            None => {
                self.forget(spot.token);
                self.raise_from(spot.frame, node.id.clone(), code, detail)
            }
        }
    }

    /// The token of the whole activity that a turn belongs to.
    fn whole(&self, token: u64) -> u64 {
        self.state.turn_of(token).unwrap_or(token)
    }

    /// An error leaves a frame: an event sub-process in it catches, or the border of its caller, or what is around that.
    pub(super) fn raise_from(
        &mut self,
        frame: u64,
        node: String,
        code: &str,
        detail: &str,
    ) -> Result<(), EngineError> {
        let mut frame = frame;
        // What happens in an event sub-process is not caught by the one beside it.
        let mut from_event = false;
        loop {
            let inside = self.spot(frame, 0, 0)?;
            let start = self.event_sub(&inside, Wanted::Error(code))?;
            if let Some(start) = start.filter(|_| !from_event) {
                return self.begin_event_sub(&inside, start);
            }
            let Some(caller) = self.state.frames.get(&frame).and_then(|f| f.caller) else {
                return Err(EngineError::Uncaught {
                    node,
                    code: code.to_owned(),
                    detail: detail.to_owned(),
                });
            };
            let token = self.state.tokens.get(&caller).cloned();
            let token = token.ok_or_else(|| EngineError::Gone { node: node.clone() })?;
            let spot = self.spot_of(&token)?;
            let border = spot.node()?.boundary.clone();
            let boundary = on_border(&spot, border.into_iter(), Wanted::Error(code));
            let whole = self.whole(caller);
            if let Some(boundary) = boundary {
                self.cancel_token(whole);
                return self.happen(&spot.elsewhere(boundary, whole));
            }
            from_event = matches!(spot.node()?.sub_form(), Some(SubForm::Event));
            frame = token.frame;
        }
    }

    /// The start event of an event sub-process in a frame that catches.
    fn event_sub(&self, inside: &Spot, wanted: Wanted<'_>) -> Result<Option<NodeIx>, EngineError> {
        let within = self
            .state
            .frames
            .get(&inside.frame)
            .and_then(|f| f.within.as_ref());
        let within = within.and_then(|w| inside.process.by_id.get(w)).copied();
        let listeners = inside
            .process
            .scope(within)
            .map(|s| s.listeners.clone())
            .unwrap_or_default();
        Ok(on_border(inside, listeners.into_iter(), wanted))
    }

    /// An escalation goes outwards until somebody catches it; false when that interrupts the thrower.
    fn escalate(&mut self, spot: &Spot, code: &str) -> Result<bool, EngineError> {
        let wanted = Wanted::Escalation(code);
        let mut frame = spot.frame;
        let mut from_event = false;
        loop {
            let inside = self.spot(frame, 0, 0)?;
            let start = self.event_sub(&inside, wanted)?;
            if let Some(start) = start.filter(|_| !from_event) {
                let interrupting = is_interrupting(&inside, start);
                self.begin_event_sub(&inside, start)?;
                return Ok(!interrupting);
            }
            let Some(caller) = self.state.frames.get(&frame).and_then(|f| f.caller) else {
                // Nobody has to listen to an escalation.
                return Ok(true);
            };
            let Some(token) = self.state.tokens.get(&caller).cloned() else {
                return Ok(true);
            };
            let host = self.spot_of(&token)?;
            let border = host.node()?.boundary.clone();
            if let Some(boundary) = on_border(&host, border.into_iter(), wanted) {
                let interrupting = is_interrupting(&host, boundary);
                let token = if interrupting {
                    let whole = self.whole(caller);
                    self.cancel_token(whole);
                    whole
                } else {
                    self.state.number()
                };
                self.happen(&host.elsewhere(boundary, token))?;
                return Ok(!interrupting);
            }
            from_event = matches!(host.node()?.sub_form(), Some(SubForm::Event));
            frame = token.frame;
        }
    }

    /// Whether an error of this code would be caught on the node's own border.
    pub(super) fn catches(&self, spot: &Spot, code: &str) -> bool {
        spot.node().is_ok_and(|node| {
            on_border(spot, node.boundary.iter().copied(), Wanted::Error(code)).is_some()
        })
    }
}

/// The event among some that fits best: one with the code, else one for every code.
fn on_border(
    spot: &Spot,
    events: impl Iterator<Item = NodeIx>,
    wanted: Wanted<'_>,
) -> Option<NodeIx> {
    let mut any = None;
    for ix in events {
        let trigger = spot.process.nodes().get(ix).and_then(|n| n.trigger());
        match trigger.and_then(|t| wanted.fits(t)) {
            Some(true) => return Some(ix),
            Some(false) => any = any.or(Some(ix)),
            None => {}
        }
    }
    any
}

fn is_interrupting(spot: &Spot, event: NodeIx) -> bool {
    matches!(
        spot.process.nodes().get(event).map(|n| &n.kind),
        Some(
            NodeKind::Boundary {
                interrupting: true,
                ..
            } | NodeKind::Start {
                interrupting: true,
                ..
            }
        )
    )
}
