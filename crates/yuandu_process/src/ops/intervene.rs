//! What offices do by hand beside the model: 驳回 send back, 撤回 take back, 加签 and 减签 more or fewer who sign, 转办 hand over, 催办 urge,
//! 终止 end. Each is one plan with a reason in the log.

use serde_json::{Map, Value as Json, json};
use yuandu_base::Problem;
use yuandu_identity::{OpCtx, Resource};
use yuandu_store::{Change, Expect, Plan};

use crate::case_type::Kind;
use crate::engine::{EngineError, Event};
use crate::error::ProcessError;
use crate::store::{self, Loaded, TaskRow};

use super::complete_task::no_task;
use super::{Engine, note, task_resource};

/// The longest reason.
const REASON: usize = 500;

/// Something done by hand.
#[derive(Debug, Clone, PartialEq)]
pub enum Hand {
    /// Back to an earlier step, and everything after it is void.
    SendBack {
        /// The earlier node.
        to: String,
    },
    /// Who did the step before takes it back, as long as nobody has taken this one on.
    TakeBack,
    /// More people sign.
    AddSigners {
        /// The items of the new instances, for example users.
        items: Vec<Json>,
    },
    /// This one need not sign any more.
    RemoveSigner,
    /// Somebody else does it.
    HandOver {
        /// The user.
        user: String,
        /// Their name.
        name: String,
    },
    /// Whoever has it is urged.
    Urge,
    /// The case ends here.
    Terminate,
}

impl Hand {
    fn word(&self) -> &'static str {
        match self {
            Self::SendBack { .. } => "send_back",
            Self::TakeBack => "take_back",
            Self::AddSigners { .. } => "add_signers",
            Self::RemoveSigner => "remove_signer",
            Self::HandOver { .. } => "hand_over",
            Self::Urge => "urge",
            Self::Terminate => "terminate",
        }
    }
}

/// Something to be done by hand at a task, and why.
#[derive(Debug, Clone)]
pub struct Intervene {
    /// Id of the task.
    pub task: String,
    /// What.
    pub hand: Hand,
    /// Why; shown in the history.
    pub reason: String,
}

impl Engine {
    /// Does something by hand at an open task.
    ///
    /// # Errors
    /// [`ProcessError::Invalid`] without a reason; [`ProcessError::TaskDone`]; a refusal of the gate or of the model.
    pub fn intervene(&self, ctx: &OpCtx, request: &Intervene) -> Result<(), ProcessError> {
        let reason = request.reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON {
            return Err(ProcessError::Invalid(vec![Problem::new(
                "cases.reason",
                "reason",
                format!("请写明理由，不超过 {REASON} 字"),
                format!("say why, in at most {REASON} characters"),
            )]));
        }
        self.retrying(|| {
            let (task, kind, loaded) = self.task_at_hand(ctx, &request.task)?;
            self.may(ctx, &task, &request.hand)?;
            let mut text = Map::new();
            text.insert("kind".to_owned(), request.hand.word().into());
            text.insert("who".to_owned(), note::who(ctx));
            text.insert("task".to_owned(), task.id.as_str().into());
            text.insert("node".to_owned(), task.node.as_str().into());
            text.insert(
                "name".to_owned(),
                json!({ "zh": task.name_zh, "en": task.name_en }),
            );
            text.insert("reason".to_owned(), json!({ "zh": reason, "en": reason }));
            match &request.hand {
                Hand::Urge => self.note_only(ctx, &task, text, None),
                Hand::HandOver { user, name } => {
                    text.insert("to".to_owned(), json!({ "user": user, "name": name }));
                    let change = Change::set("tasks").key("id", task.id.clone());
                    let change = change
                        .with("assignee", user.clone())
                        .with("assignee_name", name.clone());
                    self.note_only(ctx, &task, text, Some(change))
                }
                hand => {
                    let event = self.event_of(ctx, hand, &task, &kind)?;
                    self.moved(ctx, &task, (kind.as_ref(), loaded), event, text)
                }
            }
        })
    }

    fn task_at_hand(
        &self,
        ctx: &OpCtx,
        id: &str,
    ) -> Result<(TaskRow, std::sync::Arc<Kind>, Loaded), ProcessError> {
        let found = self.store.read(|reader| {
            let task = store::task_row(reader, ctx.realm, id)?.ok_or_else(|| no_task(id))?;
            if task.status != "open" {
                return Err(self.done(&task));
            }
            let case =
                store::case_row(reader, ctx.realm, &task.case_id)?.ok_or_else(|| no_task(id))?;
            let kind = self.kind_of(&case)?.clone();
            let loaded = store::load(reader, ctx.realm, case, &kind)?;
            Ok::<_, ProcessError>((task, kind, loaded))
        })?;
        Ok(found)
    }

    /// Who may do a task may also do these things with it; ending a case is the administrator's.
    fn may(&self, ctx: &OpCtx, task: &TaskRow, hand: &Hand) -> Result<(), ProcessError> {
        match hand {
            Hand::Terminate => self.gate.require(ctx, "admin.write", &Resource::system())?,
            Hand::TakeBack | Hand::Urge => {
                self.gate.require(ctx, "cases.view", &task_case(task))?
            }
            _ => self
                .gate
                .require(ctx, "tasks.complete", &task_resource(task))?,
        }
        let user = ctx.officer().map(|o| o.user.to_string());
        match (&task.assignee, hand) {
            (Some(holder), Hand::SendBack { .. } | Hand::HandOver { .. })
                if Some(holder) != user.as_ref() =>
            {
                Err(ProcessError::Claimed {
                    by: task.assignee_name.clone().unwrap_or_else(|| holder.clone()),
                })
            }
            _ => Ok(()),
        }
    }

    fn event_of(
        &self,
        ctx: &OpCtx,
        hand: &Hand,
        task: &TaskRow,
        kind: &Kind,
    ) -> Result<Event, ProcessError> {
        let token = task.token.unsigned_abs();
        Ok(match hand {
            Hand::SendBack { to } => Event::SendBack {
                token,
                to: to.clone(),
            },
            Hand::TakeBack => Event::SendBack {
                token,
                to: self.step_before(ctx, task, kind)?,
            },
            Hand::AddSigners { items } => Event::AddTurns {
                token,
                items: items.clone(),
            },
            Hand::RemoveSigner => Event::RemoveTurn { token },
            Hand::Terminate => Event::Abandon {
                status: "withdrawn".to_owned(),
            },
            Hand::HandOver { .. } | Hand::Urge => {
                return Err(ProcessError::Engine(EngineError::Gone {
                    node: task.node.clone(),
                }));
            }
        })
    }

    /// The step whose completion opened this task, if the caller did it and nobody has taken this one on.
    fn step_before(
        &self,
        ctx: &OpCtx,
        task: &TaskRow,
        kind: &Kind,
    ) -> Result<String, ProcessError> {
        let user = ctx.officer().map(|o| o.user.to_string());
        let before = self.store.read(|reader| {
            store::task_done_at(reader, ctx.realm, &task.case_id, task.created_at)
        })?;
        let refuse = |zh: &str, en: &str| {
            ProcessError::Invalid(vec![Problem::new("cases.take_back", "task", zh, en)])
        };
        if task.assignee.is_some() {
            return Err(refuse(
                "下一步已有人认领，不能撤回，请对方退回",
                "somebody has taken the next step on; ask them to send it back",
            ));
        }
        match before {
            Some(before)
                if before.done_by == user
                    && kind.definition.processes.contains_key(&before.process) =>
            {
                Ok(before.node)
            }
            _ => Err(refuse(
                "只有上一步的经办人可以撤回",
                "only who did the step before can take it back",
            )),
        }
    }

    fn moved(
        &self,
        ctx: &OpCtx,
        task: &TaskRow,
        (kind, mut loaded): (&Kind, Loaded),
        event: Event,
        mut text: Map<String, Json>,
    ) -> Result<(), ProcessError> {
        let mut record = self.step(ctx, kind, &mut loaded, event, false)?;
        text.extend(note::consequences(kind, &record));
        let op = "cases.intervene";
        let entry = ctx.entry(op, format!("case/{}", task.case_id), Json::Object(text));
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
            ));
        self.store.commit(self.planned(ctx, plan, &mut record)?)?;
        Ok(())
    }

    fn note_only(
        &self,
        ctx: &OpCtx,
        task: &TaskRow,
        text: Map<String, Json>,
        change: Option<Change>,
    ) -> Result<(), ProcessError> {
        let entry = ctx.entry(
            "cases.intervene",
            format!("case/{}", task.case_id),
            Json::Object(text),
        );
        let plan = Plan::new(ctx.realm, entry).expect(Expect::unchanged(
            "tasks",
            [("id", task.id.as_str().into())],
            task.pos,
        ));
        self.store.commit(match change {
            Some(change) => plan.change(change),
            None => plan,
        })?;
        Ok(())
    }
}

/// The case of a task, as far as the task tells of it.
fn task_case(task: &TaskRow) -> Resource {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    Resource::case(&yuandu_identity::CaseFacts {
        id: &task.case_id,
        system: &task.system,
        category: &text(&task.category),
        class: &text(&task.class),
        division: "",
        grid: &text(&task.grid),
        org: &text(&task.org),
        status: "open",
        stage: &text(&task.stage),
    })
}
