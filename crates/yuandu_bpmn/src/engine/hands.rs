//! What offices do by hand beside the model: send back to an earlier step, add and remove those who sign.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::bpmn::{Node, NodeIx, NodeKind, Process, Repeat};

use super::EngineError;
use super::run::{Move, Run, Spot, gone};
use super::state::{Turns, Wait};

impl Run<'_> {
    /// Sends back from a task to an earlier node of the same scope or one around it. What follows from that node is
    /// void: its tasks, timers and waiting joins are taken away, and it is done again from there.
    pub(super) fn send_back(&mut self, token: u64, to: &str) -> Result<(), EngineError> {
        let at = self.state.tokens.get(&token).ok_or_else(|| gone(token))?;
        let mut spot = self.spot_of(at)?;
        let unknown = || EngineError::Gone {
            node: to.to_owned(),
        };
        let target = loop {
            let within = self.scope_of(&spot);
            let found = spot.process.by_id.get(to).copied();
            let node = found.and_then(|ix| spot.process.nodes().get(ix));
            if let (Some(ix), Some(node)) = (found, node)
                && node.parent == within
            {
                break ix;
            }
            let caller = self.state.frames.get(&spot.frame).and_then(|f| f.caller);
            let caller = caller.and_then(|c| self.state.tokens.get(&c));
            spot = self.spot_of(caller.ok_or_else(unknown)?)?;
        };
        let follows = reached(&spot.process, target);
        if !follows.contains(&spot.node) {
            return Err(EngineError::NotBefore {
                node: spot.node()?.id.clone(),
                to: to.to_owned(),
            });
        }
        self.suffices(&spot, &follows, to)?;
        for void in self.tokens_in(spot.frame) {
            let token = self.state.tokens.get(&void);
            let ix = token.and_then(|t| spot.process.by_id.get(&t.node));
            let listens = token.is_some_and(|t| t.wait == Wait::Listen);
            if !listens && ix.is_some_and(|ix| follows.contains(ix)) {
                self.cancel_token(void);
            }
        }
        let token = self.state.number();
        self.queue.push_back(Move {
            frame: spot.frame,
            node: target,
            token,
            flow: None,
        });
        Ok(())
    }

    /// Sends back from a task to an earlier task of the same process, from where it comes straight back. Nothing but this
    /// task is void: other branches go on, and no join waits for them again.
    pub(super) fn send_straight(&mut self, token: u64, to: &str) -> Result<(), EngineError> {
        let at = self.state.tokens.get(&token).ok_or_else(|| gone(token))?;
        let spot = self.spot_of(at)?;
        let node = spot.node()?;
        let found = spot.process.by_id.get(to).copied();
        let target = found.and_then(|ix| Some((ix, spot.process.nodes().get(ix)?)));
        let same = |(_, earlier): &(NodeIx, &Node)| {
            let alone = node.repeat.is_none() && earlier.repeat.is_none();
            alone && earlier.parent == node.parent && earlier.user_task().is_some()
        };
        let Some((ix, _)) = target.filter(same) else {
            return Err(EngineError::NotStraight {
                node: node.id.clone(),
                to: to.to_owned(),
            });
        };
        if !reached(&spot.process, ix).contains(&spot.node) {
            return Err(EngineError::NotBefore {
                node: node.id.clone(),
                to: to.to_owned(),
            });
        }
        let from = node.id.clone();
        self.cancel_token(token);
        let token = self.state.number();
        self.state.returns.insert(token, from);
        self.queue.push_back(Move {
            frame: spot.frame,
            node: ix,
            token,
            flow: None,
        });
        Ok(())
    }

    /// Puts a token to another node of its scope, wherever that is; what waits at the old node is taken away.
    pub(super) fn move_token(&mut self, token: u64, to: &str) -> Result<(), EngineError> {
        let at = self.state.tokens.get(&token).ok_or_else(|| gone(token))?;
        let spot = self.spot_of(at)?;
        let within = spot.node()?.parent;
        let gone_to = || EngineError::Gone {
            node: to.to_owned(),
        };
        let ix = spot.process.by_id.get(to).copied().ok_or_else(gone_to)?;
        let node = spot.process.nodes().get(ix).ok_or_else(gone_to)?;
        let border = matches!(node.kind, NodeKind::Boundary { .. });
        if node.parent != within || border || self.state.turn_of(token).is_some() {
            return Err(gone_to());
        }
        self.cancel_token(token);
        let token = self.state.number();
        self.queue.push_back(Move {
            frame: spot.frame,
            node: ix,
            token,
            flow: None,
        });
        Ok(())
    }

    /// What was done again goes straight back to the step that had sent it back.
    pub(super) fn come_back(&mut self, spot: &Spot, node: &str) -> Result<(), EngineError> {
        self.forget(spot.token);
        let found = spot.process.by_id.get(node).copied();
        let node = found.ok_or_else(|| EngineError::Model {
            name: node.to_owned(),
        })?;
        let token = self.state.number();
        self.queue.push_back(Move {
            frame: spot.frame,
            node,
            token,
            flow: None,
        });
        Ok(())
    }

    /// A parallel join that comes again must get a token by every flow: from what is done again, or from what still runs.
    fn suffices(
        &self,
        spot: &Spot,
        follows: &BTreeSet<NodeIx>,
        to: &str,
    ) -> Result<(), EngineError> {
        let mut sources = follows.clone();
        for token in self.tokens_in(spot.frame) {
            let token = self
                .state
                .tokens
                .get(&token)
                .filter(|t| t.wait != Wait::Listen);
            let ix = token.and_then(|t| spot.process.by_id.get(&t.node));
            if let Some(ix) = ix.filter(|ix| !follows.contains(*ix)) {
                sources.extend(reached(&spot.process, *ix));
            }
        }
        let joins = follows
            .iter()
            .filter_map(|ix| spot.process.nodes().get(*ix));
        let joins = joins.filter(|n| matches!(n.kind, NodeKind::Parallel) && n.incoming.len() > 1);
        for join in joins {
            let mut flows = join
                .incoming
                .iter()
                .filter_map(|f| spot.process.flows.get(*f));
            if flows.any(|f| !sources.contains(&f.source)) {
                return Err(EngineError::HalfWay {
                    to: to.to_owned(),
                    join: join.id.clone(),
                });
            }
        }
        Ok(())
    }

    fn scope_of(&self, spot: &Spot) -> Option<NodeIx> {
        let frame = self.state.frames.get(&spot.frame)?;
        spot.process.by_id.get(frame.within.as_ref()?).copied()
    }

    /// Adds turns to a repeated activity that is under way: more people sign. One after another, they come last.
    pub(super) fn add_turns(&mut self, token: u64, items: Vec<Json>) -> Result<(), EngineError> {
        let parent = self.state.turn_of(token).unwrap_or(token);
        let at = self
            .state
            .tokens
            .get(&parent)
            .cloned()
            .ok_or_else(|| gone(token))?;
        let spot = self.spot_of(&at)?;
        let Some(Repeat::Each(each)) = &spot.node()?.repeat else {
            return Err(EngineError::NotRepeated {
                node: at.node.clone(),
            });
        };
        let (sequential, name) = (each.sequential, each.item.clone());
        for item in items {
            let Some(turns) = self.turns_mut(parent) else {
                return Err(gone(token));
            };
            let number = turns.total.unwrap_or(turns.begun);
            turns.total = Some(number.saturating_add(1));
            if sequential {
                turns.added.push(item);
                continue;
            }
            let mut values = Map::new();
            values.insert("loopCounter".to_owned(), number.into());
            values.extend(name.clone().map(|name| (name, item)));
            self.turn(&spot, values)?;
        }
        Ok(())
    }

    /// Takes one turn of a repeated activity away: somebody need not sign any more.
    pub(super) fn remove_turn(&mut self, token: u64) -> Result<(), EngineError> {
        let at = self
            .state
            .tokens
            .get(&token)
            .cloned()
            .ok_or_else(|| gone(token))?;
        let Some(parent) = self.state.turn_of(token) else {
            return Err(EngineError::NotRepeated { node: at.node });
        };
        let spot = self.spot_of(&at)?;
        self.cancel_token(token);
        if let Some(turns) = self.turns_mut(parent) {
            turns.total = turns.total.map(|t| t.saturating_sub(1));
            turns.begun = turns.begun.saturating_sub(1);
        }
        self.turns_go_on(&Spot {
            token: parent,
            ..spot
        })
    }

    fn turns_mut(&mut self, token: u64) -> Option<&mut Turns> {
        self.state.tokens.get_mut(&token)?.turns.as_mut()
    }
}

/// The nodes a token can reach from a node, the node itself among them.
fn reached(process: &Process, from: NodeIx) -> BTreeSet<NodeIx> {
    let mut seen = BTreeSet::from([from]);
    let mut queue = vec![from];
    while let Some(node) = queue.pop().and_then(|ix| process.nodes().get(ix)) {
        let flows = node.outgoing.iter().filter_map(|f| process.flows.get(*f));
        let next = flows.map(|f| f.target).chain(node.boundary.iter().copied());
        queue.extend(next.filter(|ix| seen.insert(*ix)));
    }
    seen
}

/// Whether a node of a process leads to another, so that one can be sent back to it.
#[must_use]
pub fn leads_to(process: &Process, from: &str, to: &str) -> bool {
    let at = |id: &str| process.by_id.get(id).copied();
    at(from)
        .zip(at(to))
        .is_some_and(|(from, to)| from != to && reached(process, from).contains(&to))
}
