//! The token machine: state and event in, new state and effects out.
//!
//! It is pure and deterministic: it reads no clock and no table, and the same input gives the same output. Start with
//! [`advance`]. What the effects mean for tables is decided in `ops`.

mod actions;
mod clocks;
mod events;
mod gateways;
mod hands;
mod memory;
mod migrate;
mod run;
mod scopes;
mod state;
mod throws;
mod times;
mod turns;
mod undo;

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

pub use clocks::{Clock, ClockStatus, due_facts};
pub use hands::leads_to;
pub use migrate::{Hindrance, Mapping, Moved, Renamed, Replaced, migrate};
pub use state::{Armed, Awaits, Done, Frame, Local, Of, State, Token, Turns, Wait};

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
    /// It begins in a process of one's choice, at a start event of one's choice, with variables.
    Begin {
        /// The process; else the main one.
        process: Option<String>,
        /// The start event; else every plain one.
        start: Option<String>,
        /// The variables it begins with.
        variables: Map<String, Json>,
    },
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
    /// A job was done.
    JobDone {
        /// The token at the task.
        token: u64,
        /// What it gave, for the variables of the process.
        variables: Map<String, Json>,
    },
    /// A job failed with an error of the model.
    JobFailed {
        /// The token at the task.
        token: u64,
        /// The error's code.
        code: String,
        /// More about it.
        detail: String,
        /// What it gave, for the variables of the process.
        variables: Map<String, Json>,
    },
    /// An event that waits, or one armed for a token, is told to happen.
    Told {
        /// The token.
        token: u64,
        /// The event; else the token's own node.
        node: Option<String>,
        /// What it brings, for the variables of the process.
        variables: Map<String, Json>,
    },
    /// A message arrives.
    Message {
        /// Its name.
        name: String,
        /// Names and values that must agree with the variables of whoever takes it.
        correlation: Map<String, Json>,
        /// What it brings, for the variables of the process.
        variables: Map<String, Json>,
    },
    /// A signal is heard.
    Signal {
        /// Its name.
        name: String,
        /// What it brings, for the variables of the process.
        variables: Map<String, Json>,
    },
    /// Variables change from outside; conditions may become true by it.
    Variables {
        /// The variables.
        variables: Map<String, Json>,
    },
    /// An activity of an ad-hoc sub-process is begun.
    Perform {
        /// The activity.
        node: String,
    },
    /// A task is sent back to an earlier node (驳回).
    SendBack {
        /// The token at the task.
        token: u64,
        /// The earlier node.
        to: String,
        /// Once it is done again there, straight back here; what lies between is not done again, and nothing else is void.
        straight: bool,
    },
    /// A token is put to another node by whoever repairs a case.
    MoveToken {
        /// The token.
        token: u64,
        /// The node of the same process or sub-process.
        to: String,
    },
    /// Facts are corrected by whoever repairs a case; conditions may become true by it.
    Facts {
        /// The facts.
        facts: Map<String, Json>,
    },
    /// More turns of a repeated activity: more people sign (加签).
    AddTurns {
        /// A token of it.
        token: u64,
        /// The items of the new turns.
        items: Vec<Json>,
    },
    /// One turn of a repeated activity less (减签).
    RemoveTurn {
        /// The token of the turn.
        token: u64,
    },
    /// Nothing more is to be done in an ad-hoc sub-process.
    CloseAdHoc {
        /// The sub-process.
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
    /// Give a job to whatever does it.
    OpenJob(NewJob),
    /// Take the job of a token away.
    CancelJob {
        /// The token.
        token: u64,
    },
    /// A message or signal is waited for.
    Await {
        /// The token.
        token: u64,
        /// The event that waits.
        node: String,
        /// The message's name.
        message: Option<String>,
        /// The signal's name.
        signal: Option<String>,
        /// The value a message must carry.
        key: Option<String>,
    },
    /// It is not waited for any more.
    Forget {
        /// The token.
        token: u64,
        /// The event that waited.
        node: String,
    },
    /// A message is sent.
    Send {
        /// The node that sends it.
        node: String,
        /// Its name.
        name: String,
    },
    /// A signal is sent; whoever waits for it in this case has heard it.
    Broadcast {
        /// The node that sends it.
        node: String,
        /// Its name.
        name: String,
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
        /// The variables of the process as it ended.
        variables: Map<String, Json>,
    },
}

/// A job to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// The token waiting for it.
    pub token: u64,
    /// The process it stands in.
    pub process: String,
    /// The node.
    pub node: String,
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
    /// Whom a model of another maker names, by kind.
    pub candidates: Vec<(String, String)>,
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
    /// The flows taken, in order.
    pub flows: Vec<String>,
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
    /// No flow can be taken.
    #[error(
        "no condition of the flows out of `{node}` holds and it has no default; add a default flow"
    )]
    NoFlow {
        /// The node.
        node: String,
    },
    /// An ad-hoc sub-process takes one activity at a time.
    #[error("`{node}` cannot begin: another activity of its ad-hoc sub-process is under way")]
    OneAtATime {
        /// The activity.
        node: String,
    },
    /// One can only be sent back to a step that leads here.
    #[error("`{to}` does not lead to `{node}`; send back to an earlier step")]
    NotBefore {
        /// The node one is at.
        node: String,
        /// The node asked for.
        to: String,
    },
    /// One cannot be sent back to one of several branches only.
    #[error(
        "`{to}` is one of several branches and the join `{join}` would wait for the others for ever; send back to before they part"
    )]
    HalfWay {
        /// The node asked for.
        to: String,
        /// The join behind it.
        join: String,
    },
    /// One comes straight back only to the same step of the same process.
    #[error(
        "from `{to}` one cannot come straight back to `{node}`: they are not steps of one process, or several do them at once; send back without coming straight back"
    )]
    NotStraight {
        /// The node one is at.
        node: String,
        /// The node asked for.
        to: String,
    },
    /// The activity is not done by several.
    #[error("`{node}` is not done by several; only a countersigned step takes more or fewer")]
    NotRepeated {
        /// The node.
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
    let root = matter.state.frames.keys().next().copied().unwrap_or(0);
    let facts = matter.facts.clone();
    memory::Memory::new(definition, facts, BTreeMap::new(), around)
        .context(&matter.state, (root, 0))
}

/// When a start event that waits for a timer begins a process, seen from now.
///
/// # Errors
/// [`EngineError`] when the timer gives no instant.
pub(crate) fn first_due(
    definition: &Definition,
    process: &str,
    node: usize,
    around: &Surroundings<'_>,
) -> Result<Option<Timestamp>, EngineError> {
    let start = definition
        .processes
        .get(process)
        .and_then(|p| p.nodes().get(node));
    let Some((start, crate::bpmn::Trigger::Timer(timer))) =
        start.and_then(|n| Some((n, n.trigger()?)))
    else {
        return Ok(None);
    };
    let mut memory = memory::Memory::new(definition, Map::new(), BTreeMap::new(), around);
    Ok(memory
        .timer_due(&State::default(), (0, 0), timer, &start.id)?
        .at)
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
