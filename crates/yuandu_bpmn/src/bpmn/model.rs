//! The typed model of one executable process, checked and ready to run.
//!
//! Nodes and flows refer to each other by index into the process. Expressions are parsed once, here.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use yuandu_base::LocalText;
use yuandu_feel::Expression;

/// Index of a node in its process.
pub type NodeIx = usize;
/// Index of a sequence flow in its process.
pub type FlowIx = usize;

/// One executable process.
#[derive(Debug, Clone)]
pub struct Process {
    /// Id of the process, the name by which a call activity finds it.
    pub id: String,
    /// Its name in both languages.
    pub name: LocalText,
    /// File it was read from, for messages.
    pub file: String,
    /// Line of its element.
    pub line: u32,
    pub(crate) nodes: Vec<Node>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) by_id: BTreeMap<String, NodeIx>,
    /// The process itself (none) and its sub-processes, with where each of them begins.
    pub(crate) scopes: BTreeMap<Option<NodeIx>, Scope>,
    /// Whether the file says it is for execution; drafts may still be simulated.
    pub executable: bool,
}

/// Where a process or sub-process begins, and what listens while it runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// Plain start events; where there are none, the nodes nothing leads to.
    pub(crate) starts: Vec<NodeIx>,
    /// Start events that wait for something; only a process itself can begin by one of them.
    pub(crate) triggered: Vec<NodeIx>,
    /// Start events of its event sub-processes.
    pub(crate) listeners: Vec<NodeIx>,
    /// Its data objects with the values they begin with.
    pub(crate) data: Vec<(String, Json)>,
}

/// One flow node: an event, an activity or a gateway.
#[derive(Debug, Clone)]
pub struct Node {
    /// Id in the file, unique in it.
    pub id: String,
    /// Its name in both languages; the id where the file has none.
    pub name: LocalText,
    /// Line of its element.
    pub line: u32,
    /// The name of its element, for example `userTask`.
    pub element: String,
    /// What it is.
    pub kind: NodeKind,
    /// The embedded sub-process it belongs to.
    pub(crate) parent: Option<NodeIx>,
    pub(crate) incoming: Vec<FlowIx>,
    pub(crate) outgoing: Vec<FlowIx>,
    /// Boundary events attached to it.
    pub(crate) boundary: Vec<NodeIx>,
    /// The flow taken when no other can be.
    pub(crate) default: Option<FlowIx>,
    /// How often an activity is done.
    pub(crate) repeat: Option<Repeat>,
    /// Whether it is passed over, as another maker's model may say.
    pub(crate) skip: Option<Formula>,
    /// Whether it is done to undo another activity only.
    pub(crate) compensates: bool,
    /// The activity that undoes this one.
    pub(crate) undone_by: Option<NodeIx>,
    /// Values it sees under names of its own while it runs.
    pub(crate) inputs: Vec<(String, Value)>,
    /// Variables around it that are written once it is done.
    pub(crate) outputs: Vec<(String, Value)>,
    /// The lane it is drawn in.
    pub(crate) lane: Option<String>,
    /// What it does beside moving on, in the order of the file.
    pub(crate) actions: Vec<Action>,
}

/// How often an activity is done.
#[derive(Debug, Clone)]
pub(crate) enum Repeat {
    /// Again and again while a condition holds.
    While {
        /// The condition; none repeats up to the maximum.
        condition: Option<Formula>,
        /// Whether it is asked before the first time too.
        before: bool,
        /// The most times.
        most: Option<u64>,
    },
    /// Once for each of some items.
    Each(Box<Each>),
}

/// Once for each item, one after another or all at the same time.
#[derive(Debug, Clone)]
pub(crate) struct Each {
    pub(crate) sequential: bool,
    /// How many times.
    pub(crate) cardinality: Option<Value>,
    /// The list of items.
    pub(crate) collection: Option<Value>,
    /// The name each item has.
    pub(crate) item: Option<String>,
    /// Ends it early, the rest is cancelled.
    pub(crate) completion: Option<Formula>,
    /// The list that collects results, and what each adds to it.
    pub(crate) collects: Option<(String, Value)>,
}

/// A sequence flow.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Id in the file.
    pub id: String,
    /// Line of its element.
    pub line: u32,
    pub(crate) source: NodeIx,
    pub(crate) target: NodeIx,
    pub(crate) condition: Option<Formula>,
}

/// The kinds of nodes this engine runs.
#[derive(Debug, Clone)]
pub enum NodeKind {
    /// Start event; plain without a trigger.
    Start {
        /// What it waits for.
        trigger: Option<Trigger>,
        /// Whether an event sub-process ends what is around it.
        interrupting: bool,
    },
    /// End event.
    End(EndKind),
    /// User task: a person decides an outcome.
    User(UserTask),
    /// Service task: one of the platform's services.
    Service(ServiceCall),
    /// A task that something outside does: it waits until it is told the result or the error.
    Job,
    /// Script task: a FEEL formula, its result kept under a name.
    Script {
        /// The formula, if there is one beside the actions.
        formula: Option<Formula>,
        /// The variable that keeps its result.
        result: Option<String>,
    },
    /// Business-rule task: a DMN decision.
    Rule {
        /// Name of the decision model (file name without `.dmn`).
        model: String,
        /// Id or name of the decision in it.
        decision: String,
        /// The variable that keeps its result.
        result: String,
    },
    /// Manual or abstract task: passed through.
    Pass,
    /// Call activity.
    Call {
        /// Id of the called process.
        process: String,
        /// The formula that gives the id, where the id is not fixed.
        chosen: Option<Formula>,
    },
    /// Sub-process with nodes of its own.
    SubProcess(SubForm),
    /// Exclusive gateway.
    Exclusive,
    /// Parallel gateway.
    Parallel,
    /// Inclusive gateway.
    Inclusive,
    /// Event-based gateway: the first of the events behind it decides.
    EventBased,
    /// Boundary event on an activity.
    Boundary {
        /// The activity.
        host: NodeIx,
        /// Whether the activity is cancelled.
        interrupting: bool,
        /// What it waits for.
        trigger: Trigger,
    },
    /// Intermediate catch event or receive task; without a trigger it waits until it is told.
    Catch(Option<Trigger>),
    /// Intermediate throw event or send task.
    Throw(Throw),
}

/// The forms of sub-processes.
#[derive(Debug, Clone)]
pub enum SubForm {
    /// Entered by a flow.
    Embedded,
    /// Entered by an event while what is around it runs.
    Event,
    /// Can be cancelled, which undoes what was done in it.
    Transaction,
    /// Its activities are begun by whoever does them, in any order.
    AdHoc {
        /// One activity at a time.
        sequential: bool,
        /// Ends it when it holds.
        completion: Option<Formula>,
        /// Whether what still runs then is cancelled.
        cancels: bool,
    },
}

/// How a path ends.
#[derive(Debug, Clone)]
pub enum EndKind {
    /// This path ends; the case ends with the last path.
    None {
        /// The status the case gets, if this end says one.
        status: Option<String>,
    },
    /// Every path of the process or sub-process ends.
    Terminate {
        /// The status the case gets, if this end says one.
        status: Option<String>,
    },
    /// An error is thrown to the enclosing sub-process or call.
    Error {
        /// Its code.
        code: String,
    },
    /// Something is thrown, then this path ends.
    Throw {
        /// What is thrown.
        throw: Throw,
        /// The status the case gets, if this end says one.
        status: Option<String>,
    },
    /// The transaction is cancelled.
    Cancel,
}

/// What an event throws.
#[derive(Debug, Clone)]
pub enum Throw {
    /// Nothing: a mark on the way.
    Nothing,
    /// A message.
    Message {
        /// Its name.
        name: Value,
    },
    /// A signal, heard by everyone who waits for it.
    Signal {
        /// Its name.
        name: Value,
    },
    /// An escalation to what is around.
    Escalation {
        /// Its code.
        code: Option<String>,
    },
    /// What was done is undone, the last first.
    Compensation {
        /// Only this activity.
        activity: Option<String>,
    },
}

/// What an event waits for.
#[derive(Debug, Clone)]
pub enum Trigger {
    /// A timer.
    Timer(Timer),
    /// A message.
    Message {
        /// Its name.
        name: Value,
        /// The value a message must carry to be meant for this one.
        correlation: Option<Value>,
    },
    /// A signal.
    Signal {
        /// Its name.
        name: Value,
    },
    /// A condition that becomes true.
    Condition(Formula),
    /// An error; none catches every code.
    Error {
        /// The code.
        code: Option<String>,
    },
    /// An escalation; none catches every code.
    Escalation {
        /// The code.
        code: Option<String>,
    },
    /// The activity is to be undone.
    Compensation,
    /// The transaction was cancelled.
    Cancel,
}

/// When a timer fires.
#[derive(Debug, Clone)]
pub enum Timer {
    /// When a statutory clock of the case is due; it follows the clock's suspensions and extensions.
    Clock(String),
    /// After working time.
    Budget(Value),
    /// After a duration of the wall clock.
    Duration(Value),
    /// At an instant.
    Date(Value),
    /// Again and again: `R3/PT10H`.
    Cycle(Value),
}

/// A user task: who may do it and what they may decide.
#[derive(Debug, Clone, Default)]
pub struct UserTask {
    /// The role that may do it, for example `city-care.seat`; empty in models of other makers.
    pub role: String,
    /// Whom a model of another maker names: assignees, candidate users and groups, potential owners.
    pub candidates: Vec<(String, Value)>,
    /// The organisation it belongs to, when it is narrower than the role.
    pub org: Option<Value>,
    /// The grid it belongs to.
    pub grid: Option<Value>,
    /// The stage of the case while this task is open.
    pub stage: Option<String>,
    /// The clock whose due instant is the task's.
    pub clock: Option<String>,
    /// By hand it is sent back only to come straight back: giving the matter away is an outcome of the model, with its form.
    pub only_straight: bool,
    /// What can be decided, in the order of the file.
    pub outcomes: Vec<Outcome>,
}

/// One decision a person can take in a task.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its id, unique in the task.
    pub id: String,
    /// The words on the button.
    pub label: LocalText,
    /// The words in the record once it was chosen (`zh_done`, `en_done`); the button's where the model gives none.
    pub done: LocalText,
    /// The form it needs.
    pub form: Option<String>,
    /// How the button looks: `caution` for refusals and send-backs.
    pub style: Option<String>,
    /// Line of its element.
    pub line: u32,
    pub(crate) actions: Vec<Action>,
}

/// A call of a platform service.
#[derive(Debug, Clone)]
pub struct ServiceCall {
    /// The service.
    pub service: Service,
    /// Its arguments by name.
    pub arguments: BTreeMap<String, Value>,
    /// Whether it is done by the platform after the step, tried again when it fails, and then shown to a person.
    pub later: bool,
}

/// The services a service task can call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Records a yellow or red card (arguments `colour`, `clock`, `reason-zh`, `reason-en`).
    CardIssue,
    /// Makes this case a child of another (argument `parent`: its number).
    CaseMerge,
}

/// When an action happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// As the token arrives.
    Enter,
    /// As the token leaves.
    Complete,
}

/// A side effect declared on a node or an outcome.
#[derive(Debug, Clone)]
pub struct Action {
    /// When.
    pub when: Moment,
    /// What.
    pub deed: Deed,
    /// Line of its element.
    pub line: u32,
}

/// The side effects there are.
#[derive(Debug, Clone)]
pub enum Deed {
    /// Writes a fact of the case.
    Set {
        /// Declared field or settable universal column.
        field: String,
        /// Its value.
        value: Value,
    },
    /// Keeps a value as a variable of the instance.
    Keep {
        /// The variable.
        name: String,
        /// Its value.
        value: Value,
    },
    /// Touches a statutory clock.
    Clock(ClockDeed),
}

/// What happens to a clock.
#[derive(Debug, Clone)]
pub struct ClockDeed {
    /// The clock.
    pub name: String,
    /// The operation.
    pub op: ClockOp,
    /// The budget given or added.
    pub budget: Option<Value>,
    /// The instant field that gets the due instant.
    pub due: Option<String>,
    /// Why, in Chinese or in an officer's own words.
    pub reason: Option<Value>,
    /// Why, in English, for fixed reasons.
    pub reason_en: Option<String>,
    /// The provision that allows it.
    pub basis: Option<String>,
}

/// The operations on a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockOp {
    /// Begins to count; a running clock runs on, a suspended one resumes, a stopped one begins anew.
    Start,
    /// Ends for good.
    Stop,
    /// Stands still.
    Suspend,
    /// Counts again.
    Resume,
    /// Gets more budget.
    Extend,
}

/// A value in the file: a text as it stands, or a FEEL formula when it begins with `=`.
#[derive(Debug, Clone)]
pub enum Value {
    /// The text.
    Text(String),
    /// The formula.
    Formula(Formula),
}

/// A FEEL formula, parsed once.
#[derive(Debug, Clone)]
pub struct Formula {
    /// As written.
    pub text: String,
    /// Parsed.
    pub expression: Expression,
    /// Line of the element that holds it.
    pub line: u32,
}

impl Process {
    /// The node of an id.
    #[must_use]
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.by_id.get(id).and_then(|ix| self.nodes.get(*ix))
    }

    /// The scope of the process itself (none) or of a sub-process.
    pub(crate) fn scope(&self, within: Option<NodeIx>) -> Option<&Scope> {
        self.scopes.get(&within)
    }

    /// All nodes in the order of the file.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The flows as pairs of node ids, for drawing the path of a case.
    pub fn edges(&self) -> impl Iterator<Item = (&str, &str)> {
        self.flows.iter().filter_map(|f| {
            let source = self.nodes.get(f.source)?;
            let target = self.nodes.get(f.target)?;
            Some((source.id.as_str(), target.id.as_str()))
        })
    }
}

impl Node {
    /// What it waits for, if it is an event that waits or a receive task.
    pub(crate) fn trigger(&self) -> Option<&Trigger> {
        match &self.kind {
            NodeKind::Start { trigger, .. } | NodeKind::Catch(trigger) => trigger.as_ref(),
            NodeKind::Boundary { trigger, .. } => Some(trigger),
            _ => None,
        }
    }

    /// The form of a sub-process.
    pub(crate) fn sub_form(&self) -> Option<&SubForm> {
        match &self.kind {
            NodeKind::SubProcess(form) => Some(form),
            _ => None,
        }
    }

    /// Whether it is work: a task, a call or a sub-process.
    pub(crate) fn is_activity(&self) -> bool {
        let element = self.element.as_str();
        element == "transaction"
            || ["ask", "rocess", "Activity"]
                .iter()
                .any(|end| element.ends_with(end))
    }

    /// Whether several do it, each for one item.
    #[must_use]
    pub fn is_countersigned(&self) -> bool {
        matches!(self.repeat, Some(Repeat::Each(_)))
    }

    /// The user task, if it is one.
    #[must_use]
    pub fn user_task(&self) -> Option<&UserTask> {
        match &self.kind {
            NodeKind::User(task) => Some(task),
            _ => None,
        }
    }
}

impl UserTask {
    /// The outcome of an id.
    #[must_use]
    pub fn outcome(&self, id: &str) -> Option<&Outcome> {
        self.outcomes.iter().find(|o| o.id == id)
    }
}
