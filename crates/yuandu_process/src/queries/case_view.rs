//! One case as an officer sees it: facts, open tasks with what may be decided, clocks with their sums, and what
//! belongs to it.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use yuandu_base::LocalText;
use yuandu_base::calendar::{DEFAULT_WARN_PERCENT, Lamp, Projection};
use yuandu_identity::{OpCtx, Resource};
use yuandu_ids::RealmId;
use yuandu_store::{Row, StoreError};

use crate::case_type::Kind;
use crate::engine::{Clock, ClockStatus};
use crate::error::ProcessError;
use crate::forms::FormFieldView;
use crate::ops::beside::Beside;
use crate::ops::{Engine, MERGE_CHAIN, case_resource, task_resource};
use crate::queries::hands::{self, CaseMay, Possible};
use crate::store::{self, CardRow, CaseRow, Loaded, TaskRow};

/// A case with everything its page shows.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// The facts every case has.
    pub case: CaseRow,
    /// The declared facts in canonical JSON; those the officer may not read are left out.
    pub facts: Map<String, Json>,
    /// Names of declared facts that are there and left out.
    pub masked: Vec<String>,
    /// Open tasks.
    pub tasks: Vec<TaskView>,
    /// Tasks that are done or withdrawn, the oldest first.
    pub past: Vec<TaskRow>,
    /// What will be asked of others once the step beside it is decided.
    pub later: Vec<TaskRow>,
    /// What this officer may do with the case as a whole.
    pub may: CaseMay,
    /// Clocks.
    pub clocks: Vec<ClockView>,
    /// Cards.
    pub cards: Vec<CardRow>,
    /// Cases merged into this one or joined to it.
    pub children: Vec<ChildView>,
    /// The case this one belongs to.
    pub parent: Option<ChildView>,
    /// What the process could not do by itself.
    pub incidents: Vec<IncidentView>,
}

/// An open task of a case.
#[derive(Debug, Clone)]
pub struct TaskView {
    /// The task.
    pub task: TaskRow,
    /// Whether this officer may do it.
    pub allowed: bool,
    /// Why, or why not.
    pub reasons: Vec<LocalText>,
    /// What can be decided; also shown, greyed, to who may not.
    pub outcomes: Vec<OutcomeView>,
    /// What this officer may do with it by hand.
    pub possible: Possible,
}

/// A decision that can be taken.
#[derive(Debug, Clone)]
pub struct OutcomeView {
    /// Its id.
    pub id: String,
    /// The words on the button.
    pub label: LocalText,
    /// `caution` for refusals and send-backs.
    pub style: Option<String>,
    /// The form it needs.
    pub form: Option<FormView>,
}

/// A form before it is filled in.
#[derive(Debug, Clone)]
pub struct FormView {
    /// Name of the form.
    pub id: String,
    /// What people read above it.
    pub title: LocalText,
    /// Its fields.
    pub fields: Vec<FormFieldView>,
}

/// A clock of a case with the sum that gives its due instant.
#[derive(Debug, Clone)]
pub struct ClockView {
    /// Its name.
    pub name: String,
    /// Its row.
    pub clock: Clock,
    /// Its lamp now; none once it is stopped.
    pub lamp: Option<Lamp>,
    /// The sum; `explain(lang)` gives the words.
    pub projection: Option<Projection>,
}

/// A case that belongs to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildView {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Its status.
    pub status: String,
    /// Its channel.
    pub channel: String,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// Something the process could not do by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentView {
    /// Its id, for a retry.
    pub id: String,
    /// Where.
    pub node: String,
    /// Why, for experts.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// `open` or `resolved`.
    pub status: String,
    /// Whether it can be tried again.
    pub retriable: bool,
    /// What the step worked on, as JSON.
    pub input: Option<String>,
}

/// An entry of a case's history.
#[derive(Debug, Clone)]
pub struct HistoryEntry {
    /// Log position, for the proof.
    pub position: u64,
    /// When.
    pub at: Timestamp,
    /// The operation.
    pub op: String,
    /// Who, as the log names them.
    pub actor: String,
    /// The note: `kind`, `who`, `name`, `outcome_name`, `opinion`, `used`, `facts`, `clocks`, `cards`, `next`.
    pub note: Json,
    /// Leaf hash.
    pub leaf: [u8; 32],
}

/// What one read brings of a case.
struct Parts {
    loaded: Loaded,
    past: Vec<TaskRow>,
    cards: Vec<CardRow>,
    children: Vec<ChildView>,
    parent: Option<ChildView>,
    incidents: Vec<IncidentView>,
}

impl Engine {
    /// A case by its id.
    ///
    /// # Errors
    /// [`ProcessError::NotFound`] when there is none or the officer may not see it; a failure of the store.
    pub fn case_view(&self, ctx: &OpCtx, id: &str) -> Result<CaseView, ProcessError> {
        let (parts, kind) = self.store.read(|reader| {
            let case = store::case_row(reader, ctx.realm, id)?.ok_or_else(|| no_case(id))?;
            let kind = self.kind_of(&case)?.clone();
            let parts = parts(reader, ctx, case, &kind)?;
            Ok::<_, ProcessError>((parts, kind))
        })?;
        let resource = case_resource(&parts.loaded.case);
        if !self.sees(ctx, &parts.loaded.case)? {
            return Err(no_case(id));
        }
        let (facts, masked) = self.shown_facts(ctx, &kind, &parts.loaded, &resource);
        let tasks = parts
            .loaded
            .tasks
            .iter()
            .map(|t| self.task_view(ctx, &kind, &parts, t))
            .collect();
        let clocks = &parts.loaded.matter.clocks;
        Ok(CaseView {
            may: self.may_with_case(ctx, &parts.loaded.case, &parts.past),
            facts,
            masked,
            tasks,
            clocks: clocks
                .iter()
                .map(|(name, clock)| self.clock_view(ctx.realm, (name, clock), ctx.now()))
                .collect::<Result<_, _>>()?,
            past: parts.past,
            later: parts.loaded.later,
            cards: parts.cards,
            children: parts.children,
            parent: parts.parent,
            incidents: parts.incidents,
            case: parts.loaded.case,
        })
    }

    /// The id of the case with a number, if the officer may see it.
    ///
    /// # Errors
    /// [`ProcessError::NotFound`]; a failure of the store.
    pub fn find_case(&self, ctx: &OpCtx, number: &str) -> Result<CaseRow, ProcessError> {
        let canonical = number
            .parse::<yuandu_ids::CaseNumber>()
            .map_err(|_| no_case(number))?
            .to_string();
        let found = self
            .store
            .read(|reader| store::case_by_number(reader, ctx.realm, &canonical))?;
        let case = found.ok_or_else(|| no_case(number))?;
        if self.sees(ctx, &case)? {
            Ok(case)
        } else {
            Err(no_case(number))
        }
    }

    /// The case that each of some cases was joined to in the end, by the id of the joined one: one query for each joining of a
    /// joining.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn main_cases(
        &self,
        ctx: &OpCtx,
        cases: &[CaseRow],
    ) -> Result<HashMap<String, CaseRow>, ProcessError> {
        let follows = |case: &CaseRow| {
            let parent = case.parent.clone().filter(|_| case.status == "merged")?;
            Some((case.id.clone(), parent))
        };
        let mut on_the_way: Vec<(String, String)> = cases.iter().filter_map(follows).collect();
        let mut found = HashMap::new();
        self.store.read(|reader| {
            for _ in 0..MERGE_CHAIN {
                let wanted: BTreeSet<String> =
                    on_the_way.iter().map(|(_, main)| main.clone()).collect();
                let rows = store::cases_by_id(reader, ctx.realm, &wanted)?;
                let mut farther = Vec::new();
                for (id, main) in on_the_way.drain(..) {
                    let Some(row) = rows.get(&main) else {
                        continue;
                    };
                    if let Some((_, next)) = follows(row) {
                        farther.push((id.clone(), next));
                    }
                    found.insert(id, row.clone());
                }
                on_the_way = farther;
                if on_the_way.is_empty() {
                    break;
                }
            }
            Ok::<_, ProcessError>(())
        })?;
        Ok(found)
    }

    /// Everything that happened to a case, the oldest first.
    ///
    /// # Errors
    /// As for [`Engine::case_view`].
    pub fn history(&self, ctx: &OpCtx, id: &str) -> Result<Vec<HistoryEntry>, ProcessError> {
        let case = self
            .store
            .read(|reader| store::case_row(reader, ctx.realm, id))?
            .ok_or_else(|| no_case(id))?;
        if !self.sees(ctx, &case)? {
            return Err(no_case(id));
        }
        let entries = self
            .store
            .log()
            .history(i64::from(ctx.realm.get()), &format!("case/{id}"))?;
        Ok(entries
            .into_iter()
            .map(|entry| HistoryEntry {
                position: entry.position,
                at: entry.at,
                op: entry.op,
                actor: entry.actor,
                note: entry.note,
                leaf: entry.leaf,
            })
            .collect())
    }

    fn shown_facts(
        &self,
        ctx: &OpCtx,
        kind: &Kind,
        loaded: &Loaded,
        resource: &Resource,
    ) -> (Map<String, Json>, Vec<String>) {
        // The need may belong to the case or to a task on this officer's desk.
        let may = self.gate.decide(ctx, "restricted.view", resource).allowed
            || loaded.tasks.iter().any(|task| {
                self.gate
                    .decide(ctx, "restricted.view", &task_resource(task))
                    .allowed
            });
        let (mut shown, mut masked) = (Map::new(), Vec::new());
        for field in &kind.declared.fields {
            let value = loaded
                .matter
                .facts
                .get(&field.name)
                .cloned()
                .unwrap_or(Json::Null);
            if may || value.is_null() || !kind.restricted.contains(&field.name) {
                shown.insert(field.name.clone(), value);
            } else {
                masked.push(field.name.clone());
            }
        }
        (shown, masked)
    }

    /// Whether the caller sees a case: by the policies of cases, or because they were asked about it.
    pub(crate) fn sees(&self, ctx: &OpCtx, case: &CaseRow) -> Result<bool, ProcessError> {
        if self
            .gate
            .decide(ctx, "cases.view", &case_resource(case))
            .allowed
        {
            return Ok(true);
        }
        let Some(officer) = ctx.officer() else {
            return Ok(false);
        };
        let (user, org) = (officer.user.to_string(), officer.org.to_string());
        let asked = self
            .store
            .read(|reader| store::asked_of(reader, ctx.realm, &case.id, (&user, &org)))?;
        let may = |task: &TaskRow| {
            self.gate
                .decide(ctx, "tasks.complete", &task_resource(task))
                .allowed
        };
        Ok(asked.iter().any(may))
    }

    fn task_view(&self, ctx: &OpCtx, kind: &Kind, parts: &Parts, task: &TaskRow) -> TaskView {
        let loaded = &parts.loaded;
        let decision = self
            .gate
            .decide(ctx, "tasks.complete", &task_resource(task));
        let node = kind
            .definition
            .processes
            .get(&task.process)
            .and_then(|p| p.node(&task.node));
        if let Some(asked) = Beside::of(task) {
            return TaskView {
                outcomes: hands::answers(asked),
                possible: Possible::default(),
                task: task.clone(),
                allowed: decision.allowed,
                reasons: decision.reasons,
            };
        }
        let scope = self.form_scope(ctx, kind, loaded);
        let outcomes = node
            .and_then(|n| n.user_task())
            .map(|t| t.outcomes.as_slice())
            .unwrap_or_default();
        let outcomes = outcomes
            .iter()
            .map(|outcome| OutcomeView {
                id: outcome.id.clone(),
                label: outcome.label.clone(),
                style: outcome.style.clone(),
                form: outcome
                    .form
                    .as_ref()
                    .and_then(|name| kind.forms.get(name))
                    .map(|form| FormView {
                        id: form.id.clone(),
                        title: form.title.clone(),
                        fields: form.view(&scope, &loaded.matter.facts),
                    }),
            })
            .collect();
        TaskView {
            possible: self.possible(ctx, kind, (task, decision.allowed), &parts.past),
            task: task.clone(),
            allowed: decision.allowed,
            reasons: decision.reasons,
            outcomes,
        }
    }

    /// A clock as it stands at an instant; one that has ended is explained on the calendar that counted then.
    pub(super) fn clock_view(
        &self,
        realm: RealmId,
        (name, clock): (&str, &Clock),
        now: Timestamp,
    ) -> Result<ClockView, ProcessError> {
        let running = clock.status != ClockStatus::Stopped;
        let calendar = self.calendar_at(realm, clock.stopped.unwrap_or(now))?;
        let lamp = calendar.lamp(&clock.ledger, now, DEFAULT_WARN_PERCENT).ok();
        Ok(ClockView {
            name: name.to_owned(),
            lamp: lamp.filter(|_| running),
            projection: calendar
                .due_as_of(&clock.ledger, clock.stopped.unwrap_or(now))
                .ok(),
            clock: clock.clone(),
        })
    }
}

fn parts(
    reader: &yuandu_store::Reader<'_>,
    ctx: &OpCtx,
    case: CaseRow,
    kind: &Kind,
) -> Result<Parts, ProcessError> {
    let key = [store::realm(ctx.realm), case.id.as_str().into()];
    let parent = case.parent.clone();
    let loaded = store::load(reader, ctx.realm, case, kind)?;
    let past = "SELECT * FROM tasks WHERE realm = $1 AND case_id = $2 AND status NOT IN ('open', 'later') ORDER BY created_at, id";
    let cards = "SELECT * FROM cards WHERE realm = $1 AND case_id = $2 ORDER BY issued_at, id";
    let children = "SELECT * FROM cases WHERE realm = $1 AND parent = $2 ORDER BY opened_at, id";
    let incidents = "SELECT * FROM incidents WHERE realm = $1 AND case_id = $2 ORDER BY at, id";
    Ok(Parts {
        past: reader
            .query(past, &key)?
            .iter()
            .map(TaskRow::read)
            .collect::<Result<_, _>>()?,
        cards: reader
            .query(cards, &key)?
            .iter()
            .map(CardRow::read)
            .collect::<Result<_, _>>()?,
        children: reader
            .query(children, &key)?
            .iter()
            .map(child)
            .collect::<Result<_, _>>()?,
        incidents: reader
            .query(incidents, &key)?
            .iter()
            .map(incident)
            .collect::<Result<_, _>>()?,
        parent: match parent {
            Some(id) => store::case_row(reader, ctx.realm, &id)?.map(ChildView::from),
            None => None,
        },
        loaded,
    })
}

fn child(row: &Row) -> Result<ChildView, StoreError> {
    CaseRow::read(row).map(ChildView::from)
}

impl From<CaseRow> for ChildView {
    fn from(case: CaseRow) -> Self {
        Self {
            id: case.id,
            number: case.number,
            title: case.title,
            status: case.status,
            channel: case.channel,
            opened_at: case.opened_at,
        }
    }
}

fn incident(row: &Row) -> Result<IncidentView, StoreError> {
    Ok(IncidentView {
        id: row.text("id")?,
        retriable: row.opt_text("timer")?.is_some(),
        input: row.opt_text("input")?,
        node: row.text("node")?,
        reason: row.text("reason")?,
        at: row.timestamp("at")?,
        status: row.text("status")?,
    })
}

pub(crate) fn no_case(id: &str) -> ProcessError {
    ProcessError::NotFound {
        what: "case",
        id: id.to_owned(),
    }
}
