//! Small models and a walker that plays the part of people and timers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use yuandu_base::calendar::Calendar;
use yuandu_bpmn::bpmn;
use yuandu_bpmn::engine::{
    self, Definition, Effect, EngineError, Event, Matter, Step, Surroundings,
};
use yuandu_feel::{Context, Value as Feel};
use yuandu_schema::FieldType;

/// An instant of the statutory calendar's time zone.
pub fn at(text: &str) -> Timestamp {
    Calendar::statutory().parse_instant(text).unwrap()
}

/// A file around processes and error definitions.
pub fn file(content: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:y="urn:yuandu:bpmn:1" id="definitions" targetNamespace="t">
{content}
</definitions>"#
    )
}

/// A file with one process `p`.
pub fn process(body: &str) -> String {
    file(&format!(
        r#"<error id="e" errorCode="oops"/><process id="p" isExecutable="true">{body}</process>"#
    ))
}

/// A user task with the outcomes `ok` and `no`.
pub fn user(id: &str) -> String {
    format!(
        r#"<userTask id="{id}"><extensionElements><y:task role="r"/><y:outcome id="ok" zh="好" en="ok"/><y:outcome id="no" zh="否" en="no"/></extensionElements></userTask>"#
    )
}

/// A sequence flow; `condition` may be empty.
pub fn flow(id: &str, from: &str, to: &str, condition: &str) -> String {
    if condition.is_empty() {
        format!(r#"<sequenceFlow id="{id}" sourceRef="{from}" targetRef="{to}"/>"#)
    } else {
        format!(
            r#"<sequenceFlow id="{id}" sourceRef="{from}" targetRef="{to}"><conditionExpression xsi:type="tFormalExpression">{condition}</conditionExpression></sequenceFlow>"#
        )
    }
}

/// A chain of nodes joined by flows.
pub fn chain(nodes: &[&str]) -> String {
    nodes
        .windows(2)
        .map(|pair| flow(&format!("{}-{}", pair[0], pair[1]), pair[0], pair[1], ""))
        .collect()
}

pub fn definition(text: &str) -> Definition {
    let models =
        bpmn::parse("sample.bpmn", text).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let integer = FieldType::Integer {
        min: None,
        max: None,
    };
    let fields = [
        ("n", integer.clone()),
        ("m", integer),
        ("a", FieldType::Text { max: 99 }),
        ("done_at", FieldType::Instant),
        ("due", FieldType::Instant),
        ("flag", FieldType::Boolean),
        ("stage", FieldType::Text { max: 99 }),
    ];
    let fields = fields
        .into_iter()
        .map(|(name, kind)| (name.to_owned(), kind));
    Definition::new("p", models, BTreeMap::new(), fields)
}

/// Plays people and timers of one case.
pub struct Walk {
    pub definition: Definition,
    pub matter: Matter,
    pub now: Timestamp,
    /// Open tasks as token and node.
    pub tasks: Vec<(u64, String)>,
    /// Armed timers as token, node and due instant.
    pub timers: Vec<(u64, String, Option<Timestamp>)>,
    pub ended: Option<String>,
    pub cards: usize,
    pub path: Vec<String>,
}

impl Walk {
    pub fn begin(text: &str) -> Self {
        let mut walk = Self::before(text);
        walk.event(Event::Start).unwrap();
        walk
    }

    pub fn before(text: &str) -> Self {
        Self {
            definition: definition(text),
            matter: Matter::default(),
            now: at("2026-09-14T09:00"),
            tasks: Vec::new(),
            timers: Vec::new(),
            ended: None,
            cards: 0,
            path: Vec::new(),
        }
    }

    pub fn event(&mut self, event: Event) -> Result<(), EngineError> {
        let actor: Feel = Context::new().with("name", "王").into();
        let around = Surroundings {
            now: self.now,
            calendar: Calendar::statutory(),
            actor,
        };
        let step = engine::advance(
            &self.definition,
            self.matter.clone(),
            event.clone(),
            &around,
        )?;
        let again = engine::advance(&self.definition, self.matter.clone(), event, &around)?;
        assert_eq!(
            (&step.matter.state, &step.effects),
            (&again.matter.state, &again.effects),
            "the engine is deterministic"
        );
        self.take(step);
        Ok(())
    }

    fn take(&mut self, step: Step) {
        // A state must survive its way through the table.
        let text = serde_json::to_string(&step.matter.state).unwrap();
        assert_eq!(
            serde_json::from_str::<engine::State>(&text).unwrap(),
            step.matter.state
        );
        self.matter = step.matter;
        self.path.extend(step.path);
        for effect in step.effects {
            match effect {
                Effect::OpenTask(task) => self.tasks.push((task.token, task.node)),
                Effect::CancelTask { token } => self.tasks.retain(|(t, _)| *t != token),
                Effect::ArmTimer {
                    token, node, due, ..
                } => self.timers.push((token, node, due)),
                Effect::DropTimer { token, node } => {
                    self.timers.retain(|(t, n, _)| (*t, n) != (token, &node))
                }
                Effect::Card { .. } => self.cards += 1,
                Effect::End { status, .. } => {
                    assert_eq!(self.ended, None, "a case ends once");
                    self.ended = Some(status);
                }
                _ => {}
            }
        }
    }

    pub fn open(&self) -> Vec<&str> {
        self.tasks.iter().map(|(_, node)| node.as_str()).collect()
    }

    pub fn token(&self, node: &str) -> u64 {
        self.tasks
            .iter()
            .find(|(_, n)| n == node)
            .unwrap_or_else(|| panic!("no task {node} in {:?}", self.open()))
            .0
    }

    pub fn decide(&mut self, node: &str, outcome: &str, input: Json) -> Result<(), EngineError> {
        let token = self.token(node);
        let before = self.tasks.clone();
        let at = before
            .iter()
            .position(|(t, n)| *t == token && n == node)
            .unwrap();
        self.tasks.remove(at);
        let input = input.as_object().cloned().unwrap_or_default();
        let event = Event::TaskCompleted {
            token,
            outcome: outcome.to_owned(),
            input,
            facts: Map::new(),
        };
        let result = self.event(event);
        if result.is_err() {
            self.tasks = before;
        }
        result
    }

    pub fn ok(&mut self, node: &str) {
        self.decide(node, "ok", Json::Null).unwrap();
    }

    pub fn fire(&mut self, node: &str) -> Result<(), EngineError> {
        let at = self
            .timers
            .iter()
            .position(|(_, n, _)| n == node)
            .unwrap_or_else(|| panic!("no timer {node}"));
        let (token, node, _) = self.timers.remove(at);
        self.event(Event::TimerFired { token, node })
    }

    pub fn fact(&self, name: &str) -> Json {
        self.matter.facts.get(name).cloned().unwrap_or(Json::Null)
    }
}
