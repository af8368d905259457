//! Walks the definitions, processes and scopes of a file and assembles the processes.
//!
//! Reading of single nodes is in `nodes`, of extension elements in `extensions`, the rules over the whole graph in
//! `check`.

use std::collections::BTreeMap;

use yuandu_base::LocalText;

use super::model::{Flow, Formula, Node, NodeIx, NodeKind, Process};
use super::problems::Problems;
use super::xml::Element;
use super::{BPMN, EXTENSION, check, extensions, nodes};

const DRAWING: &str = "http://www.omg.org/spec/BPMN/20100524/DI";

/// Elements that say nothing to a machine: words and drawings for people.
const SILENT: [&str; 7] = [
    "documentation",
    "extensionElements",
    "incoming",
    "outgoing",
    "textAnnotation",
    "association",
    "group",
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
    let errors = error_codes(root, problems);
    let mut processes = Vec::new();
    for child in &root.children {
        match (child.namespace.as_str(), child.name.as_str()) {
            (BPMN, "process") => processes.extend(process(child, &errors, problems)),
            (BPMN, "error" | "documentation" | "extensionElements") | (DRAWING, _) => {}
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

fn error_codes(root: &Element, problems: &mut Problems) -> BTreeMap<String, String> {
    let mut codes = BTreeMap::new();
    for error in root
        .children
        .iter()
        .filter(|c| c.namespace == BPMN && c.name == "error")
    {
        match (error.attribute("id"), error.attribute("errorCode")) {
            (Some(id), Some(code)) => {
                codes.insert(id.to_owned(), code.to_owned());
            }
            (None, _) => problems.missing(error.line, "error", "id"),
            (_, None) => problems.missing(error.line, "error", "errorCode"),
        }
    }
    codes
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
    pub(super) errors: &'a BTreeMap<String, String>,
    /// Boundary events with the id of their host.
    pub(super) hosts: Vec<(NodeIx, String)>,
    /// Nodes with the id of their default flow.
    pub(super) defaults: Vec<(NodeIx, String)>,
}

fn process(
    element: &Element,
    errors: &BTreeMap<String, String>,
    problems: &mut Problems,
) -> Option<Process> {
    let Some(id) = element.attribute("id").filter(|id| !id.is_empty()) else {
        problems.missing(element.line, "process", "id");
        return None;
    };
    if element.attribute("isExecutable") == Some("false") {
        problems.add(
            element.line,
            "bpmn.not_executable",
            format!("流程 `{id}` 标为不可执行：改为 isExecutable=\"true\" 或删去"),
            format!("the process `{id}` is marked as not executable: set isExecutable=\"true\" or remove it"),
        );
    }
    let mut draft = Draft {
        nodes: Vec::new(),
        by_id: BTreeMap::new(),
        flows: Vec::new(),
        errors,
        hosts: Vec::new(),
        defaults: Vec::new(),
    };
    let name = extensions::label(element, id, problems);
    scope(element, None, &mut draft, problems);
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
        start: 0,
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
    for child in &element.children {
        if child.namespace != BPMN {
            problems.unknown(child.line, &child.name, remedy(&child.name));
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
        let known = child.namespace == BPMN && (SILENT.contains(&name) || allowed.contains(&name));
        if !known {
            problems.unknown(child.line, name, remedy(name));
        }
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
    let id = get("id", problems);
    let (source, target) = (get("sourceRef", problems), get("targetRef", problems));
    only_children(element, &["conditionExpression"], problems);
    let condition = element
        .children
        .iter()
        .find(|c| c.namespace == BPMN && c.name == "conditionExpression")
        .and_then(|c| {
            let text = c.text.trim();
            extensions::formula(text.strip_prefix('=').unwrap_or(text), c.line, problems)
        });
    if draft.flows.iter().any(|f| f.id == id) || draft.by_id.contains_key(&id) {
        duplicate(&id, element.line, problems);
    }
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
    (draft.nodes, flows)
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
    if let NodeKind::Exclusive { default } | NodeKind::Inclusive { default } = &mut node.kind {
        *default = found;
    }
}

/// The name of an element for people: `name` in Chinese, `y:label` in English, else the id.
pub(super) fn named(id: &str, zh: Option<&str>, en: Option<&str>) -> LocalText {
    LocalText::new(zh.unwrap_or(id), en.or(zh).unwrap_or(id))
}

/// What to do instead of an element that is not run.
pub(super) fn remedy(element: &str) -> (&'static str, &'static str) {
    match element {
        "sendTask" | "receiveTask" | "message" | "messageFlow" | "messageEventDefinition" => (
            "请用服务任务或用户任务代替消息",
            "use a service task or a user task instead of a message",
        ),
        "eventBasedGateway" | "complexGateway" => (
            "请用排他、并行或包容网关，或在用户任务上加定时边界事件",
            "use an exclusive, parallel or inclusive gateway, or a timer boundary event on a user task",
        ),
        "multiInstanceLoopCharacteristics" | "standardLoopCharacteristics" => (
            "请用网关画出循环，或用并行网关分出几条路",
            "draw the loop with a gateway, or split with a parallel gateway",
        ),
        "intermediateThrowEvent"
        | "signalEventDefinition"
        | "escalationEventDefinition"
        | "signal"
        | "escalation" => (
            "请用顺序流、服务任务或错误结束事件表达",
            "say it with a sequence flow, a service task or an error end event",
        ),
        "laneSet" | "lane" | "collaboration" | "participant" => (
            "请在用户任务上用 y:task 的 role 写明由谁办理",
            "say who does a task with the role of y:task on the user task",
        ),
        "transaction" | "adHocSubProcess" => ("请用嵌入子流程", "use an embedded sub-process"),
        "potentialOwner" | "performer" | "humanPerformer" => {
            ("请用 y:task 写明角色", "name the role with y:task")
        }
        "linkEventDefinition" => ("请画一条顺序流", "draw a sequence flow"),
        "conditionalEventDefinition" | "compensateEventDefinition" | "cancelEventDefinition" => (
            "请用定时或错误边界事件",
            "use a timer or an error boundary event",
        ),
        "dataObject"
        | "dataObjectReference"
        | "dataStoreReference"
        | "ioSpecification"
        | "property"
        | "dataInputAssociation"
        | "dataOutputAssociation" => (
            "案卷的事实写在登记表字段里，请用 y:set 或 y:keep",
            "facts belong to the register of the case; use y:set or y:keep",
        ),
        _ => (
            "请删去，或改用手册中列出的元素",
            "remove it or use an element the manual lists",
        ),
    }
}

/// Whether an element is one of this platform's extensions.
pub(super) fn is_extension(element: &Element) -> bool {
    element.namespace == EXTENSION
}
