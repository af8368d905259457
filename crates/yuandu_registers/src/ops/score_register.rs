//! The quality of a register in figures: how much is filled, how much holds, how fresh it is, and what is in dispute.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::{Span, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use yuandu_base::LocalText;
use yuandu_base::calendar::Calendar;
use yuandu_feel::{Context, Expression};
use yuandu_identity::OpCtx;
use yuandu_schema::{QualityRule, RegisterDef};
use yuandu_store::StoreError;

use super::{disputes, matches};
use crate::registers::today;
use crate::table::stored;
use crate::{RecordView, Registers, RegistersError, queries, record};

/// Records that are looked at; the answer says of how many.
const MOST: usize = 20_000;
/// Records read at a time.
const BATCH: usize = 1_000;
/// Records named for each shortcoming.
const EXAMPLES: usize = 5;

/// A rule or field that some records do not fulfil.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shortcoming {
    /// The rule or field.
    pub id: String,
    /// What people read.
    pub label: LocalText,
    /// Records that do not fulfil it.
    pub records: u64,
    /// Some of them.
    pub examples: Vec<String>,
}

/// How much of a field is filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The field.
    pub field: String,
    /// Records that say something.
    pub filled: u64,
}

/// The quality of a register.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Scorecard {
    /// The organisation whose word counts: the supplier.
    pub supplier: String,
    /// Records of the register.
    pub records: u64,
    /// Records that were looked at: all, or the first ones by key.
    pub looked_at: u64,
    /// Coverage of every field that the register itself keeps.
    pub coverage: Vec<Coverage>,
    /// Fields with values that would not be taken today, most frequent first.
    pub invalid: Vec<Shortcoming>,
    /// Rules that records break, most frequent first; those that all fulfil too.
    pub rules: Vec<Shortcoming>,
    /// Within how many months records are promised to be confirmed or changed.
    pub promised_months: Option<u16>,
    /// Records for which the promise is kept.
    pub fresh: u64,
    /// When a record was last changed.
    pub changed_at: Option<Timestamp>,
    /// Pairs that may be the same and wait, up to a thousand.
    pub pairs: u64,
    /// Disputes that wait.
    pub disputes: u64,
    /// Of them, those that are overdue.
    pub overdue: u64,
}

impl Registers {
    /// Looks at the records of a register and counts.
    ///
    /// # Errors
    /// When the actor may not write the register.
    pub fn score_register(&self, ctx: &OpCtx, register: &str) -> Result<Scorecard, RegistersError> {
        let def = self.def(register)?;
        self.require(ctx, "registers.write", def)?;
        let realm = i64::from(ctx.realm.get());
        let mut counting = Counting::new(self, ctx, def);
        let mut after = String::new();
        while counting.looked_at < MOST {
            let views = self.store.read(|reader| {
                let rows = queries::after_id(reader, def, realm, (&after, BATCH))?;
                rows.iter()
                    .map(|row| record::from_row(def, row))
                    .collect::<Result<Vec<_>, StoreError>>()
            })?;
            let Some(last) = views.last() else { break };
            after.clone_from(&last.id);
            views.iter().for_each(|view| counting.take(view));
            if views.len() < BATCH {
                break;
            }
        }
        let mut card = counting.card();
        self.store.read(|reader| {
            card.records = queries::count_all(reader, def, realm)?.unsigned_abs();
            let pairs =
                queries::count_open_pairs(reader, matches::TABLE, realm, (register, 1_000))?;
            card.pairs = pairs.unsigned_abs();
            let (open, late) =
                queries::waiting_disputes(reader, disputes::TABLE, realm, (register, ctx.now()))?;
            (card.disputes, card.overdue) = (open.unsigned_abs(), late.unsigned_abs());
            Ok::<_, StoreError>(())
        })?;
        Ok(card)
    }

    /// The rules that a record breaks.
    #[must_use]
    pub fn broken_rules<'d>(
        &self,
        def: &'d RegisterDef,
        values: &Map<String, Json>,
    ) -> Vec<&'d QualityRule> {
        let scope = scope(values);
        def.rules
            .iter()
            .filter(|rule| {
                let parsed = Expression::parse(&rule.check).ok();
                parsed.is_some_and(|rule| rule.evaluate(&scope).as_bool() == Some(false))
            })
            .collect()
    }
}

fn scope(values: &Map<String, Json>) -> Context {
    let mut scope = Context::new();
    for (name, value) in values {
        scope.set(name.as_str(), yuandu_feel::Value::from_json(value));
    }
    scope
}

/// Figures in the making.
struct Counting<'r> {
    registers: &'r Registers,
    ctx: &'r OpCtx,
    def: &'r RegisterDef,
    rules: Vec<(&'r QualityRule, Expression)>,
    fresh_since: Option<Timestamp>,
    looked_at: usize,
    filled: BTreeMap<&'r str, u64>,
    invalid: BTreeMap<String, (u64, Vec<String>)>,
    broken: BTreeMap<&'r str, (u64, Vec<String>)>,
    fresh: u64,
    changed_at: Option<Timestamp>,
}

impl<'r> Counting<'r> {
    fn new(registers: &'r Registers, ctx: &'r OpCtx, def: &'r RegisterDef) -> Self {
        let rules = def.rules.iter();
        let fresh_since = def.fresh_months.and_then(|months| {
            let zone = Calendar::statutory().time_zone().clone();
            let now = ctx.now().to_zoned(zone);
            let past = now
                .checked_sub(Span::new().months(i64::from(months)))
                .ok()?;
            Some(past.timestamp())
        });
        Self {
            registers,
            ctx,
            def,
            rules: rules
                .filter_map(|rule| Some((rule, Expression::parse(&rule.check).ok()?)))
                .collect(),
            fresh_since,
            looked_at: 0,
            filled: BTreeMap::new(),
            invalid: BTreeMap::new(),
            broken: BTreeMap::new(),
            fresh: 0,
            changed_at: None,
        }
    }

    fn take(&mut self, view: &RecordView) {
        self.looked_at += 1;
        for field in stored(self.def) {
            let filled = view.values.contains_key(&field.name);
            *self.filled.entry(&field.name).or_default() += u64::from(filled);
        }
        if let Err(problems) = self
            .registers
            .check(self.def, &view.values, today(self.ctx))
        {
            for problem in problems {
                note(self.invalid.entry(problem.place).or_default(), &view.id);
            }
        }
        let scope = scope(&view.values);
        for (rule, expression) in &self.rules {
            if expression.evaluate(&scope).as_bool() == Some(false) {
                note(self.broken.entry(&rule.id).or_default(), &view.id);
            }
        }
        let since = self.fresh_since;
        let kept = since.is_none_or(|since| view.changed_at.is_some_and(|at| at >= since));
        self.fresh += u64::from(kept);
        self.changed_at = self.changed_at.max(view.changed_at);
    }

    fn card(self) -> Scorecard {
        let named =
            |id: String, label: LocalText, (records, examples): (u64, Vec<String>)| Shortcoming {
                id,
                label,
                records,
                examples,
            };
        let mut invalid: Vec<Shortcoming> = self
            .invalid
            .into_iter()
            .map(|(place, found)| {
                let label = self.def.field(&place).map(|field| field.label.clone());
                let label = label.unwrap_or_else(|| LocalText::new(place.as_str(), place.as_str()));
                named(place, label, found)
            })
            .collect();
        let mut broken = self.broken;
        let mut rules: Vec<Shortcoming> = self
            .rules
            .iter()
            .map(|(rule, _)| {
                let found = broken.remove(rule.id.as_str()).unwrap_or_default();
                named(rule.id.clone(), rule.label.clone(), found)
            })
            .collect();
        invalid.sort_by_key(|found| Reverse(found.records));
        rules.sort_by_key(|found| Reverse(found.records));
        let coverage = stored(self.def).map(|field| Coverage {
            field: field.name.clone(),
            filled: self.filled.get(field.name.as_str()).copied().unwrap_or(0),
        });
        Scorecard {
            supplier: self.def.authority.clone(),
            looked_at: self.looked_at as u64,
            coverage: coverage.collect(),
            invalid,
            rules,
            promised_months: self.def.fresh_months,
            fresh: self.fresh,
            changed_at: self.changed_at,
            ..Scorecard::default()
        }
    }
}

fn note((count, examples): &mut (u64, Vec<String>), id: &str) {
    *count += 1;
    if examples.len() < EXAMPLES {
        examples.push(id.to_owned());
    }
}
