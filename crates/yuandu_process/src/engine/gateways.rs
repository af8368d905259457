//! Splitting and joining: exclusive, parallel and inclusive gateways, and the way of errors outwards.

use std::collections::BTreeSet;

use crate::bpmn::{FlowIx, Moment, NodeIx, NodeKind, Process, Trigger};

use super::EngineError;
use super::run::{Run, Spot};
use super::state::{Token, Wait};

impl Run<'_> {
    /// Takes the first flow whose condition holds, else the default.
    pub(super) fn choose(
        &mut self,
        spot: &Spot,
        default: Option<FlowIx>,
    ) -> Result<(), EngineError> {
        let outgoing = spot.node()?.outgoing.clone();
        let chosen = outgoing
            .iter()
            .copied()
            .filter(|ix| Some(*ix) != default)
            .find(|ix| self.holds(spot, *ix))
            .or(default)
            .or_else(|| outgoing.first().copied());
        match chosen {
            Some(flow) => self.send(spot, &[flow]),
            None => self.leave(spot),
        }
    }

    fn holds(&mut self, spot: &Spot, flow: FlowIx) -> bool {
        match spot
            .process
            .flows
            .get(flow)
            .and_then(|f| f.condition.as_ref())
        {
            Some(condition) => self
                .memory
                .evaluate(&self.state, spot.frame, condition)
                .is_true(),
            None => true,
        }
    }

    /// A token arrives at a parallel gateway: it goes on once every incoming flow has brought one.
    pub(super) fn join_parallel(
        &mut self,
        spot: &Spot,
        flow: Option<FlowIx>,
    ) -> Result<(), EngineError> {
        let node = spot.node()?;
        if node.incoming.len() < 2 {
            return self.leave(spot);
        }
        self.wait_at_join(spot, flow)?;
        let mut found = Vec::new();
        for ix in &node.incoming {
            let Some(id) = spot.process.flows.get(*ix).map(|f| f.id.as_str()) else {
                continue;
            };
            match self
                .waiting(spot, &node.id)
                .find(|t| t.wait == Wait::Join(id.to_owned()))
            {
                Some(token) => found.push(token.id),
                None => return Ok(()),
            }
        }
        self.state.tokens.retain(|t| !found.contains(&t.id));
        self.leave(spot)
    }

    fn wait_at_join(&mut self, spot: &Spot, flow: Option<FlowIx>) -> Result<(), EngineError> {
        let by = flow
            .and_then(|ix| spot.process.flows.get(ix))
            .map(|f| f.id.clone())
            .unwrap_or_default();
        let node = spot.node()?.id.clone();
        self.state.tokens.push(Token {
            id: spot.token,
            frame: spot.frame,
            node,
            wait: Wait::Join(by),
            timers: Vec::new(),
        });
        Ok(())
    }

    fn waiting<'s>(&'s self, spot: &'s Spot, node: &'s str) -> impl Iterator<Item = &'s Token> {
        self.state.tokens.iter().filter(move |t| {
            t.frame == spot.frame && t.node == node && matches!(t.wait, Wait::Join(_))
        })
    }

    /// A token arrives at an inclusive gateway: it waits if others may still come, else it splits.
    pub(super) fn arrive_inclusive(
        &mut self,
        spot: &Spot,
        flow: Option<FlowIx>,
        default: Option<FlowIx>,
    ) -> Result<(), EngineError> {
        if spot.node()?.incoming.len() < 2 {
            return self.split_inclusive(spot, default);
        }
        self.wait_at_join(spot, flow)
    }

    fn split_inclusive(&mut self, spot: &Spot, default: Option<FlowIx>) -> Result<(), EngineError> {
        let outgoing = spot.node()?.outgoing.clone();
        let mut chosen: Vec<FlowIx> = outgoing
            .iter()
            .copied()
            .filter(|ix| Some(*ix) != default)
            .filter(|ix| self.holds(spot, *ix))
            .collect();
        if chosen.is_empty() {
            chosen.extend(default.or_else(|| outgoing.first().copied()));
        }
        self.send(spot, &chosen)
    }

    /// Once nothing moves: lets one inclusive join go on for which nobody is on the way any more.
    pub(super) fn join_inclusive(&mut self) -> Result<bool, EngineError> {
        let candidates: Vec<Token> = self
            .state
            .tokens
            .iter()
            .filter(|t| matches!(t.wait, Wait::Join(_)))
            .cloned()
            .collect();
        for token in candidates {
            let spot = self.spot_of(&token)?;
            let NodeKind::Inclusive { default } = spot.node()?.kind else {
                continue;
            };
            if self.still_coming(&spot)? {
                continue;
            }
            let node = spot.node()?.id.clone();
            // One token of each flow goes into the join; a second one of the same flow waits for the next round.
            let mut seen = BTreeSet::new();
            let mut taken = Vec::new();
            for waiting in self.waiting(&spot, &node) {
                if let Wait::Join(flow) = &waiting.wait
                    && seen.insert(flow.clone())
                {
                    taken.push(waiting.id);
                }
            }
            self.state.tokens.retain(|t| !taken.contains(&t.id));
            self.split_inclusive(&spot, default)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// BPMN 2.0, 13.3.3: a token elsewhere holds the join back when it can reach an empty incoming flow without
    /// passing the join, and cannot reach one that already has a token.
    fn still_coming(&self, spot: &Spot) -> Result<bool, EngineError> {
        let node = spot.node()?;
        let arrived: BTreeSet<&str> = self
            .waiting(spot, &node.id)
            .filter_map(|t| match &t.wait {
                Wait::Join(flow) => Some(flow.as_str()),
                _ => None,
            })
            .collect();
        let others = self
            .state
            .tokens
            .iter()
            .filter(|t| t.frame == spot.frame && t.node != node.id);
        for other in others {
            let Some(from) = spot.process.by_id.get(&other.node) else {
                continue;
            };
            let reached = flows_ahead(&spot.process, *from, spot.node);
            let ahead = |empty: bool| {
                node.incoming.iter().any(|ix| {
                    let id = spot.process.flows.get(*ix).map_or("", |f| f.id.as_str());
                    reached.contains(ix) && arrived.contains(id) != empty
                })
            };
            if ahead(true) && !ahead(false) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// An automatic activity failed: its border catches the error, or what is around it.
    pub(super) fn raise(
        &mut self,
        spot: &Spot,
        code: &str,
        detail: &str,
    ) -> Result<(), EngineError> {
        match self.catcher(spot, code)? {
            Some(boundary) => self.catch(spot, boundary),
            None => self.raise_from(spot.frame, spot.node()?.id.clone(), code, detail),
        }
    }

    /// An error leaves a frame: the frame ends and the border of its caller catches, or what is around that.
    pub(super) fn raise_from(
        &mut self,
        frame: u64,
        node: String,
        code: &str,
        detail: &str,
    ) -> Result<(), EngineError> {
        let mut frame = frame;
        while let Some(caller) = self.state.frame(frame).and_then(|f| f.caller) {
            let token = self
                .state
                .token(caller)
                .cloned()
                .ok_or_else(|| EngineError::Gone { node: node.clone() })?;
            let spot = self.spot_of(&token)?;
            let boundary = self.catcher(&spot, code)?;
            self.cancel_token(caller);
            if let Some(boundary) = boundary {
                return self.catch(&spot, boundary);
            }
            frame = token.frame;
        }
        Err(EngineError::Uncaught {
            node,
            code: code.to_owned(),
            detail: detail.to_owned(),
        })
    }

    fn catcher(&self, spot: &Spot, code: &str) -> Result<Option<NodeIx>, EngineError> {
        let matching = |wanted: Option<&str>| {
            spot.node().map(|node| {
                node.boundary.iter().copied().find(|ix| {
                    let kind = spot.process.nodes().get(*ix).map(|n| &n.kind);
                    matches!(kind, Some(NodeKind::Boundary { trigger: Trigger::Error { code }, .. }) if code.as_deref() == wanted)
                })
            })
        };
        Ok(matching(Some(code))?.or(matching(None)?))
    }

    /// Whether an error of this code would be caught on the node's own border.
    pub(super) fn catches(&self, spot: &Spot, code: &str) -> bool {
        matches!(self.catcher(spot, code), Ok(Some(_)))
    }

    fn catch(&mut self, spot: &Spot, boundary: NodeIx) -> Result<(), EngineError> {
        let spot = Spot {
            node: boundary,
            ..spot.clone()
        };
        let node = spot.node()?;
        self.act(&spot, &node.actions, Moment::Enter)?;
        self.act(&spot, &node.actions, Moment::Complete)?;
        self.leave(&spot)
    }
}

/// The flows a token at `from` can come by without passing `barrier`.
fn flows_ahead(process: &Process, from: NodeIx, barrier: NodeIx) -> BTreeSet<FlowIx> {
    let mut flows = BTreeSet::new();
    let mut seen = BTreeSet::from([from]);
    let mut queue = vec![from];
    while let Some(node) = queue.pop().and_then(|ix| process.nodes().get(ix)) {
        for ix in &node.outgoing {
            flows.insert(*ix);
            if let Some(flow) = process.flows.get(*ix)
                && flow.target != barrier
                && seen.insert(flow.target)
            {
                queue.push(flow.target);
            }
        }
        queue.extend(node.boundary.iter().copied().filter(|b| seen.insert(*b)));
    }
    flows
}
