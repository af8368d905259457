//! What is told of a play, in JSON.

use serde_json::{Map, Value as Json, json};

use crate::engine::{Awaits, Token, Wait};

use super::{Player, terminates};

impl Player<'_> {
    /// Adds what a step led to.
    pub(super) fn told(&mut self, word: &str, before: usize) {
        let path = self.path.get(before..).unwrap_or_default().to_vec();
        let told = json!({
            "step": self.at_step, "did": word, "now": self.instant(self.now), "state": self.word(),
            "path": path, "tokens": self.tokens(), "variables": self.variables(),
        });
        self.steps.push(told);
    }

    /// The whole report.
    pub(super) fn report(&self, process: &str) -> Json {
        json!({
            "process": process, "state": self.word(), "status": self.ended, "now": self.instant(self.now),
            "path": self.path, "flows": self.flows, "tokens": self.tokens(), "timers": self.timers(),
            "variables": self.variables(), "facts": self.matter.facts, "thrown": self.thrown,
            "simulated": self.simulated, "incidents": self.incidents, "steps": self.steps,
        })
    }

    fn instant(&self, at: jiff::Timestamp) -> String {
        let zoned = at.to_zoned(self.calendar.time_zone().clone());
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// `waiting` for its start, `active`, `completed` or `terminated`.
    fn word(&self) -> &'static str {
        let main = self.definition.processes.get(&self.definition.main);
        let terminated = main.is_some_and(|p| self.path.iter().any(|id| terminates(p, id)));
        match &self.ended {
            Some(status) if terminated || status == "withdrawn" => "terminated",
            Some(_) => "completed",
            None if self.begun => "active",
            None => "waiting",
        }
    }

    fn variables(&self) -> Json {
        let frames = &self.matter.state.frames;
        let root = frames.values().find(|f| f.parent.is_none());
        Json::Object(root.map_or_else(|| self.last_variables.clone(), |f| f.variables.clone()))
    }

    fn timers(&self) -> Vec<Json> {
        let alarms = self.alarms.iter();
        alarms
            .map(|a| json!({ "id": a.node, "due": self.instant(a.due) }))
            .collect()
    }

    fn tokens(&self) -> Vec<Json> {
        let tokens = self.matter.state.tokens.values();
        let mut told: Vec<Json> = tokens
            .filter(|t| t.wait != Wait::Listen)
            .map(|t| self.token(t))
            .collect();
        told.extend(self.offered());
        if !self.begun {
            let process = self.definition.processes.get(&self.definition.main);
            let starts = process.and_then(|p| Some((p, p.scope(None)?)));
            for ix in starts.map(|(_, s)| s.triggered.clone()).unwrap_or_default() {
                let node = process.and_then(|p| p.nodes().get(ix));
                told.extend(
                    node.map(|n| json!({ "id": n.id, "name": n.name.zh, "waits": "start" })),
                );
            }
        }
        told
    }

    fn token(&self, token: &Token) -> Json {
        let state = &self.matter.state;
        let process = state
            .frames
            .get(&token.frame)
            .and_then(|f| self.definition.processes.get(&f.process));
        let node = process.and_then(|p| p.node(&token.node));
        let waits = match &token.wait {
            Wait::Task => "task",
            Wait::Job => "job",
            Wait::Timer => "timer",
            Wait::Event => "event",
            Wait::Child => "inside",
            Wait::Turns => "turns",
            Wait::Undo => "compensation",
            Wait::Listen => "listening",
            Wait::Join(_) => "join",
        };
        let mut told = Map::new();
        told.insert("id".to_owned(), token.node.as_str().into());
        if let (Some(node), Some(process)) = (node, process) {
            told.insert("name".to_owned(), node.name.zh.as_str().into());
            told.insert("element".to_owned(), node.element.as_str().into());
            told.insert("process".to_owned(), process.id.as_str().into());
            if let Some(lane) = &node.lane {
                told.insert("lane".to_owned(), lane.as_str().into());
            }
        }
        told.insert("waits".to_owned(), waits.into());
        told.insert("token".to_owned(), token.id.into());
        if let Some(candidates) = self.candidates.get(&token.id) {
            told.insert("candidates".to_owned(), candidates.clone());
        }
        if let Some(local) = state.locals.get(&token.id).filter(|l| !l.values.is_empty()) {
            told.insert("local".to_owned(), Json::Object(local.values.clone()));
        }
        if let Some(turns) = &token.turns {
            let turns = json!({ "total": turns.total, "begun": turns.begun, "done": turns.done });
            told.insert("turns".to_owned(), turns);
        }
        let events: Vec<Json> = token
            .armed
            .iter()
            .map(|a| self.event_of(token, a))
            .collect();
        if !events.is_empty() {
            told.insert("events".to_owned(), Json::Array(events));
        }
        Json::Object(told)
    }

    fn event_of(&self, token: &Token, armed: &crate::engine::Armed) -> Json {
        let id = armed.node.as_str();
        let alarm = |a: &&super::Alarm| a.token == token.id && a.node == armed.node;
        let due = self.alarms.iter().find(alarm).map(|a| self.instant(a.due));
        match &armed.awaits {
            Some(Awaits::Message { name, key }) => json!({ "id": id, "message": name, "key": key }),
            Some(Awaits::Signal(name)) => json!({ "id": id, "signal": name }),
            Some(Awaits::Condition(holds)) => json!({ "id": id, "condition": holds }),
            Some(Awaits::Cycle { left, .. }) => json!({ "id": id, "due": due, "left": left }),
            None => json!({ "id": id, "due": due }),
        }
    }

    /// The activities of ad-hoc sub-processes that can be begun.
    fn offered(&self) -> Vec<Json> {
        let frames = self.matter.state.frames.values();
        let open = frames.filter(|f| f.performed.is_some());
        open.flat_map(|frame| {
            let process = self.definition.processes.get(&frame.process);
            let within = process
                .and_then(|p| p.by_id.get(frame.within.as_ref()?))
                .copied();
            let nodes = process.map(|p| p.nodes()).unwrap_or_default();
            let inside = nodes
                .iter()
                .filter(move |n| n.parent == within && n.incoming.is_empty() && n.is_activity());
            inside.map(|n| json!({ "id": n.id, "name": n.name.zh, "waits": "offered" }))
        })
        .collect()
    }
}
