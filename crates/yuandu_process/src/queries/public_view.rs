//! What a resident sees of a report: steps in plain words with dates, the promise and how it was computed, the answer.
//!
//! No name of an officer, no opinion between offices and no restricted fact comes through here.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use yuandu_base::LocalText;
use yuandu_identity::OpCtx;
use yuandu_ids::CaseNumber;
use yuandu_schema::FieldType;
use yuandu_store::LoggedEntry;

use crate::case_type::Kind;
use crate::error::ProcessError;
use crate::ops::beside::Beside;
use crate::ops::{Engine, case_resource};
use crate::store::{self, CaseRow, Loaded};

use super::case_view::no_case;

/// The declared fact that answers the reporter, by convention of all packages.
const ANSWER: &str = "answer";
/// The declared fact with the ground of a refusal, a code, by convention of all packages.
const REFUSAL: &str = "refuse_reason";

/// A report as its reporter follows it.
#[derive(Debug, Clone)]
pub struct PublicView {
    /// The number asked for.
    pub number: String,
    /// Title.
    pub title: String,
    /// Category code.
    pub category: Option<String>,
    /// Name of the category.
    pub category_name: Option<LocalText>,
    /// Address.
    pub address: Option<String>,
    /// Place.
    pub place: Option<(f64, f64)>,
    /// Status: that of the main case for a report that was merged or joined.
    pub status: String,
    /// Stage in the words residents read; none once it has ended.
    pub stage: Option<LocalText>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it ended.
    pub closed_at: Option<Timestamp>,
    /// The number of the main case, for a report that was merged or joined.
    pub main: Option<String>,
    /// How many further reports say the same.
    pub joined: usize,
    /// The organisation that has it, by id.
    pub org: Option<String>,
    /// Until when the present step should be done.
    pub due_at: Option<Timestamp>,
    /// From when the lamp of the present step is yellow.
    pub warn_at: Option<Timestamp>,
    /// How that was computed.
    pub why: Option<LocalText>,
    /// The promises whose time is over, the oldest first: how each was kept can be told to the end of days.
    pub promises: Vec<Promise>,
    /// What happened, the oldest first.
    pub steps: Vec<PublicStep>,
    /// The answer to the reporter.
    pub answer: Option<String>,
    /// The ground on which the report was refused.
    pub refusal: Option<LocalText>,
}

/// Until when a stage should have been done, and when it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// The stage.
    pub stage: LocalText,
    /// Until when it should be done.
    pub due_at: Timestamp,
    /// When it was.
    pub ended_at: Timestamp,
    /// How the due instant was computed.
    pub why: Option<LocalText>,
}

impl Promise {
    /// Whether it was kept.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.ended_at <= self.due_at
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicStep {
    /// When.
    pub at: Timestamp,
    /// What, in plain words.
    pub words: LocalText,
    /// The stage it belongs to.
    pub stage: Option<LocalText>,
    /// The organisation it was sent to, by id.
    pub org: Option<String>,
}

impl Engine {
    /// A report by its number. Whoever has the number may ask.
    ///
    /// # Errors
    /// [`ProcessError::NotFound`]; a refusal of the gate; a failure of the store.
    pub fn public_view(&self, ctx: &OpCtx, number: &str) -> Result<PublicView, ProcessError> {
        let canonical = number
            .parse::<CaseNumber>()
            .map_err(|_| no_case(number))?
            .to_string();
        let found = self.store.read(|reader| {
            let Some(own) = store::case_by_number(reader, ctx.realm, &canonical)? else {
                return Ok(None);
            };
            let main =
                crate::ops::main_case(reader, ctx, &canonical)?.unwrap_or_else(|| own.clone());
            let kind = self.kind_of(&main)?.clone();
            let loaded = store::load(reader, ctx.realm, main, &kind)?;
            let joined = store::children(reader, ctx.realm, &loaded.case.id)?.len();
            Ok::<_, ProcessError>(Some((own, loaded, kind, joined)))
        })?;
        let (own, loaded, kind, joined) = found.ok_or_else(|| no_case(number))?;
        self.told(ctx, own, &loaded, (&*kind, joined))
    }

    /// What is public about a report and the case that it is handled with.
    pub(super) fn told(
        &self,
        ctx: &OpCtx,
        own: CaseRow,
        loaded: &Loaded,
        (kind, joined): (&Kind, usize),
    ) -> Result<PublicView, ProcessError> {
        self.gate
            .require(ctx, "cases.track", &case_resource(&own))?;
        let main = &loaded.case;
        let history = self
            .store
            .log()
            .history(i64::from(ctx.realm.get()), &format!("case/{}", main.id))?;
        let told = history.iter().filter_map(|entry| step(kind, entry));
        let steps = steps_for(&own, main, told.collect());
        let urgent = loaded
            .tasks
            .iter()
            .filter(|t| t.due_at.is_some() && Beside::of(t).is_none())
            .min_by_key(|t| t.due_at);
        let clock = urgent.and_then(|t| t.clock.as_ref()).and_then(|name| {
            let clock = loaded.matter.clocks.get(name)?;
            Some(self.clock_view(ctx.realm, (name, clock), ctx.now()))
        });
        let clock = clock.transpose()?;
        let answer = loaded
            .matter
            .facts
            .get(ANSWER)
            .and_then(Json::as_str)
            .map(str::to_owned);
        Ok(PublicView {
            stage: stage_words(kind, main),
            category_name: main.category.as_ref().and_then(|code| {
                kind.declared
                    .lists
                    .label(crate::case_type::CATEGORIES, code)
                    .cloned()
            }),
            main: (own.id != main.id).then(|| main.number.clone()),
            org: main.org.clone(),
            due_at: main.due_at,
            warn_at: main.warn_at,
            refusal: refusal(kind, &loaded.matter.facts).filter(|_| main.status == "refused"),
            why: clock.and_then(|c| c.projection).map(|p| p.text()),
            answer: answer.filter(|_| !kind.restricted.contains(ANSWER)),
            number: own.number,
            title: own.title,
            category: main.category.clone(),
            address: own.address,
            place: own.lon.zip(own.lat),
            status: main.status.clone(),
            opened_at: own.opened_at,
            updated_at: main.updated_at,
            closed_at: main.closed_at,
            joined,
            promises: self.promises(ctx, kind, loaded)?,
            steps,
        })
    }

    /// What was promised and is over: a clock is called like the stage it measures.
    fn promises(
        &self,
        ctx: &OpCtx,
        kind: &Kind,
        loaded: &Loaded,
    ) -> Result<Vec<Promise>, ProcessError> {
        let mut promises = Vec::new();
        for (name, clock) in &loaded.matter.clocks {
            let (Some(stopped), Some(due_at), Some(stage)) =
                (clock.stopped, clock.due, kind.stage(name))
            else {
                continue;
            };
            // A clock that stood still until it was stopped waited for others: its own work was done before.
            let waited = clock.ledger.suspensions.last();
            let ended_at = waited
                .filter(|last| last.to == Some(stopped))
                .map_or(stopped, |last| last.from);
            let view = self.clock_view(ctx.realm, (name, clock), stopped)?;
            promises.push(Promise {
                stage: stage.title.clone(),
                due_at,
                ended_at,
                why: view.projection.map(|sum| sum.text()),
            });
        }
        promises.sort_by_key(|promise| promise.ended_at);
        Ok(promises)
    }
}

/// The steps as the reporter of `own` reads them: who joined another's report sees both beginnings.
fn steps_for(own: &CaseRow, main: &CaseRow, mut steps: Vec<PublicStep>) -> Vec<PublicStep> {
    if own.id == main.id {
        return steps;
    }
    for first in steps.iter_mut().filter(|step| **step == received(step.at)) {
        first.words = LocalText::new(
            "有人先报了同一个问题",
            "someone had reported the same before",
        );
    }
    steps.push(received(own.opened_at));
    steps.sort_by_key(|step| step.at);
    steps
}

/// The name of the ground of a refusal.
fn refusal(kind: &Kind, facts: &Map<String, Json>) -> Option<LocalText> {
    let code = facts.get(REFUSAL).and_then(Json::as_str)?;
    let field = kind.declared.fields.iter().find(|f| f.name == REFUSAL)?;
    let FieldType::Code { list } = &field.kind else {
        return None;
    };
    let open = !kind.restricted.contains(REFUSAL);
    kind.declared
        .lists
        .label(list, code)
        .cloned()
        .filter(|_| open)
}

fn stage_words(kind: &Kind, case: &CaseRow) -> Option<LocalText> {
    let open = case.status == "open";
    let stage = case
        .stage
        .as_deref()
        .filter(|_| open)
        .and_then(|id| kind.stage(id))?;
    Some(stage.public.clone())
}

fn received(at: Timestamp) -> PublicStep {
    PublicStep {
        at,
        words: LocalText::new("已收到您的上报", "your report was received"),
        stage: None,
        org: None,
    }
}

/// The organisation that an entry of the log sent a case to: the one that became its own, or, when it had the case
/// already, the one whose step of another stage comes next.
#[must_use]
pub fn sent_to(note: &Json) -> Option<&str> {
    let became = note.pointer("/facts/org").and_then(Json::as_str);
    let own = note.get("step_stage");
    let mut next = note
        .get("next")
        .and_then(Json::as_array)
        .into_iter()
        .flatten();
    became.or_else(|| {
        next.find(|step| step.get("stage") != own)?
            .get("org")?
            .as_str()
    })
}

/// An entry of the log in a resident's words; entries that say nothing to a resident give none.
fn step(kind: &Kind, entry: &LoggedEntry) -> Option<PublicStep> {
    let note = &entry.note;
    let text = |name: &str| note.get(name).and_then(Json::as_str);
    match text("kind")? {
        "opened" => Some(received(entry.at)),
        "task" => {
            let label: LocalText =
                serde_json::from_value(note.get("outcome_name")?.clone()).ok()?;
            let stage = text("step_stage")
                .and_then(|id| kind.stage(id))
                .map(|s| s.title.clone());
            Some(PublicStep {
                at: entry.at,
                words: label,
                stage,
                org: sent_to(note).map(str::to_owned),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::sent_to;
    use serde_json::json;

    #[test]
    fn a_dispatch_names_its_unit_also_when_the_unit_had_the_case_before() {
        let first = json!({ "step_stage": "dispatch", "facts": { "org": "water" }, "next": [{ "stage": "handle", "org": "water" }] });
        let again = json!({ "step_stage": "dispatch", "facts": {}, "next": [{ "stage": "handle", "org": "water" }] });
        let signed = json!({ "step_stage": "handle", "facts": {}, "next": [{ "stage": "handle", "org": "water" }] });
        let ended = json!({ "step_stage": "close", "facts": {}, "next": [] });
        let told = [&first, &again, &signed, &ended].map(|note| sent_to(note));
        assert_eq!(told, [Some("water"), Some("water"), None, None]);
    }
}
