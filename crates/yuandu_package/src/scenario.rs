//! Scenarios: days in the life of a system, told in Markdown and run as tests on a simulated clock.

mod expect;
mod queries;
mod read;
mod run;
mod town;

use serde::Serialize;
use serde_json::{Map, Value as Json};

pub use run::run_scenarios;

/// A scenario: a title and its steps in order.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Path of the file.
    pub file: String,
    /// The first heading.
    pub title: String,
    /// Steps in order.
    pub(crate) steps: Vec<Step>,
}

/// One fenced block.
#[derive(Debug, Clone, Default)]
pub(crate) struct Step {
    /// Line of the fence.
    pub(crate) line: usize,
    /// Local time to move the clock to.
    pub(crate) at: Option<String>,
    pub(crate) who: Option<String>,
    pub(crate) org: Option<String>,
    pub(crate) grids: Vec<String>,
    pub(crate) action: Option<Action>,
    /// The name of the case in the story.
    pub(crate) case: String,
    pub(crate) data: Map<String, Json>,
    pub(crate) orgs: Vec<String>,
    pub(crate) records: Vec<(String, Map<String, Json>)>,
    pub(crate) expect: Vec<Expectation>,
}

/// What someone does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    Report,
    Look,
    Join { parent: String },
    Complete { task: String, outcome: String },
}

/// One thing expected, with its line.
#[derive(Debug, Clone)]
pub(crate) struct Expectation {
    pub(crate) line: usize,
    pub(crate) key: String,
    pub(crate) value: Json,
}

/// An expectation that was not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Path of the scenario.
    pub file: String,
    /// Line of the expectation, or of the step.
    pub line: usize,
    /// What was looked at.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What there was.
    pub got: String,
}

/// The result of running a package's scenarios.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Scenarios run.
    pub scenarios: usize,
    /// Scenarios without a failure.
    pub passed: usize,
    /// Steps taken.
    pub steps: usize,
    /// Expectations compared.
    pub checks: usize,
    /// What was not met.
    pub failures: Vec<Failure>,
}

impl Report {
    /// Whether every expectation was met.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.failures.is_empty()
    }
}
