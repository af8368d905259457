//! Where the tokens of a case are: the part of a case that only the engine writes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// Tokens at rest and the calls they stand in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The next number for a token or frame.
    pub next: u64,
    /// The process itself, its calls and its sub-processes, by number.
    #[serde(with = "listed")]
    pub frames: BTreeMap<u64, Frame>,
    /// The tokens, by number.
    #[serde(with = "listed")]
    pub tokens: BTreeMap<u64, Token>,
    /// What some tokens see for themselves, by the token's number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub locals: BTreeMap<u64, Local>,
    /// Where tokens go that were sent back and come straight back, by the token's number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub returns: BTreeMap<u64, String>,
    /// The status the last end event named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Cards given, `colour/clock` to the due instant (ms) they were given for, so that no card is given twice.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cards: BTreeMap<String, i64>,
    /// Whether the last path has ended.
    #[serde(default)]
    pub ended: bool,
}

/// Something that knows its own number, kept as a list.
pub(super) trait Numbered {
    fn number(&self) -> u64;
}

impl Numbered for Frame {
    fn number(&self) -> u64 {
        self.id
    }
}

impl Numbered for Token {
    fn number(&self) -> u64 {
        self.id
    }
}

mod listed {
    use std::collections::BTreeMap;

    use serde::de::DeserializeOwned;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Numbered;

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        map: &BTreeMap<u64, T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(map.values())
    }

    pub(super) fn deserialize<'de, T: DeserializeOwned + Numbered, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<u64, T>, D::Error> {
        let list = Vec::<T>::deserialize(from)?;
        Ok(list.into_iter().map(|one| (one.number(), one)).collect())
    }
}

/// One running process, call or sub-process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// Its number.
    pub id: u64,
    /// The process its nodes belong to.
    pub process: String,
    /// The sub-process node, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// The frame it was entered from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// The token that waits for it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<u64>,
    /// Its variables. Dates kept here are texts when they are read again.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Json>,
    /// How many of its tokens keep it going.
    pub live: u64,
    /// What was done in it and can be undone, in the order it was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<Done>,
    /// The activities of an ad-hoc sub-process that were performed; none for other frames and once it takes no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performed: Option<BTreeSet<String>>,
}

/// An activity that was done and can be undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// The activity.
    pub node: String,
    /// What was done inside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inner: Vec<Done>,
}

/// What a token sees for itself, and what it belongs to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Local {
    /// The token it works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Of>,
    /// Its values.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub values: Map<String, Json>,
}

/// What a token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// One turn of a repeated activity.
    Turn(u64),
    /// The undoing of what was done.
    Undo(u64),
}

/// A token at rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Its number.
    pub id: u64,
    /// The frame it is in.
    pub frame: u64,
    /// The node it rests at.
    pub node: String,
    /// What it waits for.
    pub wait: Wait,
    /// The events that may wake it or happen beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub armed: Vec<Armed>,
    /// How far a repeated activity is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<Turns>,
    /// What it still has to undo.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<Done>,
}

/// What a token waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// A person.
    Task,
    /// Something outside that does a job.
    Job,
    /// A timer.
    Timer,
    /// A message, a signal, a condition, or to be told.
    Event,
    /// A called process or a sub-process.
    Child,
    /// The turns of a repeated activity.
    Turns,
    /// The undoing of what was done.
    Undo,
    /// Nothing: an event sub-process that listens; it keeps nothing going.
    Listen,
    /// The other paths of a join; it came by this flow.
    Join(String),
}

impl Wait {
    /// What it waits for in one word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Job => "job",
            Self::Timer => "timer",
            Self::Event => "event",
            Self::Child => "child",
            Self::Turns => "turns",
            Self::Undo => "undo",
            Self::Listen => "listen",
            Self::Join(_) => "join",
        }
    }
}

/// An event armed for a token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Armed {
    /// The event's node: a boundary or start event, or the catch event itself.
    pub node: String,
    /// What it waits for beside a single timer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Awaits>,
}

/// What an armed event waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Awaits {
    /// A message.
    Message {
        /// Its name.
        name: String,
        /// The value it must carry.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// A signal of this name.
    Signal(String),
    /// A condition; whether it held when it was last asked.
    Condition(bool),
    /// A timer that comes again.
    Cycle {
        /// How often after this time; none for ever.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<u64>,
        /// The instant of this time, in milliseconds.
        due: i64,
    },
}

/// How far a repeated activity is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turns {
    /// How many there are, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// How many were begun.
    pub begun: u64,
    /// How many are done.
    pub done: u64,
    /// Items added by hand, for those that come one after another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<Json>,
    /// What they gave, by their order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub results: BTreeMap<u64, Json>,
}

impl State {
    /// A new number for a token or frame.
    pub(crate) fn number(&mut self) -> u64 {
        self.next = self.next.saturating_add(1);
        self.next
    }

    /// The token a token works for in a turn of a repeated activity.
    #[must_use]
    pub fn turn_of(&self, token: u64) -> Option<u64> {
        match self.locals.get(&token)?.of? {
            Of::Turn(parent) => Some(parent),
            Of::Undo(_) => None,
        }
    }

    /// Puts a token to rest.
    pub(crate) fn put(&mut self, token: Token) {
        if token.wait != Wait::Listen
            && let Some(frame) = self.frames.get_mut(&token.frame)
        {
            frame.live = frame.live.saturating_add(1);
        }
        self.tokens.insert(token.id, token);
    }

    /// Takes a token out of its rest.
    pub(crate) fn take(&mut self, id: u64) -> Option<Token> {
        let token = self.tokens.remove(&id)?;
        self.returns.remove(&id);
        if token.wait != Wait::Listen
            && let Some(frame) = self.frames.get_mut(&token.frame)
        {
            frame.live = frame.live.saturating_sub(1);
        }
        Some(token)
    }

    /// The nearest frame that has variables of its own: sub-processes share those around them.
    pub(crate) fn owner_of_variables(&self, frame: u64) -> u64 {
        let mut at = frame;
        while let Some(f) = self.frames.get(&at) {
            match (&f.within, f.parent) {
                (Some(_), Some(parent)) => at = parent,
                _ => break,
            }
        }
        at
    }

    /// Writes a variable where it is, seen from a token in a frame; else in the nearest process or call.
    pub(crate) fn set_variable(&mut self, (frame, token): (u64, u64), name: &str, value: Json) {
        let owner = self.owner_of_variables(frame);
        let (mut at, mut token) = (frame, Some(token));
        loop {
            let local = token.and_then(|t| self.locals.get_mut(&t));
            if let Some(slot) = local.and_then(|l| l.values.get_mut(name)) {
                *slot = value;
                return;
            }
            let Some(found) = self.frames.get_mut(&at) else {
                return;
            };
            if at == owner || found.variables.contains_key(name) {
                found.variables.insert(name.to_owned(), value);
                return;
            }
            token = found.caller;
            at = found.parent.unwrap_or(owner);
        }
    }

    /// A frame and those around it, innermost first.
    pub(crate) fn chain(&self, frame: u64) -> Vec<&Frame> {
        let mut found = Vec::new();
        let mut next = self.frames.get(&frame);
        while let Some(f) = next {
            found.push(f);
            next = f.parent.and_then(|id| self.frames.get(&id));
        }
        found
    }
}
