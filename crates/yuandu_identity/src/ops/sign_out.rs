//! Signing out: the session ends at once, everywhere.

use serde_json::json;
use yuandu_store::Plan;

use crate::context::{Actor, OpCtx};
use crate::error::IdentityError;
use crate::identity::Identity;
use crate::secret::SessionToken;
use crate::store;

impl Identity {
    /// Ends the session of a token; a token that stands for nothing is already signed out.
    ///
    /// # Errors
    /// If the store fails.
    pub fn sign_out(&self, ctx: &OpCtx, token: &SessionToken) -> Result<(), IdentityError> {
        self.retried(|| {
            let Some(row) = self
                .store
                .read(|reader| store::session(reader, ctx.realm, &token.id()))?
            else {
                return Ok(());
            };
            let actor = match self.authenticate(ctx, token)? {
                Some(signed_in) => ctx.as_actor(Actor::Officer(signed_in.officer)),
                None => ctx.clone(),
            };
            let entry = actor.entry("identity.sign_out", format!("user/{}", row.user), json!({}));
            self.store
                .commit(Plan::new(ctx.realm, entry).change(store::delete_session(&row.id)))?;
            Ok(())
        })
    }
}
