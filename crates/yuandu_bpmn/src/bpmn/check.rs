//! The rules over a whole process: every path begins at a start, can reach an end, and no gateway can get stuck.
//!
//! Rules about single nodes are in `check/nodes`.

mod nodes;

use std::collections::BTreeSet;

use super::model::{Node, NodeIx, NodeKind, Process, SubForm, Throw, Trigger};
use super::problems::Problems;

/// Checks a process and settles where each scope starts.
pub(super) fn process(process: &mut Process, problems: &mut Problems) {
    let scopes: Vec<Option<NodeIx>> = process.scopes.keys().copied().collect();
    for scope in scopes {
        starts(process, scope, problems);
        reachability(process, scope, problems);
    }
    for node in &process.nodes {
        nodes::shape(process, node, problems);
    }
}

fn members(process: &Process, scope: Option<NodeIx>) -> impl Iterator<Item = (NodeIx, &Node)> {
    process
        .nodes
        .iter()
        .enumerate()
        .filter(move |(_, n)| n.parent == scope)
}

fn form_of(process: &Process, scope: Option<NodeIx>) -> Option<&SubForm> {
    process.nodes.get(scope?)?.sub_form()
}

/// Finds where a scope begins and what listens in it.
fn starts(process: &mut Process, scope: Option<NodeIx>, problems: &mut Problems) {
    let (name, line) = scope.and_then(|ix| process.nodes.get(ix)).map_or_else(
        || (process.id.clone(), process.line),
        |node| (node.id.clone(), node.line),
    );
    let of = |triggered: bool| {
        let starts = members(process, scope);
        let found = starts.filter(move |(_, n)| {
            matches!(&n.kind, NodeKind::Start { trigger, .. } if trigger.is_some() == triggered)
        });
        found.map(|(ix, _)| ix).collect::<Vec<_>>()
    };
    let (mut plain, triggered) = (of(false), of(true));
    let listeners = members(process, scope)
        .filter(|(_, n)| matches!(n.sub_form(), Some(SubForm::Event)))
        .flat_map(|(sub, _)| members(process, Some(sub)))
        .filter(|(_, n)| matches!(n.kind, NodeKind::Start { .. }))
        .map(|(ix, _)| ix)
        .collect();
    let (event, adhoc) = match form_of(process, scope) {
        Some(SubForm::Event) => (true, false),
        Some(SubForm::AdHoc { .. }) => (false, true),
        _ => (false, false),
    };
    if event && (triggered.len() != 1 || !plain.is_empty()) {
        problems.add(
            line,
            "bpmn.event_start",
            format!("事件子流程 `{name}` 须恰好有一个等待事件的开始事件"),
            format!("the event sub-process `{name}` needs exactly one start event, and that must wait for something"),
        );
    }
    if scope.is_some() && !event {
        for node in triggered.iter().filter_map(|ix| process.nodes.get(*ix)) {
            problems.add(
                node.line,
                "bpmn.start_trigger",
                format!("`{}` 在 `{name}` 里不会发生：只有流程和事件子流程的开始事件可以等待", node.id),
                format!("`{}` can never happen in `{name}`: only processes and event sub-processes start by events", node.id),
            );
        }
    }
    if !event && !adhoc && !problems.open() && plain.len() != 1 {
        problems.add(
            line,
            "bpmn.start_count",
            format!("`{name}` 须恰好有一个开始事件，现有 {} 个", plain.len()),
            format!(
                "`{name}` needs exactly one start event and has {}",
                plain.len()
            ),
        );
    }
    if plain.is_empty() && triggered.is_empty() && !adhoc {
        plain = members(process, scope)
            .filter(|(_, n)| begins_unbidden(n))
            .map(|(ix, _)| ix)
            .collect();
        let holds_nodes = members(process, scope).any(|(_, n)| !stands_alone(n));
        if plain.is_empty() && problems.open() && holds_nodes {
            problems.add(
                line,
                "bpmn.start_count",
                format!("`{name}` 没有开始的地方"),
                format!("`{name}` has nowhere to begin"),
            );
        }
    }
    if let Some(found) = process.scopes.get_mut(&scope) {
        (found.starts, found.triggered, found.listeners) = (plain, triggered, listeners);
    }
}

/// Whether a node begins with its scope because nothing leads to it, as the standard says.
fn begins_unbidden(node: &Node) -> bool {
    node.incoming.is_empty() && !stands_alone(node) && !matches!(node.kind, NodeKind::Start { .. })
}

/// Nodes that no flow leads to and none has to leave: handlers, event sub-processes, boundary events.
fn stands_alone(node: &Node) -> bool {
    node.compensates
        || matches!(node.kind, NodeKind::Boundary { .. })
        || matches!(node.sub_form(), Some(SubForm::Event))
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
        .chain(node.undone_by)
}

fn reachability(process: &Process, scope: Option<NodeIx>, problems: &mut Problems) {
    let adhoc = matches!(form_of(process, scope), Some(SubForm::AdHoc { .. }));
    let found = process.scope(scope).cloned().unwrap_or_default();
    let mut queue: Vec<NodeIx> = found
        .starts
        .iter()
        .chain(&found.triggered)
        .copied()
        .collect();
    let free = members(process, scope)
        .filter(|(_, n)| {
            matches!(n.sub_form(), Some(SubForm::Event)) || (adhoc && n.incoming.is_empty())
        })
        .map(|(ix, _)| ix);
    queue.extend(free);
    if queue.is_empty() {
        return;
    }
    let mut seen: BTreeSet<NodeIx> = queue.iter().copied().collect();
    while let Some(node) = queue.pop().and_then(|ix| process.nodes.get(ix)) {
        queue.extend(successors(process, node).filter(|next| seen.insert(*next)));
    }
    // The nodes from which an end can be reached: grow the set backwards until it no longer changes.
    let ends = |node: &Node| {
        let implicit = node.outgoing.is_empty() && (problems.open() || adhoc || stands_alone(node));
        matches!(node.kind, NodeKind::End(_)) || implicit
    };
    let mut ending: BTreeSet<NodeIx> = members(process, scope)
        .filter(|(_, n)| ends(n))
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

/// Whether a trigger is one that arrives from outside while something waits.
fn arrives(trigger: &Trigger) -> bool {
    matches!(
        trigger,
        Trigger::Timer(_)
            | Trigger::Message { .. }
            | Trigger::Signal { .. }
            | Trigger::Condition(_)
    )
}

/// Whether a throw undoes something.
fn undoes(throw: &Throw) -> bool {
    matches!(throw, Throw::Compensation { .. })
}
