//! The model of a case as a picture, with the way it took and where it is. What the picture says is said in words beside it.

use std::collections::BTreeSet;

use maud::{Markup, html};
use yuandu_base::Lang;
use yuandu_process::bpmn::Process;
use yuandu_process::draw::{Drawing, Line, Outline, Shape, draw};

/// Characters of a name in one line of a box.
const LINE: usize = 8;
/// Lines of a name at most.
const LINES: usize = 2;

/// The picture: flows that were taken and nodes that wait stand out.
#[must_use]
pub fn drawing(lang: Lang, process: &Process, flows: &BTreeSet<&str>, now: &[&str]) -> Markup {
    let drawing = draw(process);
    let size = format!("0 0 {} {}", drawing.width, drawing.height);
    let title = lang.pick(
        "流程图：走过的路和现在的位置",
        "The process: the way taken and where it stands",
    );
    html! {
        div class="drawing" tabindex="0" role="region" aria-label=(title) {
            svg xmlns="http://www.w3.org/2000/svg" viewBox=(size) width=(drawing.width) height=(drawing.height) role="img" aria-label=(title) {
                @for line in &drawing.lines { (flow(line, flows.contains(line.id.as_str()))) }
                @for shape in &drawing.shapes { (node(lang, shape, state(&drawing, shape, flows, now))) }
            }
        }
        p class="hint" { (lang.pick("粗线是走过的路，填色的是现在的位置。", "Thick lines are the way taken; what is filled is where it stands.")) }
    }
}

fn state(drawing: &Drawing, shape: &Shape, flows: &BTreeSet<&str>, now: &[&str]) -> &'static str {
    if now.contains(&shape.id.as_str()) {
        return "now";
    }
    let mut taken = drawing
        .lines
        .iter()
        .filter(|line| flows.contains(line.id.as_str()));
    if taken.any(|line| line.ends.0 == shape.id || line.ends.1 == shape.id) {
        "done"
    } else {
        "later"
    }
}

fn flow(line: &Line, taken: bool) -> Markup {
    let points: Vec<String> = line
        .points
        .iter()
        .map(|(x, y)| format!("{x},{y}"))
        .collect();
    html! {
        polyline class="flow" data-state=(if taken { "done" } else { "later" }) points=(points.join(" ")) fill="none" {}
        @if let Some((x, y)) = line.points.last() { (tip(line, *x, *y, taken)) }
    }
}

/// The arrow's tip, in the direction of the last piece.
fn tip(line: &Line, x: i32, y: i32, taken: bool) -> Markup {
    let upwards = line
        .points
        .iter()
        .rev()
        .nth(1)
        .is_some_and(|(from, _)| *from == x);
    let points = if upwards {
        format!("{x},{y} {},{} {},{}", x - 4, y + 7, x + 4, y + 7)
    } else {
        format!("{x},{y} {},{} {},{}", x - 7, y - 4, x - 7, y + 4)
    };
    html! { polygon class="tip" data-state=(if taken { "done" } else { "later" }) points=(points) {} }
}

fn node(lang: Lang, shape: &Shape, state: &str) -> Markup {
    let (w, h) = shape.outline.half();
    let (x, y) = (shape.x, shape.y);
    let name = shape.name.get(lang);
    html! {
        g class="node" data-state=(state) {
            title { (name) }
            @match shape.outline {
                Outline::Event => circle cx=(x) cy=(y) r=(w) {},
                Outline::Gateway => polygon points=(format!("{},{y} {x},{} {},{y} {x},{}", x - w, y - h, x + w, y + h)) {},
                Outline::Task | Outline::Group => rect x=(x - w) y=(y - h) width=(2 * w) height=(2 * h) rx="4" {},
            }
            @match shape.outline {
                Outline::Task | Outline::Group => (words(name, x, y)),
                Outline::Event | Outline::Gateway => {}
            }
        }
    }
}

/// A name in two lines at most.
fn words(name: &str, x: i32, y: i32) -> Markup {
    let wide = if name.is_ascii() { 2 * LINE } else { LINE };
    let letters: Vec<char> = name.chars().collect();
    let mut lines: Vec<String> = letters
        .chunks(wide)
        .map(|line| line.iter().collect())
        .collect();
    if lines.len() > LINES {
        lines.truncate(LINES);
        if let Some(last) = lines.last_mut() {
            last.pop();
            last.push('…');
        }
    }
    let first = if lines.len() > 1 { y - 3 } else { y + 5 };
    html! {
        text x=(x) y=(first) text-anchor="middle" {
            @for (number, line) in lines.iter().enumerate() { tspan x=(x) dy=(if number == 0 { 0 } else { 17 }) { (line) } }
        }
    }
}
