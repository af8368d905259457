//! Proving again who one is in a session that goes on (step-up), and ending a pause with a recovery code.

use serde_json::json;
use yuandu_store::Plan;

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::identity::{Identity, not_found};
use crate::ops::sign_in::{methods, subject};
use crate::password::Password;
use crate::rules;
use crate::secret::SessionToken;
use crate::session::SignedIn;
use crate::store::{self, SessionRow};

impl Identity {
    /// Proves again who someone is in the session of `token`: with the password, and with a code if the person has a
    /// second factor.
    ///
    /// # Errors
    /// [`IdentityError::SignInRefused`] if password or code is wrong, counted like a failed sign-in.
    pub fn prove_again(
        &self,
        ctx: &OpCtx,
        token: &SessionToken,
        (password, code): (&str, &str),
    ) -> Result<SignedIn, IdentityError> {
        if self.networks.must_wait(ctx.network, ctx.now()) {
            return Err(IdentityError::NetworkWaits);
        }
        let gone = || not_found("session", "");
        let signed_in = self.authenticate(ctx, token)?.ok_or_else(gone)?;
        let user = &signed_in.officer.user;
        let password = Password::parse(password)?;
        let account = self
            .store
            .read(|reader| store::account_by_id(reader, ctx.realm, user))?
            .ok_or_else(gone)?;
        let right = self.hasher.verify(&password, account.password.as_ref())?;
        let rows = self.factor_rows(ctx, user)?;
        let proved = self.prove_code(ctx, user, &rows, code);
        let enough = right && (proved.is_some() || !Self::has_second_factor(&rows));
        if !enough || account.locked_until.is_some_and(|until| ctx.now() < until) {
            self.networks.failed(ctx.network, ctx.now());
            return Err(self.count_failure(ctx, &account, "identity.prove_again"));
        }
        let row = self
            .store
            .read(|reader| store::session(reader, ctx.realm, &token.id()))?
            .ok_or_else(gone)?;
        let row = SessionRow {
            proved_at: ctx.now(),
            methods: methods(proved.as_ref()),
            ..row
        };
        let note = json!({ "methods": row.methods });
        let entry = signed_in
            .context(ctx)
            .entry("identity.prove_again", subject(&account), note);
        let mut plan = Plan::new(ctx.realm, entry)
            .expect(store::account_unchanged(&account))
            .change(store::put_session(&row));
        if let Some(proved) = proved {
            plan = proved.bind(plan);
        }
        self.store.commit(plan)?;
        Ok(SignedIn::new(token, &row, signed_in.officer))
    }

    /// Ends the pause of an account with one of its recovery codes, which is used up. Whatever is wrong, the answer is
    /// the same.
    ///
    /// # Errors
    /// [`IdentityError::SignInRefused`] if login or code is not right.
    pub fn unlock(&self, ctx: &OpCtx, login: &str, code: &str) -> Result<(), IdentityError> {
        if self.networks.must_wait(ctx.network, ctx.now()) {
            return Err(IdentityError::NetworkWaits);
        }
        let login = rules::login(login).unwrap_or_default();
        let account = self
            .store
            .read(|reader| store::account_by_login(reader, ctx.realm, &login))?;
        let proved = match &account {
            Some(account) => {
                let rows = self.factor_rows(ctx, &account.person.id)?;
                self.prove_code(ctx, &account.person.id, &rows, code)
                    .filter(|proved| proved.method == "kba")
            }
            None => None,
        };
        let (Some(account), Some(proved)) = (account, proved) else {
            self.networks.failed(ctx.network, ctx.now());
            return Err(IdentityError::SignInRefused);
        };
        let entry = ctx.entry("identity.unlock", subject(&account), json!({}));
        let plan = Plan::new(ctx.realm, entry)
            .expect(store::account_unchanged(&account))
            .change(store::set_failures(&account.person.id, 0, None));
        self.store.commit(proved.bind(plan))?;
        Ok(())
    }
}
