//! Scenarios name posts, tasks and outcomes that exist.

use std::collections::BTreeMap;

use yuandu_process::Beside;
use yuandu_process::bpmn::UserTask;

use crate::load::Draft;
use crate::problems::Problems;
use crate::scenario::{ByHand, Deed, Who};

pub(super) fn check(draft: &Draft, problems: &mut Problems) {
    let package = &draft.package;
    let tasks: BTreeMap<&str, &UserTask> = package
        .processes
        .iter()
        .flat_map(|process| process.nodes())
        .filter_map(|node| Some((node.id.as_str(), node.user_task()?)))
        .collect();
    let incomplete = draft.any_failed("processes/");
    for scenario in &package.scenarios {
        for step in &scenario.steps {
            let mut refuse = |code: &str, zh: String, en: String| {
                problems.add(&scenario.file, step.line, code, zh, en)
            };
            if let Who::Post { template, .. } = &step.who
                && !package.posts().iter().any(|post| post.id == *template)
            {
                refuse(
                    "scenarios.post_unknown",
                    format!("没有岗位 `{template}`"),
                    format!("there is no post `{template}`"),
                );
            }
            let (task, outcome) = match &step.deed {
                Deed::Complete { task, outcome } => (task, Some(outcome)),
                Deed::Claim { task } | Deed::Release { task } => (task, None),
                Deed::Hand(ByHand {
                    task: Some(task), ..
                }) => (task, None),
                Deed::Record { register } => {
                    if package.register(register).is_none() && !draft.any_failed("registers/") {
                        refuse(
                            "scenarios.register_unknown",
                            format!("没有登记簿 `{register}`"),
                            format!("there is no register `{register}`"),
                        );
                    }
                    continue;
                }
                Deed::Hand(_)
                | Deed::Report
                | Deed::Join { .. }
                | Deed::Calendar { .. }
                | Deed::Look
                | Deed::Wait => continue,
            };
            // What is asked of others stands in no model.
            if let Some(kind) = task.strip_prefix('@') {
                if Beside::of_word(kind).is_none() {
                    refuse(
                        "scenarios.task_unknown",
                        format!("没有 `{task}` 这种请人办理的方式"),
                        format!("there is no way of asking others called `{task}`"),
                    );
                }
                continue;
            }
            match tasks.get(task.as_str()) {
                None if incomplete => {}
                None => refuse(
                    "scenarios.task_unknown",
                    format!("流程中没有任务 `{task}`"),
                    format!("no process has a task `{task}`"),
                ),
                Some(user) => {
                    if let Some(outcome) = outcome.filter(|outcome| user.outcome(outcome).is_none())
                    {
                        refuse(
                            "scenarios.outcome_unknown",
                            format!("任务 `{task}` 没有结果 `{outcome}`"),
                            format!("the task `{task}` has no outcome `{outcome}`"),
                        );
                    }
                }
            }
        }
    }
}
