//! Data of a model: data objects as variables, associations as mappings, lanes.
//!
//! An id stands in the file; formulas know data by name. [`DataNames`] tells one from the other.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use yuandu_feel::Expression;

use super::BPMN;
use super::extensions;
use super::model::Value;
use super::problems::Problems;
use super::xml::Element;

/// Elements of activities that say how data comes in and goes out.
pub(super) const OF_ACTIVITIES: [&str; 4] = [
    "ioSpecification",
    "dataInputAssociation",
    "dataOutputAssociation",
    "property",
];

/// Elements of events that do.
pub(super) const OF_EVENTS: [&str; 6] = [
    "dataInput",
    "dataOutput",
    "inputSet",
    "outputSet",
    "dataInputAssociation",
    "dataOutputAssociation",
];

/// The names under which formulas know the data of a file.
#[derive(Debug, Default)]
pub(super) struct DataNames {
    by_id: BTreeMap<String, String>,
}

impl DataNames {
    /// Collects the names of a file.
    pub(super) fn read(root: &Element) -> Self {
        let mut names = Self::default();
        let mut references = Vec::new();
        names.collect(root, &mut references);
        // A reference is the data object itself under, perhaps, another name: the object's own comes first.
        for (id, object, name) in references {
            let of_object = names.by_id.get(&object).cloned().filter(|n| *n != object);
            let name = of_object.or(name).unwrap_or_else(|| object.clone());
            names.by_id.insert(object, name.clone());
            names.by_id.insert(id, name);
        }
        names
    }

    fn collect(
        &mut self,
        element: &Element,
        references: &mut Vec<(String, String, Option<String>)>,
    ) {
        let kinds = [
            "dataObject",
            "dataInput",
            "dataOutput",
            "property",
            "dataStoreReference",
        ];
        let name = element
            .attribute("name")
            .map(str::trim)
            .filter(|n| !n.is_empty());
        if let Some(id) = element
            .attribute("id")
            .filter(|_| element.namespace == BPMN)
        {
            if kinds.contains(&element.name.as_str()) {
                self.by_id
                    .insert(id.to_owned(), name.unwrap_or(id).to_owned());
            } else if element.name == "dataObjectReference" {
                let object = element.attribute("dataObjectRef").unwrap_or(id);
                references.push((id.to_owned(), object.to_owned(), name.map(str::to_owned)));
            }
        }
        for child in &element.children {
            self.collect(child, references);
        }
    }

    /// The name of an id.
    pub(super) fn name(&self, id: &str) -> String {
        let local = id.rsplit(':').next().unwrap_or(id);
        self.by_id
            .get(local)
            .cloned()
            .unwrap_or_else(|| local.to_owned())
    }
}

/// The data objects of a process or sub-process, with the values they begin with.
pub(super) fn objects(scope: &Element, names: &DataNames) -> Vec<(String, Json)> {
    let objects = scope
        .children
        .iter()
        .filter(|c| c.namespace == BPMN && matches!(c.name.as_str(), "dataObject" | "property"));
    objects
        .filter_map(|object| {
            let name = names.name(object.attribute("id")?);
            Some((name, initial(object)))
        })
        .collect()
}

/// The value another maker writes beside a data object, in the type it names.
fn initial(object: &Element) -> Json {
    let holders = object
        .children
        .iter()
        .filter(|c| c.name == "extensionElements");
    let Some(value) = holders
        .flat_map(|h| &h.children)
        .find(|e| e.name == "value")
    else {
        return Json::Null;
    };
    let text = value.text.trim();
    let kind = object.attribute("itemSubjectRef").unwrap_or_default();
    match kind.rsplit(':').next().unwrap_or_default() {
        "int" | "integer" | "long" | "double" | "float" | "decimal" | "boolean" => {
            serde_json::from_str(text).unwrap_or_else(|_| text.into())
        }
        _ => text.into(),
    }
}

/// Values that come in to an activity and variables it writes.
pub(super) type Mappings = (Vec<(String, Value)>, Vec<(String, Value)>);

/// Reads the associations of an activity or event.
pub(super) fn mappings(element: &Element, names: &DataNames, problems: &mut Problems) -> Mappings {
    let of = |kind: &str, problems: &mut Problems| {
        let mut found = Vec::new();
        for association in element
            .children
            .iter()
            .filter(|c| c.namespace == BPMN && c.name == kind)
        {
            found.extend(mapping(association, names, problems));
        }
        found
    };
    (
        of("dataInputAssociation", problems),
        of("dataOutputAssociation", problems),
    )
}

fn mapping(
    association: &Element,
    names: &DataNames,
    problems: &mut Problems,
) -> Vec<(String, Value)> {
    let text = |name: &str| {
        let child = association
            .children
            .iter()
            .find(|c| c.namespace == BPMN && c.name == name);
        child
            .map(|c| (c.text.trim().to_owned(), c.line))
            .filter(|(t, _)| !t.is_empty())
    };
    let assignments: Vec<&Element> = association
        .children
        .iter()
        .filter(|c| c.name == "assignment")
        .collect();
    let mut found = Vec::new();
    for assignment in &assignments {
        let part = |name: &str| {
            let child = assignment.children.iter().find(|c| c.name == name);
            child
                .map(|c| c.text.trim().to_owned())
                .filter(|t| !t.is_empty())
        };
        if let (Some(from), Some(to)) = (part("from"), part("to")) {
            let to = names.name(to.trim_start_matches('=').trim());
            found.extend(readable(&from, assignment.line, problems).map(|value| (to, value)));
        }
    }
    let Some((target, _)) = text("targetRef").filter(|_| assignments.is_empty()) else {
        return found;
    };
    let value = match (text("transformation"), text("sourceRef")) {
        (Some((formula, line)), _) => readable(&formula, line, problems),
        (None, Some((source, line))) => readable(&names.name(&source), line, problems),
        (None, None) => None,
    };
    found.extend(value.map(|value| (names.name(&target), value)));
    found
}

/// A formula; what a drawing tool wrote that is none says nothing to the engine, which is noted.
fn readable(text: &str, line: u32, problems: &mut Problems) -> Option<Value> {
    let formula = text.strip_prefix('=').unwrap_or(text);
    if Expression::parse(formula).is_err() && !super::juel::is_foreign(formula) {
        problems.note(
            line,
            "bpmn.data_not_read",
            format!("数据关联 `{formula}` 不是 FEEL，只作说明"),
            format!("the data association `{formula}` is no FEEL and taken as a note only"),
        );
        return None;
    }
    extensions::formula(formula, line, problems).map(Value::Formula)
}

/// The lane of each node: ids to the names of lanes, the innermost where lanes nest.
pub(super) fn lanes(process: &Element) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let sets = process
        .children
        .iter()
        .filter(|c| c.namespace == BPMN && c.name == "laneSet");
    for set in sets {
        lane_set(set, &mut found);
    }
    found
}

fn lane_set(set: &Element, found: &mut BTreeMap<String, String>) {
    for lane in set.children.iter().filter(|c| c.name == "lane") {
        let name = lane
            .attribute_of(super::EXTENSION, "role")
            .or_else(|| lane.attribute("name"));
        let name = name
            .filter(|n| !n.trim().is_empty())
            .or_else(|| lane.attribute("id"))
            .unwrap_or_default();
        for node in lane.children.iter().filter(|c| c.name == "flowNodeRef") {
            found.insert(node.text.trim().to_owned(), name.trim().to_owned());
        }
        for inner in lane.children.iter().filter(|c| c.name == "childLaneSet") {
            lane_set(inner, found);
        }
    }
}
