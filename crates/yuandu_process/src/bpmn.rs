//! BPMN 2.0 XML: reads a file into typed, checked processes, or says everything that is wrong with it.
//!
//! What this engine does not run is refused by name with its line and a remedy; nothing is ignored. Start with
//! [`parse`]; [`Process::uses`] lists what a model needs from its package. No execution happens here.

mod check;
mod decode;
mod events;
mod extensions;
mod model;
mod nodes;
mod problems;
mod read;
mod uses;
mod write;
mod xml;

use yuandu_base::Problem;

pub use decode::decode;
pub use model::{
    Action, ClockDeed, ClockOp, Deed, EndKind, Flow, FlowIx, Formula, Moment, Node, NodeIx,
    NodeKind, Outcome, Process, Service, ServiceCall, Timer, Trigger, UserTask, Value,
};
pub use uses::{Mention, Uses};
pub use write::{Difference, difference};
pub use xml::{Attribute, Document, Element, XmlFault, read as read_tree, read_document};

/// The namespace of BPMN 2.0 models.
pub const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";
/// The namespace of this platform's extension elements.
pub const EXTENSION: &str = "urn:yuandu:bpmn:1";

/// Reads one file. `file` is its name for messages.
///
/// # Errors
/// Every problem of the file, each with `file:line`.
pub fn parse(file: &str, text: &str) -> Result<Vec<Process>, Vec<Problem>> {
    let mut problems = problems::Problems::new(file);
    let processes = match xml::read(text) {
        Ok(root) => read::definitions(&root, &mut problems),
        Err(fault) => {
            problems.add(
                fault.line,
                "bpmn.not_xml",
                format!("不是可读的 XML：{}", fault.reason),
                format!("the file is not readable XML: {}", fault.reason),
            );
            Vec::new()
        }
    };
    problems.finish(processes)
}
