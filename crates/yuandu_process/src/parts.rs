//! What two versions of a model have in common: nodes and flows added, removed and changed, and what of each changed.
//!
//! Compared are the elements as they are written, drawing and white space left out, so that nothing the engine would run otherwise
//! passes for the same.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::bpmn::{self, BPMN, Element, XmlFault};

/// A node or flow of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// The process.
    process: String,
    /// Its id.
    id: String,
    /// The name of its element, for example `userTask`.
    element: String,
    /// Its name, empty where it has none; of a flow its two ends.
    name: String,
    /// What it says, by attribute and element.
    says: BTreeMap<String, Vec<String>>,
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The newer version has it.
    Added,
    /// The newer version has it no more.
    Removed,
    /// It says something else.
    Changed,
}

/// A part that is not the same in both versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartChange {
    /// What became of it.
    pub fate: Fate,
    /// The process.
    pub process: String,
    /// Its id.
    pub id: String,
    /// The name of its element.
    pub element: String,
    /// Its name; of a flow its two ends.
    pub name: String,
    /// Attributes and elements that changed, `name`, `outcome`.
    pub what: Vec<String>,
}

/// What belongs to the way and not to the node.
const WAYS: [&str; 2] = ["incoming", "outgoing"];

/// Elements of a process that are no nodes and no flows but hold them.
const HOLDERS: [&str; 4] = ["subProcess", "transaction", "adHocSubProcess", "process"];

/// The nodes and flows of a file.
///
/// # Errors
/// [`XmlFault`] when the text is no XML.
pub(crate) fn parts(text: &str) -> Result<Vec<Part>, XmlFault> {
    let root = bpmn::read_tree(text)?;
    let mut found = Vec::new();
    for process in root.children.iter().filter(|e| is(e, "process")) {
        let id = process.attribute("id").unwrap_or_default();
        collect(id, process, &mut found);
    }
    Ok(found)
}

/// Compares the parts of two versions; in the order of process and id.
pub(crate) fn compare(old: &[Part], new: &[Part]) -> Vec<PartChange> {
    let by_id = |parts: &[Part]| -> BTreeMap<(String, String), Part> {
        let keyed = parts
            .iter()
            .map(|p| ((p.process.clone(), p.id.clone()), p.clone()));
        keyed.collect()
    };
    let (old, new) = (by_id(old), by_id(new));
    let mut changes = Vec::new();
    for (key, part) in &new {
        match old.get(key) {
            None => changes.push(change(Fate::Added, part, Vec::new())),
            Some(before) => {
                let what = differs(before, part);
                if !what.is_empty() {
                    changes.push(change(Fate::Changed, part, what));
                }
            }
        }
    }
    let gone = old.iter().filter(|(key, _)| !new.contains_key(*key));
    changes.extend(gone.map(|(_, part)| change(Fate::Removed, part, Vec::new())));
    changes.sort_by(|a, b| (&a.process, a.fate, &a.id).cmp(&(&b.process, b.fate, &b.id)));
    changes
}

fn change(fate: Fate, part: &Part, what: Vec<String>) -> PartChange {
    PartChange {
        fate,
        process: part.process.clone(),
        id: part.id.clone(),
        element: part.element.clone(),
        name: part.name.clone(),
        what,
    }
}

fn differs(old: &Part, new: &Part) -> Vec<String> {
    let mut what = Vec::new();
    if old.element != new.element {
        what.push(format!("{} → {}", old.element, new.element));
    }
    let names = old.says.keys().chain(new.says.keys());
    let names: std::collections::BTreeSet<&String> = names.collect();
    let changed = names
        .into_iter()
        .filter(|name| old.says.get(*name) != new.says.get(*name));
    what.extend(changed.cloned());
    what
}

fn is(element: &Element, name: &str) -> bool {
    element.namespace == BPMN && element.name == name
}

/// Below a process or sub-process: every element with an id of its own that is a node or a flow. Nesting is bounded by the reader.
fn collect(process: &str, holder: &Element, found: &mut Vec<Part>) {
    for element in holder.children.iter().filter(|e| e.namespace == BPMN) {
        let Some(id) = element.attribute("id").filter(|_| !aside(element)) else {
            continue;
        };
        found.push(part(process, id, element));
        if HOLDERS.contains(&element.name.as_str()) {
            collect(process, element, found);
        }
    }
}

/// What stands in a process and is neither node nor flow.
fn aside(element: &Element) -> bool {
    matches!(
        element.name.as_str(),
        "laneSet"
            | "documentation"
            | "extensionElements"
            | "textAnnotation"
            | "association"
            | "group"
            | "multiInstanceLoopCharacteristics"
            | "standardLoopCharacteristics"
            | "ioSpecification"
            | "completionCondition"
    )
}

fn part(process: &str, id: &str, element: &Element) -> Part {
    let own = element.attribute("name").unwrap_or_default();
    let name = match (
        element.attribute("sourceRef"),
        element.attribute("targetRef"),
    ) {
        (Some(source), Some(target)) => format!("{source} → {target}"),
        _ => own.to_owned(),
    };
    let mut says: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for attribute in element.attributes.iter().filter(|a| a.name != "id") {
        says.entry(attribute.name.clone())
            .or_default()
            .push(attribute.value.clone());
    }
    let holds = HOLDERS.contains(&element.name.as_str());
    for child in &element.children {
        let way = WAYS.contains(&child.name.as_str()) && child.namespace == BPMN;
        let a_part =
            holds && child.namespace == BPMN && child.attribute("id").is_some() && !aside(child);
        if way || a_part || is(child, "documentation") {
            continue;
        }
        // What extensions say is told by each of them.
        let inner: Vec<&Element> = match is(child, "extensionElements") {
            true => child.children.iter().collect(),
            false => vec![child],
        };
        for one in inner {
            let text = written(one);
            says.entry(one.name.clone()).or_default().push(text);
        }
    }
    Part {
        process: process.to_owned(),
        id: id.to_owned(),
        element: element.name.clone(),
        name,
        says,
    }
}

/// An element in one way of writing: attributes in order, white space trimmed, ids of inner definitions left out.
fn written(element: &Element) -> String {
    let mut attributes: Vec<String> = element
        .attributes
        .iter()
        .filter(|a| a.name != "id")
        .map(|a| format!("{}:{}={}", a.namespace, a.name, a.value))
        .collect();
    attributes.sort();
    let children: Vec<String> = element.children.iter().map(written).collect();
    format!(
        "{}[{}]{}({})",
        element.name,
        attributes.join(","),
        element.text.trim(),
        children.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::{Fate, compare, parts};

    fn model(body: &str) -> String {
        format!(
            r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:y="urn:yuandu:bpmn:1"><process id="p" isExecutable="true">{body}</process></definitions>"#
        )
    }

    #[test]
    fn nodes_and_flows_that_came_went_and_changed_are_told_with_what_changed() {
        let old = model(
            r#"<startEvent id="s"><outgoing>f</outgoing></startEvent>
               <userTask id="a" name="Check"><extensionElements><y:task role="r"/></extensionElements></userTask>
               <sequenceFlow id="f" sourceRef="s" targetRef="a"/><endEvent id="x"/>"#,
        );
        let new = model(
            r#"<startEvent id="s"/>
               <userTask id="a" name="Look"><extensionElements><y:task role="q"/></extensionElements></userTask>
               <sequenceFlow id="f" sourceRef="s" targetRef="a">
                 <conditionExpression>1 = 1</conditionExpression></sequenceFlow><manualTask id="m"/>"#,
        );
        let changes = compare(&parts(&old).unwrap(), &parts(&new).unwrap());
        let told: Vec<(Fate, &str, Vec<&str>)> = changes
            .iter()
            .map(|c| {
                (
                    c.fate,
                    c.id.as_str(),
                    c.what.iter().map(String::as_str).collect(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (Fate::Added, "m", vec![]),
                (Fate::Removed, "x", vec![]),
                (Fate::Changed, "a", vec!["name", "task"]),
                (Fate::Changed, "f", vec!["conditionExpression"]),
            ]
        );
        assert!(compare(&parts(&old).unwrap(), &parts(&old).unwrap()).is_empty());
    }

    #[test]
    fn what_stands_in_a_sub_process_is_compared_by_itself() {
        let sub = |role: &str| {
            model(&format!(
                r#"<subProcess id="sub"><userTask id="in"><extensionElements><y:task role="{role}"/></extensionElements></userTask></subProcess>"#
            ))
        };
        let changes = compare(&parts(&sub("a")).unwrap(), &parts(&sub("b")).unwrap());
        let ids: Vec<&str> = changes.iter().map(|c| c.id.as_str()).collect();
        assert_eq!(ids, ["in"]);
    }
}
