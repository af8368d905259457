//! Events that arrive: timers, messages, signals, conditions. Each is armed for a token and wakes it, interrupts it or
//! happens beside it.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use crate::bpmn::{Moment, NodeIx, NodeKind, Timer, Trigger};

use super::run::{Run, Spot, gone};
use super::state::{Armed, Awaits, Token, Wait};
use super::{Effect, EngineError};

/// Whether what an event waits for arrives from outside, so that it must be armed.
pub(super) fn arrives(trigger: Option<&Trigger>) -> bool {
    matches!(
        trigger,
        Some(
            Trigger::Timer(_)
                | Trigger::Message { .. }
                | Trigger::Signal { .. }
                | Trigger::Condition(_)
        )
    )
}

impl Run<'_> {
    /// A token arrives at an event that waits.
    pub(super) fn catch_event(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let node = spot.node()?;
        self.act(spot, &node.actions, Moment::Enter)?;
        let wait = match node.trigger() {
            Some(Trigger::Timer(_)) => Wait::Timer,
            _ => Wait::Event,
        };
        self.rest(spot, wait)?;
        self.arm(spot, spot.node)
    }

    /// A token waits for the first of the events behind an event-based gateway.
    pub(super) fn await_events(&mut self, spot: &Spot) -> Result<(), EngineError> {
        self.rest(spot, Wait::Event)?;
        for flow in spot.node()?.outgoing.clone() {
            if let Some(flow) = spot.process.flows.get(flow) {
                self.arm(spot, flow.target)?;
            }
        }
        Ok(())
    }

    /// Arms an event for a token at rest, if what it waits for arrives from outside.
    pub(super) fn arm(&mut self, spot: &Spot, event: NodeIx) -> Result<(), EngineError> {
        let at = spot.elsewhere(event, spot.token);
        let node = at.node()?;
        let Some(trigger) = node.trigger() else {
            // A receive task without a message behind a gateway is told by its id.
            if matches!(node.kind, NodeKind::Catch(None)) {
                self.armed(spot.token, &node.id, None);
            }
            return Ok(());
        };
        match trigger {
            Trigger::Timer(timer) => self.arm_timer(&at, timer),
            Trigger::Message { name, correlation } => {
                let name = self
                    .memory
                    .value(&self.state, spot.at(), name)
                    .to_plain_text();
                let key = correlation
                    .as_ref()
                    .and_then(|key| self.memory.text(&self.state, spot.at(), key));
                self.effects.push(Effect::Await {
                    token: spot.token,
                    node: node.id.clone(),
                    message: Some(name.clone()),
                    signal: None,
                    key: key.clone(),
                });
                self.armed(spot.token, &node.id, Some(Awaits::Message { name, key }));
                Ok(())
            }
            Trigger::Signal { name } => {
                let name = self
                    .memory
                    .value(&self.state, spot.at(), name)
                    .to_plain_text();
                self.effects.push(Effect::Await {
                    token: spot.token,
                    node: node.id.clone(),
                    message: None,
                    signal: Some(name.clone()),
                    key: None,
                });
                self.armed(spot.token, &node.id, Some(Awaits::Signal(name)));
                Ok(())
            }
            Trigger::Condition(_) => {
                self.armed(spot.token, &node.id, Some(Awaits::Condition(false)));
                Ok(())
            }
            Trigger::Error { .. }
            | Trigger::Escalation { .. }
            | Trigger::Compensation
            | Trigger::Cancel => Ok(()),
        }
    }

    fn armed(&mut self, token: u64, node: &str, awaits: Option<Awaits>) {
        if let Some(token) = self.state.tokens.get_mut(&token) {
            token.armed.push(Armed {
                node: node.to_owned(),
                awaits,
            });
        }
    }

    fn arm_timer(&mut self, at: &Spot, timer: &Timer) -> Result<(), EngineError> {
        let node = at.node()?.id.clone();
        let due = self.memory.timer_due(&self.state, at.at(), timer, &node)?;
        let clock = match timer {
            Timer::Clock(clock) => Some(clock.clone()),
            _ => None,
        };
        let awaits = due.left.zip(due.at).map(|(left, at)| Awaits::Cycle {
            left,
            due: at.as_millisecond(),
        });
        self.armed(at.token, &node, awaits);
        self.effects.push(Effect::ArmTimer {
            token: at.token,
            node,
            clock,
            due: due.at,
        });
        Ok(())
    }

    /// An event that was armed for a token is not any more.
    pub(super) fn disarm(&mut self, token: &Token, armed: &Armed) {
        let (token, node) = (token.id, armed.node.clone());
        match armed.awaits {
            None | Some(Awaits::Cycle { .. }) => {
                self.effects.push(Effect::DropTimer { token, node });
            }
            Some(Awaits::Message { .. } | Awaits::Signal(_)) => {
                self.effects.push(Effect::Forget { token, node });
            }
            Some(Awaits::Condition(_)) => {}
        }
    }

    /// An event happens that was armed for a token.
    pub(super) fn fire(
        &mut self,
        token: u64,
        event: &str,
        variables: Map<String, Json>,
    ) -> Result<(), EngineError> {
        let at = self
            .state
            .tokens
            .get(&token)
            .filter(|t| t.armed.iter().any(|a| a.node == event))
            .cloned();
        let at = at.ok_or_else(|| EngineError::Gone {
            node: event.to_owned(),
        })?;
        let host = self.spot_of(&at)?;
        let ix = host.process.by_id.get(event).copied();
        let ix = ix.ok_or_else(|| EngineError::Model {
            name: event.to_owned(),
        })?;
        self.write((at.frame, token), variables);
        let spot = host.elsewhere(ix, token);
        if at.wait == Wait::Job && ix == host.node {
            return self.work_now(&host);
        }
        match spot.node()?.kind {
            NodeKind::Boundary {
                interrupting: true, ..
            } => {
                self.cancel_token(token);
                self.happen(&spot)
            }
            NodeKind::Boundary { .. } => {
                self.again(&at, &spot)?;
                let beside = self.state.number();
                self.happen(&host.elsewhere(ix, beside))
            }
            NodeKind::Start { interrupting, .. } => {
                if !interrupting {
                    self.again(&at, &spot)?;
                }
                self.begin_event_sub(&host, ix)
            }
            _ => {
                self.rise(token);
                if ix != host.node {
                    self.path.push(event.to_owned());
                    let node = spot.node()?;
                    self.act(&spot, &node.actions, Moment::Enter)?;
                }
                self.finish(&spot)
            }
        }
    }

    /// A service that is done after the step rests until the platform comes to it.
    pub(super) fn work_later(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let node = spot.node()?;
        self.act(spot, &node.actions, Moment::Enter)?;
        self.rest(spot, Wait::Job)?;
        self.armed(spot.token, &node.id, None);
        self.effects.push(Effect::ArmTimer {
            token: spot.token,
            node: node.id.clone(),
            clock: None,
            due: Some(self.around.now),
        });
        Ok(())
    }

    /// The platform does a service that waited; what fails and is caught by nothing refuses the step, to be tried again.
    fn work_now(&mut self, spot: &Spot) -> Result<(), EngineError> {
        let failed = self.work(spot)?;
        self.rise(spot.token);
        match failed {
            None => self.finish(spot),
            Some(error) => self.raise(spot, &error.code, &error.detail),
        }
    }

    /// A boundary event happens: its path goes on.
    pub(super) fn happen(&mut self, spot: &Spot) -> Result<(), EngineError> {
        self.path.push(spot.node()?.id.clone());
        self.pass(spot)
    }

    /// An event that happens beside its host may happen again, but for a timer that was for one time.
    fn again(&mut self, at: &Token, spot: &Spot) -> Result<(), EngineError> {
        let event = spot.node()?;
        let awaits = at.armed.iter().find(|a| a.node == event.id);
        let awaits = awaits.and_then(|a| a.awaits.clone());
        let next = match (&awaits, event.trigger()) {
            (Some(Awaits::Cycle { left, due }), Some(Trigger::Timer(timer)))
                if *left != Some(0) =>
            {
                let before = Timestamp::from_millisecond(*due).unwrap_or(self.around.now);
                let next = self.memory.next_due(&self.state, spot.at(), timer, before);
                next.map(|next| (next, left.map(|l| l.saturating_sub(1))))
            }
            (None | Some(Awaits::Cycle { .. }), _) => None,
            // Messages, signals and conditions may come again as long as the host is there.
            _ => return Ok(()),
        };
        if let Some(token) = self.state.tokens.get_mut(&spot.token) {
            token.armed.retain(|a| a.node != event.id);
        }
        if let Some((next, left)) = next {
            let due = next.as_millisecond();
            self.armed(spot.token, &event.id, Some(Awaits::Cycle { left, due }));
            self.effects.push(Effect::ArmTimer {
                token: spot.token,
                node: event.id.clone(),
                clock: None,
                due: Some(next),
            });
        }
        Ok(())
    }

    /// A waiting event or receive task is told to go on, or an event armed for a token happens.
    pub(super) fn told(
        &mut self,
        token: u64,
        node: Option<&str>,
        variables: Map<String, Json>,
    ) -> Result<(), EngineError> {
        let at = self.state.tokens.get(&token).ok_or_else(|| gone(token))?;
        let own = node.is_none_or(|n| n == at.node);
        let catches = matches!(self.spot_of(at)?.node()?.kind, NodeKind::Catch(_));
        if own && catches && matches!(at.wait, Wait::Event | Wait::Timer) {
            let spot = self.spot_of(at)?;
            self.write(spot.at(), variables);
            self.rise(token);
            return self.finish(&spot);
        }
        let node = node.ok_or_else(|| gone(token))?.to_owned();
        self.fire(token, &node, variables)
    }

    /// A message arrives: the first event that waits for it takes it.
    pub(super) fn deliver(
        &mut self,
        name: &str,
        correlation: &Map<String, Json>,
        variables: Map<String, Json>,
    ) -> Result<(), EngineError> {
        let waiting = self.waiting_for(|awaits| match awaits {
            Awaits::Message { name: wanted, key } if wanted == name => Some(key.clone()),
            _ => None,
        });
        for (frame, token, node, key) in waiting {
            if self.correlates((frame, token), key.as_deref(), correlation, &variables) {
                return self.fire(token, &node, variables);
            }
        }
        Err(EngineError::Gone {
            node: name.to_owned(),
        })
    }

    /// Whether a message is meant for a token: it carries the token's key, or agrees with its variables.
    fn correlates(
        &mut self,
        at: (u64, u64),
        key: Option<&str>,
        correlation: &Map<String, Json>,
        variables: &Map<String, Json>,
    ) -> bool {
        let text = |value: &Json| match value {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        if let Some(key) = key {
            let mut carried = correlation.values().chain(variables.values());
            return carried.any(|value| text(value) == key);
        }
        let scope = self.memory.context(&self.state, at);
        correlation.iter().all(|(name, value)| {
            let own = scope.get(name).map(yuandu_feel::Value::to_json);
            own.is_some_and(|own| text(&own) == text(value))
        })
    }

    /// A signal is heard by everyone who waits for it.
    pub(super) fn hear(
        &mut self,
        name: &str,
        variables: &Map<String, Json>,
        wanted: bool,
    ) -> Result<(), EngineError> {
        let waiting = self.waiting_for(|awaits| {
            matches!(awaits, Awaits::Signal(wanted) if wanted == name).then_some(None)
        });
        if waiting.is_empty() && wanted {
            return Err(EngineError::Gone {
                node: name.to_owned(),
            });
        }
        for (_, token, node, _) in waiting {
            let still = self.state.tokens.get(&token);
            if still.is_some_and(|t| t.armed.iter().any(|a| a.node == node)) {
                self.fire(token, &node, variables.clone())?;
            }
        }
        Ok(())
    }

    /// Frame, token and node of the armed events that wait for something, and what the choice gave.
    fn waiting_for(
        &self,
        choose: impl Fn(&Awaits) -> Option<Option<String>>,
    ) -> Vec<(u64, u64, String, Option<String>)> {
        let tokens = self.state.tokens.values();
        tokens
            .flat_map(|t| t.armed.iter().map(move |a| (t, a)))
            .filter_map(|(token, armed)| {
                let key = choose(armed.awaits.as_ref()?)?;
                Some((token.frame, token.id, armed.node.clone(), key))
            })
            .collect()
    }

    /// Lets one condition happen that has become true; answers whether there was one.
    pub(super) fn conditions(&mut self) -> Result<bool, EngineError> {
        let armed =
            self.waiting_for(|awaits| matches!(awaits, Awaits::Condition(_)).then_some(None));
        for (frame, token, event, _) in armed {
            let spot = self.spot(frame, 0, token)?;
            let ix = spot.process.by_id.get(&event).copied().unwrap_or_default();
            let Some(Trigger::Condition(condition)) =
                spot.process.nodes().get(ix).and_then(|n| n.trigger())
            else {
                continue;
            };
            let holds = self
                .memory
                .evaluate(&self.state, (frame, token), condition)
                .is_true();
            let found = self.state.tokens.get_mut(&token);
            let slot = found.and_then(|t| t.armed.iter_mut().find(|a| a.node == event));
            let Some(Awaits::Condition(held)) = slot.and_then(|a| a.awaits.as_mut()) else {
                continue;
            };
            let becomes = holds && !*held;
            *held = holds;
            if becomes {
                self.fire(token, &event, Map::new())?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}
