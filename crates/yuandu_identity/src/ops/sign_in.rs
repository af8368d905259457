//! Signing in with login and password.
//!
//! Every attempt is a log entry. Unknown login, wrong password and paused login get the same answer in about the same
//! time; neither the password nor an unknown login (people type passwords there by mistake) is ever logged.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use yuandu_base::{Lang, Problem};
use yuandu_ids::{PostId, UserId};
use yuandu_store::Plan;

use crate::context::{Actor, OpCtx};
use crate::error::IdentityError;
use crate::identity::Identity;
use crate::model::PersonStatus;
use crate::ops::second_factor::Proved;
use crate::password::Password;
use crate::rules;
use crate::secret::SessionToken;
use crate::session::{LIFETIME, SignedIn};
use crate::store::{self, Account, SessionRow};

/// What was typed at sign-in.
pub struct SignIn {
    /// Login.
    pub login: String,
    /// Password.
    pub password: String,
    /// The post to act in, if the person chose one; else the first one held.
    pub post: Option<PostId>,
}

/// A session that has just begun.
pub struct NewSession {
    /// For the cookie; known to nobody else.
    pub token: SessionToken,
    /// Who it stands for.
    pub signed_in: SignedIn,
}

/// What the first step is sealed for, and how long the second may take.
const WAITING: &str = "second step of a sign-in";
const SECOND_STEP: SignedDuration = SignedDuration::from_mins(5);

/// Why an attempt failed, as the log tells it.
#[derive(Clone, Copy)]
enum Failure {
    Unknown,
    WrongPassword,
    Paused,
    Suspended,
}

impl Identity {
    /// Signs a person in.
    ///
    /// # Errors
    /// [`IdentityError::SignInRefused`] without telling why; [`IdentityError::Invalid`] for what cannot be a password
    /// or a person without a post; [`IdentityError::Busy`] when too many sign in at once.
    pub fn sign_in(&self, ctx: &OpCtx, command: &SignIn) -> Result<NewSession, IdentityError> {
        if self.networks.must_wait(ctx.network, ctx.now()) {
            return Err(IdentityError::NetworkWaits);
        }
        let password = Password::parse(&command.password)?;
        let login = rules::login(&command.login);
        let account = match &login {
            Some(login) => self
                .store
                .read(|reader| store::account_by_login(reader, ctx.realm, login))?,
            None => None,
        };
        let hash = account
            .as_ref()
            .and_then(|account| account.password.as_ref());
        // Always verified, and before anything is decided: the time tells nothing about the account.
        let right = self.hasher.verify(&password, hash)?;
        let Some(account) = account else {
            return Err(self.refuse_attempt(ctx, None, Failure::Unknown));
        };
        self.retried(|| {
            // Read again: the pause must be judged by failures that others caused meanwhile.
            let Some(account) = self
                .store
                .read(|reader| store::account_by_id(reader, ctx.realm, &account.person.id))?
            else {
                return Err(IdentityError::SignInRefused);
            };
            match failure(&account, right, ctx) {
                Some(failure) => Err(self.refuse_attempt(ctx, Some(&account), failure)),
                None => self.go_on(ctx, &account, command.post.as_ref()),
            }
        })
    }

    /// The password was right: a session, unless the person has a second factor.
    fn go_on(
        &self,
        ctx: &OpCtx,
        account: &Account,
        post: Option<&PostId>,
    ) -> Result<NewSession, IdentityError> {
        let user = &account.person.id;
        let rows = self.factor_rows(ctx, user)?;
        if !Self::has_second_factor(&rows) {
            return self.begin_session(ctx, account, post, None);
        }
        let waiting = json!({ "user": user.to_string(), "at": ctx.now().as_second(),
            "post": post.map(ToString::to_string) });
        Err(IdentityError::SecondFactor {
            waiting: self.vault.seal(WAITING, waiting.to_string().as_bytes())?,
        })
    }

    /// Signs a person in whose password was right, with a code of an app or a recovery code.
    ///
    /// # Errors
    /// [`IdentityError::SignInRefused`] for a wrong code, counted like a wrong password; [`IdentityError::Invalid`] if the
    /// first step is too long ago.
    pub fn sign_in_second(
        &self,
        ctx: &OpCtx,
        waiting: &str,
        code: &str,
    ) -> Result<NewSession, IdentityError> {
        if self.networks.must_wait(ctx.network, ctx.now()) {
            return Err(IdentityError::NetworkWaits);
        }
        let (user, post) = self.first_step(ctx, waiting).ok_or_else(too_late)?;
        self.retried(|| {
            let account = self
                .store
                .read(|reader| store::account_by_id(reader, ctx.realm, &user))?
                .ok_or(IdentityError::SignInRefused)?;
            let rows = self.factor_rows(ctx, &user)?;
            let proved = self.prove_code(ctx, &user, &rows, code);
            if let Some(failure) = failure(&account, proved.is_some(), ctx) {
                return Err(self.refuse_attempt(ctx, Some(&account), failure));
            }
            self.begin_session(ctx, &account, post.as_ref(), proved)
        })
    }

    fn first_step(&self, ctx: &OpCtx, waiting: &str) -> Option<(UserId, Option<PostId>)> {
        let text = self.vault.open_sealed(WAITING, waiting)?;
        let waiting: serde_json::Value = serde_json::from_slice(&text).ok()?;
        let at = Timestamp::from_second(waiting.get("at")?.as_i64()?).ok()?;
        let user = waiting.get("user")?.as_str()?.parse().ok()?;
        let post = waiting.get("post").and_then(serde_json::Value::as_str);
        let post = post.map(str::parse).transpose().ok()?;
        (ctx.now().duration_since(at) <= SECOND_STEP).then_some((user, post))
    }

    pub(crate) fn begin_session(
        &self,
        ctx: &OpCtx,
        account: &Account,
        post: Option<&PostId>,
        proved: Option<Proved>,
    ) -> Result<NewSession, IdentityError> {
        let officer = match self.officer_in(ctx, &account.person.id, post) {
            Err(IdentityError::NotFound { what: "post", .. }) => return Err(no_post()),
            other => Arc::new(other?),
        };
        let token = SessionToken::random();
        let now = ctx.now();
        let row = SessionRow {
            id: token.id(),
            user: account.person.id.to_owned(),
            post: officer.post.to_owned(),
            created_at: now,
            expires_at: now.checked_add(LIFETIME).unwrap_or(now),
            lang: lang_word(ctx.lang).to_owned(),
            proved_at: now,
            methods: methods(proved.as_ref()),
        };
        let actor = ctx.as_actor(Actor::Officer(Arc::clone(&officer)));
        let note = json!({ "result": "signed_in", "post": officer.post.to_string() });
        let mut plan = Plan::new(
            ctx.realm,
            actor.entry("identity.sign_in", subject(account), note),
        )
        .expect(store::account_unchanged(account))
        .change(store::put_session(&row));
        if let Some(proved) = proved {
            plan = proved.bind(plan);
        }
        if account.failed != 0 || account.locked_until.is_some() {
            plan = plan.change(store::set_failures(&account.person.id, 0, None));
        }
        self.store.commit(plan)?;
        let signed_in = SignedIn::new(&token, &row, officer);
        Ok(NewSession { token, signed_in })
    }

    /// Logs a failed attempt, counts it if it was a wrong password, and gives the one answer.
    fn refuse_attempt(
        &self,
        ctx: &OpCtx,
        account: Option<&Account>,
        failure: Failure,
    ) -> IdentityError {
        self.networks.failed(ctx.network, ctx.now());
        let note = json!({ "result": failure.word() });
        let result = match (account, failure) {
            (Some(account), Failure::WrongPassword) => {
                return self.count_failure(ctx, account, "identity.sign_in");
            }
            (Some(account), _) => self.store.commit(Plan::new(
                ctx.realm,
                ctx.entry("identity.sign_in", subject(account), note),
            )),
            (None, _) => self.store.commit(Plan::new(
                ctx.realm,
                ctx.entry("identity.sign_in", "user/unknown", note),
            )),
        };
        result.map_or_else(IdentityError::from, |_| IdentityError::SignInRefused)
    }

    /// Counts a wrong password or code; a refusal that could not be written is no refusal but an error.
    pub(crate) fn count_failure(&self, ctx: &OpCtx, account: &Account, op: &str) -> IdentityError {
        let failed = account.failed + 1;
        let paused = rules::paused_until(failed, ctx.now());
        let note = json!({ "result": Failure::WrongPassword.word(), "failed": failed, "paused": paused.is_some() });
        let plan = Plan::new(ctx.realm, ctx.entry(op, subject(account), note))
            .expect(store::account_unchanged(account))
            .change(store::set_failures(&account.person.id, failed, paused));
        self.store
            .commit(plan)
            .map_or_else(IdentityError::from, |_| IdentityError::SignInRefused)
    }
}

fn failure(account: &Account, right: bool, ctx: &OpCtx) -> Option<Failure> {
    if account.locked_until.is_some_and(|until| ctx.now() < until) {
        return Some(Failure::Paused);
    }
    if !right {
        return Some(Failure::WrongPassword);
    }
    (account.person.status == PersonStatus::Suspended).then_some(Failure::Suspended)
}

/// Methods by RFC 8176: the password, and what was shown beside it.
pub(crate) fn methods(proved: Option<&Proved>) -> String {
    match proved {
        None => "pwd".to_owned(),
        // A passkey is two proofs in one: the device, and the finger or number that unlocks it.
        Some(proved) if proved.method == "hwk" => "hwk user mfa".to_owned(),
        Some(proved) => format!("pwd {} mfa", proved.method),
    }
}

fn too_late() -> IdentityError {
    IdentityError::Invalid(vec![Problem::new(
        "identity.second_step_late",
        "code",
        "登录的第一步已过期，请重新输入登录名和密码",
        "the first step of signing in has expired; type login and password again",
    )])
}

pub(crate) fn subject(account: &Account) -> String {
    format!("user/{}", account.person.id)
}

fn no_post() -> IdentityError {
    IdentityError::Invalid(vec![Problem::new(
        "identity.no_post",
        "post",
        "您目前没有（所选的）岗位，请联系系统管理员",
        "you hold no such post at present; ask the system administrator",
    )])
}

pub(crate) fn lang_word(lang: Lang) -> &'static str {
    lang.pick("zh", "en")
}

impl Failure {
    fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown_login",
            Self::WrongPassword => "wrong_password",
            Self::Paused => "paused",
            Self::Suspended => "suspended",
        }
    }
}
