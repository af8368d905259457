//! Removing sessions that have ended by time, and challenges that were answered; run by the timer now and then.

use serde_json::json;
use yuandu_store::{Change, Plan};

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::identity::Identity;
use crate::store;

impl Identity {
    /// Removes at most `limit` expired sessions and returns how many.
    ///
    /// # Errors
    /// [`IdentityError::Denied`] without `admin.write` (the platform itself has it).
    pub fn remove_expired_sessions(&self, ctx: &OpCtx, limit: i64) -> Result<usize, IdentityError> {
        self.require_admin(ctx, "admin.write")?;
        self.retried(|| {
            let expired = self
                .store
                .read(|reader| store::sessions_expired(reader, ctx.realm, ctx.now(), limit))?;
            let spent = self
                .store
                .read(|reader| store::spent_expired(reader, ctx.realm, ctx.now(), limit))?;
            if expired.is_empty() && spent.is_empty() {
                return Ok(0);
            }
            let entry = ctx.entry(
                "identity.remove_expired_sessions",
                "sessions",
                json!({ "count": expired.len() }),
            );
            let changes = expired
                .iter()
                .map(|session| store::delete_session(&session.id))
                .chain(
                    spent
                        .iter()
                        .map(|id| Change::delete("spent").key("id", id.as_str())),
                );
            self.store
                .commit(Plan::new(ctx.realm, entry).changes(changes))?;
            Ok(expired.len())
        })
    }
}
