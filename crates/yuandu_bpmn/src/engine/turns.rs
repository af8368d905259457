//! Repeated activities: standard loops and multiple instances, one after another or all at once.
//!
//! A token rests at the activity for the whole of it and keeps the count; each turn has a token of its own that works
//! for it and sees the item and the number of the turn.

use serde_json::{Map, Value as Json};
use yuandu_feel::Value as Feel;

use crate::bpmn::{Each, Repeat, Value};

use super::EngineError;
use super::run::{Move, Run, Spot};
use super::state::{Local, Of, Turns, Wait};

/// More turns than this are a fault of the model or its data.
const MAX_TURNS: u64 = 100_000;

impl Run<'_> {
    /// A token arrives at a repeated activity.
    pub(super) fn begin_turns(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let node = spot.node()?;
        let Some(repeat) = &node.repeat else {
            return Ok(());
        };
        let items = match repeat {
            Repeat::While {
                condition, before, ..
            } => {
                let go = condition.as_ref().is_none_or(|c| {
                    !before || self.memory.evaluate(&self.state, spot.at(), c).is_true()
                });
                if !go {
                    return self.passed(spot, Vec::new());
                }
                None
            }
            Repeat::Each(each) => Some(self.items(spot, each)?),
        };
        let total = match &items {
            Some((total, _)) if *total == 0 => return self.passed(spot, Vec::new()),
            Some((total, _)) => Some(*total),
            None => None,
        };
        self.rest(spot, Wait::Turns)?;
        if let Some(token) = self.state.tokens.get_mut(&spot.token) {
            token.turns = Some(Turns {
                total,
                ..Turns::default()
            });
        }
        let (together, items) = match (repeat, items) {
            (Repeat::Each(each), Some((total, items))) if !each.sequential => (total, items),
            (_, items) => (1, items.map(|(_, items)| items).unwrap_or_default()),
        };
        for number in 0..together {
            let values = self.seen_by(spot, number, &items);
            self.turn(spot, values)?;
        }
        Ok(())
    }

    /// How many turns there are, and the items.
    fn items(&mut self, spot: &Spot, each: &Each) -> Result<(u64, Vec<Feel>), EngineError> {
        let refuse = |value: &Feel, wanted: &str| EngineError::Value {
            node: spot.node().map(|n| n.id.clone()).unwrap_or_default(),
            value: value.to_plain_text(),
            wanted: wanted.to_owned(),
        };
        let mut items = Vec::new();
        if let Some(collection) = &each.collection {
            let value = self.memory.value(&self.state, spot.at(), collection);
            match value.as_list() {
                Some(list) => items.extend(list.iter().cloned()),
                None => return Err(refuse(&value, "a list of items")),
            }
        }
        let mut total = u64::try_from(items.len()).unwrap_or(u64::MAX);
        if let Some(cardinality) = &each.cardinality {
            let value = self.memory.value(&self.state, spot.at(), cardinality);
            let number = value
                .as_i64()
                .or_else(|| value.to_plain_text().trim().parse().ok());
            let number = number.and_then(|n| u64::try_from(n).ok());
            total = number.ok_or_else(|| refuse(&value, "a number of instances"))?;
        }
        if total > MAX_TURNS {
            return Err(refuse(
                &Feel::text(total.to_string()),
                "at most 100000 instances",
            ));
        }
        Ok((total, items))
    }

    /// What a turn sees for itself.
    fn seen_by(&self, spot: &Spot, number: u64, items: &[Feel]) -> Map<String, Json> {
        let mut values = Map::new();
        values.insert("loopCounter".to_owned(), Json::from(number));
        if let Ok(node) = spot.node()
            && let Some(Repeat::Each(each)) = &node.repeat
            && let Some(name) = &each.item
        {
            let at = usize::try_from(number).unwrap_or(usize::MAX);
            let item = items.get(at).map(Feel::to_json);
            // Those who were added by hand come after those the model names.
            let added = self
                .state
                .tokens
                .get(&spot.token)
                .and_then(|t| t.turns.as_ref());
            let added = added
                .and_then(|t| t.added.get(at.checked_sub(items.len())?))
                .cloned();
            values.insert(name.clone(), item.or(added).unwrap_or(Json::Null));
        }
        // What a turn gives is its own until it is collected.
        if let Ok(node) = spot.node()
            && let Some(Repeat::Each(each)) = &node.repeat
            && let Some((_, Value::Formula(gives))) = &each.collects
            && let [name] = gives
                .expression
                .names()
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .as_slice()
        {
            values.entry(name.clone()).or_insert(Json::Null);
        }
        values
    }

    /// Begins one turn.
    pub(super) fn turn(
        &mut self,
        spot: &Spot,
        values: Map<String, Json>,
    ) -> Result<(), EngineError> {
        let token = self.state.number();
        self.state.locals.insert(
            token,
            Local {
                of: Some(Of::Turn(spot.token)),
                values,
            },
        );
        if let Some(turns) = self
            .state
            .tokens
            .get_mut(&spot.token)
            .and_then(|t| t.turns.as_mut())
        {
            turns.begun = turns.begun.saturating_add(1);
        }
        self.memory.forget_scope();
        self.allowance = self.allowance.saturating_add(8);
        self.queue.push_back(Move {
            frame: spot.frame,
            node: spot.node,
            token,
            flow: None,
        });
        Ok(())
    }

    /// One turn is done: the next begins, or the whole is over.
    pub(super) fn turn_done(&mut self, spot: &Spot, parent: u64) -> Result<(), EngineError> {
        let node = spot.node()?;
        let Some(turns) = self
            .state
            .tokens
            .get_mut(&parent)
            .and_then(|t| t.turns.as_mut())
        else {
            return Ok(());
        };
        turns.done = turns.done.saturating_add(1);
        let (total, done) = (turns.total, turns.done);
        self.memory.forget_scope();
        let whole = Spot {
            token: parent,
            ..spot.clone()
        };
        let mut over = total.is_some_and(|total| done >= total);
        match &node.repeat {
            Some(Repeat::Each(each)) => {
                self.collect(spot, parent, each);
                if let Some(completion) = &each.completion {
                    over |= self
                        .memory
                        .evaluate(&self.state, spot.at(), completion)
                        .is_true();
                }
            }
            Some(Repeat::While {
                condition, most, ..
            }) => {
                over = most.is_some_and(|most| done >= most);
                if let Some(condition) = condition {
                    over |= !self
                        .memory
                        .evaluate(&self.state, spot.at(), condition)
                        .is_true();
                }
            }
            None => over = true,
        }
        self.forget(spot.token);
        if over {
            return self.end_turns(&whole);
        }
        self.turns_go_on(&whole)
    }

    /// The next turn begins where they come one after another; without any left the whole is over.
    pub(super) fn turns_go_on(&mut self, whole: &Spot) -> Result<(), EngineError> {
        let token = self.state.tokens.get(&whole.token);
        let Some(turns) = token.and_then(|t| t.turns.clone()) else {
            return Ok(());
        };
        if turns.total.is_some_and(|total| turns.done >= total) {
            return self.end_turns(whole);
        }
        let sequential = match &whole.node()?.repeat {
            Some(Repeat::Each(each)) => each.sequential,
            _ => true,
        };
        if sequential && turns.begun == turns.done {
            let items = match &whole.node()?.repeat {
                Some(Repeat::Each(each)) => self.items(whole, each)?.1,
                _ => Vec::new(),
            };
            let values = self.seen_by(whole, turns.begun, &items);
            self.turn(whole, values)?;
        }
        Ok(())
    }

    fn collect(&mut self, spot: &Spot, parent: u64, each: &Each) {
        let Some((_, value)) = &each.collects else {
            return;
        };
        let value = self.memory.value(&self.state, spot.at(), value).to_json();
        let local = self.state.locals.get(&spot.token);
        let number = local
            .and_then(|l| l.values.get("loopCounter"))
            .and_then(Json::as_u64);
        if let Some(turns) = self
            .state
            .tokens
            .get_mut(&parent)
            .and_then(|t| t.turns.as_mut())
        {
            turns.results.insert(number.unwrap_or(turns.done), value);
        }
    }

    /// The whole is over: turns still under way are cancelled, results are handed on.
    fn end_turns(&mut self, whole: &Spot) -> Result<(), EngineError> {
        self.cancel_workers(whole.token);
        let token = self.rise(whole.token);
        if let Some(Repeat::Each(each)) = &whole.node()?.repeat
            && let Some((list, _)) = &each.collects
        {
            let results = token
                .and_then(|t| t.turns)
                .map(|t| t.results)
                .unwrap_or_default();
            let results: Vec<Json> = results.into_values().collect();
            self.memory
                .keep_json(&mut self.state, whole.at(), list, Json::Array(results));
        }
        self.passed(whole, Vec::new())
    }
}
