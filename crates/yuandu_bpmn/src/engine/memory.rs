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
use super::state::{Of, State};
use super::times;
use super::{Definition, EngineError, Surroundings};

/// A frame and a token in it.
pub(super) type At = (u64, u64);

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
    /// The whole scope of a token in a frame until anything in it changes.
    scope: Option<((u64, u64), Context)>,
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
        if self.definition.fields.is_empty() {
            self.case = None;
        }
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
        // A model that is played by itself has no register: its facts have the types their formulas give.
        if self.definition.fields.is_empty() {
            self.set(field, value.to_json());
            return Ok(());
        }
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

    /// Keeps a variable where it is, else in the nearest process or call.
    pub(super) fn keep(&mut self, state: &mut State, at: At, name: &str, value: &Feel) {
        self.keep_json(state, at, name, value.to_json());
    }

    /// The same for a value that came from outside.
    pub(super) fn keep_json(&mut self, state: &mut State, at: At, name: &str, value: Json) {
        state.set_variable(at, name, value);
        self.scope = None;
    }

    /// Something the scope is made of changed.
    pub(super) fn forget_scope(&mut self) {
        self.scope = None;
    }

    /// The scope of formulas for a token in a frame.
    pub(super) fn context(&mut self, state: &State, (frame, token): At) -> Context {
        if let Some((of, scope)) = &self.scope
            && *of == (frame, token)
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
            // What the caller of a frame sees for itself is seen inside too.
            if let Some(caller) = frame.caller {
                add_locals(state, caller, &mut scope);
            }
            for (name, value) in &frame.variables {
                scope.set(name.as_str(), Feel::from_json(value));
            }
        }
        add_locals(state, token, &mut scope);
        self.scope = Some(((frame, token), scope.clone()));
        scope
    }

    fn case_context(&mut self) -> Context {
        if let Some(case) = &self.case {
            return case.clone();
        }
        let mut case = self.definition.blank.clone();
        for (name, value) in self.facts.iter().filter(|(_, value)| !value.is_null()) {
            if self.definition.fields.is_empty() {
                case.set(name.as_str(), Feel::from_json(value));
            } else if let Some((name, kind)) = self.definition.fields.get_key_value(name.as_str()) {
                case.set(Arc::clone(name), to_feel(kind, value, self.around));
            }
        }
        self.case = Some(case.clone());
        case
    }

    pub(super) fn evaluate(&mut self, state: &State, at: At, formula: &Formula) -> Feel {
        formula.expression.evaluate(&self.context(state, at))
    }

    pub(super) fn value(&mut self, state: &State, at: At, value: &Value) -> Feel {
        match value {
            Value::Text(text) => Feel::text(text.as_str()),
            Value::Formula(formula) => self.evaluate(state, at, formula),
        }
    }

    /// A value as text; none when it is null or empty.
    pub(super) fn text(&mut self, state: &State, at: At, value: &Value) -> Option<String> {
        let value = self.value(state, at, value);
        (!value.is_null())
            .then(|| value.to_plain_text())
            .filter(|text| !text.is_empty())
    }

    /// A value as a budget of working time.
    pub(super) fn budget(
        &mut self,
        state: &State,
        at: At,
        value: &Value,
        node: &str,
    ) -> Result<Budget, EngineError> {
        let text = self.text(state, at, value).unwrap_or_default();
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
        at: At,
        timer: &Timer,
        node: &str,
    ) -> Result<Due, EngineError> {
        let refuse = |value: String, wanted: &str| EngineError::Value {
            node: node.to_owned(),
            value,
            wanted: wanted.to_owned(),
        };
        let zone = self.around.calendar.time_zone().clone();
        let now = self.around.now;
        let once = |at: Timestamp| Due {
            at: Some(at),
            left: None,
        };
        match timer {
            Timer::Clock(name) => Ok(Due {
                at: self
                    .clocks
                    .get(name)
                    .filter(|c| c.status == ClockStatus::Running)
                    .and_then(|c| c.due),
                left: None,
            }),
            Timer::Budget(value) => {
                let budget = self.budget(state, at, value, node)?;
                let due = self.around.calendar.due_at(now, budget);
                due.map(once)
                    .map_err(|e| refuse(budget.to_string(), &e.message().en))
            }
            Timer::Duration(value) => {
                let value = self.value(state, at, value).to_plain_text();
                times::later(now, &value, &zone)
                    .map(once)
                    .ok_or_else(|| refuse(value, "a duration such as `PT2H`"))
            }
            Timer::Date(value) => {
                let value = self.value(state, at, value);
                let due = instant(&value).or_else(|| times::local(&value.to_plain_text(), &zone));
                due.map(once)
                    .ok_or_else(|| refuse(value.to_plain_text(), "an instant"))
            }
            Timer::Cycle(value) => {
                let value = self.value(state, at, value).to_plain_text();
                let cycle = times::Cycle::read(&value, &zone);
                cycle
                    .and_then(|c| Some((c.first(now, &zone)?, c.times)))
                    .map(|(at, times)| Due {
                        at: Some(at),
                        left: Some(times.map(|t| t.saturating_sub(1))),
                    })
                    .ok_or_else(|| refuse(value, "a cycle such as `R3/PT10H`"))
            }
        }
    }

    /// The next time of a timer that comes again.
    pub(super) fn next_due(
        &mut self,
        state: &State,
        at: At,
        timer: &Timer,
        before: Timestamp,
    ) -> Option<Timestamp> {
        let Timer::Cycle(value) = timer else {
            return None;
        };
        let zone = self.around.calendar.time_zone().clone();
        let text = self.value(state, at, value).to_plain_text();
        times::Cycle::read(&text, &zone)?.after(before, &zone)
    }
}

/// When a timer fires, and for one that comes again how often more (none: for ever).
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    pub(super) at: Option<Timestamp>,
    pub(super) left: Option<Option<u64>>,
}

/// What a token sees for itself, and how far the repeated activity is that it works for.
fn add_locals(state: &State, token: u64, scope: &mut Context) {
    let Some(local) = state.locals.get(&token) else {
        return;
    };
    if let Some(Of::Turn(parent)) = local.of
        && let Some(turns) = state.tokens.get(&parent).and_then(|t| t.turns.as_ref())
    {
        let counts = [
            (
                ["nrOfInstances", "numberOfInstances"],
                turns.total.unwrap_or(turns.begun),
            ),
            (
                ["nrOfActiveInstances", "numberOfActiveInstances"],
                turns.begun.saturating_sub(turns.done),
            ),
            (
                ["nrOfCompletedInstances", "numberOfCompletedInstances"],
                turns.done,
            ),
        ];
        for (names, count) in counts {
            for name in names {
                scope.set(name, Feel::from(i64::try_from(count).unwrap_or(i64::MAX)));
            }
        }
    }
    for (name, value) in &local.values {
        scope.set(name.as_str(), Feel::from_json(value));
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
