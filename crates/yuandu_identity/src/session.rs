//! Sessions: who a token stands for, quickly and never longer than it is true.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use yuandu_base::Lang;
use yuandu_ids::RealmId;

use crate::context::{Actor, OpCtx};
use crate::error::IdentityError;
use crate::identity::Identity;
use crate::model::Officer;
use crate::secret::{CsrfToken, SessionKey, SessionToken};
use crate::store::{self, SessionRow};

/// How long a session lasts, used or not: a working day with overtime.
pub(crate) const LIFETIME: SignedDuration = SignedDuration::from_hours(12);
/// How long a remembered session is believed by the clock alone; a holding that ends takes effect this soon.
const BELIEVED: SignedDuration = SignedDuration::from_secs(60);
/// Remembered sessions at most.
const REMEMBERED: usize = 20_000;

/// A signed-in person.
#[derive(Clone)]
pub struct SignedIn {
    /// The person in the post acted in.
    pub officer: Arc<Officer>,
    /// The session.
    pub session: SessionKey,
    /// Language chosen at sign-in.
    pub lang: Lang,
    /// Token for the forms of this session.
    pub csrf: CsrfToken,
    /// When the session ends.
    pub expires_at: Timestamp,
    /// When the person last proved who they are in it.
    pub proved_at: Timestamp,
    /// How, by RFC 8176: `pwd`, `otp`, `hwk`, `mfa`.
    pub methods: Vec<String>,
}

impl SignedIn {
    /// The context of an operation of this person: `base` gives realm, clock, purpose and trace.
    #[must_use]
    pub fn context(&self, base: &OpCtx) -> OpCtx {
        base.as_actor(Actor::Officer(Arc::clone(&self.officer)))
            .in_language(self.lang)
    }

    pub(crate) fn new(token: &SessionToken, row: &SessionRow, officer: Arc<Officer>) -> Self {
        Self {
            officer,
            session: row.id.clone(),
            lang: row.lang.parse().unwrap_or_default(),
            csrf: token.csrf(),
            expires_at: row.expires_at,
            proved_at: row.proved_at,
            methods: row.methods.split_whitespace().map(str::to_owned).collect(),
        }
    }
}

/// Sessions lately used, dropped whenever any row they were made from changes.
#[derive(Default)]
pub(crate) struct SessionCache(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    stamp: Stamp,
    sessions: HashMap<(RealmId, SessionKey), (Timestamp, SignedIn)>,
}

type Stamp = [u64; 5];

impl std::fmt::Debug for SessionCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SessionCache")
    }
}

impl Identity {
    /// Who the token of a cookie stands for at `ctx.now()`; `None` if the session ended, was revoked, or the person
    /// was suspended or no longer holds the post.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn authenticate(
        &self,
        ctx: &OpCtx,
        token: &SessionToken,
    ) -> Result<Option<SignedIn>, IdentityError> {
        let now = ctx.now();
        let key = (ctx.realm, token.id());
        let stamp = ["sessions", "users", "holdings", "posts", "orgs"]
            .map(|table| self.store.touched(table));
        if let Some(known) = self.sessions.recall(stamp, &key, now) {
            return Ok(Some(known));
        }
        let found = self.store.read(|reader| {
            let Some(row) = store::session(reader, ctx.realm, &key.1)? else {
                return Ok(None);
            };
            if row.expires_at <= now {
                return Ok(None);
            }
            let officer = store::officer(reader, ctx.realm, &row.user, &row.post, now)?;
            Ok::<_, IdentityError>(
                officer.map(|officer| SignedIn::new(token, &row, Arc::new(officer))),
            )
        })?;
        if let Some(signed_in) = &found {
            self.sessions.remember(stamp, key, now, signed_in.clone());
        }
        Ok(found)
    }

    /// Whether the session of this stored name is open.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn is_session_open(&self, ctx: &OpCtx, session: &str) -> Result<bool, IdentityError> {
        let Some(session) = SessionKey::parse(session) else {
            return Ok(false);
        };
        let row = self
            .store
            .read(|reader| store::session(reader, ctx.realm, &session))?;
        Ok(row.is_some_and(|row| ctx.now() < row.expires_at))
    }

    /// The sessions of the person who asks, oldest first.
    ///
    /// # Errors
    /// [`IdentityError::Denied`] if nobody is signed in.
    pub fn list_sessions(&self, ctx: &OpCtx) -> Result<Vec<SessionRow>, IdentityError> {
        let officer = crate::rules::signed_in(ctx, "identity.list_sessions")?;
        let now = ctx.now();
        let mut sessions = self
            .store
            .read(|reader| store::sessions_of(reader, ctx.realm, &officer.user))?;
        sessions.retain(|session| session.expires_at > now);
        Ok(sessions)
    }
}

impl SessionCache {
    fn recall(
        &self,
        stamp: Stamp,
        key: &(RealmId, SessionKey),
        now: Timestamp,
    ) -> Option<SignedIn> {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.stamp != stamp {
            return None;
        }
        let (since, signed_in) = remembered.sessions.get(key)?;
        // A clock set back must not stretch what is believed.
        let fresh = *since <= now && now.duration_since(*since) < BELIEVED;
        (fresh && now < signed_in.expires_at).then(|| signed_in.clone())
    }

    fn remember(
        &self,
        stamp: Stamp,
        key: (RealmId, SessionKey),
        now: Timestamp,
        signed_in: SignedIn,
    ) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.stamp != stamp || remembered.sessions.len() >= REMEMBERED {
            remembered.sessions.clear();
            remembered.stamp = stamp;
        }
        remembered.sessions.insert(key, (now, signed_in));
    }
}
