//! The context of an operation: who acts, in which realm and language, for what purpose, by which clock.
//!
//! Every way in (page, API, command line, timer, scenario, import, test) makes one, and every use case takes it first.
//! It decides nothing.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value as Json;
use yuandu_base::{Clock, Lang, SimulatedClock};
use yuandu_ids::RealmId;
use yuandu_store::Entry;

use crate::model::Officer;

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Someone who has not signed in.
    Anonymous,
    /// A person in a post.
    Officer(Arc<Officer>),
    /// Another program with a key, by its name.
    Service(String),
    /// The platform itself: `timer`, `import`, `scenario`, `seed`.
    System(&'static str),
}

/// The context every use case takes first.
#[derive(Debug, Clone)]
pub struct OpCtx {
    /// The city.
    pub realm: RealmId,
    /// Who acts.
    pub actor: Actor,
    /// Language of answers.
    pub lang: Lang,
    /// Purpose or legal ground, as it stands in the log.
    pub purpose: String,
    /// The only source of time.
    pub clock: Arc<dyn Clock>,
    /// Ties log lines of one request together.
    pub trace: String,
    /// The network address the request came from, if it came from one.
    pub network: Option<IpAddr>,
}

impl OpCtx {
    /// A context with the default language, an empty purpose and no trace.
    #[must_use]
    pub fn new(realm: RealmId, actor: Actor, clock: Arc<dyn Clock>) -> Self {
        Self {
            realm,
            actor,
            lang: Lang::default(),
            purpose: String::new(),
            clock,
            trace: String::new(),
            network: None,
        }
    }

    /// The same in another language.
    #[must_use]
    pub fn in_language(mut self, lang: Lang) -> Self {
        self.lang = lang;
        self
    }

    /// The same for a purpose.
    #[must_use]
    pub fn for_purpose(mut self, purpose: impl Into<String>) -> Self {
        self.purpose = purpose.into();
        self
    }

    /// The same with a trace.
    #[must_use]
    pub fn traced(mut self, trace: impl Into<String>) -> Self {
        self.trace = trace.into();
        self
    }

    /// The same from a network address.
    #[must_use]
    pub fn from_network(mut self, network: Option<IpAddr>) -> Self {
        self.network = network;
        self
    }

    /// The same realm, clock, language and trace for another actor.
    #[must_use]
    pub fn as_actor(&self, actor: Actor) -> Self {
        Self {
            actor,
            ..self.clone()
        }
    }

    /// A context for tests: Weifang (370700), a simulated clock standing at 2026-03-02T09:00+08:00, a Monday.
    #[must_use]
    pub fn for_testing(actor: Actor) -> Self {
        let start = Timestamp::from_second(1_772_413_200).unwrap_or_default();
        Self::new(WEIFANG, actor, Arc::new(SimulatedClock::new(start))).for_purpose("test")
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The actor as the log names it: `user:<id>`, `anonymous`, `service:<name>`, `system:<name>`.
    #[must_use]
    pub fn actor_name(&self) -> String {
        match &self.actor {
            Actor::Anonymous => "anonymous".to_owned(),
            Actor::Officer(officer) => format!("user:{}", officer.user),
            Actor::Service(name) => format!("service:{name}"),
            Actor::System(name) => format!("system:{name}"),
        }
    }

    /// The officer, if one acts.
    #[must_use]
    pub fn officer(&self) -> Option<&Officer> {
        match &self.actor {
            Actor::Officer(officer) => Some(officer),
            _ => None,
        }
    }

    /// The head of a log entry for what is being done.
    #[must_use]
    pub fn entry(&self, op: &str, subject: impl Into<String>, note: Json) -> Entry {
        Entry {
            op: op.to_owned(),
            actor: self.actor_name(),
            on_behalf: self.officer().map(|officer| officer.post.to_string()),
            subject: subject.into(),
            purpose: self.purpose.clone(),
            at: self.now(),
            note,
        }
    }
}

const WEIFANG: RealmId = match RealmId::new(370_700) {
    Some(realm) => realm,
    None => unreachable!(),
};
