//! The rules over a whole process: every path begins at a start, can reach an end, and no gateway can get stuck.

use std::collections::BTreeSet;

use super::model::{Node, NodeIx, NodeKind, Process, Trigger};
use super::problems::Problems;

/// Checks a process and settles where each scope starts.
pub(super) fn process(process: &mut Process, problems: &mut Problems) {
    let scopes: Vec<Option<NodeIx>> = std::iter::once(None)
        .chain(
            process
                .nodes
                .iter()
                .enumerate()
                .filter(|(_, n)| matches!(n.kind, NodeKind::SubProcess { .. }))
                .map(|(ix, _)| Some(ix)),
        )
        .collect();
    for scope in scopes {
        let start = scope_start(process, scope, problems);
        match (scope, start) {
            (None, Some(start)) => process.start = start,
            (Some(ix), Some(found)) => {
                if let Some(node) = process.nodes.get_mut(ix) {
                    node.kind = NodeKind::SubProcess { start: found };
                }
            }
            (_, None) => continue,
        }
        if let Some(start) = start {
            reachability(process, scope, start, problems);
        }
    }
    for node in &process.nodes {
        shape(process, node, problems);
    }
}

fn members(process: &Process, scope: Option<NodeIx>) -> impl Iterator<Item = (NodeIx, &Node)> {
    process
        .nodes
        .iter()
        .enumerate()
        .filter(move |(_, n)| n.parent == scope)
}

fn scope_start(
    process: &Process,
    scope: Option<NodeIx>,
    problems: &mut Problems,
) -> Option<NodeIx> {
    let (name, line) = scope.and_then(|ix| process.nodes.get(ix)).map_or_else(
        || (process.id.clone(), process.line),
        |node| (node.id.clone(), node.line),
    );
    let starts: Vec<NodeIx> = members(process, scope)
        .filter(|(_, n)| matches!(n.kind, NodeKind::Start))
        .map(|(ix, _)| ix)
        .collect();
    if starts.len() != 1 {
        problems.add(
            line,
            "bpmn.start_count",
            format!("`{name}` 须恰好有一个开始事件，现有 {} 个", starts.len()),
            format!(
                "`{name}` needs exactly one start event and has {}",
                starts.len()
            ),
        );
    }
    starts.first().copied()
}

/// Where a token at a node can go next, boundary events included.
pub(super) fn successors<'p>(
    process: &'p Process,
    node: &'p Node,
) -> impl Iterator<Item = NodeIx> + 'p {
    node.outgoing
        .iter()
        .filter_map(|flow| process.flows.get(*flow).map(|f| f.target))
        .chain(node.boundary.iter().copied())
}

fn reachability(process: &Process, scope: Option<NodeIx>, start: NodeIx, problems: &mut Problems) {
    let mut seen = BTreeSet::from([start]);
    let mut queue = vec![start];
    while let Some(node) = queue.pop().and_then(|ix| process.nodes.get(ix)) {
        queue.extend(successors(process, node).filter(|next| seen.insert(*next)));
    }
    // The nodes from which an end can be reached: grow the set backwards until it no longer changes.
    let mut ending: BTreeSet<NodeIx> = members(process, scope)
        .filter(|(_, n)| matches!(n.kind, NodeKind::End(_)))
        .map(|(ix, _)| ix)
        .collect();
    loop {
        let more: Vec<NodeIx> = members(process, scope)
            .filter(|(ix, n)| {
                !ending.contains(ix) && successors(process, n).any(|s| ending.contains(&s))
            })
            .map(|(ix, _)| ix)
            .collect();
        if more.is_empty() {
            break;
        }
        ending.extend(more);
    }
    for (ix, node) in members(process, scope) {
        if !seen.contains(&ix) {
            problems.add(
                node.line,
                "bpmn.unreachable",
                format!("从开始事件到不了 `{}`", node.id),
                format!("`{}` cannot be reached from the start event", node.id),
            );
        } else if !ending.contains(&ix) {
            problems.add(
                node.line,
                "bpmn.end_unreachable",
                format!("从 `{}` 到不了任何结束事件", node.id),
                format!("no end event can be reached from `{}`", node.id),
            );
        }
    }
}

/// Checks one node: its flows, its conditions and what is attached to it.
fn shape(process: &Process, node: &Node, problems: &mut Problems) {
    match &node.kind {
        NodeKind::Start => no_incoming(node, problems),
        NodeKind::Boundary { host, trigger, .. } => {
            no_incoming(node, problems);
            boundary(process, node, *host, trigger, problems);
        }
        NodeKind::End(_) if !node.outgoing.is_empty() => problems.add(
            node.line,
            "bpmn.end_goes_on",
            format!("结束事件 `{}` 不能有流出", node.id),
            format!("the end event `{}` cannot have an outgoing flow", node.id),
        ),
        NodeKind::Parallel => {
            for flow in node.outgoing.iter().filter_map(|f| process.flows.get(*f)) {
                if flow.condition.is_some() {
                    problems.add(
                        flow.line,
                        "bpmn.condition_ignored",
                        format!("并行网关 `{}` 的流 `{}` 不能有条件：请用包容网关", node.id, flow.id),
                        format!("the flow `{}` of the parallel gateway `{}` cannot have a condition: use an inclusive gateway", flow.id, node.id),
                    );
                }
            }
        }
        NodeKind::Exclusive { default } | NodeKind::Inclusive { default } => {
            conditions(process, node, *default, problems);
        }
        _ => activity_flows(process, node, problems),
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
    let fits = match trigger {
        Trigger::Timer(_) => matches!(
            host.kind,
            NodeKind::User(_) | NodeKind::Call { .. } | NodeKind::SubProcess { .. }
        ),
        Trigger::Error { .. } => matches!(
            host.kind,
            NodeKind::Service(_)
                | NodeKind::Script { .. }
                | NodeKind::Rule { .. }
                | NodeKind::Call { .. }
                | NodeKind::SubProcess { .. }
        ),
    };
    if !fits {
        problems.add(
            node.line,
            "bpmn.boundary_host",
            format!("`{}` 附着在 `{}` 上永远不会发生：定时只用于用户任务、调用和子流程，错误只用于自动任务、调用和子流程", node.id, host.id),
            format!("`{}` can never happen on `{}`: timers belong on user tasks, calls and sub-processes, errors on automatic tasks, calls and sub-processes", node.id, host.id),
        );
    }
}

/// A gateway that chooses needs a condition on every flow but the default, and a default.
fn conditions(process: &Process, node: &Node, default: Option<usize>, problems: &mut Problems) {
    if node.outgoing.len() < 2 {
        return;
    }
    if default.is_none() {
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
        if Some(*ix) == default && flow.condition.is_some() {
            problems.add(
                flow.line,
                "bpmn.default_condition",
                format!("默认流 `{}` 不能有条件", flow.id),
                format!("the default flow `{}` cannot have a condition", flow.id),
            );
        }
        if Some(*ix) != default && flow.condition.is_none() {
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

/// Flows that leave an activity or event are all taken; a condition there belongs to a gateway.
fn activity_flows(process: &Process, node: &Node, problems: &mut Problems) {
    for flow in node.outgoing.iter().filter_map(|f| process.flows.get(*f)) {
        if flow.condition.is_some() {
            problems.add(
                flow.line,
                "bpmn.condition_ignored",
                format!("条件流 `{}` 须从网关出发", flow.id),
                format!(
                    "the conditional flow `{}` must leave from a gateway",
                    flow.id
                ),
            );
        }
    }
}
