//! Where the tokens of a case are: the part of a case that only the engine writes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Tokens at rest and the calls they stand in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The next number for a token or frame.
    pub next: u64,
    /// The process itself, its calls and its embedded sub-processes.
    pub frames: Vec<Frame>,
    /// The tokens.
    pub tokens: Vec<Token>,
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

/// One running process, call or embedded sub-process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// Its number.
    pub id: u64,
    /// The process its nodes belong to.
    pub process: String,
    /// The sub-process node, when it is an embedded one.
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
    /// The timers armed for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timers: Vec<Armed>,
}

/// What a token waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// A person.
    Task,
    /// A timer.
    Timer,
    /// A called or embedded process.
    Child,
    /// The other paths of a join; it came by this flow.
    Join(String),
}

/// A timer armed for a token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Armed {
    /// The timer's node: a boundary event, or the catch event itself.
    pub node: String,
}

impl State {
    /// A new number for a token or frame.
    pub(crate) fn number(&mut self) -> u64 {
        self.next = self.next.saturating_add(1);
        self.next
    }

    pub(crate) fn frame(&self, id: u64) -> Option<&Frame> {
        self.frames.iter().find(|f| f.id == id)
    }

    pub(crate) fn frame_mut(&mut self, id: u64) -> Option<&mut Frame> {
        self.frames.iter_mut().find(|f| f.id == id)
    }

    pub(crate) fn token(&self, id: u64) -> Option<&Token> {
        self.tokens.iter().find(|t| t.id == id)
    }

    pub(crate) fn remove_token(&mut self, id: u64) -> Option<Token> {
        let at = self.tokens.iter().position(|t| t.id == id)?;
        Some(self.tokens.remove(at))
    }

    /// The nearest frame that has variables of its own: embedded sub-processes share those around them.
    pub(crate) fn owner_of_variables(&self, frame: u64) -> u64 {
        let mut at = frame;
        while let Some(f) = self.frame(at) {
            match (&f.within, f.parent) {
                (Some(_), Some(parent)) => at = parent,
                _ => break,
            }
        }
        at
    }

    /// A frame and those around it, innermost first.
    pub(crate) fn chain(&self, frame: u64) -> Vec<&Frame> {
        let mut found = Vec::new();
        let mut next = self.frame(frame);
        while let Some(f) = next {
            found.push(f);
            next = f.parent.and_then(|id| self.frame(id));
        }
        found
    }
}
