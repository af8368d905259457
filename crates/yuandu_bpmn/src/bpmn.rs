//! BPMN 2.0 XML: reads a file into typed, checked processes, or says everything that is wrong with it.
//!
//! What this engine does not run is refused by name with its line and a remedy; nothing is ignored. Start with
//! [`parse`]; [`Process::uses`] lists what a model needs from its package. No execution happens here.

mod check;
mod data;
mod declared;
mod decode;
mod events;
mod extensions;
mod foreign;
mod juel;
mod model;
mod nodes;
mod problems;
mod read;
mod references;
mod remedies;
mod repeat;
mod shapes;
mod uses;
mod write;
mod xml;

use yuandu_base::Problem;
use yuandu_base::reasons::in_chinese;

pub use decode::decode;
pub use model::{
    Action, ClockDeed, ClockOp, Deed, EndKind, Flow, FlowIx, Formula, Moment, Node, NodeIx,
    NodeKind, Outcome, Process, Service, ServiceCall, SubForm, Throw, Timer, Trigger, UserTask,
    Value,
};
pub(crate) use model::{Each, Repeat};
use problems::{Problems, Profile};
pub use uses::{Mention, Uses};
pub use write::{Difference, difference};
pub use xml::{Attribute, Document, Element, XmlFault, read as read_tree, read_document};

/// The namespace of BPMN 2.0 models.
pub const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";
/// The namespace of this platform's extension elements.
pub const EXTENSION: &str = "urn:yuandu:bpmn:1";

/// A file of any maker, read as far as it can be.
#[derive(Debug)]
pub struct Model {
    /// Its processes; what is wrong in them is among the problems.
    pub processes: Vec<Process>,
    /// Everything that hinders running it, each with `file:line`.
    pub problems: Vec<Problem>,
    /// What is kept but means nothing to the engine.
    pub notices: Vec<Problem>,
}

/// Reads one file of a package. `file` is its name for messages.
///
/// # Errors
/// Every problem of the file, each with `file:line`.
pub fn parse(file: &str, text: &str) -> Result<Vec<Process>, Vec<Problem>> {
    let model = read_as(Profile::Package, file, text);
    if model.problems.is_empty() {
        Ok(model.processes)
    } else {
        Err(model.problems)
    }
}

/// Reads one file of any maker: roles, outcomes and defaults may be missing, other makers' extensions are translated
/// where that is safe and refused by name elsewhere.
#[must_use]
pub fn read_model(file: &str, text: &str) -> Model {
    read_as(Profile::Open, file, text)
}

fn read_as(profile: Profile, file: &str, text: &str) -> Model {
    let mut problems = Problems::new(file, profile);
    let processes = match xml::read(text) {
        Ok(root) => {
            references::check(&root, &mut problems);
            read::definitions(&root, &mut problems)
        }
        Err(fault) => {
            problems.add(
                fault.line,
                "bpmn.not_xml",
                format!("不是可读的 XML：{}", in_chinese(&fault.reason)),
                format!("the file is not readable XML: {}", fault.reason),
            );
            Vec::new()
        }
    };
    let (problems, notices) = problems.into_lists();
    Model {
        processes,
        problems,
        notices,
    }
}
