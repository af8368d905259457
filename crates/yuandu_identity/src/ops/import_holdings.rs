//! Writing who holds which post: all problems at once, or all written.

use serde_json::json;
use yuandu_store::Plan;

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::identity::Identity;
use crate::model::Holding;
use crate::{duties, rules, store};

impl Identity {
    /// Writes holdings; the same person, post and beginning is replaced, so that an end can be set. One batch is one
    /// plan and one log entry.
    ///
    /// # Errors
    /// [`IdentityError::Denied`] without `admin.write`, [`IdentityError::Invalid`] with every problem.
    pub fn import_holdings(&self, ctx: &OpCtx, batch: &[Holding]) -> Result<usize, IdentityError> {
        self.require_admin(ctx, "admin.write")?;
        let directory = self.directory(ctx.realm)?;
        let person_exists = |holding: &Holding| directory.person(&holding.user).is_some();
        let post_exists = |holding: &Holding| directory.post(&holding.post).is_some();
        let mut problems = rules::check_holdings(batch, person_exists, post_exists);
        problems.extend(duties::of_holdings(batch, &directory));
        rules::refuse(problems)?;
        let entry = ctx.entry(
            "identity.import_holdings",
            "holdings",
            json!({ "count": batch.len() }),
        );
        self.store
            .commit(Plan::new(ctx.realm, entry).changes(batch.iter().map(store::put_holding)))?;
        Ok(batch.len())
    }
}
