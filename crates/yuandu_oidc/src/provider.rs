//! The provider that the use cases hang on: store, people, vault, and what is kept in memory.
//!
//! Keys and clients are kept in memory and read again when their rows change. The issuer comes with each call, because
//! it is the address under which a deployment is reached.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::SignedDuration;
use serde_json::Value;
use yuandu_identity::{Gate, Identity, OpCtx, Resource, Vault};
use yuandu_ids::RealmId;
use yuandu_store::Store;

use crate::client::Client;
use crate::discovery;
use crate::error::{Code, OidcError, refuse};
use crate::keys::KeyRing;
use crate::store;

/// How often a plan is computed anew when its rows changed meanwhile.
const TRIES: u32 = 3;

/// Lifetimes that a deployment chooses.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Codes. RFC 6749 recommends ten minutes at most; a browser needs seconds.
    pub code: SignedDuration,
    /// Access and ID tokens.
    pub access: SignedDuration,
    /// Grants that outlive the session (`offline_access`), from the sign-in on.
    pub offline: SignedDuration,
    /// Pushed requests, and how long a person may take to sign in.
    pub request: SignedDuration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            code: SignedDuration::from_secs(60),
            access: SignedDuration::from_mins(10),
            offline: SignedDuration::from_hours(24 * 30),
            request: SignedDuration::from_mins(10),
        }
    }
}

type Kept<T> = Mutex<BTreeMap<RealmId, (u64, T)>>;

/// The OpenID provider of every realm in a store. Share it in an `Arc`.
pub struct Provider {
    pub(crate) store: Arc<Store>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) options: Options,
    keys: Kept<KeyRing>,
    clients: Kept<Arc<BTreeMap<String, Arc<Client>>>>,
    making_keys: Mutex<()>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Provider")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// A provider on a store whose tables include [`crate::schema`].
    #[must_use]
    pub fn new(
        store: Arc<Store>,
        identity: Arc<Identity>,
        vault: Arc<Vault>,
        options: Options,
    ) -> Self {
        Self {
            store,
            gate: Arc::clone(identity.gate()),
            identity,
            vault,
            options,
            keys: Mutex::default(),
            clients: Mutex::default(),
            making_keys: Mutex::default(),
        }
    }

    /// The discovery document.
    #[must_use]
    pub fn discovery(&self, issuer: &str) -> Value {
        discovery::document(issuer)
    }

    /// The client with this id.
    ///
    /// # Errors
    /// `invalid_client` if there is none.
    pub fn client(&self, ctx: &OpCtx, id: &str) -> Result<Arc<Client>, OidcError> {
        match self.clients(ctx)?.get(id) {
            Some(client) => Ok(Arc::clone(client)),
            None => refuse(
                Code::InvalidClient,
                "the client is unknown or its proof is not right",
            ),
        }
    }

    /// Every client by id.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn clients(&self, ctx: &OpCtx) -> Result<Arc<BTreeMap<String, Arc<Client>>>, OidcError> {
        kept(
            &self.clients,
            ctx.realm,
            self.store.touched("oidc_clients"),
            || {
                let clients = self
                    .store
                    .read(|reader| store::clients(reader, ctx.realm))?;
                let named = clients
                    .into_iter()
                    .map(|client| (client.id.clone(), Arc::new(client)));
                Ok(Arc::new(named.collect()))
            },
        )
    }

    pub(crate) fn key_ring(&self, ctx: &OpCtx) -> Result<KeyRing, OidcError> {
        kept(
            &self.keys,
            ctx.realm,
            self.store.touched("oidc_keys"),
            || self.read_keys(ctx).map(Arc::new),
        )
    }

    pub(crate) fn key_turn(&self) -> MutexGuard<'_, ()> {
        self.making_keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn require_admin(&self, ctx: &OpCtx) -> Result<(), OidcError> {
        Ok(self.gate.require(ctx, "sso.manage", &Resource::system())?)
    }

    /// Runs a use case again when the rows its plan stands on changed meanwhile.
    pub(crate) fn retried<T>(
        &self,
        mut work: impl FnMut() -> Result<T, OidcError>,
    ) -> Result<T, OidcError> {
        for _ in 1..TRIES {
            match work() {
                Err(error) if error.is_race() => {}
                other => return other,
            }
        }
        work()
    }
}

/// What is kept in memory, renewed when its table changed. Stamped before reading: a change that comes between makes it
/// be read once more, never once too few.
fn kept<T: Clone>(
    kept: &Kept<T>,
    realm: RealmId,
    stamp: u64,
    read: impl FnOnce() -> Result<T, OidcError>,
) -> Result<T, OidcError> {
    let lock = || kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((taken, known)) = lock().get(&realm)
        && *taken == stamp
    {
        return Ok(known.clone());
    }
    let fresh = read()?;
    lock().insert(realm, (stamp, fresh.clone()));
    Ok(fresh)
}
