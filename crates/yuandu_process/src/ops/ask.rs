//! Asks others beside a step, and takes the question back. One entry of the log each.

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use yuandu_identity::{Directory, OpCtx, Resource};
use yuandu_ids::TaskId;
use yuandu_store::{Change, Expect, Plan};

use crate::error::ProcessError;
use crate::queries::no_case;
use crate::store::{self, CaseRow, Loaded, TaskRow};

use super::answer::void;
use super::beside::{Beside, Kept};
use super::colleagues::refused;
use super::complete_task::no_task;
use super::intervene::reason_of;
use super::{Engine, case_resource, note, task_resource};

/// Most people or units asked at once.
const MOST: usize = 50;

/// Others are asked.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The case.
    pub case: String,
    /// The step it is about; none for what concerns the case as a whole.
    pub task: Option<String>,
    /// How.
    pub kind: Beside,
    /// People by id, login or full name.
    pub people: Vec<String>,
    /// Organisations by id.
    pub units: Vec<String>,
    /// What is asked.
    pub words: String,
    /// By when.
    pub due: Option<Timestamp>,
}

/// Whoever is asked.
struct Party {
    user: Option<String>,
    org: Option<String>,
    role: String,
    name: String,
}

impl Engine {
    /// Asks others beside a step or about a case. Returns the ids of their tasks.
    ///
    /// # Errors
    /// [`ProcessError::Invalid`] with the field that is wrong; a refusal of the gate; [`ProcessError::TaskDone`].
    pub fn ask(
        &self,
        ctx: &OpCtx,
        directory: &Directory,
        ask: &Ask,
    ) -> Result<Vec<String>, ProcessError> {
        let words = reason_of(&ask.words, "words")?;
        if ask.due.is_some_and(|due| due <= ctx.now()) {
            return Err(refused(
                "cases.due_past",
                "due",
                "要求的时间已经过去，请填将来的时间".to_owned(),
                "the time asked for is past; give one in the future".to_owned(),
            ));
        }
        self.retrying(|| {
            let loaded = self.loaded(ctx, &ask.case)?;
            let step = self.step_asked(ctx, ask, &loaded)?;
            let parties = self.parties(ctx, directory, (ask, step), &loaded)?;
            let rows: Vec<TaskRow> = parties
                .iter()
                .map(|party| row(ctx, (ask, words), step, &loaded.case, party))
                .collect();
            let names: Vec<&str> = parties.iter().map(|party| party.name.as_str()).collect();
            let mut text = about(ctx, ask.kind, step);
            text.insert("kind".to_owned(), "asked".into());
            text.insert("to".to_owned(), json!(names));
            text.insert("opinion".to_owned(), words.into());
            text.insert("due".to_owned(), json!(ask.due.map(|due| due.to_string())));
            let mut plan = self.ask_plan(ctx, &loaded.case, text);
            plan = match step {
                Some(step) => plan
                    .expect(unchanged(step))
                    .change(held_by_asker(ctx, ask.kind, step)),
                None => plan.change(noted(&loaded.case)),
            };
            let plan = plan.changes(rows.iter().map(|row| row.put("tasks")));
            self.store.commit(plan)?;
            Ok(rows.into_iter().map(|row| row.id).collect())
        })
    }

    /// Takes a question back: whoever asked does, or an administrator. A decision that was kept for the signature is to be
    /// taken anew.
    ///
    /// # Errors
    /// As for [`Engine::ask`].
    pub fn take_back_question(
        &self,
        ctx: &OpCtx,
        task: &str,
        reason: &str,
    ) -> Result<(), ProcessError> {
        let reason = reason_of(reason, "reason")?;
        self.retrying(|| {
            let found = self
                .store
                .read(|reader| store::task_row(reader, ctx.realm, task))?;
            let asked = found.ok_or_else(|| no_task(task))?;
            let kind = Beside::of(&asked).ok_or_else(|| no_task(task))?;
            if !matches!(asked.status.as_str(), "open" | "later") {
                return Err(self.done(&asked));
            }
            let user = ctx.officer().map(|officer| officer.user.to_string());
            if asked.asked_by.is_none() || asked.asked_by != user {
                self.gate.require(ctx, "admin.write", &Resource::system())?;
            }
            let loaded = self.loaded(ctx, &asked.case_id)?;
            let about = asked.about.as_ref();
            let step = loaded.tasks.iter().find(|task| Some(&task.id) == about);
            let mut text = self::about(ctx, kind, step);
            text.insert("kind".to_owned(), "question_back".into());
            text.insert("to".to_owned(), json!([self.addressee(&asked)]));
            text.insert("opinion".to_owned(), reason.into());
            let change = Change::set("tasks").key("id", asked.id.clone());
            let change = change
                .with("status", "cancelled")
                .with("done_at", ctx.now());
            let plan = self
                .ask_plan(ctx, &loaded.case, text)
                .expect(unchanged(&asked))
                .change(change);
            let plan = match step {
                Some(step) if kind.keeps() && Kept::of(step).is_some() => plan
                    .expect(unchanged(step))
                    .changes(void(&loaded, step, &asked.id)),
                Some(step) => plan.expect(unchanged(step)).change(touched(step)),
                None => plan,
            };
            self.store.commit(plan)?;
            Ok(())
        })
    }

    /// A case with everything a step needs; one that the caller may not see is not there.
    pub(super) fn loaded(&self, ctx: &OpCtx, case: &str) -> Result<Loaded, ProcessError> {
        self.store.read(|reader| {
            let case = store::case_row(reader, ctx.realm, case)?.ok_or_else(|| no_case(case))?;
            let kind = self.kind_of(&case)?.clone();
            Ok(store::load(reader, ctx.realm, case, &kind)?)
        })
    }

    /// The step that is asked about, and whether the caller may ask.
    fn step_asked<'l>(
        &self,
        ctx: &OpCtx,
        ask: &Ask,
        loaded: &'l Loaded,
    ) -> Result<Option<&'l TaskRow>, ProcessError> {
        let case = case_resource(&loaded.case);
        if !ask.kind.of_step() {
            if ask.kind == Beside::Supervise {
                self.gate.require(ctx, "cases.supervise", &case)?;
                self.still_open(&loaded.case)?;
            } else if !self.sees(ctx, &loaded.case)? {
                return Err(no_case(&ask.case));
            }
            return Ok(None);
        }
        let wanted = ask.task.as_deref().unwrap_or_default();
        let step = loaded
            .tasks
            .iter()
            .find(|task| task.id == wanted && Beside::of(task).is_none())
            .ok_or_else(|| no_task(wanted))?;
        self.gate
            .require(ctx, "tasks.complete", &task_resource(step))?;
        self.not_anothers(ctx, step)?;
        if ask.kind.holds() && Kept::of(step).is_some() {
            return Err(refused(
                "cases.decided",
                "task",
                "这一步已作决定、正等签署；要先请别人办理，请先收回签署".to_owned(),
                "the step is decided and waits for signatures; take them back before you ask somebody to work for it"
                    .to_owned(),
            ));
        }
        Ok(Some(step))
    }

    fn still_open(&self, case: &CaseRow) -> Result<(), ProcessError> {
        if case.status == "open" {
            return Ok(());
        }
        Err(refused(
            "cases.ended",
            "case",
            "案卷已经办结，不能再督办".to_owned(),
            "the case has ended and cannot be supervised any more".to_owned(),
        ))
    }

    /// Refuses a task that another officer has taken on.
    pub(super) fn not_anothers(&self, ctx: &OpCtx, task: &TaskRow) -> Result<(), ProcessError> {
        let user = ctx.officer().map(|officer| officer.user.to_string());
        match &task.assignee {
            Some(holder) if Some(holder) != user.as_ref() => Err(ProcessError::Claimed {
                by: task.assignee_name.clone().unwrap_or_else(|| holder.clone()),
            }),
            _ => Ok(()),
        }
    }

    fn parties(
        &self,
        ctx: &OpCtx,
        directory: &Directory,
        (ask, step): (&Ask, Option<&TaskRow>),
        loaded: &Loaded,
    ) -> Result<Vec<Party>, ProcessError> {
        if ask.kind == Beside::Supervise {
            return holders(loaded);
        }
        let mut parties: Vec<Party> = Vec::new();
        if ask.kind.of_units() {
            for unit in &ask.units {
                let org = unit.parse().ok().and_then(|id| directory.org(&id));
                let org = org.filter(|org| org.active).ok_or_else(|| {
                    refused(
                        "cases.unit_unknown",
                        "units",
                        format!("没有在用的单位 `{unit}`"),
                        format!("there is no unit `{unit}` in use"),
                    )
                })?;
                parties.push(Party {
                    user: None,
                    org: Some(org.id.to_string()),
                    role: step.map(|step| step.role.clone()).unwrap_or_default(),
                    name: org.name.zh.clone(),
                });
            }
        }
        for name in ask.people.iter().filter(|_| !ask.kind.of_units()) {
            let probe = row(ctx, (ask, ""), step, &loaded.case, &Party::nobody());
            let person = self.who_may(ctx, directory, (name, "people"), &probe)?;
            parties.push(Party {
                user: Some(person.id.to_string()),
                org: None,
                role: String::new(),
                name: person.name,
            });
        }
        parties.sort_by(|a, b| (&a.user, &a.org).cmp(&(&b.user, &b.org)));
        parties.dedup_by(|a, b| (&a.user, &a.org) == (&b.user, &b.org));
        let field = if ask.kind.of_units() {
            "units"
        } else {
            "people"
        };
        let user = ctx.officer().map(|officer| officer.user.to_string());
        if user.is_some() && parties.iter().any(|party| party.user == user) {
            return Err(refused(
                "cases.oneself",
                field,
                "不能选自己，请选别人".to_owned(),
                "you cannot choose yourself; choose somebody else".to_owned(),
            ));
        }
        if parties.is_empty() || parties.len() > MOST {
            return Err(refused(
                "cases.whom",
                field,
                format!("请选至少一个、至多 {MOST} 个"),
                format!("choose at least one and at most {MOST}"),
            ));
        }
        Ok(parties)
    }

    pub(super) fn ask_plan(&self, ctx: &OpCtx, case: &CaseRow, text: Map<String, Json>) -> Plan {
        let subject = format!("case/{}", case.id);
        Plan::new(
            ctx.realm,
            ctx.entry("cases.ask", subject, Json::Object(text)),
        )
        .expect(Expect::unchanged(
            "cases",
            [("id", case.id.as_str().into())],
            case.pos,
        ))
    }

    /// Whoever is asked, as the history names them.
    pub(super) fn addressee(&self, asked: &TaskRow) -> String {
        let named = asked.assignee_name.clone();
        named.or_else(|| asked.org.clone()).unwrap_or_default()
    }
}

impl Party {
    fn nobody() -> Self {
        Self {
            user: None,
            org: None,
            role: String::new(),
            name: String::new(),
        }
    }
}

/// Whoever has the case now: each open step's holder, else the role and organisation it is for.
fn holders(loaded: &Loaded) -> Result<Vec<Party>, ProcessError> {
    let steps = loaded
        .tasks
        .iter()
        .filter(|task| Beside::of(task).is_none());
    let mut parties: Vec<Party> = steps
        .map(|task| Party {
            user: task.assignee.clone(),
            org: task.org.clone(),
            role: task.role.clone(),
            name: task
                .assignee_name
                .clone()
                .unwrap_or_else(|| task.name_zh.clone()),
        })
        .collect();
    parties.sort_by(|a, b| (&a.user, &a.org, &a.role).cmp(&(&b.user, &b.org, &b.role)));
    parties.dedup_by(|a, b| (&a.user, &a.org, &a.role) == (&b.user, &b.org, &b.role));
    if parties.is_empty() {
        return Err(refused(
            "cases.nobody_has_it",
            "case",
            "这件事现在不在任何人手上，不能督办；请看流程图上它在等什么".to_owned(),
            "nobody has this case now; look at its process for what it waits for".to_owned(),
        ));
    }
    Ok(parties)
}

fn row(
    ctx: &OpCtx,
    (ask, words): (&Ask, &str),
    step: Option<&TaskRow>,
    case: &CaseRow,
    party: &Party,
) -> TaskRow {
    let title = ask.kind.title();
    let step_name = |lang: fn(&TaskRow) -> &String| step.map(|step| lang(step).as_str());
    let named = |title: &str, step: Option<&str>| match step {
        Some(step) => format!("{title}：{step}"),
        None => title.to_owned(),
    };
    let officer = ctx.officer();
    // Who signs afterwards is asked when the step is decided; now, if it is.
    let later = ask.kind == Beside::After && step.is_none_or(|step| step.kept.is_none());
    TaskRow {
        id: TaskId::generate(ctx.now()).to_string(),
        case_id: case.id.clone(),
        system: case.system.clone(),
        process: String::new(),
        node: ask.kind.node().to_owned(),
        token: 0,
        name_zh: named(&title.zh, step_name(|step| &step.name_zh)),
        name_en: named(&title.en, step_name(|step| &step.name_en)).replace('：', ": "),
        role: party.role.clone(),
        org: party.org.clone(),
        grid: None,
        assignee: party.user.clone(),
        assignee_name: party.user.as_ref().map(|_| party.name.clone()),
        status: if later { "later" } else { "open" }.to_owned(),
        stage: None,
        clock: None,
        created_at: ctx.now(),
        due_at: ask.due,
        warn_at: ask.due,
        done_at: None,
        done_by: None,
        done_name: None,
        outcome: None,
        data: None,
        category: case.category.clone(),
        class: case.class.clone(),
        about: step.map(|step| step.id.clone()),
        asked_by: officer.map(|officer| officer.user.to_string()),
        asked_name: officer.map(|officer| officer.name.clone()),
        words: Some(words.to_owned()),
        kept: None,
        urged: None,
        urged_at: None,
        pos: -1,
    }
}

/// The part of a note that says what was asked and about which step.
pub(super) fn about(ctx: &OpCtx, kind: Beside, step: Option<&TaskRow>) -> Map<String, Json> {
    let mut text = Map::new();
    text.insert("who".to_owned(), note::who(ctx));
    text.insert("ask".to_owned(), kind.word().into());
    text.insert("ask_name".to_owned(), json!(kind.title()));
    if let Some(step) = step {
        text.insert("task".to_owned(), step.id.as_str().into());
        text.insert("node".to_owned(), step.node.as_str().into());
        let name = json!({ "zh": step.name_zh, "en": step.name_en });
        text.insert("name".to_owned(), name);
    }
    text
}

/// What comes back comes back to who asked: they have the step while others work for it.
fn held_by_asker(ctx: &OpCtx, kind: Beside, step: &TaskRow) -> Change {
    let change = touched(step);
    match ctx.officer() {
        Some(officer) if (kind.holds() || kind.keeps()) && step.assignee.is_none() => change
            .with("assignee", officer.user.to_string())
            .with("assignee_name", officer.name.clone()),
        _ => change,
    }
}

/// Whatever is asked or answered about a step writes the step's row, as it is: who decides the step at the same moment, or
/// answers too, is refused by the store and looks again. So no decision passes a question over, and no last signature is missed.
pub(super) fn touched(step: &TaskRow) -> Change {
    Change::set("tasks")
        .key("id", step.id.clone())
        .with("kept", step.kept.clone())
}

/// Nothing changes in the case but its position: whoever moves it elsewhere at this moment learns that it has one row more.
pub(super) fn noted(case: &CaseRow) -> Change {
    let change = Change::set("cases").key("id", case.id.clone());
    change.with("status", case.status.clone())
}

/// A task that nobody else may have changed meanwhile.
pub(super) fn unchanged(task: &TaskRow) -> Expect {
    Expect::unchanged("tasks", [("id", task.id.as_str().into())], task.pos)
}
