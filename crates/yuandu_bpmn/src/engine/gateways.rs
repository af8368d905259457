//! Splitting and joining: exclusive, parallel and inclusive gateways, and the flows out of every other node.

use std::collections::BTreeSet;

use crate::bpmn::{FlowIx, NodeIx, NodeKind, Process};

use super::EngineError;
use super::run::{Move, Run, Spot};
use super::state::{Token, Wait};

impl Run<'_> {
    /// Takes the first flow whose condition holds, else the default.
    pub(super) fn choose(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let node = spot.node()?;
        let (outgoing, default) = (node.outgoing.clone(), node.default);
        if outgoing.is_empty() {
            return self.leave(spot);
        }
        let chosen = outgoing
            .iter()
            .copied()
            .filter(|ix| Some(*ix) != default)
            .find(|ix| self.holds(spot, *ix))
            .or(default)
            .or_else(|| {
                (outgoing.len() == 1)
                    .then(|| outgoing.first().copied())
                    .flatten()
            });
        match chosen {
            Some(flow) => self.send(spot, &[flow]),
            None => Err(EngineError::NoFlow {
                node: node.id.clone(),
            }),
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
                .evaluate(&self.state, spot.at(), condition)
                .is_true(),
            None => true,
        }
    }

    /// Sends a token out of its node: along every flow without a condition and every one whose condition holds; along
    /// the default when no condition does.
    pub(super) fn leave(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let node = spot.node()?;
        let default = node.default;
        let outgoing = node.outgoing.clone();
        let mut chosen: Vec<FlowIx> = outgoing
            .iter()
            .copied()
            .filter(|ix| Some(*ix) != default)
            .filter(|ix| self.holds(spot, *ix))
            .collect();
        let conditional = |ix: &FlowIx| {
            spot.process
                .flows
                .get(*ix)
                .is_some_and(|f| f.condition.is_some())
        };
        if !chosen.iter().any(conditional)
            && (chosen.is_empty() || outgoing.iter().any(conditional))
        {
            chosen.extend(default);
        }
        if chosen.is_empty() && !outgoing.is_empty() {
            return Err(EngineError::NoFlow {
                node: node.id.clone(),
            });
        }
        self.send(spot, &chosen)
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
        for token in found {
            self.state.take(token);
        }
        self.leave(spot)
    }

    fn wait_at_join(&mut self, spot: &Spot, flow: Option<FlowIx>) -> Result<(), EngineError> {
        let by = flow
            .and_then(|ix| spot.process.flows.get(ix))
            .map(|f| f.id.clone())
            .unwrap_or_default();
        let node = spot.node()?.id.clone();
        self.state.put(Token {
            id: spot.token,
            frame: spot.frame,
            node,
            wait: Wait::Join(by),
            armed: Vec::new(),
            turns: None,
            undo: Vec::new(),
        });
        Ok(())
    }

    fn waiting<'s>(&'s self, spot: &'s Spot, node: &'s str) -> impl Iterator<Item = &'s Token> {
        self.state.tokens.values().filter(move |t| {
            t.frame == spot.frame && t.node == node && matches!(t.wait, Wait::Join(_))
        })
    }

    /// A token arrives at an inclusive gateway: it waits if others may still come, else it splits.
    pub(super) fn arrive_inclusive(
        &mut self,
        spot: &Spot,
        flow: Option<FlowIx>,
    ) -> Result<(), EngineError> {
        if spot.node()?.incoming.len() < 2 {
            return self.split_inclusive(spot);
        }
        self.wait_at_join(spot, flow)
    }

    fn split_inclusive(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let node = spot.node()?;
        let (outgoing, default) = (node.outgoing.clone(), node.default);
        let mut chosen: Vec<FlowIx> = outgoing
            .iter()
            .copied()
            .filter(|ix| Some(*ix) != default)
            .filter(|ix| self.holds(spot, *ix))
            .collect();
        if chosen.is_empty() {
            let only = (outgoing.len() == 1)
                .then(|| outgoing.first().copied())
                .flatten();
            chosen.extend(default.or(only));
        }
        if chosen.is_empty() && !outgoing.is_empty() {
            return Err(EngineError::NoFlow {
                node: node.id.clone(),
            });
        }
        self.send(spot, &chosen)
    }

    /// Once nothing moves: lets one inclusive join go on for which nobody is on the way any more.
    pub(super) fn join_inclusive(&mut self) -> Result<bool, EngineError> {
        let candidates: Vec<Token> = self
            .state
            .tokens
            .values()
            .filter(|t| matches!(t.wait, Wait::Join(_)))
            .cloned()
            .collect();
        for token in candidates {
            let spot = self.spot_of(&token)?;
            if !matches!(spot.node()?.kind, NodeKind::Inclusive) {
                continue;
            }
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
            for token in taken {
                self.state.take(token);
            }
            self.split_inclusive(&spot)?;
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
            .values()
            .filter(|t| t.frame == spot.frame && t.node != node.id && t.wait != Wait::Listen);
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
