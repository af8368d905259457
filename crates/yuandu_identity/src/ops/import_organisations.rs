//! Writing organisations, one or many: all problems at once, or all written.

use serde_json::json;
use yuandu_store::Plan;

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::identity::Identity;
use crate::model::Organisation;
use crate::{rules, store};

impl Identity {
    /// Writes organisations; those that exist are replaced. One batch is one plan and one log entry.
    ///
    /// # Errors
    /// [`IdentityError::Denied`] without `admin.write`, [`IdentityError::Invalid`] with every problem.
    pub fn import_organisations(
        &self,
        ctx: &OpCtx,
        batch: &[Organisation],
    ) -> Result<usize, IdentityError> {
        self.require_admin(ctx, "admin.write")?;
        let directory = self.directory(ctx.realm)?;
        let exist = directory
            .orgs()
            .map(|org| (org.id.to_owned(), org.parent.to_owned()))
            .collect();
        rules::refuse(rules::check_organisations(batch, &exist))?;
        let entry = ctx.entry(
            "identity.import_organisations",
            "orgs",
            json!({ "count": batch.len() }),
        );
        self.store.commit(
            Plan::new(ctx.realm, entry).changes(batch.iter().map(store::put_organisation)),
        )?;
        Ok(batch.len())
    }
}
