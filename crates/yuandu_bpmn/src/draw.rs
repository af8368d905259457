//! Where the nodes of a process are drawn when its file does not say: in columns from left to right, as long as one
//! reads; what goes back runs below. Pure arithmetic; how it looks is for pages.

use std::collections::BTreeMap;

use yuandu_base::LocalText;

use crate::bpmn::{Node, NodeIx, NodeKind, Process};

/// Width and height of a cell, in which a node stands in the middle.
const CELL: (i32, i32) = (140, 84);
/// Room around everything.
const MARGIN: i32 = 16;
/// How far lines that go back lie apart.
const LANE: i32 = 12;

/// A process as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drawing {
    /// Width of the whole.
    pub width: i32,
    /// Height of the whole.
    pub height: i32,
    /// The nodes.
    pub shapes: Vec<Shape>,
    /// The flows.
    pub lines: Vec<Line>,
}

/// What a node looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outline {
    /// A circle.
    Event,
    /// A box.
    Task,
    /// A box of several steps: a call or sub-process.
    Group,
    /// A rhombus.
    Gateway,
}

/// A node where it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: LocalText,
    /// What it looks like.
    pub outline: Outline,
    /// Middle, from the left.
    pub x: i32,
    /// Middle, from the top.
    pub y: i32,
}

/// A flow where it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// Ids of the nodes it leaves and reaches.
    pub ends: (String, String),
    /// Its corners.
    pub points: Vec<(i32, i32)>,
}

impl Outline {
    fn of(node: &Node) -> Self {
        match node.kind {
            NodeKind::Start { .. }
            | NodeKind::End(_)
            | NodeKind::Catch(_)
            | NodeKind::Throw(_)
            | NodeKind::Boundary { .. } => Self::Event,
            NodeKind::Exclusive
            | NodeKind::Parallel
            | NodeKind::Inclusive
            | NodeKind::EventBased => Self::Gateway,
            NodeKind::Call { .. } | NodeKind::SubProcess(_) => Self::Group,
            _ => Self::Task,
        }
    }

    /// Half of width and height.
    #[must_use]
    pub fn half(self) -> (i32, i32) {
        match self {
            Self::Event => (14, 14),
            Self::Gateway => (20, 20),
            Self::Task | Self::Group => (56, 24),
        }
    }
}

/// A node's place in the grid.
#[derive(Clone, Copy)]
struct Place {
    column: usize,
    row: usize,
}

/// Draws the nodes of a process itself; what is inside sub-processes is not shown.
#[must_use]
pub fn draw(process: &Process) -> Drawing {
    let places = places(process);
    let mut drawing = Drawing::default();
    let border = borders(process);
    for (ix, node) in process.nodes().iter().enumerate() {
        let host = border.get(&ix).copied();
        let Some(place) = places.get(&host.map_or(ix, |(host, _)| host)) else {
            continue;
        };
        let (mut x, mut y) = middle(*place);
        // Events on a border hang below their activity, side by side.
        if let Some((_, number)) = host {
            let (half, _) = Outline::Task.half();
            x += half - 18 - signed(number) * 32;
            y += Outline::Task.half().1;
        }
        drawing.width = drawing.width.max(x + CELL.0 / 2 + MARGIN);
        drawing.height = drawing.height.max(y + CELL.1 / 2 + MARGIN);
        drawing.shapes.push(Shape {
            id: node.id.clone(),
            name: node.name.clone(),
            outline: Outline::of(node),
            x,
            y,
        });
    }
    lines(process, &mut drawing);
    drawing
}

fn middle(place: Place) -> (i32, i32) {
    (
        MARGIN + signed(place.column) * CELL.0 + CELL.0 / 2,
        MARGIN + signed(place.row) * CELL.1 + CELL.1 / 2,
    )
}

fn signed(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX / 1024)
}

/// Events on borders: the activity they hang on, and which of its events they are.
fn borders(process: &Process) -> BTreeMap<NodeIx, (NodeIx, usize)> {
    let mut found = BTreeMap::new();
    for (host, node) in process.nodes().iter().enumerate() {
        for (number, ix) in node.boundary.iter().enumerate() {
            found.insert(*ix, (host, number));
        }
    }
    found
}

/// Flows of the process itself, those of border events told of their activity.
fn edges(process: &Process) -> Vec<(NodeIx, NodeIx)> {
    let border = borders(process);
    let host = |ix: NodeIx| border.get(&ix).map_or(ix, |(host, _)| *host);
    let flows = process.flows.iter();
    flows
        .map(|flow| (host(flow.source), host(flow.target)))
        .filter(|(from, to)| from != to)
        .collect()
}

/// Columns by the longest way from a beginning, loops left out; rows in the order in which the file has the nodes.
fn places(process: &Process) -> BTreeMap<NodeIx, Place> {
    let border = borders(process);
    let own: Vec<NodeIx> = process
        .nodes()
        .iter()
        .enumerate()
        .filter(|(ix, node)| node.parent.is_none() && !border.contains_key(ix))
        .map(|(ix, _)| ix)
        .collect();
    let forward = forward(process, &own);
    let mut columns: BTreeMap<NodeIx, usize> = own.iter().map(|ix| (*ix, 0)).collect();
    // Without loops no way is longer than there are nodes.
    for _ in 0..own.len() {
        let mut moved = false;
        for (from, to) in &forward {
            let wanted = columns.get(from).copied().unwrap_or(0) + 1;
            if let Some(column) = columns.get_mut(to).filter(|column| **column < wanted) {
                *column = wanted;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    let mut filled: BTreeMap<usize, usize> = BTreeMap::new();
    let mut places = BTreeMap::new();
    for ix in own {
        let column = columns.get(&ix).copied().unwrap_or(0);
        let row = filled.entry(column).or_insert(0);
        places.insert(ix, Place { column, row: *row });
        *row += 1;
    }
    places
}

/// The flows that do not lead back to a node one came through.
fn forward(process: &Process, own: &[NodeIx]) -> Vec<(NodeIx, NodeIx)> {
    let all = edges(process);
    let mut next: BTreeMap<NodeIx, Vec<NodeIx>> = BTreeMap::new();
    for (from, to) in &all {
        next.entry(*from).or_default().push(*to);
    }
    // Depth first without recursion: on the way, done.
    let (mut way, mut done) = (
        Vec::<(NodeIx, usize)>::new(),
        BTreeMap::<NodeIx, bool>::new(),
    );
    let mut back = Vec::new();
    for start in own {
        if done.contains_key(start) {
            continue;
        }
        done.insert(*start, false);
        way.push((*start, 0));
        while let Some((at, turn)) = way.last().copied() {
            let to = next.get(&at).and_then(|next| next.get(turn)).copied();
            if let Some(last) = way.last_mut() {
                last.1 += 1;
            }
            match to {
                None => {
                    done.insert(at, true);
                    way.pop();
                }
                Some(to) => match done.get(&to) {
                    Some(false) => back.push((at, to)),
                    Some(true) => {}
                    None => {
                        done.insert(to, false);
                        way.push((to, 0));
                    }
                },
            }
        }
    }
    all.into_iter()
        .filter(|edge| !back.contains(edge))
        .collect()
}

fn lines(process: &Process, drawing: &mut Drawing) {
    let shapes: BTreeMap<String, Shape> = drawing
        .shapes
        .iter()
        .map(|shape| (shape.id.clone(), shape.clone()))
        .collect();
    let at = |ix: NodeIx| shapes.get(&process.nodes().get(ix)?.id);
    let mut lanes = 0;
    for flow in &process.flows {
        let (Some(from), Some(to)) = (at(flow.source), at(flow.target)) else {
            continue;
        };
        let hangs = process
            .nodes()
            .get(flow.source)
            .is_some_and(|node| matches!(node.kind, NodeKind::Boundary { .. }));
        let ((from_w, from_h), (to_w, to_h)) = (from.outline.half(), to.outline.half());
        let begin = if hangs {
            (from.x, from.y + from_h)
        } else {
            (from.x + from_w, from.y)
        };
        let points = if to.x - to_w > begin.0 {
            let bend = to.x - to_w - 12;
            let end = (to.x - to_w, to.y);
            match hangs {
                true => vec![
                    begin,
                    (begin.0, begin.1 + 8),
                    (bend, begin.1 + 8),
                    (bend, to.y),
                    end,
                ],
                false => vec![begin, (bend, begin.1), (bend, to.y), end],
            }
        } else {
            lanes += 1;
            let floor = drawing.height - MARGIN + lanes * LANE;
            let out = if hangs {
                begin
            } else {
                (from.x, from.y + from_h)
            };
            vec![out, (out.0, floor), (to.x, floor), (to.x, to.y + to_h)]
        };
        drawing.lines.push(Line {
            id: flow.id.clone(),
            ends: (from.id.clone(), to.id.clone()),
            points,
        });
    }
    drawing.height += lanes * LANE;
}

#[cfg(test)]
mod tests {
    use super::{Outline, draw};
    use crate::bpmn::parse;

    #[test]
    fn a_loop_is_drawn_below_and_no_two_nodes_stand_in_one_place() {
        let text = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:y="urn:yuandu:bpmn:1" id="d" targetNamespace="t">
<process id="p" isExecutable="true"><startEvent id="s"/><endEvent id="x"/>
<userTask id="a"><extensionElements><y:task role="r"/><y:outcome id="ok" zh="好" en="ok"/></extensionElements></userTask>
<exclusiveGateway id="g" default="again"/>
<sequenceFlow id="in" sourceRef="s" targetRef="a"/><sequenceFlow id="on" sourceRef="a" targetRef="g"/>
<sequenceFlow id="out" sourceRef="g" targetRef="x"><conditionExpression xsi:type="tFormalExpression">outcome = "ok"</conditionExpression></sequenceFlow>
<sequenceFlow id="again" sourceRef="g" targetRef="a"/></process></definitions>"#;
        let process = parse("p.bpmn", text).unwrap().remove(0);
        let drawing = draw(&process);
        let mut at: Vec<(i32, i32)> = drawing.shapes.iter().map(|s| (s.x, s.y)).collect();
        at.sort_unstable();
        at.dedup();
        assert_eq!(at.len(), 4);
        let shape = |id: &str| drawing.shapes.iter().find(|s| s.id == id).unwrap();
        assert!(
            shape("s").x < shape("a").x
                && shape("a").x < shape("g").x
                && shape("g").x < shape("x").x
        );
        assert_eq!(shape("g").outline, Outline::Gateway);
        let again = drawing.lines.iter().find(|l| l.id == "again").unwrap();
        assert!(again.points.iter().any(|(_, y)| *y > shape("a").y + 30));
    }
}
