//! The token machine: state and event in, new state and effects out.
//!
//! It is pure and deterministic: it reads no clock and no table, and the same input gives the same output. Start with
//! [`advance`]. What the effects mean for tables is decided in `ops`.

mod actions;
mod clocks;
mod gateways;
mod memory;
mod run;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use thiserror::Error;
use yuandu_base::LocalText;
use yuandu_base::calendar::Calendar;
use yuandu_feel::{Context, Value as Feel, dmn};
use yuandu_schema::FieldType;

use crate::bpmn::Process;

pub(crate) use clocks::due_facts;
pub use clocks::{Clock, ClockStatus};
pub use state::{Armed, Frame, State, Token, Wait};

/// How many moves one event may cause. The longest honest path of a city's process is a few dozen nodes.
pub const STEP_BUDGET: usize = 5_000;

/// How deep calls and sub-processes may nest.
pub const DEPTH_BUDGET: usize = 32;

/// Everything a case of one kind runs on, parsed once.
#[derive(Debug, Clone)]
pub struct Definition {
    /// The processes by id.
    pub processes: BTreeMap<String, Arc<Process>>,
    /// The process a case begins with.
    pub main: String,
    /// The decision models by name.
    pub decisions: BTreeMap<String, dmn::Model>,
    /// The facts of the case and their types: declared ones and universal ones.
    pub(crate) fields: BTreeMap<Arc<str>, FieldType>,
    /// `case` of the formulas with every fact empty: a fact that is not given is null, one that is misspelt is not there.
    pub(crate) blank: Context,
}

impl Definition {
    /// A definition of parts that were checked against each other.
    #[must_use]
    pub fn new(
        main: &str,
        processes: impl IntoIterator<Item = Process>,
        decisions: BTreeMap<String, dmn::Model>,
        fields: impl IntoIterator<Item = (String, FieldType)>,
    ) -> Self {
        let fields: BTreeMap<Arc<str>, FieldType> = fields
            .into_iter()
            .map(|(name, kind)| (Arc::from(name), kind))
            .collect();
        Self {
            processes: processes
                .into_iter()
                .map(|p| (p.id.clone(), Arc::new(p)))
                .collect(),
            main: main.to_owned(),
            decisions,
            blank: fields
                .keys()
                .map(|name| (Arc::clone(name), Feel::Null))
                .collect(),
            fields,
        }
    }
}

/// What surrounds one step: time, calendar and who acts.
#[derive(Debug, Clone)]
pub struct Surroundings<'a> {
    /// The instant of the step.
    pub now: Timestamp,
    /// The statutory calendar.
    pub calendar: &'a Calendar,
    /// `actor` of the formulas.
    pub actor: Feel,
}

/// A case as the engine sees it.
#[derive(Debug, Clone, Default)]
pub struct Matter {
    /// Where its tokens are.
    pub state: State,
    /// Its facts by name, in canonical JSON.
    pub facts: Map<String, Json>,
    /// Its clocks by name.
    pub clocks: BTreeMap<String, Clock>,
}

/// What happened to a case.
#[derive(Debug, Clone)]
pub enum Event {
    /// It begins.
    Start,
    /// A person decided a task.
    TaskCompleted {
        /// The token at the task.
        token: u64,
        /// The outcome.
        outcome: String,
        /// The data of the form, for formulas.
        input: Map<String, Json>,
        /// The part of it that is recorded as facts of the case.
        facts: Map<String, Json>,
    },
    /// A timer is due.
    TimerFired {
        /// The token it was armed for.
        token: u64,
        /// The node of the timer.
        node: String,
    },
    /// The case is ended from outside, for example by a merge; every open task and timer goes.
    Abandon {
        /// The status it gets.
        status: String,
    },
}

/// What a step asks its caller to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Give a person a task.
    OpenTask(NewTask),
    /// Take the task of a token away.
    CancelTask {
        /// The token.
        token: u64,
    },
    /// Wake the case at an instant.
    ArmTimer {
        /// The token.
        token: u64,
        /// The node of the timer.
        node: String,
        /// The clock it follows.
        clock: Option<String>,
        /// When; none while its clock stands still.
        due: Option<Timestamp>,
    },
    /// Do not wake it.
    DropTimer {
        /// The token.
        token: u64,
        /// The node of the timer.
        node: String,
    },
    /// Record a card.
    Card {
        /// `yellow` or `red`.
        colour: String,
        /// The clock it is about.
        clock: String,
        /// Why, if the process says so itself.
        reason: Option<LocalText>,
    },
    /// Make the case a child of another.
    Merge {
        /// The number of the other case.
        parent: String,
    },
    /// The last path ended.
    End {
        /// The status the case gets.
        status: String,
    },
}

/// A task to be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTask {
    /// The token waiting for it.
    pub token: u64,
    /// The process it stands in.
    pub process: String,
    /// The node.
    pub node: String,
    /// Its name.
    pub name: LocalText,
    /// The role that may do it.
    pub role: String,
    /// The organisation it is for.
    pub org: Option<String>,
    /// The grid it is for.
    pub grid: Option<String>,
    /// The stage of the case while it is open.
    pub stage: Option<String>,
    /// The clock whose due instant is its own.
    pub clock: Option<String>,
}

/// The result of a step.
#[derive(Debug, Clone)]
pub struct Step {
    /// The case afterwards.
    pub matter: Matter,
    /// What to do.
    pub effects: Vec<Effect>,
    /// The facts that changed.
    pub changed: BTreeSet<String>,
    /// The clocks that changed.
    pub touched: BTreeSet<String>,
    /// The nodes passed, in order.
    pub path: Vec<String>,
}

/// Why a step is not possible.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EngineError {
    /// The token or timer of the event is no longer there.
    #[error("the step at `{node}` is no longer open")]
    Gone {
        /// The node, or the token's number.
        node: String,
    },
    /// The outcome is not one of the task's.
    #[error("`{node}` has no outcome `{outcome}`; choose one of {known}")]
    Outcome {
        /// The node.
        node: String,
        /// The outcome asked for.
        outcome: String,
        /// The outcomes there are.
        known: String,
    },
    /// The model loops without ever waiting.
    #[error(
        "the process passes `{node}` again and again without waiting; give the loop a condition that ends it"
    )]
    Endless {
        /// A node of the loop.
        node: String,
    },
    /// Calls nest too deeply.
    #[error("the call at `{node}` nests too deeply; a process must not call itself for ever")]
    TooDeep {
        /// The node.
        node: String,
    },
    /// A join waits for a path that can never arrive.
    #[error("the join `{node}` waits for a path that cannot arrive any more; correct the model")]
    Stuck {
        /// The join.
        node: String,
    },
    /// An error nobody catches.
    #[error("the error `{code}` at `{node}` is caught by nothing: {detail}")]
    Uncaught {
        /// The node.
        node: String,
        /// The code.
        code: String,
        /// More about it.
        detail: String,
    },
    /// A value that a clock, a timer or a fact cannot take.
    #[error("the value `{value}` at `{node}` does not fit {wanted}")]
    Value {
        /// The node.
        node: String,
        /// The value.
        value: String,
        /// What is wanted.
        wanted: String,
    },
    /// The state names something the model does not have.
    #[error("the state of the case names `{name}`, which its model does not have")]
    Model {
        /// The name.
        name: String,
    },
}

/// What the formulas of a form see before anything is sent: `case`, `actor`, `now`, `today` and the variables of the
/// process itself.
#[must_use]
pub fn form_scope(definition: &Definition, matter: &Matter, around: &Surroundings<'_>) -> Context {
    let root = matter.state.frames.first().map_or(0, |frame| frame.id);
    let facts = matter.facts.clone();
    memory::Memory::new(definition, facts, BTreeMap::new(), around).context(&matter.state, root)
}

/// Moves a case on by one event.
///
/// # Errors
/// [`EngineError`] when the event or the model does not allow the step; the case is then unchanged.
pub fn advance(
    definition: &Definition,
    matter: Matter,
    event: Event,
    around: &Surroundings<'_>,
) -> Result<Step, EngineError> {
    run::Run::new(definition, matter, around).take(event)
}
