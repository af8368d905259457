//! The path through the process: every step a person takes, what came of it, where the matter stands, what may follow.

use maud::{Markup, html};
use yuandu_base::Lang;
use yuandu_process::TaskRow;
use yuandu_process::bpmn::{Node, NodeKind, Process};

use super::{Gathered, history};

/// How a step stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Done,
    Now,
    Later,
    Passed,
}

struct Step<'a> {
    node: &'a Node,
    past: Vec<&'a TaskRow>,
    state: State,
}

pub(super) fn path(of: &Gathered) -> Markup {
    let lang = of.words.lang;
    let steps = steps(of);
    let open = of.view.case.status == "open";
    html! {
        (drawn(of))
        ol class="path" {
            @for step in &steps { (one(of, step)) }
            li data-state=(if open { "later" } else { "done" }) {
                p class="path-name" { (lang.pick("办结", "End")) }
                p class="hint" { @if open { (lang.pick("还没有到", "not yet")) } @else { (of.words.standing(&of.view.case)) } }
            }
        }
        @for incident in of.view.incidents.iter().filter(|incident| incident.status == "open") {
            p class="hint" { (lang.pick("流程遇到问题，已通知管理员：", "The process stumbled and the administrator was told: ")) (incident.reason) }
        }
    }
}

/// The model with the way this case took, as its log tells.
fn drawn(of: &Gathered) -> Markup {
    let definition = &of.kind.definition;
    let Some(main) = definition.processes.get(&definition.main) else {
        return html! {};
    };
    let notes = of
        .history
        .iter()
        .filter_map(|entry| entry.note.get("flows")?.as_array());
    let flows = notes.flatten().filter_map(serde_json::Value::as_str);
    let mut now: Vec<&str> = of
        .view
        .tasks
        .iter()
        .map(|open| open.task.node.as_str())
        .collect();
    // A task of a called process stands for the call.
    for node in main.nodes() {
        if let NodeKind::Call { process, .. } = &node.kind
            && of.view.tasks.iter().any(|open| {
                open.task.process == *process
                    && open.task.stage.as_deref() == Some(node.id.as_str())
            })
        {
            now.push(&node.id);
        }
    }
    yuandu_office::drawing::drawing(of.words.lang, main, &flows.collect(), &now)
}

fn one(of: &Gathered, step: &Step<'_>) -> Markup {
    let lang = of.words.lang;
    let (state, word) = match step.state {
        State::Done => ("done", lang.pick("已办", "done")),
        State::Now => ("now", lang.pick("正在这里", "now here")),
        State::Later => ("later", lang.pick("还没有到", "not yet")),
        State::Passed => ("passed", lang.pick("没有经过", "not taken")),
    };
    html! {
        li data-state=(state) {
            p class="path-name" { (step.node.name.get(lang)) " " span class="hint" { (word) } }
            @for task in &step.past { p class="hint" { (deed(of, task)) } }
        }
    }
}

fn deed(of: &Gathered, task: &TaskRow) -> String {
    let lang = of.words.lang;
    let Some(done) = task.done_at.filter(|_| task.status == "done") else {
        return lang.pick("已撤销", "withdrawn").to_owned();
    };
    let outcome = task.outcome.as_deref().and_then(|id| {
        let process = of.kind.definition.processes.get(&task.process)?;
        Some(
            process
                .node(&task.node)?
                .user_task()?
                .outcome(id)?
                .label
                .get(lang)
                .to_owned(),
        )
    });
    // The log has the person's post in both languages, the task in one.
    let told = of.history.iter().find(|entry| {
        let text = |name: &str| entry.note.get(name).and_then(serde_json::Value::as_str);
        text("kind") == Some("task") && text("task") == Some(&task.id)
    });
    let by = match told {
        Some(entry) => history::who(of, entry),
        None => task.done_name.clone().unwrap_or_default(),
    };
    let parts = [outcome.unwrap_or_default(), by, of.words.instant(done)];
    let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    said.join(match lang {
        Lang::Zh => "，",
        Lang::En => ", ",
    })
}

/// The steps of people in the order of the process; a called process stands where it is called.
fn steps<'a>(of: &'a Gathered) -> Vec<Step<'a>> {
    let definition = &of.kind.definition;
    let Some(main) = definition.processes.get(&definition.main) else {
        return Vec::new();
    };
    let mut steps = Vec::new();
    for node in main.nodes() {
        match &node.kind {
            NodeKind::User(_) => steps.push(step(of, main, node)),
            NodeKind::Call { process, .. } => {
                // A process that several call activities share has a step for each; its stage says which is meant.
                let called = definition.processes.get(process);
                let inner: Vec<Step<'a>> = called
                    .into_iter()
                    .flat_map(|called| called.nodes().iter().map(move |inner| (called, inner)))
                    .filter(|(_, inner)| stage_of(inner) == Some(node.id.as_str()))
                    .map(|(called, inner)| step(of, called, inner))
                    .collect();
                if inner.is_empty() {
                    steps.push(Step {
                        node,
                        past: Vec::new(),
                        state: later(of),
                    });
                }
                steps.extend(inner);
            }
            _ => {}
        }
    }
    steps
}

fn stage_of(node: &Node) -> Option<&str> {
    node.user_task().and_then(|task| task.stage.as_deref())
}

fn later(of: &Gathered) -> State {
    if of.view.case.status == "open" {
        State::Later
    } else {
        State::Passed
    }
}

fn step<'a>(of: &'a Gathered, process: &Process, node: &'a Node) -> Step<'a> {
    let here = |task: &&TaskRow| task.process == process.id && task.node == node.id;
    let past: Vec<&TaskRow> = of.view.past.iter().filter(here).collect();
    let open = of.view.tasks.iter().any(|open| here(&&open.task));
    let state = match (open, past.is_empty()) {
        (true, _) => State::Now,
        (false, false) => State::Done,
        (false, true) => later(of),
    };
    Step { node, past, state }
}
