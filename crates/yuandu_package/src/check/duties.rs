//! Separation of duties: nobody approves or closes what the same role handled, unless the process says why.
//!
//! `approves="<tasks>"` on `y:task` names the tasks of the same file whose result this task judges. A task that closes
//! (stage `close`) or whose id begins with `approve` judges every task of the stage `handle` when it names none. The
//! roles of the two must differ, and no post template may hold both. `reason-zh` and `reason-en` beside it state why one
//! role may do both; then both are allowed.

use yuandu_process::bpmn::{BPMN, Element, read_tree};

use super::Around;
use super::process::{each, extensions};
use crate::load::Draft;
use crate::manifest::MANIFEST;
use crate::problems::Problems;

/// A user task as far as duties go.
struct Duty<'e> {
    id: &'e str,
    role: &'e str,
    stage: &'e str,
    approves: Option<&'e str>,
    reasoned: bool,
    line: usize,
}

impl Duty<'_> {
    fn judges(&self) -> bool {
        self.approves.is_some() || self.stage == "close" || self.id.starts_with("approve")
    }
}

pub(super) fn check(around: &Around<'_>, problems: &mut Problems) {
    let draft = around.draft;
    for (file, _, text) in draft.in_folder("processes", ".bpmn") {
        let Ok(root) = read_tree(text) else { continue };
        let mut duties = Vec::new();
        each(&root, &mut |element| duties.extend(duty(element)));
        for judge in duties.iter().filter(|duty| duty.judges()) {
            let judged = judged_by(file, judge, &duties, problems);
            if !judge.reasoned {
                apart(draft, file, (judge, &judged), problems);
            }
        }
    }
}

fn duty(element: &Element) -> Option<Duty<'_>> {
    if element.namespace != BPMN || element.name != "userTask" {
        return None;
    }
    let task = extensions(element, "task").next()?;
    let filled = |name: &str| {
        task.attribute(name)
            .is_some_and(|text| !text.trim().is_empty())
    };
    Some(Duty {
        id: element.attribute("id").unwrap_or_default(),
        role: task.attribute("role").unwrap_or_default(),
        stage: task.attribute("stage").unwrap_or_default(),
        approves: task.attribute("approves"),
        reasoned: filled("reason-zh") && filled("reason-en"),
        line: usize::try_from(task.line).unwrap_or(0),
    })
}

fn judged_by<'d>(
    file: &str,
    judge: &Duty<'_>,
    duties: &'d [Duty<'d>],
    problems: &mut Problems,
) -> Vec<&'d Duty<'d>> {
    let Some(names) = judge.approves else {
        let handled = |duty: &&Duty<'_>| duty.stage == "handle" && !duty.judges();
        return duties.iter().filter(handled).collect();
    };
    let mut judged = Vec::new();
    for name in names.split([' ', ',']).filter(|name| !name.is_empty()) {
        match duties
            .iter()
            .find(|duty| duty.id == name && duty.id != judge.id)
        {
            Some(duty) => judged.push(duty),
            None => problems.add(
                file,
                judge.line,
                "process.approves_unknown",
                format!("approves 提到的任务 `{name}` 不在这个流程中"),
                format!("`approves` names the task `{name}`, which is not in this process"),
            ),
        }
    }
    judged
}

/// Tells one role or one post that both does and judges; each is told once, whatever the number of tasks.
fn apart(
    draft: &Draft,
    file: &str,
    (judge, judged): (&Duty<'_>, &[&Duty<'_>]),
    problems: &mut Problems,
) {
    let (mine, role) = (judge.id, judge.role);
    let named = |does: &dyn Fn(&Duty<'_>) -> bool| {
        let names = judged.iter().filter(|duty| does(duty));
        names.map(|duty| duty.id).collect::<Vec<_>>().join(", ")
    };
    let same = named(&|duty| duty.role == role);
    if !same.is_empty() {
        problems.add(
            file,
            judge.line,
            "process.duties",
            format!("角色 `{role}` 既办理 `{same}` 又审批 `{mine}`；请换角色，或写 reason-zh、reason-en 说明理由"),
            format!(
                "the role `{role}` does `{same}` and also judges it in `{mine}`; use another role, or state why with reason-zh and reason-en"
            ),
        );
    }
    for post in &draft.package.manifest.posts {
        let holds = |role: &str| post.roles.iter().any(|held| held == role);
        let does = named(&|duty| duty.role != role && holds(duty.role));
        if holds(role) && !does.is_empty() {
            let id = &post.id;
            problems.add(
                MANIFEST,
                post.roles_line,
                "package.duties",
                format!("岗位 `{id}` 既能办理 `{does}` 又能审批 `{mine}`；请分成两个岗位"),
                format!("the post `{id}` may do `{does}` and also judge it in `{mine}`; make two posts of it"),
            );
        }
    }
}
