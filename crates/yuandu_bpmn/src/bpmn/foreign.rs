//! What other makers' engines add to BPMN: translated where that is safe, refused by name where it would be ignored.
//!
//! Known are Flowable, Activiti, Camunda 7 and Zeebe (Camunda 8). Tools that only draw add what means nothing to an
//! engine; it is kept in the file and noted.

use super::extensions;
use super::juel;
use super::model::{Formula, Value};
use super::problems::Problems;
use super::xml::Element;
use super::{BPMN, EXTENSION};

const ENGINES: [&str; 4] = [
    "http://flowable.org/bpmn",
    "http://activiti.org/bpmn",
    "http://camunda.org/schema/1.0/bpmn",
    "http://camunda.org/schema/zeebe/1.0",
];

/// Attributes that change nothing here: who may start, how jobs are queued, where a drawing tool put a thing.
const HARMLESS: [&str; 35] = [
    "dueDate",
    "followUpDate",
    "priority",
    "category",
    "formKey",
    "formRef",
    "formRefBinding",
    "formRefVersion",
    "formFieldValidation",
    "formHandlerClass",
    "initiator",
    "async",
    "asyncBefore",
    "asyncAfter",
    "asyncLeave",
    "exclusive",
    "jobPriority",
    "taskPriority",
    "topic",
    "candidateStarterUsers",
    "candidateStarterGroups",
    "historyTimeToLive",
    "isStartableInTasklist",
    "versionTag",
    "jobTopic",
    "modelerTemplate",
    "modelerTemplateVersion",
    "modelerTemplateIcon",
    "calledElementBinding",
    "calledElementVersion",
    "calledElementType",
    "businessKey",
    "inheritBusinessKey",
    "inheritVariables",
    "sameDeployment",
];

/// Attributes other readings of this module take.
const TAKEN: [&str; 12] = [
    "skipExpression",
    "assignee",
    "owner",
    "candidateUsers",
    "candidateGroups",
    "collection",
    "elementVariable",
    "resultVariable",
    "resultVariableName",
    "expression",
    "type",
    "taskIdVariableName",
];

/// Tasks are passed over only where a variable of this name allows it.
const SKIPPING: &str =
    "(_FLOWABLE_SKIP_EXPRESSION_ENABLED = true or _ACTIVITI_SKIP_EXPRESSION_ENABLED = true)";

/// Extension elements that change nothing here.
const SILENT: [&str; 25] = [
    "field",
    "formProperty",
    "formData",
    "properties",
    "property",
    "failedJobRetryTimeCycle",
    "taskDefinition",
    "taskHeaders",
    "formDefinition",
    "userTask",
    "userTaskForm",
    "versionTag",
    "priorityDefinition",
    "taskSchedule",
    "in",
    "out",
    "ioMapping",
    "inputOutput",
    "assignmentDefinition",
    "calledElement",
    "loopCharacteristics",
    "subscription",
    "script",
    "value",
    "potentialStarter",
];

/// What other makers said of a node.
#[derive(Default)]
pub(super) struct Foreign {
    pub(super) candidates: Vec<(String, Value)>,
    pub(super) inputs: Vec<(String, Value)>,
    pub(super) outputs: Vec<(String, Value)>,
    /// A formula that is the work of the task, and the variable that keeps its result.
    pub(super) work: Option<Formula>,
    pub(super) result: Option<String>,
    /// Whether the task is passed over.
    pub(super) skip: Option<Formula>,
    /// The process a call names elsewhere.
    pub(super) called: Option<String>,
}

/// What other makers said of a repetition.
#[derive(Default)]
pub(super) struct ForeignRepeat {
    pub(super) collection: Option<String>,
    pub(super) item: Option<String>,
    pub(super) collects: Option<(String, String)>,
}

fn engine(namespace: &str) -> bool {
    ENGINES.contains(&namespace)
}

/// An attribute of another engine, whichever it is.
pub(super) fn attribute<'e>(element: &'e Element, name: &str) -> Option<&'e str> {
    let mut attributes = element.attributes.iter();
    attributes
        .find(|a| engine(&a.namespace) && a.name == name)
        .map(|a| a.value.as_str())
}

fn inside(element: &Element) -> impl Iterator<Item = &Element> {
    let holders = element
        .children
        .iter()
        .filter(|c| c.namespace == BPMN && c.name == "extensionElements");
    holders.flat_map(|h| &h.children)
}

fn extension<'e>(element: &'e Element, name: &'e str) -> impl Iterator<Item = &'e Element> {
    inside(element).filter(move |e| engine(&e.namespace) && e.name == name)
}

/// Refuses what another engine would run and this one would ignore; notes what only its maker understands.
pub(super) fn refuse(element: &Element, problems: &mut Problems) {
    for attribute in &element.attributes {
        let (namespace, name) = (attribute.namespace.as_str(), attribute.name.as_str());
        if namespace.is_empty()
            || namespace == EXTENSION
            || namespace.starts_with("http://www.w3.org/")
        {
            continue;
        }
        let harmless = HARMLESS.contains(&name)
            || TAKEN.contains(&name)
            || name.ends_with("DockerX")
            || name.ends_with("DockerY")
            || attribute.value == "false";
        if !engine(namespace) {
            kept(element.line, name, problems);
        } else if !harmless {
            not_run(element, name, &attribute.value, problems);
        }
    }
    for child in inside(element).filter(|c| c.namespace != EXTENSION) {
        let name = child.name.as_str();
        if !engine(&child.namespace) {
            kept(child.line, name, problems);
        } else if !SILENT.contains(&name) {
            let detail = ["class", "expression", "delegateExpression", "type"];
            let detail = detail.iter().find_map(|d| child.attribute(d));
            not_run(child, name, detail.unwrap_or_default(), problems);
        }
    }
}

fn kept(line: u32, name: &str, problems: &mut Problems) {
    problems.note(
        line,
        "bpmn.foreign_kept",
        format!("`{name}` 属于别的工具，保留但不执行"),
        format!("`{name}` belongs to another tool: kept, not executed"),
    );
}

fn not_run(element: &Element, name: &str, value: &str, problems: &mut Problems) {
    problems.add(
        element.line,
        "bpmn.foreign_not_executed",
        format!("不执行 `{name}`（{value}）：别家引擎的代码不能在这里运行，请改用 FEEL、平台服务，或删去"),
        format!("`{name}` ({value}) is not executed: code of another engine cannot run here; use FEEL or a service of the platform, or remove it"),
    );
}

/// The value of a text that may hold expressions of another maker.
fn value(text: &str, line: u32, problems: &mut Problems) -> Option<Value> {
    extensions::value(text, line, problems)
}

/// Reads what other makers said of a node.
pub(super) fn read(element: &Element, problems: &mut Problems) -> Foreign {
    let mut foreign = Foreign::default();
    if !problems.open() {
        return foreign;
    }
    refuse(element, problems);
    for name in ["assignee", "owner", "candidateUsers", "candidateGroups"] {
        let assigned = extension(element, "assignmentDefinition").find_map(|e| e.attribute(name));
        if let Some(text) = attribute(element, name).or(assigned)
            && let Some(value) = candidate(text, element.line, problems)
        {
            foreign.candidates.push((name.to_owned(), value));
        }
    }
    mappings(element, &mut foreign, problems);
    let result =
        attribute(element, "resultVariable").or_else(|| attribute(element, "resultVariableName"));
    foreign.result = result.map(str::to_owned);
    if let Some(text) = attribute(element, "expression") {
        match formula_of(text) {
            Ok(formula) => foreign.work = extensions::formula(&formula, element.line, problems),
            Err(_) => not_run(element, "expression", text, problems),
        }
    }
    for script in extension(element, "script").filter(|s| s.attribute("expression").is_some()) {
        let text = script.attribute("expression").unwrap_or_default();
        foreign.work = extensions::formula(text.trim_start_matches('='), script.line, problems);
        foreign.result = script.attribute("resultVariable").map(str::to_owned);
    }
    if let Some(text) = attribute(element, "skipExpression") {
        match formula_of(text) {
            Ok(formula) => {
                let text = format!("{SKIPPING} and ({formula})");
                foreign.skip = extensions::formula(&text, element.line, problems);
            }
            Err(_) => not_run(element, "skipExpression", text, problems),
        }
    }
    foreign.called = extension(element, "calledElement")
        .find_map(|e| e.attribute("processId"))
        .map(str::to_owned);
    if let Some(kind) = attribute(element, "type").filter(|k| !k.starts_with("external")) {
        not_run(element, "type", kind, problems);
    }
    foreign
}

fn formula_of(text: &str) -> Result<String, String> {
    match juel::is_foreign(text) {
        true => juel::to_feel(text),
        false => Err(text.to_owned()),
    }
}

/// Whom a task is for: only shown, so a text that does not translate is shown as it stands.
fn candidate(text: &str, line: u32, problems: &mut Problems) -> Option<Value> {
    if juel::is_foreign(text) && juel::to_feel(text).is_err() {
        return Some(Value::Text(text.to_owned()));
    }
    value(text, line, problems)
}

/// Variables that go in and come out.
fn mappings(element: &Element, foreign: &mut Foreign, problems: &mut Problems) {
    let pair = |mapping: &Element, target: &str, problems: &mut Problems| {
        let line = mapping.line;
        let name = mapping.attribute(target)?.to_owned();
        let source = mapping.attribute("source");
        let value = match (source, mapping.attribute("sourceExpression")) {
            (Some(text), _) if text.starts_with('=') || juel::is_foreign(text) => {
                value(text, line, problems)
            }
            (Some(variable), _) => value(&format!("={variable}"), line, problems),
            (None, Some(text)) => value(text, line, problems),
            (None, None) => None,
        };
        value.map(|value| (name, value))
    };
    for mapping in extension(element, "in") {
        foreign.inputs.extend(pair(mapping, "target", problems));
    }
    for mapping in extension(element, "out") {
        foreign.outputs.extend(pair(mapping, "target", problems));
    }
    for mapping in extension(element, "ioMapping").flat_map(|m| &m.children) {
        let found = pair(mapping, "target", problems);
        match mapping.name.as_str() {
            "input" => foreign.inputs.extend(found),
            _ => foreign.outputs.extend(found),
        }
    }
    for parameter in extension(element, "inputOutput").flat_map(|m| &m.children) {
        if !parameter.children.is_empty() {
            not_run(parameter, &parameter.name, "script, list or map", problems);
            continue;
        }
        let name = parameter.attribute("name").unwrap_or_default().to_owned();
        let found = value(parameter.text.trim(), parameter.line, problems).map(|v| (name, v));
        match parameter.name.as_str() {
            "inputParameter" => foreign.inputs.extend(found),
            _ => foreign.outputs.extend(found),
        }
    }
}

/// Reads what other makers said of a repetition.
pub(super) fn repeat(element: &Element, problems: &mut Problems) -> ForeignRepeat {
    if !problems.open() {
        return ForeignRepeat::default();
    }
    refuse(element, problems);
    let zeebe = extension(element, "loopCharacteristics").next();
    let of_zeebe = |name: &str| zeebe.and_then(|z| z.attribute(name)).map(str::to_owned);
    let collection = attribute(element, "collection").map(|text| match juel::is_foreign(text) {
        true => text.to_owned(),
        false => format!("={text}"),
    });
    ForeignRepeat {
        collection: collection.or_else(|| of_zeebe("inputCollection")),
        item: attribute(element, "elementVariable")
            .map(str::to_owned)
            .or_else(|| of_zeebe("inputElement")),
        collects: of_zeebe("outputCollection").zip(of_zeebe("outputElement")),
    }
}

/// The name of a message that another maker writes beside the event.
pub(super) fn message_name(at: &Element) -> Option<String> {
    attribute(at, "messageExpression").map(str::to_owned)
}

/// The name of a signal that another maker writes beside the event.
pub(super) fn signal_name(at: &Element) -> Option<String> {
    attribute(at, "signalExpression").map(str::to_owned)
}
