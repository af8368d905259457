//! Walks the definitions, processes and scopes of a file and assembles the processes.
//!
//! Reading of single nodes is in `nodes`, of extension elements in `extensions`, the rules over the whole graph in
//! `check`.

use std::collections::BTreeMap;

use yuandu_base::LocalText;

use super::data::{self, DataNames};
use super::declared::{self, Declared};
use super::model::{Flow, Formula, Node, NodeIx, NodeKind, Process, Scope};
use super::problems::Problems;
use super::remedies::remedy;
use super::xml::Element;
use super::{BPMN, EXTENSION, check, extensions, foreign, nodes};

const DRAWING: &str = "http://www.omg.org/spec/BPMN/20100524/DI";

/// Elements that say nothing to a machine: words and drawings for people.
const SILENT: [&str; 11] = [
    "documentation",
    "extensionElements",
    "incoming",
    "outgoing",
    "textAnnotation",
    "association",
    "group",
    "auditing",
    "monitoring",
    "categoryValueRef",
    "supports",
];

/// Elements beside processes that nodes refer to, or that only people read.
const BESIDE: [&str; 13] = [
    "error",
    "message",
    "signal",
    "escalation",
    "itemDefinition",
    "interface",
    "import",
    "category",
    "resource",
    "partnerEntity",
    "partnerRole",
    "dataStore",
    "relationship",
];

/// Elements of a scope that are read elsewhere.
const OF_SCOPES: [&str; 15] = [
    "laneSet",
    "dataObject",
    "dataObjectReference",
    "dataStoreReference",
    "dataInputAssociation",
    "dataOutputAssociation",
    "property",
    "ioSpecification",
    "ioBinding",
    "potentialOwner",
    "resourceRole",
    "correlationSubscription",
    "completionCondition",
    "standardLoopCharacteristics",
    "multiInstanceLoopCharacteristics",
];

/// Reads the root element.
pub(super) fn definitions(root: &Element, problems: &mut Problems) -> Vec<Process> {
    if root.namespace != BPMN || root.name != "definitions" {
        problems.add(
            root.line,
            "bpmn.not_bpmn",
            format!("根元素应为 BPMN 2.0 的 `definitions`，不是 `{}`", root.name),
            format!(
                "the root element must be `definitions` of BPMN 2.0, not `{}`",
                root.name
            ),
        );
        return Vec::new();
    }
    let declared = declared::read(root, problems);
    let names = DataNames::read(root);
    let mut processes = Vec::new();
    for child in &root.children {
        match (child.namespace.as_str(), child.name.as_str()) {
            (BPMN, "process") => processes.extend(process(child, &declared, &names, problems)),
            (BPMN, "collaboration") => {}
            (BPMN, name) if SILENT.contains(&name) || BESIDE.contains(&name) => {}
            (DRAWING, _) => {}
            (BPMN, name) => problems.unknown(child.line, name, remedy(name)),
            (_, name) if problems.open() => problems.note(
                child.line,
                "bpmn.foreign_kept",
                format!("`{name}` 属于别的工具，保留但不执行"),
                format!("`{name}` belongs to another tool: kept, not executed"),
            ),
            (_, name) => problems.unknown(child.line, name, remedy(name)),
        }
    }
    if processes.is_empty() && problems.is_empty() {
        problems.add(
            root.line,
            "bpmn.no_process",
            "文件中没有 `process`",
            "there is no `process` in the file",
        );
    }
    processes
}

/// A flow as the file names it, before its ends are looked up.
struct FlowDraft {
    id: String,
    line: u32,
    source: String,
    target: String,
    condition: Option<Formula>,
    scope: Option<NodeIx>,
}

/// A process while it is read.
pub(super) struct Draft<'a> {
    pub(super) nodes: Vec<Node>,
    pub(super) by_id: BTreeMap<String, NodeIx>,
    flows: Vec<FlowDraft>,
    pub(super) declared: &'a Declared,
    pub(super) names: &'a DataNames,
    pub(super) scopes: BTreeMap<Option<NodeIx>, Scope>,
    lanes: BTreeMap<String, String>,
    /// Boundary events with the id of their host.
    pub(super) hosts: Vec<(NodeIx, String)>,
    /// Nodes with the id of their default flow.
    pub(super) defaults: Vec<(NodeIx, String)>,
    /// Link events that catch and throw, with the name that joins them.
    pub(super) links_in: Vec<(NodeIx, String)>,
    pub(super) links_out: Vec<(NodeIx, String)>,
    /// Associations: id of the source, id of the target, line.
    associations: Vec<(String, String, u32)>,
}

impl Draft<'_> {
    /// The id of the node that is being read.
    pub(super) fn last_id(&self) -> String {
        self.nodes.last().map(|n| n.id.clone()).unwrap_or_default()
    }

    /// The lane a node is drawn in.
    pub(super) fn lane(&self, id: &str) -> Option<String> {
        self.lanes.get(id).cloned()
    }
}

fn process(
    element: &Element,
    declared: &Declared,
    names: &DataNames,
    problems: &mut Problems,
) -> Option<Process> {
    let Some(id) = element.attribute("id").filter(|id| !id.is_empty()) else {
        problems.missing(element.line, "process", "id");
        return None;
    };
    let executable = element.attribute("isExecutable") != Some("false");
    if !executable {
        let zh = format!("流程 `{id}` 标为不可执行：改为 isExecutable=\"true\" 或删去");
        let en = format!(
            "the process `{id}` is marked as not executable: set isExecutable=\"true\" or remove it"
        );
        if problems.open() {
            problems.note(element.line, "bpmn.not_executable", zh, en);
        } else {
            problems.add(element.line, "bpmn.not_executable", zh, en);
        }
    }
    if problems.open() {
        foreign::refuse(element, problems);
    }
    let mut draft = Draft {
        nodes: Vec::new(),
        by_id: BTreeMap::new(),
        flows: Vec::new(),
        declared,
        names,
        scopes: BTreeMap::new(),
        lanes: data::lanes(element),
        hosts: Vec::new(),
        defaults: Vec::new(),
        links_in: Vec::new(),
        links_out: Vec::new(),
        associations: Vec::new(),
    };
    let name = extensions::label(element, id, problems);
    scope(element, None, &mut draft, problems);
    let scopes = std::mem::take(&mut draft.scopes);
    let (nodes, flows) = link(draft, problems);
    let mut process = Process {
        id: id.to_owned(),
        name,
        file: problems.file().to_owned(),
        line: element.line,
        by_id: nodes
            .iter()
            .enumerate()
            .map(|(ix, n)| (n.id.clone(), ix))
            .collect(),
        nodes,
        flows,
        scopes,
        executable,
    };
    check::process(&mut process, problems);
    Some(process)
}

/// Reads the nodes and flows of a process or embedded sub-process.
pub(super) fn scope(
    element: &Element,
    parent: Option<NodeIx>,
    draft: &mut Draft<'_>,
    problems: &mut Problems,
) {
    let begun = Scope {
        data: data::objects(element, draft.names),
        ..Scope::default()
    };
    draft.scopes.insert(parent, begun);
    for child in &element.children {
        if child.namespace != BPMN {
            unknown_foreign(child, problems);
        } else if child.name == "association" {
            let end = |name: &str| child.attribute(name).unwrap_or_default().to_owned();
            draft
                .associations
                .push((end("sourceRef"), end("targetRef"), child.line));
        } else if OF_SCOPES.contains(&child.name.as_str()) {
            // Data and lanes were read with the file.
        } else if child.name == "sequenceFlow" {
            flow(child, parent, draft, problems);
        } else if !SILENT.contains(&child.name.as_str()) {
            nodes::node(child, parent, draft, problems);
        }
    }
}

/// Refuses children of a node that would be ignored otherwise.
pub(super) fn only_children(element: &Element, allowed: &[&str], problems: &mut Problems) {
    for child in &element.children {
        let name = child.name.as_str();
        let known = SILENT.contains(&name) || allowed.contains(&name);
        if child.namespace != BPMN {
            unknown_foreign(child, problems);
        } else if !known {
            problems.unknown(child.line, name, remedy(name));
        }
    }
}

/// An element of another maker where the standard has none.
fn unknown_foreign(element: &Element, problems: &mut Problems) {
    let name = element.name.as_str();
    if problems.open() {
        problems.note(
            element.line,
            "bpmn.foreign_kept",
            format!("`{name}` 属于别的工具，保留但不执行"),
            format!("`{name}` belongs to another tool: kept, not executed"),
        );
    } else {
        problems.unknown(element.line, name, remedy(name));
    }
}

fn flow(element: &Element, scope: Option<NodeIx>, draft: &mut Draft<'_>, problems: &mut Problems) {
    let get = |name: &str, problems: &mut Problems| {
        let value = element.attribute(name).unwrap_or_default();
        if value.is_empty() {
            problems.missing(element.line, "sequenceFlow", name);
        }
        value.to_owned()
    };
    let (source, target) = (get("sourceRef", problems), get("targetRef", problems));
    let id = match element.attribute("id").filter(|id| !id.is_empty()) {
        Some(id) => id.to_owned(),
        None if problems.open() => format!("{source}-{target}-{}", element.line),
        None => get("id", problems),
    };
    if problems.open() {
        foreign::refuse(element, problems);
    }
    only_children(element, &["conditionExpression"], problems);
    let condition = element
        .children
        .iter()
        .find(|c| c.namespace == BPMN && c.name == "conditionExpression")
        .filter(|c| !c.text.trim().is_empty())
        .and_then(|c| extensions::condition(c, problems));
    draft.flows.push(FlowDraft {
        id,
        line: element.line,
        source,
        target,
        condition,
        scope,
    });
}

/// Says that an id is used twice.
pub(super) fn duplicate(id: &str, line: u32, problems: &mut Problems) {
    problems.add(
        line,
        "bpmn.id_twice",
        format!("编号 `{id}` 出现两次"),
        format!("the id `{id}` is used twice"),
    );
}

/// Looks up the ends of flows, hosts of boundary events and default flows.
fn link(mut draft: Draft<'_>, problems: &mut Problems) -> (Vec<Node>, Vec<Flow>) {
    let mut flows: Vec<Flow> = Vec::new();
    for f in std::mem::take(&mut draft.flows) {
        let source = end(&draft, &f.source, &f, problems);
        let target = end(&draft, &f.target, &f, problems);
        let (Some(source), Some(target)) = (source, target) else {
            continue;
        };
        let ix = flows.len();
        if let Some(node) = draft.nodes.get_mut(source) {
            node.outgoing.push(ix);
        }
        if let Some(node) = draft.nodes.get_mut(target) {
            node.incoming.push(ix);
        }
        flows.push(Flow {
            id: f.id,
            line: f.line,
            source,
            target,
            condition: f.condition,
        });
    }
    for (boundary, host) in std::mem::take(&mut draft.hosts) {
        attach(&mut draft, boundary, &host, problems);
    }
    for (ix, id) in std::mem::take(&mut draft.defaults) {
        set_default(&mut draft.nodes, ix, &id, &flows, problems);
    }
    join_links(&mut draft, &mut flows, problems);
    undoing(&mut draft, problems);
    (draft.nodes, flows)
}

/// A link is a flow that is not drawn: from the event that throws it to the one that catches it.
fn join_links(draft: &mut Draft<'_>, flows: &mut Vec<Flow>, problems: &mut Problems) {
    let scope_of = |draft: &Draft<'_>, ix: NodeIx| draft.nodes.get(ix).map(|n| (n.parent, n.line));
    for (source, name) in std::mem::take(&mut draft.links_out) {
        let (parent, line) = scope_of(draft, source).unwrap_or_default();
        let target = draft.links_in.iter().find(|(ix, other)| {
            *other == name && scope_of(draft, *ix).is_some_and(|(p, _)| p == parent)
        });
        let Some((target, _)) = target.cloned() else {
            problems.add(
                line,
                "bpmn.link_missing",
                format!("链接 `{name}` 没有对应的捕获事件"),
                format!("the link `{name}` has no event that catches it in the same scope"),
            );
            continue;
        };
        let ix = flows.len();
        if let Some(node) = draft.nodes.get_mut(source) {
            node.outgoing.push(ix);
        }
        if let Some(node) = draft.nodes.get_mut(target) {
            node.incoming.push(ix);
        }
        flows.push(Flow {
            id: format!("link:{name}:{source}"),
            line,
            source,
            target,
            condition: None,
        });
    }
}

/// Compensation boundary events are joined to the activity that undoes by an association.
fn undoing(draft: &mut Draft<'_>, problems: &mut Problems) {
    for (source, target, line) in std::mem::take(&mut draft.associations) {
        let found = |id: &str| draft.by_id.get(id).copied();
        let (Some(from), Some(to)) = (found(&source), found(&target)) else {
            continue;
        };
        let host = match draft.nodes.get(from).map(|n| &n.kind) {
            Some(NodeKind::Boundary {
                host,
                trigger: super::model::Trigger::Compensation,
                ..
            }) => *host,
            _ => continue,
        };
        if !draft.nodes.get(to).is_some_and(|n| n.compensates) {
            problems.add(
                line,
                "bpmn.compensation_handler",
                format!("补偿活动 `{target}` 须写 isForCompensation=\"true\""),
                format!("the compensation activity `{target}` needs isForCompensation=\"true\""),
            );
        }
        if let Some(node) = draft.nodes.get_mut(host) {
            node.undone_by = Some(to);
        }
    }
}

fn end(draft: &Draft<'_>, id: &str, flow: &FlowDraft, problems: &mut Problems) -> Option<NodeIx> {
    if id.is_empty() {
        return None;
    }
    let found = draft.by_id.get(id).copied();
    let same_scope = found
        .and_then(|ix| draft.nodes.get(ix))
        .is_some_and(|n| n.parent == flow.scope);
    match found {
        Some(ix) if same_scope => Some(ix),
        Some(_) => {
            problems.add(
                flow.line,
                "bpmn.flow_across",
                format!("顺序流 `{}` 跨越了子流程边界，连到 `{id}`", flow.id),
                format!(
                    "the flow `{}` crosses the border of a sub-process to `{id}`",
                    flow.id
                ),
            );
            None
        }
        None => {
            problems.add(
                flow.line,
                "bpmn.flow_dangling",
                format!("顺序流 `{}` 指向不存在的 `{id}`", flow.id),
                format!(
                    "the flow `{}` points to `{id}`, which does not exist",
                    flow.id
                ),
            );
            None
        }
    }
}

fn attach(draft: &mut Draft<'_>, boundary: NodeIx, host_id: &str, problems: &mut Problems) {
    let host = draft.by_id.get(host_id).copied();
    let line = draft.nodes.get(boundary).map_or(0, |n| n.line);
    let Some(host_ix) = host else {
        problems.add(
            line,
            "bpmn.host_missing",
            format!("边界事件附着的 `{host_id}` 不存在"),
            format!("the boundary event is attached to `{host_id}`, which does not exist"),
        );
        return;
    };
    if let Some(Node {
        kind: NodeKind::Boundary { host, .. },
        ..
    }) = draft.nodes.get_mut(boundary)
    {
        *host = host_ix;
    }
    if let Some(node) = draft.nodes.get_mut(host_ix) {
        node.boundary.push(boundary);
    }
}

fn set_default(nodes: &mut [Node], ix: NodeIx, id: &str, flows: &[Flow], problems: &mut Problems) {
    let Some(node) = nodes.get_mut(ix) else {
        return;
    };
    let found = flows.iter().position(|f| f.id == id && f.source == ix);
    if found.is_none() {
        problems.add(
            node.line,
            "bpmn.default_missing",
            format!("`{}` 的默认流 `{id}` 不从这里出发或不存在", node.id),
            format!(
                "the default flow `{id}` of `{}` does not exist or does not leave from it",
                node.id
            ),
        );
    }
    node.default = found;
}

/// The name of an element for people: `name` in Chinese, `y:label` in English, else the id.
pub(super) fn named(id: &str, zh: Option<&str>, en: Option<&str>) -> LocalText {
    LocalText::new(zh.unwrap_or(id), en.or(zh).unwrap_or(id))
}

/// Whether an element is one of this platform's extensions.
pub(super) fn is_extension(element: &Element) -> bool {
    element.namespace == EXTENSION
}
