//! Every reference inside a file leads somewhere, and every id is used once: over the whole tree, whatever the element.
//!
//! Ends of sequence flows, hosts of boundary events and default flows are looked up where the graph is put together,
//! in `read`, with more to say about them.

use std::collections::BTreeSet;

use super::BPMN;
use super::problems::Problems;
use super::xml::Element;

/// Attributes of BPMN and its drawings that name another element of the file.
const ATTRIBUTES: [&str; 25] = [
    "sourceRef",
    "targetRef",
    "messageRef",
    "signalRef",
    "errorRef",
    "escalationRef",
    "activityRef",
    "dataObjectRef",
    "dataStoreRef",
    "itemSubjectRef",
    "itemRef",
    "categoryValueRef",
    "processRef",
    "operationRef",
    "inMessageRef",
    "outMessageRef",
    "bpmnElement",
    "choreographyActivityShape",
    "partitionElementRef",
    "labelStyle",
    "correlationPropertyRef",
    "correlationKeyRef",
    "parameterRef",
    "dataOutputRef",
    "initiatingParticipantRef",
];

/// Elements whose text names another element of the file.
const TEXTS: [&str; 17] = [
    "incoming",
    "outgoing",
    "flowNodeRef",
    "sourceRef",
    "targetRef",
    "dataInputRefs",
    "dataOutputRefs",
    "loopDataInputRef",
    "loopDataOutputRef",
    "inMessageRef",
    "outMessageRef",
    "errorRef",
    "eventDefinitionRef",
    "participantRef",
    "messageFlowRef",
    "correlationPropertyRef",
    "resourceRef",
];

/// Elements whose references `read` looks up.
const ELSEWHERE: [&str; 1] = ["sequenceFlow"];

/// Says which references lead nowhere and which ids are used twice.
pub(super) fn check(root: &Element, problems: &mut Problems) {
    let mut ids = BTreeSet::new();
    collect(root, &mut ids, problems);
    let imports = root.children.iter().any(|c| c.name == "import");
    follow(root, &ids, imports, problems);
}

fn standard(element: &Element) -> bool {
    element.namespace == BPMN || element.namespace.starts_with("http://www.omg.org/spec/")
}

fn collect<'e>(element: &'e Element, ids: &mut BTreeSet<&'e str>, problems: &mut Problems) {
    if standard(element)
        && let Some(id) = element.attribute("id").filter(|id| !id.is_empty())
        && !ids.insert(id)
    {
        super::read::duplicate(id, element.line, problems);
    }
    for child in &element.children {
        collect(child, ids, problems);
    }
}

fn follow(element: &Element, ids: &BTreeSet<&str>, imports: bool, problems: &mut Problems) {
    if standard(element) {
        let attributes = element
            .attributes
            .iter()
            .filter(|a| a.namespace.is_empty() && ATTRIBUTES.contains(&a.name.as_str()));
        if !ELSEWHERE.contains(&element.name.as_str()) {
            for attribute in attributes {
                let name = &attribute.name;
                look_up(element, name, &attribute.value, ids, imports, problems);
            }
        }
        if TEXTS.contains(&element.name.as_str()) {
            let text = element.text.trim();
            look_up(element, &element.name, text, ids, imports, problems);
        }
    }
    for child in &element.children {
        follow(child, ids, imports, problems);
    }
}

fn look_up(
    element: &Element,
    what: &str,
    value: &str,
    ids: &BTreeSet<&str>,
    imports: bool,
    problems: &mut Problems,
) {
    // A name with a prefix may stand in another file: a type of XML Schema, an imported definition.
    let local = value.rsplit_once(':');
    let found = ids.contains(value) || local.is_some_and(|(_, name)| ids.contains(name));
    let outside = local.is_some() && (imports || what.starts_with("item"));
    if value.is_empty() || found || outside {
        return;
    }
    let name = &element.name;
    if element.namespace != BPMN {
        // A drawing of what is not there hinders nobody but its reader.
        problems.add(
            element.line,
            "bpmn.drawing_missing",
            format!("图形 `{name}` 的 {what} 指向不存在的 `{value}`：请改正编号"),
            format!("{what} of the drawing `{name}` points to `{value}`, which does not exist: correct the id"),
        );
        return;
    }
    problems.add(
        element.line,
        "bpmn.reference_missing",
        format!("`{name}` 的 {what} 指向不存在的 `{value}`：请改正编号"),
        format!("{what} of `{name}` points to `{value}`, which does not exist: correct the id"),
    );
}
