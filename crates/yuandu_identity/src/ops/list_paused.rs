//! Who may not sign in for a while after wrong passwords.

use std::collections::BTreeMap;

use jiff::Timestamp;
use yuandu_ids::UserId;

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::identity::Identity;
use crate::store;

impl Identity {
    /// People whose account pauses now, each with the instant at which the pause ends.
    ///
    /// # Errors
    /// [`IdentityError::Denied`] without `admin.view`.
    pub fn paused_people(&self, ctx: &OpCtx) -> Result<BTreeMap<UserId, Timestamp>, IdentityError> {
        self.require_admin(ctx, "admin.view")?;
        self.store
            .read(|reader| store::paused(reader, ctx.realm, ctx.now()))
    }
}
