//! What the history of a case shows of an entry: who, from which post, what was decided, and what came of it.
//!
//! A restricted fact is named here but its value is not: the value stands in the sealed changes of the entry only.

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use yuandu_base::LocalText;
use yuandu_base::calendar::{Budget, Calendar};
use yuandu_identity::OpCtx;

use crate::bpmn::Outcome;
use crate::case_type::Kind;
use crate::engine::ClockStatus;
use crate::forms::{Form, Sent};
use crate::store::TaskRow;

use super::record::Record;

/// The person as the history names them.
pub(crate) fn who(ctx: &OpCtx) -> Json {
    match ctx.officer() {
        Some(officer) => json!({
            "user": officer.user.to_string(), "name": officer.name, "post": officer.post.to_string(),
            "post_title": officer.post_title, "org": officer.org.to_string(), "org_name": officer.org_name,
        }),
        None => Json::Null,
    }
}

/// Name and post in one line, for "done by".
pub(crate) fn who_line(ctx: &OpCtx) -> String {
    match ctx.officer() {
        Some(officer) => format!(
            "{}（{} {}）",
            officer.name, officer.org_name.zh, officer.post_title.zh
        ),
        None => ctx.actor_name(),
    }
}

/// The part every step has: facts, clocks, cards, what is next and where the case stands.
pub(crate) fn consequences(kind: &Kind, record: &Record) -> Map<String, Json> {
    let mut facts = Map::new();
    let mut restricted = Vec::new();
    for name in &record.changed {
        if kind.restricted.contains(name) {
            restricted.push(Json::from(name.as_str()));
        } else {
            facts.insert(
                name.clone(),
                record.matter.facts.get(name).cloned().unwrap_or(Json::Null),
            );
        }
    }
    let clocks: Vec<Json> = record
        .touched
        .iter()
        .filter_map(|name| {
            let clock = record.matter.clocks.get(name)?;
            let due = clock.due.filter(|_| clock.status == ClockStatus::Running);
            let due = due.map(|at| at.to_string());
            Some(json!({ "name": name, "status": clock.status.word(), "due": due, "budget": clock.ledger.budget }))
        })
        .collect();
    let cards: Vec<Json> = record
        .cards
        .iter()
        .map(|card| json!({ "colour": card.colour, "clock": card.clock, "org": card.org, "reason": { "zh": card.reason_zh, "en": card.reason_en } }))
        .collect();
    let next: Vec<Json> = record
        .opened
        .iter()
        .map(|t| json!({ "node": t.node, "name": { "zh": t.name_zh, "en": t.name_en }, "stage": t.stage, "role": t.role, "org": t.org }))
        .collect();
    let mut note = Map::new();
    note.insert("facts".to_owned(), facts.into());
    note.insert("restricted".to_owned(), restricted.into());
    note.insert("clocks".to_owned(), clocks.into());
    note.insert("cards".to_owned(), cards.into());
    note.insert("next".to_owned(), next.into());
    if !record.flows.is_empty() {
        note.insert("flows".to_owned(), json!(record.flows));
    }
    note.insert("stage".to_owned(), json!(record.case.stage));
    note.insert("status".to_owned(), json!(record.case.status));
    note
}

/// The note of a completed task.
pub(crate) struct Decision<'a> {
    pub(crate) task: &'a TaskRow,
    pub(crate) outcome: &'a Outcome,
    pub(crate) form: Option<&'a Form>,
    pub(crate) sent: &'a Sent,
    pub(crate) now: Timestamp,
}

/// Adds who decided what, in whose words, and how much working time it took.
pub(crate) fn decision(
    note: &mut Map<String, Json>,
    ctx: &OpCtx,
    calendar: &Calendar,
    of: &Decision<'_>,
) {
    let task = of.task;
    let minutes = calendar
        .working_time_between(task.created_at, of.now)
        .max(0);
    let used = Budget::minutes(u32::try_from(minutes).unwrap_or(u32::MAX)).text();
    note.insert("kind".to_owned(), "task".into());
    note.insert("who".to_owned(), who(ctx));
    note.insert("task".to_owned(), task.id.as_str().into());
    note.insert("node".to_owned(), task.node.as_str().into());
    note.insert(
        "name".to_owned(),
        json!(LocalText::new(task.name_zh.as_str(), task.name_en.as_str())),
    );
    note.insert("step_stage".to_owned(), json!(task.stage));
    note.insert("outcome".to_owned(), of.outcome.id.as_str().into());
    note.insert("outcome_name".to_owned(), json!(of.outcome.done));
    note.insert(
        "used".to_owned(),
        json!({ "minutes": minutes, "words": used }),
    );
    let overdue = task.due_at.is_some_and(|due| of.now > due);
    note.insert("overdue".to_owned(), overdue.into());
    let opinion = ["opinion", "reason"]
        .iter()
        .find_map(|name| of.sent.own.get(*name));
    note.insert("opinion".to_owned(), opinion.cloned().unwrap_or(Json::Null));
    note.insert("input".to_owned(), open_input(of.form, of.sent).into());
}

/// What the form kept with the task, restricted fields left out.
fn open_input(form: Option<&Form>, sent: &Sent) -> Map<String, Json> {
    let restricted = |name: &str| {
        form.is_some_and(|form| {
            let field = form.fields.iter().find(|f| f.field.name == name);
            field.is_some_and(|f| f.field.sensitivity == yuandu_schema::Sensitivity::Restricted)
        })
    };
    sent.own
        .iter()
        .filter(|(name, _)| !restricted(name))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect()
}
