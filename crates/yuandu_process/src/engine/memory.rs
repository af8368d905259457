//! What formulas see: the facts of the case, the variables of the frames, who acts and what was just sent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use yuandu_base::calendar::Budget;
use yuandu_feel::{Context, DateTime, Value as Feel};
use yuandu_schema::FieldType;

use crate::bpmn::{Formula, Timer, Value};

use super::clocks::{Clock, ClockStatus};
use super::state::State;
use super::{Definition, EngineError, Surroundings};

/// The scope of formulas during one step.
pub(super) struct Memory<'a> {
    definition: &'a Definition,
    around: &'a Surroundings<'a>,
    facts: Map<String, Json>,
    pub(super) clocks: BTreeMap<String, Clock>,
    changed: BTreeSet<String>,
    outcome: Feel,
    input: Feel,
    now: DateTime,
    /// The `case` of formulas until a fact changes.
    case: Option<Context>,
    /// The whole scope of a frame until anything in it changes.
    scope: Option<(u64, Context)>,
}

impl<'a> Memory<'a> {
    pub(super) fn new(
        definition: &'a Definition,
        facts: Map<String, Json>,
        clocks: BTreeMap<String, Clock>,
        around: &'a Surroundings<'a>,
    ) -> Self {
        let zoned = around.now.to_zoned(around.calendar.time_zone().clone());
        Self {
            definition,
            around,
            facts,
            clocks,
            changed: BTreeSet::new(),
            outcome: Feel::Null,
            input: Feel::Null,
            now: DateTime::from_zoned(&zoned),
            case: None,
            scope: None,
        }
    }

    pub(super) fn into_parts(
        self,
    ) -> (Map<String, Json>, BTreeMap<String, Clock>, BTreeSet<String>) {
        (self.facts, self.clocks, self.changed)
    }

    /// A person decided: `outcome` and `input` of the formulas until every token rests.
    pub(super) fn decided(&mut self, outcome: &str, input: Map<String, Json>) {
        self.outcome = Feel::text(outcome);
        self.input = Feel::from_json(&Json::Object(input));
        self.scope = None;
    }

    /// Changes a fact.
    pub(super) fn set(&mut self, field: &str, value: Json) {
        if self.facts.get(field).unwrap_or(&Json::Null) == &value {
            return;
        }
        // The scope lets go of its copy first, so that the case is changed in place.
        self.scope = None;
        if let (Some(case), Some((name, kind))) =
            (&mut self.case, self.definition.fields.get_key_value(field))
        {
            case.set(Arc::clone(name), to_feel(kind, &value, self.around));
        }
        self.facts.insert(field.to_owned(), value);
        self.changed.insert(field.to_owned());
    }

    /// Changes a fact to what a formula gave, if it fits the fact's type.
    pub(super) fn set_feel(
        &mut self,
        field: &str,
        value: &Feel,
        node: &str,
    ) -> Result<(), EngineError> {
        let Some(kind) = self.definition.fields.get(field) else {
            return Err(EngineError::Model {
                name: field.to_owned(),
            });
        };
        let json = from_feel(kind, value).ok_or_else(|| EngineError::Value {
            node: node.to_owned(),
            value: value.to_plain_text(),
            wanted: format!("the field `{field}` of type {}", kind.name()),
        })?;
        self.set(field, json);
        Ok(())
    }

    /// Keeps a variable in the nearest process or call.
    pub(super) fn keep(&mut self, state: &mut State, frame: u64, name: &str, value: &Feel) {
        let owner = state.owner_of_variables(frame);
        if let Some(frame) = state.frame_mut(owner) {
            frame.variables.insert(name.to_owned(), value.to_json());
        }
        self.scope = None;
    }

    /// The scope of formulas in a frame.
    pub(super) fn context(&mut self, state: &State, frame: u64) -> Context {
        if let Some((of, scope)) = &self.scope
            && *of == frame
        {
            return scope.clone();
        }
        let mut scope = Context::new().with_now(self.now.clone());
        scope.set("case", self.case_context());
        scope.set("outcome", self.outcome.clone());
        scope.set("input", self.input.clone());
        scope.set("actor", self.around.actor.clone());
        scope.set("now", self.now.clone());
        scope.set("today", self.around.calendar.local_date(self.around.now));
        for frame in state.chain(frame).into_iter().rev() {
            for (name, value) in &frame.variables {
                scope.set(name.as_str(), Feel::from_json(value));
            }
        }
        self.scope = Some((frame, scope.clone()));
        scope
    }

    fn case_context(&mut self) -> Context {
        if let Some(case) = &self.case {
            return case.clone();
        }
        let mut case = self.definition.blank.clone();
        for (name, value) in self.facts.iter().filter(|(_, value)| !value.is_null()) {
            if let Some((name, kind)) = self.definition.fields.get_key_value(name.as_str()) {
                case.set(Arc::clone(name), to_feel(kind, value, self.around));
            }
        }
        self.case = Some(case.clone());
        case
    }

    pub(super) fn evaluate(&mut self, state: &State, frame: u64, formula: &Formula) -> Feel {
        formula.expression.evaluate(&self.context(state, frame))
    }

    pub(super) fn value(&mut self, state: &State, frame: u64, value: &Value) -> Feel {
        match value {
            Value::Text(text) => Feel::text(text.as_str()),
            Value::Formula(formula) => self.evaluate(state, frame, formula),
        }
    }

    /// A value as text; none when it is null or empty.
    pub(super) fn text(&mut self, state: &State, frame: u64, value: &Value) -> Option<String> {
        let value = self.value(state, frame, value);
        (!value.is_null())
            .then(|| value.to_plain_text())
            .filter(|text| !text.is_empty())
    }

    /// A value as a budget of working time.
    pub(super) fn budget(
        &mut self,
        state: &State,
        frame: u64,
        value: &Value,
        node: &str,
    ) -> Result<Budget, EngineError> {
        let text = self.text(state, frame, value).unwrap_or_default();
        text.parse().map_err(|_| EngineError::Value {
            node: node.to_owned(),
            value: text.clone(),
            wanted: "a budget of working time such as `20d` or `4h`".to_owned(),
        })
    }

    /// When a timer fires; none while the clock it follows does not run.
    pub(super) fn timer_due(
        &mut self,
        state: &State,
        frame: u64,
        timer: &Timer,
        node: &str,
    ) -> Result<Option<Timestamp>, EngineError> {
        let refuse = |value: String, wanted: &str| EngineError::Value {
            node: node.to_owned(),
            value,
            wanted: wanted.to_owned(),
        };
        match timer {
            Timer::Clock(name) => Ok(self
                .clocks
                .get(name)
                .filter(|c| c.status == ClockStatus::Running)
                .and_then(|c| c.due)),
            Timer::Budget(value) => {
                let budget = self.budget(state, frame, value, node)?;
                let due = self.around.calendar.due_at(self.around.now, budget);
                due.map(Some)
                    .map_err(|e| refuse(budget.to_string(), &e.message().en))
            }
            Timer::Duration(value) => {
                let value = self.value(state, frame, value);
                let span = match &value {
                    Feel::DaysDuration(span) => Some(*span),
                    Feel::Text(text) => text.parse().ok(),
                    _ => None,
                };
                span.and_then(|span| self.around.now.checked_add(span).ok())
                    .map(Some)
                    .ok_or_else(|| refuse(value.to_plain_text(), "a duration such as `PT2H`"))
            }
            Timer::Date(value) => {
                let value = self.value(state, frame, value);
                instant(&value)
                    .map(Some)
                    .ok_or_else(|| refuse(value.to_plain_text(), "an instant"))
            }
        }
    }
}

/// The instant of a FEEL value: a date and time with a zone, or its text.
fn instant(value: &Feel) -> Option<Timestamp> {
    match value {
        Feel::DateTime(at) => at.timestamp(),
        Feel::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// A fact as formulas see it: instants and dates are dates, everything else as in JSON.
pub(crate) fn to_feel(kind: &FieldType, value: &Json, around: &Surroundings<'_>) -> Feel {
    match (kind, value) {
        (FieldType::Instant, Json::String(text)) => {
            text.parse::<Timestamp>().map_or(Feel::Null, |at| {
                let zoned = at.to_zoned(around.calendar.time_zone().clone());
                DateTime::from_zoned(&zoned).into()
            })
        }
        (FieldType::Date, Json::String(text)) => text.parse().map_or(Feel::Null, Feel::Date),
        (FieldType::Integer { .. }, Json::Number(number)) => {
            number.as_i64().map_or(Feel::Null, Feel::from)
        }
        _ => Feel::from_json(value),
    }
}

/// What a formula gave, in the canonical JSON of a field's type; none when it does not fit.
fn from_feel(kind: &FieldType, value: &Feel) -> Option<Json> {
    if value.is_null() {
        return Some(Json::Null);
    }
    match kind {
        FieldType::Instant => instant(value).map(instant_json),
        FieldType::Date => match value {
            Feel::Date(date) => Some(date.to_string().into()),
            Feel::Text(text) => text
                .parse::<jiff::civil::Date>()
                .ok()
                .map(|d| d.to_string().into()),
            _ => None,
        },
        FieldType::Integer { .. } => value.as_i64().map(Json::from),
        FieldType::Decimal => value.as_f64().map(Json::from),
        FieldType::Boolean => value.as_bool().map(Json::from),
        FieldType::Position => value.as_context().map(|_| value.to_json()),
        FieldType::Photos { .. } => value.as_list().map(|_| value.to_json()),
        _ => match value {
            Feel::Text(text) => Some(text.as_str().into()),
            Feel::Number(_) => Some(value.to_plain_text().into()),
            _ => None,
        },
    }
}

/// An instant in canonical JSON: RFC 3339 in UTC, to the millisecond as columns keep it.
pub(crate) fn instant_json(at: Timestamp) -> Json {
    let whole = Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
    whole.to_string().into()
}
