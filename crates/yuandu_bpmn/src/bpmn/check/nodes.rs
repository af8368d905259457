//! Rules about one node: its flows, its conditions and what is attached to it.

use crate::bpmn::model::{EndKind, Node, NodeIx, NodeKind, Process, SubForm, Throw, Trigger};
use crate::bpmn::problems::Problems;

use super::{arrives, undoes};

/// Checks one node.
pub(super) fn shape(process: &Process, node: &Node, problems: &mut Problems) {
    match &node.kind {
        NodeKind::Start { trigger, .. } => {
            no_incoming(node, problems);
            if node.parent.is_none() && trigger.as_ref().is_some_and(|t| !arrives(t)) {
                never(node, "流程的开始事件", "the start of a process", problems);
            }
        }
        NodeKind::Boundary { host, trigger, .. } => {
            no_incoming(node, problems);
            boundary(process, node, *host, trigger, problems);
        }
        NodeKind::End(kind) => end(process, node, kind, problems),
        NodeKind::Parallel | NodeKind::EventBased => {
            unconditional(process, node, problems);
            if matches!(node.kind, NodeKind::EventBased) {
                event_based(process, node, problems);
            }
        }
        NodeKind::Exclusive | NodeKind::Inclusive => conditions(process, node, problems),
        NodeKind::Throw(Throw::Compensation { activity: Some(id) })
            if !process.by_id.contains_key(id) =>
        {
            problems.add(
                node.line,
                "bpmn.reference_missing",
                format!("要补偿的活动 `{id}` 不在流程里"),
                format!("the activity `{id}` to be undone is not in the process"),
            );
        }
        NodeKind::SubProcess(SubForm::Event)
            if !node.incoming.is_empty() || !node.outgoing.is_empty() =>
        {
            problems.add(
                node.line,
                "bpmn.event_flow",
                format!("事件子流程 `{}` 不能有流入或流出", node.id),
                format!("the event sub-process `{}` cannot have flows", node.id),
            );
        }
        _ => chosen_flows(process, node, problems),
    }
}

fn never(node: &Node, zh: &str, en: &str, problems: &mut Problems) {
    problems.add(
        node.line,
        "bpmn.event_misplaced",
        format!("`{}` 的事件不能用作{zh}", node.id),
        format!("the event of `{}` cannot be used as {en}", node.id),
    );
}

fn end(process: &Process, node: &Node, kind: &EndKind, problems: &mut Problems) {
    if !node.outgoing.is_empty() {
        problems.add(
            node.line,
            "bpmn.end_goes_on",
            format!("结束事件 `{}` 不能有流出", node.id),
            format!("the end event `{}` cannot have an outgoing flow", node.id),
        );
    }
    let mut around = node.parent;
    let mut transaction = false;
    while let Some(scope) = around.and_then(|ix| process.nodes.get(ix)) {
        transaction |= matches!(scope.sub_form(), Some(SubForm::Transaction));
        around = scope.parent;
    }
    if matches!(kind, EndKind::Cancel) && !transaction {
        problems.add(
            node.line,
            "bpmn.cancel_outside",
            format!("取消结束事件 `{}` 只能在事务里", node.id),
            format!(
                "the cancel end event `{}` belongs in a transaction",
                node.id
            ),
        );
    }
    if let EndKind::Throw { throw, .. } = kind
        && undoes(throw)
        && let Throw::Compensation { activity: Some(id) } = throw
        && !process.by_id.contains_key(id)
    {
        problems.add(
            node.line,
            "bpmn.reference_missing",
            format!("要补偿的活动 `{id}` 不在流程里"),
            format!("the activity `{id}` to be undone is not in the process"),
        );
    }
}

fn no_incoming(node: &Node, problems: &mut Problems) {
    if !node.incoming.is_empty() {
        problems.add(
            node.line,
            "bpmn.incoming",
            format!("`{}` 不能有流入", node.id),
            format!("`{}` cannot have an incoming flow", node.id),
        );
    }
}

fn boundary(
    process: &Process,
    node: &Node,
    host: NodeIx,
    trigger: &Trigger,
    problems: &mut Problems,
) {
    let Some(host) = process.nodes.get(host) else {
        return;
    };
    let waits = matches!(
        host.kind,
        NodeKind::User(_)
            | NodeKind::Job
            | NodeKind::Catch(_)
            | NodeKind::Call { .. }
            | NodeKind::SubProcess(_)
    ) || host.repeat.is_some();
    let inner = matches!(host.kind, NodeKind::Call { .. } | NodeKind::SubProcess(_));
    let fits = host.is_activity()
        && match trigger {
            Trigger::Error { .. } => {
                problems.open() || !matches!(host.kind, NodeKind::User(_) | NodeKind::Pass)
            }
            Trigger::Escalation { .. } => problems.open() || inner,
            Trigger::Compensation => true,
            Trigger::Cancel => matches!(host.sub_form(), Some(SubForm::Transaction)),
            _ => problems.open() || waits,
        };
    if !fits {
        problems.add(
            node.line,
            "bpmn.boundary_host",
            format!("`{}` 附着在 `{}` 上永远不会发生：定时、消息、信号用于会等待的活动，错误用于自动任务、调用和子流程，取消用于事务", node.id, host.id),
            format!("`{}` can never happen on `{}`: timers, messages and signals belong on activities that wait, errors on automatic tasks, calls and sub-processes, cancels on transactions", node.id, host.id),
        );
    }
    if matches!(trigger, Trigger::Compensation) && host.undone_by.is_none() {
        problems.add(
            node.line,
            "bpmn.compensation_handler",
            format!("补偿边界事件 `{}` 没有用关联连到补偿活动", node.id),
            format!("the compensation boundary event `{}` is not joined to an activity by an association", node.id),
        );
    }
}

fn event_based(process: &Process, node: &Node, problems: &mut Problems) {
    for flow in node.outgoing.iter().filter_map(|f| process.flows.get(*f)) {
        let target = process.nodes.get(flow.target);
        if !target.is_some_and(|n| matches!(n.kind, NodeKind::Catch(_))) {
            problems.add(
                flow.line,
                "bpmn.event_gateway",
                format!("事件网关 `{}` 之后只能是捕获事件或接收任务", node.id),
                format!(
                    "only catch events and receive tasks may follow the event-based gateway `{}`",
                    node.id
                ),
            );
        }
    }
    if node.outgoing.is_empty() {
        problems.add(
            node.line,
            "bpmn.event_gateway",
            format!("事件网关 `{}` 之后没有事件", node.id),
            format!("no event follows the event-based gateway `{}`", node.id),
        );
    }
}

fn unconditional(process: &Process, node: &Node, problems: &mut Problems) {
    for flow in node.outgoing.iter().filter_map(|f| process.flows.get(*f)) {
        if flow.condition.is_some() {
            problems.add(
                flow.line,
                "bpmn.condition_ignored",
                format!("网关 `{}` 的流 `{}` 不能有条件：请用包容网关", node.id, flow.id),
                format!("the flow `{}` of the gateway `{}` cannot have a condition: use an inclusive gateway", flow.id, node.id),
            );
        }
    }
}

/// A gateway that chooses needs a condition on every flow but the default, and a default.
fn conditions(process: &Process, node: &Node, problems: &mut Problems) {
    if node.outgoing.len() < 2 || problems.open() {
        return;
    }
    if node.default.is_none() {
        problems.add(
            node.line,
            "bpmn.default_needed",
            format!("网关 `{}` 没有默认流，条件都不成立时会卡住：请写 default=…", node.id),
            format!("the gateway `{}` has no default flow and would get stuck when no condition holds: say default=..", node.id),
        );
    }
    for ix in &node.outgoing {
        let Some(flow) = process.flows.get(*ix) else {
            continue;
        };
        if Some(*ix) == node.default && flow.condition.is_some() {
            problems.add(
                flow.line,
                "bpmn.default_condition",
                format!("默认流 `{}` 不能有条件", flow.id),
                format!("the default flow `{}` cannot have a condition", flow.id),
            );
        }
        if Some(*ix) != node.default && flow.condition.is_none() {
            problems.add(
                flow.line,
                "bpmn.condition_missing",
                format!("网关 `{}` 的流 `{}` 没有条件", node.id, flow.id),
                format!(
                    "the flow `{}` of the gateway `{}` has no condition",
                    flow.id, node.id
                ),
            );
        }
    }
}

/// Where every flow that leaves an activity has a condition, a default must say what happens when none holds.
fn chosen_flows(process: &Process, node: &Node, problems: &mut Problems) {
    let flows = node.outgoing.iter().filter_map(|f| process.flows.get(*f));
    let all = !node.outgoing.is_empty() && flows.clone().all(|f| f.condition.is_some());
    if all && node.default.is_none() && !problems.open() {
        problems.add(
            node.line,
            "bpmn.default_needed",
            format!("`{}` 的流出都有条件，条件都不成立时会卡住：请写 default=…", node.id),
            format!("every flow out of `{}` has a condition and it would get stuck when none holds: say default=..", node.id),
        );
    }
}
