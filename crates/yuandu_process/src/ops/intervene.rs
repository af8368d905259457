//! What offices do by hand beside the model: 驳回 send back, 撤回 take back, 加签 and 减签 more or fewer who sign, 转办 hand over, 催办 urge,
//! 撤销 withdraw, 终止 end. Each is one plan with a reason in the log. What is asked of others is in `ask`.

use serde_json::{Map, Value as Json, json};
use yuandu_base::Problem;
use yuandu_identity::{Directory, OpCtx, Resource};
use yuandu_store::{Change, Expect, Plan};

use crate::case_type::Kind;
use crate::engine::{EngineError, Event};
use crate::error::ProcessError;
use crate::queries::no_case;
use crate::store::{self, CaseRow, Loaded, TaskRow};

use super::beside::Beside;
use super::colleagues::refused;
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
        /// Once it is done again there, it comes straight back here.
        straight: bool,
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
}

/// How a case is ended by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// 撤销: who opened it takes it out again, as long as nobody else has decided anything.
    Withdraw,
    /// 终止: the administrator ends it.
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
        let reason = reason_of(&request.reason, "reason")?;
        self.retrying(|| {
            let (task, kind, loaded) = self.task_at_hand(ctx, &request.task)?;
            if Beside::of(&task).is_some() && request.hand != Hand::Urge {
                return Err(no_task(&request.task));
            }
            self.may_by_hand(ctx, (&task, &loaded.case), &request.hand)?;
            let mut text = Map::new();
            text.insert("kind".to_owned(), request.hand.word().into());
            text.insert("who".to_owned(), note::who(ctx));
            text.insert("task".to_owned(), task.id.as_str().into());
            text.insert("node".to_owned(), task.node.as_str().into());
            text.insert(
                "name".to_owned(),
                json!({ "zh": task.name_zh, "en": task.name_en }),
            );
            text.insert("opinion".to_owned(), reason.into());
            match &request.hand {
                Hand::Urge => {
                    let times = task.urged.unwrap_or(0).saturating_add(1);
                    text.insert("to".to_owned(), json!([task.assignee_name]));
                    let change = Change::set("tasks").key("id", task.id.clone());
                    let change = change.with("urged", times).with("urged_at", ctx.now());
                    self.note_only(ctx, &task, text, Some(change))
                }
                Hand::HandOver { user, name } => {
                    text.insert("to".to_owned(), json!([name]));
                    text.insert("to_user".to_owned(), user.as_str().into());
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

    /// Who may do a task may also do these things with it.
    fn may_by_hand(
        &self,
        ctx: &OpCtx,
        (task, case): (&TaskRow, &CaseRow),
        hand: &Hand,
    ) -> Result<(), ProcessError> {
        match hand {
            Hand::TakeBack | Hand::Urge => {
                if !self.sees(ctx, case)? {
                    return Err(no_task(&task.id));
                }
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

    /// Gives a task to somebody else who may do it, found by id, login or full name.
    ///
    /// # Errors
    /// As for [`Engine::intervene`]; [`ProcessError::Invalid`] when the person may not do it.
    pub fn hand_over(
        &self,
        ctx: &OpCtx,
        directory: &Directory,
        (task, to): (&str, &str),
        reason: &str,
    ) -> Result<(), ProcessError> {
        let found = self
            .store
            .read(|reader| store::task_row(reader, ctx.realm, task))?;
        let row = found.ok_or_else(|| no_task(task))?;
        self.gate
            .require(ctx, "tasks.complete", &task_resource(&row))?;
        let person = self.who_may(ctx, directory, (to, "to"), &row)?;
        let request = Intervene {
            task: task.to_owned(),
            hand: Hand::HandOver {
                user: person.id.to_string(),
                name: person.name,
            },
            reason: reason.to_owned(),
        };
        self.intervene(ctx, &request)
    }

    /// Ends a case: every open task, timer and question goes with it.
    ///
    /// # Errors
    /// As for [`Engine::intervene`].
    pub fn end_by_hand(
        &self,
        ctx: &OpCtx,
        case: &str,
        (how, reason): (Ending, &str),
    ) -> Result<(), ProcessError> {
        let reason = reason_of(reason, "reason")?;
        self.retrying(|| {
            let mut loaded = self.loaded(ctx, case)?;
            if !self.sees(ctx, &loaded.case)? && how == Ending::Withdraw {
                return Err(no_case(case));
            }
            match how {
                Ending::Withdraw => self.own_and_untouched(ctx, &loaded.case)?,
                Ending::Terminate => self.gate.require(ctx, "admin.write", &Resource::system())?,
            }
            if loaded.case.status != "open" {
                return Err(refused(
                    "cases.ended",
                    "case",
                    "案卷已经办结".to_owned(),
                    "the case has ended already".to_owned(),
                ));
            }
            let kind = self.kind_of(&loaded.case)?.clone();
            let event = Event::Abandon {
                status: "withdrawn".to_owned(),
            };
            let mut record = self.step(ctx, &kind, &mut loaded, event, false)?;
            let mut text = note::consequences(&kind, &record);
            let word = match how {
                Ending::Withdraw => "withdraw",
                Ending::Terminate => "terminate",
            };
            text.insert("kind".to_owned(), word.into());
            text.insert("who".to_owned(), note::who(ctx));
            text.insert("opinion".to_owned(), reason.into());
            let subject = format!("case/{case}");
            let entry = ctx.entry("cases.end_by_hand", subject, Json::Object(text));
            let plan = Plan::new(ctx.realm, entry).expect(Expect::unchanged(
                "cases",
                [("id", case.into())],
                loaded.case.pos,
            ));
            self.store.commit(self.planned(ctx, plan, &mut record)?)?;
            Ok(())
        })
    }

    /// Only who opened a case withdraws it, and only while nobody else has decided anything in it.
    fn own_and_untouched(&self, ctx: &OpCtx, case: &CaseRow) -> Result<(), ProcessError> {
        let user = ctx.officer().map(|o| o.user.to_string());
        let own = user.is_some() && case.opened_by == user;
        let touched = self
            .store
            .read(|reader| store::decided_by_others(reader, ctx.realm, &case.id, &user))?;
        if own && !touched {
            return Ok(());
        }
        Err(ProcessError::Invalid(vec![Problem::new(
            "cases.withdraw",
            "task",
            "只有发起人在别人办理之前可以撤销；已有人办理的，请联系现在的经办人退回或请管理员终止",
            "only who opened the case can withdraw it, and only before anybody else has decided anything; ask whoever has it to send it back, or the administrator to end it",
        )]))
    }

    fn event_of(
        &self,
        ctx: &OpCtx,
        hand: &Hand,
        task: &TaskRow,
        kind: &Kind,
    ) -> Result<Event, ProcessError> {
        let token = task.token.unsigned_abs();
        if let Hand::SendBack { to, straight } = hand {
            by_the_model(kind, task, *straight)?;
            self.was_done(ctx, task, to)?;
        }
        Ok(match hand {
            Hand::SendBack { to, straight } => Event::SendBack {
                token,
                to: to.clone(),
                straight: *straight,
            },
            Hand::TakeBack => Event::SendBack {
                token,
                to: self.step_before(ctx, task, kind)?,
                straight: false,
            },
            Hand::AddSigners { items } => Event::AddTurns {
                token,
                items: items.clone(),
            },
            Hand::RemoveSigner => Event::RemoveTurn { token },
            Hand::HandOver { .. } | Hand::Urge => {
                return Err(ProcessError::Engine(EngineError::Gone {
                    node: task.node.clone(),
                }));
            }
        })
    }

    /// One is sent back to a step that was done before, not to one that a loop may lead to.
    fn was_done(&self, ctx: &OpCtx, task: &TaskRow, to: &str) -> Result<(), ProcessError> {
        let done = self
            .store
            .read(|reader| store::was_done(reader, ctx.realm, &task.case_id, to))?;
        if done {
            return Ok(());
        }
        Err(refused(
            "cases.hand",
            "to",
            format!("`{to}` 在这件里还没有办过，请退回到办过的一步"),
            format!("`{to}` was not done in this case; send back to a step that was"),
        ))
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

/// Refuses to send back by hand what the model sends back with a form of its own.
fn by_the_model(kind: &Kind, task: &TaskRow, straight: bool) -> Result<(), ProcessError> {
    if straight || !kind.only_straight(task) {
        return Ok(());
    }
    Err(refused(
        "cases.hand",
        "straight",
        "不归本单位的，请用这一步自己的“退回”，写明依据和应由谁办；只要前面补办的，请勾选“办完直接交回给我”".to_owned(),
        "if the matter is not yours, use the step's own way of sending back, with its form; if something is to be added before, tick that it comes straight back to you".to_owned(),
    ))
}

/// A reason or question in words: not empty, and not too long.
pub(super) fn reason_of<'t>(text: &'t str, field: &str) -> Result<&'t str, ProcessError> {
    let text = text.trim();
    if !text.is_empty() && text.chars().count() <= REASON {
        return Ok(text);
    }
    Err(ProcessError::Invalid(vec![Problem::new(
        "cases.reason",
        field,
        format!("请写明理由，不超过 {REASON} 字"),
        format!("say why, in at most {REASON} characters"),
    )]))
}
