//! Writing the good rows of an import.

use serde_json::json;
use yuandu_base::ErrorKind;
use yuandu_identity::OpCtx;
use yuandu_schema::RegisterDef;
use yuandu_store::{Expect, Plan, Value};

use super::{Good, ImportCsv};
use crate::ops::put_record::{PutOutcome, outcome};
use crate::record::to_change;
use crate::{Registers, RegistersError, queries, record};

/// Rows of one log entry.
const ROWS_PER_ENTRY: usize = 1_000;
/// How often entries are planned again whose rows someone else changed in between.
const ATTEMPTS: usize = 3;

impl Registers {
    /// Submits all entries at once; those refused because a row changed meanwhile are planned again on what is stored
    /// then, so that an import that began is finished.
    pub(super) fn commit_rows(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        import: &ImportCsv,
        good: Vec<Good>,
    ) -> Result<Vec<u64>, RegistersError> {
        let mut waiting: Vec<Vec<Good>> = Vec::new();
        let mut rows = good.into_iter().peekable();
        while rows.peek().is_some() {
            waiting.push(rows.by_ref().take(ROWS_PER_ENTRY).collect());
        }
        let mut positions = Vec::new();
        let mut last = None;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                for part in &mut waiting {
                    *part = self.reread(ctx, def, std::mem::take(part))?;
                }
                waiting.retain(|part| !part.is_empty());
            }
            let plans = waiting
                .iter()
                .map(|part| plan(ctx, def, import, part))
                .collect();
            let mut refused = Vec::new();
            for (part, result) in waiting.into_iter().zip(self.store.commit_all(plans)) {
                match result {
                    Ok(receipt) => positions.push(receipt.position),
                    Err(error) if error.kind() == ErrorKind::Conflict => {
                        last = Some(error);
                        refused.push(part);
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            waiting = refused;
            if waiting.is_empty() {
                return Ok(positions);
            }
        }
        Err(last.map_or_else(
            || RegistersError::Changed {
                id: def.full_name(),
            },
            RegistersError::Store,
        ))
    }

    /// The rows on top of what is stored now; rows that are already so fall away.
    fn reread(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        part: Vec<Good>,
    ) -> Result<Vec<Good>, RegistersError> {
        let realm = i64::from(ctx.realm.get());
        let ids: Vec<String> = part.iter().map(|good| good.id.clone()).collect();
        let rows = self
            .store
            .read(|reader| queries::many(reader, def, realm, &ids))?;
        let stored = rows
            .iter()
            .map(|row| record::from_row(def, row))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(part
            .into_iter()
            .filter_map(|good| {
                let before = stored.iter().find(|view| view.id == good.id);
                let needed = outcome(before, &good.values) != PutOutcome::Unchanged;
                needed.then(|| Good {
                    version: before.map(|view| view.version),
                    ..good
                })
            })
            .collect())
    }
}

fn plan(ctx: &OpCtx, def: &RegisterDef, import: &ImportCsv, part: &[Good]) -> Plan {
    let note = json!({ "file": import.file_name, "rows": part.len() });
    let entry = ctx.entry(
        "registers.import_csv",
        format!("register/{}", def.full_name()),
        note,
    );
    let mut plan = Plan::new(ctx.realm, entry);
    for good in part {
        let key = [("id", Value::from(&good.id))];
        let expect = match good.version {
            Some(version) => {
                Expect::unchanged(def.table(), key, i64::try_from(version).unwrap_or(i64::MAX))
            }
            None => Expect::absent(def.table(), key),
        };
        plan = plan
            .expect(expect)
            .change(to_change(def, &good.id, &good.values, ctx.now()));
    }
    plan
}
