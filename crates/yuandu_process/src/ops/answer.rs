//! Answers what was asked beside a step, and keeps the decision of a step until others have signed.
//!
//! The last signature and the decision it was waited for are one plan and one entry.

use serde_json::{Map, Value as Json, json};
use yuandu_base::Problem;
use yuandu_identity::OpCtx;
use yuandu_ids::TaskId;
use yuandu_store::{Change, Plan};

use crate::error::ProcessError;
use crate::store::{Loaded, TaskRow};

use super::ask::{about, touched, unchanged};
use super::beside::{Beside, Kept, Verdict};
use super::complete_task::{Before, CompleteTask, Decided, chosen, no_field};
use super::{Engine, note};

/// An answer on its way.
struct Answer<'a> {
    task: &'a TaskRow,
    kind: Beside,
    verdict: Verdict,
    outcome: &'a str,
    words: &'a str,
}

impl Engine {
    /// The plan of answering what was asked.
    pub(super) fn plan_answer(
        &self,
        ctx: &OpCtx,
        (task, kind): (&TaskRow, Beside),
        mut loaded: Loaded,
        request: &CompleteTask,
    ) -> Result<Plan, ProcessError> {
        let words = words_of(&request.data)?;
        let known = kind
            .answers()
            .iter()
            .find(|(id, ..)| *id == request.outcome);
        let Some((outcome, .., verdict)) = known else {
            let ids: Vec<&str> = kind.answers().iter().map(|(id, ..)| *id).collect();
            return Err(ProcessError::Invalid(vec![Problem::new(
                "cases.outcome_unknown",
                "outcome",
                format!("没有结果 `{}`，可选：{}", request.outcome, ids.join(", ")),
                format!(
                    "there is no outcome `{}`; choose one of {}",
                    request.outcome,
                    ids.join(", ")
                ),
            )]));
        };
        kind.opinion(*verdict)
            .check(&Json::from(words))
            .map_err(|problem| ProcessError::Invalid(vec![problem]))
            .and_then(|_| needed(kind, *verdict, words))?;
        let answer = Answer {
            task,
            kind,
            verdict: *verdict,
            outcome,
            words,
        };
        loaded.tasks.retain(|other| other.id != task.id);
        let step = task.about.as_ref();
        let step = loaded
            .tasks
            .iter()
            .find(|other| Some(&other.id) == step)
            .cloned();
        let kept = step.as_ref().filter(|_| kind.keeps()).and_then(Kept::of);
        match (step, kept) {
            (Some(step), Some(kept)) => {
                let waits = loaded.tasks.iter().any(|other| signs(other, &step));
                match answer.verdict {
                    Verdict::Yes if !waits => {
                        self.plan_signed(ctx, loaded, &answer, (&step, &kept))
                    }
                    Verdict::Yes => {
                        let plan = self.answer_plan(ctx, &loaded, &answer, Some(&step));
                        Ok(plan.change(touched(&step)))
                    }
                    Verdict::No => {
                        let plan = self.answer_plan(ctx, &loaded, &answer, Some(&step));
                        Ok(plan.changes(void(&loaded, &step, &task.id)))
                    }
                }
            }
            (step, _) => {
                let plan = self.answer_plan(ctx, &loaded, &answer, step.as_ref());
                let report = report(ctx, &answer).map(|row| row.put("tasks"));
                Ok(plan.changes(report).changes(step.as_ref().map(touched)))
            }
        }
    }

    /// An answer that moves nothing but itself; the step it is about must be as it was.
    fn answer_plan(
        &self,
        ctx: &OpCtx,
        loaded: &Loaded,
        answer: &Answer<'_>,
        step: Option<&TaskRow>,
    ) -> Plan {
        let text = answer_note(ctx, answer, step);
        let reply = json!({
            "case_id": loaded.case.id, "number": loaded.case.number, "status": loaded.case.status,
            "stage": loaded.case.stage, "next": [],
        });
        let expects = step.map(unchanged).into_iter();
        expects
            .fold(self.ask_plan(ctx, &loaded.case, text), Plan::expect)
            .expect(unchanged(answer.task))
            .change(done(ctx, answer))
            .reply(reply)
    }

    /// The last signature: the decision that was kept takes effect with it.
    fn plan_signed(
        &self,
        ctx: &OpCtx,
        mut loaded: Loaded,
        answer: &Answer<'_>,
        (step, kept): (&TaskRow, &Kept),
    ) -> Result<Plan, ProcessError> {
        let kind = self.kind_of(&loaded.case)?.clone();
        let (outcome, form) = chosen(&kind, step, &kept.outcome)?;
        let decider = kept.decider(ctx);
        let sent = self.sent(&decider, &kind, &loaded, form, &kept.data)?;
        loaded.tasks.retain(|other| other.id != step.id);
        let mut said = Map::new();
        said.insert("who".to_owned(), note::who(&decider));
        let signed = json!({
            "who": note::who(ctx), "ask_name": answer.kind.title(), "words": answer.words,
        });
        said.insert("signed".to_owned(), signed);
        let decided = Decided {
            kind: &kind,
            task: step,
            outcome,
            form,
            sent: &sent,
            before: Some(Before { decider, said }),
        };
        let plan = self.plan_decision(ctx, &mut loaded, &decided)?;
        Ok(plan
            .expect(unchanged(answer.task))
            .change(done(ctx, answer)))
    }

    /// Keeps a decision: the step goes on once the others have signed; those who sign afterwards are asked now.
    pub(super) fn plan_keep(
        &self,
        ctx: &OpCtx,
        loaded: &Loaded,
        decided: &Decided<'_>,
        data: &Map<String, Json>,
    ) -> Plan {
        let step = decided.task;
        let kept = Kept::new(ctx, &decided.outcome.id, data);
        let after: Vec<&TaskRow> = loaded
            .later
            .iter()
            .filter(|task| task.about.as_ref() == Some(&step.id))
            .collect();
        let names: Vec<String> = loaded
            .tasks
            .iter()
            .filter(|task| signs(task, step))
            .chain(after.iter().copied())
            .map(|task| self.addressee(task))
            .collect();
        let mut text = Map::new();
        text.insert("kind".to_owned(), "kept".into());
        text.insert("who".to_owned(), note::who(ctx));
        text.insert("task".to_owned(), step.id.as_str().into());
        text.insert("node".to_owned(), step.node.as_str().into());
        let name = json!({ "zh": step.name_zh, "en": step.name_en });
        text.insert("name".to_owned(), name);
        text.insert("outcome_name".to_owned(), json!(decided.outcome.done));
        text.insert("to".to_owned(), json!(names));
        let next: Vec<Json> = after
            .iter()
            .map(|task| {
                json!({ "task": task.id, "node": task.node, "role": task.role, "org": task.org,
                    "name": { "zh": task.name_zh, "en": task.name_en }, "due_at": task.due_at })
            })
            .collect();
        let reply = json!({
            "case_id": loaded.case.id, "number": loaded.case.number, "status": loaded.case.status,
            "stage": loaded.case.stage, "next": next,
        });
        let opened = after.iter().map(|task| {
            let change = Change::set("tasks").key("id", task.id.clone());
            change.with("status", "open").with("created_at", ctx.now())
        });
        let keep = Change::set("tasks").key("id", step.id.clone());
        let keep = keep.with("kept", serde_json::to_string(&kept).ok());
        self.ask_plan(ctx, &loaded.case, text)
            .expect(unchanged(step))
            .change(keep)
            .changes(opened)
            .reply(reply)
    }
}

/// Whether a task is a signature that the decision of a step waits for.
pub(super) fn signs(task: &TaskRow, step: &TaskRow) -> bool {
    Beside::of(task).is_some_and(Beside::keeps) && task.about.as_ref() == Some(&step.id)
}

/// The decision is void: the step is with its holder again, and who signs afterwards waits for the next one; but for the task
/// of an id, which is over.
pub(super) fn void(loaded: &Loaded, step: &TaskRow, over: &str) -> Vec<Change> {
    let after = loaded.tasks.iter().filter(|task| {
        let signs = Beside::of(task) == Some(Beside::After) && task.id != over;
        signs && task.about.as_ref() == Some(&step.id)
    });
    let set = |task: &TaskRow| Change::set("tasks").key("id", task.id.clone());
    let mut changes: Vec<Change> = after
        .map(|task| set(task).with("status", "later"))
        .collect();
    changes.push(set(step).with("kept", None::<String>));
    changes
}

/// Who had a case supervised reads what was reported.
fn report(ctx: &OpCtx, answer: &Answer<'_>) -> Option<TaskRow> {
    let asked = answer.task;
    if answer.kind != Beside::Supervise {
        return None;
    }
    let title = Beside::Copy.title();
    let officer = ctx.officer();
    Some(TaskRow {
        id: TaskId::generate(ctx.now()).to_string(),
        node: Beside::Copy.node().to_owned(),
        name_zh: format!("{}：督办反馈", title.zh),
        name_en: format!("{}: report on a supervised case", title.en),
        role: String::new(),
        org: None,
        assignee: Some(asked.asked_by.clone()?),
        assignee_name: asked.asked_name.clone(),
        asked_by: officer.map(|officer| officer.user.to_string()),
        asked_name: officer.map(|officer| officer.name.clone()),
        words: Some(answer.words.to_owned()),
        created_at: ctx.now(),
        due_at: None,
        warn_at: None,
        urged: None,
        urged_at: None,
        pos: -1,
        ..asked.clone()
    })
}

fn done(ctx: &OpCtx, answer: &Answer<'_>) -> Change {
    let officer = ctx.officer();
    let by = officer.map_or_else(|| ctx.actor_name(), |officer| officer.user.to_string());
    Change::set("tasks")
        .key("id", answer.task.id.clone())
        .with("status", "done")
        .with("done_at", ctx.now())
        .with("done_by", by)
        .with("done_name", note::who_line(ctx))
        .with("outcome", answer.outcome)
        .with("data", json!({ "opinion": answer.words }).to_string())
}

fn answer_note(ctx: &OpCtx, answer: &Answer<'_>, step: Option<&TaskRow>) -> Map<String, Json> {
    let mut text = about(ctx, answer.kind, step);
    text.insert("kind".to_owned(), "answered".into());
    text.insert("outcome".to_owned(), answer.outcome.into());
    let label = answer
        .kind
        .answers()
        .iter()
        .find(|(id, ..)| *id == answer.outcome);
    if let Some((_, zh, en, _)) = label {
        text.insert("outcome_name".to_owned(), json!({ "zh": zh, "en": en }));
    }
    text.insert(
        "opinion".to_owned(),
        json!(Some(answer.words).filter(|words| !words.is_empty())),
    );
    text
}

/// The words of an answer; nothing else is taken.
fn words_of(data: &Map<String, Json>) -> Result<&str, ProcessError> {
    if let Some(other) = data.keys().find(|name| *name != "opinion") {
        return Err(ProcessError::Invalid(vec![no_field(other)]));
    }
    let words = data.get("opinion").and_then(Json::as_str);
    Ok(words.unwrap_or_default().trim())
}

fn needed(kind: Beside, verdict: Verdict, words: &str) -> Result<(), ProcessError> {
    let required = kind.opinion(verdict).required == yuandu_schema::Requirement::Always;
    if !required || !words.is_empty() {
        return Ok(());
    }
    Err(ProcessError::Invalid(vec![Problem::new(
        "schema.required",
        "opinion",
        "请写明意见或办理情况",
        "say what you think or what was done",
    )]))
}
