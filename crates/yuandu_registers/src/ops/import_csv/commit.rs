//! Writing the good rows of an import.

use serde_json::{Map, Value as Json, json};
use yuandu_base::ErrorKind;
use yuandu_identity::OpCtx;
use yuandu_schema::{History, RegisterDef};
use yuandu_store::{Expect, Plan, Value};

use super::{Good, ImportCsv};
use crate::ops::matches;
use crate::ops::put_record::{PutOutcome, changed_fields, outcome};
use crate::record::to_change;
use crate::registers::today;
use crate::timeline::revise;
use crate::versions::{How, Versions, Writing};
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
                .map(|part| self.plan(ctx, def, &import.file_name, part))
                .collect::<Result<_, _>>()?;
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

    /// Commits one part together with what else belongs to it; planned again when someone changed a row in between.
    pub(in crate::ops) fn commit_part(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        file_name: &str,
        mut part: Vec<Good>,
        with: &dyn Fn(Plan) -> Plan,
    ) -> Result<u64, RegistersError> {
        let mut attempt = 1;
        loop {
            let plan = with(self.plan(ctx, def, file_name, &part)?);
            match self.store.commit(plan) {
                Ok(receipt) => return Ok(receipt.position),
                Err(error) if error.kind() == ErrorKind::Conflict && attempt < ATTEMPTS => {
                    attempt += 1;
                    part = self.reread(ctx, def, part)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
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
            .read(|reader| queries::many(reader, def, realm, &ids, None))?;
        let stored = rows
            .iter()
            .map(|row| record::from_row(def, row))
            .collect::<Result<Vec<_>, _>>()?;
        let firsts: Vec<String> = part
            .iter()
            .flat_map(|good| &good.pairs)
            .map(|pair| pair.first.clone())
            .collect();
        let found = self
            .store
            .read(|reader| matches::known(reader, realm, (def, &firsts)))?;
        Ok(part
            .into_iter()
            .filter_map(|mut good| {
                good.pairs
                    .retain(|pair| !found.contains(&(pair.first.clone(), pair.second.clone())));
                let before = stored.iter().find(|view| view.id == good.id);
                let values = before.map(|view| &view.values);
                let needed = outcome(values, &good.values) != PutOutcome::Unchanged;
                needed.then(|| Good {
                    version: before.map(|view| view.version),
                    ..good
                })
            })
            .collect())
    }

    fn plan(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        file_name: &str,
        part: &[Good],
    ) -> Result<Plan, RegistersError> {
        let note = json!({ "file": file_name, "rows": part.len() });
        let entry = ctx.entry(
            "registers.import_csv",
            format!("register/{}", def.full_name()),
            note,
        );
        let pairs = part.iter().flat_map(|good| &good.pairs);
        let plan = pairs.fold(Plan::new(ctx.realm, entry), |plan, pair| {
            plan.expect(matches::unknown(def, pair))
                .change(matches::change(ctx, def, pair))
        });
        if def.history == History::Bitemporal {
            return self.plan_versions(ctx, def, part, plan);
        }
        Ok(part.iter().fold(plan, |plan, good| {
            let key = [("id", Value::from(&good.id))];
            let expect = match good.version {
                Some(version) => {
                    Expect::unchanged(def.table(), key, i64::try_from(version).unwrap_or(i64::MAX))
                }
                None => Expect::absent(def.table(), key),
            };
            plan.expect(expect)
                .change(to_change(def, &good.id, &good.values, ctx.now()))
        }))
    }

    /// Rows of a register that keeps versions count from today on; days to come keep what was planned for them, field by field.
    fn plan_versions(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        part: &[Good],
        mut plan: Plan,
    ) -> Result<Plan, RegistersError> {
        let realm = i64::from(ctx.realm.get());
        let ids: Vec<String> = part.iter().map(|good| good.id.clone()).collect();
        let mut known = self
            .store
            .read(|reader| Versions::load_many(reader, def, realm, &ids))?;
        for good in part {
            let versions = known.remove(&good.id).unwrap_or_default();
            let before = versions.present().map(|known| known.span.values.clone());
            let fields = changed_fields(before.as_ref(), &good.values);
            let revision = revise(&versions.spans(), today(ctx), None, |old, _| {
                Ok::<_, RegistersError>(overlaid(old, &good.values, &fields))
            })?;
            let writing = Writing {
                def,
                id: &good.id,
                how: if versions.known.is_empty() {
                    How::Created
                } else {
                    How::Changed
                },
                why: None,
            };
            plan = writing.plan(ctx, &versions, &revision, plan);
        }
        Ok(plan)
    }
}

/// Old values with some fields of the new ones.
fn overlaid(
    old: Option<&Map<String, Json>>,
    new: &Map<String, Json>,
    fields: &[String],
) -> Map<String, Json> {
    let Some(old) = old else { return new.clone() };
    let mut values = old.clone();
    for name in fields {
        match new.get(name) {
            Some(value) => values.insert(name.clone(), value.clone()),
            None => values.remove(name),
        };
    }
    values
}
