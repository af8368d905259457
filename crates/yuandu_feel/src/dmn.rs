//! DMN: decisions as tables, with hit policies, in a graph of requirements, evaluated in FEEL.
//!
//! A [`Model`] is read once, all its problems being told at once, and decides often. It reads the namespaces of DMN 1.1
//! to 1.5 alike. Nothing outside FEEL is ever run: a model with another expression language is refused.

mod boxed;
pub mod cases;
mod decide;
mod graph;
mod imports;
mod index;
mod inputs;
mod read;
mod read_boxed;
mod read_types;
mod table;
mod xml;

use std::fmt;
use std::sync::Arc;

use crate::context::Context;
use crate::error::FeelError;
use crate::value::Value;

use graph::Graph;
use imports::Linker;

/// A problem of a model's file and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Line in the file, from 1.
    pub line: u32,
    /// The message in Chinese.
    pub zh: String,
    /// The message in English.
    pub en: String,
}

impl Located {
    /// A problem at a line, told in both languages.
    #[must_use]
    pub fn new(line: u32, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            line,
            zh: zh.into(),
            en: en.into(),
        }
    }
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.en)
    }
}

impl std::error::Error for Located {}

/// A decision of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionInfo {
    /// Its id in the file.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Names of the input data it needs, its own and those of the decisions it requires, in the order met.
    pub inputs: Vec<String>,
    /// Names of the decisions it requires directly.
    pub decisions: Vec<String>,
    /// Line in the file.
    pub line: u32,
}

/// What was decided, and by which rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The value of the decision.
    pub value: Value,
    /// The rules of the decision's own table that matched: their ids, or their numbers from 1 where they have none.
    pub matched_rules: Vec<String>,
    /// Every decision made on the way, in the order made, the asked one last.
    pub steps: Vec<Step>,
    /// Steps that had no value, with their line in the file; empty when all went well.
    pub notes: Vec<FeelError>,
}

/// One decision made on the way to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The decision's name.
    pub decision: String,
    /// Its value.
    pub value: Value,
    /// The rules of its table that matched.
    pub matched_rules: Vec<String>,
}

/// A DMN model that has been read and found sound. Cloning is cheap.
#[derive(Clone)]
pub struct Model {
    graph: Arc<Graph>,
}

impl Model {
    /// Reads a model.
    ///
    /// # Errors
    /// All problems of the file, each with its line: broken XML, references to nothing, circles, unreadable FEEL,
    /// rows of the wrong width.
    pub fn parse(xml: &str) -> Result<Self, Vec<Located>> {
        let (model, problems) = Self::parse_tolerant(xml).map_err(|problem| vec![problem])?;
        if problems.is_empty() {
            Ok(model)
        } else {
            Err(problems)
        }
    }

    /// Reads as much of a model as can be read, for editors and conformance tests: logic that is unreadable gives null.
    ///
    /// # Errors
    /// When the file is no DMN at all.
    pub fn parse_tolerant(xml: &str) -> Result<(Self, Vec<Located>), Located> {
        Self::parse_with_library(xml, &[])
    }

    /// Reads a model that may import others, as tolerantly as [`Model::parse_tolerant`]. The library holds the models at
    /// hand: file names and texts. A text that is no XML is passed over: whoever imports it is told that it is missing.
    ///
    /// # Errors
    /// When the file itself is no DMN at all.
    pub fn parse_with_library(
        xml: &str,
        library: &[(String, String)],
    ) -> Result<(Self, Vec<Located>), Located> {
        let root = xml::read(xml)?;
        let read = |(name, text): &(String, String)| Some((name.clone(), xml::read(text).ok()?));
        let library: Vec<_> = library.iter().filter_map(read).collect();
        let (graph, problems) = read::graph(&root, &mut Linker::new(&root, &library))?;
        Ok((
            Self {
                graph: Arc::new(graph),
            },
            problems,
        ))
    }

    /// The id of the model.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.graph.id
    }

    /// The name of the model.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.graph.name
    }

    /// The inputs with each text read as the type that the model declares for it: JSON writes dates as texts.
    #[must_use]
    pub fn read_inputs(&self, given: &Context) -> Context {
        inputs::read(&self.graph, given)
    }

    /// Names of its decision services and business knowledge models, which [`Model::invoke`] calls.
    #[must_use]
    pub fn invocables(&self) -> Vec<&str> {
        let services = self.graph.services.iter().map(|service| &*service.name);
        let knowledge = self
            .graph
            .knowledge
            .iter()
            .map(|knowledge| &*knowledge.name);
        services.chain(knowledge).collect()
    }

    /// Its decisions, in the order of the file.
    #[must_use]
    pub fn decisions(&self) -> Vec<DecisionInfo> {
        self.graph.decision_infos()
    }

    /// Makes a decision, given by id or name, and those it requires. Inputs that are missing are null.
    ///
    /// # Errors
    /// When the model has no such decision. A step that has no value is no error: see [`Decided::notes`].
    pub fn decide(&self, decision: &str, inputs: &Context) -> Result<Decided, FeelError> {
        decide::decide(&self.graph, decision, inputs)
    }

    /// Calls a decision service or a business knowledge model, given by id or name, its parameters taken from `inputs`.
    ///
    /// # Errors
    /// When the model has no such service or knowledge model.
    pub fn invoke(&self, name: &str, inputs: &Context) -> Result<Decided, FeelError> {
        decide::invoke(&self.graph, name, inputs)
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("id", &self.graph.id)
            .field("name", &self.graph.name)
            .finish()
    }
}
