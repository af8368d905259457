//! Passkeys: set up by their owner, and signing in with one instead of a password.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use yuandu_ids::{PostId, UserId};
use yuandu_store::{Change, Expect, Plan, StoreError};

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::factors::{self, FactorRow, PASSKEY, RECOVERY};
use crate::identity::Identity;
use crate::model::PersonStatus;
use crate::ops::second_factor::{Proved, proved};
use crate::ops::sign_in::NewSession;
use crate::session::SignedIn;
use crate::store;
use crate::webauthn::{self, Asserted, Created, Credential, Site};

/// How long a question may wait for its answer.
const LIFE: SignedDuration = SignedDuration::from_mins(5);
const SEALED: &str = "passkey question";

/// A question for an authenticator.
pub struct PasskeyQuestion {
    /// What is to be signed, base64url.
    pub challenge: String,
    /// To be sent back with the answer.
    pub waiting: String,
}

impl Identity {
    /// Asks an authenticator: to make a credential for `who`, or for anyone's credential to sign in.
    ///
    /// # Errors
    /// [`IdentityError::StepUp`] without a fresh proof of `who`.
    pub fn ask_passkey(
        &self,
        ctx: &OpCtx,
        who: Option<&SignedIn>,
    ) -> Result<PasskeyQuestion, IdentityError> {
        if let Some(who) = who {
            self.require_fresh(ctx, who)?;
        }
        let challenge = webauthn::challenge();
        let user = who.map(|who| who.officer.user.to_string());
        let waiting = json!({ "challenge": challenge, "user": user, "at": ctx.now().as_second() });
        Ok(PasskeyQuestion {
            waiting: self.vault.seal(SEALED, waiting.to_string().as_bytes())?,
            challenge,
        })
    }

    /// Puts a new passkey into force. The first second factor brings recovery codes, shown this once.
    ///
    /// # Errors
    /// [`IdentityError::SignInRefused`] if the answer is not one to our question.
    pub fn add_passkey(
        &self,
        ctx: &OpCtx,
        (who, site): (&SignedIn, &Site),
        (waiting, answer, label): (&str, &Created, &str),
    ) -> Result<Vec<String>, IdentityError> {
        self.require_fresh(ctx, who)?;
        let user = &who.officer.user;
        let (challenge, asked) = self.question(ctx, waiting).ok_or_else(refused)?;
        if asked.as_ref() != Some(user) {
            return Err(refused());
        }
        let made = webauthn::created(site, &challenge, answer).ok_or_else(refused)?;
        let taken = self
            .store
            .read(|reader| store::passkey(reader, ctx.realm, &made.id))?;
        if taken.is_some() {
            return Err(refused());
        }
        let rows = self.factor_rows(ctx, user)?;
        let first = !rows.iter().any(|row| row.factor.kind == RECOVERY);
        let (codes, changes) = if first {
            self.fresh_codes(ctx, user, &rows)
        } else {
            (Vec::new(), Vec::new())
        };
        let label: String = label.chars().filter(|c| !c.is_control()).take(50).collect();
        let entry = ctx.entry(
            "identity.add_factor",
            format!("user/{user}"),
            json!({ "kind": PASSKEY, "label": label }),
        );
        let put = factors::put(
            user,
            PASSKEY,
            &made.id,
            (&label, &made.key),
            (Some(made.counter), ctx.now()),
        );
        let (expect, change) = spend(ctx, &challenge);
        let plan = Plan::new(ctx.realm, entry)
            .expect(expect)
            .change(change)
            .change(put)
            .changes(changes);
        self.store.commit(plan)?;
        Ok(codes)
    }

    /// Signs someone in with a passkey. Whatever is wrong, the answer is the same.
    ///
    /// # Errors
    /// [`IdentityError::SignInRefused`].
    pub fn sign_in_passkey(
        &self,
        ctx: &OpCtx,
        site: &Site,
        (waiting, answer): (&str, &Asserted),
    ) -> Result<NewSession, IdentityError> {
        if self.networks.must_wait(ctx.network, ctx.now()) {
            return Err(IdentityError::NetworkWaits);
        }
        let begun = self.try_passkey(ctx, site, waiting, answer);
        if matches!(begun, Err(IdentityError::SignInRefused)) {
            self.networks.failed(ctx.network, ctx.now());
        }
        begun
    }

    fn try_passkey(
        &self,
        ctx: &OpCtx,
        site: &Site,
        waiting: &str,
        answer: &Asserted,
    ) -> Result<NewSession, IdentityError> {
        let (challenge, asked) = self.question(ctx, waiting).ok_or_else(refused)?;
        let found = self
            .store
            .read(|reader| store::passkey(reader, ctx.realm, &answer.id))?;
        let (user, row) = found.filter(|_| asked.is_none()).ok_or_else(refused)?;
        let counter =
            webauthn::asserted(site, &challenge, &credential(&row), answer).ok_or_else(refused)?;
        let account = self
            .store
            .read(|reader| store::account_by_id(reader, ctx.realm, &user))?
            .ok_or_else(refused)?;
        let pauses = account.locked_until.is_some_and(|until| ctx.now() < until);
        if pauses || account.person.status == PersonStatus::Suspended {
            return Err(refused());
        }
        let mut proved: Proved = proved(ctx, &user, &row, Some(counter), "hwk");
        let (expect, change) = spend(ctx, &challenge);
        proved.expects.push(expect);
        proved.changes.push(change);
        match self.begin_session(ctx, &account, None::<&PostId>, Some(proved)) {
            // The challenge was answered by another request at the same moment.
            Err(IdentityError::Store(StoreError::Changed { .. })) => Err(refused()),
            other => other,
        }
    }

    fn question(&self, ctx: &OpCtx, waiting: &str) -> Option<(String, Option<UserId>)> {
        let text = self.vault.open_sealed(SEALED, waiting)?;
        let waiting: Value = serde_json::from_slice(&text).ok()?;
        let at = Timestamp::from_second(waiting.get("at")?.as_i64()?).ok()?;
        let user = match waiting.get("user").and_then(Value::as_str) {
            Some(user) => Some(user.parse().ok()?),
            None => None,
        };
        let challenge = waiting.get("challenge")?.as_str()?.to_owned();
        (ctx.now().duration_since(at) <= LIFE).then_some((challenge, user))
    }
}

fn credential(row: &FactorRow) -> Credential {
    Credential {
        id: row.factor.id.clone(),
        key: row.secret.clone(),
        counter: row.counter.unwrap_or(0),
    }
}

/// A challenge is answered once.
fn spend(ctx: &OpCtx, challenge: &str) -> (Expect, Change) {
    (
        Expect::absent("spent", [("id", challenge.into())]),
        Change::put("spent")
            .with("id", challenge)
            .with("expires_at", ctx.now() + LIFE),
    )
}

fn refused() -> IdentityError {
    IdentityError::SignInRefused
}
