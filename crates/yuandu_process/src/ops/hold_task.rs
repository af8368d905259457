//! Takes a task on and gives it back, so that two officers of one role do not do the same work.

use serde_json::{Value as Json, json};
use yuandu_base::LocalText;
use yuandu_identity::{IdentityError, OpCtx};
use yuandu_store::{Change, Expect, Plan};

use crate::error::ProcessError;
use crate::store::{self, TaskRow};

use super::beside::Beside;
use super::colleagues::refused;
use super::complete_task::no_task;
use super::{Engine, note, task_resource};

impl Engine {
    /// Takes a task on: nobody else completes it until it is released. Taking it on twice changes nothing.
    ///
    /// # Errors
    /// [`ProcessError::Claimed`] when someone else has it; [`ProcessError::TaskDone`]; a refusal of the gate.
    pub fn claim_task(&self, ctx: &OpCtx, task: &str) -> Result<(), ProcessError> {
        self.retrying(|| {
            let (task, user, name) = self.held(ctx, task)?;
            match &task.assignee {
                Some(holder) if *holder == user => return Ok(()),
                Some(holder) => {
                    let by = task.assignee_name.clone().unwrap_or_else(|| holder.clone());
                    return Err(ProcessError::Claimed { by });
                }
                None => {}
            }
            self.hold(ctx, &task, "cases.claim_task", Some(user), Some(name))
        })
    }

    /// Gives a task back. Only who has it can; an administrator's reassignment is another operation.
    ///
    /// # Errors
    /// As for [`Engine::claim_task`].
    pub fn release_task(&self, ctx: &OpCtx, task: &str) -> Result<(), ProcessError> {
        self.retrying(|| {
            let (task, user, _) = self.held(ctx, task)?;
            match &task.assignee {
                None => return Ok(()),
                Some(holder) if *holder != user => {
                    let by = task.assignee_name.clone().unwrap_or_else(|| holder.clone());
                    return Err(ProcessError::Claimed { by });
                }
                Some(_) => {}
            }
            self.hold(ctx, &task, "cases.release_task", None, None)
        })
    }

    fn held(&self, ctx: &OpCtx, id: &str) -> Result<(TaskRow, String, String), ProcessError> {
        let task = self
            .store
            .read(|reader| store::task_row(reader, ctx.realm, id))?;
        let task = task.ok_or_else(|| no_task(id))?;
        self.gate
            .require(ctx, "tasks.claim", &task_resource(&task))?;
        if task.status != "open" {
            return Err(self.done(&task));
        }
        if Beside::of(&task).is_some() && task.role.is_empty() {
            return Err(refused(
                "cases.asked_by_name",
                "task",
                "这是点名请您办的，不能认领或释放；不能办请联系请您的人收回".to_owned(),
                "this was asked of you by name and is not taken on or released; ask whoever asked to take it back".to_owned(),
            ));
        }
        let officer = ctx.officer().ok_or_else(|| IdentityError::Denied {
            action: "tasks.claim".to_owned(),
            reasons: vec![LocalText::new(
                "只有人员可以认领任务",
                "only a person can take a task on",
            )],
        })?;
        let (user, name) = (officer.user.to_string(), officer.name.clone());
        Ok((task, user, name))
    }

    fn hold(
        &self,
        ctx: &OpCtx,
        task: &TaskRow,
        op: &str,
        user: Option<String>,
        name: Option<String>,
    ) -> Result<(), ProcessError> {
        let text: Json = json!({
            "kind": if user.is_some() { "claimed" } else { "released" },
            "who": note::who(ctx), "task": task.id, "node": task.node,
            "name": { "zh": task.name_zh, "en": task.name_en },
        });
        let change = Change::set("tasks").key("id", task.id.clone());
        let plan = Plan::new(
            ctx.realm,
            ctx.entry(op, format!("case/{}", task.case_id), text),
        )
        .expect(Expect::unchanged(
            "tasks",
            [("id", task.id.as_str().into())],
            task.pos,
        ))
        .change(change.with("assignee", user).with("assignee_name", name));
        self.store.commit(plan)?;
        Ok(())
    }
}
