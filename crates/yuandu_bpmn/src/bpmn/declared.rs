//! What stands beside the processes of a file: errors, messages, signals and escalations, by id.

use std::collections::BTreeMap;

use super::BPMN;
use super::problems::Problems;
use super::xml::Element;

/// The declarations of a file: ids to the name or code that counts.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub(super) errors: BTreeMap<String, String>,
    pub(super) messages: BTreeMap<String, String>,
    pub(super) signals: BTreeMap<String, String>,
    pub(super) escalations: BTreeMap<String, String>,
    /// The formula a message must agree with, from a subscription of another maker.
    pub(super) correlations: BTreeMap<String, String>,
}

/// Reads them.
pub(super) fn read(root: &Element, problems: &mut Problems) -> Declared {
    let mut declared = Declared::default();
    for child in root.children.iter().filter(|c| c.namespace == BPMN) {
        let (map, codes): (_, &[&str]) = match child.name.as_str() {
            "error" => (&mut declared.errors, &["errorCode"]),
            "message" => (&mut declared.messages, &["name"]),
            "signal" => (&mut declared.signals, &["name"]),
            "escalation" => (&mut declared.escalations, &["escalationCode"]),
            _ => continue,
        };
        let Some(id) = child.attribute("id") else {
            problems.missing(child.line, &child.name, "id");
            continue;
        };
        let code = codes.iter().find_map(|name| child.attribute(name));
        if code.is_none() && child.name == "error" && !problems.open() {
            problems.missing(child.line, "error", "errorCode");
        }
        // Without a name or code the id is what both sides agree on.
        let code = code.filter(|c| !c.is_empty()).unwrap_or(id);
        map.insert(id.to_owned(), code.to_owned());
        if let Some(key) = subscription(child) {
            declared.correlations.insert(id.to_owned(), key.to_owned());
        }
    }
    declared
}

fn subscription(message: &Element) -> Option<&str> {
    let holders = message
        .children
        .iter()
        .filter(|c| c.name == "extensionElements");
    let mut inside = holders.flat_map(|h| &h.children);
    inside
        .find(|e| e.name == "subscription")
        .and_then(|e| e.attribute("correlationKey"))
}
