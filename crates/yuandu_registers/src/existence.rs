//! Whether what records point at exists: other records, organisations, posts, people. Asked for many records at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};
use yuandu_base::Problem;
use yuandu_schema::{FieldDef, FieldType, RegisterDef};
use yuandu_store::{Reader, StoreError};

use crate::table::stored;
use crate::{Registers, queries};

/// Ids known to exist, by table; kept over the batches of an import.
#[derive(Debug, Default)]
pub(crate) struct Known(BTreeMap<String, BTreeMap<String, bool>>);

impl Registers {
    /// Problems of records whose references lead nowhere: the position in `records` and the problem.
    pub(crate) fn dangling(
        &self,
        reader: &Reader<'_>,
        def: &RegisterDef,
        realm: i64,
        records: &[&Map<String, Json>],
        known: &mut Known,
    ) -> Result<Vec<(usize, Problem)>, StoreError> {
        let mut problems = Vec::new();
        for field in stored(def) {
            let Some(table) = self.table_of(def, field) else {
                continue;
            };
            let value = |record: &Map<String, Json>| {
                record
                    .get(&field.name)
                    .and_then(Json::as_str)
                    .map(str::to_owned)
            };
            let ids: BTreeSet<String> = records.iter().filter_map(|record| value(record)).collect();
            known.learn(reader, &table, realm, ids)?;
            for (at, record) in records.iter().enumerate() {
                if let Some(id) = value(record).filter(|id| !known.has(&table, id)) {
                    problems.push((at, nowhere(field, &id)));
                }
            }
        }
        Ok(problems)
    }

    fn table_of(&self, def: &RegisterDef, field: &FieldDef) -> Option<String> {
        match &field.kind {
            FieldType::Org => Some("orgs".to_owned()),
            FieldType::Post => Some("posts".to_owned()),
            FieldType::User => Some("users".to_owned()),
            FieldType::Reference { register } => self.target(def, register).map(RegisterDef::table),
            _ => None,
        }
    }
}

impl Known {
    fn learn(
        &mut self,
        reader: &Reader<'_>,
        table: &str,
        realm: i64,
        ids: BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let answers = self.0.entry(table.to_owned()).or_default();
        let unasked: Vec<String> = ids
            .into_iter()
            .filter(|id| !answers.contains_key(id))
            .collect();
        if unasked.is_empty() {
            return Ok(());
        }
        let found: BTreeSet<String> = queries::known_ids(reader, table, realm, &unasked)?
            .into_iter()
            .collect();
        answers.extend(unasked.into_iter().map(|id| {
            let exists = found.contains(&id);
            (id, exists)
        }));
        Ok(())
    }

    fn has(&self, table: &str, id: &str) -> bool {
        self.0
            .get(table)
            .and_then(|answers| answers.get(id))
            .copied()
            .unwrap_or(false)
    }
}

fn nowhere(field: &FieldDef, id: &str) -> Problem {
    let label = &field.label;
    Problem::new(
        "registers.reference_unknown",
        &field.name,
        format!("「{}」的 `{id}` 不存在，请先登记或改正", label.zh),
        format!(
            "`{id}` of `{}` does not exist; register it first or correct it",
            label.en
        ),
    )
}
