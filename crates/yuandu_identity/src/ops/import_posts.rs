//! Writing posts, one or many: all problems at once, or all written.

use serde_json::json;
use yuandu_store::Plan;

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::identity::Identity;
use crate::model::Post;
use crate::{duties, rules, store};

impl Identity {
    /// Writes posts; those that exist are replaced. One batch is one plan and one log entry.
    ///
    /// # Errors
    /// [`IdentityError::Denied`] without `admin.write`, [`IdentityError::Invalid`] with every problem.
    pub fn import_posts(&self, ctx: &OpCtx, batch: &[Post]) -> Result<usize, IdentityError> {
        self.require_admin(ctx, "admin.write")?;
        let directory = self.directory(ctx.realm)?;
        let mut problems = rules::check_posts(batch, |org| directory.org(org).is_some());
        problems.extend(duties::of_posts(batch));
        rules::refuse(problems)?;
        let changes = batch
            .iter()
            .map(store::put_post)
            .collect::<Result<Vec<_>, _>>()?;
        let entry = ctx.entry(
            "identity.import_posts",
            "posts",
            json!({ "count": batch.len() }),
        );
        self.store
            .commit(Plan::new(ctx.realm, entry).changes(changes))?;
        Ok(batch.len())
    }
}
