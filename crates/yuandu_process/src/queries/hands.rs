//! What an officer may do by hand with a task or a case, so that pages offer nothing that is refused afterwards.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use yuandu_base::LocalText;
use yuandu_identity::{OpCtx, Resource};

use crate::case_type::Kind;
use crate::engine::leads_to;
use crate::forms::FormFieldView;
use crate::ops::beside::{Beside, Verdict, form_title};
use crate::ops::{Engine, case_resource};
use crate::store::{CaseRow, TaskRow};

use super::case_view::{FormView, OutcomeView};

/// What may be done by hand with an open step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Possible {
    /// Others may be asked and the step handed over.
    pub ask: bool,
    /// Steps it can be sent back to, the latest first.
    pub earlier: Vec<EarlierStep>,
    /// It is sent back only to come straight back.
    pub only_straight: bool,
    /// Several do it, so that more or fewer may.
    pub countersigned: bool,
    /// The caller did the step before and can take it back.
    pub take_back: bool,
}

/// A step that was done before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierStep {
    /// Its node.
    pub node: String,
    /// Its name.
    pub name: LocalText,
    /// Who did it last.
    pub by: String,
}

/// What may be done with a case as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CaseMay {
    /// Copied and circulated.
    pub copy: bool,
    /// Urged.
    pub urge: bool,
    /// Supervised.
    pub supervise: bool,
    /// Withdrawn by who opened it.
    pub withdraw: bool,
    /// Ended by the administrator.
    pub terminate: bool,
}

impl Engine {
    /// What may be done by hand with a step; `allowed` says whether the caller may do it.
    pub(super) fn possible(
        &self,
        ctx: &OpCtx,
        kind: &Kind,
        (task, allowed): (&TaskRow, bool),
        past: &[TaskRow],
    ) -> Possible {
        let user = ctx.officer().map(|officer| officer.user.to_string());
        let mine = task.assignee.is_none() || task.assignee == user;
        let process = kind.definition.processes.get(&task.process);
        let steps = past
            .iter()
            .filter(|done| done.status == "done" && Beside::of(done).is_none());
        let before = steps
            .filter(|done| done.done_at == Some(task.created_at))
            .max_by(|a, b| a.id.cmp(&b.id));
        let take_back = task.assignee.is_none()
            && user.is_some()
            && before.is_some_and(|done| done.done_by == user);
        let Some(process) = process.filter(|_| allowed && mine) else {
            return Possible {
                take_back,
                ..Possible::default()
            };
        };
        let mut seen = BTreeSet::new();
        let leads = |done: &&TaskRow| {
            done.status == "done"
                && done.process == task.process
                && leads_to(process, &done.node, &task.node)
        };
        let mut earlier: Vec<EarlierStep> = Vec::new();
        for done in past.iter().rev().filter(leads) {
            if seen.insert(done.node.clone()) {
                earlier.push(EarlierStep {
                    node: done.node.clone(),
                    name: LocalText::new(done.name_zh.as_str(), done.name_en.as_str()),
                    by: done.done_name.clone().unwrap_or_default(),
                });
            }
        }
        Possible {
            ask: true,
            earlier,
            only_straight: kind.only_straight(task),
            countersigned: process
                .node(&task.node)
                .is_some_and(crate::bpmn::Node::is_countersigned),
            take_back,
        }
    }

    /// What the caller may do with a case as a whole.
    pub(super) fn may_with_case(&self, ctx: &OpCtx, case: &CaseRow, past: &[TaskRow]) -> CaseMay {
        let Some(officer) = ctx.officer() else {
            return CaseMay::default();
        };
        let user = Some(officer.user.to_string());
        let open = case.status == "open";
        let others = |done: &TaskRow| done.status == "done" && done.done_by != user;
        let may = |action: &str, on: &Resource| self.gate.decide(ctx, action, on).allowed;
        CaseMay {
            copy: true,
            urge: open,
            supervise: open && may("cases.supervise", &case_resource(case)),
            withdraw: open && case.opened_by == user && !past.iter().any(others),
            terminate: open && may("admin.write", &Resource::system()),
        }
    }
}

/// The ways to answer what was asked.
pub(super) fn answers(kind: Beside) -> Vec<OutcomeView> {
    let one = |(id, zh, en, verdict): &(&str, &str, &str, Verdict)| {
        let field = kind.opinion(*verdict);
        let required = field.required == yuandu_schema::Requirement::Always;
        OutcomeView {
            id: (*id).to_owned(),
            label: LocalText::new(*zh, *en),
            style: (*verdict == Verdict::No).then(|| "caution".to_owned()),
            form: Some(FormView {
                id: kind.node().to_owned(),
                title: form_title().clone(),
                fields: vec![FormFieldView {
                    field,
                    of_case: false,
                    visible: true,
                    required,
                    value: Json::Null,
                }],
            }),
        }
    };
    kind.answers().iter().map(one).collect()
}
