//! Changing one's own password: the old one is asked for, and every other session ends.

use serde_json::json;
use yuandu_base::Problem;
use yuandu_store::Plan;

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::identity::{Identity, not_found};
use crate::password::Password;
use crate::rules;
use crate::secret::SessionKey;
use crate::store;

/// What is needed to change a password.
pub struct ChangePassword {
    /// The password so far.
    pub current: String,
    /// The new one.
    pub new: String,
    /// The session that goes on; all others end.
    pub keep: Option<SessionKey>,
}

impl Identity {
    /// Changes the password of the person who asks. A wrong current password counts as a failed sign-in.
    ///
    /// # Errors
    /// [`IdentityError::SignInRefused`] if the current password is wrong, [`IdentityError::Invalid`] if the new one
    /// does not do.
    pub fn change_password(
        &self,
        ctx: &OpCtx,
        command: &ChangePassword,
    ) -> Result<(), IdentityError> {
        let officer = rules::signed_in(ctx, "identity.change_password")?;
        let (current, new) = (
            Password::parse(&command.current)?,
            Password::parse(&command.new)?,
        );
        new.check_new(&officer.login)?;
        if new.is_same(&current) {
            return Err(IdentityError::Invalid(vec![Problem::new(
                "identity.password_same",
                "password",
                "新密码与原密码相同",
                "the new password is the old one",
            )]));
        }
        let read = || {
            self.store
                .read(|reader| store::account_by_id(reader, ctx.realm, &officer.user))
        };
        let account = read()?.ok_or_else(|| not_found("person", &officer.login))?;
        let right = self.hasher.verify(&current, account.password.as_ref())?;
        if !right || account.locked_until.is_some_and(|until| ctx.now() < until) {
            return Err(self.count_failure(ctx, &account, "identity.change_password"));
        }
        let hash = self.hasher.hash(&new)?;
        self.retried(|| {
            let sessions = self
                .store
                .read(|reader| store::sessions_of(reader, ctx.realm, &officer.user))?;
            let ended = sessions
                .into_iter()
                .filter(|session| command.keep.as_ref() != Some(&session.id));
            let entry = ctx.entry(
                "identity.change_password",
                format!("user/{}", officer.user),
                json!({ "result": "changed" }),
            );
            let plan = Plan::new(ctx.realm, entry)
                .expect(store::account_unchanged(&account))
                .change(store::set_password(&officer.user, &hash))
                .changes(ended.map(|session| store::delete_session(&session.id)));
            self.store.commit(plan)?;
            Ok(())
        })
    }
}
