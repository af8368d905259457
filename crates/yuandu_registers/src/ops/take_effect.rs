//! Versions recorded ahead of their day become the present ones when it comes.

use serde_json::json;
use yuandu_identity::OpCtx;
use yuandu_schema::RegisterDef;
use yuandu_store::Plan;

use super::put_record::subject;
use crate::registers::today;
use crate::timeline::Revision;
use crate::versions::{How, Versions, Writing};
use crate::{Registers, RegistersError, queries};

impl Registers {
    /// Brings up to `limit` records of every register to the present day; gives how many.
    ///
    /// # Errors
    /// The store's; a record that someone changes meanwhile is taken at the next call.
    pub fn take_effect(&self, ctx: &OpCtx, limit: usize) -> Result<usize, RegistersError> {
        let realm = i64::from(ctx.realm.get());
        let day = today(ctx).to_string();
        let mut plans = Vec::new();
        for def in self.defs() {
            let Some(history) = def.history_table() else {
                continue;
            };
            let due = self
                .store
                .read(|reader| queries::due(reader, &history, realm, &day, limit))?;
            for id in due {
                plans.push(self.plan_of_the_day(ctx, def, &id)?);
            }
        }
        if plans.is_empty() {
            return Ok(0);
        }
        let results = self.store.commit_all(plans);
        Ok(results.iter().filter(|result| result.is_ok()).count())
    }

    fn plan_of_the_day(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        id: &str,
    ) -> Result<Plan, RegistersError> {
        let realm = i64::from(ctx.realm.get());
        let versions = self
            .store
            .read(|reader| Versions::load(reader, def, realm, id))?;
        let note = json!({ "on": today(ctx).to_string() });
        let entry = ctx.entry("registers.take_effect", subject(def, id), note);
        let writing = Writing {
            def,
            id,
            how: How::Kept,
            why: None,
        };
        let plan = Plan::new(ctx.realm, entry);
        Ok(writing.plan(ctx, &versions, &Revision::default(), plan))
    }
}
