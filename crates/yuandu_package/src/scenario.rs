//! Scenarios: days in the life of a package, written as Markdown that people read, run on a simulated clock.
//!
//! Prose tells what happens; fenced blocks marked `scenario` hold the steps in TOML, one step a block. The form is in
//! `docs/scenarios.md`. Everything runs through the real engine, gate, registers and store; nothing is simulated but
//! the clock and the people. After each scenario the log of its store is verified.

mod expect;
mod hand;
mod look;
mod queries;
mod read;
mod records;
mod run;
mod world;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value as Json};
use yuandu_base::LocalText;
use yuandu_base::calendar::CalendarChange;

pub use run::run_scenarios;

/// A scenario as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// File inside the package.
    pub file: String,
    /// Its heading.
    pub title: LocalText,
    /// Its steps in order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Line of its block.
    pub line: usize,
    /// The local time to which the clock moves before it; timers fire on the way.
    pub at: Option<jiff::civil::DateTime>,
    /// Who acts.
    pub who: Who,
    /// What is done.
    pub deed: Deed,
    /// The scenario's own name of the case it is about.
    pub case: String,
    /// What is sent with it.
    pub data: Map<String, Json>,
    /// What must then be true.
    pub expect: Vec<Expectation>,
    /// Line of `who`, or of the block.
    pub(crate) who_line: usize,
    /// Line of each key of what is sent.
    pub(crate) data_lines: BTreeMap<String, usize>,
}

/// Who acts in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// The platform itself: nobody acts.
    Platform,
    /// Someone who has not signed in.
    Resident,
    /// The holder of a post made from a template.
    Post {
        /// The template.
        template: String,
        /// The organisation.
        org: String,
        /// The unit grids the post is limited to; none when it is not.
        grids: Option<Vec<String>>,
        /// The categories or classes the post is limited to; none when it is not.
        categories: Option<Vec<String>>,
    },
}

/// What is done in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A case is opened.
    Report,
    /// A further report joins an open case.
    Join {
        /// The scenario's name of that case.
        parent: String,
    },
    /// A task is completed.
    Complete {
        /// Its node.
        task: String,
        /// The outcome.
        outcome: String,
    },
    /// A task is taken on.
    Claim {
        /// Its node.
        task: String,
    },
    /// A task is given back.
    Release {
        /// Its node.
        task: String,
    },
    /// Something is done by hand beside the model.
    Hand(ByHand),
    /// A record is put into a register of the package or of one it needs.
    Record(ToRecord),
    /// A record is read, as it is or as it was.
    Read(ToRead),
    /// The newest draft of a record is approved or refused.
    Decide {
        /// The register.
        register: String,
        /// The record.
        record: String,
        /// Whether it is approved.
        approve: bool,
        /// Why.
        reason: String,
    },
    /// The working calendar is edited, and the open deadlines follow.
    Calendar {
        /// What changes.
        change: CalendarChange,
        /// The notice or order.
        basis: String,
    },
    /// The case is looked at, which only some may.
    Look,
    /// Nothing but time passes.
    Wait,
}

/// A record to put into a register; what it says stands in `with`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToRecord {
    /// The register.
    pub register: String,
    /// The first day of the difference.
    pub from: Option<jiff::civil::Date>,
    /// The day after the last one.
    pub to: Option<jiff::civil::Date>,
    /// Whether what was recorded was wrong.
    pub correction: bool,
    /// Why.
    pub reason: Option<String>,
}

/// A record to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToRead {
    /// The register.
    pub register: String,
    /// The record.
    pub record: String,
    /// The day it is asked about; the present one when left out.
    pub on: Option<jiff::civil::Date>,
    /// The local time at which it was known so; the present one when left out.
    pub known: Option<jiff::civil::DateTime>,
}

/// What is done by hand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ByHand {
    /// `send_back`, `take_back`, `hand_over`, `urge`, `question_back`, `withdraw`, `terminate`, or a way of asking others.
    pub what: String,
    /// Node of the task, if it is about one.
    pub task: Option<String>,
    /// An earlier step.
    pub to: Option<String>,
    /// Whether it comes straight back.
    pub straight: bool,
    /// People, as `post@organisation`.
    pub people: Vec<(String, String)>,
    /// Organisations.
    pub units: Vec<String>,
    /// Why, or what is asked.
    pub reason: String,
    /// By when.
    pub due: Option<jiff::civil::DateTime>,
}

/// One thing that must be true after a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// What is looked at.
    pub key: String,
    /// Its line.
    pub line: usize,
    /// What it must be.
    pub want: Json,
}

/// What came of the scenarios of a package.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The package.
    pub package: String,
    /// The scenarios in the order of their files.
    pub scenarios: Vec<ScenarioResult>,
}

/// What came of one scenario.
#[derive(Debug, Clone, Serialize)]
pub struct ScenarioResult {
    /// File inside the package.
    pub file: String,
    /// Its heading.
    pub title: LocalText,
    /// Steps that were done.
    pub steps: usize,
    /// What was not as expected; the scenario ends at the first step that was not.
    pub failures: Vec<Failure>,
}

/// Something that was not as expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// File inside the package.
    pub file: String,
    /// Line.
    pub line: usize,
    /// What was looked at.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub got: String,
}

impl Report {
    /// Scenarios in which everything was as expected.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.scenarios
            .iter()
            .filter(|scenario| scenario.passed())
            .count()
    }

    /// Scenarios in which something was not as expected.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.scenarios.len() - self.passed()
    }

    /// Everything that was not as expected.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.scenarios
            .iter()
            .flat_map(|scenario| &scenario.failures)
    }
}

impl ScenarioResult {
    /// Whether everything was as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}
