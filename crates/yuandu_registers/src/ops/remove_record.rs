//! Removes a record that nothing points at.

use serde_json::json;
use yuandu_identity::OpCtx;
use yuandu_schema::{FieldType, History, RegisterDef};
use yuandu_store::{Change, Expect, Plan, Reader, Receipt, Value};

use super::drafts::refuse_unseen;
use crate::registers::today;
use crate::versions::{How, Versions, Writing};
use crate::{Registers, RegistersError, queries, record, timeline};

/// A record to remove.
#[derive(Debug, Clone)]
pub struct RemoveRecord {
    /// The register, `<package>.<register>`.
    pub register: String,
    /// The record.
    pub id: String,
    /// The version the person saw; a later one refuses the removal.
    pub version: Option<u64>,
}

impl Registers {
    /// Removes the record; the log keeps what it held.
    ///
    /// # Errors
    /// [`RegistersError::InUse`] when another record points at it, [`RegistersError::Changed`] when it changed meanwhile.
    pub fn remove_record(
        &self,
        ctx: &OpCtx,
        remove: &RemoveRecord,
    ) -> Result<Receipt, RegistersError> {
        let def = self.def(&remove.register)?;
        self.require(ctx, "registers.write", def)?;
        refuse_unseen(ctx, def)?;
        let realm = i64::from(ctx.realm.get());
        let (view, user) = self.store.read(|reader| {
            let row = queries::one(reader, def, realm, &remove.id)?;
            let view = row.map(|row| record::from_row(def, &row)).transpose()?;
            Ok::<_, RegistersError>((view, self.first_user(reader, def, realm, &remove.id)?))
        })?;
        let Some(view) = view else {
            return Err(RegistersError::NoRecord {
                register: remove.register.clone(),
                id: remove.id.clone(),
            });
        };
        if remove.version.is_some_and(|seen| seen != view.version) {
            return Err(RegistersError::Changed {
                id: remove.id.clone(),
            });
        }
        if let Some((register, by)) = user {
            return Err(RegistersError::InUse {
                id: remove.id.clone(),
                register,
                by,
            });
        }
        let position = i64::try_from(view.version).unwrap_or(i64::MAX);
        let note = json!({ "title": view.title });
        let plan = Plan::new(
            ctx.realm,
            ctx.entry(
                "registers.remove_record",
                super::put_record::subject(def, &remove.id),
                note,
            ),
        );
        if def.history == History::Bitemporal {
            return self.end_versions(ctx, def, &remove.id, plan);
        }
        let plan = plan
            .expect(Expect::unchanged(
                def.table(),
                [("id", Value::from(&remove.id))],
                position,
            ))
            .change(Change::delete(def.table()).key("id", &remove.id));
        Ok(self.store.commit(plan)?)
    }

    /// From today on nothing is true of the record any more; what was true before stays.
    fn end_versions(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        id: &str,
        plan: Plan,
    ) -> Result<Receipt, RegistersError> {
        let realm = i64::from(ctx.realm.get());
        let versions = self
            .store
            .read(|reader| Versions::load(reader, def, realm, id))?;
        let revision = timeline::end(&versions.spans(), today(ctx));
        let writing = Writing {
            def,
            id,
            how: How::Kept,
            why: None,
        };
        Ok(self
            .store
            .commit(writing.plan(ctx, &versions, &revision, plan))?)
    }

    /// A record of any register that points at this one.
    fn first_user(
        &self,
        reader: &Reader<'_>,
        def: &RegisterDef,
        realm: i64,
        id: &str,
    ) -> Result<Option<(String, String)>, RegistersError> {
        for other in self.defs() {
            for field in crate::table::stored(other) {
                let FieldType::Reference { register } = &field.kind else {
                    continue;
                };
                let points_here = self
                    .target(other, register)
                    .is_some_and(|target| target.full_name() == def.full_name());
                if points_here
                    && let Some(user) = queries::user_of(reader, other, &field.name, realm, id)?
                {
                    return Ok(Some((other.full_name(), user)));
                }
            }
        }
        Ok(None)
    }
}
