//! Reads one flow node.

use super::events;
use super::extensions::{self, Extras};
use super::model::{Node, NodeIx, NodeKind, ServiceCall, UserTask};
use super::problems::Problems;
use super::read::{Draft, duplicate, named, only_children, remedy, scope};
use super::xml::Element;
use super::{BPMN, EXTENSION};

/// Attributes that every node may carry.
const COMMON: [&str; 2] = ["id", "name"];

/// Reads a node and, for sub-processes, what is in it.
pub(super) fn node(
    element: &Element,
    parent: Option<NodeIx>,
    draft: &mut Draft<'_>,
    problems: &mut Problems,
) {
    let Some(shape) = shape(&element.name) else {
        problems.unknown(element.line, &element.name, remedy(&element.name));
        return;
    };
    let id = element.attribute("id").unwrap_or_default();
    if id.is_empty() {
        problems.missing(element.line, &element.name, "id");
        return;
    }
    if draft.by_id.contains_key(id) {
        duplicate(id, element.line, problems);
        return;
    }
    attributes(element, shape, problems);
    if shape.children != ANY {
        only_children(element, shape.children, problems);
    }
    let mut extras = extensions::read(element, shape.extensions, problems);
    let ix = draft.nodes.len();
    draft.by_id.insert(id.to_owned(), ix);
    let actions = std::mem::take(&mut extras.actions);
    draft.nodes.push(Node {
        id: id.to_owned(),
        name: named(id, element.attribute("name"), extras.label_en.as_deref()),
        line: element.line,
        kind: NodeKind::Pass,
        parent,
        incoming: Vec::new(),
        outgoing: Vec::new(),
        boundary: Vec::new(),
        actions,
    });
    let kind = kind(element, ix, extras, draft, problems);
    if let Some(node) = draft.nodes.get_mut(ix) {
        node.kind = kind;
    }
}

/// What an element of a name may carry.
#[derive(Clone, Copy)]
struct Shape {
    attributes: &'static [&'static str],
    children: &'static [&'static str],
    extensions: &'static [&'static str],
}

const ANY: &[&str] = &["*"];
const ACTIONS: &[&str] = &["label", "set", "keep", "clock"];
const EVENTS: &[&str] = &[
    "timerEventDefinition",
    "errorEventDefinition",
    "terminateEventDefinition",
];

const ACTIVITY: &[&str] = &["startQuantity", "completionQuantity", "isForCompensation"];
const SERVED: &[&str] = &[
    "implementation",
    "startQuantity",
    "completionQuantity",
    "isForCompensation",
];

fn shape(name: &str) -> Option<Shape> {
    let make = |attributes, children, extensions| Shape {
        attributes,
        children,
        extensions,
    };
    Some(match name {
        "startEvent" => make(&["isInterrupting", "parallelMultiple"], &[], ACTIONS),
        "endEvent" => make(&[], EVENTS, &["label", "set", "keep", "clock", "end"]),
        "boundaryEvent" => make(
            &["attachedToRef", "cancelActivity", "parallelMultiple"],
            EVENTS,
            ACTIONS,
        ),
        "intermediateCatchEvent" => make(&["parallelMultiple"], EVENTS, ACTIONS),
        "userTask" => make(
            SERVED,
            &[],
            &["label", "set", "keep", "clock", "task", "outcome"],
        ),
        "serviceTask" => make(SERVED, &[], &["label", "set", "keep", "clock", "service"]),
        "scriptTask" => make(
            &[
                "scriptFormat",
                "startQuantity",
                "completionQuantity",
                "isForCompensation",
            ],
            &["script"],
            ACTIONS,
        ),
        "businessRuleTask" => make(SERVED, &[], &["label", "set", "keep", "clock", "decision"]),
        "task" | "manualTask" => make(ACTIVITY, &[], ACTIONS),
        "callActivity" => make(
            &[
                "calledElement",
                "startQuantity",
                "completionQuantity",
                "isForCompensation",
            ],
            &[],
            &["label", "set", "keep", "clock", "in"],
        ),
        "subProcess" => make(
            &[
                "triggeredByEvent",
                "startQuantity",
                "completionQuantity",
                "isForCompensation",
            ],
            ANY,
            ACTIONS,
        ),
        "exclusiveGateway" | "inclusiveGateway" => {
            make(&["default", "gatewayDirection"], &[], &["label"])
        }
        "parallelGateway" => make(&["gatewayDirection"], &[], &["label"]),
        _ => return None,
    })
}

/// Refuses attributes that would be ignored, and values that mean something this engine does not do.
fn attributes(element: &Element, shape: Shape, problems: &mut Problems) {
    for attribute in &element.attributes {
        let name = attribute.name.as_str();
        let own = attribute.namespace.is_empty()
            && (COMMON.contains(&name) || shape.attributes.contains(&name));
        let extension =
            attribute.namespace == EXTENSION && element.name == "scriptTask" && name == "result";
        if !own && !extension {
            problems.add(
                element.line,
                "bpmn.attribute_unknown",
                format!("`{}` 的属性 `{name}` 不被支持：请删去", element.name),
                format!(
                    "the attribute `{name}` of `{}` is not supported: remove it",
                    element.name
                ),
            );
            continue;
        }
        let harmless = match name {
            "isForCompensation" | "triggeredByEvent" | "parallelMultiple" => {
                attribute.value == "false"
            }
            "startQuantity" | "completionQuantity" => attribute.value == "1",
            "scriptFormat" => attribute.value.eq_ignore_ascii_case("feel"),
            _ => true,
        };
        if !harmless {
            problems.add(
                element.line,
                "bpmn.attribute_value",
                format!(
                    "`{}` 的 {name}=\"{}\" 不被支持",
                    element.name, attribute.value
                ),
                format!(
                    "{name}=\"{}\" of `{}` is not supported",
                    attribute.value, element.name
                ),
            );
        }
    }
}

fn kind(
    element: &Element,
    ix: NodeIx,
    extras: Extras,
    draft: &mut Draft<'_>,
    problems: &mut Problems,
) -> NodeKind {
    match element.name.as_str() {
        "startEvent" => NodeKind::Start,
        "endEvent" => NodeKind::End(events::end(element, extras.status, draft, problems)),
        "boundaryEvent" => events::boundary(element, ix, draft, problems),
        "intermediateCatchEvent" => events::catch(element, problems),
        "userTask" => user(element, extras, problems),
        "serviceTask" => service(element, extras, problems),
        "scriptTask" => script(element, ix, draft, problems),
        "businessRuleTask" => rule(element, extras, problems),
        "callActivity" => {
            let process = element
                .attribute("calledElement")
                .unwrap_or_default()
                .to_owned();
            if process.is_empty() {
                problems.missing(element.line, "callActivity", "calledElement");
            }
            NodeKind::Call {
                process,
                inputs: extras.inputs,
            }
        }
        "subProcess" => {
            scope(element, Some(ix), draft, problems);
            NodeKind::SubProcess { start: ix }
        }
        "exclusiveGateway" => {
            want_default(element, ix, draft);
            NodeKind::Exclusive { default: None }
        }
        "inclusiveGateway" => {
            want_default(element, ix, draft);
            NodeKind::Inclusive { default: None }
        }
        "parallelGateway" => NodeKind::Parallel,
        _ => NodeKind::Pass,
    }
}

fn want_default(element: &Element, ix: NodeIx, draft: &mut Draft<'_>) {
    if let Some(flow) = element.attribute("default") {
        draft.defaults.push((ix, flow.to_owned()));
    }
}

fn user(element: &Element, extras: Extras, problems: &mut Problems) -> NodeKind {
    let mut task = extras.task.unwrap_or_else(|| {
        problems.add(
            element.line,
            "bpmn.task_role_missing",
            "用户任务缺少 `y:task role=…`，没有人能办理",
            "the user task needs `y:task role=..`, else nobody can do it",
        );
        UserTask {
            role: String::new(),
            org: None,
            grid: None,
            stage: None,
            clock: None,
            outcomes: Vec::new(),
        }
    });
    task.outcomes = extras.outcomes;
    if task.outcomes.is_empty() {
        problems.add(
            element.line,
            "bpmn.outcome_missing",
            "用户任务至少要有一个 `y:outcome`",
            "the user task needs at least one `y:outcome`",
        );
    }
    for (at, outcome) in task.outcomes.iter().enumerate() {
        if task.outcomes.iter().take(at).any(|o| o.id == outcome.id) {
            duplicate(&outcome.id, outcome.line, problems);
        }
    }
    NodeKind::User(task)
}

fn service(element: &Element, extras: Extras, problems: &mut Problems) -> NodeKind {
    match extras.service {
        Some(call) => NodeKind::Service(call),
        None => {
            if !extras.service_named {
                problems.add(
                    element.line,
                    "bpmn.service_missing",
                    "服务任务缺少 `y:service name=…`",
                    "the service task needs `y:service name=..`",
                );
            }
            NodeKind::Service(ServiceCall {
                service: super::model::Service::CardIssue,
                arguments: Default::default(),
            })
        }
    }
}

fn script(element: &Element, ix: NodeIx, draft: &Draft<'_>, problems: &mut Problems) -> NodeKind {
    let body = element
        .children
        .iter()
        .find(|c| c.namespace == BPMN && c.name == "script");
    let formula = body
        .and_then(|c| extensions::formula(c.text.trim().trim_start_matches('='), c.line, problems));
    let result = element.attribute_of(EXTENSION, "result").map(str::to_owned);
    if body.is_some() && result.is_none() {
        problems.missing(element.line, "scriptTask", "y:result");
    }
    let idle = body.is_none() && draft.nodes.get(ix).is_some_and(|n| n.actions.is_empty());
    if idle {
        problems.add(
            element.line,
            "bpmn.script_empty",
            "脚本任务什么也不做：请写 `script` 或 `y:set`",
            "the script task does nothing: give it a `script` or a `y:set`",
        );
    }
    NodeKind::Script { formula, result }
}

fn rule(element: &Element, extras: Extras, problems: &mut Problems) -> NodeKind {
    let (model, decision, result) = extras.decision.unwrap_or_else(|| {
        problems.add(
            element.line,
            "bpmn.decision_missing",
            "业务规则任务缺少 `y:decision`",
            "the business-rule task needs `y:decision`",
        );
        Default::default()
    });
    NodeKind::Rule {
        model,
        decision,
        result,
    }
}
