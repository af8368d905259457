//! Reads the definitions of end, boundary and timer events.

use super::extensions;
use super::model::{EndKind, NodeIx, NodeKind, Timer, Trigger};
use super::problems::Problems;
use super::read::{Draft, only_children, remedy};
use super::xml::Element;
use super::{BPMN, EXTENSION};

/// The event definition of an element, at most one.
fn definition<'e>(element: &'e Element, problems: &mut Problems) -> Option<&'e Element> {
    let mut found = element
        .children
        .iter()
        .filter(|c| c.namespace == BPMN && c.name.ends_with("EventDefinition"));
    let first = found.next();
    if let Some(second) = found.next() {
        problems.add(
            second.line,
            "bpmn.event_twice",
            "一个事件只能有一个定义：请拆成两个事件",
            "an event has one definition only: make two events of it",
        );
    }
    first
}

/// Reads how an end event ends.
pub(super) fn end(
    element: &Element,
    status: Option<String>,
    draft: &Draft<'_>,
    problems: &mut Problems,
) -> EndKind {
    match definition(element, problems) {
        None => EndKind::None { status },
        Some(d) if d.name == "terminateEventDefinition" => EndKind::Terminate { status },
        Some(d) if d.name == "errorEventDefinition" => {
            let code = error_code(d, draft, problems);
            if code.is_none() {
                problems.missing(d.line, "errorEventDefinition", "errorRef");
            }
            EndKind::Error {
                code: code.unwrap_or_default(),
            }
        }
        Some(d) => {
            problems.unknown(d.line, &d.name, remedy(&d.name));
            EndKind::None { status }
        }
    }
}

fn error_code(definition: &Element, draft: &Draft<'_>, problems: &mut Problems) -> Option<String> {
    let reference = definition.attribute("errorRef")?;
    let code = draft.errors.get(reference).cloned();
    if code.is_none() {
        problems.add(
            definition.line,
            "bpmn.error_missing",
            format!("错误 `{reference}` 没有定义"),
            format!("the error `{reference}` is not defined in the file"),
        );
    }
    Some(code.unwrap_or_default())
}

/// Reads a boundary event.
pub(super) fn boundary(
    element: &Element,
    ix: NodeIx,
    draft: &mut Draft<'_>,
    problems: &mut Problems,
) -> NodeKind {
    let interrupting = element.attribute("cancelActivity") != Some("false");
    match element.attribute("attachedToRef") {
        Some(host) => draft.hosts.push((ix, host.to_owned())),
        None => problems.missing(element.line, "boundaryEvent", "attachedToRef"),
    }
    let trigger = match definition(element, problems) {
        Some(d) if d.name == "timerEventDefinition" => timer(d, problems).map(Trigger::Timer),
        Some(d) if d.name == "errorEventDefinition" => {
            if !interrupting {
                problems.add(
                    element.line,
                    "bpmn.error_not_interrupting",
                    "错误边界事件总会中断活动：请删去 cancelActivity=\"false\"",
                    "an error boundary event always interrupts: remove cancelActivity=\"false\"",
                );
            }
            Some(Trigger::Error {
                code: error_code(d, draft, problems),
            })
        }
        Some(d) => {
            problems.unknown(d.line, &d.name, remedy(&d.name));
            None
        }
        None => {
            problems.add(
                element.line,
                "bpmn.event_definition_missing",
                "边界事件要有定时或错误定义",
                "the boundary event needs a timer or error definition",
            );
            None
        }
    };
    NodeKind::Boundary {
        // The host is looked up once every node is known.
        host: ix,
        interrupting,
        trigger: trigger.unwrap_or(Trigger::Error { code: None }),
    }
}

/// Reads an intermediate catch event; only timers are run.
pub(super) fn catch(element: &Element, problems: &mut Problems) -> NodeKind {
    match definition(element, problems) {
        Some(d) if d.name == "timerEventDefinition" => {
            timer(d, problems).map_or(NodeKind::Pass, NodeKind::TimerCatch)
        }
        Some(d) => {
            problems.unknown(d.line, &d.name, remedy(&d.name));
            NodeKind::Pass
        }
        None => {
            problems.add(
                element.line,
                "bpmn.event_definition_missing",
                "中间事件要有定时定义",
                "the intermediate catch event needs a timer definition",
            );
            NodeKind::Pass
        }
    }
}

fn timer(definition: &Element, problems: &mut Problems) -> Option<Timer> {
    only_children(definition, &["timeDate", "timeDuration"], problems);
    for attribute in &definition.attributes {
        let known = (attribute.namespace == EXTENSION
            && matches!(attribute.name.as_str(), "clock" | "budget"))
            || (attribute.namespace.is_empty() && attribute.name == "id");
        if !known {
            problems.add(
                definition.line,
                "bpmn.attribute_unknown",
                format!(
                    "定时事件的属性 `{}` 不被支持：请用 y:clock 或 y:budget",
                    attribute.name
                ),
                format!(
                    "the attribute `{}` of a timer is not supported: use y:clock or y:budget",
                    attribute.name
                ),
            );
        }
    }
    let child = |name: &str| {
        definition
            .children
            .iter()
            .find(|c| c.namespace == BPMN && c.name == name)
    };
    let mut found = Vec::new();
    if let Some(clock) = definition.attribute_of(EXTENSION, "clock") {
        found.push(Timer::Clock(clock.to_owned()));
    }
    if let Some(budget) = definition.attribute_of(EXTENSION, "budget") {
        found.extend(extensions::value(budget, definition.line, problems).map(Timer::Budget));
    }
    if let Some(text) = child("timeDuration") {
        found.extend(extensions::value(text.text.trim(), text.line, problems).map(Timer::Duration));
    }
    if let Some(text) = child("timeDate") {
        found.extend(extensions::value(text.text.trim(), text.line, problems).map(Timer::Date));
    }
    if found.len() != 1 {
        problems.add(
            definition.line,
            "bpmn.timer_unclear",
            "定时事件须恰好写一种：y:clock、y:budget、timeDuration 或 timeDate",
            "a timer says exactly one of y:clock, y:budget, timeDuration, timeDate",
        );
    }
    found.into_iter().next()
}
