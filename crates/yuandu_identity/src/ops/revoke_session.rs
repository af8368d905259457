//! Ending one of one's own sessions on another device.

use serde_json::json;
use yuandu_store::Plan;

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::identity::{Identity, not_found};
use crate::rules;
use crate::secret::SessionKey;
use crate::store;

impl Identity {
    /// Ends a session of the person who asks. Someone else's session is not found, so that nothing is learnt of it.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] if the person has no such session.
    pub fn revoke_session(&self, ctx: &OpCtx, session: &SessionKey) -> Result<(), IdentityError> {
        let user = &rules::signed_in(ctx, "identity.revoke_session")?.user;
        let row = self
            .store
            .read(|reader| store::session(reader, ctx.realm, session))?;
        let row = row
            .filter(|row| row.user == *user)
            .ok_or_else(|| not_found("session", session.as_str()))?;
        let entry = ctx.entry("identity.revoke_session", format!("user/{user}"), json!({}));
        self.store
            .commit(Plan::new(ctx.realm, entry).change(store::delete_session(&row.id)))?;
        Ok(())
    }
}
