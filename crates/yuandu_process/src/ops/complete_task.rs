//! Completes a task: a person decides one of its outcomes.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize as _;
use serde_json::{Map, Value as Json, json};
use yuandu_base::{LocalText, Problem};
use yuandu_feel::Context;
use yuandu_identity::OpCtx;
use yuandu_store::{Change, Expect, Plan, Receipt, StoreError};

use crate::bpmn::Outcome;
use crate::case_type::Kind;
use crate::engine::Event;
use crate::error::ProcessError;
use crate::forms::{Form, Sent};
use crate::store::{self, Loaded, TaskRow};

use super::answer::signs;
use super::beside::Beside;
use super::note::{self, Decision};
use super::record::Record;
use super::{Engine, idempotency, is_system, task_resource};

/// A decision of a task.
#[derive(Debug, Clone, Default)]
pub struct CompleteTask {
    /// Id of the task.
    pub task: String,
    /// The outcome chosen.
    pub outcome: String,
    /// The data of the outcome's form.
    pub data: Map<String, Json>,
    /// Makes the request safe to send twice.
    pub idempotency: Option<String>,
}

/// A task that was completed, and what comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    /// The case.
    pub case_id: String,
    /// Its number.
    pub number: String,
    /// Its status now.
    pub status: String,
    /// Its stage now.
    pub stage: Option<String>,
    /// The steps that wait now.
    pub next: Vec<NextStep>,
    /// Log position.
    pub position: u64,
    /// Whether an earlier request with the same key had done it.
    pub replayed: bool,
}

/// A step that waits.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NextStep {
    /// Id of its task.
    pub task: String,
    /// Its node.
    pub node: String,
    /// Its name.
    pub name: LocalText,
    /// The role that does it.
    pub role: String,
    /// The organisation it is for.
    pub org: Option<String>,
    /// When it is due.
    pub due_at: Option<Timestamp>,
}

impl NextStep {
    fn of(task: &TaskRow) -> Self {
        Self {
            task: task.id.clone(),
            node: task.node.clone(),
            name: LocalText::new(task.name_zh.as_str(), task.name_en.as_str()),
            role: task.role.clone(),
            org: task.org.clone(),
            due_at: task.due_at,
        }
    }
}

const OP: &str = "cases.complete_task";

impl Engine {
    /// Completes a task.
    ///
    /// # Errors
    /// [`ProcessError::TaskDone`] when someone else did it before; every problem of the form at once; a refusal of
    /// the gate; a failure of the store.
    pub fn complete_task(
        &self,
        ctx: &OpCtx,
        request: &CompleteTask,
    ) -> Result<Completed, ProcessError> {
        self.retrying(
            || match self.store.commit(self.plan_complete_task(ctx, request)?) {
                Ok(receipt) => Ok(Completed::of(&receipt)),
                Err(refused) => Err(self.not_completed(ctx, request, refused)?),
            },
        )
    }

    /// Why a plan of completing a task was refused: the task may have been done by someone else in the meantime.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn not_completed(
        &self,
        ctx: &OpCtx,
        request: &CompleteTask,
        refused: StoreError,
    ) -> Result<ProcessError, ProcessError> {
        if !matches!(refused, StoreError::Changed { .. }) {
            return Ok(refused.into());
        }
        let task = self
            .store
            .read(|reader| store::task_row(reader, ctx.realm, &request.task))?;
        Ok(match task {
            None => no_task(&request.task),
            Some(task) if task.status != "open" => self.done(&task),
            Some(_) => refused.into(),
        })
    }

    /// The plan of completing a task, for callers that measure or commit many at once. A task that is done gives a
    /// plan that the store answers from the idempotency key, or refuses.
    ///
    /// # Errors
    /// As for [`Engine::complete_task`].
    pub fn plan_complete_task(
        &self,
        ctx: &OpCtx,
        request: &CompleteTask,
    ) -> Result<Plan, ProcessError> {
        let key = idempotency(request.idempotency.as_deref(), OP, ctx, &request.content());
        let (task, loaded) = self.load_task(ctx, &request.task)?;
        self.gate
            .require(ctx, "tasks.complete", &task_resource(&task))?;
        let Some(mut loaded) = loaded else {
            if key.is_none() {
                return Err(self.done(&task));
            }
            // The store looks the key up before anything else: either this request was already done, or it is refused.
            let entry = ctx.entry(OP, format!("case/{}", task.case_id), Json::Null);
            let absent = Expect::absent("tasks", [("id", task.id.as_str().into())]);
            return Ok(Plan::new(ctx.realm, entry).expect(absent).idempotent(key));
        };
        let mine = ctx.officer().map(|o| o.user.to_string());
        if let Some(holder) = task
            .assignee
            .as_ref()
            .filter(|a| Some(*a) != mine.as_ref() && !is_system(ctx))
        {
            let by = task.assignee_name.clone().unwrap_or_else(|| holder.clone());
            return Err(ProcessError::Claimed { by });
        }
        if let Some(asked) = Beside::of(&task) {
            let plan = self.plan_answer(ctx, (&task, asked), loaded, request)?;
            return Ok(plan.idempotent(key));
        }
        self.nobody_asked(&loaded, &task)?;
        let kind = Arc::clone(self.kind_of(&loaded.case)?);
        let (outcome, form) = chosen(&kind, &task, &request.outcome)?;
        let sent = self.sent(ctx, &kind, &loaded, form, &request.data)?;
        loaded.tasks.retain(|t| t.id != task.id);
        let decided = Decided {
            kind: &kind,
            task: &task,
            outcome,
            form,
            sent: &sent,
            before: None,
        };
        let waits = loaded.tasks.iter().chain(&loaded.later);
        let plan = if waits.into_iter().any(|other| signs(other, &task)) {
            self.plan_keep(ctx, &loaded, &decided, &request.data)
        } else {
            self.plan_decision(ctx, &mut loaded, &decided)?
        };
        Ok(plan.idempotent(key))
    }

    /// Refuses a decision while somebody works for it or is to sign before it.
    fn nobody_asked(&self, loaded: &Loaded, task: &TaskRow) -> Result<(), ProcessError> {
        let held = loaded.tasks.iter().filter(|other| {
            Beside::of(other).is_some_and(Beside::holds) && other.about.as_ref() == Some(&task.id)
        });
        let names: Vec<String> = held.map(|other| self.addressee(other)).collect();
        if names.is_empty() {
            return Ok(());
        }
        Err(ProcessError::Waits {
            whom: names.join("、"),
        })
    }

    pub(super) fn plan_decision(
        &self,
        ctx: &OpCtx,
        loaded: &mut Loaded,
        decided: &Decided<'_>,
    ) -> Result<Plan, ProcessError> {
        let Decided {
            kind,
            task,
            outcome,
            form,
            sent,
            before,
        } = decided;
        let event = Event::TaskCompleted {
            token: task.token.unsigned_abs(),
            outcome: outcome.id.clone(),
            input: sent.all.clone(),
            facts: sent.facts.clone(),
        };
        let decider = before.as_ref().map_or(ctx, |before| &before.decider);
        let mut record = self.step(decider, kind, loaded, event, false)?;
        let mut text = note::consequences(kind, &record);
        let decision = Decision {
            task,
            outcome,
            form: *form,
            sent,
            now: ctx.now(),
        };
        let calendar = self.calendar(ctx.realm)?;
        note::decision(&mut text, ctx, &calendar, &decision);
        text.extend(before.iter().flat_map(|before| before.said.clone()));
        let entry = ctx.entry(OP, format!("case/{}", task.case_id), Json::Object(text));
        let done = Change::set("tasks")
            .key("id", task.id.clone())
            .with("status", "done")
            .with("done_at", ctx.now())
            .with(
                "done_by",
                decider
                    .officer()
                    .map_or_else(|| decider.actor_name(), |o| o.user.to_string()),
            )
            .with("done_name", note::who_line(decider))
            .with("kept", None::<String>)
            .with("outcome", outcome.id.clone())
            .with("data", serde_json::to_string(&sent.own).ok());
        let plan = Plan::new(ctx.realm, entry)
            .expect(Expect::unchanged(
                "cases",
                [("id", task.case_id.as_str().into())],
                loaded.case.pos,
            ))
            .expect(Expect::unchanged(
                "tasks",
                [("id", task.id.as_str().into())],
                task.pos,
            ))
            .change(done);
        let asked = form.iter().flat_map(|form| form.fields.iter());
        let photos = self.photo_rows(ctx, asked.map(|asked| &asked.field), &sent.all)?;
        let plan = self.planned(ctx, plan.changes(photos), &mut record)?;
        Ok(plan.reply(reply(&record)))
    }

    /// The task and, while it is open, its case.
    fn load_task(&self, ctx: &OpCtx, id: &str) -> Result<(TaskRow, Option<Loaded>), ProcessError> {
        self.store.read(|reader| {
            let task = store::task_row(reader, ctx.realm, id)?.ok_or_else(|| no_task(id))?;
            if task.status != "open" {
                return Ok((task, None));
            }
            let case =
                store::case_row(reader, ctx.realm, &task.case_id)?.ok_or_else(|| no_task(id))?;
            let kind = self.kind_of(&case)?;
            let loaded = store::load(reader, ctx.realm, case, kind)?;
            Ok((task, Some(loaded)))
        })
    }

    /// Checks what was sent against the form of the outcome.
    pub(super) fn sent(
        &self,
        ctx: &OpCtx,
        kind: &Kind,
        loaded: &Loaded,
        form: Option<&Form>,
        data: &Map<String, Json>,
    ) -> Result<Sent, ProcessError> {
        let Some(form) = form else {
            return match data.keys().next() {
                None => Ok(Sent::default()),
                Some(_) => Err(ProcessError::Invalid(
                    data.keys().map(|name| no_field(name)).collect(),
                )),
            };
        };
        let scope = if form.has_formulas() {
            self.form_scope(ctx, kind, loaded)
        } else {
            Context::new()
        };
        let on = self.local_date(ctx.now());
        let mut sent = form
            .check(data, &scope, &kind.declared.lists, on)
            .map_err(ProcessError::Invalid)?;
        self.check_orgs(ctx, form.fields.iter().map(|f| &f.field), &sent.all)?;
        self.copy_sourced(ctx, kind, loaded, &mut sent.facts)?;
        Ok(sent)
    }

    /// What the formulas of a form see.
    pub(crate) fn form_scope(&self, ctx: &OpCtx, kind: &Kind, loaded: &Loaded) -> Context {
        let calendar = self.calendar_to_show(ctx.realm);
        let around = crate::engine::Surroundings {
            now: ctx.now(),
            calendar: &calendar,
            actor: super::actor(ctx),
        };
        crate::engine::form_scope(&kind.definition, &loaded.matter, &around)
    }

    /// The refusal of a task that is no longer open, naming who did it and when.
    pub(crate) fn done(&self, task: &TaskRow) -> ProcessError {
        let (zh, en) = (task.name_zh.as_str(), task.name_en.as_str());
        let message = match (&task.done_name, task.done_at) {
            (Some(by), Some(at)) if task.status == "done" => {
                let at = at
                    .to_zoned(self.zone().clone())
                    .strftime("%Y-%m-%d %H:%M")
                    .to_string();
                LocalText::new(
                    format!("「{zh}」已由 {by} 于 {at} 办理"),
                    format!("`{en}` was done by {by} at {at}"),
                )
            }
            _ => LocalText::new(
                format!("「{zh}」已撤销，无需办理"),
                format!("`{en}` was withdrawn by the process"),
            ),
        };
        ProcessError::TaskDone {
            task: en.to_owned(),
            by: task.done_name.clone().unwrap_or_else(|| "-".to_owned()),
            at: task.done_at,
            message,
        }
    }
}

/// A decision with everything it needs.
pub(super) struct Decided<'a> {
    pub(super) kind: &'a Kind,
    pub(super) task: &'a TaskRow,
    pub(super) outcome: &'a Outcome,
    pub(super) form: Option<&'a Form>,
    pub(super) sent: &'a Sent,
    /// The decision was taken before, by somebody else than who acts: it takes effect with the last signature.
    pub(super) before: Option<Before>,
}

/// A decision that was kept.
pub(super) struct Before {
    /// Who decided.
    pub(super) decider: OpCtx,
    /// What the history says of the decision and the signature.
    pub(super) said: Map<String, Json>,
}

impl CompleteTask {
    /// What makes two requests the same.
    fn content(&self) -> Json {
        json!([self.task, self.outcome, self.data])
    }
}

/// The outcome chosen and its form.
pub(super) fn chosen<'k>(
    kind: &'k Kind,
    task: &TaskRow,
    outcome: &str,
) -> Result<(&'k Outcome, Option<&'k Form>), ProcessError> {
    let node = kind
        .definition
        .processes
        .get(&task.process)
        .and_then(|p| p.node(&task.node));
    let user = node
        .and_then(|n| n.user_task())
        .ok_or_else(|| no_task(&task.id))?;
    let found = user.outcome(outcome).ok_or_else(|| {
        let known = user
            .outcomes
            .iter()
            .map(|o| o.id.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        ProcessError::Invalid(vec![Problem::new(
            "cases.outcome_unknown",
            "outcome",
            format!("没有结果 `{outcome}`，可选：{known}"),
            format!("there is no outcome `{outcome}`; choose one of {known}"),
        )])
    })?;
    Ok((
        found,
        found.form.as_ref().and_then(|name| kind.forms.get(name)),
    ))
}

/// What the store remembers for whoever asks again.
pub(super) fn reply(record: &Record) -> Json {
    let next: Vec<NextStep> = record.opened.iter().map(NextStep::of).collect();
    json!({
        "case_id": record.case.id, "number": record.case.number, "status": record.case.status,
        "stage": record.case.stage, "next": next,
    })
}

/// A text of the store's answer.
pub(super) fn said(receipt: &Receipt, name: &str) -> Option<String> {
    let text = receipt.reply.get(name)?;
    text.as_str().map(str::to_owned)
}

/// The steps that the store's answer names.
pub(super) fn next_steps(receipt: &Receipt) -> Vec<NextStep> {
    let next = receipt.reply.get("next").map(Vec::<NextStep>::deserialize);
    next.and_then(Result::ok).unwrap_or_default()
}

impl Completed {
    /// Reads what the store answered to the plan of completing a task.
    #[must_use]
    pub fn of(receipt: &Receipt) -> Self {
        Self {
            case_id: said(receipt, "case_id").unwrap_or_default(),
            number: said(receipt, "number").unwrap_or_default(),
            status: said(receipt, "status").unwrap_or_default(),
            stage: said(receipt, "stage"),
            next: next_steps(receipt),
            position: receipt.position,
            replayed: receipt.replayed,
        }
    }
}

pub(crate) fn no_task(id: &str) -> ProcessError {
    ProcessError::NotFound {
        what: "task",
        id: id.to_owned(),
    }
}

pub(super) fn no_field(name: &str) -> Problem {
    Problem::new(
        "schema.field_unknown",
        name,
        format!("没有 `{name}` 这个字段，请删去"),
        format!("there is no field `{name}`; remove it"),
    )
}
