//! The service that use cases of identity hang on: store, gate, hashing, and what is kept in memory.
//!
//! The use cases themselves are in `ops/`, one a file; lookups are here. Everything kept in memory is renewed when the
//! rows it was made from change.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use yuandu_ids::{PostId, RealmId, UserId};
use yuandu_store::{Store, StoreError};

use crate::context::OpCtx;
use crate::directory::Directory;
use crate::error::IdentityError;
use crate::gate::{Gate, Resource};
use crate::model::Officer;
use crate::network::Networks;
use crate::password::{PasswordCost, PasswordHasher};
use crate::session::SessionCache;
use crate::store;
use crate::vault::Vault;

/// How often a plan is computed anew when its rows changed meanwhile.
const TRIES: u32 = 3;

/// What a deployment chooses.
#[derive(Debug, Clone, Copy)]
pub struct IdentityOptions {
    /// Cost of hashing new passwords.
    pub password_cost: PasswordCost,
}

impl Default for IdentityOptions {
    fn default() -> Self {
        Self {
            password_cost: PasswordCost::STANDARD,
        }
    }
}

impl IdentityOptions {
    /// Cheap hashing for tests and demo cities.
    #[must_use]
    pub fn for_testing() -> Self {
        Self {
            password_cost: PasswordCost::DEMO,
        }
    }
}

/// Organisations, posts, people, sign-in and sessions of every realm in a store. Share it in an `Arc`.
#[derive(Debug)]
pub struct Identity {
    pub(crate) store: Arc<Store>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) hasher: PasswordHasher,
    pub(crate) sessions: SessionCache,
    pub(crate) vault: Arc<Vault>,
    pub(crate) networks: Networks,
    directories: Mutex<BTreeMap<RealmId, (Stamp, Arc<Directory>)>>,
}

/// How often each table behind the directory has changed.
type Stamp = [u64; 5];

impl Identity {
    /// A service on a store whose tables include [`crate::schema`].
    ///
    /// # Errors
    /// [`IdentityError::Hash`] if the cost of hashing is not possible.
    pub fn new(
        store: Arc<Store>,
        gate: Arc<Gate>,
        options: IdentityOptions,
    ) -> Result<Self, IdentityError> {
        Ok(Self {
            store,
            gate,
            hasher: PasswordHasher::new(options.password_cost)?,
            sessions: SessionCache::default(),
            vault: Arc::new(Vault::passing()),
            networks: Networks::default(),
            directories: Mutex::default(),
        })
    }

    /// The same with the vault of the data folder. Without one, second factors are forgotten with the program.
    #[must_use]
    pub fn with_vault(mut self, vault: Arc<Vault>) -> Self {
        self.vault = vault;
        self
    }

    /// The gate every permission is asked at.
    #[must_use]
    pub fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// Hashes passwords ahead of an import, so that a thousand demo accounts can share one hash.
    #[must_use]
    pub fn hasher(&self) -> &PasswordHasher {
        &self.hasher
    }

    /// The directory of a realm, as new as the last commit.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn directory(&self, realm: RealmId) -> Result<Arc<Directory>, IdentityError> {
        // Stamped before reading: a change that comes between makes the picture be taken once more, never once too few.
        let stamp = ["orgs", "posts", "users", "holdings", "provisioned"]
            .map(|table| self.store.touched(table));
        let known = self
            .directories
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&realm)
            .cloned();
        if let Some((taken, directory)) = known
            && taken == stamp
        {
            return Ok(directory);
        }
        let directory = self.store.read(|reader| {
            Ok::<_, IdentityError>(Arc::new(Directory::new(
                store::organisations(reader, realm)?,
                store::posts(reader, realm)?,
                store::people(reader, realm)?,
                store::holdings(reader, realm)?,
                store::provisioned(reader, realm)?,
            )))
        })?;
        let mut directories = self
            .directories
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        directories.insert(realm, (stamp, Arc::clone(&directory)));
        Ok(directory)
    }

    /// The officer a person is in a post (or in the first post held): how the command line, scenarios and imports act
    /// for someone. The same officer as after sign-in.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] if there is no such active person or the post is not held.
    pub fn officer(
        &self,
        ctx: &OpCtx,
        login: &str,
        post: Option<&PostId>,
    ) -> Result<Arc<Officer>, IdentityError> {
        let account = self
            .store
            .read(|reader| store::account_by_login(reader, ctx.realm, login))?;
        let user = account.ok_or_else(|| not_found("person", login))?.person.id;
        self.officer_in(ctx, &user, post).map(Arc::new)
    }

    /// The officer of stored ids, as long as the person is active and holds the post.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] otherwise.
    pub fn officer_by_id(
        &self,
        ctx: &OpCtx,
        user: &str,
        post: &str,
    ) -> Result<Arc<Officer>, IdentityError> {
        let user: UserId = user.parse().map_err(|_| not_found("person", user))?;
        let post: PostId = post.parse().map_err(|_| not_found("post", post))?;
        self.officer_in(ctx, &user, Some(&post)).map(Arc::new)
    }

    /// The phone of a person at work; empty if unknown.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn phone_of(&self, ctx: &OpCtx, user: &UserId) -> Result<String, IdentityError> {
        let account = self
            .store
            .read(|reader| store::account_by_id(reader, ctx.realm, user))?;
        Ok(account
            .map(|account| account.person.phone)
            .unwrap_or_default())
    }

    pub(crate) fn officer_in(
        &self,
        ctx: &OpCtx,
        user: &UserId,
        post: Option<&PostId>,
    ) -> Result<Officer, IdentityError> {
        let now = ctx.now();
        self.store.read(|reader| {
            let held = store::posts_held(reader, ctx.realm, user, now)?;
            let wanted = match post {
                Some(post) => held.iter().find(|held| *held == post),
                None => held.first(),
            };
            let missing = || not_found("post", &post.map_or_else(String::new, ToString::to_string));
            let post = wanted.ok_or_else(missing)?;
            store::officer(reader, ctx.realm, user, post, now)?
                .ok_or_else(|| not_found("person", &user.to_string()))
        })
    }

    /// Asks the gate for an administrative action.
    pub(crate) fn require_admin(&self, ctx: &OpCtx, action: &str) -> Result<(), IdentityError> {
        self.gate.require(ctx, action, &Resource::system())
    }

    /// Runs a use case again when the rows its plan stands on changed meanwhile.
    pub(crate) fn retried<T>(
        &self,
        mut work: impl FnMut() -> Result<T, IdentityError>,
    ) -> Result<T, IdentityError> {
        for _ in 1..TRIES {
            match work() {
                Err(IdentityError::Store(StoreError::Changed { .. })) => {}
                other => return other,
            }
        }
        work()
    }
}

pub(crate) fn not_found(what: &'static str, id: &str) -> IdentityError {
    IdentityError::NotFound {
        what,
        id: id.to_owned(),
    }
}
