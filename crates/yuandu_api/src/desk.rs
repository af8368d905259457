//! What an agent is shown while a caller speaks: likely category, unit and clause, similar orders, articles, outages, the caller's past.
//!
//! It brings together what the fields of work know each for itself, filtered by the gate; it decides nothing and writes nothing.
//! Start with [`Desk::help`].

mod learned;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use yuandu_identity::OpCtx;
use yuandu_process::CaseRow;
use yuandu_registers::RecordView;
use yuandu_schema::{FieldType, RegisterDef};
use yuandu_search::{Search, Source};

use crate::{ApiError, App, AppParts};
use learned::Learned;
pub use learned::Likely;

/// Name of the searched table of cases.
const CASES: &str = "case";
/// Registers that help: what is answered, and what is known to be out.
const ARTICLES: &str = "hotline.article";
const OUTAGES: &str = "hotline.outage";
/// Shown of each.
const SHOWN: usize = 3;
/// Looked at to show so many: the gate and the dates leave some out.
const LOOKED_AT: usize = 24;
/// Past orders of the caller that are shown.
const PAST: usize = 6;

/// What is known while the caller speaks.
#[derive(Debug, Clone, Default)]
pub struct Spoken {
    /// What was typed so far.
    pub words: String,
    /// The caller's number.
    pub phone: String,
    /// The place in words.
    pub address: String,
    /// System and category, once chosen.
    pub category: Option<(String, String)>,
}

/// The unit in charge and on what ground.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The organisation.
    pub org: String,
    /// The clause, or the reason in words.
    pub clause: String,
}

/// What helps.
#[derive(Debug, Default)]
pub struct Help {
    /// Likely categories, likeliest first.
    pub likely: Vec<Likely>,
    /// Who handles the chosen category, or the likeliest.
    pub owner: Option<Owner>,
    /// Orders in similar words.
    pub similar: Vec<CaseRow>,
    /// Articles that may answer it; none that has ended.
    pub articles: Vec<RecordView>,
    /// What is out at the place, now or soon.
    pub outages: Vec<RecordView>,
    /// The caller's past orders, latest first.
    pub past: Vec<CaseRow>,
}

/// The desk of a city. It keeps an index and a model in memory; both are views of the records and are made anew after a start.
#[derive(Debug)]
pub struct Desk {
    search: Search,
    learned: Arc<Learned>,
}

impl Desk {
    pub(crate) fn new(parts: &AppParts) -> Self {
        let mut sources = vec![Source::new(CASES, "cases").column("words")];
        for def in parts.registers.defs() {
            if [ARTICLES, OUTAGES].contains(&def.full_name().as_str()) {
                sources.push(source(def));
            }
        }
        let realm = i64::from(parts.realm.get());
        Self {
            search: Search::new(Arc::clone(&parts.store), realm, sources),
            learned: Arc::default(),
        }
    }

    /// Full text over cases, articles and outages.
    #[must_use]
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// Learns categories from what was said before and waits for it. [`Desk::help`] begins it in the background when nothing is learned yet.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn learn(&self, app: &App, ctx: &OpCtx) -> Result<(), ApiError> {
        self.learned.learn(app, ctx)
    }

    /// What helps with what was said so far. Costs a constant number of queries.
    ///
    /// # Errors
    /// A failure of the gate or the store.
    pub fn help(&self, app: &App, ctx: &OpCtx, spoken: &Spoken) -> Result<Help, ApiError> {
        let mut help = Help::default();
        if !spoken.phone.is_empty() {
            help.past = app.engine.cases_of_phone(ctx, &spoken.phone, PAST)?;
        }
        let said = spoken.words.trim();
        if said.chars().count() >= 2 {
            self.learned.wake(app, ctx, self.search.rows(CASES)?);
            help.likely = self.learned.suggest(said, SHOWN);
            let ids = self.search.similar(CASES, said, LOOKED_AT)?;
            let ids: Vec<String> = ids.into_iter().map(|hit| hit.id).collect();
            help.similar = app.engine.cases_among(ctx, &ids)?;
            help.similar.truncate(SHOWN);
            help.articles = self.records(app, ctx, ARTICLES, said, &|record| {
                in_force(record, ctx.now())
            })?;
        }
        let place = format!("{said} {}", spoken.address);
        if place.trim().chars().count() >= 2 {
            help.outages = self.records(app, ctx, OUTAGES, &place, &|record| {
                not_over(record, ctx.now())
            })?;
        }
        let chosen = spoken.category.clone().or_else(|| {
            let first = help.likely.first()?;
            Some((first.system.clone(), first.category.clone()))
        });
        help.owner = chosen.and_then(|(system, category)| owner(app, &system, &category));
        Ok(help)
    }

    /// The most similar records of a register that the officer may see and that count now.
    fn records(
        &self,
        app: &App,
        ctx: &OpCtx,
        register: &str,
        text: &str,
        counts: &dyn Fn(&RecordView) -> bool,
    ) -> Result<Vec<RecordView>, ApiError> {
        if app.registers.def(register).is_err() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for hit in self.search.similar(register, text, SHOWN * 2)? {
            // What the officer may not see, and what was removed this very moment, is passed over.
            if let Ok(record) = app.registers.get_record(ctx, register, &hit.id, false)
                && counts(&record)
            {
                found.push(record);
            }
        }
        found.truncate(SHOWN);
        Ok(found)
    }
}

/// The searched columns of a register: those it declares, without restricted ones.
fn source(def: &RegisterDef) -> Source {
    def.fields
        .iter()
        .filter(|field| def.search.contains(&field.name))
        .filter(|field| {
            matches!(
                field.kind,
                FieldType::Text { .. } | FieldType::LongText { .. }
            )
        })
        .fold(
            Source::new(def.full_name(), def.table()),
            |source, field| source.column(field.name.as_str()),
        )
}

fn owner(app: &App, system: &str, category: &str) -> Option<Owner> {
    let facts: Map<String, Json> = [("category".to_owned(), json!(category))]
        .into_iter()
        .collect();
    let decided = app
        .engine
        .would_decide(system, ("route", "route"), &facts)
        .ok()?;
    let text = |name: &str| decided.get(name).and_then(Json::as_str).map(str::to_owned);
    Some(Owner {
        org: text("org")?,
        clause: text("clause").or_else(|| text("why")).unwrap_or_default(),
    })
}

/// An article whose unit still answers for it.
fn in_force(article: &RecordView, now: Timestamp) -> bool {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    article
        .values
        .get("valid_until")
        .and_then(Json::as_str)
        .is_none_or(|until| until >= today.as_str())
}

/// An outage whose end is unknown or still to come.
fn not_over(outage: &RecordView, now: Timestamp) -> bool {
    let ends = outage.values.get("ends").and_then(Json::as_str);
    ends.and_then(|ends| ends.parse::<Timestamp>().ok())
        .is_none_or(|ends| ends > now)
}
