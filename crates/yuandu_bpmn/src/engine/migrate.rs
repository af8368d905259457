//! Moves a case at rest to another version of its processes: every token stays where it is, its task, its timers and what they
//! have used up with it.
//!
//! Nothing is entered or left: no action happens, no clock begins. What a newer version waits for beside (a timer on the border of
//! a step) is armed; what it waits for no longer is not. A case that has a place nowhere in the new version does not move, and
//! every reason is told.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;

use serde_json::Value as Json;
use yuandu_base::LocalText;

use crate::bpmn::{Node, NodeKind, Process, Repeat, Timer, Trigger};

use super::clocks::started_on_entry;
use super::run::Run;
use super::state::{Done, State, Token, Wait};
use super::{ClockStatus, Definition, EngineError, Matter, Step, Surroundings};

/// Nodes of the old version whose place in the new one has another id; all others keep theirs.
pub type Mapping = BTreeMap<String, String>;

/// Why a case cannot move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hindrance {
    /// The process.
    pub process: String,
    /// The node at which it stands.
    pub node: String,
    /// Why, and what to do.
    pub why: LocalText,
}

/// An open task whose place has changed: what of it is the new version's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The token waiting for it.
    pub token: u64,
    /// The node in the new version.
    pub node: String,
    /// Its name.
    pub name: LocalText,
    /// The role that may do it.
    pub role: String,
    /// The stage of the case while it is open.
    pub stage: Option<String>,
    /// The clock whose due instant is its own.
    pub clock: Option<String>,
}

/// An event that was armed and stays armed, under the name the new version has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// The token.
    pub token: u64,
    /// The event's node in the old version.
    pub from: String,
    /// And in the new one.
    pub to: String,
    /// The clock its timer follows in the new version.
    pub clock: Option<String>,
}

/// A case in its new version.
#[derive(Debug, Clone)]
pub struct Moved {
    /// The case and what is to be armed and dropped.
    pub step: Step,
    /// Its open tasks.
    pub tasks: Vec<Replaced>,
    /// Events that stay armed.
    pub events: Vec<Renamed>,
}

/// Moves a case from one version to another, or says everything that hinders it.
///
/// # Errors
/// Every hindrance.
pub fn migrate(
    (old, new): (&Definition, &Definition),
    matter: Matter,
    mapping: &Mapping,
    around: &Surroundings<'_>,
) -> Result<Moved, Vec<Hindrance>> {
    let mut crossing = Crossing {
        old,
        new,
        mapping,
        hindrances: Vec::new(),
        tasks: Vec::new(),
        events: Vec::new(),
        dropped: Vec::new(),
        fresh: Vec::new(),
        stage: None,
    };
    let state = crossing.state(&matter.state);
    crossing.clocks(&matter);
    if !crossing.hindrances.is_empty() {
        return Err(crossing.hindrances);
    }
    let (stage, fresh) = (crossing.stage, crossing.fresh);
    let mut run = Run::new(new, Matter { state, ..matter }, around);
    for (token, armed) in &crossing.dropped {
        run.disarm(token, armed);
    }
    if let Some(stage) = stage {
        run.memory.set("stage", Json::from(stage));
    }
    match run.arm_new(&fresh) {
        Ok(()) => Ok(Moved {
            step: run.rested(),
            tasks: crossing.tasks,
            events: crossing.events,
        }),
        Err(error) => Err(vec![Hindrance {
            process: new.main.clone(),
            node: String::new(),
            why: LocalText::new(
                format!("新版本的计时或消息不能就绪：{error}"),
                format!("what the new version waits for cannot be armed: {error}"),
            ),
        }]),
    }
}

/// Something the new version waits for and the old one did not.
pub(super) enum Fresh {
    /// On the border of a token's node.
    Border {
        /// The token.
        token: u64,
        /// The event.
        event: String,
    },
    /// The start of an event sub-process.
    Listener {
        /// The frame it listens in.
        frame: u64,
        /// The start event.
        event: String,
    },
}

struct Crossing<'a> {
    old: &'a Definition,
    new: &'a Definition,
    mapping: &'a Mapping,
    hindrances: Vec<Hindrance>,
    tasks: Vec<Replaced>,
    events: Vec<Renamed>,
    dropped: Vec<(Token, super::state::Armed)>,
    fresh: Vec<Fresh>,
    /// The stage of the case, where the new version gives an open task another one.
    stage: Option<String>,
}

/// A process in both versions.
#[derive(Clone, Copy)]
struct Both<'a> {
    old: &'a Process,
    new: &'a Process,
}

impl<'a> Crossing<'a> {
    fn hinder(&mut self, process: &str, node: &str, zh: &str, en: &str) {
        let hindrance = Hindrance {
            process: process.to_owned(),
            node: node.to_owned(),
            why: LocalText::new(zh, en),
        };
        if !self.hindrances.contains(&hindrance) {
            self.hindrances.push(hindrance);
        }
    }

    fn target(&self, node: &str) -> String {
        let mapped = self.mapping.get(node).cloned();
        mapped.unwrap_or_else(|| node.to_owned())
    }

    fn both(&mut self, process: &str, node: &str) -> Option<Both<'a>> {
        let (old, new) = (
            self.old.processes.get(process),
            self.new.processes.get(process),
        );
        match (old, new) {
            (Some(old), Some(new)) => Some(Both { old, new }),
            _ => {
                self.hinder(
                    process,
                    node,
                    "新版本没有这个流程，请等它在旧版本里走完",
                    "the new version has no such process; let it end in the old one",
                );
                None
            }
        }
    }

    /// The state in the new version, as far as there is a place for everything.
    fn state(&mut self, state: &State) -> State {
        let mut moved = state.clone();
        for frame in moved.frames.values_mut() {
            let at = frame.within.clone().unwrap_or_default();
            let Some(both) = self.both(&frame.process, &at) else {
                continue;
            };
            if let Some(within) = &mut frame.within {
                *within = self.target(within);
            }
            self.listeners(state, frame.id, both, frame.within.as_deref());
            self.undoings(both, &mut frame.done);
            if let Some(performed) = &mut frame.performed {
                *performed = performed.iter().map(|node| self.target(node)).collect();
            }
        }
        for token in moved.tokens.values_mut() {
            let process = state.frames.get(&token.frame).map(|f| f.process.clone());
            let process = process.unwrap_or_default();
            if let Some(both) = self.both(&process, &token.node) {
                self.token(token, both);
            }
        }
        for node in moved.returns.values_mut() {
            *node = self.target(node);
            let there = self.new.processes.values().any(|p| p.node(node).is_some());
            if !there {
                let node = node.clone();
                self.hinder(
                    "",
                    &node,
                    "退回后要交回的一步在新版本里没有，请指定对应的环节",
                    "the step it comes straight back to is not in the new version; map it",
                );
            }
        }
        moved
    }

    fn token(&mut self, token: &mut Token, both: Both<'a>) {
        let from = token.node.clone();
        let to = self.target(&from);
        let (Some(old), Some(new)) = (both.old.node(&from), both.new.node(&to)) else {
            self.hinder(
                &both.new.id,
                &from,
                "新版本没有这个环节，请指定对应的环节",
                "the new version has no such node; map it to one",
            );
            return;
        };
        if !self.fits((both.old, old), (both.new, new)) {
            self.hinder(
                &both.new.id,
                &from,
                &format!("新版本的 `{to}` 是另一种环节，或在另一个子流程里，请另指一个"),
                &format!("`{to}` of the new version is another kind of node, or stands in another sub-process; map it to another"),
            );
            return;
        }
        token.node.clone_from(&to);
        if let Wait::Join(flow) = &token.wait {
            let flows = new.incoming.iter().filter_map(|ix| both.new.flows.get(*ix));
            if !flows.into_iter().any(|f| f.id == *flow) {
                let flow = flow.clone();
                self.hinder(
                    &both.new.id,
                    &from,
                    &format!("它经 `{flow}` 到达汇合点，新版本没有这条连线"),
                    &format!("it came to the join by `{flow}`, which the new version has not"),
                );
            }
        }
        for done in &mut token.undo {
            self.undoing(both, done);
        }
        if let (Some(task), Wait::Task) = (new.user_task(), &token.wait) {
            if old
                .user_task()
                .is_some_and(|before| before.stage != task.stage)
            {
                self.stage.clone_from(&task.stage);
            }
            self.tasks.push(Replaced {
                token: token.id,
                node: to.clone(),
                name: new.name.clone(),
                role: task.role.clone(),
                stage: task.stage.clone(),
                clock: task.clock.clone().or_else(|| started_on_entry(new)),
            });
        }
        self.armed(token, both, (old, new));
    }

    /// Whether a token of one node can stand at another.
    fn fits(&self, (before, old): (&Process, &Node), (after, new): (&Process, &Node)) -> bool {
        let within = |process: &Process, node: &Node| {
            let parent = node.parent.and_then(|ix| process.nodes().get(ix));
            parent.map(|parent| parent.id.clone())
        };
        let around = within(before, old).map(|parent| self.target(&parent));
        let kind = match (&old.kind, &new.kind) {
            (NodeKind::SubProcess(old), NodeKind::SubProcess(new)) => {
                discriminant(old) == discriminant(new)
            }
            (
                NodeKind::Start {
                    interrupting: a, ..
                },
                NodeKind::Start {
                    interrupting: b, ..
                },
            ) => a == b,
            (NodeKind::Service(old), NodeKind::Service(new)) => old.later == new.later,
            (old, new) => discriminant(old) == discriminant(new),
        };
        let repeat = match (&old.repeat, &new.repeat) {
            (None, None) | (Some(Repeat::While { .. }), Some(Repeat::While { .. })) => true,
            (Some(Repeat::Each(a)), Some(Repeat::Each(b))) => {
                a.sequential == b.sequential && a.item == b.item
            }
            _ => false,
        };
        kind && repeat && around == within(after, new) && same_trigger(old.trigger(), new.trigger())
    }

    /// What is armed for a token stays armed where the new version waits for the same; a border event it has not is dropped.
    fn armed(&mut self, token: &mut Token, both: Both<'a>, (old, new): (&Node, &Node)) {
        let before = token.clone();
        let mut kept = Vec::with_capacity(token.armed.len());
        for mut armed in std::mem::take(&mut token.armed) {
            let to = self.target(&armed.node);
            let (was, is) = (both.old.node(&armed.node), both.new.node(&to));
            let border = was.is_some_and(|n| matches!(n.kind, NodeKind::Boundary { .. }));
            let same = was.zip(is).filter(|(was, is)| {
                let kind = discriminant(&was.kind) == discriminant(&is.kind);
                kind && same_trigger(was.trigger(), is.trigger()) && waits_for(both.new, new, is)
            });
            match same {
                Some((_, is)) => {
                    let clock = match is.trigger() {
                        Some(Trigger::Timer(Timer::Clock(clock))) => Some(clock.clone()),
                        _ => None,
                    };
                    self.events.push(Renamed {
                        token: token.id,
                        from: armed.node.clone(),
                        to: to.clone(),
                        clock,
                    });
                    armed.node = to;
                    kept.push(armed);
                }
                None if border => self.dropped.push((before.clone(), armed)),
                None => self.hinder(
                    &both.new.id,
                    &old.id,
                    &format!("它等的 `{}` 在新版本里没有或不同", armed.node),
                    &format!(
                        "what it waits for, `{}`, is not in the new version or another",
                        armed.node
                    ),
                ),
            }
        }
        token.armed = kept;
        // The border of a turn belongs to the whole of the activity; what happened once does not come again.
        let known: BTreeSet<String> = old
            .boundary
            .iter()
            .filter_map(|ix| both.old.nodes().get(*ix))
            .map(|node| self.target(&node.id))
            .collect();
        if matches!(token.wait, Wait::Join(_) | Wait::Listen) {
            return;
        }
        for event in new
            .boundary
            .iter()
            .filter_map(|ix| both.new.nodes().get(*ix))
        {
            let was_dropped = before.armed.iter().any(|armed| {
                self.target(&armed.node) == event.id
                    && !token.armed.iter().any(|kept| kept.node == event.id)
            });
            if !known.contains(&event.id) || was_dropped {
                self.fresh.push(Fresh::Border {
                    token: token.id,
                    event: event.id.clone(),
                });
            }
        }
    }

    /// Event sub-processes of the new version that the old one had not begin to listen.
    fn listeners(&mut self, state: &State, frame: u64, both: Both<'a>, within: Option<&str>) {
        let scope = |process: &'a Process, node: Option<&str>| {
            let ix = node.map(|id| process.by_id.get(id).copied());
            let ix = match ix {
                None => None,
                Some(None) => return Vec::new(),
                Some(found) => found,
            };
            let scope = process.scope(ix);
            let listeners = scope.map(|s| s.listeners.as_slice()).unwrap_or_default();
            let nodes = listeners.iter().filter_map(|ix| process.nodes().get(*ix));
            nodes.map(|node| node.id.clone()).collect::<Vec<_>>()
        };
        let old = state.frames.get(&frame).and_then(|f| f.within.clone());
        let known = scope(both.old, old.as_deref());
        let known: BTreeSet<String> = known.iter().map(|id| self.target(id)).collect();
        for event in scope(both.new, within) {
            if !known.contains(&event) {
                self.fresh.push(Fresh::Listener { frame, event });
            }
        }
    }

    fn undoings(&mut self, both: Both<'a>, done: &mut [Done]) {
        for one in done {
            self.undoing(both, one);
        }
    }

    fn undoing(&mut self, both: Both<'a>, done: &mut Done) {
        let to = self.target(&done.node);
        if both.new.node(&to).is_none() {
            self.hinder(
                &both.new.id,
                &done.node,
                "已经办过、还可能要撤销的一步在新版本里没有，请指定对应的环节",
                "a step that was done and may have to be undone is not in the new version; map it",
            );
        }
        done.node = to;
        self.undoings(both, &mut done.inner);
    }

    /// A clock that counts must be one the new version can stop.
    fn clocks(&mut self, matter: &Matter) {
        let mut known = BTreeSet::new();
        for process in self.new.processes.values() {
            let uses = process.uses();
            let all = uses.clocks_started.into_iter().chain(uses.clocks_used);
            known.extend(all.map(|mention| mention.name));
        }
        let main = self.new.main.clone();
        for (name, clock) in &matter.clocks {
            if clock.status != ClockStatus::Stopped && !known.contains(name) {
                self.hinder(
                    &main,
                    name,
                    "这个时钟还在计时，新版本没有它，会永远停不下来",
                    "this clock is running and the new version has none of that name; nothing would ever stop it",
                );
            }
        }
    }
}

/// Whether two events wait for the same kind of thing.
fn same_trigger(old: Option<&Trigger>, new: Option<&Trigger>) -> bool {
    match (old, new) {
        (None, None) => true,
        (Some(Trigger::Timer(old)), Some(Trigger::Timer(new))) => {
            // A timer that comes again keeps its own count; another kind of timer has none.
            matches!(old, Timer::Cycle(_)) == matches!(new, Timer::Cycle(_))
        }
        (Some(old), Some(new)) => discriminant(old) == discriminant(new),
        _ => false,
    }
}

/// Whether a token at a node waits for an event: its own, one on its border, one behind its gateway.
fn waits_for(process: &Process, node: &Node, event: &Node) -> bool {
    if node.id == event.id {
        return true;
    }
    let border = node
        .boundary
        .iter()
        .filter_map(|ix| process.nodes().get(*ix));
    let behind = node.outgoing.iter().filter_map(|ix| process.flows.get(*ix));
    let behind = behind.filter_map(|flow| process.nodes().get(flow.target));
    let gateway = matches!(node.kind, NodeKind::EventBased);
    border
        .chain(behind.filter(|_| gateway))
        .any(|n| n.id == event.id)
}

impl Run<'_> {
    /// Arms what the old version did not wait for.
    pub(super) fn arm_new(&mut self, fresh: &[Fresh]) -> Result<(), EngineError> {
        for one in fresh {
            match one {
                Fresh::Border { token, event } => {
                    let Some(at) = self.state.tokens.get(token) else {
                        continue;
                    };
                    if self.state.turn_of(*token).is_some() {
                        continue;
                    }
                    let spot = self.spot_of(at)?;
                    let ix = spot.process.by_id.get(event).copied();
                    if let Some(ix) = ix {
                        self.arm(&spot, ix)?;
                    }
                }
                Fresh::Listener { frame, event } => {
                    let found = self.state.frames.get(frame);
                    let Some(process) = found.map(|f| f.process.clone()) else {
                        continue;
                    };
                    let process = self.process(&process)?;
                    if let Some(ix) = process.by_id.get(event).copied() {
                        self.listen(&process, *frame, ix)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The case as it stands: nothing has moved.
    pub(super) fn rested(self) -> Step {
        let (facts, clocks, changed) = self.memory.into_parts();
        Step {
            matter: Matter {
                state: self.state,
                facts,
                clocks,
            },
            effects: self.effects,
            changed,
            touched: self.touched,
            path: self.path,
            flows: Vec::new(),
        }
    }
}
