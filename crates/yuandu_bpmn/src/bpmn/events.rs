//! Reads the definitions of events: what they wait for and what they throw.

use super::extensions;
use super::foreign;
use super::model::{EndKind, NodeIx, NodeKind, Throw, Timer, Trigger, Value};
use super::problems::Problems;
use super::read::{Draft, only_children};
use super::remedies::remedy;
use super::xml::Element;
use super::{BPMN, EXTENSION};

/// The event definition of an element, at most one.
fn definition<'e>(element: &'e Element, problems: &mut Problems) -> Option<&'e Element> {
    let mut found = element
        .children
        .iter()
        .filter(|c| c.namespace == BPMN && c.name.contains("ventDefinition"));
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

/// Refuses a definition that cannot stand in an event of this kind.
fn misplaced(definition: &Element, element: &Element, problems: &mut Problems) {
    let (name, event) = (&definition.name, &element.name);
    if remedy(name).0.is_empty() || !known(name) {
        problems.unknown(definition.line, name, remedy(name));
        return;
    }
    problems.add(
        definition.line,
        "bpmn.event_misplaced",
        format!("`{name}` 不能写在 `{event}` 里：请换一种事件"),
        format!("`{name}` cannot stand in `{event}`: use another kind of event"),
    );
}

fn known(name: &str) -> bool {
    [
        "timer",
        "message",
        "signal",
        "conditional",
        "error",
        "escalation",
        "compensate",
        "cancel",
        "terminate",
        "link",
    ]
    .iter()
    .any(|kind| name.strip_suffix("EventDefinition") == Some(kind))
}

/// What an event waits for; none when its definition is not one that waits, which is said.
fn trigger(
    d: &Element,
    element: &Element,
    draft: &Draft<'_>,
    problems: &mut Problems,
) -> Option<Trigger> {
    Some(match d.name.as_str() {
        "timerEventDefinition" => Trigger::Timer(timer(d, problems)?),
        "messageEventDefinition" => message(d, d.attribute("messageRef"), draft, problems)?,
        "signalEventDefinition" => Trigger::Signal {
            name: signal(d, draft, problems)?,
        },
        "conditionalEventDefinition" => Trigger::Condition(condition(d, problems)?),
        "errorEventDefinition" => Trigger::Error {
            code: code(d, "errorRef", &draft.declared.errors),
        },
        "escalationEventDefinition" => Trigger::Escalation {
            code: code(d, "escalationRef", &draft.declared.escalations),
        },
        "compensateEventDefinition" => Trigger::Compensation,
        "cancelEventDefinition" => Trigger::Cancel,
        _ => {
            misplaced(d, element, problems);
            return None;
        }
    })
}

fn code(
    d: &Element,
    attribute: &str,
    declared: &std::collections::BTreeMap<String, String>,
) -> Option<String> {
    let reference = d.attribute(attribute).filter(|r| !r.is_empty())?;
    let local = reference.rsplit(':').next().unwrap_or(reference);
    Some(
        declared
            .get(local)
            .cloned()
            .unwrap_or_else(|| reference.to_owned()),
    )
}

/// The message a definition or receive task names.
pub(super) fn message(
    at: &Element,
    reference: Option<&str>,
    draft: &Draft<'_>,
    problems: &mut Problems,
) -> Option<Trigger> {
    let reference = reference.unwrap_or_default();
    let local = reference.rsplit(':').next().unwrap_or(reference);
    let named = draft.declared.messages.get(local).cloned();
    let named = named.or_else(|| foreign::message_name(at));
    let Some(name) = named.or_else(|| (!local.is_empty()).then(|| local.to_owned())) else {
        if !problems.open() {
            problems.missing(at.line, &at.name, "messageRef");
        }
        // A message without a name is told to its event by the event's own id.
        return Some(Trigger::Message {
            name: Value::Text(draft.last_id()),
            correlation: None,
        });
    };
    let correlation = draft
        .declared
        .correlations
        .get(local)
        .map(String::as_str)
        .or_else(|| at.attribute_of(EXTENSION, "correlation"));
    Some(Trigger::Message {
        name: extensions::value(&name, at.line, problems)?,
        correlation: correlation.and_then(|text| extensions::value(text, at.line, problems)),
    })
}

fn signal(d: &Element, draft: &Draft<'_>, problems: &mut Problems) -> Option<Value> {
    let reference = d.attribute("signalRef").unwrap_or_default();
    let local = reference.rsplit(':').next().unwrap_or(reference);
    let name = draft.declared.signals.get(local).cloned();
    let name = name.or_else(|| foreign::signal_name(d));
    let name = name.unwrap_or_else(|| match local {
        "" => draft.last_id(),
        other => other.to_owned(),
    });
    extensions::value(&name, d.line, problems)
}

fn condition(d: &Element, problems: &mut Problems) -> Option<super::model::Formula> {
    let found = d
        .children
        .iter()
        .find(|c| c.namespace == BPMN && c.name == "condition");
    let Some(found) = found else {
        problems.add(
            d.line,
            "bpmn.condition_missing",
            "条件事件缺少 `condition`",
            "the conditional event needs a `condition`",
        );
        return None;
    };
    extensions::condition(found, problems)
}

/// What an event throws; none when its definition is not one that throws, which is said.
fn throw(
    d: &Element,
    element: &Element,
    draft: &Draft<'_>,
    problems: &mut Problems,
) -> Option<Throw> {
    Some(match d.name.as_str() {
        "messageEventDefinition" => Throw::Message {
            name: match message(d, d.attribute("messageRef"), draft, problems)? {
                Trigger::Message { name, .. } => name,
                _ => return None,
            },
        },
        "signalEventDefinition" => Throw::Signal {
            name: signal(d, draft, problems)?,
        },
        "escalationEventDefinition" => Throw::Escalation {
            code: code(d, "escalationRef", &draft.declared.escalations),
        },
        "compensateEventDefinition" => Throw::Compensation {
            activity: d
                .attribute("activityRef")
                .filter(|a| !a.is_empty())
                .map(str::to_owned),
        },
        _ => {
            misplaced(d, element, problems);
            return None;
        }
    })
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
        Some(d) if d.name == "cancelEventDefinition" => EndKind::Cancel,
        Some(d) if d.name == "errorEventDefinition" => {
            let code = code(d, "errorRef", &draft.declared.errors);
            if code.is_none() && !problems.open() {
                problems.missing(d.line, "errorEventDefinition", "errorRef");
            }
            EndKind::Error {
                code: code.unwrap_or_default(),
            }
        }
        Some(d) => match throw(d, element, draft, problems) {
            Some(throw) => EndKind::Throw { throw, status },
            None => EndKind::None { status },
        },
    }
}

/// Reads a start event; only the scope tells later whether it may wait for what it names.
pub(super) fn start(element: &Element, draft: &Draft<'_>, problems: &mut Problems) -> NodeKind {
    let trigger = definition(element, problems).and_then(|d| trigger(d, element, draft, problems));
    NodeKind::Start {
        trigger,
        interrupting: element.attribute("isInterrupting") != Some("false"),
    }
}

/// Reads a boundary event.
pub(super) fn boundary(
    element: &Element,
    ix: NodeIx,
    draft: &mut Draft<'_>,
    problems: &mut Problems,
) -> NodeKind {
    let definition = definition(element, problems);
    let trigger = definition.and_then(|d| trigger(d, element, draft, problems));
    let mut interrupting = element.attribute("cancelActivity") != Some("false");
    match element.attribute("attachedToRef") {
        Some(host) => draft.hosts.push((ix, host.to_owned())),
        None => problems.missing(element.line, "boundaryEvent", "attachedToRef"),
    }
    match &trigger {
        Some(Trigger::Error { .. } | Trigger::Cancel) if !interrupting => {
            interrupting = true;
            problems.add(
                element.line,
                "bpmn.error_not_interrupting",
                "错误与取消边界事件总会中断活动：请删去 cancelActivity=\"false\"",
                "an error or cancel boundary event always interrupts: remove cancelActivity=\"false\"",
            );
        }
        None if definition.is_none() => problems.add(
            element.line,
            "bpmn.event_definition_missing",
            "边界事件要写明等什么：定时、消息、信号、条件、错误、升级、补偿或取消",
            "the boundary event must say what it waits for: timer, message, signal, condition, error, escalation, compensation or cancel",
        ),
        _ => {}
    }
    NodeKind::Boundary {
        // The host is looked up once every node is known.
        host: ix,
        interrupting,
        trigger: trigger.unwrap_or(Trigger::Error { code: None }),
    }
}

/// Reads an intermediate catch event.
pub(super) fn catch(
    element: &Element,
    ix: NodeIx,
    draft: &mut Draft<'_>,
    problems: &mut Problems,
) -> NodeKind {
    match definition(element, problems) {
        Some(d) if d.name == "linkEventDefinition" => {
            draft.links_in.push((ix, link_name(d, element)));
            NodeKind::Throw(Throw::Nothing)
        }
        Some(d) => match trigger(d, element, draft, problems) {
            Some(
                Trigger::Error { .. }
                | Trigger::Escalation { .. }
                | Trigger::Compensation
                | Trigger::Cancel,
            ) => {
                misplaced(d, element, problems);
                NodeKind::Pass
            }
            trigger => NodeKind::Catch(trigger),
        },
        None => {
            problems.add(
                element.line,
                "bpmn.event_definition_missing",
                "中间捕获事件要写明等什么：定时、消息、信号、条件或链接",
                "the intermediate catch event must say what it waits for: timer, message, signal, condition or link",
            );
            NodeKind::Pass
        }
    }
}

/// Reads an intermediate throw event.
pub(super) fn throw_event(
    element: &Element,
    ix: NodeIx,
    draft: &mut Draft<'_>,
    problems: &mut Problems,
) -> NodeKind {
    match definition(element, problems) {
        None => NodeKind::Throw(Throw::Nothing),
        Some(d) if d.name == "linkEventDefinition" => {
            draft.links_out.push((ix, link_name(d, element)));
            NodeKind::Throw(Throw::Nothing)
        }
        Some(d) => NodeKind::Throw(throw(d, element, draft, problems).unwrap_or(Throw::Nothing)),
    }
}

fn link_name(d: &Element, element: &Element) -> String {
    let name = d.attribute("name").or_else(|| element.attribute("name"));
    name.unwrap_or_default().trim().to_owned()
}

/// What a text makes of a timer.
type Maker = fn(Value) -> Timer;

fn timer(definition: &Element, problems: &mut Problems) -> Option<Timer> {
    only_children(
        definition,
        &["timeDate", "timeDuration", "timeCycle"],
        problems,
    );
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
    let mut found = Vec::new();
    if let Some(clock) = definition.attribute_of(EXTENSION, "clock") {
        found.push(Timer::Clock(clock.to_owned()));
    }
    if let Some(budget) = definition.attribute_of(EXTENSION, "budget") {
        found.extend(extensions::value(budget, definition.line, problems).map(Timer::Budget));
    }
    let makers: [(&str, Maker); 3] = [
        ("timeDuration", Timer::Duration),
        ("timeDate", Timer::Date),
        ("timeCycle", Timer::Cycle),
    ];
    for (name, make) in makers {
        let child = definition.children.iter().find(|c| c.name == name);
        found.extend(child.and_then(|c| time_value(c, problems)).map(make));
    }
    if found.len() != 1 && problems.is_empty() {
        problems.add(
            definition.line,
            "bpmn.timer_unclear",
            "定时事件须恰好写一种：y:clock、y:budget、timeDuration、timeDate 或 timeCycle",
            "a timer says exactly one of y:clock, y:budget, timeDuration, timeDate, timeCycle",
        );
    }
    found.into_iter().next()
}

/// A time as ISO 8601 writes it, or a formula that gives one.
fn time_value(element: &Element, problems: &mut Problems) -> Option<Value> {
    let text = element.text.trim();
    let first = text.chars().next().unwrap_or(' ');
    let fields = text.split_whitespace().count();
    if fields >= 5 && !text.starts_with(['=', '$', '#']) {
        problems.add(
            element.line,
            "bpmn.timer_cron",
            format!("不支持 cron 写法 `{text}`：请写 ISO 8601 周期，例如 R/PT5M"),
            format!(
                "cron expressions such as `{text}` are not run: write an ISO 8601 cycle, for example R/PT5M"
            ),
        );
        return None;
    }
    if text.is_empty() {
        problems.add(
            element.line,
            "bpmn.timer_unclear",
            format!("`{}` 是空的", element.name),
            format!("`{}` is empty", element.name),
        );
        return None;
    }
    let literal = first.is_ascii_digit() || text.starts_with(['P', 'R']) && !text.contains('(');
    if literal || text.starts_with(['=', '$', '#']) {
        return extensions::value(text, element.line, problems);
    }
    extensions::formula(text, element.line, problems).map(Value::Formula)
}
