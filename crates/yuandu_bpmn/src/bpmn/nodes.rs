//! Reads one flow node.

use super::data;
use super::events;
use super::extensions::{self, Extras};
use super::foreign::{self, Foreign};
use super::model::{Node, NodeIx, NodeKind, SubForm, Throw, UserTask};
use super::problems::Problems;
use super::read::{Draft, duplicate, named, only_children, scope};
use super::remedies::remedy;
use super::repeat;
use super::shapes::{Shape, attributes, shape};
use super::xml::Element;
use super::{BPMN, EXTENSION};

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
    // Ids used twice were said by the check of references.
    if draft.by_id.contains_key(id) {
        return;
    }
    attributes(element, shape, problems);
    children(element, shape, problems);
    let mut extras = extensions::read(element, shape.extensions, problems);
    let foreign = foreign::read(element, problems);
    let (mut inputs, mut outputs) = data::mappings(element, draft.names, problems);
    inputs.extend(foreign.inputs.iter().cloned());
    outputs.extend(foreign.outputs.iter().cloned());
    inputs.append(&mut extras.inputs);
    outputs.append(&mut extras.outputs);
    let ix = draft.nodes.len();
    draft.by_id.insert(id.to_owned(), ix);
    let actions = std::mem::take(&mut extras.actions);
    draft.nodes.push(Node {
        id: id.to_owned(),
        name: named(id, element.attribute("name"), extras.label_en.as_deref()),
        line: element.line,
        element: element.name.clone(),
        kind: NodeKind::Pass,
        parent,
        incoming: Vec::new(),
        outgoing: Vec::new(),
        boundary: Vec::new(),
        default: None,
        repeat: repeat::read(element, draft.names, problems),
        skip: foreign.skip.clone(),
        compensates: element.attribute("isForCompensation") == Some("true"),
        undone_by: None,
        inputs,
        outputs,
        lane: draft.lane(id),
        actions,
    });
    if let Some(flow) = element.attribute("default").filter(|f| !f.is_empty()) {
        draft.defaults.push((ix, flow.to_owned()));
    }
    let kind = kind(element, ix, (extras, foreign), draft, problems);
    if let Some(node) = draft.nodes.get_mut(ix) {
        node.kind = kind;
    }
}

fn children(element: &Element, shape: Shape, problems: &mut Problems) {
    // A sub-process holds nodes, which are read one by one.
    if !shape.scope {
        only_children(element, &shape.children(), problems);
    }
}

fn kind(
    element: &Element,
    ix: NodeIx,
    said: (Extras, Foreign),
    draft: &mut Draft<'_>,
    problems: &mut Problems,
) -> NodeKind {
    let (extras, foreign) = said;
    match element.name.as_str() {
        "startEvent" => events::start(element, draft, problems),
        "endEvent" => NodeKind::End(events::end(element, extras.status, draft, problems)),
        "boundaryEvent" => events::boundary(element, ix, draft, problems),
        "intermediateCatchEvent" => events::catch(element, ix, draft, problems),
        "intermediateThrowEvent" => events::throw_event(element, ix, draft, problems),
        "userTask" => user(element, ix, (extras, foreign), draft, problems),
        "serviceTask" => service(element, extras, foreign, problems),
        "sendTask" => send(element, extras, foreign, draft, problems),
        "receiveTask" => NodeKind::Catch(match element.attribute("messageRef") {
            None => None,
            reference => events::message(element, reference, draft, problems),
        }),
        "scriptTask" => script(element, ix, foreign, draft, problems),
        "businessRuleTask" => rule(element, extras, foreign, problems),
        "callActivity" => call(element, &foreign, problems),
        "subProcess" | "transaction" | "adHocSubProcess" => {
            scope(element, Some(ix), draft, problems);
            NodeKind::SubProcess(sub_form(element, problems))
        }
        "exclusiveGateway" => NodeKind::Exclusive,
        "inclusiveGateway" => NodeKind::Inclusive,
        "parallelGateway" => NodeKind::Parallel,
        "eventBasedGateway" => NodeKind::EventBased,
        _ => NodeKind::Pass,
    }
}

fn sub_form(element: &Element, problems: &mut Problems) -> SubForm {
    match element.name.as_str() {
        "transaction" => SubForm::Transaction,
        "adHocSubProcess" => {
            let completion = element
                .children
                .iter()
                .find(|c| c.namespace == BPMN && c.name == "completionCondition")
                .filter(|c| !c.text.trim().is_empty())
                .and_then(|c| extensions::condition(c, problems));
            SubForm::AdHoc {
                sequential: element.attribute("ordering") == Some("Sequential"),
                completion,
                cancels: element.attribute("cancelRemainingInstances") != Some("false"),
            }
        }
        _ if element.attribute("triggeredByEvent") == Some("true") => SubForm::Event,
        _ => SubForm::Embedded,
    }
}

fn call(element: &Element, foreign: &Foreign, problems: &mut Problems) -> NodeKind {
    let process = element.attribute("calledElement").map(str::to_owned);
    let process = process
        .or_else(|| foreign.called.clone())
        .unwrap_or_default();
    if process.is_empty() {
        problems.missing(element.line, "callActivity", "calledElement");
    }
    let chosen = match extensions::value(&process, element.line, problems) {
        Some(super::model::Value::Formula(formula)) => Some(formula),
        _ => None,
    };
    let local = process.rsplit(':').next().unwrap_or_default().to_owned();
    NodeKind::Call {
        process: if chosen.is_some() { process } else { local },
        chosen,
    }
}

fn user(
    element: &Element,
    ix: NodeIx,
    said: (Extras, Foreign),
    draft: &Draft<'_>,
    problems: &mut Problems,
) -> NodeKind {
    let (extras, foreign) = said;
    let lane = draft.nodes.get(ix).and_then(|n| n.lane.clone());
    let mut task = extras.task.unwrap_or_else(|| UserTask {
        // A lane is the post that does what is drawn in it.
        role: lane.unwrap_or_default(),
        ..UserTask::default()
    });
    if task.role.is_empty() && !problems.open() {
        problems.add(
            element.line,
            "bpmn.task_role_missing",
            "用户任务缺少 `y:task role=…`，也不在泳道里，没有人能办理",
            "the user task needs `y:task role=..` or a lane, else nobody can do it",
        );
    }
    task.candidates = foreign.candidates;
    if problems.open() {
        task.candidates.extend(owners(element));
    }
    task.outcomes = extras.outcomes;
    if task.outcomes.is_empty() && !problems.open() {
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

/// Whom the standard's own elements name: only shown, as they stand.
fn owners(element: &Element) -> Vec<(String, super::model::Value)> {
    let kinds = [
        "potentialOwner",
        "humanPerformer",
        "performer",
        "resourceRole",
    ];
    let roles = element
        .children
        .iter()
        .filter(|c| c.namespace == BPMN && kinds.contains(&c.name.as_str()));
    roles
        .filter_map(|role| {
            let assigned = role
                .children
                .iter()
                .flat_map(|c| &c.children)
                .find(|c| c.name == "formalExpression")
                .map(|c| c.text.trim().to_owned());
            let name = assigned.or_else(|| role.attribute("name").map(str::to_owned))?;
            Some((role.name.clone(), super::model::Value::Text(name)))
        })
        .collect()
}

/// Work another maker wrote as a formula is a script; else somebody outside does it, or one of the platform's services.
fn service(
    element: &Element,
    extras: Extras,
    foreign: Foreign,
    problems: &mut Problems,
) -> NodeKind {
    if let Some(call) = extras.service {
        return NodeKind::Service(call);
    }
    if let Some(formula) = foreign.work {
        return NodeKind::Script {
            formula: Some(formula),
            result: foreign.result,
        };
    }
    if !extras.service_named && !problems.open() {
        problems.add(
            element.line,
            "bpmn.service_missing",
            "服务任务缺少 `y:service name=…`",
            "the service task needs `y:service name=..`",
        );
    }
    NodeKind::Job
}

fn send(
    element: &Element,
    extras: Extras,
    foreign: Foreign,
    draft: &Draft<'_>,
    problems: &mut Problems,
) -> NodeKind {
    let reference = element.attribute("messageRef");
    if reference.is_none() && problems.open() {
        return service(element, extras, foreign, problems);
    }
    match events::message(element, reference, draft, problems) {
        Some(super::model::Trigger::Message { name, .. }) => {
            NodeKind::Throw(Throw::Message { name })
        }
        _ => NodeKind::Pass,
    }
}

fn script(
    element: &Element,
    ix: NodeIx,
    foreign: Foreign,
    draft: &Draft<'_>,
    problems: &mut Problems,
) -> NodeKind {
    let body = element
        .children
        .iter()
        .find(|c| c.namespace == BPMN && c.name == "script");
    let result = element.attribute_of(EXTENSION, "result").map(str::to_owned);
    let result = result.or(foreign.result);
    if let Some(formula) = foreign.work {
        return NodeKind::Script {
            formula: Some(formula),
            result,
        };
    }
    let format = element.attribute("scriptFormat").unwrap_or_default();
    // Scripts in JUEL are expressions, which translate or are refused like others.
    let juel = problems.open() && format.eq_ignore_ascii_case("juel");
    let feel = juel || format.is_empty() || format.to_ascii_lowercase().contains("feel");
    if !feel || (problems.open() && format.is_empty() && result.is_none()) {
        problems.add(
            element.line,
            "bpmn.script_language",
            format!("不执行 scriptFormat=\"{format}\" 的脚本：请改写为 FEEL"),
            format!("scripts with scriptFormat=\"{format}\" are not executed: write them in FEEL"),
        );
        return NodeKind::Job;
    }
    let formula = body
        .and_then(|c| extensions::formula(c.text.trim().trim_start_matches('='), c.line, problems));
    if body.is_some() && result.is_none() && !juel {
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

fn rule(element: &Element, extras: Extras, foreign: Foreign, problems: &mut Problems) -> NodeKind {
    if let Some((model, decision, result)) = extras.decision {
        return NodeKind::Rule {
            model,
            decision,
            result,
        };
    }
    if problems.open() {
        return service(element, extras, foreign, problems);
    }
    problems.add(
        element.line,
        "bpmn.decision_missing",
        "业务规则任务缺少 `y:decision`",
        "the business-rule task needs `y:decision`",
    );
    NodeKind::Pass
}
