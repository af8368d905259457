//! Cases by what a telephone call brings: ids that a search found, the caller's number, and what people said before.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};
use yuandu_feel::{Context, Value as Feel};
use yuandu_identity::OpCtx;
use yuandu_schema::FieldType;
use yuandu_store::Value;

use super::list::CaseFilter;
use crate::error::ProcessError;
use crate::ops::Engine;
use crate::store::{self, CaseRow};

/// Ids asked for at once.
const MOST_IDS: usize = 200;

/// What somebody said, and what it was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The system.
    pub system: String,
    /// The category it was given in the end.
    pub category: String,
    /// The words as they were written down.
    pub words: String,
}

impl Engine {
    /// Those of some cases that an officer may see, in the order of the ids, in one query.
    ///
    /// # Errors
    /// A failure of the gate or the store.
    pub fn cases_among(&self, ctx: &OpCtx, ids: &[String]) -> Result<Vec<CaseRow>, ProcessError> {
        let ids = ids.get(..MOST_IDS.min(ids.len())).unwrap_or_default();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.visible(ctx, "cases.list", &CaseFilter::default())?;
        let places = vec!["?"; ids.len()].join(", ");
        found.and(
            &format!("cases.id IN ({places})"),
            ids.iter().map(|id| Value::from(id.as_str())),
        );
        let sql = format!("SELECT cases.* FROM cases WHERE {}", found.sql());
        let mut by_id: HashMap<String, CaseRow> = HashMap::new();
        self.store.read(|reader| {
            for row in reader.query(&sql, &found.params)? {
                let case = CaseRow::read(&row)?;
                by_id.insert(case.id.clone(), case);
            }
            Ok::<_, ProcessError>(())
        })?;
        Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
    }

    /// The latest cases that an officer may see and whose reporter gave this number, in one query for each kind of case that asks for one.
    /// The number comes from the caller; nothing is shown that the officer's list would not show.
    ///
    /// # Errors
    /// A failure of the gate or the store.
    pub fn cases_of_phone(
        &self,
        ctx: &OpCtx,
        phone: &str,
        most: usize,
    ) -> Result<Vec<CaseRow>, ProcessError> {
        let mut cases: Vec<CaseRow> = Vec::new();
        for kind in self.current_kinds() {
            let fields = &kind.declared.fields;
            let Some(field) = fields.iter().find(|field| field.kind == FieldType::Phone) else {
                continue;
            };
            let mut found = self.visible(ctx, "cases.list", &CaseFilter::default())?;
            found.and(&format!("facts.{} = ?", field.name), [phone.into()]);
            found
                .params
                .push(Value::Int(i64::try_from(most).unwrap_or(i64::MAX)));
            let sql = format!(
                "SELECT cases.* FROM {} AS facts JOIN cases ON cases.realm = facts.realm AND cases.id = facts.id \
                 WHERE {} ORDER BY cases.opened_at DESC LIMIT ${}",
                kind.declared.table,
                found.sql(),
                found.params.len()
            );
            self.store.read(|reader| {
                for row in reader.query(&sql, &found.params)? {
                    cases.push(CaseRow::read(&row)?);
                }
                Ok::<_, ProcessError>(())
            })?;
        }
        cases.sort_by_key(|case| std::cmp::Reverse(case.opened_at));
        cases.truncate(most);
        Ok(cases)
    }

    /// The latest words of every kind of case with the category they were given, to learn from. Words only: no name, number or address.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn said(&self, ctx: &OpCtx, most: usize) -> Result<Vec<Said>, ProcessError> {
        let mut all = Vec::new();
        for kind in self.current_kinds() {
            if !kind
                .declared
                .fields
                .iter()
                .any(|field| field.name == "words")
            {
                continue;
            }
            let sql = format!(
                "SELECT cases.category, facts.words FROM cases JOIN {} AS facts ON facts.realm = cases.realm AND facts.id = cases.id \
                 WHERE cases.realm = $1 AND cases.system = $2 AND cases.category IS NOT NULL AND facts.words IS NOT NULL \
                 ORDER BY cases.opened_at DESC LIMIT $3",
                kind.declared.table
            );
            let parameters = [
                store::realm(ctx.realm),
                kind.declared.system.as_str().into(),
                Value::Int(i64::try_from(most).unwrap_or(i64::MAX)),
            ];
            self.store.read(|reader| {
                for row in reader.query(&sql, &parameters)? {
                    all.push(Said {
                        system: kind.declared.system.clone(),
                        category: row.text("category")?,
                        words: row.text("words")?,
                    });
                }
                Ok::<_, ProcessError>(())
            })?;
        }
        Ok(all)
    }

    /// What a decision of a system would say of a case with these facts, before there is one; null when no rule matches.
    ///
    /// # Errors
    /// No such system.
    pub fn would_decide(
        &self,
        system: &str,
        (model, decision): (&str, &str),
        facts: &Map<String, Json>,
    ) -> Result<Json, ProcessError> {
        let kind = self.kind(system)?;
        let mut facts = facts.clone();
        if let Some(category) = facts.get("category").and_then(Json::as_str) {
            let class = kind.class_of(category);
            facts.insert("class".to_owned(), class.into());
        }
        // Every fact the package declares exists, empty until it is known.
        for field in kind.declared.case_fields() {
            facts.entry(field.name).or_insert(Json::Null);
        }
        let mut scope = Context::new();
        scope.set("case", Feel::from_json(&Json::Object(facts)));
        let decided = kind
            .declared
            .decisions
            .get(model)
            .and_then(|tables| tables.decide(decision, &scope).ok());
        Ok(decided.map_or(Json::Null, |decided| decided.value.to_json()))
    }
}
