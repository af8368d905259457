//! What the element of a node may carry: attributes, children, extension elements.

use super::EXTENSION;
use super::data;
use super::problems::Problems;
use super::repeat;
use super::xml::Element;

/// Attributes that every node may carry.
const COMMON: [&str; 2] = ["id", "name"];

/// What an element of a name may carry.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    attributes: &'static [&'static str],
    own_children: &'static [&'static str],
    pub(super) extensions: &'static [&'static str],
    /// Whether it is work, which may repeat and have data.
    activity: bool,
    /// Whether it holds nodes of its own.
    pub(super) scope: bool,
}

impl Shape {
    /// The children it may have.
    pub(super) fn children(&self) -> Vec<&'static str> {
        let mut all = self.own_children.to_vec();
        if self.activity {
            all.extend(repeat::ELEMENTS);
            all.extend(data::OF_ACTIVITIES);
            all.extend(["resourceRole", "performer"]);
        } else {
            all.extend(data::OF_EVENTS);
        }
        all
    }
}

const ACTIONS: &[&str] = &["label", "set", "keep", "clock"];
const MAPPED: &[&str] = &["label", "set", "keep", "clock", "in", "out"];
const EVENTS: &[&str] = &[
    "timerEventDefinition",
    "messageEventDefinition",
    "signalEventDefinition",
    "conditionalEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "compensateEventDefinition",
    "cancelEventDefinition",
    "terminateEventDefinition",
    "linkEventDefinition",
    "eventDefinitionRef",
];
const ACTIVITY: &[&str] = &[
    "default",
    "startQuantity",
    "completionQuantity",
    "isForCompensation",
];

/// The shape of an element; none for elements that are not run.
pub(super) fn shape(name: &str) -> Option<Shape> {
    let event = |attributes, extensions| Shape {
        attributes,
        own_children: EVENTS,
        extensions,
        activity: false,
        scope: false,
    };
    let task = |attributes, own_children, extensions| Shape {
        attributes,
        own_children,
        extensions,
        activity: true,
        scope: false,
    };
    let gateway = |attributes| Shape {
        attributes,
        own_children: &[],
        extensions: &["label"],
        activity: false,
        scope: false,
    };
    let scope = |attributes| Shape {
        attributes,
        own_children: &[],
        extensions: MAPPED,
        activity: true,
        scope: true,
    };
    Some(match name {
        "startEvent" => event(&["isInterrupting", "parallelMultiple"], ACTIONS),
        "endEvent" => event(&[], &["label", "set", "keep", "clock", "end"]),
        "boundaryEvent" => event(
            &["attachedToRef", "cancelActivity", "parallelMultiple"],
            ACTIONS,
        ),
        "intermediateCatchEvent" => event(&["parallelMultiple"], ACTIONS),
        "intermediateThrowEvent" => event(&[], ACTIONS),
        "userTask" => task(
            &["implementation"],
            &["potentialOwner", "humanPerformer", "rendering"],
            &[
                "label", "set", "keep", "clock", "task", "outcome", "in", "out",
            ],
        ),
        "serviceTask" => task(
            &["implementation", "operationRef"],
            &[],
            &["label", "set", "keep", "clock", "service", "in", "out"],
        ),
        "sendTask" | "receiveTask" => task(
            &[
                "implementation",
                "operationRef",
                "messageRef",
                "instantiate",
            ],
            &[],
            MAPPED,
        ),
        "scriptTask" => task(&["scriptFormat"], &["script"], MAPPED),
        "businessRuleTask" => task(
            &["implementation"],
            &[],
            &["label", "set", "keep", "clock", "decision", "in", "out"],
        ),
        "task" | "manualTask" => task(&[], &[], MAPPED),
        "callActivity" => task(&["calledElement"], &[], MAPPED),
        "subProcess" => scope(&["triggeredByEvent"]),
        "transaction" => scope(&["triggeredByEvent", "method"]),
        "adHocSubProcess" => scope(&["triggeredByEvent", "ordering", "cancelRemainingInstances"]),
        "exclusiveGateway" | "inclusiveGateway" => gateway(&["default", "gatewayDirection"]),
        "parallelGateway" => gateway(&["gatewayDirection"]),
        "eventBasedGateway" => gateway(&["gatewayDirection", "instantiate", "eventGatewayType"]),
        _ => return None,
    })
}

/// Refuses attributes that would be ignored, and values that mean something this engine does not do.
pub(super) fn attributes(element: &Element, shape: Shape, problems: &mut Problems) {
    for attribute in &element.attributes {
        let name = attribute.name.as_str();
        let own = attribute.namespace.is_empty()
            && (COMMON.contains(&name)
                || shape.attributes.contains(&name)
                || (shape.activity && ACTIVITY.contains(&name)));
        let extension = attribute.namespace == EXTENSION
            && matches!(
                (element.name.as_str(), name),
                ("scriptTask", "result") | ("receiveTask", "correlation")
            );
        let foreign = problems.open() && !attribute.namespace.is_empty();
        if !own && !extension && !foreign {
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
        if !own || harmless(element, name, &attribute.value) {
            continue;
        }
        problems.add(
            element.line,
            "bpmn.attribute_value",
            format!(
                "`{}` 的 {name}=\"{}\" 不被执行",
                element.name, attribute.value
            ),
            format!(
                "{name}=\"{}\" of `{}` is not executed",
                attribute.value, element.name
            ),
        );
    }
}

/// Whether a value means what this engine does.
fn harmless(element: &Element, name: &str, value: &str) -> bool {
    match name {
        "parallelMultiple" | "instantiate" => value == "false",
        "startQuantity" | "completionQuantity" => value == "1",
        "eventGatewayType" => value == "Exclusive",
        "triggeredByEvent" => element.name == "subProcess" || value == "false",
        _ => true,
    }
}
