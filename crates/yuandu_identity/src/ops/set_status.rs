//! Suspending and reactivating an account: a suspended person is out at once.

use serde_json::json;
use yuandu_ids::UserId;
use yuandu_store::Plan;

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::identity::{Identity, not_found};
use crate::model::PersonStatus;
use crate::store;

impl Identity {
    /// Suspends or reactivates a person; suspending ends all sessions, reactivating ends a pause.
    ///
    /// # Errors
    /// [`IdentityError::Denied`] without `admin.write`, [`IdentityError::NotFound`] if there is no such person.
    pub fn set_person_status(
        &self,
        ctx: &OpCtx,
        user: &UserId,
        status: PersonStatus,
    ) -> Result<(), IdentityError> {
        self.require_admin(ctx, "admin.write")?;
        self.retried(|| {
            let account = self
                .store
                .read(|reader| store::account_by_id(reader, ctx.realm, user))?;
            let mut account = account.ok_or_else(|| not_found("person", &user.to_string()))?;
            let sessions = match status {
                PersonStatus::Active => Vec::new(),
                PersonStatus::Suspended => self
                    .store
                    .read(|reader| store::sessions_of(reader, ctx.realm, user))?,
            };
            account.person.status = status;
            let entry = ctx.entry(
                "identity.set_person_status",
                format!("user/{user}"),
                json!({ "status": status.as_str() }),
            );
            let plan = Plan::new(ctx.realm, entry)
                .expect(store::account_unchanged(&account))
                .change(store::set_person(&account.person))
                .change(store::set_failures(user, 0, None))
                .changes(
                    sessions
                        .iter()
                        .map(|session| store::delete_session(&session.id)),
                );
            self.store.commit(plan)?;
            Ok(())
        })
    }
}
