//! What the gate is asked about cases and tasks on behalf of other systems: the facts of one, and the ids someone may act on.
//!
//! Unlike the other reads these answer about somebody, not to somebody: the door decides who may ask.

use yuandu_identity::{ColumnMap, OpCtx, Resource, ResourceKind};

use crate::error::ProcessError;
use crate::ops::{Engine, case_resource, task_resource};
use crate::store;

/// Ids in one answer at most.
const MOST: usize = 1000;

impl Engine {
    /// The facts of a case or task that policies read; `None` if there is none of this id.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn facts_for_policy(
        &self,
        ctx: &OpCtx,
        kind: ResourceKind,
        id: &str,
    ) -> Result<Option<Resource>, ProcessError> {
        self.store.read(|reader| match kind {
            ResourceKind::Case => {
                let row = store::case_row(reader, ctx.realm, id)?;
                Ok(row.as_ref().map(case_resource))
            }
            ResourceKind::Task => {
                let row = store::task_row(reader, ctx.realm, id)?;
                Ok(row.as_ref().map(task_resource))
            }
            _ => Ok(None),
        })
    }

    /// Ids of the cases or tasks on which the actor of `ctx` may do `action`, in order, those after `after`. The same
    /// policies as in single decisions, compiled to SQL: one query.
    ///
    /// # Errors
    /// If the action does not filter lists of this kind, or the store cannot be read.
    pub fn permitted_ids(
        &self,
        ctx: &OpCtx,
        action: &str,
        kind: ResourceKind,
        after: &str,
        limit: usize,
    ) -> Result<Vec<String>, ProcessError> {
        let (table, columns) = match kind {
            ResourceKind::Case => ("cases", ColumnMap::cases("cases")),
            ResourceKind::Task => (
                "tasks",
                ColumnMap::tasks("tasks").column("system", "tasks.system"),
            ),
            _ => return Ok(Vec::new()),
        };
        let gate = self.gate.filter(ctx, action, kind, &columns, 3)?;
        if gate.is_nothing() {
            return Ok(Vec::new());
        }
        let mut params = vec![store::realm(ctx.realm), after.into()];
        params.extend(gate.params);
        let (allowed, limit) = (gate.sql, limit.clamp(1, MOST));
        let sql = format!(
            "SELECT {table}.id FROM {table} WHERE {table}.realm = $1 AND {table}.id > $2 AND {allowed} ORDER BY {table}.id LIMIT {limit}"
        );
        self.store.read(|reader| {
            let rows = reader.query(&sql, &params)?;
            let ids = rows.iter().map(|row| row.text("id"));
            Ok(ids.collect::<Result<_, _>>()?)
        })
    }
}
