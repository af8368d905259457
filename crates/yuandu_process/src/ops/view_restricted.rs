//! Reads the restricted facts of a case, such as the reporter's phone: the reading itself is an entry of its history,
//! so that the person concerned can be told who looked and when.

use serde_json::{Map, Value as Json, json};
use yuandu_identity::OpCtx;
use yuandu_store::Plan;

use crate::error::ProcessError;
use crate::queries::no_case;
use crate::store;

use super::{Engine, case_resource, note, task_resource};

const OP: &str = "cases.view_restricted";

impl Engine {
    /// The restricted facts that the case has, by name.
    ///
    /// # Errors
    /// [`ProcessError::NotFound`] when the officer may not see the case; a refusal of the gate when the restricted
    /// facts are not theirs to see; a failure of the store.
    pub fn view_restricted(
        &self,
        ctx: &OpCtx,
        case: &str,
    ) -> Result<Map<String, Json>, ProcessError> {
        let (loaded, kind) = self.store.read(|reader| {
            let row = store::case_row(reader, ctx.realm, case)?.ok_or_else(|| no_case(case))?;
            let kind = self.kind_of(&row)?.clone();
            let loaded = store::load(reader, ctx.realm, row, &kind)?;
            Ok::<_, ProcessError>((loaded, kind))
        })?;
        let resource = case_resource(&loaded.case);
        self.gate
            .require(ctx, "cases.view", &resource)
            .map_err(|_| no_case(case))?;
        // The need may belong to a task on this officer's desk; otherwise the case itself must allow it.
        let by_task = loaded.tasks.iter().any(|task| {
            let task = task_resource(task);
            self.gate.decide(ctx, "restricted.view", &task).allowed
        });
        if !by_task {
            self.gate.require(ctx, "restricted.view", &resource)?;
        }
        let facts: Map<String, Json> = kind
            .restricted
            .iter()
            .filter_map(|name| {
                let value = loaded.matter.facts.get(name).filter(|v| !v.is_null())?;
                Some((name.clone(), value.clone()))
            })
            .collect();
        let fields: Vec<&String> = facts.keys().collect();
        let text = json!({ "kind": "viewed", "who": note::who(ctx), "fields": fields });
        let entry = ctx.entry(OP, format!("case/{}", loaded.case.id), text);
        self.store.commit(Plan::new(ctx.realm, entry))?;
        Ok(facts)
    }
}
