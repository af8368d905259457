//! Compensation: what was done is undone by the activities the model joins to it, the last first; and the cancelling of
//! transactions, which undoes everything in them.

use crate::bpmn::{EndKind, NodeIx, NodeKind, SubForm, Trigger};

use super::EngineError;
use super::run::{Move, Run, Spot};
use super::state::{Done, Local, Of, Token, Wait};

impl Run<'_> {
    /// Begins to undo what was done; false, because the thrower waits until it is.
    pub(super) fn begin_undoing(
        &mut self,
        spot: &Spot,
        activity: Option<&str>,
    ) -> Result<bool, EngineError> {
        let about = self.compensated_frame(spot)?;
        let done = self.state.frames.get_mut(&about).map(|f| &mut f.done);
        let undo = done.map(|done| match activity {
            None => std::mem::take(done),
            Some(id) => {
                let (chosen, rest) = std::mem::take(done).into_iter().partition(|d| d.node == id);
                *done = rest;
                chosen
            }
        });
        self.wait_for_undoing(spot, undo.unwrap_or_default())?;
        Ok(false)
    }

    fn wait_for_undoing(&mut self, spot: &Spot, undo: Vec<Done>) -> Result<(), EngineError> {
        self.state.put(Token {
            id: spot.token,
            frame: spot.frame,
            node: spot.node()?.id.clone(),
            wait: Wait::Undo,
            armed: Vec::new(),
            turns: None,
            undo,
        });
        self.undo_next(spot.token)
    }

    /// Undoes the next of what a token has to undo, or lets it go on.
    pub(super) fn undo_next(&mut self, thrower: u64) -> Result<(), EngineError> {
        let Some(token) = self.state.tokens.get_mut(&thrower) else {
            return Ok(());
        };
        let Some(done) = token.undo.pop() else {
            let token = token.clone();
            return self.undone(&token);
        };
        let frame = token.frame;
        let spot = self.spot(frame, 0, thrower)?;
        let Some(ix) = spot.process.by_id.get(&done.node).copied() else {
            return self.undo_next(thrower);
        };
        let worker = self.state.number();
        let local = Local {
            of: Some(Of::Undo(thrower)),
            ..Local::default()
        };
        self.state.locals.insert(worker, local);
        let at = spot.elsewhere(ix, worker);
        match at.node()?.undone_by {
            Some(handler) => {
                self.allowance = self.allowance.saturating_add(8);
                self.queue.push_back(Move {
                    frame,
                    node: handler,
                    token: worker,
                    flow: None,
                });
                Ok(())
            }
            None => self.undo_inside(&at, done),
        }
    }

    /// Undoes what was done in a sub-process: by its compensation event sub-process, else one thing after another.
    fn undo_inside(&mut self, at: &Spot, done: Done) -> Result<(), EngineError> {
        let frame = self.reopen(at)?;
        let handler = at.process.scope(Some(at.node)).and_then(|scope| {
            let mut starts = scope.listeners.iter().copied();
            starts.find(|ix| {
                let start = at.process.nodes().get(*ix);
                matches!(start.and_then(|n| n.trigger()), Some(Trigger::Compensation))
            })
        });
        let inside = Spot {
            frame,
            ..at.clone()
        };
        match handler {
            Some(start) => {
                if let Some(frame) = self.state.frames.get_mut(&frame) {
                    frame.done = done.inner;
                }
                self.begin_event_sub(&inside, start)
            }
            None => {
                let token = self.state.number();
                self.wait_for_undoing(&Spot { token, ..inside }, done.inner)
            }
        }
    }

    /// Everything is undone: the thrower goes on.
    fn undone(&mut self, token: &Token) -> Result<(), EngineError> {
        let spot = self.spot_of(token)?;
        self.rise(token.id);
        match &spot.node()?.kind {
            NodeKind::Throw(_) => self.finish(&spot),
            NodeKind::End(EndKind::Cancel) => self.leave_cancelled(&spot),
            // An end event's path is over; so is what a sub-process had to undo.
            _ => Ok(()),
        }
    }

    /// Cancels the transaction around an end event: what still runs is taken away, what was done is undone.
    pub(super) fn cancel_transaction(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let mut spot = spot.clone();
        while !self.is_transaction(&spot)? {
            let caller = self.state.frames.get(&spot.frame).and_then(|f| f.caller);
            let token = caller.and_then(|c| self.state.tokens.get(&c)).cloned();
            let Some(token) = token else {
                return Ok(());
            };
            // The end event acts for the transaction, from wherever inside it stands.
            self.empty_frame(spot.frame);
            self.state.frames.remove(&spot.frame);
            self.rise(token.id);
            spot.frame = token.frame;
        }
        self.empty_frame(spot.frame);
        let done = self.state.frames.get_mut(&spot.frame);
        let undo = done
            .map(|f| std::mem::take(&mut f.done))
            .unwrap_or_default();
        self.wait_for_undoing(&spot, undo)
    }

    fn is_transaction(&self, spot: &Spot) -> Result<bool, EngineError> {
        let within = self
            .state
            .frames
            .get(&spot.frame)
            .and_then(|f| f.within.as_ref());
        let Some(within) = within.and_then(|w| spot.process.by_id.get(w)) else {
            return Ok(true);
        };
        let node = spot.process.nodes().get(*within);
        Ok(matches!(
            node.and_then(|n| n.sub_form()),
            Some(SubForm::Transaction)
        ))
    }

    /// A cancelled transaction is left by its cancel event, else by its flows.
    fn leave_cancelled(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let caller = self.state.frames.get(&spot.frame).and_then(|f| f.caller);
        let token = caller.and_then(|c| self.state.tokens.get(&c)).cloned();
        let Some(token) = token else {
            return Ok(());
        };
        let host = self.spot_of(&token)?;
        let cancel = |ix: &NodeIx| {
            let node = host.process.nodes().get(*ix);
            matches!(node.and_then(|n| n.trigger()), Some(Trigger::Cancel))
        };
        let boundary = host.node()?.boundary.iter().copied().find(|ix| cancel(ix));
        let whole = self.state.turn_of(token.id).unwrap_or(token.id);
        match boundary {
            Some(boundary) => {
                self.cancel_token(whole);
                self.happen(&host.elsewhere(boundary, whole))
            }
            // Its frame has no token left and ends by itself.
            None => Ok(()),
        }
    }
}
